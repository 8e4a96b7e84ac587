"""Which surfaces stand for a building at which level: held against plain json loops over the files."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.vector import read
from twin.layer import Kind
from twin.models import FINEST_BIT, Bodies, Semantics

RealData = Callable[[str], Path]
DEN_HAAG = "cityjson_denhaag_delft/DenHaag_01.city.json.zip"
DELFT = "cityjson_denhaag_delft/delft.city.json"
CODES = {"RoofSurface": Semantics.ROOF, "WallSurface": Semantics.WALL, "GroundSurface": Semantics.GROUND}


def plain(path: Path) -> dict[str, Any]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return dict(json.loads(archive.read(archive.namelist()[0])))
    return dict(json.loads(path.read_text()))


def drawn(bodies: Bodies, lod: str = "") -> np.ndarray:
    return (bodies.body_levels >> bodies.bit_of(lod)) & 1 > 0


def test_den_haag_has_the_surfaces_that_plain_json_counts(real_data: RealData) -> None:
    counted = Counter[str]()
    for one in plain(real_data(DEN_HAAG))["CityObjects"].values():
        if one["type"] in ("Building", "BuildingPart"):
            for geometry in one.get("geometry", ()):
                types = [s["type"] for s in geometry["semantics"]["surfaces"]]
                for values in geometry["semantics"]["values"]:
                    counted.update(types[v] for v in (values if isinstance(values, list) else [values]))
    bodies = read(real_data(DEN_HAAG)).model
    assert bodies is not None
    found = np.bincount(bodies.body_semantics[drawn(bodies)], minlength=16)
    assert {name: int(found[code]) for name, code in CODES.items()} == dict(counted)


def test_the_lowest_corner_of_each_building_is_its_anchor(real_data: RealData) -> None:
    model = plain(real_data(DELFT))
    scale, translate = model["transform"]["scale"][2], model["transform"]["translate"][2]
    lowest = {
        name: min(model["vertices"][v][2] for g in o["geometry"] for v in numbers(g["boundaries"])) * scale + translate
        for name, o in model["CityObjects"].items()
        if o["type"] == "Building"
    }
    layer = read(real_data(DELFT))
    assert layer.model is not None
    for row, name in enumerate(layer.table.column("id").tolist()):
        assert layer.model.body_anchor[row, 2] == pytest.approx(lowest[name], abs=1e-6)
    assert layer.model.body_offset[:, 2].min() == 0


def numbers(nested: Any) -> list[int]:
    return [n for inner in nested for n in numbers(inner)] if isinstance(nested, list) else [nested]


def model_of(tmp_path: Path, objects: dict[str, Any]) -> Path:
    path = tmp_path / "a.city.json"
    corners = [[a * 10, b * 8, c * 6 + d] for d in (0, 10) for c in (0, 1) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
    whole = {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [1, 1, 1], "translate": [84_600, 447_400, 2]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/28992"},
        "CityObjects": objects,
        "vertices": corners,
    }
    path.write_text(json.dumps(whole))
    return path


def faces(lod: str, first: int = 0, sides: int = 6) -> dict[str, Any]:
    every = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]][:sides]
    return {"type": "MultiSurface", "lod": lod, "boundaries": [[[v + first for v in ring]] for ring in every]}


def test_each_level_shows_the_finest_geometry_up_to_it(tmp_path: Path) -> None:
    objects = {"b": {"type": "Building", "geometry": [faces("0", sides=1), faces("1.3", sides=5), faces("2.2")]}}
    layer = read(model_of(tmp_path, objects))
    assert layer.info.lods == ("0", "1.3", "2.2")
    assert layer.model is not None
    counted = {lod: int(drawn(layer.model, lod).sum()) for lod in ("0", "1.3", "2.2", "")}
    assert counted == {"0": 1, "1.3": 5, "2.2": 6, "": 6}


def test_a_whole_that_is_coarser_than_its_parts_is_left_to_them(tmp_path: Path) -> None:
    objects = {
        "b": {"type": "Building", "geometry": [faces("1", sides=2)], "children": ["p", "q"]},
        "p": {"type": "BuildingPart", "parents": ["b"], "geometry": [faces("2")]},
        "q": {"type": "BuildingPart", "parents": ["b"], "geometry": [faces("2", 8, sides=5)]},
    }
    bodies = read(model_of(tmp_path, objects)).model
    assert bodies is not None
    assert int(drawn(bodies).sum()) == 6 + 5
    assert int(drawn(bodies, "1").sum()) == 2


def test_what_is_only_a_footprint_is_raised_as_a_block(tmp_path: Path) -> None:
    layer = read(model_of(tmp_path, {"b": {"type": "Building", "geometry": [faces("0", sides=1)]}}))
    assert layer.model is not None
    assert not (layer.model.body_levels & np.uint16(1 << FINEST_BIT)).any()
    assert layer.heights is not None


def test_surfaces_without_area_are_said(tmp_path: Path) -> None:
    thin = faces("2")
    thin["boundaries"].append([[0, 1, 0]])
    layer = read(model_of(tmp_path, {"b": {"type": "Building", "geometry": [thin]}}))
    assert any("no area" in sentence for sentence in layer.report.sentences())


def test_relief_becomes_terrain_with_the_heights_of_its_triangles(tmp_path: Path) -> None:
    slope = {"type": "CompositeSurface", "lod": "1", "boundaries": [[[0, 1, 6]], [[0, 6, 7]]]}  # z 2 at y 0, 8 at y 8
    layer = read(model_of(tmp_path, {"t": {"type": "TINRelief", "geometry": [slope]}}))
    assert layer.info.kind is Kind.TERRAIN
    assert layer.terrain is not None
    west, south = layer.terrain.first_local
    found = layer.terrain.height_at([(west + 5.0, south + 4.0), (west + 8.0, south + 2.0)])
    assert found.tolist() == pytest.approx([2 + 6 * 4 / 8, 2 + 6 * 2 / 8], abs=0.05)


def test_a_part_shows_what_is_said_of_the_whole(tmp_path: Path) -> None:
    objects = {
        "a": {"type": "Building", "attributes": {"use": "church", "year": 1496}, "children": ["p", "q"]},
        "p": {"type": "BuildingPart", "parents": ["a"], "attributes": {"year": 1872}, "geometry": [faces("2")]},
        "q": {"type": "BuildingPart", "parents": ["a"], "geometry": [faces("2", 8)]},
    }
    table = read(model_of(tmp_path, objects), layer="BuildingPart").table
    assert [table.row(i)["id"] for i in range(2)] == ["p", "q"]
    assert [(table.row(i)["use"], table.row(i)["year"]) for i in range(2)] == [("church", 1872), ("church", 1496)]
