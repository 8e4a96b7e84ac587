"""The page "Bring your city": every command of it is run, in its order, in one folder of a small town."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import LineString, box

from data.project import read_project
from data.project_zip import unpack
from ui import cli, jobs

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "bring-your-city.md").read_text(encoding="utf-8")
COMMANDS = [
    re.sub(r"\s+#.*", "", line)
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("citytwin")
]
CRS = "EPSG:32632"
WEST, SOUTH = 570_900.0, 5_968_200.0
"""Where 10.0785 E, 53.8565 N, the view of the page, lies: houses stand around it."""
SIDE, STEP_M = 6, 40.0


def _houses() -> gpd.GeoDataFrame:
    places = [(i, j) for i in range(SIDE) for j in range(SIDE)]
    outlines = [
        box(WEST + i * STEP_M, SOUTH + j * STEP_M, WEST + i * STEP_M + 12, SOUTH + j * STEP_M + 10) for i, j in places
    ]
    table = {"id": [f"b{i}{j}" for i, j in places], "height": [6.0 + i + 3 * j for i, j in places]}
    return gpd.GeoDataFrame(table, geometry=outlines, crs=CRS)


def _raster(path: Path, height_m: np.ndarray) -> None:
    lines, columns = height_m.shape
    transform = from_origin(WEST - 60, SOUTH + 340, 4, 4)
    with rasterio.open(path, "w", "GTiff", columns, lines, 1, CRS, transform, "float32") as raster:
        raster.write(height_m.astype(np.float32), 1)


class _Shared(jobs.Jobs):
    """Workers that go on after a command: starting them anew takes longer than most of the commands."""

    def close(self) -> None:
        """Stay."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with the files that the page names; commands run in it."""
    folder = tmp_path_factory.mktemp("town")
    _write_files(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # before the workers start: they are to find the files as they are named
        made = _Shared()
        patch.setattr(jobs, "Jobs", lambda *_, **__: made)
        yield folder
        patch.undo()
        jobs.Jobs.close(made)


def _write_files(tmp_path: Path) -> None:
    houses = _houses()
    houses.to_file(tmp_path / "buildings.gpkg", layer="buildings")
    houses.iloc[1:].to_file(tmp_path / "buildings-new.gpkg", layer="buildings")
    people = {"owner": [f"Anna Weber {n}" for n in range(len(houses))]}
    people["contact"] = [f"anna.weber{n}@example.org" for n in range(len(houses))]
    houses[["geometry"]].assign(**people).to_file(tmp_path / "footprints.gpkg", layer="footprints")
    houses[["geometry"]].to_crs("EPSG:25832").to_file(tmp_path / "old-survey.shp")
    (tmp_path / "old-survey.prj").unlink()
    streets = [
        LineString([(WEST - 10, SOUTH + k * STEP_M - 14), (WEST + 240, SOUTH + k * STEP_M - 14)]) for k in range(SIDE)
    ]
    for name, shapes in (
        ("streets", streets),
        ("water", [box(WEST - 50, SOUTH - 50, WEST + 300, SOUTH - 30)]),
        ("parks", [box(WEST, SOUTH + 250, WEST + 200, SOUTH + 300)]),
    ):
        gpd.GeoDataFrame({"name": [name] * len(shapes)}, geometry=shapes, crs=CRS).to_file(
            tmp_path / "city.gpkg", layer=name
        )
    ground = np.add.outer(np.linspace(20, 10, 110), np.linspace(0, 4, 100))
    _raster(tmp_path / "terrain.tif", ground)
    _raster(tmp_path / "dtm.tif", ground)
    _raster(tmp_path / "dsm.tif", ground + 9)
    _raster(tmp_path / "hag.tif", np.full_like(ground, 9))
    with (tmp_path / "property.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["building_id", "value_eur"])
        rows.writerows([[name, 100_000 + 1_000 * n] for n, name in enumerate([*houses["id"], "b00", "nobody"])])


def _write_views(folder: Path) -> None:
    """Do what the page says by hand: a file of views in the project's folder."""
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (folder / "views.toml").write_text(toml)


def test_every_command_of_the_page_runs(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for command in COMMANDS:
        verb, rest = cli.split_verb(shlex.split(command)[1:])
        if verb == "open":  # a window; tests of the window open files
            cli.verb_parser("open").parse_args(rest)
            continue
        if "From the harbour" in command and not (town / "town.citytwin/views.toml").exists():
            _write_views(town / "town.citytwin")
        status = cli.main(shlex.split(command)[1:])
        out, err = capsys.readouterr()
        assert status == 0, f"{command}\n{err}"
        said[command] = out
    _check_answers(said)
    _check_files(town)


def _check_answers(said: dict[str, str]) -> None:
    """What the page promises of some of them."""

    def of(part: str) -> str:
        return next(out for command, out in said.items() if part in command)

    assert "36" in of("info buildings.gpkg")
    assert "36 of 36 rows matched" in of("info buildings.gpkg --join")
    assert "dsm.tif minus dtm.tif" in of("--dsm")
    assert "9.0 to 9.0 m" in of("--dsm")
    assert "hag.tif" in of("--hag")
    assert re.search(r"\b1 removed|removed +1\b", of("diff"))


def _check_files(town: Path) -> None:
    for name in (
        "first-look.png",
        "value.png",
        "on-the-ground.png",
        "harbour.png",
        "sheet.pdf",
        "town.glb",
        "town.gpkg",
    ):
        assert (town / name).stat().st_size > 1_000, name
    assert (town / "tiles/tileset.json").is_file()
    project = read_project(town / "town.citytwin").project
    assert project.title == "Our town"
    assert project.personal == {"footprints": {"owner": True, "contact": True}}
    exported = gpd.read_file(town / "town.gpkg", layer="footprints")
    assert not {"owner", "contact"} & set(exported.columns)
    with (town / "tall.csv").open(newline="") as file:
        tall = [float(row["height"]) for row in csv.DictReader(file)]
    assert sorted(tall) == sorted(6.0 + i + 3 * j for i in range(SIDE) for j in range(SIDE) if 6.0 + i + 3 * j > 20)
    folder, _ = unpack(town / "for-the-architects.citytwin.zip")
    assert json.loads((folder / "project.json").read_bytes())["title"] == "Our town"


@pytest.mark.parametrize(
    "text", ["footprints=public", "footprints:owner=maybe", ":owner=public", "footprints:=personal"]
)
def test_a_decision_that_says_nothing_is_refused(town: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["project", "check", str(town / "footprints.gpkg"), "--decide", text]) == cli.USAGE
    assert "says nothing of a column" in capsys.readouterr().err


def test_decisions_are_kept_with_projects_only(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["project", "check", str(town / "footprints.gpkg"), "--decide", "footprints:owner=public"]
    assert cli.main(words) == cli.USAGE
    assert "this is none" in capsys.readouterr().err


def test_a_data_file_is_told_as_if_it_were_a_project(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["project", "info", str(town / "footprints.gpkg"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["title"], told["schema"], told["layers"][0]["count"]) == ("footprints", None, SIDE * SIDE)


def test_info_of_a_table_says_which_columns_are_about_people(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (town / "owners.csv").write_text("id,owner_name,area\n1,Anna Weber,20\n2,Jan Kowalski,30\n")
    assert cli.main(["info", str(town / "owners.csv"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["features"] == 2
    assert [(c["field"], c["decided"]) for c in told["personal"]] == [("owner_name", "")]
