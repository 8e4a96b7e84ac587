"""Where a project is to be saved, and whether its data goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from data.project import SUFFIX
from ui import project_words as words
from ui import words as window_words
from ui.plain import button, fit_dialog, label, named


@dataclass(frozen=True, slots=True)
class Where:
    """What a person answered."""

    folder: Path
    """The project's folder, NAME.citytwin."""
    is_inside_wanted: bool


class SaveDialog(QDialog):
    """Asks for a name, a folder, and copy or link."""

    def __init__(self, parent: QWidget, *, name: str, folder: Path, size_bytes: int) -> None:
        """Propose a name in a folder; size_bytes is what would be copied."""
        super().__init__(parent)
        self.setWindowTitle(words.SAVE_TITLE)
        self.name = QLineEdit(name)
        named(self.name, words.NAME)
        self.folder = QLineEdit(str(folder))
        named(self.folder, words.WHERE)
        browse = button(words.BROWSE)
        browse.clicked.connect(self._browse)
        grid = QGridLayout()
        for row, (text, line) in enumerate(((words.NAME, self.name), (words.WHERE, self.folder))):
            grid.addWidget(label(text, "quiet"), row, 0)
            grid.addWidget(line, row, 1)
        grid.addWidget(browse, 1, 2)
        self.inside, self.linked = QRadioButton(words.DATA_INSIDE), QRadioButton(words.DATA_LINKED)
        self.inside.setChecked(True)
        column = QVBoxLayout(self)
        column.addLayout(grid)
        for choice, hint in ((self.inside, words.inside_hint(size_bytes)), (self.linked, words.LINKED_HINT)):
            named(choice, choice.text(), hint)
            column.addWidget(choice)
            row_of_hint = QHBoxLayout()
            row_of_hint.setContentsMargins(26, 0, 0, 6)
            row_of_hint.addWidget(label(hint, "quiet", wraps=True))
            column.addLayout(row_of_hint)
        column.addStretch(1)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        self.name.textChanged.connect(self._check)
        self.name.selectAll()
        self._check()
        fit_dialog(self, chars=80, lines=16)

    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, words.WHERE, self.folder.text())
        if chosen:
            self.folder.setText(chosen)

    def _check(self) -> None:
        name = self.name.text().strip()
        is_name = bool(name) and not set(name) & set('/\\:*?"<>|')
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(is_name)

    def answer(self) -> Where:
        """Return what was chosen."""
        name = self.name.text().strip()
        name = name if name.lower().endswith(SUFFIX) else name + SUFFIX
        return Where(Path(self.folder.text()).expanduser() / name, self.inside.isChecked())


def asked_about_changes(window: QWidget) -> QMessageBox.StandardButton:
    """Ask what becomes of changes: Save, Discard or Cancel."""
    box = QMessageBox(QMessageBox.Icon.Question, window_words.APP, words.CHANGED, parent=window)
    box.setInformativeText(words.CHANGED_HINT)
    choices = QMessageBox.StandardButton
    box.setStandardButtons(choices.Save | choices.Discard | choices.Cancel)
    box.setDefaultButton(choices.Save)
    return choices(box.exec())


def asked_about_newer(window: QWidget, saved: str) -> QMessageBox.StandardButton:
    """Ask what becomes of a project that somebody else has saved: Save (over it), SaveAll (elsewhere) or Cancel."""
    box = QMessageBox(QMessageBox.Icon.Warning, window_words.APP, words.newer(saved), parent=window)
    box.setInformativeText(words.NEWER_HINT)
    over = box.addButton(words.SAVE_OVER, QMessageBox.ButtonRole.DestructiveRole)
    aside = box.addButton(words.SAVE_ASIDE, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(aside)
    box.exec()
    choices = QMessageBox.StandardButton
    clicked = box.clickedButton()
    if clicked is over:
        return choices.Save
    return choices.SaveAll if clicked is aside else choices.Cancel
