"""What a worker of a cluster does: one tile at a time, over the city where it lies, or over a copy that was sent."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import tempfile
import threading
from pathlib import Path
from typing import Any

from plugins.city_files import MANIFEST
from plugins.tile_worker import answered_tile
from twin.version import VERSION

OPEN, OWN, PLUGIN = "city", "own", "plugin"
"""Folders of a bundle."""
_one_at_a_time = threading.Lock()
_unpacked: dict[str, Path] = {}


def about(folders: list[str]) -> dict[str, Any]:
    """Return what a worker has: its version of citytwin, and whether it can read each folder or file."""
    return {"version": VERSION, "reads": all(_is_readable(Path(f)) for f in folders)}


def _is_readable(path: Path) -> bool:
    try:
        with (path / MANIFEST if path.is_dir() else path).open("rb") as file:
            return bool(file.read(1)) or True
    except OSError:
        return False


def bundle(work: dict[str, Any]) -> bytes:
    """Return a city, and the plugin's file with the modules beside it, as one file to send.

    work   as tile_worker.done_tile takes it
    """
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz", compresslevel=1) as tar:
        tar.add(work["city"], arcname=OPEN)
        if work.get("secret"):
            tar.add(work["secret"], arcname=OWN)
        if path := work["plugin"].get("path"):
            for file in [Path(path), *sorted(Path(path).parent.glob("*.py"))]:
                tar.add(file, arcname=f"{PLUGIN}/{file.name}")
    return sink.getvalue()


def kept(data: bytes) -> bytes:
    """Return what was sent: as the answer of a task it outlives the workers that hold it."""
    return data


def cluster_tile(work: dict[str, Any], tile: dict[str, Any], sent: bytes | None = None) -> bytes:
    """Return tile_worker.answered_tile on a worker of a cluster.

    sent   what bundle() made, where the workers cannot read the city's folder; unpacked once in each process
    """
    with _one_at_a_time:  # a plugin need not be made for threads
        return answered_tile(work if sent is None else _with_folder(work, _folder_of(sent)), tile)


def _folder_of(sent: bytes) -> Path:
    name = hashlib.sha256(sent).hexdigest()
    if name not in _unpacked:
        for old in _unpacked.values():
            shutil.rmtree(old, ignore_errors=True)
        _unpacked.clear()
        folder = Path(tempfile.mkdtemp(prefix="citytwin-tiles-"))
        with tarfile.open(fileobj=io.BytesIO(sent)) as tar:
            tar.extractall(folder, filter="data")
        _unpacked[name] = folder
    return _unpacked[name]


def _with_folder(work: dict[str, Any], folder: Path) -> dict[str, Any]:
    plugin = dict(work["plugin"])
    if plugin.get("path"):
        plugin["path"] = str(folder / PLUGIN / Path(plugin["path"]).name)
    secret = str(folder / OWN) if work.get("secret") else None
    return {**work, "plugin": plugin, "city": str(folder / OPEN), "secret": secret}
