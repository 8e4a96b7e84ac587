"""The squares of the printed map: what a clerk types from a paper form, as a place."""

from __future__ import annotations

COLUMNS, ROWS = 10, 10


def square_of(cell: str) -> tuple[float, float] | None:
    """Return the middle of a square of the map as shares of its side from the upper left; None if it is none.

    cell   "C4": the third column from the left, the fourth row from the top
    """
    text = cell.strip().upper()
    if len(text) < 2 or not "A" <= text[0] <= "J" or not text[1:].isdigit() or not 1 <= int(text[1:]) <= ROWS:
        return None
    return (ord(text[0]) - ord("A") + 0.5) / COLUMNS, (int(text[1:]) - 0.5) / ROWS
