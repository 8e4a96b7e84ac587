"""What is under a pixel: the building a ray meets first, and the buildings inside a rectangle of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from layers.body_pick import BodyRays
from layers.camera import Point, Ray, Size, project, ray_through
from layers.feet import SKIRT_M
from twin.buildings import Buildings, Outlines
from twin.models import Bodies
from twin.session import Camera
from twin.tiles import TileSource

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating]
Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom; pixels."""

TILES_KEPT = 64
"""Tiles whose outlines are kept for the next pick: the pointer moves little between two."""
PAD_M = 0.05


@dataclass(frozen=True, slots=True)
class Pick:
    """What is under a pixel of a scene's picture, of whichever layer."""

    layer_id: str
    row: int
    """The layer's table row."""
    point_local: Point
    """Where the line of sight meets it, metres."""
    distance_m: float
    """From the eye."""
    surface: int = -1
    """What the surface there is (twin.models.Semantics), for city models; -1 otherwise."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a ray meets a building first."""

    row: int
    """The building's row of the layer's table."""
    tile: int
    place: int
    """Its place in the tile."""
    distance_m: float
    """From the ray's origin."""
    point_local: Point
    surface: int = -1
    """What the surface there is, for city models; -1 otherwise."""


@dataclass(frozen=True, slots=True)
class _TileBoxes:
    """The upright boxes round one tile's buildings."""

    bounds: npt.NDArray[np.float32]
    """(6, n) west, south, bottom, east, north, top; metres from the layer's middle, a little too large."""
    row: npt.NDArray[np.int32]


