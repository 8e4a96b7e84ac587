"""What stood at a moment: the columns that say since when and until when a layer's rows exist."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.date_values import column_moments
from twin.derived import derived
from twin.expression import shown_rows
from twin.layer import Layer, Style
from twin.table import Table

BoolArray = npt.NDArray[np.bool_]

FROM_NAMES = (
    "built", "year built", "built year", "construction year", "year of construction", "construction date",
    "built on", "built in", "date of construction",
    "constructed", "completed", "completion year", "year completed", "completion date", "date built", "yr built",
    "actual yr built", "erected", "start date", "opening date", "opened", "installed", "year installed",
    "install date", "installation date", "year detected", "detected", "detection year", "detected year",
    "date detected", "valid from", "from", "from date", "date from", "from year", "begin", "begin date",
    "begin lifespan version", "creation date", "since", "start", "start year",
    "baujahr", "bauj", "gbauj", "baudatum", "errichtet", "errichtet am", "errichtungsjahr", "errichtungsdatum",
    "fertigstellung", "fertigstellungsjahr", "fertigstellungsdatum", "fertiggestellt", "fertiggestellt am", "erbaut",
    "erbaut am", "gebaut", "gebaut am",
    "inbetriebnahme", "erkannt", "jahr der erkennung", "gueltig von", "von", "seit", "beginn", "ab",
    "annee construction", "annee de construction", "date construction", "date de construction", "construit",
    "construit le", "construit en", "date livraison", "date de livraison", "annee livraison", "annee de livraison",
    "date app", "date apparition", "date d apparition", "mise en service", "date mise en service",
    "date debut", "debut", "depuis", "annee detection", "annee de detection", "detecte",
    "建築年", "建設年", "竣工年", "竣工", "築年", "建築年月日", "竣工年月日", "新築年", "設置年", "建築年月", "建築日",
    "竣工年月", "竣工日", "完成年", "完成年月", "完成年月日", "新築年月日", "築年月", "建設年月日", "設置年月日",
    "開始", "開始日", "開始年", "検出年", "検出日", "自", "year", "jahr", "annee", "年", "年度",
    "issue date", "date issued", "issued", "date", "datum", "日付",
)  # fmt: skip
"""Names of columns that say since when, the most telling first; compared without accents, case and signs."""
TO_NAMES = (
    "demolished", "year demolished", "demolished year", "demolition year", "year of demolition", "demolition date",
    "demolished on", "demolished in", "date of demolition",
    "date demolished", "removed", "removal date", "year removed", "end date", "closed", "closing date",
    "decommissioned", "valid to", "valid until", "to", "to date", "date to", "to year", "until", "end", "end year",
    "end lifespan version", "termination date",
    "abriss", "abrissjahr", "abrissdatum", "abgerissen", "abgerissen am", "abbruch", "abbruchjahr", "abbruchdatum",
    "abgebrochen", "abgebrochen am", "gabbj", "rueckbau", "rueckbaujahr", "rueckbaudatum", "rueckgebaut",
    "rueckgebaut am", "abgang",
    "stilllegung", "gueltig bis", "bis", "ende",
    "demoli", "annee demolition", "annee de demolition", "date demolition", "date de demolition", "demolition",
    "demoli le", "demoli en",
    "date fin", "fin", "jusqu a", "jusqu", "date disparition", "date conf fin",
    "解体年", "解体", "滅失年", "滅失", "除却年", "取壊年", "撤去年", "解体年月日", "解体年月", "解体日", "滅失年月日",
    "滅失日", "除却年月日", "除却日", "撤去年月日", "撤去日", "終了", "終了日", "終了年", "至",
    "yearofdemolition",
)  # fmt: skip
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WORDS = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TELLING = 3
"""A name of several words, or in Chinese characters, with so many letters tells what a longer one is that ends so."""
_DAY_S = 86_400.0
_SHARE = 0.5
"""Of the values that are not empty, at least so many must be moments ..."""
_FIRST_S, _LAST_S = -30_610_224_000.0, 7_258_118_400.0
"""... between the years 1000 and 2200."""


@dataclass(frozen=True, slots=True)
class Span:
    """The columns that say since when and until when rows exist; "" where there is none."""

    since: str = ""
    until: str = ""

    def __bool__(self) -> bool:
        """Return whether there is either."""
        return bool(self.since or self.until)


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a layer stood at a moment."""

    is_there: BoolArray
    """(n,) rows that existed then, and those of which nothing is known."""
    not_yet: int
    gone: int
    unknown: int
    """Rows without any date: they are drawn."""


def proposed_span(table: Table) -> Span:
    """Return the columns of a table that look like since when and until when its rows exist; kept."""
    return derived(table, "span", lambda: _proposed(table))


def _proposed(table: Table) -> Span:
    names = {name: _folded(name) for name, kind in table.fields().items() if kind in ("number", "text", "time")}
    since = _best(table, names, FROM_NAMES)
    return Span(since, _best(table, {n: f for n, f in names.items() if n != since}, TO_NAMES))


