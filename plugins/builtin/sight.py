"""Lines of sight: from one point to others, and what stands in the way."""

# calls declare the fields of parameters
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from plugins.builtin.cell_grid import FloatArray
from plugins.builtin.eyes import ROOF_WORDS, Line, around, line_between, picked, stand, what_blocks
from plugins.builtin.prisms import Prisms, ground_at, prisms_of
from plugins.contract import (
    Chart,
    City,
    Frame,
    Info,
    Kind,
    Layer,
    PluginError,
    Point,
    Progress,
    Reading,
    Scenario,
    Stop,
    Table,
    layer,
    number,
    parameter,
)

CHART_STEPS = 400


@dataclass(frozen=True)
class Parameters:
    """From where to where."""

    observer: Point | None = parameter(None, title="Observer", help=ROOF_WORDS)
    target: Point | None = parameter(None, title="Target", help=ROOF_WORDS)
    targets: Layer = layer("", title="More targets", is_optional=True, help="The middles of a layer's features.")
    eye_m: float = number(1.6, min=0.0, max=1000.0, unit="m", title="Eye above the ground")
    target_m: float = number(1.6, min=0.0, max=1000.0, unit="m", title="Target above the ground")
    plan: Scenario = parameter(Scenario(""), title="Scenario")


class Sight:
    """Lines of sight."""

    info = Info(
        id="sight",
        title="Line of sight",
        summary="Whether one point sees another, and which building or rise of the ground stands in the way.",
        kind=Kind.LINES,
        contract=1,
        unit="seen",
        source="The open city",
        licence="As the city's data",
        author="citytwin",
        style={"color_by": "part"},
        parameters=Parameters,
        is_analysis=True,
        note="An exact straight line against every building's prism; the terrain is looked at every metre along it."
        " Points inside of a building's outline stand on its roof.",
        limits="Buildings are prisms with flat roofs; trees, bridges and the curvature of the earth are not in it.",
    )

    def frames(self, city: City, area: Any, parameters: Parameters, stop: Stop) -> Iterator[Frame | Progress]:
        """Yield the lines."""
        city = city.scenario(str(parameters.plan))
        eye_xy = picked(city, parameters.observer, "Observer")
        names, targets = _targets(city, area, parameters)
        prisms = prisms_of(city, around(np.vstack([eye_xy[None], targets]), 1.0))
        eye = stand(city, prisms, eye_xy, parameters.eye_m).xyz
        lines, ends = [], []
        for number_of, xy in enumerate(targets):
            if stop.is_set():
                return
            end = stand(city, prisms, xy, parameters.target_m).xyz
            lines.append(line_between(city, prisms, eye, end))
            ends.append(end)
            if number_of % 200 == 0:
                yield Progress(number_of / len(targets), f"{number_of} of {len(targets)} targets")
        yield _frame(city, prisms, eye, names, np.array(ends), lines)

    def at(self, city: City, parameters: Parameters, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return whether the observer sees each place: 1 or 0."""
        city = city.scenario(str(parameters.plan))
        eye_xy = picked(city, parameters.observer, "Observer")
        points = shapely.get_coordinates(places.geometry.representative_point().to_numpy())
        prisms = prisms_of(city, around(np.vstack([eye_xy[None], points]), 1.0))
        eye = stand(city, prisms, eye_xy, parameters.eye_m)
        readings = []
        for xy in points:
            target = stand(city, prisms, xy, parameters.target_m)
            line = line_between(city, prisms, eye.xyz, target.xyz)
            reasons = {
                "eye_z_m": round(float(eye.xyz[2]), 3),
                "target_z_m": round(float(target.xyz[2]), 3),
                "target_on_roof": target.building >= 0,
                "distance_m": round(line.length_m, 3),
                **what_blocks(prisms, line),
            }
            readings.append(Reading(int(line.hit is None), "seen", reasons))
        return readings


def _targets(city: City, area: Any, parameters: Parameters) -> tuple[list[str], FloatArray]:
    names, points = [], []
    if parameters.target is not None:
        names.append("target")
        points.append(city.xy(parameters.target))
    if parameters.targets:
        found = city.layer(parameters.targets, area, [])
        points.append(shapely.get_coordinates(found.geometry.representative_point().to_numpy()))
        names += [f"{parameters.targets}:{row}" for row in found.index]
    if not names:
        raise PluginError("Target has not been picked.", "Pick it on the map, give target=lon,lat, or name a layer.")
    return names, np.vstack(points)


def _frame(city: City, prisms: Prisms, eye: FloatArray, names: list[str], ends: FloatArray, lines: list[Line]) -> Frame:
    shapes, rows = [], []
    for name, end, line in zip(names, ends, lines, strict=True):
        cut = eye[:2] + line.toward * (line.hit.away_m if line.hit is not None else line.length_m)
        pieces = [("visible", eye[:2], cut)] + ([("hidden", cut, end[:2])] if line.hit is not None else [])
        for part, a, b in pieces:
            shapes.append(shapely.LineString([a, b]))
            rows.append({"target": name, "part": part, "length_m": float(np.hypot(*(b - a)))})
    columns = {n: [r[n] for r in rows] for n in ("target", "part", "length_m")}
    seen = sum(line.hit is None for line in lines)
    lonlat = city.lonlat(ends[:, :2])
    blocked = [what_blocks(prisms, line) for line in lines]
    table = Table(
        {
            "target": names,
            "seen": [line.hit is None for line in lines],
            "distance_m": [round(line.length_m, 2) for line in lines],
            **{n: [b[n] for b in blocked] for n in blocked[0]},
            "lon_deg": np.round(lonlat[:, 0], 7),
            "lat_deg": np.round(lonlat[:, 1], 7),
        },
        title="Targets",
    )
    return Frame(
        gpd.GeoDataFrame(columns, geometry=shapes, crs=city.crs),
        value="part",
        table=table,
        charts=(_profile(city, prisms, eye, lines[0], names[0]),),
        facts={"targets": len(lines), "seen": seen, "hidden": len(lines) - seen, "eye_z_m": round(float(eye[2]), 3)},
    )


def _profile(city: City, prisms: Prisms, eye: FloatArray, line: Line, name: str) -> Chart:
    """Return the section along a line: ground, what stands on it, and the line."""
    along = np.linspace(0.0, line.length_m, CHART_STEPS)
    xy = eye[:2] + along[:, None] * line.toward
    ground = ground_at(city.terrain, xy)
    roof = ground.copy()
    tree = shapely.STRtree(prisms.geometry)
    point, building = tree.query(shapely.points(xy), predicate="intersects")
    np.maximum.at(roof, point, prisms.top_m[building])
    series = {"ground": ground, "roofs": roof, "line of sight": eye[2] + line.slope * along}
    rounded = {n: np.round(v, 2) for n, v in series.items()}
    title = f"Section from the observer to {name}"
    return Chart("line", np.round(along, 1), rounded, title=title, x_title="m", y_title="m")
