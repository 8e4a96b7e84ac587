"""Alarms of a project as plugins see them: a layer of points. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import geopandas as gpd
import shapely

from data.frames import layer_from_frame
from twin.alarms import Alarm
from twin.layer import Kind, Layer
from twin.place import LocalFrame

ALARMS = "alarms"


def alarm_layer(alarms: Sequence[Alarm], frame: LocalFrame) -> Layer | None:
    """Return the alarms that have a place, with when each was raised and over; None where there are none."""
    placed = [alarm for alarm in alarms if alarm.lonlat is not None]
    if not placed:
        return None
    columns = {
        "rule": [a.rule for a in placed],
        "raised": [_moment(a.raised_s) for a in placed],
        "over": [_moment(a.over_s) for a in placed],
        "status": [_status(a) for a in placed],
        "value": [a.value for a in placed],
        "feed": [a.feed_id for a in placed],
    }
    places = shapely.points([lonlat for a in placed if (lonlat := a.lonlat) is not None])
    table = gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:4326")
    return layer_from_frame(table, ALARMS, kind=Kind.POINTS, local=frame)


def _status(alarm: Alarm) -> str:
    if not alarm.is_on:
        return "closed"
    return "open" if alarm.acknowledged_s is None else "acknowledged"


def _moment(at_s: float | None) -> str:
    return "" if at_s is None else datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds")
