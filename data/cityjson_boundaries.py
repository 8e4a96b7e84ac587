"""CityJSON's nested boundaries to flat arrays, straight from the text: brackets are counted, numbers are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

OPEN, CLOSE, NOUGHT, NINE, SPACE = b"[]09 "
ALLOWED = b"[]0123456789, \t\r\n"
SPACED = bytes.maketrans(b"[],", b"   ")
"""Makes numbers with white space between them of nested arrays."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Several geometries' boundaries without their brackets."""

    index: IntArray
    """(c,) vertex numbers as they stand in the text."""
    ring_start: IntArray
    """(r + 1,) first number of each ring."""
    surface_start: IntArray
    """(s + 1,) first ring of each surface."""
    surface_text: IntArray
    """(s,) which text each surface comes from; ascending."""
    is_sound: npt.NDArray[np.bool_]
    """(t,) false for texts that are not nested as their type says; nothing of them is in the arrays."""


def flattened(texts: Sequence[bytes], depths: Sequence[int]) -> Boundaries:
    """Take the brackets off nested arrays of whole numbers.

    texts    JSON arrays, well formed
    depths   how many brackets stand around each number: 3 for surfaces, 4 for a solid, 5 for several
    """
    depth = np.asarray(depths, np.int64)
    is_sound = np.array([not text.translate(None, ALLOWED) for text in texts], bool)
    while True:
        kept = np.flatnonzero(is_sound)
        found, wrong = _flat([texts[int(i)] for i in kept], depth[kept])
        if not len(wrong):
            index, ring_start, surface_start, text = found
            return Boundaries(index, ring_start, surface_start, kept[text], is_sound)
        is_sound[kept[wrong]] = False


def _flat(texts: list[bytes], depth: IntArray) -> tuple[tuple[IntArray, IntArray, IntArray, IntArray], IntArray]:
    """Return index, ring_start, surface_start and each surface's text; and the texts that are nested wrongly."""
    joined = b"".join(texts)
    letters = np.frombuffer(joined, np.uint8)
    starts = np.cumsum([0, *map(len, texts)])
    is_open = letters == OPEN
    level = np.cumsum(is_open.astype(np.int8) - (letters == CLOSE).astype(np.int8), dtype=np.int32)
    is_digit = (letters >= NOUGHT) & (letters <= NINE)
    is_digit[1:] &= ~((letters[:-1] >= NOUGHT) & (letters[:-1] <= NINE))
    number, opening = np.flatnonzero(is_digit), np.flatnonzero(is_open)
    number_text = np.searchsorted(starts, number, side="right") - 1
    opening_text = np.searchsorted(starts, opening, side="right") - 1
    below = depth[opening_text] - level[opening]
    wrong = np.concatenate([number_text[level[number] != depth[number_text]], opening_text[below < 0]])
    ring, surface = opening[below == 0], opening[below == 1]
    values = np.fromstring(joined.translate(SPACED), np.int64, sep=" ") if len(number) else np.zeros(0, np.int64)
    ring_start = np.append(np.searchsorted(number, ring), len(number))
    surface_start = np.append(np.searchsorted(ring, surface), len(ring))
    return (values, ring_start, surface_start, opening_text[below == 1]), np.unique(wrong)


def whole_numbers(texts: Sequence[bytes]) -> tuple[IntArray, IntArray]:
    """Return the whole numbers of nested arrays one after another, -1 for null; and how many each text has (t,).

    texts   JSON, well formed; one that has anything else in it gives no number, and a count of -1
    """
    plain = [text.replace(b"null", b"-1") if b"n" in text else text for text in texts]
    is_odd = np.array([bool(text.translate(None, ALLOWED + b"-")) for text in plain], bool)
    clean = [b" " if odd else text + b" " for text, odd in zip(plain, is_odd, strict=True)]
    joined = b"".join(clean).translate(SPACED)
    letters = np.frombuffer(joined, np.uint8)
    is_number = letters > SPACE
    is_number[1:] &= letters[:-1] <= SPACE
    starts = np.cumsum([0, *map(len, clean)])
    before = np.concatenate([[0], np.cumsum(is_number)])
    count = np.where(is_odd, -1, np.diff(before[starts]))
    return np.fromstring(joined, np.int64, sep=" ") if before[-1] else np.zeros(0, np.int64), count
