"""CityGML 1.0, 2.0 and 3.0: read member by member, so that the tree of the whole file never stands in memory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from data.citygml_geometry import GmlRings, local_name, shape_of
from data.citygml_names import BOUNDARIES, GEOMETRY, PARTS, TIN
from data.citygml_objects import scanned
from data.citygml_values import GENERIC, IMPLICIT, LINES, SETS, Reading, in_metres, is_words, value_of
from data.citymodel import MEANINGS, Gathered, Look
from data.content import four
from data.model_crs import bounds_east_first, stated_crs, with_east_first
from data.ogr import unreadable
from data.sniffing import looks_like
from data.sources import Source
from twin.errors import SourceError
from twin.models import CityModel, Semantics

GML_ID = ("{http://www.opengis.net/gml}id", "{http://www.opengis.net/gml/3.2}id", "id")
MEMBERS = ("{*}cityObjectMember", "{*}featureMember", "{*}appearanceMember", "{*}appearance")
PROLOG_BYTES = 2**20
"""Document type declarations are looked for in the beginning of the file, before libxml2 sees them."""
LOOKED_AT = 1000
"""Objects of each type whose attributes tell, in a look, which there are."""


def is_citygml(path: Path) -> bool:
    """Return whether a file's beginning is that of CityGML."""
    return path.is_file() and looks_like(path) == "CityGML"


def read_model(source: Source) -> CityModel:
    """Read a whole file.

    returns   the model, x to the east; what could not be read of it is in the source's report
    raises    SourceError  it is no CityGML, broken so that nothing can be taken of it, or declares entities
    """
    _refuse_entities(source)
    try:
        reading = scanned(source) or walked(source)
    except OSError as error:
        raise unreadable(source, error) from error
    gathered = reading.gathered
    reading.rings.finish()
    _say(reading)
    model = gathered.model(stated_crs(reading.srs, source.report))
    return with_east_first(model, source.report, is_by_rule=True)


def walked(source: Source) -> Reading:
    """Read a file element by element: slower than scanning it, but whatever is in it."""
    gathered = Gathered(source.report)
    reading = Reading(gathered, GmlRings(gathered))
    with _broken_off(source, gathered.ids):
        for member in _members(source, reading):
            for feature in member:
                if isinstance(feature.tag, str):
                    _add_feature(feature, "", reading)
            _resolve(member, reading)
    return reading


def look(source: Source) -> Look:
    """Look at a file without reading its geometry; it is walked through all the same.

    raises   SourceError  it is no CityGML, broken so that nothing can be taken of it, or declares entities
    """
    _refuse_entities(source)
    reading = Reading(gathered := Gathered(source.report), GmlRings(gathered))
    counts, fields = Counter[str](), dict[str, dict[str, None]]()
    with _broken_off(source, counts):
        for member in _members(source, reading):
            for feature in (*member, *member.iter(*(f"{{*}}{part}" for part in PARTS))):
                if kind := local_name(feature.tag):
                    counts[kind] += 1
                    if counts[kind] <= LOOKED_AT:
                        fields.setdefault(kind, {}).update(dict.fromkeys(_attributes(feature)))
    crs = stated_crs(reading.srs, source.report)
    bounds = bounds_east_first(crs, four(reading.corners), source.report, is_by_rule=True)
    return Look(dict(counts.most_common()), crs, bounds, {kind: tuple(names) for kind, names in fields.items()})


@contextmanager
def _broken_off(source: Source, found: Sized) -> Iterator[None]:
    """Say it in the report where a file breaks off after something was found; refuse it where nothing was.

    raises   SourceError  nothing was found, or the disk fails
    """
    try:
        yield
    except etree.XMLSyntaxError as error:
        if not found:
            raise refused(source, _words(error)) from error
        what = f"file breaks off ({_words(error)}): what follows is not shown"
        source.report.add(what, count=1, is_loss=True)
    except OSError as error:
        raise unreadable(source, error) from error


def refused(source: Source, why: str, *, hint: str = "Export or download it again.") -> SourceError:
    """Return the error for a file that cannot be used."""
    return SourceError(
        f'"{Path(source.given).name}" cannot be read as CityGML: {why}.',
        hint=f"{hint} Path: {source.given}",
        path=source.given,
    )


def _words(error: etree.XMLSyntaxError) -> str:
    return str(error).split(" (<")[0].split(" (file")[0].rstrip(".") or "it is not well-formed"


def _refuse_entities(source: Source) -> None:
    """Refuse a file that declares entities, without reading them: they expand without end or fetch other files."""
    try:
        with Path(source.path).open("rb") as file:
            prolog = file.read(PROLOG_BYTES)
    except OSError as error:
        raise unreadable(source, error) from error
    if b"<!ENTITY" in prolog or re.search(rb"<!DOCTYPE[^>\[]*(?:SYSTEM|PUBLIC)", prolog):
        hint = "No CityGML needs them, and they can be made to do harm. Ask where the file comes from."
        raise refused(source, "it declares entities or an outside document type, which are not followed", hint=hint)


