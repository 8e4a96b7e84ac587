"""`citytwin analyse`: run over a city, written in every format, asked at places."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import rasterio

from data.sample import files_in, sample_folder
from ui.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
NAMES = sorted(p.name for p in EXAMPLES.iterdir() if p.is_dir())


def answer(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> dict[str, Any]:
    assert main([*words, "--json"]) == status, capsys.readouterr().err
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def failure(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) in {1, 2}
    return capsys.readouterr().err


@pytest.fixture(scope="session")
def sample() -> list[str]:
    files = files_in(sample_folder())
    return [str(files.folder / "buildings.gpkg"), f"{files.folder / 'city.gpkg'}:parks"]


def test_an_analysis_writes_features_table_and_words(
    tmp_path: Path, sample: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = [tmp_path / f"green.{ending}" for ending in ("gpkg", "geojson", "parquet", "csv")]
    outputs = [word for path in out for word in ("-o", str(path))]
    told = answer(
        capsys, "analyse", str(EXAMPLES / "green_nearby"), *sample, "--param", "near_m=250", *outputs,
        "--at", "10.08,53.854;10.07,53.85",
    )  # fmt: skip
    assert told["parameters"] == {"greens": "parks", "near_m": 250.0, "least_m2": 0.0}
    assert told["facts"]["buildings"] == 12349
    near = told["facts"]["near"]
    frames = [gpd.read_file(out[0]), gpd.read_file(out[1]), gpd.read_parquet(out[2])]
    for frame in frames:
        assert len(frame) == 12349
        assert (frame["distance_m"] <= 250).sum() == near
    with out[3].open(encoding="utf-8") as file:
        assert [row["buildings"] for row in csv.DictReader(file)] == [str(near), str(12349 - near)]
    assert [r["unit"] for r in told["at"]] == ["m", "m"]
    # an independent answer: GeoPandas, from the files
    parks = gpd.read_file(sample[1].rpartition(":")[0], layer="parks")
    places = gpd.GeoSeries.from_xy([10.08, 10.07], [53.854, 53.85], crs="EPSG:4326").to_crs(parks.crs)
    for reading, place in zip(told["at"], places, strict=True):
        assert reading["value"] == pytest.approx(parks.distance(place).min(), abs=0.01)
    assert told["note"]
    assert told["limits"]


def test_features_can_be_asked_by_row_and_by_value(sample: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    name = gpd.read_file(sample[0], layer="buildings", rows=6)["id"].iloc[5]
    told = answer(
        capsys, "analyse", str(EXAMPLES / "green_nearby"), *sample, "--at", f"buildings:5;buildings:id={name}"
    )
    first, second = told["at"]
    assert first["value"] == second["value"]
    assert (first["layer"], first["row"]) == ("buildings", 5)


SURFACE = """
import numpy as np
from plugins.contract import *
class Slope:
    info = Info(id="slope", title="Slope", kind="surface", contract=1, unit="m", is_analysis=True)
    def frames(self, city, area, parameters, stop):
        west, south, east, north = area.bounds
        yield Frame(surface=Surface(np.arange(12.0).reshape(3, 4), west, north, 100.0))
"""


def test_a_surface_is_written_as_raster_and_as_cells(
    tmp_path: Path, sample: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "slope.py"
    path.write_text(SURFACE, encoding="utf-8")
    sha256 = answer(
        capsys, "analyse", str(path), sample[0], "-o", str(tmp_path / "s.tif"), "-o", str(tmp_path / "s.gpkg")
    )
    assert [w["what"] for w in sha256["written"]] == ["raster", "features"]
    with rasterio.open(tmp_path / "s.tif") as raster:
        assert raster.read(1)[2].tolist() == [8.0, 9.0, 10.0, 11.0]
        assert raster.res == (100.0, 100.0)
        north = raster.bounds.top
    cells = gpd.read_file(tmp_path / "s.gpkg")
    assert cells[cells["value"] == 0.0].total_bounds[3] == pytest.approx(north)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["analyse", "green_nearbi", "CITY"], "There is no plugin"),
        (["analyse", "GREEN", "CITY", "--param", "near=3"], 'Did you mean "near_m"'),
        (["analyse", "GREEN", "CITY", "--param", "near_m=-3"], "number from 10"),
        (["analyse", "GREEN", "CITY", "-o", "x.docx"], "No result can be written"),
        (["analyse", "GREEN", "CITY", "-o", "/nowhere/x.gpkg"], "no such folder"),
        (["analyse", "GREEN", "CITY", "--at", "here"], "No places"),
        (["analyse", "GREEN", "CITY", "PARKS", "--at", "buildings:99999999"], "no row 99999999"),
        (["analyse", "GREEN", "CITY"], "needs a layer of polygons"),
        (["analyse", "GREEN", "/nowhere.gpkg"], "nowhere.gpkg"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    words: list[str], sentence: str, sample: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    spoken = [{"CITY": sample[0], "PARKS": sample[1], "GREEN": str(EXAMPLES / "green_nearby")}.get(w, w) for w in words]
    told = failure(capsys, *spoken)
    assert sentence in told
    assert "Traceback" not in told
