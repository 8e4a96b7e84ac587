"""Eight real cities, opened as people have them; each number comes from the source by another way than our readers.

What is asserted is counted with json, csv, struct, zlib, regular expressions and rasterio alone.
"""

from __future__ import annotations

import csv
import json
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rasterio.features import geometry_mask

from data.height_rasters import HeightRasters
from data.vector import layers_of, read
from twin.buildings import HeightSource
from twin.errors import SourceError
from twin.layer import Kind
from twin.models import Semantics
from ui.contents import open_contents
from ui.jobs import Jobs
from ui.joining import JoinWish
from ui.table_info import table_answer

RealData = Callable[[str], Path]


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    with Jobs() as made:
        yield made


# city models


def _cityjson(path: Path) -> dict[str, Any]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(archive.namelist()[0]))
    return json.loads(path.read_bytes())


def test_the_hague_has_every_building_with_the_roofs_of_its_parts(real_data: RealData) -> None:
    path = real_data("cityjson_denhaag_delft/DenHaag_01.city.json.zip")
    model = _cityjson(path)
    objects, scale, shift = model["CityObjects"], model["transform"]["scale"][2], model["transform"]["translate"][2]
    meant: Counter[str] = Counter()
    top_z: dict[str, float] = {}
    bottom_z: dict[str, float] = {}
    for name, thing in objects.items():
        if not thing["type"].startswith("Building"):
            continue
        owner = thing.get("parents", [name])[0]
        for geometry in thing.get("geometry", []):
            surfaces = geometry["semantics"]["surfaces"]
            for shell, kinds in zip(geometry["boundaries"], geometry["semantics"]["values"], strict=True):
                for surface, kind in zip(shell, kinds, strict=True):
                    meant[surfaces[kind]["type"]] += 1
                    z = [model["vertices"][v][2] * scale + shift for ring in surface for v in ring]
                    top_z[owner] = max(top_z.get(owner, -1e9), *z)
                    bottom_z[owner] = min(bottom_z.get(owner, 1e9), *z)
    layer = read(path)
    assert layer.info.count == sum(thing["type"] == "Building" for thing in objects.values()) == 844
    assert layer.model is not None
    found = Counter(layer.model.body_semantics.tolist())
    assert found[Semantics.ROOF] == meant["RoofSurface"]
    assert found[Semantics.WALL] == meant["WallSurface"]
    assert found[Semantics.GROUND] == meant["GroundSurface"]
    ids = [str(name) for name in layer.table.column("id")]
    assert set(ids) == {name for name, thing in objects.items() if thing["type"] == "Building"}
    assert layer.heights is not None
    tallest = max(top_z[name] - bottom_z[name] for name in ids)
    assert float(np.nanmax(layer.heights.height_m)) == pytest.approx(tallest, abs=0.01)


def test_delft_is_opened_with_its_roads_water_and_plants(real_data: RealData) -> None:
    path = real_data("cityjson_denhaag_delft/delft.city.json")
    objects = _cityjson(path)["CityObjects"]
    counts = Counter(thing["type"] for thing in objects.values())
    opened = layers_of(path)
    assert opened[0] == f"{path}:Building"
    assert {name.rsplit(":", 1)[1] for name in opened} == set(counts)
    layers = [read(name) for name in opened]
    assert {layer.info.source_layer: layer.info.count for layer in layers} == counts
    measured = [float(o["attributes"]["measuredHeight"]) for o in objects.values() if o["type"] == "Building"]
    heights = layers[0].heights
    assert heights is not None
    np.testing.assert_allclose(np.sort(heights.height_m), np.sort(np.array(measured, np.float32)), atol=0.01)


def test_berlin_has_the_surfaces_its_file_names(real_data: RealData) -> None:
    path = real_data("citygml_berlin/berlin_open_data_sample_data.gml")
    text = path.read_text("utf-8")
    layer = read(path)
    assert layer.info.count == len(re.findall(r"<(?:\w+:)?Building[ >]", text)) == 61
    east = [float(word) for word in re.search(r"<gml:lowerCorner>(.*?)<", text)[1].split()]  # type: ignore[index]
    lon_deg, lat_deg = Transformer.from_crs(25833, 4326, always_xy=True).transform(*east[:2])
    west, south, *_ = layer.info.bounds_lonlat
    assert (west, south) == (pytest.approx(lon_deg, abs=1e-3), pytest.approx(lat_deg, abs=1e-3))
    assert layer.model is not None
    found = Counter(layer.model.body_semantics.tolist())
    assert found[Semantics.ROOF] == _polygons_in(text, "RoofSurface")
    assert found[Semantics.WALL] == _polygons_in(text, "WallSurface")
    assert found[Semantics.GROUND] == _polygons_in(text, "GroundSurface")


