"""A city for other programs, checked by other readers: trimesh, Khronos' validator, cjio, GeoPandas."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyproj
import pytest
import shapely
import trimesh

from data.vector import read
from twin.errors import ExpressionError, LayerError, UsageError
from twin.personal import Decided, PersonalDecision
from twin.session import Session
from ui.exporting import ExportAnswer, ExportFormat, ExportWish, export

NODE = Path(__file__).parents[1] / "node"
ORIGIN = (2683000.0, 1247000.0)
RealData = Callable[[str], Path]


@pytest.fixture
def city(tmp_path: Path) -> Session:
    """Return three buildings: 10 x 10 x 12 m, 20 x 20 x 30 m with a court of 6 x 6 m, two parts of 5 x 5 x 7 m."""
    east, north = ORIGIN
    court = shapely.box(6, 6, 12, 12)
    parts = shapely.MultiPolygon([shapely.box(0, 0, 5, 5), shapely.box(50, 0, 55, 5)])
    shapes = [shapely.box(0, 0, 10, 10), shapely.box(0, 0, 20, 20).difference(court), parts]
    placed = [shapely.affinity.translate(shape, east + 100 * i, north) for i, shape in enumerate(shapes)]
    rows = {
        "name": ["Rathaus", "Hof «Süd»", None],
        "height": [12.0, 30.0, 7.0],
        "größe": [1.5, np.nan, 3.0],
        "owner": ["Jane Doe", "Max Müller", "Erika Mustermann"],
    }
    geopandas.GeoDataFrame(rows, geometry=placed, crs="EPSG:2056").to_file(tmp_path / "city.gpkg")
    session = Session()
    session.add_layer(read(tmp_path / "city.gpkg", is_alone=True))
    return session


VOLUME_M3 = 10 * 10 * 12 + (20 * 20 - 6 * 6) * 30 + 2 * 5 * 5 * 7


def _export(session: Session, kind: ExportFormat, output: Path, **wishes: Any) -> ExportAnswer:
    return export(session, ExportWish(kind, output, **wishes))


def _glb(path: Path) -> tuple[dict[str, Any], bytes]:
    """Take a GLB apart by the specification's layout, without any of our own code."""
    content = path.read_bytes()
    magic, version, total = struct.unpack_from("<4sII", content)
    assert (magic, version, total) == (b"glTF", 2, len(content))
    size, kind = struct.unpack_from("<I4s", content, 12)
    assert kind == b"JSON"
    return json.loads(content[20 : 20 + size]), content[20 + size + 8 :]


def _texts(document: dict[str, Any], held: bytes, stored: dict[str, int], count: int) -> list[str]:
    def view(number: int) -> bytes:
        described = document["bufferViews"][number]
        return held[described["byteOffset"] : described["byteOffset"] + described["byteLength"]]

    start = np.frombuffer(view(stored["stringOffsets"]), np.uint32, count + 1)
    return [view(stored["values"])[a:b].decode() for a, b in pairwise(start.tolist())]


def _validated(path: Path) -> dict[str, Any]:
    modules = Path(os.environ.get("CITYTWIN_NODE_MODULES", NODE / "node_modules"))
    node = shutil.which("node")
    if node is None or not (modules / "gltf-validator").is_dir():
        pytest.skip("Khronos' validator is not here; run npm install in tests/node")
    script = "const v=require(process.argv[1]+'/gltf-validator');const b=require('fs').readFileSync(process.argv[2]);"
    script += "v.validateBytes(new Uint8Array(b)).then(r=>console.log(JSON.stringify(r.issues)))"
    said = subprocess.run([node, "-e", script, str(modules.absolute()), str(path)], capture_output=True, check=True)
    issues: dict[str, Any] = json.loads(said.stdout)
    return issues


def test_a_glb_is_watertight_and_has_the_volume_of_the_buildings(city: Session, tmp_path: Path) -> None:
    _export(city, ExportFormat.GLB, tmp_path / "out.glb")
    mesh = trimesh.load_mesh(tmp_path / "out.glb")
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(VOLUME_M3, rel=1e-5)
    low, high = mesh.bounds  # y is up, z to the south
    assert (low[1], high[1]) == pytest.approx((0, 30))
    assert high[0] - low[0] == pytest.approx(255, abs=1e-3)
    assert high[2] - low[2] == pytest.approx(20, abs=1e-3)


def test_a_glb_passes_khronos_validator(city: Session, tmp_path: Path) -> None:
    _export(city, ExportFormat.GLB, tmp_path / "out.glb")
    issues = _validated(tmp_path / "out.glb")
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0)


