"""What a vector file holds, whichever library read it: the shape that readers of single formats return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from twin.layer import Kind
from twin.models import CityModel

if TYPE_CHECKING:
    from data.model_bodies import RawBodies

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
    """Rows of that layer; -1 where only reading the whole file would tell."""
    crs: str | None
    """As the file states it, any form; None if it states none."""
    bounds: Bounds | None
    """In the file's CRS; None if not known without reading."""
    fields: tuple[str, ...]
    geometry_types: tuple[str, ...]
    """As declared; empty if that says nothing."""
    file: str = ""
    """The file's name as it was given, without its folder: for sentences."""
    geometry_bytes: int = 0
    """About how much room the geometry takes, 0 if that is not known."""
    kind: Kind | None = None
    """What the layer is drawn as, where the format itself says what its objects are."""
    objects: Mapping[str, int] = field(default_factory=dict)
    """For city models: how many objects there are of each type."""
    lods: tuple[float, ...] = ()
    """For city models: the levels of detail in the file."""
    opened: tuple[str, ...] = ()
    """The layers that are opened together where none was asked for; empty where that is the one above."""
    model: CityModel | None = None
    """A city model that was read for these facts, so that its rows need no second reading."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A layer's rows as they come out of the file, a batch at a time."""

    facts: Facts
    geometry: str
    """The column of the geometry: well-known binary, or nested GeoArrow lists."""
    batches: Iterator[pa.RecordBatch]
    """raises SourceError when the file fails on the way."""
    finished: Callable[[pa.Table], pa.Table]
    """What is still to be done to the attributes when all are there."""
    bodies: Callable[[], RawBodies] | None = None
    """For city models: returns the bodies of the rows, in the CRS of the file."""


def four(bounds: Any) -> Bounds | None:
    """Return bounds as four floats, without heights; None if they are missing or not finite."""
    if bounds is None or len(bounds) not in (4, 6):
        return None
    west, south, east, north = bounds if len(bounds) == 4 else (bounds[0], bounds[1], bounds[3], bounds[4])
    flat = (float(west), float(south), float(east), float(north))
    return flat if all(isfinite(b) for b in flat) else None
