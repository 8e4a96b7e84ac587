"""CityGML 1.0 to 3.0: held against plain ElementTree loops; what XML can be made to do to a reader is refused."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from data import citygml
from data.layer_values import Values, read_values
from data.sources import opened
from data.vector import describe
from twin.errors import SourceError
from twin.facts import areas_m2
from twin.layer import Kind
from twin.models import CityModel, Semantics

RealData = Callable[[str], Path]
BERLIN = "citygml_berlin/berlin_open_data_sample_data.gml"
GML = "{http://www.opengis.net/gml}"
BLDG = "{http://www.opengis.net/citygml/building/1.0}"
SPACES = {
    "1.0": {
        "": "http://www.opengis.net/citygml/1.0",
        "bldg": "http://www.opengis.net/citygml/building/1.0",
        "gen": "http://www.opengis.net/citygml/generics/1.0",
        "gml": "http://www.opengis.net/gml",
    },
    "2.0": {
        "": "http://www.opengis.net/citygml/2.0",
        "bldg": "http://www.opengis.net/citygml/building/2.0",
        "gen": "http://www.opengis.net/citygml/generics/2.0",
        "tran": "http://www.opengis.net/citygml/transportation/2.0",
        "dem": "http://www.opengis.net/citygml/relief/2.0",
        "gml": "http://www.opengis.net/gml",
    },
    "3.0": {
        "": "http://www.opengis.net/citygml/3.0",
        "con": "http://www.opengis.net/citygml/construction/3.0",
        "bldg": "http://www.opengis.net/citygml/building/3.0",
        "gen": "http://www.opengis.net/citygml/generics/3.0",
        "gml": "http://www.opengis.net/gml/3.2",
    },
}
PLACE = (390_000.0, 5_819_000.0, 30.0)
"""In Berlin, EPSG:25833."""

# made here


def ring(points: list[tuple[float, ...]], *, how: str = "posList") -> str:
    closed = [*points, points[0]]
    if how == "pos":
        inner = "".join(f"<gml:pos>{' '.join(map(str, p))}</gml:pos>" for p in closed)
    elif how == "coordinates":
        inner = f"<gml:coordinates>{' '.join(','.join(map(str, p)) for p in closed)}</gml:coordinates>"
    else:
        inner = f"<gml:posList>{' '.join(str(v) for p in closed for v in p)}</gml:posList>"
    return f"<gml:LinearRing>{inner}</gml:LinearRing>"


def polygon(
    points: list[tuple[float, ...]], *holes: list[tuple[float, ...]], name: str = "", how: str = "posList"
) -> str:
    identity = f' gml:id="{name}"' if name else ""
    inner = "".join(f"<gml:interior>{ring(h, how=how)}</gml:interior>" for h in holes)
    return f"<gml:Polygon{identity}><gml:exterior>{ring(points, how=how)}</gml:exterior>{inner}</gml:Polygon>"


def box_faces(x: float, y: float, size: tuple[float, float, float]) -> list[list[tuple[float, ...]]]:
    """Floor, top and four walls of a box, all facing outward."""
    wide, deep, high = size
    a, b, c, d, e, f, g, h = (
        (x + i * wide, y + j * deep, PLACE[2] + k * high) for k in (0, 1) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))
    )
    return [[a, d, c, b], [e, f, g, h], [a, b, f, e], [b, c, g, f], [c, d, h, g], [d, a, e, h]]


def solid(faces: list[list[tuple[float, ...]]], *, prefix: str = "bldg:", lod: int = 1, how: str = "posList") -> str:
    members = "".join(f"<gml:surfaceMember>{polygon(f, how=how)}</gml:surfaceMember>" for f in faces)
    shell = (
        f"<gml:Solid><gml:exterior><gml:CompositeSurface>{members}</gml:CompositeSurface></gml:exterior></gml:Solid>"
    )
    return f"<{prefix}lod{lod}Solid>{shell}</{prefix}lod{lod}Solid>"


def bounded(faces: list[list[tuple[float, ...]]], *, prefix: str = "bldg:", wrap: str = "bldg:boundedBy") -> str:
    """The faces of a box as the surfaces that bound it."""
    out = []
    for number, (name, face) in enumerate(
        zip(["GroundSurface", "RoofSurface", *["WallSurface"] * 4], faces, strict=True)
    ):
        member = f"<gml:surfaceMember>{polygon(face, name=f'p{number}')}</gml:surfaceMember>"
        lod = f"{prefix}lod2MultiSurface" if wrap != "boundary" else "lod2MultiSurface"  # in the core of version 3
        inner = f"<{lod}><gml:MultiSurface>{member}</gml:MultiSurface></{lod}>"
        out.append(f"<{wrap}><{prefix}{name}>{inner}</{prefix}{name}></{wrap}>")
    return "".join(out)


def model(*members: str, version: str = "2.0", srs: str = "EPSG:25833") -> str:
    spaces = " ".join(f'xmlns{":" if k else ""}{k}="{v}"' for k, v in SPACES[version].items())
    envelope = f'<gml:boundedBy><gml:Envelope srsName="{srs}"/></gml:boundedBy>' if srs else ""
    inside = "".join(f"<cityObjectMember>{m}</cityObjectMember>" for m in members)
    xlink = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<CityModel {spaces} {xlink}>{envelope}{inside}</CityModel>'


def building(name: str, *inside: str) -> str:
    return f'<bldg:Building gml:id="{name}">{"".join(inside)}</bldg:Building>'


def box_building(name: str = "a", x: float = 0.0, size: tuple[float, float, float] = (10, 8, 6)) -> str:
    return building(name, solid(box_faces(PLACE[0] + x, PLACE[1], size)))


def read_text(folder: Path, text: str, name: str = "a.gml") -> Values:
    (folder / name).write_text(text, encoding="utf-8")
    return read_values(folder / name)


def model_of(folder: Path, text: str) -> CityModel:
    (folder / "a.gml").write_text(text, encoding="utf-8")
    with opened(folder / "a.gml") as source:
        return citygml.read_model(source)


def heights_of(values: Values) -> dict[str, float]:
    assert values.raised is not None
    ids = values.table.column("id")
    return {str(ids[row]): float(values.raised.heights.height_m[row]) for row in values.row}


def area_of(values: Values) -> float:
    assert values.outlines is not None
    return float(areas_m2(values.outlines).sum())


def problems(values: Values) -> str:
    return "; ".join(values.report.sentences())


# real data


def rings_of(surface: ET.Element) -> list[np.ndarray]:  # type: ignore[type-arg]
    lists = surface.findall(f".//{GML}exterior//{GML}posList")
    return [np.array((e.text or "").split(), float).reshape(-1, 3) for e in lists]


def test_berlin_is_read_as_a_plain_loop_reads_it(real_data: RealData) -> None:
    """61 buildings: union of the ground faces, highest roof corner less lowest ground corner."""
    root = ET.parse(real_data(BERLIN)).getroot()  # noqa: S314
    area, height, corners = 0.0, {}, []
    for one in root.iter(f"{BLDG}Building"):
        grounds = [r for s in one.iter(f"{BLDG}GroundSurface") for r in rings_of(s)]
        roofs = [r for s in one.iter(f"{BLDG}RoofSurface") for r in rings_of(s)]
        holes = [
            shapely.Polygon(np.array((e.text or "").split(), float).reshape(-1, 3)[:, :2])
            for s in one.iter(f"{BLDG}GroundSurface")
            for e in s.findall(f".//{GML}interior//{GML}posList")
        ]
        covered = shapely.union_all([shapely.Polygon(g[:, :2]) for g in grounds])
        area += covered.area - sum(h.area for h in holes)
        corners += [g[:, :2] for g in grounds]
        height[str(one.get(f"{GML}id"))] = max(r[:, 2].max() for r in roofs) - min(g[:, 2].min() for g in grounds)
    values = read_values(real_data(BERLIN))
    assert (values.facts.driver, values.facts.count, len(values.row)) == ("CityGML", 61, 61)
    assert (values.settled.crs, values.settled.source, values.kind) == ("EPSG:25833", "stated", Kind.FOOTPRINTS)
    assert area_of(values) == pytest.approx(area, rel=1e-6)
    known = {k: h for k, h in height.items() if h >= 1.0}
    assert len(known) == 60  # one is a slab of 14 cm, which the rule for heights takes for no height
    assert {k: h for k, h in heights_of(values).items() if k in known} == pytest.approx(known, abs=1e-3)
    low, high = np.concatenate(corners).min(axis=0), np.concatenate(corners).max(axis=0)
    expected = Transformer.from_crs(25833, 4326, always_xy=True).transform_bounds(*low, *high)
    assert values.bounds_lonlat == pytest.approx(expected, abs=1e-7)


def test_a_look_at_berlin_says_what_reading_says(real_data: RealData) -> None:
    look, values = describe(real_data(BERLIN)), read_values(real_data(BERLIN))
    assert (look.driver, look.layer, look.count, look.crs) == ("CityGML", "Building", 61, "EPSG:25833")
    assert set(look.fields) < set(values.table.fields())
    assert look.bounds_lonlat == pytest.approx(values.bounds_lonlat, abs=1e-6)


# versions and kinds of geometry


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("how", ["posList", "pos", "coordinates"])
def test_a_solid_becomes_its_footprint(tmp_path: Path, version: str, how: str) -> None:
    shape = solid(box_faces(PLACE[0], PLACE[1], (10, 8, 6)), how=how)
    values = read_text(tmp_path, model(building("a", shape), version=version))
    assert area_of(values) == pytest.approx(80.0)
    assert heights_of(values) == pytest.approx({"a": 6.0})
    assert values.facts.lods == (1.0,)


def test_version_3_has_boundaries_in_its_core_and_its_height_inside(tmp_path: Path) -> None:
    faces = box_faces(PLACE[0], PLACE[1], (10, 8, 6))
    height = '<con:height><con:Height><con:value uom="m">6.5</con:value></con:Height></con:height>'
    one = building("a", bounded(faces, prefix="con:", wrap="boundary"), height)
    two = building("b", solid(box_faces(PLACE[0] + 20, PLACE[1], (5, 5, 4)), prefix="", lod=2))
    values = read_text(tmp_path, model(one, two, version="3.0"))
    assert area_of(values) == pytest.approx(105.0)
    assert heights_of(values) == pytest.approx({"a": 6.5, "b": 4.0})


def test_surfaces_that_bound_a_building_have_their_meanings_and_links_to_them_count_once(tmp_path: Path) -> None:
    links = "".join(f'<gml:surfaceMember xlink:href="#p{i}"/>' for i in range(6))
    linked = f"<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{links}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>"  # noqa: E501
    faces = box_faces(PLACE[0], PLACE[1], (10, 8, 6))
    text = model(building("a", linked, bounded(faces)))
    found = model_of(tmp_path, text)
    assert found.surfaces.semantics.tolist() == [Semantics.GROUND, Semantics.ROOF, *[Semantics.WALL] * 4]
    assert "link" not in problems(read_text(tmp_path, text))


def test_a_link_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    lost = '<bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember xlink:href="#gone"/></gml:MultiSurface></bldg:lod2MultiSurface>'  # noqa: E501
    values = read_text(tmp_path, model(building("a", lost, solid(box_faces(*PLACE[:2], (10, 8, 6))))))
    assert "leads nowhere" in problems(values)


def test_parts_belong_to_their_building_and_a_courtyard_stays_open(tmp_path: Path) -> None:
    """A part of 80 m², and one of 20 m x 20 m with a court of 10 m x 10 m: 380 m²; the higher one is 9 m."""
    x, y, z = PLACE
    square = [(x + 50, y, z), (x + 50, y + 20, z), (x + 70, y + 20, z), (x + 70, y, z)]
    court = [(x + 55, y + 5, z), (x + 65, y + 5, z), (x + 65, y + 15, z), (x + 55, y + 15, z)]
    raised = [(a, b, c + 9) for a, b, c in square]
    surfaces = "".join(
        f"<bldg:boundedBy><bldg:{name}><bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>{face}"
        f"</gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface></bldg:{name}></bldg:boundedBy>"
        for name, face in (("GroundSurface", polygon(square, court)), ("RoofSurface", polygon(raised)))
    )
    parts = "".join(
        f'<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="{name}">{inside}</bldg:BuildingPart></bldg:consistsOfBuildingPart>'  # noqa: E501
        for name, inside in (("p", solid(box_faces(x, y, (10, 8, 6)))), ("q", surfaces))
    )
    values = read_text(tmp_path, model(building("a", parts)))
    assert area_of(values) == pytest.approx(380.0)
    assert heights_of(values) == pytest.approx({"a": 9.0})
    assert values.table.row(0)["parts"] == 2
    assert dict(values.facts.objects) == {"BuildingPart": 2, "Building": 1}


def test_attributes_standard_and_generic_are_columns(tmp_path: Path) -> None:
    inside = (
        "<gml:name>Town hall</gml:name><bldg:function>0100</bldg:function>"
        '<bldg:measuredHeight uom="m">7.25</bldg:measuredHeight><bldg:storeysAboveGround>2</bldg:storeysAboveGround>'
        '<gen:stringAttribute name="key"><gen:value>007</gen:value></gen:stringAttribute>'
        '<gen:genericAttributeSet name="s"><gen:doubleAttribute name="area"><gen:value>80.5</gen:value>'
        "</gen:doubleAttribute></gen:genericAttributeSet>"
    )
    values = read_text(tmp_path, model(building("a", inside, solid(box_faces(*PLACE[:2], (10, 8, 6))))))
    row = values.table.row(0)
    assert (row["name"], row["function"], row["key"], row["area"]) == ("Town hall", "0100", "007", 80.5)
    assert (row["measuredHeight"], row["storeysAboveGround"]) == (7.25, 2)
    assert heights_of(values) == pytest.approx({"a": 7.25})


def test_feet_are_turned_into_metres(tmp_path: Path) -> None:
    height = '<bldg:measuredHeight uom="ft">100</bldg:measuredHeight>'
    values = read_text(tmp_path, model(building("a", height, solid(box_faces(*PLACE[:2], (10, 8, 6))))))
    assert heights_of(values) == pytest.approx({"a": 30.48})


def test_roads_are_flat_and_terrain_without_triangles_is_counted(tmp_path: Path) -> None:
    x, y, z = PLACE
    lane = polygon([(x, y, z), (x + 30, y, z), (x + 30, y + 3, z), (x, y + 3, z)])
    surface = f"<tran:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember>{lane}</gml:surfaceMember></gml:MultiSurface></tran:lod2MultiSurface>"  # noqa: E501
    road = f'<tran:Road gml:id="r"><tran:trafficArea><tran:TrafficArea>{surface}</tran:TrafficArea></tran:trafficArea></tran:Road>'  # noqa: E501
    relief = '<dem:ReliefFeature gml:id="t"><dem:lod>1</dem:lod></dem:ReliefFeature>'
    text = model(box_building(), road, relief)
    assert dict(read_text(tmp_path, text).facts.objects) == {"Building": 1, "Road": 1, "ReliefFeature": 1}
    roads = read_values(f"{tmp_path / 'a.gml'}:Road")
    assert (roads.kind, area_of(roads)) == (Kind.POLYGONS, pytest.approx(90.0))


# coordinate reference systems


@pytest.mark.parametrize(
    "name",
    ["EPSG:25833", "urn:ogc:def:crs:EPSG::25833", "urn:ogc:def:crs:EPSG:6.12:25833",
     "http://www.opengis.net/def/crs/EPSG/0/25833", "http://www.opengis.net/gml/srs/epsg.xml#25833",
     "urn:ogc:def:crs,crs:EPSG::25833,crs:EPSG::5783", "urn:adv:crs:ETRS89_UTM33*DE_DHHN2016_NH"],
)  # fmt: skip
def test_a_crs_is_known_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    values = read_text(tmp_path, model(box_building(), srs=name))
    assert (values.settled.crs, values.settled.source) == ("EPSG:25833", "stated")


def geographic(first: float, second: float) -> str:
    """A box of 0.0002 by 0.0001 degrees, its coordinates in the order given."""
    faces = [[(first + a, second + b, c) for a, b, c in face] for face in box_faces(0, 0, (0.0002, 0.0001, 9.0))]
    return model(building("a", solid(faces)), srs="http://www.opengis.net/def/crs/EPSG/0/6697")


def test_latitude_comes_first_where_the_crs_says_so(tmp_path: Path) -> None:
    """EPSG:6697 (JGD2011, 3D): latitude, longitude; so PLATEAU writes it."""
    values = read_text(tmp_path, geographic(35.68, 139.76))
    assert values.bounds_lonlat == pytest.approx((139.76, 35.68, 139.7601, 35.6802))
    assert heights_of(values) == pytest.approx({"a": 9.0})
    assert "other order" not in problems(values)
    corners = "<gml:lowerCorner>35.6 139.7 0</gml:lowerCorner><gml:upperCorner>35.7 139.8 9</gml:upperCorner>"
    text = geographic(35.68, 139.76).replace('/6697"/>', f'/6697">{corners}</gml:Envelope>')
    (tmp_path / "b.gml").write_text(text)
    assert describe(tmp_path / "b.gml").bounds_lonlat == pytest.approx((139.7, 35.6, 139.8, 35.7))


def test_a_file_that_breaks_the_rule_of_its_crs_is_put_right_and_that_is_said(tmp_path: Path) -> None:
    values = read_text(tmp_path, geographic(139.76, 35.68))
    assert values.bounds_lonlat == pytest.approx((139.76, 35.68, 139.7602, 35.6801))
    assert "other order" in problems(values)


def test_a_crs_nobody_knows_is_said_and_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.gml").write_text(model(box_building(), srs="urn:local:grid"))
    found = describe(tmp_path / "a.gml")
    assert "states no CRS" in found.problem
    assert any("urn:local:grid" in p.what for p in found.report.problems)


# bad input


BILLION = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE CityModel [<!ENTITY l0 "lol">{BILLION}]>',
        '<!DOCTYPE CityModel [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE CityModel [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>',
        '<!DOCTYPE CityModel SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE CityModel PUBLIC "-//x" "http://127.0.0.1:9/x.dtd">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_words_and_at_once(tmp_path: Path, doctype: str, encoding: str) -> None:
    text = model(building("a", "<gml:name>&l11;&x;</gml:name>", solid(box_faces(*PLACE[:2], (10, 8, 6)))))
    text = text.replace('"UTF-8"?>', f'"{encoding}"?>{doctype}')
    (tmp_path / "a.gml").write_bytes(text.encode(encoding))
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"declares entities|UTF-16"):
        read_values(tmp_path / "a.gml")
    assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_breaks_off_gives_what_came_before(tmp_path: Path, share: float) -> None:
    text = model(*(box_building(f"b{i}", 20.0 * i) for i in range(10)))
    values = read_text(tmp_path, text[: int(len(text) * share)])
    assert 0 < len(values.row) < 10
    assert "breaks off" in problems(values)
    assert heights_of(values)["b0"] == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<CityModel", "CityGML"),
        ('<?xml version="1.0"?><CityModel></CityModel>', "without objects"),
        ("<x><CityModelling/></x>", "XML|CityGML"),
        ("<a><b><CityModel/></b></a>", "outermost element"),
        ("<CityModel>" + "<a>" * 100_000, "CityGML"),
    ],
)
def test_what_is_no_citygml_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.gml").write_text(text)
    with pytest.raises(Exception, match=said) as caught:
        read_values(tmp_path / "a.gml")
    assert hasattr(caught.value, "sentence")


@pytest.mark.parametrize(
    "numbers", ["1 2", "a b c d e f g h i", "NaN NaN NaN 1 2 3 4 5 6", "", "1e999 1 1 2 2 2 3 3 3"]
)
def test_a_ring_that_is_no_list_of_coordinates_costs_its_surface_only(tmp_path: Path, numbers: str) -> None:
    odd = f"<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>{numbers}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"  # noqa: E501
    shape = solid(box_faces(*PLACE[:2], (10, 8, 6))).replace(
        "<gml:CompositeSurface>", f"<gml:CompositeSurface><gml:surfaceMember>{odd}</gml:surfaceMember>"
    )
    values = read_text(tmp_path, model(building("a", shape)))
    assert (area_of(values), heights_of(values)) == (pytest.approx(80.0), pytest.approx({"a": 6.0}))
    assert "surfaces have" in problems(values)


def test_other_xml_beside_a_model_in_a_folder_is_no_map(tmp_path: Path) -> None:
    (tmp_path / "style.xml").write_text("<style/>")
    (tmp_path / "city.xml").write_text(model(box_building()))
    assert read_values(tmp_path).facts.driver == "CityGML"
