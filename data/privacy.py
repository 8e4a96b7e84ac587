"""Privacy at the door: what is not to be known is taken away before anything is shown or stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import replace

import numpy as np

from twin.entities import Column, EntityBatch, EntityFrame, FloatArray
from twin.feed import LONLAT_DIGITS, Privacy

METRES_A_DEGREE = 111_320.0
"""Of latitude, and of longitude at the equator (6,378,137 m · pi / 180)."""
USUAL_CELL_M = 100.0
"""The square of a minimum count, where positions are not rounded to a grid."""
_DAY_S = 86_400.0
_MOST_NAMES = 500_000


class Door:
    """Applies one feed's policy to what comes in. The keys of names are in this object alone, one a day."""

    def __init__(self, policy: Privacy) -> None:
        """Take the policy."""
        self.policy = policy
        self._day = -1
        self._key = b""
        self._names: dict[str, str] = {}

    def passed(self, batch: EntityBatch) -> EntityBatch:
        """Return a batch with names hashed and places rounded, as the policy wants it."""
        policy = self.policy
        if policy.is_id_hashed:
            batch = replace(batch, ids=self._hashed(batch))
        if policy.grid_m > 0:
            lon, lat = on_grid(batch.lon, batch.lat, policy.grid_m)
            batch = replace(batch, lon=lon, lat=lat, z_m=None)
            if batch.end_lon is not None and batch.end_lat is not None:
                end_lon, end_lat = on_grid(batch.end_lon, batch.end_lat, policy.grid_m)
                batch = replace(batch, end_lon=end_lon, end_lat=end_lat)
        return batch

    def _hashed(self, batch: EntityBatch) -> list[str]:
        day = int(batch.received_s // _DAY_S)
        if day != self._day or len(self._names) > _MOST_NAMES:
            self._key = self._key if day == self._day else secrets.token_bytes(32)
            self._day, self._names = day, {}
        return [self._names.get(name) or self._hash(name) for name in batch.ids]

    def _hash(self, name: str) -> str:
        hashed = hmac.new(self._key, name.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]
        self._names[name] = hashed
        return hashed


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