def test_a_glb_says_of_each_corner_which_building_it_is_and_what_that_is_called(city: Session, tmp_path: Path) -> None:
    _export(city, ExportFormat.GLB, tmp_path / "out.glb")
    document, held = _glb(tmp_path / "out.glb")
    metadata = document["extensions"]["EXT_structural_metadata"]
    table = metadata["propertyTables"][0]
    schema = metadata["schema"]["classes"][table["class"]]["properties"]
    assert {p["name"] for p in schema.values()} == {"name", "height", "größe", "height_drawn_m", "height_source"}
    names = _texts(document, held, table["properties"]["name"], table["count"])
    assert names == ["Rathaus", "Hof «Süd»", ""]
    primitive = document["meshes"][0]["primitives"][0]

    def values(number: int, kind: type) -> Any:
        accessor = document["accessors"][number]
        view = document["bufferViews"][accessor["bufferView"]]
        size = accessor["count"] * (3 if accessor["type"] == "VEC3" else 1)
        return np.frombuffer(held, kind, size, view["byteOffset"])

    up = values(primitive["attributes"]["POSITION"], np.float32).reshape(-1, 3)[:, 1]
    feature = values(primitive["attributes"]["_FEATURE_ID_0"], np.float32)
    assert [up[feature == n].max() for n in range(3)] == [12, 30, 7]


def test_tiles_pass_the_validator_and_stand_inside_their_boxes(city: Session, tmp_path: Path) -> None:
    _export(city, ExportFormat.TILES, tmp_path / "tiles")
    tileset = json.loads((tmp_path / "tiles" / "tileset.json").read_text())
    root = tileset["root"]
    assert (tileset["asset"]["version"], root["refine"]) == ("1.1", "ADD")
    matrix = np.array(root["transform"]).reshape(4, 4).T
    seen = 0
    for tile in root["children"]:
        path = tmp_path / "tiles" / tile["content"]["uri"]
        assert _validated(path)["numErrors"] == 0
        mesh = trimesh.load_mesh(path)
        points = np.column_stack([mesh.vertices[:, 0], -mesh.vertices[:, 2], mesh.vertices[:, 1]])
        box = np.array(tile["boundingVolume"]["box"])
        assert (np.abs(points - box[:3]) <= box[[3, 7, 11]] + 1e-3).all()
        on_earth = (np.column_stack([points, np.ones(len(points))]) @ matrix.T)[:, :3]
        # The first building's corner, on the ellipsoid, by PROJ alone.
        lon, lat = pyproj.Transformer.from_crs("EPSG:2056", "EPSG:4326", always_xy=True).transform(*ORIGIN)
        corner = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True).transform(lon, lat, 0)
        assert np.linalg.norm(on_earth - corner, axis=1).min() < 0.01
        seen += len(points)
    assert seen


def test_cityjson_has_solids_whose_volume_our_reader_and_cjio_find_again(
    city: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json.encoder, "c_make_encoder", json.encoder.c_make_encoder)
    monkeypatch.setattr(json.encoder, "float", float, raising=False)  # cjio's import changes both for the whole process
    cjio = pytest.importorskip("cjio.cityjson")
    answer = _export(city, ExportFormat.CITYJSON, tmp_path / "out.city.json")
    assert answer.crs == "EPSG:2056"
    document = json.loads((tmp_path / "out.city.json").read_text())
    assert document["version"] == "2.0"
    assert document["metadata"]["referenceSystem"] == "https://www.opengis.net/def/crs/EPSG/0/2056"
    with (tmp_path / "out.city.json").open() as file:
        seen = cjio.reader(file=file, ignore_duplicate_keys=False)
    assert seen.get_epsg() == 2056
    assert "|-- Building (3)" in seen.get_info()
    assert _volume(document) == pytest.approx(VOLUME_M3, rel=1e-6)
    again = read(tmp_path / "out.city.json")
    assert again.heights is not None
    assert sorted(again.heights.height_m.tolist()) == pytest.approx([7, 12, 30], abs=0.002)


def _volume(document: dict[str, Any]) -> float:
    """Return the volume of all solids by the divergence theorem, ring by ring: an outward face counts positive."""
    scale, shift = (np.array(document["transform"][k]) for k in ("scale", "translate"))
    points = np.array(document["vertices"]) * scale + shift
    points -= points.mean(axis=0)
    total = 0.0
    solid = (g for o in document["CityObjects"].values() for g in o.get("geometry", ()) if "Solid" in g["type"])
    for geometry in solid:
        solids = geometry["boundaries"] if geometry["type"] == "MultiSolid" else [geometry["boundaries"]]
        for shell in (shell for solid in solids for shell in solid):
            for ring in (ring for surface in shell for ring in surface):
                a = points[ring[0]]
                for i, j in pairwise(ring[1:]):
                    total += float(a @ np.cross(points[i], points[j])) / 6
    return total


