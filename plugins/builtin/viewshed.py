"""What is seen from a point, or along a path: ground and roofs."""

# calls declare the fields of parameters
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from plugins.builtin.cell_grid import FloatArray, Grid, Mask, inside
from plugins.builtin.eyes import ROOF_WORDS, around, line_between, stand, what_blocks
from plugins.builtin.height_field import HeightField, height_field
from plugins.builtin.outlook import Eye, seen_from
from plugins.builtin.prisms import prisms_of
from plugins.contract import (
    Chart,
    City,
    Frame,
    Info,
    Kind,
    Path,
    PluginError,
    Point,
    Progress,
    Reading,
    Scenario,
    Stop,
    Surface,
    Table,
    choice,
    number,
    parameter,
)

MOST_EYES = 500
RINGS = 20


@dataclass(frozen=True)
class Parameters:
    """From where, and how far."""

    observer: Point | None = parameter(None, title="Observer", help=ROOF_WORDS)
    path: Path = parameter(Path(), title="Or a path", help="Looked from along it.")
    step_m: float = number(25.0, min=0.5, max=1000.0, unit="m", title="Step along the path")
    eye_m: float = number(1.6, min=0.0, max=1000.0, unit="m", title="Eye above the ground")
    target_m: float = number(0.0, min=0.0, max=1000.0, unit="m", title="Targets above ground and roofs")
    reach_m: float = number(20000.0, min=10.0, max=100000.0, unit="m", title="As far as")
    cell_m: float = number(2.0, min=0.25, max=50.0, unit="m", title="Cell")
    shown: str = choice("all", {"all": "Ground and roofs", "ground": "The ground alone"}, title="Shown")
    plan: Scenario = parameter(Scenario(""), title="Scenario")


