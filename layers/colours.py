"""From values to colours: one colour a row of a layer's table, and the legend that explains them.

To add a colour scheme: add its name to twin.layer.Scheme, write a function here that takes a Question and returns
Colours, and enter it in the table SCHEMES. Panels, legends and the command line follow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from layers.classes import (
    deviation_edges,
    equal_edges,
    natural_edges,
    nice_range,
    nice_ticks,
    number_label,
    quantile_edges,
    range_labels,
    readable_edges,
)
from layers.column_values import (
    column_categories,
    column_numbers,
    count_not_numbers,
    is_height,
    is_numeric,
    is_time,
    ordered_numbers,
)
from layers.palettes import (
    CATEGORY_COLORS,
    DEFAULT_RAMPS,
    NO_DATA_COLORS,
    OTHER_COLORS,
    RgbArray,
    colors_for,
    default_color,
    hexadecimal,
    ramp,
    rgb,
)
from layers.surface_colours import LABELS, has_surfaces, surface_counts, surface_rgb
from twin.buildings import FIRST_ESTIMATE
from twin.derived import Text
from twin.errors import StyleError
from twin.expression import shown_rows
from twin.layer import Kind, Layer, Scheme, Style
from twin.legend import Legend, LegendEntry, LegendKind
from twin.models import Semantics

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

FEWEST_CLASSES, MOST_CLASSES = 2, 12
RAMP_STEPS = 255
STOPS_SHOWN = 24
BARS_SHOWN = 24
_SHADES = 16
_SHADE_RANGE = 0.04
"""How far one building's default colour may differ from the next one's, as a share of its lightness."""
_RANGE_SHARE = {"height": (0.0, 0.998), "number": (0.02, 0.98)}
"""The share of values between the ends of a ramp: outliers do not squeeze the rest into one colour."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a scheme is asked to colour."""

    layer: Layer
    style: Style
    theme: str
    """ "light" or "dark"."""
    shown: BoolArray
    """(n,) the rows a legend counts."""

    @property
    def is_height(self) -> bool:
        """Return whether the heights drawn are coloured."""
        return is_height(self.layer, self.style.color_by)


@dataclass(frozen=True, slots=True)
class Colours:
    """What a scheme answers."""

    index: npt.NDArray[np.uint8]
    """(n,) place of each row's colour in `table`; the last place is for rows without a value."""
    table: RgbArray
    """(k + 1, 3)."""
    kind: LegendKind
    labels: tuple[str, ...] = ()
    """(k,) one a colour; none for ramps."""
    values: tuple[str, ...] = ()
    """(k,) for categories, the value of each; "" for the rest."""
    ticks: tuple[tuple[float, str], ...] = ()
    is_clipped: tuple[bool, bool] = (False, False)
    note: str = ""


def colour_rows(layer: Layer, style: Style, *, theme: str, shown: BoolArray | None = None) -> tuple[RgbArray, Legend]:
    """Return one colour a row of the layer's table, and the legend.

    theme     "light" or "dark"
    shown     (n,) the rows drawn, if they are known already; else the style's filter is asked
    returns   (n, 3) uint8, hidden rows too; the legend counts only the rows drawn
    raises    ColumnError      there is no such column
              StyleError       the column does not suit the scheme, or a colour or colour map is unknown
              ExpressionError  the filter cannot be read
    """
    if shown is None:
        shown = shown_rows(layer, style.filter)
    question = Question(layer, style, theme, shown)
    if not style.color_by:
        return _single(question)
    if has_surfaces(layer, style):
        return _surfaces(question)
    answer = SCHEMES[_scheme(question)](question)
    return answer.table.take(answer.index, axis=0), _legend(question, answer)


# schemes


