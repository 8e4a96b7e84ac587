"""Shadows at a moment, as polygons."""

# calls declare the fields of parameters
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from plugins.builtin.prisms import Prisms, first_hit, ground_at, ground_hit, holding, prisms_of
from plugins.builtin.shadow_shapes import Shapes, shadows
from plugins.builtin.sun_place import (
    METHOD,
    Place,
    instants,
    moment_of,
    place_of,
    place_parameter,
    preset_parameter,
    sun_facts,
    sun_now,
    sun_path,
    when_parameter,
)
from plugins.builtin.sun_sweep import Sun
from plugins.contract import (
    Chart,
    City,
    Frame,
    Info,
    Kind,
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

AT_ONCE = 4000
STEP_M = 1.0
"""Along a ray over terrain."""


@dataclass(frozen=True)
class Parameters:
    """When and where, and what is shown."""

    when: datetime | None = when_parameter()
    preset: str = preset_parameter()
    place: Point | None = place_parameter()
    pieces: str = choice(
        "together", {"together": "All shadows as one", "each": "A shadow for each building"}, title="Shapes"
    )
    most_m: float = number(3000.0, min=10.0, max=20000.0, unit="m", title="Longest shadow")
    plan: Scenario = parameter(Scenario(""), title="Scenario")
    is_difference: bool = parameter(
        default=False, title="Difference", help="Show the shade that comes and that which goes."
    )
    other: Scenario = parameter(Scenario(""), title="Compared with", help="Another scenario, or the city as it is.")


class Shadow:
    """The shadows of all buildings at one moment."""

    info = Info(
        id="shadow",
        title="Shadows at a moment",
        summary="Where the buildings' shadows fall at a date and time, as exact polygons.",
        kind=Kind.POLYGONS,
        contract=1,
        unit="m2",
        source="The open city; sun by pvlib (NREL SPA)",
        licence="As the city's data",
        author="citytwin",
        style={"color": "#2a3350", "opacity": 0.45},
        parameters=Parameters,
        is_analysis=True,
        note="Each footprint is swept along the sun's rays from its underside to its roof and the shapes are united"
        f" exactly. {METHOD} On terrain each corner's ray is followed to the ground.",
        limits="Buildings are prisms with flat roofs; trees, bridges and the relief's own shadow are not in it. Shadows"
        " fall on the ground, not on other roofs. Beyond the terrain the ground is taken for as low as its lowest.",
        memory_mb=4096,
        frame_s=600.0,
    )

    def frames(
        self, city: City, area: shapely.Polygon, parameters: Parameters, stop: Stop
    ) -> Iterator[Frame | Progress]:
        """Yield the shadows as one frame."""
        place = place_of(city, parameters.place)
        moment = moment_of(city, parameters.when, parameters.preset, place)
        azimuth, altitude, _ = sun_now(moment, place)
        facts = sun_facts(place, moment)
        note = (
            f"Sun at azimuth {azimuth:.2f}°, altitude {altitude:.2f}° on {moment:%Y-%m-%d %H:%M} {facts['zone']},"
            f" over {place.lat_deg:.4f}°, {place.lon_deg:.4f}°."
        )
        day = _day_chart(moment, place)
        if altitude <= 0:
            facts |= {"buildings": 0, "shadow_m2": None}
            table = Table({"": ["sun"], "altitude_deg": [altitude]}, title="The sun is below the horizon")
            yield Frame(table=table, facts=facts, note=f"{note} It is below the horizon.", charts=(day,), time=moment)
            return
        sun = place.sun(azimuth, altitude)
        found: list[tuple[Prisms, Shapes]] = []
        names = [str(parameters.plan), *([str(parameters.other)] if parameters.is_difference else [])]
        for turn, name in enumerate(names):
            for share, one in _by_and_by(city.scenario(name), area, sun, parameters.most_m, stop):
                if one is not None:
                    found.append(one)
                yield Progress(0.9 * (turn + share) / len(names), "shadows are swept")
                if stop.is_set():
                    return
        yield _frame(city, parameters, found, facts, note, day, moment)

    def at(self, city: City, parameters: Parameters, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return for each place whether it lies in shade, and of what: by an exact ray to the sun."""
        city = city.scenario(str(parameters.plan))
        place = place_of(city, parameters.place)
        moment = moment_of(city, parameters.when, parameters.preset, place)
        facts = sun_facts(place, moment)
        azimuth, altitude, _ = sun_now(moment, place)
        points = shapely.get_coordinates(places.geometry.representative_point().to_numpy())
        if altitude <= 0:
            return [Reading(None, "shade", {**facts, "why": "the sun is below the horizon"}) for _ in points]
        sun = place.sun(azimuth, altitude)
        prisms = prisms_of(city, shapely.box(*places.total_bounds).buffer(parameters.most_m + 1))
        return [_reading(city, prisms, xy, sun, parameters.most_m, facts) for xy in points]


def _by_and_by(
    city: City, area: Any, sun: Sun, most_m: float, stop: Stop
) -> Iterator[tuple[float, tuple[Prisms, Shapes] | None]]:
    """Yield how far it is, and at last the buildings whose shadows may fall on an area, with their shadows."""
    reach = shapely.box(*area.bounds).buffer(most_m) if not area.covers(city.area) else None
    prisms = prisms_of(city, reach)
    shapes = []
    for first in range(0, len(prisms), AT_ONCE):
        if stop.is_set():
            return
        some = prisms.some(np.arange(first, min(first + AT_ONCE, len(prisms))))
        shapes.append(shadows(some, sun, city.terrain, most_m=most_m))
        yield min(first + AT_ONCE, len(prisms)) / len(prisms), None
    shape = np.concatenate(shapes) if shapes else np.zeros(0, object)
    if reach is not None:
        kept = shapely.intersects(shape, area)
        prisms, shape = prisms.some(kept), shapely.intersection(shape[kept], area)
    yield 1.0, (prisms, shape)


def _frame(
    city: City,
    parameters: Parameters,
    found: list[tuple[Prisms, Shapes]],
    facts: dict[str, Any],
    note: str,
    day: Chart,
    moment: datetime,
) -> Frame:
    prisms, shapes = found[0]
    whole = shapely.union_all(shapes)
    roofed = shapely.union_all(prisms.geometry)
    facts |= {"buildings": len(prisms), "shadow_m2": round(float(shapely.difference(whole, roofed).area), 1)}
    length_m = _lengths_of(prisms, shapes)
    longest = np.argsort(-length_m)[:20]
    table = Table(
        {
            "layer": prisms.layer[longest],
            "row": prisms.row[longest],
            "height_m": np.round(prisms.top_m - prisms.bottom_m, 2)[longest],
            "shadow_length_m": np.round(length_m[longest], 2),
            "shadow_m2": np.round(shapely.area(shapes[longest]), 1),
        },
        title="The longest shadows",
    )
    common: dict[str, Any] = {"table": table, "note": note, "charts": (day,), "time": moment}
    if len(found) > 1:
        features, change = _change(whole, shapely.union_all(found[1][1]), city.crs)
        return Frame(features, value="change", facts={**facts, **change}, **common)
    if parameters.pieces == "each":
        columns = {"layer": prisms.layer, "row": prisms.row, "length_m": length_m, "shadow_m2": shapely.area(shapes)}
        features = gpd.GeoDataFrame(columns, geometry=shapes, crs=city.crs)
    else:
        parts = shapely.get_parts(whole)
        features = gpd.GeoDataFrame({"shadow_m2": shapely.area(parts)}, geometry=parts, crs=city.crs)
    return Frame(features[features.geometry.area > 0], facts=facts, **common)


def _change(with_plan: Any, today: Any, crs: str) -> tuple[gpd.GeoDataFrame, dict[str, float]]:
    """Return the shade that comes and that which goes."""
    shapes = [shapely.difference(with_plan, today), shapely.difference(today, with_plan)]
    parts, of = shapely.get_parts(shapes, return_index=True)
    is_area = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0.01)
    parts, of = parts[is_area], of[is_area]
    words = np.array(["more shade", "less shade"], object)[of]
    features = gpd.GeoDataFrame({"change": words, "shadow_m2": shapely.area(parts)}, geometry=parts, crs=crs)
    return features, {
        "shade_added_m2": round(float(shapes[0].area), 1),
        "shade_taken_m2": round(float(shapes[1].area), 1),
    }


def _lengths_of(prisms: Prisms, shapes: Shapes) -> Any:
    """Return how far each shadow reaches beyond its building's outline."""
    return np.maximum(shapely.hausdorff_distance(shapes, prisms.geometry), 0.0) if len(shapes) else np.zeros(0)


def _day_chart(moment: datetime, place: Place) -> Chart:
    """Return the sun's altitude over the day."""
    path = sun_path(instants(moment, 15), place)
    return Chart(
        "line",
        [t.hour + t.minute / 60 for t in path.times],
        {"altitude": np.round(path.altitude_deg, 3)},
        title="The sun's altitude over the day",
        x_title="hour of the day",
        y_title="°",
    )


def _reading(city: City, prisms: Prisms, xy: Any, sun: Sun, most_m: float, facts: dict[str, Any]) -> Reading:
    ground = float(ground_at(city.terrain, xy[None])[0])
    inside = holding(prisms, xy)
    if inside >= 0:
        why = {"inside_layer": str(prisms.layer[inside]), "inside_row": int(prisms.row[inside])}
        return Reading(None, "shade", {**facts, "ground_m": ground, **why})
    origin = np.array([xy[0], xy[1], ground])
    hit = first_hit(prisms, origin, sun.toward, sun.slope, most_m)
    reasons: dict[str, Any] = {**facts, "ground_m": round(ground, 3), "slope_of_ray": round(sun.slope, 6)}
    if hit is None:
        relief = ground_hit(city.terrain, origin + np.array([0.0, 0.0, 0.1]), sun.toward, sun.slope, most_m, STEP_M)
        by = {"by": "the relief", "away_m": round(relief.away_m, 2)} if relief is not None else {}
        return Reading(0, "shade", {**reasons, **({"relief_would_shade": by} if by else {})})
    height = float(prisms.top_m[hit.building])
    by = {
        "by_layer": str(prisms.layer[hit.building]),
        "by_row": int(prisms.row[hit.building]),
        "away_m": round(hit.away_m, 3),
        "top_m": round(height, 3),
        "ray_m": round(ground + sun.slope * hit.away_m, 3),
    }
    return Reading(1, "shade", {**reasons, **by})
