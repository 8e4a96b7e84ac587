"""The clean public window: a widget tree of its own that shows a HallFrame and the public city, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from ui.hall import public_words as words
from ui.hall.blocks import FAMILIES, look_of
from ui.hall.frame import HallFrame
from ui.hall.panel import paint_panel, places, unit_px
from ui.hall.public_view import PublicView

Key = Qt.Key
KEYS: dict[Qt.Key, str] = {
    Key.Key_PageDown: "next", Key.Key_Right: "next", Key.Key_Down: "next", Key.Key_Space: "next", Key.Key_N: "next",
    Key.Key_PageUp: "back", Key.Key_Left: "back", Key.Key_Up: "back", Key.Key_Backspace: "back",
    Key.Key_Home: "first", Key.Key_End: "last",
    Key.Key_B: "black", Key.Key_Period: "black", Key.Key_F: "freeze", Key.Key_P: "pointer",
    Key.Key_Tab: "console", Key.Key_F2: "console", Key.Key_Escape: "leave",
}  # fmt: skip
"""What the keys of the public window do: those that clickers send, and those that people know."""


class Board(QWidget):
    """Paints what stands beside and over the city; hands go through it."""

    def __init__(self, window: QWidget) -> None:
        """Show nothing yet."""
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.frame = HallFrame()
        self._image = QImage()
        self._panel: QPixmap | None = None

    def show_frame(self, frame: HallFrame) -> None:
        """Show another frame; the panel is painted anew only where it differs."""
        old, self.frame = self.frame, frame
        if old.picture != frame.picture:
            self._image = QImage(frame.picture) if frame.picture else QImage()
        if replace(old, pointer=None) != replace(frame, pointer=None):
            self._panel = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Paint the panel for another size."""
        super().resizeEvent(event)
        self._panel = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the panel, then what stands over the city."""
        painter = QPainter(self)
        if self.frame.is_black:
            painter.fillRect(self.rect(), QColor("#000000"))
            return
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        panel = places(self.frame, self.width(), self.height()).panel
        if not panel.isEmpty() and event.rect().intersects(panel.toRect()):
            painter.drawPixmap(0, 0, self._painted(panel.toRect()))
        self._credits(painter)
        if self.frame.is_rehearsal:
            self._watermark(painter)
        if self.frame.pointer is not None:
            self._pointer(painter, QPointF(self.frame.pointer[0] * self.width(), self.frame.pointer[1] * self.height()))

    def _painted(self, place: QRect) -> QPixmap:
        if self._panel is None:
            ratio = self.devicePixelRatioF()
            self._panel = QPixmap(round(place.width() * ratio), round(place.height() * ratio))
            self._panel.setDevicePixelRatio(ratio)
            self._panel.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._panel)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_panel(painter, self.frame, (self.width(), self.height()), self._image)
            painter.end()
        return self._panel

    def _credits(self, painter: QPainter) -> None:
        """Say whom the data are from, small, in the city's lower right corner."""
        city = places(self.frame, self.width(), self.height()).city
        if city.isEmpty() or not self.frame.attribution:
            return
        look = look_of(self.frame.theme, max(self.height() / 100, 7.0))
        font = look.font(1.5)
        said = QFontMetricsF(font).elidedText(self.frame.attribution, Qt.TextElideMode.ElideRight, city.width() - 20)
        box = QFontMetricsF(font).boundingRect(said)
        place = QRectF(
            city.right() - box.width() - 14, city.bottom() - box.height() - 8, box.width() + 14, box.height() + 8
        )
        ground = QColor(look.ground)
        ground.setAlphaF(0.8)
        painter.fillRect(place, ground)
        painter.setFont(font)
        painter.setPen(QColor(look.text))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), said)

    def _watermark(self, painter: QPainter) -> None:
        """Write across the whole picture that this is a rehearsal."""
        painter.save()
        font = QFont()
        font.setFamilies(list(FAMILIES))
        font.setPixelSize(max(self.height() // 6, 12))
        font.setWeight(QFont.Weight.Bold)
        painter.translate(self.width() / 2, self.height() / 2)
        painter.rotate(-24)
        painter.setFont(font)
        painter.setPen(QColor(225, 40, 40, 120))
        box = QRectF(-self.width(), -self.height() / 2, 2 * self.width(), self.height())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words.of("rehearsal", self.frame.language))
        painter.restore()

    def _pointer(self, painter: QPainter, at: QPointF) -> None:
        radius = max(self.height() / 55, 8)
        painter.setPen(QPen(QColor("#ffffff"), radius / 3.5))
        painter.setBrush(QColor(214, 30, 45, 215))
        painter.drawEllipse(at, radius, radius)


class PublicWindow(QWidget):
    """What the hall sees. It is given frames and never asks for anything."""

    key_pressed = Signal(str)
    """One of the values of KEYS."""
    pointed = Signal(object)
    """Where the mouse is, 0 to 1 from the upper left corner; None when it has left."""
    closed = Signal()

    def __init__(self, view: PublicView) -> None:
        """Show the public city."""
        super().__init__(None, Qt.WindowType.Window)
        self.setObjectName("public_window")
        self.setWindowTitle("citytwin")
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self.setMinimumSize(320, 240)
        self.view = view
        view.setParent(self)
        self.board = Board(self)
        self.board.raise_()
        self._waiting: HallFrame | None = None
        self.is_frozen = self._is_over = False

    @property
    def frame(self) -> HallFrame:
        """Return what is shown."""
        return self.board.frame

    def show_frame(self, frame: HallFrame) -> None:
        """Show a frame; while the picture is frozen only the black screen and the pointer change."""
        self._waiting = frame
        if self.is_frozen:
            frame = replace(self.frame, is_black=frame.is_black, pointer=frame.pointer)
        self.board.show_frame(frame)
        self.setAccessibleName(frame.spoken())
        self._arrange()

    def set_frozen(self, *, is_frozen: bool) -> None:
        """Keep the picture as it is, or show what has come meanwhile."""
        if is_frozen == self.is_frozen:
            return
        self.is_frozen = is_frozen
        self.view.pause(is_paused=is_frozen)
        if not is_frozen and self._waiting is not None:
            self.show_frame(self._waiting)

    def _arrange(self) -> None:
        self.board.setGeometry(self.rect())
        city = places(self.frame, self.width(), self.height()).city.toRect()
        if city.isEmpty():
            self.view.hide()
        else:
            self.view.setGeometry(city)
            self.view.show()
        self.board.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Lay everything out for the projector's size."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Have a ground of our own below panel and city."""
        look = look_of(self.frame.theme, unit_px(self.frame, self.width(), self.height()))
        QPainter(self).fillRect(self.rect(), QColor(look.ground))

    def picture(self) -> QImage:
        """Return what is seen."""
        return self.grab().toImage()

    def small_picture(self, width: int) -> QImage:
        """Return what is seen as a picture so wide, painted small: a projector's picture is costly to scale down."""
        scale = width / max(self.width(), 1)
        image = QImage(width, max(round(self.height() * scale), 1), QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.scale(scale, scale)
        self.render(painter, QPoint(0, 0))
        painter.end()
        return image

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        """Tell what the clicker or the keyboard asks for."""
        act = KEYS.get(Qt.Key(event.key()))
        if act is not None:
            self.key_pressed.emit(act)
        event.accept()

    def focusNextPrevChild(self, _is_next: bool) -> bool:  # noqa: FBT001, N802  Qt's
        """Leave Tab to the keys above."""
        return False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Tell where the mouse is, for the pointer."""
        place = event.position()
        self.pointed.emit((place.x() / max(self.width(), 1), place.y() / max(self.height(), 1)))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Go on with a click, back with the other button."""
        self.key_pressed.emit("back" if event.button() == Qt.MouseButton.RightButton else "next")

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """Stop drawing."""
        if not self._is_over:
            self._is_over = True
            self.view.stop()
            self.closed.emit()
        super().closeEvent(event)
