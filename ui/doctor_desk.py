"""The data doctor in the window: looks at the layers, flies to what it found, keeps what is decided."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from twin.errors import TwinError
from twin.personal import Decided, PersonalDecision, decided_anew, decisions_of, kept_decisions
from ui import doctor_words as words
from ui.doctor_dialog import DoctorDialog
from ui.doctor_report import write_report
from ui.doctoring import session_check
from ui.project_desk import ProjectDesk

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def attach(window: MainWindow) -> None:
    """Add the data doctor to a window."""
    DoctorDesk(window)


def decisions_in(window: MainWindow) -> tuple[PersonalDecision, ...]:
    """Return what was decided about personal columns in a window's project."""
    desk = window.findChild(ProjectDesk)
    return decisions_of(desk.state.kept.project.personal) if desk is not None else ()


class DoctorDesk(QObject):
    """Found again by window.findChild(DoctorDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Wait until it is asked for."""
        super().__init__(window)
        self._window = window
        self.dialog: DoctorDialog | None = None
        self.pages: list[dict[str, Any]] = []
        window.actions_by_id["data_doctor"].triggered.connect(self.open)
        window.session.layers_changed.connect(self._layers_changed)

    def open(self, *_: object) -> None:
        """Look at everything and show it."""
        if self.dialog is None:
            self.dialog = DoctorDialog(self._window, lambda: self._window.session.composition.theme)
            self.dialog.shown.connect(self._fly)
            self.dialog.decided.connect(self.decide)
            self.dialog.save_asked.connect(self._ask_where)
        self.check()
        self.dialog.show()
        self.dialog.raise_()

    def check(self) -> None:
        """Look at every layer again."""
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            self.pages = session_check(self._window.session, decisions=decisions_in(self._window))
        finally:
            QGuiApplication.restoreOverrideCursor()
        if self.dialog is not None:
            self.dialog.show_pages(list(self.pages))

    def _layers_changed(self, _old: object, _new: object) -> None:
        if self.dialog is not None and self.dialog.isVisible():
            self.check()

    def decide(self, layer_id: str, field: str, decided: str) -> None:
        """Keep what a person says of a column, in the project."""
        desk = self._window.findChild(ProjectDesk)
        if desk is None:
            return
        said = decided_anew(decisions_in(self._window), layer_id, field, Decided(decided))
        desk.change(personal=kept_decisions(said))
        self.check()

    def _fly(self, layer_id: str, rows: tuple[int, ...]) -> None:
        layer = self._window.session.layers.get(layer_id)
        if layer is not None:
            self._window.session.select(layer_id, rows)
            self._window.camera.zoom_rows(layer, rows[:1])

    def _ask_where(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self._window, words.SAVE_AS, "data-doctor.html", words.SAVE_FILTER)
        if path:
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Write the pages to a file; what fails is said."""
        questions = [q for page in self.pages for q in page["open_questions"]]
        try:
            write_report(path, {"layers": self.pages, "ready": not questions, "open_questions": questions})
        except TwinError as error:
            self._window.notices.error(error)
