"""CityGML's polygons: the texts of their rings wait and become numbers many at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from lxml import etree

from data.citymodel import Faces, Gathered
from data.raw_rings import ragged_indices

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BATCH_CHARACTERS = 2**20


@dataclass(slots=True)
class _Waiting:
    texts: list[str] = field(default_factory=list)
    dimension: list[int] = field(default_factory=list)
    is_outer: list[bool] = field(default_factory=list)
    semantics: list[int] = field(default_factory=list)
    geometry: list[int] = field(default_factory=list)
    characters: int = 0


@dataclass(slots=True)
class GmlRings:
    """Takes polygons one by one and hands their rings on in batches."""

    gathered: Gathered
    waiting: _Waiting = field(default_factory=_Waiting)
    odd: int = 0

    def add(self, polygon: etree._Element, geometry: int, semantics: int, dimension: int) -> None:
        """Take a polygon; its outer ring comes first, whatever the order in the file."""
        rings = [(side, is_outer) for tags, is_outer in ((("exterior", "outerBoundaryIs"), True),
                                                         (("interior", "innerBoundaryIs"), False))
                 for tag in tags for side in polygon.iterchildren(f"{{*}}{tag}")]  # fmt: skip
        if not rings or not rings[0][1]:
            self.odd += 1
            return
        waiting = self.waiting
        for side, is_outer in rings:
            text = text_of(side)
            waiting.texts.append(text)
            waiting.dimension.append(dimension)
            waiting.is_outer.append(is_outer)
            waiting.semantics.append(semantics)
            waiting.geometry.append(geometry)
            waiting.characters += len(text)
        if waiting.characters > BATCH_CHARACTERS:
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


def text_of(ring_side: etree._Element) -> str:
    """Return a ring's coordinates as text, however they are written: posList, pos, pointProperty, coordinates."""
    lists = [e.text or "" for e in ring_side.iter("{*}posList", "{*}pos")]
    if lists:
        return " ".join(lists)
    return " ".join((e.text or "").replace(",", " ") for e in ring_side.iter("{*}coordinates"))


def _numbers(waiting: _Waiting) -> tuple[FloatArray, IntArray, npt.NDArray[np.bool_]]:
    """Return corners (c, 3), each ring's first one (r + 1,), and whether each ring is sound (r,).

    A closing corner that repeats the first is left out.
    """
    values = [_ring(text, dimension) for text, dimension in zip(waiting.texts, waiting.dimension, strict=True)]
    is_sound = np.array([value is not None for value in values], bool)
    rings = [value if value is not None else np.zeros((0, 3)) for value in values]
    start = np.cumsum([0, *map(len, rings)])
    return np.concatenate(rings), start, is_sound


def _ring(text: str, dimension: int) -> FloatArray | None:
    try:
        flat = np.array(text.split(), np.float64)
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
