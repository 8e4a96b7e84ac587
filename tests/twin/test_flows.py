"""Flows of tables as values: numbers, ids, times, matrices, what is left out, and which of them are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from data.table import ArrowTable
from twin.arcs import arc_text, chosen_arcs
from twin.errors import ColumnError, LayerError
from twin.features import Points
from twin.flow_proposals import propose_flows
from twin.flows import FlowTable, flow_rows
from twin.layer import Kind, Layer, LayerInfo
from twin.live import LiveLook, Shape
from twin.place import LocalFrame
from twin.placed_flows import place_flows
from twin.report import Report

FRAME = LocalFrame("EPSG:32632", (500_000.0, 5_500_000.0))
FLOW = FlowTable("f", "Trips", origin=("from",), destination=("to",), value="n", layer_id="stops", key="id")
LOOK = LiveLook("f", shape=Shape.ARCS, value="n")


def stops(ids: Sequence[object], names: list[str] | None = None) -> Layer:
    """Return points 1 km apart on a line, with ids."""
    count = len(ids)
    info = LayerInfo("stops", "Stops", Kind.POINTS, "", None, "", "EPSG:32632", "stated", count, count, (0, 0, 1, 1))
    columns = {"id": ids} | ({"name": names} if names else {})
    xy = np.column_stack([np.arange(count) * 1000.0, np.zeros(count)])
    return Layer(
        info, FRAME, ArrowTable(pa.table(columns)), Report(), features=Points(xy, np.arange(count, dtype=np.int32))
    )


def table(**columns: Any) -> ArrowTable:
    return ArrowTable(pa.table(columns))


def test_pairs_that_stand_twice_are_summed_and_what_says_nothing_is_left_out_and_told() -> None:
    rows = flow_rows(
        table(**{"from": ["a", "a", "b", None, "a"], "to": ["b", "b", "a", "a", "b"], "n": [1.0, 2.0, 5.0, 9.0, None]}),
        FLOW,
    )
    pairs = zip(rows.origin.tolist(), rows.destination.tolist(), strict=True)
    assert dict(zip(pairs, rows.value.tolist(), strict=True)) == {(0, 1): 3.0, (1, 0): 5.0}
    assert [(p.count, p.is_loss) for p in rows.report.problems] == [(1, True), (1, True)]


@pytest.mark.parametrize(
    ("word", "number"),
    [("1 234,5", 1234.5), ("1\u202f234,5", 1234.5), ("1'234.5", 1234.5), ("\u22123", -3.0), ("-", np.nan)],
)
def test_numbers_are_read_as_people_write_them(word: str, number: float) -> None:
    rows = flow_rows(table(**{"from": ["a", "a"], "to": ["b", "c"], "n": [word, "1"]}), FLOW)
    found = rows.value[rows.count > 0][0] if not np.isnan(number) else float(len(rows.value))
    assert found == (pytest.approx(number) if not np.isnan(number) else 1.0)


def test_flows_below_zero_are_kept_and_told() -> None:
    rows = flow_rows(table(**{"from": ["a"], "to": ["b"], "n": [-4.0]}), FLOW)
    assert rows.value.tolist() == [-4.0]
    assert "below zero" in rows.report.sentences()[0]


def test_padded_ids_are_the_same_feature_and_unknown_ones_are_listed() -> None:
    rows = flow_rows(
        table(**{"from": ["7", "007", "8", "x"], "to": ["8", "8", "7.0", "8"], "n": [1.0, 2.0, 4.0, 8.0]}), FLOW
    )
    flows = place_flows(rows, FLOW, stops(["007", "008"]))
    assert (flows.facts.placed, flows.facts.unplaced, flows.facts.pairs, flows.facts.examples) == (3, 1, 2, ("x",))
    assert sorted(flows.frame(None).values["n"].tolist()) == [3.0, 4.0]


def test_accents_are_the_same_however_they_are_written() -> None:
    rows = flow_rows(table(**{"from": ["La\u0308nggasse"], "to": ["Bu\u0308mpliz"], "n": [3.0]}), FLOW)
    flows = place_flows(rows, FLOW, stops(["L\u00e4nggasse", "B\u00fcmpliz"]))
    assert (flows.facts.placed, flows.facts.unplaced) == (1, 0)


def test_ids_that_only_padding_tells_apart_stay_two_features() -> None:
    rows = flow_rows(table(**{"from": ["7"], "to": ["007"], "n": [1.0]}), FLOW)
    flows = place_flows(rows, FLOW, stops(["7", "007"]))
    assert (flows.facts.placed, flows.facts.loops) == (1, 0)


def test_a_layer_that_is_gone_and_columns_that_are_not_there_are_errors() -> None:
    rows = flow_rows(table(**{"from": ["a"], "to": ["b"], "n": [1.0]}), FLOW)
    with pytest.raises(LayerError, match="not open"):
        place_flows(rows, FLOW, None)
    with pytest.raises(ColumnError, match='"m"'):
        flow_rows(table(**{"from": ["a"], "to": ["b"]}), replace(FLOW, value="m"))


def test_hours_of_the_day_hold_for_any_day() -> None:
    hours = [f"{h:02d}:00" for h in range(24)]
    flow = replace(FLOW, time=("hour",))
    rows = flow_rows(
        table(**{"from": ["a"] * 24, "to": ["b"] * 24, "n": [float(h) for h in range(24)], "hour": hours}), flow
    )
    flows = place_flows(rows, flow, stops(["a", "b"]))
    assert flows.times.is_daily
    assert flows.frame(1_700_000_000.0 // 86_400 * 86_400 + 7.5 * 3600).values["n"].tolist() == [7.0]
    assert flows.frame(None).values["n"].tolist() == [276.0]  # 0 + 1 + ... + 23


def test_trips_with_a_time_each_are_put_together_to_hours() -> None:
    seconds = [f"2024-05-01 {h:02d}:{m:02d}:{m:02d}" for h in range(10) for m in range(0, 60, 7)]
    n = len(seconds)
    flow = replace(FLOW, value="", time=("started",))
    rows = flow_rows(table(**{"from": ["a"] * n, "to": ["b"] * n, "started": seconds}), flow)
    assert rows.times.width_s == 900.0  # 9.93 hours in at most 48 steps
    assert rows.value.sum() == n


def test_coordinates_need_no_layer() -> None:
    flow = FlowTable("f", origin=("x1", "y1"), destination=("x2", "y2"))
    rows = flow_rows(table(x1=[8.0, 8.0, 0.0], y1=[50.0, 50.0, 0.0], x2=[8.1, 8.1, 8.1], y2=[50.0] * 3), flow)
    flows = place_flows(rows, flow, None)
    assert (flows.facts.placed, flows.facts.unusable) == (2, 1)  # nobody begins at 0, 0
    assert flows.frame(None).lonlat.tolist() == [[8.0, 50.0]]


def test_dates_are_found_whatever_their_column_is_called() -> None:
    ends = [f"q{i % 4}" for i in range(12)]
    od = table(start=ends, ziel=ends[::-1], tour=[f"{d}.3.2024 08:30" for d in range(1, 13)], n=list(range(12)))
    assert propose_flows(od, {"stops": stops(["q0", "q1", "q2", "q3"])})[0].flow.time == ("tour",)


def test_columns_are_found_by_what_they_hold_and_personal_ones_are_not_proposed() -> None:
    layer = stops([f"25017{i:04d}" for i in range(40)], [f"Stop {i}" for i in range(40)])
    ids = [f"25017{i:04d}" for i in range(40)]
    od = table(w_geocode=ids, h_geocode=ids[::-1], S000=list(range(40)), email=[f"p{i}@mail.org" for i in range(40)])
    best = propose_flows(od, {"stops": layer})[0]
    assert best.is_plain
    assert (best.flow.origin, best.flow.destination) == (("h_geocode",), ("w_geocode",))
    assert (best.flow.value, best.flow.key, best.flow.label) == ("S000", "id", "name")


def test_the_largest_are_drawn_and_the_rest_is_counted() -> None:
    n = 1000
    rng = np.random.default_rng(1)
    od = table(**{
        "from": [f"s{i}" for i in rng.integers(0, 60, n)], "to": [f"s{i}" for i in rng.integers(0, 60, n)],
        "n": rng.pareto(1.5, n).tolist(),
    })  # fmt: skip
    flows = place_flows(flow_rows(od, FLOW), FLOW, stops([f"s{i}" for i in range(60)]))
    frame = flows.frame(None)
    arcs = chosen_arcs(frame, replace(LOOK, most=100))
    values = np.sort(frame.values["n"].astype(float))[::-1]
    assert arcs.value[::-1].tolist() == pytest.approx(values[:100].tolist())
    assert arcs.left_out == len(values) - 100
    assert arcs.left_share == pytest.approx(values[100:].sum() / values.sum())


def test_both_directions_are_one_where_wished_and_the_pointer_tells_each() -> None:
    od = table(**{"from": ["a", "b", "a"], "to": ["b", "a", "a"], "n": [10.0, 4.0, 3.0]})
    frame = place_flows(flow_rows(od, FLOW), FLOW, stops(["a", "b"])).frame(None)
    arcs = chosen_arcs(frame, replace(LOOK, is_summed=True))
    assert arcs.value.tolist() == [3.0, 14.0]
    assert arcs.is_loop.tolist() == [True, False]
    assert arc_text(frame, arcs, 1, "people", "n").splitlines() == [
        "a \u2192 b: 10 people", "b \u2192 a: 4 people", "both: 14 people"
    ]  # fmt: skip
