"""Where the vehicles of trip updates are: at a stop, or between two, by the times they are predicted there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from data.feeds.inbox import Rows
from data.feeds.timetable import Timetable
from twin.entities import FloatArray

LEAST_DEGREES = 1e-9


def rows_of_trips(updates: list[Any], timetable: Timetable, now_s: float) -> tuple[Rows, list[str]]:
    """Return a row for each trip that is under way at a moment, and the names that the timetable does not know.

    updates   entities with a trip update
    now_s     UTC epoch
    """
    rows: Rows = []
    unknown: list[str] = []
    for entity in updates:
        update = entity.trip_update
        trip = update.trip.trip_id
        arrivals, departures, stops = call_times(update, timetable, now_s)
        missing = [s for s in stops if s not in timetable.stops]
        if missing or not stops:
            unknown.append(missing[0] if missing else trip)
        known = [i for i, s in enumerate(stops) if s in timetable.stops]
        row = _placed(arrivals[known], departures[known], [stops[i] for i in known], timetable, now_s)
        if row is not None:
            name = update.vehicle.id or trip or entity.id
            rows.append({"id": name, "trip": trip, "route": timetable.routes.get(trip, update.trip.route_id) or None,
                         "time": update.timestamp or now_s, "delay_s": _delay(update, now_s), **row})  # fmt: skip
    return rows, unknown


def call_times(update: Any, timetable: Timetable, now_s: float) -> tuple[FloatArray, FloatArray, list[str]]:
    """Return when a trip arrives at and departs from each of its stops, UTC epoch, and the stops.

    What the update does not say is the timetable's time and the delay of the stop before.
    """
    rows = timetable.calls.get(update.trip.trip_id)
    said = {u.stop_sequence or u.stop_id: u for u in update.stop_time_update}
    if rows is None:
        stops = [u.stop_id for u in update.stop_time_update]
        stated = [_said_times(u) for u in update.stop_time_update]
        return _filled(np.array([a for a, _ in stated]), np.array([d for _, d in stated]), stops)
    stops = timetable.stop_ids[rows].tolist()
    begin_s = timetable.midnight_s(_service_day(update, timetable, rows, now_s))
    planned_arrival, planned_departure = timetable.arrival_s[rows] + begin_s, timetable.departure_s[rows] + begin_s
    arrivals, departures = planned_arrival.copy(), planned_departure.copy()
    delay_s = float(update.delay) if update.HasField("delay") else 0.0
    for i, (sequence, stop) in enumerate(zip(timetable.sequence[rows].tolist(), stops, strict=True)):
        one = said.get(sequence) or said.get(stop)
        for times, planned, name in (
            (arrivals, planned_arrival, "arrival"),
            (departures, planned_departure, "departure"),
        ):
            event = getattr(one, name) if one is not None and one.HasField(name) else None
            if event is not None and event.time:
                delay_s = float(event.time) - planned[i] if np.isfinite(planned[i]) else delay_s
                times[i] = float(event.time)
                continue
            if event is not None and event.HasField("delay"):
                delay_s = float(event.delay)
            times[i] = planned[i] + delay_s
    return _filled(arrivals, departures, stops)


def _said_times(update: Any) -> tuple[float, float]:
    arrival = float(update.arrival.time) if update.HasField("arrival") and update.arrival.time else np.nan
    departure = float(update.departure.time) if update.HasField("departure") and update.departure.time else np.nan
    return arrival, departure


def _filled(arrivals: FloatArray, departures: FloatArray, stops: list[str]) -> tuple[FloatArray, FloatArray, list[str]]:
    arrivals = np.where(np.isnan(arrivals), departures, arrivals)
    departures = np.where(np.isnan(departures), arrivals, departures)
    is_known = np.isfinite(arrivals)
    return arrivals[is_known], departures[is_known], [s for s, k in zip(stops, is_known.tolist(), strict=True) if k]


def _service_day(update: Any, timetable: Timetable, rows: slice, now_s: float) -> date:
    """Return the day a trip belongs to: as stated, else the one on which its times fit what is predicted."""
    if update.trip.start_date:
        return datetime.strptime(update.trip.start_date, "%Y%m%d").replace(tzinfo=UTC).date()
    predicted = next((t for u in update.stop_time_update for t in _said_times(u) if np.isfinite(t)), now_s)
    planned = np.nanmean(timetable.departure_s[rows]) if np.isfinite(timetable.departure_s[rows]).any() else 0.0
    zone = ZoneInfo(timetable.zone) if timetable.zone else ZoneInfo("UTC")
    return datetime.fromtimestamp(float(predicted - planned) + 43_200, tz=zone).date()


def _placed(
    arrivals: FloatArray, departures: FloatArray, stops: list[str], timetable: Timetable, now_s: float
) -> dict[str, object] | None:
    """Return where a trip is, None before its first stop and after its last."""
    if not stops or now_s < arrivals[0] or now_s > departures[-1]:
        return None
    behind = int(np.searchsorted(arrivals, now_s, side="right")) - 1
    lon, lat, name = timetable.stops[stops[behind]]
    ahead = min(behind + 1, len(stops) - 1)
    to_lon, to_lat, next_name = timetable.stops[stops[ahead]]
    bearing = _bearing(lon, lat, to_lon, to_lat)
    if now_s <= departures[behind] or ahead == behind:
        return {"lon": lon, "lat": lat, "bearing": bearing, "status": "at stop", "stop": name}
    part = (now_s - departures[behind]) / max(arrivals[ahead] - departures[behind], 1.0)
    part = min(max(part, 0.0), 1.0)
    return {"lon": lon + (to_lon - lon) * part, "lat": lat + (to_lat - lat) * part, "bearing": bearing,
            "status": "under way", "stop": next_name}  # fmt: skip


def _bearing(lon: float, lat: float, to_lon: float, to_lat: float) -> float | None:
    east, north = (to_lon - lon) * np.cos(np.radians(lat)), to_lat - lat
    if abs(east) + abs(north) < LEAST_DEGREES:
        return None
    return float(np.degrees(np.arctan2(east, north)) % 360)


def _delay(update: Any, now_s: float) -> float | None:
    """Return the delay at the next stop, seconds."""
    for one in update.stop_time_update:
        for name in ("arrival", "departure"):
            event = getattr(one, name)
            if one.HasField(name) and event.HasField("delay") and event.time >= now_s:
                return float(event.delay)
    return float(update.delay) if update.HasField("delay") else None
