"""A city on its terrain: where things stand, what is seen, and that files may come in any order."""

from __future__ import annotations

from dataclasses import replace
from math import radians

import numpy as np
import pyarrow as pa
import pytest

from data.table import ArrowTable
from data.tilestore import build_tiles
from layers.scene import Scene
from twin.buildings import Outlines
from twin.features import Lines, Polygons
from twin.imagery import Pyramid
from twin.layer import Heights, Kind, Layer, LayerInfo, Style
from twin.place import LocalFrame
from twin.report import Report
from twin.session import Camera, Session
from twin.standing import floating, standing_on, sunken
from twin.terrain import Terrain, ground_of

FRAME = LocalFrame("EPSG:32632", (565_000.0, 5_930_000.0))
SIZE = (320, 200)


def layer_of(name: str, kind: Kind, **values: object) -> Layer:
    """Return a layer of one row."""
    info = LayerInfo(name, name, kind, name, None, "test", "EPSG:32632", "stated", 1, 1, (10.0, 53.0, 10.1, 53.1))
    table = ArrowTable(pa.table({"id": [1]}) if kind is not Kind.TERRAIN else pa.table({}))
    return Layer(info, FRAME, table, Report(), **values)  # type: ignore[arg-type]


def square(x: float, y: float, side: float) -> Outlines:
    """Return one square by its south-west corner."""
    xy = np.array([(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
    return Outlines(xy, np.array([0, 4]), np.array([0, 1]), np.array([0, 1]))


def house(x: float = 90.0, y: float = 90.0) -> Layer:
    """Return a house 20 m wide and 15 m high."""
    one = np.zeros(1, np.float32)
    tiles = build_tiles(square(x, y, 20.0), one, one + 15, np.zeros(1, np.int32))
    return layer_of("house", Kind.FOOTPRINTS, tiles=tiles, heights=Heights(None, np.zeros(1, np.uint8), one + 15))


def hill(x: float = 0.0) -> Layer:
    """Return ground that rises from 100 m in the west, half a metre a metre, 200 m wide."""
    heights = 100 + np.broadcast_to(np.arange(101, dtype=np.float32), (101, 101))
    return layer_of("hill", Kind.TERRAIN, terrain=Terrain(np.ascontiguousarray(heights), (x, 0.0), (2.0, 2.0)))


def pictured(*layers: Layer, camera: Camera, style: Style | None = None) -> np.ndarray:
    """Return the resting picture of some layers, opened in this order and drawn in the usual one."""
    session = Session()
    for layer in layers:
        session.add_layer(layer, style)
    states = sorted(session.composition.layers, key=lambda s: s.layer_id)
    session.set_composition(replace(session.composition, layers=tuple(states)))
    scene = Scene(session)
    try:
        scene.resize(*SIZE)
        *_, last = [picture for picture in scene.refine(camera) if picture is not None]
        return last
    finally:
        scene.close()


SIDE_ON = Camera((100.0, 100.0, 50.0), 400.0, 0.0, radians(80))


def test_a_house_stands_on_the_lowest_ground_under_it() -> None:
    """Its west wall is at 90 m: 45 m above the lowest ground; straight down one meets its roof at 45 + 15."""
    session = Session()
    session.add_layer(house())
    session.add_layer(hill())
    scene = Scene(session)
    try:
        scene.resize(*SIZE)
        top = Camera((100.0, 100.0, 0.0), 500.0, 0.0, 0.0)
        scene.draw(top)
        pick = scene.pick(top, SIZE[0] / 2, SIZE[1] / 2)
        assert pick is not None
        assert pick.point_local[2] == pytest.approx(60.0, abs=0.02)
        ground = scene.ground_at(replace(top, target_local=(60.0, 60.0, 0.0)), SIZE[0] / 2, SIZE[1] / 2)
        assert ground is not None
        assert ground[2] == pytest.approx(30.0, abs=0.05)
        session.remove_layer("hill")
        pick = scene.pick(top, SIZE[0] / 2, SIZE[1] / 2)
        assert pick is not None
        assert pick.point_local[2] == pytest.approx(15.0, abs=0.02)
    finally:
        scene.close()


def test_the_order_of_files_changes_nothing() -> None:
    """City first or terrain first: the same picture."""
    first = pictured(house(), hill(), camera=SIDE_ON)
    second = pictured(hill(), house(), camera=SIDE_ON)
    assert np.array_equal(first, second)
    alone = pictured(house(), camera=SIDE_ON)
    assert (first != alone).any(axis=2).mean() > 0.05


def test_without_its_terrain_all_is_as_before() -> None:
    """The terrain comes and goes, or is hidden: the picture is that of the house alone."""
    alone = pictured(house(), camera=SIDE_ON)
    session = Session()
    session.add_layer(house())
    scene = Scene(session)
    try:
        scene.resize(*SIZE)
        session.add_layer(hill())
        *_, with_hill = [p for p in scene.refine(SIDE_ON) if p is not None]
        session.set_state(replace(session.composition.state("hill"), is_visible=False))
        *_, hidden = [p for p in scene.refine(SIDE_ON) if p is not None]
        session.remove_layer("hill")
        *_, gone = [p for p in scene.refine(SIDE_ON) if p is not None]
    finally:
        scene.close()
    assert not np.array_equal(with_hill, alone)
    assert (hidden != alone).any(axis=2).mean() < 0.0005  # the foot of a wall may differ by a pixel's rounding
    assert (gone != alone).any(axis=2).mean() < 0.0005


def test_terrain_elsewhere_is_not_drawn() -> None:
    """50 km to the east: the house is drawn as if it were not open."""
    assert np.array_equal(pictured(house(), hill(50_000.0), camera=SIDE_ON), pictured(house(), camera=SIDE_ON))


@pytest.mark.parametrize("tilt_deg", [0, 40, 75])
def test_a_polygon_and_a_line_lie_on_the_hill(tilt_deg: float) -> None:
    """A red field over the whole hill is seen nearly everywhere, from above and aslant, and so is a long line."""
    field = layer_of("field", Kind.POLYGONS, features=Polygons(square(10, 10, 180), np.zeros(1, np.int32)))
    camera = Camera((100.0, 100.0, 50.0), 180.0, radians(20), radians(tilt_deg))
    red = Style(color="#ff0000")
    seen = pictured(hill(), field, camera=camera, style=red)
    bare = pictured(hill(), camera=camera, style=Style(color="#00ff00"))
    is_hill = (bare[..., 1] > 90) & (bare[..., 0] < 60)
    assert is_hill.mean() > 0.2
    is_red = (seen[..., 0] > 200) & (seen[..., 1] < 60)
    inner = is_hill & (np.abs(np.arange(SIZE[0]) - 160) < 40) & (np.abs(np.arange(SIZE[1]) - 110) < 30)[:, None]
    assert is_red[inner].mean() > 0.97
    xy = np.array([[20.0, 100.0], [180.0, 100.0]])
    line = layer_of("line", Kind.LINES, features=Lines(xy, np.array([0, 2]), np.zeros(1, np.int32)))
    drawn = pictured(hill(), line, camera=camera, style=Style(color="#ff0000", size_px=3))
    assert ((drawn[..., 0] > 150) & (drawn[..., 1] < 90)).sum() > 100


class Red:
    """A picture of one red tile, 200 m wide."""

    pyramid = Pyramid(
        FRAME.crs, (565_000.0, 5_930_200.0), (200.0, 200.0), (0, 1), (565e3, 5_930e3, 565_200.0, 5_930_200.0)
    )

    def fetch(self, tile: tuple[int, int, int]) -> np.ndarray:
        """Return red, the north-western quarter of the finest level blue."""
        colour = (0, 0, 250, 255) if tile == (1, 0, 0) else (250, 0, 0, 255)
        return np.full((256, 256, 4), colour, np.uint8)


@pytest.mark.parametrize("has_terrain", [False, True])
def test_a_picture_lies_on_the_ground_with_north_up(*, has_terrain: bool) -> None:
    """Straight down from near by the finest tiles are drawn: blue in the upper left, red elsewhere, a house on it."""
    photo = layer_of("a-photo", Kind.IMAGE, image=Red())
    camera = Camera((100.0, 100.0, 50.0 * has_terrain), 250.0, 0.0, 0.0)
    layers = (photo, hill(), house()) if has_terrain else (photo, house())
    seen = pictured(*layers, camera=camera).astype(int)
    assert seen[50, 120].tolist() == pytest.approx([0, 0, 250], abs=12)
    assert seen[50, 200].tolist() == pytest.approx([250, 0, 0], abs=12)
    assert seen[150, 120].tolist() == pytest.approx([250, 0, 0], abs=12)
    assert seen[100, 160, 1] > 120


def test_nothing_behind_a_hill_is_picked() -> None:
    """From the high east one looks west past the edge: a house behind the hill is not under the pointer."""
    ridge = np.zeros((101, 101), np.float32)
    ridge[:, 40:60] = 80.0
    wall = layer_of("hill", Kind.TERRAIN, terrain=Terrain(ridge, (0.0, 0.0), (2.0, 2.0)))
    session = Session()
    session.add_layer(house(20.0, 90.0))
    camera = Camera((30.0, 100.0, 7.0), 400.0, radians(270), radians(88))
    scene = Scene(session)
    try:
        scene.resize(*SIZE)
        assert scene.pick(camera, SIZE[0] / 2, SIZE[1] / 2) is not None
        session.add_layer(wall)
        assert scene.pick(camera, SIZE[0] / 2, SIZE[1] / 2) is None
    finally:
        scene.close()


def test_bases_of_their_own_are_kept_and_misfits_are_told() -> None:
    """Three houses on level ground at 100: bases at 100.2, 103 and 97.5. One floats by 3 m, one is sunken by 2.5 m."""
    ground = ground_of([Terrain(np.full((51, 51), 100.0, np.float32), (0.0, 0.0), (4.0, 4.0))])
    xy = np.concatenate([square(x, 50.0, 10.0).xy for x in (10.0, 40.0, 70.0)])
    start = np.arange(4)
    outlines = Outlines(xy, start * 4, start, start)
    standing = standing_on(outlines, np.arange(3), 3, np.array([100.2, 103.0, 97.5]), ground)
    assert standing.foot_m.tolist() == pytest.approx([0.2, 3.0, -2.5], abs=1e-5)
    assert (floating(standing).rows.tolist(), floating(standing).by_m.tolist()) == ([1], pytest.approx([3.0]))
    assert (sunken(standing).rows.tolist(), sunken(standing).by_m.tolist()) == ([2], pytest.approx([2.5]))


def test_bases_from_another_zero_are_not_kept() -> None:
    """Ellipsoidal heights lie 45 m higher: the houses stand on the ground all the same."""
    ground = ground_of([Terrain(np.full((51, 51), 100.0, np.float32), (0.0, 0.0), (4.0, 4.0))])
    standing = standing_on(square(10.0, 50.0, 10.0), np.arange(1), 1, np.array([145.0]), ground)
    assert not standing.is_own_kept
    assert standing.foot_m.tolist() == [0.0]
