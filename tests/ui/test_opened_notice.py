"""Layers that are opened together are told of in one notice, with what was met in each behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from data.vector import read
from twin.layer import Layer
from twin.report import Problem, Report
from ui.main_window import MainWindow
from ui.notices import Level
from ui.opened_notice import notice_of


def with_problems(layer: Layer, name: str, *problems: Problem) -> Layer:
    return replace(layer, info=replace(layer.info, id=name, name=name), report=Report(list(problems)), heights=None)


def test_several_layers_make_one_warning_with_the_losses_counted(small_city: Path) -> None:
    layer = read(small_city)
    notice = notice_of(
        [
            with_problems(layer, "green", Problem("outlines of two points", 17, is_loss=True)),
            with_problems(layer, "water", Problem("outlines of two points", 1, is_loss=True), Problem("turned", 2)),
            with_problems(layer, "stops"),
        ]
    )
    assert notice is not None
    assert (notice.level, notice.text) == (Level.WARNING, "3 layers are open; 18 rows of 2 of them cannot be shown.")
    assert [line.split(":")[0] for line in notice.details] == ["green", "water", "water"]


def test_one_layer_is_told_of_by_its_name(small_city: Path) -> None:
    layer = with_problems(read(small_city), "green", Problem("outlines of two points", 17, is_loss=True))
    notice = notice_of([layer])
    assert notice is not None
    assert notice.text == "green is open, but 17 of its rows cannot be shown."


def test_layers_without_remarks_say_nothing(small_city: Path) -> None:
    assert notice_of([with_problems(read(small_city), "stops")]) is None


def test_an_extract_of_openstreetmap_opens_with_one_card(window: MainWindow, real_data: Callable[[str], Path]) -> None:
    path = real_data("helsinki/Helsinki.osm.pbf")
    window.files.open_path(str(path))
    assert len(window.session.layers) == 8
    (card,) = window.notices.cards()
    lost = sum(
        problem.count
        for layer in window.session.layers.values()
        for problem in layer.report.problems
        if problem.is_loss
    )
    assert card.notice.text == f"8 layers are open; {lost} rows of 7 of them cannot be shown."