def _polygons_in(text: str, name: str) -> int:
    """Return how many polygons stand between the tags of a kind of surface."""
    inside = re.findall(rf"<(?:\w+:)?{name}[ >].*?</(?:\w+:)?{name}>", text, re.DOTALL)
    return sum(len(re.findall(r"<gml:Polygon[ >]", part)) for part in inside)


# footprints, rasters, tables


def test_alexandria_takes_its_heights_from_surface_less_ground(real_data: RealData, jobs: Jobs) -> None:
    path, dsm, dtm = (real_data(f"alexandria_va/{name}") for name in ("buildings.geojson", "dsm.tif", "dtm.tif"))
    contents = open_contents([str(path), str(dtm)], jobs=jobs, rasters=HeightRasters(str(dsm), str(dtm)))
    layer = contents.session.layers["buildings"]
    assert contents.session.layers["dtm"].info.kind is Kind.TERRAIN
    assert layer.heights is not None
    expected = _standing_in_rasters(path, dsm, dtm)
    assert len(expected) == len(layer.heights.height_m) == 84
    is_taken = layer.heights.source == HeightSource.RASTER
    assert is_taken.sum() > 70
    # Which cells count at a footprint's edge, and how ground is resampled, moves single buildings.
    off_m = np.abs(layer.heights.height_m[is_taken] - expected[is_taken])
    assert np.median(off_m) < 0.25
    assert np.quantile(off_m, 0.9) < 1.0


def _standing_in_rasters(path: Path, dsm: Path, dtm: Path) -> np.ndarray[Any, Any]:
    """Return the 70th percentile of surface less ground inside each footprint, by rasterio's own mask."""
    with rasterio.open(dsm) as above, rasterio.open(dtm) as below:
        assert above.transform == below.transform
        rise_m = above.read(1).astype(float) - below.read(1)
        crs, transform = above.crs, above.transform
    to_raster = Transformer.from_crs(4326, crs, always_xy=True)
    found = []
    for feature in json.loads(path.read_bytes())["features"]:
        parts = feature["geometry"]["coordinates"]
        parts = parts if feature["geometry"]["type"] == "MultiPolygon" else [parts]
        rings = [[[to_raster.transform(*corner[:2]) for corner in ring] for ring in part] for part in parts]
        inside = geometry_mask([{"type": "MultiPolygon", "coordinates": rings}], rise_m.shape, transform, invert=True)
        found.append(np.percentile(rise_m[inside], 70) if inside.any() else np.nan)
    return np.array(found)


def test_cambridge_joins_its_tax_table_to_its_parcels(real_data: RealData, jobs: Jobs) -> None:
    parcels, tax, zones = (
        real_data(f"cambridge_ma/{name}")
        for name in ("ASSESSING_ParcelsFY2014.topojson", "TaxFY14.csv", "CDD_ZoningDistricts.geojson")
    )
    wish = JoinWish(str(tax), "ML=ML:sum")
    contents = open_contents([str(parcels), str(zones)], jobs=jobs, joins=[wish])
    topology = json.loads(parcels.read_bytes())
    keys = [g["properties"].get("ML") for g in next(iter(topology["objects"].values()))["geometries"]]
    with tax.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    value: Counter[str] = Counter()
    for row in rows:
        value[row["ML"]] += float(row["TotalAppraisedParcelValue"] or 0)  # type: ignore[assignment]
    matched, parcels_known = [key for key in keys if key and key in value], set(keys)
    assert contents.joins is not None
    assert contents.joins.answer() == {
        "rows": len(rows),
        "matched": len(matched),
        "orphans_left": len(keys) - len(matched),
        "orphans_right": sum(row["ML"] not in parcels_known for row in rows),
    }
    layer = contents.session.layers[contents.first_id]
    assert len(layer.table) == len(keys) == 13_116
    total = float(np.nansum(np.asarray(layer.table.column("TotalAppraisedParcelValue"), float)))
    assert total == pytest.approx(sum(value[key] for key in matched))
    zoned = contents.session.layers["cdd_zoningdistricts"]
    assert zoned.info.kind is Kind.POLYGONS
    assert zoned.info.count == len(json.loads(zones.read_bytes())["features"])


def _dbf(path: Path) -> list[dict[str, str]]:
    """Return the rows of a dBase table as text, by its header's own words."""
    data = path.read_bytes()
    count, header, width = struct.unpack("<IHH", data[4:12])
    fields = []
    for at in range(32, header - 1, 32):
        if data[at] == 0x0D:
            break
        fields.append((data[at : at + 11].split(b"\0")[0].decode(), data[at + 16]))
    rows = []
    for number in range(count):
        at, row = header + number * width + 1, {}
        for name, length in fields:
            row[name] = data[at : at + length].decode("utf-8", "replace").strip()
            at += length
        rows.append(row)
    return rows


