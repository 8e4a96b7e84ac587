"""Paper for the door and the tables: slips with their codes, and forms with the same questions as on the phones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from twin.errors import PictureError
from twin.story import in_language
from ui.hall import public_words as words
from ui.hall.blocks import code_block, text_block

SLIPS_ACROSS, SLIPS_DOWN = 3, 8
MM_DPI = 300 / 25.4
"""Dots in a millimetre: everything below is in dots at 300 a inch."""
GRID_ACROSS, GRID_DOWN = 8, 6
LETTERS_MM = 5.6
"""Large type: 16 points."""
COMMENT_LINES = 6
PAPER_FAMILIES = ("Liberation Sans", "Arial", "Helvetica", "DejaVu Sans", "Noto Sans CJK SC")
"""Not Noto Sans: Qt 6.11 writes its digits into a PDF so that they cannot be searched or read aloud."""


def _writer(path: Path) -> QPdfWriter:
    writer = QPdfWriter(str(path))
    writer.setResolution(300)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(10, 10, 10, 10), QPageLayout.Unit.Millimeter)
    writer.setTitle("citytwin")
    return writer


def _begun(path: Path) -> tuple[QPdfWriter, QPainter]:
    """Return a sheet to paint on.

    raises   PictureError  the file cannot be written
    """
    writer, painter = _writer(path), QPainter()
    if not painter.begin(writer):
        raise PictureError("The sheet could not be written.", hint="Choose another place.", path=str(path))
    return writer, painter


def _font(size_mm: float, *, is_bold: bool = False) -> QFont:
    font = QFont()
    font.setFamilies(list(PAPER_FAMILIES))
    font.setPixelSize(round(size_mm * MM_DPI))
    font.setWeight(QFont.Weight.DemiBold if is_bold else QFont.Weight.Normal)
    return font


def write_slips(path: Path, codes: Sequence[str], *, url: str, title: str, language: str) -> None:
    """Write slips to be cut apart: each has one code, and the code that opens the page.

    raises   PictureError  the file cannot be written
    """
    writer, painter = _begun(path)
    page = QRectF(0, 0, writer.width(), writer.height())
    width, height = page.width() / SLIPS_ACROSS, page.height() / SLIPS_DOWN
    try:
        for number, code in enumerate(codes):
            place = number % (SLIPS_ACROSS * SLIPS_DOWN)
            if number and not place:
                writer.newPage()
            x, y = (place % SLIPS_ACROSS) * width, (place // SLIPS_ACROSS) * height
            _slip(painter, QRectF(x, y, width, height), code, url, title, language)
    finally:
        painter.end()


def _slip(painter: QPainter, box: QRectF, code: str, url: str, title: str, language: str) -> None:
    mm = MM_DPI
    painter.setPen(QPen(QColor("#808080"), 1, Qt.PenStyle.DashLine))
    painter.drawRect(box)
    square = code_block(url, 22 * mm)
    square.paint(painter, box.x() + 2 * mm, box.y() + (box.height() - square.height) / 2)
    x, room = box.x() + 3 * mm + square.height, box.width() - square.height - 5 * mm
    head = text_block(title, _font(2.8), "#000000", room, most=8 * mm)
    head.paint(painter, x, box.y() + 3 * mm)
    font = _font(6.2, is_bold=True)
    while QFontMetricsF(font).horizontalAdvance(code) > room and font.pixelSize() > 20:
        font.setPixelSize(font.pixelSize() - 2)
    painter.setFont(font)
    painter.setPen(QColor("#000000"))
    painter.drawText(QRectF(x, box.y() + 12 * mm, room, 9 * mm), int(Qt.AlignmentFlag.AlignLeft), code)
    rule = text_block(words.of("rule_slip", language), _font(2.3), "#000000", room, most=11 * mm)
    rule.paint(painter, x, box.y() + 21 * mm)


def write_forms(
    path: Path, polls: Sequence[dict[str, Any]], *, title: str, languages: Sequence[str], plan: QImage
) -> None:
    """Write paper forms in large type, one after the other in each language: questions, a map with a grid, lines.

    raises   PictureError  the file cannot be written
    """
    writer, painter = _begun(path)
    try:
        for number, language in enumerate(languages):
            if number:
                writer.newPage()
            _Form(writer, painter, language).write(polls, title, plan)
    finally:
        painter.end()


class _Form:
    """One form, which goes on to another page where it must."""

    def __init__(self, writer: QPdfWriter, painter: QPainter, language: str) -> None:
        self._writer, self._painter, self._language = writer, painter, language
        self._width, self._bottom, self._y = float(writer.width()), float(writer.height()), 0.0

    def write(self, polls: Sequence[dict[str, Any]], title: str, plan: QImage) -> None:
        self._text(title, 8.0, is_bold=True)
        for poll in polls:
            self._poll(poll)
        if not plan.isNull():
            self._map(plan)
        self._lines()

    def _need(self, height: float) -> None:
        if self._y + height > self._bottom and self._y:
            self._writer.newPage()
            self._y = 0.0

    def _text(self, text: str, size_mm: float, *, is_bold: bool = False, indent_mm: float = 0.0) -> None:
        block = text_block(text, _font(size_mm, is_bold=is_bold), "#000000", self._width - indent_mm * MM_DPI)
        self._need(block.height)
        block.paint(self._painter, indent_mm * MM_DPI, self._y)
        self._y += block.height + 2.5 * MM_DPI

    def _poll(self, poll: dict[str, Any]) -> None:
        self._need(40 * MM_DPI)
        self._text(in_language(poll["question"], self._language), LETTERS_MM, is_bold=True)
        for option in poll["options"]:
            self._need(12 * MM_DPI)
            boxes = int(poll.get("highest", 5)) if poll["kind"] == "rating" else 1
            self._boxes(boxes)
            self._text(in_language(option["text"], self._language), LETTERS_MM, indent_mm=9.0 * boxes + 2)
        if poll["rule"] == "slip":
            self._text(
                f"{words.of('rule_slip', self._language)}   {words.of('code', self._language)}: ______________", 4.2
            )
        self._y += 4 * MM_DPI

    def _boxes(self, count: int) -> None:
        self._painter.setPen(QPen(QColor("#000000"), 0.5 * MM_DPI))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        for number in range(count):
            box = QRectF(number * 9 * MM_DPI, self._y + 0.8 * MM_DPI, 6.5 * MM_DPI, 6.5 * MM_DPI)
            self._painter.drawRect(box)
            if count > 1:
                self._painter.setFont(_font(3.6))
                self._painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(number + 1))

    def _map(self, plan: QImage) -> None:
        """Draw the map under a grid with letters and numbers, so that a place can be written down: C4."""
        scale = min(self._width / plan.width(), 0.5 * self._bottom / plan.height())
        width, height = plan.width() * scale, plan.height() * scale
        self._need(height + 8 * MM_DPI)
        place = QRectF(0, self._y, width, height)
        self._painter.drawImage(place, plan)
        self._painter.setPen(QPen(QColor(0, 0, 0, 150), 0.2 * MM_DPI))
        self._painter.setFont(_font(4.2, is_bold=True))
        for column in range(GRID_ACROSS):
            for row in range(GRID_DOWN):
                cell = QRectF(column * width / GRID_ACROSS, self._y + row * height / GRID_DOWN,
                              width / GRID_ACROSS, height / GRID_DOWN)  # fmt: skip
                self._painter.drawRect(cell)
                corner = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                self._painter.drawText(
                    cell.adjusted(MM_DPI, 0.5 * MM_DPI, 0, 0), corner, f"{chr(65 + column)}{row + 1}"
                )
        self._y += height + 6 * MM_DPI

    def _lines(self) -> None:
        kinds = [words.of(f"kind_{kind}", self._language) for kind in ("idea", "worry", "question", "like")]
        self._need((COMMENT_LINES + 1) * 11 * MM_DPI)
        self._text("    ".join(f"☐ {kind}" for kind in kinds), LETTERS_MM)
        self._painter.setPen(QPen(QColor("#000000"), 0.25 * MM_DPI))
        for _ in range(COMMENT_LINES):
            self._y += 11 * MM_DPI
            self._painter.drawLine(0, round(self._y), round(self._width), round(self._y))
