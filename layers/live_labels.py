"""Words at live things: the value on a column, the route on a vehicle near by, the name of a station."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layers.classes import number_label
from layers.labels import Candidates, text_width_em
from twin.entities import EntityFrame
from twin.live import LiveLook, Shape

MOST_WORDS = 400
"""Things that words are made for in a frame: those that show largest."""
MOST_LABELS = 60
NAMES = ("desi", "line", "line_name", "route_short_name", "route", "route_id", "name", "label")
"""Columns whose words name a thing, the surest first."""
NAME_FROM_PX = 15.0
"""Columns at least this thick are called by their name, too."""
LONGEST_NAME = 22


def live_candidates(
    frame: EntityFrame, look: LiveLook, rows: npt.NDArray[np.int64], anchors: npt.NDArray[np.float64],
    width_px: npt.NDArray[np.float64],
) -> Candidates | None:  # fmt: skip
    """Return what could be written at things in view; None where there is nothing to say.

    rows       (m,) of the frame
    anchors    (m, 3) local metres: where words stand
    width_px   (m,) how thick each is on screen
    """
    names = _names(frame)
    numbers = frame.values.get(look.value) if look.shape is Shape.COLUMNS else None
    if names is None and (numbers is None or numbers.dtype == object):
        return None
    importance = width_px.copy()
    if numbers is not None and numbers.dtype != object:
        importance *= 1.0 + np.nan_to_num(numbers[rows].astype(float)) / max(float(np.nanmax(numbers)), 1e-9)
    order = np.argsort(-importance, kind="stable")[:MOST_WORDS]
    texts, kept = [], []
    for place in order.tolist():
        row = int(rows[place])
        text = _text(row, numbers, names, is_near=bool(width_px[place] >= NAME_FROM_PX))
        if text:
            texts.append(text)
            kept.append(place)
    if not texts:
        return None
    width_em = np.fromiter(map(text_width_em, texts), np.float64, len(texts))
    return Candidates(anchors[kept], tuple(texts), rows[kept].astype(np.int32), importance[kept], width_em)


def _names(frame: EntityFrame) -> npt.NDArray[np.object_] | None:
    words = {name.rpartition(".")[2].lower(): column for name, column in frame.values.items()}
    found = next((words[name] for name in NAMES if name in words), None)
    return None if found is None else np.asarray(found, object)


def _text(
    row: int, numbers: npt.NDArray[np.generic] | None, names: npt.NDArray[np.object_] | None, *, is_near: bool
) -> str:
    said = None if names is None else names[row]
    if isinstance(said, float):
        said = None if np.isnan(said) else f"{said:.10g}"
    name = "" if said is None else str(said)
    name = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "\u2026"
    if numbers is None or numbers.dtype == object:
        return name if is_near else ""
    value = float(numbers[row])
    number = "" if np.isnan(value) else number_label(value, 1.0 if value == round(value) else 0.1)
    return f"{name}  {number}".strip() if is_near and name and number else number
