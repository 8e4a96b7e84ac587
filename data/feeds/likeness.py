"""What the values of a field are like: numbers within bounds, times, names, words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.feeds.observations import floats_of
from data.feeds.times import times_of
from twin.entities import FloatArray

MOSTLY = 0.8
"""Single broken values do not count."""

Said = Sequence[object]


def known(said: Said) -> list[object]:
    """Return what is said, without nulls and what is not there."""
    return [s for s in said if s is not None and s != "" and not (isinstance(s, float) and s < -1e299)]


def numbers_in(said: Said) -> FloatArray:
    """Return what is said as numbers, NaN for what is none."""
    return floats_of([None if isinstance(s, bool | dict | list) else s for s in known(said)])[0]


def are_numbers(said: Said) -> bool:
    """Return whether the values are numbers."""
    numbers = numbers_in(said)
    return len(numbers) > 0 and float(np.isfinite(numbers).mean()) >= MOSTLY


def are_within(said: Said, most: float) -> bool:
    """Return whether the values are numbers within ± most."""
    numbers = numbers_in(said)
    numbers = numbers[np.isfinite(numbers)]
    return len(numbers) > 0 and are_numbers(said) and float((np.abs(numbers) <= most).mean()) >= MOSTLY


def are_sides(said: Said) -> bool:
    """Return whether all values are 0, 1 or 2: a direction of a line, not of the compass."""
    numbers = numbers_in(said)
    return set(numbers[np.isfinite(numbers)].tolist()) in ({1.0, 2.0}, {0.0, 1.0}, {1.0}, {2.0})


def are_times(said: Said) -> bool:
    """Return whether the values are times since 1979."""
    those = known(said)
    if not those:
        return False
    times = times_of([None if isinstance(s, bool | dict | list) else s for s in those[:20]])
    return float((np.isfinite(times) & (times > 3e8) & (times < 4.2e9)).mean()) >= MOSTLY


def are_words(said: Said) -> bool:
    """Return whether the values are words."""
    those = known(said)
    return len(those) > 0 and sum(isinstance(s, str) for s in those) >= MOSTLY * len(those)


def are_names(said: Said) -> bool:
    """Return whether the values can be names, and most rows have one."""
    those = known(said)
    names = sum(isinstance(s, str | int | float) and not isinstance(s, bool) for s in those)
    return names >= 0.5 * len(said) and names >= MOSTLY * len(those)


def distinct(said: Said) -> int:
    """Return how many different values there are."""
    return len({str(s) for s in known(said)})


def are_degrees_of(said: Said, most: float) -> bool:
    """Return whether the values are fractions of degrees, as those of places are: 6.1546."""
    numbers = numbers_in(said)
    numbers = numbers[np.isfinite(numbers)]
    if not are_within(said, most):
        return False
    numbers = numbers[np.abs(numbers) <= most]
    is_fine = np.abs(numbers * 1e3 - np.round(numbers * 1e3)) + np.abs(numbers * 1e2 - np.round(numbers * 1e2)) > 1e-6
    return float(is_fine.mean()) >= MOSTLY
