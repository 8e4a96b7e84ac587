"""Corrections: laid over what was read, found again, taken back."""

from __future__ import annotations

from dataclasses import replace

import geopandas
import numpy as np
import pytest
import shapely

from data.frames import layer_from_frame
from data.table import arrow_table
from twin.buildings import HeightSource
from twin.corrections import (
    Correction,
    Standing,
    correction_of,
    notes_of,
    stands_of,
    value_from_text,
    with_correction,
    without_correction,
)
from twin.errors import ColumnError
from twin.expression import shown_rows
from twin.layer import Layer
from twin.session import Session

ORIGIN = np.array([500_000.0, 5_760_000.0])
WHEN = "2026-11-21T10:00:00+00:00"


def town(order: tuple[int, ...] = (0, 1, 2, 3), *, has_ids: bool = True, **columns: list[object]) -> Layer:
    values: dict[str, list[object]] = {
        "ref": ["b-1", "b-2", "b-3", "b-4"],
        "use": ["office", "shop", "shop", None],
        "height": [12.0, 20.0, 7.5, None],
        "floors": [4, 6, 2, 1],
    }
    values |= columns
    if not has_ids:
        del values["ref"]
    squares = shapely.transform([shapely.box(20 * i, 0, 20 * i + 10, 10) for i in range(4)], lambda xy: xy + ORIGIN)
    frame = geopandas.GeoDataFrame(values, geometry=squares, crs=25832).iloc[list(order)].reset_index(drop=True)
    return layer_from_frame(frame, "Town")


def correct(session: Session, row: int, field: str, new: object, why: str = "seen on site") -> Correction:
    layer_id = next(iter(session.layers))
    done = correction_of(session.source(layer_id), row, field, new, when=WHEN, why=why)  # type: ignore[arg-type]
    composition = session.composition
    session.set_composition(replace(composition, corrections=with_correction(composition.corrections, done)))
    return done


def opened(layer: Layer) -> Session:
    session = Session()
    session.add_layer(layer)
    return session


def test_a_corrected_value_is_what_everyone_sees_and_the_source_keeps_its_own() -> None:
    session = opened(town())
    done = correct(session, 1, "use", "school")
    assert (done.old, done.new, done.by, done.key) == ("shop", "school", "ref", "b-2")
    layer = session.layers["town"]
    assert layer.table.row(1)["use"] == "school"
    assert layer.table.column("use").tolist() == ["office", "school", "shop", None]
    assert shown_rows(layer, 'use == "shop"').tolist() == [False, False, True, False]
    assert session.source("town").table.column("use").tolist()[1] == "shop"


def test_undo_takes_a_correction_back_and_redo_brings_it_again() -> None:
    session = opened(town())
    correct(session, 1, "use", "school")
    session.undo()
    assert session.layers["town"] is session.source("town")
    session.redo()
    assert session.layers["town"].table.row(1)["use"] == "school"


def test_a_corrected_height_is_drawn_and_known_as_corrected() -> None:
    session = opened(town())
    source = session.source("town")
    correct(session, 3, "height", 31.0)
    layer = session.layers["town"]
    assert layer.heights is not None
    assert layer.tiles is not None
    assert layer.heights.height_m[3] == 31.0
    assert layer.heights.source[3] == HeightSource.CORRECTED
    tile, place = layer.tiles.locate(3)
    assert layer.tiles.fetch(tile).height_m[place] == 31.0
    assert layer.tiles.index().bounds[tile, 5] == 31.0
    assert source.tiles is not None
    assert source.tiles.index().bounds[tile, 5] == 20.0  # the tallest that was read


def test_a_height_column_in_feet_is_drawn_in_metres() -> None:
    layer = town(height=[None] * 4, height_ft=[32.80840, 65.61680, 98.42520, 131.2336])
    assert layer.heights is not None
    if layer.heights.field != "height_ft":
        pytest.skip("this reader takes no feet")
    session = opened(layer)
    factor = float(layer.heights.height_m[0] / 32.8084)
    correct(session, 0, "height_ft", 164.042)
    assert session.layers["town"].heights.height_m[0] == pytest.approx(164.042 * factor, rel=1e-4)  # type: ignore[union-attr]


@pytest.mark.parametrize("has_ids", [True, False])
def test_a_correction_finds_its_row_when_the_file_is_in_another_order(has_ids: bool) -> None:  # noqa: FBT001
    session = opened(town(has_ids=has_ids))
    done = correct(session, 1, "use", "school")
    assert (done.by == "") is not has_ids
    session.replace_layer(town((3, 2, 1, 0), has_ids=has_ids))
    assert session.layers["town"].table.column("use").tolist() == [None, "shop", "school", "office"]


