"""CityJSON's geometries: their boundaries are flattened together, templates are set in their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Raw

from data.cityjson_boundaries import flattened, whole_numbers
from data.citymodel import Faces, Gathered, code_of
from twin.models import Semantics

BATCH_BYTES = 2**18
"""Text of boundaries that is flattened together: enough for arrays to pay, few enough to stay in the cache."""
DEPTH = {"MultiSurface": 3, "CompositeSurface": 3, "Solid": 4, "MultiSolid": 5, "CompositeSolid": 5}
"""Brackets around each vertex number."""
FLAT = ("MultiPoint", "MultiLineString")
INSTANCE = "GeometryInstance"
INSTANCE_CORNERS = 20_000_000
"""Templates set more often than would make so many corners are left out."""

UNSTATED = int(Semantics.UNSTATED)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class _Surface(msgspec.Struct):
    type: str = ""


class _Semantics(msgspec.Struct):
    surfaces: list[_Surface] = []
    values: Raw = Raw(b"null")


class JsonGeometry(msgspec.Struct):
    """One geometry of a city object."""

    type: str
    lod: str | float | None = None
    boundaries: Raw = Raw(b"[]")
    semantics: _Semantics | None = None
    template: int = -1
    matrix: list[float] = msgspec.field(default_factory=list, name="transformationMatrix")


class _JsonTemplates(msgspec.Struct):
    templates: list[JsonGeometry] = []
    vertices: list[tuple[float, float, float]] = msgspec.field(default_factory=list, name="vertices-templates")


@dataclass(frozen=True, slots=True)
class Templates:
    """Shapes that stand in many places."""

    geometries: tuple[JsonGeometry, ...]
    xyz: FloatArray
    """(v, 3) in each template's own space."""

    @classmethod
    def decoded(cls, text: bytes) -> Templates | None:
        """Return the templates of a file; None if it has none.

        raises   msgspec.MsgspecError  they are not as the format asks for
        """
        found = msgspec.json.decode(text, type=_JsonTemplates | None)
        if found is None:
            return None
        return cls(tuple(found.templates), np.array(found.vertices, np.float64).reshape(-1, 3))


@dataclass(slots=True)
class _Waiting:
    """Geometries whose boundaries are flattened with the next batch."""

    texts: list[bytes] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    count: list[int] = field(default_factory=list)
    geometry: list[int] = field(default_factory=list)
    semantics: list[_Semantics | None] = field(default_factory=list)
    bytes: int = 0


