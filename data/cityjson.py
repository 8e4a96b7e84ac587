"""CityJSON 1.0 to 2.0 and CityJSONSeq: read whole, without a Python object a vertex."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Raw

from data.cityjson_geometry import GeometryReader, JsonGeometry, Templates
from data.citymodel import Gathered, Look
from data.content import Bounds, four
from data.model_crs import bounds_east_first, stated_crs, with_east_first
from data.ogr import unreadable
from data.sniffing import looks_like
from data.sources import Source
from twin.errors import SourceError
from twin.models import CityModel

VERTICES_BYTES = 2**17
"""Text of vertices that is taken at a time: their Python numbers live that long only."""
TAIL_BYTES = 65_536
FIRST_WITH_TRANSFORM = (1, 1)
NESTED = "it is nested deeper than any city model"

FloatArray = npt.NDArray[np.float64]


class _File(msgspec.Struct):
    """A CityJSON file, the first line of a sequence, or a feature of one."""

    type: Any = None
    version: Any = None
    transform: Any = None
    metadata: Raw = Raw(b"null")
    objects: dict[str, Raw] = msgspec.field(default_factory=dict, name="CityObjects")
    vertices: Raw = Raw(b"[]")
    templates: Raw = msgspec.field(default=Raw(b"null"), name="geometry-templates")


class _Object(msgspec.Struct):
    type: str
    attributes: dict[str, Any] | None = None
    geometry: list[Raw] | None = None
    parents: list[str] | None = None


class _Brief(msgspec.Struct):
    type: str
    attributes: dict[str, Raw] | None = None


class _Extent(msgspec.Struct):
    numbers: list[float] | None = msgspec.field(default=None, name="geographicalExtent")


class _Metadata(msgspec.Struct):
    reference: Any = msgspec.field(default=None, name="referenceSystem")
    crs: Any = None
    """As CityJSON 0.9 had it: {"epsg": 7415}."""


_FILE = msgspec.json.Decoder(_File)
_OBJECT = msgspec.json.Decoder(_Object)
_BRIEF = msgspec.json.Decoder(_Brief)
_GEOMETRY = msgspec.json.Decoder(JsonGeometry)
_POINTS = msgspec.json.Decoder(list[tuple[float, float, float]])


@dataclass(frozen=True, slots=True)
class _Place:
    """How whole numbers become coordinates."""

    scale: FloatArray
    translate: FloatArray


def is_cityjson(path: Path) -> bool:
    """Return whether a file is CityJSON or a sequence of it: by its beginning, its end or its name."""
    if not path.is_file():
        return False
    seen, name = looks_like(path), path.name.lower()
    if seen == "CityJSON" or (name.endswith((".city.json", ".city.jsonl")) and seen in ("JSON", "")):
        return True
    if seen != "JSON":
        return False
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        tail = file.read()
    return b'"CityObjects"' in tail or b'"CityJSON"' in tail


def driver_of(source: Source) -> str:
    """Return "CityJSON", or "CityJSONSeq" for a file of lines."""
    if source.suffix == ".jsonl":
        return "CityJSONSeq"
    with Path(source.path).open("rb") as file:
        lines = file.read(2 * TAIL_BYTES).lstrip().split(b"\n", 2)
    is_sequence = len(lines) > 1 and b'"CityJSONFeature"' in lines[1] and lines[0].rstrip().endswith(b"}")
    return "CityJSONSeq" if is_sequence else "CityJSON"


def read_model(source: Source) -> CityModel:
    """Read a whole file.

    returns   the model, x to the east; what could not be read of it is in the source's report
    raises    SourceError  it is no CityJSON, or broken so that nothing can be taken of it
    """
    gathered = Gathered(source.report)
    is_sequence = driver_of(source) == "CityJSONSeq"
    reference = _sequence(source, gathered) if is_sequence else _whole(source, gathered)
    model = gathered.model(stated_crs(reference, source.report))
    return with_east_first(model, source.report, is_by_rule=False)


def look(source: Source) -> Look:
    """Look at a file without reading its geometry.

    raises   SourceError  it is no CityJSON, or broken so that nothing can be taken of it
    """
    if driver_of(source) == "CityJSONSeq":
        with _explained(source), Path(source.path).open("rb") as lines:
            head = _head(lines.readline().removeprefix(b"\xef\xbb\xbf"), source)
            types = _types(feature for line in lines if (feature := _feature(line)) is not None)
    else:
        head = _city_model(source)
        types = _types([head])
    crs = stated_crs(_reference(head), source.report)
    bounds = bounds_east_first(crs, _extent(head, source), source.report, is_by_rule=False)
    return Look({kind: count for kind, (count, _) in types.items()}, crs, bounds,
                {kind: tuple(names) for kind, (_, names) in types.items()})  # fmt: skip


def _types(files: Iterable[_File]) -> dict[str, tuple[int, dict[str, None]]]:
    """Return how many objects there are of each type, the most frequent first, and their attributes' names."""
    found: dict[str, tuple[int, dict[str, None]]] = {}
    for file in files:
        for raw in file.objects.values():
            with suppress(msgspec.MsgspecError, ValueError, RecursionError):
                one = _BRIEF.decode(raw)
                count, names = found.get(one.type, (0, {}))
                names.update(dict.fromkeys(one.attributes or ()))
                found[one.type] = count + 1, names
    return dict(sorted(found.items(), key=lambda item: -item[1][0]))


