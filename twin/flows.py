"""Flows from a table: which columns say from, to, how much and when; a row a pair, counted and summed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from twin.derived import category_column, column_rows
from twin.errors import ColumnError
from twin.flow_times import FlowTimes, flow_times
from twin.flow_values import plain_numbers
from twin.report import EXAMPLES_KEPT, Report
from twin.table import Table

FloatArray = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

ALL_OTHERS = "*"
"""In the place of the column of destinations: the table is a matrix, each of its number columns a destination."""
COORDINATE_DIGITS = 7
"""Of degrees, a centimetre; metres are rounded to two digits."""


@dataclass(frozen=True, slots=True)
class FlowTable:
    """Flows as they are asked for and kept. A part of the composition; how they look is a LiveLook of the same id."""

    id: str
    name: str = ""
    path: str = ""
    """The table's file, or its address in a database, as it was given; never with a password."""
    table: str | None = None
    """The sheet or table inside the file; None takes the first that has the columns."""
    header_row: int | None = None
    """The row of the header as spreadsheets count, from 1; None finds it."""
    origin: tuple[str, ...] = ()
    """The column of ids where flows begin; or two columns: lon and lat, or x and y in `crs`."""
    destination: tuple[str, ...] = ()
    """The same of where they end; ("*",) where each number column is a destination."""
    value: str = ""
    """The column of how much flows; "" counts rows."""
    time: tuple[str, ...] = ()
    """The column of times, of hours of the day, or two: a day and an hour; none for flows without time."""
    layer_id: str = ""
    """The layer whose features the ids are of; "" where ends are coordinates."""
    key: str = ""
    """The layer's column that holds the ids."""
    label: str = ""
    """The layer's column that says what its features are called; "" calls them by their ids."""
    crs: str = ""
    """Of coordinates; "" is longitude and latitude."""

    @property
    def is_placed(self) -> bool:
        """Return whether the table itself says where flows begin and end."""
        return len(self.origin) > 1

    @property
    def value_name(self) -> str:
        """Return what is counted, in the words of the table."""
        return self.value or ("value" if self.destination == (ALL_OTHERS,) else "rows")


@dataclass(frozen=True, slots=True, eq=False)
class FlowRows:
    """A table's flows: rows of the same ends and time are one."""

    names: npt.NDArray[np.object_]
    """(k,) str, each different end."""
    places: FloatArray | None
    """(k, 2) the ends in degrees or in the wish's CRS; None where a layer knows them."""
    origin: Places
    """(n,) place in `names`."""
    destination: Places
    value: FloatArray
    """(n,) summed."""
    count: Places
    """(n,) rows of the table that are in it."""
    step: Places
    """(n,) place in `times.steps_s`; 0 where there are no times."""
    times: FlowTimes
    rows: int
    """Rows of the table."""
    report: Report = field(default_factory=Report)


@dataclass(frozen=True, slots=True)
class _Ends:
    names: npt.NDArray[np.object_]
    places: FloatArray | None
    origin: Places
    destination: Places


def flow_rows(table: Table, wish: FlowTable) -> FlowRows:
    """Return the flows of a table.

    What cannot be used (an empty end, a value that is no number, no time) is left out and told in the report;
    flows below zero are kept and told.
    raises   ColumnError  there is no such column
    """
    if wish.destination == (ALL_OTHERS,):
        return _of_matrix(table, wish)
    report = Report()
    ends = _ends(table, wish)
    value, is_number = _values(table, wish.value, report)
    times = flow_times(table, wish.time)
    is_known = (ends.origin >= 0) & (ends.destination >= 0)
    report.add("rows say no from or no to", np.flatnonzero(~is_known)[:EXAMPLES_KEPT], count=int((~is_known).sum()),
               is_loss=True)  # fmt: skip
    lost = is_known & is_number & (times.step < 0)
    report.add(f"rows have no time in {' and '.join(wish.time)}", np.flatnonzero(lost)[:EXAMPLES_KEPT],
               count=int(lost.sum()), is_loss=True)  # fmt: skip
    used = np.flatnonzero(is_known & is_number & (times.step >= 0))
    step = times.step[used]
    return _summed(ends, used, value[used], (step, times), len(table), report)


def _values(table: Table, name: str, report: Report) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    if not name:
        return np.ones(len(table)), np.ones(len(table), bool)
    value = plain_numbers(table, name)
    is_number = np.isfinite(value)
    bad = np.flatnonzero(~is_number)
    report.add(f'rows have no number in "{name}"', bad[:EXAMPLES_KEPT], count=len(bad), is_loss=True)
    below = np.flatnonzero(value < 0)
    report.add(f'rows are below zero in "{name}": their arcs are as wide as their size, in another colour',
               below[:EXAMPLES_KEPT], count=len(below))  # fmt: skip
    return value, is_number


def _summed(
    ends: _Ends, used: Places, value: FloatArray, when: tuple[Places, FlowTimes], rows: int, report: Report
) -> FlowRows:
    """Return rows of the same ends and step as one."""
    step, times = when
    k = max(len(ends.names), 1)
    key = (step.astype(np.int64) * k + ends.origin[used]) * k + ends.destination[used]
    pairs, place = np.unique(key, return_inverse=True)
    n = len(pairs)
    count = np.bincount(place, minlength=n).astype(np.int64)
    return FlowRows(
        ends.names,
        ends.places,
        pairs // k % k,
        pairs % k,
        np.bincount(place, weights=value, minlength=n).astype(np.float64),
        count,
        pairs // (k * k),
        replace(times, step=np.empty(0, np.int64)),
        rows,
        report,
    )


