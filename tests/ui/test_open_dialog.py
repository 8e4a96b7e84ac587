"""The questions before a file is opened: only those that the file leaves open."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QWidget
from pytestqt.qtbot import QtBot

from twin.layer import Kind
from ui.open_dialog import Answer, Offer, OpenDialog, crs_name


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    """Return a widget to open over."""
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def can_open(dialog: OpenDialog) -> bool:
    return dialog._buttons.button(QDialogButtonBox.StandardButton.Open).isEnabled()


def test_the_largest_layer_is_proposed(parent: QWidget) -> None:
    offers = [Offer("water", ""), Offer("buildings", "", is_suggested=True)]
    dialog = OpenDialog(parent, "city.gpkg", offers=offers)
    assert dialog.answer() == Answer(layers=("buildings",))
    assert can_open(dialog)


def test_nothing_chosen_cannot_be_opened(parent: QWidget) -> None:
    dialog = OpenDialog(parent, "city.gpkg", offers=[Offer("a", "", is_suggested=True), Offer("b", "")])
    assert dialog.layers is not None
    dialog.layers.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert not can_open(dialog)


def test_several_layers_can_be_chosen(parent: QWidget) -> None:
    dialog = OpenDialog(parent, "city.gpkg", offers=[Offer("a", "", is_suggested=True), Offer("b", "")])
    assert dialog.layers is not None
    dialog.layers.item(1).setCheckState(Qt.CheckState.Checked)
    assert dialog.answer().layers == ("a", "b")


def test_the_guessed_crs_is_named_and_can_be_changed(parent: QWidget) -> None:
    dialog = OpenDialog(parent, "old.shp", asks_crs=True, guessed_crs="EPSG:25832")
    assert dialog.answer().crs == "EPSG:25832"
    assert dialog.crs is not None
    dialog.crs.setText("2154")
    assert dialog._crs_answer.text() == "RGF93 v1 / Lambert-93"  # EPSG registry
    dialog.crs.setText("EPSG:no such thing")
    assert not can_open(dialog)


def test_raised_or_flat_is_asked_where_wanted(parent: QWidget) -> None:
    dialog = OpenDialog(parent, "plan.gpkg", asks_kind=True)
    assert dialog.answer().kind is None
    assert dialog.kind is not None
    dialog.kind.setCurrentIndex(1)
    assert dialog.answer().kind is Kind.FOOTPRINTS


def test_a_number_alone_is_an_epsg_code() -> None:
    assert crs_name("4326") == "WGS 84"
    assert crs_name("nonsense") == ""
