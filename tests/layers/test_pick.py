"""Picking against the plain way: every ray against every triangle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import shapely

from layers.camera import Ray, elevation, home, plan, project, ray_through, stand_at
from layers.extrude import extrude
from layers.pick import Picker
from twin.buildings import Buildings, Outlines
from twin.place import Area
from twin.session import Camera
from twin.tiles import TileIndex

Raise = Callable[..., Buildings]

SIZE = (1280, 720)


@dataclass(frozen=True)
class ListOfTiles:
    """A TileSource over buildings that are given tile by tile: a root and its children."""

    tiles: tuple[Buildings, ...]

    def index(self) -> TileIndex:
        bounds = np.array([self._bounds(t) for t in self.tiles])
        level = np.minimum(np.arange(len(self.tiles)), 1).astype(np.int32)
        count = np.array([len(t) for t in self.tiles], np.int32)
        return TileIndex(level - 1, bounds, bounds, count, np.zeros((len(count), 2), np.float32), level)

    def fetch(self, tile: int) -> Buildings:
        return self.tiles[tile]

    def locate(self, row: int) -> tuple[int, int]:
        found = [(i, int(np.flatnonzero(t.row == row)[0])) for i, t in enumerate(self.tiles) if (t.row == row).any()]
        return found[0] if found else (-1, -1)

    def area(self) -> Area:
        bounds = np.array([self._bounds(t) for t in self.tiles])
        west, south = bounds[:, :2].min(axis=0).tolist()
        east, north = bounds[:, 3:5].max(axis=0).tolist()
        return Area(west, south, east, north)

    @staticmethod
    def _bounds(tile: Buildings) -> list[float]:
        low = tile.outlines.xy.min(axis=0).astype(float) + tile.origin_local
        high = tile.outlines.xy.max(axis=0).astype(float) + tile.origin_local
        return [*low, float(tile.base_m.min()), *high, float(tile.height_m.max())]


def part_of(buildings: Buildings, chosen: np.ndarray) -> Buildings:
    """Return some one-part, one-ring buildings from an origin of their own."""
    outlines = buildings.outlines
    rings = outlines.part_start[outlines.feature_start[chosen]]
    sizes = np.diff(outlines.ring_start)[rings]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    vertices = np.repeat(outlines.ring_start[rings] - start[:-1], sizes) + np.arange(start[-1])
    shift = np.round(outlines.xy[vertices].mean(axis=0))
    origin = np.asarray(buildings.origin_local) + shift
    one = np.arange(len(chosen) + 1, dtype=np.int32)
    return Buildings(
        (float(origin[0]), float(origin[1])),
        Outlines(outlines.xy[vertices] - shift.astype(np.float32), start, one, one),
        buildings.base_m[chosen],
        buildings.height_m[chosen],
        buildings.row[chosen],
    )


@pytest.fixture(scope="module")
def quarter(koto: Buildings) -> ListOfTiles:
    """Return the 1,200 buildings nearest to a crossing, the tallest tenth in the root."""
    outlines = koto.outlines
    is_plain = (np.diff(outlines.feature_start) == 1) & (np.diff(outlines.part_start)[outlines.feature_start[:-1]] == 1)
    first = outlines.xy[outlines.ring_start[outlines.part_start[outlines.feature_start[:-1]]]]
    middle = np.median(first, axis=0)
    away = np.where(is_plain, np.hypot(*(first - middle).T), np.inf)
    near = np.argsort(away)[:1200]
    near = near[np.argsort(-koto.height_m[near])]
    rest = near[120:]
    is_east, is_north = (first[rest] > middle).T
    quarters = [rest[(is_east == e) & (is_north == n)] for e in (False, True) for n in (False, True)]
    return ListOfTiles(tuple(part_of(koto, chosen) for chosen in (near[:120], *quarters)))


def pixels_near(tiles: ListOfTiles, camera: Camera, count: int) -> np.ndarray:
    """Return pixels within 8 of the walls' corners, half of them at the top: where a pick can go wrong."""
    random = np.random.default_rng(7)
    corners = []
    for tile in tiles.tiles:
        xy = tile.outlines.xy.astype(float) + tile.origin_local
        top = np.repeat(tile.height_m, np.diff(tile.outlines.ring_start)) * random.choice((0.3, 1.0), len(xy))
        corners.append(np.column_stack([xy, top]))
    place, depth = project(camera, SIZE, np.concatenate(corners))
    seen = place[(depth > 0) & (place > 0).all(axis=1) & (place < SIZE).all(axis=1)]
    chosen: np.ndarray = random.choice(seen, count) + random.uniform(-8, 8, (count, 2))
    return chosen


