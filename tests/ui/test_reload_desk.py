"""Reading a file again: what changed is listed; styles, corrections and the selection stay."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ui import table_words
from ui.changes_dialog import ChangesDialog
from ui.correcting import correct
from ui.main_window import MainWindow
from ui.reload_desk import ReloadDesk


@pytest.fixture
def desk(open_window: MainWindow) -> ReloadDesk:
    """Return what reads the small city again: Town Hall, Mill, Inn, Shed."""
    made: ReloadDesk = open_window.reload_desk  # type: ignore[attr-defined]
    return made


def layer_id(window: MainWindow) -> str:
    return next(iter(window.session.layers))


def rewrite(path: Path, change: Any) -> None:
    city = json.loads(path.read_text(encoding="utf-8"))
    city["features"] = change(city["features"])
    path.write_text(json.dumps(city), encoding="utf-8")


def with_new_use(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop the mill, turn the order round, and give the inn another use."""
    kept = [f for f in features if f["properties"]["name"] != "Mill"][::-1]
    for feature in kept:
        if feature["properties"]["name"] == "Inn":
            feature["properties"]["use"] = "flats"
    return kept


def test_changed_rows_are_listed_and_everything_else_stays(
    desk: ReloadDesk, open_window: MainWindow, small_city: Path
) -> None:
    session, name = open_window.session, layer_id(open_window)
    session.set_style(name, replace(session.composition.state(name).style, color="#112233"))
    correct(session, name, 3, "use", "garage", "seen")
    session.select(name, [0, 1])
    rewrite(small_city, with_new_use)
    desk.reload(name)
    assert list(session.layers) == [name]
    layer = session.layers[name]
    assert layer.table.column("name").tolist() == ["Shed", "Inn", "Town Hall"]
    assert layer.table.row(0)["use"] == "garage"
    assert session.selection.rows == (2,)  # the town hall; the mill is gone
    assert session.composition.state(name).style.color == "#112233"
    dialog = open_window.findChild(ChangesDialog)
    assert dialog is not None
    lines = [tuple(dialog.list.item(line, place).text() for place in (0, 2, 3)) for line in range(2)]
    assert lines == [("Changed", "Inn", "use"), ("Removed", "Mill", "")]
    before = open_window.view.camera
    for line in (0, 1):
        dialog.list.selectRow(line)
        dialog._zoom()
    assert session.selection.rows == (1,)
    dialog.select_asked.emit()
    assert session.selection.rows == (1,)
    assert before is not None
    dialog.close()


def test_a_file_that_did_not_change_says_so(desk: ReloadDesk, open_window: MainWindow) -> None:
    desk.reload(layer_id(open_window))
    assert open_window.notices.past[-1].text == table_words.nothing_changed("small city")
    assert open_window.findChild(ChangesDialog) is None


def test_a_correction_that_does_not_fit_any_more_is_said_and_kept(
    desk: ReloadDesk, open_window: MainWindow, small_city: Path
) -> None:
    session, name = open_window.session, layer_id(open_window)
    correct(session, name, 2, "use", "hostel", "seen")
    rewrite(small_city, with_new_use)
    desk.reload(name)
    assert any(n.text == table_words.conflicts(1) for n in open_window.notices.past)
    assert session.layers[name].table.row(1)["use"] == "flats"
    assert len(session.composition.corrections) == 1
    dialog = open_window.findChild(ChangesDialog)
    assert dialog is not None
    dialog.close()


def test_a_file_written_by_others_is_told_once_when_the_window_comes_to_the_front(
    desk: ReloadDesk, open_window: MainWindow, small_city: Path
) -> None:
    assert desk.check() == []
    rewrite(small_city, with_new_use)
    assert desk.check() == [layer_id(open_window)]
    assert "small city" in open_window.notices.past[-1].text
    assert desk.check() == []


def test_a_file_that_is_gone_leaves_the_layer_as_it_is(
    desk: ReloadDesk, open_window: MainWindow, small_city: Path
) -> None:
    session, name = open_window.session, layer_id(open_window)
    before = session.layers[name]
    small_city.unlink()
    desk.reload(name)
    assert session.layers[name] is before
    assert open_window.notices.past
