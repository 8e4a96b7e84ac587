"""Who is to be credited for what is shown, always on screen in the lower middle of the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QWidget

from layers.furniture import attribution_of
from ui.plain import named

if TYPE_CHECKING:
    from twin.session import Session
    from ui.main_window import MainWindow

MARGIN_PX = 4
WIDEST_SHARE = 0.6
CAPTION = "Credits"
LOOK = "QLabel#credit { background: rgba(255, 255, 255, 190); color: #202428; padding: 1px 6px; border-radius: 4px }"


def attach(window: MainWindow) -> None:
    """Bring the credits into a window."""
    Credit(window.view, window.session)


class Credit(QLabel):
    """One line over the scene; hidden where nobody asks to be named."""

    def __init__(self, over: QWidget, session: Session) -> None:
        """Lie over a widget and follow a session."""
        super().__init__(over)
        self._session, self._over = session, over
        self.setObjectName("credit")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setStyleSheet(LOOK)
        named(self, CAPTION)
        over.installEventFilter(self)
        session.layers_changed.connect(self.fill)
        session.composition_changed.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """Name those whose layers are on."""
        states = self._session.composition.layers
        on = [self._session.layers[s.layer_id] for s in states if s.is_visible and s.layer_id in self._session.layers]
        text = attribution_of(on)
        self.setText(text)
        self.setAccessibleDescription(text)
        self.setVisible(bool(text))
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Follow the widget below."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        over = self._over
        width = min(self.sizeHint().width(), round(over.width() * WIDEST_SHARE))
        height = self.sizeHint().height()
        self.setGeometry((over.width() - width) // 2, over.height() - height - MARGIN_PX, width, height)
        self.raise_()
