"""An extract of OpenStreetMap in the window: all its layers, and the credit on screen; the dialog for databases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.tables import TableFacts
from ui.cli import main
from ui.credit_desk import Credit
from ui.database_desk import DatabaseDialog
from ui.main_window import MainWindow
from ui.table_work import TableReader

CREDIT = "© OpenStreetMap contributors"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """One house, one street, one street in a tunnel, one stop."""
    places = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 3), (9, 3), (9, 9)]
    nodes = [f'<node id="{n + 1}" version="1" lon="{25 + x / 5000}" lat="{60 + y / 9000}"/>' for n, (x, y) in
             enumerate(places)]  # fmt: skip
    stop = '<node id="9" version="1" lon="25.0005" lat="60.0005"><tag k="highway" v="bus_stop"/></node>'
    ways = [
        ([1, 2, 3, 4, 1], {"building": "yes", "building:levels": "3"}),
        ([5, 6], {"highway": "primary"}),
        ([6, 7], {"highway": "primary", "tunnel": "yes"}),
    ]
    lines = []
    for number, (refs, tags) in enumerate(ways, 1):
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs) + "".join(
            f'<tag k="{k}" v="{v}"/>' for k, v in tags.items()
        )
        lines.append(f'<way id="{number}" version="1">{inside}</way>')
    path = tmp_path / "town.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{"".join([*nodes, stop, *lines])}</osm>')
    return path


def test_an_extract_opens_as_all_its_layers_and_its_credit_is_on_screen(window: MainWindow, town: Path) -> None:
    credit = window.view.findChild(Credit)
    assert isinstance(credit, Credit)
    assert not credit.isVisible()
    window.files.open_path(str(town))
    assert list(window.session.layers) == ["buildings", "roads", "stops"]
    assert all(layer.info.path == str(town) for layer in window.session.layers.values())
    assert credit.isVisible()
    assert credit.text() == CREDIT
    for layer_id in list(window.session.layers):
        window.session.remove_layer(layer_id)
    assert not credit.isVisible()


def test_one_layer_of_an_extract_is_opened_by_its_name(window: MainWindow, town: Path) -> None:
    window.files.open_path(f"{town}:roads")
    assert list(window.session.layers) == ["roads"]


def test_a_picture_of_an_extract_has_all_its_layers(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = town.parent / "town.png"
    assert main(["render", str(town), "-o", str(out), "--size", "300x200", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["buildings"] == 1
    assert out.is_file()


def test_a_database_that_is_away_is_said_in_its_dialog_without_the_password(window: MainWindow) -> None:
    dialog = DatabaseDialog(window, TableReader(window.parts.opener))
    dialog.address.setText("postgresql://me@127.0.0.1:1/city")
    dialog.password.setText("geheim")
    dialog.show_tables.click()
    assert "No database server answers on 127.0.0.1:1" in dialog.said.text()
    assert "geheim" not in dialog.said.text()
    dialog.address.setText("somewhere")
    dialog.show_tables.click()
    assert "The address of the database cannot be used" in dialog.said.text()
    dialog.reject()


def test_ticked_tables_are_opened_by_their_addresses(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = DatabaseDialog(window, TableReader(window.parts.opener))
    dialog.address.setText("postgresql://me@db.example/city")
    dialog.password.setText("p/w")
    asked: list[str] = []
    dialog.wanted.connect(asked.append)
    monkeypatch.setattr("ui.database_desk.keep_password", lambda _address: False)
    told: list[str] = []
    dialog.told.connect(told.append)
    dialog.keep.setChecked(True)
    dialog._found((TableFacts("plan.houses", 3, ("a",)),))
    dialog._open()
    assert asked == ["postgresql://me:p%2Fw@db.example/city?table=plan.houses"]
    assert told
    window.files.remember(asked[0])
    assert "p%2Fw" not in window.files.recent[0]
