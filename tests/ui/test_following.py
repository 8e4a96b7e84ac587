"""Layers that change while they are shown, in a whole window: worker processes, a real scene, real sources."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from data.project import read_project
from layers.scene import Scene
from tests.data.test_looks import Web
from tests.postgres import Server, postgres
from twin.clock import year_s
from twin.layer import Layer
from twin.session import Session
from ui.changes_desk import ChangesDesk
from ui.correcting import correct
from ui.follow_desk import FollowDesk
from ui.jobs import Jobs
from ui.loading import Loader
from ui.main_window import MainWindow, Parts
from ui.preferences import Preferences
from ui.project_desk import ProjectDesk
from ui.project_dialog import Where

WAIT_MS = 8_000
SIDE = 64
"""Houses along a side: 4,096 in all, so that there are tiles that are not touched."""
BEATS_MS = 10


@dataclass
class Real:
    """A window with everything behind it."""

    window: MainWindow
    scene: Scene
    jobs: Jobs
    qtbot: QtBot
    made: Counter[str] = field(default_factory=Counter)
    """How often each kind of work was asked for since it was cleared."""

    @property
    def follow(self) -> FollowDesk:
        found = self.window.findChild(FollowDesk)
        assert found is not None
        return found

    @property
    def changes(self) -> ChangesDesk:
        found = self.window.findChild(ChangesDesk)
        assert found is not None
        return found

    @property
    def layer(self) -> Layer:
        return next(iter(self.window.session.layers.values()))

    def open(self, path: str) -> str:
        self.window.files.open_path(path)
        self.until(lambda: bool(self.window.session.layers) and not self.window.parts.opener.is_busy)
        self.draw()
        return next(iter(self.window.session.layers))

    def until(self, is_so: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(is_so, timeout=WAIT_MS)

    def draw(self) -> None:
        """Draw until every tile in view is there."""
        end = time.monotonic() + WAIT_MS / 1000
        self.scene.draw(self.window.view.camera)
        while self.scene.is_working and time.monotonic() < end:
            self.scene.collect(0.02)
            self.scene.draw(self.window.view.camera)

    def start(self, layer_id: str) -> None:
        self.follow.follow(layer_id)
        self.until(lambda: bool(self.follow._followed[layer_id].read))


@pytest.fixture
def real(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Real]:
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("CITYTWIN_CONFIG_DIR", str(tmp_path / "config"))
    session = Session()
    with Jobs(2) as jobs:
        scene, loader = Scene(session, jobs=jobs), Loader(session, jobs)
        window = MainWindow(Parts(session, scene, loader, Preferences()))
        window.files.asks = False
        qtbot.addWidget(window)
        window.resize(900, 600)
        window.show()
        made = Real(window, scene, jobs, qtbot)
        submit = jobs.submit

        def counted(key: Any, function: Any, *args: Any, **words: Any) -> None:
            made.made[function.__name__] += 1
            submit(key, function, *args, **words)

        monkeypatch.setattr(jobs, "submit", counted)
        timer = QTimer(window)
        timer.timeout.connect(lambda: (scene.collect(), loader.poll()))
        timer.start(BEATS_MS)
        yield made
        timer.stop()
        window.close()
        scene.close()


def houses(side: int = SIDE) -> geopandas.GeoDataFrame:
    """Return rows of houses in a grid, built one a year from 1900 on, again and again."""
    east, north = (part.ravel() for part in np.meshgrid(np.arange(side), np.arange(side)))
    shapes = shapely.box(500_000 + east * 20, 5_500_000 + north * 20, 500_012 + east * 20, 5_500_010 + north * 20)
    number = np.arange(side * side)
    facts = {"id": number + 1, "height": 6.0 + number % 7, "built": 1900 + number % 120}
    return geopandas.GeoDataFrame(facts, geometry=shapes, crs=25832)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "city.gpkg"
    houses().to_file(path)
    return path


def edit(path: Path, change: Callable[[geopandas.GeoDataFrame], geopandas.GeoDataFrame]) -> None:
    """Write another state beside the file, and put it in its place."""
    beside = path.with_name("beside.gpkg")
    beside.unlink(missing_ok=True)
    change(geopandas.read_file(path)).to_file(beside, layer=path.stem)
    beside.replace(path)


def changed_some(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Raise 3 neighbours, drop 2, add 1 and move the corner of 1."""
    frame.loc[frame.id.isin([101, 102, 103]), "height"] = 40.0
    frame = frame[~frame.id.isin([110, 111])]
    new = frame[frame.id == 105].copy()
    new["id"], new["geometry"] = 9001, new.geometry.translate(0, 10.0)
    frame.loc[frame.id == 107, "geometry"] = frame.loc[frame.id == 107, "geometry"].buffer(1.0, join_style="mitre")
    return geopandas.GeoDataFrame(geopandas.pd.concat([frame, new], ignore_index=True), crs=frame.crs)


