"""What one sees before anything is open: a skyline, and three ways to begin."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ui import words
from ui.plain import button, card, label

RECENT_SHOWN = 5
SKYLINE_SEED = 7
ROWS = ((0.34, 0.20, 26), (0.24, 0.34, 20), (0.14, 0.55, 15))
"""(tallest as part of the height, darkness, house width in steps) of the rows of houses, from the far one."""


class StartPanel(QWidget):
    """Covers the scene while nothing is open."""

    open_asked = Signal()
    sample_asked = Signal()
    recent_asked = Signal(str)
    cancel_asked = Signal()

    def __init__(self, over: QWidget) -> None:
        """Lie over a widget."""
        super().__init__(over)
        self._over = over
        self.setAccessibleName(words.START)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        self._recent_card, recent_column = card()
        recent_column.addWidget(label(words.RECENT, "quiet"))
        recent_column.addLayout(self._recent)
        body = QWidget()
        body.setAutoFillBackground(False)
        column = QVBoxLayout(body)
        column.setContentsMargins(32, 32, 32, 32)
        column.setSpacing(10)
        column.addStretch(2)
        for text, rank in ((words.APP, "hero"), (words.START_LINE, "quiet")):
            line = label(text, rank, wraps=rank == "quiet")
            line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(line)
        column.addSpacing(12)
        column.addLayout(self._buttons())
        self._drop = label(words.START_DROP, "quiet", wraps=True)
        self._drop.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._drop)
        self._make_progress(column)
        column.addSpacing(12)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._recent_card, 3)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(5)
        scroll = QScrollArea(self)
        scroll.setProperty("rank", "bare")
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        over.installEventFilter(self)
        self.set_recent([])
        self.resize(over.size())

    def _make_progress(self, column: QVBoxLayout) -> None:
        self._doing = label("", "head")
        self._doing.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setMinimumWidth(40 * self.fontMetrics().averageCharWidth())
        self._cancel = button(words.CANCEL)
        self._cancel.clicked.connect(self.cancel_asked)
        self._progress = QWidget()
        inner = QVBoxLayout(self._progress)
        inner.setSpacing(10)
        for widget in (self._doing, self._bar, self._cancel):
            inner.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        self._progress.hide()
        column.addWidget(self._progress)

    def show_progress(self, text: str, share: float) -> None:
        """Show what is being opened, and how far it is (below 0 is not known); "" shows the ways to begin again."""
        is_busy = bool(text)
        self._progress.setVisible(is_busy)
        for widget in (self.open, self.sample, self._drop):
            widget.setVisible(not is_busy)
        self._recent_card.setVisible(not is_busy and self._recent.count() > 0)
        self._doing.setText(text)
        self._bar.setAccessibleName(text)
        self._bar.setRange(0, 1000 if share > 0 else 0)
        if share > 0:
            self._bar.setValue(round(share * 1000))

    def _buttons(self) -> QHBoxLayout:
        self.open = button(words.ACTS["open"][0], rank="primary", tip=words.ACTS["open"][1])
        self.open.clicked.connect(self.open_asked)
        self.sample = button(words.ACTS["open_sample"][0], tip=words.ACTS["open_sample"][1])
        self.sample.clicked.connect(self.sample_asked)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addStretch(1)
        for made in (self.open, self.sample):
            made.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Minimum)
            row.addWidget(made)
        row.addStretch(1)
        return row

    def set_recent(self, paths: Sequence[str]) -> None:
        """Offer the files opened last."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for path in paths[:RECENT_SHOWN]:
            made: QPushButton = button(Path(path).name, rank="link", tip=path)
            made.setProperty("path", path)
            made.clicked.connect(self._recent_clicked)
            self._recent.addWidget(made)
        self._recent_card.setVisible(bool(paths))

    def _recent_clicked(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.recent_asked.emit(str(sender.property("path")))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Follow the widget below."""
        if event.type() == QEvent.Type.Resize:
            self.resize(self._over.size())
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw an evening sky and three rows of houses."""
        painter = QPainter(self)
        is_dark = self.palette().window().color().lightness() < 128
        high, low = ("#141c24", "#27333d") if is_dark else ("#d9e6ee", "#f7f3ec")
        sky = QLinearGradient(0, 0, 0, self.height())
        sky.setColorAt(0, QColor(high))
        sky.setColorAt(1, QColor(low))
        painter.fillRect(self.rect(), sky)
        accent = self.palette().highlight().color()
        dice = random.Random(SKYLINE_SEED)  # noqa: S311  a picture, not a secret
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for tallest, darkness, steps in ROWS:
            _draw_row(painter, self.rect().toRectF(), dice, (tallest, steps), _mixed(QColor(low), accent, darkness))


def _draw_row(painter: QPainter, area: QRectF, dice: random.Random, row: tuple[float, int], colour: QColor) -> None:
    tallest, steps = row
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    x = -10.0
    while x < area.width():
        width = dice.uniform(0.5, 1.6) * 1200 / steps * 0.9
        height = tallest * area.height() * (0.25 + 0.75 * dice.random() ** 2)
        top = area.height() - height
        painter.drawRect(QRectF(x, top, width * 0.94, height))
        if dice.random() < 0.3:
            painter.drawPolygon(
                [QPointF(x, top), QPointF(x + width * 0.47, top - width * 0.28), QPointF(x + width * 0.94, top)]
            )
        x += width


def _mixed(one: QColor, other: QColor, share: float) -> QColor:
    pairs = ((one.redF(), other.redF()), (one.greenF(), other.greenF()), (one.blueF(), other.blueF()))
    return QColor.fromRgbF(*(a + (b - a) * share for a, b in pairs))
