"""Legends as blocks on a sheet: each is measured, then drawn from its upper left corner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from layers.fonts import Type, shortened, width_px, wrapped
from layers.palettes import rgb
from layers.sheet import Ink, Sheet
from twin.layer import Kind
from twin.legend import Legend, LegendEntry, LegendKind

Drawing = Callable[[Sheet, float, float], None]


@dataclass(frozen=True, slots=True)
class Block:
    """Something with a size that can be drawn anywhere."""

    width_px: float
    height_px: float
    draw: Drawing
    """Draws on a sheet with its upper left corner at (x, y)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Sizes that follow the picture's height."""

    unit_px: float
    """1 in a picture of 720 lines; 3 in one of 2160."""
    ink: Ink
    width_px: float
    """Of a legend's block."""

    @property
    def title(self) -> Type:
        """Return how titles are set."""
        return Type(13.5 * self.unit_px, self.ink.text, is_bold=True)

    @property
    def label(self) -> Type:
        """Return how labels are set."""
        return Type(12.5 * self.unit_px, self.ink.text)

    @property
    def quiet(self) -> Type:
        """Return how counts and notes are set."""
        return Type(11.0 * self.unit_px, self.ink.quiet)


def legend_block(legend: Legend, m: Measure) -> Block:
    """Return a legend as a block."""
    if legend.kind is LegendKind.SINGLE:
        rows = [_entry_row(legend, entry, m) for entry in legend.entries]
    else:
        rows = [_title(legend, m)]
        if legend.kind is LegendKind.RAMP:
            rows.append(_ramp(legend, m))
        rows.extend(_entry_row(legend, entry, m) for entry in legend.entries)
        if legend.no_data:
            rows.append(_entry_row(legend, LegendEntry("no data", legend.no_data_color, legend.no_data), m))
    rows.extend(_remarks(legend, m))
    return stacked(rows, 0.0)


def stacked(blocks: list[Block], gap_px: float) -> Block:
    """Return blocks one below the other as one."""

    def draw(sheet: Sheet, x: float, y: float) -> None:
        for block in blocks:
            block.draw(sheet, x, y)
            y += block.height_px + gap_px

    height_px = sum(b.height_px for b in blocks) + gap_px * max(0, len(blocks) - 1)
    return Block(max((b.width_px for b in blocks), default=0.0), height_px, draw)


def _title(legend: Legend, m: Measure) -> Block:
    u = m.unit_px
    unit = f" ({legend.unit})" if legend.unit else ""
    unit_type = replace(m.label, color=m.ink.quiet)
    name = shortened(legend.title, m.title, m.width_px - width_px(unit, unit_type))
    under = f"{legend.layer_name}, {legend.shown:,} shown" if legend.layer_name else f"{legend.shown:,} shown"
    under = shortened(under, m.quiet, m.width_px)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.text(x, y + 13 * u, name, m.title)
        sheet.text(x + width_px(name, m.title), y + 13 * u, unit, unit_type)
        sheet.text(x, y + 29 * u, under, m.quiet)

    return Block(m.width_px, 39 * u, draw)


def _ramp(legend: Legend, m: Measure) -> Block:
    u = m.unit_px
    colors = np.array([rgb(c) for c in legend.stops], np.uint8)
    nib, bar_top, bar_height = 7 * u, (26 * u if any(legend.histogram) else 2 * u), 12 * u
    ticks = _ticks_with_room(legend, m, m.width_px - 2 * nib)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        left, right = x + nib * legend.is_clipped[0], x + m.width_px - nib * legend.is_clipped[1]
        top, middle = y + bar_top, y + bar_top + bar_height / 2
        tallest = max(legend.histogram, default=0)
        step = (right - left) / max(1, len(legend.histogram))
        for i, count in enumerate(legend.histogram):
            rise = np.sqrt(count / tallest) * 22 * u if tallest else 0.0
            if rise > 0:
                color = colors[round(i * (len(colors) - 1) / max(1, len(legend.histogram) - 1))]
                color = 0.7 * color + 0.3 * np.array(m.ink.quiet[:3])
                bar = (left + i * step + 0.5 * u, top - 2 * u - rise, left + (i + 1) * step - 0.5 * u, top - 2 * u)
                sheet.rounded(bar, (*(int(c) for c in color), 255), 0.5 * u)
        sheet.strip((left, top, right, top + bar_height), colors, 2 * u)
        if legend.is_clipped[0]:
            sheet.polygon([(left - u, top), (left - u, top + bar_height), (x, middle)], tuple(colors[0].tolist()))
        if legend.is_clipped[1]:
            end = x + m.width_px
            sheet.polygon([(right + u, top), (right + u, top + bar_height), (end, middle)], tuple(colors[-1].tolist()))
        for place, label in ticks:
            at = left + place * (right - left)
            sheet.line(at, top + bar_height + u, at, top + bar_height + 4 * u, m.ink.quiet, max(1.0, u))
            half = width_px(label, m.quiet) / 2
            at = min(max(at, x + half), x + m.width_px - half)
            sheet.text(at, top + bar_height + 16 * u, label, m.quiet, anchor="ms")

    return Block(m.width_px, bar_top + bar_height + 24 * u, draw)


