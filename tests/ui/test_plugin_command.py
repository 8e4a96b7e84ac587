"""`citytwin plugin` and `citytwin analyse`: begun, checked, listed, allowed, run, asked at places."""

from __future__ import annotations

import functools
import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from data.sample import files_in, sample_folder
from plugins.discover import plugin_folder
from ui.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
NAMES = sorted(p.name for p in EXAMPLES.iterdir() if p.is_dir())


def answer(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> dict[str, Any]:
    assert main([*words, "--json"]) == status, capsys.readouterr().err
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def failure(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) in {1, 2}
    return capsys.readouterr().err


@pytest.fixture(scope="session")
def sample() -> list[str]:
    files = files_in(sample_folder())
    return [str(files.folder / "buildings.gpkg"), f"{files.folder / 'city.gpkg'}:parks"]


# plugin


def test_a_new_plugin_is_fit_and_its_own_test_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    made = answer(capsys, "plugin", "new", "tall_towers")
    assert sorted(Path(f).name for f in made["files"]) == ["pyproject.toml", "tall_towers.py", "test_tall_towers.py"]
    checked = answer(capsys, "plugin", "check", "tall_towers/tall_towers.py")
    assert checked["is_fit"]
    assert checked["measured"]["crs"] == "EPSG:32632"
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tall_towers"],
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parents[1])}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout
    assert "already" in failure(capsys, "plugin", "new", "tall_towers")


@pytest.mark.parametrize("name", ["my-layer", "json", "9lives", "Data", "class", "twin"])
def test_a_name_that_cannot_be_a_modules_is_refused_with_one_that_can(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "name" in failure(capsys, "plugin", "new", name)
    assert not list(tmp_path.iterdir())


def test_an_unfit_plugin_is_told_why_and_the_status_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.py"
    path.write_text("from plugins.contract import *\nraise RuntimeError('not today')\n", encoding="utf-8")
    told = answer(capsys, "plugin", "check", str(path), status=1)
    assert not told["is_fit"]
    assert told["findings"][0]["severity"] == "error"
    assert "not today" in told["findings"][0]["what"]


def test_the_list_says_what_was_found_and_what_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin_folder().mkdir(parents=True)
    for name, body in (
        ("good", (EXAMPLES / "couriers" / "couriers.py").read_text(encoding="utf-8")),
        ("broken", "from plugins.contract import Info\nimport nothing_there\n"),
    ):
        (plugin_folder() / f"{name}.py").write_text(body, encoding="utf-8")
    project = tmp_path / "town.citytwin"
    project.mkdir()
    marker = tmp_path / "was_run"
    (project / "stranger.py").write_text(
        f"from plugins.contract import *\nopen({str(marker)!r}, 'w')\n"
        "class S:\n    info = Info(id='stranger', title='S', kind='points', contract=1, author='Somebody')\n",
        encoding="utf-8",
    )
    told = {e["id"]: e for e in answer(capsys, "plugin", "list", str(project))["plugins"]}
    assert told["couriers"]["status"] == "found"
    assert told["couriers"]["is_live"]
    assert told["broken"]["status"] == "refused"
    assert "nothing_there" in told["broken"]["reason"]
    assert (told["stranger"]["status"], told["stranger"]["author"]) == ("refused", "Somebody")
    assert told["stranger"]["sha256"] in told["stranger"]["reason"]
    assert not marker.exists()


def test_a_file_in_a_project_runs_once_its_hash_is_allowed_and_not_after_it_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tmp_path / "town.citytwin"
    project.mkdir()
    path = project / "couriers.py"
    path.write_text((EXAMPLES / "couriers" / "couriers.py").read_text(encoding="utf-8"), encoding="utf-8")
    refused = answer(capsys, "plugin", "check", str(path), "--seconds", "0.5", status=1)
    assert "has not been allowed" in refused["findings"][0]["what"]
    assert "not that of" in failure(capsys, "plugin", "check", str(path), "--trust", "0" * 64)
    sha256 = refused["sha256"]
    assert answer(capsys, "plugin", "check", str(path), "--trust", sha256, "--seconds", "0.5")["is_fit"]
    assert answer(capsys, "plugin", "check", str(path), "--seconds", "0.5")["is_fit"]
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    answer(capsys, "plugin", "check", str(path), status=1)


FEED = """
import json, urllib.request
import numpy as np
from plugins.contract import *
class Feed:
    info = Info(id="feed", title="Feed", kind="points", contract=1, is_live=True, capabilities=("network",))
    def frames(self, city, area, parameters, stop):
        while not stop.is_set():
            with urllib.request.urlopen("URL/places.json") as answer:
                told = json.loads(answer.read())
            yield Frame(columns={"lon_deg": np.array(told["lon"]), "lat_deg": np.array(told["lat"])})
            stop.wait(0.1)
"""


def test_a_live_plugin_is_recorded_and_replayed_without_its_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "places.json").write_text('{"lon": [10.08, 10.07], "lat": [53.85, 53.86]}', encoding="utf-8")
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    path, tape = tmp_path / "feed.py", tmp_path / "tape"
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        path.write_text(FEED.replace("URL", f"http://127.0.0.1:{server.server_port}"), encoding="utf-8")
        recorded = answer(capsys, "plugin", "check", str(path), "--record", str(tape), "--seconds", "0.8")
        server.shutdown()
        thread.join()
    assert recorded["measured"]["rows"] == 2
    replayed = answer(capsys, "plugin", "check", str(path), "--replay", str(tape), "--seconds", "0.5")
    assert replayed["measured"]["rows"] == 2
    alone = answer(capsys, "plugin", "check", str(path), "--seconds", "0.5", status=1)
    assert not alone["is_fit"]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""
