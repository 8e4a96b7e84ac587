"""A city that changes while it is shown: from the file's new name to the picture, and how long the window stands still.

A real window shows a GeoPackage and follows it; another process changes a copy (raises, adds, removes, reshapes some
buildings) and gives it the file's name at once. Counted are the tiles made anew, and the time from the rename until
the changed city is drawn. Without a display the window is opened off screen unless told otherwise.
"""

# ruff: noqa: S608  names come from the file itself

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LONGEST_RUN_S = 280.0
EDITS = ("heights", "add", "remove", "reshape", "outside", "nothing")


def edit(path: str, what: str) -> None:
    """Run in a process of its own: change a copy of a GeoPackage in one way, and put it in its place."""
    beside = f"{path}.new"
    shutil.copyfile(path, beside)
    with sqlite3.connect(beside) as connection:
        (table,) = connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'").fetchone()
        (shape,) = connection.execute("SELECT column_name FROM gpkg_geometry_columns").fetchone()
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        fields = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        number = next(f for f in fields if f in ("fid", "ogc_fid", "id"))
        last = connection.execute(f'SELECT max("{number}") FROM "{table}"').fetchone()[0]
        height = next(f for f in fields if "height" in f.lower())
        if what == "heights":
            connection.execute(f'UPDATE "{table}" SET "{height}" = 77.7 WHERE "{number}" % {max(last // 10, 1)} = 3')
        elif what == "remove":
            connection.execute(f'DELETE FROM "{table}" WHERE "{number}" IN (5, 6, 7)')
        elif what in ("add", "outside", "reshape"):
            (blob,) = connection.execute(f'SELECT "{shape}" FROM "{table}" WHERE "{number}" = {last // 2}').fetchone()
            moved = _moved(blob, {"add": 4.0, "outside": 4000.0, "reshape": 1.5}[what])
            if what == "reshape":
                connection.execute(f'UPDATE "{table}" SET "{shape}" = ? WHERE "{number}" = {last // 2}', (moved,))
            else:
                columns = ", ".join(f'"{f}"' for f in fields if f not in (number, shape))
                asked = f'INSERT INTO "{table}" ("{shape}", {columns}) SELECT ?, {columns} FROM "{table}" '
                connection.execute(asked + f'WHERE "{number}" = {last // 2}', (moved,))
        connection.execute(f'UPDATE gpkg_ogr_contents SET feature_count = (SELECT count(*) FROM "{table}")')
    connection.close()
    os.replace(beside, path)  # noqa: PTH105  the moment that counts


def _moved(blob: bytes, by: float) -> bytes:
    """Return a polygon of a GeoPackage that is `by` farther east."""
    envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[(blob[3] >> 1) & 7]
    head, shape = bytearray(blob[: 8 + envelope]), bytearray(blob[8 + envelope :])
    place = 9 if shape[1] == 6 else 0
    rings = struct.unpack_from("<I", shape, place + 5)[0]
    at = place + 9
    for _ in range(rings):
        points = struct.unpack_from("<I", shape, at)[0]
        for number in range(points):
            (x,) = struct.unpack_from("<d", shape, at + 4 + 16 * number)
            struct.pack_into("<d", shape, at + 4 + 16 * number, x + by)
        at += 4 + 16 * points
    if envelope:
        low, high = struct.unpack_from("<dd", head, 8)
        struct.pack_into("<dd", head, 8, low + by, high + by)
    return bytes(head + shape)


