"""What the hall's tab prints and hands out: slips, forms, and invitations for second devices."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QInputDialog, QVBoxLayout

from twin.errors import TwinError
from twin.poll import json_of_poll
from twin.roles import Role
from ui import hall_words as words
from ui.hall.check_hall import CodeSquare
from ui.hall.papers import write_forms, write_slips
from ui.plain import label
from ui.project_desk import ProjectDesk

if TYPE_CHECKING:
    from ui.main_window import MainWindow

INVITED = (Role.MODERATOR, Role.PRESENTER, Role.CLERK)
INVITED_S = 12 * 3600
SLIPS_USUAL = 96
PDF = "PDF (*.pdf)"


class InvitationDialog(QDialog):
    """Shows an invitation this once: address, token and a code with both."""

    def __init__(self, parent: MainWindow, url: str, token: str, role: str) -> None:
        """Show an invitation."""
        super().__init__(parent)
        self.setWindowTitle(words.INVITE)
        column = QVBoxLayout(self)
        column.addWidget(label(words.invited(role), wraps=True))
        square = CodeSquare(words.INVITE)
        square.show_text(url)
        column.addWidget(square)
        column.addWidget(label(url))
        said = label(token, "head", wraps=True)
        said.setTextInteractionFlags(said.textInteractionFlags().TextSelectableByMouse)
        column.addWidget(said)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)


class MeetingPapers:
    """Asks the server for what is printed, and prints it."""

    def __init__(self, window: MainWindow, desk: Any) -> None:
        """Print for a meeting's desk (ui.meeting_desk.MeetingDesk)."""
        self._window, self._desk = window, desk

    def do(self, act: str) -> None:
        """Invite somebody, or print slips or forms."""
        if self._desk.run is None or self._desk.run.api is None:
            return
        {"invite": self.ask_role, "slips": self.ask_slips, "forms": self.ask_forms}[act]()

    def _title(self) -> str:
        desk = self._window.findChild(ProjectDesk)
        return desk.state.name if desk is not None else ""

    # invitations

    def ask_role(self) -> None:
        """Ask which role, and invite somebody to it."""
        roles = [str(role) for role in INVITED]
        role, is_given = QInputDialog.getItem(self._window, words.INVITE, words.INVITE_ROLE, roles, 0, False)
        if is_given:
            sent = {"role": role, "lasts_s": INVITED_S, "label": ""}
            self._desk.run.api.post("/api/operator/invitations", sent, partial(self._invited, role))

    def _invited(self, role: str, answer: dict[str, Any]) -> None:
        url = f"{self._desk.address.url}operator"
        dialog = InvitationDialog(self._window, url, str(answer.get("token", "")), role)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # slips

    def ask_slips(self) -> None:
        """Ask how many and where to, then print."""
        count, is_given = QInputDialog.getInt(self._window, words.SLIPS, words.SLIPS_COUNT, SLIPS_USUAL, 1, 5000)
        path = self._path("slips.pdf") if is_given else None
        if path is not None:
            self.print_slips(count, path)

    def print_slips(self, count: int, path: Path) -> None:
        """Have slips issued, and write them to a file: their codes are shown this once."""
        self._desk.run.api.post("/api/operator/slips", {"count": count}, partial(self._write_slips, path))

    def _write_slips(self, path: Path, answer: dict[str, Any]) -> None:
        try:
            write_slips(path, list(answer["slips"]), url=self._desk.address.url, title=self._title(),
                        language=self._languages()[0])  # fmt: skip
        except TwinError as error:
            self._window.notices.error(error)
        else:
            self._window.notices.info(words.printed(str(path)))

    # forms

    def ask_forms(self) -> None:
        """Ask where to, then print forms with the polls of the project."""
        path = self._path("forms.pdf")
        if path is not None:
            self.print_forms(path)

    def print_forms(self, path: Path) -> None:
        """Write paper forms with the same questions as on the phones."""
        desk = self._window.findChild(ProjectDesk)
        assert desk is not None
        polls = [json_of_poll(poll) for poll in desk.state.kept.project.polls]
        shown = self._desk.present.presentation
        plan = shown.window.view.image() if shown is not None else self._window.view.image()
        try:
            write_forms(path, polls, title=self._title(), languages=self._languages(), plan=plan or QImage())
        except TwinError as error:
            self._window.notices.error(error)
        else:
            self._window.notices.info(words.printed(str(path)))

    def _languages(self) -> tuple[str, ...]:
        desk = self._window.findChild(ProjectDesk)
        return (desk.state.kept.project.hearing.languages if desk is not None else ()) or ("en",)

    def _path(self, name: str) -> Path | None:
        path, _ = QFileDialog.getSaveFileName(self._window, words.HALL, name, PDF)
        return Path(path) if path else None
