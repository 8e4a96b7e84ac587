"""`citytwin meeting --no-window`: a whole small meeting over HTTP, by a stranger's script."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.ledger import ledger_path
from data.ledger_reading import verify

PROJECT = Path(__file__).resolve().parents[2]
CITY = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": f"Kai {n}", "owner": "Anna Schmidt", "height": 12 + n},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 53.5], [x + 0.0004, 53.5], [x + 0.0004, 53.5003], [x, 53.5003], [x, 53.5]]],
            },
        }
        for n, x in enumerate((10.0, 10.001, 10.002))
    ],
}


class Meeting:
    """A running command and its answers."""

    def __init__(self, process: subprocess.Popen[str], told: dict[str, str]) -> None:
        self.process, self.told = process, told

    def ask(self, method: str, path: str, token: str = "", body: Any = None) -> tuple[int, Any]:
        request = urllib.request.Request(self.told["url"].rstrip("/") + path, method=method)  # noqa: S310  our own
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                content = response.read()
                return response.status, json.loads(content) if "json" in response.headers["Content-Type"] else content
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}") if error.code != 401 else {}


@pytest.fixture
def meeting(tmp_path: Path) -> Iterator[Meeting]:
    (tmp_path / "kai.geojson").write_text(json.dumps(CITY), encoding="utf-8")
    project = tmp_path / "kai.citytwin"
    made = [sys.executable, "-m", "ui", "project", "new", str(project), str(tmp_path / "kai.geojson")]
    subprocess.run(made, cwd=PROJECT, check=True, capture_output=True, timeout=120)
    command = [sys.executable, "-m", "ui", "meeting", str(project), "--no-window", "--json"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield Meeting(process, json.loads(line))
        process.kill()


def test_a_meeting_is_held_by_a_script_and_ends_in_order(meeting: Meeting, tmp_path: Path) -> None:
    told = meeting.told
    assert set(told) == {"url", "join_code", "operator_url", "operator_token", "api"}
    assert told["url"].startswith("http://127.0.0.1:")
    assert meeting.ask("GET", "/operator")[0] == 401
    assert "/api/join" in meeting.ask("GET", "/api")[1]["paths"]
    token = meeting.ask("POST", "/api/join", body={"code": told["join_code"]})[1]["token"]
    status, picture = meeting.ask("GET", "/api/pictures/slide?w=480", token)
    assert (status, picture[:2]) == (200, b"\xff\xd8")
    assert meeting.ask("GET", "/api/plan/0/0/0", token)[1][:2] == b"\xff\xd8"
    # the plan's square is centred on the city: its middle is the middle building, Kai 1, 13 m high
    _, tapped = meeting.ask("POST", "/api/tap", token, {"sight": "plan", "x": 0.5, "y": 0.5})
    assert tapped["place"]["type"] == "building"
    assert tapped["place"]["name"] == "Kai 1"
    assert tapped["place"]["z_m"] == pytest.approx(13, abs=0.01)
    assert tapped["place"]["lonlat"] == pytest.approx([10.0012, 53.50015], abs=2e-5)
    assert meeting.ask("GET", "/api/search?q=Kai", token)[1]["found"][0]["place"]["type"] == "building"
    assert meeting.ask("GET", "/api/search?q=Schmidt", token)[1]["found"] == []
    body = {"text": "Mehr Bänke", "place": tapped["place"]}
    comment = meeting.ask("POST", "/api/comments", token, body)[1]["id"]
    assert meeting.ask("POST", f"/api/operator/comments/{comment}", told["operator_token"], {"act": "accept"})[0] == 200
    poll = {"id": "p", "question": "Bänke?", "options": ["Ja", "Nein"]}
    assert meeting.ask("POST", "/api/operator/polls", told["operator_token"], {"poll": poll})[0] == 201
    assert meeting.ask("POST", "/api/polls/p/vote", token, {"choice": "1"})[0] == 201
    assert meeting.ask("POST", "/api/operator/polls/p/close", told["operator_token"], {})[0] == 200
    meeting.process.send_signal(signal.SIGINT)
    assert meeting.process.wait(20) == 0
    path = ledger_path(tmp_path / "kai.citytwin")
    assert verify(path).is_intact
    assert verify(path).entries == 5  # comment, moderation, poll opened, vote, poll closed


def test_a_killed_meeting_leaves_no_server_behind(meeting: Meeting) -> None:
    token = meeting.ask("POST", "/api/join", body={"code": meeting.told["join_code"]})[1]["token"]
    os.kill(meeting.process.pid, signal.SIGKILL)
    meeting.process.wait(10)
    for _ in range(100):
        try:
            meeting.ask("GET", "/api/state", token)
        except OSError:
            return
    raise AssertionError("the server still answers after its parent was killed")
