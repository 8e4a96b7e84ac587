"""The pictures of the shadows as textures: what hangs on the actors of one scene under the true sun."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.sun_shader import CEILINGS, SHADES
from layers.textures import byte_texture, load_bytes

STEPS = 65_535


@dataclass(frozen=True, slots=True)
class MapPlace:
    """Where a picture of shadows lies."""

    corner_local: tuple[float, float] = (0.0, 0.0)
    """Its south-western corner, local metres."""
    texel_m: float = 1.0
    size: tuple[int, int] = (0, 0)
    """Columns and lines; none where there is no picture."""

    @property
    def texels(self) -> tuple[float, float, float]:
        """Return texels a metre, columns and lines."""
        return 1.0 / self.texel_m, float(self.size[0]), float(self.size[1])

    @property
    def per_m(self) -> tuple[float, float, float]:
        """Return the share of its width and of its height that a metre is; 0 where there is no picture."""
        columns, lines = self.size
        return 1.0 / (columns * self.texel_m) if columns else 0.0, 1.0 / (lines * self.texel_m) if lines else 0.0, 0.0


NOWHERE = MapPlace()


class ShadowMaps:
    """Two levels of pictures: of the whole city, and of what is looked at."""

    def __init__(self) -> None:
        """Begin without shadows."""
        self.city, self.near = NOWHERE, NOWHERE
        self.range_m = (0.0, 0.01)
        """The lowest ceiling, and metres a step of the numbers in which ceilings are kept."""
        # smaller sizes, made anew with each step of the sun, would take longer than all the rest
        self._textures = {
            name: byte_texture(is_smooth=name in SHADES, has_smaller=False) for name in (*SHADES, *CEILINGS)
        }
        self.clear()

    def clear(self) -> None:
        """Show no shadows."""
        self.set_city(NOWHERE, None, None)
        self.set_near(NOWHERE, None, None)

    def set_range(self, low_m: float, high_m: float) -> None:
        """Say between which heights ceilings lie."""
        self.range_m = (low_m, max(high_m - low_m, 1.0) / STEPS)

    def set_city(
        self, place: MapPlace, shade: npt.NDArray[np.uint8] | None, ceiling_m: npt.NDArray[np.float32] | None
    ) -> None:
        """Take the picture of the whole city; see layers.shadow_sweep for what it is made of."""
        self.city = place
        self._put(SHADES[0], CEILINGS[0], shade, ceiling_m)

    def set_near(
        self, place: MapPlace, shade: npt.NDArray[np.uint8] | None, ceiling_m: npt.NDArray[np.float32] | None
    ) -> None:
        """Take the finer picture of a part."""
        self.near = place
        self._put(SHADES[1], CEILINGS[1], shade, ceiling_m)

    def _put(
        self, shade_name: str, ceiling_name: str, shade: npt.NDArray[np.uint8] | None,
        ceiling_m: npt.NDArray[np.float32] | None,
    ) -> None:  # fmt: skip
        if shade is None or ceiling_m is None:
            shade, ceiling_m = np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.float32)
        low_m, step_m = self.range_m
        number = np.clip((ceiling_m - np.float32(low_m)) * np.float32(1 / step_m), 0, STEPS).astype("<u2")
        load_bytes(self._textures[shade_name], shade[..., None])
        # as bytes: VTK turns single numbers of other kinds into colours
        load_bytes(self._textures[ceiling_name], number.view(np.uint8).reshape(*number.shape, 2))

    def hang(
        self, renderer: vtkRenderer, solids: Collection[vtkOpenGLShaderProperty],
        others: Collection[vtkOpenGLShaderProperty],
    ) -> None:  # fmt: skip
        """Give the textures to actors with these shaders that do not have them yet."""
        for actor in _actors(renderer):
            shader = actor.GetShaderProperty()
            names = CEILINGS if shader in solids else SHADES if shader in others else ()
            if names and actor.GetProperty().GetTexture(names[0]) is not self._textures[names[0]]:
                for name in names:
                    actor.GetProperty().SetTexture(name, self._textures[name])

    def take_down(self, renderer: vtkRenderer) -> None:
        """Take the textures from all actors."""
        for actor in _actors(renderer):
            for name in self._textures:
                actor.GetProperty().RemoveTexture(name)


def _actors(renderer: vtkRenderer) -> list[vtkActor]:
    every: Iterable[vtkActor] = renderer.GetActors()  # type: ignore[assignment]  # VTK's stubs miss that it iterates
    return list(every)
