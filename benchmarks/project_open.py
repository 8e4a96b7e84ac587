"""Open a city from its source file and from a saved project that has it, in turns.

Counted from the request to the layer in the session: reading, raising and arranging, as the window and every command do
it, with workers that are ready. The project keeps its data inside, and the layer as it was read.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from cities import city_file
from measuring import machine, tell

from ui.contents import open_contents
from ui.jobs import Jobs
from ui.project_files import make_project

COUNT, REPEATS, TARGET = 100_000, 5, 2.0
ENDINGS = (".geojson", ".gpkg", ".parquet")


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--folder", type=Path, help="where the city is kept; a temporary folder without it")
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        sources = {ending.strip("."): city_file(args.count, folder, ending=ending) for ending in ENDINGS}
        answer: dict[str, object] = {"machine": machine(), "count": args.count, "target": TARGET}
        with Jobs() as jobs:
            jobs.wait_until_ready()
            for name, source in sources.items():
                answer[name] = compared(source, Path(temporary) / f"{name}.citytwin", jobs, args.repeats)
    tell(answer)


def compared(source: Path, folder: Path, jobs: Jobs, repeats: int) -> dict[str, float]:
    """Return the seconds of both, medians, and how many times faster the project is."""
    make_project(open_contents([str(source)], jobs=jobs), folder, is_inside_wanted=True)
    took: dict[str, list[float]] = {"source_s": [], "project_s": []}
    for _ in range(repeats):
        took["source_s"].append(opened_s(source, jobs))
        took["project_s"].append(opened_s(folder, jobs))
    medians = {name: round(statistics.median(times), 4) for name, times in took.items()}
    return medians | {"times_faster": round(medians["source_s"] / medians["project_s"], 2)}


def opened_s(source: Path, jobs: Jobs) -> float:
    """Return how long a source takes until its layer is in a session."""
    begin = time.perf_counter()
    contents = open_contents([str(source)], jobs=jobs)
    took = time.perf_counter() - begin
    assert len(contents.session.layers) == 1
    return took


if __name__ == "__main__":
    main()
