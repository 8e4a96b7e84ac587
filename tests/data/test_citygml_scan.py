"""The scanner of CityGML gives what the reader on lxml gives, and leaves to it what is not plain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import citygml
from data.citygml_objects import scanned
from data.sources import opened
from data.vector import read
from twin.errors import TwinError
from twin.models import CityModel, Semantics

RealData = Callable[[str], Path]
BERLIN = "citygml_berlin/berlin_open_data_sample_data.gml"
SPACES = (
    'xmlns="http://www.opengis.net/citygml/2.0" xmlns:bldg="http://www.opengis.net/citygml/building/2.0"'
    ' xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:gen="http://www.opengis.net/citygml/generics/2.0" xmlns:dem="http://www.opengis.net/citygml/relief/2.0"'
)
SQUARE = "390000 5819000 {z} 390010 5819000 {z} 390010 5819010 {z} 390000 5819010 {z} 390000 5819000 {z}"


def polygon(name: str, z: float) -> str:
    return (
        f'<gml:surfaceMember><gml:Polygon gml:id="{name}"><gml:exterior><gml:LinearRing><gml:posList>'
        f"{SQUARE.format(z=z)}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>"
    )


def solid(*polygons: str) -> str:
    inner = "".join(polygons)
    return f"<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{inner}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>"  # noqa: E501


def bounded(kind: str, inner: str) -> str:
    return f"<bldg:boundedBy><bldg:{kind}><bldg:lod2MultiSurface><gml:MultiSurface>{inner}</gml:MultiSurface></bldg:lod2MultiSurface></bldg:{kind}></bldg:boundedBy>"  # noqa: E501


def model(*objects: str) -> str:
    members = "".join(f"<cityObjectMember>{one}</cityObjectMember>" for one in objects)
    return f'<?xml version="1.0"?><CityModel {SPACES}>{members}</CityModel>'


def both(path: Path) -> tuple[CityModel, CityModel]:
    found = []
    for way in (scanned, citygml.walked):
        with opened(path) as source:
            reading = way(source)
            assert reading is not None
            reading.rings.finish()
            found.append(reading.gathered.model(None))
    return found[0], found[1]


def assert_same(one: CityModel, other: CityModel) -> None:
    assert (one.ids, one.types) == (other.ids, other.types)
    assert one.parent.tolist() == other.parent.tolist()
    for name in ("ring_start", "surface_start", "semantics", "geometry", "geometry_object", "is_solid"):
        assert np.array_equal(getattr(one.surfaces, name), getattr(other.surfaces, name)), name
    assert np.array_equal(one.surfaces.xyz[one.surfaces.corner], other.surfaces.xyz[other.surfaces.corner])
    assert np.array_equal(one.surfaces.geometry_lod, other.surfaces.geometry_lod, equal_nan=True)
    for kind, table in one.tables.items():
        assert [table.row(i) for i in range(len(table))] == [other.tables[kind].row(i) for i in range(len(table))]


def test_berlin_is_the_same_in_both_ways(real_data: RealData) -> None:
    assert_same(*both(real_data(BERLIN)))


def test_a_link_gives_its_meaning_to_the_polygon_it_names(tmp_path: Path) -> None:
    roof = bounded("RoofSurface", '<gml:surfaceMember xlink:href="#top"/>')
    path = tmp_path / "a.gml"
    path.write_text(
        model(f'<bldg:Building gml:id="b">{roof}{solid(polygon("low", 30), polygon("top", 40))}</bldg:Building>')
    )
    with opened(path) as source:
        found = citygml.read_model(source)
    assert found.surfaces.semantics.tolist() == [Semantics.UNSTATED, Semantics.ROOF]
    assert not any("nowhere" in sentence for sentence in source.report.sentences())


@pytest.mark.parametrize("odd", ["<!-- x -->", "<![CDATA[ ]]>", "<?x y?>"])
def test_what_is_not_plain_is_read_by_lxml(tmp_path: Path, odd: str) -> None:
    path = tmp_path / "a.gml"
    path.write_text(model(f'<bldg:Building gml:id="b">{odd}{solid(polygon("p", 30))}</bldg:Building>'))
    with opened(path) as source:
        assert scanned(source) is None
    with opened(path) as source:
        assert citygml.read_model(source).ids == ("b",)


def test_installations_and_relief_have_their_meanings(tmp_path: Path) -> None:
    shape = f"<bldg:lod2Geometry><gml:MultiSurface>{polygon('i', 33)}</gml:MultiSurface></bldg:lod2Geometry>"
    outside = f"<bldg:outerBuildingInstallation><bldg:BuildingInstallation>{shape}</bldg:BuildingInstallation></bldg:outerBuildingInstallation>"  # noqa: E501
    triangle = "<gml:Triangle><gml:exterior><gml:LinearRing><gml:posList>0 0 1 9 0 2 0 9 3 0 0 1</gml:posList></gml:LinearRing></gml:exterior></gml:Triangle>"  # noqa: E501
    tin = f"<dem:tin><gml:TriangulatedSurface><gml:trianglePatches>{triangle}</gml:trianglePatches></gml:TriangulatedSurface></dem:tin>"  # noqa: E501
    relief = f'<dem:ReliefFeature gml:id="t"><dem:reliefComponent><dem:TINRelief>{tin}</dem:TINRelief></dem:reliefComponent></dem:ReliefFeature>'  # noqa: E501
    path = tmp_path / "a.gml"
    path.write_text(model(f'<bldg:Building gml:id="b">{outside}</bldg:Building>', relief))
    fast, slow = both(path)
    assert fast.surfaces.semantics.tolist() == [Semantics.INSTALLATION, Semantics.TERRAIN]
    assert_same(fast, slow)


CONTROL = ("Cc", "Cs")
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda v: f"{v:.6g}")
WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="<>&\x00\r", exclude_categories=("Cc", "Cs")), max_size=8
)


@given(
    names=st.lists(WORDS, max_size=4),
    heights=st.lists(NUMBERS, max_size=4),
    gap=st.sampled_from(["", " ", "\n\t", "  "]),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_attributes_both_ways_agree(
    tmp_path: Path, names: list[str], heights: list[str], gap: str
) -> None:
    generic = "".join(
        f'<gen:stringAttribute name="a{i}">{gap}<gen:value>{name}</gen:value></gen:stringAttribute>'
        for i, name in enumerate(names)
    )
    stated = "".join(f"<bldg:measuredHeight>{gap}{height}</bldg:measuredHeight>" for height in heights)
    path = tmp_path / "a.gml"
    path.write_text(model(f'<bldg:Building gml:id="b">{gap}{generic}{stated}{solid(polygon("p", 3))}</bldg:Building>'))
    assert_same(*both(path))


@given(st.data())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_cut_or_spliced_anywhere_is_read_or_refused_in_words(tmp_path: Path, data: st.DataObject) -> None:
    roof = bounded("RoofSurface", polygon("r", 40))
    text = model(f'<bldg:Building gml:id="b">{roof}{solid(polygon("p", 30))}</bldg:Building>').encode()
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(at + 60, len(text))))
    path = tmp_path / "a.gml"
    path.write_bytes(text[:at] + data.draw(st.binary(max_size=12)) + text[end:] or b" ")
    try:
        read(path, crs="EPSG:25833")
    except TwinError:
        return
