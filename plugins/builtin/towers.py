"""Which buildings see a tower, and how much of it."""

# calls declare the fields of parameters
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from plugins.builtin.cell_grid import FloatArray, IntArray
from plugins.builtin.eyes import around, picked
from plugins.builtin.facades import Walls, walls_of
from plugins.builtin.height_field import HeightField, height_field
from plugins.builtin.prisms import Prisms, ground_at, holding, obstacles, prisms_of
from plugins.contract import (
    Chart,
    City,
    Frame,
    Info,
    Kind,
    PluginError,
    Point,
    Progress,
    Reading,
    Scenario,
    Stop,
    Table,
    choice,
    number,
    parameter,
)

VIEWS_A_BUILDING = 2
OUTSIDE_M = 0.05
SAMPLES_AT_ONCE = 4_000_000
FLOOR_M = 1.5
"""Of the top floor: so far below the roof."""
STOREYS = {"top": "The top floor", "ground": "The ground floor"}


@dataclass(frozen=True)
class Parameters:
    """Which tower, and who looks."""

    tower: Point | None = parameter(None, title="Tower", help="A point; in a building it is that building.")
    height_m: float = number(
        0.0, min=0.0, max=2000.0, unit="m", title="Tower's height", help="0: the building's own height"
    )
    base_m: float = number(0.0, min=0.0, max=2000.0, unit="m", title="Its visible part begins at")
    storey: str = choice("top", STOREYS, title="Seen from")
    eye_m: float = number(1.6, min=0.0, max=100.0, unit="m", title="Eye above the ground floor")
    reach_m: float = number(10000.0, min=10.0, max=100000.0, unit="m", title="As far as")
    cell_m: float = number(2.0, min=0.25, max=20.0, unit="m", title="Cell")
    plan: Scenario = parameter(Scenario(""), title="Scenario")


@dataclass(frozen=True)
class Tower:
    """What is looked at."""

    xy: FloatArray
    low_m: float
    high_m: float
    building: int
    """Its number among the prisms; -1 where it is none of them."""


