"""CityJSON: counts, places, areas and heights held against plain json and loops; what is broken costs itself only."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from data import cityjson
from data.cityjson_boundaries import flattened
from data.layer_values import Values, read_values
from data.sources import opened
from data.vector import describe, read
from twin.buildings import HeightSource
from twin.errors import LayerError, SourceError
from twin.facts import areas_m2
from twin.layer import Kind
from twin.models import CityModel, Semantics

RealData = Callable[[str], Path]
DEN_HAAG = "cityjson_denhaag_delft/DenHaag_01.city.json.zip"
DELFT = "cityjson_denhaag_delft/delft.city.json"
RD = "https://www.opengis.net/def/crs/EPSG/0/7415"
CORNER = (84_600.0, 447_400.0, 0.0)
"""In Delft."""

# made here

FACES = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
"""A box: floor, top, four walls, all facing outward."""
NAMED = ["GroundSurface", "RoofSurface", "WallSurface"]
MEANS = [0, 1, 2, 2, 2, 2]


def box_corners(x: float, y: float, z: float, size: tuple[float, float, float]) -> list[list[float]]:
    wide, deep, high = size
    return [[x + a * wide, y + b * deep, z + c * high] for c in (0, 1) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]


def solid(first: int = 0, *, semantics: bool = True, lod: str | float = "2", kind: str = "Solid") -> dict[str, Any]:
    """The box whose corners are the eight vertices from first on, as a geometry of any kind."""
    faces: Any = [[[corner + first for corner in ring]] for ring in FACES]
    values: Any = MEANS
    wraps = {"MultiSurface": 0, "CompositeSurface": 0, "Solid": 1, "MultiSolid": 2, "CompositeSolid": 2}[kind]
    for _ in range(wraps):
        faces, values = [faces], [values]
    geometry = {"type": kind, "lod": lod, "boundaries": faces}
    if semantics:
        geometry["semantics"] = {"surfaces": [{"type": name} for name in NAMED], "values": values}
    return geometry


def city(objects: dict[str, Any], corners: list[list[float]], **more: Any) -> dict[str, Any]:
    """A file of version 2.0 in millimetres from CORNER."""
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": list(CORNER)},
        "metadata": {"referenceSystem": RD},
        "CityObjects": objects,
        "vertices": [[round((v - o) * 1000) for v, o in zip(c, CORNER, strict=True)] for c in corners],
    } | more


def at(x: float, y: float, size: tuple[float, float, float] = (10, 8, 6)) -> list[list[float]]:
    return box_corners(CORNER[0] + x, CORNER[1] + y, 2.0, size)


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def model_of(path: Path) -> CityModel:
    with opened(path) as source:
        return cityjson.read_model(source)


def heights_of(values: Values) -> dict[str, float]:
    assert values.raised is not None
    ids = values.table.column("id")
    return {str(ids[row]): float(values.raised.heights.height_m[row]) for row in values.row}


def problems(values: Values) -> str:
    return "; ".join(values.report.sentences())


# real data


def plain(path: Path) -> dict[str, Any]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return dict(json.loads(archive.read(archive.namelist()[0])))
    return dict(json.loads(path.read_text()))


def with_coordinates(model: dict[str, Any]) -> dict[str, Any]:
    vertices = np.array(model["vertices"]) * model["transform"]["scale"] + model["transform"]["translate"]
    return model | {"vertices": vertices}


def surfaces_of(model: dict[str, Any], name: str, meant: str) -> list[np.ndarray[Any, Any]]:
    """Outer rings (k, 3) of one object's surfaces of a kind, by a plain loop over its solids."""
    vertices = model["vertices"]
    found = []
    for geometry in model["CityObjects"][name].get("geometry", []):
        names = [s["type"] for s in geometry["semantics"]["surfaces"]]
        for shell, values in zip(geometry["boundaries"], geometry["semantics"]["values"], strict=True):
            found += [vertices[f[0]] for f, v in zip(shell, values, strict=True) if v is not None and names[v] == meant]
    return found


