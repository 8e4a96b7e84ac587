"""Hours of sun in a day: on the ground, on open spaces, on facades."""

# calls declare the fields of parameters
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from plugins.builtin.facades import wall_features, wall_hours, walls_of
from plugins.builtin.prisms import ground_under, prisms_from
from plugins.builtin.rasters import joined
from plugins.builtin.sun_ground import Day, field_of, ground_hours, space_sums, tiling_of, with_fringe
from plugins.builtin.sun_place import (
    METHOD,
    instants,
    moment_of,
    place_of,
    place_parameter,
    preset_parameter,
    sun_facts,
    sun_path,
    when_parameter,
)
from plugins.builtin.sun_readings import sun_reading, sun_view
from plugins.contract import (
    Chart,
    City,
    CityTile,
    Frame,
    Info,
    Kind,
    Layer,
    PluginError,
    Point,
    Reading,
    Scenario,
    Table,
    Tiling,
    choice,
    layer,
    number,
    parameter,
)

PLACES = {"ground": "The ground", "open_spaces": "Open spaces", "facades": "Facades"}


@dataclass(frozen=True)
class Parameters:
    """Which day, where, and on what."""

    on: str = choice("ground", PLACES, title="Hours of sun on")
    when: datetime | None = when_parameter()
    preset: str = preset_parameter()
    place: Point | None = place_parameter()
    minutes: float = number(15.0, min=1.0, max=60.0, unit="min", title="Step")
    cell_m: float = number(2.0, min=0.25, max=50.0, unit="m", title="Cell")
    least_altitude_deg: float = number(
        0.0, min=0.0, max=45.0, unit="°", title="Sun counts above", help="Some rules leave out the low sun."
    )
    enough_h: float = number(2.0, min=0.0, max=24.0, unit="h", title="Enough is")
    most_m: float = number(3000.0, min=10.0, max=20000.0, unit="m", title="Longest shadow")
    spaces: Layer = layer("", kinds=[Kind.POLYGONS], title="Open spaces", is_optional=True)
    piece_m: float = number(6.0, min=1.0, max=100.0, unit="m", title="Pieces of walls")
    storey_m: float = number(3.0, min=0.0, max=50.0, unit="m", title="Storeys", help="0: walls in their whole height")
    plan: Scenario = parameter(Scenario(""), title="Scenario")
    is_difference: bool = parameter(
        default=False, title="Difference", help="Hours with the scenario less those without."
    )
    other: Scenario = parameter(Scenario(""), title="Compared with", help="Another scenario, or the city as it is.")


