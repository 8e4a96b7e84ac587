"""Rasters: heights of the ground and pictures of it; raster_facts() is a cheap look, read_terrain() gives values."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, floor, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import rasterio
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.transform import from_origin
from rasterio.warp import reproject
from rasterio.windows import Window

from data.content import IsStopped, Progress, StoppedError
from data.crs import Bounds, Numbers, frame_for, lonlat_bounds, say_if_far, say_if_outside, settle
from data.raster_heights import metres_a_unit, without_sentinels
from data.sources import opened
from data.table import ArrowTable
from twin.errors import LayerError, MemoryBudgetError, SourceError
from twin.layer import Kind, Layer, LayerInfo
from twin.place import Area, LocalFrame, transformer
from twin.report import Report
from twin.terrain import Terrain, filled

MOST_CELLS = 25_000_000
"""Finer rasters are read at a coarser step: 100 MB of heights."""
CELL_BYTES = 14
"""What a cell takes at most while it is read and moved: heights twice, what is known, a warp's target."""
EDGE_POINTS = 21
SAME_PLACE = 1e-9
COLOURS = {ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.palette}


@dataclass(frozen=True, slots=True)
class RasterFacts:
    """What is known of a raster before its cells are read."""

    path: str
    driver: str
    kind: Kind
    """TERRAIN for heights, IMAGE for pictures."""
    width: int
    height: int
    """Columns and lines."""
    bands: int
    dtype: str
    crs: str | None
    crs_source: str
    problem: str
    """Why the CRS is not known, as a sentence; "" otherwise."""
    bounds: Bounds
    """In its own CRS."""
    bounds_lonlat: Bounds | None
    resolution: tuple[float, float]
    """Width and height of a cell, in units of its CRS."""
    nodata: float | None
    overviews: tuple[int, ...]
    unit: str
    """Of the heights, as stated; "" if it is not."""
    metres: float
    """Metres a unit of height."""
    report: Report


@contextmanager
def _dataset(path: str) -> Iterator[tuple[Any, Report, str]]:
    """Open a raster: the data set, a report, and its name for sentences.

    raises   SourceError  it is missing, empty, forbidden or no raster
    """
    with opened(path) as source, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        name = Path(path).name
        # GDAL looks for files beside it (.aux.xml, world files, .prj); an alias of an odd name would lose them
        try:
            with rasterio.Env(GDAL_PAM_ENABLED="YES", GDAL_NUM_THREADS="ALL_CPUS"), rasterio.open(source.path) as found:
                if not found.count or not found.width or not found.height:
                    raise SourceError(f'"{name}" has no cells.', hint="Open another file.", path=path)
                yield found, source.report, name
        except RasterioError as error:
            raise SourceError(
                f'"{name}" cannot be read as a raster ({_said(error)}).',
                hint=f"Check that the file is whole: {path}",
                path=path,
            ) from error


def _said(error: BaseException) -> str:
    """Return what GDAL says, without paths."""
    text = str(error.__cause__ or error).strip().rstrip(".")
    return re.sub(r"'?/[^\s':]+/'?", "", text) or type(error).__name__


def raster_facts(path: str | os.PathLike[str], *, crs: str | None = None, kind: Kind | None = None) -> RasterFacts:
    """Look at a raster without reading its cells.

    crs      to use instead of the one stated
    kind     what to take it for, instead of what its bands look like
    raises   SourceError  it cannot be read
             CrsError     the crs given is none
             LayerError   it lies nowhere: no place is stated for its cells
    """
    with _dataset(os.fspath(path)) as (found, report, name):
        return _facts(found, report, name, os.fspath(path), crs, kind)


def _facts(found: Any, report: Report, name: str, path: str, crs: str | None, kind: Kind | None) -> RasterFacts:
    from twin.errors import CrsError  # noqa: PLC0415  beside its use

    placed = _placed(found, name, path)
    corners = np.array([_point(placed, c, r) for c in (0, found.width) for r in (0, found.height)])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    bounds = (float(west), float(south), float(east), float(north))
    stated = found.crs.to_wkt() if found.crs else None
    problem, text, source = "", None, ""
    try:
        settled = settle(stated, crs, Numbers(corners, None), ArrowTable(pa.table({})), report, name=name)
        text, source = settled.crs, settled.source
    except CrsError as error:
        if crs is not None:
            raise
        problem = str(error)
    unit, metres = metres_a_unit(found.units[0], stated)
    return RasterFacts(
        path=path,
        driver=found.driver,
        kind=kind or _kind_of(found),
        width=found.width,
        height=found.height,
        bands=found.count,
        dtype=found.dtypes[0],
        crs=text,
        crs_source=source,
        problem=problem,
        bounds=bounds,
        bounds_lonlat=lonlat_bounds(bounds, text) if text else None,
        resolution=(float(np.hypot(placed.a, placed.d)), float(np.hypot(placed.b, placed.e))),
        nodata=None if found.nodata is None else float(found.nodata),
        overviews=tuple(found.overviews(1)),
        unit=unit,
        metres=metres,
        report=report,
    )


