"""Tiles that others do: a plugin's process asks the app for them, and takes the answers from its own folder."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from plugins.contract import PluginError

TILES = "tiles.json"


def answer_path(folder: Path, number: int) -> Path:
    """Return where a tile's answer lies until it is read."""
    return folder / f"tile-{number}"


class AskedRunner:
    """A plugins.runner.Runner whose tiles the app has done on a cluster."""

    def __init__(self, tell: Callable[[dict[str, Any]], None], folder: Path) -> None:
        """Take the way to the app, and the folder of the run."""
        self._tell, self._folder = tell, folder
        self._heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.replaced = 0
        """How many workers of the cluster have gone meanwhile."""

    def hear(self, message: dict[str, Any]) -> None:
        """Take in what the app says of a tile, on any thread."""
        self._heard.put(message)

    def map(self, work: dict[str, Any], tiles: Sequence[dict[str, Any]]) -> Iterator[bytes]:  # noqa: ARG002  the app knows the work
        """Yield each tile's partial, in their order."""
        (self._folder / TILES).write_text(json.dumps(list(tiles)), encoding="utf-8")
        self._tell({"t": "tiles"})
        for number in range(len(tiles)):
            message = self._heard.get()
            if "error" in message:
                raise PluginError(*message["error"])
            self.replaced = int(message["lost"])
            path = answer_path(self._folder, number)
            answer = path.read_bytes()
            path.unlink()
            yield answer

    def close(self) -> None:
        """Nothing is left."""
