"""All plugins of a window and how each stands: found, described, running, failed. No Qt: a timer calls poll()."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.ledger import ledger_path
from plugins.city_handle import FileCity, open_city
from plugins.discover import Found, Origin, discover, find_file
from plugins.received import Received
from plugins.run import Host, LaidCity, Running, State
from plugins.trust import key_of, load_trust, save_trust
from twin.alarms import Alarm
from twin.layer import Layer
from twin.session import Session
from ui.plugin_answers import Described
from ui.plugin_city import Decisions, city_contents
from ui.plugin_comments import comments_of

CHANGED_S = 1.0
"""How often files are looked at for changes."""


@dataclass
class Entry:
    """One plugin and how it stands."""

    found: Found
    described: Described | None = None
    looking: Running | None = None
    """The run that asks what it is."""
    running: Running | None = None
    """The run that is going on, or the last one."""
    waiting: Future[Any] | None = None
    """What its start waits for."""
    is_enabled: bool = True
    sentence: str = ""
    """Why it is refused or has failed."""
    hint: str = ""
    layer_id: str = ""
    last: Received | None = None
    """The last good frame."""
    last_s: float = 0.0
    parameters: dict[str, Any] = field(default_factory=dict)
    area: Sequence[Sequence[float]] = ()
    stamp: float = 0.0
    """When its file was written, as it was looked at."""
    is_changed: bool = False
    """Its file is not what it was when it was looked at."""

    @property
    def id(self) -> str:
        """Return its id, or what it is called until that is known."""
        return self.described.id if self.described is not None else str(self.found.facts.get("id") or self.found.name)

    @property
    def title(self) -> str:
        """Return what people see."""
        facts = self.described.info if self.described is not None else self.found.facts
        return str(facts.get("title") or self.found.name)

    @property
    def is_busy(self) -> bool:
        """Return whether it is starting or running."""
        return self.waiting is not None or (self.running is not None and not self.running.is_over)


class PluginShelf:
    """Finds, describes, runs and watches plugins over a session."""

    def __init__(
        self, session: Session, decisions: Callable[[], Decisions], projects: Callable[[], list[Path]]
    ) -> None:
        """Start nothing yet.

        decisions   what was decided about personal columns
        projects    where plugins may lie beside what is open
        """
        self._session, self._decisions, self._projects = session, decisions, projects
        self.alarms: Callable[[], tuple[Alarm, ...]] = tuple
        """Returns the project's alarms; the desk says how."""
        self.folder: Callable[[], Path | None] = _no_folder
        """Returns the folder of the project that is open, if it has one."""
        self.host = Host()
        self.entries: dict[str, Entry] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="plugins")
        self._laid: tuple[tuple[object, ...], LaidCity, tuple[Layer, ...]] | None = None
        self._old: list[LaidCity] = []
        self._looked_s = 0.0
        self.on_frame: Callable[[Entry, Received], None] = _nothing
        """Called for each frame that arrives."""
        self.on_over: Callable[[Entry], None] = _nothing
        """Called when a run is over."""

    # finding

    def refresh(self) -> None:
        """Look for plugins again; what runs goes on."""
        trust, kept = load_trust(), self.entries
        self.entries = {}
        for found in discover(trust, self._projects()):
            key = found.path or str(found.reference)
            old = kept.get(key)
            entry = old if old is not None and old.found.sha256 == found.sha256 and not old.sentence else Entry(found)
            if old is not None and entry is not old:
                entry.running, entry.layer_id, entry.last = old.running, old.layer_id, old.last
            entry.found = found
            entry.sentence, entry.hint = found.refused, found.hint
            self.entries[key] = entry
            if not found.refused and entry.described is None and entry.looking is None:
                self._look(entry)
            entry.is_enabled = entry.id not in trust.disabled

    def _look(self, entry: Entry) -> None:
        entry.stamp = _stamp(entry.found.path) if entry.found.path else 0.0
        entry.looking = self.host.start(Described(entry.found, _LOOK, [], []).task("describe"))

    def allow(self, entry: Entry) -> None:
        """Allow its file by its bytes, on this machine."""
        trust = load_trust()
        trust.allow(entry.found.sha256, entry.found.path)
        save_trust(trust)
        self.refresh()

    def missing_grants(self, entry: Entry) -> list[str]:
        """Return the capabilities it wants and was not granted."""
        if entry.described is None or entry.found.origin is Origin.BUILT_IN:
            return []
        wanted = list(entry.described.info["capabilities"])
        return [] if load_trust().has_granted(key_of(entry.id, entry.found.reference), wanted) else wanted

    def grant(self, entry: Entry) -> None:
        """Grant it the capabilities it wants."""
        trust = load_trust()
        trust.grant(key_of(entry.id, entry.found.reference), self.missing_grants(entry))
        save_trust(trust)

    def set_enabled(self, entry: Entry, *, is_enabled: bool) -> None:
        """Let it run, or stop it and keep it from running."""
        trust = load_trust()
        trust.set_enabled(entry.id, is_enabled=is_enabled)
        save_trust(trust)
        entry.is_enabled = is_enabled
        if not is_enabled:
            self.stop(entry)

    def reload(self, entry: Entry) -> None:
        """Read its file again, as it is now; a live layer that was running runs again."""
        again = entry.is_busy and entry.described is not None and bool(entry.described.info["is_live"])
        self.stop(entry)
        if entry.found.path:
            fresh = find_file(Path(entry.found.path), load_trust())
            refused = entry.found.origin is Origin.PROJECT and fresh.refused
            origin = entry.found.origin
            entry.found = Found(
                fresh.name, origin, fresh.reference, fresh.facts, fresh.refused if refused else "", fresh.hint
            )
        entry.described, entry.is_changed = None, False
        entry.sentence, entry.hint = entry.found.refused, entry.found.hint
        if not entry.found.refused:
            self._look(entry)
            entry.parameters = entry.parameters if again else {}
            entry.waiting = Future() if again else None
            if entry.waiting is not None:
                entry.waiting.set_result(None)

    # running

    def run(self, entry: Entry, parameters: Mapping[str, Any], area: Sequence[Sequence[float]] = ()) -> None:
        """Start it once the city is laid down for it."""
        self.stop(entry)
        entry.parameters, entry.area = dict(parameters), area
        entry.sentence = entry.hint = ""
        entry.waiting = self._thread.submit(self._city)

    def _city(self) -> LaidCity:
        """Lay the city down as it is now, unless that was done; on the shelf's own thread."""
        layers = tuple(v for v in self._session.city.values() if not v.info.path.startswith("plugin://"))
        folder = self.folder()
        ledger_s = _stamp(str(ledger_path(folder))) if folder is not None else 0.0
        moment_s, alarms = self._session.clock.moment_s(), self.alarms()
        stamp = (*(id(layer) for layer in layers), self._session.composition.scenarios, moment_s, ledger_s, alarms)
        if self._laid is None or self._laid[0] != stamp:
            if self._laid is not None:
                self._old.append(self._laid[1])
            city = city_contents(self._session, self._decisions(), comments_of(folder), alarms)
            self._laid = stamp, self.host.lay_down(city), layers
        return self._laid[1]

    def _drop_old(self) -> None:
        """Remove cities laid down earlier that no run and no result needs any more."""
        used = [e.running.task.city for e in self.entries.values() if e.running is not None]
        for laid in [o for o in self._old if o not in used]:
            self._old.remove(laid)
            self.host.take_up(laid)

    def opened(self, entry: Entry) -> FileCity:
        """Return the city that the entry's last run had."""
        assert entry.running is not None
        laid = entry.running.task.city
        assert laid is not None
        return open_city(laid.folder, secret_folder=laid.secret_folder, allowed=entry.running.task.allowed)

    def later(self, work: Callable[[], Any]) -> Future[Any]:
        """Do something on the shelf's own thread."""
        return self._thread.submit(work)

    def stop(self, entry: Entry) -> None:
        """Ask it to end."""
        entry.waiting = None
        if entry.running is not None:
            entry.running.stop()

    def poll(self) -> bool:
        """Take in what has happened; return whether anything is going on."""
        self._watch_files()
        self._drop_old()
        over = self.host.poll()
        for entry in list(self.entries.values()):
            if entry.looking is not None and entry.looking.is_over:
                self._described(entry, entry.looking)
            if entry.waiting is not None and entry.waiting.done() and entry.described is not None:
                self._begin(entry, entry.waiting)
            if entry.running is not None:
                self._take(entry, entry.running)
                if entry.running in over:
                    self._ended(entry, entry.running)
        return bool(self.host.running) or any(e.waiting is not None for e in self.entries.values())

    def _described(self, entry: Entry, looked: Running) -> None:
        entry.looking = None
        if looked.state is State.DONE:
            answer = looked.answer
            entry.described = Described(entry.found, answer["info"], answer["parameters"], answer["ways"])
            entry.is_enabled = entry.id not in load_trust().disabled
        else:
            entry.sentence, entry.hint, entry.waiting = looked.sentence, looked.hint, None
            entry.running = looked if entry.running is None else entry.running
        self.on_over(entry)

    def _begin(self, entry: Entry, waited: Future[Any]) -> None:
        assert entry.described is not None
        entry.waiting = None
        laid = waited.result() or self._city()
        wanted = entry.described.info["capabilities"]
        allowed = () if self.missing_grants(entry) else tuple(wanted)
        task = entry.described.task(city=laid, parameters=entry.parameters, area=entry.area, allowed=allowed)
        entry.running = self.host.start(task)

    def _take(self, entry: Entry, running: Running) -> None:
        received = running.take()
        if received is not None:
            entry.last, entry.last_s = received, time.monotonic()
            self.on_frame(entry, received)

    def _ended(self, entry: Entry, running: Running) -> None:
        if running.state is State.FAILED:
            entry.sentence, entry.hint = running.sentence, running.hint
        self.on_over(entry)

    def _watch_files(self) -> None:
        if time.monotonic() < self._looked_s + CHANGED_S:
            return
        self._looked_s = time.monotonic()
        for entry in self.entries.values():
            if entry.found.path and not entry.is_changed and entry.stamp:
                entry.is_changed = _stamp(entry.found.path) != entry.stamp

    def close(self) -> None:
        """End everything."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self.host.close()


_LOOK = {"memory_mb": 1024, "frame_s": 30.0, "is_live": False}


def _nothing(*_: object) -> None:
    """Take what nobody waits for."""


def _no_folder() -> Path | None:
    return None


def _stamp(path: str) -> float:
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0
