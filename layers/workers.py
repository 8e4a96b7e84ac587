"""Where long work is done: a protocol the app fills with processes, and the plain way of doing it at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[np.generic]]
Work = Callable[..., dict[str, npt.NDArray[np.generic]]]


@dataclass(frozen=True, slots=True)
class Finished:
    """One piece of work that has ended."""

    key: Hashable
    """What it was submitted under."""
    arrays: dict[str, npt.NDArray[np.generic]] | None
    """What the function returned; None if it failed."""
    reason: str = ""
    """Why it failed, one sentence."""
    failure: Exception | None = None
    """The error that was raised, where it is one for people."""


class Workers(Protocol):
    """Does work elsewhere. Functions are of module level, take shared arrays and plain values, return arrays."""

    def share(self, name: str, arrays: Arrays) -> str:
        """Make arrays available to the work under a name; returns the name to give with submit."""
        ...

    def has(self, name: str) -> bool:
        """Return whether arrays are shared under a name."""
        ...

    def unshare(self, name: str) -> None:
        """Forget shared arrays, and drop the work that waits for them."""
        ...

    def submit(
        self,
        key: Hashable,
        function: Work,
        shared: str,
        *values: object,
        priority: float = 0.0,
    ) -> None:
        """Have function(shared arrays, *values) done; the greatest priority first. A waiting key only changes place."""
        ...

    def cancel_waiting(self, keep: Callable[[Hashable], bool]) -> None:
        """Drop the work not begun whose key is not to be kept."""
        ...

    def collect(self, wait_s: float = 0.0) -> list[Finished]:
        """Return what has ended since the last call, waiting up to wait_s for the first."""
        ...

    @property
    def pending(self) -> int:
        """Return how many pieces wait or are being done."""
        ...


class InPlace:
    """Workers without processes: a piece of work is done when results are collected."""

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._shared: dict[str, Arrays] = {}
        self._waiting: dict[Hashable, tuple[float, Work, str, tuple[object, ...]]] = {}

    def share(self, name: str, arrays: Arrays) -> str:
        """Keep the arrays by name."""
        self._shared[name] = arrays
        return name

    def has(self, name: str) -> bool:
        """Return whether arrays are kept under a name."""
        return name in self._shared

    def unshare(self, name: str) -> None:
        """Forget the arrays and the work on them."""
        self._shared.pop(name, None)
        self._waiting = {k: w for k, w in self._waiting.items() if w[2] != name}

    def submit(
        self,
        key: Hashable,
        function: Work,
        shared: str,
        *values: object,
        priority: float = 0.0,
    ) -> None:
        """Note the work."""
        self._waiting[key] = (priority, function, shared, values)

    def cancel_waiting(self, keep: Callable[[Hashable], bool]) -> None:
        """Forget the work that is not to be kept."""
        self._waiting = {k: w for k, w in self._waiting.items() if keep(k)}

    def collect(self, wait_s: float = 0.0) -> list[Finished]:  # noqa: ARG002  nothing to wait for
        """Do the most urgent piece and return it."""
        if not self._waiting:
            return []
        key = max(self._waiting, key=lambda k: self._waiting[k][0])
        _, function, shared, values = self._waiting.pop(key)
        return [Finished(key, function(self._shared[shared], *values))]

    @property
    def pending(self) -> int:
        """Return how many pieces wait."""
        return len(self._waiting)