def test_a_geopackage_has_the_footprints_their_heights_and_columns(city: Session, tmp_path: Path) -> None:
    _export(city, ExportFormat.GEOPACKAGE, tmp_path / "out.gpkg")
    frame = geopandas.read_file(tmp_path / "out.gpkg")
    assert (frame.area * frame.height_drawn_m).sum() == pytest.approx(VOLUME_M3, rel=1e-5)
    assert frame["name"].fillna("").tolist() == ["Rathaus", "Hof «Süd»", ""]
    assert "owner" not in frame


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_a_personal_column_stays_at_home_in_every_format(city: Session, tmp_path: Path, kind: ExportFormat) -> None:
    answer = _export(city, kind, tmp_path / "out")
    assert answer.layers[0].left_out == ("owner",)
    files = [p for p in [tmp_path / "out", *(tmp_path / "out").rglob("*")] if p.is_file()]
    assert files
    for path in files:
        assert b"owner" not in path.read_bytes()
        assert b"Mustermann" not in path.read_bytes()


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_it_goes_along_when_asked_or_said_to_be_public(city: Session, tmp_path: Path, kind: ExportFormat) -> None:
    assert _export(city, kind, tmp_path / "all", has_personal=True).layers[0].left_out == ()
    said = [PersonalDecision("city", "owner", Decided.PUBLIC), PersonalDecision("city", "name", Decided.PERSONAL)]
    answer = export(city, ExportWish(kind, tmp_path / "said"), decisions=said)
    assert answer.layers[0].left_out == ("name",)
    files = [p for p in [tmp_path / "said", *(tmp_path / "said").rglob("*")] if p.is_file()]
    assert any(b"Mustermann" in path.read_bytes() for path in files)
    assert not any(b"Rathaus" in path.read_bytes() for path in files)


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_a_filter_leaves_the_other_rows_out(city: Session, tmp_path: Path, kind: ExportFormat) -> None:
    answer = _export(city, kind, tmp_path / "out", filter="height > 10")
    assert answer.layers[0].rows == 2


def test_a_filter_that_nothing_fits_or_that_names_no_column_writes_nothing(city: Session, tmp_path: Path) -> None:
    for wish, error in (("height > 1000", LayerError), ("colour == 1", ExpressionError)):
        with pytest.raises(error):
            _export(city, ExportFormat.GLB, tmp_path / "out.glb", filter=wish)
    assert not (tmp_path / "out.glb").exists()
    assert not list(tmp_path.glob(".citytwin*"))


def test_a_folder_with_other_things_is_never_replaced_by_tiles(city: Session, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("keep")
    with pytest.raises(UsageError):
        _export(city, ExportFormat.TILES, tmp_path / "letters")
    assert (tmp_path / "letters" / "a.txt").read_text() == "keep"
    _export(city, ExportFormat.TILES, tmp_path / "tiles")
    _export(city, ExportFormat.TILES, tmp_path / "tiles", filter="height > 10")  # an older tileset is
    assert (tmp_path / "tiles" / "tileset.json").exists()


def test_an_export_that_is_stopped_leaves_nothing_behind(city: Session, tmp_path: Path) -> None:
    def stop(_: float) -> None:
        raise KeyboardInterrupt

    for kind in ExportFormat:
        with pytest.raises(KeyboardInterrupt):
            export(city, ExportWish(kind, tmp_path / "out"), on_progress=stop)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["city.gpkg"]


def test_bodies_of_a_city_model_keep_their_roofs(real_data: RealData, tmp_path: Path) -> None:
    """DenHaag_01: 844 buildings' solids; the sum of volumes by the divergence theorem over the file itself."""
    path = real_data("cityjson_denhaag_delft/DenHaag_01.city.json.zip")
    layer = read(path)
    session = Session()
    session.add_layer(layer)
    answer = _export(session, ExportFormat.CITYJSON, tmp_path / "out.city.json")
    document = json.loads((tmp_path / "out.city.json").read_text())
    kinds = {s["type"] for o in document["CityObjects"].values() for s in o["geometry"][0]["semantics"]["surfaces"]}
    assert {"RoofSurface", "WallSurface", "GroundSurface"} <= kinds
    assert answer.layers[0].rows == len(document["CityObjects"]) == 844
    assert {o["geometry"][0]["type"] for o in document["CityObjects"].values()} == {"Solid"}
    with zipfile.ZipFile(path) as archive:
        source = json.loads(archive.read(archive.namelist()[0]))
    assert _volume(document) == pytest.approx(_volume(source), rel=1e-6)
    _export(session, ExportFormat.GLB, tmp_path / "out.glb")
    assert _validated(tmp_path / "out.glb")["numErrors"] == 0
