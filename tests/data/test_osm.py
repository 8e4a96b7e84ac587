"""OpenStreetMap extracts as layers: what belongs to which, what is broken, what gives way to its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
import pyarrow as pa
import pytest
import shapely

from data import osm, osm_objects
from data.layer_values import read_values
from data.osm_layers import NAMES, layer_of, width_m
from data.vector import describe, layers_of, read
from twin.errors import LayerError, SourceError
from twin.features import Lines
from twin.layer import Kind

RealData = Callable[[str], Path]
HELSINKI = "helsinki/Helsinki.osm.pbf"


def xml(*elements: str) -> str:
    return '<?xml version="1.0"?><osm version="0.6">' + "".join(elements) + "</osm>"


def node(number: int, x_m: float, y_m: float, **tags: str) -> str:
    """A node so many metres east and north of 60 N 25 E, where a degree is 55,800 m by 111,320 m."""
    return f'<node id="{number}" version="1" lon="{25 + x_m / 55800}" lat="{60 + y_m / 111320}">{_tags(tags)}</node>'


def way(number: int, nodes: list[int], tags: dict[str, str]) -> str:
    inside = "".join(f'<nd ref="{n}"/>' for n in nodes)
    return f'<way id="{number}" version="1">{inside}{_tags(tags)}</way>'


def relation(number: int, members: list[tuple[int, str]], tags: dict[str, str]) -> str:
    inside = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
    return f'<relation id="{number}" version="1">{inside}{_tags(tags)}</relation>'


def _tags(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def square(first: int, x_m: float, y_m: float, side_m: float) -> str:
    corners = [(0, 0), (side_m, 0), (side_m, side_m), (0, side_m)]
    return "".join(node(first + i, x_m + dx, y_m + dy) for i, (dx, dy) in enumerate(corners))


def ring(first: int) -> list[int]:
    return [first, first + 1, first + 2, first + 3, first]


def written(folder: Path, *elements: str) -> Path:
    path = folder / "town.osm"
    order = {"<no": 0, "<wa": 1, "<re": 2}
    path.write_text(xml(*sorted(elements, key=lambda e: order[e[:3]])))
    return path


@pytest.fixture(params=["osmium", "GDAL"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Read by osmium, and as without it."""
    if request.param == "GDAL":
        monkeypatch.setattr(osm_objects, "has_osmium", lambda: False)
    return str(request.param)


# what belongs where


def test_helsinki_has_as_many_objects_of_each_layer_as_a_plain_loop_counts(real_data: RealData) -> None:
    path = real_data(HELSINKI)
    count: Counter[str] = Counter()
    for one in osmium.FileProcessor(str(path)):
        tags, kind = dict(one.tags), one.type_str()
        is_area = kind == "w" or (kind == "r" and tags.get("type") in ("multipolygon", "boundary"))
        if is_area and (tags.get("building", "no") != "no" or tags.get("building:part", "no") != "no"):
            count["buildings"] += 1
        rails = ("rail", "tram", "subway", "light_rail", "narrow_gauge", "funicular", "monorail", "preserved")
        count["rail"] += kind == "w" and tags.get("railway") in rails and tags.get("area") != "yes"
        count["waterways"] += kind == "w" and tags.get("waterway") in ("river", "canal", "stream", "drain", "ditch")
        count["water"] += is_area and (
            tags.get("natural") == "water" or tags.get("landuse") in ("basin", "reservoir")
            or tags.get("leisure") == "swimming_pool" or tags.get("waterway") in ("dock", "riverbank")
        )  # fmt: skip
    found = describe(path)
    assert found.layers == found.opened == NAMES
    for name in ("rail", "waterways", "water"):
        assert read_values(path, layer=name).facts.count == count[name]
    buildings = read_values(path, layer="buildings")
    twice = sum(p.count for p in buildings.report.problems if "the edge of" in p.what)
    assert (buildings.facts.count + twice, twice) == (count["buildings"], 4)


def test_every_building_that_gdal_can_draw_is_drawn(real_data: RealData) -> None:
    """GDAL's raw multipolygons tagged as buildings, 482 of them with an area, are all in the layer but hidden ones."""
    raw = read_values(real_data(HELSINKI), layer="multipolygons")
    own = read_values(real_data(HELSINKI), layer="buildings")
    assert len(raw.row) == 482
    ids = {int(v) for n in ("osm_id", "osm_way_id") for v in raw.table.column(n)[raw.row] if v is not None}
    kept = set(own.table.column("osm_id").astype(int).tolist())
    assert len(ids - kept) == 0
    drawn = set(own.table.column("osm_id")[own.row].astype(int).tolist())
    hidden = own.table.column(osm.HIDDEN).astype(bool)
    lost = ids - drawn - set(own.table.column("osm_id")[hidden].astype(int).tolist())
    reported = sum(p.count for p in own.report.problems if "too many corners" in p.what or "lack members" in p.what)
    assert len(lost) <= reported