def _continuous(question: Question) -> Colours:
    """Colour each number by its place on a ramp between two robust ends."""
    numbers = column_numbers(question.layer, question.style.color_by)
    ordered = ordered_numbers(question.layer, question.style.color_by, numbers)
    lowest, highest = _RANGE_SHARE["height" if question.is_height else "number"]
    last = len(ordered) - 1
    low, high = nice_range(float(ordered[round(lowest * last)]), float(ordered[round(highest * last)]))
    if high <= low:  # one value, or nearly all the same
        low, high = float(ordered[0]), float(ordered[-1])
    scale = (RAMP_STEPS - 1) / (high - low) if high > low else 0.0
    with np.errstate(invalid="ignore"):
        place = np.clip((numbers - low) * scale + 0.5, 0, RAMP_STEPS - 1)
    place[np.isnan(place)] = RAMP_STEPS
    name = question.style.colormap or DEFAULT_RAMPS["height" if question.is_height else "number", _theme(question)]
    table = ramp(name, RAMP_STEPS, is_reversed=question.style.is_reversed)
    marks = nice_ticks(low, high)
    step = float(marks[1] - marks[0]) if len(marks) > 1 else None
    write = _writer(question)
    return Colours(
        place.astype(np.uint8),
        _with_no_data(question, table),
        LegendKind.RAMP,
        ticks=tuple(((float(m) - low) / (high - low) if high > low else 0.5, write(float(m), step)) for m in marks),
        is_clipped=(bool(ordered[0] < low), bool(ordered[-1] > high)),
        note=_not_numbers(question, numbers),
    )


def _quantiles(question: Question) -> Colours:
    """Colour in classes of about equally many rows."""
    return _classes(question, quantile_edges, "About equally many in each class.")


def _equal_interval(question: Question) -> Colours:
    """Colour in classes of equal width."""
    return _classes(question, equal_edges, "Classes of equal width.")


def _natural_breaks(question: Question) -> Colours:
    """Colour in classes that are each as alike as possible."""
    return _classes(question, natural_edges, "Natural breaks.")


def _std_mean(question: Question) -> Colours:
    """Colour by how many standard deviations a number is from the mean."""
    numbers = column_numbers(question.layer, question.style.color_by)
    ordered = ordered_numbers(question.layer, question.style.color_by, numbers)
    mean, deviation = number_label(float(ordered.mean())), number_label(float(ordered.std()))
    note = f"Mean {mean}, standard deviation {deviation}."
    return _classes(question, lambda values, _: deviation_edges(values), note, ramp_name="deviation")


def _classes(
    question: Question, find: Callable[[FloatArray, int], FloatArray], note: str, *, ramp_name: str = ""
) -> Colours:
    if not FEWEST_CLASSES <= question.style.classes <= MOST_CLASSES:
        raise StyleError(
            f"{question.style.classes} classes cannot be told apart.",
            hint=f"Choose {FEWEST_CLASSES} to {MOST_CLASSES}.",
        )
    numbers = column_numbers(question.layer, question.style.color_by)
    ordered = ordered_numbers(question.layer, question.style.color_by, numbers)
    edges = readable_edges(find(ordered, question.style.classes), ordered)
    if not ramp_name:  # a class below the least or above the greatest value would be empty
        edges = edges[(edges > ordered[0]) & (edges <= ordered[-1])]
        ramp_name = "height" if question.is_height else "number"
    index = np.searchsorted(edges, numbers, side="right").astype(np.uint8)
    index[np.isnan(numbers)] = len(edges) + 1
    name = question.style.colormap or DEFAULT_RAMPS[ramp_name, _theme(question)]
    table = ramp(name, len(edges) + 1, is_reversed=question.style.is_reversed)
    note = f"{note} {_not_numbers(question, numbers)}".strip()
    labels = tuple(
        _date_labels(edges) if is_time(question.layer, question.style.color_by) else range_labels(edges, ordered)
    )
    return Colours(index, _with_no_data(question, table), LegendKind.CLASSES, labels=labels, note=note)


