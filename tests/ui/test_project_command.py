"""`citytwin project`: made, filled, told of, packed; and projects wherever a command takes a path."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.project import read_project
from twin.layer import Kind
from ui import cli
from ui.contents import open_contents
from ui.jobs import Jobs
from ui.layer_cache import kept_layer
from ui.load_work import layer_of_arrays, wishes
from ui.project_files import make_project
from ui.project_opening import cache_file


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Return a file of three buildings of 10, 20 and 30 m, 22 m apart."""
    features = []
    for number in range(3):
        west = 8.0 + number * 0.0003
        ring = [[west, 50.0], [west + 0.0002, 50.0], [west + 0.0002, 50.0002], [west, 50.0002], [west, 50.0]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        properties = {"id": f"H{number}", "height": 10.0 * (number + 1)}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    path = tmp_path / "city.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture
def tax(tmp_path: Path) -> Path:
    """Return a table that knows two of the buildings, one of them twice."""
    path = tmp_path / "tax.csv"
    path.write_text("haus,eur\nH0,5\nH1,7\nH1,8\nX9,1\n", encoding="utf-8")
    return path


def said(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.main([str(word) for word in words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_project_is_made_of_a_file_and_a_table(
    city: Path, tax: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "town.citytwin"
    answer = said(capsys, "project", "new", out, city, "--join", f"{tax}:id=haus:sum", "--title", "Town", "--json")
    assert answer["join"] == {"rows": 4, "matched": 2, "orphans_left": 1, "orphans_right": 1}
    city.unlink()
    tax.unlink()
    told = said(capsys, "project", "info", out, "--json")
    (layer,) = told["layers"]
    assert (told["title"], told["schema"]) == ("Town", 1)
    assert (layer["id"], layer["kind"], layer["count"], layer["stored"]) == ("city", "footprints", 3, "inside")
    assert not layer["missing"]
    (join,) = told["joins"]
    assert (Path(join["table"]).name, join["left"], join["right"], join["reduce"]) == ("tax.csv", "id", "haus", "sum")
    assert told["size_bytes"] == sum(p.stat().st_size for p in out.rglob("*") if p.is_file())
    with Jobs(1) as jobs:
        table = open_contents([str(out)], jobs=jobs).session.layers["city"].table
    np.testing.assert_array_equal(table.column("eur"), [5.0, 15.0, np.nan])


def test_links_are_relative_and_a_missing_one_is_told(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "town.citytwin"
    said(capsys, "project", "new", out, city, "--link", "--json")
    assert (
        json.loads((out / "project.json").read_text(encoding="utf-8"))["layers"][0]["source"]["path"]
        == "../city.geojson"
    )
    city.rename(tmp_path / "elsewhere.geojson")
    (layer,) = said(capsys, "info", out, "--json")["layers"]
    assert (layer["stored"], layer["missing"]) == ("link", True)
    assert "city.geojson" in layer["reason"]
    with Jobs(1) as jobs:
        contents = open_contents([str(out)], jobs=jobs)
    assert [(m.layer.id, "city.geojson" in m.reason) for m in contents.missing] == [("city", True)]
    assert contents.session.frame is None
    assert contents.project is not None
    assert contents.project.frame is not None


def test_a_file_is_added_to_a_project(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "town.citytwin"
    said(capsys, "project", "new", out, city, "--link", "--json")
    second = tmp_path / "second.geojson"
    shutil.copy(city, second)
    layers = said(capsys, "project", "add", out, second, "--json")["layers"]
    assert [(one["id"], one["stored"]) for one in layers] == [("city", "link"), ("second", "inside")]


def test_a_project_is_packed_with_what_it_links_to(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "town.citytwin"
    said(capsys, "project", "new", out, city, "--link", "--json")
    (tmp_path / "away").mkdir()
    zipped = tmp_path / "away" / "town.zip"
    answer = said(capsys, "project", "pack", out, "-o", zipped, "--json")
    assert answer["size_bytes"] == zipped.stat().st_size
    city.unlink()
    told = said(capsys, "project", "info", zipped, "--json")
    assert told["layers"][0]["stored"] == "inside"
    assert not told["layers"][0]["missing"]
    assert "unpacked beside itself" in told["problems"][0]
    assert sorted(p.name for p in (tmp_path / "away").iterdir()) == ["town.citytwin", "town.zip"]


def test_what_is_there_is_not_overwritten(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "town.citytwin"
    out.mkdir()
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    assert cli.main(["project", "new", str(out), str(city)]) == 1
    assert "already" in capsys.readouterr().err
    assert [p.name for p in out.iterdir()] == ["mine.txt"]


def test_a_source_that_cannot_be_read_leaves_no_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["project", "new", str(tmp_path / "x.citytwin"), str(tmp_path / "nowhere.gpkg")]) == 1
    assert "nowhere.gpkg" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "command", [["info"], ["project", "info"], ["render", "-o", "x.png"], ["project", "pack", "-o", "x.zip"]]
)
def test_a_broken_project_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.citytwin").mkdir()
    (tmp_path / "bad.citytwin/project.json").write_text('{"format": "citytwin project", "sch', encoding="utf-8")
    assert cli.main([*command[:2], str(tmp_path / "bad.citytwin"), *command[2:]] if command[0] == "project" else [
        command[0], str(tmp_path / "bad.citytwin"), *command[1:]]) == 1  # fmt: skip
    told = capsys.readouterr().err
    assert "cut off or damaged" in told
    assert told.count("\n") == 1


# what is kept as it was read


def made(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Path, dict[str, Any]]:
    out = tmp_path / "town.citytwin"
    said(capsys, "project", "new", out, city, "--json")
    project = read_project(out).project
    asked = wishes(kind=Kind.FOOTPRINTS, frame=project.frame, height_field="height", layer_id="city")
    return cache_file(out, "city"), out / "data/city.geojson", asked


def test_a_layer_is_kept_as_it_was_read(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, source, asked = made(city, tmp_path, capsys)
    found = kept_layer(kept, str(source), asked, layer_of_arrays)
    assert found is not None
    assert found[1].heights is not None
    np.testing.assert_array_equal(found[1].heights.height_m, np.float32([10, 20, 30]))


def test_what_is_kept_is_not_taken_once_the_source_has_changed(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, source, asked = made(city, tmp_path, capsys)
    source.write_text(source.read_text(encoding="utf-8").replace("30.0", "35.0"), encoding="utf-8")
    assert kept_layer(kept, str(source), asked, layer_of_arrays) is None
    with Jobs(1) as jobs:
        layer = open_contents([str(source.parents[1])], jobs=jobs).session.layers["city"]
    assert layer.heights is not None
    np.testing.assert_array_equal(layer.heights.height_m, np.float32([10, 20, 35]))
    assert kept_layer(kept, str(source), asked, layer_of_arrays) is not None


def test_what_is_kept_is_taken_after_the_folder_was_copied(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, source, asked = made(city, tmp_path, capsys)
    source.touch()
    assert kept_layer(kept, str(source), asked, layer_of_arrays) is not None
    assert kept_layer(kept, str(source), {**asked, "crs": "EPSG:25832"}, layer_of_arrays) is None


def test_arrays_that_point_nowhere_are_not_taken(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, source, asked = made(city, tmp_path, capsys)
    member = np.arange(3, dtype=np.int32).tobytes()
    content = kept.read_bytes()
    assert member in content
    kept.write_bytes(content.replace(member, np.array([0, 1, 2**30], np.int32).tobytes()))
    assert kept_layer(kept, str(source), asked, layer_of_arrays) is None


def test_a_layer_that_came_from_no_file_is_kept_as_it_is(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "town.citytwin"
    with Jobs(1) as jobs:
        contents = open_contents([str(city)], jobs=jobs)
        found = contents.session.layers["city"]
        contents.session.add_layer(replace(found, info=replace(found.info, id="made", name="Made", path="")))
        make_project(contents, out, is_inside_wanted=True)
        again = open_contents([str(out)], jobs=jobs)
    assert not again.missing
    assert set(again.session.layers) == {"city", "made"}
    np.testing.assert_array_equal(again.session.layers["made"].heights.height_m, np.float32([10, 20, 30]))  # type: ignore[union-attr]
    assert said(capsys, "project", "info", out, "--json")["layers"][1]["stored"] == "inside"
