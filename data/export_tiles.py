"""3D Tiles 1.1: a tileset.json and a GLB a tile, standing on the Earth where the city does.

source   OGC 22-025r4, 3D Tiles 1.1; axes east, north, up of the root as in its section on transforms
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyproj import Transformer

from data.glb import GlbWriter
from twin.mesh import Coating, MeshPart
from twin.place import LocalFrame, lonlat_from_local
from twin.version import VERSION

Doubles = npt.NDArray[np.float64]

_GEODETIC, _GEOCENTRIC = "EPSG:4979", "EPSG:4978"

_ERROR = 24.0
"""A building that is not drawn counts as an error of so many times its size: with CesiumJS's 16 pixels, tiles come when
their largest building is nearly a pixel high, and a city seen whole is not full of holes."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the tileset stands: axes east, north and up of a point of the Earth."""

    frame: LocalFrame
    origin_ecef: Doubles
    """(3,) metres, EPSG:4978."""
    axes: Doubles
    """(3, 3) east, north and up as rows, in EPSG:4978."""

    def from_local(self, points_local: Doubles) -> Doubles:
        """Return local points (n, 3), z above the ellipsoid, as east, north, up of the anchor, metres."""
        placed: Doubles = (ecef_from_local(self.frame, points_local) - self.origin_ecef) @ self.axes.T
        return placed

    @property
    def transform(self) -> list[float]:
        """Return the root's transform, 16 numbers, column by column."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.axes.T
        matrix[:3, 3] = self.origin_ecef
        return [float(v) for v in matrix.T.reshape(-1)]


def anchor_at(frame: LocalFrame, xy_local: tuple[float, float]) -> Anchor:
    """Return the axes that stand at a local point, on the ellipsoid."""
    lon, lat = np.radians(lonlat_from_local(frame, np.array([xy_local]))[0])
    east = [-np.sin(lon), np.cos(lon), 0.0]
    north = [-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)]
    up = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    origin = ecef_from_local(frame, np.array([[*xy_local, 0.0]]))[0]
    return Anchor(frame, origin, np.array([east, north, up]))


def ecef_from_local(frame: LocalFrame, points_local: Doubles) -> Doubles:
    """Return local points (n, 3) in EPSG:4978, metres from the middle of the Earth."""
    lon_lat = lonlat_from_local(frame, points_local[:, :2])
    earth = Transformer.from_crs(_GEODETIC, _GEOCENTRIC, always_xy=True)
    return np.column_stack(earth.transform(lon_lat[:, 0], lon_lat[:, 1], points_local[:, 2]))


@dataclass(slots=True)
class _Tile:
    uri: str
    parent: int
    low: Doubles
    high: Doubles
    prominence_m: float


class TilesetWriter:
    """Writes one tileset into a folder: add the parts of a layer, then finish."""

    def __init__(self, folder: str | Path, anchor: Anchor, *, copyright_: str = "") -> None:
        """Begin a tileset; the folder is there and empty."""
        self._folder, self._anchor, self._copyright = Path(folder), anchor, copyright_
        self._tiles: list[dict[int, _Tile]] = []
        self._parents: list[npt.NDArray[np.integer]] = []
        self._bytes = 0

    def begin_layer(self, parents: npt.NDArray[np.integer]) -> None:
        """Take parts of another layer from here on; parents (t,) is its tree, -1 for the root."""
        self._tiles.append({})
        self._parents.append(parents)

    def add_part(
        self, name: str, part: MeshPart, table: pa.Table | None, rows: npt.NDArray[np.integer], coating: Coating
    ) -> None:
        """Write one tile.

        table   what is known of each feature; None for a part that is no features
        rows    (k,) ascending: the table rows that the table's rows stand for
        """
        local = part.points.astype(np.float64) + np.asarray(part.origin_local)
        points = self._anchor.from_local(local)
        low, high = points.min(axis=0), points.max(axis=0)
        middle = (low + high) / 2
        number = len(self._tiles) - 1
        uri = f"tiles/{number}-{part.tile}.glb"
        (self._folder / "tiles").mkdir(exist_ok=True)
        glb = GlbWriter(self._folder / uri, copyright_=self._copyright)
        try:
            material = glb.add_material(coating, is_double_sided=not part.is_prism)
            feature = np.searchsorted(rows, part.row)
            near = (points - middle).astype(np.float32)
            shaded = _shaded(near, part)
            glb.add_part(
                name,
                near[shaded.source],
                shaded.simplices,
                origin=middle.tolist(),
                normals=shaded.normals,
                feature=None if table is None else feature[shaded.source],
                table=None if table is None else glb.add_table(name, table),
                material=material,
            )
            self._bytes += glb.finish()
        finally:
            glb.close()
        self._tiles[number][part.tile] = _Tile(uri, part.parent, low, high, part.prominence_m)

    def finish(self, *, extras: Mapping[str, object] | None = None) -> int:
        """Write tileset.json; return the bytes of everything."""
        children = [self._tree(number) for number in range(len(self._tiles))]
        roots = [tile for some in children for tile in some]
        boxes = [tile["_range"] for tile in roots]
        low, high = _union(boxes) if boxes else (np.zeros(3), np.ones(3))
        error = max((t.prominence_m for tiles in self._tiles for t in tiles.values()), default=0.0)
        root = {
            "boundingVolume": {"box": _box(low, high)},
            "geometricError": max(_ERROR * error, 1.0),
            "refine": "ADD",
            "transform": self._anchor.transform,
            "children": [_plain(tile) for tile in roots],
        }
        whole = {
            "asset": {"version": "1.1", "generator": f"citytwin {VERSION}", "extras": dict(extras or {})},
            "geometricError": float(np.linalg.norm(high - low)),
            "root": root,
        }
        text = json.dumps(whole, ensure_ascii=False, indent=1)
        (self._folder / "tileset.json").write_text(text, encoding="utf-8")
        return self._bytes + len(text.encode())

    def _tree(self, number: int) -> list[dict[str, Any]]:
        """Return a layer's topmost tiles with all below; a tile whose parent is not there hangs on one above."""
        tiles, parents = self._tiles[number], self._parents[number]
        nodes: dict[int, dict[str, Any]] = {
            key: {
                "geometricError": 0.0,
                "refine": "ADD",
                "content": {"uri": tile.uri},
                "children": [],
                "_range": (tile.low, tile.high),
            }
            for key, tile in tiles.items()
        }
        tops = []
        for key in sorted(nodes, reverse=True):  # parents come before their children
            above = int(parents[key])
            while above >= 0 and above not in nodes:
                above = int(parents[above])
            if above < 0:
                tops.append(nodes[key])
                continue
            upper, lower = nodes[above], nodes[key]
            upper["children"].insert(0, lower)
            upper["_range"] = _union([upper["_range"], lower["_range"]])
            upper["geometricError"] = max(
                upper["geometricError"], lower["geometricError"], _ERROR * tiles[key].prominence_m
            )
        return tops


