"""What lies under a water level that is connected with a source: a screening on the terrain."""

# calls declare the fields of parameters
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage

from plugins.builtin.cell_grid import FloatArray, Grid, Mask, Raster, cells_in, grid_over, inside, topmost
from plugins.builtin.height_field import refuse_too_many
from plugins.builtin.prisms import prisms_from
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
    Surface,
    Table,
    choice,
    layer,
    number,
    parameter,
)

FOUR, EIGHT = ndimage.generate_binary_structure(2, 1), ndimage.generate_binary_structure(2, 2)
STEPS = 12
LEAST_M = 1e-6
MOST_LISTED = 2000


@dataclass(frozen=True)
class Parameters:
    """How high, and from where."""

    level_m: float = number(
        0.0, min=-500.0, max=9000.0, unit="m", title="Water level", help="In the terrain's heights."
    )
    sources: tuple[Point, ...] = parameter((), title="Where the water comes from", help="One or several points in it.")
    source_layer: Layer = layer("", title="Or a layer of waters", is_optional=True)
    barriers: Layer = layer(
        "", kinds=[Kind.LINES, Kind.POLYGONS], title="Barriers", is_optional=True, help="Walls that hold at any level."
    )
    cell_m: float = number(2.0, min=0.1, max=200.0, unit="m", title="Cell")
    connects: str = choice(
        "edges", {"edges": "Over edges of cells", "corners": "Over corners, too"}, title="Water passes"
    )
    are_walls: bool = parameter(default=False, title="Buildings hold water back")
    shown: str = choice("ground", {"ground": "Depth on the ground", "buildings": "Depth at buildings"}, title="Shown")
    plan: Scenario = parameter(Scenario(""), title="Scenario")


@dataclass(frozen=True)
class Flood:
    """The ground and what of it lies under water."""

    grid: Grid
    ground: Raster
    """NaN where there is no terrain."""
    passable: Mask
    """Where water may stand at some level: terrain, no barrier."""
    start: Mask
    wet: Mask


