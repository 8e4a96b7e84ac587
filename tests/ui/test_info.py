"""`citytwin info`: the answer that scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest
import shapely

from ui.cli import main

RealData = Callable[[str], Path]

KEYS = [
    "path", "driver", "layers", "layer", "features", "buildings", "geometry_types", "crs", "crs_source",
    "bounds_lonlat", "fields", "height", "personal", "problems",
]  # fmt: skip


def info(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["info", *words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == KEYS
    assert isinstance(answer, dict)
    return answer


@pytest.fixture
def city(tmp_path: Path) -> Path:
    boxes = [shapely.box(4.9 + i / 1000, 52.3, 4.9005 + i / 1000, 52.3005) for i in range(3)]
    frame = geopandas.GeoDataFrame({"height": [9.0, 0.0, None], "n": [1, 2, 3]}, geometry=boxes, crs=4326)
    frame.to_file(tmp_path / "city.gpkg", layer="houses")
    frame.set_geometry(frame.representative_point()).to_file(tmp_path / "city.gpkg", layer="trees")
    return tmp_path / "city.gpkg"


def test_the_answer_has_the_promised_keys_and_numbers(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = info(capsys, str(city))
    assert (answer["driver"], answer["layer"], answer["layers"]) == ("GPKG", "houses", ["houses", "trees"])
    assert (answer["features"], answer["buildings"], answer["geometry_types"]) == (3, 3, ["Polygon"])
    assert (answer["crs"], answer["crs_source"], answer["fields"]) == ("EPSG:4326", "stated", ["height", "n"])
    assert answer["bounds_lonlat"] == pytest.approx([4.9, 52.3, 4.9025, 52.3005])
    assert answer["height"] == {
        "source": "default", "field": "height", "known": 1, "estimated": 2, "min_m": 6.4, "max_m": 9.0,
    }  # fmt: skip
    assert answer["problems"] == []


def test_a_layer_is_chosen_by_option_or_after_a_colon(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in ((f"{city}:trees",), (str(city), "--layer", "trees")):
        answer = info(capsys, *words)
        assert (answer["layer"], answer["buildings"], answer["path"]) == ("trees", 0, str(city))
        assert answer["height"] == {
            "source": None, "field": None, "known": 0, "estimated": 0, "min_m": None, "max_m": None,
        }  # fmt: skip


def test_polygons_asked_for_as_polygons_are_not_raised(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert info(capsys, str(city), "--as", "polygons")["buildings"] == 0


def test_a_real_city_has_its_numbers(real_data: RealData, capsys: pytest.CaptureFixture[str]) -> None:
    answer = info(capsys, str(real_data("olemps_bdtopo_fr/BATIMENT.shp")))
    assert (answer["features"], answer["buildings"], answer["crs"]) == (2273, 2273, "EPSG:2154")
    height = answer["height"]
    assert isinstance(height, dict)
    assert (height["source"], height["field"], height["known"], height["estimated"]) == (
        "measured",
        "HAUTEUR",
        1989,
        284,
    )
    assert answer["problems"][0]["count"] == 1  # type: ignore[index]


def test_people_get_the_same_in_lines(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(city)]) == 0
    text = capsys.readouterr().out
    assert "buildings  3" in text
    assert '1 known (in "height"), 2 estimated' in text
    assert main(["info", f"{city}:trees"]) == 0
    assert "drawn as   points" in capsys.readouterr().out


def test_what_cannot_be_used_is_one_sentence_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(tmp_path / "none.gpkg"), "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert 'There is no file "none.gpkg"' in err
    assert "Traceback" not in err


def test_an_unknown_kind_is_wrong_usage(city: Path) -> None:
    assert main(["info", str(city), "--as", "clouds"]) == 2
