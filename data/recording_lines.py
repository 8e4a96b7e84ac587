"""The lines of a recording: batches and keyframes as JSON objects of columns, and back.

{"feed": {...}, "version": 1}                      first line of each group: what is recorded
{"at": 1760000000.25, "key": true, "ids": [...], "lon": [...], ...}    all that is known then, second line of each group
{"at": 1760000000.31, "n": 3, "new": ["bus 7"], "i": [0, 4, 9], "lon": [...], "lat": [...], "time": [...], ...}
{"at": 1760000009.50, "state": "reconnecting", "reason": "..."}
"i" counts places in the list of names: those of the keyframe, then the new ones in the order they came.
Numbers are what was measured: degrees, metres, seconds of UTC since 1970, direction in degrees; null is unknown.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from twin.entities import Column, Entities, EntityBatch, FloatArray

VERSION = 1
_OPTIONAL = ("z_m", "heading_rad", "speed_mps", "end_lon", "end_lat")
_SHORT = {"z_m": "z", "heading_rad": "heading", "speed_mps": "speed", "end_lon": "end_lon", "end_lat": "end_lat"}
_COLUMNS = ("lon", "lat", "time", "z", "heading", "speed", "end_lon", "end_lat", "heard")
Numbers = list[float | None]
Words = list[float | str | None]


class Line(msgspec.Struct, omit_defaults=True, gc=False):
    """One line of a recording."""

    at: float = 0.0
    n: int = 0
    """Messages that the batch came in."""
    bytes: int = 0
    malformed: int = 0
    key: bool = False
    state: str = ""
    reason: str = ""
    purge_at: float | None = None
    ids: list[str] | None = None
    new: list[str] | None = None
    i: list[int] | None = None
    lon: Numbers | None = None
    lat: Numbers | None = None
    time: Numbers | None = None
    z: Numbers | None = None
    heading: Numbers | None = None
    speed: Numbers | None = None
    end_lon: Numbers | None = None
    end_lat: Numbers | None = None
    heard: Numbers | None = None
    values: dict[str, Words] | None = None
    words: list[str] | None = None
    """Values that are words, though none is known: in a key line."""
    feed: dict[str, Any] | None = None
    version: int = 0


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


def encoded(line: Line) -> bytes:
    """Return a line with its end; NaN becomes null."""
    return _encoder.encode(line) + b"\n"


def decoded(text: bytes) -> Line:
    """Return a line.

    raises   msgspec.DecodeError  it is none
    """
    return _decoder.decode(text)


def checked(line: Line, names: int) -> int:
    """Return how many names are known after a line, whose columns belong together.

    names    how many were known before
    raises   msgspec.ValidationError  they do not: the file is damaged here
    """
    if line.key:
        ids = line.ids or []
        n, names = len(ids), len(ids)
        is_sound = len(set(ids)) == n
    else:
        n, names = len(line.i or ()), names + len(line.new or ())
        is_sound = all(0 <= i < names for i in line.i or ())
    columns = [getattr(line, name) for name in _COLUMNS] + list((line.values or {}).values())
    if not is_sound or any(column is not None and len(column) != n for column in columns):
        raise msgspec.ValidationError("columns that do not belong together")
    return names


def _numbers(column: FloatArray | None) -> Numbers | None:
    if column is None or not len(column) or np.isnan(column).all():
        return None
    numbers: Numbers = column.tolist()  # msgspec writes NaN as null
    return numbers


def _degrees(heading_rad: FloatArray | None) -> FloatArray | None:
    return None if heading_rad is None else np.degrees(heading_rad).round(1)


def _array(numbers: Numbers | None, n: int) -> FloatArray:
    return np.full(n, np.nan) if numbers is None else np.array(numbers, float)


def _column(said: Words) -> Column:
    if not any(type(s) is str for s in said):
        return np.array(said, float)
    words = np.empty(len(said), object)
    words[:] = [None if s is None else str(s) for s in said]
    return words


def _values(values: Any) -> dict[str, Words] | None:
    said = {name: column.tolist() for name, column in values.items()}
    return said or None


class Writer:
    """Makes lines of batches; knows which names were written since the last keyframe."""

    def __init__(self) -> None:
        """Start without names."""
        self._places: dict[str, int] = {}

    def key_line(self, entities: Entities, at_s: float) -> Line:
        """Return all that is known at a moment; names count from anew."""
        columns = entities.columns()
        ids = [str(i) for i in columns["id"]]
        self._places = {name: place for place, name in enumerate(ids)}
        numbers: dict[str, Any] = {name: _numbers(columns[name]) for name in ("lon", "lat", "end_lon", "end_lat")}  # type: ignore[arg-type]
        return Line(
            at_s,
            key=True,
            ids=ids,
            purge_at=entities.purge_at_s if np.isfinite(entities.purge_at_s) else None,
            time=_numbers(columns["time_s"]),  # type: ignore[arg-type]
            heard=_numbers(columns["heard_s"]),  # type: ignore[arg-type]
            z=_numbers(columns["z_m"]),  # type: ignore[arg-type]
            heading=_numbers(_degrees(columns["heading_rad"])),  # type: ignore[arg-type]
            speed=_numbers(columns["speed_mps"]),  # type: ignore[arg-type]
            values=_values({k[6:]: c for k, c in columns.items() if k.startswith("value ")}),
            words=_silent_words(columns),
            **numbers,
        )

    def batch_line(self, batch: EntityBatch, *, messages: int, size: int, malformed: int) -> Line:
        """Return a batch as a line."""
        places, new = self._places, []
        for name in batch.ids:
            if name not in places:
                places[name] = len(places)
                new.append(name)
        optional = {name: getattr(batch, name) for name in _OPTIONAL}
        optional["heading_rad"] = _degrees(optional["heading_rad"])
        said: dict[str, Any] = {_SHORT[name]: _numbers(column) for name, column in optional.items()}
        return Line(
            batch.received_s,
            n=messages,
            bytes=size,
            malformed=malformed,
            new=new or None,
            i=[places[name] for name in batch.ids],
            lon=_numbers(batch.lon),
            lat=_numbers(batch.lat),
            time=_numbers(batch.time_s),
            values=_values(batch.values),
            **said,
        )


class Reader:
    """Applies lines to entities."""

    def __init__(self, entities: Entities) -> None:
        """Start with entities that the lines will fill."""
        self.entities = entities
        self._names: list[str] = []

    def apply(self, line: Line) -> None:
        """Take one line."""
        if line.key:
            self._names = list(line.ids or [])
            self.entities.restore(_restored(line), purge_at_s=-np.inf if line.purge_at is None else line.purge_at)
        batch = self.batch_of(line)
        if batch is not None:
            self.entities.update(batch)

    def batch_of(self, line: Line) -> EntityBatch | None:
        """Return a line's batch, None if it has none; to be asked once a line, in order."""
        self._names += line.new or []
        if line.i is None or line.key:
            return None
        n, names = len(line.i), self._names
        heading = line.heading
        return EntityBatch(
            [names[i] for i in line.i],
            line.at,
            _array(line.lon, n),
            _array(line.lat, n),
            _array(line.time, n),
            z_m=_array(line.z, n) if line.z is not None else None,
            heading_rad=np.radians(_array(heading, n) % 360.0) if heading is not None else None,
            speed_mps=_array(line.speed, n) if line.speed is not None else None,
            end_lon=_array(line.end_lon, n) if line.end_lon is not None else None,
            end_lat=_array(line.end_lat, n) if line.end_lat is not None else None,
            values={name: _column(said) for name, said in (line.values or {}).items()},
        )