class Sun:
    """Hours of sun in a day."""

    info = Info(
        id="sun_hours",
        title="Hours of sun",
        summary="How many hours the sun shines on the ground, open spaces or facades on a day.",
        kind=Kind.SURFACE,
        contract=1,
        unit="h",
        source="The open city; sun by pvlib (NREL SPA)",
        licence="As the city's data",
        author="citytwin",
        style={"colormap": "inferno"},
        parameters=Parameters,
        is_analysis=True,
        note="From local midnight to midnight the sun is set every few minutes; for each position the shade is swept"
        f" over a raster of ground and roofs, and each moment in the sun counts as one step. {METHOD}"
        " Values at places (--at) come from exact rays against the buildings, not from the raster.",
        limits="Clear sky: no clouds, no weather. Buildings are prisms with flat roofs; trees are not in it. The raster"
        " is right to about one cell at the edges of shadows. Under buildings there is no value.",
        memory_mb=4096,
        frame_s=900.0,
    )

    def tiling(self, city: City, parameters: Parameters) -> Tiling:
        """Return tiles that see as far as the longest shadow."""
        return tiling_of(city, day_of(city, parameters), parameters.cell_m, parameters.most_m)[0]

    def tile(self, tile: CityTile, parameters: Parameters) -> dict[str, Any]:
        """Return the hours in one tile."""
        day = day_of(tile, parameters)
        if parameters.on == "facades":
            return {"walls": _tile_walls(tile, parameters, day)}
        bounds = with_fringe(tile) if parameters.on == "open_spaces" else None
        names, cell_m = _scenarios(parameters), parameters.cell_m
        grounds = [ground_hours(tile, tile.scenario(n), day, cell_m, bounds) for n in names]
        if bounds is None:
            hours = grounds[0].hours if len(grounds) == 1 else grounds[0].hours - grounds[1].hours
            return {"values": hours, "west_m": grounds[0].west_m, "north_m": grounds[0].north_m}
        spaces = tile.layer(_spaces_layer(tile, parameters), shapely.box(*bounds), [])
        return {str(n): space_sums(g, spaces, cell_m, parameters.enough_h) for n, g in enumerate(grounds)}

    def combine(self, partials: Iterable[dict[str, Any]], city: City, parameters: Parameters) -> Frame:
        """Return the whole city's hours."""
        day = day_of(city, parameters)
        listed = list(partials)
        made = {"ground": _ground, "open_spaces": _spaces, "facades": _walls}[parameters.on]
        shown, values, weights, table = made(listed, city, parameters)
        facts = _facts(city, parameters, day, values, weights)
        title = "Change in hours" if parameters.is_difference else "Hours of sun"
        charts = (_histogram(values, weights, title), _path_chart(day))
        return Frame(
            **shown,
            table=table if table is not None else _path_table(day),
            charts=charts,
            facts=facts,
            note=_note(facts, parameters),
            style={"colormap": "RdBu_r"} if parameters.is_difference else {},
            time=moment_of(city, parameters.when, parameters.preset, day.place),
        )

    def at(self, city: City, parameters: Parameters, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return each place's hours by exact rays, with when the sun comes and goes and what stands in its way."""
        day = day_of(city, parameters)
        points = shapely.get_coordinates(places.geometry.representative_point().to_numpy())
        views = [sun_view(city.scenario(n), points, parameters.most_m) for n in _scenarios(parameters)]
        return [sun_reading(views, xy, day, parameters.most_m) for xy in points]


def day_of(city: City, parameters: Parameters) -> Day:
    """Return the day that is asked for."""
    # of a tile the place is still the whole city's, so that all tiles have one sun
    whole = getattr(city, "city", city)
    place = place_of(whole, parameters.place)
    moment = moment_of(whole, parameters.when, parameters.preset, place)
    path = sun_path(instants(moment, parameters.minutes), place)
    return Day(place, path, path.above(parameters.least_altitude_deg), parameters.minutes / 60)


def _scenarios(parameters: Parameters) -> list[str]:
    return [str(parameters.plan), *([str(parameters.other)] if parameters.is_difference else [])]


def _spaces_layer(city: City, parameters: Parameters) -> str:
    if parameters.spaces:
        return str(parameters.spaces)
    areas = [found for found in city.layers if found.kind == Kind.POLYGONS]
    for word in ("open", "park", "green", "square", "play", "plaza"):
        for found in areas:
            if word in found.id.casefold() or word in found.title.casefold():
                return found.id
    if not areas:
        raise PluginError("There is no layer of open spaces.", "Open one with polygons, or ask for the ground.")
    return areas[0].id


def _tile_walls(tile: CityTile, parameters: Parameters, day: Day) -> gpd.GeoDataFrame:
    names = _scenarios(parameters)
    buildings = tile.scenario(names[0]).buildings(tile.area, [])
    own = buildings[buildings["is_own"]]
    prisms = prisms_from(own, tile.terrain)
    walls = walls_of(prisms, parameters.piece_m, parameters.storey_m)
    bounds = shapely.box(*prisms.bounds(tile.area.bounds)).buffer(4 * parameters.cell_m).bounds
    fields = [field_of(tile, tile.scenario(n), bounds, parameters.cell_m) for n in names]
    hours = [wall_hours(walls, field, day) for field in fields]
    value = hours[0] if len(hours) == 1 else hours[0] - hours[1]
    return wall_features(walls, prisms, ground_under(tile.terrain, prisms.geometry), value, str(tile.crs))


Made = tuple[dict[str, Any], Any, Any, Table | None]
"""What a frame shows, values and weights for figures, and a table."""


def _ground(listed: list[dict[str, Any]], _city: City, parameters: Parameters) -> Made:
    surface = joined(listed, parameters.cell_m)
    values = np.asarray(surface.values)
    known = values[np.isfinite(values)]
    return {"surface": surface}, known, np.full(len(known), parameters.cell_m**2), None


def _spaces(listed: list[dict[str, Any]], city: City, parameters: Parameters) -> Made:
    spaces = city.layer(_spaces_layer(city, parameters))
    columns = []
    for name in (str(n) for n in range(len(_scenarios(parameters)))):
        sums = pd.concat([pd.DataFrame(p[name]) for p in listed if name in p]).groupby("space").sum()
        sums = sums.reindex(spaces.index).fillna(0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            columns.append((sums["hours"] / sums["cells"], 100 * sums["enough"] / sums["cells"], sums["cells"]))
    value = columns[0][0] if len(columns) == 1 else columns[0][0] - columns[1][0]
    named = next((c for c in ("name", "NAME", "title", "id") if c in spaces.columns), "")
    found = spaces[[*([named] if named else []), spaces.geometry.name]].copy()
    found["hours"], found["enough_percent"] = value.round(3), columns[0][1].round(1)
    found["ground_m2"] = columns[0][2] * parameters.cell_m**2
    found.insert(0, "row", found.index)
    found = found[np.isfinite(found["hours"])]
    order = found.sort_values("hours")
    shown = {n: order[n].to_numpy() for n in found.columns if n != found.geometry.name}
    shown["layer"] = [_spaces_layer(city, parameters)] * len(order)
    table = Table(shown, title="Open spaces, the darkest first")
    frame = {"features": found, "kind": Kind.POLYGONS, "value": "hours"}
    return frame, found["hours"].to_numpy(), found["ground_m2"].to_numpy(), table


def _walls(listed: list[dict[str, Any]], city: City, _parameters: Parameters) -> Made:
    found = pd.concat([p["walls"] for p in listed], ignore_index=True)
    walls = gpd.GeoDataFrame(found, geometry="geometry", crs=city.crs)
    weighed = walls.assign(sum_h=walls["hours"] * walls["wall_m2"]).groupby("side")[["wall_m2", "sum_h"]].sum()
    table = Table(
        {
            "side": list(weighed.index),
            "wall_m2": weighed["wall_m2"].round(1).to_numpy(),
            "mean_hours": (weighed["sum_h"] / weighed["wall_m2"]).round(3).to_numpy(),
        },
        title="Walls by the side they face",
    )
    frame = {"features": walls, "kind": Kind.FOOTPRINTS, "value": "hours"}
    return frame, walls["hours"].to_numpy(), walls["wall_m2"].to_numpy(), table


def _facts(city: City, parameters: Parameters, day: Day, values: Any, weights: Any) -> dict[str, Any]:
    moment = moment_of(city, parameters.when, parameters.preset, day.place)
    tiling, is_cut = tiling_of(city, day, parameters.cell_m, parameters.most_m)
    total = float(np.sum(weights))
    is_up = day.shown
    return {
        "day": moment.date().isoformat(),
        **sun_facts(day.place, moment),
        "moments": len(day.path.times),
        "moments_with_sun": len(is_up),
        "sun_up_h": round(len(is_up) * day.step_h, 3),
        "first_moment": day.path.times[is_up[0]].strftime("%H:%M") if len(is_up) else None,
        "last_moment": day.path.times[is_up[-1]].strftime("%H:%M") if len(is_up) else None,
        "area_m2": round(total, 1),
        "mean_h": round(float(np.sum(values * weights)) / total, 4) if total else None,
        "enough_percent": round(100 * float(np.sum(weights[values >= parameters.enough_h])) / total, 2) if total else 0,
        "shadows_up_to_m": round(tiling.margin_m, 1),
        "longer_shadows_are_cut": is_cut or tiling.margin_m >= parameters.most_m,
    }


def _note(facts: dict[str, Any], parameters: Parameters) -> str:
    words = (
        f"{facts['day']}, {facts['zone']}, over {facts['place_lat_deg']:.4f}°, {facts['place_lon_deg']:.4f}°:"
        f" {facts['moments_with_sun']} of {facts['moments']} moments have the sun above the horizon"
    )
    if facts["first_moment"]:
        words += f" ({facts['first_moment']} to {facts['last_moment']})"
    cut = (
        f" Shadows longer than {facts['shadows_up_to_m']:.0f} m are cut off." if facts["longer_shadows_are_cut"] else ""
    )
    return f"{words}. Cells of {parameters.cell_m:g} m.{cut}"


def _histogram(values: Any, weights: Any, title: str) -> Chart:
    low, high = (float(np.floor(np.min(values))), float(np.ceil(np.max(values)))) if len(values) else (0.0, 1.0)
    edges = np.arange(low, max(high, low + 1) + 1)
    counts, _ = np.histogram(values, edges, weights=weights)
    names = [f"{edge:g}" for edge in edges[:-1]]
    return Chart("bars", names, {"m2": np.round(counts, 1)}, title=title, x_title="h", y_title="m²")


def _path_chart(day: Day) -> Chart:
    hours = [t.hour + t.minute / 60 for t in day.path.times]
    altitude = {"altitude": np.round(day.path.altitude_deg, 3)}
    return Chart("line", hours, altitude, title="The sun's altitude", x_title="hour of the day", y_title="°")


def _path_table(day: Day) -> Table:
    return Table(
        {
            "time": [t.strftime("%H:%M") for t in day.path.times[day.shown]],
            "sun_azimuth_deg": np.round(day.path.azimuth_deg[day.shown], 3),
            "sun_altitude_deg": np.round(day.path.altitude_deg[day.shown], 3),
        },
        title="Where the sun stands",
    )
