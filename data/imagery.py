"""Pictures of the ground: orthophotos, MBTiles, PMTiles, tiles in folders and, if that is turned on, online ones."""

from __future__ import annotations

import hashlib
import io
import os
import re
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing, suppress
from dataclasses import dataclass
from math import ceil, log2
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from PIL import Image

from data.crs import frame_for, lonlat_bounds, say_if_outside
from data.settings import cache_folder, load_settings
from data.table import ArrowTable
from data.tile_archives import PmtilesFile, mbtiles_metadata, pmtiles_facts
from twin.errors import CrsError, LayerError, SourceError
from twin.imagery import TILE_PX, Imagery, Pyramid, TilePlace
from twin.layer import Kind, Layer, LayerInfo
from twin.place import LocalFrame, transformer
from twin.report import Report
from twin.version import VERSION

MERCATOR_M = 20_037_508.342789244
"""source: half the Earth's girth at the equator in EPSG:3857."""
MERCATOR_LATITUDE = 85.0511
WORLD = (-180.0, -MERCATOR_LATITUDE, 180.0, MERCATOR_LATITUDE)
ONLINE = ("http://", "https://")
WAIT_S = 12.0
FINEST_ONLINE = 19

Pixels = npt.NDArray[np.uint8]


def mercator(bounds_lonlat: tuple[float, float, float, float], levels: tuple[int, int]) -> Pyramid:
    """Return the pyramid of the web's tiles over an area in degrees."""
    west, south, east, north = bounds_lonlat
    south, north = max(south, -MERCATOR_LATITUDE), min(north, MERCATOR_LATITUDE)
    x, y = transformer("EPSG:4326", "EPSG:3857").transform([west, east], [south, north])
    bounds = (float(x[0]), float(y[0]), float(x[1]), float(y[1]))
    return Pyramid("EPSG:3857", (-MERCATOR_M, MERCATOR_M), (2 * MERCATOR_M, 2 * MERCATOR_M), levels, bounds)


def decoded(data: bytes | None) -> Pixels | None:
    """Return a PNG, JPEG or WebP as RGBA; None for nothing, or what is no picture."""
    if not data:
        return None
    try:
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    except (OSError, ValueError, SyntaxError):
        return None


@dataclass(frozen=True)
class Mbtiles:
    """Pictures in an MBTiles file. source: MBTiles 1.3; its lines count from the south."""

    path: str
    pyramid: Pyramid

    def fetch(self, tile: TilePlace) -> Pixels | None:
        """Return one tile."""
        level, column, line = tile
        with closing(sqlite3.connect(f"file:{Path(self.path).absolute().as_posix()}?mode=ro", uri=True)) as file:
            row = file.execute(
                "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
                (level, column, 2**level - 1 - line),
            ).fetchone()
        return decoded(row[0] if row else None)


@dataclass(frozen=True)
class Pmtiles:
    """Pictures in a PMTiles file."""

    path: str
    pyramid: Pyramid

    def fetch(self, tile: TilePlace) -> Pixels | None:
        """Return one tile."""
        return decoded(PmtilesFile(self.path).tile(tile))


@dataclass(frozen=True)
class TileFolder:
    """Pictures in files named by a template with {z}, {x} and {y} or {-y}."""

    template: str
    pyramid: Pyramid

    def fetch(self, tile: TilePlace) -> Pixels | None:
        """Return one tile."""
        path = Path(filled(self.template, tile))
        return decoded(path.read_bytes()) if path.is_file() else None


@dataclass(frozen=True)
class OnlineTiles:
    """Pictures from a server, kept on disk once they came."""

    template: str
    pyramid: Pyramid

    def fetch(self, tile: TilePlace) -> Pixels | None:
        """Return one tile: from the disk, else from the server; a server that fails is asked again next time.

        raises   SourceError  it cannot be reached
        """
        kept = cache_folder() / "tiles" / hashlib.sha256(filled(self.template, tile).encode()).hexdigest()[:40]
        if kept.is_file():
            return decoded(kept.read_bytes())
        request = urllib.request.Request(filled(self.template, tile), headers={"User-Agent": f"citytwin/{VERSION}"})  # noqa: S310  checked by imagery_of
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310  see above
                data = answer.read()
        except urllib.error.HTTPError as error:
            if error.code in (404, 204):
                return None
            raise SourceError(f"The map server answers {error.code}.", hint="Try again later.") from error
        except OSError as error:
            raise SourceError("The map server cannot be reached.", hint="Check the network.") from error
        with suppress(OSError):
            kept.parent.mkdir(parents=True, exist_ok=True)
            unfinished = kept.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(data)
            unfinished.replace(kept)
        return decoded(data)


