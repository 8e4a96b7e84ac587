"""Legends on paper: the colours of the scene as drawn shapes and real text, each measured before it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twin.layer import Kind
from twin.legend import Legend, LegendEntry, LegendKind
from twin.sun_words import LEGEND_ID
from ui import exhibit_words as words
from ui.exhibit_fonts import shortened, wrapped
from ui.exhibit_pen import BLACK, LINE, PT_PER_MM, QUIET, Letters, Pen, color_of

Drawing = Callable[[Pen, float, float], None]


@dataclass(frozen=True, slots=True)
class Block:
    """Something with a height that can be drawn anywhere; its upper left corner is given."""

    height_mm: float
    draw: Drawing
    is_joined: bool = False
    """What follows belongs to it and comes without a gap."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a column of text and legends is set."""

    width_mm: float
    size_pt: float

    @property
    def em_mm(self) -> float:
        """Return the size of letters in millimetres."""
        return self.size_pt / PT_PER_MM

    @property
    def line_mm(self) -> float:
        """Return the distance of two lines."""
        return 1.42 * self.em_mm

    @property
    def plain(self) -> Letters:
        """Return how running text is set."""
        return Letters(self.size_pt)

    @property
    def quiet(self) -> Letters:
        """Return how what is read second is set."""
        return Letters(0.88 * self.size_pt, QUIET)

    @property
    def bold(self) -> Letters:
        """Return how headings are set."""
        return Letters(1.06 * self.size_pt, BLACK, is_bold=True)


def cut(text: str, letters: Letters, most_mm: float) -> str:
    """Return a text cut to a width."""
    return shortened(text, letters.size_pt, most_mm * PT_PER_MM, is_bold=letters.is_bold)


def lines_of(text: str, letters: Letters, width_mm: float) -> list[str]:
    """Return a text in lines of at most a width."""
    return wrapped(text, letters.size_pt, width_mm * PT_PER_MM, is_bold=letters.is_bold)


def paragraph(text: str, setting: Setting, letters: Letters) -> Block:
    """Return a text as a block."""
    lines = lines_of(text, letters, setting.width_mm)
    step = setting.line_mm * letters.size_pt / setting.size_pt

    def draw(pen: Pen, x: float, y: float) -> None:
        for number, line in enumerate(lines):
            pen.text(x, y + step * number + 0.76 * step, line, letters)

    return Block(step * len(lines), draw)


def stacked(blocks: list[Block], gap_mm: float = 0.0) -> Block:
    """Return blocks one below the other as one."""

    def draw(pen: Pen, x: float, y: float) -> None:
        for block in blocks:
            block.draw(pen, x, y)
            y += block.height_mm + gap_mm

    return Block(sum(b.height_mm for b in blocks) + gap_mm * max(len(blocks) - 1, 0), draw)


def legend_blocks(legends: list[Legend], setting: Setting) -> list[Block]:
    """Return one block a legend; layers of a single colour share one."""
    blocks = [_legend(legend, setting) for legend in legends if legend.kind is not LegendKind.SINGLE]
    single = [
        _entry(legend, entry, setting)
        for legend in legends
        if legend.kind is LegendKind.SINGLE
        for entry in legend.entries
    ]
    suns = [paragraph(legend.note, setting, setting.quiet) for legend in legends if legend.layer_id == LEGEND_ID]
    single = [*single[: len(suns)], *suns, *single[len(suns) :]]
    return [*blocks, *([stacked(single)] if single else [])]


def _legend(legend: Legend, setting: Setting) -> Block:
    rows = [_heading(legend, setting)]
    if legend.kind is LegendKind.RAMP:
        rows.append(_ramp(legend, setting))
    rows += [_entry(legend, entry, setting) for entry in legend.entries]
    if legend.no_data:
        rows.append(_entry(legend, LegendEntry(words.NO_DATA, legend.no_data_color, legend.no_data), setting))
    rows += [paragraph(remark, setting, setting.quiet) for remark in words.legend_remarks(legend)]
    return stacked(rows)


