"""CityJSON 2.0: buildings as blocks (LoD1) or with the bodies of a city model, written as they come.

source   CityJSON 2.0.1 (https://www.cityjson.org/specs/2.0.1/)
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from twin.buildings import Buildings
from twin.models import FINEST_BIT, Bodies, Semantics, lod_name
from twin.place import LocalFrame, lonlat_from_local, transformer
from twin.version import VERSION

SCALE_M = 0.001
"""Coordinates are whole millimetres, as most writers have them."""
TYPES = frozenset(
    {
        *("Bridge", "Building", "CityFurniture", "LandUse", "OtherConstruction", "PlantCover", "Railway", "Road"),
        *("SolitaryVegetationObject", "TINRelief", "TransportSquare", "Tunnel", "WaterBody", "Waterway"),
    }
)
"""Kinds of objects that stand by themselves and have surfaces."""
_SURFACES = {
    Semantics.GROUND: "GroundSurface",
    Semantics.WALL: "WallSurface",
    Semantics.ROOF: "RoofSurface",
    Semantics.CLOSURE: "ClosureSurface",
    Semantics.OUTER_FLOOR: "OuterFloorSurface",
    Semantics.OUTER_CEILING: "OuterCeilingSurface",
    Semantics.WINDOW: "Window",
    Semantics.DOOR: "Door",
}
_OPEN_SHARE = 1e-3
"""Of all its area, so much may be missing from a closed body: coordinates are rounded."""
_BLOCK = '[{"type":"GroundSurface"},{"type":"RoofSurface"},{"type":"WallSurface"}]'


@dataclass(frozen=True, slots=True)
class CityJsonPlace:
    """The CRS a file is in, and how local metres become its coordinates."""

    frame: LocalFrame
    crs: str
    """"EPSG:n": CityJSON knows no others."""
    translate: tuple[float, float, float]

    def whole(self, xyz_local: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return local metres (n, 3), z above the zero of the heights, as the file's whole numbers."""
        if self.crs == self.frame.crs:
            east_north = xyz_local[:, :2] + np.asarray(self.frame.origin_m)
        else:
            x, y = (xyz_local[:, :2] + np.asarray(self.frame.origin_m)).T
            east_north = np.column_stack(transformer(self.frame.crs, self.crs).transform(x, y))
        placed = np.column_stack([east_north, xyz_local[:, 2]]) - np.asarray(self.translate)
        whole: npt.NDArray[np.int64] = np.rint(placed / SCALE_M).astype(np.int64)
        return whole


def place_for(frame: LocalFrame) -> CityJsonPlace:
    """Return where a project's frame lies for CityJSON: its own CRS, or UTM where that has no EPSG number."""
    authority = CRS.from_user_input(frame.crs).to_authority(min_confidence=100)
    if authority is not None and authority[0] == "EPSG":
        east, north = frame.origin_m
        return CityJsonPlace(
            LocalFrame(f"EPSG:{authority[1]}", frame.origin_m), f"EPSG:{authority[1]}", (east, north, 0.0)
        )
    lon_deg, lat_deg = lonlat_from_local(frame, np.zeros((1, 2)))[0]
    crs = f"EPSG:{(32600 if lat_deg >= 0 else 32700) + int((lon_deg + 180) // 6) + 1}"
    east, north = transformer("EPSG:4326", crs).transform(lon_deg, lat_deg)
    return CityJsonPlace(frame, crs, (round(float(east), 0), round(float(north), 0), 0.0))


