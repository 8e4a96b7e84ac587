"""Reading the models that scenarios place. No Qt here: commands read them just as the window does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.placed_shapes import read_placed
from twin.errors import TwinError
from twin.placed_models import ModelShape
from twin.report import Report
from twin.scenario import EditKind
from twin.session import Session

Arrays = Mapping[str, npt.NDArray[Any]]


def models_wanted(session: Session) -> dict[str, bool]:
    """Return the files of models that scenarios place and that were not read yet, each with whether z is up in it."""
    edits = (e for s in session.composition.scenarios for e in s.edits)
    wanted = {e.path: e.is_z_up for e in edits if e.kind is EditKind.PLACE and e.path}
    return {path: is_z_up for path, is_z_up in wanted.items() if path not in session.models}


def read_models(session: Session) -> Report:
    """Read the models that scenarios place; what cannot be read is said and left out."""
    report, found = Report(), {}
    for path, is_z_up in models_wanted(session).items():
        try:
            found[path] = read_placed(Path(path), is_z_up=is_z_up)[0]
        except TwinError as error:
            report.add(f"model of a scenario cannot be shown: {error.sentence}", count=1, is_loss=True)
    if found:
        session.put_models(found)
    return report


def shape_work(_shared: Arrays, path: str, is_z_up: bool = False) -> dict[str, npt.NDArray[Any]]:  # noqa: FBT001, FBT002  a worker's words
    """Run in a worker: read one model as arrays."""
    shape, place = read_placed(Path(path), is_z_up=is_z_up)
    return {"points": shape.points, "faces": shape.faces, "place": np.array(place or (), np.float64)}


def shape_of(arrays: Arrays) -> ModelShape:
    """Return what shape_work has read."""
    return ModelShape(np.array(arrays["points"]), np.array(arrays["faces"]))
