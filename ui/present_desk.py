"""Presenting in the window: the public window on the projector, and the console beside the city."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from layers.scene import Scene
from twin.errors import TwinError
from twin.personal import decisions_of
from twin.session import Session, View
from ui import hall_words as words
from ui.dock import make_dock, scrolled
from ui.hall.console import Console
from ui.hall.presentation import Presentation, Sources
from ui.plain import label
from ui.project_desk import ProjectDesk

if TYPE_CHECKING:
    from ui.main_window import MainWindow

CLICKER = {
    Qt.Key.Key_PageDown: "next",
    Qt.Key.Key_PageUp: "back",
    Qt.Key.Key_Period: "black",
    Qt.Key.Key_B: "black",
}
"""What a clicker's keys do in the operator's own windows while the story is shown; texts keep their keys."""
WRITING = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox)


class PresentDesk(QObject):
    """Found again by window.findChild(PresentDesk)."""

    began = Signal(object)
    """The presentation that begins."""
    ended = Signal()

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window = window
        self.presentation: Presentation | None = None
        self.console = Console()
        self.console.preview_asked.connect(self.preview_slide)
        self.one_screen = label(words.ONE_SCREEN, "warning", wraps=True)
        self.one_screen.hide()
        layout = self.console.layout()
        assert layout is not None
        layout.addWidget(self.one_screen)
        area = scrolled(self.console)
        self.dock = make_dock("console", words.CONSOLE, area)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        window.tabifyDockWidget(window.right, self.dock)
        self.dock.hide()
        self.dock.visibilityChanged.connect(self._console_shown)
        self.is_full_screen = True
        self.make_scene = self._make_scene
        self._view_before: View | None = None
        window.actions_by_id["present"].triggered.connect(self.toggle)
        window.session.layers_changed.connect(self._layers_changed)
        self._layers_changed()
        window.installEventFilter(self)

    def _make_scene(self, session: Session) -> Scene:
        own = self._window.parts.scene
        return Scene(session, jobs=own.workers, memory_bytes=own.memory_bytes // 2)

    def _layers_changed(self, *_: object) -> None:
        self._window.actions_by_id["present"].setEnabled(bool(self._window.session.layers))

    # begin and end

    def toggle(self, *_: object) -> None:
        """Begin, or leave."""
        if self.presentation is None:
            self.begin()
        else:
            self.presentation.end()

    def sources(self) -> Sources:
        """Return what a presentation is made from."""
        desk = self._window.findChild(ProjectDesk)
        assert desk is not None
        project = desk.project
        return Sources(
            session=self._window.session,
            story=project.story,
            views=project.views,
            languages=project.hearing.languages,
            decisions=decisions_of(project.personal),
            withheld=project.hearing.withheld,
        )

    def begin(self) -> Presentation | None:
        """Show the story to the hall; None where nothing is open."""
        if self.presentation is not None or not self._window.session.layers:
            return self.presentation
        shown = Presentation(self, self.sources(), self.make_scene)
        self.presentation, self._view_before = shown, self._window.session.view
        shown.failed.connect(self._window.notices.error)
        shown.console_asked.connect(self.show_console)
        shown.ended.connect(self._ended)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)
        self.console.begin(shown)
        shown.show(is_full_screen=self.is_full_screen)
        if not shown.has_one_screen:
            self._open_dock()
        for name, why in shown.city.left_out.items():
            self._window.notices.warning(words.left_out(self._window.session.layers[name].info.name, why))
        self.began.emit(shown)
        return shown

    def _ended(self) -> None:
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        shown, self.presentation = self.presentation, None
        self.console.stop()
        self.dock.hide()
        if self._view_before is not None:
            self._restore(self._view_before)
        self._view_before = None
        self.ended.emit()
        if shown is not None:
            shown.deleteLater()

    def _restore(self, view: View) -> None:
        """Give the operator's window the layers and the time back that it had; nothing else that was done is undone."""
        now = self._window.session.composition
        ids = [s.layer_id for s in view.composition.layers]
        if {s.layer_id for s in now.layers} == set(ids):
            kept = replace(now, layers=view.composition.layers, theme=view.composition.theme, cut=view.composition.cut,
                           scenario=view.composition.scenario)  # fmt: skip
            self._window.session.set_composition(kept, is_undoable=False)
        self._window.session.set_clock(view.clock)

    def _open_dock(self) -> None:
        """Open the console, as wide as it needs."""
        area = self.dock.widget()
        area.setMinimumWidth(min(self.console.minimumSizeHint().width() + 24, self._window.width() // 2))
        self.dock.show()
        self.dock.raise_()

    # one screen

    def show_console(self) -> None:
        """Open the console; with one screen the public picture is frozen first, and its window leaves the screen."""
        self._open_dock()
        self._window.activateWindow()
        self._window.raise_()

    def _console_shown(self, is_visible: bool) -> None:  # noqa: FBT001  Qt's signal
        shown = self.presentation
        if shown is None or not shown.has_one_screen:
            self.one_screen.hide()
            return
        self.one_screen.setVisible(is_visible)
        shown.set_frozen(is_frozen=is_visible)

    # preview: the operator's own window

    def preview_slide(self, slide_id: str) -> None:
        """Look at a slide in the operator's own window; the hall sees nothing of it."""
        shown = self.presentation
        if shown is None:
            return
        try:
            self.preview(shown.view_of(shown.story.slide(slide_id)))
        except TwinError as error:
            self._window.notices.error(error)

    def preview(self, view: View) -> None:
        """Look at a view in the operator's own window: its time and layers first, then its place."""
        self._window.session.set_composition(view.composition, is_undoable=False)
        self._window.session.set_clock(view.clock)
        self._window.camera.go(view.camera)

    # the clicker

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Take the clicker's keys wherever the operator is, but for where he writes; end with the window."""
        if watched is self._window and event.type() == QEvent.Type.Close:
            if self.presentation is not None:
                self.presentation.end()
            return False
        shown = self.presentation
        if shown is None or event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        act = CLICKER.get(Qt.Key(event.key())) if not event.modifiers() & Qt.KeyboardModifier.ControlModifier else None
        is_writing = isinstance(QApplication.focusWidget(), WRITING) and event.key() not in (
            Qt.Key.Key_PageDown,
            Qt.Key.Key_PageUp,
        )
        if act is None or is_writing or watched.window() is shown.window:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        shown.do(act)
        return True


def attach(window: MainWindow) -> None:
    """Add presenting to a window."""
    PresentDesk(window)
