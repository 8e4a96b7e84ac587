"""Frames between processes: checked and laid down as Arrow files with a plain header, never as pickles.

The plugin's process checks a frame and writes it; the app maps the files. A frame that cannot be drawn is an error in
words here, in the process that may die of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely

from plugins.city_files import write_arrow
from plugins.contract import Chart, Frame, Info, Kind, PluginError, Surface, Table
from plugins.parameters import text_of_moment
from twin.place import transformer

MOST_ROWS = 2_000_000
MOST_CELLS = 64_000_000
MOST_CHART_POINTS = 20_000
FAR_M = 200_000.0
"""What lies farther from the city than this is most likely in another CRS than it says."""
FITTING = {
    Kind.POINTS: {0, 4},
    Kind.LINES: {1, 2, 5},
    Kind.POLYGONS: {3, 6},
    Kind.FOOTPRINTS: {3, 6},
}
"""shapely's type numbers that each kind may have."""
Problems = list[dict[str, Any]]


def write_frame(
    frame: Any, info: Info, city_crs: str, centre: tuple[float, float], folder: Path, stem: str
) -> dict[str, Any]:
    """Check a frame and write it as files beside each other.

    centre    the city's middle, in its CRS
    returns   the header: plain values, with the names of the files
    raises    PluginError  it cannot be drawn; the sentence says why
    """
    if not isinstance(frame, Frame):
        raise PluginError(
            f"It gave a {type(frame).__name__} where a Frame is wanted.", "Yield Frame(features=...) or Progress(...)."
        )
    kind = _kind(frame.kind or info.kind)
    problems: Problems = []
    files: dict[str, str] = {}
    header: dict[str, Any] = {"kind": str(kind), "form": "none", "rows": 0, "files": files, "problems": problems}
    given = [n for n in ("features", "columns", "surface") if getattr(frame, n) is not None]
    if len(given) > 1:
        raise PluginError(f"A Frame has {' and '.join(given)}.", "Give one of them.")
    if frame.features is not None:
        table = _features(frame.features, kind, city_crs, centre, problems)
        header |= {"form": "features", "rows": table.num_rows}
    elif frame.columns is not None:
        table = _columns(frame.columns, kind, city_crs, problems)
        header |= {"form": "columns", "rows": table.num_rows}
    else:
        table = None
    if table is not None:
        if frame.value and frame.value not in table.column_names:
            names = ", ".join(table.column_names)
            raise PluginError(f'The value column "{frame.value}" is not in the frame.', f"It has {names}.")
        files["features"] = f"{stem}.arrow"
        write_arrow(folder / files["features"], table)
    if frame.surface is not None:
        header |= _surface(frame.surface, folder, files, stem)
    header["tables"] = []
    if frame.table is not None:
        files["table"] = f"{stem}-table.arrow"
        write_arrow(folder / files["table"], _table(frame.table))
        header["tables"] = [frame.table.title]
    return header | _words(frame, info)


def _words(frame: Frame, info: Info) -> dict[str, Any]:
    return {
        "value": str(frame.value),
        "unit": str(frame.unit or info.unit),
        "note": "\n".join(dict.fromkeys(str(n) for n in (info.note, frame.note) if n)),
        "limits": "\n".join(dict.fromkeys(str(n) for n in (info.limits, frame.limits) if n)),
        "facts": plain(dict(frame.facts)),
        "style": plain({**info.style, **frame.style}),
        "time": text_of_moment(frame.time) if frame.time is not None else "",
        "charts": [_chart(c) for c in frame.charts],
    }


def _kind(kind: Any) -> Kind:
    try:
        return Kind(str(kind))
    except ValueError:
        raise PluginError(f'There is no kind "{kind}".', f"The kinds are: {', '.join(Kind)}.") from None


def _features(frame: Any, kind: Kind, city_crs: str, centre: tuple[float, float], problems: Problems) -> pa.Table:
    if kind is Kind.VALUES and isinstance(frame, pd.DataFrame) and not _has_geometry(frame):
        return _columns({str(n): frame[n].to_numpy() for n in frame.columns}, kind, city_crs, problems)
    if not isinstance(frame, gpd.GeoDataFrame) or not _has_geometry(frame):
        raise PluginError(f"Frame.features is a {type(frame).__name__}.", "Give a GeoDataFrame with its geometry set.")
    _refuse_too_many(len(frame))
    if kind is Kind.VALUES:
        return _columns(
            {str(n): frame[n].to_numpy() for n in frame.columns if n != frame.geometry.name}, kind, city_crs, problems
        )
    frame = _in_city_crs(frame, city_crs, problems)
    geometry = frame.geometry.to_numpy()
    bounds = shapely.bounds(geometry).reshape(-1, 4)
    is_good = np.asarray(np.isfinite(bounds).all(axis=1))
    _note(problems, "have no geometry, or coordinates that are no numbers, and are left out", int((~is_good).sum()))
    if len(frame) and not is_good.any():
        raise PluginError("None of its features has a usable geometry.", "Check for NaN coordinates and None.")
    is_good &= _is_near(bounds, is_good, centre, problems)
    frame, geometry = frame[is_good], geometry[is_good]
    _refuse_other_types(geometry, kind)
    named = {str(n): frame[n] for n in frame.columns if n != frame.geometry.name}
    if kind is Kind.FOOTPRINTS:
        _check_heights(named)
    arrays = {n: _array(v) for n, v in named.items()}
    wkb = pa.array(shapely.to_wkb(geometry, include_srid=False), pa.binary())
    return pa.table({**arrays, "geometry": wkb})


