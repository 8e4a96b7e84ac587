"""`citytwin report`: what came of a hearing, recounted by others, and nothing in it that should not be."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas
import pypdfium2
import pytest

from data.ledger import Draft, Ledger, ledger_path
from twin.participation import Sheet
from ui.cli import main

HOSTILE = '=HYPERLINK("http://x") <script>alert(1)</script> 樹が欲しい'


def poll(name: str, kind: str = "single") -> dict[str, Any]:
    return {"id": name, "question": {"en": f"Which {name}?"}, "kind": kind, "options": [{"id": "a"}, {"id": "b"}]}


def meeting(folder: Path, name: str) -> Path:
    """A meeting with two polls, seven comments of which one is rejected, one withdrawn and one answered."""
    project = folder / f"{name}.citytwin"
    with Ledger(ledger_path(project)) as ledger:
        for one in (poll("park"), poll("order", "ranking")):
            ledger.write(Draft("poll_opened", "presenter", {"poll": one}))
        for number in range(12):
            choice = ["a"] if number < 8 else ["b"]
            body = {"poll": "park", "ballot": f"token-{number}", "choice": choice, "source": "room"}
            ledger.write(Draft("voted", "participant", body))
        ledger.write(Draft("hands_counted", "clerk", {"poll": "park", "source": "hands", "counts": {"a": 3, "b": 20}}))
        body = {"poll": "order", "ballot": "token-x", "choice": ["b", "a"], "source": "paper"}
        ledger.write(Draft("voted", "clerk", body))
        ledger.write(Draft("poll_closed", "presenter", {"poll": "park"}))
        for number in range(7):
            text = HOSTILE if number == 0 else f"Comment {number} of {name}"
            place = {"type": "point", "lonlat": [10.0 + number / 1000, 53.5], "name": f"Kai {number}"}
            sheet = Sheet(text, place, {}, "18-29" if number < 6 else "", "North")
            body = {"id": f"{name}-{number}", "kind": "idea", "author": "secret-author", "source": "room"}
            ledger.write(Draft("commented", "participant", body, sheet))
            act = {"comment": f"{name}-{number}", "act": "reject" if number == 5 else "accept", "reason": "insults"}
            ledger.write(Draft("moderated", "moderator", act))
        gone = f"{name}-6"
        ledger.write(Draft("withdrawn", "participant", {"comment": gone}, forget=(gone,)))
        answer = {"comment": f"{name}-1", "act": "answer", "answer": "We plant in spring", "status": "planned"}
        ledger.write(Draft("moderated", "moderator", answer))
    return project


@pytest.fixture
def written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, dict[str, Any]]:
    project = meeting(tmp_path, "first")
    (tmp_path / "ages.csv").write_text("group,people\nunder 18,900\n18-29,1200\n65 and over,2100\n", encoding="utf-8")
    out = tmp_path / "report"
    command = ["report", str(project), "-o", str(out), "--ages", str(tmp_path / "ages.csv"), "--json"]
    assert main(command) == 0
    return out, json.loads(capsys.readouterr().out)


def test_the_figures_are_those_of_the_ledger(written: tuple[Path, dict[str, Any]]) -> None:
    _, told = written
    park, order = told["polls"]
    assert [o["count"] for o in park["options"]] == [8 + 3, 4 + 20]
    assert (park["votes"], park["by_source"]) == (35, {"room": 12, "hands": 23})
    assert [o["count"] for o in order["options"]] == [0, 1]
    assert told["comments"]["by_state"] == {"accepted": 5, "rejected": 1, "withdrawn": 1}
    assert (told["comments"]["answered"], told["comments"]["unanswered"]) == (1, 4)
    assert told["not_heard"] == ["under 18", "65 and over"]


def test_the_bundles_script_counts_the_same_without_us(written: tuple[Path, dict[str, Any]]) -> None:
    out, told = written
    command = [sys.executable, "-I", str(out / "recount.py"), str(out / "ballots.json")]
    counted = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=out).stdout)
    ours = {p["id"]: {o["id"]: o["count"] for o in p["options"]} for p in told["polls"]}
    assert {p["id"]: p["counts"] for p in counted["polls"]} == ours


def test_nothing_of_tokens_authors_and_what_was_taken_back_is_in_it(written: tuple[Path, dict[str, Any]]) -> None:
    out, _ = written
    for file in out.iterdir():
        content = file.read_bytes()
        for secret in (b"token-", b"secret-author", b"Comment 6 of", b"Comment 5 of"):
            assert secret not in content, (file.name, secret)


def test_what_people_write_is_neither_markup_nor_formula(written: tuple[Path, dict[str, Any]]) -> None:
    out, _ = written
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    with (out / "comments.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["text"] for r in rows if "HYPERLINK" in r["text"]] == [f"'{HOSTILE}"]


def test_the_paper_has_the_same_words_and_other_scripts_too(written: tuple[Path, dict[str, Any]]) -> None:
    out, _ = written
    document = pypdfium2.PdfDocument(out / "report.pdf")
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    for words in ("Which park?", "You said, we did", "We plant in spring", "樹が欲しい", "insults", "Not heard"):
        assert words in text
    assert "fewer than 5" not in text.split("Who took part")[1].split("Moderation")[0].split("18-29")[1][:8]


def test_the_places_are_points_on_a_map(written: tuple[Path, dict[str, Any]]) -> None:
    out, _ = written
    frame = geopandas.read_file(out / "comments.gpkg", layer="points")
    assert len(frame) == 5
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.iloc[0].y == pytest.approx(53.5)


def test_meetings_are_brought_together_and_none_counts_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = meeting(tmp_path, "first"), meeting(tmp_path, "second")
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(ledger_path(first).read_bytes())
    assert main(["report", str(first), str(second), str(copy), "-o", str(tmp_path / "r"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["doubles"] == ["copy"] or told["doubles"] == ["first"]
    assert len(told["meetings"]) == 2
    assert told["comments"]["by_state"]["accepted"] == 10
    assert sorted(p["votes"] for p in told["polls"]) == [1, 1, 35, 35]


def test_a_project_without_a_meeting_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.citytwin").mkdir()
    assert main(["report", str(tmp_path / "x.citytwin"), "-o", str(tmp_path / "r")]) == 1
    assert "no record of a meeting" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()
