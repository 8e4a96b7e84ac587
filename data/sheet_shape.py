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
_UNIT = re.compile(
    r"[\[(]?\s*(-|–|%|‰|°c?|€|\$|£|¥|tsd\.? ?€|t?eur|usd|chf|gbp|k?m[²³23]?|cm|mm|ft|sq ?m|m\^[23]|qm|ha|a|kg|t|h|min|"
    r"s|k?wh(/[\w²]+)?|[kmg]?w|jahre?|years?|year|date|datum|text|id|no\.?|nr\.?|anzahl|number|pers(ons|\.)?|st(ü|ue)ck)\s*[\])]?",
    re.IGNORECASE,
)
LONGEST_UNIT = 12
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


def sums_within(rows: Sequence[Row]) -> list[int]:
    """Return which rows among the others hold sums: a word for it, and nothing in a column that all others fill."""
    named = [place for place, row in enumerate(rows) if _is_sum(row)]
    if not named or len(named) == len(rows):
        return []
    others = [row for place, row in enumerate(rows) if place not in set(named)]
    always = [column for column in range(len(rows[0])) if all(is_filled(row[column]) for row in others)]
    return [place for place in named if any(not is_filled(rows[place][column]) for column in always)]


def _is_sum(row: Row) -> bool:
    words = [str(c).strip() for c in row if isinstance(c, str) and is_filled(c)]
    return any(_TOTAL.fullmatch(re.sub(r"[\s:.=*]+$", "", w)) for w in words[:2]) and not is_key_like(row)


def is_units_row(rows: Sequence[Row]) -> bool:
    """Return whether the first of these rows holds units: short words, over columns of numbers."""
    if len(rows) < 3:
        return False
    filled = [(place, cell) for place, cell in enumerate(rows[0]) if is_filled(cell)]
    if not filled or not all(isinstance(c, str) and len(c.strip()) <= LONGEST_UNIT for _, c in filled):
        return False
    below = rows[1:LOOKED_AT_ROWS]

    def is_of_numbers(place: int) -> bool:
        cells = [row[place] for row in below if is_filled(row[place])]
        return bool(cells) and sum(map(_is_number, cells)) > len(cells) / 2

    over_numbers = [place for place, cell in filled if not _is_number(cell) and is_of_numbers(place)]
    is_sign = all(_UNIT.fullmatch(str(cell).strip()) for _, cell in filled)
    return bool(over_numbers) and (is_sign or len(over_numbers) == len(filled))


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
