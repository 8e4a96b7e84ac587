"""The city on the projector: a picture of the public session, which no hand on it can move or ask anything."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt

from layers.scene import Scene
from twin.session import Session
from ui.scene_view import SceneView


class PublicView(SceneView):
    """Draws and flies as the operator's view does; it has no tips, no tools, no focus and no selection."""

    def __init__(self, scene: Scene, session: Session) -> None:
        """Show the public scene."""
        super().__init__(scene, session)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(False)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.ungrabGesture(Qt.GestureType.PinchGesture)
        self.setAccessibleName("")
        self.setAccessibleDescription("")

    @property
    def letter_scale(self) -> float:
        """Return a scale at which labels and pins are read from the back of the hall."""
        return max(self.devicePixelRatioF(), self.size_px[1] / 540)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Take what is left beside the panel."""
        return QSize(64, 48)

    def event(self, event: QEvent) -> bool:
        """Have no tips and no gestures."""
        if event.type() in {QEvent.Type.ToolTip, QEvent.Type.WhatsThis, QEvent.Type.Gesture, QEvent.Type.NativeGesture}:
            return True
        return super().event(event)

    def _describe(self, _old: object = None, _new: object = None) -> None:
        """Say nothing by itself: the slide's description is the window's."""
