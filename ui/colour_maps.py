"""The colour maps a person can choose from, with a preview of each."""

from __future__ import annotations

from functools import lru_cache

from layers.palettes import CATEGORY_COLORS, RAMPS, hexadecimal, ramp
from ui import words
from ui.style_editors import Choice

STEPS = 16
MATPLOTLIB = ("viridis", "cividis", "magma", "YlGnBu", "PuBu", "Greens", "Greys", "PuOr", "BrBG")


@lru_cache(maxsize=4)
def colour_map_choices(*, is_categorical: bool, is_open: bool = False) -> tuple[Choice, ...]:
    """Return the maps to choose from, the automatic choice first.

    is_open   whether the list is being looked at: previews of matplotlib's maps take 0.2 s the first time
    """
    first = Choice("", words.DEFAULT_COLOURS, CATEGORY_COLORS if is_categorical else ())
    ours = (Choice(name, name, preview(name)) for name in RAMPS)
    return (first, *ours, *(Choice(name, name, preview(name) if is_open else ()) for name in MATPLOTLIB))


@lru_cache(maxsize=64)
def preview(name: str) -> tuple[str, ...]:
    """Return a map's colours from low to high, "#rrggbb"."""
    return tuple(hexadecimal(colour) for colour in ramp(name, STEPS))