def test_den_haag_is_read_whole(real_data: RealData) -> None:
    path = real_data(DEN_HAAG)
    objects = plain(path)["CityObjects"]
    counted = Counter(o["type"] for o in objects.values())
    assert counted == {"Building": 844, "BuildingPart": 1653, "TINRelief": 1}
    values = read_values(path)
    assert (values.facts.driver, values.facts.layer) == ("CityJSON", "Building")
    assert dict(values.facts.objects) == counted
    assert (values.facts.count, len(values.row), values.kind) == (844, 844, Kind.FOOTPRINTS)
    assert values.facts.lods == (2.0,)
    assert int(values.table.column("parts").sum()) == 1653
    assert sorted(values.table.column("id")) == sorted(k for k, o in objects.items() if o["type"] == "Building")


def test_den_haag_lies_where_pyproj_says(real_data: RealData) -> None:
    model = with_coordinates(plain(real_data(DEN_HAAG)))
    grounds = [
        ring[:, :2]
        for name, o in model["CityObjects"].items()
        if o["type"] != "TINRelief"
        for ring in surfaces_of(model, name, "GroundSurface")
    ]
    low, high = np.concatenate(grounds).min(axis=0), np.concatenate(grounds).max(axis=0)
    expected = Transformer.from_crs(28992, 4326, always_xy=True).transform_bounds(*low, *high)
    values = read_values(real_data(DEN_HAAG))
    assert values.settled.crs == "EPSG:28992"
    assert values.bounds_lonlat == pytest.approx(expected, abs=1e-7)


def test_den_haags_footprints_and_heights_are_those_of_a_plain_loop(real_data: RealData) -> None:
    """Each building with its parts: union of the ground faces; highest roof corner less lowest ground corner."""
    model = with_coordinates(plain(real_data(DEN_HAAG)))
    objects = model["CityObjects"]
    belonging: dict[str, list[str]] = {k: [k] for k, o in objects.items() if o["type"] == "Building"}
    for name, o in objects.items():
        if o["type"] == "BuildingPart":
            belonging[o["parents"][0]].append(name)
    area, height = 0.0, {}
    for building, names in belonging.items():
        grounds = [ring for name in names for ring in surfaces_of(model, name, "GroundSurface")]
        roofs = [ring for name in names for ring in surfaces_of(model, name, "RoofSurface")]
        area += shapely.union_all([shapely.Polygon(ring[:, :2]) for ring in grounds]).area
        height[building] = max(r[:, 2].max() for r in roofs) - min(g[:, 2].min() for g in grounds)
    values = read_values(real_data(DEN_HAAG))
    assert values.outlines is not None
    assert float(areas_m2(values.outlines).sum()) == pytest.approx(area, rel=1e-6)
    assert heights_of(values) == pytest.approx(height, abs=1e-3)
    assert values.raised is not None
    assert set(values.raised.heights.source.tolist()) == {HeightSource.ROOF_MINUS_GROUND}


def test_delft_takes_its_measured_heights_and_its_roads_lie_flat(real_data: RealData) -> None:
    path = real_data(DELFT)
    buildings = {k: o for k, o in plain(path)["CityObjects"].items() if o["type"] == "Building"}
    values = read_values(path)
    assert len(buildings) == len(values.row) == 160
    measured = {k: o["attributes"]["measuredHeight"] for k, o in buildings.items()}
    assert heights_of(values) == pytest.approx(measured, abs=1e-4)
    assert values.raised is not None
    assert set(values.raised.heights.source.tolist()) == {HeightSource.MEASURED}
    names = {name for o in buildings.values() for name in o["attributes"]}
    assert names <= set(values.table.fields())
    roads = read_values(f"{path}:Road", is_alone=True)
    assert (roads.facts.count, roads.kind, roads.raised) == (143, Kind.POLYGONS, None)


def test_a_layer_of_blocks_is_arranged_in_tiles(real_data: RealData) -> None:
    layer = read(real_data(DELFT))
    assert (layer.info.kind, layer.info.shown, layer.info.driver) == (Kind.FOOTPRINTS, 160, "CityJSON")
    assert layer.tiles is not None


