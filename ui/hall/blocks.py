"""The parts of the public panel as blocks: each is measured for a width, then painted from its upper left corner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QLinearGradient, QPainter, QPen

from twin.layer import Kind
from twin.legend import Legend, LegendEntry, LegendKind
from twin.sun_words import LEGEND_ID
from ui.hall import public_words as words
from ui.hall.frame import Bar

ENTRIES_MOST = 7
"""Lines of one legend; more cannot be read from the back of a hall."""
FAMILIES = ("Noto Sans", "Inter", "Segoe UI", "Helvetica Neue", "Noto Sans CJK SC", "DejaVu Sans")


@dataclass(frozen=True, slots=True)
class Look:
    """Colours and sizes of the panel."""

    ground: str
    text: str
    quiet: str
    line: str
    accent: str
    bar: str
    """The ground of a bar."""
    unit_px: float = 10.0
    """A hundredth of the window's height, times the text scale."""

    def font(self, size: float, *, is_bold: bool = False) -> QFont:
        """Return letters of a size in units."""
        font = QFont()
        font.setFamilies(list(FAMILIES))
        font.setPixelSize(max(round(size * self.unit_px), 9))
        font.setWeight(QFont.Weight.DemiBold if is_bold else QFont.Weight.Normal)
        return font


LOOKS = {
    "light": ("#ffffff", "#10191f", "#3d4b55", "#c3ccd3", "#0b6b75", "#dde4e8"),
    "dark": ("#0c1115", "#f4f7f9", "#b9c5cd", "#3a4750", "#5cc8cf", "#26323a"),
}
"""Dark on light and light on dark; text has a contrast of at least 7 to 1 on its ground (tested)."""


def look_of(theme: str, unit_px: float) -> Look:
    """Return the colours of a theme at a size."""
    return Look(*LOOKS["dark" if theme == "dark" else "light"], unit_px=unit_px)


@dataclass(frozen=True, slots=True)
class Block:
    """Something with a height that can be painted anywhere."""

    height: float
    paint: Callable[[QPainter, float, float], None]
    """Paints with its upper left corner at (x, y)."""


WRAP = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop)


def text_block(text: str, font: QFont, color: str, width: float, *, most: float = 1e9) -> Block:
    """Return words that wrap; what is higher than `most` is cut with an ellipsis at the end of a line."""
    metrics = QFontMetricsF(font)
    shown = text
    box = metrics.boundingRect(QRectF(0, 0, width, 1e6), _flags(shown), shown)
    while box.height() > most and len(shown) > 8:
        shown = shown[: int(len(shown) * 0.92)].rstrip(" …") + "…"
        box = metrics.boundingRect(QRectF(0, 0, width, 1e6), _flags(shown), shown)
    height = ceil(box.height())

    def paint(painter: QPainter, x: float, y: float) -> None:
        painter.setFont(font)
        painter.setPen(QColor(color))
        painter.drawText(QRectF(x, y, width, height + 4), _flags(shown), shown)

    return Block(height, paint)


def _flags(text: str) -> int:
    """Return how a text wraps: between words; anywhere where a word is longer than a line could be."""
    has_long = any(len(word) > 24 for word in text.split())
    return (WRAP & ~int(Qt.TextFlag.TextWordWrap)) | int(Qt.TextFlag.TextWrapAnywhere) if has_long else WRAP


def gap(height: float) -> Block:
    """Return room between two blocks."""
    return Block(height, lambda _painter, _x, _y: None)


def stacked(blocks: Sequence[Block]) -> Block:
    """Return blocks one below the other as one."""

    def paint(painter: QPainter, x: float, y: float) -> None:
        for block in blocks:
            block.paint(painter, x, y)
            y += block.height

    return Block(sum(block.height for block in blocks), paint)


def bar_block(bar: Bar, look: Look, width: float, *, size: float) -> Block:
    """Return an option of a poll: its words, its figure, and a bar."""
    font, strong = look.font(size), look.font(size, is_bold=True)
    figure_width = QFontMetricsF(strong).horizontalAdvance(bar.figure) + look.unit_px if bar.figure else 0.0
    text = text_block(bar.text, font, look.text, max(width - figure_width, width * 0.4))
    thick = size * look.unit_px * 0.62

    def paint(painter: QPainter, x: float, y: float) -> None:
        text.paint(painter, x, y)
        painter.setFont(strong)
        painter.setPen(QColor(look.text))
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        painter.drawText(QRectF(x, y, width, text.height + 4), right, bar.figure)
        top = y + text.height + 0.2 * thick
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.bar))
        painter.drawRoundedRect(QRectF(x, top, width, thick), thick / 4, thick / 4)
        if bar.share > 0:
            painter.setBrush(QColor(look.accent))
            painter.drawRoundedRect(QRectF(x, top, max(width * min(bar.share, 1.0), 3), thick), thick / 4, thick / 4)

    return Block(text.height + 1.9 * thick, paint)


