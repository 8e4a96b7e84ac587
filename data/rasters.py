"""What is opened as a raster, and who reads it: told apart by name, so that nothing is loaded for other files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from twin.layer import Kind, Layer

RASTER = {
    ".tif", ".tiff", ".gtiff", ".vrt", ".asc", ".hgt", ".img", ".dem", ".dt0", ".dt1", ".dt2", ".bil", ".flt", ".grd",
    ".jp2", ".ers", ".png", ".jpg", ".jpeg", ".webp",
}  # fmt: skip
"""Suffixes that are opened as rasters."""


def is_raster(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is opened as a raster, by its name."""
    return Path(os.fspath(path)).suffix.lower() in RASTER


def read_raster(path: str | os.PathLike[str], *, kind: Kind | None = None, **wishes: Any) -> Layer:
    """Read a raster as heights of the ground or as a picture of it, by its bands or as kind says.

    wishes   see data.raster.read_terrain
    raises   TwinError  it cannot be used
    """
    from data.raster import raster_facts, read_terrain  # noqa: PLC0415  GDAL's raster half takes 0.1 s to load

    facts = raster_facts(path, crs=wishes.get("crs"), kind=kind if kind in (Kind.TERRAIN, Kind.IMAGE) else None)
    if facts.kind is Kind.TERRAIN:
        return read_terrain(path, **wishes)
    from data.imagery import read_image  # noqa: PLC0415  see above

    return read_image(path, **wishes)
