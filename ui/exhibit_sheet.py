"""One sheet of paper: where title, views, text, legends and sources stand, and drawing them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pyproj import CRS

from twin.exhibit import Exhibit
from twin.legend import Legend
from twin.session import Session
from ui import exhibit_words as words
from ui.exhibit_legend import Block, Setting, cut, legend_blocks, lines_of, paragraph, stacked
from ui.exhibit_pen import BLACK, LINE, PT_PER_MM, Box, Letters, Pen
from ui.exhibit_shots import draw_shot_furniture
from ui.exhibit_views import Shot

BASE_PT = {"A4": 7.2, "A3": 8.6, "A2": 11.5, "A1": 15.0}
MAIN_SHARE = 0.64
"""Of the height, for the first of several views."""
LEAST_BAND, MOST_BAND = 0.1, 0.34
"""Of an upright sheet's height, for the columns below the views."""
SMALLEST = 0.72
"""What does not fit is set smaller down to this part, then goes on another sheet."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A view with its picture."""

    shot: Shot
    picture: Path
    labels: tuple[tuple[str, float, float, float], ...] = ()
    """(text, x, y of the line it stands on, millimetres from the picture's upper left; size in points)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a sheet stand, millimetres from its upper left corner."""

    margin: float
    base_pt: float
    title: tuple[str, ...]
    views: tuple[Box, ...]
    """Of the pictures, captions not included."""
    columns: tuple[Box, ...]
    """One column beside the views, or three below them."""

    @property
    def title_pt(self) -> float:
        """Return the size of the title's letters."""
        return 2.5 * self.base_pt

    @property
    def caption(self) -> float:
        """Return the height of a view's caption."""
        return 2.4 * self.base_pt / PT_PER_MM


def band_for(exhibit: Exhibit, session: Session, legends: list[Legend]) -> float:
    """Return how high the columns below the views of an upright sheet are to be, millimetres."""
    columns = layout_of(exhibit, 1).columns
    setting = Setting(columns[0][2] - columns[0][0], BASE_PT[exhibit.paper])
    gap = 1.2 * setting.em_mm
    legend = stacked(legend_blocks(legends, setting), gap).height_mm
    text = stacked(_text_blocks(exhibit.text.strip(), setting)).height_mm
    facts = stacked(_fact_blocks(_facts((), session), setting), gap).height_mm + 3 * setting.line_mm
    return max(legend if text else legend / 2 + 2 * setting.line_mm, text, facts) + gap


def layout_of(exhibit: Exhibit, count: int, *, band_mm: float = 0.0) -> Layout:
    """Return where things stand on a sheet of a number of views.

    band_mm   what the columns of an upright sheet need; they get it within limits
    """
    width, height = exhibit.size_mm
    base, em = BASE_PT[exhibit.paper], BASE_PT[exhibit.paper] / PT_PER_MM
    margin = max(9.0, 0.04 * min(width, height))
    heading = Letters(2.5 * base, BLACK, is_bold=True)
    title = tuple(lines_of(exhibit.title or exhibit.name, heading, width - 2 * margin)[:2])
    if title and len(lines_of(exhibit.title or exhibit.name, heading, width - 2 * margin)) > 2:
        title = (title[0], cut(title[1] + " \u2026\u2026", heading, width - 2 * margin))
    top = margin + len(title) * 3.0 * em + 1.6 * em
    gap = 1.8 * em
    if exhibit.is_upright:
        band = min(max(band_mm, LEAST_BAND * height), MOST_BAND * height)
        room = (margin, top, width - margin, height - margin - band - gap)
        step = (width - 2 * margin - 2 * gap) / 3
        columns = tuple(
            (margin + i * (step + gap), room[3] + gap, margin + i * (step + gap) + step, height - margin)
            for i in range(3)
        )
    else:
        side = 0.225 * width
        room = (margin, top, width - margin - side - gap, height - margin)
        columns = ((width - margin - side, top, width - margin, height - margin),)
    layout = Layout(margin, base, title, (), columns)
    return Layout(margin, base, title, _views(room, count, gap, layout.caption), columns)


