"""From what a person names to something that opens: layers after a colon, folders, zips, odd names, lost siblings."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.database_address import address_of, is_address
from data.shapefile import has_index, note_condition
from data.sniffing import looks_like
from data.text_shapes import described_table, is_text_with_shapes
from data.web_layers import is_web, safe_name, web_copy
from twin.errors import LayerError, SourceError
from twin.report import Report

ODD = re.compile(r"""[!?*"'%:|<>#;$\\`\x00-\x1f]""")
"""Characters that GDAL or pyogrio give a meaning of their own: "!x.geojson" is taken for the inside of a zip."""
WRITES_BESIDE = {".gml", ".xml"}
"""GDAL leaves a .gfs file beside what it opens as GML."""
SHAPEFILE_PARTS = {".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix"}
VECTOR = {
    ".shp", ".gpkg", ".geojson", ".geojsonl", ".geojsons", ".jsonl", ".ndjson", ".topojson", ".json", ".fgb",
    ".parquet", ".geoparquet", ".feather", ".pbf", ".osm", ".gml", ".kml", ".kmz", ".gpx", ".dxf", ".gdb",
    ".tab", ".mif", ".sqlite",
    ".shz", ".jsonfg", ".mvt", ".arrow", ".pmtiles", ".mbtiles", ".dgn", ".000", ".citygml", ".xml",
}  # fmt: skip
"""Suffixes looked for inside folders and zips."""
CONTENT_TELLS = {".json": ("GeoJSON", "TopoJSON", "CityJSON"), ".xml": ("CityGML",)}
"""Suffixes that many files have which are no maps: what their content must look like to be one."""
UNPACKED_BYTES = 8 * 2**30
"""A zip that would unpack to more than this is refused."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be opened now, for as long as the with-block lasts."""

    given: str
    """As the person named it."""
    path: str
    """What to hand to GDAL or Arrow: the file itself, or a safe alias of it."""
    stem: str
    """The file's own name without suffix."""
    report: Report
    """What had to be done to open it."""

    @property
    def suffix(self) -> str:
        """Return the suffix, in small letters."""
        return Path(self.path).suffix.lower()


def split_layer(text: str) -> tuple[str, str | None]:
    """Split "FILE:LAYER": an existing path wins, otherwise it is split at the last colon.

    returns   path and layer; layer None where there is nothing to split, or no file before the colon either
    """
    if os.path.lexists(text) or ":" not in text:
        return text, None
    path, layer = text.rsplit(":", 1)
    return (path, layer) if layer and os.path.lexists(path) else (text, None)


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Source]:
    """Make a file ready to be opened; aliases and unpacked copies are gone afterwards, nothing is written beside it.

    raises   SourceError  it is missing, empty, forbidden, or a folder or zip without exactly one data set
    """
    given = os.fspath(path)
    report = Report()
    if is_address(given):  # nothing to unpack, and nothing of it shows a password
        address = address_of(given)
        yield Source(address.text, given, address.table or address.database, report)
        return
    stem = ""
    if is_web(given):
        copy = web_copy(given, report)
        stem, given, path = safe_name(copy.url), copy.url, copy.path
    found = _checked(Path(path).absolute(), given)
    with tempfile.TemporaryDirectory(prefix="citytwin-") as folder:
        name = stem or found.stem
        if found.suffix.lower() == ".zip" and zipfile.is_zipfile(found):
            found = _unpacked(found, Path(folder), given)
            name = stem or found.stem
        if is_text_with_shapes(found):
            found = described_table(found, Path(folder))
        if _needs_alias(found):
            found = _alias(found, Path(folder))
        note_condition(found, report)
        yield Source(given, str(found), name, report)


def _checked(path: Path, given: str) -> Path:
    """Return the file meant, or say what is wrong with it."""
    name = f'"{Path(given).name or given}"'
    try:
        if not path.exists():
            hint = f"Check the name and the folder: {given}"
            raise SourceError(f"There is no file {name}.", hint=hint, path=given)
        if path.is_dir():
            return path if _is_dataset(path) else _only_one(path, given)
        if not path.is_file():  # a pipe would be waited for for ever
            hint = f"Write it to a file first: {given}"
            raise SourceError(f"{name} is a device or a pipe, not a file.", hint=hint, path=given)
        is_empty = path.stat().st_size == 0
        with path.open("rb"):
            pass
    except PermissionError as error:
        hint = f"Ask for read permission, or copy it to a folder of your own: {given}"
        raise SourceError(f"{name} may not be read by you.", hint=hint, path=given) from error
    except OSError as error:
        hint = f"Check the disk or the network drive it is on: {given}"
        raise SourceError(f"{name} cannot be opened ({error.strerror or error}).", hint=hint, path=given) from error
    if is_empty:
        hint = f"Copy or download it again: {given}"
        raise SourceError(f"{name} is empty (0 bytes).", hint=hint, path=given)
    return _whole_shapefile(path)


