"""A thousand phones in one hall: whether all votes are there, how fast answers are, and whether everybody hears.

    python benchmarks/meeting.py PROJECT [--phones 1000] [--seconds 10] [--kills 50] [--json]

Starts `citytwin meeting PROJECT --no-window` and plays the phones on the same machine over loopback. With --kills the
server is killed (SIGKILL) at so many random moments under load and started again; each acknowledged vote must be there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

HERE = Path(__file__).resolve().parents[1]
POLL = {"id": "load", "question": "Which?", "options": ["A", "B", "C"]}


@dataclass
class Load:
    """What the phones have seen."""

    answers_ms: list[float] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    acknowledged: dict[str, str] = field(default_factory=dict)
    """By phone: what it chose, once the server has answered."""
    heard_ms: list[float] = field(default_factory=list)
    receipts: set[int] = field(default_factory=set)


class Server:
    """The command, running."""

    def __init__(self, project: Path) -> None:
        command = [sys.executable, "-m", "ui", "meeting", str(project), "--no-window", "--json"]
        self.process = subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.told: dict[str, str] = json.loads(self.process.stdout.readline())

    def kill(self) -> None:
        """Kill it with everything it has started, as a power cut would."""
        import psutil  # noqa: PLC0415  only where it is killed

        for child in psutil.Process(self.process.pid).children(recursive=True):
            child.kill()
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> None:
        """End it as Ctrl+C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


async def ask(
    session: aiohttp.ClientSession, told: dict[str, str], path: str, token: str, body: Any
) -> tuple[int, Any]:
    """Send one request and return its status and answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with session.post(told["url"].rstrip("/") + path, json=body, headers=headers) as response:
        return response.status, await response.json()


async def phones(session: aiohttp.ClientSession, told: dict[str, str], count: int) -> list[str]:
    """Let so many phones join; return their tokens."""
    tokens = []
    for _ in range(count):
        _, answer = await ask(session, told, "/api/join", "", {"code": told["join_code"]})
        tokens.append(answer["token"])
    return tokens


async def listen(
    session: aiohttp.ClientSession, told: dict[str, str], token: str, load: Load, done: asyncio.Event
) -> None:
    """Hold a socket, and note when the mark of the broadcast arrives."""
    async with session.ws_connect(told["url"].rstrip("/") + "/api/live") as socket:
        await socket.send_str(token)
        while not done.is_set():
            try:
                message = await socket.receive(timeout=1)
            except TimeoutError:
                continue
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            if '"id":"mark"' in message.data:
                load.heard_ms.append(time.perf_counter() * 1000)
                return


async def vote(session: aiohttp.ClientSession, told: dict[str, str], token: str, load: Load, wait_s: float) -> None:
    """Vote once at a random moment, and note the answer."""
    await asyncio.sleep(wait_s)
    choice = random.choice("123")  # noqa: S311  a load, no secret
    begin = time.perf_counter()
    try:
        status, answer = await ask(session, told, "/api/polls/load/vote", token, {"choice": choice})
    except (aiohttp.ClientError, OSError):
        return
    load.answers_ms.append((time.perf_counter() - begin) * 1000)
    if status == 201:
        load.acknowledged[token] = choice
        load.receipts.add(answer["receipt"]["number"])
    else:
        load.refused[status] += 1


async def full_hall(project: Path, count: int, seconds: float) -> dict[str, Any]:
    """Let everybody vote within so many seconds, then tell everybody something."""
    server, load, done = Server(project), Load(), asyncio.Event()
    told = server.told
    connector = aiohttp.TCPConnector(limit=0)
    try:
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(60)) as session:
            tokens = await phones(session, told, count)
            listeners = [asyncio.create_task(listen(session, told, t, load, done)) for t in tokens]
            await asyncio.sleep(3)
            await ask(session, told, "/api/operator/polls", told["operator_token"], {"poll": POLL})
            votes = [vote(session, told, t, load, random.uniform(0, seconds)) for t in tokens]  # noqa: S311
            await asyncio.gather(*votes)
            said_ms = time.perf_counter() * 1000
            await ask(session, told, "/api/operator/polls", told["operator_token"], {"poll": POLL | {"id": "mark"}})
            await asyncio.wait(listeners, timeout=20)
            done.set()
            await asyncio.gather(*listeners, return_exceptions=True)
    finally:
        server.stop()
    counted = tally(project)
    answers = sorted(load.answers_ms)
    return {
        "phones": count,
        "acknowledged": len(load.acknowledged),
        "refused": dict(load.refused),
        "counted": counted["votes"],
        "lost": lost(counted, load),
        "answer_ms": {"p50": round(statistics.median(answers), 1), "p99": round(answers[int(0.99 * len(answers))], 1)},
        "heard": len(load.heard_ms),
        "last_heard_ms": round(max(load.heard_ms, default=float("nan")) - said_ms, 1),
    }


def tally(project: Path) -> dict[str, Any]:
    """Return the load poll's figures as `citytwin tally` recounts them, once the ledger verifies."""
    checked = subprocess.run([sys.executable, "-m", "ui", "verify", str(project)], cwd=HERE, check=False)
    if checked.returncode:
        raise SystemExit("the ledger does not verify")
    asked = [sys.executable, "-m", "ui", "tally", str(project), "--json"]
    polls = json.loads(subprocess.run(asked, cwd=HERE, check=True, capture_output=True).stdout)["polls"]
    return dict(next(p for p in polls if p["id"] == "load"))


def lost(counted: dict[str, Any], load: Load) -> int:
    """Return how many acknowledged votes are not in the figures."""
    wanted = Counter(load.acknowledged.values())
    there = {o["id"]: o["count"] for o in counted["options"]}
    return sum(max(wanted[option] - there[option], 0) for option in there)


async def killed_halls(project: Path, kills: int) -> dict[str, Any]:
    """Kill the server at random moments while phones vote; return what was lost."""
    acknowledged: dict[str, str] = {}
    code = ""
    tokens: list[str] = []
    for turn in range(kills):
        server, load = Server(project), Load()
        if code and server.told["join_code"] != code:
            raise SystemExit("the code changed after a crash")
        code = server.told["join_code"]
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(10)) as session:
            if not turn:
                tokens = await phones(session, server.told, 200)
                await ask(session, server.told, "/api/operator/polls", server.told["operator_token"], {"poll": POLL})
            votes = [asyncio.create_task(vote(session, server.told, t, load, random.uniform(0, 1))) for t in tokens]  # noqa: S311
            await asyncio.sleep(random.uniform(0.05, 1.1))  # noqa: S311
            server.kill()
            await asyncio.gather(*votes)
        acknowledged |= load.acknowledged
        counted = tally(project)
        if counted["votes"] < len(acknowledged):
            raise SystemExit(f"kill {turn + 1}: {len(acknowledged) - counted['votes']} acknowledged votes are lost")
    return {
        "kills": kills,
        "phones": len(tokens),
        "acknowledged": len(acknowledged),
        "counted": counted["votes"],
        "lost": 0,
    }


def main() -> None:
    """Read the words, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--phones", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--kills", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / args.project.name
        shutil.copytree(args.project, copy)
        if args.kills:
            print(json.dumps(asyncio.run(killed_halls(copy, args.kills))))
        else:
            print(json.dumps(asyncio.run(full_hall(copy, args.phones, args.seconds))))


if __name__ == "__main__":
    main()