class CityJsonWriter:
    """Writes one file: add buildings and bodies, then finish."""

    def __init__(self, path: str | Path, place: CityJsonPlace) -> None:
        """Begin a file."""
        self._path, self._place = Path(path), place
        self._stack = ExitStack()
        self._objects: IO[bytes] = self._temporary()
        self._vertices: IO[bytes] = self._temporary()
        self._count = 0
        self.objects = 0
        self._low, self._high = np.full(3, 2**62, np.int64), np.full(3, -(2**62), np.int64)

    def _temporary(self) -> IO[bytes]:
        return self._stack.enter_context(tempfile.TemporaryFile(dir=self._path.parent))

    def add_buildings(
        self, buildings: Buildings, names: Iterable[str], attributes: Iterable[Mapping[str, object]], lift_m: Any
    ) -> None:
        """Add buildings as blocks of LoD1.

        names        ids, unique in the file
        attributes   plain values by column; empty ones are left out
        lift_m       (n,) where each one's ground lies
        """
        outlines = buildings.outlines
        xy = outlines.xy.astype(np.float64) + np.asarray(buildings.origin_local)
        parts, rings = np.asarray(outlines.part_start), np.asarray(outlines.ring_start)
        each = np.diff(rings[parts[outlines.feature_start]])
        first, count = self._count, len(xy)
        for z in (buildings.base_m + lift_m, buildings.height_m + lift_m):
            self._put(np.column_stack([xy, np.repeat(z.astype(np.float64), each)]))
        starts, part_list, ring_list = outlines.feature_start.tolist(), parts.tolist(), rings.tolist()
        for n, (name, values) in enumerate(zip(names, attributes, strict=True)):
            solids = []
            for part in range(starts[n], starts[n + 1]):
                bounds = [
                    (ring_list[r] + first, ring_list[r + 1] + first)
                    for r in range(part_list[part], part_list[part + 1])
                ]
                solids.append(_block(bounds, count))
            self._object(name, "Building", values, _solids(solids))

    def add_bodies(
        self,
        bodies: Bodies,
        rows: Iterable[int],
        names: Iterable[str],
        attributes: Iterable[Mapping[str, object]],
        kind: str,
    ) -> None:
        """Add rows of a city model with their surfaces at the finest level of detail, at their own elevation."""
        for row, name, values in zip(rows, names, attributes, strict=True):
            geometry = self._body(bodies, row)
            if geometry:
                self._object(name, kind, values, geometry)

    def finish(self, *, title: str = "", extras: Mapping[str, object] | None = None) -> None:
        """Write the file."""
        number = self._place.crs.partition(":")[2]
        metadata: dict[str, object] = {"referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{number}"}
        translate = np.asarray(self._place.translate)
        if self._count:
            low, high = (np.asarray(v) * SCALE_M + translate for v in (self._low, self._high))
            metadata["geographicalExtent"] = [*np.round(low, 3).tolist(), *np.round(high, 3).tolist()]
        if title:
            metadata["title"] = title
        head: dict[str, object] = {
            "type": "CityJSON",
            "version": "2.0",
            "metadata": metadata,
            "transform": {"scale": [SCALE_M] * 3, "translate": list(self._place.translate)},
            "+citytwin": {"generator": f"citytwin {VERSION}", **(extras or {})},
        }
        with self._stack, self._path.open("wb") as file:
            file.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b',"CityObjects":{')
            _append(self._objects, file)
            file.write(b'},"vertices":[')
            _append(self._vertices, file)
            file.write(b"]}")

    def close(self) -> None:
        """Leave off without a file."""
        self._stack.close()

    def _put(self, xyz_local: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        whole = self._place.whole(xyz_local)
        if len(whole):
            self._low = np.minimum(self._low, whole.min(axis=0))
            self._high = np.maximum(self._high, whole.max(axis=0))
            text = json.dumps(whole.tolist(), separators=(",", ":"))[1:-1]
            self._vertices.write((("," if self._count else "") + text).encode())
            self._count += len(whole)
        return whole

    def _object(self, name: str, kind: str, values: Mapping[str, object], geometry: str) -> None:
        attributes = json.dumps({k: v for k, v in values.items() if v is not None}, ensure_ascii=False, default=str)
        head = "," if self.objects else ""
        line = f'{head}{json.dumps(name)}:{{"type":"{kind}","attributes":{attributes},"geometry":[{geometry}]}}'
        self._objects.write(line.encode())
        self.objects += 1

    def _body(self, bodies: Bodies, row: int) -> str:
        first, last = int(bodies.body_row_start[row]), int(bodies.body_row_start[row + 1])
        levels = bodies.body_levels[first:last]
        chosen = np.flatnonzero((levels >> np.uint16(FINEST_BIT)) & np.uint16(1)) + first
        if not len(chosen):
            return ""
        boundaries: list[list[list[int]]] = []
        corners: list[npt.NDArray[np.float64]] = []
        place: dict[bytes, int] = {}
        for surface in chosen.tolist():
            rings = []
            for ring in range(int(bodies.body_surface_start[surface]), int(bodies.body_surface_start[surface + 1])):
                offsets = bodies.body_offset[bodies.body_ring_start[ring] : bodies.body_ring_start[ring + 1]]
                rings.append([_numbered(place, corners, point) for point in np.asarray(offsets, np.float32)])
            boundaries.append(rings)
        base = self._count
        xyz = np.asarray(corners, np.float64) + bodies.body_anchor[row]
        self._put(xyz)
        shifted = [[[base + i for i in ring] for ring in rings] for rings in boundaries]
        is_solid = _is_closed(np.asarray(corners, np.float64), boundaries)
        return _surfaces_json(shifted, bodies.body_semantics[chosen], _lod_of(bodies, chosen), is_solid=is_solid)


def _numbered(place: dict[bytes, int], corners: list[Any], point: npt.NDArray[np.float32]) -> int:
    key = np.rint(point * 1000).astype(np.int64).tobytes()
    if key not in place:
        place[key] = len(corners)
        corners.append(point)
    return place[key]


def _lod_of(bodies: Bodies, surfaces: npt.NDArray[np.intp]) -> str:
    shared = np.bitwise_and.reduce(bodies.body_levels[surfaces])
    bits = [i for i in range(len(bodies.body_lods)) if shared >> np.uint16(i) & np.uint16(1)]
    return lod_name(bodies.body_lods[bits[-1]]) if bits else "2"


def _is_closed(points: npt.NDArray[np.float64], boundaries: list[list[list[int]]]) -> bool:
    """Return whether surfaces enclose a body and face outward: their area vectors cancel, and the volume is positive.

    Neighbours need not share all corners, so meeting edges would ask too much.
    """
    centred = points - points.mean(axis=0)
    vectors, volume = [], 0.0
    for rings in boundaries:
        area = np.zeros(3)
        for ring in rings:
            corners = centred[ring]
            crossed = np.cross(corners[1:-1] - corners[0], corners[2:] - corners[0]).sum(axis=0) / 2
            area += crossed
            volume += float(corners[0] @ crossed) / 3
        vectors.append(area)
    each = np.asarray(vectors)
    return volume > 0 and bool(np.linalg.norm(each.sum(axis=0)) < _OPEN_SHARE * np.linalg.norm(each, axis=1).sum())


def _surfaces_json(
    boundaries: list[list[list[int]]], semantics: npt.NDArray[np.uint8], lod: str, *, is_solid: bool
) -> str:
    """Return the geometry: a solid, or single surfaces."""
    kinds = [k for k in dict.fromkeys(semantics.tolist()) if Semantics(k) in _SURFACES]
    values = [kinds.index(k) if k in kinds else None for k in semantics.tolist()]
    geometry: dict[str, object] = {
        "type": "Solid" if is_solid else "MultiSurface",
        "lod": lod,
        "boundaries": [boundaries] if is_solid else boundaries,
    }
    if kinds:
        surfaces = [{"type": _SURFACES[Semantics(k)]} for k in kinds]
        geometry["semantics"] = {"surfaces": surfaces, "values": [values] if is_solid else values}
    return json.dumps(geometry, separators=(",", ":"))


def _block(rings: list[tuple[int, int]], up: int) -> tuple[str, str]:
    """Return the shell of a block and its semantics; rings are runs of lower vertices, upper ones lie `up` after."""
    floor = ",".join(f"[{','.join(map(str, range(b - 1, a - 1, -1)))}]" for a, b in rings)
    roof = ",".join(f"[{','.join(map(str, range(a + up, b + up)))}]" for a, b in rings)
    walls = [
        f"[[{i},{j},{j + up},{i + up}]]"
        for a, b in rings
        for i, j in zip(range(a, b), [*range(a + 1, b), a], strict=True)
    ]
    return f"[[{floor}],[{roof}],{','.join(walls)}]", f"[0,1{',2' * len(walls)}]"


def _solids(solids: list[tuple[str, str]]) -> str:
    """Return the geometry of a building of one part, or of several."""
    kind, (shells, values) = "Solid", solids[0]
    if len(solids) > 1:
        kind = "MultiSolid"
        shells, values = ",".join(f"[{s}]" for s, _ in solids), ",".join(f"[{v}]" for _, v in solids)
    semantics = f'{{"surfaces":{_BLOCK},"values":[{values}]}}'
    return f'{{"type":"{kind}","lod":"1","boundaries":[{shells}],"semantics":{semantics}}}'


def _append(source: IO[bytes], target: IO[bytes]) -> None:
    source.seek(0)
    shutil.copyfileobj(source, target, 2**20)