def _whole_shapefile(path: Path) -> Path:
    """Return the .shp where one of its companions was named."""
    if path.suffix.lower() in SHAPEFILE_PARTS | {".dbf"}:
        for suffix in (".shp", ".SHP"):
            if path.with_suffix(suffix).exists():
                return path.with_suffix(suffix)
    return path


def _is_dataset(folder: Path) -> bool:
    return folder.suffix.lower() == ".gdb" or (folder / "gdb").is_file()


def datasets_in(folder: Path) -> list[Path]:
    """Return the vector files directly in a folder, and file geodatabases."""
    found = [
        entry
        for entry in sorted(folder.iterdir())
        if entry.suffix.lower() in VECTOR and not entry.name.startswith(".") and (entry.is_file() or _is_dataset(entry))
    ]
    return [entry for entry in found if not (entry.suffix.lower() in CONTENT_TELLS and _is_no_map(entry))]


def _is_no_map(path: Path) -> bool:
    return looks_like(path) not in CONTENT_TELLS[path.suffix.lower()]


def _only_one(folder: Path, given: str) -> Path:
    found = datasets_in(folder)
    if len(found) == 1:
        return found[0]
    name = folder.name or given
    if not found:
        raise SourceError(
            f'"{name}" is a folder without a vector file in it.', hint="Name a file, not a folder.", path=given
        )
    names = ", ".join(p.name for p in found[:12]) + (" …" if len(found) > 12 else "")
    raise SourceError(
        f'"{name}" is a folder with {len(found)} vector files: {names}.', hint="Name one of them.", path=given
    )


def _unpacked(path: Path, folder: Path, given: str) -> Path:
    """Unpack the data set in a zip into a folder that goes away again.

    raises   SourceError  there is none in it, it is damaged, locked or too large
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and "__MACOSX" not in m.filename]
            if sum(m.file_size for m in members) > min(UNPACKED_BYTES, shutil.disk_usage(folder).free // 2):
                raise SourceError(
                    f'"{path.name}" would unpack to more than fits here.',
                    hint="Unpack it yourself and open the file inside.",
                    path=given,
                )
            archive.extractall(folder / "zip", members)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError) as error:
        raise SourceError(
            f'"{path.name}" is a zip that cannot be unpacked ({error}).',
            hint="Unpack it yourself, or download it again.",
            path=given,
        ) from error
    return _inside(folder / "zip", path, given)


def _inside(folder: Path, path: Path, given: str) -> Path:
    folders = [folder, *sorted(p for p in folder.rglob("*") if p.is_dir())]
    found = [d for f in folders if not _is_dataset(f) for d in datasets_in(f)]
    if len(found) == 1:
        return found[0]
    if found and all(f.suffix.lower() == ".shp" and f.parent == found[0].parent for f in found):
        return found[0].parent
    if not found:
        held = ", ".join(sorted(p.name for p in folder.rglob("*") if p.is_file())[:5]) or "nothing"
        raise SourceError(
            f'"{path.name}" is a zip without a vector file in it (it holds {held}).',
            hint="Open another file.",
            path=given,
        )
    names = ", ".join(str(p.relative_to(folder)) for p in found[:12])
    raise SourceError(
        f'"{path.name}" is a zip with {len(found)} vector files: {names}.',
        hint="Unpack it and open one of them.",
        path=given,
    )


def _needs_alias(path: Path) -> bool:
    if path.suffix.lower() == ".shp" and not has_index(path):
        return True
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return True
    return bool(ODD.search(str(path))) or path.suffix.lower() in WRITES_BESIDE


def _alias(path: Path, folder: Path) -> Path:
    """Link the file, and those of the same name beside it, under a plain name in a folder of our own."""
    target = folder / "alias"
    target.mkdir()
    belonging = [path]
    if path.is_file() and path.suffix.lower() in {".shp", ".gml", ".xml", ".tab", ".mif"}:
        belonging = [p for p in path.parent.iterdir() if p.stem == path.stem and p.is_file()]
    if path.suffix.lower() == ".shp" and not has_index(path):
        belonging = [p for p in belonging if p.suffix.lower() != ".shx"]
    stem = ODD.sub("_", path.stem.encode("utf-8", "replace").decode())
    for file in belonging:
        _link(file, target / (stem + ODD.sub("_", file.suffix.lower())))
    return target / (stem + ODD.sub("_", path.suffix.lower()))


def _link(file: Path, alias: Path) -> None:
    try:
        alias.symlink_to(file)
    except OSError:  # Windows without the right to make links
        if file.is_dir():
            shutil.copytree(file, alias)
        else:
            shutil.copy2(file, alias)


def chosen_layer(names: list[str], layer: str, given: str) -> str:
    """Return the layer asked for, in the file's own spelling.

    raises   LayerError  there is none of that name; the hint lists those there are
    """
    for name in names:
        if name == layer:
            return name
    for name in names:
        if name.lower() == layer.lower():
            return name
    listed = ", ".join(names[:12])
    raise LayerError(
        f'"{Path(given).name}" has no layer "{layer}".', hint=f"Its layers are: {listed}.", path=given, layer=layer
    )
