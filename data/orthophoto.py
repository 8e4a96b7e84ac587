"""Tiles of a georeferenced picture: read through its overviews, any number of bands, with its gaps transparent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.windows import Window

from twin.errors import SourceError
from twin.imagery import TILE_PX, Pyramid, TilePlace

Pixels = npt.NDArray[np.uint8]


def pixels_of(path: str, pyramid: Pyramid, tile: TilePlace) -> Pixels | None:
    """Return one tile (TILE_PX, TILE_PX, 4), the northern line first; None where the picture does not reach.

    raises   SourceError  it cannot be read
    """
    level, column, line = tile
    step = 2 ** (pyramid.levels[1] - level)
    size = TILE_PX * step
    try:
        with rasterio.open(path) as found:
            left, top = column * size, line * size
            wide, high = min(size, found.width - left), min(size, found.height - top)
            if wide <= 0 or high <= 0:
                return None
            shape = (max(-(-high // step), 1), max(-(-wide // step), 1))
            return _laid(_rgba(found, Window(left, top, wide, high), shape))
    except RasterioError as error:
        raise SourceError(f'"{Path(path).name}" cannot be read ({type(error).__name__}).', path=path) from error


def _laid(rgba: Pixels) -> Pixels:
    """Return a picture in the north-western corner of a whole tile."""
    if rgba.shape[:2] == (TILE_PX, TILE_PX):
        return rgba
    whole = np.zeros((TILE_PX, TILE_PX, 4), np.uint8)
    whole[: rgba.shape[0], : rgba.shape[1]] = rgba
    return whole


def _rgba(found: rasterio.DatasetReader, window: Window, shape: tuple[int, int]) -> Pixels:
    colours = found.colorinterp
    is_paletted = colours[0] == ColorInterp.palette
    way = Resampling.nearest if is_paletted else Resampling.average
    mask = found.dataset_mask(window=window, out_shape=shape)
    if is_paletted:
        palette = np.zeros((256, 4), np.uint8)
        for value, colour in found.colormap(1).items():
            palette[value & 255] = colour
        rgba = palette[found.read(1, window=window, out_shape=shape, resampling=way).astype(np.uint8)]
    else:
        bands = [1, 2, 3] if found.count >= 3 else [1]
        values = _bytes(found, found.read(bands, window=window, out_shape=(len(bands), *shape), resampling=way))
        rgba = np.empty((*shape, 4), np.uint8)
        rgba[..., :3] = np.moveaxis(values, 0, -1)
        rgba[..., 3] = 255
    rgba[..., 3] = np.minimum(rgba[..., 3], mask)
    return np.asarray(rgba, np.uint8)


def _bytes(found: rasterio.DatasetReader, values: npt.NDArray[np.generic]) -> Pixels:
    """Return bands as bytes: those of more bits are spread from the 2nd to the 98th percentile of a coarse look."""
    if values.dtype == np.uint8:
        return values.astype(np.uint8)
    coarse = found.read(list(range(1, values.shape[0] + 1)), out_shape=(values.shape[0], 64, 64), masked=True)
    known = coarse.compressed()
    low, high = np.percentile(known, [2, 98]) if len(known) else (0.0, 1.0)
    spread = (values.astype(np.float64) - low) / max(float(high - low), 1e-9)
    return np.asarray(np.nan_to_num(spread).clip(0, 1) * 255, np.uint8)
