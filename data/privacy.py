"""Privacy at the door: what is not to be known is taken away before anything is shown or stored.

Names become hashes under a key that is made anew with the first message after midnight UTC, and whenever a feed is
opened: it stands in the memory of that feed alone. Values that repeat the name or the place in other words go, too.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from twin.entities import DAY_S, Column, EntityBatch, EntityFrame, FloatArray
from twin.feed import LONLAT_DIGITS, Privacy

METRES_A_DEGREE = 111_320.0
"""Of latitude, and of longitude at the equator (6,378,137 m · pi / 180)."""
USUAL_CELL_M = 100.0
"""The square of a minimum count, where positions are not rounded to a grid."""
_MOST_NAMES = 500_000
NAMING = frozenset({
    "id", "vehicleid", "vehicle", "veh", "vehiclenumber", "fleetnumber", "bikeid", "deviceid", "device", "mmsi", "imo",
    "icao24", "hex", "callsign", "registration", "reg", "label", "serial", "serialnumber", "mac", "macaddress", "uuid",
    "tripid", "trip", "blockid", "block", "jrn", "journeyid", "key", "ref",
})  # fmt: skip
"""Values that tell one thing from all others: not kept where names are hashed."""
PLACING = frozenset({
    "lon", "lat", "lng", "long", "longitude", "latitude", "x", "y", "easting", "northing", "geohash", "address",
    "adresse", "street", "strasse", "housenumber", "stop", "stopid", "stopname", "platform", "mgrs", "utm", "pluscode",
    "what3words", "wkt", "geom", "geometry", "position", "location", "coordinates", "gps", "odo", "odometer",
})  # fmt: skip
"""Values that tell where a thing is: not kept where places are rounded."""
_NEAR_DEG = 0.005
_LOOKED_AT = 2000
"""Rows of each value that are held against names and places."""
_TELLING = 3
"""A value shorter than this may be in a name by chance."""
_SHARE = 0.3
"""A value is another word for the name or the place where so many of its rows are."""


class Door:
    """Applies one feed's policy to what comes in. The keys of names are in this object alone, one a day."""

    def __init__(self, policy: Privacy) -> None:
        """Take the policy."""
        self.policy = policy
        self._day = -1
        self._key = b""
        self._names: dict[str, str] = {}
        self._told: dict[str, tuple[int, int]] = {}
        """By value: rows looked at, and how many of them repeat a name or a place."""
        self.left_out: set[str] = set()
        """Values that are not kept because they repeat names or places."""

    def passed(self, batch: EntityBatch) -> EntityBatch:
        """Return a batch with names hashed and places rounded, as the policy wants it."""
        policy = self.policy
        if batch.values and (policy.is_id_hashed or policy.grid_m > 0):
            batch = self._without_echoes(batch)
        if policy.is_id_hashed:
            batch = replace(batch, ids=self._hashed(batch))
        if policy.grid_m > 0:
            lon, lat = on_grid(batch.lon, batch.lat, policy.grid_m)
            batch = replace(batch, lon=lon, lat=lat, z_m=None)
            if batch.end_lon is not None and batch.end_lat is not None:
                end_lon, end_lat = on_grid(batch.end_lon, batch.end_lat, policy.grid_m)
                batch = replace(batch, end_lon=end_lon, end_lat=end_lat)
        return batch

    def _without_echoes(self, batch: EntityBatch) -> EntityBatch:
        """Leave out values that say the name or the place once more."""
        policy, n = self.policy, min(len(batch), _LOOKED_AT)
        for name, column in batch.values.items():
            seen, echoes = self._told.get(name, (0, 0))
            if name in self.left_out or seen >= _LOOKED_AT:
                continue
            plain = "".join(c for c in name.lower() if c.isalnum())
            is_named = policy.is_id_hashed and plain in NAMING
            is_placed = policy.grid_m > 0 and plain in PLACING
            is_echo = np.zeros(n, bool)
            if policy.is_id_hashed:
                is_echo |= _is_name(column[:n], batch.ids[:n])
            if policy.grid_m > 0 and column.dtype != object:
                is_echo |= _is_place(np.asarray(column[:n], float), batch)
            known = n - int(_is_unknown(column[:n]).sum())
            seen, echoes = seen + known, echoes + int(is_echo.sum())
            self._told[name] = seen, echoes
            if is_named or is_placed or (echoes and echoes >= _SHARE * seen):
                self.left_out.add(name)
        kept = {name: column for name, column in batch.values.items() if name not in self.left_out}
        return batch if len(kept) == len(batch.values) else replace(batch, values=kept)

    def _hashed(self, batch: EntityBatch) -> list[str]:
        day = int(batch.received_s // DAY_S)
        if day != self._day or len(self._names) > _MOST_NAMES:
            self._key = self._key if day == self._day else secrets.token_bytes(32)
            self._day, self._names = day, {}
        return [self._names.get(name) or self._hash(name) for name in batch.ids]

    def _hash(self, name: str) -> str:
        hashed = hmac.new(self._key, name.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]
        self._names[name] = hashed
        return hashed


def _is_name(column: Column, ids: Sequence[str]) -> np.ndarray:
    """Return whether each value (n,) is the raw name of its row, or a part of it: 7012 of "bus-7012"."""
    if column.dtype == object:
        words = ["" if v is None else str(v) for v in column.tolist()]
    else:
        words = ["" if np.isnan(v) else f"{v:.0f}" for v in column.tolist()]
    pairs = zip(words, ids, strict=True)
    return np.array([bool(w) and (w == i or (len(w) >= _TELLING and (w in i or i in w))) for w, i in pairs], bool)


def _is_place(numbers: FloatArray, batch: EntityBatch) -> np.ndarray:
    n = len(numbers)
    with np.errstate(invalid="ignore"):
        near = np.abs(numbers - batch.lon[:n]) < _NEAR_DEG
        return np.asarray(near | (np.abs(numbers - batch.lat[:n]) < _NEAR_DEG))


def _is_unknown(column: Column) -> np.ndarray:
    if column.dtype == object:
        return np.array([v is None for v in column.tolist()], bool)
    return np.asarray(np.isnan(column.astype(float)))


def stricter(one: Privacy, other: Privacy) -> Privacy:
    """Return a policy that keeps what two of them promise: what was recorded under one is shown under another."""
    days = [d for d in (one.keep_days, other.keep_days) if d > 0]
    return Privacy(
        is_id_hashed=one.is_id_hashed or other.is_id_hashed,
        grid_m=max(one.grid_m, other.grid_m),
        minimum_count=max(one.minimum_count, other.minimum_count),
        keep_days=min(days, default=0.0),
        dropped_fields=tuple(dict.fromkeys((*one.dropped_fields, *other.dropped_fields))),
    )


def on_grid(lon: FloatArray, lat: FloatArray, grid_m: float) -> tuple[FloatArray, FloatArray]:
    """Return the middles of the squares that places are in: rows of squares along the parallels."""
    rows, columns, step_lat, step_lon = _cells(lon, lat, grid_m)
    return ((columns + 0.5) * step_lon).round(LONLAT_DIGITS), ((rows + 0.5) * step_lat).round(LONLAT_DIGITS)


def _cells(lon: FloatArray, lat: FloatArray, grid_m: float) -> tuple[FloatArray, FloatArray, float, FloatArray]:
    step_lat = grid_m / METRES_A_DEGREE
    rows = np.floor(lat / step_lat)
    step_lon = step_lat / np.maximum(np.cos(np.radians((rows + 0.5) * step_lat)), 0.01)
    return rows, np.floor(lon / step_lon), step_lat, step_lon


def shown_frame(frame: EntityFrame, policy: Privacy) -> tuple[EntityFrame, int]:
    """Return a frame without those in squares that too few are in, and how many these are."""
    if policy.minimum_count <= 1 or not len(frame):
        return frame, 0
    lon, lat = frame.lonlat[:, 0], frame.lonlat[:, 1]
    rows, columns, _, _ = _cells(lon, lat, policy.grid_m or USUAL_CELL_M)
    cells = np.column_stack([rows, columns])
    if frame.end_lonlat is not None:  # of a flow, both ends must be shared
        ends = frame.end_lonlat
        end_rows, end_columns, _, _ = _cells(ends[:, 0], ends[:, 1], policy.grid_m or USUAL_CELL_M)
        cells = np.nan_to_num(np.column_stack([cells, end_rows, end_columns]), nan=-1e9)
    _, which, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    is_shown = (counts[which.reshape(-1)] >= policy.minimum_count) & np.isfinite(lon)
    return (frame, 0) if is_shown.all() else (_kept(frame, is_shown), int((~is_shown).sum()))


def _kept(frame: EntityFrame, is_kept: np.ndarray) -> EntityFrame:
    values: dict[str, Column] = {name: column[is_kept] for name, column in frame.values.items()}
    return replace(
        frame,
        ids=frame.ids[is_kept],
        lonlat=frame.lonlat[is_kept],
        z_m=frame.z_m[is_kept],
        time_s=frame.time_s[is_kept],
        heading_rad=frame.heading_rad[is_kept],
        speed_mps=frame.speed_mps[is_kept],
        values=values,
        end_lonlat=frame.end_lonlat[is_kept] if frame.end_lonlat is not None else None,
        heard_s=frame.heard_s[is_kept] if frame.heard_s is not None else None,
    )
