"""The sample city's files: GeoPackages, tables, terrain and a README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pyogrio.raw
import rasterio
import shapely

from data.sample.city import City, make_city, stream
from data.sample.files import ATTRIBUTION, CRS, NAME, ORIGIN_M, VERSION, SampleFiles, files_in
from data.sample.green import PARK_KINDS, park_names
from data.sample.plan import QUARTERS, Geometries
from data.sample.roads import bent
from data.sample.services import Zoning, make_clinics, zoning_2010, zoning_2030
from data.sample.stock import Stock
from data.sample.tables import census, properties, write_csv
from data.sample.terrain import CELL_M, HALF_DEPTH_M, HALF_WIDTH_M, extent
from data.sample.tram import TRAM_LINES, make_tram

Fields = Mapping[str, npt.NDArray[Any]]
LayerOf = tuple[str, Geometries, Fields]
"""Layer name, geometries in metres from the city's middle, columns."""


def write_city(folder: Path) -> SampleFiles:
    """Generate the sample city and write it; files of the same names are replaced."""
    city = make_city()
    files = files_in(folder)
    folder.mkdir(parents=True, exist_ok=True)
    block_ids = np.array([f"K{i + 1:04d}" for i in range(len(city.block_outline))], dtype=object)
    building_ids = np.array([f"B{i + 1:05d}" for i in range(len(city.built))], dtype=object)
    with _quick_and_repeatable():
        _write_layers(files.buildings, _building_layers(city, building_ids, block_ids))
        _write_layers(files.city, _city_layers(city, block_ids))
        _write_layers(files.plans, _plan_layers(city))
    _write_terrain(files.terrain, city)
    write_csv(
        files.census,
        census(city.block_outline, city.blocks.quarter, city.blocks.kind, block_ids, city.built, city.facts, stream(7)),
    )
    write_csv(files.property, properties(building_ids, city.built, city.facts, stream(8)))
    files.readme.write_text(README, encoding="utf-8")
    return files


@contextmanager
def _quick_and_repeatable() -> Iterator[None]:
    """Let SQLite not wait for the disk after each layer (1.9 s become 0.4 s); keep the time of day out of the files.

    Nothing is lost by it: the files get their names only when all are whole.
    """
    wanted = {"OGR_SQLITE_SYNCHRONOUS": "OFF", "OGR_CURRENT_DATE": "2026-03-14T00:00:00.000Z"}
    before = {key: pyogrio.get_gdal_config_option(key) for key in wanted}
    pyogrio.set_gdal_config_options(wanted)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _building_layers(city: City, ids: Any, block_ids: Any) -> Iterator[LayerOf]:
    built, facts = city.built, city.facts
    quarter = np.array([QUARTERS[q].name for q in city.blocks.quarter], dtype=object)
    yield (
        "buildings",
        built.outline,
        {
            "id": ids,
            "name": built.name,
            "use": facts.use,
            "form": built.form.astype(object),
            "address": facts.address,
            "year_built": facts.year_built,
            "year_demolished": np.full(len(built), np.nan),
            "storeys": built.storeys,
            "height": np.where(facts.is_measured, built.height_m, np.nan),
            "base_m": np.where(built.base_m > 0, built.base_m, np.nan),
            "energy_label": facts.energy_label,
            "dwellings": facts.dwellings,
            "residents": facts.residents,
            "jobs": facts.jobs,
            "district": quarter[built.block],
            "block_id": block_ids[built.block],
        },
    )
    past: Stock = city.past
    use = np.where(past.form == "hall", "industry", "residential").astype(object)
    yield (
        "buildings_past",
        past.outline,
        {
            "id": np.array([f"V{i + 1:04d}" for i in range(len(past))], dtype=object),
            "use": use,
            "year_built": city.past_years[:, 0],
            "year_demolished": city.past_years[:, 1],
            "storeys": past.storeys,
            "height": past.height_m,
            "district": quarter[past.block],
            "block_id": block_ids[past.block],
        },
    )


def _city_layers(city: City, block_ids: Any) -> Iterator[LayerOf]:
    blocks, streets = city.blocks, city.streets
    waters = shapely.get_parts(city.water)
    is_lake = shapely.intersects(waters[:, None], bent(city.plan.lakes)[None, :]).any(axis=1)
    yield (
        "water",
        waters,
        {
            "name": np.where(is_lake, "Mere", "Linde").astype(object),
            "kind": np.where(is_lake, "lake", "river").astype(object),
        },
    )
    green = np.flatnonzero(np.isin(blocks.kind, PARK_KINDS))
    yield (
        "parks",
        city.block_outline[green],
        {
            "name": park_names(blocks.kind[green], blocks.site[green], stream(9)),
            "kind": blocks.kind[green].astype(object),
        },
    )
    yield "land", city.land[0], {"kind": city.land[1].astype(object)}
    yield (
        "streets",
        streets.line,
        {
            "name": streets.name,
            "class": streets.rank.astype(object),
            "width_m": streets.width_m,
            "is_bridge": streets.is_bridge.astype(np.int32),
        },
    )
    outline, names, base_m, height_m = city.bridges
    yield "bridges", outline, {"name": np.array(names, dtype=object), "base_m": base_m, "height": height_m}
    lines, stops = make_tram(city.plan)
    yield (
        "tram",
        np.array(lines),
        {
            "line": np.array([t[0] for t in TRAM_LINES], dtype=object),
            "name": np.array([t[1] for t in TRAM_LINES], dtype=object),
        },
    )
    yield (
        "tram_stops",
        np.array([s[0] for s in stops]),
        {"name": np.array([s[1] for s in stops], dtype=object), "line": np.array([s[2] for s in stops], dtype=object)},
    )
    rails = np.array([bent(r.line).intersection(extent()) for r in city.plan.roads if r.rank == "rail"])
    yield "rail", rails, {"name": np.array(["Railway"] * len(rails), dtype=object), "tracks": np.full(len(rails), 4)}
    yield (
        "trees",
        np.asarray(shapely.points(city.trees.xy)),
        {"height_m": city.trees.height_m, "species": city.trees.species},
    )
    yield "districts", *_districts(city)
    yield (
        "blocks",
        city.block_outline,
        {
            "block_id": block_ids,
            "kind": blocks.kind.astype(object),
            "district": np.array([QUARTERS[q].name for q in blocks.quarter], dtype=object),
        },
    )
    yield from _service_layers(city)


