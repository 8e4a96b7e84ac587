"""`citytwin analyse` over a project: its scenarios, its comments, its clock; a picture; the list of analyses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from data.ledger import Draft, Ledger, ledger_path
from twin.clock import Clock, moment_from_text
from twin.participation import Sheet
from twin.row_keys import key_of
from twin.scenario import Edit, EditKind, Scenario
from ui.cli import main
from ui.contents import open_contents
from ui.jobs import Jobs
from ui.plugin_city import moment_of
from ui.project_files import make_project

COUNT = """
import numpy as np
from plugins.contract import *
class Count:
    info = Info(id="count", title="Count", kind="values", contract=1, unit="m", is_analysis=True CAPABILITIES)
    def tile(self, tile, parameters):
        b = tile.buildings()
        own = b[b.is_own]
        return {"layer": list(own.layer), "row": own.row.to_numpy(), "height": own.height_m.to_numpy()}
    def combine(self, partials, city, parameters):
        listed = list(partials)
        height = np.concatenate([p["height"] for p in listed])
        layer, row = sum([p["layer"] for p in listed], []), np.concatenate([p["row"] for p in listed])
        is_there = row >= 0
        columns = {"layer": np.array(layer, object)[is_there], "row": row[is_there], "height": height[is_there]}
        yield_ = Frame(columns=columns, value="height", facts={
            "count": len(height), "sum_m": float(height.sum()), "comments": len(city.comments()),
            "words": sorted(city.comments()["text"]), "time": str(city.time)})
        return yield_
"""


def answer(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*map(str, words), "--json"]) == 0, capsys.readouterr().err
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def plugin(folder: Path, capabilities: str = "") -> Path:
    path = folder / "elsewhere" / "count.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(COUNT.replace(" CAPABILITIES", capabilities), encoding="utf-8")
    return path


def square(west: float, south: float = 50.0) -> list[list[float]]:
    return [[west, south], [west + 2e-4, south], [west + 2e-4, south + 2e-4], [west, south + 2e-4], [west, south]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three buildings of 10, 20 and 30 m; a scenario pulls the highest down and builds 50 m, comments."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"H{n}", "height": 10.0 * (n + 1)},
            "geometry": {"type": "Polygon", "coordinates": [square(8.0 + n * 3e-4)]},
        }
        for n in range(3)
    ]
    (tmp_path / "city.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    folder = tmp_path / "town.citytwin"
    with Jobs(1) as jobs:
        contents = open_contents([str(tmp_path / "city.geojson")], jobs=jobs)
    session = contents.session
    [(layer_id, layer)] = session.layers.items()
    key = key_of(layer, 2)
    gone = Edit("a", EditKind.DEMOLISH, layer_id=layer_id, by=key.by, key=key.key, row=2)
    ring = tuple((lon, lat) for lon, lat in square(8.0012)[:-1])
    built = Edit("b", EditKind.BUILD, name="Tower", rings=(ring,), height_m=50.0)
    composition = replace(session.composition, scenarios=(Scenario("s1", "Harbour", (gone, built)),))
    session.set_composition(composition)
    make_project(contents, folder, is_inside_wanted=True)
    with Ledger(ledger_path(folder)) as ledger:
        for number, act in enumerate(("accept", "reject", "")):
            sheet = Sheet(f"Comment {number}", {"type": "point", "lonlat": [8.0001, 50.0001]})
            body = {"id": f"c{number}", "kind": "idea", "author": "somebody", "source": "room"}
            ledger.write(Draft("commented", "participant", body, sheet))
            if act:
                body = {"comment": f"c{number}", "act": act, "reason": "insults"}
                ledger.write(Draft("moderated", "moderator", body))
    return folder


def test_a_scenario_is_laid_over_the_city_for_an_analysis_that_knows_none(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = plugin(tmp_path)
    as_it_is = answer(capsys, "analyse", script, project)["facts"]
    proposed = answer(capsys, "analyse", script, project, "--scenario", "Harbour")["facts"]
    assert (as_it_is["count"], as_it_is["sum_m"]) == (3, 60.0)
    assert (proposed["count"], proposed["sum_m"]) == (3, pytest.approx(80.0))  # 10 + 20 + 50
    assert as_it_is["time"] == "None", "the clock shows now"
    assert main(["analyse", str(script), str(project), "--scenario", "Harbur"]) == 2
    assert 'There is no scenario "Harbur"' in capsys.readouterr().err


def test_the_clock_tells_its_moment_in_its_zone() -> None:
    clock = replace(Clock().paused(moment_from_text("2031-05-01T10:00")), zone="Europe/Berlin")
    assert str(moment_of(clock)) == "2031-05-01 12:00:00+02:00"
    assert moment_of(Clock()) is None


def test_comments_are_those_that_were_accepted_and_others_need_leave(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = answer(capsys, "analyse", plugin(tmp_path), project)["facts"]
    assert told["words"] == ["Comment 0"]
    granted = plugin(tmp_path, ', capabilities=("comments",)')
    assert main(["analyse", str(granted), str(project)]) == 1
    assert "--allow comments" in capsys.readouterr().err
    told = answer(capsys, "analyse", granted, project, "--allow", "comments")["facts"]
    assert told["words"] == ["Comment 0", "Comment 2"], "what was rejected is seen by nobody"


def test_a_result_is_drawn_over_its_city(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "result.png"
    told = answer(capsys, "analyse", plugin(tmp_path), project, "-o", out)
    assert told["written"][0]["what"] == "picture"
    with Image.open(out) as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)
    assert picture.size == (1280, 720)
    is_coloured = np.ptp(pixels, axis=1) > 60  # viridis, where the city alone is grey
    assert is_coloured.mean() > 0.02


def test_the_analyses_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    told = {a["id"]: a for a in answer(capsys, "analyse", "--list")["analyses"]}
    assert {"concessions", "where_first"} <= told.keys()
    assert all(a["limits"] and a["note"] and a["parameters"] for a in told.values())
    assert main(["analyse"]) == 2
    assert "--list names them" in capsys.readouterr().err
