"""A sheet of glass over the view: tools paint on it, and the mouse goes through it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget

from ui.scene_view import SceneView


class Glass(QWidget):
    """As large as the view below it, painted again when the camera moves."""

    def __init__(self, view: SceneView) -> None:
        """Lie over a view, invisible until there is something to show."""
        super().__init__(view)
        self.view = view
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("")
        self.hide()
        view.installEventFilter(self)
        view.camera_moved.connect(self._moved)

    def appear(self) -> None:
        """Lie over the view as it is now."""
        self.setGeometry(self.view.rect())
        self.show()

    def _moved(self, _camera: object) -> None:
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Stay as large as the view."""
        if watched is self.view and event.type() == QEvent.Type.Resize:
            self.setGeometry(self.view.rect())
        return False
