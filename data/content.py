"""What a vector file holds, whichever library read it: the shape that readers of single formats return."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Any

import pyarrow as pa

Bounds = tuple[float, float, float, float]
Progress = Callable[[float], None]
"""Called with the share that is done, 0 to 1."""
IsStopped = Callable[[], bool]
"""Asked now and then; true ends the work."""


class StoppedError(Exception):
    """The reading was stopped by the one who asked for it; nothing is kept."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a file and one of its layers before it is read."""

    driver: str
    layers: tuple[str, ...]
    layer: str
    """The layer that would be read."""
    count: int
    """Rows of that layer."""
    crs: str | None
    """As the file states it, any form; None if it states none."""
    bounds: Bounds | None
    """In the file's CRS; None if not known without reading."""
    fields: tuple[str, ...]
    geometry_types: tuple[str, ...]
    """As declared; empty if that says nothing."""


@dataclass(frozen=True, slots=True)
class Content:
    """A layer's rows as they are in the file."""

    facts: Facts
    table: pa.Table
    """Attributes only."""
    geometry: pa.ChunkedArray
    """Well-known binary, or nested GeoArrow lists."""


def four(bounds: Any) -> Bounds | None:
    """Return bounds as four floats, without heights; None if they are missing or not finite."""
    if bounds is None or len(bounds) not in (4, 6):
        return None
    west, south, east, north = bounds if len(bounds) == 4 else (bounds[0], bounds[1], bounds[3], bounds[4])
    flat = (float(west), float(south), float(east), float(north))
    return flat if all(isfinite(b) for b in flat) else None


def watched(batches: Iterable[Any], total: int, progress: Progress | None, is_stopped: IsStopped | None) -> list[Any]:
    """Collect batches or tables, telling how far it is and stopping when asked.

    raises   StoppedError  is_stopped answered true
    """
    kept: list[Any] = []
    done = 0
    for batch in batches:
        if is_stopped is not None and is_stopped():
            raise StoppedError
        kept.append(batch)
        done += batch.num_rows
        if progress is not None and total > 0:
            progress(min(done / total, 1.0))
    return kept
