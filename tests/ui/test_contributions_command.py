"""`citytwin contributions`: letters and mails in the hearing's record, with where they came from, and never twice."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import pytest
from shapely.geometry import Point

from data.ledger import ledger_path
from data.ledger_reading import read_entries, read_record, read_sheets, verify
from twin.poll import Source
from ui.cli import main

LETTERS = """Nr;Inhalt;Länge;Breite;Alter;Art
1;"Mehr Bäume; bitte";10,08;53,85;65 and over;idea
2;"";10,08;53,85;;
3;Wo parken wir?;;;18-29;question
4;Siehe www.spam.example;200;53,85;;
"""
MAP = "text=Inhalt,lon=Länge,lat=Breite,age_group=Alter,kind=Art"


def test_rows_become_comments_that_wait_with_where_they_came_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letters, project = tmp_path / "letters.csv", tmp_path / "x.citytwin"
    letters.write_text(LETTERS, encoding="utf-8")
    words = ["contributions", str(project), str(letters), "--map", MAP, "--source", "paper", "--note", "post", "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"], told["taken"], [r["row"] for r in told["refused"]]) == (4, 2, [2, 4])
    path = ledger_path(project)
    comments = list(read_record(path).comments.values())
    sheets = read_sheets(path)
    assert [sheets[c.id].text for c in comments] == ["Mehr Bäume; bitte", "Wo parken wir?"]
    assert sheets[comments[0].id].place == {"type": "point", "lonlat": [10.08, 53.85]}
    assert {c.source for c in comments} == {Source.PAPER}
    assert {str(c.state) for c in comments} == {"held"}
    first = next(iter(read_entries(path)))[0]
    assert (first.kind, first.body["note"], first.body["file"]) == ("imported", "post", "letters.csv")
    assert verify(path).is_intact
    assert main(words) == 1
    assert "before" in capsys.readouterr().err
    assert len(read_record(path).comments) == 2


def test_points_of_a_geopackage_are_places(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame({"text": ["A lamp"]}, geometry=[Point(570000, 5968000)], crs=25832)
    frame.to_file(tmp_path / "p.gpkg", driver="GPKG")
    assert main(["contributions", str(tmp_path / "x.citytwin"), str(tmp_path / "p.gpkg")]) == 0
    (sheet,) = read_sheets(ledger_path(tmp_path / "x.citytwin")).values()
    assert sheet.place["lonlat"] == pytest.approx([10.065, 53.857], abs=0.01)


def test_a_file_without_a_text_is_refused_with_its_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("who,what\nAnna,Trees\n", encoding="utf-8")
    assert main(["contributions", str(tmp_path / "x.citytwin"), str(tmp_path / "a.csv")]) == 1
    assert "--map text=COLUMN" in capsys.readouterr().err
    assert main(["contributions", str(tmp_path / "x.citytwin"), str(tmp_path / "a.csv"), "--map", "text=none"]) == 1
    assert 'no column "none"' in capsys.readouterr().err
    assert not ledger_path(tmp_path / "x.citytwin").exists()