@pytest.mark.parametrize("name", [DEN_HAAG, DELFT])
def test_a_look_says_what_reading_says(real_data: RealData, name: str) -> None:
    """The bounds of a look are those the file states, of all its objects."""
    look, values = describe(real_data(name)), read_values(real_data(name))
    assert (look.driver, look.layer, look.count) == (values.facts.driver, values.facts.layer, values.facts.count)
    assert (look.layers, look.crs) == (values.facts.layers, values.settled.crs)
    assert set(look.fields) < set(values.table.fields())
    assert look.bounds_lonlat is not None
    assert values.facts.bounds is not None
    stated = Transformer.from_crs(28992, 4326, always_xy=True).transform_bounds(*values.facts.bounds)
    assert look.bounds_lonlat == pytest.approx(stated, abs=1e-7)


def test_a_look_at_a_sequence_counts_its_lines(tmp_path: Path) -> None:
    look = describe(written(tmp_path / "a.city.jsonl", "\n".join([*sequence(3), "{", ""])))
    assert (look.driver, look.count, look.crs) == ("CityJSONSeq", 3, "EPSG:28992")


def test_terrain_is_a_layer_of_its_own(real_data: RealData) -> None:
    path = real_data(DEN_HAAG)
    relief = [o for o in plain(path)["CityObjects"].values() if o["type"] == "TINRelief"]
    triangles = sum(len(g["boundaries"]) for o in relief for g in o["geometry"])
    values = read_values(f"{path}:TINRelief", with_bodies=True)
    assert (values.facts.count, values.kind) == (1, Kind.POLYGONS)
    assert values.bodies is not None
    assert len(values.bodies.body_semantics) == triangles
    with pytest.raises(LayerError, match="has no layer"):
        read_values(f"{real_data(DELFT)}:Castle")


# versions and kinds of geometry


@pytest.mark.parametrize("kind", ["Solid", "MultiSolid", "CompositeSolid", "MultiSurface", "CompositeSurface"])
@pytest.mark.parametrize("semantics", [True, False])
def test_a_box_of_any_kind_becomes_its_footprint(tmp_path: Path, kind: str, *, semantics: bool) -> None:
    objects = {"a": {"type": "Building", "geometry": [solid(kind=kind, semantics=semantics)]}}
    values = read_values(written(tmp_path / "a.city.json", city(objects, at(0, 0))))
    assert values.outlines is not None
    assert areas_m2(values.outlines) == pytest.approx([80.0])
    assert heights_of(values) == pytest.approx({"a": 6.0})


@pytest.mark.parametrize(
    ("version", "stated"),
    [("1.0", "urn:ogc:def:crs:EPSG::7415"), ("1.1", RD), ("2.0", RD), ("2.0", "EPSG:28992")],
)
def test_every_version_names_its_crs_in_its_own_way(tmp_path: Path, version: str, stated: str) -> None:
    objects = {"a": {"type": "Building", "geometry": [solid(lod=2 if version == "1.0" else "2")]}}
    content = city(objects, at(0, 0), version=version, metadata={"referenceSystem": stated})
    values = read_values(written(tmp_path / "a.json", content))
    assert (values.settled.crs, values.settled.source) == ("EPSG:28992", "stated")
    assert values.facts.lods == (2.0,)


def test_version_1_0_may_have_real_coordinates_and_no_transform(tmp_path: Path) -> None:
    content = city({"a": {"type": "Building", "geometry": [solid()]}}, [], version="1.0")
    del content["transform"]
    values = read_values(written(tmp_path / "a.json", content | {"vertices": at(0, 0)}))
    assert heights_of(values) == pytest.approx({"a": 6.0})
    assert "transform" not in problems(values)


def test_a_later_version_without_a_transform_is_read_as_it_is_and_that_is_said(tmp_path: Path) -> None:
    content = city({"a": {"type": "Building", "geometry": [solid()]}}, [])
    del content["transform"]
    values = read_values(written(tmp_path / "a.json", content | {"vertices": at(0, 0)}))
    assert heights_of(values) == pytest.approx({"a": 6.0})
    assert "no transform" in problems(values)


