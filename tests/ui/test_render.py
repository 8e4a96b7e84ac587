"""`citytwin render`: the fields scripts rely on, the picture, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from twin.errors import MemoryBudgetError
from ui import cli

FIELDS = {
    "buildings",
    "triangles_full",
    "triangles_drawn",
    "import_s",
    "load_s",
    "mesh_s",
    "first_frame_s",
    "complete_s",
    "frame_ms",
    "pick_ms",
    "restyle_ms",
    "peak_rss_mb",
    "renderer",
    "image",
}
NORTH_DEG, EAST_DEG = 0.0001, 0.00014
"""About 11 m each at 45 degrees north."""


def square(column: int, row: int) -> list[list[list[float]]]:
    """Return the ring of a building of about 11 x 11 m in a grid of 22 m."""
    west, south = 9 + 2 * column * EAST_DEG, 45 + 2 * row * NORTH_DEG
    east, north = west + EAST_DEG, south + NORTH_DEG
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def write(path: Path, features: list[tuple[str, object, dict[str, object]]]) -> Path:
    """Write (geometry type, coordinates, properties) as GeoJSON."""
    rows = [
        {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}
        for kind, coordinates, properties in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
    return path


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a city of nine buildings, 10 to 90 m high."""
    folder = tmp_path_factory.mktemp("a city")
    grid = [("Polygon", square(n % 3, n // 3), {"height": 10.0 * (n + 1), "use": "office"}) for n in range(9)]
    return write(folder / "nine.geojson", grid)


def rendered(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    """Run `citytwin render ... --json` and return its answer."""
    assert cli.main(["render", *map(str, words), "--json"]) == 0, capsys.readouterr().err
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def test_the_answer_has_the_fields_scripts_rely_on(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = rendered(capsys, city, "-o", tmp_path / "out.png", "--size", "320x180", "--frames", "2")
    assert set(answer) == FIELDS
    # 9 boxes of 4 walls and a roof, two triangles each
    assert (answer["buildings"], answer["triangles_full"], answer["triangles_drawn"]) == (9, 90, 90)
    assert all(answer[name] is not None for name in FIELDS)
    with Image.open(tmp_path / "out.png") as picture:
        assert picture.size == (320, 180)
        assert np.asarray(picture.convert("L")).std() > 5


def test_as_while_moving_and_coloured_and_filtered(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [city, "-o", tmp_path / "out.png", "--size", "160x90", "--moving", "--view", "top", "--plain"]
    answer = rendered(capsys, *words, "--color-by", "height", "--scheme", "quantiles", "--filter", "height > 45")
    assert answer["buildings"] == 5  # 50 to 90 m: five of the nine
    assert (tmp_path / "out.png").exists()


def test_the_only_polygons_are_raised_wherever_they_stand_in_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    road = write(tmp_path / "road.geojson", [("LineString", [[9, 45], [9.001, 45.001]], {})])
    plots = write(
        tmp_path / "plots.geojson", [("Polygon", square(0, 0), {"a": 1}), ("Polygon", square(1, 0), {"a": 2})]
    )
    answer = rendered(capsys, road, plots, "-o", tmp_path / "out.png", "--size", "160x90")
    assert answer["buildings"] == 2


def test_of_several_polygon_layers_those_that_say_nothing_lie_flat(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ponds = write(tmp_path / "ponds.geojson", [("Polygon", square(4, 0), {"a": 1})])
    answer = rendered(capsys, ponds, city, "-o", tmp_path / "out.png", "--size", "160x90")
    assert answer["buildings"] == 9


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--color-by", "heigth"], 1, "heigth"),
        (["--filter", "height >"], 1, "filter"),
        (["--filter", "nope > 3"], 1, "nope"),
        (["--label-by", "nope"], 1, "nope"),
        (["--color-by", "use", "--scheme", "quantiles"], 1, "categorical"),
        (["--view", "sideways"], 2, "sideways"),
        (["--view", "nan,45,500,0,60"], 2, "nan"),
        (["--opacity", "5"], 2, "5"),
        (["--opacity", "nan"], 2, "nan"),
        (["--size", "big"], 2, "big"),
        (["-o", "nowhere/at/all.png"], 1, "folder"),
        (["-o", "picture.txt"], 1, "picture.txt"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(
    words: list[str], status: int, said: str, city: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert cli.main(["render", str(city), "-o", "out.png", "--size", "160x90", *words]) == status
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err
    assert "fault of its own" not in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert not list(tmp_path.iterdir())


KOTO = "tokyo_koto_chuo/koto_bldg.gpkg"


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_view_by_place_looks_at_that_place(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # the middle of the fifth of the nine, 50 m high: from 300 m above, straight down, its roof is in the middle
    lon, lat = 9 + 2.5 * EAST_DEG, 45 + 2.5 * NORTH_DEG
    words = ["-o", tmp_path / "out.png", "--size", "160x120", "--plain", "--filter", "height == 50"]
    rendered(capsys, city, *words, "--view", f"{lon},{lat},300,0,0")
    picture = pixels(tmp_path / "out.png")
    middle, corner = picture[60, 80], picture[5, 5]
    assert np.abs(middle - corner).max() > 5
    # 11 m of the 250 m x 2 tan 17.5 deg = 158 m that 120 pixels show at the roof's height: 8 pixels, 2 of them edges
    is_roof = np.abs(picture - middle).max(axis=2) < 4
    assert is_roof[57:63, 77:83].all()
    assert 5 * 5 < is_roof.sum() < 10 * 10


@pytest.mark.parametrize(
    ("view", "moving"), [("oblique", []), ("top", ["--moving"]), ("9.0004,45.0003,250,400,60", ["--moving"])]
)
def test_every_view_shows_the_city(
    view: str, moving: list[str], city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["-o", tmp_path / "out.png", "--size", "160x120", "--plain", "--view", view, "--color-by", "height"]
    answer = rendered(capsys, city, *words, *moving)
    assert answer["triangles_drawn"] == 90
    assert answer["frame_ms"] is answer["pick_ms"] is answer["restyle_ms"] is None
    picture = pixels(tmp_path / "out.png")
    # heights are coloured: what is coloured is neither ground nor sky, both nearly grey
    spread = picture.max(axis=2) - picture.min(axis=2)
    assert (spread > 60).mean() > 0.02


def test_colours_by_height_run_over_the_classes(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-o", tmp_path / "out.png", "--size", "320x240", "--plain", "--view", "top", "--colormap", "viridis"]
    rendered(capsys, city, *words, "--color-by", "height", "--scheme", "equal_interval", "--classes", "3")
    picture = pixels(tmp_path / "out.png")
    # Rows of three from the south: 10-30 m, 40-60 m and 70-90 m are one class each, a ninth of the picture apart.
    third = [picture[h, 160] for h in (200, 120, 40)]
    gaps = [np.abs(a - b).max() for a, b in ((third[0], third[1]), (third[1], third[2]), (third[0], third[2]))]
    assert min(gaps) > 40
    assert np.abs(picture[120, 160] - picture[120, 90]).max() < 12  # the same class beside it


def test_a_filter_leaves_the_others_out_of_the_picture(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["-o", tmp_path / "out.png", "--size", "160x120", "--plain", "--view", "top"]
    answer = rendered(capsys, city, *words, "--filter", "height > 45")
    # 50 to 90 m: five of the nine, of ten triangles each
    assert answer["triangles_drawn"] == 50
    assert answer["triangles_full"] == 90


def test_a_view_west_of_greenwich_is_no_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ring = [[[-0.1201, 51.5], [-0.1199, 51.5], [-0.1199, 51.5001], [-0.1201, 51.5001], [-0.1201, 51.5]]]
    london = write(tmp_path / "london.geojson", [("Polygon", ring, {"height": 20.0})])
    words = ["-o", tmp_path / "out.png", "--size", "160x120", "--plain", "--view", "-0.12,51.50005,60,0,0"]
    rendered(capsys, london, *words)
    picture = pixels(tmp_path / "out.png")
    assert np.abs(picture[60, 80] - picture[2, 2]).max() > 10


def test_points_alone_make_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = [("Point", [9 + n * 1e-4, 45.0], {"name": f"tree {n}"}) for n in range(5)]
    source = write(tmp_path / "trees.geojson", places)
    answer = rendered(capsys, source, "-o", tmp_path / "out.png", "--size", "160x120", "--frames", "1")
    assert (answer["buildings"], answer["triangles_full"]) == (0, 0)
    assert set(answer) == FIELDS
    assert answer["mesh_s"] is None or answer["mesh_s"] >= 0  # type: ignore[operator]
    assert pixels(tmp_path / "out.png").std() > 2


def test_columns_of_dates_may_be_named_and_none_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    dates = [("1.4.1957", None), ("2.4.1957", None), ("3.5.1900", "1.4.1957"), (None, None)]
    grid: list[tuple[str, object, dict[str, object]]] = [
        ("Polygon", square(n, 0), {"angelegt": since, "weg": until}) for n, (since, until) in enumerate(dates)
    ]
    words = (write(tmp_path / "town.geojson", grid), "-o", tmp_path / "town.png", "--size", "160x90", "--plain")
    there = rendered(capsys, *words, "--at", "1957-04-01", "--dates", "angelegt,weg")
    assert there["buildings"] == 2  # the first, and the one without dates
    assert cli.main(["render", *map(str, words), "--at", "1957"]) == 0
    assert "No column of dates was found" in caplog.text


def test_two_cities_are_drawn_together(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = write(tmp_path / "more.geojson", [("Polygon", square(n + 4, 0), {"height": 20.0}) for n in range(3)])
    answer = rendered(capsys, city, other, "-o", tmp_path / "out.png", "--size", "160x120")
    assert (answer["buildings"], answer["triangles_drawn"]) == (12, 120)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--size", "0x10"], 2),
        (["--size", "99999x99999"], 1),
        (["--size", "12"], 2),
        (["--view", "9,45,0,0,0"], 2),
        (["--view", "9,45,nan,0,0"], 2),
        (["--view", "9,45,inf,0,0"], 2),
        (["--view", "9,450,100,0,0"], 2),
        (["--view", "-170,-45,100,0,0"], 1),
        (["--classes", "99", "--color-by", "height", "--scheme", "quantiles"], 1),
        (["--colormap", "no such map", "--color-by", "height"], 1),
        (["--opacity", "7"], 2),
        (["--label-by", "no such field"], 1),
        (["--crs", "EPSG:999999"], 1),
        (["--filter", "__import__('os')"], 1),
    ],
)
def test_silly_wishes_are_refused_in_one_sentence(
    words: list[str], status: int, city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.png"
    assert cli.main(["render", str(city), "-o", str(output), "--size", "160x90", *words, "--json"]) == status
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    if status == 1:
        assert len(told.err.strip().splitlines()) == 1, told.err
    assert not output.exists()


def test_a_picture_that_cannot_be_written_is_said(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out.png").mkdir()
    assert cli.main(["render", str(city), "-o", str(tmp_path / "out.png"), "--size", "160x90"]) == 1
    told = capsys.readouterr().err
    assert "could not be written" in told
    assert "-o" in told


def test_what_cannot_be_drawn_in_full_is_said_beside_the_answer(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("layers.tile_work.full_mesh", refuse)
    answer = rendered(capsys, city, "-o", tmp_path / "out.png", "--size", "160x120")
    assert set(answer) == FIELDS
    assert (tmp_path / "out.png").exists()
    assert "nine: 9 buildings are drawn as plain boxes: There is no room." in caplog.text


def refuse(_shared: object, _tile: int) -> dict[str, np.ndarray]:
    raise MemoryBudgetError("There is no room.")


def test_two_wards_of_tokyo_are_drawn_whole(
    real_data: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    koto, chuo = real_data(KOTO), real_data("tokyo_koto_chuo/chuo_bldg.geojson")
    answer = rendered(capsys, koto, chuo, "-o", tmp_path / "out.png", "--size", "320x180", "--moving")
    # 55,460 and 15,859 rows (the data's SOURCE.md), all of them polygons with a height
    assert answer["buildings"] == 55_460 + 15_859
    # at least a box each
    assert answer["triangles_full"] > 10 * answer["buildings"]  # type: ignore[operator]
    assert 0 < answer["first_frame_s"] <= answer["complete_s"] < 60  # type: ignore[operator]
    picture = pixels(tmp_path / "out.png")
    assert picture.std() > 10
    # nothing black: sky, ground and lit roofs are all lighter
    assert (picture.max(axis=2) < 10).mean() < 0.01
