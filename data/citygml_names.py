"""The names of CityGML's elements as numbers, and what each may be: told by its name without the prefix."""

from __future__ import annotations

import re
from enum import IntEnum, IntFlag

import numpy as np
import numpy.typing as npt

KNOWN_MOST = 5_000
"""Pieces of text whose number is remembered: the same few stand in a file again and again."""
PLAIN_ID = re.compile(rb"gml:id=\"[^\"<&]*\"")
PIECE_MOST = 200
CLOSE, EMPTY, LINKS, FLAT = 1, 2, 4, 8
"""Bits of a piece's number, below its name's number."""
NAME_SHIFT = 4

GEOMETRY = re.compile(
    r"lod([0-4])(Solid|MultiSurface|MultiCurve|Geometry|FootPrint|RoofEdge|TerrainIntersection|TerrainIntersectionCurve"
    r"|ImplicitRepresentation|ImplicitGeometry|Network|Point)"
)
TIN = "tin"
"""Holds the triangles of a relief; it has no level of detail in its name."""
MEMBERS = ("cityObjectMember", "featureMember")
BOUNDARIES = (
    "boundedBy", "boundary", "opening", "fillingSurface", "auxiliaryTrafficArea", "trafficArea", "reliefComponent",
    "outerBuildingInstallation", "buildingInstallation", "buildingConstructiveElement", "outerBridgeInstallation",
    "bridgeInstallation", "outerBridgeConstruction", "bridgeConstructiveElement", "outerTunnelInstallation",
    "tunnelInstallation", "tunnelConstructiveElement",
)  # fmt: skip
"""Properties whose feature belongs to the object's own shape."""
NO_FEATURE = ("Envelope", "Null")
PARTS = ("BuildingPart", "BridgePart", "TunnelPart")
POLYGONS = ("Polygon", "PolygonPatch", "Triangle", "Rectangle")
RINGS = ("LinearRing", "Ring")
COORDINATES = ("posList", "pos", "coordinates")
LINKING = ("surfaceMember", "surfaceMembers", "solidMember", "baseSurface", "exterior", "interior")
"""Elements of a geometry that may name another one instead of holding it."""
DIMENSIONED = ("MultiSurface", "Solid", "CompositeSurface", "Surface", "Polygon", "posList", "pos")


class FLAGS(IntFlag):
    """What an element may be, by its name."""

    POLYGON = 1
    RING = 2
    COORDINATES = 4
    COMMAS = 8
    HOLE = 16
    SOLID = 32
    LINKING = 64
    DIMENSIONED = 128


class MEMBER(IntEnum):
    """What an element's name says of its place in the file."""

    OTHER = 0
    MEMBER = 1
    GEOMETRY = 2
    BOUNDARY = 3
    NO_FEATURE = 4
    PART = 5


class ROLE(IntEnum):
    """What an element is, by its name and what it stands in."""

    NONE = 0
    MEMBER = 1
    FEATURE = 2
    """A city object."""
    SURFACE = 3
    """A feature that bounds one."""
    BOUNDARY = 4
    GEOMETRY = 5
    """A property that holds a geometry."""
    INSIDE = 6
    """Something in a geometry."""
    PROPERTY = 7
    """Any other property of an object."""


def role_table() -> npt.NDArray[np.uint8]:
    """Return the role of an element, by the role of what it stands in and by MEMBER, (8, 6)."""
    table = np.zeros((len(ROLE), len(MEMBER)), np.uint8)
    table[ROLE.MEMBER, :] = ROLE.FEATURE
    for holder in (ROLE.FEATURE, ROLE.SURFACE):
        table[holder, :] = ROLE.PROPERTY
        table[holder, MEMBER.GEOMETRY] = ROLE.GEOMETRY
        table[holder, MEMBER.BOUNDARY] = ROLE.BOUNDARY
    table[ROLE.SURFACE, MEMBER.OTHER] = ROLE.NONE
    table[ROLE.BOUNDARY, :] = ROLE.SURFACE
    table[ROLE.BOUNDARY, MEMBER.NO_FEATURE] = ROLE.NONE
    table[[ROLE.GEOMETRY, ROLE.INSIDE], :] = ROLE.INSIDE
    table[ROLE.PROPERTY, MEMBER.PART] = ROLE.FEATURE
    return table


class OddError(Exception):
    """A file is not plain: it is read in another way."""


class Names(dict[bytes, int]):
    """From a piece of text that begins with a tag to its number; remembers those that come again and again."""

    def __init__(self) -> None:
        """Start with no names."""
        super().__init__()
        self.tags: dict[bytes, int] = {}
        """Opening tags without an id, whatever text follows them."""
        self.number: dict[bytes, int] = {}
        self.words: list[str] = []
        self.flags: list[int] = []
        self.member: list[int] = []

    def __missing__(self, piece: bytes) -> int:
        """Return the number of a piece that is not known yet."""
        tag, end, text = piece.partition(b">")
        name, _, rest = tag.partition(b" ")
        plain = tag if not rest or not PLAIN_ID.fullmatch(rest) else name
        if plain in self.tags and end:
            return self.tags[plain]
        if tag[:1] in (b"!", b"?"):  # comments, CDATA, instructions
            raise OddError
        if not end or tag.count(b'"') & 1 or tag.count(b"'") & 1:
            raise OddError
        is_close, is_empty = tag.startswith(b"/"), tag.endswith(b"/")
        words = tag.strip(b"/").split(None, 1)
        if not words or (is_close and (is_empty or len(words) > 1)):
            raise OddError
        number = self.number.get(words[0])
        if number is None:
            number = self._new(words[0])
        code = number << NAME_SHIFT | is_close * CLOSE | is_empty * EMPTY
        if len(words) > 1:
            code |= (b"href" in words[1]) * LINKS | (b"srsDimension" in words[1] and _is_flat(words[1])) * FLAT
        if not is_close and len(self.tags) < KNOWN_MOST and (plain is name or b"id=" not in tag):
            self.tags[plain] = code
        if len(piece) < PIECE_MOST and len(self) < KNOWN_MOST and b"id=" not in tag and not text.strip():
            self[piece] = code
        return code

    def _new(self, name: bytes) -> int:
        word = name.rpartition(b":")[2].decode("utf-8", "replace")
        self.number[name] = len(self.words)
        self.words.append(word)
        self.flags.append(_flags_of(word))
        self.member.append(_member_of(word))
        return len(self.words) - 1


def _is_flat(attributes: bytes) -> bool:
    return re.search(rb"srsDimension\s*=\s*[\"']2[\"']", attributes) is not None


def _flags_of(word: str) -> int:
    flags = FLAGS(0)
    for names, flag in (
        (POLYGONS, FLAGS.POLYGON),
        (RINGS, FLAGS.RING),
        (COORDINATES, FLAGS.COORDINATES),
        (("coordinates",), FLAGS.COMMAS),
        (("interior", "innerBoundaryIs"), FLAGS.HOLE),
        (("Solid",), FLAGS.SOLID),
        (LINKING, FLAGS.LINKING),
        (DIMENSIONED, FLAGS.DIMENSIONED),
    ):
        if word in names:
            flags |= flag
    return int(flags)


def _member_of(word: str) -> int:
    if word in MEMBERS:
        return MEMBER.MEMBER
    if GEOMETRY.fullmatch(word) or word == TIN:
        return MEMBER.GEOMETRY
    if word in BOUNDARIES:
        return MEMBER.BOUNDARY
    if word in NO_FEATURE:
        return MEMBER.NO_FEATURE
    return MEMBER.PART if word in PARTS else MEMBER.OTHER
