"""What is opened as a raster, and who reads it: told apart by name, so that nothing is loaded for other files."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from twin.layer import Kind, Layer

RASTER = {
    ".tif", ".tiff", ".gtiff", ".vrt", ".asc", ".hgt", ".img", ".dem", ".dt0", ".dt1", ".dt2", ".bil", ".flt", ".grd",
    ".jp2", ".ers", ".png", ".jpg", ".jpeg", ".webp",
}  # fmt: skip
"""Suffixes that are opened as rasters."""


def is_raster(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is opened as a raster: by its name, or as a source of picture tiles."""
    name = os.fspath(path)
    return Path(name).suffix.lower() in RASTER or is_imagery(name)


def is_imagery(name: str) -> bool:
    """Return whether a source gives tiles of pictures: an archive of them, a template, a folder, an online provider."""
    suffix = Path(name).suffix.lower()
    if suffix in (".mbtiles", ".pmtiles"):
        from data.tile_archives import holds_pictures  # noqa: PLC0415  for these files only

        return holds_pictures(name)
    if "{z}" in name:
        return True
    if Path(name).is_dir():
        return any(p.parent.name.isdigit() and p.stem.isdigit() for p in _first(Path(name).glob("[0-9]*/[0-9]*/*.*")))
    if re.fullmatch(r"[A-Z]\w+(\.\w+)+", name) and not Path(name).exists():
        from data.imagery import is_provider  # noqa: PLC0415  for such names only

        return is_provider(name)
    return False


def _first(paths: Iterable[Path]) -> list[Path]:
    return list(itertools.islice(paths, 1))


def read_raster(path: str | os.PathLike[str], *, kind: Kind | None = None, **wishes: Any) -> Layer:
    """Read a raster as heights of the ground or as a picture of it, by its bands or as kind says.

    wishes   see data.raster.read_terrain
    raises   TwinError  it cannot be used
    """
    from data.imagery import read_image  # noqa: PLC0415  see below
    from data.raster import raster_facts, read_terrain  # noqa: PLC0415  GDAL's raster half takes 0.1 s to load

    if is_imagery(os.fspath(path)):
        return read_image(path, **wishes)
    facts = raster_facts(path, crs=wishes.get("crs"), kind=kind if kind in (Kind.TERRAIN, Kind.IMAGE) else None)
    if facts.kind is Kind.TERRAIN:
        return read_terrain(path, **wishes)
    return read_image(path, **wishes)
