"""Tags in their order to a tree as arrays: what stands in what, and what each element is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from data.citygml_names import CLOSE, EMPTY, FLAGS, FLAT, LINKS, MEMBER, NAME_SHIFT, ROLE, Names, OddError, role_table

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

DEEPEST = 200
"""Elements nested deeper than this are left to lxml, which refuses them."""
ROLES = role_table()


@dataclass(slots=True)
class Tree:
    """The elements (e,) of some members, in the order of their opening tags."""

    token: IntArray
    """(e,) the piece of text that each begins."""
    end: IntArray
    """(e,) the piece with its closing tag; its own for an empty element."""
    name: IntArray
    """(e,) number of its name."""
    parent: IntArray
    """(e,) the element it stands in; -1 for none."""
    role: npt.NDArray[np.uint8]
    """(e,) ROLE."""
    bits: npt.NDArray[np.uint8]
    """(e,) LINKS, FLAT."""
    flags: npt.NDArray[np.uint8]
    """(e,) FLAGS."""
    levels: list[IntArray]
    """The elements of each depth."""

    def has(self, flag: FLAGS) -> BoolArray:
        """Return which elements may be something, by their names (e,)."""
        found: BoolArray = (self.flags & np.uint8(flag)) > 0
        return found

    @property
    def is_geometry(self) -> BoolArray:
        """Return which elements stand in a geometry (e,)."""
        found: BoolArray = self.role == ROLE.INSIDE
        return found

    def nearest(self, wanted: FLAGS | ROLE) -> IntArray:
        """Return the innermost element of a kind that each stands in or is (e,); -1 for none."""
        is_wanted = self.has(wanted) if isinstance(wanted, FLAGS) else self.role == wanted
        found = np.full(len(self.token), -1, np.int64)
        found[is_wanted] = np.flatnonzero(is_wanted)
        for level in self.levels[1:]:
            lacking = level[found[level] < 0]
            found[lacking] = found[self.parent[lacking]]
        return found

    def is_flat(self, elements: IntArray) -> BoolArray:
        """Return which elements have coordinates in the plane only (n,): they or what they stand in says so."""
        says = ((self.bits & FLAT) > 0) & self.has(FLAGS.DIMENSIONED) & self.is_geometry
        if not says.any():
            return np.zeros(len(elements), bool)
        geometry = self.nearest(ROLE.GEOMETRY)
        flat = np.zeros(len(self.token), bool)
        flat[geometry[says]] = True
        found: BoolArray = flat[geometry[elements]]
        return found


def tree_of(pieces: list[bytes], names: Names) -> Tree:
    """Return the tree of some whole members.

    raises   OddError  tags do not match
    """
    code = np.fromiter(map(names.__getitem__, pieces), np.int64, len(pieces))
    is_close, is_empty = (code & CLOSE) > 0, (code & EMPTY) > 0
    step = np.ones(len(code), np.int8)
    step[is_close] = -1
    step[is_empty] = 0
    level = np.cumsum(step, dtype=np.int32)
    if len(level) == 0 or level[-1] != 0 or level.min() < 0 or level.max() > DEEPEST:
        raise OddError
    opening = np.flatnonzero(~is_close)
    depth = (level[opening] - 1 + is_empty[opening]).astype(np.int16)
    name = code >> NAME_SHIFT
    levels = _by_level(depth)
    end = _ends(opening, np.flatnonzero(is_close), is_empty, depth, level, name)
    parent = _parents(levels, len(opening))
    of_name = np.array(names.member, np.uint8)[name[opening]]
    role = _roles(levels, parent, of_name)
    return Tree(
        token=opening,
        end=end,
        name=name[opening],
        parent=parent,
        role=role,
        bits=(code[opening] & (LINKS | FLAT)).astype(np.uint8),
        flags=np.array(names.flags, np.uint8)[name[opening]],
        levels=levels,
    )


def _by_level(depth: npt.NDArray[np.int16]) -> list[IntArray]:
    order = np.argsort(depth, kind="stable")
    bounds = np.searchsorted(depth[order], np.arange(int(depth.max(initial=-1)) + 2))
    return [order[a:b] for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]


def _ends(
    opening: IntArray,
    closing: IntArray,
    is_empty: BoolArray,
    depth: npt.NDArray[np.int16],
    level: npt.NDArray[np.int32],
    name: IntArray,
) -> IntArray:
    """Return the piece that closes each element (e,): at one depth, tags open and close by turns.

    raises   OddError  another element is closed than was opened
    """
    end = opening.copy()
    is_pair = ~is_empty[opening]
    elements = np.flatnonzero(is_pair)
    elements = elements[np.argsort(depth[elements], kind="stable")]
    closing = closing[np.argsort(level[closing].astype(np.int16), kind="stable")]
    if len(elements) != len(closing) or (name[opening[elements]] != name[closing]).any():
        raise OddError
    end[elements] = closing
    if (end < opening).any():
        raise OddError
    return end


def _parents(levels: list[IntArray], count: int) -> IntArray:
    parent = np.full(count, -1, np.int64)
    for above, level in pairwise(levels):
        parent[level] = above[np.searchsorted(above, level) - 1]
    return parent


def _roles(levels: list[IntArray], parent: IntArray, of_name: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    role = np.zeros(len(parent), np.uint8)
    top = levels[0]
    role[top] = np.where(of_name[top] == MEMBER.MEMBER, ROLE.MEMBER, ROLE.NONE)
    for level in levels[1:]:
        role[level] = ROLES[role[parent[level]], of_name[level]]
    return role
