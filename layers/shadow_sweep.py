"""Shadows by sweeping heights along the sun's direction: how high the shadow reaches over each place.

The ground plan is a grid of the heights of all that stands, roofs and ground alike. Line by line away from the sun the
shadow's upper edge is carried on, lower by the light's fall, and raised by what stands there: that is exact but for the
size of a texel, takes one pass whatever the sun's altitude is, and knows what stands outside of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, hypot

import numpy as np
import numpy.typing as npt

from layers.sunlight import Sunlight

Grid = npt.NDArray[np.float32]
NOTHING = np.float32(-1e6)
SOFTEST_M = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Swept:
    """What a sweep found; line 0 is the southern edge."""

    ceiling_m: Grid
    """(lines, columns) how high the shadow of what stands towards the sun reaches; what stands there left out."""
    shade: npt.NDArray[np.uint8]
    """(lines, columns) how much of the sun the ground is kept from, 255 for all."""


def swept(top_m: Grid, ground_m: Grid | None, sunlight: Sunlight, texel_m: float, border: Grid | None = None) -> Swept:
    """Return the shadows of a grid.

    top_m      (lines, columns) the height of what stands, local metres; NOTHING where nothing does
    ground_m   (lines, columns) the ground; None where it is flat, at 0
    border     (lines + 2, columns + 2) how high shadows reach that come in over the edges; None: nothing stands there
    """
    east, north = _flat(sunlight)
    is_turned, is_back = abs(east) > abs(north), (east if abs(east) > abs(north) else north) < 0

    def laid(grid: Grid) -> Grid:
        """Return a grid with the line nearest to the sun last."""
        turned = grid.T if is_turned else grid
        return turned[::-1] if is_back else turned

    along, across = (east, north) if is_turned else (north, east)
    slope, drop_m = across / abs(along), sunlight.drop * texel_m / abs(along)
    rim = None if border is None else laid(border)
    carried = _carried(np.ascontiguousarray(laid(top_m)), rim, slope, drop_m)
    if ground_m is not None:
        np.maximum(carried, _carried_smoothly(np.ascontiguousarray(laid(ground_m)), slope, drop_m), out=carried)
    ceiling = np.ascontiguousarray(laid(carried) if not is_turned else (carried[::-1] if is_back else carried).T)
    return Swept(ceiling, _shade(ceiling, ground_m, sunlight.drop * texel_m))


def _flat(sunlight: Sunlight) -> tuple[float, float]:
    """Return the sun's direction on the ground, a unit vector east, north; a sun overhead counts as in the south."""
    east, north, _ = sunlight.direction
    length = hypot(east, north)
    return (east / length, north / length) if length > 1e-9 else (0.0, -1.0)


def _carried(top_m: Grid, border: Grid | None, slope: float, drop_m: float) -> Grid:
    """Carry shadows from the last line to the first; the sun stands over the last one.

    slope    columns towards which the sun stands, a line
    drop_m   by how much light falls from a line to the next
    """
    lines, columns = top_m.shape
    ceiling = np.empty_like(top_m)
    # room for what comes in over the sides: one column on each, of which at most one is taken a line
    above = np.full(columns + 2, NOTHING, np.float32)
    if border is not None:
        above[:] = border[-1]
    fall, before = np.float32(drop_m), 0
    for number in range(1, lines + 1):
        line = lines - number
        now = round(number * slope)
        step, before = now - before, now
        np.subtract(above[1 + step : 1 + step + columns], fall, out=ceiling[line])
        np.maximum(ceiling[line], top_m[line], out=above[1:-1])
        if border is not None:
            above[0], above[-1] = border[line + 1, 0], border[line + 1, -1]
    return ceiling


def _carried_smoothly(ground_m: Grid, slope: float, drop_m: float) -> Grid:
    """Carry the shadows of hills as _carried does, between columns: whole ones would draw stripes on steep slopes."""
    lines, columns = ground_m.shape
    ceiling = np.empty_like(ground_m)
    above = np.full(columns + 2, NOTHING, np.float32)
    fall, before, column = np.float32(drop_m), 0, np.arange(columns, dtype=np.float32)
    for number in range(1, lines + 1):
        line = lines - number
        now = round(number * slope)
        step, before, beside = now - before, now, np.float32(now - number * slope)
        reach = above[1 + step : 1 + step + columns] - fall
        above[1:-1] = np.maximum(reach, np.interp(column + beside, column, ground_m[line]))
        ceiling[line] = np.interp(column - beside, column, reach)
    return ceiling


def _shade(ceiling_m: Grid, ground_m: Grid | None, drop_m: float) -> npt.NDArray[np.uint8]:
    """Return how much of the sun the ground lacks; the tip of a shadow ends within a texel, as it lies.

    What stands reaches half a texel beyond the middle of its texel. Level ground is lit in full; so is a slope that is
    less than half as steep as the light, whose grid is not as exact as that.
    """
    is_level = ground_m is None
    share = ceiling_m.copy() if ground_m is None else ceiling_m - ground_m
    share *= np.float32((255.0 if is_level else 510.0) / max(drop_m, SOFTEST_M))
    share += np.float32(255.0)
    np.clip(share, 0, 255, out=share)
    return share.astype(np.uint8)


def pooled(grid: Grid, step: int) -> Grid:
    """Return the greatest of each block of step x step; lines and columns that are over make blocks of their own."""
    if step == 1:
        return grid
    lines, columns = grid.shape
    fill = [(0, -lines % step), (0, -columns % step)]
    full = np.pad(grid, fill, mode="edge") if any(after for _, after in fill) else grid
    rows = full.reshape(full.shape[0] // step, step, full.shape[1]).max(axis=1)
    return np.ascontiguousarray(rows.reshape(rows.shape[0], rows.shape[1] // step, step).max(axis=2))


def room_texels(reach_m: float, texel_m: float, sunlight: Sunlight) -> tuple[int, int, int, int]:
    """Return by how many texels shadows leave a grid to the west, south, east and north."""
    east, north = _flat(sunlight)
    x, y = ceil(abs(east) * reach_m / texel_m) + 1, ceil(abs(north) * reach_m / texel_m) + 1
    return x if east > 0 else 1, y if north > 0 else 1, x if east < 0 else 1, y if north < 0 else 1
