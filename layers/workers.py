"""Where long work is done: a protocol the app fills with processes, and the plain way of doing it at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from twin.errors import TwinError

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

    receivers: list[Callable[[Finished], bool]]
    """Asked in turn about everything that ends, until one returns True: it has taken it."""

    def share(self, name: str, arrays: Arrays) -> str:
        """Make arrays available to the work under a name, and hold them; returns the name to give with submit."""
        ...

    def hold(self, name: str) -> bool:
        """Keep what is shared under a name until unshare is called once more; False if there is no such thing."""
        ...

    def unshare(self, name: str) -> None:
        """Let shared arrays go; the last holder's call forgets them and drops the work that waits for them."""
        ...

    def submit(
        self,
        key: Hashable,
        function: Work,
        shared: str | tuple[str, ...],
        *values: object,
        priority: float = 0.0,
    ) -> None:
        """Have function(shared arrays, *values) done; the greatest priority first. A waiting key only changes place.

        shared   the name, or names, under which the arrays are shared
        """
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
        self.receivers: list[Callable[[Finished], bool]] = []
        self._shared: dict[str, Arrays] = {}
        self._holders: dict[str, int] = {}
        self._waiting: dict[Hashable, tuple[float, Work, tuple[str, ...], tuple[object, ...]]] = {}

    def share(self, name: str, arrays: Arrays) -> str:
        """Keep the arrays by name."""
        self._shared[name], self._holders[name] = arrays, 1
        return name

    def hold(self, name: str) -> bool:
        """Keep the arrays for one more holder."""
        if name not in self._shared:
            return False
        self._holders[name] += 1
        return True

    def unshare(self, name: str) -> None:
        """Forget the arrays and the work on them, if nobody else holds them."""
        self._holders[name] = self._holders.get(name, 1) - 1
        if self._holders[name] > 0:
            return
        del self._holders[name]
        self._shared.pop(name, None)
        self._waiting = {k: w for k, w in self._waiting.items() if name not in w[2]}

    def submit(
        self,
        key: Hashable,
        function: Work,
        shared: str | tuple[str, ...],
        *values: object,
        priority: float = 0.0,
    ) -> None:
        """Note the work."""
        names = (shared,) if isinstance(shared, str) else shared
        self._waiting[key] = (priority, function, names, values)

    def cancel_waiting(self, keep: Callable[[Hashable], bool]) -> None:
        """Forget the work that is not to be kept."""
        self._waiting = {k: w for k, w in self._waiting.items() if keep(k)}

    def collect(self, wait_s: float = 0.0) -> list[Finished]:  # noqa: ARG002  nothing to wait for
        """Do the most urgent piece; return it unless a receiver takes it."""
        if not self._waiting:
            return []
        key = max(self._waiting, key=lambda k: self._waiting[k][0])
        _, function, names, values = self._waiting.pop(key)
        arrays = {name: array for shared in names for name, array in self._shared[shared].items()}
        try:
            finished = Finished(key, function(arrays, *values))
        except TwinError as error:
            finished = Finished(key, None, str(error), error)
        except Exception as error:  # noqa: BLE001  the outer wall of work, as in a process: what failed is told
            finished = Finished(key, None, f"{type(error).__name__}: {error}")
        return [] if any(receiver(finished) for receiver in self.receivers) else [finished]

    @property
    def pending(self) -> int:
        """Return how many pieces wait."""
        return len(self._waiting)