def _heading(legend: Legend, setting: Setting) -> Block:
    unit = f" ({legend.unit})" if legend.unit else ""
    title = cut(legend.title + unit, setting.bold, setting.width_mm)
    under = cut(words.legend_count(legend), setting.quiet, setting.width_mm)

    def draw(pen: Pen, x: float, y: float) -> None:
        pen.text(x, y + 0.8 * setting.line_mm, title, setting.bold)
        pen.text(x, y + 1.72 * setting.line_mm, under, setting.quiet)

    return Block(2.1 * setting.line_mm, draw)


def _ramp(legend: Legend, setting: Setting) -> Block:
    em, width = setting.em_mm, setting.width_mm
    colors = [color_of(c) for c in legend.stops]
    nib = 0.6 * em
    left_in, right_in = nib * legend.is_clipped[0], nib * legend.is_clipped[1]
    ticks = _ticks_with_room(legend, setting, width - 2 * nib)

    def draw(pen: Pen, x: float, y: float) -> None:
        left, right, top, bottom = x + left_in, x + width - right_in, y + 0.2 * em, y + 1.3 * em
        pen.strip((left, top, right, bottom), colors)
        middle = (top + bottom) / 2
        if legend.is_clipped[0]:
            pen.polygon([(left, top), (left, bottom), (x, middle)], fill=colors[0])
        if legend.is_clipped[1]:
            pen.polygon([(right, top), (right, bottom), (x + width, middle)], fill=colors[-1])
        for place, label in ticks:
            at = left + place * (right - left)
            pen.line(at, bottom, at, bottom + 0.3 * em, QUIET, 0.5)
            half = setting.quiet.width_mm(label) / 2
            at = min(max(at, x + half), x + width - half)
            pen.text(at, bottom + 1.25 * em, label, setting.quiet, anchor="m")

    return Block(3.1 * em, draw)


def _ticks_with_room(legend: Legend, setting: Setting, width: float) -> list[tuple[float, str]]:
    for step in range(1, max(2, len(legend.ticks))):
        ticks = list(legend.ticks[::step])
        half = [setting.quiet.width_mm(label) / 2 for _, label in ticks]
        pairs = zip(ticks, ticks[1:], half, half[1:], strict=False)
        if all((b[0] - a[0]) * width - p - q > 0.6 * setting.em_mm for a, b, p, q in pairs):
            return ticks
    return list(legend.ticks[:1])


def _entry(legend: Legend, entry: LegendEntry, setting: Setting) -> Block:
    em = setting.em_mm
    count = f"{entry.count:,}" if entry.count >= 0 else ""
    room = setting.width_mm - 2.1 * em - setting.quiet.width_mm(count) - em
    label = cut(entry.label, setting.plain, room)
    paint = color_of(entry.color)

    def draw(pen: Pen, x: float, y: float) -> None:
        top, line = y + 0.16 * em, y + 1.05 * em
        if legend.shape is Kind.LINES:
            thick = max(0.9 * entry.weight, 0.1) if entry.weight else 0.28
            pen.line(x, top + 0.5 * em, x + 1.5 * em, top + 0.5 * em, paint, thick * setting.size_pt)
        elif legend.shape is Kind.POINTS:
            pen.circle(x + 0.75 * em, top + 0.5 * em, 0.48 * em, fill=LINE)
            pen.circle(x + 0.75 * em, top + 0.5 * em, 0.43 * em, fill=paint)
        else:
            pen.rectangle((x, top, x + 1.5 * em, top + em), fill=paint, stroke=LINE, width_pt=0.4)
        pen.text(x + 2.1 * em, line, label, setting.plain)
        pen.text(x + setting.width_mm, line, count, setting.quiet, anchor="r")

    return Block(setting.line_mm, draw)
