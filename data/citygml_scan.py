"""CityGML straight from its bytes: tags become numbers and the tree becomes arrays, a few megabytes at a time.

What is not plain (comments, CDATA, other encodings, tags that do not match) is left to the reader on lxml, which says
what is wrong with it; the two give the same for everything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from data.citygml_names import FLAGS, Names, OddError
from data.citygml_tree import Tree, tree_of

BATCH_BYTES = 2**22
MOST_BYTES = 2**26
"""A member that is larger is read as one batch, whatever it takes."""
END = re.compile(rb"</(?:[\w.-]+:)?(?:cityObjectMember|featureMember)\s*>")
LONGEST_END = 64
BEGIN = re.compile(rb"<(?:[\w.-]+:)?(?:cityObjectMember|featureMember|appearanceMember)[\s>]")
ROOT = re.compile(rb"<((?:[\w.-]+:)?CityModel)[\s>]")
ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)[\"']")
PLAIN = (b"utf-8", b"us-ascii", b"ascii")
HEADER_BYTES = 2**20


@dataclass(slots=True)
class Fragment:
    """Some whole members of a file, as pieces of text that each begin with a tag."""

    pieces: list[bytes]
    tree: Tree


def header_of(path: Path) -> bytes | None:
    """Return what stands before the first member; None for a file that is not plain."""
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
    begin = BEGIN.search(head)
    encoding = ENCODING.search(head[:200])
    if begin is None or not ROOT.search(head[: begin.start()]) or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    if encoding is not None and encoding[1].lower() not in PLAIN:
        return None
    return head[: begin.start()]


def fragments(path: Path, header: bytes, names: Names) -> Iterator[Fragment]:
    """Yield the members of a file, some at a time.

    raises   OddError  the file is not plain, or not whole
    """
    root = ROOT.search(header)
    assert root is not None
    with path.open("rb") as file:
        file.seek(len(header))
        for text, is_last in _batches(file):
            body = _without_end(text, root[1]) if is_last else text
            pieces = body.split(b"<")
            if pieces[0].strip():
                raise OddError
            del pieces[0], body, text
            if pieces:
                yield Fragment(pieces, tree_of(pieces, names))


def _batches(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield text that ends with a member, and whether it is the file's last."""
    rest = b""
    wanted = BATCH_BYTES
    while True:
        more = file.read(wanted)
        text = rest + more
        if len(more) < wanted:
            yield text, True
            return
        first = END.search(text, max(len(rest) - LONGEST_END, 0))
        if first is None:
            rest, wanted = text, min(wanted * 2, MOST_BYTES)
            continue
        end = max(text.rfind(first[0]) + len(first[0]), first.end())
        rest, wanted = text[end:], BATCH_BYTES
        yield text[:end], False


def _without_end(text: bytes, root: bytes) -> bytes:
    """Return the last text without the end of the model.

    raises   OddError  the model does not end, or something follows it
    """
    end = text.rfind(b"</" + root)
    if end < 0 or text[end + 2 + len(root) :].strip() != b">":
        raise OddError
    return text[:end]


@dataclass(frozen=True, slots=True)
class Rings:
    """Rings of a fragment, one after another."""

    texts: list[bytes]
    dimension: npt.NDArray[np.int64]
    is_outer: npt.NDArray[np.bool_]
    polygon: npt.NDArray[np.int64]
    """(r,) the open tag of the polygon of each."""
    odd: int = 0
    """Polygons whose rings cannot be used."""


def rings_of(fragment: Fragment) -> Rings:
    """Return the rings of a fragment's geometries, the outer one of each polygon first."""
    tree, pieces = fragment.tree, fragment.pieces
    inside = tree.is_geometry
    text = np.flatnonzero(inside & tree.has(FLAGS.COORDINATES))
    ring, polygon = tree.nearest(FLAGS.RING)[text], tree.nearest(FLAGS.POLYGON)[text]
    kept = (ring >= 0) & (polygon >= 0) & (polygon < ring)
    text, ring, polygon = text[kept], ring[kept], polygon[kept]
    every = np.flatnonzero(inside & tree.has(FLAGS.POLYGON))
    is_hole = tree.has(FLAGS.HOLE)[tree.parent[ring]]
    order = np.lexsort((text, ring, is_hole, polygon))
    text, ring, polygon, is_hole = text[order], ring[order], polygon[order], is_hole[order]
    first = np.ones(len(text), bool)
    first[1:] = ring[1:] != ring[:-1]
    begins = np.flatnonzero(first)
    joined = _texts(pieces, tree.token[text], tree, text, begins)
    polygon, is_outer = polygon[begins], ~is_hole[begins]
    is_first = np.ones(len(polygon), bool)
    is_first[1:] = polygon[1:] != polygon[:-1]
    group = np.cumsum(is_first) - 1
    is_sound = is_outer[is_first][group] if len(polygon) else np.zeros(0, bool)
    lost = len(every) - int((is_sound & is_first).sum())
    dimension = np.where(tree.is_flat(text[begins]), 2, 3)
    keep = np.flatnonzero(is_sound)
    return Rings([joined[i] for i in keep.tolist()], dimension[keep], is_outer[keep], polygon[keep], lost)


def _texts(
    pieces: list[bytes],
    token: npt.NDArray[np.int64],
    tree: Tree,
    text: npt.NDArray[np.int64],
    begins: npt.NDArray[np.int64],
) -> list[bytes]:
    """Return the coordinates of each ring as one text."""
    single = [pieces[t].partition(b">")[2] for t in token.tolist()]
    commas = np.flatnonzero(tree.has(FLAGS.COMMAS)[text])
    for place in commas.tolist():
        single[place] = single[place].replace(b",", b" ")
    if len(begins) == len(single):
        return single
    ends = [*begins[1:].tolist(), len(single)]
    return [b" ".join(single[a:b]) for a, b in zip(begins.tolist(), ends, strict=True)]