def test_an_extract_without_osmium_has_the_same_layers(real_data: RealData, monkeypatch: pytest.MonkeyPatch) -> None:
    path = real_data(HELSINKI)
    with_osmium = describe(path).layers
    monkeypatch.setattr(osm_objects, "has_osmium", lambda: False)
    assert describe(path).layers == with_osmium
    roads = read_values(path, layer="roads")
    assert isinstance(roads.features, Lines)
    assert roads.kind is Kind.LINES
    assert any('pip install "citytwin[osm]"' in p.what for p in roads.report.problems)


def test_each_layer_is_opened_from_one_file(tmp_path: Path, reader: str) -> None:
    path = written(
        tmp_path,
        square(1, 0, 0, 10), way(1, ring(1), {"building": "house", "height": "12 m"}),
        node(11, 0, 20), node(12, 90, 20), way(2, [11, 12], {"highway": "residential", "name": "High Street"}),
        square(21, 40, 40, 30), way(3, ring(21), {"leisure": "park"}),
        node(31, 5, 5, highway="bus_stop", name="Town hall"),
    )  # fmt: skip
    assert layers_of(path) == tuple(f"{path}:{name}" for name in ("buildings", "roads", "green", "stops"))
    kinds = [read(one).info.kind for one in layers_of(path)]
    assert kinds == [Kind.FOOTPRINTS, Kind.LINES, Kind.POLYGONS, Kind.POINTS]
    assert all(read(one).info.attribution == "© OpenStreetMap contributors" for one in layers_of(path))
    assert reader in ("osmium", "GDAL")


def test_gdals_own_layers_can_still_be_asked_for(real_data: RealData) -> None:
    assert read_values(real_data(HELSINKI), layer="multipolygons").facts.count == 1095


# heights and widths


@pytest.mark.parametrize(
    ("tags", "base_m", "height_m"),
    [
        ({"height": "12 m"}, 0.0, 12.0),
        ({"height": "40 ft"}, 0.0, 12.192),
        ({"height": "1;6"}, 0.0, 6.0),
        ({"height": "10", "min_height": "4"}, 4.0, 10.0),
        ({"building:levels": "3"}, 0.0, 9.6),  # 3.2 m a storey: see data.heights
        ({"building:levels": "3", "roof:levels": "1"}, 0.0, 12.8),
        ({"building:levels": "5", "building:min_level": "2"}, 6.4, 16.0),
    ],
)
def test_heights_are_read_as_people_write_them(
    tmp_path: Path, tags: dict[str, str], base_m: float, height_m: float
) -> None:
    path = written(tmp_path, square(1, 0, 0, 10), way(1, ring(1), {"building": "yes"} | tags))
    values = read_values(path)
    assert values.raised is not None
    assert values.raised.heights.height_m[0] == pytest.approx(height_m, abs=1e-3)
    assert values.raised.base_m[0] == pytest.approx(base_m, abs=1e-3)


def test_a_road_is_as_wide_as_its_tags_say_or_its_class_is() -> None:
    roads = layer_of("roads")
    assert width_m(roads, {"highway": "residential"}) == 6.0
    assert width_m(roads, {"highway": "residential", "width": "4.5 m"}) == 4.5
    assert width_m(roads, {"highway": "primary", "lanes": "4"}) == 13.0
    assert width_m(roads, {"highway": "footway", "lanes": "4"}) == 1.8
    assert width_m(roads, {"highway": "residential", "width": "narrow"}) == 6.0


def test_what_lies_in_a_tunnel_is_marked(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        node(1, 0, 0), node(2, 50, 0), node(3, 90, 0),
        way(1, [1, 2], {"railway": "subway", "tunnel": "yes"}), way(2, [2, 3], {"railway": "tram"}),
    )  # fmt: skip
    assert read_values(path).table.column(osm.UNDERGROUND).tolist() == [True, False]


# parts


def test_an_outline_gives_way_to_the_parts_that_fill_it(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        square(1, 0, 0, 20), way(1, ring(1), {"building": "yes", "height": "10"}),
        square(11, 0, 0, 20), way(2, ring(11), {"building:part": "yes", "height": "30"}),
    )  # fmt: skip
    values = read_values(path)
    assert values.table.column("osm_id")[values.row].tolist() == [2]
    assert values.table.row(1)["part_of"] == "way/1"
    assert len(values.table) == 2
    assert any("stand in their place" in p.what for p in values.report.problems)