def _ticks_with_room(legend: Legend, m: Measure, width: float) -> list[tuple[float, str]]:
    """Return the ticks whose labels do not touch: every one, or every second, and so on."""
    for step in range(1, max(2, len(legend.ticks))):
        ticks = list(legend.ticks[::step])
        gaps = [
            (b[0] - a[0]) * width - (width_px(a[1], m.quiet) + width_px(b[1], m.quiet)) / 2 for a, b in pairwise(ticks)
        ]
        if all(gap > 6 * m.unit_px for gap in gaps):
            return ticks
    return list(legend.ticks[:1])


def _entry_row(legend: Legend, entry: LegendEntry, m: Measure, *, is_hatched: bool = False) -> Block:
    u = m.unit_px
    count = f"{entry.count:,}" if entry.count >= 0 else ""
    room = m.width_px - 24 * u - width_px(count, m.quiet) - 10 * u
    label = shortened(entry.label, m.label, room)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        _swatch(sheet, legend.shape, entry, (x, y + 2 * u), u, is_hatched=is_hatched)
        sheet.text(x + 24 * u, y + 13.5 * u, label, m.label)
        sheet.text(x + m.width_px, y + 13.5 * u, count, m.quiet, anchor="rs")

    return Block(m.width_px, 20 * u, draw)


def _swatch(
    sheet: Sheet, shape: Kind, entry: LegendEntry, place: tuple[float, float], u: float, *, is_hatched: bool
) -> None:
    x, y = place
    paint = rgb(entry.color)
    if shape is Kind.LINES and entry.weight > 0:
        half = max(entry.weight * 6.0, 0.7) * u
        sheet.rounded((x, y + 7 * u - half, x + 16 * u, y + 7 * u + half), paint, min(half, 1.5 * u))
    elif shape is Kind.LINES:
        sheet.rounded((x, y + 4.5 * u, x + 16 * u, y + 9.5 * u), sheet.ink.swatch_border, 2.5 * u)
        sheet.rounded((x + u, y + 5.5 * u, x + 15 * u, y + 8.5 * u), paint, 1.5 * u)
    elif shape is Kind.POINTS:
        sheet.swatch((x + 2 * u, y + u, x + 14 * u, y + 13 * u), paint, 6 * u)
    else:
        sheet.swatch((x, y, x + 16 * u, y + 14 * u), paint, 3 * u, is_hatched=is_hatched)


def _remarks(legend: Legend, m: Measure) -> list[Block]:
    """Return what is estimated (hatched), what is hidden, and how to read the classes."""
    rows = []
    if legend.estimated:
        color = "#{:02x}{:02x}{:02x}".format(*sheet_color(m.ink))
        rows.append(_entry_row(
            replace(legend, shape=Kind.POLYGONS), LegendEntry("of these estimated *", color, legend.estimated), m,
            is_hatched=True,
        ))  # fmt: skip
    texts = []
    if legend.estimated:
        texts.append("* from storeys, use or a default, not measured.")
    if legend.hidden:
        texts.append(f"{legend.hidden:,} hidden by the filter.")
    if legend.note:
        texts.append(legend.note)
    lines = [line for text in texts for line in wrapped(text, m.quiet, m.width_px)]
    return [*rows, *([_gap(3 * m.unit_px)] if lines else []), *(_line(line, m) for line in lines)]


def sheet_color(ink: Ink) -> tuple[int, int, int]:
    """Return the card's colour without its transparency."""
    return ink.card[0], ink.card[1], ink.card[2]


def _gap(height_px: float) -> Block:
    return Block(0.0, height_px, lambda _sheet, _x, _y: None)


def _line(text: str, m: Measure) -> Block:
    u = m.unit_px
    return Block(m.width_px, 15 * u, lambda sheet, x, y: sheet.text(x, y + 11 * u, text, m.quiet))