class Triangles:
    """All triangles of some tiles, and the first one a ray meets (Möller and Trumbore, 1997)."""

    def __init__(self, tiles: tuple[Buildings, ...]) -> None:
        meshes = [(extrude(t), t) for t in tiles]
        corners = [m.points[m.faces].astype(float) + np.array((*t.origin_local, 0.0)) for m, t in meshes]
        self.corner, second, third = np.concatenate(corners).transpose(1, 0, 2)
        self.one, self.other = second - self.corner, third - self.corner
        self.row = np.concatenate([t.row[m.vertex_feature[m.faces[:, 0]]] for m, t in meshes])

    def first(self, ray: Ray) -> tuple[int, float] | None:
        across = np.cross(ray.direction, self.other)
        from_corner = ray.origin - self.corner
        turned = np.cross(from_corner, self.one)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = 1 / np.einsum("ij,ij->i", self.one, across)
            u = np.einsum("ij,ij->i", from_corner, across) * scale
            v = turned @ ray.direction * scale
            distance = np.einsum("ij,ij->i", turned, self.other) * scale
            distance[~((u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 0))] = np.inf
        best = int(distance.argmin())
        return (int(self.row[best]), float(distance[best])) if distance[best] < np.inf else None


def views(tiles: ListOfTiles) -> dict[str, Camera]:
    area = tiles.area()
    east, north = area.centre
    tallest_m = max(float(t.height_m.max()) for t in tiles.tiles)
    return {
        "home": home(area, tallest_m, SIZE),
        "plan": plan(area, tallest_m, SIZE),
        "elevation": elevation(area, tallest_m, "west", SIZE),
        "low": Camera((east, north, 0.0), 250.0, 1.0, 1.4),
        "standing": stand_at(Camera(), (east, north, 0.0), 0.3),
    }


@pytest.mark.parametrize("view", ["home", "plan", "elevation", "low", "standing"])
def test_a_pick_finds_what_every_triangle_says(quarter: ListOfTiles, view: str) -> None:
    camera, picker, triangles = views(quarter)[view], Picker(quarter), Triangles(quarter.tiles)
    met = 0
    for x, y in pixels_near(quarter, camera, 250):
        ray = ray_through(camera, SIZE, x, y)
        hit, expected = picker.pick(ray), triangles.first(ray)
        assert (hit and hit.row) == (expected and expected[0])
        if hit and expected:
            assert hit.distance_m == pytest.approx(expected[1], abs=1e-3)
            assert quarter.locate(hit.row) == (hit.tile, hit.place)
            assert hit.point_local == pytest.approx(ray.at(expected[1]), abs=1e-3)
            met += 1
    assert met > 50


def test_what_is_hidden_is_seen_through(quarter: ListOfTiles) -> None:
    camera, picker = views(quarter)["low"], Picker(quarter)
    is_shown = np.ones(60_000, np.bool_)
    is_shown[quarter.tiles[0].row] = False
    rest = Triangles(quarter.tiles[1:])
    for x, y in np.random.default_rng(3).uniform((0, 0), SIZE, (100, 2)):
        ray = ray_through(camera, SIZE, x, y)
        hit, expected = picker.pick(ray, is_shown=is_shown), rest.first(ray)
        assert (hit and hit.row) == (expected and expected[0])


