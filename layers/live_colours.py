"""The colours of live things by a value, and their legend. What is stale goes grey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.classes import nice_range, nice_ticks, number_label
from layers.palettes import NO_DATA_COLORS, colors_for, hexadecimal, ramp, rgb
from twin.entities import Column, EntityFrame
from twin.layer import Kind
from twin.legend import Legend, LegendEntry, LegendKind
from twin.live import LiveLook, freshness, is_stale

STEPS = 255
STOPS = 24
DEFAULT_RAMP = ("plasma", {"light": (0.0, 0.92), "dark": (0.30, 1.0)})
"""Its part that stands out from the city: the palest end is lost on light ground, the darkest on dark ground."""
DEFAULT_COLOR = {"light": "#e8590c", "dark": "#ffa94d"}
FADED = 0.62
"""How far the colour of what is stale goes towards grey."""
_GREY = np.array([150, 152, 156])
_MOST_WORDS = 12
_QUANTILES = (0.02, 0.98)
Answer = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64], Legend]
"""Colours (n, 3), where each stands from low to high, and the legend."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveColours:
    """A colour each, where each stands between low and high, and what it means."""

    rgb: npt.NDArray[np.uint8]
    """(n, 3)."""
    share: npt.NDArray[np.float64]
    """(n,) 0 to 1; NaN where there is no number."""
    legend: Legend


def live_colours(frame: EntityFrame, look: LiveLook, *, theme: str, at_s: float, trouble: str = "") -> LiveColours:
    """Return the colours of a frame's things, and the legend with their age.

    at_s      the moment shown
    trouble   why the feed is in trouble, to be told in the legend
    """
    column = frame.values.get(look.value)
    note = " ".join(part for part in (freshness(frame, look.stale_s, at_s), trouble, look.note) if part)
    if column is None:
        colours, share, legend = _single(frame, look, theme, note)
    elif column.dtype == object:
        colours, share, legend = _by_words(column, look, theme, note)
    else:
        colours, share, legend = _by_numbers(column.astype(float), look, theme, note)
    stale = is_stale(frame, look.stale_s, at_s)
    if stale.any():
        faded = colours[stale] * (1 - FADED) + _GREY * FADED
        colours = colours.copy()
        colours[stale] = faded.astype(np.uint8)
    return LiveColours(colours, share, legend)


def _legend(look: LiveLook, kind: LegendKind, note: str, **more: object) -> Legend:
    name = look.name or look.feed_id
    shape = Kind.FOOTPRINTS if look.shape == "buildings" else Kind.POINTS
    title = look.value or name
    return Legend(look.feed_id, name, shape, kind, title, look.unit, note=note, **more)  # type: ignore[arg-type]


def _single(
    frame: EntityFrame, look: LiveLook, theme: str, note: str
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64], Legend]:
    color = rgb(look.color or DEFAULT_COLOR[theme])
    entry = LegendEntry(look.name or look.feed_id, hexadecimal(color), len(frame))
    colours = np.tile(np.array(color, np.uint8), (len(frame), 1))
    return (
        colours,
        np.full(len(frame), np.nan),
        _legend(look, LegendKind.SINGLE, note, entries=(entry,), shown=len(frame)),
    )


def _by_words(
    column: Column, look: LiveLook, theme: str, note: str
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64], Legend]:
    words = ["" if word is None else str(word) for word in column.tolist()]
    names, places, counts = np.unique(np.array(words, object).astype(str), return_inverse=True, return_counts=True)
    often = np.argsort(-counts, kind="stable")[:_MOST_WORDS]
    listed = sorted(names[often].tolist())
    colours = dict(zip(listed, colors_for(listed), strict=True))
    other = NO_DATA_COLORS[theme]
    table = np.array([rgb(colours.get(name, other)) if name else rgb(other) for name in names.tolist()], np.uint8)
    count_of = dict(zip(names.tolist(), counts.tolist(), strict=True))
    entries = tuple(LegendEntry(name or "(blank)", colours[name], count_of[name], name) for name in listed if name)
    legend = _legend(look, LegendKind.CATEGORIES, note, entries=entries, shown=len(words))
    return table.reshape(-1, 3)[places], np.full(len(words), np.nan), legend


def _by_numbers(numbers: npt.NDArray[np.float64], look: LiveLook, theme: str, note: str) -> Answer:
    low, high = value_range(numbers, look)
    share = np.clip((numbers - low) / max(high - low, 1e-12), 0.0, 1.0)
    table = live_ramp(look.colormap, theme, STEPS)
    table = np.vstack([table, np.array([rgb(NO_DATA_COLORS[theme])], np.uint8)])
    known = np.isfinite(share)
    place = np.full(len(numbers), STEPS)
    place[known] = np.round(share[known] * (STEPS - 1)).astype(int)
    counts = np.bincount(place[known] * STOPS // STEPS, minlength=STOPS)
    ticks = nice_ticks(low, high)
    step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else None
    span = max(high - low, 1e-12)
    legend = _legend(
        look,
        LegendKind.RAMP,
        note,
        stops=tuple(hexadecimal(table[p]) for p in np.linspace(0, STEPS - 1, STOPS).round().astype(int)),
        ticks=tuple(((float(t) - low) / span, number_label(float(t), step)) for t in ticks if low <= t <= high),
        histogram=tuple(int(c) for c in counts),
        is_clipped=(bool((numbers < low).any()), bool((numbers > high).any())),
        shown=len(numbers),
        no_data=int((~known).sum()),
        no_data_color=NO_DATA_COLORS[theme],
    )
    return table[place], share, legend


def live_ramp(colormap: str, theme: str, steps: int) -> npt.NDArray[np.uint8]:
    """Return a colour map's colours (steps, 3) from low to high; "" takes what suits the theme."""
    if colormap:
        return np.asarray(ramp(colormap, steps))
    name, parts = DEFAULT_RAMP
    first, last = parts["dark" if theme == "dark" else "light"]
    fine = 4 * steps
    places = np.linspace(first * (fine - 1), last * (fine - 1), steps).round().astype(int)
    return np.asarray(ramp(name, fine)[places], np.uint8)


def value_range(numbers: npt.NDArray[np.float64], look: LiveLook) -> tuple[float, float]:
    """Return where the colours begin and end: as chosen, else round numbers around what is there."""
    if look.low is not None and look.high is not None and look.high > look.low:
        return look.low, look.high
    known = numbers[np.isfinite(numbers)]
    low, high = (float(q) for q in np.quantile(known, _QUANTILES)) if len(known) else (0.0, 1.0)
    low, high = nice_range(low, high) if high > low else (low, low + max(abs(low) * 0.1, 1.0))
    low = low if look.low is None else look.low
    high = high if look.high is None else look.high
    return (low, high) if high > low else (low, low + 1.0)
