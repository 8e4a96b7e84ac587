"""A project's layers kept as they were once read, so that opening it again reads no source file.

What is kept is taken only if its source, how it was asked for and this citytwin are what they were; otherwise the
source is read again, and nothing is said. It may come from anybody with a project: see data.layer_file.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from data.layer_file import Arrays, is_sound, read_arrays, read_key, write_arrays
from data.project_sources import files_of_dataset
from twin.layer import Layer
from twin.version import VERSION

log = logging.getLogger(__name__)

FORM = 2
"""Counted up when layers are read or written in another way."""
_CHUNK = 2**20
UNSOUND = (
    KeyError, IndexError, TypeError, ValueError, AttributeError, OSError, msgspec.MsgspecError, pa.ArrowException,
)  # fmt: skip
"""What making a layer of arrays ends with, if they were not made by us."""
_ASKED = ("layer", "crs", "kind", "frame", "height_field", "layer_id")
"""Wishes of a reading that change what is read."""


def kept_layer(
    path: Path, source: str, wishes: Mapping[str, Any], layer_of_arrays: Callable[[Arrays], Layer]
) -> tuple[Arrays, Layer] | None:
    """Return a layer that was kept, as arrays and as what they make; None where it has to be read again."""
    key = read_key(path)
    if key is None or {k: v for k, v in key.items() if k != "files"} != _key(wishes) or not _is_fresh(key, source):
        return None
    arrays = read_arrays(path)
    layer = None if arrays is None else _checked(arrays, layer_of_arrays)
    return None if arrays is None or layer is None else (arrays, layer)


def kept_arrays(path: Path, layer_of_arrays: Callable[[Arrays], Layer]) -> Layer | None:
    """Return the layer in a file of arrays, whatever it was made of; None if there is none that can be used."""
    arrays = read_arrays(path)
    return None if arrays is None else _checked(arrays, layer_of_arrays)


def _checked(arrays: Arrays, layer_of_arrays: Callable[[Arrays], Layer]) -> Layer | None:
    """Return what arrays make, if all that points somewhere in them points at something."""
    try:
        layer = layer_of_arrays(arrays)
        table = getattr(layer.table, "arrow", None)
        if table is not None:
            table.validate(full=True)
        return layer if is_sound(layer) else None
    except UNSOUND:
        return None


def keep_layer(path: Path, source: str, wishes: Mapping[str, Any], arrays: Arrays) -> bool:
    """Keep a layer's arrays; returns whether they were. A folder that may not be written keeps nothing."""
    try:
        files = _files(source, with_digests=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        return bool(files) and write_arrays(path, arrays, _key(wishes) | {"files": files})
    except (OSError, ValueError) as error:
        log.info("%s is not kept: %s", path.name, error)
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return False


def _key(wishes: Mapping[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = msgspec.to_builtins({name: wishes.get(name) for name in _ASKED})
    rasters = wishes.get("rasters")
    asked["rasters"] = [[what, *_state(Path(path))] for what, path in rasters.named()] if rasters else None
    return {"form": FORM, "app": VERSION, "asked": msgspec.msgpack.decode(msgspec.msgpack.encode(asked))}


def _state(path: Path) -> list[Any]:
    """Return the name of a file, and what changes when it does."""
    try:
        facts = path.stat()
    except OSError:
        return [path.name, -1, -1]
    return [path.name, facts.st_size, facts.st_mtime_ns]


def _files(source: str, *, with_digests: bool) -> list[list[Any]]:
    """Return the suffix, size, time and content of each file of a data set; its name may change."""
    path = Path(source)
    if path.is_dir():
        members = sorted(p for p in path.rglob("*") if p.is_file())
        names = [p.relative_to(path).as_posix() for p in members]
    else:
        members = files_of_dataset(path)
        names = [p.name[len(path.name) - len(path.suffix) :] for p in members]
    found = []
    for name, member in zip(names, members, strict=True):
        facts = member.stat()
        found.append([name, facts.st_size, facts.st_mtime_ns, _digest(member) if with_digests else ""])
    return found


def _digest(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _is_fresh(key: Mapping[str, Any], source: str) -> bool:
    """Return whether a source's files are those that were read: same size and time, or else the same content."""
    try:
        now = _files(source, with_digests=False)
        then = key.get("files")
        if not isinstance(then, list) or [f[:2] for f in now] != [list(f[:2]) for f in then]:
            return False
        if all(a[2] == b[2] for a, b in zip(now, then, strict=True)):
            return True
        return [f[3] for f in _files(source, with_digests=True)] == [f[3] for f in then]
    except (OSError, TypeError, IndexError, ValueError):
        return False