def _categorical(question: Question) -> Colours:
    """Give the most frequent values a colour each, and the rest one together."""
    text = column_categories(question.layer, question.style.color_by)
    assert text.codes is not None
    counts = np.bincount(text.codes[text.codes >= 0], minlength=len(text.values))
    chosen = dict(question.style.colors)
    places = _listed(text, counts, chosen)
    has_rest = len(places) < int((counts > 0).sum())
    colors = list(_category_colors(question, [str(text.values[p]) for p in places]))
    for i, place in enumerate(places):
        if text.values[place] in chosen:
            colors[i] = rgb(chosen[text.values[place]])
    labels = [str(text.values[p]) or "(blank)" for p in places]
    values = [str(text.values[p]) for p in places]
    if has_rest:
        rest = int((counts > 0).sum()) - len(places)
        labels.append(f"{rest:,} others")
        values.append("")
        colors.append(rgb(OTHER_COLORS[_theme(question)]))
    by_value = np.full(len(text.values) + 1, len(places), np.uint8)
    by_value[places] = np.arange(len(places))
    by_value[-1] = len(colors)
    return Colours(
        by_value[text.codes],
        _with_no_data(question, np.array(colors, np.uint8).reshape(-1, 3)),
        LegendKind.CATEGORIES,
        labels=tuple(labels),
        values=tuple(values),
    )


SCHEMES: dict[Scheme, Callable[[Question], Colours]] = {
    Scheme.CONTINUOUS: _continuous,
    Scheme.QUANTILES: _quantiles,
    Scheme.EQUAL_INTERVAL: _equal_interval,
    Scheme.NATURAL_BREAKS: _natural_breaks,
    Scheme.STD_MEAN: _std_mean,
    Scheme.CATEGORICAL: _categorical,
}
"""Every colour scheme: from what is asked to colours, classes and labels. A new scheme is a new row here."""


# parts of schemes


def _scheme(question: Question) -> Scheme:
    column, scheme = question.style.color_by, question.style.scheme
    if scheme is None:
        return Scheme.CONTINUOUS if is_numeric(question.layer, column) else Scheme.CATEGORICAL
    return scheme


def _theme(question: Question) -> str:
    return "dark" if question.theme == "dark" else "light"


def _listed(text: Text, counts: npt.NDArray[np.integer[Any]], chosen: dict[str, str]) -> npt.NDArray[np.integer[Any]]:
    """Return which values get a colour of their own: those chosen by hand, and the most frequent."""
    by_hand = np.fromiter((v in chosen for v in text.values), bool, len(text.values)) if chosen else counts < 0
    rank = np.lexsort((np.arange(len(counts)), -counts, ~by_hand))
    rank = rank[(counts > 0)[rank] | by_hand[rank]]
    room = max(len(CATEGORY_COLORS), int(by_hand.sum()))
    places = rank[:room]
    if all(_is_number(v) for v in text.values[places]):
        return places[np.argsort([float(v) for v in text.values[places]], kind="stable")]
    return places[np.argsort(-counts[places], kind="stable")]


def _is_number(word: object) -> bool:
    try:
        float(str(word))
    except ValueError:
        return False
    return True


def _category_colors(question: Question, words: list[str]) -> list[tuple[int, int, int]]:
    if question.style.colormap:
        table = ramp(question.style.colormap, len(words), is_reversed=question.style.is_reversed)
        return [(int(r), int(g), int(b)) for r, g, b in table]
    colors = colors_for(words)
    return [rgb(c) for c in (reversed(colors) if question.style.is_reversed else colors)]


def _with_no_data(question: Question, table: RgbArray) -> RgbArray:
    return np.vstack([table, np.array([rgb(NO_DATA_COLORS[_theme(question)])], np.uint8)])


def _not_numbers(question: Question, numbers: FloatArray) -> str:
    count = count_not_numbers(question.layer, question.style.color_by, numbers)
    return f"{count:,} {'text is not a number' if count == 1 else 'texts are not numbers'}." if count else ""


def _writer(question: Question) -> Callable[[float, float | None], str]:
    return (
        (lambda day, _: str(np.datetime64(round(day), "D")))
        if is_time(question.layer, question.style.color_by)
        else number_label
    )


def _date_labels(edges: FloatArray) -> list[str]:
    names = [str(np.datetime64(round(e), "D")) for e in edges]
    if not names:
        return ["all"]
    inner = [f"{a} \u2013 {b}" for a, b in pairwise(names)]
    return [f"before {names[0]}", *inner, f"from {names[-1]}"]