def totals(real: Real, layer_id: str) -> tuple[int, int, int]:
    kept = real.changes.kept.get(layer_id)
    changes = None if kept is None else kept.changes
    return (0, 0, 0) if changes is None else (len(changes.added), len(changes.removed), len(changes.changed))


def test_only_touched_tiles_are_made_anew_and_everything_else_stays(real: Real, city: Path) -> None:
    layer_id, session = real.open(str(city)), real.window.session
    session.set_style(layer_id, replace(session.composition.state(layer_id).style, color="#336699", label_by="id"))
    correct(session, layer_id, 200, "height", "33", "seen")
    session.select(layer_id, [104, 300])  # ids 105 and 301
    real.start(layer_id)
    real.draw()
    before = {k: m for of in real.scene.buildings[layer_id]._meshes.values() for k, m in of.items()}
    real.made.clear()
    edit(city, changed_some)
    real.until(lambda: totals(real, layer_id) != (0, 0, 0))
    real.draw()
    assert totals(real, layer_id) == (1, 2, 4)
    visual = real.scene.buildings[layer_id]
    after = [m for of in visual._meshes.values() for m in of.values()]
    kept = [m for m in after if any(m.actor is one.actor for one in before.values())]
    touched = len(visual.index) - len({t for of in visual._meshes.values() for t, m in of.items() if m in kept})
    assert len(kept) >= 1
    assert real.made["box_tile"] + real.made["full_mesh"] <= 2 * touched
    assert touched < len(visual.index)
    assert not len(visual._stand_ins)
    layer = session.layers[layer_id]
    assert [layer.table.row(r)["id"] for r in session.selection.rows] == [105, 301]
    assert session.composition.state(layer_id).style.color == "#336699"
    row = layer.table.column("id").tolist().index(201)
    assert layer.table.row(row)["height"] == 33.0
    assert [e.count for e in real.scene.marks.legends[0].entries] == [1, 4, 2]
    real.changes.list(layer_id)
    dialog = real.changes.dialog
    assert dialog is not None
    lines = [dialog.list.item(line, 4).text() for line in range(4)]
    assert lines[0] == "height: 8 → 40"  # 6 + 100 % 7
    real.changes.clear()
    assert not real.scene.marks.legends


def test_a_state_that_comes_back_leaves_no_marks(real: Real, city: Path) -> None:
    layer_id = real.open(str(city))
    real.start(layer_id)
    kept = city.with_name("kept")
    kept.write_bytes(city.read_bytes())
    edit(city, changed_some)
    real.until(lambda: totals(real, layer_id) == (1, 2, 4))
    kept.replace(city)
    real.until(lambda: totals(real, layer_id) == (0, 0, 0))


def test_a_file_that_turns_bad_is_said_in_its_row_and_picked_up_again(real: Real, city: Path) -> None:
    layer_id = real.open(str(city))
    real.start(layer_id)
    good, shown = city.read_bytes(), real.layer
    city.write_bytes(b"half of something")
    real.until(lambda: bool(real.follow.trouble(layer_id)))
    assert real.layer is shown
    note = real.window.layers.row(layer_id)
    assert note is not None
    assert "not followed just now" in note._note.text()
    city.unlink()
    real.until(lambda: "not there" in real.follow.trouble(layer_id))
    city.write_bytes(good)
    edit(city, changed_some)
    real.until(lambda: totals(real, layer_id) == (1, 2, 4))
    assert real.follow.trouble(layer_id) == ""


def test_what_changed_at_another_time_is_listed_and_marked_when_it_stands(real: Real, city: Path) -> None:
    layer_id, session = real.open(str(city)), real.window.session
    real.start(layer_id)
    session.set_clock(session.clock.paused(year_s(1850)))
    edit(city, changed_some)
    real.until(lambda: totals(real, layer_id) == (1, 2, 4))
    assert real.scene.marks.count == 0  # nothing stood yet
    session.set_clock(session.clock.live())
    assert real.scene.marks.count == 3


