"""The benchmarks run: each on a city of 500 buildings. What they measure there says nothing; that they do, does."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SCRIPTS = sorted(path.stem for path in BENCHMARKS.glob("*.py") if "__main__" in path.read_text(encoding="utf-8"))
COUNT = 500
VIEW = "4.89,52.30,900,-28,58"

pytestmark = pytest.mark.filterwarnings("ignore")  # the peers are written as their users write, warnings included


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the scripts find each other, as they do when they are run from their folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))


class Answer:
    """Runs a benchmark and returns the one JSON object that it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, script: str, *words: str) -> dict[str, Any]:
        self._capsys.readouterr()
        importlib.import_module(script).main(words)
        told: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return told


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Answer:
    """Return what runs a benchmark."""
    return Answer(capsys)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the cities of these tests are."""
    return tmp_path_factory.mktemp("cities")


@pytest.fixture
def city(answer: Answer, folder: Path) -> Path:
    """Return a city of 500 buildings."""
    told = answer("cities", str(COUNT), "--folder", str(folder))
    assert told["valid"] == 1.0
    return Path(told["files"][0])


def test_there_is_a_benchmark_for_each_promise() -> None:
    assert {"compare", "pick_restyle", "similarity", "window_stalls"} <= set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_says_what_it_does(
    script: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(script).main()
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_the_same_seed_makes_the_same_city() -> None:
    cities = importlib.import_module("cities")
    assert cities.city(COUNT).equals(cities.city(COUNT))


def test_the_expert_draws_every_triangle(city: Path, answer: Answer) -> None:
    told = answer("pyvista_expert", str(city), f"--near={VIEW}", "--frames=1")
    assert told["buildings"] == COUNT
    # A building of v corners in one ring has 2 v wall triangles and v - 2 on its roof; 8.3 corners on average.
    assert told["triangles"] == pytest.approx(COUNT * (3 * 8.3 - 2), rel=0.1)
    assert told["near_ms"] > 0


def test_the_book_draws_every_building(city: Path, answer: Answer) -> None:
    told = answer("pyvista_book", str(city), "--frames=1")
    assert told["buildings"] == COUNT
    assert told["complete_s"] > 0


def test_a_small_city_at_rest_is_the_truth(city: Path, answer: Answer) -> None:
    told = answer("similarity", str(city), "--views", "overview 1")
    assert told["least_rest"] > 0.9
    assert told["all_tallest_stand"]


def test_picks_and_colours_are_timed(city: Path, answer: Answer) -> None:
    told = answer("pick_restyle", str(city), "--places=20", "--repeats=1")
    assert told["restyle_ms"]["overview 1"] > 0
    assert told["pick"]["plan"]["median_ms"] > 0


def test_ratios_are_held_against_the_targets(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = folder / "numbers.json"
    words = ["--repeats=1", "--frames=1", "--folder", str(folder), "--output", str(kept)]
    importlib.import_module("compare").main([str(COUNT), *words, "--only", "citytwin full overview", "expert"])
    rows = {row["what"]: row for row in json.loads(kept.read_text(encoding="utf-8"))["cities"]["500 buildings"]["rows"]}
    complete = rows["complete picture / expert's"]
    assert complete["target"] == 1.5
    assert complete["value"] == pytest.approx(complete["ours"] / complete["theirs"])
    assert "| complete picture / expert's |" in capsys.readouterr().out


def test_models_are_read_beside_cjio_with_the_same_triangles(answer: Answer) -> None:
    pytest.importorskip("trimesh")
    pytest.importorskip("cjio")
    told = answer("models", "--count=60", "--repeats=1")["houses-60.city.json"]
    # A house has two gables of five corners, and floor, two walls and two slopes of four: 2 x 3 + 5 x 2 triangles
    assert told["citytwin_triangles"] == told["cjio_trimesh_triangles"] == 60 * 16
