"""Tiles done on a Dask cluster (the extra `cluster`): the same tiles and the same answers as on this machine.

The app holds the connection, never the plugin: a plugin's process asks for its tiles to be done, and finds their
answers as files in its own folder, in their order.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.asked_tiles import TILES, answer_path
from plugins.cluster_tile import about, bundle, cluster_tile, kept
from plugins.tile_worker import ERROR
from twin.errors import PluginRunError
from twin.version import VERSION

if TYPE_CHECKING:
    from plugins.run import Running

CONNECT_S = 5
ALONE_S = 60.0
"""How long a cluster may be without workers before it is given up."""
AHEAD = 4
"""Tiles that are handed out for each thread of the cluster."""
MOST_UNREAD = 32
"""Answers that wait in the plugin's folder at most."""


class Cluster:
    """A connection to a cluster, and the runs whose tiles are done there."""

    def __init__(self, address: str, *, is_shared: bool | None = None) -> None:
        """Connect.

        is_shared   whether the workers read this machine's files; None asks them
        raises   PluginRunError  the extra is missing, nothing answers, or its workers cannot be used
        """
        try:
            import distributed  # noqa: PLC0415  an extra
        except ImportError:
            raise PluginRunError(
                "Clusters need a package that is not installed.", hint='Install it: pip install "citytwin[cluster]".'
            ) from None
        self.address, self._is_shared = address, is_shared
        try:
            _knock(address)
            self._client: Any = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TimeoutError) as error:
            raise PluginRunError(
                f"No cluster answers at {address}.",
                hint="Write the address of its scheduler, such as tcp://host:8786.",
            ) from error
        self._runs: dict[int, _TilesOfRun] = {}

    def turn(self, running: Running) -> None:
        """Do what a run has asked for since the last turn."""
        if running.token in self._runs:
            self._runs[running.token].turn()
        elif running.asks_tiles:
            try:
                self._runs[running.token] = _TilesOfRun(self._client, running, self.address, self._is_shared)
            except PluginRunError as error:
                running.asks_tiles = False
                running.tell_tile({"error": [str(error), error.hint]})

    def over(self, running: Running) -> None:
        """Take back what was handed out for a run that has ended."""
        run = self._runs.pop(running.token, None)
        if run is not None:
            run.cancel()

    def close(self) -> None:
        """Leave the cluster; it goes on without us."""
        for run in self._runs.values():
            run.cancel()
        self._client.close(timeout=2)


def _knock(address: str) -> None:
    """See whether anybody is there: a client that waits in vain leaves a thread behind.

    raises   OSError, ValueError
    """
    protocol, is_said, place = address.partition("://")
    if not is_said:
        protocol, place = "tcp", address
    if protocol not in {"tcp", "tls"}:
        return
    host, _, port = place.rpartition(":")
    end_s = time.monotonic() + CONNECT_S
    while True:
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()
        except ConnectionRefusedError:  # it may be starting
            if time.monotonic() > end_s:
                raise
            time.sleep(0.1)
        else:
            return