@dataclass(slots=True)
class GeometryReader:
    """Takes geometries one by one and hands them on in batches."""

    gathered: Gathered
    templates: Templates | None = None
    waiting: _Waiting = field(default_factory=_Waiting)
    placed: dict[int, tuple[Faces, npt.NDArray[np.int64]]] = field(default_factory=dict)
    """By template: its faces, and the vertices it uses."""
    instance_corners: int = 0
    odd: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)
    flat: list[str] = field(default_factory=list)
    odd_semantics: int = 0

    def add(self, geometry: JsonGeometry, number: int, first: int, xyz: FloatArray) -> None:
        """Take one geometry of city object number; its file's or feature's vertices xyz are numbered from first on."""
        if geometry.type == INSTANCE:
            self._add_instance(geometry, number, xyz)
            return
        if geometry.type not in DEPTH:
            (self.flat if geometry.type in FLAT else self.odd).append(self.gathered.ids[number])
            return
        waiting = self.waiting
        is_solid = DEPTH[geometry.type] > 3
        waiting.geometry.append(self.gathered.add_geometry(number, lod_of(geometry.lod), is_solid=is_solid))
        text = bytes(memoryview(geometry.boundaries))
        waiting.texts.append(text)
        waiting.depths.append(DEPTH[geometry.type])
        waiting.first.append(first)
        waiting.count.append(len(xyz))
        waiting.semantics.append(geometry.semantics)
        waiting.bytes += len(text)
        if waiting.bytes > BATCH_BYTES:
            self._flush()

    def finish(self) -> None:
        """Hand on what still waits, and say what was left out."""
        self._flush()
        report = self.gathered.report
        report.add("geometries are not nested as their type says and are not shown (objects)", self.odd, is_loss=True)
        report.add("geometries use vertices that the file does not have, and are not shown", self.beyond, is_loss=True)
        report.add("geometries stand for a template that cannot be placed", self.unplaced, is_loss=True)
        report.add("geometries are points or lines and are not shown", self.flat)
        report.add("geometries have semantics that do not fit their surfaces", count=self.odd_semantics)

    def _flush(self) -> None:
        waiting, self.waiting = self.waiting, _Waiting()
        if not waiting.texts:
            return
        faces = self._faces(waiting)
        self.gathered.faces.append(faces)

    def _faces(self, waiting: _Waiting) -> Faces:
        """Return the surfaces of what waits."""
        found = flattened(waiting.texts, waiting.depths)
        ids, of = self.gathered.ids, self.gathered.geometry_object
        self.odd += [ids[of[waiting.geometry[t]]] for t in np.flatnonzero(~found.is_sound)]
        surface_corner = found.ring_start[found.surface_start]
        corner_text = np.repeat(found.surface_text, np.diff(surface_corner))
        is_beyond = found.index >= np.array(waiting.count)[corner_text]
        if is_beyond.any():
            beyond = np.unique(corner_text[is_beyond])
            self.beyond += [ids[of[waiting.geometry[t]]] for t in beyond]
            return self._faces(_without(waiting, {*beyond.tolist(), *np.flatnonzero(~found.is_sound).tolist()}))
        per_text = np.bincount(found.surface_text, minlength=len(waiting.texts))
        return Faces(
            (found.index + np.array(waiting.first)[corner_text]).astype(np.int32),
            found.ring_start.astype(np.int32),
            found.surface_start.astype(np.int32),
            self._meanings(waiting, per_text),
            np.array(waiting.geometry, np.int32)[found.surface_text],
        )

    def _meanings(self, waiting: _Waiting, wanted: npt.NDArray[np.integer]) -> npt.NDArray[np.uint8]:
        """Return the semantics of all surfaces that wait (s,), of which each text has as many as are wanted (t,)."""
        found = np.full(int(wanted.sum()), UNSTATED, np.uint8)
        stated = np.array([t for t, some in enumerate(waiting.semantics) if some and wanted[t]], np.int64)
        if not len(stated):
            return found
        semantics = [some for t in stated if (some := waiting.semantics[t])]
        codes = [[UNSTATED, *(code_of(s.type) for s in some.surfaces)] for some in semantics]
        values, count = whole_numbers([bytes(memoryview(some.values)) for some in semantics])
        text = np.repeat(np.arange(len(stated)), np.maximum(count, 0))
        size = np.array([len(some) for some in codes])
        is_plain = count == wanted[stated]
        is_plain[text[(values < -1) | (values > size[text] - 2)]] = False
        first_code = np.cumsum([0, *size[:-1]])
        every = np.array([code for some in codes for code in some], np.uint8)
        is_plain_text = np.zeros(len(wanted), bool)
        is_plain_text[stated[is_plain]] = True
        is_taken = is_plain[text]
        found[np.repeat(is_plain_text, wanted)] = every[first_code[text[is_taken]] + values[is_taken] + 1]
        start = np.cumsum([0, *wanted])
        for place in np.flatnonzero(~is_plain):
            t = int(stated[place])
            spread_out = self._spread(waiting, t, int(wanted[t]), int(size[place]) - 2)
            found[start[t] : start[t + 1]] = np.array(codes[place], np.uint8)[spread_out + 1]
        return found

    def _spread(self, waiting: _Waiting, t: int, wanted: int, most: int) -> IntArray:
        """Return a geometry's semantic values (wanted,) where they are not simply one a surface; -1 where unknown."""
        semantics = waiting.semantics[t]
        unstated = np.full(wanted, -1, np.int64)
        if semantics is None:
            return unstated
        values = spread(semantics.values, waiting.texts[t], waiting.depths[t])
        if len(values) != wanted or values.max() > most or values.min() < -1:
            self.odd_semantics += 1
            return unstated
        return values

    # templates

    def _add_instance(self, geometry: JsonGeometry, number: int, xyz: FloatArray) -> None:
        """Set a template in its place: its vertices are moved and added, its faces copied."""
        try:
            (anchor,) = msgspec.json.decode(geometry.boundaries, type=list[int])
            matrix = np.array(geometry.matrix, np.float64).reshape(4, 4)
        except (msgspec.MsgspecError, ValueError):
            anchor, matrix = -1, np.eye(4)
        shape = self._template(geometry.template) if 0 <= anchor < len(xyz) else None
        if shape is None or self.instance_corners > INSTANCE_CORNERS:
            self.unplaced.append(self.gathered.ids[number])
            return
        faces, used = shape
        assert self.templates is not None
        with np.errstate(over="ignore", invalid="ignore"):  # what comes out too large is left out later, and said
            local = self.templates.xyz[used] @ matrix[:3, :3].T + matrix[:3, 3]
            begin = self.gathered.add_vertices(local + xyz[anchor])
        template = self.templates.geometries[geometry.template]
        is_solid = DEPTH[template.type] > 3
        of = self.gathered.add_geometry(number, lod_of(template.lod), is_solid=is_solid)
        self.instance_corners += len(faces.corner)
        copied = np.full(len(faces.semantics), of, np.int32)
        corner = (faces.corner + begin).astype(np.int32)
        self._flush()  # geometries' numbers ascend
        self.gathered.faces.append(Faces(corner, faces.ring_start, faces.surface_start, faces.semantics, copied))

    def _template(self, place: int) -> tuple[Faces, npt.NDArray[np.int64]] | None:
        """Return a template's faces, numbered by the vertices it uses; None if there is no such one."""
        if self.templates is None or not 0 <= place < len(self.templates.geometries):
            return None
        if place not in self.placed:
            geometry = self.templates.geometries[place]
            if geometry.type not in DEPTH:
                return None
            text = bytes(memoryview(geometry.boundaries))
            found = flattened([text], [DEPTH[geometry.type]])
            if not found.is_sound[0] or not len(found.index) or found.index.max() >= len(self.templates.xyz):
                return None
            used, corner = np.unique(found.index, return_inverse=True)
            alone = _Waiting([text], [DEPTH[geometry.type]], [0], [0], [0], [geometry.semantics])
            meanings = self._meanings(alone, np.array([len(found.surface_text)]))
            starts = found.ring_start.astype(np.int32), found.surface_start.astype(np.int32)
            self.placed[place] = Faces(corner.astype(np.int32), *starts, meanings, found.surface_text), used
        return self.placed[place]


