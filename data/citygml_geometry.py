"""CityGML's polygons: the texts of their rings wait and become numbers many at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from lxml import etree
from pyarrow import csv

from data.citygml_names import COORDINATES, DIMENSIONED, LINKING, POLYGONS, RINGS
from data.citymodel import Faces, Gathered
from data.raw_rings import ragged_indices

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BATCH_CHARACTERS = 2**19
ODD_SPACES = (b"  ", b"\n", b"\t", b"\r", b"\v", b"\f")
ONE_A_LINE = bytes.maketrans(b" \t\r\v\f", b"\n\n\n\n\n")
READ = csv.ReadOptions(use_threads=False, column_names=["number"], block_size=2**26)
PARSE = csv.ParseOptions(delimiter=";", quote_char=False)
CONVERT = csv.ConvertOptions(column_types={"number": pa.float64()}, null_values=[], strings_can_be_null=False)
HREF = "{http://www.w3.org/1999/xlink}href"
SIDES = {"exterior": True, "outerBoundaryIs": True, "interior": False, "innerBoundaryIs": False}
"""Whether the ring in it is a polygon's outer one; GML 2's names are the longer ones."""


@dataclass(slots=True)
class _Waiting:
    texts: list[bytes] = field(default_factory=list)
    dimension: list[int] = field(default_factory=list)
    is_outer: list[bool] = field(default_factory=list)
    semantics: list[int] = field(default_factory=list)
    geometry: list[int] = field(default_factory=list)
    characters: int = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """One geometry of an object as the file has it."""

    polygons: list[list[tuple[bool, list[str]]]]
    """The rings of each: whether it is the outer one, and the texts of its coordinates."""
    hrefs: list[str]
    """What it names instead of holding it."""
    is_solid: bool
    dimension: int


def shape_of(geometry: etree._Element) -> Shape:
    """Return what stands in a geometry property, in one walk through it.

    Coordinates may be written as posList, pos or coordinates.
    """
    polygons: list[list[tuple[bool, list[str]]]] = []
    hrefs, is_solid, is_outer, dimension = [], False, True, 3
    for element in geometry.iter():
        name = local_name(element.tag)
        if name in COORDINATES:
            _add_text(polygons, name, element.text or "")
        elif name in RINGS:
            if polygons:
                polygons[-1].append((is_outer, []))
        elif name in POLYGONS:
            polygons.append([])
        elif name in SIDES:
            is_outer = SIDES[name]
        elif name == "Solid":
            is_solid = True
        if name in LINKING and (href := element.get(HREF)):
            hrefs.append(href.lstrip("#"))
        if name in DIMENSIONED and element.get("srsDimension") == "2":
            dimension = 2
    return Shape(polygons, hrefs, is_solid, dimension)


def _add_text(polygons: list[list[tuple[bool, list[str]]]], name: str, text: str) -> None:
    """Add coordinates to the ring that is open, if one is."""
    if polygons and polygons[-1]:
        polygons[-1][-1][1].append(text.replace(",", " ") if name == "coordinates" else text)


@dataclass(slots=True)
class GmlRings:
    """Takes polygons one by one and hands their rings on in batches."""

    gathered: Gathered
    waiting: _Waiting = field(default_factory=_Waiting)
    odd: int = 0

    def add(self, rings: list[tuple[bool, list[str]]], geometry: int, semantics: int, dimension: int) -> None:
        """Take a polygon; its outer ring comes first, whatever the order in the file."""
        if len(rings) > 1:
            rings = sorted(rings, key=lambda ring: not ring[0])
        if not rings or not rings[0][0]:
            self.odd += 1
            return
        waiting = self.waiting
        for is_outer, texts in rings:
            text = texts[0] if len(texts) == 1 else " ".join(texts)
            waiting.texts.append(text.encode())
            waiting.dimension.append(dimension)
            waiting.is_outer.append(is_outer)
            waiting.semantics.append(semantics)
            waiting.geometry.append(geometry)
            waiting.characters += len(text)
        if waiting.characters > BATCH_CHARACTERS:
            self._flush()

    def add_all(
        self,
        texts: list[bytes],
        dimension: IntArray,
        is_outer: npt.NDArray[np.bool_],
        semantics: IntArray,
        geometry: IntArray,
    ) -> None:
        """Take many rings, those of each polygon one after another and its outer one first."""
        self._flush()
        self.waiting = _Waiting(
            texts,
            dimension.tolist(),
            is_outer.tolist(),
            semantics.tolist(),
            geometry.tolist(),
        )
        self._flush()

    def finish(self) -> None:
        """Hand on what still waits, and say what was left out."""
        self._flush()
        report = self.gathered.report
        report.add("surfaces have rings that are not lists of coordinates", count=self.odd, is_loss=True)

    def _flush(self) -> None:
        waiting, self.waiting = self.waiting, _Waiting()
        if not waiting.texts:
            return
        xyz, start, is_sound = _numbers(waiting)
        is_outer = np.array(waiting.is_outer)
        surface = np.cumsum(is_outer) - 1
        is_whole = np.ones(int(surface[-1]) + 1, bool)
        is_whole[surface[~is_sound]] = False
        self.odd += int(np.sum(~is_whole))
        ring = is_whole[surface]
        corner, ring_start = ragged_indices(start[:-1][ring], np.diff(start)[ring])
        outer = np.flatnonzero(is_outer[ring])
        first = self.gathered.add_vertices(xyz[corner])
        numbers = np.arange(first, first + len(corner), dtype=np.int32)
        of = np.array(waiting.geometry, np.int32)[ring][outer]
        means = np.array(waiting.semantics, np.uint8)[ring][outer]
        surface_start = np.append(outer, int(ring.sum()))
        self.gathered.faces.append(
            Faces(numbers, ring_start.astype(np.int32), surface_start.astype(np.int32), means, of)
        )


@cache
def local_name(tag: object) -> str:
    """Return a tag without its namespace; "" for what is no element, such as an entity."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _numbers(waiting: _Waiting) -> tuple[FloatArray, IntArray, npt.NDArray[np.bool_]]:
    """Return corners (c, 3), each ring's first one (r + 1,), and whether each ring is sound (r,).

    A closing corner that repeats the first is left out.
    """
    whole = _all_at_once(waiting)
    if whole is not None:
        return *whole, np.ones(len(waiting.texts), bool)
    values = [_ring(text, dimension) for text, dimension in zip(waiting.texts, waiting.dimension, strict=True)]
    is_sound = np.array([value is not None for value in values], bool)
    rings = [value if value is not None else np.zeros((0, 3)) for value in values]
    start = np.cumsum([0, *map(len, rings)])
    return np.concatenate(rings), start, is_sound