class _TilesOfRun:
    """The tiles of one run."""

    def __init__(self, client: Any, running: Running, address: str, is_shared: bool | None) -> None:  # noqa: FBT001
        self._client, self._running, self._address = client, running, address
        self._work = work_of(running)
        self._tiles = json.loads((running.folder / TILES).read_text(encoding="utf-8"))
        self._futures: dict[int, Any] = {}
        self._next = self._handed = 0
        self._peopled_s = time.monotonic()
        self._seen: set[str] = set()
        self._lost = 0
        self._sent = self._send_city(is_shared)

    def _send_city(self, is_shared: bool | None) -> Any:  # noqa: FBT001
        """Return the city as a task's answer, or None where every worker reads it from its folder."""
        paths = [self._work["city"], *(p for p in (self._work.get("secret"), self._work["plugin"].get("path")) if p)]
        try:
            found: dict[str, dict[str, Any]] = self._client.run(about, paths)
        except ImportError as error:
            raise PluginRunError(
                f"The cluster's workers lack a package ({error}).",
                hint=f"Install citytwin {VERSION} where they run, and start them again.",
            ) from error
        others = {str(f["version"]) for f in found.values()} - {VERSION}
        if others:
            raise PluginRunError(
                f"The cluster's workers have citytwin {', '.join(sorted(others))}; this is {VERSION}.",
                hint="Install the same version where they run.",
            )
        if is_shared is None:
            is_shared = bool(found) and all(f["reads"] for f in found.values())
        if is_shared:
            return None
        with warnings.catch_warnings():  # that a city is large is no news
            warnings.simplefilter("ignore")
            return self._client.submit(kept, bundle(self._work), pure=True)

    def turn(self) -> None:
        """Hand out tiles, and hand on the answers in their order."""
        if self._next >= len(self._tiles):
            return
        self._running.heard_s = time.monotonic()  # its plugin waits for us
        threads = self._count_threads()
        while self._handed < min(len(self._tiles), self._next + AHEAD * max(threads, 1)):
            tile = self._tiles[self._handed]
            self._futures[self._handed] = self._client.submit(cluster_tile, self._work, tile, self._sent, pure=False)
            self._handed += 1
        while (future := self._futures.get(self._next)) is not None and future.done() and not self._is_full():
            answer = self._answer(future)
            if answer is None:
                return
            answer_path(self._running.folder, self._next).write_bytes(answer)
            self._running.tell_tile({"number": self._next, "lost": self._lost})
            del self._futures[self._next]
            self._next += 1

    def _count_threads(self) -> int:
        """Return how many threads the cluster has, and notice workers that have gone."""
        workers: Mapping[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        self._lost += len(self._seen - set(workers))
        self._seen = set(workers)
        now = time.monotonic()
        self._peopled_s = now if workers else self._peopled_s
        if self._client.status in {"closed", "closing"}:
            self._fail("The cluster has gone.", f"Its address was {self._address}.")
        elif now > self._peopled_s + ALONE_S:
            self._fail(f"The cluster has had no workers for {ALONE_S:g} s.", f"Start some: dask worker {self._address}")
        return sum(int(w["nthreads"]) for w in workers.values())

    def _is_full(self) -> bool:
        return sum(1 for _ in self._running.folder.glob("tile-*")) > MOST_UNREAD

    def _answer(self, future: Any) -> bytes | None:
        """Return a tile's partial; None where it failed, which is told."""
        try:
            answer = bytes(future.result(timeout=30))
        except Exception as error:  # noqa: BLE001  whatever a cluster does with a tile is told
            name = type(error).__name__
            words = {
                "KilledWorker": f"Tile {self._next + 1} of {len(self._tiles)} ended its worker every time.",
                "FutureCancelledError": "The cluster gave a tile up.",
            }
            self._fail(
                words.get(name, f"The cluster could not do a tile: {name}: {error}."[:300]), "Its log says more."
            )
            return None
        if answer[:1] == ERROR:
            self._fail(*json.loads(answer[1:]))
            return None
        return answer[1:]

    def _fail(self, sentence: str, hint: str) -> None:
        self._next = len(self._tiles)
        self._running.tell_tile({"error": [sentence, hint]})

    def cancel(self) -> None:
        """Take back what was handed out."""
        with contextlib.suppress(Exception):  # the cluster may have gone
            self._client.cancel(list(self._futures.values()), force=True)
        self._futures.clear()


def work_of(running: Running) -> dict[str, Any]:
    """Return what is the same for all tiles of a run, as tile_worker.done_tile takes it."""
    task = running.task
    assert task.city is not None
    secret = str(task.city.secret_folder) if set(task.allowed) & {"personal", "comments"} else None
    plugin = dict(task.plugin)
    if plugin.get("path"):
        plugin["path"] = str(Path(plugin["path"]).absolute())
    work = {"plugin": plugin, "parameters": running.parameters, "city": str(task.city.folder), "secret": secret}
    return work | {"scenario": task.scenario, "allowed": list(task.allowed), "memory_bytes": task.memory_mb * 2**20}
