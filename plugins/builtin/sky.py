"""How much of the sky is seen from the ground: the sky view factor."""

# calls declare the fields of parameters
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from plugins.builtin.cell_grid import FloatArray, inside
from plugins.builtin.eyes import around
from plugins.builtin.height_field import tallest_m
from plugins.builtin.prisms import Prisms, ground_at, holding, horizon_tan, prisms_of
from plugins.builtin.rasters import joined
from plugins.builtin.sun_ground import field_of, snapped
from plugins.builtin.sun_sweep import Shade, Sun
from plugins.contract import (
    Chart,
    City,
    CityTile,
    Frame,
    Info,
    Kind,
    Layer,
    Reading,
    Scenario,
    Table,
    Tiling,
    layer,
    number,
    parameter,
)

BANDS = 16
"""Rings of the sky of equal weight; the lowest stands for those below 14.5°."""
TILE_CELLS = 1000
RELIEF_STEP_M = 2.0


@dataclass(frozen=True)
class Parameters:
    """Where, and how finely."""

    cell_m: float = number(4.0, min=0.25, max=50.0, unit="m", title="Cell")
    points: Layer = layer("", kinds=[Kind.POINTS], title="At points", is_optional=True, help="Instead of a raster.")
    eye_m: float = number(0.0, min=0.0, max=100.0, unit="m", title="Above the ground")
    directions: int = number(36, min=4, max=360, title="Directions")
    reach_m: float = number(1000.0, min=10.0, max=10000.0, unit="m", title="As far as")
    plan: Scenario = parameter(Scenario(""), title="Scenario")