@dataclass(frozen=True, slots=True)
class _Shaded:
    source: npt.NDArray[np.int32]
    """(p,) which of the part's points each new one is."""
    simplices: npt.NDArray[np.int32]
    normals: npt.NDArray[np.float32] | None


def _shaded(points: npt.NDArray[np.float32], part: MeshPart) -> _Shaded:
    """Return a part with a normal at each point: walls with four points of their own, level roofs with one normal."""
    if part.simplices.shape[1] != 3:
        return _Shaded(np.arange(len(points), dtype=np.int32), part.simplices, None)
    walls = part.simplices[: part.walls].reshape(-1, 6)[:, [0, 1, 2, 5]]
    rest = part.simplices[part.walls :]
    wall_normals = np.repeat(_normals(points, walls[:, :3]), 4, axis=0)
    wall_faces = (np.arange(len(walls), dtype=np.int32) * 4)[:, None] + np.array([0, 1, 2, 0, 2, 3], np.int32)
    rest_points: npt.NDArray[np.integer]
    rest_faces: npt.NDArray[np.integer]
    if part.is_prism:
        used, place = np.unique(rest, return_inverse=True)
        normals = np.zeros((len(used), 3), np.float32)  # roofs and undersides share no points
        np.add.at(normals, place.reshape(-1), np.repeat(_normals(points, rest), 3, axis=0))
        rest_points, rest_normals, rest_faces = used, _unit(normals), place.reshape(rest.shape)
    else:
        rest_points = rest.reshape(-1)
        rest_normals = np.repeat(_normals(points, rest), 3, axis=0)
        rest_faces = np.arange(len(rest_points), dtype=np.int32).reshape(-1, 3)
    return _Shaded(
        np.concatenate([walls.reshape(-1), rest_points]).astype(np.int32),
        np.concatenate([wall_faces.reshape(-1, 3), rest_faces + walls.size]).astype(np.int32),
        np.concatenate([wall_normals, rest_normals]).astype(np.float32),
    )


def _normals(points: npt.NDArray[np.float32], faces: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    a, b, c = (points[faces[:, i]].astype(np.float64) for i in range(3))
    return _unit(np.cross(b - a, c - a))


def _unit(vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = np.where(length > 0, vectors / length, (0.0, 0.0, 1.0))
    return unit.astype(np.float32)


def _union(ranges: list[tuple[Doubles, Doubles]]) -> tuple[Doubles, Doubles]:
    return np.min([r[0] for r in ranges], axis=0), np.max([r[1] for r in ranges], axis=0)


def _box(low: Doubles, high: Doubles) -> list[float]:
    """Return centre and half axes; never quite flat."""
    half = np.maximum((high - low) / 2, 0.01)
    return [float(v) for v in [*((low + high) / 2), half[0], 0, 0, 0, half[1], 0, 0, 0, half[2]]]


def _plain(tile: dict[str, Any]) -> dict[str, Any]:
    low, high = tile["_range"]
    plain = {
        "boundingVolume": {"box": _box(low, high)},
        "geometricError": tile["geometricError"],
        "refine": "ADD",
        "content": tile["content"],
    }
    return plain | ({"children": [_plain(c) for c in tile["children"]]} if tile["children"] else {})
