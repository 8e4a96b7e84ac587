"""Longitudes and latitudes to local metres, fast: a polynomial fitted over an area and checked, else the exact way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from twin.place import LocalFrame, local_from_lonlat

FloatArray = npt.NDArray[np.float64]

GOOD_M = 0.05
"""The polynomial is used where it is nowhere farther off than this."""
WORTH_FROM = 2_000
_DEGREE = 4
_POWERS = tuple((i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i))
_SIDE = 9
_PIECE = 8_192


class PlaceFit:
    """Turns places into a frame's metres; 100,000 of them in a few milliseconds once it has seen the area."""

    def __init__(self, frame: LocalFrame) -> None:
        """Begin with nothing fitted."""
        self._frame = frame
        self._box: tuple[float, float, float, float] | None = None
        self._weights: FloatArray | None = None

    def local(self, lonlat: FloatArray) -> FloatArray:
        """Return local metres (n, 2) of WGS84 degrees (n, 2); NaN stays NaN."""
        known = np.isfinite(lonlat[:, 0]) & np.isfinite(lonlat[:, 1])
        found = np.full(lonlat.shape, np.nan)
        if not known.any():
            return found
        places = lonlat if known.all() else lonlat[known]
        if len(places) < WORTH_FROM:
            found[known] = _exact(self._frame, places)
            return found
        columns = places[:, 0], places[:, 1]
        low, high = np.array([c.min() for c in columns]), np.array([c.max() for c in columns])
        box = self._box
        if box is None or low[0] < box[0] or low[1] < box[1] or high[0] > box[2] or high[1] > box[3]:
            self._fit(low, high)
        local = _exact(self._frame, places) if self._weights is None else self._fitted(places, self._weights)
        if len(local) == len(found):
            return local
        found[known] = local
        return found

    def _fitted(self, places: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the polynomial's metres (n, 2): in pieces that stay in the processor's cache, by Horner's rule."""
        assert self._box is not None
        west, south, east, north = self._box
        found = np.empty((len(places), 2))
        by_power = dict(zip(_POWERS, weights, strict=True))
        for begin in range(0, len(places), _PIECE):
            piece = slice(begin, begin + _PIECE)
            x = (places[piece, 0] - west) / max(east - west, 1e-9) * 2 - 1
            y = (places[piece, 1] - south) / max(north - south, 1e-9) * 2 - 1
            for axis in (0, 1):
                total = np.zeros_like(x)
                for i in range(_DEGREE, -1, -1):
                    row = np.full_like(y, by_power[i, _DEGREE - i][axis])
                    for j in range(_DEGREE - i - 1, -1, -1):
                        row *= y
                        row += by_power[i, j][axis]
                    total *= x
                    total += row
                found[piece, axis] = total
        return found

    def _terms(self, places: FloatArray) -> FloatArray:
        assert self._box is not None
        west, south, east, north = self._box
        x = (places[:, 0] - west) / max(east - west, 1e-9) * 2 - 1
        y = (places[:, 1] - south) / max(north - south, 1e-9) * 2 - 1
        px, py = [np.ones_like(x)], [np.ones_like(y)]
        for _ in range(_DEGREE):
            px.append(px[-1] * x)
            py.append(py[-1] * y)
        return np.column_stack([px[i] * py[j] for i, j in _POWERS])

    def _fit(self, low: FloatArray, high: FloatArray) -> None:
        pad = np.maximum((high - low) * 0.25, 0.005)
        box = (float(low[0] - pad[0]), float(low[1] - pad[1]), float(high[0] + pad[0]), float(high[1] + pad[1]))
        self._box = box
        grid = np.meshgrid(np.linspace(box[0], box[2], _SIDE), np.linspace(box[1], box[3], _SIDE))
        known = np.column_stack([axis.ravel() for axis in grid])
        between = np.random.default_rng(1).uniform(box[:2], box[2:], (64, 2))
        exact = _exact(self._frame, known)
        if not np.isfinite(exact).all():
            self._weights = None
            return
        weights = np.asarray(np.linalg.lstsq(self._terms(known), exact, rcond=None)[0], np.float64)
        off_m = np.abs(self._terms(between) @ weights - _exact(self._frame, between)).max()
        self._weights = weights if off_m <= GOOD_M else None


def _exact(frame: LocalFrame, places: FloatArray) -> FloatArray:
    local = local_from_lonlat(frame, places)
    local[~np.isfinite(local).all(axis=1)] = np.nan
    return local
