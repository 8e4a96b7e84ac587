"""Sheets of paper: true to scale, real text in embedded fonts, and nothing lost."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
import shapely
from pyproj import Geod

from twin.exhibit import Exhibit, round_scale
from ui.cli import main
from ui.exhibit_fonts import width_pt, wrapped
from ui.exhibit_sheet import layout_of

DPI = 600
PX_PER_MM = DPI / 25.4
Pixels = npt.NDArray[np.uint8]


def square_file(folder: Path, crs: str, at_lonlat: tuple[float, float], name: str = "square") -> Path:
    """Write a square of 100 m of true ground to each side of a place, in a CRS; its corners by the geodesic."""
    geod, corners = Geod(ellps="WGS84"), []
    for azimuth in (225, 135, 45, 315):
        lon, lat, _ = geod.fwd(*at_lonlat, azimuth, 50 * 2**0.5)
        corners.append((lon, lat))
    frame = geopandas.GeoDataFrame({"height": [9.0], "name": [name]}, geometry=[shapely.Polygon(corners)], crs=4326)
    path = folder / "square.gpkg"
    frame.to_crs(crs).to_file(path)
    return path


def page(path: Path, number: int = 0) -> Pixels:
    document = pypdfium2.PdfDocument(path)
    pixels = document[number].render(scale=DPI / 72).to_numpy()[..., :3]
    document.close()
    return np.ascontiguousarray(pixels)


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    words = "\n".join(document[i].get_textpage().get_text_range() for i in range(len(document)))
    document.close()
    return words


def px(mm: float) -> int:
    return round(mm * PX_PER_MM)


def run_of_roof(line: Pixels) -> float:
    """Return how long the run of one colour round the middle of a line of pixels is, in millimetres."""
    middle = len(line) // 2
    differs = np.abs(line.astype(int) - line[middle].astype(int)).max(axis=1) > 18
    right = np.flatnonzero(differs[middle:])[0]
    left = np.flatnonzero(differs[:middle][::-1])[0]
    return float(left + right) / PX_PER_MM


@pytest.mark.parametrize(
    ("crs", "place"),
    [
        ("EPSG:25832", (9.0, 51.0)),
        ("EPSG:3857", (25.0, 60.2)),
        ("EPSG:4326", (-71.1, 42.37)),
        ("EPSG:25833", (9.5, 54.0)),
    ],
    ids=["utm", "web mercator at 60 degrees", "degrees", "utm of a zone beside"],
)
def test_a_hundred_metres_are_a_hundred_millimetres_at_1_to_1000(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], crs: str, place: tuple[float, float]
) -> None:
    source, output = square_file(tmp_path, crs, place), tmp_path / "sheet.pdf"
    assert main(["exhibit", str(source), "Square", "-o", str(output), "--scale", "1:1000", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    left, top, width, height = answer["views"][0]["box_mm"]
    assert answer["views"][0]["scale"] == 1000
    assert answer["views"][0]["ground_m"] == pytest.approx([width, height], abs=1e-2)
    sheet = page(output)
    x, y = px(left + width / 2), px(top + height / 2)
    assert run_of_roof(sheet[y, round(left * PX_PER_MM) : round((left + width) * PX_PER_MM)]) == pytest.approx(
        100, abs=0.5
    )
    assert run_of_roof(sheet[round(top * PX_PER_MM) : round((top + height) * PX_PER_MM), x]) == pytest.approx(
        100, abs=0.5
    )


def test_text_is_text_in_fonts_that_are_in_the_file(tmp_path: Path) -> None:
    source, output = square_file(tmp_path, "EPSG:6677", (139.8, 35.67), "豊洲市場"), tmp_path / "sheet.pdf"
    words = ["--title", "江東区の計画", "--text", "東京都江東区。 Second sentence.", "--label-by", "name"]
    assert main(["exhibit", str(source), "x", "-o", str(output), "--view", "plan", *words]) == 0
    said = text_of(output)
    for part in ("江東区の計画", "東京都江東区", "Second sentence", "豊洲市場", "Sources", "1:"):
        assert part in said
    raw = output.read_bytes()
    assert raw.count(b"/FontFile2") >= 1
    assert b"/BaseFont /Helvetica" not in raw


def test_a_long_text_goes_on_on_another_sheet_and_nothing_is_lost(tmp_path: Path) -> None:
    source, output = square_file(tmp_path, "EPSG:25832", (9.0, 51.0)), tmp_path / "sheet.pdf"
    text = "\n\n".join(f"Paragraph {n} " + "says a good deal about the plan. " * 9 for n in range(30))
    assert main(["exhibit", str(source), "x", "-o", str(output), "--view", "plan", "--text", text]) == 0
    said = text_of(output)
    assert all(f"Paragraph {n} " in said for n in range(30))
    assert len(pypdfium2.PdfDocument(output)) > 1


@pytest.mark.parametrize(
    ("paper", "orientation", "size"), [("A4", "portrait", (210, 297)), ("A1", "landscape", (841, 594))]
)
def test_a_sheet_has_its_size_and_300_dots_an_inch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], paper: str, orientation: str, size: tuple[int, int]
) -> None:
    source, output = square_file(tmp_path, "EPSG:25832", (9.0, 51.0)), tmp_path / "sheet.pdf"
    argv = ["exhibit", str(source), "x", "-o", str(output), "--paper", paper, "--orientation", orientation]
    assert main([*argv, "--view", "plan", "--view", "elevation:east", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    for view in answer["views"]:
        assert view["size_px"][0] / view["box_mm"][2] == pytest.approx(300 / 25.4, rel=1e-5)  # boxes are told in µm
    document = pypdfium2.PdfDocument(output)
    assert document[0].get_size() == pytest.approx([mm / 25.4 * 72 for mm in size], abs=0.01)


def test_a_name_that_is_no_exhibit_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = square_file(tmp_path, "EPSG:25832", (9.0, 51.0)), tmp_path / "sheet.pdf"
    assert main(["exhibit", str(source), "Harbour", "-o", str(output)]) == 0
    assert 'There is no exhibit "Harbour"' in capsys.readouterr().out
    assert "Harbour" in text_of(output)


@pytest.mark.parametrize("words", [["--scale", "1:0"], ["--scale", "big"], ["--paper", "A9"], ["--view", "sideways"]])
def test_what_is_no_sheet_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    source, output = square_file(tmp_path, "EPSG:25832", (9.0, 51.0)), tmp_path / "sheet.pdf"
    assert main(["exhibit", str(source), "x", "-o", str(output), *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not output.exists()


def test_a_sheet_is_written_only_as_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = square_file(tmp_path, "EPSG:25832", (9.0, 51.0))
    assert main(["exhibit", str(source), "x", "-o", str(tmp_path / "sheet.png")]) == 1
    assert "PDF" in capsys.readouterr().err


# the parts


def test_lines_are_never_wider_than_their_column() -> None:
    text = "江東区の建物、と道路。 A sentence with Donaudampfschifffahrtsgesellschaftskapitaenswitwe in it. " * 3
    lines = wrapped(text, 10.0, 120.0)
    assert len(lines) > 5
    assert max(width_pt(line, 10.0) for line in lines) <= 120.0
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert not any(line.startswith(("。", "、")) for line in lines)


@pytest.mark.parametrize("paper", ["A4", "A3", "A2", "A1"])
@pytest.mark.parametrize("is_upright", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_nothing_of_a_layout_overlaps_or_leaves_the_sheet(paper: str, is_upright: bool, count: int) -> None:  # noqa: FBT001
    exhibit = Exhibit("Title " * 30, paper=paper, is_upright=is_upright)
    layout = layout_of(exhibit, count)
    width, height = exhibit.size_mm
    captions = [(b[0], b[1], b[2], b[3] + layout.caption) for b in layout.views]
    boxes = [*captions, *layout.columns]
    for box in boxes:
        assert layout.margin - 1e-6 <= box[0] < box[2] <= width - layout.margin + 1e-6
        assert layout.margin < box[1] < box[3] <= height - layout.margin + 1e-6
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_scales_are_round() -> None:
    assert round_scale(963) == 1000
    assert round_scale(1100) == 1250
    assert round_scale(100) == 100