def picture_block(image: QImage, width: float, most: float) -> Block:
    """Return a picture as large as there is room."""
    if image.isNull():
        return gap(0)
    scale = min(width / image.width(), most / image.height())
    size = (image.width() * scale, image.height() * scale)

    def paint(painter: QPainter, x: float, y: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(x, y, *size), image)

    return Block(size[1], paint)


def code_block(text: str, side: float) -> Block:
    """Return a QR code: always dark on white with its quiet zone, whatever the theme."""
    import segno  # noqa: PLC0415  only meetings show codes

    matrix = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    cell = max(int(side // (len(matrix) + 8)), 1)
    whole = cell * (len(matrix) + 8)

    def paint(painter: QPainter, x: float, y: float) -> None:
        x, y = round(x), round(y)  # cells on whole pixels have no seams
        painter.fillRect(QRectF(x, y, whole, whole), QColor("#ffffff"))
        for row, line in enumerate(matrix):
            for column, is_dark in enumerate(line):
                if is_dark:
                    place = QRectF(x + (column + 4) * cell, y + (row + 4) * cell, cell, cell)
                    painter.fillRect(place, QColor("#000000"))

    return Block(whole, paint)


# legends


def legend_block(legend: Legend, look: Look, width: float, *, size: float, language: str) -> Block:
    """Return a legend in large type: few lines, no counts."""
    blocks: list[Block] = []
    if legend.kind is not LegendKind.SINGLE:
        unit = f" ({legend.unit})" if legend.unit else ""
        name = f"{legend.layer_name}: " if legend.layer_name and legend.layer_name != legend.title else ""
        blocks.append(text_block(f"{name}{legend.title}{unit}", look.font(size, is_bold=True), look.text, width,
                                 most=2.6 * size * look.unit_px))  # fmt: skip
    if legend.kind is LegendKind.RAMP:
        blocks.append(_ramp(legend, look, width, size))
    entries = list(legend.entries)
    left = len(entries) - ENTRIES_MOST
    entries = entries[: ENTRIES_MOST - 1] if left > 0 else entries
    blocks += [_entry(entry, legend.shape, look, width, size) for entry in entries]
    if legend.layer_id == LEGEND_ID:
        most = 5.2 * size * look.unit_px
        blocks.append(text_block(legend.note, look.font(size * 0.85), look.quiet, width, most=most))
    if left > 0:
        more = words.of("more", language).format(left + 1)
        blocks.append(text_block(more, look.font(size * 0.85), look.quiet, width))
    if legend.no_data and legend.no_data_color:
        entry = LegendEntry(words.of("no_data", language), legend.no_data_color, 0)
        blocks.append(_entry(entry, legend.shape, look, width, size))
    return stacked([*blocks, gap(0.6 * size * look.unit_px)])


def _entry(entry: LegendEntry, shape: Kind, look: Look, width: float, size: float) -> Block:
    side = size * look.unit_px
    text = text_block(entry.label, look.font(size), look.text, width - 1.6 * side, most=2.7 * side)
    height = max(text.height, 1.2 * side)

    def paint(painter: QPainter, x: float, y: float) -> None:
        middle = y + min(text.height, 1.4 * side) / 2
        painter.setPen(QPen(QColor(look.quiet), max(1.0, side / 16)))
        painter.setBrush(QColor(entry.color))
        if shape is Kind.POINTS:
            painter.drawEllipse(QPointF(x + side / 2, middle), side * 0.4, side * 0.4)
        else:
            tall = side * (0.3 if shape is Kind.LINES else 0.8)
            painter.drawRoundedRect(QRectF(x, middle - tall / 2, side, tall), side / 8, side / 8)
        text.paint(painter, x + 1.6 * side, y)

    return Block(height + 0.25 * side, paint)


def _ramp(legend: Legend, look: Look, width: float, size: float) -> Block:
    side = size * look.unit_px
    font = look.font(size * 0.9)
    metrics = QFontMetricsF(font)

    def paint(painter: QPainter, x: float, y: float) -> None:
        strip = QLinearGradient(x, 0, x + width, 0)
        for number, color in enumerate(legend.stops):
            strip.setColorAt(number / max(len(legend.stops) - 1, 1), QColor(color))
        painter.setPen(QPen(QColor(look.quiet), max(1.0, side / 16)))
        painter.setBrush(strip)
        painter.drawRoundedRect(QRectF(x, y + 0.2 * side, width, 0.9 * side), side / 8, side / 8)
        painter.setFont(font)
        painter.setPen(QColor(look.text))
        for place, label in (legend.ticks[:1] + legend.ticks[-1:]) if len(legend.ticks) > 1 else legend.ticks:
            half = metrics.horizontalAdvance(label) / 2
            at = min(max(x + place * width, x + half), x + width - half)
            painter.drawText(QPointF(at - half, y + 1.2 * side + metrics.ascent()), label)

    return Block(1.3 * side + metrics.height(), paint)