COURTYARD = shapely.Polygon(shapely.box(0, 0, 30, 30).exterior, [shapely.box(10, 10, 20, 20).exterior])


def straight_down(x: float, y: float) -> Ray:
    return Ray(np.array([x, y, 100.0]), np.array([0.0, 0.0, -1.0]))


def test_a_courtyard_is_open_and_its_walls_are_met_from_within(raise_shapes: Raise) -> None:
    picker = Picker(ListOfTiles((raise_shapes([COURTYARD], 12.0),)))
    roof = picker.pick(straight_down(5, 5))
    assert roof is not None
    assert roof.distance_m == pytest.approx(88)
    assert picker.pick(straight_down(15, 15)) is None
    from_within = picker.pick(Ray(np.array([15.0, 15.0, 6.0]), np.array([1.0, 0.0, 0.0])))
    assert from_within is not None
    assert from_within.point_local == pytest.approx((20, 15, 6))


def test_one_can_look_under_a_lifted_building(raise_shapes: Raise) -> None:
    picker = Picker(ListOfTiles((raise_shapes([shapely.box(0, 0, 10, 10)], 12.0, 4.0),)))
    assert picker.pick(Ray(np.array([-5.0, 5.0, 2.0]), np.array([1.0, 0.0, 0.0]))) is None
    underside = picker.pick(Ray(np.array([5.0, 5.0, 1.0]), np.array([0.0, 0.0, 1.0])))
    assert underside is not None
    assert underside.point_local == pytest.approx((5, 5, 4))


def test_a_ray_into_the_sky_meets_nothing(quarter: ListOfTiles) -> None:
    assert Picker(quarter).pick(Ray(np.array([0.0, 0.0, 500.0]), np.array([0.0, 0.6, 0.8]))) is None


def test_a_prepared_tile_is_not_fetched_to_find_what_is_near(quarter: ListOfTiles) -> None:
    picker = Picker(quarter)
    for number, tile in enumerate(quarter.tiles):
        picker.prepare(number, tile)
    assert picker.nbytes == 28 * 1200


@pytest.mark.parametrize("view", ["home", "plan", "low"])
def test_a_rectangle_takes_what_has_its_middle_in_it(quarter: ListOfTiles, view: str) -> None:
    camera = views(quarter)[view]
    left, top, right, bottom = rectangle = (500.0, 250.0, 800.0, 420.0)
    expected = []
    for tile in quarter.tiles:
        for place, row in enumerate(tile.row):
            ring = tile.outlines.xy[tile.outlines.ring_start[place] : tile.outlines.ring_start[place + 1]].astype(float)
            x, y = (ring.min(axis=0) + ring.max(axis=0)) / 2 + tile.origin_local
            pixels, _ = project(camera, SIZE, [(x, y, z) for z in (tile.base_m[place], tile.height_m[place])])
            if any(left <= px <= right and top <= py <= bottom for px, py in pixels):
                expected.append(row)
    found = Picker(quarter).rows_in_rectangle(camera, SIZE, rectangle)
    # A middle on the very edge may fall to either side: boxes are kept in float32.
    assert len(np.setxor1d(found, expected)) <= 0.01 * len(expected)
    assert len(found) > 10


def test_a_rectangle_leaves_out_what_is_hidden(quarter: ListOfTiles) -> None:
    camera, picker = views(quarter)["plan"], Picker(quarter)
    everything = picker.rows_in_rectangle(camera, SIZE, (0, 0, *SIZE))
    assert len(everything) == 1200
    is_shown = np.ones(60_000, np.bool_)
    is_shown[everything[:100]] = False
    assert (
        picker.rows_in_rectangle(camera, SIZE, (0, 0, *SIZE), is_shown=is_shown).tolist() == everything[100:].tolist()
    )


def test_a_tile_is_made_ready_for_picking_once(quarter: ListOfTiles) -> None:
    picker = Picker(quarter)
    assert picker.nbytes == 0
    assert picker.warm(0)
    assert picker.nbytes > 0
    assert not picker.warm(0)
