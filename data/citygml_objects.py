"""The objects of scanned CityGML: ids, attributes, and which surfaces are whose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from lxml import etree

from data.citygml_geometry import GmlRings, local_name
from data.citygml_names import FLAGS, GEOMETRY, LINKS, ROLE, Names, OddError
from data.citygml_scan import ROOT, Fragment, Rings, fragments, header_of, rings_of
from data.citygml_values import GENERIC, IMPLICIT, LINES, SETS, Reading, in_metres, is_words, value_of
from data.citymodel import CODES, OTHER, Gathered
from data.sources import Source
from twin.models import Semantics

IDENTITY = re.compile(rb"(?:^|\s)(?:[\w.-]+:)?id\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
HREF = re.compile(rb"\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
NAMED = re.compile(rb"\sname\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
UNIT = re.compile(rb"\suom\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
SRS = re.compile(rb"\ssrsName\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
UNSTATED = int(Semantics.UNSTATED)
SAFE = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}

IntArray = npt.NDArray[np.int64]


def scanned(source: Source) -> Reading | None:
    """Read a file by scanning its bytes; None for one that must be read element by element.

    raises   OSError  the disk fails
    """
    path = Path(source.path)
    header = header_of(path)
    if header is None or b"<!DOCTYPE" in header:
        return None
    report = type(source.report)()
    gathered = Gathered(report)
    reading = Reading(gathered, GmlRings(gathered))
    names = Names()
    try:
        _take_header(header, reading)
        for fragment in fragments(path, header, names):
            _Taking(fragment, names, reading).take()
    except (OddError, UnicodeDecodeError):
        return None
    if not gathered.ids:  # whatever there is to say of it, the other reader says it
        return None
    gathered.report = source.report
    return reading


def _take_header(header: bytes, reading: Reading) -> None:
    root = ROOT.search(header)
    assert root is not None
    try:
        model = etree.fromstring(header + b"</" + root[1] + b">", etree.XMLParser(**SAFE))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise OddError from error
    if local_name(model.tag) != "CityModel":
        raise OddError
    envelope = model.find("{*}boundedBy/{*}Envelope")
    if envelope is None:
        return
    reading.srs = str(envelope.get("srsName") or "")
    corners = [envelope.findtext(f"{{*}}{name}") for name in ("lowerCorner", "upperCorner")]
    try:
        reading.corners = tuple(float(number) for corner in corners for number in (corner or "").split())
    except ValueError:
        return


@dataclass(slots=True)
class _Taking:
    """Takes the objects of one fragment."""

    fragment: Fragment
    names: Names
    reading: Reading

    def take(self) -> None:
        """Add everything that is in the fragment."""
        tree, reading = self.fragment.tree, self.reading
        if not reading.srs:
            found = next(
                (m for piece in self.fragment.pieces if b"srsName" in piece and (m := SRS.search(piece))), None
            )
            reading.srs = _text(found) if found else ""
        feature = tree.nearest(ROLE.FEATURE)
        number = self._add_objects(feature)
        geometry, means = self._add_geometries(feature, number)
        rings = rings_of(self.fragment)
        of = tree.nearest(ROLE.GEOMETRY)[rings.polygon]
        said = self._linked(means)
        self._add_rings(rings, geometry[of], np.where(said[rings.polygon] >= 0, said[rings.polygon], means[of]))
        reading.rings.odd += rings.odd

    def _head(self, element: int) -> bytes:
        return self.fragment.pieces[int(self.fragment.tree.token[element])].partition(b">")[0]

    def _word(self, element: int) -> str:
        return self.names.words[int(self.fragment.tree.name[element])]

    def _leaf(self, element: int) -> str:
        """Return the text of an element that holds nothing else; "" for any other."""
        token = int(self.fragment.tree.token[element])
        if int(self.fragment.tree.end[element]) != token + 1:
            return ""
        return _unescaped(self.fragment.pieces[token].partition(b">")[2]).strip()

    # objects

    def _add_objects(self, feature: IntArray) -> IntArray:
        """Add the city objects; return the number of each element that is one (e,)."""
        tree, reading = self.fragment.tree, self.reading
        number = np.full(len(tree.token), -1, np.int64)
        inner: dict[int, list[int]] = {}
        properties = np.flatnonzero(tree.role == ROLE.PROPERTY)
        for element, holder in zip(properties.tolist(), tree.parent[properties].tolist(), strict=True):
            inner.setdefault(holder, []).append(element)
        identities: dict[int, str] = {}
        for element in np.flatnonzero(tree.role == ROLE.FEATURE).tolist():
            match, kind = IDENTITY.search(self._head(element)), self._word(element)
            identity = _text(match) if match else ""
            if not identity:
                reading.unnamed += 1
                identity = f"{kind}-{reading.unnamed}"
            identities[element] = identity
            above = int(tree.parent[element])
            parent = identities.get(int(feature[above]), "") if above >= 0 else ""
            attributes = self._attributes(inner.get(element, []))
            number[element] = reading.gathered.add_object(identity, kind, parent, attributes)
        return number

    def _attributes(self, properties: list[int]) -> dict[str, object]:
        """Return an object's own attributes and its generic ones; what is nested deeper is left out."""
        found: dict[str, object] = {}
        for element in properties:
            name = self._word(element)
            if name in GENERIC or name in SETS:
                self._add_generic(element, found)
            elif text := self._leaf(element):
                if name not in found:
                    unit = UNIT.search(self._head(element))
                    found[name] = in_metres(_text(unit) if unit else "", value_of(text))
            elif name in ("height", "Height"):
                self._add_height(element, found)
        return found

    def _inside(self, element: int) -> range:
        """Return the elements that stand in one."""
        tree = self.fragment.tree
        return range(element + 1, int(np.searchsorted(tree.token, tree.end[element])))

    def _add_generic(self, element: int, found: dict[str, object]) -> None:
        tree = self.fragment.tree
        for one in (element, *self._inside(element)):
            kind = self._word(one)
            if kind not in GENERIC:
                continue
            inner = [i for i in self._inside(one) if int(tree.parent[i]) == one]
            match = NAMED.search(self._head(one))
            name = _text(match) if match else next((self._leaf(i) for i in inner if self._word(i) == "name"), "")
            value = next((i for i in inner if self._word(i) == "value"), None)
            if name and value is not None and (text := self._leaf(value)):
                found.setdefault(name.strip(), text if is_words(kind) else value_of(text))

    def _add_height(self, element: int, found: dict[str, object]) -> None:
        value = next((i for i in self._inside(element) if self._word(i) == "value"), None)
        if value is not None and (text := self._leaf(value)):
            unit = UNIT.search(self._head(value))
            found.setdefault("measuredHeight", in_metres(_text(unit) if unit else "", value_of(text)))

    # geometries

    def _add_geometries(self, feature: IntArray, number: IntArray) -> tuple[IntArray, IntArray]:
        """Add the geometries; return the number of each element that is one, and what its surfaces are (e,)."""
        tree, reading = self.fragment.tree, self.reading
        geometry, means = np.full(len(tree.token), -1, np.int64), np.full(len(tree.token), UNSTATED, np.int64)
        every = np.flatnonzero(tree.role == ROLE.GEOMETRY)
        lods, forms = self._by_name()
        solids = tree.nearest(ROLE.GEOMETRY)[tree.has(FLAGS.SOLID) & tree.is_geometry]
        is_solid = np.zeros(len(tree.token), bool)
        is_solid[solids] = True
        surface = tree.parent[every]
        of_name = np.array([CODES.get(word, OTHER) for word in self.names.words], np.int64)
        code = np.where(tree.role[surface] == ROLE.SURFACE, of_name[tree.name[surface]], UNSTATED)
        form = forms[tree.name[every]]
        code = np.where(form >= 0, form, code)
        reading.implicit += int((form == _IMPLICIT).sum())
        reading.lines += int((form == _LINES).sum())
        kept = (form != _IMPLICIT) & (form != _LINES)
        every, code = every[kept], code[kept]
        gathered = reading.gathered
        geometry[every] = len(gathered.geometry_object) + np.arange(len(every))
        means[every] = code
        gathered.geometry_object.extend(number[feature[every]].tolist())
        gathered.geometry_lod.extend(lods[tree.name[every]].tolist())
        gathered.is_solid.extend(is_solid[every].tolist())
        return geometry, means

    def _by_name(self) -> tuple[npt.NDArray[np.float64], IntArray]:
        """Return by name: the level of detail; what its form says the surfaces are, or that they are not shown."""
        lods, forms = np.full(len(self.names.words), np.nan), np.full(len(self.names.words), -1, np.int64)
        for place, word in enumerate(self.names.words):
            match = GEOMETRY.fullmatch(word)
            if match:
                lods[place] = int(match[1])
                forms[place] = _FORMS.get(match[2], -1)
        return lods, forms

    def _linked(self, means: IntArray) -> IntArray:
        """Return what polygons are by links to them (e,), -1 where no link says it; count the links to nowhere."""
        tree = self.fragment.tree
        said = np.full(len(tree.token), -1, np.int64)
        links = np.flatnonzero(((tree.bits & LINKS) > 0) & tree.has(FLAGS.LINKING) & tree.is_geometry)
        if not len(links):
            return said
        of, member = tree.nearest(ROLE.GEOMETRY), tree.nearest(ROLE.MEMBER)
        places: dict[tuple[int, str], int] = {}
        for element, token in enumerate(tree.token.tolist()):
            if b"id" in self.fragment.pieces[token] and (match := IDENTITY.search(self._head(element))):
                places.setdefault((int(member[element]), _text(match)), element)
        for link in links.tolist():
            match = HREF.search(self._head(link))
            if match is None or not (name := _text(match).lstrip("#")):
                continue
            target = places.get((int(member[link]), name), -1)
            if target < 0:
                self.reading.unresolved += 1
                continue
            code = int(means[of[link]])
            if code != UNSTATED and of[target] >= 0 and int(means[of[target]]) == UNSTATED:
                said[target : self._inside(target).stop] = code
        return said

    def _add_rings(self, rings: Rings, geometry: IntArray, means: IntArray) -> None:
        kept = np.flatnonzero(geometry >= 0)
        self.reading.rings.add_all(
            [rings.texts[i] for i in kept.tolist()],
            rings.dimension[kept],
            rings.is_outer[kept],
            means[kept],
            geometry[kept],
        )


_LINES, _IMPLICIT = 1001, 1002
_FORMS = {
    "FootPrint": int(Semantics.GROUND),
    "RoofEdge": int(Semantics.ROOF),
    **dict.fromkeys(LINES, _LINES),
    **dict.fromkeys(IMPLICIT, _IMPLICIT),
}


def _text(match: re.Match[bytes] | None) -> str:
    """Return what stands between the quotes."""
    if match is None:
        return ""
    return _unescaped(match[1] if match[1] is not None else match[2])


def _unescaped(text: bytes) -> str:
    """Return text with what is written as &amp; and the like.

    raises   OddError  something else is declared elsewhere
    """
    if b"&" not in text:
        return text.decode()
    try:
        return str(etree.fromstring(b"<a>" + text + b"</a>", etree.XMLParser(**SAFE)).text or "")
    except (etree.XMLSyntaxError, ValueError) as error:
        raise OddError from error