@dataclass(frozen=True)
class Orthophoto:
    """A georeferenced picture that GDAL reads; coarse levels come from its overviews."""

    path: str
    pyramid: Pyramid

    def fetch(self, tile: TilePlace) -> Pixels | None:
        """Return one tile."""
        from data.orthophoto import pixels_of  # noqa: PLC0415  GDAL's raster half takes 0.1 s to load

        return pixels_of(self.path, self.pyramid, tile)


def filled(template: str, tile: TilePlace) -> str:
    """Return an address or path with the tile's place in it."""
    level, column, line = tile
    values = {"z": level, "x": column, "y": line, "-y": 2**level - 1 - line, "s": "abc"[(column + line) % 3], "r": ""}
    return re.sub(r"\{(-?\w+)\}", lambda m: str(values.get(m[1], m[0])), template)


def imagery_of(source: str, *, crs: str | None = None) -> tuple[Imagery, dict[str, str]]:
    """Return where a source's tiles come from, and what is known of it: driver, attribution, name.

    source   an orthophoto, X.mbtiles, X.pmtiles, a folder or template with {z}/{x}/{y}, an address with them, or the
             name of a provider known to xyzservices, such as OpenStreetMap.Mapnik
    raises   SourceError, CrsError, LayerError  it cannot be used; online ones until they are turned on
    """
    suffix = Path(source).suffix.lower()
    if suffix == ".mbtiles":
        facts = mbtiles_metadata(source)
        return Mbtiles(source, mercator(facts.bounds_lonlat, facts.levels)), facts.words("MBTiles")
    if suffix == ".pmtiles":
        facts = pmtiles_facts(source)
        return Pmtiles(source, mercator(facts.bounds_lonlat, facts.levels)), facts.words("PMTiles")
    if source.startswith(ONLINE) or is_provider(source):
        return _online(source)
    if "{z}" in source or Path(source).is_dir():
        return _folder(source)
    return _orthophoto(source, crs)


def is_provider(source: str) -> bool:
    """Return whether a source is named as a provider of online maps: two words with a point between, and no file."""
    if not re.fullmatch(r"[A-Z]\w+(\.\w+)+", source) or Path(source).exists():
        return False
    import xyzservices.providers as known  # noqa: PLC0415  0.1 s, and only for such names

    with suppress(ValueError):
        known.query_name(source)
        return True
    return False


def _online(source: str) -> tuple[Imagery, dict[str, str]]:
    if not load_settings()[0].are_online_maps_on:
        raise SourceError(
            "Online maps are turned off.",
            hint="Turn them on in the settings, are_online_maps_on = true: they are then fetched from the network.",
            path=source,
        )
    template, attribution, finest, name = source, "", FINEST_ONLINE, "online map"
    if not source.startswith(ONLINE):
        import xyzservices.providers as known  # noqa: PLC0415  see is_provider

        provider = known.query_name(source)
        template, attribution = provider.build_url(), provider.get("attribution", "")
        finest, name = int(provider.get("max_zoom", FINEST_ONLINE)), source
    if not template.startswith(ONLINE) or "{z}" not in template:
        raise SourceError("The address of a map server needs {z}, {x} and {y} in it.", path=source)
    facts = {"driver": "XYZ", "attribution": attribution, "name": name}
    return OnlineTiles(template, mercator(WORLD, (2, finest))), facts


