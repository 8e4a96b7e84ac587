"""`citytwin forms`: the questions on paper, in the meeting's languages, with a map to point on."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2
import pytest

from data.project import write_project
from twin.poll import poll_of_json
from twin.project import Project
from ui.audience.map_squares import square_of
from ui.cli import main

POLLS = (
    poll_of_json(
        {
            "id": "park",
            "question": {"en": "Which park?", "de": "Welcher Park?", "zh": "哪个公园？"},
            "options": ["Old", "New"],
        }
    ),
    poll_of_json({"id": "m", "question": "How good?", "kind": "rating", "rule": "slip", "options": ["By tram"]}),
    *(
        poll_of_json({"id": f"p{n}", "question": f"Question {n}", "options": [f"Option {n} {o}" for o in range(6)]})
        for n in range(6)
    ),
)


def text_of(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return pages


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(Project("Hafen 港", polls=POLLS), tmp_path / "x.citytwin")
    return tmp_path / "x.citytwin"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Which park?", "Tick one box.")),
        ("de", ("Welcher Park?", "Kreuzen Sie")),
        ("zh", ("哪个公园", "请勾选")),
    ],
)
def test_the_form_asks_what_the_phones_ask(
    project: Path, tmp_path: Path, language: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "form.pdf"
    assert main(["forms", str(project), "-o", str(out), "--language", language, "--no-map", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    pages = text_of(out)
    assert len(pages) == told["sheets"] > 1
    whole = " ".join(pages)
    for word in (*words, "Hafen 港", "By tram"):
        assert word in whole


def test_no_question_is_torn_from_its_options(project: Path, tmp_path: Path) -> None:
    assert main(["forms", str(project), "-o", str(tmp_path / "f.pdf"), "--no-map"]) == 0
    for number in range(6):
        where = {place for place, text in enumerate(text_of(tmp_path / "f.pdf")) if f"Question {number}" in text}
        options = {
            place
            for place, text in enumerate(text_of(tmp_path / "f.pdf"))
            for o in range(6)
            if f"Option {number} {o}" in text
        }
        assert where == options


@pytest.mark.parametrize(
    ("cell", "middle"),
    [("A1", (0.05, 0.05)), ("j10", (0.95, 0.95)), (" C4 ", (0.25, 0.35)), ("K1", None), ("A0", None), ("", None)],
)
def test_a_square_of_the_map_is_a_place(cell: str, middle: tuple[float, float] | None) -> None:
    assert square_of(cell) == (pytest.approx(middle) if middle else None)