def _ends(table: Table, wish: FlowTable) -> _Ends:
    if not wish.origin or len(wish.origin) != len(wish.destination):
        raise ColumnError(
            "Flows need a column of where they begin and one of where they end.",
            hint="Say both: from=COLUMN,to=COLUMN; or two columns each: from=lon+lat,to=lon2+lat2.",
            column="",
        )
    if wish.is_placed:
        return _placed_ends(table, wish)
    texts = [category_column(table, name) for name in (wish.origin[0], wish.destination[0])]
    words = [np.array([str(v).strip() for v in text.values.tolist()], object) for text in texts]
    number: dict[str, int] = {}
    codes = [
        np.array([number.setdefault(w, len(number)) if w else -1 for w in side.tolist()] or [-1]) for side in words
    ]
    found = []
    for text, code in zip(texts, codes, strict=True):
        assert text.codes is not None
        found.append(np.where(text.codes >= 0, code[text.codes], -1).astype(np.int64))
    return _Ends(np.array([*number, None], object)[:-1], None, found[0], found[1])


def _placed_ends(table: Table, wish: FlowTable) -> _Ends:
    """Return ends that are coordinates: those of the same place, to the centimetre, are one."""
    sides = [np.column_stack([plain_numbers(table, name) for name in pair]) for pair in (wish.origin, wish.destination)]
    every: FloatArray = np.round(np.concatenate(sides), 2 if wish.crs else COORDINATE_DIGITS).astype(np.float64)
    is_place = np.isfinite(every).all(axis=1)
    if not wish.crs:
        is_place &= (np.abs(every[:, 0]) <= 180) & (np.abs(every[:, 1]) <= 90) & (every != 0).any(axis=1)
    places, code = np.unique(every[is_place], axis=0, return_inverse=True)
    codes = np.full(len(every), -1, np.int64)
    codes[is_place] = code.ravel()
    names = np.array([*(f"{y:.5g}, {x:.5g}" if wish.crs else f"{y:.4f}, {x:.4f}" for x, y in places.tolist()), None],
                     object)[:-1]  # fmt: skip
    return _Ends(names, places.reshape(-1, 2).astype(np.float64), codes[: len(table)], codes[len(table) :])


def _of_matrix(table: Table, wish: FlowTable) -> FlowRows:
    """Return the flows of a matrix: a row an origin, a column a destination; empty cells and zeros are none."""
    report = Report()
    columns = matrix_columns(table, wish.origin[0]) if len(wish.origin) == 1 else []
    if not columns:
        raise ColumnError(
            "This table is no matrix of flows: it has no columns of numbers named as its rows are.",
            hint="Say which column flows end in: to=COLUMN.",
            column=ALL_OTHERS,
        )
    text = category_column(table, wish.origin[0])
    assert text.codes is not None
    rows = [str(v).strip() for v in text.values.tolist()]
    number = {name: place for place, name in enumerate(dict.fromkeys([*rows, *columns]))}
    code = np.array([*(number[name] for name in rows), -1])
    cells = np.column_stack([plain_numbers(table, name) for name in columns])
    cells[~np.isfinite(cells)] = 0.0
    origin, destination = np.nonzero(cells)
    begin = code[text.codes[origin]]
    report.add("cells are in rows without a name", count=int((begin < 0).sum()), is_loss=True)
    report.add("cells are below zero: their arcs are as wide as their size, in another colour",
               count=int((cells < 0).sum()))  # fmt: skip
    ends = _Ends(
        np.array([*number, None], object)[:-1],
        None,
        begin.astype(np.int64),
        np.array([number[name] for name in columns])[destination],
    )
    used = np.flatnonzero(begin >= 0)
    times = FlowTimes(np.empty(0), np.zeros(len(origin), np.int64))
    return _summed(ends, used, cells[origin, destination][used], (times.step[used], times), len(origin), report)


def matrix_columns(table: Table, origin: str) -> list[str]:
    """Return the number columns that are named as rows of a column are: the destinations of a matrix."""
    if origin not in table.fields():
        column_rows(table, origin)  # says which columns there are
    rows = {str(v).strip() for v in category_column(table, origin).values.tolist()}
    kinds = table.fields()
    named = [n for n in kinds if n != origin and n.strip() in rows]
    if len(named) < 2:
        return []
    return [n for n in named if kinds[n] == "number" or np.isfinite(plain_numbers(table, n)).any()]


def with_layer_ids(flows: tuple[FlowTable, ...], ids: dict[str, str]) -> tuple[FlowTable, ...]:
    """Return flows whose layers have other ids now."""
    return tuple(replace(one, layer_id=ids.get(one.layer_id, one.layer_id)) for one in flows)


def with_flow(flows: tuple[FlowTable, ...], flow: FlowTable) -> tuple[FlowTable, ...]:
    """Return flows with one put in the place of the former one of its id, or added."""
    if any(one.id == flow.id for one in flows):
        return tuple(flow if one.id == flow.id else one for one in flows)
    return (*flows, flow)
