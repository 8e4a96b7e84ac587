"""A pen for paper: millimetres from the sheet's upper left corner, y down; it writes the PDF at the end.

Strokes are kept until the document is written, because a font goes into the file once, with all letters in use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from ui.exhibit_fonts import Fonts, width_pt

PT_PER_MM = 72 / 25.4
Rgb = tuple[float, float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom; millimetres."""
BLACK, WHITE = (0.11, 0.125, 0.155), (1.0, 1.0, 1.0)
QUIET, LINE = (0.36, 0.385, 0.42), (0.78, 0.80, 0.83)
RED = (0.77, 0.24, 0.16)


@dataclass(frozen=True, slots=True)
class Letters:
    """How a text is set."""

    size_pt: float
    color: Rgb = BLACK
    is_bold: bool = False
    halo_pt: float = 0.0
    """A white rim around the letters."""

    def width_mm(self, text: str) -> float:
        """Return how wide a text is."""
        return width_pt(text, self.size_pt, is_bold=self.is_bold) / PT_PER_MM


def color_of(text: str) -> Rgb:
    """Return "#rrggbb" as numbers from 0 to 1."""
    return int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255


class Pen:
    """Draws on sheets of one size."""

    def __init__(self, width_mm: float, height_mm: float) -> None:
        """Begin with an empty sheet."""
        self.width_mm, self.height_mm = width_mm, height_mm
        self._fonts = Fonts()
        self._strokes: list[Callable[[Canvas], object]] = []

    # strokes

    def text(self, x: float, y: float, words: str, letters: Letters, *, anchor: str = "l") -> None:
        """Set a text on a line at y; anchor l, m or r says which end stands at x."""
        if not words:
            return
        pieces = self._fonts.use(words, is_bold=letters.is_bold)
        left = self._x(x) - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor] * letters.width_mm(words) * PT_PER_MM
        base = self._y(y)

        def draw(canvas: Canvas) -> None:
            canvas.saveState()  # reportlab takes for granted that every text begins filled
            for mode in (1, 0) if letters.halo_pt else (0,):
                line = canvas.beginText(left, base)
                line.setTextRenderMode(mode)
                if mode:
                    canvas.setLineWidth(letters.halo_pt * 2)
                    canvas.setLineJoin(1)
                    canvas.setStrokeColorRGB(1, 1, 1)
                line.setFillColorRGB(*letters.color)
                for piece, path in pieces:
                    line.setFont(self._fonts.name(path), letters.size_pt)
                    line.textOut(piece)
                canvas.drawText(line)
                canvas.restoreState()
                canvas.saveState()
            canvas.restoreState()

        self._strokes.append(draw)

    def line(self, x0: float, y0: float, x1: float, y1: float, color: Rgb = BLACK, width_pt: float = 0.5) -> None:
        """Draw a straight stroke."""
        ends = (self._x(x0), self._y(y0), self._x(x1), self._y(y1))

        def draw(canvas: Canvas) -> None:
            canvas.setStrokeColorRGB(*color)
            canvas.setLineWidth(width_pt)
            canvas.setLineCap(0)
            canvas.line(*ends)

        self._strokes.append(draw)

    def rectangle(
        self,
        box: Box,
        *,
        fill: Rgb | None = None,
        stroke: Rgb | None = None,
        width_pt: float = 0.5,
        opacity: float = 1.0,
    ) -> None:
        """Draw a rectangle."""
        left, bottom = self._x(box[0]), self._y(box[3])
        width, height = (box[2] - box[0]) * PT_PER_MM, (box[3] - box[1]) * PT_PER_MM

        def draw(canvas: Canvas) -> None:
            canvas.setLineWidth(width_pt)
            canvas.setFillColor(Color(*(fill or WHITE), alpha=opacity))
            canvas.setStrokeColorRGB(*(stroke or BLACK))
            canvas.rect(left, bottom, width, height, stroke=int(stroke is not None), fill=int(fill is not None))

        self._strokes.append(draw)

    def circle(self, x: float, y: float, radius: float, *, fill: Rgb, opacity: float = 1.0) -> None:
        """Draw a disc."""
        at = (self._x(x), self._y(y), radius * PT_PER_MM)

        def draw(canvas: Canvas) -> None:
            canvas.setFillColor(Color(*fill, alpha=opacity))
            canvas.circle(*at, stroke=0, fill=1)

        self._strokes.append(draw)

    def polygon(
        self, points: Sequence[tuple[float, float]], *, fill: Rgb | None = None, stroke: Rgb | None = None,
        width_pt: float = 0.5, opacity: float = 1.0, is_closed: bool = True,
    ) -> None:  # fmt: skip
        """Draw a polygon, or a line of several pieces."""
        corners = [(self._x(x), self._y(y)) for x, y in points]

        def draw(canvas: Canvas) -> None:
            path = canvas.beginPath()
            path.moveTo(*corners[0])
            for corner in corners[1:]:
                path.lineTo(*corner)
            if is_closed:
                path.close()
            canvas.setLineWidth(width_pt)
            canvas.setLineJoin(1)
            canvas.setFillColor(Color(*(fill or WHITE), alpha=opacity))
            canvas.setStrokeColorRGB(*(stroke or BLACK))
            canvas.drawPath(path, stroke=int(stroke is not None), fill=int(fill is not None))

        self._strokes.append(draw)

    def strip(self, box: Box, colors: Sequence[Rgb]) -> None:
        """Fill a rectangle with colours that flow into each other from left to right."""
        left, right = self._x(box[0]), self._x(box[2])
        bottom, height = self._y(box[3]), (box[3] - box[1]) * PT_PER_MM
        stops = [i / max(len(colors) - 1, 1) for i in range(len(colors))]

        def draw(canvas: Canvas) -> None:
            canvas.saveState()
            path = canvas.beginPath()
            path.rect(left, bottom, right - left, height)
            canvas.clipPath(path, stroke=0, fill=0)
            canvas.linearGradient(left, 0, right, 0, [Color(*c) for c in colors], stops, extend=True)
            canvas.restoreState()

        self._strokes.append(draw)

    def picture(self, box: Box, path: Path) -> None:
        """Lay a picture from a file over a rectangle; it is read when the document is written."""
        place = (self._x(box[0]), self._y(box[3]), (box[2] - box[0]) * PT_PER_MM, (box[3] - box[1]) * PT_PER_MM)
        self._strokes.append(lambda canvas: canvas.drawImage(str(path), *place))

    @contextmanager
    def inside(self, box: Box) -> Iterator[None]:
        """Draw only what lies in a rectangle."""
        left, bottom = self._x(box[0]), self._y(box[3])
        width, height = (box[2] - box[0]) * PT_PER_MM, (box[3] - box[1]) * PT_PER_MM

        def begin(canvas: Canvas) -> None:
            canvas.saveState()
            path = canvas.beginPath()
            path.rect(left, bottom, width, height)
            canvas.clipPath(path, stroke=0, fill=0)

        self._strokes.append(begin)
        yield
        self._strokes.append(lambda canvas: canvas.restoreState())

    def next_sheet(self) -> None:
        """Go on with another sheet."""
        self._strokes.append(lambda canvas: canvas.showPage())

    # the document

    def write(self, path: Path, *, title: str, author: str, subject: str) -> None:
        """Write the document; raises OSError."""
        size = (self.width_mm * PT_PER_MM, self.height_mm * PT_PER_MM)
        first = self._fonts.first_name()  # reportlab would name one of its own that is not in the file
        document = BytesIO()  # reportlab leaves a file open where it fails
        canvas = Canvas(document, pagesize=size, pageCompression=1, initialFontName=first)
        canvas.setTitle(title)
        canvas.setAuthor(author)
        canvas.setSubject(subject)
        canvas.setCreator("citytwin")
        for stroke in self._strokes:
            stroke(canvas)
        canvas.showPage()
        canvas.save()
        path.write_bytes(document.getbuffer())

    def _x(self, x_mm: float) -> float:
        return x_mm * PT_PER_MM

    def _y(self, y_mm: float) -> float:
        return (self.height_mm - y_mm) * PT_PER_MM