def test_the_rest_of_an_outline_stands_beside_a_part_that_covers_a_quarter_of_it(tmp_path: Path, reader: str) -> None:
    path = written(
        tmp_path,
        square(1, 0, 0, 20), way(1, ring(1), {"building": "yes", "height": "10"}),
        square(11, 0, 0, 10), way(2, ring(11), {"building:part": "yes", "height": "30"}),
    )  # fmt: skip
    values = read_values(path)
    assert values.outlines is not None
    area = {int(values.table.column("osm_id")[row]): _area(values.outlines, n) for n, row in enumerate(values.row)}
    assert area == {1: pytest.approx(300, rel=0.01), 2: pytest.approx(100, rel=0.01)}
    assert reader in ("osmium", "GDAL")


def _area(outlines: object, feature: int) -> float:
    ring_of = outlines.part_start[outlines.feature_start[feature] : outlines.feature_start[feature + 1]]  # type: ignore[attr-defined]
    rings = [outlines.xy[outlines.ring_start[r] : outlines.ring_start[r + 1]] for r in ring_of]  # type: ignore[attr-defined]
    return float(sum(shapely.Polygon(xy).area for xy in rings))


# broken


def test_a_multipolygon_keeps_its_court(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        square(1, 0, 0, 20), way(1, ring(1), {}), square(11, 5, 5, 10), way(2, ring(11), {}),
        relation(7, [(1, "outer"), (2, "inner")], {"type": "multipolygon", "building": "yes"}),
    )  # fmt: skip
    values = read_values(path)
    assert values.table.row(0)["osm_type"] == "relation"
    assert values.outlines is not None
    assert len(values.outlines.ring_start) - 1 == 2


def test_what_is_cut_off_at_the_edge_is_told_by_its_id(tmp_path: Path) -> None:
    """Way 1 is whole, 2 lacks one of four corners, 3 lacks three, 4 does not close, relation 9 lacks its way."""
    path = written(
        tmp_path,
        square(1, 0, 0, 9), way(1, ring(1), {"building": "yes"}),
        node(11, 20, 0), node(12, 30, 0), node(13, 30, 9), way(2, [11, 12, 13, 999, 11], {"building": "yes"}),
        node(21, 40, 0), way(3, [21, 991, 992, 993, 21], {"building": "yes"}),
        node(31, 60, 0), node(32, 70, 0), node(33, 70, 9), way(4, [31, 32, 33], {"building": "yes"}),
        relation(9, [(555, "outer")], {"type": "multipolygon", "building": "yes"}),
    )  # fmt: skip
    values = read_values(path)
    assert values.table.column("osm_id")[values.row].tolist() == [1, 2]
    said = {p.what: p.count for p in values.report.problems}
    for words in (
        "closed without them (way 2)",
        "not drawn (way 3)",
        "do not close to a ring and are not drawn (way 4)",
    ):
        assert any(what.endswith(words) and count == 1 for what, count in said.items()), words
    assert any("relation 9" in what for what in said)


def test_the_broken_outlines_of_helsinki_are_told(real_data: RealData) -> None:
    values = read_values(real_data(HELSINKI), layer="buildings")
    not_drawn = np.flatnonzero(~np.isin(np.arange(len(values.table)), values.row)).tolist()
    hidden = values.table.column(osm.HIDDEN).astype(bool).sum()
    told = sum(p.count for p in values.report.problems if p.is_loss and p.what.startswith("rows have no geometry"))
    assert len(not_drawn) == told + hidden


def test_a_damaged_extract_is_one_sentence(tmp_path: Path, real_data: RealData) -> None:
    whole = real_data(HELSINKI).read_bytes()
    (tmp_path / "cut.osm.pbf").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r'"cut.osm.pbf" cannot be read as an OpenStreetMap extract'):
        read(tmp_path / "cut.osm.pbf")
    (tmp_path / "cut.osm").write_text(xml(node(1, 0, 0))[:60])
    with pytest.raises(SourceError, match="cannot be read as an OpenStreetMap extract"):
        read(tmp_path / "cut.osm")


def test_an_extract_without_anything_of_a_city_says_so(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="has no buildings, roads, rail"):
        read(written(tmp_path, node(1, 0, 0)))


def test_a_layer_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = written(tmp_path, square(1, 0, 0, 9), way(1, ring(1), {"building": "yes"}))
    with pytest.raises(LayerError, match='no layer "rods"') as failure:
        read(f"{path}:rods")
    assert "buildings" in failure.value.hint


def test_tags_that_few_objects_have_are_kept_together(tmp_path: Path) -> None:
    stops = [node(n, n, 0, highway="bus_stop", **({"colour": "red"} if n == 7 else {})) for n in range(1, 101)]
    values = read_values(written(tmp_path, *stops))
    assert values.table.row(6)["other_tags"] == "colour=red"
    assert isinstance(values.table.arrow, pa.Table)
