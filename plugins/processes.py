"""Processes of plugins as the system sees them: who descends from whom, what they hold, and how to end all of them."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_ROUNDS = 20


def family(pid: int) -> set[int]:
    """Return a process, its descendants, and whoever is in its session: those whose parents have gone are found too."""
    parent: dict[int, int] = {}
    members = {pid}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            # the name in parentheses may hold anything, spaces and parentheses too
            words = (entry / "stat").read_text().rpartition(")")[2].split()
            if words[0] == "Z":
                continue
            parent[int(entry.name)] = int(words[1])
            if int(words[3]) == pid:
                members.add(int(entry.name))
    grew = True
    while grew:
        more = {child for child, owner in parent.items() if owner in members} - members
        members |= more
        grew = bool(more)
    return {p for p in members if p in parent}


def descendants(pid: int) -> set[int]:
    """Return a process and its descendants whose parents live: a look at these alone, not at all there are."""
    members, new = {pid}, [pid]
    while new:
        found: list[int] = []
        for one in new:
            with contextlib.suppress(OSError, ValueError):
                for task in Path(f"/proc/{one}/task").iterdir():
                    found += map(int, (task / "children").read_text().split())
        new = [child for child in found if child not in members]
        members.update(new)
    return members


def held_bytes(pids: set[int], *, shared_bytes: int = 0) -> int:
    """Return the memory that processes hold for themselves, maps of files apart.

    shared_bytes   what each had from the process it was forked from
    """
    held = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
            held += max((int(resident) - int(shared)) * PAGE - shared_bytes, 0)
    return held


def cpu_seconds(pids: set[int]) -> float:
    """Return the processor time that processes have used."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(words[11]) + int(words[12])
    return ticks / float(os.sysconf("SC_CLK_TCK"))


def strays(owner: int, known: set[int]) -> set[int]:
    """Return the children of a process that are neither known to it nor in the session of one that is."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) not in known:
            with contextlib.suppress(OSError, ValueError, IndexError):
                words = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(words[1]) == owner and int(words[3]) not in known and words[0] != "Z":
                    found.add(int(entry.name))
    return found


def kill_family(pid: int) -> None:
    """End a process and all its descendants, however fast they multiply: first all are halted, then all are killed."""
    for _ in range(_ROUNDS):
        members = family(pid)
        if not members:
            return
        for halt in (signal.SIGSTOP, signal.SIGKILL):
            for member in members:
                with contextlib.suppress(OSError):
                    os.kill(member, halt)


def death_words(status: int) -> tuple[str, str]:
    """Return why a process ended, by its wait status, as a sentence and a hint."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number in {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT}:
            name = signal.Signals(number).name
            return f"It crashed ({name}).", "Its log may say where; compiled code in it is the likely cause."
        if number == signal.SIGKILL:
            return "Its process was killed.", "The system does this when memory runs out."
        return f"Its process was ended by {signal.Signals(number).name}.", ""
    return f"It ended its own process (status {os.waitstatus_to_exitcode(status)}).", "Its log may say why."
