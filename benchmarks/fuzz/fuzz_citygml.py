"""Reads broken CityGML for some minutes: every file is read, or refused in a sentence, and nothing else happens.

What the fast reader takes, the one on lxml must take in the same way: objects and surfaces are compared.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
from mutations import mutated_bytes, run

from data import citygml
from data.citygml_objects import scanned
from data.sources import opened
from data.vector import describe, read
from layers.model_mesh import body_mesh
from twin.errors import TwinError
from twin.models import FINEST_BIT

WORDS = (
    b"<", b">", b"/>", b"</", b'"', b"&amp;", b"&lt;", b"&#x0;", b"&x;", b"<!--", b"-->", b"<![CDATA[", b"]]>",
    b"<?x?>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<gml:posList>", b"</gml:posList>", b"<gml:pos>1 2 3</gml:pos>",
    b"<gml:interior>",
    b"<bldg:BuildingPart>", b"</bldg:Building>", b'srsDimension="2"', b'xlink:href="#p"', b'gml:id="p"', b"<gml:Solid>",
    b"<bldg:boundedBy>", b"</core:cityObjectMember>", b"<core:cityObjectMember>", b"\x00", b"\xff\xfe", b"<a>" * 300,
    b'srsName="EPSG:4326"', b"1e999", b"NaN", b"'", b"=", b"<bldg:measuredHeight uom='ft'>9</bldg:measuredHeight>",
)  # fmt: skip
POLYGON = (
    '<gml:surfaceMember><gml:Polygon gml:id="{id}"><gml:exterior><gml:LinearRing><gml:posList srsDimension="3">{xyz}'
    "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>"
)
SQUARE = "{x} 5819000 {z} {e} 5819000 {z} {e} 5819010 {z} {x} 5819010 {z} {x} 5819000 {z}"
SPACES = (
    'xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:bldg="http://www.opengis.net/citygml/building/2.0"'
    ' xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:gen="http://www.opengis.net/citygml/generics/2.0" xmlns:dem="http://www.opengis.net/citygml/relief/2.0"'
)


def main() -> int:
    """Fuzz until the time is over."""
    return run("CityGML", seeds, _mutate, target, ".gml")


def _mutate(data: bytes, rng: random.Random, other: bytes) -> bytes:
    return mutated_bytes(data, WORDS, rng, other)


def target(path: Path) -> bool:
    """Look at a file, read its types one by one, cut all surfaces; read it in both ways."""
    if not citygml.is_citygml(path):
        return False
    _compare(path)
    try:
        layers = describe(path).layers[:2]
    except TwinError:
        return False
    is_read = False
    for name in layers:
        try:
            layer = read(path, layer=name)
        except TwinError:
            continue
        is_read = True
        if layer.model is not None:
            rows = np.arange(len(layer.table), dtype=np.int32)
            mesh = body_mesh(layer.model, rows, FINEST_BIT, (0.0, 0.0))
            if len(mesh.faces) and mesh.faces.max() >= len(mesh.points):
                msg = "a triangle has a corner that is not there"
                raise AssertionError(msg)
    return is_read


def _compare(path: Path) -> None:
    """Raise where the two readers do not agree on a file that both take as whole."""
    with opened(path) as source:
        fast = scanned(source)
    if fast is None:
        return
    with opened(path) as source:
        try:
            slow = citygml.walked(source)
        except TwinError:
            return
        if any("breaks off" in problem.what for problem in source.report.problems):
            return
    fast.rings.finish()
    slow.rings.finish()
    one, other = fast.gathered.model(None), slow.gathered.model(None)
    ours = len(one.ids), one.types, len(one.surfaces)
    theirs = len(other.ids), other.types, len(other.surfaces)
    if ours != theirs:
        msg = f"the readers differ: {ours} and {theirs}"
        raise AssertionError(msg)


def seeds() -> list[bytes]:
    """Return small whole files: solids, surfaces with semantics and links, parts, generics, relief."""
    bottom, top = SQUARE.format(x=390000, e=390010, z=30), SQUARE.format(x=390000, e=390010, z=40)
    first, second = POLYGON.format(id="p", xyz=bottom), POLYGON.format(id="q", xyz=top)
    solid = f"<bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{first}{second}</gml:CompositeSurface>"
    solid += "</gml:exterior></gml:Solid></bldg:lod1Solid>"
    roof = '<bldg:boundedBy><bldg:RoofSurface gml:id="r"><bldg:lod2MultiSurface><gml:MultiSurface>'
    roof += f'{second}<gml:surfaceMember xlink:href="#p"/></gml:MultiSurface></bldg:lod2MultiSurface>'
    roof += "</bldg:RoofSurface></bldg:boundedBy>"
    part = f'<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="part">{solid}</bldg:BuildingPart>'
    part += "</bldg:consistsOfBuildingPart>"
    generic = '<gen:stringAttribute name="a &amp; b"><gen:value>1</gen:value></gen:stringAttribute>'
    generic += "<bldg:measuredHeight uom='ft'>12.5</bldg:measuredHeight>"
    points = "".join(f"<gml:pos>{p}</gml:pos>" for p in ("390000 5819000 1", "390010 5819000 2", "390000 5819010 3"))
    tin = '<dem:ReliefFeature gml:id="t"><dem:lod>1</dem:lod><dem:reliefComponent><dem:TINRelief gml:id="u"><dem:tin>'
    tin += "<gml:TriangulatedSurface><gml:trianglePatches><gml:Triangle><gml:exterior><gml:LinearRing>"
    tin += f"{points}</gml:LinearRing></gml:exterior></gml:Triangle></gml:trianglePatches></gml:TriangulatedSurface>"
    tin += "</dem:tin></dem:TINRelief></dem:reliefComponent></dem:ReliefFeature>"
    building = f'<bldg:Building gml:id="b">{generic}{roof}{solid}{part}</bldg:Building>'
    return [_model(building), _model(building, tin), _model(f"<bldg:Building>{solid}</bldg:Building>")]


def _model(*objects: str) -> bytes:
    envelope = '<gml:boundedBy><gml:Envelope srsName="EPSG:25833"><gml:lowerCorner>390000 5819000 0</gml:lowerCorner>'
    envelope += "<gml:upperCorner>390010 5819010 50</gml:upperCorner></gml:Envelope></gml:boundedBy>"
    members = "".join(f"<core:cityObjectMember>{one}</core:cityObjectMember>\n" for one in objects)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}<core:CityModel {SPACES}>{envelope}{members}</core:CityModel>".encode()


if __name__ == "__main__":
    sys.exit(main())
