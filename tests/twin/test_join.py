"""Joining by key: what matches, what several rows become, and which columns are proposed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.layer_values import read_values
from data.table import ArrowTable, arrow_table
from data.tables import read_table
from twin.errors import ColumnError
from twin.join import JoinFacts, Reduce, join, propose_keys
from twin.table import ColumnKind, Table

RealData = Callable[[str], Path]


class Plain:
    """A table without the quick way of Arrow columns."""

    def __init__(self, table: ArrowTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    def fields(self) -> Mapping[str, ColumnKind]:
        return self._table.fields()

    def column(self, name: str) -> np.ndarray:
        return self._table.column(name)

    def row(self, number: int) -> dict[str, object]:
        return self._table.row(number)


def table(**columns: list[object]) -> ArrowTable:
    return ArrowTable(pa.table(columns))


HOUSES = table(id=["a", "b", "c", None], height=[1.0, 2.0, 3.0, 4.0])
FLATS = table(
    house=["b", "a", "b", "z", None, "b"],
    area=[10.0, 20.0, None, 5.0, 1.0, 30.0],
    use=["flat", "shop", "office", "flat", "flat", "flat"],
)


def joined_flats(reduce: Reduce | None, column: str) -> list[object]:
    return join(HOUSES, FLATS, left_key="id", right_key="house", reduce=reduce).table.column(column).tolist()


def test_facts_count_rows_of_both_sides() -> None:
    # a and b have flats; c has none and one house has no key; of the flats, z and the one without a key are orphans
    assert join(HOUSES, FLATS, left_key="id", right_key="house").facts == JoinFacts(6, 2, 2, 2)


def test_several_rows_become_one_as_asked() -> None:
    nan = pytest.approx(np.nan, nan_ok=True)
    assert joined_flats(Reduce.FIRST, "area") == [20.0, 10.0, nan, nan]
    assert joined_flats(Reduce.SUM, "area") == [20.0, 40.0, nan, nan]
    assert joined_flats(Reduce.MEAN, "area") == [20.0, 20.0, nan, nan]
    assert joined_flats(Reduce.COUNT, "area") == [1.0, 2.0, 0.0, 0.0]
    assert joined_flats(Reduce.COUNT, "use") == [1.0, 3.0, 0.0, 0.0]
    assert joined_flats(Reduce.MOST_FREQUENT, "use") == ["shop", "flat", None, None]
    assert joined_flats(Reduce.SUM, "use") == ["shop", "flat", None, None]  # text cannot be added up: the first
    assert joined_flats(Reduce.MEAN, "rows") == [1.0, 3.0, 0.0, 0.0]


def test_the_first_is_taken_and_said_where_nothing_was_asked() -> None:
    done = join(HOUSES, FLATS, left_key="id", right_key="house", name="flats")
    assert done.table.column("use").tolist() == ["shop", "flat", None, None]
    assert any("the first of each is used" in s and s.startswith("2 ") for s in done.report.sentences())


def test_the_left_columns_are_the_left_tables_own() -> None:
    done = join(HOUSES, FLATS, left_key="id", right_key="house").table
    assert list(done.fields()) == ["id", "height", "house", "area", "use", "rows"]
    assert len(done) == 4
    assert done.column("height").tolist() == [1.0, 2.0, 3.0, 4.0]


def test_a_name_that_is_taken_gets_the_tables_name_before_it() -> None:
    right = table(id=["a"], height=[9.0])
    done = join(HOUSES, right, left_key="id", right_key="id", name="new heights").table
    assert list(done.fields()) == ["id", "height", "new_heights_height"]
    assert done.row(0) == {"id": "a", "height": 1.0, "new_heights_height": 9.0}
    assert done.row(1) == {"id": "b", "height": 2.0, "new_heights_height": None}


def test_a_row_is_what_its_columns_say() -> None:
    for reduce in Reduce:
        done = join(HOUSES, FLATS, left_key="id", right_key="house", reduce=reduce).table
        for number in range(len(done)):
            for name, value in done.row(number).items():
                cell = done.column(name)[number]
                assert value == cell or (value is None and (cell is None or cell != cell))  # noqa: PLR0124  NaN


@pytest.mark.parametrize("wrapped", [lambda t: t, Plain], ids=["arrow", "plain"])
def test_a_number_meets_padded_text_and_that_is_said(wrapped: Callable[[ArrowTable], Table]) -> None:
    codes = wrapped(table(code=["0007", " 12 ", "13"], v=[1.0, 2.0, 3.0]))  # whole numbers only
    assert join(wrapped(table(id=[7, 12, 900])), codes, left_key="id", right_key="code").facts.matched == 2
    left = wrapped(table(id=[7, 12, 900]))
    right = wrapped(table(code=["0007", " 12 ", "13", "900.0"], v=[1.0, 2.0, 3.0, 4.0]))
    done = join(left, right, left_key="id", right_key="code")
    assert done.table.column("v").tolist() == [1.0, 2.0, 4.0]
    assert "blanks and leading zeros were looked away from" in done.report.sentences()[0]
    back = join(right, left, left_key="code", right_key="id")
    assert (back.facts.matched, back.facts.orphans_right) == (3, 0)


@pytest.mark.parametrize("wrapped", [lambda t: t, Plain], ids=["arrow", "plain"])
def test_an_accent_is_one_sign_or_two(wrapped: Callable[[ArrowTable], Table]) -> None:
    left, right = wrapped(table(id=["Bu\u0308mpliz", "a"])), wrapped(table(id=["B\u00fcmpliz"], v=[1.0]))
    assert join(left, right, left_key="id", right_key="id").facts.matched == 1


@pytest.mark.parametrize("wrapped", [lambda t: t, Plain], ids=["arrow", "plain"])
def test_lost_leading_zeros_are_looked_away_from_only_where_no_two_keys_become_one(
    wrapped: Callable[[ArrowTable], Table],
) -> None:
    left, right = wrapped(table(id=["007", "012"])), wrapped(table(id=["7", "12"], v=[1.0, 2.0]))
    assert join(left, right, left_key="id", right_key="id").table.column("v").tolist() == [1.0, 2.0]
    left = wrapped(table(id=["007", "7"]))  # two parcels
    right = wrapped(table(id=["7", "12"], v=[1.0, 2.0]))
    done = join(left, right, left_key="id", right_key="id")
    assert (done.facts.matched, done.report.sentences()) == (1, [])


def test_whole_numbers_stay_whole_however_long() -> None:
    left = table(id=[2**60, 2**60 + 1])  # one float64
    right = table(id=[2**60 + 1], v=[1.0])
    assert join(left, right, left_key="id", right_key="id").facts.matched == 1


def test_empty_keys_match_nothing() -> None:
    for kind in ("", None, " "):
        left, right = table(id=["a", kind]), table(id=["a", kind], v=[1.0, 2.0])
        if kind != " ":  # a blank is a key of its own until blanks are looked away from
            assert join(left, right, left_key="id", right_key="id").facts == JoinFacts(2, 1, 1, 1)
    left, right = table(id=[1.0, None]), table(id=[1.0, None], v=[1.0, 2.0])
    assert join(left, right, left_key="id", right_key="id").facts == JoinFacts(2, 1, 1, 1)


def test_nothing_in_common_is_said_with_examples() -> None:
    done = join(table(id=["a"]), table(id=["x"], v=[1]), left_key="id", right_key="id", name="t.csv")
    assert '"id" holds "a", but "id" holds "x"' in done.report.sentences()[0]


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(ColumnError, match='no column "hause"'):
        join(HOUSES, FLATS, left_key="id", right_key="hause")
    with pytest.raises(ColumnError, match=r'no column "aera".*"area"'):
        join(HOUSES, FLATS, left_key="id", right_key="house").table.column("aera")


def test_a_joined_table_can_be_joined_again() -> None:
    once = join(HOUSES, FLATS, left_key="id", right_key="house", reduce=Reduce.FIRST).table
    uses = table(use=["flat", "shop"], color=["red", "blue"])
    assert join(once, uses, left_key="use", right_key="use").table.column("color").tolist() == [
        "blue", "red", None, None,
    ]  # fmt: skip
    assert join(once, FLATS, left_key="id", right_key="house", name="b").facts.matched == 2


def test_a_joined_table_goes_out_with_both_tables_columns() -> None:
    done = join(HOUSES, FLATS, left_key="id", right_key="house", reduce=Reduce.SUM).table
    out = arrow_table(done)
    assert out.column_names == list(done.fields())
    assert out.column("id").to_pylist() == ["a", "b", "c", None]
    assert out.column("area").to_pylist() == [20.0, 40.0, None, None]
    assert arrow_table(Plain(HOUSES)).to_pydict() == HOUSES.arrow.to_pydict()


KEYS = st.lists(st.one_of(st.none(), st.integers(-3, 12)), max_size=30)


@given(KEYS, KEYS, st.sampled_from(["int", "far", "float", "text"]), st.booleans(), st.randoms())
def test_a_join_is_what_pandas_makes_of_it(
    left_keys: list[int | None],
    right_keys: list[int | None],
    kind: str,
    is_plain: bool,  # noqa: FBT001  hypothesis gives it by place
    random: object,
) -> None:
    kinds = {"int": pa.int64(), "far": pa.int64(), "float": pa.float64(), "text": pa.string()}
    spread = {"int": int, "far": lambda k: k * 10**12, "float": float, "text": lambda k: f"k{k}"}[kind]
    left_ids, right_ids = ([None if k is None else spread(k) for k in keys] for keys in (left_keys, right_keys))
    numbers = [random.choice([None, 1.0, 2.0, 5.0]) for _ in right_ids]  # type: ignore[attr-defined]
    left = ArrowTable(pa.table({"id": pa.array(left_ids, kinds[kind])}))
    right = ArrowTable(pa.table({"id": pa.array(right_ids, kinds[kind]), "v": pa.array(numbers, pa.float64())}))
    frame = pd.DataFrame({"id": right_ids, "v": np.array(numbers, float)}).dropna(subset="id")
    grouped = frame.groupby("id")["v"]
    expected = {
        Reduce.FIRST: frame.drop_duplicates("id").set_index("id")["v"],
        Reduce.SUM: grouped.sum(min_count=1),
        Reduce.MEAN: grouped.mean(),
        Reduce.COUNT: grouped.count(),
    }
    for reduce, answer in expected.items():
        tables = (Plain(left), Plain(right)) if is_plain else (left, right)
        done = join(*tables, left_key="id", right_key="id", reduce=reduce)
        wanted = [answer.get(k, np.nan) if k is not None else np.nan for k in left_ids]
        if reduce is Reduce.COUNT:
            wanted = [0.0 if w != w else w for w in wanted]  # noqa: PLR0124  NaN
        assert done.table.column("v").tolist() == pytest.approx(wanted, nan_ok=True)
        known = set(frame["id"])
        assert done.facts.matched == sum(k in known for k in left_ids)
        assert done.facts.orphans_right == sum(k is None or k not in set(left_ids) for k in right_ids)


# proposals


def test_the_key_is_proposed_before_a_category_and_a_counter() -> None:
    n = 300
    left = table(
        fid=list(range(1, n + 1)), id=[f"B{i:04}" for i in range(n)], year=[2000 + i % 5 for i in range(n)],
        height=[i + 0.5 for i in range(n)],
    )  # fmt: skip
    right = table(
        row=list(range(1, n + 1)), building=[f"B{i:04}" for i in range(n - 6)] + ["x"] * 6,
        year=[2000 + i % 5 for i in range(n)], height=[i + 0.5 for i in range(n)],
    )  # fmt: skip
    pairs = propose_keys(left, right)
    assert (pairs[0].left, pairs[0].right) == ("id", "building")
    assert pairs[0].rate == pytest.approx(0.98)  # 294 of 300
    assert not any("height" in (p.left, p.right) for p in pairs)  # no whole numbers


def test_numbers_and_padded_text_are_proposed() -> None:
    pairs = propose_keys(table(nr=[17, 250, 3]), table(name=["x", "y", "z"], code=["017", "250", "003"]))
    assert [(p.left, p.right, p.rate) for p in pairs] == [("nr", "code", 1.0)]


def test_the_parcels_key_is_proposed_for_the_tax_table(real_data: RealData) -> None:
    parcels = read_values(str(real_data("cambridge_ma/ASSESSING_ParcelsFY2014.topojson"))).table
    taxes = read_table(real_data("cambridge_ma/TaxFY14.csv")).table
    best = propose_keys(parcels, taxes)[0]
    assert (best.left, best.right) == ("ML", "ML")
    assert best.rate == pytest.approx(12_982 / 13_115, abs=0.01)
