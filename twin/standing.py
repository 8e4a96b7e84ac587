"""How things stand: each building on the lowest ground under its footprint, unless it has a base of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.buildings import Outlines
from twin.layer import Layer
from twin.terrain import Ground
from twin.tiles import TileArrays

FloatArray = npt.NDArray[np.float64]

TOLERANCE_M = 0.5
"""A base farther than this from the lowest ground floats or is sunken."""
SAME_ZERO_M = 25.0
"""Bases that lie farther than this from the ground, in the middle, are measured from another zero, or are no bases."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the rows of a layer of buildings stand."""

    foot_m: npt.NDArray[np.float32]
    """(rows,) z of each building's foot, local metres; 0 for rows that are not shown."""
    ground_m: FloatArray
    """(rows,) z of the lowest ground under each; NaN for rows that are not shown, or have no ground under them."""
    own_m: FloatArray | None
    """(rows,) z of each building's own base; NaN where it has none. None where no building has one."""
    offset_m: float
    """By how much the own bases lie above the ground in the middle; NaN if there are none."""

    @property
    def is_own_kept(self) -> bool:
        """Return whether own bases are measured from the zero of the terrain, and so are kept."""
        return self.own_m is not None and abs(self.offset_m) <= SAME_ZERO_M


def outlines_of(arrays: TileArrays) -> Outlines:
    """Return the outlines of all buildings in float64 local metres, in the order of arrays.row."""
    ring = np.asarray(arrays.part_start)[np.asarray(arrays.feature_start)]
    vertices = np.diff(np.asarray(arrays.ring_start)[ring])
    xy = arrays.offset_xy.astype(np.float64) + np.repeat(arrays.anchor_local, vertices, axis=0)
    return Outlines(xy, arrays.ring_start, arrays.part_start, arrays.feature_start)


def own_bases(layer: Layer) -> FloatArray | None:
    """Return the elevation of each row's own base (rows,), NaN where it has none; None where no row has one."""
    if layer.model is not None:
        has_body = np.diff(np.asarray(layer.model.body_row_start, np.int64)) > 0
        own = np.where(has_body, layer.model.body_anchor[:, 2], np.nan)
        return own if np.isfinite(own).any() and np.ptp(own[np.isfinite(own)]) + abs(np.nanmax(own)) > 0 else None
    if layer.heights is not None and layer.heights.ground_m is not None:
        own = layer.heights.ground_m.astype(np.float64)
        return own if np.isfinite(own).any() else None
    return None


def standing_of(layer: Layer, ground: Ground) -> Standing:
    """Return where each building of a layer stands: see standing_on."""
    arrays: TileArrays | None = getattr(layer.tiles, "arrays", None)
    assert arrays is not None
    rows = max(len(layer.table), int(arrays.row.max(initial=-1)) + 1)
    if ground.is_flat:
        return Standing(np.zeros(rows, np.float32), np.full(rows, np.nan), None, float("nan"))
    return standing_on(outlines_of(arrays), arrays.row, rows, own_bases(layer), ground)


def standing_on(
    outlines: Outlines, row: npt.NDArray[np.integer], rows: int, own: FloatArray | None, ground: Ground
) -> Standing:
    """Return where buildings stand: on the lowest ground under each footprint.

    Those with a base of their own, from a column or a city model, keep it, if it is measured from the same zero.

    outlines   n footprints, local metres
    row        (n,) table row of each
    own        (rows,) elevation of each row's own base, NaN where it has none; None if there are no such bases
    """
    lowest = np.full(rows, np.nan)
    lowest[row] = ground.lowest_known(outlines)
    foot = np.nan_to_num(lowest, nan=0.0).astype(np.float32)
    if own is None:
        return Standing(foot, lowest, None, float("nan"))
    whole = np.full(rows, np.nan)
    whole[: len(own)] = own[:rows] - ground.datum_m
    both = np.isfinite(whole) & np.isfinite(lowest)
    offset_m = float(np.median((whole - lowest)[both])) if both.any() else float("nan")
    standing = Standing(foot, lowest, whole, offset_m)
    if standing.is_own_kept:
        foot[both] = whole[both].astype(np.float32)
    return standing


@dataclass(frozen=True, slots=True)
class Misfit:
    """Buildings whose own base is not where the ground is."""

    rows: npt.NDArray[np.int64]
    """The worst first."""
    by_m: FloatArray
    """(n,) how far each is off, above 0."""


def floating(standing: Standing) -> Misfit:
    """Return the buildings whose own base lies above the lowest ground under them: there is air below."""
    return _misfit(standing, 1.0)


def sunken(standing: Standing) -> Misfit:
    """Return the buildings whose own base lies below the lowest ground under them."""
    return _misfit(standing, -1.0)


def _misfit(standing: Standing, sign: float) -> Misfit:
    if standing.own_m is None:
        return Misfit(np.empty(0, np.int64), np.empty(0))
    with np.errstate(invalid="ignore"):
        off = sign * (standing.own_m - standing.ground_m)
        rows = np.flatnonzero(off > TOLERANCE_M)
    rows = rows[np.argsort(-off[rows], kind="stable")]
    return Misfit(rows, off[rows])
