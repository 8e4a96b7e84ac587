"""`citytwin feed --rules` and `citytwin replay --rules`: alarms as they come, and the same ones in the recording."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.project import write_project
from data.recording import Recording
from tests.data.conftest import Broker
from twin.alarms import Alarm
from twin.errors import FeedError
from twin.project import Project
from ui.cli import main

ROOT = Path(__file__).resolve().parents[2]
RULES = """
[[rule]]
name = "dust"
when = "pm10 > 50 for 1 s"

[[rule]]
when = "no message for 1 s"

[[rule]]
name = "crowd"
when = "> 1 stations in this area"
area = [[24.0, 60.0], [25.0, 60.0], [25.0, 61.0], [24.0, 61.0]]

[[rule]]
when = "speed > 3"
feed = "buses"
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    yield one
    one.kill()


def said(name: str, pm10: float, **more: object) -> tuple[str, bytes]:
    told = {"id": name, "lon": 24.5, "lat": 60.5, "time": time.time(), "pm10": pm10, **more}
    return f"air/{name}", json.dumps(told).encode()


def messages_in(path: Path) -> int:
    try:
        return Recording(path).messages
    except FeedError:  # not begun yet
        return 0


def publish(broker: Broker, kept: Path) -> None:
    """Speak for 2.6 s once it is listened; one station says too much at first, and half a message comes each time."""
    while not (kept.exists() and kept.stat().st_size):
        time.sleep(0.02)
    begin_s = time.monotonic()
    while (passed_s := time.monotonic() - begin_s) < 2.6:
        high = 80.0 if passed_s < 2.3 else 10.0
        broker.publish(said("=a", high), said("b", 20.0, driver={"name": "Anna Geheim"}), ("air/x", b'{"id": "x'))
        time.sleep(0.1)


def test_a_recording_raises_exactly_the_alarms_of_the_live_run(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rules.toml").write_text(RULES, "utf-8")
    kept, table = tmp_path / "air.jsonl.zst", tmp_path / "alarms.csv"
    words = ["--rules", str(tmp_path / "rules.toml"), "--json"]
    publisher = threading.Thread(target=publish, args=(broker, kept))
    publisher.start()
    feed = ["feed", f"mqtt://127.0.0.1:{broker.port}/air/#", "--seconds", "6", "--record", str(kept)]
    assert main([*feed, "--name", "air", "--alarms", str(table), *words]) == 0
    publisher.join()
    live = capsys.readouterr()
    answer = json.loads(live.out)
    assert {a["name"] for a in answer["alarms"]} == {"dust", "no message for 1 s", "crowd"}
    assert 'rules about "buses" are left out' in live.err
    assert live.err.count("ALARM") >= 3
    assert main(["replay", str(kept), "--speed", "max", *words]) == 0
    replayed = json.loads(capsys.readouterr().out)
    assert replayed["alarms"] == answer["alarms"]
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    assert [row["id"] for row in rows] == [a["id"] for a in answer["alarms"]]
    assert next(row["things"] for row in rows if row["name"] == "dust") == "'=a"  # no formula to a spreadsheet
    every = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file()) + live.out.encode()
    assert b"Geheim" not in every


def test_ctrl_c_says_what_came_until_then(broker: Broker, tmp_path: Path) -> None:
    kept = tmp_path / "air.jsonl.zst"
    words = ["feed", f"mqtt://127.0.0.1:{broker.port}/air/#", "--seconds", "60", "--json", "--record", str(kept)]
    process = subprocess.Popen([sys.executable, "-m", "ui", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    end_s = time.monotonic() + 15
    while not messages_in(kept) and time.monotonic() < end_s:
        broker.publish(said("a", 1.0))
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=15)
    assert process.returncode == 130
    assert json.loads(out)["messages"] > 0


def test_bad_rules_are_told_before_anything_is_listened_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nwhen = "pm10 >> 5"\n', "utf-8")
    assert main(["feed", "mqtt://127.0.0.1:1/air", "--rules", str(rules), "--seconds", "1"]) == 1
    told = capsys.readouterr().err
    assert "rules.toml, line 2" in told
    assert told.count("\n") == 1
    rules.write_text('[[rule]]\nwhen = "> 3 buses in this area"\narea = "Old Town"\n', "utf-8")
    assert main(["feed", "mqtt://127.0.0.1:1/air", "--rules", str(rules), "--seconds", "1"]) == 1
    assert '"Old Town"' in capsys.readouterr().err


def test_a_project_says_which_alarms_it_keeps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, table = tmp_path / "a.citytwin", tmp_path / "a.csv"
    alarm = Alarm(
        "air-1", "air", "pm10 > 50", 1.76e9, 61.5, over_s=1.76e9 + 60, acknowledged_s=1.76e9, note="road works"
    )
    write_project(Project(alarms=(alarm,)), folder)
    assert main(["project", "alarms", str(folder), "--csv", str(table)]) == 0
    assert "acknowledged: road works" in capsys.readouterr().out
    assert "road works" in table.read_text("utf-8-sig")
    assert main(["project", "purge", str(folder)]) == 0
    assert capsys.readouterr().out == "Nothing is past its time.\n"