def _placed(found: Any, name: str, path: str) -> Any:
    """Return the transform from cells to the CRS.

    raises   LayerError  there is none
    """
    placed = found.transform
    if found.gcps[0] and placed.is_identity:
        placed = rasterio.transform.from_gcps(found.gcps[0])
    if placed.is_identity or abs(placed.determinant) < 1e-30:
        raise LayerError(
            f'"{name}" does not say where on earth it lies.',
            hint=f"Export it as GeoTIFF, or put its world file (.tfw, .pgw, .jgw) beside it: {path}",
            path=path,
        )
    return placed


def _point(placed: Any, column: float, line: float) -> tuple[float, float]:
    """Return where a place among the cells lies; affine's own operator for it is not the same in all its versions."""
    return placed.a * column + placed.b * line + placed.c, placed.d * column + placed.e * line + placed.f


def _kind_of(found: Any) -> Kind:
    """Return what a raster is, by its bands: one band of many values is heights, colours are a picture."""
    has_colours = bool(COLOURS & set(found.colorinterp)) or found.count >= 3
    is_grey = found.dtypes[0] == "uint8" and found.driver not in ("AAIGrid", "SRTMHGT", "DTED", "USGSDEM")
    is_mixed = found.count == 2 and ColorInterp.alpha in found.colorinterp
    return Kind.IMAGE if has_colours or is_grey or is_mixed else Kind.TERRAIN


@dataclass(frozen=True, slots=True)
class RasterHeights:
    """Heights of a raster in the local frame, as they are in it."""

    facts: RasterFacts
    frame: LocalFrame
    terrain: Terrain
    """Holes inside are still open."""
    nodata_share: float
    """Of the cells read, 0 to 1."""
    range_m: tuple[float, float]
    step: int
    """1 where every cell was read, else every so many-th."""


def read_heights(
    path: str | os.PathLike[str],
    *,
    crs: str | None = None,
    frame: LocalFrame | None = None,
    within: Area | None = None,
    memory_bytes: int | None = None,
    progress: Progress | None = None,
    is_stopped: IsStopped | None = None,
) -> RasterHeights:
    """Read heights and move them into the project's frame.

    within   only this area of the frame is needed
    raises   SourceError, CrsError, LayerError, MemoryBudgetError  it cannot be used
             StoppedError  is_stopped answered true
    """
    with _dataset(os.fspath(path)) as (found, report, name):
        facts = _facts(found, report, name, os.fspath(path), crs, Kind.TERRAIN)
        if facts.crs is None:
            raise _no_crs(facts, name)
        frame = frame or frame_for(
            facts.crs, ((facts.bounds[0] + facts.bounds[2]) / 2, (facts.bounds[1] + facts.bounds[3]) / 2)
        )
        window = _window(found, facts, frame, within, name)
        cells, step, placed = _cells(found, facts, window, memory_bytes, report)
        if progress is not None:
            progress(0.6)
        if is_stopped is not None and is_stopped():
            raise StoppedError
    heights = without_sentinels(cells, facts.nodata, report)
    heights *= np.float32(facts.metres)
    known = ~np.isnan(heights)
    if not known.any():
        raise LayerError(
            f'"{name}" has no heights here: all {heights.size:,} cells are without data.', hint="Open another file."
        )
    share = 1 - float(np.count_nonzero(known)) / heights.size
    low_high = float(np.nanmin(heights)), float(np.nanmax(heights))
    terrain = _in_frame(heights, placed, facts.crs, frame)
    if progress is not None:
        progress(0.9)
    return RasterHeights(facts, frame, terrain, share, low_high, step)


