"""A report as PDF on A4: the same parts as the page, flowing over sheets; fonts for any script are embedded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from twin.errors import PictureError
from ui.audience.report_parts import Bars, Heading, Part, Rows, Shown, Text
from ui.exhibit_fonts import wrapped
from ui.exhibit_pen import LINE, PT_PER_MM, QUIET, Letters, Pen

WIDTH_MM, HEIGHT_MM, MARGIN_MM = 210.0, 297.0, 20.0
COLUMN_MM = WIDTH_MM - 2 * MARGIN_MM
BODY, SMALL, BOLD = Letters(10.5), Letters(9, QUIET), Letters(10.5, is_bold=True)
HEADINGS = {1: Letters(24, is_bold=True), 2: Letters(15, is_bold=True), 3: Letters(12, is_bold=True)}
BAR, TRACK = (0.18, 0.43, 0.66), (0.93, 0.95, 0.96)
LEADING = 1.38


def write_paper(parts: Sequence[Part], path: Path, *, title: str) -> None:
    """Write the report.

    raises   PictureError  the file cannot be written
    """
    flow = _Flow(title)
    for part in parts:
        flow.add(part)
    flow.end()
    try:
        flow.pen.write(path, title=title, author="", subject="Report of a hearing")
    except OSError as error:
        raise PictureError(
            f"The report could not be written: {error.strerror or error}.", hint="Choose another place with -o."
        ) from error


class _Flow:
    """Sets parts one below the other, and goes on on the next sheet where there is no more room."""

    def __init__(self, title: str) -> None:
        self.pen = Pen(WIDTH_MM, HEIGHT_MM)
        self._title, self._sheet, self._y = title, 1, MARGIN_MM

    def add(self, part: Part) -> None:
        match part:
            case Heading(text, level):
                self._heading(text, HEADINGS[level], level)
            case Text(text, is_quiet):
                self._paragraph(text, SMALL if is_quiet else BODY)
            case Rows():
                self._table(part)
            case Bars(items):
                self._bars(items)
            case Shown(place, caption):
                self._picture(place, caption)

    def end(self) -> None:
        """Write the foot of the last sheet."""
        self.pen.text(MARGIN_MM, HEIGHT_MM - 10, self._title[:90], SMALL)
        self.pen.text(WIDTH_MM - MARGIN_MM, HEIGHT_MM - 10, str(self._sheet), SMALL, anchor="r")

    def _room(self, height_mm: float) -> None:
        if self._y + height_mm > HEIGHT_MM - MARGIN_MM:
            self.end()
            self.pen.next_sheet()
            self._sheet += 1
            self._y = MARGIN_MM

    def _heading(self, text: str, letters: Letters, level: int) -> None:
        lines = wrapped(text, letters.size_pt, COLUMN_MM * PT_PER_MM, is_bold=True)
        step = _step(letters)
        self._y += 3.0 if level > 1 else 0.0
        self._room(step * len(lines) + 18)
        for line in lines:
            self._y += step
            self.pen.text(MARGIN_MM, self._y, line, letters)
        self._y += 2.0

    def _paragraph(self, text: str, letters: Letters) -> None:
        for line in wrapped(text, letters.size_pt, COLUMN_MM * PT_PER_MM):
            self._room(_step(letters))
            self._y += _step(letters)
            self.pen.text(MARGIN_MM, self._y, line, letters)
        self._y += 1.8

    def _table(self, part: Rows) -> None:
        widths = _widths(part)
        self._room(4 * _step(BOLD))  # a head alone at the foot of a sheet heads nothing
        self._row(part.header, widths, part.numbers, BOLD)
        for row in part.rows:
            self._row(row, widths, part.numbers, Letters(9.5))
        self._y += 2.5

    def _row(self, cells: Sequence[str], widths: Sequence[float], numbers: tuple[int, ...], letters: Letters) -> None:
        step = _step(letters)
        columns = [
            wrapped(cell, letters.size_pt, (width - 3) * PT_PER_MM, is_bold=letters.is_bold) or [""]
            for cell, width in zip(cells, widths, strict=True)
        ]
        tallest = max(len(lines) for lines in columns)
        for first in range(0, tallest, 40):  # a cell longer than a sheet goes on on the next
            part = [lines[first : first + 40] for lines in columns]
            height = step * max(len(lines) for lines in part) + 1.6
            self._room(height)
            x = MARGIN_MM
            for number, (lines, width) in enumerate(zip(part, widths, strict=True)):
                is_number = number in numbers
                for row, line in enumerate(lines, 1):
                    at = x + width - 3 if is_number else x
                    self.pen.text(at, self._y + row * step, line, letters, anchor="r" if is_number else "l")
                x += width
            self._y += height
        self.pen.line(MARGIN_MM, self._y, WIDTH_MM - MARGIN_MM, self._y, LINE, 0.4)
        self._y += 0.8

    def _bars(self, items: Sequence[tuple[str, float, str]]) -> None:
        most = max([length for _, length, _ in items] + [1.0])
        step, left, right = _step(BODY), MARGIN_MM + 0.36 * COLUMN_MM, WIDTH_MM - MARGIN_MM - 0.28 * COLUMN_MM
        for text, length, figure in items:
            lines = wrapped(text, BODY.size_pt, (0.36 * COLUMN_MM - 4) * PT_PER_MM) or [""]
            self._room(step * len(lines) + 2)
            top = self._y + 1.2
            self.pen.rectangle((left, top, right, top + 3.6), fill=TRACK)
            if length:
                self.pen.rectangle((left, top, left + (right - left) * length / most, top + 3.6), fill=BAR)
            self.pen.text(right + 3, self._y + step - 0.4, figure, BOLD)
            for line in lines:
                self._y += step
                self.pen.text(MARGIN_MM, self._y - 0.4, line, BODY)
            self._y += 2
        self._y += 1.5

    def _picture(self, path: Path, caption: str) -> None:
        with Image.open(path) as picture:
            shape = picture.height / picture.width
        height = min(COLUMN_MM * shape, HEIGHT_MM - 2 * MARGIN_MM - 20)
        width = height / shape
        self._room(height + 10)
        self.pen.picture((MARGIN_MM, self._y, MARGIN_MM + width, self._y + height), path)
        self._y += height + 1.5
        self._paragraph(caption, SMALL)


def _step(letters: Letters) -> float:
    return letters.size_pt * LEADING / PT_PER_MM


def _widths(part: Rows) -> list[float]:
    """Share the column out: as wide as the longest words, or in shares of the texts' lengths."""
    wanted = []
    for column, head in enumerate(part.header):
        texts = [head, *(row[column] for row in part.rows)]
        longest = max((BOLD.width_mm(word) for text in texts for word in text.split()[:200]), default=8.0)
        usual = sum(min(BODY.width_mm(text), 160.0) for text in texts) / len(texts)
        wanted.append((min(longest, 60.0) + 4, max(usual + 4, 8.0)))
    least = sum(low for low, _ in wanted)
    if least >= COLUMN_MM:
        return [low * COLUMN_MM / least for low, _ in wanted]
    rest, more = COLUMN_MM - least, sum(max(usual - low, 0.1) for low, usual in wanted)
    return [low + rest * max(usual - low, 0.1) / more for low, usual in wanted]
