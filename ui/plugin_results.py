"""Results that a project keeps: read again for the panel, whether their plugin is here or not. No Qt."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from twin.analysis import AnalysisRun
from twin.session import Composition
from ui import plugin_words as words

KEPT = "result:"
"""Begins the key of a result whose plugin is not here; the id of its layer follows."""


def kept_run(composition: Composition, plugin_id: str) -> AnalysisRun | None:
    """Return the last run of a plugin whose result is kept."""
    return next((run for run in reversed(composition.analyses) if run.plugin_id == plugin_id), None)


def run_of_key(composition: Composition, key: str) -> AnalysisRun | None:
    """Return the run that a key of the panel's list stands for."""
    layer_id = key.removeprefix(KEPT) if key.startswith(KEPT) else ""
    return next((run for run in composition.analyses if run.layer_id == layer_id), None)


def orphans(composition: Composition, plugin_ids: Iterable[str]) -> dict[str, str]:
    """Return the results whose plugins are not here: the line in the list, by key."""
    here = set(plugin_ids)
    return {
        KEPT + run.layer_id: words.kept_result(run.title or run.plugin_id)
        for run in composition.analyses
        if run.plugin_id not in here
    }


def result_of(run: AnalysisRun) -> dict[str, Any]:
    """Return what is kept of a run as plugins.results.answer_of gives it, and how it was made."""
    return {
        "facts": json.loads(run.facts or "{}"),
        "problems": [],
        "charts": json.loads(run.charts or "[]"),
        "table": json.loads(run.table) if run.table else None,
        "note": run.note,
        "limits": run.limits,
        "made": words.made(run.when, parameters_of(run)),
    }


def parameters_of(run: AnalysisRun) -> dict[str, Any]:
    """Return the parameters that a run had, as they were settled."""
    parameters: dict[str, Any] = json.loads(run.parameters or "{}")
    return parameters
