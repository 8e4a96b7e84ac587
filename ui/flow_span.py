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
        times = self._flows.times
        begins = times.steps_s + (self.begin_s if times.is_daily else 0.0)
        ends = [times.end_s(step) + (self.begin_s if times.is_daily else 0.0) for step in range(len(begins))]
        flowing = np.bincount(self._flows.step, weights=np.abs(self._flows.value), minlength=len(begins))
        edges = np.linspace(begin_s, end_s, bins + 1)
        covered = np.clip(edges[None, :], begins[:, None], np.array(ends)[:, None]) - begins[:, None]
        share = covered / np.maximum(np.array(ends) - begins, 1e-9)[:, None]
        return np.asarray(np.diff(flowing @ share))

    def gaps(self) -> tuple[Gap, ...]:
        """Return none: a table has no gaps of its own."""
        return ()
