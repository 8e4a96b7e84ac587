"""What runs in a plugin's own process: loads it, walls it in, runs it and tells the app what it gives.

The plugin runs on the main thread; one thread hears the app, one sends frames. The newest frame waits in a place for
one, and is written when the app has room: a plugin that yields 2,000 frames a second only overwrites its own.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely

from plugins.asked_tiles import AskedRunner
from plugins.city_handle import FileCity, open_city
from plugins.contract import Area, Info, PluginError, Point, Progress, Tiling
from plugins.encoding import plain, write_frame
from plugins.forks import Forks
from plugins.loading import described, loaded, ways_of
from plugins.network_record import network_record
from plugins.parameters import fields_of, plain_parameters, typed_parameters, with_layers
from plugins.partials import partial_of_bytes
from plugins.places import read_places
from plugins.runner import HereRunner, ProcessRunner, Runner
from plugins.walls import limit, raise_walls
from plugins.wire import Line
from twin.errors import TwinError


def serve(control: int, log: int) -> None:
    """Do the one task that the app sends, then end."""
    for output in (1, 2):
        os.dup2(log, output)
    os.close(log)
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    faulthandler.enable(sys.stderr)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    line = Line(socket.socket(fileno=control))
    task = line.hear()
    if task is None:
        return
    try:
        line.tell(_done(task, line))
    except PluginError as error:
        line.tell({"t": "failed", "kind": "plugin", "sentence": error.sentence, "hint": error.hint})
    except TwinError as error:
        line.tell({"t": "failed", "kind": "plugin", "sentence": error.sentence, "hint": error.hint})
    except MemoryError:
        line.tell(_memory_words(task))
    except BrokenPipeError:
        return
    except BaseException as error:  # noqa: BLE001  the outer wall of a plugin: why it failed is told
        traceback.print_exc()
        line.tell(_failure_words(error, task))


def _memory_words(task: dict[str, Any]) -> dict[str, Any]:
    most = task["memory_bytes"] / 2**20
    return {
        "t": "failed",
        "kind": "memory",
        "sentence": f"It needed more memory than the {most:,.0f} MB it may have.",
        "hint": "Run it on a smaller area, or let it have more (Info.memory_mb).",
    }


def _failure_words(error: BaseException, task: dict[str, Any]) -> dict[str, Any]:
    """Say where in the plugin's own code it failed."""
    own = str(task["plugin"].get("path") or "")
    frames = traceback.extract_tb(error.__traceback__)
    at = next((f for f in reversed(frames) if f.filename == own), frames[-1])
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    where = f"In {Path(at.filename).name}, line {at.lineno}; its log has more."
    return {"t": "failed", "kind": "raise", "sentence": f"It failed with {words}.", "hint": where}


def _done(task: dict[str, Any], line: Line) -> dict[str, Any]:
    """Do the task and return the last word."""
    folder = Path(task["folder"])
    os.chdir(folder)
    os.environ["TMPDIR"] = str(folder)
    limit(int(task["memory_bytes"]))
    own = [Path(task["plugin"]["path"]).parent] if task["plugin"].get("path") else []
    city_folders = [Path(task[n]) for n in ("city", "secret") if task.get(n)]
    extra = [Path(p).parent for n in ("record", "replay") if (p := task.get(n))]
    raise_walls(task.get("allowed", ()), readable=[*own, *city_folders, *extra], writable=[folder, *extra])
    needs_forks = task["do"] == "run" and task.get("processes", 1) and not task.get("on_cluster")
    workers = Forks.begun_by_fork() if needs_forks else None
    plugin = loaded(task["plugin"])
    if task["do"] == "describe":
        return {"t": "described", **described(plugin)}
    asked = fields_of(plugin.info.parameters)
    secret = Path(task["secret"]) if task.get("secret") else None
    city = open_city(Path(task["city"]), secret_folder=secret, allowed=task.get("allowed", ()))
    city = city.scenario(task.get("scenario", ""))
    settled = with_layers(asked, plain_parameters(asked, task.get("parameters", {})), city.layers)
    line.tell({"t": "started", "parameters": settled})
    parameters = typed_parameters(plugin.info.parameters, settled)
    if task["do"] == "at":
        return _readings(plugin, city, parameters, task)
    run = _Run(task, line, plugin, city)
    if {"tile", "part"} & set(ways_of(type(plugin))):
        return run.tiles(settled, parameters, workers)
    if workers is not None:
        workers.close()
    with network_record(task.get("record"), task.get("replay")):
        return run.frames(parameters)


