"""Opening the sample city: a worker generates its project the first time, then it is opened like any other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from data.sample import sample_folder
from layers.workers import Finished
from twin.errors import SourceError
from ui.jobs import Jobs

WORK = "sample-city"
LONGEST_S = 600.0
"""How long the project may take to be written."""

Sources = Sequence[tuple[str, str]]


def make_sample(_shared: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Run in a worker: make sure that the sample city and its project are in the cache; return the project's folder."""
    from ui.sample_project import PROJECT  # noqa: PLC0415  the readers are not needed to start the window

    project = sample_folder() / PROJECT
    if not (project / "project.json").is_file():  # in a process of its own: workers may not have workers
        command = [sys.executable, "-m", "ui.sample_project", str(project.parent)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [""])[-1]
            raise SourceError(f"The sample city's project could not be made ({last}).")
    return {"folder": np.frombuffer(str(project).encode(), np.uint8)}


class SampleOpening:
    """Hands over where the sample city's project is, once it is there."""

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
                on_ready([(finished.arrays["folder"].tobytes().decode(), "")])
        return True
