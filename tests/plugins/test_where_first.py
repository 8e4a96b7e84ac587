"""Where first: scores worked by hand, order, missing values, firmness, and measures against shapely."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from shapely.geometry import Point, box

from plugins.builtin.where_first import Criterion, Parameters, WhereFirst, measured
from plugins.contract import Frame, PluginError
from plugins.ranking import firmness, ranks, scaled, scores

VALUES = np.array([[10.0, 1.0], [20.0, 3.0], [40.0, 2.0]])


def test_a_score_is_the_weighted_mean_of_what_is_scaled() -> None:
    # first column scaled 0, 1/3, 1; second, less is better: 1, 0, 1/2; weights 3 and 1
    result = scores(VALUES, [3, 1], [True, False])
    assert result.score == pytest.approx([25.0, 25.0, 87.5])
    assert result.parts == pytest.approx(np.array([[0, 25], [25, 0], [75, 12.5]]))
    assert result.rank.tolist() == [2, 2, 1]


def test_only_the_ratios_of_weights_count() -> None:
    assert scores(VALUES, [3, 1], [True, True]).score == pytest.approx(scores(VALUES, [300, 100], [True, True]).score)


def test_a_missing_value_leaves_its_weight_to_the_others() -> None:
    values = VALUES.copy()
    values[1, 1] = np.nan
    result = scores(values, [3, 1], [True, False])
    assert result.score[1] == pytest.approx(100 / 3)
    assert result.missing.tolist() == [0, 1, 0]
    nothing = scores(np.array([[1.0], [np.nan], [3.0]]), [1], [True])
    assert np.isnan(nothing.score[1])
    assert nothing.rank.tolist() == [2, 3, 1]


def test_scaling_by_rank_shares_ties_and_what_is_alike_is_in_the_middle() -> None:
    assert scaled(np.array([5.0, 1.0, 5.0, 9.0]), is_more_better=True, by_rank=True) == pytest.approx([0.5, 0, 0.5, 1])
    assert scaled(np.array([2.0, 2.0]), is_more_better=True).tolist() == [0.5, 0.5]


def test_weights_of_nothing_are_refused() -> None:
    for weights in ([0, 0], [-1, 2]):
        with pytest.raises(ValueError, match="weights"):
            scores(VALUES, weights, [True, True])


def test_equal_scores_share_the_better_place() -> None:
    assert ranks(np.array([5.0, 7.0, 5.0, np.nan])).tolist() == [2, 1, 2, 4]


def test_an_order_that_no_weight_can_change_is_wholly_firm() -> None:
    values = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    firm = firmness(values, [1, 5], [True, True], spread=1.0, top=1)
    assert firm.least.tolist() == firm.greatest.tolist() == [3, 2, 1]
    assert firm.share_in_top.tolist() == [0, 0, 1]
    assert firm.correlation == pytest.approx(1)


def test_an_order_on_a_knifes_edge_turns_half_of_the_time() -> None:
    values = np.array([[1.0, 0.0], [0.0, 1.0]])
    firm = firmness(values, [1, 1], [True, True], spread=0.5, top=1, trials=4000)
    assert firm.share_in_top == pytest.approx([0.5, 0.5], abs=0.03)
    assert firm.least.tolist() == [1, 1]


class SmallCity:
    """Three areas of one square kilometre in a row, and a few things in them."""

    areas = geopandas.GeoDataFrame(
        {"name": ["west", "middle", "east"], "people": [100, 300, None]},
        geometry=[box(x, 0, x + 1000, 1000) for x in (0, 1000, 2000)],
        crs=25832,
    )
    trees = geopandas.GeoDataFrame(
        {"age": [10.0, 30.0, 5.0]}, geometry=[Point(100, 100), Point(200, 200), Point(1500, 500)], crs=25832
    )
    parks = geopandas.GeoDataFrame(geometry=[box(500, 0, 1250, 1000), box(1000, 0, 1250, 500)], crs=25832)

    def layer(self, layer_id: str, _area: Any = None, columns: Any = None) -> Any:
        del columns
        return getattr(self, layer_id)


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        (Criterion(column="people"), [100, 300, np.nan]),
        (Criterion(layer="trees", measure="count"), [2, 1, 0]),
        (Criterion(layer="trees", measure="sum", column="age"), [40, 5, 0]),
        (Criterion(layer="trees", measure="mean", column="age"), [20, 5, np.nan]),
        (Criterion(layer="parks", measure="share"), [0.5, 0.25, 0]),
        (Criterion(layer="trees", measure="distance"), [np.hypot(300, 300), 0, 1000]),
    ],
)
def test_each_measure_is_what_it_says(criterion: Criterion, expected: list[float]) -> None:
    assert measured(SmallCity(), SmallCity.areas, criterion) == pytest.approx(expected, nan_ok=True)  # type: ignore[arg-type]


def run(*criteria: Criterion, **more: Any) -> Frame:
    parameters = Parameters(areas="areas", criteria=criteria, **more)  # type: ignore[arg-type]
    stop = SimpleNamespace(is_set=lambda: False)
    *_, frame = WhereFirst().frames(SmallCity(), None, parameters, stop)  # type: ignore[arg-type]
    assert isinstance(frame, Frame)
    return frame


def test_the_result_says_who_is_first_and_why() -> None:
    frame = run(
        Criterion("people", column="people", weight=2),
        Criterion("green", layer="parks", measure="share", better="less"),
    )
    # people 0, 1, none; green, less is better: 0, 0.5, 1. middle: (2 x 1 + 0.5) / 3; east has green alone
    assert frame.facts["first"][0]["area"] == "east"
    scores_ = {f["area"]: f["score"] for f in frame.facts["first"]}
    assert scores_ == pytest.approx({"east": 100.0, "middle": 250 / 3, "west": 0.0})
    assert frame.features is not None
    assert frame.features["missing"].tolist() == [0, 0, 1]


def test_the_reading_of_a_place_sums_to_its_score() -> None:
    parameters = Parameters(
        areas="areas", criteria=(Criterion(column="people"), Criterion(layer="trees", measure="count"))
    )  # type: ignore[arg-type]
    places = geopandas.GeoDataFrame(geometry=[Point(1500, 500), Point(-9, -9)], crs=25832)
    here, nowhere = WhereFirst().at(SmallCity(), parameters, places)  # type: ignore[arg-type]
    points = [reason["points"] for reason in here.reasons.values() if isinstance(reason, dict)]
    assert sum(points) == pytest.approx(here.value)
    assert nowhere.value is None


def test_mistakes_are_said_in_words() -> None:
    for criteria, words in (
        ((), "no criterion"),
        ((Criterion(column="nothing"),), "no column"),
        ((Criterion(layer="trees", measure="beauty"),), "no measure"),
        ((Criterion(column="people", weight=0),), "weight"),
        ((Criterion(column="people", better="higher"),), "no direction"),
    ):
        with pytest.raises(PluginError, match=words):
            run(*criteria)


def test_geometry_of_areas_is_kept() -> None:
    frame = run(Criterion(column="people"))
    assert frame.features is not None
    assert shapely.equals(frame.features.geometry.iloc[1], SmallCity.areas.geometry.iloc[1])