def _readings(plugin: Any, city: FileCity, parameters: Any, task: dict[str, Any]) -> dict[str, Any]:
    if "at" not in ways_of(type(plugin)):
        raise PluginError(f"{plugin.info.title} cannot tell its value at places.", "It has no method at.")
    places = read_places(city, task["places"])
    readings = list(plugin.at(city, parameters, places))
    if len(readings) != len(places):
        raise PluginError(f"It gave {len(readings)} readings for {len(places)} places.", "Give one for each.")
    told = [{"value": plain(r.value), "unit": r.unit, "reasons": plain(dict(r.reasons))} for r in readings]
    return {"t": "readings", "readings": told}


def _runner(task: dict[str, Any], workers: Forks | None, line: Line) -> Runner:
    if workers is None:
        return HereRunner()

    def tell(pids: list[int]) -> None:
        line.tell({"t": "workers", "pids": pids})

    return ProcessRunner(workers, task.get("processes"), tile_s=float(task["tile_s"]), on_change=tell)


class _Run:
    """One run of a plugin: what it yields goes to the app."""

    def __init__(self, task: dict[str, Any], line: Line, plugin: Any, city: FileCity) -> None:
        self._task, self._line, self._plugin, self._city = task, line, plugin, city
        self._info: Info = plugin.info
        self._folder = Path(task["folder"])
        self._stop = threading.Event()
        self.asked = AskedRunner(line.tell, self._folder)
        self._changed = threading.Condition()
        self._newest: Any = None
        self._has_new = False
        self._credits = 1
        self._is_ending = False
        self._written = 0
        self.dropped = 0
        self._failure: BaseException | None = None
        threading.Thread(target=self._listen, name="hears the app", daemon=True).start()
        self._sender = threading.Thread(target=self._send, name="sends frames", daemon=True)
        self._sender.start()

    def _listen(self) -> None:
        while (message := self._line.hear()) is not None:
            if message["t"] == "stop":
                self._stop.set()
                self.asked.hear({"error": ["It was stopped.", ""]})
            elif message["t"] == "tile":
                self.asked.hear(message)
            elif message["t"] == "credit":
                with self._changed:
                    self._credits += 1
                    self._changed.notify_all()
        os._exit(0)  # the app has gone

    @property
    def area(self) -> Any:
        """Return the area asked for, in the city's CRS."""
        ring = self._task.get("area")
        if not ring:
            return self._city.area
        return self._city.polygon(Area(Point(*p) for p in ring))

    def frames(self, parameters: Any) -> dict[str, Any]:
        """Run a plugin that yields frames."""
        given: Iterator[Any] = self._plugin.frames(self._city, self.area, parameters, self._stop)
        try:
            iterator = iter(given)
        except TypeError:
            raise PluginError(
                f"frames returned a {type(given).__name__}.", "Write it with yield: yield Frame(...)."
            ) from None
        count = 0
        for one in iterator:
            if isinstance(one, Progress):
                self._tell_progress(one)
            else:
                count += 1
                self._put(one)
            if self._failure is not None:
                break
            if self._stop.is_set() and self._info.is_live:
                break
        self._flush()
        if not count and not self._stop.is_set():
            raise PluginError("It ended without a frame.", "Yield at least one Frame.")
        return {"t": "done", "frames": count}

    def tiles(self, settled: dict[str, Any], parameters: Any, workers: Forks | None) -> dict[str, Any]:
        """Run an analysis tile by tile, or part by part."""
        city, plugin, area = self._city, self._plugin, self.area
        is_parted = "part" in ways_of(type(plugin))
        tiles = self._parts_of(area, parameters) if is_parted else self._squares_of(area, parameters)
        task = self._task
        work = {"plugin": task["plugin"], "parameters": settled, "city": task["city"], "secret": task.get("secret")}
        work |= {"allowed": task.get("allowed", ()), "memory_bytes": task["memory_bytes"]}
        work["scenario"] = task.get("scenario", "")
        runner = self.asked if task.get("on_cluster") else _runner(task, workers, self._line)
        try:
            partials = self._partials(runner, work, tiles, "parts" if is_parted else "tiles")
            if is_parted:
                self._put(plugin.whole(partials, city, area, parameters))
            else:
                self._put(plugin.combine(partials, city, parameters))
            self._flush()
        finally:
            runner.close()
        return {"t": "done", "frames": 1, "tiles": len(tiles), "replaced": getattr(runner, "replaced", 0)}

    def _squares_of(self, area: Any, parameters: Any) -> list[dict[str, Any]]:
        city, plugin = self._city, self._plugin
        tiling = plugin.tiling(city, parameters) if "tiling" in ways_of(type(plugin)) else Tiling()
        squares = city.squares(tiling.size_m, tiling.margin_m, area)
        wkt = self._wkt(area)
        return [
            {"number": n, "square": list(square), "margin_m": tiling.margin_m, "area": wkt}
            for n, square in enumerate(squares)
        ]

    def _parts_of(self, area: Any, parameters: Any) -> list[dict[str, Any]]:
        parts, wkt = self._plugin.parts(self._city, area, parameters), self._wkt(area)
        return [{"number": n, "part": plain(dict(part)), "area": wkt} for n, part in enumerate(parts)]

    def _wkt(self, area: Any) -> str:
        return "" if area is self._city.area else shapely.to_wkt(area, rounding_precision=-1)

    def _partials(self, runner: Any, work: dict[str, Any], tiles: list[dict[str, Any]], words: str) -> Iterator[Any]:
        for number, answer in enumerate(runner.map(work, tiles), start=1):
            if self._stop.is_set():
                raise PluginError("It was stopped.", "")
            self._tell_progress(Progress(number / len(tiles), f"{number} of {len(tiles)} {words}"))
            yield partial_of_bytes(answer)

    def _tell_progress(self, progress: Progress) -> None:
        share = min(max(float(progress.share), 0.0), 1.0)
        self._line.tell({"t": "progress", "share": share, "words": str(progress.words)[:500]})

    def _put(self, frame: Any) -> None:
        """Put a frame where the newest waits; one that waited there is gone."""
        with self._changed:
            self.dropped += self._has_new
            self._newest, self._has_new = frame, True
            self._changed.notify_all()

    def _send(self) -> None:
        centre = self._city.area.centroid
        while True:
            with self._changed:
                self._changed.wait_for(lambda: (self._has_new and self._credits > 0) or self._is_ending)
                if not self._has_new:
                    return
                if self._credits <= 0:
                    self._changed.wait_for(lambda: self._credits > 0)
                frame, self._newest, self._has_new = self._newest, None, False
                self._credits -= 1
            try:
                self._written += 1
                stem = f"frame-{self._written}"
                header = write_frame(frame, self._info, self._city.crs, (centre.x, centre.y), self._folder, stem)
                self._line.tell({"t": "frame", "header": {**header, "dropped": self.dropped}})
            except BaseException as error:  # noqa: BLE001  told on the main thread
                self._failure = error
                return

    def _flush(self) -> None:
        """Wait until the last frame is with the app."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        self._sender.join()
        if self._failure is not None:
            raise self._failure