def _members(source: Source, reading: Reading) -> Iterator[etree._Element]:
    """Yield the members one by one; each is gone when the next one comes."""
    tree = etree.iterparse(
        source.path,
        events=("start", "end"),
        tag=("{*}CityModel", *MEMBERS),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    is_model = False
    for event, element in tree:
        name = local_name(element.tag)
        if name == "CityModel":
            is_model = is_model or element.getparent() is None
            _refuse_declared(element, source)
            continue
        if event == "start" or (parent := element.getparent()) is None or local_name(parent.tag) != "CityModel":
            continue
        if not reading.srs:
            reading.srs = _srs_of(parent, element)
            reading.corners = reading.corners or _corners_of(parent)
        if name in ("cityObjectMember", "featureMember"):
            yield element
        element.clear()
        while element.getprevious() is not None:
            del parent[0]
    if not is_model:
        raise refused(source, "its outermost element is not a CityModel")


def _refuse_declared(root: etree._Element, source: Source) -> None:
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise refused(source, "it declares entities, which are not followed")


def _srs_of(model: etree._Element, member: etree._Element) -> str:
    """Return the srsName of the model's envelope, else the first one of a member."""
    for place in (model.find("{*}boundedBy/{*}Envelope"), *member.iter("{*}Envelope", "{*}Solid", "{*}MultiSurface")):
        if place is not None and place.get("srsName"):
            return str(place.get("srsName"))
    named = next((e for e in member.iter() if e.get("srsName")), None)
    return str(named.get("srsName")) if named is not None else ""


def _corners_of(model: etree._Element) -> tuple[float, ...]:
    """Return the model's envelope as x, y, (z) of its lower and of its upper corner; nothing if it states none."""
    corners = [model.findtext(f"{{*}}boundedBy/{{*}}Envelope/{{*}}{name}") for name in ("lowerCorner", "upperCorner")]
    try:
        return tuple(float(number) for corner in corners for number in (corner or "").split())
    except ValueError:
        return ()


# features


def _add_feature(feature: etree._Element, parent: str, reading: Reading) -> None:
    """Add a city object with its geometries; the parts under it are objects of their own."""
    gathered, kind = reading.gathered, local_name(feature.tag)
    identity = next((feature.get(name) for name in GML_ID if feature.get(name)), None)
    if identity is None:
        reading.unnamed += 1
        identity = f"{kind}-{reading.unnamed}"
    number = gathered.add_object(identity, kind, parent, _attributes(feature))
    _add_shape(feature, number, Semantics.UNSTATED, reading)
    for child in feature:
        for part in child:
            if local_name(part.tag) in PARTS:
                _add_feature(part, identity, reading)


def _resolve(member: etree._Element, reading: Reading) -> None:
    """Count the links that lead out of a member; what is linked inside of it is there in its own place."""
    if reading.hrefs:
        ids = {element.get(name) for element in member.iter() for name in GML_ID}
        reading.unresolved += sum(href not in ids for href in reading.hrefs)
        reading.hrefs.clear()


def _add_shape(feature: etree._Element, number: int, means: Semantics, reading: Reading) -> None:
    """Add the geometries of a feature and of the surfaces that bound it.

    means   what the feature is of its object, UNSTATED for the object itself
    """
    for child in feature:
        name = local_name(child.tag)
        if name.startswith("lod") and (match := GEOMETRY.fullmatch(name)):
            _add_geometry(child, number, int(match[1]), match[2], means, reading)
        elif name == TIN:
            _add_geometry(child, number, float("nan"), "", means, reading)
        elif name in BOUNDARIES:
            for inner in child:
                kind = local_name(inner.tag)
                if kind and kind not in ("Envelope", "Null"):
                    _add_shape(inner, number, MEANINGS.get(kind, Semantics.OTHER), reading)


def _add_geometry(
    child: etree._Element, number: int, lod: float, form: str, means: Semantics, reading: Reading
) -> None:
    if form in IMPLICIT:
        reading.implicit += 1
        return
    if form in LINES:
        reading.lines += 1
        return
    if form in ("FootPrint", "RoofEdge"):
        means = Semantics.GROUND if form == "FootPrint" else Semantics.ROOF
    shape = shape_of(child)
    of = reading.gathered.add_geometry(number, lod, is_solid=shape.is_solid)
    for rings in shape.polygons:
        reading.rings.add(rings, of, means, shape.dimension)
    reading.hrefs += shape.hrefs


def _say(reading: Reading) -> None:
    report = reading.gathered.report
    report.add("surfaces are named by a link that leads nowhere in their object; they are not shown",
               count=reading.unresolved, is_loss=True)  # fmt: skip
    report.add("shapes are placed copies of another one (implicit geometry), which are not drawn yet",
               count=reading.implicit)  # fmt: skip
    report.add("geometries are points or lines and are not shown", count=reading.lines)
    report.add("city objects have no gml:id and were numbered", count=reading.unnamed)


# attributes


def _attributes(feature: etree._Element) -> dict[str, object]:
    """Return a feature's own attributes and its generic ones; what is nested deeper is left out."""
    found: dict[str, object] = {}
    for child in feature:
        name = local_name(child.tag)
        if not name:
            continue
        if name in GENERIC or name in SETS:
            _add_generic(child, found)
        elif not len(child) and child.text and (text := child.text.strip()):
            found.setdefault(name, _in_metres(child, value_of(text)))
        elif name in ("height", "Height"):
            _add_height(child, found)
    return found


def _add_generic(child: etree._Element, found: dict[str, object]) -> None:
    """Add a generic attribute, or those of a set of them."""
    for one in child.iter():
        if local_name(one.tag) not in GENERIC:
            continue
        name = one.get("name") or next((e.text for e in one.iterchildren("{*}name")), None)
        text = next((e.text for e in one.iterchildren("{*}value")), None)
        if name and text is not None and text.strip():
            is_text = is_words(local_name(one.tag))
            found.setdefault(name.strip(), text.strip() if is_text else value_of(text.strip()))


def _add_height(child: etree._Element, found: dict[str, object]) -> None:
    """Add CityGML 3.0's height, which stands inside an element of its own, as the measured height."""
    value = next(child.iter("{*}value"), None)
    if value is not None and value.text and value.text.strip():
        found.setdefault("measuredHeight", _in_metres(value, value_of(value.text.strip())))


def _in_metres(element: etree._Element, value: object) -> object:
    return in_metres(element.get("uom") or "", value)
