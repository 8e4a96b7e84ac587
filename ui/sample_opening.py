"""Opening the sample city: a worker generates it the first time, then its layers are read like any others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.sample import files_in, sample_folder
from layers.workers import Finished
from twin.errors import SourceError
from ui.jobs import Jobs

WORK = "sample-city"
SHOWN = (
    ("buildings", "buildings"),
    ("city", "water"),
    ("city", "parks"),
    ("city", "streets"),
    ("city", "bridges"),
    ("city", "rail"),
    ("city", "tram"),
    ("city", "trees"),
)
"""(file, layer): what makes the city, the buildings first; its other layers can be added by hand."""

Sources = Sequence[tuple[str, str]]


def make_sample(_shared: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Run in a worker: make sure that the sample city is in the cache; return its folder."""
    return {"folder": np.frombuffer(str(sample_folder()).encode(), np.uint8)}


class SampleOpening:
    """Hands over where the sample city's layers are, once they are there."""

    def __init__(self, jobs: Jobs) -> None:
        """Generate with these jobs."""
        self._jobs = jobs
        self._waiting: list[tuple[Callable[[Sources], None], Callable[[BaseException], None]]] = []
        jobs.receivers.append(self._accept)

    @property
    def is_busy(self) -> bool:
        """Return whether somebody waits for the city."""
        return bool(self._waiting)

    def __call__(self, on_ready: Callable[[Sources], None], on_error: Callable[[BaseException], None]) -> None:
        """Ask for the city; one of the two is called later, on this thread."""
        self._waiting.append((on_ready, on_error))
        self._jobs.submit(WORK, make_sample, "", priority=1e13)

    def _accept(self, finished: Finished) -> bool:
        if finished.key != WORK:
            return False
        waiting, self._waiting = self._waiting, []
        for on_ready, on_error in waiting:
            if finished.arrays is None:
                on_error(finished.failure or SourceError(finished.reason or "The sample city could not be made."))
            else:
                on_ready(sources_in(Path(finished.arrays["folder"].tobytes().decode())))
        return True


def sources_in(folder: Path) -> Sources:
    """Return the (path, layer) pairs that make the city."""
    files = files_in(folder)
    paths = {"city": str(files.city), "buildings": str(files.buildings)}
    return [(paths[file], layer) for file, layer in SHOWN]
