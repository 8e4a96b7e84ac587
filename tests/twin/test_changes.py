"""What became of a layer between two states of its file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.table import ArrowTable
from twin.changes import GEOMETRY, changes_between
from twin.errors import ColumnError
from twin.features import Points
from twin.layer import Kind, Layer, LayerInfo
from twin.place import LocalFrame
from twin.report import Report
from twin.row_keys import key_column

FRAME = LocalFrame("EPSG:25832", (500_000.0, 5_760_000.0))


def points(rows: list[dict[str, object]], *, has_ids: bool = True) -> Layer:
    """Return a layer of points: each row has id, x, and value."""
    columns = {"value": [r["value"] for r in rows]} | ({"id": [r["id"] for r in rows]} if has_ids else {})
    xy = np.array([[float(str(r["x"])), 0.0] for r in rows]).reshape(-1, 2)
    info = LayerInfo("p", "p", Kind.POINTS, "", None, "", None, "stated", len(rows), len(rows), (0, 0, 0, 0))
    features = Points(xy, np.arange(len(rows), dtype=np.int32))
    table = ArrowTable(pa.table({name: pa.array(values) for name, values in columns.items()}))
    return Layer(info, FRAME, table, Report(), features=features)


def row(number: int, value: str = "a", x: float | None = None) -> dict[str, object]:
    return {"id": f"b{number}", "x": float(number * 10) if x is None else x, "value": value}


def test_added_removed_and_changed_rows_are_told_by_id() -> None:
    old = points([row(1), row(2), row(3), row(4)])
    new = points([row(5), row(3, "b"), row(1), row(2, x=25.0)])
    found = changes_between(old, new)
    assert found.by == "id"
    assert found.added.tolist() == [0]
    assert found.removed.tolist() == [3]
    assert found.changed.tolist() == [1, 3]
    assert [found.fields_of(0), found.fields_of(1)] == [("value",), (GEOMETRY,)]
    assert found.unchanged == 1
    assert found.new_of_old.tolist() == [2, 3, 1, -1]
    assert found.old_of_new == {1: 2, 3: 1}


def test_without_an_id_rows_are_known_by_their_place() -> None:
    old = points([row(1), row(2), row(2), row(3)], has_ids=False)
    new = points([row(2, "b"), row(3), row(2)], has_ids=False)
    found = changes_between(old, new)
    assert found.by == ""
    assert (found.added.tolist(), found.removed.tolist(), found.changed.tolist()) == ([], [0], [0])


def test_numbers_given_anew_are_no_ids() -> None:
    old = points([row(n, x=100.0 * n) for n in range(1, 9)])
    new = points([row(n, x=100.0 * (n + 1)) for n in range(1, 8)])  # the first was removed, the others renumbered
    found = changes_between(old, new)
    assert found.by == ""
    assert (len(found.removed), len(found.added)) == (1, 0)
    assert changes_between(old, new, by="id").by == "id"


def test_columns_that_come_and_go_are_named() -> None:
    found = changes_between(points([row(1)]), points([row(1)], has_ids=False))
    assert found.columns_removed == ("id",)
    assert not len(found.changed)
    assert found


def test_the_same_twice_is_no_change() -> None:
    assert not changes_between(points([row(1), row(2)]), points([row(2), row(1)]))


def test_a_column_that_does_not_tell_rows_apart_is_refused() -> None:
    with pytest.raises(ColumnError, match="tell the rows apart"):
        changes_between(points([row(1), row(2)]), points([row(1)]), by="value")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"name": ["a", "b"], "id": [1, 2]}, "id"),
        ({"id": [1, 1], "gml_id": ["x1", "x2"]}, "gml_id"),
        ({"height": [1.0, 2.0]}, None),
        ({"plot": ["A-17", "A-18"]}, "plot"),
        ({"name": ["Town Hall", "Mill 2"]}, None),
        ({"id": [1.5, 2.5]}, None),
        ({"identificatie": ["0503", None]}, None),
        ({"buildingID": ["x", "y"], "fid": [1, 2]}, "buildingID"),
    ],
)
def test_the_column_that_is_a_key_is_found(columns: dict[str, list[object]], expected: str | None) -> None:
    assert key_column(ArrowTable(pa.table(columns))) == expected


numbers = st.lists(st.integers(0, 40), unique=True, min_size=1, max_size=25)


@given(before=numbers, after=numbers, seed=st.integers(0, 9), has_ids=st.booleans())
def test_every_row_is_added_removed_changed_or_the_same(
    before: list[int],
    after: list[int],
    seed: int,
    has_ids: bool,  # noqa: FBT001
) -> None:
    values = {n: "ab"[(n * 7 + seed) % 2] for n in range(41)}
    old = points([row(n) for n in before], has_ids=has_ids)
    new = points([row(n, values[n]) for n in after], has_ids=has_ids)
    found = changes_between(old, new)
    assert {after[i] for i in found.added.tolist()} == {*after} - {*before}
    assert {before[i] for i in found.removed.tolist()} == {*before} - {*after}
    assert {after[i] for i in found.changed.tolist()} == {n for n in {*before} & {*after} if values[n] != "a"}
    assert found.unchanged + len(found.changed) + len(found.removed) == len(before)
    assert found.unchanged + len(found.changed) + len(found.added) == len(after)
    for i, place in enumerate(found.new_of_old.tolist()):
        assert place < 0 or after[place] == before[i]