def _districts(city: City) -> tuple[Geometries, Fields]:
    used = np.unique(city.blocks.quarter)
    grown = shapely.buffer(city.block_outline, 14.0, join_style="mitre", mitre_limit=2.0)
    outline = []
    taken: Any = shapely.Polygon()
    for number in used:
        whole = shapely.buffer(shapely.union_all(grown[city.blocks.quarter == number]), -2.0, join_style="mitre")
        outline.append(shapely.simplify(whole, 2.0).difference(taken))
        taken = shapely.union(taken, outline[-1])
    people = np.bincount(city.blocks.quarter[city.built.block], weights=city.facts.residents, minlength=len(QUARTERS))
    return np.array(outline), {
        "name": np.array([QUARTERS[q].name for q in used], dtype=object),
        "residents": people[used].astype(np.int64),
    }


def _service_layers(city: City) -> Iterator[LayerOf]:
    rows, names = city.schools
    middle = shapely.point_on_surface(city.block_outline[rows])
    places = 180 + 20 * (np.arange(len(rows)) * 7 % 23)
    yield "schools", middle, {"name": np.array(names, dtype=object), "capacity": places}
    at, clinic_names, capacity = make_clinics(city.built, city.blocks.quarter[city.built.block])
    yield (
        "clinics",
        shapely.point_on_surface(city.built.outline[at]),
        {
            "name": np.array(clinic_names, dtype=object),
            "capacity": capacity,
        },
    )


def _plan_layers(city: City) -> Iterator[LayerOf]:
    for name, make in (("zoning_2010", zoning_2010), ("zoning_2030", zoning_2030)):
        plan: Zoning = make(city.block_outline, city.blocks.kind, city.blocks.quarter)
        yield (
            name,
            plan.outline,
            {"zone": plan.zone, "max_height_m": plan.max_height_m, "clause": plan.clause, "district": plan.name},
        )


def _write_layers(path: Path, layers: Iterator[LayerOf]) -> None:
    path.unlink(missing_ok=True)
    for number, (name, geometries, columns) in enumerate(layers):
        moved = shapely.transform(geometries, lambda xy: np.round(xy + ORIGIN_M, 2))
        kinds = set(shapely.get_type_id(moved).tolist())
        several = {3: "Polygon", 1: "LineString", 0: "Point"}.get(kinds.pop(), "") if len(kinds) == 1 else ""
        if not several:
            several = "MultiPolygon"
        values = [np.asarray(v) for v in columns.values()]
        pyogrio.raw.write(
            path,
            shapely.to_wkb(moved),
            values,
            np.array(list(columns), dtype=object),
            layer=name,
            driver="GPKG",
            geometry_type=several,
            crs=CRS,
            append=number > 0,
            promote_to_multi=several.startswith("Multi"),
            layer_metadata={"ATTRIBUTION": ATTRIBUTION},
        )


def _write_terrain(path: Path, city: City) -> None:
    rows, columns = city.terrain.shape
    transform = rasterio.Affine(CELL_M, 0.0, ORIGIN_M[0] - HALF_WIDTH_M, 0.0, -CELL_M, ORIGIN_M[1] + HALF_DEPTH_M)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=columns,
        height=rows,
        count=1,
        dtype="float32",
        crs=CRS,
        transform=transform,
        compress="deflate",
        predictor=3,
        tiled=True,
    ) as file:
        file.write(city.terrain, 1)
        file.update_tags(ATTRIBUTION=ATTRIBUTION)


README = f"""{NAME}: the sample city of citytwin
{"=" * 34}
A city that does not exist, generated by citytwin (seeded: the same on every machine), version {VERSION}.
Licence: CC0 1.0 (public domain). Attribution, if you like: {ATTRIBUTION}
Coordinates: {CRS} (UTM zone 32 north), metres. Heights in metres.

buildings.gpkg   buildings        about 12,000: id, name, use, years, storeys, height (m, empty where only storeys
                                  are known), base_m (underside of raised parts), energy label, dwellings,
                                  residents, address
                 buildings_past   what stood where the towers are now, with the year it was demolished
city.gpkg        water, parks, land (fields, meadows, forest), streets (class, width_m), bridges, tram, tram_stops,
                 rail, trees (height_m), districts, blocks, schools and clinics (capacity)
plans.gpkg       zoning_2010 and zoning_2030: zone, max_height_m, clause
census.csv       people by age group, households and jobs; block_id joins to block_id of blocks and buildings
property.csv     one row a property; building_id joins to id of buildings (one building may have several)
terrain.tif      ground, 10 m grid, metres above the sea
"""
