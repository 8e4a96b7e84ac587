"""Tiles in one file: what MBTiles and PMTiles say of themselves."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.errors import SourceError
from twin.imagery import TilePlace

PICTURES = {"png", "jpg", "jpeg", "webp", "image/png", "image/jpeg", "image/webp"}
WORLD = (-180.0, -85.0511, 180.0, 85.0511)
_PMTILES_PICTURES = {2, 3, 4, 5}
"""source: PMTiles version 3: tile types png, jpeg, webp, avif."""


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """What an archive says."""

    name: str
    attribution: str
    bounds_lonlat: tuple[float, float, float, float]
    levels: tuple[int, int]

    def words(self, driver: str) -> dict[str, str]:
        """Return what is shown of it."""
        return {"driver": driver, "name": self.name, "attribution": self.attribution}


def holds_pictures(path: str) -> bool:
    """Return whether an MBTiles or PMTiles file holds pictures, rather than vector tiles."""
    suffix = Path(path).suffix.lower()
    try:
        if suffix == ".pmtiles":
            with Path(path).open("rb") as file:
                head = file.read(127)
            return head[:7] == b"PMTiles" and len(head) > 99 and head[99] in _PMTILES_PICTURES
        return suffix == ".mbtiles" and _metadata(path).get("format", "").lower() in PICTURES
    except (OSError, sqlite3.Error):
        return False


def _metadata(path: str) -> dict[str, str]:
    with closing(sqlite3.connect(f"file:{Path(path).absolute().as_posix()}?mode=ro", uri=True)) as file:
        return {str(k): str(v) for k, v in file.execute("SELECT name, value FROM metadata")}


def mbtiles_metadata(path: str) -> ArchiveFacts:
    """Return what an MBTiles file says; levels that it does not state are looked up.

    raises   SourceError  it is none, or it is torn
    """
    try:
        told = _metadata(path)
        with closing(sqlite3.connect(f"file:{Path(path).absolute().as_posix()}?mode=ro", uri=True)) as file:
            low, high = file.execute("SELECT min(zoom_level), max(zoom_level) FROM tiles").fetchone()
    except sqlite3.Error as error:
        raise SourceError(
            f'"{Path(path).name}" cannot be read as MBTiles ({error}).', hint=f"Copy it again: {path}", path=path
        ) from error
    if low is None:
        raise SourceError(f'"{Path(path).name}" has no tiles.', hint="Open another file.", path=path)
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", told.get("bounds", ""))]
    bounds = (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) == 4 else WORLD
    return ArchiveFacts(told.get("name") or Path(path).stem, plain(told.get("attribution", "")), bounds, (low, high))


def pmtiles_facts(path: str) -> ArchiveFacts:
    """Return what a PMTiles file says.

    raises   SourceError  it is none, or it is torn
    """
    header, told = PmtilesFile(path).header()
    bounds = tuple(header[key] / 1e7 for key in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"))
    if bounds[0] >= bounds[2] or bounds[1] >= bounds[3]:
        bounds = WORLD
    levels = (int(header["min_zoom"]), int(header["max_zoom"]))
    name = str(told.get("name") or Path(path).stem)
    return ArchiveFacts(name, plain(str(told.get("attribution", ""))), bounds, levels)


def plain(text: str) -> str:
    """Return an attribution without its HTML."""
    return re.sub(r"<[^>]*>", "", text).strip()


class PmtilesFile:
    """One PMTiles file, opened anew for each question: workers hold no files open."""

    def __init__(self, path: str) -> None:
        """Name the file."""
        self._path = path

    def header(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the header and the metadata.

        raises   SourceError  it is no PMTiles file, or it is torn
        """
        header, metadata = self._asked(lambda reader: (reader.header(), reader.metadata()))
        return header, metadata

    def tile(self, tile: TilePlace) -> bytes | None:
        """Return one tile's bytes; None if it is not there."""
        found = self._asked(lambda reader: reader.get(*tile))
        return None if found is None else bytes(found)

    def _asked(self, question: Any) -> Any:
        from pmtiles.reader import MmapSource, Reader  # noqa: PLC0415  for these files only

        try:
            with Path(self._path).open("rb") as file:
                return question(Reader(MmapSource(file)))  # type: ignore[no-untyped-call]  # the library has no types
        except Exception as error:  # whatever a torn file makes the library raise
            if isinstance(error, SourceError):
                raise
            raise SourceError(
                f'"{Path(self._path).name}" cannot be read as PMTiles ({type(error).__name__}).',
                hint=f"Copy it again: {self._path}",
                path=self._path,
            ) from error
