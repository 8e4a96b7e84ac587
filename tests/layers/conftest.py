"""Real buildings for the tests of geometry, read with GeoPandas alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import geopandas
import numpy as np
import numpy.typing as npt
import pyogrio
import pytest
import shapely

from data.sample import files_in, sample_folder
from twin.buildings import Buildings, Outlines

RealData = Callable[[str], Path]
Raise = Callable[..., Buildings]


def outlines_from(geometries: npt.ArrayLike, origin: npt.ArrayLike = (0.0, 0.0), dtype: type = np.float32) -> Outlines:
    """Return valid shapely polygons as ragged arrays: rings open, outer ones counter-clockwise."""
    shapes = shapely.orient_polygons(shapely.force_2d(np.asarray(geometries, object)))
    parts, feature = shapely.get_parts(shapes, return_index=True)
    _, xy, (ring_start, part_start) = shapely.to_ragged_array(parts)
    is_kept = np.ones(len(xy), np.bool_)
    is_kept[ring_start[1:] - 1] = False
    counts = np.bincount(feature, minlength=len(shapes))
    return Outlines(
        (xy[is_kept] - np.asarray(origin)).astype(dtype),
        (ring_start - np.arange(len(ring_start))).astype(np.int32),
        part_start.astype(np.int32),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
    )


def raised(geometries: npt.ArrayLike, height_m: npt.ArrayLike = 10.0, base_m: npt.ArrayLike = 0.0) -> Buildings:
    """Return buildings with float32 outlines from the whole metre nearest to their lower left corner."""
    shapes = np.asarray(geometries, object)
    count = len(shapes)
    west, south = np.round(shapely.total_bounds(shapes)[:2])
    return Buildings(
        (float(west), float(south)),
        outlines_from(shapes, (west, south)),
        np.broadcast_to(np.asarray(base_m, np.float32), count).copy(),
        np.broadcast_to(np.asarray(height_m, np.float32), count).copy(),
        np.arange(count, dtype=np.int32),
    )


CITIES = {
    "koto": ("tokyo_koto_chuo/koto_bldg.gpkg", "measuredHeight"),
    # 15 million metres north of its CRS's origin
    "zug": ("zug_cea/building-geometry/surroundings.shp", "height_ag"),
    "alexandria": ("alexandria_va/buildings.geojson", "HEIGHT"),
}


@cache
def _read(path: Path, height: str) -> Buildings:
    frame: geopandas.GeoDataFrame = pyogrio.read_dataframe(path, layer=0)
    if frame.crs.is_geographic:
        frame = frame.to_crs(frame.estimate_utm_crs())
    is_sound = frame.geometry.notna() & frame.geometry.is_valid & (frame[height] > 0)
    return raised(frame.geometry.to_numpy()[is_sound], frame[height].to_numpy()[is_sound])


@pytest.fixture(scope="session")
def koto(real_data: RealData) -> Buildings:
    """Return the 55,460 buildings of a ward of Tokyo."""
    path, height = CITIES["koto"]
    return _read(real_data(path), height)


@pytest.fixture(scope="session", params=CITIES)
def real_city(request: pytest.FixtureRequest, real_data: RealData) -> Buildings:
    """Return one real city after another."""
    path, height = CITIES[request.param]
    return _read(real_data(path), height)


@pytest.fixture(scope="session")
def lindhaven() -> Buildings:
    """Return the buildings of the sample city."""
    return _read(files_in(sample_folder()).buildings, "height")


@pytest.fixture(scope="session")
def raise_shapes() -> Raise:
    """Return the function that makes buildings of shapely polygons."""
    return raised