def test_a_project_keeps_which_layers_are_followed(real: Real, city: Path, tmp_path: Path) -> None:
    layer_id, home = real.open(str(city)), tmp_path / "followed.citytwin"
    real.start(layer_id)
    desk = real.window.findChild(ProjectDesk)
    assert desk is not None
    desk.ask_where = lambda: Where(home, is_inside_wanted=False)
    desk.save_as()
    real.until(lambda: home.joinpath("project.json").exists() and not desk.saving.is_busy)
    assert [one.layer_id for one in read_project(home).project.followed] == [layer_id]
    desk.new()
    real.until(lambda: not real.window.session.layers)
    assert real.follow.layer_ids == ()
    desk.open(str(home))
    real.until(lambda: real.follow.layer_ids == (layer_id,) and bool(real.follow._followed[layer_id].read))
    edit(city, changed_some)
    real.until(lambda: totals(real, layer_id) == (1, 2, 4))


def test_a_table_of_a_database_is_followed_and_a_server_that_comes_back_is_picked_up(real: Real) -> None:
    with postgres() as server:
        filled(server)
        layer_id = real.open(server.address("houses"))
        real.start(layer_id)
        server.run(
            "UPDATE houses SET height = 40 WHERE id <= 3", "DELETE FROM houses WHERE id = 9",
            "INSERT INTO houses (height, g) SELECT 5, ST_Translate(g, 0, 40) FROM houses WHERE id = 5",
        )  # fmt: skip
        real.until(lambda: totals(real, layer_id) == (1, 1, 3))
        server.stop()
        real.until(lambda: bool(real.follow.trouble(layer_id)))
        server.start()
        server.run("UPDATE houses SET height = 41 WHERE id = 20")
        real.until(lambda: totals(real, layer_id) == (1, 1, 4))
        assert real.follow.trouble(layer_id) == ""
        real.follow.stop(layer_id)


def filled(server: Server) -> None:
    server.run(
        "CREATE EXTENSION postgis",
        "CREATE TABLE houses (id serial PRIMARY KEY, height float8, g geometry)",
        "INSERT INTO houses (height, g) SELECT 9, ST_MakeEnvelope(500000 + i * 20, 5500000, 500012 + i * 20, "
        "5500010, 25832) FROM generate_series(1, 300) i",
    )


def test_an_address_is_opened_followed_and_opens_from_the_project_without_a_network(real: Real, tmp_path: Path) -> None:
    frame, web, home = houses(12).to_crs(4326), Web(), tmp_path / "web.citytwin"
    try:
        url = web.put("/houses.geojson", frame.to_json(drop_id=True).encode())
        layer_id = real.open(url)
        real.follow.follow(layer_id, every_s=0.3)
        real.until(lambda: len(web.asked) > 3)
        assert {status for _, status in web.asked[3:]} == {304}
        frame.loc[frame.id == 7, "height"] = 44.0
        web.put("/houses.geojson", frame.to_json(drop_id=True).encode())
        real.until(lambda: totals(real, layer_id) == (0, 0, 1))
        desk = real.window.findChild(ProjectDesk)
        assert desk is not None
        desk.ask_where = lambda: Where(home, is_inside_wanted=False)
        desk.save_as()
        real.until(lambda: home.joinpath("project.json").exists() and not desk.saving.is_busy)
        desk.new()
        real.until(lambda: not real.window.session.layers)
    finally:
        web.close()
    source = json.loads((home / "project.json").read_text())["layers"][0]["source"]
    assert source["path"] == url
    assert source["copy"]["path"].startswith("data/")
    asked = len(web.asked)
    desk.open(str(home))
    real.until(lambda: bool(real.window.session.layers))
    row = real.layer.table.column("id").tolist().index(7)
    assert real.layer.table.row(row)["height"] == 44.0
    assert real.layer.info.path == url
    real.until(lambda: bool(real.follow.trouble(layer_id)))
    assert len(web.asked) == asked


def test_a_geopackage_written_in_place_is_read_when_the_change_is_done(real: Real, city: Path) -> None:
    layer_id = real.open(str(city))
    real.start(layer_id)
    with sqlite3.connect(city) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')  # they call functions that only GDAL brings
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE city SET height = 50 WHERE id = 1")
        connection.commit()
    connection.close()
    real.until(lambda: totals(real, layer_id) == (0, 0, 1))
