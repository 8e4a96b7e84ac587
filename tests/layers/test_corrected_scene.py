"""Corrected heights and brushed rows in the picture."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from math import radians

import geopandas
import numpy as np
import numpy.typing as npt
import pytest
import shapely

from data.frames import layer_from_frame
from data.tilestore import build_tiles
from layers.camera import project
from layers.scene import Scene
from layers.workers import InPlace, Work
from twin.buildings import Outlines
from twin.corrections import correction_of
from twin.layer import Layer, Style
from twin.session import Camera, Session

SIZE = (160, 120)
ORIGIN = np.array([500_000.0, 5_760_000.0])
CAMERA = Camera((0.0, 0.0, 0.0), 220.0, radians(20), radians(40))
Picture = npt.NDArray[np.uint8]


class Counting(InPlace):
    """Workers that keep what they were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Hashable] = []

    def submit(
        self, key: Hashable, function: Work, shared: str | tuple[str, ...], *values: object, priority: float = 0.0
    ) -> None:
        self.asked.append(key)
        super().submit(key, function, shared, *values, priority=priority)


def town() -> Layer:
    """Return nine houses of 12 m around the origin, two in each tile."""
    squares = [shapely.box(x - 10, y - 10, x + 10, y + 10) for y in (-40, 0, 40) for x in (-40, 0, 40)]
    frame = geopandas.GeoDataFrame(
        {"height": [12.0] * 9}, geometry=shapely.transform(squares, lambda xy: xy + ORIGIN), crs=25832
    )
    layer = layer_from_frame(frame, "Town")
    whole = layer.tiles.arrays  # type: ignore[union-attr]
    xy = whole.offset_xy.astype(float) + np.repeat(whole.anchor_local, np.diff(whole.ring_start), axis=0)
    outlines = Outlines(xy, whole.ring_start, whole.part_start, whole.feature_start)
    tiles = build_tiles(outlines, whole.base_m, whole.height_m, whole.row, tile_buildings=2)
    return replace(layer, tiles=tiles)


@pytest.fixture
def scene() -> Iterator[tuple[Session, Scene, Counting]]:
    session, workers = Session(), Counting()
    session.add_layer(town(), Style(color="#e00000"))
    made = Scene(session, jobs=workers)
    made.resize(*SIZE)
    made.is_adaptive = False
    yield session, made, workers
    made.close()


def drawn(scene: Scene) -> Picture:
    for _ in range(200):
        scene.draw(CAMERA)
        if not scene.is_working:
            return scene.draw(CAMERA)
    raise AssertionError("the workers never end")


def middle_of(session: Session, row: int, height_m: float) -> tuple[float, float, float]:
    arrays = session.layers["town"].tiles.arrays  # type: ignore[union-attr]
    x, y = arrays.anchor_local[int(np.flatnonzero(arrays.row == row)[0])]
    return float(x), float(y), height_m


def seen(picture: Picture, point: tuple[float, float, float]) -> npt.NDArray[np.int64]:
    place, _ = project(CAMERA, SIZE, np.array([point]))
    column, line = np.floor(place[0]).astype(int)
    return picture[line, column].astype(np.int64)


def is_red(colour: npt.NDArray[np.int64]) -> bool:
    return bool(colour[0] > colour[1] + 60 and colour[0] > colour[2] + 60)


def test_a_corrected_height_stands_in_the_picture_and_makes_only_its_tile_anew(
    scene: tuple[Session, Scene, Counting],
) -> None:
    session, drawing, workers = scene
    before = drawn(drawing)
    top = middle_of(session, 8, 30.0)
    assert not is_red(seen(before, top))
    workers.asked.clear()
    done = correction_of(session.source("town"), 8, "height", 30.0, when="2026-11-21", why="")
    session.set_composition(replace(session.composition, corrections=(done,)))
    assert is_red(seen(drawn(drawing), top))
    tile = session.layers["town"].tiles.locate(8)[0]  # type: ignore[union-attr]
    made = {key[1:] for key in workers.asked}  # type: ignore[index]
    assert {which for level, which in made if level != "carpet"} == {tile}
    assert ("carpet", 0) in made  # its shadow
    session.undo()
    assert np.abs(drawn(drawing).astype(int) - before).max() <= 2


def test_a_corrected_building_is_picked_at_its_new_height(scene: tuple[Session, Scene, Counting]) -> None:
    session, drawing, _ = scene
    drawn(drawing)
    done = correction_of(session.source("town"), 8, "height", 30.0, when="2026-11-21", why="")
    session.set_composition(replace(session.composition, corrections=(done,)))
    place, _ = project(CAMERA, SIZE, np.array([middle_of(session, 8, 30.0)]))
    hit = drawing.pick(CAMERA, *place[0].tolist())
    assert hit is not None
    assert (hit.row, round(hit.point_local[2])) == (8, 30)


def test_what_is_not_brushed_is_dimmed_until_the_brush_is_put_down(scene: tuple[Session, Scene, Counting]) -> None:
    session, drawing, workers = scene
    before = drawn(drawing)
    workers.asked.clear()
    is_lit = np.zeros(9, bool)
    is_lit[4] = True
    session.set_brush("town", is_lit)
    picture = drawn(drawing)
    lit, dim = seen(picture, middle_of(session, 4, 12.0)), seen(picture, middle_of(session, 5, 12.0))
    assert lit[2] > lit[0] + 40  # the colour of what stands out
    assert not is_red(dim)
    assert abs(dim[2] - dim[0]) < 60
    session.set_style("town", Style(color="#00a000"))  # another look leaves the brush where it is
    assert not is_red(seen(drawn(drawing), middle_of(session, 5, 12.0)))
    session.undo()
    session.set_brush("", None)
    assert np.abs(drawn(drawing).astype(int) - before).max() <= 2
    assert not workers.asked  # other colours need no other geometry
