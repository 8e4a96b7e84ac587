"""Static GTFS: where stops are, and which stops a trip calls at and when; what a trip update leaves out."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from twin.entities import FloatArray
from twin.errors import FeedError


@dataclass(frozen=True, slots=True)
class Timetable:
    """What is needed of a GTFS to place its trips."""

    stops: dict[str, tuple[float, float, str]]
    """Longitude, latitude and name of each stop."""
    routes: dict[str, str]
    """The route of each trip, as its passengers call it."""
    calls: dict[str, slice]
    """The rows of each trip in the columns below."""
    stop_ids: npt.NDArray[np.object_]
    sequence: npt.NDArray[np.int64]
    arrival_s: FloatArray
    """Seconds after the service day's noon minus 12 h; NaN where it is not said."""
    departure_s: FloatArray
    zone: str
    """The agency's time zone."""

    def midnight_s(self, day: date) -> float:
        """Return when a service day begins, UTC epoch: noon minus 12 h, so that a change of clocks shifts nothing."""
        try:
            zone = ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("UTC")
        return (datetime(day.year, day.month, day.day, 12, tzinfo=zone) - timedelta(hours=12)).timestamp()


def read_timetable(source: Path | bytes) -> Timetable:
    """Read a GTFS zip.

    raises   FeedError  it is none, or lacks stops, trips or stop times
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
            stops = _table(archive, "stops.txt", ("stop_id", "stop_lon", "stop_lat", "stop_name"))
            trips = _table(archive, "trips.txt", ("trip_id", "route_id"))
            routes = _table(archive, "routes.txt", ("route_id", "route_short_name", "route_long_name"))
            agency = _table(archive, "agency.txt", ("agency_timezone",))
            columns = ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time")
            calls = _table(archive, "stop_times.txt", columns)
    except (OSError, zipfile.BadZipFile, KeyError, pa.ArrowInvalid, UnicodeDecodeError) as error:
        name = source if isinstance(source, Path) else "what was fetched"
        raise FeedError(
            f"The timetable cannot be read ({' '.join(str(error).split())[:120]}).",
            hint="It must be a GTFS zip with stops.txt, trips.txt and stop_times.txt.",
            path=str(name),
        ) from error
    places = {
        i: (_float(x), _float(y), name)
        for i, x, y, name in zip(
            stops["stop_id"], stops["stop_lon"], stops["stop_lat"], stops["stop_name"], strict=True
        )
    }
    names = {r: s or long for r, s, long in zip(*(routes[c] for c in routes), strict=True)}
    lines = {t: names.get(r, r) for t, r in zip(trips["trip_id"], trips["route_id"], strict=True)}
    return _timetable(places, lines, calls, (agency["agency_timezone"] or ["UTC"])[0])


def _timetable(
    places: dict[str, tuple[float, float, str]], lines: dict[str, str], calls: dict[str, list[str]], zone: str
) -> Timetable:
    sequence = np.array([int(s) if s.isdigit() else 0 for s in calls["stop_sequence"]], np.int64)
    trips = np.array(calls["trip_id"], object)
    names, of_trip = np.unique(trips, return_inverse=True) if len(trips) else (trips, np.empty(0, int))
    order = np.lexsort((sequence, of_trip))
    bounds = np.searchsorted(of_trip[order], np.arange(len(names) + 1))
    stop_ids = np.empty(len(order), object)
    stop_ids[:] = calls["stop_id"]
    return Timetable(
        places,
        lines,
        {name: slice(int(bounds[i]), int(bounds[i + 1])) for i, name in enumerate(names.tolist())},
        stop_ids[order],
        sequence[order],
        _clock_s(calls["arrival_time"])[order],
        _clock_s(calls["departure_time"])[order],
        zone,
    )


def _table(archive: zipfile.ZipFile, name: str, columns: tuple[str, ...]) -> dict[str, list[str]]:
    """Return columns of a table as words; a column that is not there is empty words."""
    found = next((n for n in archive.namelist() if n.rpartition("/")[2] == name), None)
    if found is None:
        if name in {"agency.txt", "routes.txt"}:
            return {column: [] for column in columns}
        raise KeyError(f"{name} is missing")
    with archive.open(found) as file:
        every = {column: pa.string() for column in columns}
        options = pa_csv.ConvertOptions(column_types=every, include_columns=list(columns), include_missing_columns=True)
        table = pa_csv.read_csv(file, convert_options=options)
    return {column: [(v or "").strip() for v in table[column].to_pylist()] for column in columns}


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _clock_s(texts: list[str]) -> FloatArray:
    known: dict[str, float] = {"": np.nan}
    for text in set(texts) - {""}:
        parts = text.split(":")
        try:
            known[text] = sum(int(p) * s for p, s in zip(parts, (3600, 60, 1), strict=True))
        except ValueError:
            known[text] = np.nan
    return np.array([known[t] for t in texts], float)