class Picker:
    """Finds the buildings of one layer. Keeps 28 bytes a building of the tiles that rays have come near."""

    def __init__(self, source: TileSource, bodies: Bodies | None = None) -> None:
        """Look at the tree only; tiles are fetched when a ray comes near them.

        bodies   of a city model: they are met where they stand in place of the blocks
        """
        self._source = source
        self._index = source.index()
        self._rays = None if bodies is None else BodyRays(bodies)
        self.lod = ""
        """The level of detail that is drawn."""
        self._foot_m: npt.NDArray[np.float32] | None = None
        self._middle = np.array([*source.area().centre, 0.0])
        self._pad_m = PAD_M + source.area().diagonal_m * 2.0**-21
        self._boxes: dict[int, _TileBoxes] = {}
        self._buildings = lru_cache(TILES_KEPT)(source.fetch)

    def set_feet(self, foot_m: npt.NDArray[np.float32] | None) -> None:
        """Take where each row's foot lies (rows,), local metres; None is flat ground."""
        self._foot_m = foot_m
        self._boxes.clear()

    @property
    def nbytes(self) -> int:
        """Return the bytes kept."""
        return sum(b.bounds.nbytes + b.row.nbytes for b in self._boxes.values())

    def prepare(self, tile: int, buildings: Buildings) -> None:
        """Take what is needed from a tile that has been fetched for drawing, so that a pick need not fetch it again."""
        if tile not in self._boxes:
            boxes = _boxes_round(buildings, self._middle, self._pad_m)
            if self._rays is not None:
                _widen(boxes, self._rays.bounds[boxes.row], self._middle, self._pad_m)
            if self._foot_m is not None:
                boxes.bounds[[2, 5]] += self._foot_m[boxes.row]
                boxes.bounds[2] -= SKIRT_M
            self._boxes[tile] = boxes

    def warm(self, tile: int) -> bool:
        """Take what is needed of a tile before a ray comes near it; return whether there was anything to do."""
        if tile in self._boxes:
            return False
        self._tile_boxes(tile)
        return True

    def pick(self, ray: Ray, *, is_shown: Mask | None = None) -> Hit | None:
        """Return the first building the ray meets, exactly: walls, roof, open courtyards.

        is_shown   (rows,) by table row: False cannot be picked; None takes all
        """
        bounds = self._tile_bounds.T
        if self._foot_m is not None and len(self._foot_m):
            bounds = bounds + np.array([0, 0, self._foot_m.min() - SKIRT_M, 0, 0, self._foot_m.max()])[:, None]
        tiles, entry = _met(bounds, ray.origin, ray.direction, np.flatnonzero(self._index.count > 0))
        if len(tiles) == 0:
            return None
        skipped_m = max(float(entry.min()) - 1.0, 0.0)
        origin = ray.origin + ray.direction * skipped_m
        boxes = [self._tile_boxes(tile) for tile in tiles.tolist()]
        start = np.concatenate([[0], np.cumsum([len(b.row) for b in boxes])])
        every = np.concatenate([b.bounds for b in boxes], axis=1)
        met, entry = _met(every, (origin - self._middle).astype(np.float32), ray.direction.astype(np.float32))
        slot = np.searchsorted(start, met, side="right") - 1
        place = met - start[slot]
        best, where, surface = np.inf, (-1, -1), -1
        for i in np.argsort(entry).tolist():
            if entry[i] >= best:
                break
            box, tile = boxes[slot[i]], int(tiles[slot[i]])
            if is_shown is not None and not is_shown[box.row[place[i]]]:
                continue
            distance_m, means = self._distance(tile, int(place[i]), int(box.row[place[i]]), origin, ray.direction)
            if distance_m < best:
                best, where, surface = distance_m, (tile, int(place[i])), means
        if where[0] < 0:
            return None
        row = int(self._tile_boxes(where[0]).row[where[1]])
        return Hit(row, *where, best + skipped_m, ray.at(best + skipped_m), surface)

    def _distance(self, tile: int, place: int, row: int, origin: Floats, direction: Floats) -> tuple[float, int]:
        """Return where a ray meets one building, and what the surface there is."""
        if self._foot_m is not None:
            origin = origin - (0.0, 0.0, float(self._foot_m[row]))
        met = None if self._rays is None else self._rays.meets(row, self.lod, origin, direction)
        return met or (_prism_distance(self._buildings(tile), place, origin, direction), -1)

    @cached_property
    def _tile_bounds(self) -> Floats:
        """(t, 6) what each tile's buildings fill."""
        bounds = self._index.bounds
        if self._rays is None:
            return bounds
        bounds = bounds.copy()
        arrays = self._source.arrays  # type: ignore[attr-defined]
        rows = self._rays.bounds[arrays.row[arrays.member]]
        tile = np.repeat(np.arange(len(bounds)), np.diff(arrays.member_start))
        for side in range(6):
            (np.fmin if side < 3 else np.fmax).at(bounds[:, side], tile, rows[:, side])
        return bounds

    def rows_in_rectangle(
        self, camera: Camera, size_px: Size, rectangle: Rectangle, *, is_shown: Mask | None = None
    ) -> npt.NDArray[np.int32]:
        """Return the table rows, ascending, of buildings whose base's or roof's middle appears in a rectangle.

        What stands behind others is taken too.
        """
        rows = [np.empty(0, np.int32)]
        for tile in _tiles_in(self._index.bounds, self._index.count, camera, size_px, rectangle).tolist():
            boxes = self._tile_boxes(tile)
            west, south, bottom, east, north, top = boxes.bounds.astype(np.float64)
            is_inside = np.zeros(len(boxes.row), np.bool_)
            for z in (bottom + self._pad_m, top - self._pad_m):
                middles = np.column_stack([(west + east) / 2, (south + north) / 2, z]) + self._middle
                is_inside |= _are_in(project(camera, size_px, middles)[0], rectangle)
            rows.append(boxes.row[is_inside])
        found = np.sort(np.concatenate(rows))
        return found if is_shown is None else found[is_shown[found]]

    def _tile_boxes(self, tile: int) -> _TileBoxes:
        if tile not in self._boxes:
            self.prepare(tile, self._buildings(tile))
        return self._boxes[tile]


def _boxes_round(buildings: Buildings, middle: Floats, pad_m: float) -> _TileBoxes:
    outlines = buildings.outlines
    start = outlines.ring_start[outlines.part_start[outlines.feature_start[:-1]]]
    bounds = np.empty((6, len(buildings)), np.float32)
    for axis in (0, 1):
        values = np.ascontiguousarray(outlines.xy[:, axis])
        shift = buildings.origin_local[axis] - middle[axis]
        bounds[axis] = np.minimum.reduceat(values, start) + (shift - pad_m)
        bounds[3 + axis] = np.maximum.reduceat(values, start) + (shift + pad_m)
    bounds[2], bounds[5] = buildings.base_m - pad_m, buildings.height_m + pad_m
    return _TileBoxes(bounds, buildings.row)


def _widen(boxes: _TileBoxes, bodies: Floats, middle: Floats, pad_m: float) -> None:
    """Make boxes as large as the bodies (n, 6) in them, too: roofs reach beyond outlines."""
    for axis in range(3):
        np.fmin(boxes.bounds[axis], bodies[:, axis] - middle[axis] - pad_m, out=boxes.bounds[axis], casting="unsafe")
        high = bodies[:, 3 + axis] - middle[axis] + pad_m
        np.fmax(boxes.bounds[3 + axis], high, out=boxes.bounds[3 + axis], casting="unsafe")