class SkyView:
    """The sky view factor."""

    info = Info(
        id="sky_view",
        title="Share of sky seen",
        summary="The sky view factor: which share of the sky is seen from the ground, 1 on an open field.",
        kind=Kind.SURFACE,
        contract=1,
        unit="1",
        source="The open city",
        licence="As the city's data",
        author="citytwin",
        style={"colormap": "cividis"},
        parameters=Parameters,
        is_analysis=True,
        note="Weighted as level ground is lit by an even sky: the mean over all directions of the squared"
        " cosine of the horizon's height (Johnson and Watson 1984). On a raster the sky is cut into 16 rings of equal"
        " weight in each direction and each is looked at; at points the horizon is exact.",
        limits="Buildings are prisms with flat roofs; trees are not in it. The raster is right to about 0.03.",
        memory_mb=4096,
        frame_s=900.0,
    )

    def tiling(self, city: City, parameters: Parameters) -> Tiling:
        """Return tiles that see as far as anything can hide the lowest ring."""
        plan = city.scenario(str(parameters.plan))
        lowest = np.sqrt(0.5 / BANDS / (1 - 0.5 / BANDS))
        reach = parameters.reach_m
        if city.terrain is None:
            reach = min(reach, tallest_m(plan) / lowest + parameters.cell_m)
        return Tiling(TILE_CELLS * parameters.cell_m, float(np.ceil(reach / parameters.cell_m) * parameters.cell_m))

    def tile(self, tile: CityTile, parameters: Parameters) -> dict[str, Any]:
        """Return the factor on a tile's own ground, or at its points."""
        city = tile.scenario(str(parameters.plan))
        if parameters.points:
            found = tile.layer(parameters.points, tile.area, [])
            places = shapely.get_coordinates(found.geometry.representative_point().to_numpy())
            prisms = prisms_of(city, tile.reach)
            factors = [_factor(city, prisms, xy, parameters)[0] for xy in places]
            return {"row": found.index.to_numpy(np.int64), "factor": np.array(factors, np.float64)}
        asked = snapped(tile.area.bounds, parameters.cell_m)
        field = field_of(tile, city, asked, parameters.cell_m)
        window = field.grid.window(asked)
        shade = Shade(
            field.top, field.ground + np.float32(parameters.eye_m), parameters.cell_m, window, field.grid.first
        )
        for sun in _sky(parameters.directions):
            shade.add(sun)
        factor = shade.counts / np.float32(parameters.directions * BANDS)
        factor[field.is_building[window]] = np.nan
        if tile.area.area < 0.999 * shapely.box(*tile.area.bounds).area:
            factor[~inside(field.grid, tile.area)[window]] = np.nan
        west = field.grid.west_m + window[1].start * parameters.cell_m
        return {
            "values": factor,
            "west_m": west,
            "north_m": field.grid.north_m - window[0].start * parameters.cell_m,
        }

    def combine(self, partials: Iterable[dict[str, Any]], city: City, parameters: Parameters) -> Frame:
        """Return the whole city's raster, or its points."""
        listed = list(partials)
        if parameters.points:
            rows = pd.concat([pd.DataFrame(p) for p in listed]).groupby("row")["factor"].first()
            points = city.layer(parameters.points).loc[rows.index]
            places = points.geometry.to_numpy()
            points = gpd.GeoDataFrame({"row": rows.index, "factor": rows.to_numpy()}, geometry=places, crs=city.crs)
            values = rows.dropna().to_numpy()
            return _told(values, features=points, kind=Kind.POINTS, value="factor")
        surface = joined(listed, parameters.cell_m)
        values = np.asarray(surface.values)
        return _told(values[np.isfinite(values)], surface=surface)

    def at(self, city: City, parameters: Parameters, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return the factor at each place by its exact horizon."""
        city = city.scenario(str(parameters.plan))
        points = shapely.get_coordinates(places.geometry.representative_point().to_numpy())
        prisms = prisms_of(city, around(points, parameters.reach_m))
        readings = []
        for xy in points:
            factor, reasons = _factor(city, prisms, xy, parameters)
            readings.append(Reading(None if np.isnan(factor) else round(factor, 5), "1", reasons))
        return readings


def _sky(directions: int) -> list[Sun]:
    """Return the middles of the sky's pieces, all of the same weight."""
    turns = (np.arange(directions) + 0.5) * (2 * np.pi / directions)
    squared = (np.arange(BANDS) + 0.5) / BANDS
    slopes = np.sqrt(squared / (1 - squared))
    return [Sun(np.array([np.sin(t), np.cos(t)]), float(s)) for t in turns for s in slopes]


def _factor(city: City, prisms: Prisms, xy: FloatArray, parameters: Parameters) -> tuple[float, dict[str, Any]]:
    ground = float(ground_at(city.terrain, xy[None])[0])
    inside_of = holding(prisms, xy)
    if inside_of >= 0 and prisms.top_m[inside_of] > ground + parameters.eye_m:
        row = int(prisms.row[inside_of])
        return float("nan"), {"inside_layer": str(prisms.layer[inside_of]), "inside_row": row}
    origin = np.array([xy[0], xy[1], ground + parameters.eye_m])
    turns = np.asarray((np.arange(parameters.directions) + 0.5) * (2 * np.pi / parameters.directions), np.float64)
    slopes = np.zeros(len(turns))
    for n, turn in enumerate(turns):
        toward = np.array([np.sin(turn), np.cos(turn)])
        slopes[n] = max(horizon_tan(prisms, origin, toward, parameters.reach_m)[0], 0.0)
    if city.terrain is not None:
        slopes = np.maximum(slopes, _relief(city, origin, turns, parameters.reach_m))
    height = np.degrees(np.arctan(slopes))
    factor = float(np.mean(1 / (1 + slopes**2)))
    highest = int(np.argmax(height))
    reasons = {
        "ground_m": round(ground, 3),
        "directions": len(turns),
        "horizon_mean_deg": round(float(height.mean()), 3),
        "horizon_highest_deg": round(float(height[highest]), 3),
        "horizon_highest_toward_deg": round(float(np.degrees(turns[highest])), 2),
    }
    return factor, reasons


def _relief(city: City, origin: FloatArray, turns: FloatArray, reach_m: float) -> FloatArray:
    """Return the slope to the terrain's horizon in each direction."""
    assert city.terrain is not None
    along = np.geomspace(RELIEF_STEP_M, reach_m, 200)
    toward = np.column_stack([np.sin(turns), np.cos(turns)])
    xy = origin[:2] + toward[:, None, :] * along[None, :, None]
    heights = city.terrain.height_at(xy.reshape(-1, 2)).reshape(len(turns), len(along))
    slope = (heights - origin[2]) / along
    return np.asarray(np.maximum(np.nan_to_num(slope, nan=0.0).max(axis=1), 0.0), np.float64)


def _told(values: FloatArray, **shown: Any) -> Frame:
    edges = np.linspace(0, 1, 11)
    counts, _ = np.histogram(values, edges)
    share = np.round(100 * counts / max(len(values), 1), 2)
    names = [f"{low:.1f}" for low in edges[:-1]]
    facts = {
        "count": len(values),
        "mean": round(float(values.mean()), 4) if len(values) else None,
        "least": round(float(values.min()), 4) if len(values) else None,
    }
    return Frame(
        **shown,
        facts=facts,
        table=Table({"from": edges[:-1], "to": edges[1:], "percent": share}, title="Share of the places"),
        charts=(Chart("bars", names, {"places": share}, title="Sky view factor", x_title="1", y_title="%"),),
    )
