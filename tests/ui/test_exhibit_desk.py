"""The dialog of exhibits: what it asks for is what is drawn, and a failure keeps what was asked."""

from __future__ import annotations

from pathlib import Path

from twin.exhibit import Exhibit, SheetView, ViewKind
from ui import exhibit_words as words
from ui.exhibit_desk import ExhibitDesk, ExhibitDialog
from ui.main_window import MainWindow

KEPT = Exhibit("Hearing", "At the kerb", "Text.", "A2", is_upright=True, views=(SheetView(ViewKind.PLAN, scale=500.0),))


def dialog_of(window: MainWindow, drawn: list[tuple[Exhibit, Path]]) -> ExhibitDialog:
    return ExhibitDialog(window, window.session, lambda sheet, path: drawn.append((sheet, path)), (KEPT,))


def test_a_new_sheet_shows_what_is_looked_at_and_a_plan(open_window: MainWindow, tmp_path: Path) -> None:
    drawn: list[tuple[Exhibit, Path]] = []
    dialog = dialog_of(open_window, drawn)
    dialog.title.setText("Harbour")
    dialog.paper.setCurrentText("A1")
    dialog.scale.setCurrentIndex(dialog.scale.findData(1000.0))
    dialog.save_to(tmp_path / "sheet")
    ((sheet, path),) = drawn
    assert path == tmp_path / "sheet.pdf"
    assert (sheet.name, sheet.paper, sheet.is_upright) == ("Harbour", "A1", False)
    assert [v.kind for v in sheet.views] == [ViewKind.PERSPECTIVE, ViewKind.PLAN]
    assert sheet.views[1].scale == 1000.0
    dialog.close()


def test_a_sheet_that_is_kept_is_offered_as_it_is(open_window: MainWindow) -> None:
    dialog = dialog_of(open_window, [])
    dialog.kept.setCurrentIndex(1)
    assert dialog.exhibit() == KEPT
    dialog.close()


def test_a_failure_is_told_in_the_dialog_which_stays(open_window: MainWindow, tmp_path: Path) -> None:
    def fail(_sheet: Exhibit, _path: Path) -> None:
        raise OSError("the disk is full")

    dialog = ExhibitDialog(open_window, open_window.session, fail)
    dialog.title.setText("Harbour")
    dialog.open()
    dialog.save_to(tmp_path / "sheet.pdf")
    assert dialog.isVisible()
    assert dialog.title.text() == "Harbour"
    assert dialog.buttons.isEnabled()
    dialog.close()


def test_exhibits_are_offered_only_where_something_is_open(open_window: MainWindow) -> None:
    assert open_window.actions_by_id["exhibit"].isEnabled()
    assert open_window.findChild(ExhibitDesk) is not None
    assert words.DIALOG
