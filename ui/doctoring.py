"""The data doctor: what should be known of each layer before anything of it goes to the public. No Qt.

docs/data-doctor.md describes the answer for scripts; its keys and units stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from data.provenance import newest_of, provenance_of
from twin.buildings import FIRST_ESTIMATE, HeightSource
from twin.doubts import EXAMPLES, Doubt, doubts_of, same_ids, same_shapes
from twin.joined import JoinedTable
from twin.layer import Layer, LayerState
from twin.personal import Decided, PersonalDecision, decisions_of, personal_columns
from twin.report import Problem
from twin.session import Session
from twin.standing import Misfit, floating, standing_of, sunken
from twin.table import Table
from twin.terrain import FLAT, Ground, ground_of
from ui import doctor_words as words
from ui.contents import Contents

DAYS_A_YEAR = 365.25


def project_check(contents: Contents) -> dict[str, object]:
    """Return one page a layer, whether all is ready for the public, and what is still to be answered.

    Findings are no failure: data with findings can be right. Questions are what only a person can answer.
    """
    project = contents.project
    decisions = decisions_of(project.personal) if project is not None else ()
    pages = session_check(contents.session, decisions=decisions)
    questions = [question for page in pages for question in _questions(page)]
    questions += [
        {"layer": m.layer.id, "kind": "missing", "field": None, "question": words.missing(m.layer.name, m.reason)}
        for m in contents.missing
    ]
    return {"layers": pages, "ready": not questions, "open_questions": questions}


def session_check(session: Session, *, decisions: Sequence[PersonalDecision] = ()) -> list[dict[str, object]]:
    """Return a page for each open layer, in the composition's order."""
    ground = ground_of(layer.terrain for layer in session.layers.values() if layer.terrain is not None)
    states = [s for s in session.composition.layers if s.layer_id in session.layers]
    return [layer_check(session.layers[s.layer_id], state=s, ground=ground, decisions=decisions) for s in states]


def layer_check(
    layer: Layer,
    *,
    state: LayerState | None = None,
    ground: Ground = FLAT,
    decisions: Sequence[PersonalDecision] = (),
) -> dict[str, object]:
    """Return one layer's page: plain values that JSON can hold.

    state       its place in the composition, for its name and joins
    ground      all terrain that is open, for buildings that float or are sunken
    decisions   what was said of columns that look personal
    """
    info = layer.info
    personal = personal_columns(layer.table, decisions, layer_id=info.id)
    problems = layer.report.problems
    page: dict[str, object] = {
        "id": info.id,
        "name": (state.name if state is not None else "") or info.name,
        "kind": str(info.kind),
        "path": info.path,
        "crs": info.crs,
        "crs_source": info.crs_source,
        "units": units_of(info.crs),
        "features": info.count,
        "shown": info.shown,
        "heights": _heights(layer),
        "outliers": [_doubt(d) for d in doubts_of(layer)],
        "duplicates": _duplicates(layer),
        **_standing(layer, ground),
        "repaired": [_problem(p) for p in problems if not p.is_loss],
        "skipped": [_problem(p) for p in problems if p.is_loss],
        "join": _joins(layer.table, state),
        "age": _age(layer),
        "licence": _licence(layer),
        "attribution": info.attribution,
        "personal": [{"field": c.field, "why": c.why, "decided": str(c.decided)} for c in personal],
    }
    undecided = [c for c in personal if c.decided is Decided.UNDECIDED]
    questions = [_question(info.id, "personal", words.is_it_personal(c.field, c.why), c.field) for c in undecided]
    if info.crs_source == "guessed":
        questions.append(_question(info.id, "crs", words.is_the_crs_right(info.crs or "")))
    return page | {"open_questions": questions}


def units_of(crs: str | None) -> dict[str, str]:
    """Return the unit of the source's coordinates, and of heights and areas as they are drawn."""
    try:
        axis = CRS.from_user_input(crs).axis_info if crs else []
    except CRSError:
        axis = []
    return {"coordinates": axis[0].unit_name if axis else "unknown", "heights": "metre"}


def _questions(page: dict[str, object]) -> list[dict[str, object]]:
    found = page["open_questions"]
    return found if isinstance(found, list) else []


def _question(layer_id: str, kind: str, question: str, field: str | None = None) -> dict[str, object]:
    return {"layer": layer_id, "kind": kind, "field": field, "question": question}