class TowerSeen:
    """Which buildings see a tower."""

    info = Info(
        id="tower_seen",
        title="Who sees a tower",
        summary="From which buildings a tower is seen, and which share of its height.",
        kind=Kind.VALUES,
        contract=1,
        unit="%",
        source="The open city",
        licence="As the city's data",
        author="citytwin",
        style={"colormap": "magma"},
        parameters=Parameters,
        is_analysis=True,
        note="Looked from just before the middle of the walls that face the tower most (the best of two counts). Along"
        " the straight line to the tower the steepest obstacle says how much of its height is hidden from below up."
        " Over a raster of heights; values at features or places (--at) from exact lines against the prisms.",
        limits="Windows are assumed in every wall. Buildings are prisms with flat roofs; trees are not in it. The"
        " tower is taken for a vertical line.",
        memory_mb=4096,
        frame_s=600.0,
    )

    def frames(self, city: City, area: Any, parameters: Parameters, stop: Stop) -> Iterator[Frame | Progress]:
        """Yield the share of the tower that each building sees."""
        city = city.scenario(str(parameters.plan))
        xy = picked(city, parameters.tower, "Tower")
        seen = shapely.box(*area.bounds).intersection(around(xy[None], parameters.reach_m))
        if seen.is_empty:
            raise PluginError("Nothing of the area lies within reach.", "Look farther, or pick a nearer tower.")
        yield Progress(0.02, "heights are laid out")
        field = height_field(city, seen.union(around(xy[None], 50.0)).bounds, parameters.cell_m)
        prisms = field.prisms
        tower = _tower(city, prisms, xy, parameters)
        views, view_z = _views(prisms, tower, parameters, parameters.cell_m)
        away = np.hypot(*(views.a - tower.xy).T)
        near = away <= parameters.reach_m
        views, view_z, away = views.some(near), view_z[near], away[near]
        share = np.zeros(len(views))
        for done, some in _chunks(away, parameters.cell_m):
            if stop.is_set():
                return
            share[some] = _share(field, views.a[some], view_z[some], away[some], tower)
            yield Progress(0.1 + 0.85 * done, "lines of sight")
        yield _frame(area, prisms, tower, views.building, share)

    def at(self, city: City, parameters: Parameters, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return which share of the tower each feature or place sees, by exact lines."""
        city = city.scenario(str(parameters.plan))
        xy = picked(city, parameters.tower, "Tower")
        points = shapely.get_coordinates(places.geometry.representative_point().to_numpy())
        prisms = prisms_of(city, around(np.vstack([xy[None], points]), 100.0))
        tower = _tower(city, prisms, xy, parameters)
        views, view_z = _views(prisms, tower, parameters, OUTSIDE_M)
        readings = []
        for xy_place in points:
            building = holding(prisms, xy_place)
            if building >= 0:
                own = np.flatnonzero(views.building == building)
                looks = [(views.a[k], float(view_z[k])) for k in own]
            else:
                ground = float(ground_at(city.terrain, xy_place[None])[0])
                looks = [(xy_place, ground + parameters.eye_m)]
            readings.append(_best(city, prisms, tower, looks, building, parameters.reach_m))
        return readings


def _tower(city: City, prisms: Prisms, xy: FloatArray, parameters: Parameters) -> Tower:
    building = holding(prisms, xy)
    ground = float(ground_at(city.terrain, xy[None])[0])
    if building < 0 and not parameters.height_m:
        raise PluginError("There is no building at the tower's point.", "Give height_m, or pick a building.")
    high = ground + parameters.height_m if parameters.height_m else float(prisms.top_m[building])
    low = ground + parameters.base_m
    if high <= low:
        raise PluginError("The tower ends below where its visible part begins.", "Give a smaller base_m.")
    return Tower(xy, low, high, building)


def _views(prisms: Prisms, tower: Tower, parameters: Parameters, outside_m: float) -> tuple[Walls, FloatArray]:
    """Return the places that are looked from, in a, with their elevation: the best facing walls of each building."""
    walls = walls_of(prisms, 1e9, 0.0)
    middle = (walls.a + walls.b) / 2
    way = tower.xy - middle
    away = np.maximum(np.hypot(*way.T), 1e-9)
    faced = np.einsum("ij,ij->i", walls.outward, way) / away * np.hypot(*(walls.b - walls.a).T)
    order = np.lexsort((-faced, walls.building))
    first = np.searchsorted(walls.building[order], walls.building[order])
    best = order[(np.arange(len(order)) - first < VIEWS_A_BUILDING) & (faced[order] > 0)]
    best = best[walls.building[best] != tower.building]
    chosen = walls.some(best)
    spots = (chosen.a + chosen.b) / 2 + chosen.outward * outside_m
    if parameters.storey == "top":
        z = np.maximum(chosen.top_m - FLOOR_M, (chosen.top_m + chosen.bottom_m) / 2)
    else:
        z = np.minimum(chosen.bottom_m + parameters.eye_m, chosen.top_m)
    return Walls(spots, spots, chosen.outward, chosen.bottom_m, chosen.top_m, chosen.building), z


def _chunks(away: FloatArray, cell_m: float) -> Iterator[tuple[float, IntArray]]:
    """Yield groups of lines of like length, and how far that is."""
    order = np.argsort(away, kind="stable")
    begin = 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and (end - begin + 1) * (away[order[end]] / cell_m + 1) <= SAMPLES_AT_ONCE:
            end += min(256, len(order) - end)
        yield end / len(order), order[begin:end]
        begin = end


def _share(field: HeightField, xy: FloatArray, z: FloatArray, away: FloatArray, tower: Tower) -> FloatArray:
    """Return which share of the tower is seen from each place, percent; along lines sampled at every cell."""
    grid, cell_m = field.grid, field.grid.cell_m
    toward = (tower.xy - xy) / np.maximum(away, 1e-9)[:, None]
    end = away - _own_reach(field.prisms, tower, toward, cell_m)
    steps = np.arange(1, int(np.ceil(max(float(end.max()), cell_m) / cell_m)) + 1, dtype=np.float32) * np.float32(
        cell_m
    )
    column = ((xy[:, :1] - grid.west_m) / cell_m + toward[:, :1] / cell_m * steps).astype(np.int32)
    row = ((grid.north_m - xy[:, 1:]) / cell_m - toward[:, 1:] / cell_m * steps).astype(np.int32)
    np.clip(column, 0, grid.columns - 1, out=column)
    np.clip(row, 0, grid.rows - 1, out=row)
    slope = (field.top[row, column] - z[:, None].astype(np.float32)) / steps
    slope[steps[None] >= end[:, None]] = -np.inf
    hidden = z + away * slope.max(axis=1)
    part = (tower.high_m - np.maximum(hidden, tower.low_m)) / (tower.high_m - tower.low_m)
    return np.asarray(100 * np.clip(part, 0, 1), np.float64)


def _own_reach(prisms: Prisms, tower: Tower, toward: FloatArray, cell_m: float) -> FloatArray:
    """Return how far before the tower's middle its own building begins, by direction."""
    if tower.building < 0:
        return np.full(len(toward), cell_m)
    outline = prisms.geometry[tower.building]
    far = 4 * float(prisms.radius_m[tower.building])
    rays = shapely.linestrings(np.stack([np.broadcast_to(tower.xy, toward.shape), tower.xy - toward * far], axis=1))
    return np.asarray(shapely.length(shapely.intersection(rays, outline)), np.float64) + cell_m


def _frame(area: Any, prisms: Prisms, tower: Tower, building: IntArray, share: FloatArray) -> Frame:
    best = np.zeros(len(prisms))
    np.maximum.at(best, building, share)
    asked = np.zeros(len(prisms), bool)
    asked[building] = True
    asked &= shapely.intersects(prisms.geometry, area)
    away = np.hypot(*(prisms.middle - tower.xy).T)
    order = np.flatnonzero(asked)[np.argsort(-best[asked], kind="stable")]
    edges = np.append(np.arange(0, 100, 10), 100.001)
    counts, _ = np.histogram(best[asked & (best > 0)], edges)
    rings = _by_distance(away[asked], best[asked])
    facts = {
        "buildings": int(asked.sum()),
        "see_something": int((best[asked] > 0).sum()),
        "see_half": int((best[asked] >= 50).sum()),
        "tower_from_m": round(tower.low_m, 3),
        "tower_to_m": round(tower.high_m, 3),
        "tower_layer": str(prisms.layer[tower.building]) if tower.building >= 0 else "",
        "tower_row": int(prisms.row[tower.building]) if tower.building >= 0 else None,
    }
    columns = {
        "layer": prisms.layer[order],
        "row": prisms.row[order],
        "seen_percent": np.round(best[order], 2),
        "distance_m": np.round(away[order], 1),
    }
    names = [f"{low:.0f}" for low in edges[:-1]]
    chart = Chart(
        "bars", names, {"buildings": counts}, title="Buildings by the share they see", x_title="%", y_title="buildings"
    )
    return Frame(columns=columns, value="seen_percent", facts=facts, table=rings, charts=(chart,))


def _by_distance(away: FloatArray, share: FloatArray) -> Table:
    width = max(float(np.ceil(away.max(initial=1.0) / 10 / 50) * 50), 50.0)
    ring = (away / width).astype(np.int64)
    count = np.bincount(ring, minlength=1)
    return Table(
        {
            "from_m": np.arange(len(count)) * width,
            "buildings": count,
            "see_something": np.bincount(ring, share > 0, minlength=1).astype(int),
            "see_half": np.bincount(ring, share >= 50, minlength=1).astype(int),
            "mean_percent": np.round(np.bincount(ring, share, minlength=1) / np.maximum(count, 1), 2),
        },
        title="By distance from the tower",
    )


def _best(
    city: City, prisms: Prisms, tower: Tower, looks: list[tuple[FloatArray, float]], building: int, reach_m: float
) -> Reading:
    """Return the best of some views."""
    found = [_look(city, prisms, tower, xy, z) for xy, z in looks]
    found = [f for f in found if f["distance_m"] <= reach_m]
    if building == tower.building and building >= 0:
        return Reading(None, "%", {"why": "this is the tower"})
    if not found:
        return Reading(0.0 if building >= 0 else None, "%", {"why": "no wall faces the tower within reach"})
    best = max(found, key=lambda f: float(f["seen_percent"]))
    return Reading(best.pop("seen_percent"), "%", {**best, "views": len(found)})


def _look(city: City, prisms: Prisms, tower: Tower, xy: FloatArray, z: float) -> dict[str, Any]:
    """Return how much of the tower a place sees, and what hides the rest."""
    away = float(np.hypot(*(tower.xy - xy)))
    toward = (tower.xy - xy) / max(away, 1e-9)
    building, enter = obstacles(prisms, np.array([*xy, z]), toward, away)
    others = (building != tower.building) & (enter > 1e-3)
    building, slopes = building[others], (prisms.top_m[building[others]] - z) / enter[others]
    steepest = float(slopes.max(initial=-np.inf))
    by: dict[str, Any] = {"hidden_by_layer": "", "hidden_by_row": None}
    if len(slopes):
        worst = building[int(np.argmax(slopes))]
        by = {"hidden_by_layer": str(prisms.layer[worst]), "hidden_by_row": int(prisms.row[worst])}
    if city.terrain is not None and away > 2.0:
        along = np.arange(1.0, away, 1.0)
        relief = float(np.nanmax((ground_at(city.terrain, xy + along[:, None] * toward) - z) / along))
        if relief > steepest:
            steepest, by = relief, {"hidden_by_layer": "terrain", "hidden_by_row": None}
    hidden = z + away * steepest
    share = 100 * float(np.clip((tower.high_m - max(hidden, tower.low_m)) / (tower.high_m - tower.low_m), 0, 1))
    lonlat = city.lonlat(xy[None])[0]
    return {
        "seen_percent": round(share, 3),
        "distance_m": round(away, 3),
        "eye_z_m": round(z, 3),
        "eye_lon_deg": round(float(lonlat[0]), 7),
        "eye_lat_deg": round(float(lonlat[1]), 7),
        "hidden_below_z_m": round(hidden, 3) if np.isfinite(hidden) and hidden > tower.low_m else None,
        "tower_from_z_m": round(tower.low_m, 3),
        "tower_to_z_m": round(tower.high_m, 3),
        **(by if hidden > tower.low_m else {}),
    }