def _extent(head: _File, source: Source) -> Bounds | None:
    """Return the bounds that the file states; for a file without them those of its vertices."""
    with suppress(msgspec.MsgspecError, ValueError, RecursionError):
        extent = msgspec.json.decode(head.metadata, type=_Extent | None)
        if extent is not None and (stated := four(extent.numbers)) is not None and stated[0] < stated[2]:
            return stated
    gathered = Gathered(source.report)
    try:
        _, xyz = _add_vertices(head, _place(head, source), gathered)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if not len(xyz):
        return None
    (west, south), (east, north) = xyz[:, :2].min(axis=0), xyz[:, :2].max(axis=0)
    return float(west), float(south), float(east), float(north)


def refused(source: Source, why: str, *, hint: str = "Export or download it again.") -> SourceError:
    """Return the error for a file that is not the city model it says it is."""
    return SourceError(
        f'"{Path(source.given).name}" cannot be read as CityJSON: {why}.',
        hint=f"{hint} Path: {source.given}",
        path=source.given,
    )


def _bytes(source: Source) -> bytes:
    with _explained(source):
        return Path(source.path).read_bytes().removeprefix(b"\xef\xbb\xbf")


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    """Turn what the disk says into a sentence about the file."""
    try:
        yield
    except OSError as error:
        raise unreadable(source, error) from error


def _decoded(text: bytes, source: Source) -> _File:
    try:
        return _FILE.decode(text)
    except RecursionError as error:
        raise refused(source, NESTED) from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise refused(source, str(error)) from error


def _city_model(source: Source) -> _File:
    """Return a file that is one object, its objects and vertices still text."""
    file = _decoded(_bytes(source), source)
    if file.type != "CityJSON":
        said = f'it says "type": "{file.type}"' if isinstance(file.type, str) else 'it does not say "type": "CityJSON"'
        raise refused(source, said)
    return file


def _whole(source: Source, gathered: Gathered) -> str:
    """Read a file that is one object; return what it calls its CRS. The file's text is given up on return."""
    file = _city_model(source)
    place = _place(file, source)
    if place is None and _version(file) >= FIRST_WITH_TRANSFORM:
        gathered.report.add("file has no transform: its numbers are taken as they are", count=1)
    templates = _templates(file, source)
    reader = GeometryReader(gathered, templates)
    try:
        first, xyz = _add_vertices(file, place, gathered)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise refused(source, f"its vertices are not lists of three numbers ({error})") from error
    _add_objects(file, reader, first, xyz)
    reader.finish()
    return _reference(file)


def _sequence(source: Source, gathered: Gathered) -> str:
    """Read a sequence line by line, where a line that cannot be read costs itself only; return its CRS's name."""
    with _explained(source), Path(source.path).open("rb") as lines:
        head = _head(lines.readline().removeprefix(b"\xef\xbb\xbf"), source)
        place = _place(head, source)
        reader = GeometryReader(gathered, _templates(head, source))
        broken = [number for number, line in enumerate(lines, 2) if not _add_line(line, place, reader)]
    reader.finish()
    gathered.report.add("lines are no whole CityJSONFeature and are not shown (line numbers)", broken, is_loss=True)
    return _reference(head)


