"""Furniture: legends, north arrow, scale bar, the camera's place, letters of every script."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from layers.fonts import Type, font_paths, has_letters, runs, shortened, width_px, wrapped
from layers.furniture import Furniture, camera_words, furnished, scale_of
from layers.legend_card import Measure, legend_block
from layers.sheet import INKS
from twin.layer import Kind
from twin.legend import Legend, LegendEntry, LegendKind
from twin.place import LocalFrame
from twin.session import Camera

PROJECT = Path(__file__).resolve().parents[2]
GREY = 128
PARALLEL = Camera(distance_m=500.0, tilt_rad=0.0, is_parallel=True)


def blank(height_px: int = 720) -> npt.NDArray[np.uint8]:
    return np.full((height_px, height_px * 16 // 9, 3), GREY, np.uint8)


def changed(drawn: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    differs: npt.NDArray[np.bool_] = (drawn != GREY).any(axis=2)
    return differs


def classes(count: int = 5, **more: Any) -> Legend:
    entries = tuple(LegendEntry(f"{i} \u2013 {i + 1}", f"#{4 * i:02x}4080", 100 * i) for i in range(count))
    legend = Legend("b", "Buildings", Kind.FOOTPRINTS, LegendKind.CLASSES, "energy", "kWh", entries, shown=1_000)
    return replace(legend, **more)


def ramp(**more: Any) -> Legend:
    ticks = ((0.25, "10"), (0.5, "20"), (0.75, "30"))
    legend = Legend("b", "Buildings", Kind.FOOTPRINTS, LegendKind.RAMP, "height", "m", shown=900)
    full = replace(legend, stops=("#f0e8d8", "#507090", "#182f52"), ticks=ticks, histogram=(4, 9, 2, 1))
    return replace(full, **more)


def test_nothing_asked_for_draws_nothing() -> None:
    assert not changed(furnished(blank(), Furniture())).any()


def test_the_picture_given_stays() -> None:
    picture = blank()
    furnished(picture, Furniture(title="City", legends=(classes(),)))
    assert (picture == GREY).all()


def test_each_part_has_its_corner() -> None:
    drawn = changed(furnished(blank(), Furniture(legends=(ramp(),))))
    assert drawn[:360].sum() == 0
    assert drawn[360:, :640].any()
    assert not drawn[:, 640:].any()
    title = changed(furnished(blank(), Furniture(title="Kōtō")))
    assert title[:100, :640].any()
    assert not title[100:].any()
    credit = changed(furnished(blank(), Furniture(attribution="MLIT Japan, CC BY 4.0")))
    assert credit[-30:, 640:].any()
    assert not credit[:-40].any()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_three_times_as_large_looks_the_same(theme: str) -> None:
    furniture = Furniture(
        legends=(ramp(estimated=40, is_clipped=(False, True)), classes(hidden=12, no_data=3, no_data_color="#dddddd")),
        title="Kōtō and Chūō", attribution="MLIT Japan", camera=PARALLEL, theme=theme,
    )  # fmt: skip
    small = furnished(blank(360), furniture).astype(float)
    large = furnished(blank(1080), furniture).astype(float).reshape(360, 3, 640, 3, 3).mean(axis=(1, 3))
    assert np.abs(small - large).mean() < 2.0
    drawn = np.abs(small - GREY).max(axis=2) > 20
    assert np.corrcoef(small[drawn].ravel(), large[drawn].ravel())[0, 1] > 0.9


def test_the_large_variant_is_larger() -> None:
    normal = changed(furnished(blank(), Furniture(legends=(classes(),)))).sum()
    large = changed(furnished(blank(), Furniture(legends=(classes(),), is_large=True))).sum()
    assert large == pytest.approx(normal * 1.7**2, rel=0.1)


def test_a_scale_bar_is_as_long_as_it_says() -> None:
    # 2 * 500 m * tan(17.5 degrees) over 720 lines is 0.4379 m a pixel; 170 pixels are 74 m, so the bar is 50 m
    length_m, length_px = scale_of(PARALLEL, 720, 170)
    assert length_m == 50
    assert length_px == pytest.approx(50 / 0.43790, rel=1e-4)
    drawn = furnished(blank(), Furniture(camera=PARALLEL, has_north=False))
    ink = np.array(INKS["light"].text)
    dark = (np.abs(drawn.astype(int) - ink).max(axis=2) < 12) & (np.arange(720) > 600)[:, None]
    columns = np.flatnonzero(dark.sum(axis=0) >= 2)
    runs_px = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    longest = max(runs_px, key=len)  # the bar's two edges are drawn in full length
    assert len(longest) == pytest.approx(length_px, abs=2)


def test_a_perspective_has_the_cameras_place_instead_of_a_scale() -> None:
    frame = LocalFrame("EPSG:6677", (-5_000.0, -40_000.0))
    camera = Camera(target_local=(0.0, 0.0, 0.0), distance_m=1_000.0, tilt_rad=0.0, heading_rad=pi * 1.25)
    first, second = camera_words(camera, frame)
    assert first == "Camera at 35.6394° N, 139.7781° E, 1,000 m up"
    assert second == "Looking SW (225°), field of view 35°"
    assert camera_words(camera, None)[0] == "Camera at x 0 m, y 0 m, 1,000 m up"


def test_the_north_arrow_follows_the_heading() -> None:
    accent = np.array(INKS["light"].accent)
    middles = {}
    for name, heading_rad in (("north", 0.0), ("east", pi / 2), ("south", pi)):
        camera = replace(PARALLEL, heading_rad=heading_rad)
        drawn = furnished(blank(), Furniture(camera=camera, has_place=False)).astype(int)
        middles[name] = np.argwhere(np.abs(drawn - accent).max(axis=2) < 40).mean(axis=0) - (38, 1242)
    # the accent is the needle's right half: right of the middle when looking north, left when looking south
    assert middles["north"][1] > 1
    assert middles["south"][1] < -1
    # looking east, north is to the left, and the right half of the needle is above
    assert middles["east"][0] < -1


def test_a_legend_taller_than_the_picture_is_drawn_smaller() -> None:
    drawn = changed(furnished(blank(), Furniture(legends=(classes(60),))))
    rows = np.flatnonzero(drawn.any(axis=1))
    assert rows.min() >= 1
    assert rows.max() <= 719
    assert len(rows) > 600


def test_many_legends_take_more_columns() -> None:
    one = changed(furnished(blank(), Furniture(legends=(classes(9),)))).any(axis=0).sum()
    four = changed(furnished(blank(), Furniture(legends=(classes(9),) * 4))).any(axis=0).sum()
    assert four > 1.8 * one


def test_estimates_empty_cells_hidden_rows_and_notes_get_lines_of_their_own() -> None:
    measure = Measure(1.0, INKS["light"], 200.0)
    plain = legend_block(classes(), measure).height_px
    for more in ({"estimated": 4}, {"no_data": 2, "no_data_color": "#cccccc"}, {"hidden": 3}, {"note": "Natural."}):
        assert legend_block(classes(**more), measure).height_px > plain


def test_what_is_estimated_is_hatched() -> None:
    before = furnished(blank(), Furniture(legends=(ramp(),)))
    after = furnished(blank(), Furniture(legends=(ramp(estimated=40),)))
    rows = np.flatnonzero(changed(after).any(axis=1) & ~changed(before).any(axis=1))
    assert len(rows) > 20


def test_every_letter_is_in_some_font() -> None:
    assert has_letters("Zürich, Łódź, Ōsaka, Αθήνα, Київ: 1,200 m² ≥ 3 – 5 ★")


def test_chinese_and_japanese_letters_are_no_boxes() -> None:
    if not any("CJK" in p or "DroidSansFallback" in p or "wqy" in p or "ipag" in p for p in font_paths()):
        pytest.skip("no CJK font here")
    assert has_letters("東京都江東区 建物ID 荒川水系")
    assert [text for text, _ in runs("水 water")] in (["水 water"], ["水 ", "water"])


def test_no_font_is_looked_for_before_a_text_is_drawn() -> None:
    # matplotlib's list of fonts takes 0.2 s to 1 s, which the start of the window does not have
    code = "import sys, layers.furniture, layers.labeller; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.strip() == "False"


def test_long_words_are_cut_or_broken() -> None:
    kind = Type(12.0, (0, 0, 0))
    assert shortened("short", kind, 200) == "short"
    cut = shortened("A very long name of a layer that goes on", kind, 100)
    assert cut.endswith("\u2026")
    assert width_px(cut, kind) <= 100
    lines = wrapped("words that are wrapped andoneverylongwordthatmustbebrokenbecauseitistoolong", kind, 100)
    assert all(width_px(line, kind) <= 100 for line in lines)
    assert "".join(lines).replace(" ", "") == "wordsthatarewrappedandoneverylongwordthatmustbebrokenbecauseitistoolong"


@pytest.mark.parametrize(("width", "height"), [(64, 48), (300, 1200), (1, 1)])
def test_odd_sizes_do_no_harm(width: int, height: int) -> None:
    picture = np.full((height, width, 3), GREY, np.uint8)
    furniture = Furniture(legends=(classes(), ramp()), title="T", attribution="A", camera=PARALLEL)
    assert furnished(picture, furniture).shape == picture.shape