def _met(
    bounds: Floats, origin: Floats, direction: Floats, among: npt.NDArray[np.int64] | None = None
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return which upright boxes a ray meets, and the distances at which it enters them (0 from within).

    bounds   (6, n) west, south, bottom, east, north, top
    among    the boxes to try; None tries all
    """
    if among is not None:
        bounds = bounds[:, among]
    enter, leave = np.zeros(bounds.shape[1], bounds.dtype), np.full(bounds.shape[1], np.inf, bounds.dtype)
    for axis in range(3):
        along = direction[axis]
        slowness = bounds.dtype.type(1) / (along if abs(along) > 1e-12 else bounds.dtype.type(1e-12))
        low, high = (bounds[axis] - origin[axis]) * slowness, (bounds[3 + axis] - origin[axis]) * slowness
        if slowness < 0:
            low, high = high, low
        np.maximum(enter, low, out=enter)
        np.minimum(leave, high, out=leave)
    met = np.flatnonzero(enter <= leave)
    return (met if among is None else among[met]), enter[met]


def _prism_distance(buildings: Buildings, place: int, origin: Floats, direction: Floats) -> float:
    """Return where a ray first meets one building's walls, roof or underside; infinity where it does not."""
    begin, end = _edges(buildings.outlines, place)
    eye = origin - (*buildings.origin_local, 0.0)
    begin, end = begin - eye[:2], end - eye[:2]
    base, top = float(buildings.base_m[place]) - eye[2], float(buildings.height_m[place]) - eye[2]
    nearest = _wall_distance(begin, end, base, top, direction)
    for level in (top, base) if buildings.base_m[place] > 0 else (top,):
        distance_m = level / direction[2] if abs(direction[2]) > 1e-12 else -1.0
        if 0 < distance_m < nearest and _is_within(begin, end, direction[:2] * distance_m):
            nearest = distance_m
    return float(nearest)


def _edges(outlines: Outlines, place: int) -> tuple[Floats, Floats]:
    """Return where the edges of one building begin and end (m, 2), float64 metres from the tile's origin."""
    first_ring, last_ring = outlines.part_start[outlines.feature_start[place : place + 2]]
    ring_start = outlines.ring_start[first_ring : last_ring + 1]
    begin = outlines.xy[ring_start[0] : ring_start[-1]].astype(np.float64)
    end = np.empty_like(begin)
    end[:-1] = begin[1:]
    end[ring_start[1:] - ring_start[0] - 1] = begin[ring_start[:-1] - ring_start[0]]
    return begin, end


def _wall_distance(begin: Floats, end: Floats, base: float, top: float, direction: Floats) -> float:
    """Return where a ray from the origin first meets upright walls between two heights."""
    (x, y), (dx, dy) = begin.T, (end - begin).T
    east, north, rise = direction
    across = east * dy - north * dx
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (x * dy - y * dx) / across
        part = (x * north - y * east) / across
        z = distance * rise
    is_met = (distance > 0) & (part >= 0) & (part <= 1) & (z >= base) & (z <= top)
    return float(distance[is_met].min()) if is_met.any() else float("inf")


def _is_within(begin: Floats, end: Floats, point: Floats) -> bool:
    """Return whether a point is inside rings: a line from it crosses their edges an odd number of times."""
    (x0, y0), (x1, y1) = (begin - point).T, (end - point).T
    is_crossed = (y0 > 0) != (y1 > 0)
    is_right = (x0 * y1 - x1 * y0 > 0) == (y1 > y0)
    return bool(np.count_nonzero(is_crossed & is_right) % 2)


def _are_in(pixels: Floats, rectangle: Rectangle) -> Mask:
    left, top, right, bottom = rectangle
    x, y = pixels.T
    inside: Mask = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    return inside


def _tiles_in(
    bounds: Floats, count: npt.NDArray[np.integer], camera: Camera, size_px: Size, rectangle: Rectangle
) -> npt.NDArray[np.int64]:
    """Return the tiles that may have something inside a rectangle of the picture."""
    left, top, right, bottom = rectangle
    rays = [ray_through(camera, size_px, x, y) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]
    low, high = bounds[:, :3], bounds[:, 3:]
    is_in = count > 0
    for one, other in zip(rays, rays[1:] + rays[:1], strict=True):
        spanned = other.origin - one.origin if camera.is_parallel else other.direction
        inward = np.cross(spanned, one.direction) if camera.is_parallel else np.cross(one.direction, spanned)
        middle = sum((r.origin + r.direction for r in rays), np.zeros(3)) / 4
        if inward @ (middle - one.origin) < 0:
            inward = -inward
        farthest_in = np.where(inward > 0, high, low)
        is_in &= (farthest_in - one.origin) @ inward >= 0
    return np.flatnonzero(is_in)
