"""The tallest hundredth of the buildings in view stand while the camera moves, however small the budget is."""

from __future__ import annotations

from math import radians

import numpy as np

from data.tilestore import build_tiles
from layers.detail import OUT, choose
from twin.buildings import Outlines
from twin.session import Camera

SIDE = 100
"""Buildings along each side of the city."""


def slender_towers_among_broad_halls() -> tuple[Outlines, np.ndarray]:
    """Return 10,000 buildings on a grid: every hundredth a tower of 4 x 4 m and 40 m, the others halls, 34 m high."""
    count = SIDE * SIDE
    is_tower = np.arange(count) % 101 == 0
    half = np.where(is_tower, 2.0, 12.0)[:, None, None]
    centre = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 1, 2) * 30.0
    xy = (centre + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])).reshape(-1, 2)
    start = np.arange(count + 1, dtype=np.int32)
    return Outlines(xy, start * 4, start, start), np.where(is_tower, 40.0, 34.0).astype(np.float32)


def test_the_tallest_stand_however_slender_and_far_they_are() -> None:
    outlines, height_m = slender_towers_among_broad_halls()
    count = len(height_m)
    tiles = build_tiles(
        outlines, np.zeros(count, np.float32), height_m, np.arange(count, dtype=np.int32), tile_buildings=256
    )
    camera = Camera((1500.0, 200.0, 0.0), 700.0, radians(0), radians(80))
    # 5,000 triangles are 500 boxes: the root and one tile more.
    choice = choose(tiles.tree, camera, (1280, 720), budget_triangles=5_000, full_triangles=tiles.tree.triangles)
    in_view = [row for row in np.flatnonzero(height_m == 40.0) if choice.is_in_view[tiles.locate(int(row))[0]]]
    assert in_view
    assert all(choice.level[tiles.locate(int(row))[0]] != OUT for row in in_view)
