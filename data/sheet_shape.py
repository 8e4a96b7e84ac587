"""Where a sheet's table is: the row of its header, and the sums and notes at its end that are no rows of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

Row = Sequence[object]

LOOKED_AT_ROWS = 60
FOOTER_ROWS = 12
"""At most so many rows at the end are taken for sums and notes."""
_TOTAL = re.compile(
    r"(grand |sub)?totals?|(zwischen|gesamt)?summen?|(ins)?gesamt|total(e|es|i|en)?|somm[ae]s?|suma|total general|итого"
    r"|razem|celkem|yhteensä|i alt|sammenlagt|σύνολο|合計|小計|総計|计|合计|总计|小计",
    re.IGNORECASE,
)
_NOTE = re.compile(r"(source|quelle|stand|note|anmerkung|remark|hinweis|©|\*|\d\))|.*[:;].*|.*\s.*\s", re.IGNORECASE)
_YEAR = re.compile("(19|20)[0-9][0-9]")
_NUMBER = re.compile(r"[+-]?[\d.,\s'’%]+")


def is_filled(cell: object) -> bool:
    """Return whether a cell holds more than blanks."""
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def header_place(rows: Sequence[Row]) -> int | None:
    """Return which of the first rows is the header (from 0): the first one nearly as wide as the table, of words.

    returns   None where the rows begin without one
    """
    filled = [[cell for cell in row if is_filled(cell)] for row in rows[:LOOKED_AT_ROWS]]
    widths = sorted(len(row) for row in filled if row)
    if not widths:
        return None
    width = widths[len(widths) // 2]
    for place, cells in enumerate(filled):
        if len(cells) < max(1, 0.6 * width):
            continue
        numbers = 0 if _are_years(cells) else sum(map(_is_number, cells))
        if numbers <= 0.5 * len(cells) and 2 * len({str(c).strip() for c in cells}) > len(cells):
            return place
        if numbers > 0.5 * len(cells):
            return None  # data begin here, and no header was before them
    return next(place for place, cells in enumerate(filled) if cells)


def _is_number(cell: object) -> bool:
    return not isinstance(cell, str) or bool(_NUMBER.fullmatch(cell.strip()))


def _are_years(cells: Row) -> bool:
    """Return whether the numbers of a row are years in order, as statistics have them over their columns."""
    numbers = [str(int(c) if isinstance(c, float) and c.is_integer() else c).strip() for c in cells if _is_number(c)]
    is_in_order = numbers in (sorted(set(numbers)), sorted(set(numbers), reverse=True))
    return 1 < len(numbers) < len(cells) and is_in_order and all(_YEAR.fullmatch(n) for n in numbers)


def footer_length(rows: Sequence[Row]) -> tuple[int, int]:
    """Return how many rows at the end of these are no rows of the table: sums, and notes or blank ones."""
    sums = others = 0
    for row in reversed(rows[-FOOTER_ROWS:]):
        cells = [cell for cell in row if is_filled(cell)]
        words = [str(c).strip() for c in cells if isinstance(c, str)]
        if any(_TOTAL.fullmatch(re.sub(r"[\s:.=*]+$", "", w)) for w in words[:2]) and not is_key_like(row):
            sums += 1
        elif not cells or (len(cells) == 1 and len(row) > 2 and words and _NOTE.match(words[0])):
            others += 1
        else:
            break
    return sums, others


def is_key_like(row: Row) -> bool:
    """Return whether a row's first cell is filled by something that is no word for a sum: the row has a key."""
    first = row[0] if len(row) else None
    return is_filled(first) and not _TOTAL.fullmatch(re.sub(r"[\s:.=*]+$", "", str(first).strip()))


def unique_names(cells: Row) -> list[str]:
    """Return the header's words as names: blank ones numbered, repeated ones told apart, line breaks taken out."""
    names: list[str] = []
    for place, cell in enumerate(cells):
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)  # noqa: PLW2901  a year over a column
        word = " ".join(str(cell).split()) if is_filled(cell) else f"column {place + 1}"
        name, number = word, 2
        while name in names:
            name, number = f"{word}_{number}", number + 1
        names.append(name)
    return names
