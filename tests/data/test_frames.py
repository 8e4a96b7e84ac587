"""Layers to GeoPandas and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from data.frames import HEIGHT, HEIGHT_SOURCE, frame_of_layer, layer_from_frame
from data.vector import read
from twin.errors import CrsError, LayerError
from twin.layer import Kind

ORIGIN = np.array([500_000.0, 5_760_000.0])


def houses() -> geopandas.GeoDataFrame:
    """Return a house, one with a courtyard, one in two parts, and one without a height."""
    square = shapely.box(0, 0, 10, 10)
    court = shapely.Polygon(shapely.box(20, 0, 40, 20).exterior, [shapely.box(25, 5, 35, 15).exterior])
    two = shapely.MultiPolygon([shapely.box(50, 0, 60, 10), shapely.box(65, 0, 70, 5)])
    last = shapely.box(80, 0, 90, 10)
    geometry = shapely.transform([square, court, two, last], lambda xy: xy + ORIGIN)
    columns = {"height": [12.0, 20.0, 7.5, None], "name": ["a", "b", "c", None]}
    return geopandas.GeoDataFrame(columns, geometry=geometry, crs=25832)


def test_what_goes_in_comes_out_again() -> None:
    frame = houses()
    back = frame_of_layer(layer_from_frame(frame, "Houses"))
    assert back.crs == frame.crs
    assert back["name"].fillna("").tolist() == ["a", "b", "c", ""]
    # outlines are kept to 0.1 mm: areas of at most 300 square metres with 80 metres of edge differ by under 0.01
    assert back.area.tolist() == pytest.approx([100.0, 300.0, 125.0, 100.0], abs=0.01)
    assert (back.distance(frame) < 0.001).all()
    assert back.geom_type.tolist() == ["Polygon", "Polygon", "MultiPolygon", "Polygon"]


def test_the_height_drawn_and_its_source_are_told() -> None:
    back = frame_of_layer(layer_from_frame(houses(), "Houses"))
    assert back[HEIGHT].tolist()[:3] == [12.0, 20.0, 7.5]
    assert back[HEIGHT_SOURCE].tolist()[:3] == ["measured"] * 3
    assert back[HEIGHT_SOURCE].tolist()[3] in {"use_default", "default"}


def test_chosen_rows_come_in_the_order_asked_for() -> None:
    layer = layer_from_frame(houses(), "Houses")
    assert frame_of_layer(layer, [2, 0])["name"].tolist() == ["c", "a"]


def test_points_and_lines_keep_their_places() -> None:
    points = geopandas.GeoDataFrame(
        {"n": [1, 2]}, geometry=geopandas.points_from_xy([9.0, 9.01], [52.0, 52.0]), crs=4326
    )
    layer = layer_from_frame(points, "Stops")
    assert layer.info.kind is Kind.POINTS
    back = frame_of_layer(layer).to_crs(4326)
    assert back.geometry.x.tolist() == pytest.approx([9.0, 9.01], abs=1e-8)
    line = geopandas.GeoDataFrame(
        geometry=[shapely.MultiLineString([[(0, 0), (5, 5)], [(9, 9), (9, 12)]])], crs=25832
    ).translate(*ORIGIN)
    back = frame_of_layer(layer_from_frame(geopandas.GeoDataFrame(geometry=line), "Ways"))
    assert back.length.tolist() == pytest.approx([50**0.5 + 3.0])


def test_a_frame_without_a_crs_is_refused_in_words() -> None:
    with pytest.raises(CrsError, match="set_crs"):
        layer_from_frame(houses().set_crs(None, allow_override=True), "Houses")


def test_an_empty_frame_is_refused_in_words() -> None:
    with pytest.raises(LayerError, match="no features"):
        layer_from_frame(houses().iloc[:0], "Houses")


def test_a_real_city_keeps_its_ground(real_data: Callable[[str], Path]) -> None:
    path = real_data("tokyo_koto_chuo/koto_bldg.gpkg")
    back, source = frame_of_layer(read(path)), geopandas.read_file(path)
    assert len(back) == len(source) == 55_460
    assert back.area.sum() == pytest.approx(source.area.sum(), rel=1e-5)
