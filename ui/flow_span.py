"""What the time bar knows of flows from a table: from when to when there are some, and how many."""

from __future__ import annotations

import numpy as np

from data.recording import Gap
from twin.placed_flows import Flows


class FlowSpan:
    """What the time bar knows of flows: stands in for a recording."""

    def __init__(self, flows: Flows, begin_s: float, end_s: float) -> None:
        """Know from when to when there are flows."""
        self._flows, self.begin_s, self.end_s = flows, begin_s, end_s
        self.wish, self.recording = flows.wish, self

    def histogram(self, begin_s: float, end_s: float, bins: int) -> np.ndarray:
        """Return how much flows (bins,) in each part of a time."""
        steps = self._flows.times.steps_s + (self.begin_s if self._flows.times.is_daily else 0.0)
        weights = np.bincount(self._flows.step, weights=np.abs(self._flows.value), minlength=len(steps))
        return np.histogram(steps, bins, (begin_s, end_s), weights=weights)[0].astype(float)

    def gaps(self) -> tuple[Gap, ...]:
        """Return none: a table has no gaps of its own."""
        return ()
