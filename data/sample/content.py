"""The layers of the sample city: which geometries and columns each one has, ready to be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.city import City, stream
from data.sample.concessions import make_concessions
from data.sample.green import PARK_KINDS, park_names
from data.sample.plan import QUARTERS, Geometries
from data.sample.roads import bent
from data.sample.services import make_clinics, zoning_2010, zoning_2030
from data.sample.terrain import extent
from data.sample.tram import TRAM_LINES, make_tram

Fields = Mapping[str, npt.NDArray[Any]]
LayerOf = tuple[str, Geometries, Fields]
"""Layer name, geometries in metres from the city's middle, columns."""
TRACKS_M = (-6.9, -2.3, 2.3, 6.9)
"""Where the railway's tracks lie beside its middle line."""


def text(values: Iterable[object]) -> npt.NDArray[np.object_]:
    """Return texts as a column; None where there is none."""
    listed = [None if v is None else str(v) for v in values]
    column = np.empty(len(listed), dtype=object)
    column[:] = listed
    return column


def ids(letter: str, count: int, *, digits: int = 5) -> npt.NDArray[np.object_]:
    """Return the keys of a layer's rows: a letter and a number with leading zeros, from 1."""
    return text(f"{letter}{i + 1:0{digits}d}" for i in range(count))


def building_ids(city: City) -> npt.NDArray[np.object_]:
    """Return the id of each building."""
    return ids("B", len(city.built))


def block_ids(city: City) -> npt.NDArray[np.object_]:
    """Return the id of each block."""
    return ids("K", len(city.block_outline), digits=4)


def district_names(city: City) -> npt.NDArray[np.object_]:
    """Return the name of each block's district."""
    return text(QUARTERS[q].name for q in city.blocks.quarter)


def building_layers(city: City) -> Iterator[LayerOf]:
    """Yield the buildings that stand, and those that are gone."""
    built, facts, past = city.built, city.facts, city.past
    district, block = district_names(city), block_ids(city)
    columns = {
        "id": building_ids(city),
        "name": built.name,
        "use": facts.use,
        "form": text(built.form),
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
        "district": district[built.block],
        "block_id": block[built.block],
    }
    yield "buildings", built.outline, columns
    columns = {
        "id": ids("V", len(past), digits=4),
        "use": text(np.where(past.form == "hall", "industry", "residential")),
        "year_built": city.past_years[:, 0],
        "year_demolished": city.past_years[:, 1],
        "storeys": past.storeys,
        "height": past.height_m,
        "district": district[past.block],
        "block_id": block[past.block],
    }
    yield "buildings_past", past.outline, columns


def city_layers(city: City) -> Iterator[LayerOf]:
    """Yield everything round the buildings, from the ground up."""
    yield from _ground_layers(city)
    yield from _way_layers(city)
    trees = city.trees
    yield "trees", np.asarray(shapely.points(trees.xy)), {"height_m": trees.height_m, "species": trees.species}
    yield "districts", *_districts(city)
    columns = {"block_id": block_ids(city), "kind": text(city.blocks.kind), "district": district_names(city)}
    yield "blocks", city.block_outline, columns
    yield from _service_layers(city)


def _ground_layers(city: City) -> Iterator[LayerOf]:
    blocks = city.blocks
    waters = shapely.get_parts(city.water)
    is_lake = shapely.intersects(waters[:, None], bent(city.plan.lakes)[None, :]).any(axis=1)
    columns = {"name": text(np.where(is_lake, "Mere", "Linde")), "kind": text(np.where(is_lake, "lake", "river"))}
    yield "water", waters, columns
    green = np.flatnonzero(np.isin(blocks.kind, PARK_KINDS))
    names, kinds = park_names(blocks.kind[green], blocks.site[green], stream(9)), text(blocks.kind[green])
    pitch = _pitch(city)
    outline = np.concatenate([city.block_outline[green], pitch])
    columns = {
        "name": np.concatenate([names, text(["Lindhaven Arena"] * len(pitch))]),
        "kind": np.concatenate([kinds, text(["pitch"] * len(pitch))]),
    }
    yield "parks", outline, columns
    yield "land", city.land[0], {"kind": text(city.land[1])}


def _pitch(city: City) -> Geometries:
    """Return the grass inside the innermost ring of the stadium's stands."""
    stands = city.built.outline[city.built.form == "stadium"]
    holes = shapely.get_interior_ring(stands[shapely.get_num_interior_rings(stands) > 0], 0)
    inside = np.asarray(shapely.polygons(holes))
    return inside[[np.argmin(shapely.area(inside))]]


def _way_layers(city: City) -> Iterator[LayerOf]:
    streets = city.streets
    columns = {
        "name": streets.name,
        "class": text(streets.rank),
        "width_m": streets.width_m,
        "is_bridge": streets.is_bridge.astype(np.int32),
    }
    yield "streets", streets.line, columns
    outline, names, base_m, height_m = city.bridges
    yield "bridges", outline, {"name": text(names), "base_m": base_m, "height": height_m}
    lines, stops = make_tram(city.plan)
    yield "tram", np.array(lines), {"line": text(t[0] for t in TRAM_LINES), "name": text(t[1] for t in TRAM_LINES)}
    columns = {"name": text(stop[1] for stop in stops), "line": text(stop[2] for stop in stops)}
    yield "tram_stops", np.array([stop[0] for stop in stops]), columns
    middle = shapely.union_all([bent(r.line) for r in city.plan.roads if r.rank == "rail"])
    rails = shapely.intersection(shapely.offset_curve(middle, np.array(TRACKS_M)), extent())
    yield "rail", rails, {"name": text(f"Track {i + 1}" for i in range(len(rails)))}


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
        "name": text(QUARTERS[q].name for q in used),
        "residents": people[used].astype(np.int64),
    }


def _service_layers(city: City) -> Iterator[LayerOf]:
    rows, names = city.schools
    places = 180 + 20 * (np.arange(len(rows)) * 7 % 23)
    yield "schools", shapely.point_on_surface(city.block_outline[rows]), {"name": text(names), "capacity": places}
    at, names, capacity = make_clinics(city.built, city.blocks.quarter[city.built.block])
    yield "clinics", shapely.point_on_surface(city.built.outline[at]), {"name": text(names), "capacity": capacity}


def plan_layers(city: City) -> Iterator[LayerOf]:
    """Yield the zoning plan in force and the proposed one."""
    for name, make in (("zoning_2010", zoning_2010), ("zoning_2030", zoning_2030)):
        plan = make(city.block_outline, city.blocks.kind, city.blocks.quarter)
        columns = {
            "zone": plan.zone,
            "max_height_m": plan.max_height_m,
            "clause": plan.clause,
            "district": plan.name,
        }
        yield name, plan.outline, columns
    yield "concessions", *make_concessions()