def _has_geometry(frame: Any) -> bool:
    return isinstance(frame, gpd.GeoDataFrame) and frame._geometry_column_name in frame.columns  # noqa: SLF001  no other way to ask


def _in_city_crs(frame: gpd.GeoDataFrame, city_crs: str, problems: Problems) -> gpd.GeoDataFrame:
    if frame.crs is None:
        west, south, east, north = frame.total_bounds
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise PluginError(
                "Its features have no CRS.", 'Set it: frame.set_crs(city.crs), or "EPSG:4326" for lon/lat.'
            )
        problems.append(
            {"what": "features have no CRS; their numbers look like longitude and latitude", "count": len(frame)}
        )
        frame = frame.set_crs("EPSG:4326")
    return frame if frame.crs == city_crs else frame.to_crs(city_crs)


def _is_near(
    bounds: npt.NDArray[np.float64],
    is_good: npt.NDArray[np.bool_],
    centre: tuple[float, float],
    problems: Problems,
) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        away = np.hypot((bounds[:, 0] + bounds[:, 2]) / 2 - centre[0], (bounds[:, 1] + bounds[:, 3]) / 2 - centre[1])
    is_near: npt.NDArray[np.bool_] = away <= FAR_M
    far = np.count_nonzero(is_good & ~is_near)
    if far and far == np.count_nonzero(is_good):
        raise PluginError(
            f"All its features lie more than {FAR_M / 1000:.0f} km from the city, the first one"
            f" {away[is_good][0] / 1000:,.0f} km away.",
            "Check the CRS it states, and the order of longitude and latitude.",
        )
    _note(problems, f"lie more than {FAR_M / 1000:.0f} km from the city and are left out", int(far))
    return is_near


def _refuse_other_types(geometry: npt.NDArray[np.object_], kind: Kind) -> None:
    types = shapely.get_type_id(geometry)
    wrong = ~np.isin(types, list(FITTING.get(kind, set(range(8)))))
    if wrong.any():
        found = geometry[np.flatnonzero(wrong)[0]].geom_type
        raise PluginError(
            f"{np.count_nonzero(wrong):,} of {len(geometry):,} features are no {kind}: the first is a {found}.",
            "Give another kind in the Frame, or take those out.",
        )


def _check_heights(named: Mapping[str, Any]) -> None:
    if "height_m" not in named:
        raise PluginError("Footprints need a column height_m.", 'Add it, or use the kind "polygons" to lay them flat.')
    if not pd.api.types.is_numeric_dtype(named["height_m"]):
        raise PluginError(f"The column height_m holds {named['height_m'].dtype}, not numbers.", "Make it float.")


def _columns(columns: Mapping[str, Any], kind: Kind, city_crs: str, problems: Problems) -> pa.Table:
    """Check columns of points or of values; points come out with x and y in the city's CRS."""
    arrays = {str(n): np.asarray(v) for n, v in columns.items()}
    lengths = {n: len(v) if v.ndim == 1 else -1 for n, v in arrays.items()}
    if len(set(lengths.values())) > 1 or -1 in lengths.values():
        raise PluginError(f"Its columns are not of one length ({lengths}).", "Give one value a row in each.")
    _refuse_too_many(next(iter(lengths.values()), 0))
    if kind is Kind.VALUES:
        missing = [n for n in ("layer", "row") if n not in arrays]
        if missing:
            raise PluginError(
                f"Values on buildings need the column {' and '.join(missing)}.", "Keep those that city.buildings gives."
            )
        return pa.table({n: _array(v) for n, v in arrays.items()})
    if kind is not Kind.POINTS:
        raise PluginError(f"Columns without geometry cannot be {kind}.", "Give features, or the kind points.")
    x, y = _places(arrays, city_crs)
    is_good = np.isfinite(x) & np.isfinite(y)
    _note(problems, "have coordinates that are no numbers and are left out", int(np.count_nonzero(~is_good)))
    rest = {n: v for n, v in arrays.items() if n not in {"x", "y", "lon_deg", "lat_deg"}}
    return pa.table({"x": x[is_good], "y": y[is_good], **{n: _array(v[is_good]) for n, v in rest.items()}})


