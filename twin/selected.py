"""What is marked in the scene: selected rows, and rows that stand out for the moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected features: one layer's table rows, in the order they were selected."""

    layer_id: str = ""
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Brush:
    """Rows that stand out for the moment while the others of their layer are dimmed: nothing that is kept."""

    layer_id: str = ""
    is_lit: npt.NDArray[np.bool_] | None = None
    """(rows,) of the layer's table; None where nothing is brushed."""
