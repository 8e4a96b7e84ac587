"""What is told of layers that were opened together: one notice, with what was met in each layer behind it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twin.buildings import FIRST_ESTIMATE
from twin.layer import Layer
from ui import words
from ui.notices import Level, Notice


def notice_of(layers: Sequence[Layer]) -> Notice | None:
    """Return what is to be said of layers that were opened; None where there is nothing to say.

    A warning where rows of a source cannot be shown, else information.
    """
    told = [(layer, lines) for layer in layers if (lines := _lines(layer))]
    if not told:
        return None
    problems = [problem for layer, _ in told for problem in layer.report.problems]
    lost = sum(problem.count for problem in problems if problem.is_loss)
    level = Level.WARNING if lost else Level.INFO
    if len(told) == 1:
        layer, lines = told[0]
        if not problems:
            return Notice(level, lines[0])
        return Notice(level, words.problems_in(layer.info.name, problems), details=tuple(lines))
    details = tuple(f"{layer.info.name}: {line}" for layer, lines in told for line in lines)
    with_loss = sum(any(problem.is_loss for problem in layer.report.problems) for layer, _ in told)
    return Notice(level, words.problems_in_several(len(layers), lost, with_loss), details=details)


def _lines(layer: Layer) -> list[str]:
    """Return what was met while a layer was read: how many heights are guesses, then each problem."""
    lines = [words.problem(problem) for problem in layer.report.problems]
    if layer.heights is not None:
        shown = np.isfinite(layer.heights.height_m)
        estimated = int((layer.heights.source[shown] >= FIRST_ESTIMATE).sum())
        if estimated:
            lines.insert(0, words.heights_estimated(layer.info.name, estimated, int(shown.sum())))
    return lines
