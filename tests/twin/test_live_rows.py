"""Which rows of a layer live values belong to."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from data.table import ArrowTable
from twin.live_rows import rows_by_id


def test_ids_meet_whatever_their_capitals_blanks_and_accents() -> None:
    layer = SimpleNamespace(table=ArrowTable(pa.table({"name": ["Bu\u0308mpliz", "H\u00f4pital"]})))
    ids = np.array(["b\u00fcmpliz ", "HO\u0302PITAL", "x"], object)
    assert rows_by_id(layer, "name", ids).tolist() == [0, 1, -1]  # type: ignore[arg-type]