def _places(
    arrays: Mapping[str, npt.NDArray[Any]], city_crs: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    try:
        if "x" in arrays and "y" in arrays:
            return arrays["x"].astype(np.float64), arrays["y"].astype(np.float64)
        if "lon_deg" in arrays and "lat_deg" in arrays:
            lon, lat = arrays["lon_deg"].astype(np.float64), arrays["lat_deg"].astype(np.float64)
            x, y = transformer("EPSG:4326", city_crs).transform(lon, lat)
            return np.asarray(x), np.asarray(y)
    except (TypeError, ValueError) as error:
        raise PluginError(f"Its coordinates are no numbers ({error}).", "Make them float.") from error
    raise PluginError("Its columns have no place.", "Give x and y in the city's CRS, or lon_deg and lat_deg.")


def _surface(surface: Any, folder: Path, files: dict[str, str], stem: str) -> dict[str, Any]:
    if not isinstance(surface, Surface):
        raise PluginError(f"Frame.surface is a {type(surface).__name__}.", "Give a Surface(values, west_m, ...).")
    try:
        values = np.asarray(surface.values, np.float32)
    except (TypeError, ValueError) as error:
        raise PluginError(f"The surface's values are no numbers ({error}).", "Make them float.") from error
    numbers = (surface.west_m, surface.north_m, surface.cell_m)
    if values.ndim != 2 or not values.size or not all(map(math.isfinite, numbers)) or surface.cell_m <= 0:
        raise PluginError(
            f"The surface has the shape {values.shape} and cells of {surface.cell_m} m.", "Give rows and columns."
        )
    if values.size > MOST_CELLS:
        raise PluginError(f"The surface has {values.size:,} cells, more than {MOST_CELLS:,}.", "Make the cells larger.")
    files["surface"] = f"{stem}.npy"
    np.save(folder / files["surface"], values)
    place = {"west_m": float(numbers[0]), "north_m": float(numbers[1]), "cell_m": float(numbers[2])}
    return {"form": "surface", "rows": int(values.size), "surface": {**place, "shape": list(values.shape)}}


def _table(table: Any) -> pa.Table:
    if not isinstance(table, Table):
        raise PluginError(f"Frame.table is a {type(table).__name__}.", "Give a Table({column: values}).")
    lengths = {str(n): len(v) for n, v in table.columns.items()}
    if len(set(lengths.values())) > 1:
        raise PluginError(f"The table's columns are not of one length ({lengths}).", "Give one value a line in each.")
    _refuse_too_many(next(iter(lengths.values()), 0))
    return pa.table({str(n): _array(v) for n, v in table.columns.items()})


def _chart(chart: Any) -> dict[str, Any]:
    if not isinstance(chart, Chart):
        raise PluginError(f"Frame.charts holds a {type(chart).__name__}.", "Give Chart(kind, x, {name: y}).")
    if chart.kind not in {"bars", "line", "points"}:
        raise PluginError(f'There is no chart "{chart.kind}".', "There are bars, line and points.")
    if len(chart.x) > MOST_CHART_POINTS or any(len(y) != len(chart.x) for y in chart.y.values()):
        raise PluginError(
            f'The chart "{chart.title}" has {len(chart.x):,} places and series of other lengths, or too many.',
            f"Give each series as many values as x, at most {MOST_CHART_POINTS:,}.",
        )
    return dict(plain({**asdict(chart), "x": list(chart.x), "y": {str(k): list(v) for k, v in chart.y.items()}}))


def _array(values: Any) -> pa.Array:
    """Return any column in Arrow; what Arrow does not know becomes text."""
    try:
        made = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        made = pa.array([None if v is None else str(v) for v in values], pa.string())
    if isinstance(made, pa.ChunkedArray):
        made = made.combine_chunks()
    if pa.types.is_nested(made.type) or pa.types.is_null(made.type):
        made = pa.array([None if v is None else str(v) for v in values], pa.string())
    return made


def _refuse_too_many(rows: int) -> None:
    if rows > MOST_ROWS:
        raise PluginError(
            f"A frame of {rows:,} rows is more than can be drawn ({MOST_ROWS:,}).", "Give fewer, or a surface."
        )


def _note(problems: Problems, what: str, count: int) -> None:
    if count:
        problems.append({"what": f"features {what}", "count": int(count)})


def plain(value: Any) -> Any:
    """Return a value in JSON's own kinds; what is none of them as text, what is no number as None."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, datetime):
        return text_of_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [plain(v) for v in value]
    return str(value)