def _all_at_once(waiting: _Waiting) -> tuple[FloatArray, IntArray] | None:
    """Return corners (c, 3) and each ring's first one (r + 1,); None if any ring is not a list of points in space."""
    if 2 in waiting.dimension:
        return None
    found = _parsed(waiting.texts)
    if found is None:
        return None
    flat, count = found
    if (count % 3).any() or not count.all() or not np.isfinite(flat).all():
        return None
    xyz, start = flat.reshape(-1, 3), np.cumsum([0, *(count // 3)])
    last = start[1:] - 1
    is_repeat = np.zeros(len(xyz), bool)
    is_repeat[last] = (xyz[start[:-1]] == xyz[last]).all(axis=1) & (last > start[:-1])
    before = np.concatenate([[0], np.cumsum(~is_repeat)])
    return xyz[~is_repeat], before[start]


def _parsed(texts: list[bytes]) -> tuple[FloatArray, IntArray] | None:
    """Return all numbers of some texts, and how many each has; None where one has something else.

    Arrow's reader of tables takes numbers five times faster than Python: each becomes a line of its own.
    """
    joined = b" ".join(texts)
    count = np.fromiter((text.count(b" ") for text in texts), np.int64, len(texts)) + 1
    if any(odd in joined for odd in ODD_SPACES) or joined[:1] == b" " or joined[-1:] == b" ":
        count = np.fromiter((len(text.split()) for text in texts), np.int64, len(texts))
    try:
        table = csv.read_csv(pa.BufferReader(joined.translate(ONE_A_LINE)), READ, PARSE, CONVERT)
    except pa.ArrowException:
        return None
    flat = table.column(0).to_numpy()
    return (flat, count) if len(flat) == count.sum() else None


def _ring(text: bytes, dimension: int) -> FloatArray | None:
    try:
        flat = np.array([float(word) for word in text.split()], np.float64)
    except ValueError:
        return None
    if dimension == 2:
        if len(flat) % 2:
            return None
        xyz = np.column_stack([flat.reshape(-1, 2), np.zeros(len(flat) // 2)])
    elif len(flat) % 3:
        return None
    else:
        xyz = flat.reshape(-1, 3)
    if not np.isfinite(xyz).all():
        return None
    return xyz[:-1] if len(xyz) > 1 and (xyz[0] == xyz[-1]).all() else xyz
