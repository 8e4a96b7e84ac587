"""`citytwin render`: the fields scripts rely on, the picture, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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
    assert answer["buildings"] == 9
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
