"""`citytwin verify` and `citytwin tally`: what they print and how they end."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

import pytest

from data.ledger import Draft, Ledger, ledger_path
from ui.cli import main

POLL = {"id": "p", "question": "Which?", "options": ["Old", "New"]}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    with Ledger(ledger_path(tmp_path)) as ledger:
        ledger.write(Draft("poll_opened", "presenter", {"poll": POLL}))
        vote = {"poll": "p", "ballot": "x", "choice": ["2"], "source": "room"}
        receipt = ledger.write(Draft("voted", "participant", vote))
    (tmp_path / "receipt.json").write_text(json.dumps(asdict(receipt)), encoding="utf-8")
    return tmp_path


def test_an_intact_ledger_ends_with_zero(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = str(project / "receipt.json")
    assert main(["verify", str(project), "--receipt", receipt, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["is_intact"]
    assert told["entries"] == 2
    assert main(["verify", str(project), "--head", told["head"]]) == 0
    assert "intact" in capsys.readouterr().out


def test_an_empty_project_is_intact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 0
    assert main(["tally", str(tmp_path)]) == 0
    assert "Nothing was voted on" in capsys.readouterr().out


def test_a_broken_ledger_ends_with_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(project / "ledger.sqlite") as db:
        db.execute("UPDATE entries SET line = replace(line, '\"2\"', '\"1\"')")
    assert main(["verify", str(project), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["is_intact"]
    assert "changed" in told["faults"][0]


def test_an_unknown_head_and_a_false_receipt_end_with_one(project: Path) -> None:
    assert main(["verify", str(project), "--head", "ab" * 32]) == 1
    (project / "receipt.json").write_text('{"number": 2, "head": "00"}', encoding="utf-8")
    assert main(["verify", str(project), "--receipt", str(project / "receipt.json")]) == 1


def test_no_project_and_no_receipt_are_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(project / "nowhere")]) == 1
    assert "There is no nowhere" in capsys.readouterr().err
    (project / "receipt.json").write_text("hello", encoding="utf-8")
    assert main(["verify", str(project), "--receipt", str(project / "receipt.json")]) == 1
    assert "no receipt" in capsys.readouterr().err


def test_a_tally_is_printed_for_scripts_and_people(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tally", str(project), "--json"]) == 0
    (poll,) = json.loads(capsys.readouterr().out)["polls"]
    assert poll["votes"] == 1
    assert [o["count"] for o in poll["options"]] == [0, 1]
    assert main(["tally", str(project)]) == 0
    assert "New" in capsys.readouterr().out
