"""Corrections in a project: saved with it, applied by every command, never written into the data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest

from twin.buildings import HeightSource
from ui.cli import main
from ui.correcting import all_stands, correct, revert
from ui.main_window import MainWindow
from ui.project_desk import ProjectDesk
from ui.project_dialog import Where


@pytest.fixture
def project(open_window: MainWindow, tmp_path: Path) -> Path:
    """Return a saved project in which the mill is 40 m high and a museum."""
    session = open_window.session
    layer_id = next(iter(session.layers))
    correct(session, layer_id, 1, "height", "40", "surveyed")
    correct(session, layer_id, 1, "use", "museum", "new owner")
    desk = open_window.findChild(ProjectDesk)
    assert desk is not None
    folder = tmp_path / "a.citytwin"
    desk.ask_where = lambda: Where(folder, True)  # noqa: FBT003  is_inside
    open_window.actions_by_id["save_project_as"].trigger()
    return folder


def test_a_project_opens_with_its_corrections_and_they_can_be_taken_back(
    project: Path, make_window: Callable[[], MainWindow]
) -> None:
    window = make_window()
    window.files.open_path(str(project))
    session = window.session
    (layer,) = session.layers.values()
    assert layer.heights is not None
    assert (layer.heights.height_m[1], layer.heights.source[1]) == (40.0, HeightSource.CORRECTED)
    assert layer.table.row(1)["use"] == "museum"
    for stand in all_stands(session):
        revert(session, stand.correction)
    (layer,) = session.layers.values()
    assert layer.heights is not None
    assert (layer.heights.height_m[1], layer.table.row(1)["use"]) == (12.5, "industry")


def test_the_data_in_the_project_is_as_it_was_read(project: Path) -> None:
    (data,) = (project / "data").glob("*.geojson")
    uses = [f["properties"]["use"] for f in json.loads(data.read_text(encoding="utf-8"))["features"]]
    assert uses == ["office", "industry", "hotel", None]


def test_a_command_applies_them_and_says_so_in_the_file(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "some.gpkg"
    assert main(["select", str(project), "--filter", "height > 30", "-o", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["corrected"] == 1
    back = geopandas.read_file(out)
    assert back["name"].tolist() == ["Mill"]
    assert back["height_drawn_m"].tolist() == [40.0]
    assert back["corrected"].tolist() == ["height: 12.5 -> 40; use: industry -> museum"]
