"""Plugins in the window: found, allowed, run, failed, reloaded; what they give is a layer."""

from __future__ import annotations

import json
import shutil
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from data.settings import results_folder
from plugins.discover import plugin_folder
from plugins.trust import load_trust
from ui.main_window import MainWindow
from ui.plugin_desk import PluginDesk
from ui.plugin_shelf import Entry
from ui.project_desk import ProjectDesk
from ui.project_dialog import Where

HEAD = """
import ctypes, time
from dataclasses import dataclass
import numpy as np
from plugins.contract import *

@dataclass(frozen=True)
class Parameters:
    least_m: float = number(0, min=0, max=100, unit="m")
    place: Point | None = parameter(None)
"""
TALL = """
class Tall:
    info = Info(id="tall", title="Tall houses", kind="polygons", contract=1, unit="m", parameters=Parameters,
                note="By height.", limits="Heights may be estimates.")
    def frames(self, city, area, parameters, stop):
        b = city.buildings(area)
        b = b[b.height_m >= parameters.least_m]
        yield Frame(b, value="height_m", facts={"houses": len(b)},
                    table=Table({"layer": list(b.layer), "row": list(b.row)}, title="Houses"),
                    charts=(Chart("bars", ["all"], {"houses": [len(b)]}, title="How many"),))
"""
LIVE = """
class Bus:
    info = Info(id="bus", title="Bus", kind="points", contract=1, is_live=True)
    def frames(self, city, area, parameters, stop):
        x, y = area.centroid.x, area.centroid.y
        n = 0
        while not stop.is_set():
            n += 1
            yield Frame(columns={"x": np.array([x + n]), "y": np.array([y]), "n": np.array([n])}, value="n")
            stop.wait(0.02)
            if n == LAST:
                ctypes.string_at(0)
"""


def write(name: str, body: str, folder: Path | None = None) -> Path:
    folder = folder or plugin_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(HEAD + textwrap.dedent(body), encoding="utf-8")
    return path


@pytest.fixture
def desk(open_window: MainWindow) -> PluginDesk:
    made: PluginDesk = open_window.plugin_desk  # type: ignore[attr-defined]
    return made


def opened(desk: PluginDesk, qtbot: QtBot, path: Path) -> Entry:
    """Open the panel and choose the plugin of a file, once it has told what it is."""
    desk.open()
    desk.refresh()
    desk.choose(str(path))
    entry = desk.shelf.entries[str(path)]
    qtbot.waitUntil(lambda: entry.described is not None or bool(entry.sentence), timeout=10_000)
    return entry


def test_a_result_becomes_a_layer_with_its_method_and_table(
    desk: PluginDesk, qtbot: QtBot, open_window: MainWindow
) -> None:
    entry = opened(desk, qtbot, write("tall", TALL))
    form = desk.panel.form
    assert form is not None
    form.widgets["least_m"].setValue(20)  # type: ignore[attr-defined]
    desk.run()
    session = open_window.session
    qtbot.waitUntil(lambda: entry.layer_id in session.layers, timeout=10_000)
    state = session.composition.state(entry.layer_id)
    assert (state.name, state.style.color_by) == ("Tall houses", "height_m")
    assert session.layers[entry.layer_id].info.shown == 1  # the town hall, 24 m
    [run] = session.composition.analyses
    assert json.loads(run.parameters)["least_m"] == 20
    assert (run.note, run.limits) == ("By height.", "Heights may be estimates.")
    assert json.loads(run.facts) == {"houses": 1}
    assert desk.panel.result_place.count() > 3


def test_running_again_puts_the_new_result_in_the_old_ones_place(
    desk: PluginDesk, qtbot: QtBot, open_window: MainWindow
) -> None:
    entry = opened(desk, qtbot, write("tall", TALL))
    desk.run()
    qtbot.waitUntil(lambda: bool(entry.layer_id), timeout=10_000)
    first = entry.layer_id
    desk.run()
    qtbot.waitUntil(lambda: entry.layer_id != first, timeout=10_000)
    assert first not in open_window.session.layers
    assert [r.layer_id for r in open_window.session.composition.analyses] == [entry.layer_id]


def test_a_live_layer_moves_and_keeps_its_last_state_when_it_dies(
    desk: PluginDesk, qtbot: QtBot, open_window: MainWindow
) -> None:
    entry = opened(desk, qtbot, write("bus", LIVE.replace("LAST", "40")))
    desk.run()
    qtbot.waitUntil(lambda: bool(entry.sentence), timeout=10_000)
    assert "SIGSEGV" in entry.sentence
    assert float(open_window.session.frames["plugin://bus"].values["n"][0]) > 5
    assert desk.panel.reason.text().startswith("It crashed")
    assert desk.panel.run.text() == "Restart"
    assert "Segmentation fault" in desk.panel.log.toPlainText()


