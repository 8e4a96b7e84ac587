"""Twelve messes of an office workbook, generated: each is read as the twenty rows of buildings that it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pytest

from data.table import ArrowTable
from data.tables import read_table
from twin.join import join

ROWS = 20
KEYS = [f"{n * 37 + 100:05d}" for n in range(ROWS)]
"""Five digits, each with leading zeros: 00100, 00137 …"""
HEIGHTS = [5.5 + n for n in range(ROWS)]
VALUES = [1_234_567.5 + 1000 * n for n in range(ROWS)]
USES = ["flat", "shop", "office", "school"] * 5
DAYS = [dt.datetime(1990, 1, 1) + dt.timedelta(days=400 * n) for n in range(ROWS)]  # noqa: DTZ001  a day, no moment
HEADER = ["building id", "use", "height", "value", "built"]


def row(n: int) -> list[Any]:
    """One row as it should be read."""
    return [KEYS[n], USES[n], HEIGHTS[n], VALUES[n], DAYS[n]]


def plain(sheet: Any) -> None:
    sheet.append(HEADER)
    for n in range(ROWS):
        sheet.append(row(n))


def title_rows(book: openpyxl.Workbook) -> None:
    """A title, who made it and when, a blank row, then the table."""
    sheet = book.active
    sheet.append(["Building register of the town"])
    sheet.append(["Department of planning", None, "as of 31 December 2023"])
    sheet.append([])
    plain(sheet)
    sheet.merge_cells("A1:E1")


def merged_cells(book: openpyxl.Workbook) -> None:
    """The use is written once for several rows."""
    sheet = book.active
    sheet.append(HEADER)
    for n in sorted(range(ROWS), key=lambda n: (USES[n], n)):
        sheet.append(row(n))
    for first in range(2, ROWS + 2, 5):
        sheet.merge_cells(start_row=first, end_row=first + 4, start_column=2, end_column=2)


def total_rows(book: openpyxl.Workbook) -> None:
    """A subtotal in the middle and a total at the end."""
    sheet = book.active
    sheet.append(HEADER)
    for n in range(ROWS):
        if n == 10:
            sheet.append([None, "Subtotal", sum(HEIGHTS[:10]), sum(VALUES[:10]), None])
        sheet.append(row(n))
    sheet.append([None, "Total", sum(HEIGHTS), sum(VALUES), None])


def lost_zeros(book: openpyxl.Workbook) -> None:
    """Every second key was typed anew and lost its leading zeros."""
    sheet = book.active
    sheet.append(HEADER)
    for n in range(ROWS):
        sheet.append([int(KEYS[n]) if n % 2 else KEYS[n], *row(n)[1:]])


def mixed_marks(book: openpyxl.Workbook) -> None:
    """Some wrote a decimal comma, some a point, some put marks between the thousands."""
    sheet = book.active
    sheet.append(HEADER)
    for n in range(ROWS):
        height = f"{HEIGHTS[n]:.1f}".replace(".", ",") if n % 3 else f"{HEIGHTS[n]:.1f}"
        value = f"{VALUES[n]:,.1f}".translate(str.maketrans(",.", ".,")) if n % 2 else f"{VALUES[n]:,.1f}"
        sheet.append([KEYS[n], USES[n], height, value, DAYS[n]])


def dates(book: openpyxl.Workbook) -> None:
    """Days as cells, as text with dots and as text with dashes, in one column."""
    sheet = book.active
    sheet.append(HEADER)
    for n in range(ROWS):
        day: Any = [DAYS[n], DAYS[n].strftime("%d.%m.%Y"), DAYS[n].strftime("%Y-%m-%d")][n % 3]
        sheet.append([*row(n)[:4], day])


def hidden_sheets(book: openpyxl.Workbook) -> None:
    """Lists for the drop-downs come first, hidden; the table is on the third sheet."""
    lists = book.active
    lists.title = "lists"
    for use in ("use", "flat", "shop", "office", "school"):
        lists.append([use, 1])
    lists.sheet_state = "hidden"
    book.create_sheet("cover")
    plain(book.create_sheet("register"))


def empty_columns(book: openpyxl.Workbook) -> None:
    """Narrow empty columns as rules, the table begins in C3, and two columns have one name."""
    sheet = book.active
    for place, name in zip((3, 5, 6, 8, 9, 10), [*HEADER, "value"], strict=True):
        sheet.cell(3, place, name)
        for n in range(ROWS):
            sheet.cell(4 + n, place, [*row(n), n][(3, 5, 6, 8, 9, 10).index(place)])


def two_headers(book: openpyxl.Workbook) -> None:
    """A header of two rows: groups above, names below."""
    sheet = book.active
    sheet.append(["building", "building", "measured", "measured", "measured"])
    sheet.append(["id", "use", "height", "value", "built"])
    for n in range(ROWS):
        sheet.append(row(n))
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("C1:E1")


def units_row(book: openpyxl.Workbook) -> None:
    """A row of units between the header and the numbers."""
    sheet = book.active
    sheet.append(HEADER)
    sheet.append([None, None, "[m]", "EUR", "date"])
    for n in range(ROWS):
        sheet.append(row(n))


def thin_spaces(book: openpyxl.Workbook) -> None:
    """Numbers as text, with every kind of gap between the thousands."""
    sheet = book.active
    sheet.append(HEADER)
    for n in range(ROWS):
        gap = ["\u2009", "\u202f", "\u00a0", " "][n % 4]
        value = f"{VALUES[n]:,.1f}".replace(",", gap)
        sheet.append([KEYS[n], USES[n], f" {HEIGHTS[n]:.1f}\u00a0", value, DAYS[n]])


def trailing_notes(book: openpyxl.Workbook) -> None:
    """Sources, footnotes and a signature under the table."""
    sheet = book.active
    plain(sheet)
    sheet.append([])
    sheet.append(["Source: land registry, 2023"])
    sheet.append(["*) estimated by storeys"])
    sheet.append(["Values in thousands are rounded; see the report for details."])


MESSES: tuple[Callable[[openpyxl.Workbook], None], ...] = (
    title_rows, merged_cells, total_rows, lost_zeros, mixed_marks, dates, hidden_sheets, empty_columns, two_headers,
    units_row, thin_spaces, trailing_notes,
)  # fmt: skip


def written(mess: Callable[[openpyxl.Workbook], None], folder: Path) -> Path:
    """Write one of the messes as a workbook."""
    book = openpyxl.Workbook()
    mess(book)
    path = folder / f"{mess.__name__}.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("mess", MESSES, ids=lambda mess: mess.__name__)
def test_a_mess_is_read_as_the_rows_it_is(mess: Callable[[openpyxl.Workbook], None], tmp_path: Path) -> None:
    """Compared by key, so that a mess that sorts its rows may do so."""
    read = read_table(written(mess, tmp_path), column=None if mess.__name__ == "two_headers" else "height")
    table = read.table
    names = dict(zip(HEADER, list(table.fields()), strict=False))
    if mess.__name__ == "two_headers":
        assert list(table.fields()) == ["building id", "building use", "measured height", "measured value",
                                        "measured built"]  # fmt: skip
    else:
        assert list(table.fields())[:5] == HEADER
    assert len(table) == ROWS
    keys = table.column(names["building id"])
    assert sorted(keys) == KEYS
    order = np.argsort(keys)
    assert table.column(names["use"])[order].tolist() == USES
    assert table.column(names["height"])[order].tolist() == pytest.approx(HEIGHTS)
    assert table.column(names["value"])[order].tolist() == pytest.approx(VALUES)
    assert table.column(names["built"])[order].astype("datetime64[D]").tolist() == [day.date() for day in DAYS]


@pytest.mark.parametrize("mess", MESSES, ids=lambda mess: mess.__name__)
def test_a_mess_is_joined_to_a_numeric_key(mess: Callable[[openpyxl.Workbook], None], tmp_path: Path) -> None:
    layer = ArrowTable(pa.table({"id": [int(key) for key in KEYS]}))
    read = read_table(written(mess, tmp_path))
    done = join(layer, read.table, left_key="id", right_key=next(iter(read.table.fields())))
    assert (done.facts.matched, done.facts.orphans_right) == (ROWS, 0)
    assert any("leading zeros were looked away from" in problem.what for problem in done.report.problems)


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    mess = next(m for m in MESSES if m.__name__ == "empty_columns")
    assert list(read_table(written(mess, tmp_path)).table.fields())[5:] == ["value_2"]


def test_days_that_could_be_read_either_way_stay_text(tmp_path: Path) -> None:
    days = ("id,a,b,c", "1,01/02/2020,13/02/2020,02/13/2020", "2,03/04/2020,01/02/2020,01/02/2020")
    (tmp_path / "days.csv").write_text("\n".join(days))
    table = read_table(tmp_path / "days.csv").table
    assert table.fields()["a"] == "text"
    assert [str(table.column(name)[0])[:10] for name in "bc"] == ["2020-02-13", "2020-02-13"]
