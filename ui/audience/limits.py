"""How often somebody may ask: token buckets, a bounded number of them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, and so many a second after that."""

    burst: float
    per_s: float


LIMITS: dict[str, Limit] = {
    "ask": Limit(60, 10),
    "wrong_code": Limit(30, 0.5),
    "vote": Limit(20, 1),
    "comment": Limit(6, 0.1),
    "react": Limit(30, 1),
    "tap": Limit(20, 2),
    "socket": Limit(5, 0.2),
}
"""Per phone, by what is asked for."""
IN_ALL: dict[str, Limit] = {
    "join": Limit(2500, 250),
    "comment": Limit(500, 50),
    "tap": Limit(100, 20),
}
"""For everybody together."""


class Buckets:
    """Counts who asked how often lately. In memory only; addresses are forgotten with it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with every bucket full."""
        self._clock = clock
        self._levels: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, what: str, who: str) -> float:
        """Take one; return 0 if it is there, or else how many seconds to wait."""
        wait = self._take((what, who), LIMITS.get(what))
        return wait or self._take((what, ""), IN_ALL.get(what))

    def _take(self, key: tuple[str, str], limit: Limit | None) -> float:
        if limit is None:
            return 0.0
        now = self._clock()
        level, then = self._levels.pop(key, (limit.burst, now))
        level = min(limit.burst, level + (now - then) * limit.per_s)
        is_there = level >= 1
        self._levels[key] = (level - 1 if is_there else level, now)
        while len(self._levels) > KEPT:
            self._levels.popitem(last=False)
        return 0.0 if is_there else (1 - level) / limit.per_s