def test_a_correction_finds_its_row_when_another_layer_has_set_the_frame() -> None:
    session = opened(town(has_ids=False))
    done = correct(session, 2, "use", "school")
    layer = town((1, 2), has_ids=False)  # its own frame begins elsewhere
    assert layer.frame.origin_m != session.source("town").frame.origin_m or layer.frame == session.source("town").frame
    assert [s.row for s in stands_of(layer, [done])] == [1]


def test_a_correction_whose_value_changed_in_the_source_waits_as_a_conflict() -> None:
    session = opened(town())
    done = correct(session, 1, "use", "school")
    session.replace_layer(town(use=["office", "hotel", "shop", None]))
    (stand,) = stands_of(session.source("town"), session.composition.corrections)
    assert (stand.standing, stand.now, stand.correction) == (Standing.CONFLICT, "hotel", done)
    assert session.layers["town"].table.row(1)["use"] == "hotel"


def test_a_correction_of_a_row_that_is_gone_is_kept() -> None:
    session = opened(town())
    done = correct(session, 1, "use", "school")
    session.replace_layer(town((0, 2, 3)))
    (stand,) = stands_of(session.source("town"), session.composition.corrections)
    assert (stand.standing, stand.row) == (Standing.LOST, -1)
    session.replace_layer(town())
    assert session.layers["town"].table.row(1)["use"] == "school"
    assert session.composition.corrections == (done,)


def test_a_second_correction_of_a_value_keeps_what_was_read_as_old() -> None:
    session = opened(town())
    correct(session, 1, "use", "school")
    again = correct(session, 1, "use", "museum")
    assert session.composition.corrections == (again,)
    assert again.old == "shop"
    correct(session, 1, "use", "shop")
    assert session.composition.corrections == ()


def test_one_correction_is_taken_back_and_the_others_stay() -> None:
    session = opened(town())
    first = correct(session, 0, "use", "school")
    correct(session, 1, "use", "museum")
    left = without_correction(session.composition.corrections, first)
    session.set_composition(replace(session.composition, corrections=left))
    assert session.layers["town"].table.column("use").tolist() == ["office", "museum", "shop", None]


def test_a_layer_made_from_a_corrected_one_does_not_take_the_correction_for_its_source() -> None:
    session = opened(town())
    correct(session, 1, "use", "school")
    session.replace_layer(replace(session.layers["town"], report=session.layers["town"].report))
    session.undo()
    assert session.layers["town"].table.row(1)["use"] == "shop"


def test_columns_keep_their_type_when_values_are_set_right() -> None:
    session = opened(town())
    correct(session, 0, "floors", 5)
    arrow = arrow_table(session.layers["town"].table)
    assert str(arrow.schema.field("floors").type) == "int64"
    assert arrow["floors"].to_pylist() == [5, 6, 2, 1]


def test_heights_that_no_building_has_are_refused() -> None:
    layer = town()
    for value in (0.0, -3.0, "tall", None, 10_000.0):
        with pytest.raises(ColumnError, match="height"):
            correction_of(layer, 0, "height", value, when=WHEN, why="")  # type: ignore[arg-type]


def test_what_is_typed_becomes_the_columns_kind() -> None:
    assert value_from_text(" 12,5 ", "number") == 12.5
    assert value_from_text("7", "number") == 7
    assert value_from_text("", "text") is None
    assert value_from_text("no", "bool") is False
    assert value_from_text("2024-05-31", "time") == "2024-05-31"
    for text, kind in (("tall", "number"), ("maybe", "bool"), ("soon", "time")):
        with pytest.raises(ColumnError):
            value_from_text(text, kind)  # type: ignore[arg-type]


def test_notes_say_what_was_corrected_and_hide_what_must_be_hidden() -> None:
    session = opened(town())
    correct(session, 0, "use", "school", "visited")
    correct(session, 0, "floors", 5, "counted")
    stands = stands_of(session.source("town"), session.composition.corrections)
    assert notes_of(stands) == {0: "use: office -> school (visited); floors: 4 -> 5 (counted)"}
    assert notes_of(stands, without=["use"], has_reasons=False) == {0: "floors: 4 -> 5"}


def test_closing_a_layer_forgets_its_corrections_and_no_others() -> None:
    session = opened(town())
    other = Correction("other", "", "", 0, "use", "a", "b", WHEN)
    correct(session, 0, "use", "school")
    session.set_composition(replace(session.composition, corrections=(*session.composition.corrections, other)))
    session.remove_layer("town")
    assert session.composition.corrections == (other,)
