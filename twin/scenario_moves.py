"""Edits moved, turned, scaled and copied as a whole, in the project's frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from twin.place import LocalFrame
from twin.scenario import Edit, EditKind, Ring, Scenario, next_edit_id, with_edit
from twin.scenario_shapes import FloatArray, moved, points_local, ring_lonlat, scaled, turned

Change = Callable[[FloatArray], FloatArray]


def changed_places(edit: Edit, frame: LocalFrame, change: Change) -> Edit:
    """Return an edit whose places went through a change of local points (n, 2)."""
    if edit.kind is EditKind.DEMOLISH:
        return edit

    def ring(old: Ring) -> Ring:
        return ring_lonlat(frame, change(points_local(frame, old))) if old else old

    if edit.kind is EditKind.PLACE:
        return replace(edit, place=ring((edit.place,))[0])
    return replace(edit, rings=tuple(ring(r) for r in edit.rings), line=ring(edit.line))


def middle_of(edits: Sequence[Edit], frame: LocalFrame) -> tuple[float, float]:
    """Return the middle of the bounds of edits, local metres."""
    points = [points_local(frame, ring) for e in edits for ring in (*e.rings, e.line) if ring]
    points += [points_local(frame, [e.place]) for e in edits if e.kind is EditKind.PLACE]
    if not points:
        return 0.0, 0.0
    every = np.concatenate(points)
    x, y = ((every.min(axis=0) + every.max(axis=0)) / 2).tolist()
    return x, y


def edit_moved(edit: Edit, frame: LocalFrame, east_m: float, north_m: float) -> Edit:
    """Return an edit somewhere else."""
    return changed_places(edit, frame, lambda points: moved(points, east_m, north_m))


def edit_turned(edit: Edit, frame: LocalFrame, clockwise_deg: float, about: tuple[float, float]) -> Edit:
    """Return an edit turned about a place; a model turns with it."""
    made = changed_places(edit, frame, lambda points: turned(points, clockwise_deg, about))
    return replace(made, heading_deg=(edit.heading_deg + clockwise_deg) % 360) if edit.kind is EditKind.PLACE else made


def edit_scaled(edit: Edit, frame: LocalFrame, factor: float, about: tuple[float, float]) -> Edit:
    """Return an edit drawn larger or smaller about a place; heights stay, those of models follow."""
    made = changed_places(edit, frame, lambda points: scaled(points, factor, about))
    return replace(made, scale=edit.scale * factor) if edit.kind is EditKind.PLACE else made


def with_copies(
    scenario: Scenario, edits: Sequence[Edit], frame: LocalFrame, steps: Sequence[tuple[float, float]]
) -> Scenario:
    """Return a scenario with copies of edits, each set as far east and north as its step says."""
    for east_m, north_m in steps:
        for edit in edits:
            if edit.kind is not EditKind.DEMOLISH:
                copy = replace(edit_moved(edit, frame, east_m, north_m), id=next_edit_id(scenario))
                scenario = with_edit(scenario, replace(copy, layer_id="", by="", key="", row=-1))
    return scenario


def with_corner(edit: Edit, frame: LocalFrame, number: int, place: tuple[float, float] | None) -> Edit:
    """Return an edit with one corner of its outer ring (or line) elsewhere; None takes the corner away.

    Fewer than three corners of a ring, or two of a line, are not left.
    """
    old = edit.rings[0] if edit.rings else edit.line
    points = points_local(frame, old)
    if place is None:
        if len(points) <= (3 if edit.rings else 2):
            return edit
        points = np.delete(points, number, axis=0)
    else:
        points[number] = place
    ring = ring_lonlat(frame, points)
    return replace(edit, rings=(ring, *edit.rings[1:])) if edit.rings else replace(edit, line=ring)


def with_corner_between(edit: Edit, frame: LocalFrame, number: int) -> Edit:
    """Return an edit with one more corner, in the middle of the side that begins at a corner."""
    old = edit.rings[0] if edit.rings else edit.line
    points = points_local(frame, old)
    after = points[(number + 1) % len(points)]
    ring = ring_lonlat(frame, np.insert(points, number + 1, (points[number] + after) / 2, axis=0))
    return replace(edit, rings=(ring, *edit.rings[1:])) if edit.rings else replace(edit, line=ring)
