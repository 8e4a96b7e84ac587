"""Exhibits, measurements and cuts are part of a project: saved, opened again, and drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas
import pypdfium2
import pytest
import shapely

from data.project import read_project, write_project
from twin.cut import Cut, CutKind
from twin.exhibit import Exhibit, SheetView, ViewKind
from twin.measure import MeasureKind, Measurement, headline
from ui.cli import main

PLACE = (9.0, 51.0)
LINE = Measurement("m1", MeasureKind.DISTANCE, ((9.0, 51.0, 0.0), (9.0005, 51.0, 0.0)), name="Kerb")
SECTION = Cut(CutKind.PLANE, *PLACE, 90.0)


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a project of one square house with a line, a cut and a sheet in it."""
    house = geopandas.GeoDataFrame(
        {"height": [12.0]}, geometry=[shapely.box(8.9998, 50.9999, 9.0002, 51.0001)], crs=4326
    )
    house.to_file(tmp_path / "house.gpkg")
    folder = tmp_path / "place.citytwin"
    assert main(["project", "new", str(folder), str(tmp_path / "house.gpkg")]) == 0
    capsys.readouterr()
    stored = read_project(folder)
    composition = replace(stored.project.view.composition, measurements=(LINE,), cut=SECTION)
    sheet = Exhibit(
        "Hearing", "The house by the kerb", "A paragraph.", "A3", views=(SheetView(ViewKind.PLAN, scale=500.0),)
    )
    view = replace(stored.project.view, composition=composition)
    write_project(replace(stored.project, view=view, exhibits=(sheet,)), folder, before=stored, owned=stored.owned)
    return folder


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    words = "\n".join(document[i].get_textpage().get_text_range() for i in range(len(document)))
    document.close()
    return words


def test_what_was_measured_and_cut_comes_back(project: Path) -> None:
    kept = read_project(project).project
    assert kept.view.composition.measurements == (LINE,)
    assert kept.view.composition.cut == SECTION
    assert kept.exhibits[0].views[0].scale == 500.0


def test_a_sheet_of_a_project_is_drawn_with_its_dimension_lines(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "sheet.pdf"
    assert main(["exhibit", str(project), "hearing", "-o", str(output), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["paper"] == "A3"
    assert [v["scale"] for v in answer["views"]] == [500.0]
    assert not any("There is no exhibit" in remark for remark in answer["remarks"])
    said = text_of(output)
    assert "The house by the kerb" in said
    assert headline(LINE) in said


def test_a_section_of_the_project_has_its_heights(project: Path, tmp_path: Path) -> None:
    output = tmp_path / "sheet.pdf"
    assert main(["exhibit", str(project), "Section", "-o", str(output), "--view", "section", "--scale", "1:200"]) == 0
    said = text_of(output)
    assert "Section, looking E 1:200" in said
    assert "10 m" in said


def test_another_scale_and_paper_win_over_those_kept(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "sheet.pdf"
    argv = ["exhibit", str(project), "Hearing", "-o", str(output), "--scale", "1:1000", "--paper", "a4", "--json"]
    assert main(argv) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["paper"], answer["views"][0]["scale"]) == ("A4", 1000.0)
