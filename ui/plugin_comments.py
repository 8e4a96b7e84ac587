"""Residents' comments as plugins see them, out of a project's ledger. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from data.ledger import ledger_path
from data.ledger_reading import read_entries, read_record, read_sheets
from twin.participation import AnswerState, Comment, CommentState, Sheet

SEEN = (CommentState.ACCEPTED, CommentState.HELD)
"""Those that are public, and those that nobody has decided about: what was rejected or withdrawn is seen by none."""


def comments_of(folder: Path | None) -> list[dict[str, Any]]:
    """Return the comments of a project that have a place, accepted ones and those that wait for moderation.

    folder   the project's; None, or one without a ledger, has none
    raises   LedgerError, CommentError  the ledger cannot be read
    """
    path = ledger_path(folder) if folder is not None and folder.is_dir() else None
    if path is None or not path.is_file():
        return []
    sheets, answered = read_sheets(path), _answered(path)
    told = [
        _told(comment, sheets[comment.id], answered.get(comment.id, ""))
        for comment in read_record(path).comments.values()
        if comment.state in SEEN and comment.id in sheets
    ]
    return [row for row in told if row is not None]


def _answered(path: Path) -> dict[str, str]:
    """Return when the office was done with each comment, or declined it; not those it took up again."""
    closed: dict[str, str] = {}
    for entry, _ in read_entries(path):
        if entry.kind == "moderated" and entry.body.get("act") == "answer":
            is_over = entry.body.get("status") in {AnswerState.DONE, AnswerState.DECLINED}
            closed[entry.body["comment"]] = entry.at if is_over else ""
    return closed


def _told(comment: Comment, sheet: Sheet, closed: str) -> dict[str, Any] | None:
    place = _middle(sheet.place)
    if place is None:
        return None
    return {
        "lon_deg": place[0],
        "lat_deg": place[1],
        "text": sheet.text,
        "time": comment.at,
        "state": comment.state.value,
        "id": comment.id,
        "kind": comment.kind.value,
        "theme": comment.theme,
        "supporters": len(comment.supporters),
        "answer_state": comment.answer_state.value,
        "closed": closed,
    }


def _middle(place: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return longitude and latitude of a comment's place: of lines and areas the middle of their corners."""
    try:
        corners = np.asarray(place.get("lonlat") or [], float).reshape(-1, 2)
    except ValueError:
        return None
    if not len(corners) or not np.isfinite(corners).all():
        return None
    lon, lat = corners.mean(axis=0).tolist()
    return lon, lat