def _folder(source: str) -> tuple[Imagery, dict[str, str]]:
    """Return the tiles of a folder z/x/y.png, or of a template; what there is, is looked up."""
    root, template = Path(source.split("{z}", maxsplit=1)[0]), source
    if "{z}" not in source:
        root = Path(source)
        first = next((p for p in sorted(root.glob("*/*/*.*")) if p.parent.name.isdigit() and p.stem.isdigit()), None)
        if first is None:
            raise SourceError(f'"{root.name}" is a folder without tiles z/x/y.', hint="Name a data file.", path=source)
        template = f"{source.rstrip('/')}/{{z}}/{{x}}/{{y}}{first.suffix}"
    levels = sorted(int(p.name) for p in root.iterdir() if p.is_dir() and p.name.isdigit()) if root.is_dir() else []
    if not levels:
        raise SourceError("There are no tiles for this template.", hint="Check folder and order of {z}, {x}, {y}.")
    bounds = _bounds_of_files(root / str(levels[-1]), levels[-1], is_flipped="{-y}" in template)
    return TileFolder(template, mercator(bounds, (levels[0], levels[-1]))), {"driver": "XYZ", "name": root.name}


def _bounds_of_files(folder: Path, level: int, *, is_flipped: bool) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees of the tiles in a level's folder."""
    places = [
        (int(p.parent.name), int(p.stem)) for p in folder.glob("*/*.*") if p.parent.name.isdigit() and p.stem.isdigit()
    ]
    if not places:
        return WORLD
    columns, lines = np.array(places).T
    if is_flipped:
        lines = 2**level - 1 - lines
    size = 2 * MERCATOR_M / 2**level
    x = [columns.min() * size - MERCATOR_M, (columns.max() + 1) * size - MERCATOR_M]
    y = [MERCATOR_M - (lines.max() + 1) * size, MERCATOR_M - lines.min() * size]
    lon, lat = transformer("EPSG:3857", "EPSG:4326").transform(x, y)
    return float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1])


def _orthophoto(source: str, crs: str | None) -> tuple[Imagery, dict[str, str]]:
    from data.raster import raster_facts  # noqa: PLC0415  GDAL's raster half takes 0.1 s to load

    facts = raster_facts(source, crs=crs, kind=Kind.IMAGE)
    if facts.crs is None:
        raise CrsError(facts.problem)
    west, south, east, north = facts.bounds
    finest = max(0, ceil(log2(max(facts.width, facts.height, TILE_PX) / TILE_PX)))
    span = (TILE_PX * 2**finest * (east - west) / facts.width, TILE_PX * 2**finest * (north - south) / facts.height)
    pyramid = Pyramid(facts.crs, (west, north), span, (0, finest), facts.bounds)
    words = {"driver": facts.driver, "name": Path(source).stem, "crs_source": facts.crs_source}
    return Orthophoto(source, pyramid), words


def read_image(
    path: str | os.PathLike[str],
    *,
    crs: str | None = None,
    frame: LocalFrame | None = None,
    layer_id: str | None = None,
    **_: Any,
) -> Layer:
    """Return a picture of the ground as a layer; its tiles are fetched when they are drawn.

    raises   SourceError, CrsError, LayerError  it cannot be used
    """
    source = os.fspath(path)
    imagery, words = imagery_of(source, crs=crs)
    pyramid, report = imagery.pyramid, Report()
    west, south, east, north = pyramid.bounds
    around = lonlat_bounds(pyramid.bounds, pyramid.crs)
    if frame is None:
        if around[2] - around[0] > 90:
            raise LayerError(
                f'"{words.get("name", source)}" pictures the world and sets no place.', hint="Open a city first."
            )
        frame = frame_for(pyramid.crs, ((west + east) / 2, (south + north) / 2))
    say_if_outside(pyramid.crs, around, report)
    name = words.get("name", "") or Path(source).stem
    info = LayerInfo(
        id=layer_id or re.sub(r"[^\w]+", "-", name).strip("-").lower() or "image",
        name=name,
        kind=Kind.IMAGE,
        path=source,
        source_layer=None,
        driver=words["driver"],
        crs=pyramid.crs,
        crs_source=words.get("crs_source", "stated"),
        count=len(pyramid.tiles_at(pyramid.levels[0])),
        shown=len(pyramid.tiles_at(pyramid.levels[0])),
        bounds_lonlat=around,
        attribution=words.get("attribution", ""),
    )
    return Layer(info, frame, ArrowTable(pa.table({})), report, image=imagery)
