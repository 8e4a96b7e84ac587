"""The other side of a comparison: a second scene over the same city, drawn beyond a line or in half of the view."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from layers.scene import Scene
from twin.session import Camera, Session
from ui import scenario_words as words
from ui.pictures import Pictures
from ui.plain import named
from ui.showing_scenarios import beside, follow, name_of

if TYPE_CHECKING:
    from ui.scene_view import SceneView

GRIP_PX = 9.0
STEP_SHARE = 0.02


class OtherSide(QWidget):
    """Lies over the view while two scenarios are compared; two pictures of one camera, one city in memory."""

    failed = Signal(object)
    drawn = Signal()
    moved = Signal(float)
    """The line was dragged: its share of the width."""

    def __init__(self, view: SceneView, session: Session, scene: Scene, other: Session) -> None:
        """Compare what a view shows with what another session shows, drawn by a scene of its own."""
        super().__init__(view)
        self._view, self._session, self.other = view, session, other
        self.scene = scene
        self.is_split, self.share = False, 0.5
        self._is_held = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        named(self, words.SWIPE, words.SWIPE_TIP)
        self.setToolTip("")
        self.pictures = Pictures(cast("SceneView", self))  # a view in all that is asked of one
        self.setGeometry(view.rect())
        view.installEventFilter(self)
        view.camera_moved.connect(self._camera_moved)
        view.drawn.connect(self.update)
        scene.changed.connect(self.pictures.ask)
        scene.recoloured.connect(self.pictures.recolour)
        session.composition_changed.connect(self._follow)
        session.layers_changed.connect(self._follow)

    # what Pictures asks of a view

    @property
    def camera(self) -> Camera:
        """Return the one camera."""
        return self._view.camera

    @property
    def size_px(self) -> tuple[int, int]:
        """Return the size of both pictures."""
        return self._view.size_px

    @property
    def letter_scale(self) -> float:
        """Return how large letters are drawn."""
        return self._view.letter_scale

    @property
    def is_moving(self) -> bool:
        """Return whether the camera moves."""
        return self._view.is_moving

    # following

    def _follow(self, _old: object = None, _new: object = None) -> None:
        follow(self._session, self.other, self.other.composition.scenario)
        self.update()

    def show_scenario(self, scenario_id: str) -> None:
        """Compare with another scenario; "" is the city as it is."""
        follow(self._session, self.other, scenario_id)
        self.update()

    def _camera_moved(self, _camera: Camera) -> None:
        self.pictures.move() if self._view.is_moving else self.pictures.ask()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Stay as large as the view."""
        if watched is self._view and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
            self.pictures.resize()
        return False

    def set_split(self, *, is_split: bool) -> None:
        """Show two views, or one with a line."""
        self.is_split = is_split
        self.update()

    def set_share(self, share: float) -> None:
        """Put the line somewhere else: a share of the width."""
        self.share = min(max(share, 0.0), 1.0)
        self.moved.emit(self.share)
        self.update()

    @property
    def edge(self) -> float:
        """Return where the line stands."""
        return self.width() * (0.5 if self.is_split else self.share)

    # painting

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the other picture on its side; of two views the middle half of each picture."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        image, own = self.pictures.image, self._view.image()
        edge, width, height = self.edge, self.width(), self.height()
        if self.is_split and own is not None:
            self._paint_part(painter, own, QRectF(0, 0, edge, height), width / 4)
        if image is not None:
            offset = width / 4 if self.is_split else edge
            self._paint_part(painter, image, QRectF(edge, 0, width - edge, height), offset)
        for color, wide in ((QColor(20, 22, 26), 5.0), (QColor(255, 255, 255), 3.0)):
            painter.setPen(QPen(color, wide))
            painter.drawLine(QPointF(edge, 0), QPointF(edge, height))
        if not self.is_split:
            painter.setPen(QPen(QColor(20, 22, 26), 2))
            painter.setBrush(QColor(255, 255, 255))
            painter.drawEllipse(QPointF(edge, height / 2), GRIP_PX, GRIP_PX)
        self._paint_names(painter, edge)

    def _paint_part(self, painter: QPainter, image: QImage, target: QRectF, from_x: float) -> None:
        ratio = self.devicePixelRatioF()
        source = QRectF(from_x * ratio, 0, target.width() * ratio, target.height() * ratio)
        painter.drawImage(target, image, source)

    def _paint_names(self, painter: QPainter, edge: float) -> None:
        font = QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        left = name_of(self._session, self._session.composition.scenario, today=words.TODAY)
        right = name_of(self.other, self.other.composition.scenario, today=words.TODAY)
        for number, text in enumerate((left, right)):
            wide, high = metrics.horizontalAdvance(text) + 18, metrics.lineSpacing() + 10
            x = edge - wide - 12 if number == 0 else edge + 12
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().window())
            painter.drawRoundedRect(QRectF(x, 12, wide, high), 6, 6)
            painter.setPen(self.palette().windowText().color())
            painter.drawText(QPointF(x + 9, 17 + metrics.ascent()), text)

    # hands: the line is ours, all else is the view's

    def _is_at_line(self, place: QPointF) -> bool:
        return not self.is_split and abs(place.x() - self.edge) <= GRIP_PX

    def _shifted(self, place: QPointF) -> QPointF:
        """Return the place of the whole picture that is shown at a place of two views."""
        if not self.is_split:
            return place
        quarter = self.width() / 4
        return QPointF(place.x() + (quarter if place.x() < self.edge else -quarter), place.y())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Take the line, or hand the press on."""
        if event.button() == Qt.MouseButton.LeftButton and self._is_at_line(event.position()):
            self._is_held = True
            return
        self._hand_on(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Drag the line, or hand the move on."""
        if self._is_held:
            self.set_share(event.position().x() / max(self.width(), 1))
            return
        is_at_line = self._is_at_line(event.position()) and not event.buttons()
        self.setCursor(Qt.CursorShape.SplitHCursor if is_at_line else self._view.cursor())
        self._hand_on(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Let the line go, or hand the release on."""
        if self._is_held:
            self._is_held = False
            return
        self._hand_on(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Hand it on."""
        self._hand_on(event)

    def _hand_on(self, event: QMouseEvent) -> None:
        place = self._shifted(event.position())
        copy = QMouseEvent(
            event.type(), place, self._view.mapToGlobal(place), event.button(), event.buttons(), event.modifiers()
        )
        QApplication.sendEvent(self._view, copy)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        """Hand it on."""
        place = self._shifted(event.position())
        copy = QWheelEvent(
            place, self._view.mapToGlobal(place), event.pixelDelta(), event.angleDelta(), event.buttons(),
            event.modifiers(), event.phase(), event.inverted(),
        )  # fmt: skip
        QApplication.sendEvent(self._view, copy)
        event.accept()

    # the end

    def stop(self) -> None:
        """Follow nothing any more and give the second scene back."""
        self.pictures.stop()
        self._view.removeEventFilter(self)
        self._view.camera_moved.disconnect(self._camera_moved)
        self._view.drawn.disconnect(self.update)
        self.scene.changed.disconnect(self.pictures.ask)
        self.scene.recoloured.disconnect(self.pictures.recolour)
        self._session.composition_changed.disconnect(self._follow)
        self._session.layers_changed.disconnect(self._follow)
        close = getattr(self.scene, "close", None)
        if close is not None:
            close()
        self.hide()
        self.deleteLater()


__all__ = ["OtherSide", "beside"]