def test_a_disabled_plugin_stops_and_stays_disabled(desk: PluginDesk, qtbot: QtBot) -> None:
    entry = opened(desk, qtbot, write("bus", LIVE.replace("LAST", "-1")))
    desk.run()
    qtbot.waitUntil(lambda: entry.last is not None, timeout=10_000)
    desk.panel.enable.click()
    qtbot.waitUntil(lambda: not entry.is_busy, timeout=5_000)
    assert load_trust().disabled == ["bus"]
    assert not desk.panel.run.isEnabled()
    desk.panel.enable.click()
    assert load_trust().disabled == []


def test_a_changed_file_is_told_and_reloaded_without_restart(desk: PluginDesk, qtbot: QtBot) -> None:
    path = write("tall", TALL)
    entry = opened(desk, qtbot, path)
    path.write_text(path.read_text().replace("Tall houses", "High houses"), encoding="utf-8")
    qtbot.waitUntil(lambda: _polled(desk, entry).is_changed, timeout=5_000)
    desk.panel.reload.click()
    qtbot.waitUntil(lambda: entry.described is not None, timeout=10_000)
    assert entry.title == "High houses"


def _polled(desk: PluginDesk, entry: Entry) -> Entry:
    desk.shelf.poll()
    return entry


def test_a_file_beside_the_data_is_not_run_before_it_is_allowed(
    desk: PluginDesk, qtbot: QtBot, small_city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("evil", f"open({str(small_city.parent / 'was_run')!r}, 'w')\n" + TALL, small_city.parent)
    asked: list[str] = []

    def answer(question: str) -> bool:
        asked.append(question)
        return True

    monkeypatch.setattr(desk, "_says_yes", answer)
    desk.open()
    desk.refresh()
    desk.choose(str(path))
    entry = desk.shelf.entries[str(path)]
    assert "has not been allowed" in entry.sentence
    assert desk.panel.allow.isVisible()
    desk.panel.allow.click()
    assert entry.found.sha256 in asked[0]
    again = desk.shelf.entries[str(path)]
    qtbot.waitUntil(lambda: again.described is not None or bool(again.sentence), timeout=10_000)
    # it was loaded now, and its walls kept it from writing
    assert 'capability "files"' in again.sentence
    assert not (small_city.parent / "was_run").exists()


def test_a_plugin_with_capabilities_asks_before_its_first_run(
    desk: PluginDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = TALL.replace("contract=1,", 'contract=1, capabilities=("network",),')
    entry = opened(desk, qtbot, write("tall", body))
    asked: list[str] = []

    def answer(question: str) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr(desk, "_says_yes", answer)
    desk.run()
    assert "network" in asked[0]
    assert entry.running is None


def test_places_are_picked_on_the_map(desk: PluginDesk, qtbot: QtBot, open_window: MainWindow) -> None:
    opened(desk, qtbot, write("tall", TALL))
    form = desk.panel.form
    assert form is not None
    desk.pick("place", "point")
    view = open_window.view
    desk.picking.add(view.rect().center().toPointF())
    lon, lat = form.values()["place"]
    assert 7.9 < lon < 8.1
    assert 49.9 < lat < 50.1
    assert not desk.picking.kind


def test_wrong_input_is_told_and_nothing_is_started(
    desk: PluginDesk, qtbot: QtBot, open_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = opened(desk, qtbot, write("tall", TALL))
    told: list[BaseException] = []
    monkeypatch.setattr(open_window.notices, "error", told.append)
    form: Any = desk.panel.form
    form._shown_picks["place"].setText("somewhere")
    desk.run()
    assert entry.running is None
    assert "longitude and a latitude" in str(told[0])


def test_the_window_closes_quickly_whatever_runs(desk: PluginDesk, qtbot: QtBot, open_window: MainWindow) -> None:
    entry = opened(
        desk, qtbot, write("bus", LIVE.replace("LAST", "-1").replace("stop.wait(0.02)", "time.sleep(0.0005)"))
    )
    desk.run()
    qtbot.waitUntil(lambda: entry.last is not None, timeout=10_000)
    begin_s = time.monotonic()
    open_window.close()
    assert time.monotonic() - begin_s < 3.0


WAVE = """
class Wave:
    info = Info(id="wave", title="Wave", kind="values", contract=1, is_live=True)
    def frames(self, city, area, parameters, stop):
        b = city.buildings(area)
        n = 0
        while not stop.is_set():
            n += 1
            columns = {"layer": b["layer"].to_numpy(), "row": b["row"].to_numpy(), "n": np.full(len(b), float(n))}
            yield Frame(columns=columns, value="n")
            stop.wait(0.02)
"""
ROAD = """
class Road:
    info = Info(id="road", title="Road", kind="lines", contract=1, is_live=True)
    def frames(self, city, area, parameters, stop):
        import geopandas as gpd, shapely
        west, south, east, north = area.bounds
        n = 0
        while not stop.is_set():
            n += 1
            line = shapely.LineString([(west, south), (east, north + n)])
            yield Frame(gpd.GeoDataFrame({"n": [n]}, geometry=[line], crs=city.crs), value="n")
            stop.wait(0.02)
"""


def test_live_values_recolour_the_buildings_where_they_stand(
    desk: PluginDesk, qtbot: QtBot, open_window: MainWindow
) -> None:
    session = open_window.session
    [(own_id, own)] = session.layers.items()
    entry = opened(desk, qtbot, write("wave", WAVE))
    desk.run()
    qtbot.waitUntil(lambda: entry.layer_id in session.layers, timeout=10_000)
    first = session.layers[entry.layer_id]
    qtbot.waitUntil(lambda: session.layers[entry.layer_id] is not first, timeout=10_000)
    later = session.layers[entry.layer_id]
    assert later.tiles is own.tiles, "the geometry is that of the buildings"
    assert float(later.table.column("n")[0]) > float(first.table.column("n")[0])
    assert session.composition.state(entry.layer_id).style.color_by == "n"
    assert not session.composition.state(own_id).is_visible


def test_live_lines_are_one_layer_from_frame_to_frame(desk: PluginDesk, qtbot: QtBot, open_window: MainWindow) -> None:
    session = open_window.session
    entry = opened(desk, qtbot, write("road", ROAD))
    desk.run()
    qtbot.waitUntil(lambda: entry.layer_id in session.layers, timeout=10_000)
    first = session.layers[entry.layer_id]
    qtbot.waitUntil(lambda: session.layers[entry.layer_id] is not first, timeout=10_000)
    assert len(session.layers) == 2
    assert float(session.layers[entry.layer_id].table.column("n")[0]) > float(first.table.column("n")[0])


def desk_of(window: MainWindow) -> PluginDesk:
    made: PluginDesk = window.plugin_desk  # type: ignore[attr-defined]
    return made


def test_a_result_comes_back_with_a_linked_project_and_is_made_again_as_it_was(
    open_window: MainWindow, make_window: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    path = write("tall", TALL)
    desk, session = desk_of(open_window), open_window.session
    entry = opened(desk, qtbot, path)
    desk.panel.form.widgets["least_m"].setValue(20)  # type: ignore[union-attr]
    desk.run()
    qtbot.waitUntil(lambda: entry.layer_id in session.layers, timeout=10_000)
    live = opened(desk, qtbot, write("bus", LIVE.replace("LAST", "-1")))
    desk.run()
    qtbot.waitUntil(lambda: live.layer_id in session.frames, timeout=10_000)
    layer_id = entry.layer_id
    projects = open_window.findChild(ProjectDesk)
    assert projects is not None
    projects.ask_where = lambda: Where(tmp_path / "a.citytwin", False)  # noqa: FBT003
    open_window.actions_by_id["save_project_as"].trigger()
    shutil.rmtree(results_folder())  # a cache: it may be swept at any time
    open_window.close()

    other = make_window()
    other.files.open_path(str(tmp_path / "a.citytwin"))
    assert other.session.layers[layer_id].info.shown == 1
    assert len(other.session.layers) == 2, "what only passes is not kept"
    assert not desk_of(other)._project().state.kept.opened.missing  # type: ignore[union-attr]
    again = opened(desk_of(other), qtbot, path)
    panel = desk_of(other).panel
    assert panel.result is not None
    assert panel.result["facts"] == {"houses": 1}
    assert "least m 20" in panel.result["made"]
    assert panel.result["limits"] == "Heights may be estimates."
    assert panel.form is not None
    assert panel.form.values()["least_m"] == 20
    desk_of(other).run()
    qtbot.waitUntil(lambda: again.layer_id != layer_id, timeout=10_000)
    assert layer_id not in other.session.layers
    assert other.session.layers[again.layer_id].info.shown == 1
    other.close()

    shutil.rmtree(plugin_folder())
    third = make_window()
    third.files.open_path(str(tmp_path / "a.citytwin"))
    desk = desk_of(third)
    desk.open()
    desk.refresh()
    lines = [desk.panel.list.item(i).text() for i in range(desk.panel.list.count())]
    assert "Tall houses · result in this project" in lines
    desk.choose(f"result:{layer_id}")
    assert desk.panel.result is not None
    assert desk.panel.result["note"] == "By height."
