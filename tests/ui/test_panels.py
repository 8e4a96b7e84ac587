"""Layer panel, style panel, inspector, legend: what they show and what they ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from twin.expression import rows_where
from twin.facts import building_facts, building_sums, rows_bounds
from twin.layer import Kind, Scheme, Style
from twin.legend import Legend, LegendEntry, LegendKind
from ui import words
from ui.attribute_menu import alike
from ui.layer_info import LayerInfoDialog, facts_of
from ui.legend_panel import Ramp
from ui.main_window import MainWindow
from ui.style_editors import (
    CheckEditor,
    ChoiceEditor,
    FilterEditor,
    NumberEditor,
    OpacityEditor,
    PlainEditor,
    TextEditor,
)
from ui.style_panel import editor_for, is_of_use


def layer_id(window: MainWindow) -> str:
    return next(iter(window.session.layers))


def style(window: MainWindow) -> Style:
    return window.session.composition.state(layer_id(window)).style


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


# layers


def test_the_eye_hides_the_layer(open_window: MainWindow) -> None:
    row = open_window.layers.row(layer_id(open_window))
    assert row is not None
    row.eye.click()
    assert not open_window.session.composition.layers[0].is_visible


def test_a_layer_is_renamed_in_its_row(open_window: MainWindow, qtbot: QtBot) -> None:
    row = open_window.layers.row(layer_id(open_window))
    assert row is not None
    row.rename()
    row._edit.setText("Our town")
    qtbot.keyClick(row._edit, Qt.Key.Key_Return)
    assert open_window.session.composition.layers[0].name == "Our town"
    assert open_window.windowTitle().startswith("Our town")


def test_a_drag_of_the_opacity_is_one_step_of_history(open_window: MainWindow) -> None:
    row = open_window.layers.row(layer_id(open_window))
    assert row is not None
    row.opacity.setSliderDown(True)
    for percent in (80, 60, 40):
        row.opacity.setValue(percent)
    row.opacity.setSliderDown(False)
    assert style(open_window).opacity == pytest.approx(0.4)
    open_window.session.undo()
    assert style(open_window).opacity == 1.0
    assert not open_window.session.can_undo


def test_layers_change_places_by_keyboard(open_window: MainWindow, small_city: Path, qtbot: QtBot) -> None:
    other = small_city.with_name("second.geojson")
    other.write_bytes(small_city.read_bytes())
    open_window.files.open_path(str(other))
    before = [s.layer_id for s in open_window.session.composition.layers]
    open_window.layers.choose(before[-1])
    qtbot.keyClick(open_window.layers.rows, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert [s.layer_id for s in open_window.session.composition.layers] == before[::-1]


def test_delete_removes_the_layer(open_window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(open_window.layers.rows, Qt.Key.Key_Delete)
    assert not open_window.session.layers


def test_information_tells_where_heights_came_from(open_window: MainWindow, qtbot: QtBot) -> None:
    layer = open_window.session.layers[layer_id(open_window)]
    facts = dict(facts_of(layer))
    assert facts[words.INFO_HEIGHTS].startswith(
        "2 measured: from a height column; 1 estimated from the number of storeys"
    )
    dialog = LayerInfoDialog(open_window, layer, "Town")
    qtbot.addWidget(dialog)
    assert "EPSG:4326" in texts(dialog)


# style


def test_every_style_field_has_an_editor(open_window: MainWindow) -> None:
    assert list(open_window.style_panel.editors) == [field.name for field in fields(Style)]


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(
    ("kind", "editor"),
    [(bool, CheckEditor), (int, NumberEditor), (float, NumberEditor), (str, TextEditor), (tuple, PlainEditor)],
)
def test_a_field_nobody_knows_gets_the_editor_of_its_type(kind: type, editor: type) -> None:
    assert type(editor_for("a_new_field", kind)) is editor


def test_every_style_field_has_words() -> None:
    assert set(words.STYLE_FIELDS) == {field.name for field in fields(Style)}


def test_colour_by_offers_the_columns_and_the_height(open_window: MainWindow) -> None:
    editor = open_window.style_panel.editors["color_by"]
    assert isinstance(editor, ChoiceEditor)
    assert editor.values() == ["", "height", "name", "use", "storeys"]


def test_choosing_a_column_changes_the_style(open_window: MainWindow) -> None:
    editor = open_window.style_panel.editors["color_by"]
    assert isinstance(editor, ChoiceEditor)
    editor.box.activated.emit(editor.values().index("storeys"))
    assert style(open_window).color_by == "storeys"


def test_classes_are_asked_for_only_with_classes(open_window: MainWindow) -> None:
    layer = open_window.session.layers[layer_id(open_window)]
    assert not is_of_use("classes", Style(color_by="height"), layer)
    assert is_of_use("classes", Style(color_by="height", scheme=Scheme.QUANTILES), layer)
    assert not is_of_use("size_px", Style(), layer)


def test_a_wrong_filter_is_explained_and_not_applied(open_window: MainWindow, qtbot: QtBot) -> None:
    editor = open_window.style_panel.editors["filter"]
    assert isinstance(editor, FilterEditor)
    editor.line.setText("hight > 20")
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert "hight" in editor.answer.text()
    assert editor.answer.property("rank") == "error"
    assert style(open_window).filter == ""


def test_a_right_filter_says_how_many_remain(open_window: MainWindow, qtbot: QtBot) -> None:
    editor = open_window.style_panel.editors["filter"]
    assert isinstance(editor, FilterEditor)
    editor.line.setText("height > 20")
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.answer.text() == "1 of 4 buildings shown"  # the town hall, 24 m
    assert style(open_window).filter == "height > 20"


def test_a_filter_counts_only_what_can_be_drawn(window: MainWindow, small_city: Path, qtbot: QtBot) -> None:
    city = json.loads(small_city.read_text(encoding="utf-8"))
    city["features"].append({"type": "Feature", "properties": {"height": 30.0}, "geometry": None})
    small_city.write_text(json.dumps(city), encoding="utf-8")
    window.files.open_path(str(small_city))
    editor = window.style_panel.editors["filter"]
    assert isinstance(editor, FilterEditor)
    editor.line.setText("use == 'office' or use is empty")  # the town hall, the shed, and the row without a place
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.answer.text() == "2 of 4 buildings shown"


def test_the_opacity_slider_shows_while_it_moves(open_window: MainWindow) -> None:
    editor = open_window.style_panel.editors["opacity"]
    assert isinstance(editor, OpacityEditor)
    editor.slider.setSliderDown(True)
    editor.slider.setValue(30)
    assert style(open_window).opacity == pytest.approx(0.3)
    assert not open_window.session.can_undo
    editor.slider.setSliderDown(False)
    assert open_window.session.can_undo


# inspector


@pytest.mark.parametrize(
    ("row", "source", "badge"),
    [
        (0, "measured: from a height column", "measured"),
        (2, "estimated from the number of storeys", "estimated"),
        (3, "estimated: a default, nothing is known", "estimated"),
    ],
)
def test_the_inspector_says_where_a_height_came_from(
    open_window: MainWindow, row: int, source: str, badge: str
) -> None:
    open_window.session.select(layer_id(open_window), [row])
    shown = texts(open_window.inspector)
    assert source in shown
    assert badge in shown.splitlines()


def test_a_named_building_is_called_by_its_name(open_window: MainWindow) -> None:
    open_window.session.select(layer_id(open_window), [1])
    assert "Mill" in texts(open_window.inspector).splitlines()


def test_a_name_that_all_buildings_share_is_none_of_theirs(
    make_window: Callable[..., MainWindow], small_city: Path
) -> None:
    city = json.loads(small_city.read_text(encoding="utf-8"))
    for feature in city["features"]:
        feature["properties"] |= {"name": "Olemps", "address": feature["properties"]["name"]}
    small_city.write_text(json.dumps(city), encoding="utf-8")
    window = make_window()
    window.files.open_path(str(small_city))
    window.session.select(layer_id(window), [1])
    assert window.inspector._title.text() == "Mill"  # from the address, for the name says the town


def test_attributes_can_be_searched(open_window: MainWindow) -> None:
    open_window.session.select(layer_id(open_window), [0])
    model = open_window.inspector._model
    assert model.rowCount() == 4
    model.set_filter("office")
    assert model.index(0, 0).data() == "use"


def test_an_attribute_colours_and_filters_from_its_menu(open_window: MainWindow) -> None:
    open_window.session.select(layer_id(open_window), [0])
    menu = open_window.inspector.menu_for("use")
    assert menu is not None
    by_text = {action.text(): action for action in menu.actions()}
    by_text["Colour by use"].trigger()
    by_text["Show only use = office"].trigger()
    assert (style(open_window).color_by, style(open_window).filter) == ("use", 'use == "office"')
    menu.deleteLater()


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("storeys", 3, [False, True, False, False]),
        ("use", None, [False, False, False, True]),
        ("name", "Inn", [False, False, True, False]),
        ("height", 24.0, [True, False, False, False]),
    ],
)
def test_the_filter_of_a_value_finds_its_rows(
    open_window: MainWindow, column: str, value: object, expected: list[bool]
) -> None:
    layer = open_window.session.layers[layer_id(open_window)]
    assert rows_where(alike(column, value), layer.table).tolist() == expected


def test_names_that_are_no_plain_words_are_put_in_backticks() -> None:
    assert alike("building:levels", 4) == "`building:levels` == 4"
    assert alike("say", 'a "b"') == "say == 'a \"b\"'"


def test_several_are_summed(open_window: MainWindow) -> None:
    open_window.session.select(layer_id(open_window), [0, 2])
    shown = texts(open_window.inspector)
    assert "2 buildings selected" in shown
    assert "1 of 2 estimated" in shown


def test_floor_area_is_footprint_times_storeys(open_window: MainWindow) -> None:
    layer = open_window.session.layers[layer_id(open_window)]
    facts = building_facts(layer, 0)
    # 0.0002 degrees at 50 north: 14.34 m east and 22.25 m north on the WGS84 ellipsoid; UTM's scale is within 0.1 %
    assert facts.footprint_m2 == pytest.approx(14.34 * 22.25, rel=0.01)
    assert facts.floor_m2 == pytest.approx(6 * facts.footprint_m2)


def test_sums_are_those_of_the_single_buildings(open_window: MainWindow) -> None:
    layer = open_window.session.layers[layer_id(open_window)]
    sums, single = building_sums(layer, [0, 1, 3]), [building_facts(layer, row) for row in (0, 1, 3)]
    assert sums.footprint_m2 == pytest.approx(sum(f.footprint_m2 for f in single))
    assert sums.floor_m2 == pytest.approx(sum(f.floor_m2 for f in single[:2]))  # the shed has no storeys
    assert (sums.with_storeys, sums.estimated, sums.greatest_m) == (2, 1, 24.0)


def test_the_bounds_of_rows_hold_them(open_window: MainWindow) -> None:
    layer = open_window.session.layers[layer_id(open_window)]
    bounds = rows_bounds(layer, [0])
    assert bounds is not None
    west, south, bottom, east, north, top = bounds
    assert (east - west) * (north - south) == pytest.approx(building_facts(layer, 0).footprint_m2, rel=0.05)
    assert (bottom, top) == (0.0, 24.0)


# legend


def test_the_legend_shows_classes_counts_and_no_data(open_window: MainWindow) -> None:
    entries = (LegendEntry("0 – 10", "#ffeeaa", 3), LegendEntry("10 – 20", "#aa3300", 5))
    legend = Legend("a", "Town", Kind.FOOTPRINTS, LegendKind.CLASSES, "height", "m", entries, shown=9, no_data=1,
                    no_data_color="#cccccc", estimated=2)  # fmt: skip
    open_window.legend.set_legends([legend])
    shown = texts(open_window.legend)
    for text in ("height (m)", "0 – 10", "5", "No data", "2 of 9 estimated"):
        assert text in shown


def test_a_ramp_is_told_to_screen_readers(open_window: MainWindow) -> None:
    legend = Legend("a", "Town", Kind.FOOTPRINTS, LegendKind.RAMP, "height", "m", stops=("#000000", "#ffffff"),
                    ticks=((0.0, "0"), (1.0, "50")), histogram=(3, 1))  # fmt: skip
    open_window.legend.set_legends([legend])
    (ramp,) = open_window.legend.findChildren(Ramp)
    assert ramp.accessibleName() == "height m: 0, 50"
    assert open_window.legend.height() > ramp.height()


def test_a_legend_wider_than_the_city_keeps_its_row_clear_of_the_scroll_bar(open_window: MainWindow) -> None:
    name = "a layer with a name that is longer than a small city view is wide, at twice the usual size of text"
    entry = LegendEntry(name, "#ffeeaa", 4)
    panel = open_window.legend
    panel.set_legends([Legend("a", name, Kind.FOOTPRINTS, LegendKind.SINGLE, name, entries=(entry,))])
    panel.parentWidget().resize(400, 500)
    assert panel._scroll.horizontalScrollBar().maximum() > 0
    assert panel._scroll.viewport().height() >= panel._body.sizeHint().height()


def test_the_button_that_hides_a_short_legend_has_its_size(open_window: MainWindow) -> None:
    entry = LegendEntry("Town", "#ffeeaa", 4)
    panel = open_window.legend
    panel.set_legends([Legend("a", "Town", Kind.FOOTPRINTS, LegendKind.SINGLE, "Town", entries=(entry,))])
    panel.layout().activate()
    assert panel._close.height() >= panel._close.sizeHint().height()


def test_the_legend_can_be_hidden_by_its_key(open_window: MainWindow) -> None:
    entry = LegendEntry("Town", "#ffeeaa", 4)
    open_window.legend.set_legends([Legend("a", "Town", Kind.FOOTPRINTS, LegendKind.SINGLE, "Town", entries=(entry,))])
    assert open_window.legend.isVisible()
    open_window.actions_by_id["legend"].trigger()
    assert not open_window.legend.isVisible()


# status


def test_coordinates_cycle_through_their_formats(open_window: MainWindow) -> None:
    status, seen = open_window.status, set()
    status.set_point((0.0, 0.0, 5.0))
    for _ in range(4):
        seen.add(status._place.text())
        status.next_format()
    assert len(seen) == 4
    assert all("5.0 m" in text for text in seen)


def test_numbers_are_written_for_people() -> None:
    assert words.value(12.0) == "12"
    assert words.value(None) == "–"
    assert words.value(float(np.float64("nan"))) == "–"
    assert words.count(1, Kind.FOOTPRINTS) == "1 building"
    assert words.count(55460, Kind.FOOTPRINTS) == "55,460 buildings"
    assert words.lonlat_sexagesimal(139.8, -35.5) == "139° 48′ 00.0″ E  35° 30′ 00.0″ S"
