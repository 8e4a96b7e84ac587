"""Buildings as a PyVista mesh."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.tilestore import build_tiles
from data.vector import read
from layers.city_mesh import city_mesh
from twin.buildings import Outlines
from twin.errors import LayerError
from twin.layer import Kind, Layer, LayerInfo
from twin.place import LocalFrame
from twin.report import Report


def layer_of_two() -> Layer:
    """Return two houses: 10 x 10 x 12 m, and 4 x 5 x 3 m."""
    xy = np.array([[0, 0], [10, 0], [10, 10], [0, 10], [20, 0], [24, 0], [24, 5], [20, 5]], float)
    outlines = Outlines(xy, np.array([0, 4, 8]), np.arange(3), np.arange(3))
    height = np.array([12, 3], np.float32)
    tiles = build_tiles(outlines, np.zeros(2, np.float32), height, np.arange(2, dtype=np.int32))
    info = LayerInfo("a", "a", Kind.FOOTPRINTS, "", None, "", None, "given", 2, 2, (0, 0, 0, 0))
    return Layer(info, LocalFrame("EPSG:25832", (0.0, 0.0)), None, Report(), tiles=tiles)  # type: ignore[arg-type]


def test_the_mesh_is_closed_and_holds_the_volume() -> None:
    city = city_mesh(layer_of_two())
    assert city.n_open_edges == 0
    assert city.volume == pytest.approx(10 * 10 * 12 + 4 * 5 * 3)


def test_every_face_knows_its_row_and_height() -> None:
    city = city_mesh(layer_of_two())
    # a closed box of four edges has 8 + 2 + 2 triangles
    assert np.bincount(city.cell_data["row"]).tolist() == [12, 12]
    assert set(city.cell_data["height_m"][city.cell_data["row"] == 1]) == {3.0}


def test_a_layer_without_buildings_is_refused_in_words() -> None:
    layer = layer_of_two()
    flat = Layer(layer.info, layer.frame, layer.table, layer.report)
    with pytest.raises(LayerError, match="no buildings"):
        city_mesh(flat)


def test_a_real_quarter_has_the_volume_of_its_footprints(real_data: Callable[[str], Path]) -> None:
    layer = read(real_data("zug_cea/building-geometry/zone.shp"))
    from data.frames import HEIGHT, frame_of_layer  # noqa: PLC0415

    frame = frame_of_layer(layer)
    assert city_mesh(layer).volume == pytest.approx(float((frame.area * frame[HEIGHT]).sum()), rel=1e-3)
