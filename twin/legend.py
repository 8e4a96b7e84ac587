"""Legends as values: what the colours of a layer mean. Made together with the colours, drawn by others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from twin.layer import Kind


class LegendKind(StrEnum):
    """How a legend is drawn."""

    SINGLE = "single"
    """One colour for all."""
    CATEGORIES = "categories"
    """One entry a value."""
    CLASSES = "classes"
    """One entry a range of numbers, from low to high."""
    RAMP = "ramp"
    """A strip of colours with ticks."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One colour and what it stands for."""

    label: str
    color: str
    """ "#rrggbb"."""
    count: int
    """Rows shown in this colour."""
    value: str = ""
    """For categories: the value as text, the key for Style.colors; "" for the rest that share a colour."""
    weight: float = 0.0
    """For lines whose width means something: of the widest, 0 to 1; 0 for the usual width."""


@dataclass(frozen=True, slots=True)
class Legend:
    """What a layer's colours mean, over the rows that are shown."""

    layer_id: str
    layer_name: str
    shape: Kind
    """What the layer is drawn as: decides the form of the swatch."""
    kind: LegendKind
    title: str
    """The column, in the words of its file; the layer's name for a single colour."""
    unit: str = ""
    entries: tuple[LegendEntry, ...] = ()
    """For all kinds but RAMP; the remaining values, where there are many, come last."""
    stops: tuple[str, ...] = ()
    """For RAMP: colours "#rrggbb" at equal distances from the low to the high end."""
    ticks: tuple[tuple[float, str], ...] = ()
    """For RAMP: (place from 0 to 1, label), from low to high."""
    histogram: tuple[int, ...] = ()
    """For RAMP: rows shown in equal steps from the low to the high end; values beyond an end count there."""
    is_clipped: tuple[bool, bool] = (False, False)
    """For RAMP: whether there are values below the low end and above the high end."""
    shown: int = 0
    """Rows shown."""
    hidden: int = 0
    """Rows hidden by the filter."""
    no_data: int = 0
    """Rows shown that have no value; drawn in no_data_color."""
    no_data_color: str = ""
    estimated: int = 0
    """Rows shown whose value is an estimate (heights from storeys or defaults)."""
    note: str = ""
    """One sentence on how to read it: the method of the classes, values that were no numbers."""


def renamed(legend: Legend, name: str) -> Legend:
    """Return the legend of a layer that people gave another name; "" keeps the layer's own."""
    if not name:
        return legend
    if legend.kind is not LegendKind.SINGLE:
        return replace(legend, layer_name=name)
    entries = tuple(replace(entry, label=name) for entry in legend.entries)
    return replace(legend, layer_name=name, title=name, entries=entries)
