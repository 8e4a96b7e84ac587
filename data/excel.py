"""Sheets of Excel and OpenDocument workbooks as offices write them: titles, sums, merged cells, lost zeros."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from data.cells import MISSING, typed_columns
from data.sheet_shape import footer_length, header_place, is_filled, is_units_row, sums_within, unique_names
from twin.errors import LayerError, SourceError
from twin.report import Report

Cells = list[list[object]]

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".xla", ".xlam"})
_KEY_NAME = re.compile(
    r"(^|[\W_])(id|key|no|nr|num|nummer|number|code|kode|plz|zip|postcode|ags|ars|gkz|egid|egrid|insee|lad|fips|uprn"
    r"|schl(ü|ue)ssel|kennzahl|kennziffer|parcel|parzelle|flurst(ü|ue)ck|番号|コード|编号)($|[\W_])",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"[0-9]+")
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet's cells."""

    name: str
    cells: Cells
    merged: int
    """Cells that were filled with the value of the merged cell they belong to."""


def sheet_names(path: str, name: str) -> list[str]:
    """Return the names of the sheets with cells, hidden ones last.

    raises   SourceError  it is no workbook that can be read
    """
    return _names(_opened(path, name))


def _names(book: CalamineWorkbook) -> list[str]:
    sheets = [s for s in book.sheets_metadata if s.typ is SheetTypeEnum.WorkSheet]
    return [s.name for s in sorted(sheets, key=lambda s: s.visible is not SheetVisibleEnum.Visible)]


def read_sheet(path: str, sheet: str, name: str) -> Sheet:
    """Return a sheet's cells; every cell of a merged range holds the range's value.

    raises   SourceError, LayerError  the workbook cannot be read, or has no such sheet
    """
    book = _opened(path, name)
    names = _names(book)
    known = next((n for n in names if n == sheet), None) or next((n for n in names if n.lower() == sheet.lower()), None)
    if known is None:
        raise LayerError(f'"{name}" has no sheet "{sheet}".', hint=f"Its sheets are: {', '.join(names[:12])}.")
    try:
        found = book.get_sheet_by_name(known)
        cells: Cells = [list(row) for row in found.to_python(skip_empty_area=False)]
        ranges = found.merged_cell_ranges or []
    except (CalamineError, OSError) as error:
        raise SourceError(f'The sheet "{known}" of "{name}" cannot be read ({error}).', hint="Save it anew.") from error
    return Sheet(known, cells, _fill_merged(cells, ranges))


def _opened(path: str, name: str) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError as error:
        raise SourceError(f'"{name}" is locked by a password.', hint="Save it without one.", path=path) from error
    except (CalamineError, OSError, ValueError) as error:
        raise SourceError(
            f'"{name}" cannot be read as a workbook ({error}).', hint="Save it anew.", path=path
        ) from error