def test_parts_belong_to_their_building_and_the_highest_lod_counts(tmp_path: Path) -> None:
    """Two parts side by side: 80 + 50 m², the higher one 9 m; the LoD1 box of the second is another one and unused."""
    corners = at(0, 0) + at(10, 0, (10, 5, 9)) + at(10, 0, (30, 30, 30))
    objects = {
        "part-1": {"type": "BuildingPart", "parents": ["a"], "geometry": [solid()]},
        "a": {"type": "Building", "children": ["part-1", "part-2"], "attributes": {"name": "hall"}},
        "part-2": {"type": "BuildingPart", "parents": ["a"], "geometry": [solid(16, lod="1"), solid(8, lod="2.2")]},
    }
    values = read_values(written(tmp_path / "a.city.json", city(objects, corners)))
    assert values.outlines is not None
    assert areas_m2(values.outlines) == pytest.approx([130.0])
    assert heights_of(values) == pytest.approx({"a": 9.0})
    row = values.table.row(0)
    assert (row["id"], row["name"], row["parts"], row["lod"]) == ("a", "hall", 2, pytest.approx(2.2))
    assert values.facts.lods == (1.0, 2.0, 2.2)


def test_a_courtyard_stays_open(tmp_path: Path) -> None:
    """20 m square ground with a 10 m square hole: 300 m²."""
    outer = [[0, 0], [20, 0], [20, 20], [0, 20]]
    inner = [[5, 5], [5, 15], [15, 15], [15, 5]]
    corners = [[CORNER[0] + x, CORNER[1] + y, z] for z in (0.0, 7.0) for x, y in outer + inner]
    faces = [[[0, 1, 2, 3], [4, 5, 6, 7]], [[8, 9, 10, 11], [12, 13, 14, 15]]]
    geometry = {"type": "MultiSurface", "lod": "2", "boundaries": faces}
    values = read_values(
        written(tmp_path / "a.json", city({"a": {"type": "Building", "geometry": [geometry]}}, corners))
    )
    assert values.outlines is not None
    assert areas_m2(values.outlines) == pytest.approx([300.0])
    assert heights_of(values) == pytest.approx({"a": 7.0})


def test_a_template_is_set_in_its_place_scaled_and_turned(tmp_path: Path) -> None:
    """A unit box scaled to 2 x 3 x 4 m, turned by a quarter and set at a vertex."""
    matrix = [0.0, -3, 0, 0, 2, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]
    instance = {"type": "GeometryInstance", "template": 0, "boundaries": [0], "transformationMatrix": matrix}
    content = city({"a": {"type": "Building", "geometry": [instance]}}, [[CORNER[0] + 5, CORNER[1] + 5, 1.0]])
    content["geometry-templates"] = {
        "templates": [solid()],
        "vertices-templates": box_corners(0, 0, 0, (1, 1, 1)),
    }
    path = written(tmp_path / "a.json", content)
    xyz = model_of(path).surfaces
    used = xyz.xyz[np.unique(xyz.corner)] - CORNER
    assert used.min(axis=0) == pytest.approx([2, 5, 1])
    assert used.max(axis=0) == pytest.approx([5, 7, 5])
    assert heights_of(read_values(path)) == pytest.approx({"a": 4.0})


def test_semantics_are_kept_and_null_stands_for_a_whole_shell(tmp_path: Path) -> None:
    geometry = solid(kind="MultiSolid")
    geometry["boundaries"].append(solid(8)["boundaries"])
    geometry["semantics"]["values"].append(None)
    objects = {"a": {"type": "Building", "geometry": [geometry]}}
    model = model_of(written(tmp_path / "a.json", city(objects, at(0, 0) + at(20, 0))))
    stated = [Semantics.GROUND, Semantics.ROOF, *[Semantics.WALL] * 4]
    assert model.surfaces.semantics.tolist() == [*stated, *[Semantics.UNSTATED] * 6]
    assert len(model.surfaces) == 12
    assert model.surfaces.is_solid.tolist() == [True]