def _best(table: Table, names: dict[str, str], known: tuple[str, ...]) -> str:
    rank = {_packed(name): place for place, name in reversed(list(enumerate(known)))}
    endings = [_packed(name) for name in known if len(name) >= _TELLING and (" " in name or not name.isascii())]

    def place(folded: str) -> int | None:
        """Return how telling a name is; one that ends with a telling name comes after all of these."""
        packed = _packed(folded)
        if packed in rank or not any(packed.endswith(ending) for ending in endings):
            return rank.get(packed)
        return len(known)

    candidates = sorted((p, name) for name, f in names.items() if (p := place(f)) is not None)
    return next((name for _, name in candidates if looks_dated(table, name)), "")


def looks_dated(table: Table, name: str) -> bool:
    """Return whether most of what a column says are moments between the years 1000 and 2200."""
    moments = column_moments(table, name)
    column = table.column(name)
    if column.dtype.kind == "O":
        is_said = np.array([v is not None and str(v).strip() not in ("", "0", "-") for v in column.tolist()], bool)
    elif column.dtype.kind == "f":
        is_said = ~np.isnan(column) & (column != 0)
    else:
        is_said = ~np.isnan(moments)
    with np.errstate(invalid="ignore"):
        is_likely = (moments >= _FIRST_S) & (moments < _LAST_S)
    return bool(is_likely.any()) and int(is_likely.sum()) >= _SHARE * int(is_said.sum())


def _folded(name: str) -> str:
    spaced = _CAMEL.sub(" ", name.rpartition(">")[2].rpartition(":")[2] or name)
    plain = unicodedata.normalize("NFKC", spaced).casefold().translate(_UMLAUTS)
    plain = "".join(c for c in unicodedata.normalize("NFD", plain) if not "\u0300" <= c <= "\u036f")
    return " ".join(_WORDS.findall(unicodedata.normalize("NFC", plain)))


def _packed(folded: str) -> str:
    return folded.replace(" ", "")


def span_of(layer: Layer, style: Style) -> Span:
    """Return the columns that a layer follows the clock by: those chosen, else those that look like it.

    raises   ColumnError  a column that was chosen is not there
    """
    if not style.follows_time:
        return Span()
    if style.since_field and style.until_field:
        return Span(style.since_field, style.until_field)
    proposed = proposed_span(layer.table)
    since = style.since_field or (proposed.since if proposed.since != style.until_field else "")
    return Span(since, style.until_field or (proposed.until if proposed.until != since else ""))


def standing_at(layer: Layer, style: Style, at_s: float | None) -> Standing | None:
    """Return what of a layer stood at a moment; None where it has no dates, or now is shown: then all of it is drawn.

    A row exists from its first moment on, up to and without its last; a last moment before the first is not known.
    raises   ColumnError  a column that was chosen is not there
    """
    span = span_of(layer, style) if at_s is not None else Span()
    if at_s is None or not span:
        return None
    none = np.full(len(layer.table), np.nan)
    since = column_moments(layer.table, span.since) if span.since else none
    until = column_moments(layer.table, span.until) if span.until else none
    with np.errstate(invalid="ignore"):
        until = np.where(until < since, np.nan, until)  # gone before it came: one of the two is wrong
        is_coming, is_gone = since > at_s, until <= at_s
    is_gone &= ~is_coming
    unknown = np.isnan(since) & np.isnan(until) if span.until else np.isnan(since)
    return Standing(~is_coming & ~is_gone, int(is_coming.sum()), int(is_gone.sum()), int(unknown.sum()))


def stands_alike(layer: Layer, style: Style, before_s: float | None, at_s: float | None) -> bool:
    """Return whether at two moments of one UTC day the same of a layer stood, so that nothing is to be drawn anew."""
    if before_s is None or at_s is None or before_s // _DAY_S != at_s // _DAY_S:
        return False
    low, high = min(before_s, at_s), max(before_s, at_s)
    span = span_of(layer, style)
    columns = [column_moments(layer.table, name) for name in (span.since, span.until) if name]
    with np.errstate(invalid="ignore"):
        return not any(bool(((column > low) & (column <= high)).any()) for column in columns)


def shown_at(layer: Layer, style: Style, at_s: float | None) -> BoolArray:
    """Return which rows of a layer's table are drawn under its style's filter at a moment (None is now), (n,).

    raises   ColumnError, ExpressionError  the style does not suit the layer
    """
    shown = shown_rows(layer, style.filter)
    standing = standing_at(layer, style, at_s)
    return shown if standing is None else shown & standing.is_there


def dated_years(layer: Layer, style: Style) -> tuple[float, float] | None:
    """Return the first and the last moment that a layer's dates name, seconds since 1970; None without dates."""
    span = span_of(layer, style)
    moments = [column_moments(layer.table, name) for name in (span.since, span.until) if name]
    known = np.concatenate([*moments, np.empty(0)])
    known = known[~np.isnan(known)]
    return (float(known.min()), float(known.max())) if len(known) else None
