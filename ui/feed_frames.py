"""Frames of live things between processes: columns in shared memory, names written once while they stay the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from twin.entities import Column, EntityCounts, EntityFrame
from ui.shared_arrays import Arrays, Block, map_block, write_block

_NUMBERS = ("z_m", "time_s", "heading_rad", "speed_mps")


@dataclass(frozen=True, slots=True)
class FrameNote:
    """What is said of a frame beside its columns."""

    feed_id: str
    block: Block
    at_s: float
    counts: EntityCounts
    values: tuple[str, ...]
    words: tuple[str, ...]
    """Those of the values that are words."""


@dataclass(slots=True)
class FrameWriter:
    """Writes frames of one feed; remembers which names were sent."""

    folder: Path
    _ids: npt.NDArray[np.object_] | None = None

    def write(self, frame: EntityFrame) -> FrameNote:
        """Put a frame into shared memory.

        raises   MemoryBudgetError  there is no room for it
        """
        arrays: Arrays = {"lonlat": frame.lonlat}
        if frame.ids is not self._ids:
            self._ids = frame.ids
            _put_words(arrays, "id", frame.ids)
        arrays |= {name: getattr(frame, name) for name in _NUMBERS}
        if frame.heard_s is not None:
            arrays["heard_s"] = frame.heard_s
        if frame.end_lonlat is not None:
            arrays["end_lonlat"] = frame.end_lonlat
        words = tuple(name for name, column in frame.values.items() if column.dtype == object)
        for name, column in frame.values.items():
            if name in words:
                _put_words(arrays, f"value {name}", column)
            else:
                arrays[f"value {name}"] = column
        block = write_block(self.folder, arrays)
        return FrameNote(frame.feed_id, block, frame.at_s, frame.counts, tuple(frame.values), words)

    def forget(self) -> None:
        """Send the names anew with the next frame: the last one was not taken."""
        self._ids = None


@dataclass(slots=True)
class FrameReader:
    """Reads frames of one feed; keeps the names."""

    _ids: npt.NDArray[np.object_] = field(default_factory=lambda: np.empty(0, object))

    def read(self, note: FrameNote) -> EntityFrame:
        """Return a frame from shared memory, which is given back with its last array."""
        arrays = map_block(note.block, is_last_reader=True)
        if "id text" in arrays:
            self._ids = _words(arrays, "id")
        values: dict[str, Column] = {
            name: _words(arrays, f"value {name}", has_gaps=True)
            if name in note.words
            else _float(arrays[f"value {name}"])
            for name in note.values
        }
        return EntityFrame(
            note.feed_id,
            self._ids,
            _float(arrays["lonlat"]),
            z_m=_float(arrays["z_m"]),
            time_s=_float(arrays["time_s"]),
            heading_rad=_float(arrays["heading_rad"]),
            speed_mps=_float(arrays["speed_mps"]),
            values=values,
            at_s=note.at_s,
            counts=note.counts,
            end_lonlat=_float(arrays["end_lonlat"]) if "end_lonlat" in arrays else None,
            heard_s=_float(arrays["heard_s"]) if "heard_s" in arrays else None,
        )


def _float(array: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    return array  # type: ignore[return-value]


def _put_words(arrays: Arrays, name: str, words: Column) -> None:
    """Write words as one text and where each ends; -1 in front of those that are None."""
    parts = [b"" if w is None else str(w).encode("utf-8", "surrogatepass") for w in words]
    arrays[f"{name} text"] = np.frombuffer(b"".join(parts), np.uint8)
    arrays[f"{name} ends"] = np.cumsum([len(p) for p in parts], dtype=np.int64)
    arrays[f"{name} gaps"] = np.array([w is None for w in words], bool)


def _words(arrays: Arrays, name: str, *, has_gaps: bool = False) -> npt.NDArray[np.object_]:
    text, ends = arrays[f"{name} text"].tobytes(), arrays[f"{name} ends"].tolist()
    words = np.empty(len(ends), object)
    begins = [0, *ends[:-1]]
    words[:] = [text[b:e].decode("utf-8", "surrogatepass") for b, e in zip(begins, ends, strict=True)]
    if has_gaps:
        words[arrays[f"{name} gaps"].astype(bool)] = None
    return words
