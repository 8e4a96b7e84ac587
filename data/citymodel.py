"""A city model while it is read: geometries, objects and attributes come in one by one and become arrays."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.content import Bounds
from data.raw_rings import ragged_indices
from data.table import ArrowTable
from twin.models import CityModel, Semantics, Surfaces
from twin.report import Report

IntArray = npt.NDArray[np.integer]

MEANINGS = {
    "GroundSurface": Semantics.GROUND,
    "WallSurface": Semantics.WALL,
    "RoofSurface": Semantics.ROOF,
    "ClosureSurface": Semantics.CLOSURE,
    "OuterFloorSurface": Semantics.OUTER_FLOOR,
    "OuterCeilingSurface": Semantics.OUTER_CEILING,
    "Window": Semantics.WINDOW,
    "WindowSurface": Semantics.WINDOW,
    "Door": Semantics.DOOR,
    "DoorSurface": Semantics.DOOR,
    "WaterSurface": Semantics.WATER,
    "WaterGroundSurface": Semantics.GROUND,
    "WaterClosureSurface": Semantics.CLOSURE,
    "TrafficArea": Semantics.TRAFFIC,
    "TrafficSpace": Semantics.TRAFFIC,
    "AuxiliaryTrafficArea": Semantics.BESIDE_TRAFFIC,
    "AuxiliaryTrafficSpace": Semantics.BESIDE_TRAFFIC,
    "TINRelief": Semantics.TERRAIN,
    "BuildingInstallation": Semantics.INSTALLATION,
    "BridgeInstallation": Semantics.INSTALLATION,
    "TunnelInstallation": Semantics.INSTALLATION,
    "BuildingConstructiveElement": Semantics.INSTALLATION,
    "BridgeConstructiveElement": Semantics.INSTALLATION,
    "BridgeConstructionElement": Semantics.INSTALLATION,
    "TunnelConstructiveElement": Semantics.INSTALLATION,
}
"""CityGML's and CityJSON's names of surfaces; every other name is OTHER."""
CODES = {name: int(means) for name, means in MEANINGS.items()}
OTHER = int(Semantics.OTHER)
FARTHEST = 1e9
"""No coordinate of any CRS is as large, in metres or degrees."""


def code_of(name: str) -> int:
    """Return what a surface of that name is, as a plain number: they are many."""
    return CODES.get(name, OTHER)


@dataclass(frozen=True, slots=True)
class Faces:
    """Some surfaces whose corners are vertex numbers of the whole model."""

    corner: IntArray
    ring_start: IntArray
    surface_start: IntArray
    semantics: npt.NDArray[np.uint8]
    geometry: IntArray


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a model's file says without its geometry."""

    counts: dict[str, int]
    """How many objects there are of each type, the most frequent first."""
    crs: str | None
    bounds: Bounds | None
    """As stated by the file, x to the east; None if that is not known."""
    fields: dict[str, tuple[str, ...]]
    """By type: the names of the attributes."""


@dataclass(slots=True)
class Columns:
    """The attributes of the objects of one type, a list of values a column."""

    rows: int = 0
    values: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, attributes: dict[str, Any]) -> None:
        """Add one object's attributes; columns it lacks stay empty."""
        for name, value in attributes.items():
            column = self.values.setdefault(name, [])
            if len(column) < self.rows:
                column.extend([None] * (self.rows - len(column)))
            column.append(value)
        self.rows += 1

    def table(self, first: dict[str, list[Any]]) -> ArrowTable:
        """Return everything as columns; the lists are given up one by one.

        first   columns to stand before the others; an attribute of the same name stays, with a sign after it
        """
        columns = {name: arrow_of(values) for name, values in first.items()}
        for name in list(self.values):
            values = self.values.pop(name)
            values.extend([None] * (self.rows - len(values)))
            columns[free_name(name, columns)] = arrow_of(values)
        return ArrowTable(pa.table(columns))


