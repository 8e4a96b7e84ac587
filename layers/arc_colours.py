"""The colours and widths of arcs by how much flows, and their legend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.classes import is_whole, number_label, range_labels, rounder
from layers.palettes import hexadecimal, ramp, rgb
from twin.arcs import Arcs
from twin.entities import EntityFrame
from twin.layer import Kind
from twin.legend import Legend, LegendEntry, LegendKind
from twin.live import LiveLook, freshness, is_stale

FloatArray = npt.NDArray[np.float64]

STEPS, SLACK = 4, 0.12
"""So many classes are above the usual size, each from the one before by the same factor: most flows are small."""
FROM_TO = {"light": ("magma", 0.84, 0.18), "dark": ("plasma", 0.48, 0.97)}
"""Colour map of each theme and the part of it that stands out from the ground; from small to large."""
BELOW_ZERO = {"light": "#1971c2", "dark": "#4dabf7"}
ONE_COLOUR = {"light": "#c2255c", "dark": "#ffa94d"}
LEAST_WIDTH = 0.10
"""The narrowest arc's part of the widest."""
_GREY = np.array([150, 152, 156])
_FADED = 0.62


@dataclass(frozen=True, slots=True, eq=False)
class ArcColours:
    """A colour and a width for each arc, and what they mean."""

    rgb: npt.NDArray[np.uint8]
    """(m, 3)."""
    width: FloatArray
    """(m,) of the widest, 0 to 1."""
    legend: Legend


def arc_colours(
    frame: EntityFrame, arcs: Arcs, look: LiveLook, *, theme: str, at_s: float, trouble: str = ""
) -> ArcColours:
    """Return the colours and widths of arcs, and the legend.

    at_s   the moment shown, for what is fresh and what is stale
    """
    size = np.abs(arcs.value)
    usual, high = arcs.span
    width = np.maximum(LEAST_WIDTH, size / high if high > 0 else size)
    note = _note(frame, arcs, look, at_s, trouble)
    is_alike = len(size) == 0 or (look.value not in frame.values and not look.is_summed)
    if is_alike:
        color = look.color or ONE_COLOUR[theme]
        colours = np.tile(np.array(rgb(color), np.uint8), (len(size), 1))
        entry = LegendEntry(look.name or look.feed_id, color, len(size))
        legend = _legend(look, LegendKind.SINGLE, note, (entry,), len(size))
        return ArcColours(_faded(colours, frame, arcs, look, at_s), np.full(len(size), 0.35), legend)
    edges = class_edges(usual, high, is_whole=is_whole(size))
    table = palette(look, theme, len(edges) + 1)
    place = np.searchsorted(edges, size, side="right")
    colours = table[place]
    is_below = arcs.value < 0
    colours[is_below] = rgb(BELOW_ZERO[theme])
    entries = _entries(edges, table, high, size[~is_below], place[~is_below])
    if is_below.any():
        entries = (*entries, LegendEntry("below 0", BELOW_ZERO[theme], int(is_below.sum()), weight=0.4))
    legend = _legend(look, LegendKind.CLASSES, note, entries, len(size))
    return ArcColours(_faded(colours, frame, arcs, look, at_s), np.minimum(width, 1.0), legend)


def class_edges(usual: float, high: float, *, is_whole: bool = False) -> FloatArray:
    """Return the round numbers at which classes begin, ascending: from the usual size on, evenly by factors."""
    if usual <= 0 or high <= usual:
        return np.empty(0)
    edges = usual * (high / usual) ** (np.arange(STEPS) / STEPS)
    rounded = np.array([rounder(float(edge), SLACK * float(edge)) for edge in edges])
    rounded = np.unique(np.ceil(rounded) if is_whole else rounded)
    return rounded[(rounded > 0) & (rounded <= high)]


def palette(look: LiveLook, theme: str, classes: int) -> npt.NDArray[np.uint8]:
    """Return the colours (classes, 3) from small to large."""
    if look.color and not look.colormap:
        ground = np.array([255, 255, 255]) if theme == "light" else np.array([40, 42, 48])
        strength = np.linspace(0.45, 1.0, classes)[:, None]
        return np.asarray(np.round(np.array(rgb(look.color)) * strength + ground * (1 - strength)), np.uint8)
    name, begin, end = (look.colormap, 0.12, 0.95) if look.colormap else FROM_TO[theme]
    table = ramp(name, 256)
    places = np.linspace(begin, end, classes) if classes > 1 else np.array([end])
    return np.asarray(table[np.round(places * 255).astype(int)], np.uint8)


def _entries(
    edges: FloatArray, table: npt.NDArray[np.uint8], high: float, size: FloatArray, place: npt.NDArray[np.intp]
) -> tuple[LegendEntry, ...]:
    """Return an entry a class, the largest first; what is smaller than anything drawn at any time has none."""
    ordered = np.sort(np.concatenate([[high, min([high, *edges])], size]))
    if len(edges):
        labels = range_labels(edges, ordered)
    else:
        ends = [number_label(ordered[0]), number_label(ordered[-1])]
        labels = [ends[0] if ends[0] == ends[1] else f"{ends[0]} \u2013 {ends[1]}"]
    counts = np.bincount(place, minlength=len(labels))
    middles = np.concatenate([[0.0], edges]) / 2 + np.concatenate([edges, [high]]) / 2
    return tuple(
        LegendEntry(label, hexadecimal(color), int(count), weight=float(min(max(middle / high, LEAST_WIDTH), 1.0)))
        for label, color, count, middle in zip(labels, table, counts, middles, strict=True)
        if count or not len(edges) or middle >= edges[0]
    )[::-1]


def _faded(
    colours: npt.NDArray[np.uint8], frame: EntityFrame, arcs: Arcs, look: LiveLook, at_s: float
) -> npt.NDArray[np.uint8]:
    stale = is_stale(frame, look.stale_s, at_s)[arcs.row]
    if stale.any():
        colours[stale] = (colours[stale] * (1 - _FADED) + _GREY * _FADED).astype(np.uint8)
    return colours


def _legend(
    look: LiveLook, kind: LegendKind, note: str, entries: tuple[LegendEntry, ...], shown: int
) -> Legend:  # fmt: skip
    name = look.name or look.feed_id
    title = look.value if look.value and look.value not in ("rows", "value") else name
    return Legend(look.feed_id, name, Kind.LINES, kind, title, look.unit, entries=entries, shown=shown, note=note)


def _note(frame: EntityFrame, arcs: Arcs, look: LiveLook, at_s: float, trouble: str) -> str:
    """Return what is to be said: when, which part is drawn, how to read it."""
    drawn = len(arcs.row)
    parts = [frame.note]
    if arcs.left_out:
        share = arcs.left_share
        told = f"{share:.0%}" if share >= 0.01 else "under 1%"
        parts.append(f"The {drawn:,} largest of {drawn + arcs.left_out:,}; the others are {told} of the whole.")
    if arcs.below:
        parts.append(f"{arcs.below:,} below {number_label(look.least)} are not drawn.")
    if look.is_summed:
        parts.append("Both directions together.")
    if arcs.is_loop.any():
        parts.append(f"Rings: {int(arcs.is_loop.sum()):,} that stay where they begin.")
    if np.isfinite(frame.time_s).any():
        parts.append(freshness(frame, look.stale_s, at_s))
    return " ".join(part for part in (*parts, trouble, look.note) if part)
