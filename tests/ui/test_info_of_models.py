"""`citytwin info` on three-dimensional city models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ui import cli

RealData = Callable[[str], Path]


@pytest.mark.parametrize(
    ("name", "driver", "objects", "lods", "crs"),
    [
        (
            "cityjson_denhaag_delft/DenHaag_01.city.json.zip",
            "CityJSON",
            {"BuildingPart": 1653, "Building": 844, "TINRelief": 1},
            [2.0],
            "EPSG:28992",
        ),
        ("citygml_berlin/berlin_open_data_sample_data.gml", "CityGML", {"Building": 61}, [2.0], "EPSG:25833"),
    ],
)
def test_a_model_says_its_objects_and_levels_of_detail(
    real_data: RealData,
    capsys: pytest.CaptureFixture[str],
    name: str,
    driver: str,
    objects: dict[str, int],
    lods: list[float],
    crs: str,
) -> None:
    """Counts and CRS are those of each data set's SOURCE.md."""
    assert cli.main(["info", str(real_data(name)), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["driver"], answer["objects"], answer["lods"]) == (driver, objects, lods)
    assert (answer["layer"], answer["layers"]) == ("Building", list(objects))
    assert (answer["features"], answer["buildings"]) == (objects["Building"], objects["Building"])
    assert (answer["crs"], answer["crs_source"]) == (crs, "stated")
    assert answer["height"]["source"] == "roof_minus_ground"
    assert cli.main(["info", str(real_data(name))]) == 0
    assert "levels of detail: 2" in capsys.readouterr().out