def _without(waiting: _Waiting, left_out: set[int]) -> _Waiting:
    kept = [t for t in range(len(waiting.texts)) if t not in left_out]
    return _Waiting(
        [waiting.texts[t] for t in kept],
        [waiting.depths[t] for t in kept],
        [waiting.first[t] for t in kept],
        [waiting.count[t] for t in kept],
        [waiting.geometry[t] for t in kept],
        [waiting.semantics[t] for t in kept],
    )


def spread(values: Raw, boundaries: bytes, depth: int) -> IntArray:
    """Return one number a surface where a whole shell or solid has null for all its surfaces."""

    def walked(value: Any, nested: Any, level: int) -> list[int]:
        if level == depth - 2:
            return [-1] * len(nested) if value is None else [-1 if v is None else v for v in value]
        inner = [None] * len(nested) if value is None else value
        return [v for one, shell in zip(inner, nested, strict=True) for v in walked(one, shell, level + 1)]

    try:
        found = walked(msgspec.json.decode(values), msgspec.json.decode(boundaries), 1)
        numbers = np.array(found)
        return numbers.astype(np.int64) if numbers.dtype.kind == "i" else np.zeros(0, np.int64)
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError):
        return np.zeros(0, np.int64)


def lod_of(stated: str | float | None) -> float:
    """Return a level of detail as a number: 2.2 for "2.2"; NaN where it says nothing."""
    try:
        lod = float(stated) if stated is not None else np.nan
    except ValueError:
        return float("nan")
    return lod if 0 <= lod < 10 else float("nan")
