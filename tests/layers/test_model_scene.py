"""A city model in the scene: its own roofs and walls, in their colours, at the level asked for, under the pointer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.vector import read
from layers.camera import home
from layers.palettes import default_style
from layers.refine import Refinement
from layers.scene import Scene
from twin.layer import Layer
from twin.models import Semantics
from twin.session import Session

CORNERS = [
    (0, 0, 0),
    (20, 0, 0),
    (20, 30, 0),
    (0, 30, 0),
    (0, 0, 8),
    (20, 0, 8),
    (20, 30, 8),
    (0, 30, 8),
    (10, 0, 16),
    (10, 30, 16),
]
HOUSE = [[0, 3, 2, 1], [0, 1, 5, 8, 4], [2, 3, 7, 9, 6], [1, 2, 6, 5], [3, 0, 4, 7], [4, 8, 9, 7], [8, 5, 6, 9]]
MEANS = [0, 1, 1, 1, 1, 2, 2]
BLOCK = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    """Return one house of 20 by 30 m: a block of 8 m in LoD1, with a gable of 16 m in LoD2."""
    says: dict[str, Any] = {
        "surfaces": [{"type": f"{t}Surface"} for t in ("Ground", "Wall", "Roof")],
        "values": [MEANS],
    }
    fine = {"type": "Solid", "lod": "2", "boundaries": [[[ring] for ring in HOUSE]], "semantics": says}
    coarse = {"type": "Solid", "lod": "1", "boundaries": [[[ring] for ring in BLOCK]]}
    path = tmp_path / "house.city.json"
    path.write_text(
        json.dumps(
            {
                "type": "CityJSON",
                "version": "2.0",
                "transform": {"scale": [1, 1, 1], "translate": [84_600, 447_400, 2]},
                "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/28992"},
                "CityObjects": {"h": {"type": "Building", "geometry": [coarse, fine]}},
                "vertices": CORNERS,
            }
        )
    )
    return read(path)


@pytest.fixture
def opened(layer: Layer) -> Iterator[tuple[Session, Scene]]:
    session = Session()
    scene = Scene(session)
    scene.resize(240, 180)
    session.add_layer(layer, default_style(layer.info, layer.table.fields()))
    yield session, scene
    scene.close()


def picture(session: Session, scene: Scene) -> tuple[Any, np.ndarray]:
    assert session.area is not None
    camera = replace(home(session.area, 16.0, (240, 180)), heading_rad=0.6)
    pictures = [p for p in Refinement(scene, camera, passes=1).slices() if p is not None]
    return camera, pictures[-1]


def reds(drawn: np.ndarray) -> int:
    """Return how many pixels are of a roof: red beyond green."""
    return int((drawn[..., 0].astype(int) - drawn[..., 1] > 40).sum())


def test_roofs_have_a_colour_of_their_own_and_the_legend_counts_them(opened: tuple[Session, Scene]) -> None:
    session, scene = opened
    _, drawn = picture(session, scene)
    assert reds(drawn) > 200
    (legend,) = scene.legends()
    assert [(e.label, e.count) for e in legend.entries] == [("roof", 2), ("wall", 4), ("ground", 1)]


def test_a_colour_chosen_for_roofs_is_theirs(opened: tuple[Session, Scene]) -> None:
    session, scene = opened
    (state,) = session.composition.layers
    session.set_style(state.layer_id, replace(state.style, colors=(("roof", "#2040e0"),)))
    _, drawn = picture(session, scene)
    assert reds(drawn) == 0
    assert int((drawn[..., 2].astype(int) - drawn[..., 0] > 60).sum()) > 200


def test_another_level_draws_another_body(opened: tuple[Session, Scene], layer: Layer) -> None:
    session, scene = opened
    assert layer.info.lods == ("1", "2")
    picture(session, scene)
    (visual,) = scene.buildings.values()
    assert int(visual.full_triangles.sum()) == 2 * 3 + 4 * 2 + 2  # two gable walls of five corners, four of four, floor
    (state,) = session.composition.layers
    session.set_style(state.layer_id, replace(state.style, lod="1"))
    picture(session, scene)
    assert int(visual.full_triangles.sum()) == 12


def test_the_pointer_finds_roofs_and_walls(opened: tuple[Session, Scene]) -> None:
    session, scene = opened
    camera, drawn = picture(session, scene)
    y, x = np.argwhere(drawn[..., 0].astype(int) - drawn[..., 1] > 40)[100]
    found = scene.pick(camera, float(x) + 0.5, float(y) + 0.5)
    assert found is not None
    assert (found.row, found.surface) == (0, Semantics.ROOF)
    assert found.point_local[2] > 7.9  # roofs begin at 8 m
    down = [scene.pick(camera, float(x), float(line)) for line in range(int(y), 180)]
    assert Semantics.WALL in {pick.surface for pick in down if pick is not None}