def _heights(layer: Layer) -> dict[str, object] | None:
    """Return where heights come from; None for a layer that is not raised."""
    heights = layer.heights
    if heights is None:
        return None
    shown = np.isfinite(heights.height_m)
    source, height = heights.source[shown], heights.height_m[shown]
    counts = np.bincount(source, minlength=len(HeightSource))
    estimated = int((source >= FIRST_ESTIMATE).sum())
    count = len(source)
    return {
        "field": heights.field or heights.storeys_field,
        "known": count - estimated,
        "estimated": estimated,
        "estimated_share": round(estimated / count, 4) if count else 0.0,
        "by_source": {s.name.lower(): int(counts[s]) for s in HeightSource},
        "min_m": round(float(height.min()), 3) if count else None,
        "median_m": round(float(np.median(height)), 3) if count else None,
        "max_m": round(float(height.max()), 3) if count else None,
    }


def _duplicates(layer: Layer) -> dict[str, object]:
    shapes, shape_rows = same_shapes(layer)
    field, ids, id_rows = same_ids(layer.table)
    return {
        "geometry": {"count": shapes, "rows": shape_rows},
        "id": {"field": field or None, "count": ids, "rows": id_rows},
    }


def _standing(layer: Layer, ground: Ground) -> dict[str, object]:
    """Return floating and sunken buildings; None where there is no terrain, or no building has a base of its own."""
    if layer.heights is None or layer.tiles is None or ground.is_flat:
        return {"floating": None, "sunken": None, "ground": None}
    standing = standing_of(layer, ground)
    without = int(np.isnan(standing.ground_m[np.isfinite(layer.heights.height_m)]).sum())
    if standing.own_m is None:
        return {"floating": None, "sunken": None, "ground": {"without_ground": without, "own_base_offset_m": None}}
    return {
        "floating": _misfit(floating(standing)),
        "sunken": _misfit(sunken(standing)),
        "ground": {"without_ground": without, "own_base_offset_m": round(standing.offset_m, 3)},
    }


def _misfit(misfit: Misfit) -> dict[str, object]:
    by = [round(float(v), 3) for v in misfit.by_m[:EXAMPLES]]
    return {"count": len(misfit.rows), "rows": misfit.rows[:EXAMPLES].tolist(), "by_m": by}


def _doubt(doubt: Doubt) -> dict[str, object]:
    return {
        "field": doubt.field,
        "what": doubt.what,
        "count": doubt.count,
        "rows": doubt.rows,
        "values": doubt.values,
        "grave": doubt.is_grave,
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {"what": problem.what, "count": problem.count, "examples": list(problem.examples)}


def _joins(table: Table, state: LayerState | None) -> list[dict[str, object]]:
    """Return what is joined to the layer, the first join first."""
    matched: list[tuple[int, int]] = []
    below: Table | None = table
    while below is not None:  # a table laid over another one has it as its left
        if isinstance(below, JoinedTable):
            matched.insert(0, (below.matched, len(below)))
        below = getattr(below, "left", None)
    wanted = state.joins if state is not None else ()
    names = [str(getattr(join, "path", "")) for join in wanted] + [""] * len(matched)
    return [
        {"table": name, "rows": rows, "matched": hits, "rate": round(hits / rows, 4) if rows else 0.0}
        for name, (hits, rows) in zip(names, matched, strict=False)
    ]


def _age(layer: Layer) -> dict[str, object]:
    """Return the file's date, and the newest date in columns that tell when rows were made or changed."""
    written = provenance_of(layer.info.path).file_date
    newest = newest_of(layer.table)
    counts = newest[1] if newest is not None else written
    years = None
    if counts is not None:
        years = round((datetime.now(UTC).date() - date.fromisoformat(counts)).days / DAYS_A_YEAR, 1)
    return {
        "file": written,
        "newest": newest[1] if newest is not None else None,
        "field": newest[0] if newest is not None else None,
        "years": years,
    }


def _licence(layer: Layer) -> dict[str, object]:
    if layer.info.licence:
        return {"name": layer.info.licence, "stated_in": layer.info.path}
    found = provenance_of(layer.info.path)
    return {"name": found.licence or None, "stated_in": found.stated_in or None}
