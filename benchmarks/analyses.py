"""Hours of sun and viewsheds over a whole city, beside plain shapely and, where it is installed, pybdshadow.

    python benchmarks/analyses.py BUILDINGS [--sample 200] [--package-sample 60] [--cell 2]

BUILDINGS is a file of footprints with heights; the targets are for the 55,460 buildings of Tokyo Koto: hours of sun for
one day at 15-minute steps at 2 m at least 20 times faster, a viewshed over the city in at most 2 s. What others would
take for the whole city is extrapolated from a square of the city's densest part: shadows by buildings, cells by cells.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
import warnings
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import shapely
from measuring import machine

from data.vector import read
from plugins.builtin.height_field import height_field
from plugins.builtin.outlook import Eye, seen_from
from plugins.builtin.prisms import Prisms
from plugins.builtin.sun import Parameters, Sun, day_of
from plugins.builtin.sun_ground import Day
from plugins.builtin.viewshed import Parameters as ViewParameters
from plugins.builtin.viewshed import Viewshed
from plugins.city_files import CityContents, write_city
from plugins.city_handle import FileCity, open_city
from plugins.contract import Frame, Point

WHEN = datetime(2026, 6, 21, 12, tzinfo=ZoneInfo("Asia/Tokyo"))


def main() -> int:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("buildings", type=Path)
    parser.add_argument("--sample", type=float, default=200.0, help="side of the square that shapely does, metres")
    parser.add_argument("--package-sample", type=float, default=60.0, help="side of the square that pybdshadow does")
    parser.add_argument("--cell", type=float, default=2.0)
    args = parser.parse_args()
    with TemporaryDirectory(prefix="citytwin-analyses-") as folder:
        write_city(Path(folder), CityContents([read(str(args.buildings), is_alone=True)]))
        city = open_city(Path(folder))
        parameters = Parameters(when=WHEN, cell_m=args.cell)
        day = day_of(city, parameters)
        answer: dict[str, Any] = {"machine": machine(), "moments": len(day.shown)}
        answer["sun"] = sun(city, parameters)
        answer["viewshed"] = viewshed(city, args.cell)
        middle = densest(city)
        answer["shapely"] = by_shapely(city, day, middle, args.sample, args.cell, answer["sun"])
        if importlib.util.find_spec("pybdshadow") is not None:
            answer["pybdshadow"] = by_package(city, middle, args.package_sample, args.cell, answer["sun"])
    print(json.dumps(answer, indent=2))
    return 0


def sun(city: FileCity, parameters: Parameters) -> dict[str, Any]:
    """Return how long the analysis takes in one process, from the laid-down city to its frame."""
    begin, begin_cpu = time.perf_counter(), time.process_time()
    plugin = Sun()
    tiling = plugin.tiling(city, parameters)
    tiles = [plugin.tile(t, parameters) for t in city.tiles(tiling.size_m, tiling.margin_m)]
    frame = plugin.combine(tiles, city, parameters)
    took = time.perf_counter() - begin
    cpu, cells = time.process_time() - begin_cpu, int(np.size(frame.surface.values))
    return {
        "took_s": round(took, 3),
        "processor_s": round(cpu, 3),
        "cells": cells,
        "tiles": len(tiles),
        "mean_h": frame.facts["mean_h"],
    }


def viewshed(city: FileCity, cell_m: float) -> dict[str, Any]:
    """Return how long a viewshed over all of the city takes: the whole analysis, and the lines of sight alone."""
    middle = city.area.centroid
    observer = Point(*city.lonlat(np.array([[middle.x, middle.y]]))[0])
    begin, begin_cpu = time.perf_counter(), time.process_time()
    frames = list(Viewshed().frames(city, city.area, ViewParameters(observer=observer, cell_m=cell_m), Event()))
    whole, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
    field = height_field(city, city.area.bounds, cell_m)
    eye = Eye(field.grid.rows / 2, field.grid.columns / 2, 60.0)
    begin = time.perf_counter()
    seen_from(eye, field.top, field.top, cell_m, 1e9)
    lines = time.perf_counter() - begin
    facts = next(f.facts for f in frames if isinstance(f, Frame))
    told = {"took_s": whole, "processor_s": cpu, "lines_of_sight_s": lines, "seen_percent": facts["seen_percent"]}
    return {name: round(value, 3) for name, value in told.items()}


def densest(city: FileCity) -> tuple[float, float]:
    """Return the middle of the square of 500 m with the most buildings."""
    tiles = [(len(t.buildings(columns=[])), t.area.centroid) for t in city.tiles(500.0)]
    most = max(tiles, key=lambda found: found[0])[1]
    return most.x, most.y


def by_shapely(
    city: FileCity, day: Day, middle: tuple[float, float], side_m: float, cell_m: float, ours: dict[str, Any]
) -> dict[str, Any]:
    """Return how long vectorised shapely takes: shadows of all buildings in one call, cells by a tree of them."""
    from plugins.builtin.prisms import prisms_of  # noqa: PLC0415

    every = prisms_of(city)
    square = shapely.box(*(m - side_m / 2 for m in middle), *(m + side_m / 2 for m in middle))
    xs, ys = (np.arange(m - side_m / 2 + cell_m / 2, m + side_m / 2, cell_m) for m in middle)
    cells = shapely.points(*(g.ravel() for g in np.meshgrid(xs, ys)))
    make_s = ask_s = 0.0
    hours = np.zeros(len(cells))
    for i in day.shown:
        one = day.place.sun(day.path.azimuth_deg[i], day.path.altitude_deg[i])
        begin = time.perf_counter()
        shadows = plain_shadows(every, one.toward, one.slope)
        make_s += time.perf_counter() - begin
        near = shadows[shapely.intersects(shadows, square)]
        begin = time.perf_counter()
        dark = np.unique(shapely.STRtree(near).query(cells, predicate="intersects")[0])
        ask_s += time.perf_counter() - begin
        hours += day.step_h
        hours[dark] -= day.step_h
    whole = make_s + ask_s * ours["cells"] / len(cells)
    return {
        "sample_cells": len(cells),
        "shadows_of_all_buildings_s": round(make_s, 2),
        "cells_of_the_sample_s": round(ask_s, 2),
        "whole_city_extrapolated_s": round(whole, 1),
        "ours_is_faster": round(whole / ours["took_s"], 1),
    }


def plain_shadows(prisms: Prisms, toward: Any, slope: float) -> Any:
    """Return shadows as hulls of each footprint and itself moved: shapely's fastest way, exact for convex ones."""
    away = -toward * np.minimum(prisms.top_m / slope, 3000.0)[:, None]
    xy, of = shapely.get_coordinates(prisms.geometry, return_index=True)
    moved = shapely.set_coordinates(prisms.geometry.copy(), xy + away[of])
    pairs = np.column_stack([prisms.geometry, moved])
    return shapely.convex_hull(shapely.geometrycollections(pairs))


def by_package(
    city: FileCity, middle: tuple[float, float], side_m: float, cell_m: float, ours: dict[str, Any]
) -> dict[str, Any]:
    """Return how long pybdshadow takes on a small square, with only the buildings in it."""
    import pybdshadow  # noqa: PLC0415

    square = shapely.box(*(m - side_m / 2 for m in middle), *(m + side_m / 2 for m in middle))
    frame = city.buildings(square)[["height_m", "geometry"]].rename(columns={"height_m": "height"})
    frame = gpd.GeoDataFrame(frame).explode(index_parts=False).to_crs(4326)
    frame["building_id"] = np.arange(len(frame))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepared = pybdshadow.bd_preprocess(frame)
        begin = time.perf_counter()
        found = pybdshadow.cal_sunshine(prepared, day="2026-06-21", accuracy=cell_m, precision=900, padding=1800)
        took = time.perf_counter() - begin
    whole = took * ours["cells"] / len(found)
    return {
        "sample_buildings": len(frame),
        "sample_cells": len(found),
        "took_s": round(took, 2),
        "whole_city_extrapolated_s": round(whole),
        "ours_is_faster": round(whole / ours["took_s"]),
    }


if __name__ == "__main__":
    raise SystemExit(main())
