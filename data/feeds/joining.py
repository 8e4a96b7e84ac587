"""Several batches as one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.entities import Column, EntityBatch, FloatArray

_OPTIONAL = ("z_m", "heading_rad", "speed_mps", "end_lon", "end_lat")


def joined_batches(batches: Sequence[EntityBatch], received_s: float) -> EntityBatch:
    """Return the observations of several batches, in their order, as if they had arrived together."""
    optional = {name: [getattr(b, name) for b in batches] for name in _OPTIONAL}
    names = dict.fromkeys(name for b in batches for name in b.values)
    return EntityBatch(
        [i for b in batches for i in b.ids],
        received_s,
        np.concatenate([b.lon for b in batches]),
        np.concatenate([b.lat for b in batches]),
        np.concatenate([b.time_s for b in batches]),
        **{name: _numbers(columns, batches) for name, columns in optional.items()},
        values={name: _values([b.values.get(name) for b in batches], batches) for name in names},
    )


def _numbers(columns: Sequence[FloatArray | None], batches: Sequence[EntityBatch]) -> FloatArray | None:
    if all(column is None for column in columns):
        return None
    filled = [np.full(len(b), np.nan) if c is None else c for c, b in zip(columns, batches, strict=True)]
    return np.concatenate(filled)


def _values(columns: Sequence[Column | None], batches: Sequence[EntityBatch]) -> Column:
    if any(c is not None and c.dtype == object for c in columns):
        return np.concatenate([_words(c, len(b)) for c, b in zip(columns, batches, strict=True)])
    filled = [np.full(len(b), np.nan) if c is None else c.astype(float) for c, b in zip(columns, batches, strict=True)]
    return np.concatenate(filled)


def _words(column: Column | None, n: int) -> Column:
    if column is not None and column.dtype == object:
        return column
    words = np.full(n, None, object)
    if column is not None:
        words[:] = [None if np.isnan(v) else f"{v:g}" for v in column.tolist()]
    return words
