"""How the benchmarks measure: the machine, medians of repeated acts, memory, one JSON object at the end."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # so that `python benchmarks/NAME.py` finds citytwin's packages, installed or not
    sys.path.insert(1, str(ROOT))

PICTURE_PX = (1280, 720)


def machine() -> dict[str, object]:
    """Return what the numbers were measured on; the load tells whether it was quiet."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "time": time.strftime("%Y-%m-%d %H:%M"),
    }


def _cpu() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def median_ms(act: Callable[[], object], *, times: int, warm_up: int = 2, at_most_s: float = 60.0) -> float:
    """Return the median of an act done several times, milliseconds; fewer times if it takes too long."""
    took = []
    end = time.perf_counter() + at_most_s
    for number in range(times + warm_up):
        begin = time.perf_counter()
        act()
        now = time.perf_counter()
        if number >= warm_up or now > end:
            took.append((now - begin) * 1000)
        if now > end:
            break
    return round(statistics.median(took), 3)


@contextmanager
def timed(answer: dict[str, object], name: str) -> Iterator[None]:
    """Note under a name how long the block took, seconds."""
    begin = time.perf_counter()
    yield
    answer[name] = round(time.perf_counter() - begin, 3)


def peak_mb() -> int:
    """Return the most memory that this process has held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def tell(answer: dict[str, object]) -> None:
    """Write the one JSON object."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()
