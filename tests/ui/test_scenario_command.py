"""`citytwin scenario`, `render --compare` and `export --scenario` on a small project, as a script calls them."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
import trimesh
from PIL import Image

from ui.cli import main

UTM = "EPSG:32632"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of a 3 x 3 grid of houses of 20 x 20 m and 10 m, with the scenario "Tower" added to it."""
    folder = tmp_path_factory.mktemp("scenarios")
    shapes = [shapely.box(x, y, x + 20, y + 20) for x in range(0, 150, 50) for y in range(0, 150, 50)]
    shapes = [shapely.affinity.translate(s, 560_000, 5_960_000) for s in shapes]
    houses = geopandas.GeoDataFrame(
        {"id": [f"H{n}" for n in range(9)], "height": 10.0, "use": "housing"}, geometry=shapes, crs=UTM
    )
    houses.to_file(folder / "houses.gpkg")
    tower = geopandas.GeoDataFrame(
        {"h": [60.0], "use": ["office"]}, geometry=[shapely.box(560_025, 5_960_025, 560_045, 5_960_045)], crs=UTM
    )
    tower.to_file(folder / "tower.geojson")
    assert main(["project", "new", str(folder / "c.citytwin"), str(folder / "houses.gpkg")]) == 0
    words = [str(folder / "c.citytwin"), "Tower", str(folder / "tower.geojson"), "--height-field", "h"]
    assert main(["scenario", "add", *words]) == 0
    return folder / "c.citytwin"


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_the_list_has_figures_changes_and_formulas(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "scenario", str(project))
    [tower] = told["scenarios"]  # type: ignore[misc]
    assert told["today"]["footprint_m2"] == pytest.approx(3600, rel=1e-9)  # type: ignore[index]  9 houses of 20 x 20 m
    assert tower["change"]["buildings"] == 1
    assert tower["change"]["footprint_m2"] == pytest.approx(400, rel=1e-9)
    assert tower["change"]["floor_m2"] == pytest.approx(400 * 18, rel=1e-9)  # 60 m / 3.2 m = 18 storeys
    assert tower["change"]["jobs"] == pytest.approx(400 * 18 * 4 / 100, rel=1e-9)
    assert tower["indicators"]["tallest_m"] == 60.0
    assert "outline x storeys" in told["formulas"]["floor_m2"]["formula"]  # type: ignore[index]


def test_a_model_is_copied_into_the_project(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trimesh.creation.box((10.0, 30.0, 10.0)).export(tmp_path / "box.glb")
    words = ("scenario", "add", str(project), "Model", str(tmp_path / "box.glb"), "--at", "9.915,53.786")
    assert answer(capsys, *words)["added"] == 1
    (tmp_path / "box.glb").unlink()
    told = answer(capsys, "scenario", str(project))
    model = next(s for s in told["scenarios"] if s["name"] == "Model")  # type: ignore[attr-defined]
    assert model["change"]["footprint_m2"] == pytest.approx(100, rel=1e-9)
    assert model["indicators"]["tallest_m"] == pytest.approx(30.0, rel=1e-9)
    assert main(["scenario", "remove", str(project), "model"]) == 0


def test_one_picture_has_both_sides_of_the_line(project: Path, tmp_path: Path) -> None:
    common = ["--size", "480x320", "--plain", "--view", "top"]
    pictures = {}
    for name, words in (
        ("today", ["--scenario", ""]),
        ("tower", ["--scenario", "tower"]),
        ("both", ["--compare", "today,Tower", "--swipe", "0.5"]),
    ):
        path = tmp_path / f"{name}.png"
        assert main(["render", str(project), "-o", str(path), *words, *common]) == 0
        pictures[name] = np.asarray(Image.open(path).convert("RGB")).astype(int)
    left, right = np.s_[60:, :230], np.s_[60:, 250:]  # below the names, beside the line
    differs = np.abs(pictures["today"] - pictures["tower"]).max(axis=2) > 40
    assert differs.sum() > 500  # the tower is seen
    assert (np.abs(pictures["both"][left] - pictures["today"][left]).max(axis=2) > 40).mean() < 0.01
    assert (np.abs(pictures["both"][right] - pictures["tower"][right]).max(axis=2) > 40).mean() < 0.01


def test_an_export_has_what_is_proposed(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.gpkg"
    told = answer(capsys, "export", str(project), "--scenario", "Tower", "-o", str(out))
    assert {o["id"]: o["rows"] for o in told["layers"]} == {"houses": 9, "proposed-buildings": 1}  # type: ignore[attr-defined]
    again = answer(capsys, "export", str(project), "--scenario", "today", "-o", str(out))
    assert [o["id"] for o in again["layers"]] == ["houses"]  # type: ignore[attr-defined]


def test_a_name_that_is_not_there_is_said_with_those_that_are(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(project), "--scenario", "Towre", "-o", "x.gpkg"]) == 1
    assert '"Tower"' in capsys.readouterr().err
    assert main(["scenario", "remove", str(project)]) == 2