def free_name(name: str, taken: Container[str]) -> str:
    """Return a column's name, with as many signs after it as it takes to be the only one of that name."""
    while name in taken:
        name += "_"
    return name


def arrow_of(values: list[Any]) -> pa.Array:
    """Return one column: truth values, whole numbers, numbers or text, whichever holds them all."""
    kinds = {type(value) for value in values} - {type(None)}
    try:
        if kinds <= {bool}:
            return pa.array(values, pa.bool_() if kinds else pa.string())
        if kinds <= {int}:
            return pa.array(values, pa.int64())
        if kinds <= {int, float}:
            return pa.array([None if value is None else float(value) for value in values], pa.float64())
    except (pa.ArrowException, OverflowError):
        pass
    return pa.array([None if value is None else _words(value) for value in values], pa.string())


def _words(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@dataclass(slots=True)
class Gathered:
    """What has come so far of a model."""

    report: Report
    vertices: list[npt.NDArray[np.float64]] = field(default_factory=list)
    vertex_count: int = 0
    faces: list[Faces] = field(default_factory=list)
    geometry_object: list[int] = field(default_factory=list)
    geometry_lod: list[float] = field(default_factory=list)
    is_solid: list[bool] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    types: dict[str, int] = field(default_factory=dict)
    object_type: list[int] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    """The id of each object's parent, "" for none."""
    columns: dict[str, Columns] = field(default_factory=dict)
    id_of_type: dict[str, list[str]] = field(default_factory=dict)

    def add_object(self, name: str, kind: str, parent: str, attributes: dict[str, Any]) -> int:
        """Add a city object; return its number."""
        self.ids.append(name)
        self.object_type.append(self.types.setdefault(kind, len(self.types)))
        self.parents.append(parent)
        self.columns.setdefault(kind, Columns()).add(attributes)
        self.id_of_type.setdefault(kind, []).append(name)
        return len(self.ids) - 1

    def add_geometry(self, number: int, lod: float, *, is_solid: bool) -> int:
        """Add a geometry of an object, its surfaces follow; return its number."""
        self.geometry_object.append(number)
        self.geometry_lod.append(lod)
        self.is_solid.append(is_solid)
        return len(self.geometry_object) - 1

    def add_vertices(self, xyz: npt.NDArray[np.float64]) -> int:
        """Add vertices (v, 3); return the number of the first."""
        self.vertices.append(xyz)
        self.vertex_count += len(xyz)
        return self.vertex_count - len(xyz)

    def model(self, crs: str | None) -> CityModel:
        """Return what was gathered as one model; the lists are given up."""
        numbers = {name: number for number, name in enumerate(self.ids)}
        parent = np.array([numbers.get(name, -1) if name else -1 for name in self.parents], np.int32)
        tables = {kind: self.columns.pop(kind).table({"id": self.id_of_type.pop(kind)}) for kind in list(self.columns)}
        return CityModel(
            surfaces=self._surfaces(),
            ids=tuple(self.ids),
            types=tuple(self.types),
            object_type=np.array(self.object_type, np.int32),
            parent=parent,
            tables=tables,
            crs=crs,
        )

    def _on_earth(self, faces: list[Faces], xyz: npt.NDArray[np.float64]) -> list[Faces]:
        """Leave out surfaces with a corner beyond any place on earth: numbers that were broken on the way."""
        is_far = np.asarray(~(np.abs(xyz) < FARTHEST).all(axis=1))
        if not is_far.any():
            return faces
        kept = [_without_corners(piece, is_far) for piece in faces]
        lost = sum(len(piece.semantics) for piece in faces) - sum(len(piece.semantics) for piece in kept)
        self.report.add("surfaces have corners beyond any place on earth and were left out", count=lost, is_loss=True)
        return kept

    def _surfaces(self) -> Surfaces:
        faces = [_sound(piece) for piece in self.faces]
        lost = sum(len(piece.semantics) for piece in self.faces) - sum(len(piece.semantics) for piece in faces)
        self.report.add("surfaces have fewer than three corners and were left out", count=lost)
        self.faces = []
        xyz = self.vertices[0] if len(self.vertices) == 1 else np.concatenate([*self.vertices, np.zeros((0, 3))])
        self.vertices = []
        faces = self._on_earth(faces, xyz)
        return Surfaces(
            xyz=xyz,
            corner=_joined([f.corner for f in faces]),
            ring_start=_joined_starts([f.ring_start for f in faces]),
            surface_start=_joined_starts([f.surface_start for f in faces]),
            semantics=np.concatenate([*(f.semantics for f in faces), np.zeros(0, np.uint8)]),
            geometry=_joined([f.geometry for f in faces]),
            geometry_object=np.array(self.geometry_object, np.int32),
            geometry_lod=np.array(self.geometry_lod, np.float32),
            is_solid=np.array(self.is_solid, bool),
        )


def _joined(arrays: Sequence[IntArray]) -> npt.NDArray[np.int32]:
    return np.concatenate([*(a.astype(np.int32) for a in arrays), np.zeros(0, np.int32)])


def _joined_starts(starts: Sequence[IntArray]) -> npt.NDArray[np.int32]:
    before = np.cumsum([0, *(int(s[-1]) for s in starts)])
    moved = [s[1:] + b for s, b in zip(starts, before[:-1], strict=True)]
    return np.concatenate([np.zeros(1, np.int32), *(m.astype(np.int32) for m in moved)])


def _sound(faces: Faces) -> Faces:
    """Leave out rings of fewer than three corners, and a surface with its holes where its outer ring goes."""
    is_ring = np.diff(faces.ring_start) >= 3
    has_rings = np.diff(faces.surface_start) > 0
    if is_ring.all() and has_rings.all():
        return faces
    surface_of_ring = np.repeat(np.arange(len(has_rings)), np.diff(faces.surface_start))
    is_kept = np.zeros(len(has_rings), bool)
    is_kept[has_rings] = is_ring[faces.surface_start[:-1][has_rings]]
    ring = is_ring & is_kept[surface_of_ring]
    corner, ring_start = ragged_indices(faces.ring_start[:-1][ring], np.diff(faces.ring_start)[ring])
    count = np.bincount(surface_of_ring[ring], minlength=len(has_rings))[is_kept]
    return Faces(
        faces.corner[corner],
        ring_start,
        np.concatenate([[0], np.cumsum(count)]),
        faces.semantics[is_kept],
        faces.geometry[is_kept],
    )


def _without_corners(faces: Faces, is_bad: npt.NDArray[np.bool_]) -> Faces:
    """Leave out surfaces that use vertices which are bad (v,)."""
    ring = np.repeat(np.arange(len(faces.ring_start) - 1), np.diff(faces.ring_start))
    surface = np.repeat(np.arange(len(faces.semantics)), np.diff(faces.surface_start))
    is_kept = np.ones(len(faces.semantics), bool)
    is_kept[surface[ring[is_bad[faces.corner]]]] = False
    if is_kept.all():
        return faces
    kept = np.flatnonzero(is_kept)
    rings, surface_start = ragged_indices(faces.surface_start[:-1][kept], np.diff(faces.surface_start)[kept])
    corner, ring_start = ragged_indices(faces.ring_start[:-1][rings], np.diff(faces.ring_start)[rings])
    return Faces(faces.corner[corner], ring_start, surface_start, faces.semantics[kept], faces.geometry[kept])


def turned(model: CityModel) -> CityModel:
    """Return the model with the first and second coordinate exchanged."""
    xyz = np.ascontiguousarray(model.surfaces.xyz[:, [1, 0, 2]])
    return replace(model, surfaces=replace(model.surfaces, xyz=xyz))