def test_semantics_that_do_not_fit_cost_their_own_geometry_only(tmp_path: Path) -> None:
    """In one batch: right, none, one too few, one beyond the list, no whole number, right again with a null."""
    shapes = [solid(), solid(semantics=False), *(solid() for _ in range(4))]
    odd = [0, 1, 2, 2, 2], [0, 1, 2, 2, 2, 3], [0, 1, 2, 2, 2, 0.5], [0, 1, None, 2, 2, 2]
    for shape, values in zip(shapes[2:], odd, strict=True):
        shape["semantics"]["values"] = [values]
    objects = {f"b{i}": {"type": "Building", "geometry": [shape]} for i, shape in enumerate(shapes)}
    path = written(tmp_path / "a.json", city(objects, at(0, 0)))
    found = model_of(path).surfaces.semantics.reshape(6, 6).tolist()
    assert found[0] == [Semantics.GROUND, Semantics.ROOF, *[Semantics.WALL] * 4]
    assert found[1:5] == [[Semantics.UNSTATED] * 6] * 4
    assert found[5] == [Semantics.GROUND, Semantics.ROOF, Semantics.UNSTATED, *[Semantics.WALL] * 3]
    assert "3 geometries have semantics that do not fit" in problems(read_values(path))


def test_attributes_of_any_type_are_columns(tmp_path: Path) -> None:
    one = {"storeys": 2, "share": 1, "is_listed": True, "name": "a", "odd": 1, "nested": {"x": [1]}}
    two = {"storeys": None, "share": 0.5, "is_listed": False, "odd": "x"}
    objects = {
        "a": {"type": "Building", "attributes": one, "geometry": [solid()]},
        "b": {"type": "Building", "attributes": two, "geometry": [solid(8)]},
    }
    values = read_values(written(tmp_path / "a.json", city(objects, at(0, 0) + at(20, 0))))
    fields = values.table.fields()
    kinds = {name: fields[name] for name in one}
    assert (kinds.pop("storeys"), kinds.pop("share"), kinds.pop("is_listed")) == ("number", "number", "bool")
    assert set(kinds.values()) == {"text"}
    assert values.table.row(0)["nested"] == '{"x":[1]}'
    assert list(values.table.column("odd")) == ["1", "x"]


def test_attributes_may_have_the_names_of_our_own_columns(tmp_path: Path) -> None:
    own = {"geometry": 1, "id": "x", "id_": "y", "lod": "z", "lod_": 3, "roof_z": 100.0}
    objects = {"a": {"type": "Building", "attributes": own, "geometry": [solid()]}}
    row = read_values(written(tmp_path / "a.json", city(objects, at(0, 0)))).table.row(0)
    assert (row["id"], row["lod"], row["roof_z"], row["geometry"]) == ("a", 2.0, 8.0, 1)
    assert set(own.values()) <= set(row.values())


def test_longitude_and_latitude_the_wrong_way_round_are_exchanged_and_that_is_said(tmp_path: Path) -> None:
    """Tokyo as some converters write it: latitude first, although x is first in CityJSON."""
    corners = box_corners(35.68, 139.76, 3.0, (0.0002, 0.0001, 9))
    content = city({"a": {"type": "Building", "geometry": [solid()]}}, [])
    content |= {"vertices": corners, "metadata": {"referenceSystem": "http://www.opengis.net/def/crs/EPSG/0/6697"}}
    content["transform"] = {"scale": [1, 1, 1], "translate": [0, 0, 0]}
    values = read_values(written(tmp_path / "a.json", content))
    assert values.bounds_lonlat == pytest.approx((139.76, 35.68, 139.7601, 35.6802))
    assert "other order" in problems(values)


# bad input


def test_a_vertex_out_of_range_costs_its_geometry_only(tmp_path: Path) -> None:
    objects = {"a": {"type": "Building", "geometry": [solid(9)]}, "b": {"type": "Building", "geometry": [solid()]}}
    values = read_values(written(tmp_path / "a.json", city(objects, at(0, 0))))
    assert list(heights_of(values)) == ["b"]
    (problem,) = [p for p in values.report.problems if "vertices that the file does not have" in p.what]
    assert (problem.count, problem.examples, problem.is_loss) == (1, ("a",), True)


