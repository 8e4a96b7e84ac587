"""Exhibits in the window: a dialog for a sheet, drawn from what is open, and written as PDF."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from twin.exhibit import PAPERS_MM, SCALES, SIDES, Exhibit, SheetView, ViewKind, scale_text
from twin.session import Session
from ui import exhibit_words as words
from ui.exhibiting import present_view, write_exhibit
from ui.plain import fit_dialog, label, named
from ui.project_desk import ProjectDesk

if TYPE_CHECKING:
    from ui.main_window import MainWindow

VIEW_BOXES = 4


class ExhibitDialog(QDialog):
    """Asks what is to stand on a sheet."""

    def __init__(
        self, parent: QWidget, session: Session, draw: Callable[[Exhibit, Path], None], kept: tuple[Exhibit, ...] = ()
    ) -> None:
        """Offer the sheets that are kept, and a new one with the present view and a plan."""
        super().__init__(parent)
        self.setWindowTitle(words.DIALOG)
        self._session, self._draw = session, draw
        self.kept = QComboBox()
        self.kept.addItem(words.NEW_SHEET, None)
        for one in kept:
            self.kept.addItem(one.name, one)
        self.kept.currentIndexChanged.connect(self._kept_chosen)
        self.title, self.text = QLineEdit(), QPlainTextEdit()
        self.paper, self.orientation, self.scale = QComboBox(), QComboBox(), QComboBox()
        self.paper.addItems(list(PAPERS_MM))
        self.orientation.addItems([words.LANDSCAPE, words.PORTRAIT])
        self.scale.addItem(words.FITTING, 0.0)
        for one in sorted(SCALES):
            if one == round(one):
                self.scale.addItem(scale_text(one), float(one))
        self.views = [self._view_box(number) for number in range(VIEW_BOXES)]
        self._state = label("", "quiet", wraps=True)
        self._kept_views: tuple[SheetView, ...] = ()
        self._lay_out()
        fit_dialog(self, chars=64, lines=26)

    def _view_box(self, number: int) -> QComboBox:
        box = QComboBox()
        if number:
            box.addItem(words.NO_VIEW, None)
        cut = self._session.composition.cut
        box.addItem(words.PRESENT, present_view(self._session))
        box.addItem(words.kind_name(ViewKind.PLAN), SheetView(ViewKind.PLAN))
        box.addItem(words.WHOLE, SheetView())
        if cut is not None and cut.is_on:
            box.addItem(words.kind_name(ViewKind.SECTION), SheetView(ViewKind.SECTION))
        for side in SIDES:
            box.addItem(words.elevation_name(side), SheetView(ViewKind.ELEVATION, side=side))
        if number == 1:
            box.setCurrentIndex(box.findText(words.kind_name(ViewKind.PLAN)))
        return box

    def _lay_out(self) -> None:
        column, form = QVBoxLayout(self), QFormLayout()
        rows: list[tuple[str, QWidget]] = [
            (words.SHEET, self.kept), (words.TITLE, self.title), (words.TEXT, self.text), (words.PAPER, self.paper),
            (words.ORIENTATION, self.orientation), (words.SCALE, self.scale),
            *((words.view_label(i), box) for i, box in enumerate(self.views)),
        ]  # fmt: skip
        for name, widget in rows:
            named(widget, name)
            form.addRow(name, widget)
        column.addLayout(form)
        column.addWidget(self._state)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._ask_where)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.buttons = buttons

    def _kept_chosen(self, _index: int) -> None:
        """Show a sheet that is kept; its views stay as they are until others are chosen."""
        one: Exhibit | None = self.kept.currentData()
        if one is None:
            return
        self.title.setText(one.title or one.name)
        self.text.setPlainText(one.text)
        self.paper.setCurrentText(one.paper)
        self.orientation.setCurrentText(words.PORTRAIT if one.is_upright else words.LANDSCAPE)
        for number, box in enumerate(self.views):
            if number < len(one.views):
                box.addItem(words.kept_view(one.views[number].title, one.views[number].kind), one.views[number])
                box.setCurrentIndex(box.count() - 1)
            elif number:
                box.setCurrentIndex(0)
        scale = next((view.scale for view in one.views if view.scale), 0.0)
        self.scale.setCurrentIndex(max(self.scale.findData(scale), 0))

    def exhibit(self) -> Exhibit:
        """Return the sheet as it is asked for."""
        scale = float(self.scale.currentData())
        chosen = [box.currentData() for box in self.views]
        views = tuple(
            view if view.kind is ViewKind.PERSPECTIVE or not scale else replace(view, scale=scale)
            for view in chosen
            if view is not None
        )
        title = self.title.text().strip() or words.UNTITLED
        kept: Exhibit | None = self.kept.currentData()
        return Exhibit(
            kept.name if kept is not None else title, title, self.text.toPlainText(), self.paper.currentText(),
            self.orientation.currentText() == words.PORTRAIT, views,
        )  # fmt: skip

    def _ask_where(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, words.DIALOG, f"{self.exhibit().name}.pdf", words.FILTER)
        if path:
            self.save_to(Path(path))

    def save_to(self, path: Path) -> None:
        """Draw and write; the dialog closes when the file is there, and stays with what was asked if it is not."""
        self._state.setText(words.DRAWING)
        self.buttons.setEnabled(False)
        self.repaint()
        try:
            self._draw(self.exhibit(), path if path.suffix else path.with_suffix(".pdf"))
        except Exception as error:  # noqa: BLE001  an outer wall: told here, where it can be put right
            self._state.setText(str(error))
            return
        finally:
            self.buttons.setEnabled(True)
        self.accept()


class ExhibitDesk(QObject):
    """Opens the dialog and draws with the window's scene."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window = window
        window.actions_by_id["exhibit"].triggered.connect(self.ask)
        window.session.layers_changed.connect(self._layers_changed)
        self._layers_changed({}, dict(window.session.layers))

    def _layers_changed(self, _old: object, new: object) -> None:
        self._window.actions_by_id["exhibit"].setEnabled(bool(new))

    def ask(self) -> None:
        """Ask for a sheet and draw it."""
        dialog = self.dialog()
        dialog.open()

    def dialog(self) -> ExhibitDialog:
        """Return the dialog, not yet open."""
        project = self._window.findChild(ProjectDesk)
        kept = project.project.exhibits if project is not None else ()
        return ExhibitDialog(self._window, self._window.session, self.draw, kept)

    def draw(self, exhibit: Exhibit, path: Path) -> None:
        """Draw a sheet with the window's scene and write it; the picture on screen waits meanwhile."""
        window = self._window
        window.view.pause(is_paused=True)
        scene = window.parts.scene
        was_adaptive, scene.is_adaptive = scene.is_adaptive, False
        try:
            sheet = write_exhibit(exhibit, window.session, scene, path, on_wait=_let_breathe)
        finally:
            scene.is_adaptive = was_adaptive
            window.view.pause(is_paused=False)
        self._keep(exhibit)
        window.notices.info("\n".join([words.sheet_saved(str(path)), *sheet.remarks]))

    def _keep(self, exhibit: Exhibit) -> None:
        """Keep a sheet in the project, in the place of one of the same name."""
        desk = self._window.findChild(ProjectDesk)
        if desk is not None:
            others = tuple(one for one in desk.project.exhibits if one.name != exhibit.name)
            desk.change(exhibits=(*others, exhibit))


def _let_breathe() -> None:
    """Have the window painted; nobody can press anything meanwhile."""
    QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 5)


def attach(window: MainWindow) -> None:
    """Add exhibits to a window."""
    ExhibitDesk(window)
