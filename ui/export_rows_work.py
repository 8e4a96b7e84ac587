"""What a worker process does to write many rows to a file, so that the window goes on answering."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from data.exporting import Exported, export_rows
from twin.layer import Layer

Arrays = dict[str, npt.NDArray[Any]]


def write_rows(
    _shared: Mapping[str, npt.NDArray[Any]], path: str, layer: Layer, rows: npt.NDArray[np.int64], how: dict[str, Any]
) -> Arrays:
    """Write rows of a layer (see data.exporting.export_rows) and return what was written as bytes."""
    done = export_rows(layer, path, rows=rows.tolist(), **how)
    return {"plain": np.frombuffer(pickle.dumps(done), np.uint8)}


def exported_of_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> Exported:
    """Return what write_rows has written."""
    done: Exported = pickle.loads(arrays["plain"].tobytes())  # noqa: S301  written by our own worker
    return done