def _restored(line: Line) -> dict[str, Column]:
    ids = np.empty(len(line.ids or []), object)
    ids[:] = line.ids or []
    n = len(ids)
    return {
        "id": ids,
        "lon": _array(line.lon, n),
        "lat": _array(line.lat, n),
        "time_s": _times(line.time, n),
        "heard_s": _array(line.heard, n),
        "z_m": _array(line.z, n),
        "heading_rad": np.radians(_array(line.heading, n)),
        "speed_mps": _array(line.speed, n),
        "end_lon": _array(line.end_lon, n),
        "end_lat": _array(line.end_lat, n),
        **{f"value {name}": _column(said) for name, said in (line.values or {}).items()},
        **{f"value {name}": np.full(n, None, object) for name in line.words or ()},
    }


def _silent_words(columns: Any) -> list[str] | None:
    """Return the values that are words of which none is known: from their nulls alone that cannot be told."""
    words = (k[6:] for k, c in columns.items() if k.startswith("value ") and c.dtype == object)
    return [name for name in words if all(one is None for one in columns[f"value {name}"])] or None


def _times(times: Numbers | None, n: int) -> FloatArray:
    """Return times; a null is that of a clock set back: everything is newer than that."""
    moments = _array(times, n)
    return np.where(np.isnan(moments), -np.inf, moments)