@dataclass(slots=True)
class Watch:
    """Looks on from inside the event loop, and has the file changed whenever everything is on screen."""

    path: str
    edits: list[str]
    answers: list[dict[str, Any]] = field(default_factory=list)
    gap_ms: float = 0.0
    _last: float = 0.0
    _begun: float = 0.0
    _rests_since: float = 0.0
    _changing: subprocess.Popen[bytes] | None = None
    _before: object = None
    _seen_s: float = 0.0
    made: Counter[str] = field(default_factory=Counter)
    _drawn_s: float = 0.0
    _frames: int = 0

    def beat(self) -> None:
        """Note the time since the last beat; go on with the next change when the last one is drawn."""
        now = time.perf_counter()
        if self._last:
            self.gap_ms = max(self.gap_ms, (now - self._last) * 1000)
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415

        window = next((w for w in QApplication.topLevelWidgets() if type(w).__name__ == "MainWindow"), None)
        if window is not None:
            self._look(window, now)
        self._last = time.perf_counter()

    def _look(self, window: Any, now: float) -> None:
        from ui.follow_desk import FollowDesk  # noqa: PLC0415

        session, scene = window.session, window.parts.scene
        if not session.layers or not scene.buildings or not window.view.is_settled or window.parts.opener.is_busy:
            self._rests_since = now
        if self._changing is None:
            if session.layers and now - self._rests_since > 1.5:
                desk = window.findChild(FollowDesk)
                if not desk.layer_ids:
                    desk.act.trigger()
                    self._count(scene)
                    self._rests_since = now
                elif self.edits:
                    self._begin(session)
                else:
                    window.close()
            return
        self._changed(window, now)

    def _count(self, scene: Any) -> None:
        """Count the pieces of work that the scene has done, and note when frames are drawn."""
        jobs, draw = scene.workers, scene.draw
        submit = jobs.submit

        def counted(key: Any, function: Any, *args: Any, **words: Any) -> None:
            self.made[function.__name__] += 1
            submit(key, function, *args, **words)

        def drawn(*args: Any, **words: Any) -> Any:
            picture = draw(*args, **words)
            if self._seen_s:
                self._frames += 1
                if self._frames > 1 and not self._drawn_s and not _tiles_wait(jobs):
                    self._drawn_s = time.time()
            return picture

        jobs.submit, scene.draw = counted, drawn

    def _begin(self, session: Any) -> None:
        self.made.clear()
        self._before = next(iter(session.layers.values()))
        command = [sys.executable, str(Path(__file__).resolve()), "--edit", self.edits[0], self.path]
        self._changing = subprocess.Popen(command)
        self._seen_s, self._drawn_s, self._frames, self.gap_ms = 0.0, 0.0, 0, 0.0

    def _changed(self, window: Any, now: float) -> None:
        layer = next(iter(window.session.layers.values()))
        if self._changing is None or self._changing.poll() is None:
            return
        if not self._seen_s and layer is not self._before:
            self._seen_s = time.time()
        is_drawn = self._seen_s and window.view.is_settled
        waited = time.time() - Path(self.path).stat().st_ctime
        if is_drawn or waited > 12:
            answer = {
                "edit": self.edits.pop(0),
                "in_session_s": round(self._seen_s - Path(self.path).stat().st_ctime, 3) if self._seen_s else None,
                "drawn_s": round(self._drawn_s - Path(self.path).stat().st_ctime, 3) if self._drawn_s else None,
                "settled_s": round(waited, 3),
                "longest_gap_ms": round(self.gap_ms, 1),
                "made": dict(self.made),
                "tiles": len(layer.tiles.index()),
            }
            self.answers.append(answer)
            print(json.dumps(answer), file=sys.stderr, flush=True)
            self._changing, self._rests_since = None, now


def _tiles_wait(jobs: Any) -> bool:
    """Return whether meshes of tiles are still being made."""
    keys = [*jobs._waiting, *(piece.key for worker in jobs._workers for piece in worker.doing.values())]  # noqa: SLF001
    return any(isinstance(key, tuple) and len(key) == 3 and isinstance(key[1], int) for key in keys)


def inside(path: str, edits: list[str]) -> None:
    """Run in a process of its own: the window as its command opens it, with a timer in its event loop."""
    watch = Watch(path, edits)
    from ui import cli  # noqa: PLC0415
    from ui.jobs import warm_up  # noqa: PLC0415

    warm_up()
    from PySide6.QtCore import QTimer  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    app = QApplication(sys.argv[:1])
    timer = QTimer(app)
    timer.timeout.connect(watch.beat)
    timer.start(1)
    QTimer.singleShot(int(LONGEST_RUN_S * 1000), app.quit)
    cli.main(["open", path])
    timer.stop()
    print(json.dumps(watch.answers))


def main() -> None:
    """Measure one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", help="a GeoPackage of buildings; a copy of it is changed")
    parser.add_argument("--edits", nargs="*", default=list(EDITS))
    parser.add_argument("--edit", help=argparse.SUPPRESS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.edit:
        edit(args.path, args.edit)
    elif args.inside:
        inside(args.path, args.edits)
    else:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / Path(args.path).name
            shutil.copyfile(args.path, copy)
            environment = dict(os.environ)
            environment |= {"CITYTWIN_CONFIG_DIR": f"{folder}/config", "CITYTWIN_CACHE_DIR": f"{folder}/cache"}
            if not environment.get("DISPLAY"):
                environment.setdefault("QT_QPA_PLATFORM", "offscreen")
            command = [sys.executable, str(Path(__file__).resolve()), "--inside", str(copy), "--edits", *args.edits]
            subprocess.run(command, env=environment, check=False, timeout=LONGEST_RUN_S + 30)


if __name__ == "__main__":
    main()