@pytest.mark.parametrize(
    "boundaries",
    [[[0, 1, 2]], [[[[[0, 1, 2]]]]], [[[[0, 1, "x"]]]], [[[[0, 1, -2]]]], [[[[0.5, 1, 2]]]], "text", {"a": 1},
     [[[[0, [1], 2]]]]],
)  # fmt: skip
def test_boundaries_nested_wrongly_cost_their_geometry_only(tmp_path: Path, boundaries: object) -> None:
    odd = {"type": "Solid", "lod": "1", "boundaries": boundaries}
    objects = {"a": {"type": "Building", "geometry": [odd]}, "b": {"type": "Building", "geometry": [solid()]}}
    values = read_values(written(tmp_path / "a.json", city(objects, at(0, 0))))
    assert list(heights_of(values)) == ["b"]
    assert "not nested as their type says" in problems(values)


@pytest.mark.parametrize(
    "odd", [5, {}, {"type": 3}, {"type": "Building", "geometry": {}}, {"type": "Building", "attributes": []}]
)
def test_an_object_against_the_format_costs_itself_only(tmp_path: Path, odd: object) -> None:
    objects = {"a": odd, "b": {"type": "Building", "geometry": [solid()]}}
    values = read_values(written(tmp_path / "a.json", city(objects, at(0, 0))))
    assert list(heights_of(values)) == ["b"]
    assert "city objects are not as the format asks for" in problems(values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vertices": [[0, 0], [1, 1]]}, "not lists of three numbers"),
        ({"vertices": [[0, 0, "a"]]}, "not lists of three numbers"),
        ({"vertices": {"a": 1}}, "not lists of three numbers"),
        ({"transform": {"scale": [1, 1]}}, "its transform is not"),
        ({"transform": {"scale": ["a", 1, 1], "translate": [0, 0, 0]}}, "its transform is not"),
        ({"type": "CityJSONFeature"}, '"type": "CityJSONFeature"'),
        ({"CityObjects": {}}, "city model without objects"),
        ({"CityObjects": []}, "Expected `object`"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    content = city({"a": {"type": "Building", "geometry": [solid()]}}, at(0, 0)) | change
    with pytest.raises((SourceError, LayerError), match=said):
        read_values(written(tmp_path / "a.city.json", content))


@pytest.mark.parametrize("place", ["boundaries", "vertices", "attributes", "metadata"])
@pytest.mark.parametrize("depth", [100_000, 10_000_000])
def test_nesting_without_end_is_refused_or_left_out(tmp_path: Path, place: str, depth: int) -> None:
    content = city({"a": {"type": "Building", "geometry": [solid()]}}, at(0, 0))
    text = json.dumps(content | {"attributes": [0]})
    whole = {"boundaries": json.dumps(solid()["boundaries"]), "attributes": "[0]"}
    target = whole.get(place) or json.dumps(content[place])
    path = written(tmp_path / "a.city.json", text.replace(target, "[" * depth + "]" * depth, 1))
    with pytest.raises(SourceError, match="nested deeper"):
        read_values(path)


def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(tmp_path: Path) -> None:
    text = json.dumps(city({"a": {"type": "Building", "geometry": [solid()]}}, at(0, 0)))
    for end in range(80, len(text) - 1, 41):
        with pytest.raises(SourceError):
            read_values(written(tmp_path / "a.city.json", text[:end]))


# sequences


def sequence(count: int) -> list[str]:
    head = city({}, [])
    lines = [json.dumps(head)]
    for i in range(count):
        part = city({f"b{i}": {"type": "Building", "geometry": [solid()]}}, at(20 * i, 0, (10, 8, 5 + i)))
        feature = {"type": "CityJSONFeature", "id": f"b{i}"} | {k: part[k] for k in ("CityObjects", "vertices")}
        lines.append(json.dumps(feature))
    return lines


@pytest.mark.parametrize("name", ["a.city.jsonl", "a.json"])
def test_a_sequence_is_read_line_by_line(tmp_path: Path, name: str) -> None:
    values = read_values(written(tmp_path / name, "\n".join([*sequence(3), ""])))
    assert values.facts.driver == "CityJSONSeq"
    assert heights_of(values) == pytest.approx({"b0": 5.0, "b1": 6.0, "b2": 7.0})


def test_a_line_that_was_cut_costs_itself_only(tmp_path: Path) -> None:
    lines = sequence(3)
    lines[2] = lines[2][: len(lines[2]) // 2]
    values = read_values(written(tmp_path / "a.city.jsonl", "\n".join(lines)))
    assert heights_of(values) == pytest.approx({"b0": 5.0, "b2": 7.0})
    (problem,) = [p for p in values.report.problems if "CityJSONFeature" in p.what]
    assert (problem.count, problem.examples, problem.is_loss) == (1, (3,), True)


def test_a_sequence_without_its_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="first line"):
        read_values(written(tmp_path / "a.city.jsonl", "\n".join(sequence(2)[1:])))


# whatever comes


def nested(depth: int) -> st.SearchStrategy[Any]:
    strategy: st.SearchStrategy[Any] = st.integers(0, 10**6)
    for _ in range(depth):
        strategy = st.lists(strategy, max_size=4)
    return strategy


@settings(max_examples=60)
@given(st.lists(st.one_of(st.tuples(st.just(d), nested(d)) for d in (3, 4, 5)), min_size=1, max_size=5), st.booleans())
def test_flattening_is_what_nested_loops_give(geometries: list[tuple[int, Any]], is_spaced: bool) -> None:  # noqa: FBT001  hypothesis gives it by position
    separators = (", ", ": ") if is_spaced else (",", ":")
    texts = [json.dumps(g, separators=separators, indent=1 if is_spaced else None).encode() for _, g in geometries]
    found = flattened(texts, [d for d, _ in geometries])
    surfaces, owner = [], []
    for place, (depth, geometry) in enumerate(geometries):
        level = geometry
        for _ in range(depth - 3):
            level = [surface for shell in level for surface in shell]
        surfaces += level
        owner += [place] * len(level)
    rings = [ring for surface in surfaces for ring in surface]
    assert found.index.tolist() == [i for ring in rings for i in ring]
    assert np.diff(found.ring_start).tolist() == [len(ring) for ring in rings]
    assert np.diff(found.surface_start).tolist() == [len(surface) for surface in surfaces]
    assert found.surface_text.tolist() == owner
    assert found.is_sound.all()


boxes = st.lists(
    st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(2, 200), st.sampled_from(["Solid", "MultiSurface"])),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(boxes=boxes, scale=st.sampled_from([1.0, 0.1, 0.001]), semantics=st.booleans())
def test_small_cities_come_back_as_they_were_made(
    tmp_path: Path, boxes: list[tuple[int, int, int, str]], scale: float, *, semantics: bool
) -> None:
    corners, objects = [], {}
    for i, (wide, deep, high, kind) in enumerate(boxes):
        geometry = solid(8 * i, kind=kind, semantics=semantics)
        objects[f"b{i}"] = {"type": "Building", "attributes": {"n": i}, "geometry": [geometry]}
        corners += at(100 * i, 0, (wide, deep, high))
    content = city(objects, corners)
    content["transform"]["scale"] = [scale] * 3
    content["vertices"] = [[round((v - o) / scale) for v, o in zip(c, CORNER, strict=True)] for c in corners]
    values = read_values(written(tmp_path / "a.city.json", content))
    assert values.outlines is not None
    by_id = dict(zip(values.table.column("id")[values.row].tolist(), areas_m2(values.outlines), strict=True))
    assert by_id == pytest.approx({f"b{i}": w * d for i, (w, d, _, _) in enumerate(boxes)}, rel=1e-6)
    assert heights_of(values) == pytest.approx({f"b{i}": h for i, (_, _, h, _) in enumerate(boxes)}, rel=1e-4)
