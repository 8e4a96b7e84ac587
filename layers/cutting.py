"""The cut in a scene: planes that clip all that is drawn, and the cut faces of buildings, filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonDataModel import vtkPlane, vtkPlaneCollection
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from layers.body_sections import body_section
from layers.buildings import BuildingsVisual
from layers.camera import Point, Ray
from layers.look import Look
from layers.mesh_actor import mesh_actor
from layers.sections import Section, level_section, right_of, rows_cut_away, section_mesh, upright_section
from layers.visual import Paint
from twin.cut import Cut, box_corners, cut_planes, kept_interval
from twin.place import LocalFrame

Floats = npt.NDArray[np.float64]
OUTWARD_M = 0.02
"""The cut faces stand this far in front of the plane: nothing behind it shines through."""
INK = {"light": (0.16, 0.18, 0.23), "dark": (0.93, 0.94, 0.96)}
INK_SHARE = 0.62
"""How much of a cut face's colour is ink; the rest is the building's own."""


@dataclass(frozen=True, slots=True, eq=False)
class _Face:
    """One face of the cut through one layer."""

    actor: vtkActor
    section: Section | None
    plane: Floats
    layer_id: str


class Cutting:
    """Clips one scene by the cut of its composition."""

    def __init__(self, renderer: vtkRenderer, look: Look) -> None:
        """Begin with the whole city."""
        self._renderer, self._look = renderer, look
        self._cut: Cut | None = None
        self.planes: Floats = np.empty((0, 6))
        """(k, 6) a point and the normal of each plane, local metres; nothing is cut where k is 0."""
        self._planes = vtkPlaneCollection()
        self._faces: list[_Face] = []
        self._made_of: list[object] = []
        self._is_clipping = False

    @property
    def is_on(self) -> bool:
        """Return whether anything is cut away."""
        return len(self.planes) > 0

    def set_cut(self, cut: Cut | None, frame: LocalFrame | None) -> bool:
        """Take another cut; return whether it is another one."""
        is_on = cut is not None and cut.is_on and frame is not None
        planes = cut_planes(cut, frame) if is_on else np.empty((0, 6))  # type: ignore[arg-type]
        if planes.shape == self.planes.shape and np.array_equal(planes, self.planes):
            return False
        self._cut, self.planes = cut, planes
        corners = box_corners(cut, frame) if is_on else None  # type: ignore[arg-type]
        self._around = np.array([-np.inf, -np.inf, np.inf, np.inf])
        if corners is not None and len(planes) > 1:
            self._around = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
        self._planes = _collection(planes)
        self._made_of = []
        return True

    # clipping

    def clip(self, spared: Iterable[vtkActor]) -> None:
        """Have every actor clipped that is there now, but for those spared: sky and ground."""
        if not self.is_on and not self._is_clipping:
            return
        left_out, faces = {*spared}, {face.actor for face in self._faces}
        actors = self._renderer.GetActors()
        for number in range(actors.GetNumberOfItems()):
            actor = vtkActor.SafeDownCast(actors.GetItemAsObject(number))
            mapper = actor.GetMapper()
            if actor in faces or mapper is None:
                continue
            if not self.is_on or actor in left_out:
                if mapper.GetClippingPlanes() is not None:
                    mapper.RemoveAllClippingPlanes()
            elif mapper.GetClippingPlanes() is not self._planes:
                mapper.SetClippingPlanes(self._planes)
        self._is_clipping = self.is_on

    def hidden_rows(self, visual: BuildingsVisual, count: int) -> npt.NDArray[np.bool_]:
        """Return which table rows (count,) are wholly cut away."""
        return rows_cut_away(visual.arrays, self.planes, count)

    # the cut faces

    def fill(self, visuals: Iterable[tuple[str, BuildingsVisual, Paint]], theme: str) -> None:
        """Make the cut faces of the visible layers, where anything has changed since they were made."""
        drawn = list(visuals)
        made_of: list[object] = [
            theme,
            *(
                part
                for i, v, p in drawn
                for part in (i, v, v.arrays, v.foot_m, v.bodies and v.bodies[1], p.rgb, p.shown)
            ),
        ]
        is_same = len(made_of) == len(self._made_of)
        is_same = is_same and all(a is b for a, b in zip(made_of, self._made_of, strict=True))
        if is_same:
            return
        self._made_of = made_of
        self._forget_faces()
        if not self.is_on:
            return
        for layer_id, visual, paint in drawn:
            for number, plane in enumerate(self.planes):
                self._add_face(layer_id, visual, paint, number, plane, theme)

    def _add_face(
        self, layer_id: str, visual: BuildingsVisual, paint: Paint, number: int, plane: Floats, theme: str
    ) -> None:
        shown = None if paint.shown.all() else paint.shown
        section = None
        if abs(plane[5]) < 0.5:
            section = upright_section(visual.arrays, visual.index, plane, shown)
            if visual.foot_m is not None:
                foot = visual.foot_m[section.row]
                section = replace(section, bottom_m=section.bottom_m + foot, top_m=section.top_m + foot)
            points, faces = section_mesh(section, plane)
            rows = np.repeat(section.row, 4)
            if visual.bodies is not None:
                cut = np.unique(section.row).astype(np.intp)
                points, faces, rows = body_section(*visual.bodies, plane, cut, visual.foot_m)
        else:
            points, faces, rows = level_section(visual.arrays, visual.index, plane, self._around, shown)
        if not len(faces):
            return
        ink = np.array(INK["dark" if theme == "dark" else "light"]) * 255
        rgb = (paint.rgb[rows] * (1 - INK_SHARE) + ink * INK_SHARE).round().astype(np.uint8)
        place = plane[:3] - OUTWARD_M * plane[3:]
        actor = mesh_actor(
            points, faces, np.ascontiguousarray(rgb), position=tuple(place.tolist()), shader=self._look.plain,
            is_closed=False,
        )  # fmt: skip
        others = [p for i, p in enumerate(self.planes) if i != number]
        if others:
            actor.GetMapper().SetClippingPlanes(_collection(np.array(others)))
        self._renderer.AddActor(actor)
        self._faces.append(_Face(actor, section, plane, layer_id))

    def set_faces_drawn(self, *, is_drawn: bool) -> None:
        """Leave the cut faces out of the next pictures, or put them back."""
        for face in self._faces:
            face.actor.SetVisibility(is_drawn)

    def _forget_faces(self) -> None:
        for face in self._faces:
            self._renderer.RemoveActor(face.actor)
            face.actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())
        self._faces = []

    # what is under the cursor

    def kept(self, ray: Ray) -> tuple[float, float]:
        """Return from where to where along a ray the city is kept, metres."""
        return kept_interval(self.planes, ray.origin, ray.direction) if self.is_on else (0.0, float("inf"))

    def keeps(self, point: Point) -> bool:
        """Return whether a point is in what is kept."""
        return all((np.array(point) - plane[:3]) @ plane[3:] >= -1e-6 for plane in self.planes)

    def face_at(self, ray: Ray, begin_m: float) -> tuple[str, int] | None:
        """Return (layer, row) of the cut face that a ray meets where what is kept begins; None for none."""
        if not isfinite(begin_m) or begin_m <= 0:
            return None
        point = np.array(ray.at(begin_m))
        for face in self._faces:
            gap = point - face.plane[:3]
            if face.section is None or abs(float(gap @ face.plane[3:])) > 0.01:
                continue
            row = face.section.row_at(float(gap[:2] @ right_of(face.plane)), float(point[2]))
            if row >= 0:
                return face.layer_id, row
        return None

    def close(self) -> None:
        """Take the cut faces away."""
        self._forget_faces()


def _collection(planes: Floats) -> vtkPlaneCollection:
    collection = vtkPlaneCollection()
    for plane in planes:
        one = vtkPlane()
        one.SetOrigin(*plane[:3].tolist())
        one.SetNormal(*plane[3:].tolist())
        collection.AddItem(one)
    return collection
