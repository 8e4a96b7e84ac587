"""How long observations take until a frame shows them."""

from __future__ import annotations

import numpy as np

from twin.entities import FloatArray

KEPT = 32_768
A_FRAME = 128
"""Observations of a frame that are looked at, evenly chosen: so that the last quarter of a minute is kept."""
MOST_S = 60.0
"""An observation that says it is older than this when it comes does not tell how long its way took."""


class Latency:
    """The latencies of the observations of the last frames.

    Counted from the observation's own time, where that is told to less than a second and a plausible one; else from
    its arrival.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._ring = np.full(KEPT, 0, np.float32)  # its memory is there from the beginning
        self._count = 0
        self._waiting: list[FloatArray] = []

    def arrived(self, time_s: FloatArray, arrived_s: FloatArray, now_s: float) -> None:
        """Take observations that the next frame shows."""
        age_s = now_s - time_s
        is_told = (age_s >= 0) & (age_s < MOST_S) & (time_s % 1.0 != 0)
        self._waiting.append(np.where(is_told, time_s, arrived_s))

    def shown(self, now_s: float) -> None:
        """Take the moment at which a frame showed all that arrived before."""
        if not self._waiting:
            return
        latencies = np.maximum(now_s - np.concatenate(self._waiting), 0.0)
        latencies = latencies[:: 1 + (len(latencies) - 1) // A_FRAME]
        self._waiting = []
        places = (self._count + np.arange(len(latencies))) % KEPT
        self._ring[places] = latencies
        self._count += len(latencies)

    def percentiles_ms(self) -> tuple[float, float]:
        """Return the median and the 99th percentile, milliseconds; 0 before the first."""
        if not self._count:
            return 0.0, 0.0
        p50, p99 = np.percentile(self._ring[: min(self._count, KEPT)], (50, 99))
        return float(p50) * 1e3, float(p99) * 1e3
