"""Running plugins on the command line: describe, run to the end with progress, ask at places. No Qt."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from plugins.discover import Found, Origin
from plugins.received import Received
from plugins.run import Host, Running, State, Task
from plugins.trust import Trust, key_of, load_trust, save_trust
from twin.errors import PluginRunError

TURN_S = 0.005
DESCRIBE_S = 20.0


@dataclass(frozen=True)
class Described:
    """A plugin that has told what it is."""

    found: Found
    info: dict[str, Any]
    parameters: list[dict[str, Any]]
    ways: list[str]

    @property
    def id(self) -> str:
        """Return its id."""
        return str(self.info["id"])

    def task(self, do: str = "run", **more: Any) -> Task:
        """Return a task for it with its own limits."""
        info = self.info
        return Task(
            self.found.reference,
            do=do,
            memory_mb=int(info["memory_mb"]),
            frame_s=float(info["frame_s"]),
            is_live=bool(info["is_live"]),
            **more,
        )


def allow_hash(text: str, found: Found) -> Found:
    """Allow a found file if the hash given is its own; return it as it is then.

    raises   PluginRunError  the hash is another one's
    """
    wanted = text.lower().removeprefix("sha256:")
    if found.sha256 != wanted:
        raise PluginRunError(
            f"The hash given is not that of {found.path or found.name}.",
            hint=f"It is {found.sha256}. Read the file before you allow it."
            if found.sha256
            else "It is no single file.",
        )
    trust = load_trust()
    trust.allow(wanted, found.path)
    save_trust(trust)
    return replace(found, refused="", hint="")


def describe(host: Host, found: Sequence[Found]) -> list[Described | Found]:
    """Ask plugins what they are, all at once; one that cannot be used comes back refused, with the reason."""
    runs = {i: host.start(Task(f.reference, do="describe")) for i, f in enumerate(found) if not f.refused}
    end_s = time.monotonic() + DESCRIBE_S
    while any(not r.is_over for r in runs.values()) and time.monotonic() < end_s:
        host.poll()
        time.sleep(TURN_S)
    return [_described(f, runs.get(i)) for i, f in enumerate(found)]


def _described(found: Found, running: Running | None) -> Described | Found:
    if running is None:
        return found
    if running.state is State.DONE:
        answer = running.answer
        return Described(found, answer["info"], answer["parameters"], answer["ways"])
    sentence = running.sentence or f"It did not tell what it is within {DESCRIBE_S:g} s."
    return replace(found, refused=sentence, hint=running.hint)


def described_one(host: Host, found: Found) -> Described:
    """Ask one plugin what it is.

    raises   PluginRunError  it may not be run, or cannot be used
    """
    [answer] = describe(host, [found])
    if isinstance(answer, Found):
        raise PluginRunError(f"The plugin {found.path or found.name} is not run: {answer.refused}", hint=answer.hint)
    return answer


def granted(plugin: Described, trust: Trust) -> tuple[str, ...]:
    """Return the capabilities a plugin may use: its own if it is ours or was agreed to."""
    wanted = tuple(plugin.info["capabilities"])
    if plugin.found.origin is Origin.BUILT_IN or trust.has_granted(key_of(plugin.id, plugin.found.reference), wanted):
        return wanted
    return ()


def run_to_end(
    host: Host,
    task: Task,
    *,
    on_progress: Callable[[float, str], None] | None = None,
    on_frame: Callable[[Received], bool] | None = None,
) -> tuple[Running, Received | None]:
    """Run a plugin until it is over; return how it ended and its last frame.

    on_frame   called for each frame; True asks it to stop
    """
    running = host.start(task)
    last: Received | None = None
    told = -1.0
    try:
        while True:
            host.poll()
            received = running.take()
            if received is not None:
                if last is not None:
                    last.discard()
                last = received
                if on_frame is not None and on_frame(received):
                    running.stop()
            if on_progress is not None and running.share != told:
                told = running.share
                on_progress(running.share, running.words)
            if running.is_over and running.frame is None:
                return running, last
            time.sleep(TURN_S)
    except KeyboardInterrupt:
        running.stop()
        raise


def write_progress(share: float, words: str) -> None:
    """Show progress on a terminal's standard error; say nothing elsewhere."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{share:4.0%} {words[:60]:60}" + ("\n" if share >= 1 else ""))
        sys.stderr.flush()