def _no_crs(facts: RasterFacts, name: str) -> Exception:
    from twin.errors import CrsError  # noqa: PLC0415  beside its use

    return CrsError(facts.problem or f'"{name}" states no CRS.', hint="" if facts.problem else "Give it with --crs.")


def _window(found: Any, facts: RasterFacts, frame: LocalFrame, within: Area | None, name: str) -> Window:
    """Return the cells that are needed."""
    whole = Window(0, 0, found.width, found.height)
    if within is None:
        return whole
    assert facts.crs is not None
    x, y = frame.origin_m
    around = (within.west_m + x, within.south_m + y, within.east_m + x, within.north_m + y)
    west, south, east, north = (
        around if facts.crs == frame.crs else transformer(frame.crs, facts.crs).transform_bounds(*around)
    )
    back = ~_placed(found, name, facts.path)
    corners = np.array([_point(back, a, b) for a in (west, east) for b in (south, north)])
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)) - 3, np.ceil(corners.max(axis=0)) + 3
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, found.width), min(bottom, found.height)
    if left >= right or top >= bottom:
        raise LayerError(
            f'"{name}" covers no part of the buildings: it lies elsewhere.',
            hint="Open the raster of this city, or check its CRS.",
            path=facts.path,
        )
    return Window(left, top, right - left, bottom - top)


