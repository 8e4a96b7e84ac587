"""The buttons over the city, for touch, projector and keyboard: compass, tilt, home, nearer, farther."""

from __future__ import annotations

from math import degrees

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QFrame, QToolButton, QVBoxLayout, QWidget

from twin.session import Camera
from ui import words
from ui.plain import named, tool

MARGIN_PX = 14
NORTH = QColor("#d3452f")


class Compass(QAbstractButton):
    """A needle that keeps pointing north; a click turns north up."""

    def __init__(self) -> None:
        """Point up."""
        super().__init__()
        self._heading_deg = 0.0
        self._tilt_deg = 0.0
        named(self, words.ACTS["north"][0], words.ACTS["north"][1])

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Grow with the text."""
        side = round(self.fontMetrics().height() * 2.6)
        return QSize(side, side)

    def set_camera(self, camera: Camera) -> None:
        """Turn the needle."""
        heading, tilt = degrees(camera.heading_rad), degrees(camera.tilt_rad)
        if abs(heading - self._heading_deg) > 0.2 or abs(tilt - self._tilt_deg) > 0.5:
            self._heading_deg, self._tilt_deg = heading, tilt
            self.setAccessibleDescription(words.heading(camera.heading_rad))
            self.setToolTip(f"{words.ACTS['north'][0]}: {words.heading(camera.heading_rad)}")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw ring, needle and letter."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height())
        painter.translate(self.width() / 2, self.height() / 2)
        palette = self.palette()
        ring = palette.highlight().color() if self.hasFocus() else palette.mid().color()
        painter.setPen(QPen(ring, 1.4 if not self.hasFocus() else 2.2))
        painter.setBrush(palette.midlight() if self.underMouse() else palette.button())
        painter.drawEllipse(QPointF(0, 0), side / 2 - 2, side / 2 - 2)
        painter.rotate(-self._heading_deg)
        width = side * 0.11
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(NORTH)
        painter.drawPolygon(
            QPolygonF([QPointF(0, -side * 0.22), QPointF(width, side * 0.06), QPointF(-width, side * 0.06)])
        )
        painter.setBrush(palette.mid())
        painter.drawPolygon(
            QPolygonF([QPointF(0, side * 0.34), QPointF(width, side * 0.06), QPointF(-width, side * 0.06)])
        )
        painter.setPen(palette.buttonText().color())
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.7)
        font.setBold(True)
        painter.setFont(font)
        letter = QRectF(-side / 2, -side * 0.46, side, side * 0.22)
        painter.drawText(letter, Qt.AlignmentFlag.AlignCenter, words.NORTH_LETTER)


class NavPad(QFrame):
    """The column of buttons in the lower right corner of what it lies over."""

    north = Signal()
    flatter = Signal()
    steeper = Signal()
    home = Signal()
    nearer = Signal()
    farther = Signal()

    def __init__(self, over: QWidget) -> None:
        """Lie over a widget."""
        super().__init__(over)
        self.setProperty("rank", "card")
        self.setAccessibleName(words.NAVIGATION)
        self.compass = Compass()
        self.compass.clicked.connect(self.north)
        column = QVBoxLayout(self)
        column.setContentsMargins(5, 6, 5, 6)
        column.setSpacing(2)
        column.addWidget(self.compass, 0, Qt.AlignmentFlag.AlignHCenter)
        self.buttons: list[QToolButton] = []
        for icon_name, title, signal in (
            ("tilt_flat", words.FLATTER, self.flatter),
            ("tilt_steep", words.STEEPER, self.steeper),
            ("home", words.ACTS["home"][0], self.home),
            ("add", words.ACTS["zoom_in"][0], self.nearer),
            ("minus", words.ACTS["zoom_out"][0], self.farther),
        ):
            made = tool(icon_name, title)
            made.setAutoRepeat(icon_name in {"tilt_flat", "tilt_steep"})
            made.setAutoRepeatInterval(60)
            made.clicked.connect(signal)
            column.addWidget(made, 0, Qt.AlignmentFlag.AlignHCenter)
            self.buttons.append(made)
        over.installEventFilter(self)
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
        if over is None or self.layout() is None:
            return
        size_px = max(round(self.fontMetrics().height()), 16)
        for made in self.buttons:
            made.setIconSize(QSize(size_px, size_px))
        wanted = self.sizeHint()
        self.setGeometry(
            over.width() - wanted.width() - MARGIN_PX,
            over.height() - wanted.height() - MARGIN_PX,
            wanted.width(),
            wanted.height(),
        )
        self.raise_()