def test_zug_joins_its_tables_and_knows_its_hours(real_data: RealData, jobs: Jobs) -> None:
    zone, types = real_data("zug_cea/building-geometry/zone.shp"), real_data("zug_cea/building-properties/typology.dbf")
    contents = open_contents([str(zone)], jobs=jobs, joins=[JoinWish(str(types), "Name=Name")])
    layer = contents.session.layers["zone"]
    assert layer.heights is not None
    buildings = _dbf(zone.with_suffix(".dbf"))
    assert layer.heights.height_m.tolist() == [float(row["height_ag"]) for row in buildings]
    year = {row["Name"]: float(row["YEAR"]) for row in _dbf(types)}
    assert layer.table.column("YEAR").tolist() == [year[row["Name"]] for row in buildings]
    hours = real_data("zug_cea/solar-radiation/B1000_radiation.csv")
    with hours.open(newline="") as file:
        rows = list(csv.reader(file))
    answer = table_answer(str(hours))
    assert (answer["features"], answer["fields"]) == (len(rows) - 1, rows[0])
    assert answer["features"] == 365 * 24


# OpenStreetMap


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Return the fields of a protocol buffer, numbers and bytes."""
    at = 0

    def number() -> int:
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            yield tag >> 3, number()
        else:
            assert tag & 7 == 2
            size = number()
            yield tag >> 3, data[at : at + size]
            at += size


def _numbers(data: bytes) -> list[int]:
    found, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value = shift = 0
    return found


def _blocks(path: Path) -> Iterator[bytes]:
    """Return the unpacked blocks of an .osm.pbf file. source: OpenStreetMap wiki, PBF Format."""
    with path.open("rb") as file:
        while size := file.read(4):
            header = dict(_fields(file.read(struct.unpack(">I", size)[0])))
            blob = dict(_fields(file.read(header[3])))
            if header[1] == b"OSMData":
                yield zlib.decompress(blob[3]) if 3 in blob else blob[1]


def _tagged(path: Path) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Return the ways and relations of a file with their tags."""
    for block in _blocks(path):
        parts = list(_fields(block))
        words = [word.decode() for _, word in _fields(next(part for tag, part in parts if tag == 1))]
        for group in (part for tag, part in parts if tag == 2):
            for tag, thing in _fields(group):
                if tag in (3, 4):
                    known = dict(_fields(thing))
                    keys, values = _numbers(known.get(2, b"")), _numbers(known.get(3, b""))
                    tags = {words[k]: words[v] for k, v in zip(keys, values, strict=True)}
                    yield ("way" if tag == 3 else "relation"), known[1], tags


def test_helsinki_has_the_buildings_of_its_extract(real_data: RealData) -> None:
    path = real_data("helsinki/Helsinki.osm.pbf")
    layer = read(path, layer="buildings")
    stated = {
        (kind, number): tags
        for kind, number, tags in _tagged(path)
        if {"building", "building:part"} & tags.keys() and (kind == "way" or tags.get("type") == "multipolygon")
    }
    ours = set(zip(layer.table.column("osm_type"), map(int, layer.table.column("osm_id")), strict=True))
    assert ours <= stated.keys()
    assert len(ours) > 0.95 * len(stated)  # ways cut at the extract's edge have no area
    for place in range(0, len(layer.table), 17):
        row = layer.table.row(place)
        tags = stated[str(row["osm_type"]), int(str(row["osm_id"]).split(".")[0])]
        assert row["building:levels"] == tags.get("building:levels")
    assert layer.info.attribution == "© OpenStreetMap contributors"


# a folder as it was delivered


def test_olemps_is_opened_as_a_folder_with_one_layer_broken_and_two_empty(real_data: RealData, jobs: Jobs) -> None:
    folder = real_data("olemps_bdtopo_fr")
    rows = {path.stem: (path.with_suffix(".shx").stat().st_size - 100) // 8 for path in folder.glob("*.shp")}
    contents = open_contents([str(folder)], jobs=jobs)
    session = contents.session
    assert {layer.info.name: layer.info.count for layer in session.layers.values()} == {
        name: count for name, count in rows.items() if count
    }
    left_out = " ".join(contents.report.sentences())
    assert all(name in left_out for name, count in rows.items() if not count)
    assert contents.first_id == "batiment"  # the buildings come first, and give the frame
    buildings = session.layers["batiment"]
    stated = [float(row["HAUTEUR"].strip("*") or 0) for row in _dbf(folder / "BATIMENT.dbf")]
    assert buildings.heights is not None
    is_stated = np.array(stated) > 0
    np.testing.assert_allclose(buildings.heights.height_m[is_stated], np.array(stated)[is_stated], atol=0.01)
    uses = Counter(row["USAGE1"] for row in _dbf(folder / "BATIMENT.dbf"))
    assert Counter(str(use) for use in buildings.table.column("USAGE1")) == uses
    assert "Résidentiel" in uses


def test_a_folder_of_which_nothing_can_be_used_is_refused(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text("{")
    (tmp_path / "b.geojson").write_text("[")
    with pytest.raises(SourceError):
        open_contents([str(tmp_path)], jobs=jobs)