def _views(room: Box, count: int, gap: float, caption: float) -> tuple[Box, ...]:
    """Return boxes for pictures in a room: the first over all others, or alone."""
    left, top, right, bottom = room
    if count == 1:
        return ((left, top, right, bottom - caption),)
    middle = top + (bottom - top) * MAIN_SHARE
    width = (right - left - gap * (count - 2)) / (count - 1)
    others = tuple(
        (left + i * (width + gap), middle + gap / 2, left + i * (width + gap) + width, bottom - caption)
        for i in range(count - 1)
    )
    return ((left, top, right, middle - gap / 2 - caption), *others)


# drawing


def draw_sheet(
    exhibit: Exhibit, layout: Layout, drawn: Sequence[Drawn], session: Session, legends: list[Legend], pen: Pen
) -> None:
    """Draw a whole sheet, and further ones for what finds no room."""
    em = layout.base_pt / PT_PER_MM
    _draw_title(exhibit, layout, pen)
    for one, box in zip(drawn, layout.views, strict=True):
        draw_shot_furniture(one.shot, one.picture, one.labels, box, layout.base_pt, session, pen)
    text = exhibit.text.strip()
    left_over = _draw_columns(layout, text, legends, _facts(drawn, session), pen, em)
    if left_over:
        _draw_further(exhibit, layout, left_over, pen)


def _draw_title(exhibit: Exhibit, layout: Layout, pen: Pen) -> None:
    em = layout.base_pt / PT_PER_MM
    letters = Letters(layout.title_pt, BLACK, is_bold=True)
    for number, line in enumerate(layout.title):
        pen.text(layout.margin, layout.margin + (number + 0.75) * 3.0 * em, line, letters)
    y = layout.margin + len(layout.title) * 3.0 * em + 0.3 * em
    pen.line(layout.margin, y, pen.width_mm - layout.margin, y, BLACK, 0.09 * layout.base_pt)
    last = layout.title[-1] if layout.title else ""
    day = exhibit.date or f"{dt.date.today():%d %B %Y}".lstrip("0")  # noqa: DTZ011  the day on the wall
    quiet = Letters(layout.base_pt, (0.36, 0.385, 0.42))
    room = pen.width_mm - 2 * layout.margin - letters.width_mm(last)
    if room > quiet.width_mm(day) + 2 * em:
        pen.text(pen.width_mm - layout.margin, y - 0.9 * em, day, quiet, anchor="r")


def _facts(drawn: Sequence[Drawn], session: Session) -> list[tuple[str, str]]:
    """Return what stands at the end: (heading, text)."""
    shown = {s.layer_id: s.name for s in session.composition.layers if s.is_visible}
    sources = []
    for layer_id, name in shown.items():
        layer = session.layers.get(layer_id)
        if layer is not None:
            sources.append((name or layer.info.name, layer.info.attribution, layer.info.licence))
    facts = [(words.SOURCES, "\n".join(words.source_lines(sources)))] if sources else []
    if session.frame is not None:
        per_ground = next((d.shot.grid_scale for d in drawn if d.shot.scale), None)
        name = CRS.from_user_input(session.frame.crs).name
        code = session.frame.crs if len(session.frame.crs) < 20 else ""
        facts.append((words.COORDINATES, words.coordinate_line(name, code, per_ground)))
    return facts


def _fact_blocks(facts: Sequence[tuple[str, str]], setting: Setting) -> list[Block]:
    small = Letters(0.82 * setting.size_pt, setting.quiet.color)
    bold = Letters(0.9 * setting.size_pt, BLACK, is_bold=True)
    blocks = [stacked([paragraph(head, setting, bold), paragraph(text, setting, small)]) for head, text in facts]
    return [*blocks, paragraph(words.MADE_WITH, setting, small)]


def _draw_columns(
    layout: Layout, text: str, legends: list[Legend], facts: Sequence[tuple[str, str]], pen: Pen, em: float
) -> list[Block]:
    """Draw text, legends and facts; return what found no room, for another sheet."""
    if len(layout.columns) == 1:
        return _draw_one_column(layout, text, legends, facts, pen)
    boxes = list(layout.columns)
    if not text:
        boxes = [boxes[0], (boxes[1][0], boxes[1][1], boxes[1][2], boxes[1][3]), boxes[2]]
    left_over: list[Block] = []
    for box, kind in zip(boxes, ("text", "legend", "facts") if text else ("legend", "more", "facts"), strict=True):
        setting = Setting(box[2] - box[0], layout.base_pt)
        if kind == "text":
            left_over += _flow(_text_blocks(text, setting), box, 0.0, pen)
        elif kind == "facts":
            left_over += _flow(_fact_blocks(facts, setting), box, 0.8 * em, pen)
        elif kind == "legend":
            rest = _fitted(legends, box, layout.base_pt, pen)
            if not text:
                box2 = boxes[1]
                rest = _flow(rest, box2, 1.0 * em, pen)
            left_over += rest
    return left_over