def _cells(
    found: Any, facts: RasterFacts, window: Window, memory_bytes: int | None, report: Report
) -> tuple[npt.NDArray[np.float32], int, Any]:
    """Return the cells of a window, coarser where they are too many, and the transform of their corners."""
    count = int(window.width) * int(window.height)
    most = MOST_CELLS if memory_bytes is None else min(MOST_CELLS, memory_bytes // CELL_BYTES)
    if most < 4:
        raise MemoryBudgetError("There is no memory left for a raster.", hint="Close a layer, or give more memory.")
    step = max(1, ceil(sqrt(count / most)))
    shape = (max(int(window.height) // step, 1), max(int(window.width) // step, 1))
    # declared gaps are left out of a mean; undeclared ones would spoil it, so single cells are taken instead
    way = Resampling.average if step > 1 and found.nodata is not None else Resampling.nearest
    scale, offset = found.scales[0], found.offsets[0]
    cells = found.read(1, window=window, out_shape=shape, resampling=way, out_dtype="float32")
    mask = None
    if rasterio.enums.MaskFlags.per_dataset in found.mask_flag_enums[0]:
        mask = found.read_masks(1, window=window, out_shape=shape)
    if found.nodata is not None and not np.isnan(found.nodata):
        cells[cells == np.float32(found.nodata)] = np.nan
    if mask is not None:
        cells[mask == 0] = np.nan
    if (scale, offset) != (1.0, 0.0):
        cells = (cells * np.float32(scale) + np.float32(offset)).astype(np.float32)
    if step > 1:
        report.add(f"raster is read at every {step}th cell, to fit the memory: {shape[1]:,} x {shape[0]:,}", count=1)
    placed = _placed(found, Path(facts.path).name, facts.path)
    x, y = _point(placed, window.col_off, window.row_off)
    wide, high = window.width / shape[1], window.height / shape[0]
    corner = rasterio.Affine(placed.a * wide, placed.b * high, x, placed.d * wide, placed.e * high, y)
    return cells, step, corner


def _in_frame(heights: npt.NDArray[np.float32], placed: Any, crs: str, frame: LocalFrame) -> Terrain:
    """Return heights as an upright grid in the frame; cells stay as they are where they are upright in it already."""
    is_upright = abs(placed.b) + abs(placed.d) < SAME_PLACE * (abs(placed.a) + abs(placed.e))
    if crs != frame.crs or not is_upright:
        heights, placed = _warped(heights, placed, crs, frame)
    x, y = _point(placed, 0.5, 0.5)
    dx, dy = placed.a, placed.e
    if dy < 0:
        heights, y, dy = heights[::-1], y + (heights.shape[0] - 1) * dy, -dy
    if dx < 0:
        heights, x, dx = heights[:, ::-1], x + (heights.shape[1] - 1) * dx, -dx
    first = (x - frame.origin_m[0], y - frame.origin_m[1])
    return Terrain(np.ascontiguousarray(heights), first, (dx, dy))


def _warped(
    heights: npt.NDArray[np.float32], placed: Any, crs: str, frame: LocalFrame
) -> tuple[npt.NDArray[np.float32], Any]:
    """Return heights on an upright grid in the frame's CRS with about as many cells, between them bilinear."""
    lines, columns = heights.shape
    steps = np.linspace(0, 1, EDGE_POINTS)
    u, v = (a.reshape(-1) for a in np.meshgrid(steps * columns, steps * lines))
    x, y = placed.a * u + placed.b * v + placed.c, placed.d * u + placed.e * v + placed.f
    if crs != frame.crs:
        x, y = transformer(crs, frame.crs).transform(x, y)
    fine = np.isfinite(x) & np.isfinite(y)
    if fine.sum() < EDGE_POINTS:
        raise LayerError("The raster lies where the project's CRS cannot place it.", hint="Open it on its own.")
    size = _cell_size(x.reshape(EDGE_POINTS, -1), y.reshape(EDGE_POINTS, -1), lines, columns)
    x, y = x[fine], y[fine]
    west, north = floor(x.min() / size) * size, ceil(y.max() / size) * size
    shape = (max(ceil((north - y.min()) / size), 2), max(ceil((x.max() - west) / size), 2))
    target = np.full(shape, np.nan, np.float32)
    goal = from_origin(west, north, size, size)
    reproject(
        heights,
        target,
        src_transform=placed,
        src_crs=rasterio.CRS.from_user_input(crs),
        src_nodata=np.nan,
        dst_transform=goal,
        dst_crs=rasterio.CRS.from_user_input(frame.crs),
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
        num_threads=os.cpu_count() or 1,
    )
    if not np.isfinite(target).any():
        raise LayerError("The raster lies where the project's CRS cannot place it.", hint="Open it on its own.")
    return target, goal


def _cell_size(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], lines: int, columns: int) -> float:
    """Return the side of a square cell as large as the middle cell is in the frame, metres."""
    middle = EDGE_POINTS // 2
    part = EDGE_POINTS - 1
    across = np.array([x[middle, middle + 1] - x[middle, middle], y[middle, middle + 1] - y[middle, middle]])
    down = np.array([x[middle + 1, middle] - x[middle, middle], y[middle + 1, middle] - y[middle, middle]])
    cell_m2 = abs(across[0] * down[1] - across[1] * down[0]) * part * part / (lines * columns)
    return float(sqrt(cell_m2)) if np.isfinite(cell_m2) and cell_m2 > 0 else 1.0


def read_terrain(
    path: str | os.PathLike[str],
    *,
    crs: str | None = None,
    frame: LocalFrame | None = None,
    layer_id: str | None = None,
    memory_bytes: int | None = None,
    progress: Progress | None = None,
    is_stopped: IsStopped | None = None,
) -> Layer:
    """Read a raster of heights as a layer of kind TERRAIN; holes inside are filled from around them, and that is said.

    raises   SourceError, CrsError, LayerError, MemoryBudgetError  it cannot be used
             StoppedError  is_stopped answered true
    """
    read = read_heights(path, crs=crs, frame=frame, memory_bytes=memory_bytes, progress=progress, is_stopped=is_stopped)
    facts, report, terrain = read.facts, read.facts.report, read.terrain
    assert facts.crs is not None
    assert facts.bounds_lonlat is not None
    surface = filled(terrain.height_m)
    holes = int(np.isnan(terrain.height_m).sum()) - int(np.isnan(surface).sum())
    report.add("cells without a height inside the terrain were filled from around them", count=holes)
    terrain = Terrain(surface, terrain.first_local, terrain.spacing_m)
    area = terrain.area
    corners = np.array([[area.west_m, area.south_m], [area.east_m, area.north_m]])
    say_if_far(corners[:1], report)
    say_if_outside(facts.crs, facts.bounds_lonlat, report)
    name = Path(facts.path).stem
    cells = facts.width * facts.height
    info = LayerInfo(
        id=layer_id or re.sub(r"[^\w]+", "-", name).strip("-").lower() or "terrain",
        name=name,
        kind=Kind.TERRAIN,
        path=facts.path,
        source_layer=None,
        driver=facts.driver,
        crs=facts.crs,
        crs_source=facts.crs_source,
        count=cells,
        shown=round(cells * (1 - read.nodata_share)),
        bounds_lonlat=facts.bounds_lonlat,
    )
    return Layer(info, read.frame, ArrowTable(pa.table({})), report, terrain=terrain)
