"""The meshes of things that move, as long as they are few enough to be bodies with shadows and tapered trails."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkRenderer

from layers.live_bodies import GHOST_ALPHA, darts, ghosts, ribbons, shadows, vehicles
from layers.live_mesh import LiveMesh
from layers.live_shapes import Drawn, FloatArray, Rgba, arrows, joined

RIMS = {"light": (255, 255, 255), "dark": (16, 18, 22)}
Origin = tuple[float, float, float]


class MovingMeshes:
    """Shadows, trails, bodies, and what is seen of them through houses."""

    def __init__(self, renderer: vtkRenderer) -> None:
        """Begin with nothing drawn."""
        self._shadows = LiveMesh(renderer, corners=3, is_translucent=True)
        self._trails = LiveMesh(renderer, corners=3, is_translucent=True)
        self._bodies = LiveMesh(renderer, corners=3)
        self._ghosts = LiveMesh(renderer, corners=3, is_translucent=True, is_in_front=True)

    def draw_trails(self, way: FloatArray, age: FloatArray, rgba: Rgba, length_m: FloatArray, origin: Origin) -> None:
        """Draw where things (n) have been: way (k, n, 3) and age (k, n) as Fixes.trails returns them."""
        self._show(self._trails, ribbons(way, age, rgba, length_m), origin)

    def draw(
        self, points: FloatArray, heading_rad: FloatArray, length_m: FloatArray, rgba: Rgba, origin: Origin, *,
        is_large: npt.NDArray[np.bool_], theme: str,
    ) -> None:  # fmt: skip
        """Draw things (n) where they are.

        is_large   (n,) which of them are near enough to be vehicles rather than darts
        """
        rim = np.tile(np.array([*RIMS["dark" if theme == "dark" else "light"], 255], np.uint8), (len(points), 1))
        turned = np.isfinite(heading_rad)
        pieces = []
        for shape, mask in ((arrows, ~turned), (darts, turned & ~is_large), (vehicles, turned & is_large)):
            if mask.any():
                pieces.append(shape(points[mask], heading_rad[mask], length_m[mask], rgba[mask], rim[mask]))
        self._show(self._bodies, joined(pieces), origin)
        width = 0.62 if not is_large.any() else 0.40
        self._show(self._shadows, shadows(points, heading_rad, length_m, width=width), origin)
        seen = []
        if turned.any():
            large = is_large[turned]
            seen.append(ghosts(points[turned], heading_rad[turned], length_m[turned], rgba[turned], is_large=large))
        if not turned.all():
            still = ~turned
            seen.append(_faint(arrows(points[still], heading_rad[still], length_m[still], rgba[still], rgba[still])))
        self._show(self._ghosts, joined(seen), origin)

    def draw_through(self, drawn: Drawn, origin: Origin) -> None:
        """Draw faintly what is drawn already, through whatever stands before it."""
        self._show(self._ghosts, _faint(drawn), origin)

    def _show(self, mesh: LiveMesh, drawn: Drawn, origin: Origin) -> None:
        mesh.show(drawn.points, drawn.rgba, drawn.cells, origin)

    @property
    def _every(self) -> tuple[LiveMesh, ...]:
        return self._shadows, self._trails, self._bodies, self._ghosts

    def hide(self) -> None:
        """Draw nothing."""
        for mesh in self._every:
            mesh.hide()

    def remove(self) -> None:
        """Take everything away."""
        for mesh in self._every:
            mesh.remove()


def _faint(drawn: Drawn) -> Drawn:
    rgba = drawn.rgba.copy()
    rgba[:, 3] = GHOST_ALPHA
    return Drawn(drawn.points, rgba, drawn.cells)