def _head(line: bytes, source: Source) -> _File:
    """Return the first line of a sequence; where it was cut after its last value, the brackets are closed."""
    for missing in (b"", b"}", b"}}"):
        try:
            head = _FILE.decode(line.rstrip() + missing)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
        if head.type != "CityJSON":
            break
        if missing:
            source.report.add("first line was not whole; its brackets were closed", count=1)
        return head
    raise refused(source, "its first line is no CityJSON object with the transform of all others")


def _feature(line: bytes) -> _File | None:
    """Return a line of a sequence; None if it is no CityJSONFeature."""
    try:
        feature = _FILE.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return feature if feature.type == "CityJSONFeature" else None


def _add_line(line: bytes, place: _Place | None, reader: GeometryReader) -> bool:
    """Add a line's objects; return whether it could be read. An empty line can."""
    if not line.strip():
        return True
    feature = _feature(line)
    if feature is None:
        return False
    try:
        first, xyz = _add_vertices(feature, place, reader.gathered)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    _add_objects(feature, reader, first, xyz)
    return True


# the parts of a file


def _version(file: _File) -> tuple[int, ...]:
    pieces = str(file.version or "").split(".")
    return tuple(int(piece) for piece in pieces[:2] if piece.isdigit())


def _reference(file: _File) -> str:
    try:
        metadata = msgspec.json.decode(file.metadata, type=_Metadata | None)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""
    if metadata is None:
        return ""
    if metadata.reference is None and isinstance(metadata.crs, dict):
        return f"EPSG:{metadata.crs.get('epsg')}"
    return str(metadata.reference or "")


def _place(file: _File, source: Source) -> _Place | None:
    if file.transform is None:
        return None
    try:
        scale = np.array(file.transform["scale"], np.float64)
        translate = np.array(file.transform["translate"], np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise refused(source, "its transform is not a scale and a translate of three numbers each") from error
    if scale.shape != (3,) or translate.shape != (3,) or not np.isfinite([scale, translate]).all():
        raise refused(source, "its transform is not a scale and a translate of three numbers each")
    return _Place(scale, translate)


def _points(text: memoryview) -> Iterator[FloatArray]:
    """Yield vertices (v, 3) from a JSON list of lists, some at a time."""
    data = bytes(text).strip()
    if not data.startswith(b"["):
        raise msgspec.ValidationError("there is no list")
    at, end = 1, data.rfind(b"]")
    while at < end:
        cut = data.find(b"]", min(at + VERTICES_BYTES, end))
        piece = data[at : end if cut < 0 or cut >= end else cut + 1]
        points = _POINTS.decode(b"[" + piece + b"]")
        yield np.array(points, np.float64).reshape(-1, 3)
        at += len(piece)
        comma = data.find(b",", at, end)
        at = end if comma < 0 else comma + 1


def _add_vertices(file: _File, place: _Place | None, gathered: Gathered) -> tuple[int, FloatArray]:
    """Add a file's or feature's vertices; return the number of the first, and them."""
    pieces = list(_points(memoryview(file.vertices)))
    xyz = pieces[0] if len(pieces) == 1 else np.concatenate([*pieces, np.zeros((0, 3))])
    if place is not None:
        with np.errstate(over="ignore", invalid="ignore"):  # what comes out too large is left out later, and said
            xyz *= place.scale
            xyz += place.translate
    return gathered.add_vertices(xyz), xyz


def _templates(file: _File, source: Source) -> Templates | None:
    try:
        return Templates.decoded(bytes(memoryview(file.templates)))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        source.report.add(f"list of templates cannot be read ({error}); what stands for them is not shown", count=1)
        return None


def _add_objects(file: _File, reader: GeometryReader, first: int, xyz: FloatArray) -> None:
    """Add the city objects of a file or feature, whose vertices begin at number first."""
    gathered, odd, odd_geometry = reader.gathered, [], []
    for name, raw in file.objects.items():
        try:
            found = _OBJECT.decode(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            odd.append(name)
            continue
        parent = found.parents[0] if found.parents else ""
        number = gathered.add_object(name, found.type, parent, found.attributes or {})
        for geometry in found.geometry or ():
            try:
                reader.add(_GEOMETRY.decode(geometry), number, first, xyz)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                odd_geometry.append(name)
    gathered.report.add("city objects are not as the format asks for and were left out", odd, is_loss=True)
    gathered.report.add("geometries are not as the format asks for and were left out", odd_geometry, is_loss=True)