class Water:
    """Ground and buildings under a water level."""

    info = Info(
        id="water",
        title="Under a water level (screening)",
        summary="Which ground and buildings lie under a water level that is connected with a source, and how deep.",
        kind=Kind.SURFACE,
        contract=1,
        unit="m",
        source="The open city's terrain",
        licence="As the city's data",
        author="citytwin",
        style={"colormap": "Blues", "opacity": 0.75},
        parameters=Parameters,
        is_analysis=True,
        note="A SCREENING, NOT A SIMULATION. Of all cells of the terrain below the level those count that are connected"
        " with a source through cells below the level; hollows behind dams and dikes stay dry. Depth is the level less"
        " the ground. At a building it is the greatest depth on the cells that its footprint touches.",
        limits="No flow, no time, no sewers, culverts, waves or rain; the same level everywhere."
        " Dikes narrower than the terrain's cells are not in the terrain. What flows around the area is not seen.",
        memory_mb=4096,
        frame_s=600.0,
    )

    def frames(self, city: City, area: Any, parameters: Parameters, stop: Stop) -> Iterator[Frame | Progress]:
        """Yield the depth."""
        city = city.scenario(str(parameters.plan))
        yield Progress(0.05, "the terrain is laid out")
        flood = _flood(city, area, parameters)
        if stop.is_set():
            return
        yield Progress(0.5, "connected water is found")
        buildings = _buildings(city, area, flood, parameters)
        if stop.is_set():
            return
        yield Progress(0.8, "lower levels")
        yield _frame(area, parameters, flood, buildings)

    def at(self, city: City, parameters: Parameters, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return the depth of water at each place, 0 where it is dry; for a building the greatest on its footprint."""
        city = city.scenario(str(parameters.plan))
        flood = _flood(city, city.area, parameters)
        found = []
        for shape in places.geometry:
            cells = _cells_of(flood.grid, shape)
            ground = flood.ground.ravel()[cells]
            if not len(cells) or not np.isfinite(ground).any():
                found.append(Reading(None, "m", {"why": "there is no terrain here"}))
                continue
            wet = flood.wet.ravel()[cells]
            lowest = float(np.nanmin(ground))
            depth = float(parameters.level_m - ground[wet].min()) if wet.any() else 0.0
            reasons = {
                "ground_m": round(lowest, 4),
                "level_m": parameters.level_m,
                "is_below_level": lowest < parameters.level_m,
                "is_connected": bool(wet.any()),
                "cells": len(cells),
                "wet_cells": int(wet.sum()),
            }
            found.append(Reading(round(depth, 4), "m", reasons))
        return found


def _flood(city: City, area: Any, parameters: Parameters) -> Flood:
    """Return what lies under water.

    raises   PluginError  there is no terrain, no source, or the source lies on dry ground
    """
    if city.terrain is None:
        raise PluginError(
            "This needs a terrain, and none is open: on flat ground a water level covers everything or nothing.",
            "Open a raster of ground heights (GeoTIFF) together with the city.",
        )
    if area.equals(city.area):  # nothing was drawn: as far as the terrain is known
        area = city.area.union(city.terrain.area)
    grid = grid_over(area.bounds, parameters.cell_m)
    refuse_too_many(grid)
    west, south, east, north = grid.bounds
    half = parameters.cell_m / 2
    values = city.terrain.grid(shapely.box(west, south + half, east - half, north), parameters.cell_m).values
    ground = np.asarray(values, np.float32)[: grid.rows, : grid.columns]
    passable = np.isfinite(ground)
    if not passable.any():
        raise PluginError("The terrain does not reach this area.", "Draw an area on the terrain.")
    if parameters.are_walls:
        prisms = prisms_from(city.buildings(shapely.box(*grid.bounds), []), city.terrain)
        passable &= topmost(grid, prisms.geometry, prisms.top_m) < 0
    if parameters.barriers:
        passable &= ~_barred(city, grid, parameters)
    start = _start(city, grid, parameters)
    wet = _connected(ground, passable, start, parameters.level_m, parameters.connects)
    if not wet.any():
        lowest = ground[start & passable]
        words = f"It lies at {float(lowest.min()):.2f} m" if len(lowest) else "It lies outside of the terrain"
        raise PluginError(
            f"The source is not under the level of {parameters.level_m:g} m. {words}.",
            "Pick a source in the water, or raise the level.",
        )
    return Flood(grid, ground, passable, start, wet)


def _connected(ground: Raster, passable: Mask, start: Mask, level_m: float, connects: str) -> Mask:
    """Return the cells below a level that are connected with the start."""
    with np.errstate(invalid="ignore"):
        below = passable & (ground < level_m)
    structure = EIGHT if connects == "corners" else FOUR
    labels, count = ndimage.label(below, structure)
    reached = np.zeros(count + 1, bool)
    reached[np.unique(labels[start & below])] = True
    reached[0] = False
    return np.asarray(reached[labels], bool)


def _start(city: City, grid: Grid, parameters: Parameters) -> Mask:
    """Return the cells where the water comes from."""
    start = np.zeros(grid.shape, bool)
    if parameters.sources:
        row, column = grid.places(city.xy(list(parameters.sources)))
        held = grid.holds(row, column)
        start[row[held], column[held]] = True
    if parameters.source_layer:
        for shape in city.layer(parameters.source_layer, shapely.box(*grid.bounds), []).geometry:
            start.ravel()[_cells_of(grid, shape)] = True
    if not parameters.sources and not parameters.source_layer:
        raise PluginError(
            "Where the water comes from has not been picked.", "Pick points in the water, or name a layer of waters."
        )
    if not start.any():
        raise PluginError("The source lies outside of the area.", "Draw the area so that the source is in it.")
    return start


def _cells_of(grid: Grid, shape: Any) -> npt.NDArray[np.int64]:
    """Return the flat numbers of the cells that a shape touches."""
    if shape.geom_type == "Point":
        row, column = grid.places(shapely.get_coordinates(shape))
        held = grid.holds(row, column)
        return row[held] * grid.columns + column[held]
    outline = shapely.boundary(shape) if shape.geom_type.endswith("Polygon") else shape
    row, column = grid.places(shapely.get_coordinates(shapely.segmentize(outline, grid.cell_m / 4)))
    held = grid.holds(row, column)
    cells = [row[held] * grid.columns + column[held]]
    if shape.geom_type.endswith("Polygon"):
        cells.append(cells_in(grid, np.array([shape], object))[1])
    return np.unique(np.concatenate(cells))


def _barred(city: City, grid: Grid, parameters: Parameters) -> Mask:
    """Return the cells of barriers: of a line so many that no water passes between two of them."""
    barred = np.zeros(grid.shape, bool)
    for shape in city.layer(parameters.barriers, shapely.box(*grid.bounds), []).geometry:
        barred.ravel()[_cells_of(grid, shape)] = True
    return np.asarray(ndimage.binary_dilation(barred, FOUR), bool) if parameters.connects == "corners" else barred


@dataclass(frozen=True)
class Wetted:
    """Buildings, and how deep the water stands at each."""

    frame: gpd.GeoDataFrame
    depth_m: FloatArray
    """0 where it is dry."""
    share: FloatArray
    """Of the cells that it touches, how many are wet."""


def _buildings(city: City, area: Any, flood: Flood, parameters: Parameters) -> Wetted:
    frame = city.buildings(area, [])
    depth, share = np.zeros(len(frame)), np.zeros(len(frame))
    # what holds water back is wet from outside: its own cells are dry by decree
    wet = ndimage.binary_dilation(flood.wet, FOUR) if parameters.are_walls else flood.wet
    west, south, east, north = shapely.bounds(frame.geometry.to_numpy()).reshape(-1, 4).T
    near = _near_water(flood.grid, wet, west, south, east, north)
    level = np.float32(parameters.level_m)
    for n in np.flatnonzero(near):
        cells = _cells_of(flood.grid, frame.geometry.iloc[n])
        under = cells[wet.ravel()[cells] & (flood.ground.ravel()[cells] < level)]
        if len(under):
            depth[n] = float(level - flood.ground.ravel()[under].min())
            share[n] = len(under) / len(cells)
    return Wetted(frame, depth, share)


def _near_water(grid: Grid, wet: Mask, west: Any, south: Any, east: Any, north: Any) -> Mask:
    """Return which bounds have water in them, by sums over the raster."""
    sums = np.zeros((grid.rows + 1, grid.columns + 1), np.int64)
    sums[1:, 1:] = wet.cumsum(axis=0, dtype=np.int64).cumsum(axis=1)
    top, left = grid.places(np.column_stack([west, north]))
    bottom, right = grid.places(np.column_stack([east, south]))
    top, bottom = np.clip(top, 0, grid.rows), np.clip(bottom + 1, 0, grid.rows)
    left, right = np.clip(left, 0, grid.columns), np.clip(right + 1, 0, grid.columns)
    found: Mask = (sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]) > 0
    return found


def _frame(area: Any, parameters: Parameters, flood: Flood, buildings: Wetted) -> Frame:
    level, cell_m2 = parameters.level_m, parameters.cell_m**2
    asked = np.ones(flood.grid.shape, bool)
    if not area.equals(shapely.box(*area.bounds)):
        asked = inside(flood.grid, area)
    shown = flood.wet & asked
    depth = np.where(shown, np.float32(level) - flood.ground, np.float32(np.nan))
    hit = buildings.depth_m > LEAST_M
    below = flood.passable & asked & (np.nan_to_num(flood.ground, nan=np.inf) < level)
    facts = {
        "screening": "not a simulation",
        "level_m": level,
        "wet_m2": round(float(shown.sum() * cell_m2), 2),
        "volume_m3": round(float(np.nansum(depth, dtype=np.float64) * cell_m2), 2),
        "deepest_m": round(float(np.nanmax(depth)), 4) if shown.any() else 0.0,
        "below_level_but_not_connected_m2": round(float((below & ~shown).sum() * cell_m2), 2),
        "buildings": len(hit),
        "buildings_wet": int(hit.sum()),
        "no_terrain_m2": round(float((asked & ~np.isfinite(flood.ground)).sum() * cell_m2), 2),
    }
    order = np.flatnonzero(hit)[np.argsort(-buildings.depth_m[hit], kind="stable")]
    listed = {
        "layer": buildings.frame["layer"].to_numpy(object)[order],
        "row": buildings.frame["row"].to_numpy(np.int64)[order],
        "depth_m": np.round(buildings.depth_m[order], 3),
        "wet_percent": np.round(100 * buildings.share[order], 1),
    }
    table = Table({n: v[:MOST_LISTED] for n, v in listed.items()}, title="Buildings in the water, the deepest first")
    chart = _by_level(flood, asked, parameters)
    if parameters.shown == "buildings":  # those that stay dry, too: 0 is an answer
        columns = {
            "layer": buildings.frame["layer"].to_numpy(object),
            "row": buildings.frame["row"].to_numpy(np.int64),
            "depth_m": np.round(buildings.depth_m, 3),
            "wet_percent": np.round(100 * buildings.share, 1),
        }
        return Frame(columns=columns, kind=Kind.VALUES, value="depth_m", facts=facts, table=table, charts=(chart,))
    surface = Surface(depth, flood.grid.west_m, flood.grid.north_m, flood.grid.cell_m)
    return Frame(surface=surface, facts=facts, table=table, charts=(chart,))


def _by_level(flood: Flood, asked: Mask, parameters: Parameters) -> Chart:
    """Return how much lies under water at lower levels: a jump says that something was overflowed."""
    wet = flood.wet & flood.start
    lowest = float(flood.ground[wet].min()) if wet.any() else parameters.level_m
    levels = np.linspace(lowest, parameters.level_m, STEPS + 1)[1:]
    areas = [
        float(
            (_connected(flood.ground, flood.passable, flood.start, float(level), parameters.connects) & asked).sum()
            * parameters.cell_m**2
        )
        for level in levels
    ]
    title = "Area under water by level"
    return Chart("line", np.round(levels, 3), {"m2": areas}, title=title, x_title="m", y_title="m²")
