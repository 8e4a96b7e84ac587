"""What a rule is about: a layer, or those of its features whose columns say so.

Written as people write it: "zoning", "zoning:zone=housing|port", "zoning:zone=C-*; max_height_m>30".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from plugins.contract import PluginError

_CONDITION = re.compile(r"\s*(?P<column>.+?)\s*(?P<sign>!=|<=|>=|=|<|>)\s*(?P<values>.*?)\s*")
_REST = re.compile(r"\s*(?P<sign>!=|<=|>=|=|<|>)\s*(?P<values>.*?)\s*")
_SIGNS: dict[str, Callable[[Any, float], Any]] = {
    "<": lambda v, limit: v < limit,
    "<=": lambda v, limit: v <= limit,
    ">": lambda v, limit: v > limit,
    ">=": lambda v, limit: v >= limit,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One column against values."""

    column: str
    sign: str
    wanted: tuple[str, ...]
    """Several, any of which fits; "*" and "?" stand for other letters. One number for < and >."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A layer's features that fulfil every condition."""

    layer: str
    conditions: tuple[str, ...] = ()
    """As they are written: which columns there are decides how one is read, for names may hold signs."""

    def columns(self, known: Iterable[str]) -> list[str]:
        """Return the columns that the conditions speak of.

        raises   PluginError  one is not there
        """
        names = list(known)
        return [column_of(names, condition_of(words, names).column, self.layer) for words in self.conditions]


def selection_of(text: str) -> Selection:
    """Return what a text selects.

    raises   PluginError  a condition cannot be read
    """
    layer, _, rest = text.partition(":")
    conditions = tuple(piece.strip() for piece in rest.split(";") if piece.strip())
    for words in conditions:
        condition_of(words)
    return Selection(layer.strip(), conditions)


def condition_of(words: str, columns: Iterable[str] = ()) -> Condition:
    """Return a condition as it is meant where there are these columns: the longest name that it begins with.

    raises   PluginError  it cannot be read
    """
    for name in sorted(map(str, columns), key=len, reverse=True):
        rest = _REST.fullmatch(words[len(name) :]) if words.startswith(name) else None
        if rest is not None:
            return Condition(name, rest["sign"], tuple(v.strip() for v in rest["values"].split("|")))
    found = _CONDITION.fullmatch(words)
    if found is None:
        raise PluginError(f'"{words}" is no condition.', "Write LAYER:COLUMN=VALUE|VALUE; COLUMN>NUMBER.")
    return Condition(found["column"], found["sign"], tuple(v.strip() for v in found["values"].split("|")))


def is_selected(table: pd.DataFrame, selection: Selection) -> npt.NDArray[np.bool_]:
    """Return which rows (n,) fulfil every condition.

    raises   PluginError  a column is not there, or a limit is no number
    """
    chosen = np.ones(len(table), bool)
    for words in selection.conditions:
        condition = condition_of(words, table.columns)
        column = column_of(table.columns, condition.column, selection.layer)
        chosen &= _fits(table[column], condition)
    return chosen


def column_of(columns: Iterable[str], name: str, layer: str) -> str:
    """Return a column by its name, whatever its letters' case.

    raises   PluginError  there is none
    """
    names = [str(c) for c in columns]
    if name in names:
        return name
    folded = {n.casefold(): n for n in names}
    if name.casefold() in folded:
        return folded[name.casefold()]
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    known = ", ".join(n for n in names if n != "geometry")[:200]
    raise PluginError(
        f'The layer "{layer}" has no column "{name}".',
        f'Did you mean "{near[0]}"?' if near else f"It has: {known or 'none'}.",
    )


def _fits(values: pd.Series[Any], condition: Condition) -> npt.NDArray[np.bool_]:
    if condition.sign in _SIGNS:
        try:
            limit = float(condition.wanted[0])
        except ValueError:
            raise PluginError(
                f'"{condition.wanted[0]}" after {condition.column} {condition.sign} is no number.', "Write one."
            ) from None
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(float)
        with np.errstate(invalid="ignore"):
            return np.asarray(_SIGNS[condition.sign](numbers, limit), bool)
    kinds, which = np.unique(texts_of(values), return_inverse=True)
    is_kind = np.array([_is_any(kind, condition.wanted) for kind in kinds], bool)
    found: npt.NDArray[np.bool_] = is_kind[which] if len(kinds) else np.zeros(len(values), bool)
    return ~found if condition.sign == "!=" else found


def _is_any(value: str, wanted: Sequence[str]) -> bool:
    return any(fnmatchcase(value.casefold(), w.casefold()) or _is_same_number(value, w) for w in wanted)


def _is_same_number(value: str, wanted: str) -> bool:
    try:
        return float(value) == float(wanted)
    except ValueError:
        return False


def texts_of(values: Any) -> npt.NDArray[np.str_]:
    """Return any column as texts (n,); what is missing is ""; whole numbers have no decimals."""

    def text(value: Any) -> str:
        if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
            return ""
        return f"{value:.15g}" if isinstance(value, float) else str(value)

    return np.array([text(v) for v in values], dtype=np.str_)