# one colour, and the legend


def _single(question: Question) -> tuple[RgbArray, Legend]:
    layer, style, shown = question.layer, question.style, question.shown
    color = style.color or default_color(layer.info, _theme(question))
    base = np.array(rgb(color), np.float64)
    count = len(layer.table)
    if layer.info.kind is Kind.FOOTPRINTS and not style.color:
        factor = np.linspace(1 - _SHADE_RANGE, 1 + _SHADE_RANGE, _SHADES)
        shades = np.clip(np.round(base * factor[:, None]), 0, 255).astype(np.uint8)
        # Knuth's multiplicative hash: neighbouring rows differ, and a building keeps its shade.
        shade = (np.arange(count, dtype=np.uint32) * np.uint32(2_654_435_761)) >> np.uint32(28)
        colors = shades.take(shade, axis=0)
    else:
        colors = np.broadcast_to(base.astype(np.uint8), (count, 3)).copy()
    legend = replace(
        _blank(question, LegendKind.SINGLE, layer.info.name),
        entries=(LegendEntry(layer.info.name, hexadecimal(rgb(color)), int(shown.sum())),),
    )
    return colors, legend


def _surfaces(question: Question) -> tuple[RgbArray, Legend]:
    """Colour by what each surface is: a row as a whole, seen from far away, has the colour of roofs."""
    layer, bodies = question.layer, question.layer.model
    assert bodies is not None
    table = surface_rgb(question.style, _theme(question))
    counts = surface_counts(bodies, question.style, question.shown)
    has_roofs = counts[Semantics.ROOF] > 0
    whole = table[Semantics.ROOF if has_roofs else int(counts.argmax())]
    entries = tuple(
        LegendEntry(label, hexadecimal(table[means]), int(counts[means]), label)
        for means, label in LABELS.items()
        if counts[means]
    )
    legend = replace(_blank(question, LegendKind.CATEGORIES, layer.info.name), entries=entries)
    return np.broadcast_to(whole, (len(layer.table), 3)).copy(), legend


def _blank(question: Question, kind: LegendKind, title: str) -> Legend:
    layer, shown = question.layer, int(question.shown.sum())
    drawn = len(layer.table) if layer.heights is None else int((~np.isnan(layer.heights.height_m)).sum())
    drawn -= 0 if layer.gone is None else int(layer.gone.sum())  # no filter hides what a scenario takes away
    return Legend(
        layer_id=layer.info.id,
        layer_name=layer.info.name,
        shape=layer.info.kind,
        kind=kind,
        title=title,
        unit=question.style.unit,
        shown=shown,
        hidden=max(0, drawn - shown),
    )


def _legend(question: Question, answer: Colours) -> Legend:
    colors = [hexadecimal(c) for c in answer.table]
    counts = np.bincount(answer.index[question.shown], minlength=len(colors))
    values = answer.values or ("",) * len(answer.labels)
    legend = replace(
        _blank(question, answer.kind, question.style.color_by),
        entries=tuple(
            LegendEntry(label, color, int(count), value)
            for label, color, count, value in zip(answer.labels, colors, counts, values, strict=False)
        ),
        ticks=answer.ticks,
        is_clipped=answer.is_clipped,
        no_data=int(counts[-1]),
        no_data_color=colors[-1],
        note=answer.note,
    )
    if answer.kind is LegendKind.RAMP:
        places = np.linspace(0, len(colors) - 2, STOPS_SHOWN).round().astype(int)
        bars = np.add.reduceat(counts[:-1], np.linspace(0, len(colors) - 1, BARS_SHOWN, endpoint=False).astype(int))
        legend = replace(legend, stops=tuple(colors[p] for p in places), histogram=tuple(int(b) for b in bars))
    if question.is_height:
        assert question.layer.heights is not None
        is_estimate = question.layer.heights.source >= int(FIRST_ESTIMATE)
        estimated = int((is_estimate & question.shown).sum())
        legend = replace(legend, unit=legend.unit or "m", estimated=estimated)
    return legend