def _fill_merged(cells: Cells, ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> int:
    """Write each merged range's value into all its cells; return how many were filled, titles across not counted."""
    filled = 0
    for (top, left), (bottom, right) in ranges:
        if top >= len(cells) or left >= len(cells[top]) or not is_filled(cells[top][left]):
            continue
        value = cells[top][left]
        for row in cells[top : bottom + 1]:
            for place in range(left, min(right + 1, len(row))):
                if not is_filled(row[place]):
                    row[place] = value
                    filled += bottom > top
    return filled


def table_of(sheet: Sheet, report: Report, *, header_row: int | None = None) -> pa.Table:
    """Return a sheet's table as typed columns.

    header_row   the header's row as the spreadsheet counts, from 1; None finds it
    raises       SourceError  the sheet has no such row, or no cells
    """
    names, rows = _named(sheet, report, header_row)
    if is_units_row(rows):
        units = [f"{name} {cell}" for name, cell in zip(names, rows[0], strict=True) if is_filled(cell)]
        report.add(f'row of units in "{sheet.name}" was left out ({", ".join(units)})', count=1)
        rows = rows[1:]
    sums, notes = footer_length(rows)
    rows = rows[: len(rows) - sums - notes]
    within = set(sums_within(rows))
    rows = [row for place, row in enumerate(rows) if place not in within]
    report.add(f'rows at the end of "{sheet.name}" hold sums and were left out', count=sums)
    report.add(f'rows of "{sheet.name}" hold sums of others and were left out', count=len(within))
    blank = sum(not any(map(is_filled, row)) for row in rows)
    rows = [row for row in rows if any(map(is_filled, row))]
    report.add(f'rows of "{sheet.name}" hold notes or nothing and were left out', count=notes + blank)
    report.add(f'cells of "{sheet.name}" were filled from the merged cell they belong to', count=sheet.merged)
    columns = [(name, [row[place] for row in rows]) for place, name in enumerate(names)]
    kept = [(n, c) for n, c in columns if not n.startswith("column ") or any(map(is_filled, c))]
    arrays = [(name, _column(name, cells, report)) for name, cells in kept]
    texts = iter(typed_columns([(n, a) for n, a in arrays if pa.types.is_string(a.type)], report))
    return pa.table(
        [next(texts)[1] if pa.types.is_string(a.type) else a for _, a in arrays], names=[n for n, _ in kept]
    )


def _named(sheet: Sheet, report: Report, header_row: int | None) -> tuple[list[str], Cells]:
    cells = sheet.cells
    if not any(is_filled(cell) for row in cells for cell in row):
        raise SourceError(f'The sheet "{sheet.name}" is empty.', hint="Choose another sheet.")
    width = max(map(len, cells))
    cells = [[*row, *[None] * (width - len(row))] for row in cells]
    unmerged = [_without_repeats(row) for row in cells]  # a title over all columns is one cell
    if header_row is not None and not 1 <= header_row <= len(cells):
        raise SourceError(f'The sheet "{sheet.name}" has no row {header_row}.', hint=f"It has {len(cells)} rows.")
    place = header_row - 1 if header_row is not None else header_place(unmerged)
    if place is None:
        report.add(f'"{sheet.name}" has no header; its columns are numbered', count=1)
        return unique_names([None] * width), cells
    report.add(
        f'rows above the header of "{sheet.name}" were left out',
        count=sum(any(map(is_filled, r)) for r in cells[:place]),
    )
    header = cells[place]
    above, below = cells[place - 1] if place else [], cells[place + 1] if place + 1 < len(cells) else []
    if _is_upper_header(header, below):
        return unique_names([_both(a, b) for a, b in zip(header, below, strict=True)]), cells[place + 2 :]
    if above and _is_upper_header(above, header) and sum(map(is_filled, unmerged[place - 1])) > 1:
        return unique_names([_both(a, b) for a, b in zip(above, header, strict=True)]), cells[place + 1 :]
    return unique_names(header), cells[place + 1 :]


def _without_repeats(row: Sequence[object]) -> list[object]:
    """Return a row with each text that repeats its left neighbour left out: what merging across columns wrote."""
    return [None if i and isinstance(c, str) and c == row[i - 1] else c for i, c in enumerate(row)]


def _is_upper_header(upper: Sequence[object], lower: Sequence[object]) -> bool:
    """Return whether two rows are one header: the upper repeats words across, and the lower tells them apart."""
    repeats = [i for i in range(1, len(upper)) if is_filled(upper[i]) and upper[i] == upper[i - 1]]
    if not repeats or not lower:
        return False
    return all(isinstance(lower[i], str) and is_filled(lower[i]) and lower[i] != upper[i] for i in repeats)


def _both(upper: object, lower: object) -> object:
    if not is_filled(upper) or upper == lower:
        return lower
    return f"{_word(upper)} {_word(lower)}" if is_filled(lower) else upper


# columns


def _column(name: str, cells: Sequence[object], report: Report) -> pa.Array:
    """Return one column's cells as numbers, times or truth values where all are that; otherwise as text."""
    values = [c if is_filled(c) else None for c in cells]
    kinds = {type(v) for v in values if v is not None}
    if kinds and kinds <= {int, float}:
        return _number_column(name, values, report)
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds and kinds <= {dt.date, dt.datetime}:
        return pa.array([_moment(v) for v in values], pa.timestamp("us"))
    if kinds <= {str}:
        return pa.array(values, pa.string())
    return _mixed_column(name, values, report)


def _number_column(name: str, values: Sequence[object], report: Report) -> pa.Array:
    numbers = [None if v is None else float(v) for v in values]  # type: ignore[arg-type]
    if not all(v is None or (v.is_integer() and abs(v) < 2**53) for v in numbers):
        return pa.array(numbers, pa.float64())
    whole = [None if v is None else int(v) for v in numbers]
    filled = [v for v in whole if v is not None]
    lengths = [len(str(v)) for v in filled]
    longest = max(lengths)
    short = sum(n == longest - 1 for n in lengths)
    if (
        _KEY_NAME.search(name)
        and longest > 3
        and short
        and lengths.count(longest) > _MOST * len(lengths)
        and (short + lengths.count(longest) == len(lengths))
    ):
        report.add(f'numbers of "{name}" are one digit shorter than the others: they may have lost a leading zero',
                   [i for i, v in enumerate(whole) if v is not None and len(str(v)) == longest - 1])  # fmt: skip
    return pa.array(whole, pa.int64())


def _mixed_column(name: str, values: Sequence[object], report: Report) -> pa.Array:
    """Return numbers and text of one column as text, so that all are read by one rule; lost zeros are put back."""
    words = [None if v is None else _word(v).strip() for v in values]
    texts = [w for w, v in zip(words, values, strict=True) if isinstance(v, str) and w and w.lower() not in MISSING]
    widths = {len(w) for w in texts}
    if any(w.startswith("0") and _WHOLE.fullmatch(w) for w in texts) and len(widths) == 1:
        width = widths.pop()
        lost = [i for i, v in enumerate(values) if isinstance(v, float | int) and len(words[i] or "") < width]
        words = [w.zfill(width) if w and i in set(lost) else w for i, w in enumerate(words)]
        report.add(
            f'keys of "{name}" are numbers that had lost their leading zeros; {width} digits were restored', lost
        )
    elif any(isinstance(v, float | int) for v in values):
        report.add(f'cells of "{name}" are text among numbers', count=len(texts))
    return pa.array(words, pa.string())


def _word(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def _moment(value: object) -> dt.datetime | None:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    return value  # type: ignore[return-value]