def _draw_one_column(
    layout: Layout, text: str, legends: list[Legend], facts: Sequence[tuple[str, str]], pen: Pen
) -> list[Block]:
    left, top, right, bottom = layout.columns[0]
    em = layout.base_pt / PT_PER_MM
    for size in (1.0, 0.86, SMALLEST):
        setting = Setting(right - left, layout.base_pt * size)
        foot = stacked(_fact_blocks(facts, setting), 0.8 * em)
        upper = [*_text_blocks(text, setting), *legend_blocks(legends, setting)]
        gap = 1.2 * em * size
        if sum(b.height_mm + (0.0 if b.is_joined else gap) for b in upper) + foot.height_mm <= bottom - top:
            break
    most = 0.5 * (bottom - top)
    if foot.height_mm <= most:
        foot.draw(pen, left, bottom - foot.height_mm)
        pen.line(left, bottom - foot.height_mm - 0.9 * em, right, bottom - foot.height_mm - 0.9 * em, LINE, 0.5)
        return _flow(upper, (left, top, right, bottom - foot.height_mm - 1.8 * em), gap, pen)
    return _flow([*upper, *_fact_blocks(facts, setting)], (left, top, right, bottom), gap, pen)


def _text_blocks(text: str, setting: Setting) -> list[Block]:
    """Return running text line by line, so that it can go on on another sheet."""
    if not text:
        return []
    lines = lines_of(text, setting.plain, setting.width_mm)
    last = len(lines) - 1
    return [
        replace(paragraph(line, setting, setting.plain), is_joined=number < last)
        if line
        else Block(0.6 * setting.line_mm, _nothing, is_joined=True)
        for number, line in enumerate(lines)
    ]


def _nothing(_pen: Pen, _x: float, _y: float) -> None:
    """Leave a gap."""


def _fitted(legends: list[Legend], box: Box, base_pt: float, pen: Pen) -> list[Block]:
    """Draw legends in a column, smaller where they need it; return those without room."""
    gap = 1.2 * base_pt / PT_PER_MM
    blocks: list[Block] = []
    for size in (1.0, 0.86, SMALLEST):
        blocks = legend_blocks(legends, Setting(box[2] - box[0], base_pt * size))
        if sum(b.height_mm + gap for b in blocks) <= box[3] - box[1] + gap:
            break
    return _flow(blocks, box, gap, pen)


def _flow(blocks: list[Block], box: Box, gap: float, pen: Pen) -> list[Block]:
    """Draw blocks one below the other while there is room; return the rest."""
    y = box[1]
    for number, block in enumerate(blocks):
        if y + block.height_mm > box[3] + 0.01:
            return blocks[number:]
        block.draw(pen, box[0], y)
        y += block.height_mm + (0.0 if block.is_joined else gap)
    return []


def _draw_further(exhibit: Exhibit, layout: Layout, blocks: list[Block], pen: Pen) -> None:
    """Draw what found no room on sheets of its own, in columns of the same width."""
    em = layout.base_pt / PT_PER_MM
    width = layout.columns[0][2] - layout.columns[0][0]
    count = max(int((pen.width_mm - 2 * layout.margin + 2 * em) / (width + 2 * em)), 1)
    while blocks:
        pen.next_sheet()
        heading = Letters(1.4 * layout.base_pt, BLACK, is_bold=True)
        name = cut(f"{exhibit.title or exhibit.name} ({words.CONTINUED})", heading, pen.width_mm - 2 * layout.margin)
        pen.text(layout.margin, layout.margin + 1.4 * em, name, heading)
        before = len(blocks)
        for column in range(count):
            x = layout.margin + column * (width + 2 * em)
            blocks = _flow(blocks, (x, layout.margin + 3.4 * em, x + width, pen.height_mm - layout.margin), em, pen)
        if len(blocks) == before:  # taller than a sheet: it is cut rather than lost without an end
            blocks = blocks[1:]
