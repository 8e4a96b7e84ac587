"""The legend as a quiet card over the city: what the colours of the layers that are on mean."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from twin.layer import Kind
from twin.legend import Legend, LegendEntry, LegendKind
from ui import words
from ui.icons import OUTLINE
from ui.plain import label, named, tool

MARGIN_PX = 14
MOST_SHARE = 0.46
"""Of the scene's height; beyond it the card scrolls."""


class Swatch(QWidget):
    """A colour in the form of what it stands for: block, area, line, point; hatched for no data."""

    def __init__(self, colour: str, shape: Kind, *, is_hatched: bool = False, weight: float = 0.0) -> None:
        """Draw one colour.

        weight   of a line whose width means something: of the widest, 0 to 1
        """
        super().__init__()
        self._weight = weight
        self._colour, self._shape, self._is_hatched = QColor(colour), shape, is_hatched
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Grow with the text."""
        height = self.fontMetrics().height()
        return QSize(round(height * 1.3), height)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw the form in its colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 2, -1, -2)
        if self._shape is Kind.LINES and self._weight > 0:
            height = max(self._weight * box.height(), 1.5)
            painter.fillRect(QRectF(box.left(), box.center().y() - height / 2, box.width(), height), self._colour)
            return
        if self._shape is Kind.LINES:
            for colour, width in ((OUTLINE, 5), (self._colour, 3)):
                painter.setPen(QPen(colour, width))
                painter.drawLine(box.bottomLeft(), box.topRight())
            return
        painter.setPen(QPen(OUTLINE, 1))
        painter.setBrush(self._colour)
        if self._shape is Kind.POINTS:
            size = min(box.width(), box.height())
            painter.drawEllipse(box.center(), size / 2, size / 2)
        elif self._shape is Kind.FOOTPRINTS:
            _draw_block(painter, box, self._colour)
        else:
            painter.drawRoundedRect(box, 2, 2)
        if self._is_hatched:
            painter.setBrush(QColor(0, 0, 0, 0))
            for place in range(0, round(box.width() + box.height()), 5):
                painter.drawLine(
                    QPointF(box.left() + place, box.top()), QPointF(box.left() + place - box.height(), box.bottom())
                )


def _draw_block(painter: QPainter, box: QRectF, colour: QColor) -> None:
    """Draw a small house block: a light roof, a wall in the light, a wall in the shade."""
    rise, middle = box.height() * 0.28, box.center().x()
    left, right, top, bottom = box.left(), box.right(), box.top(), box.bottom()
    faces = (
        (colour.lighter(108), [(left, top + rise), (middle, top), (right, top + rise), (middle, top + 2 * rise)]),
        (colour, [(left, top + rise), (middle, top + 2 * rise), (middle, bottom), (left, bottom - rise)]),
        (colour.darker(125), [(right, top + rise), (middle, top + 2 * rise), (middle, bottom), (right, bottom - rise)]),
    )
    for fill, corners in faces:
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))


class Ramp(QWidget):
    """A strip of colours with a histogram on it and ticks below."""

    def __init__(self, legend: Legend) -> None:
        """Draw the ramp of a legend."""
        super().__init__()
        self._legend = legend
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        named(self, words.ramp_accessible(legend))

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Grow with the text."""
        metrics = self.fontMetrics()
        return QSize(24 * metrics.averageCharWidth(), round(metrics.height() * 3.1))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw histogram, strip and ticks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().height()
        inset = 0.5 * self.fontMetrics().horizontalAdvance("000")
        strip = QRectF(inset, line * 1.0, self.width() - 2 * inset, line * 0.75)
        gradient = QLinearGradient(strip.left(), 0, strip.right(), 0)
        stops = self._legend.stops or ("#888888",)
        for number, colour in enumerate(stops):
            gradient.setColorAt(number / max(len(stops) - 1, 1), QColor(colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(strip, 3, 3)
        self._draw_histogram(painter, strip)
        painter.setPen(self.palette().windowText().color())
        last = -1e9
        for place, text in self._legend.ticks:
            x = strip.left() + place * strip.width()
            width = self.fontMetrics().horizontalAdvance(text)
            left = min(max(x - width / 2, 0), self.width() - width)
            painter.drawLine(QPointF(x, strip.bottom()), QPointF(x, strip.bottom() + 3))
            if left > last + 4:
                painter.drawText(QPointF(left, strip.bottom() + 4 + self.fontMetrics().ascent()), text)
                last = left + width

    def _draw_histogram(self, painter: QPainter, strip: QRectF) -> None:
        counts = self._legend.histogram
        if not counts or not max(counts):
            return
        step = strip.width() / len(counts)
        colour = QColor(self.palette().windowText().color())
        colour.setAlpha(70)
        painter.setBrush(colour)
        for number, count in enumerate(counts):
            height = (count / max(counts)) ** 0.5 * strip.top()
            painter.drawRect(QRectF(strip.left() + number * step, strip.top() - height, max(step - 1, 1), height))


class LegendPanel(QFrame):
    """The card. Follows the lower left corner of what it lies over."""

    closed = Signal()

    def __init__(self, over: QWidget, *, beside: QWidget) -> None:
        """Lie over a widget, and leave room for another one in its lower right corner."""
        super().__init__(over)
        self.setProperty("rank", "card")
        named(self, words.LEGEND)
        self.setToolTip("")
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self._scroll = QScrollArea()
        self._scroll.setProperty("rank", "bare")
        self._scroll.setWidget(self._body)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._close = tool("close", words.HIDE_LEGEND)
        self._close.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 6, 12)
        row.addWidget(self._scroll, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._is_wanted, self._beside = True, beside
        self._legends: tuple[Legend, ...] | None = None
        self._bottom_px = MARGIN_PX
        over.installEventFilter(self)
        self.set_legends([])

    def set_wanted(self, is_wanted: bool) -> None:  # noqa: FBT001  a Qt slot
        """Show the card, or not."""
        self._is_wanted = is_wanted
        self._update_visible()

    def is_wanted(self) -> bool:
        """Return whether the card is to be shown when there is something to show."""
        return self._is_wanted

    def set_legends(self, legends: Sequence[Legend]) -> None:
        """Show what the colours mean now."""
        if tuple(legends) == self._legends:
            return
        self._legends = tuple(legends)
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for legend in legends:
            block = legend_block(legend)
            self._column.addWidget(block)
            block.show()
        self._column.activate()
        self._update_visible()

    def _update_visible(self) -> None:
        self.setVisible(self._is_wanted and bool(self._legends))
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Follow the widget below."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Take the room that another font needs."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._place()

    def _place(self) -> None:
        over = self.parentWidget()
        if over is None or not hasattr(self, "_scroll"):
            return
        self._column.activate()
        wanted = self._column.sizeHint()
        frame = self.sizeHint() - self._scroll.sizeHint()
        whole = max(wanted.width() + frame.width() + 16, 180)
        width = min(whole, max(over.width() - self._beside.width() - 3 * MARGIN_PX, 1))
        bar = self._scroll.horizontalScrollBar().sizeHint().height() if width < whole else 0  # it would cover a row
        needed = max(wanted.height() + bar, self._close.sizeHint().height())
        height = min(needed + 26, round(over.height() * MOST_SHARE))
        self.setGeometry(MARGIN_PX, over.height() - height - self._bottom_px, width, height)
        self.raise_()


def legend_block(legend: Legend) -> QWidget:
    """Return one layer's legend."""
    block = QWidget()
    column = QVBoxLayout(block)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    if legend.kind is LegendKind.SINGLE:
        entry = (
            legend.entries[0] if legend.entries else LegendEntry(legend.layer_name, legend.no_data_color, legend.shown)
        )
        column.addLayout(_entry_grid(legend, [LegendEntry(legend.layer_name, entry.color, legend.shown)], is_head=True))
    else:
        unit = f" ({legend.unit})" if legend.unit else ""
        column.addWidget(label(f"{legend.title}{unit}", "head", wraps=False))
        if legend.title != legend.layer_name:
            column.addWidget(label(legend.layer_name, "quiet"))
        if legend.kind is LegendKind.RAMP:
            column.addWidget(Ramp(legend))
        column.addLayout(_entry_grid(legend, legend.entries))
    for text in words.legend_notes(legend):
        column.addWidget(label(text, "quiet", wraps=True))
    return block


def _entry_grid(legend: Legend, entries: Sequence[LegendEntry], *, is_head: bool = False) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(3)
    grid.setColumnStretch(1, 1)
    for row, entry in enumerate(entries):
        _add_entry(grid, row, Swatch(entry.color, legend.shape, weight=entry.weight), entry.label, entry.count)
        if is_head:
            item = grid.itemAtPosition(row, 1)
            widget = item.widget() if item is not None else None
            if isinstance(widget, QLabel):
                widget.setProperty("rank", "head")
    if legend.no_data and legend.kind is not LegendKind.SINGLE:
        hatched = Swatch(legend.no_data_color, legend.shape, is_hatched=True)
        _add_entry(grid, len(entries), hatched, words.NO_DATA, legend.no_data)
    return grid


def _add_entry(grid: QGridLayout, row: int, patch: Swatch, text: str, count: int) -> None:
    number = label(f"{count:,}" if count >= 0 else "", "quiet")
    number.setAlignment(Qt.AlignmentFlag.AlignRight)
    grid.addWidget(patch, row, 0)
    grid.addWidget(label(text), row, 1)
    grid.addWidget(number, row, 2)
