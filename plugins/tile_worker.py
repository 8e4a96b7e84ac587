"""A process that does tiles of an analysis, one after another, until it is told no more."""

from __future__ import annotations

import json
import socket
import traceback
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely

from plugins.city_handle import FileCity, open_city
from plugins.contract import PluginError
from plugins.loading import loaded
from plugins.parameters import typed_parameters
from plugins.partials import bytes_of_partial
from plugins.walls import limit

DONE, ERROR = b"+", b"-"


def done_tile(work: dict[str, Any], tile: dict[str, Any]) -> bytes:
    """Return what one tile says, as bytes. Pure: the same for the same values, wherever it is run.

    work   "plugin" (a reference), "parameters" (plain), "city" (a folder), "secret", "allowed",
           "scenario"
    tile   "number", "area" (as WKT; "" for the whole city), and "square" with "margin_m", or "part" as the plugin's
           parts gave it
    """
    plugin, parameters, city = _prepared(json.dumps(work, sort_keys=True))

    area = shapely.from_wkt(tile["area"]) if tile["area"] else city.area
    if "part" in tile:
        return bytes_of_partial(plugin.part(city, area, parameters, tile["part"]))
    seen = city.tile(tile["number"], tuple(tile["square"]), tile["margin_m"], area)
    return bytes_of_partial(plugin.tile(seen, parameters))


def answered_tile(work: dict[str, Any], tile: dict[str, Any]) -> bytes:
    """Return DONE and what a tile says, or ERROR and why it failed as JSON [sentence, hint]."""
    try:
        return DONE + done_tile(work, tile)
    except PluginError as error:
        words = [error.sentence, error.hint]
    except MemoryError:
        words = ["It needed more memory than a plugin may have.", "Make the tiles smaller, or let it have more."]
    except Exception as error:  # noqa: BLE001  the outer wall: what failed is told
        traceback.print_exc()
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"In {Path(last.filename).name}, line {last.lineno}; its log has more."
        words = [f"It failed: {type(error).__name__}: {error}.", where]
    return ERROR + json.dumps(words).encode()


@lru_cache(maxsize=2)
def _prepared(work: str) -> tuple[Any, Any, FileCity]:
    asked = json.loads(work)
    plugin = loaded(asked["plugin"])
    secret = Path(asked["secret"]) if asked.get("secret") else None
    city = open_city(Path(asked["city"]), secret_folder=secret, allowed=asked.get("allowed", ()))
    city = city.scenario(asked.get("scenario", ""))
    return plugin, typed_parameters(plugin.info.parameters, asked["parameters"]), city


def serve(descriptor: int) -> None:
    """Run in the worker: take the work, then tiles, and answer each."""
    end = socket.socket(fileno=descriptor)
    work = _take(end)
    if work is None:
        return
    limit(work["memory_bytes"])
    while (tile := _take(end)) is not None:
        answer = answered_tile(work, tile)
        end.sendall(len(answer).to_bytes(8, "little") + answer)


def _take(end: socket.socket) -> dict[str, Any] | None:
    size = int.from_bytes(_exactly(end, 8), "little")
    if not size:
        return None
    asked: dict[str, Any] = json.loads(_exactly(end, size))
    return asked


def _exactly(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        some = end.recv(size - len(data))
        if not some:
            return b""
        data += some
    return data