class Viewshed:
    """What is seen."""

    info = Info(
        id="viewshed",
        title="Viewshed",
        summary="Which ground and roofs are seen from a point, or from how much of a path.",
        kind=Kind.SURFACE,
        contract=1,
        unit="%",
        source="The open city",
        licence="As the city's data",
        author="citytwin",
        style={"colormap": "viridis", "opacity": 0.7},
        parameters=Parameters,
        is_analysis=True,
        note="Over a raster of ground and roofs, along straight lines of sight in all directions; a cell is seen where"
        " its own slope from the eye is the steepest so far. 100 % is seen from the point, or from all of the path's"
        " points. Values at places (--at) come from exact lines against the buildings' prisms.",
        limits="Buildings are prisms with flat roofs; trees, bridges, haze and the earth's curvature are not in it."
        " Right to about one cell at the edges of what is seen. Roofs and ground are looked at, not walls.",
        memory_mb=4096,
        frame_s=600.0,
    )

    def frames(self, city: City, area: Any, parameters: Parameters, stop: Stop) -> Iterator[Frame | Progress]:
        """Yield what is seen as one raster."""
        city = city.scenario(str(parameters.plan))
        eyes = _eyes(city, parameters)
        yield Progress(0.05, "heights are laid out")
        field = _field(city, area, eyes, parameters)
        target = field.top if not parameters.target_m else field.top + np.float32(parameters.target_m)
        counts = np.zeros(field.grid.shape, np.uint16)
        heights = []
        for turn, xy in enumerate(eyes):
            if stop.is_set():
                return
            z = float(stand(city, field.prisms, xy, parameters.eye_m).xyz[2])
            heights.append(z)
            counts += seen_from(_eye(field.grid, xy, z), field.top, target, parameters.cell_m, parameters.reach_m)
            yield Progress(0.1 + 0.8 * (turn + 1) / len(eyes), f"{turn + 1} of {len(eyes)} points")
        yield _frame(city, area, parameters, field, counts, eyes, heights)

    def at(self, city: City, parameters: Parameters, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return from how much of the path's points (or the point) each place is seen, percent."""
        city = city.scenario(str(parameters.plan))
        eyes = _eyes(city, parameters)
        points = shapely.get_coordinates(places.geometry.representative_point().to_numpy())
        prisms = prisms_of(city, around(np.vstack([eyes, points]), 1.0))
        stands = [stand(city, prisms, xy, parameters.eye_m) for xy in eyes]
        readings = []
        for xy in points:
            target = stand(city, prisms, xy, parameters.target_m)
            lines = [line_between(city, prisms, s.xyz, target.xyz) for s in stands]
            seen = sum(line.hit is None and line.length_m <= parameters.reach_m for line in lines)
            reasons = {
                "seen_from": seen,
                "eyes": len(stands),
                "target_z_m": round(float(target.xyz[2]), 3),
                "target_on_roof": target.building >= 0,
                "eye_z_m": round(float(stands[0].xyz[2]), 3),
                "distance_m": round(lines[0].length_m, 3),
                **what_blocks(prisms, lines[0]),
            }
            readings.append(Reading(round(100 * seen / len(stands), 3), "%", reasons))
        return readings


def _eyes(city: City, parameters: Parameters) -> FloatArray:
    """Return the points that are looked from (n, 2)."""
    if parameters.path:
        line = shapely.LineString(city.xy(parameters.path))
        count = max(int(np.ceil(line.length / parameters.step_m)), 1)
        if count > MOST_EYES:
            raise PluginError(f"The path has {count:,} points, more than {MOST_EYES}.", "Make the step longer.")
        along = np.linspace(0.0, line.length, count + 1)
        return shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    if parameters.observer is None:
        raise PluginError("Observer has not been picked.", "Pick it or a path on the map, or give observer=lon,lat.")
    return np.asarray(city.xy(parameters.observer), np.float64)


def _field(city: City, area: Any, eyes: FloatArray, parameters: Parameters) -> HeightField:
    """Return the heights of the area as far as is looked, and of what lies between it and the eyes."""
    seen = shapely.box(*area.bounds).intersection(around(eyes, parameters.reach_m))
    if seen.is_empty or not seen.area:
        raise PluginError("Nothing of the area lies within reach.", "Look farther, or pick a point nearer to it.")
    return height_field(city, seen.union(around(eyes, parameters.cell_m)).bounds, parameters.cell_m)


def _eye(grid: Grid, xy: FloatArray, z_m: float) -> Eye:
    row, column = (grid.north_m - xy[1]) / grid.cell_m - 0.5, (xy[0] - grid.west_m) / grid.cell_m - 0.5
    return Eye(float(row), float(column), z_m)


def _frame(
    city: City,
    area: Any,
    parameters: Parameters,
    field: HeightField,
    counts: Any,
    eyes: FloatArray,
    heights: list[float],
) -> Frame:
    grid, cell_m2 = field.grid, parameters.cell_m**2
    asked = ~field.is_building if parameters.shown == "ground" else np.ones(grid.shape, bool)
    if not area.covers(shapely.box(*grid.bounds)) and not area.equals(shapely.box(*area.bounds)):
        asked &= inside(grid, area)
    seen = (counts > 0) & asked
    roofs = field.owner[seen]
    roofs = roofs[roofs >= 0]
    count, count_asked = int(seen.sum()), int(asked.sum())
    facts = {
        "eyes": len(eyes),
        "eye_z_m": round(heights[0], 3),
        "seen_ground_m2": (count - len(roofs)) * cell_m2,
        "seen_roofs_m2": len(roofs) * cell_m2,
        "looked_at_m2": count_asked * cell_m2,
        "seen_percent": round(100 * count / max(count_asked, 1), 3),
        "buildings_with_seen_roof": int(np.count_nonzero(np.bincount(roofs))) if len(roofs) else 0,
    }
    table, chart = _rings(field.grid, seen, asked, eyes, cell_m2)
    percent = counts * np.float32(100 / len(eyes))
    if count_asked < percent.size:
        percent[~asked] = np.nan
    surface = Surface(percent, grid.west_m, grid.north_m, grid.cell_m)
    lonlat = city.lonlat(eyes[:1])[0]
    note = f"From {lonlat[1]:.6f}°, {lonlat[0]:.6f}°, the eye at {heights[0]:.2f} m; cells of {grid.cell_m:g} m."
    return Frame(surface=surface, table=table, charts=(chart,), facts=facts, note=note)


def _rings(grid: Grid, seen: Mask, asked: Mask, eyes: FloatArray, cell_m2: float) -> tuple[Table, Chart]:
    """Return how much is seen by the distance from the first point; row by row, so that it stays in the cache."""
    row, column = (grid.north_m - eyes[0, 1]) / grid.cell_m - 0.5, (eyes[0, 0] - grid.west_m) / grid.cell_m - 0.5
    corners = np.hypot(*np.meshgrid((row, row - grid.rows), (column, column - grid.columns)))
    width = max(float(np.ceil(corners.max() * grid.cell_m / RINGS / 10) * 10), 1.0)
    sideways = ((np.arange(grid.columns) - column) ** 2).astype(np.float32)
    per_ring = np.float32(grid.cell_m / width)
    counts = np.zeros(4 * (RINGS + 1), np.int64)
    for r in range(grid.rows):
        ring = (np.sqrt(sideways + np.float32((r - row) ** 2)) * per_ring).astype(np.int64)
        counts += np.bincount(4 * ring + 2 * asked[r] + seen[r], minlength=len(counts))[: len(counts)]
    by_kind = counts.reshape(-1, 4)[:RINGS]
    every, found = by_kind[:, 2] + by_kind[:, 3], by_kind[:, 3]
    share = np.round(100 * found / np.maximum(every, 1), 3)
    names = [f"{n * width:.0f}" for n in range(RINGS)]
    columns = {"from_m": np.arange(RINGS) * width, "m2": every * cell_m2, "seen_m2": found * cell_m2, "percent": share}
    chart = Chart("bars", names, {"seen": share}, title="Seen by distance", x_title="m", y_title="%")
    return Table(columns, title="Seen by distance"), chart
