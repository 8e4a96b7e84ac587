"""What of a layer's buildings could not be drawn, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from layers.detail import BOX, FULL
from twin.report import Report


def trouble_of(
    given_up: Mapping[tuple[int, int], str],
    far_given_up: Mapping[str, str],
    count: npt.NDArray[np.integer],
    is_lost: npt.NDArray[np.bool_],
    rows_of: Callable[[int], npt.NDArray[np.int32]],
) -> Report:
    """Return what could not be drawn, and why.

    given_up   why a tile could not be made, by (level, tile)
    count      (t,) buildings of each tile
    is_lost    (t,) tiles that cannot be drawn as solids at all
    """
    report = Report()
    coarse = [t for level, t in given_up if level == FULL and (BOX, t) not in given_up]
    lost = np.flatnonzero(is_lost).tolist()
    reasons = [*given_up.values(), *far_given_up.values()]
    reason = reasons[0].strip().rpartition("\n")[2] if reasons else ""
    for tiles, what in ((coarse, "buildings are drawn as plain boxes"), (lost, "buildings cannot be drawn")):
        rows = [row for tile in tiles for row in rows_of(tile)[:1].tolist()]
        report.add(f"{what}: {reason}", rows, count=int(count[tiles].sum()), is_loss=tiles is lost)
    if far_given_up:
        report.add(f"pictures of the far city cannot be made: {reason}", count=1)
    return report
