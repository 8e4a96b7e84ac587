"""Whether the things that a sample of messages tells of move."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence

Columns = Dict[str, Sequence[object]]

LEAST_DEG, LEAST_M = 5e-5, 5.0
"""What is displaced by less stands still: a receiver's noise."""
LEAST_SHARE = 0.2
"""Of the things that were told of more than once, so many must have moved."""


def do_move(columns: Columns, identity: str, places: tuple[str, str], *, is_projected: bool) -> bool:
    """Return whether the things of a sample were told of at places that differ.

    columns    what was said, by path
    identity   the paths of what tells things apart, joined by +
    places     the paths of longitude and latitude, or of x and y
    """
    parts = [columns[path] for path in identity.split("+") if path in columns]
    if not parts or any(path not in columns for path in places):
        return False
    least = LEAST_M if is_projected else LEAST_DEG
    first: dict[tuple[str, ...], tuple[float, float]] = {}
    moved: dict[tuple[str, ...], bool] = {}
    for x, y, *name in zip(columns[places[0]], columns[places[1]], *parts, strict=True):
        place, key = _place(x, y), tuple(map(str, name))
        if place is None:
            continue
        if key not in first:
            first[key] = place
            continue
        is_away = abs(place[0] - first[key][0]) > least or abs(place[1] - first[key][1]) > least
        moved[key] = moved.get(key, False) or is_away
    return sum(moved.values()) > LEAST_SHARE * len(moved)


def _place(x: object, y: object) -> tuple[float, float] | None:
    if isinstance(x, int | float | str) and isinstance(y, int | float | str):
        try:
            return float(x), float(y)
        except ValueError:
            return None
    return None
