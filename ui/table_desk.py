"""The attribute table's desk: lists the current layer's rows, linked with the city both ways; corrects and exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog

from data.arranging import order_of, rows_with, sorted_rows
from twin.corrections import HEIGHT, Standing, corrected_value, stands_of
from twin.errors import ExpressionError
from twin.expression import rows_where, shown_rows
from twin.layer import Layer
from twin.session import Composition, Selection
from ui import table_words
from ui.correcting import CorrectionDialog, CorrectionsDialog
from ui.dock import make_dock
from ui.row_export import RowExport
from ui.table_model import HEIGHT_FROM, Column, Rows, columns_of
from ui.table_panel import TablePanel

if TYPE_CHECKING:
    from ui.main_window import MainWindow

DOCK_LINES = 15


def attach(window: MainWindow) -> None:
    """Give a window its attribute table."""
    window.table_desk = TableDesk(window)  # type: ignore[attr-defined]


class TableDesk(QObject):
    """Follows the session; lists nothing while the dock is hidden."""

    def __init__(self, window: MainWindow) -> None:
        """Make the dock, hidden at first, and connect the acts."""
        super().__init__(window)
        self.window, self._session = window, window.session
        self.panel = TablePanel()
        self.dock = make_dock("table", table_words.TITLE, self.panel)
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.dock)
        self.dock.hide()
        window.menus["docks"].addAction(self.dock.toggleViewAction())
        self._sort: tuple[str, bool] | None = None
        self._order: tuple[object, Rows] | None = None
        """The order of all rows, and what it was made for."""
        self._column: Column | None = None
        self._is_telling = False
        self.exports = RowExport(self)
        self._connect()

    def _connect(self) -> None:
        window, session, panel = self.window, self._session, self.panel
        acts = window.actions_by_id
        acts["table"].triggered.connect(self.toggle)
        acts["export_rows"].triggered.connect(self.exports.ask)
        acts["corrections"].triggered.connect(self.show_corrections)
        self.dock.visibilityChanged.connect(self._shown)
        window.layers.chosen.connect(self._layer_chosen)
        window.layers.table_asked.connect(self._table_asked)
        window.inspector.correct_asked.connect(self._correct_selected)
        session.layers_changed.connect(self._layers_changed)
        session.composition_changed.connect(self._composition_changed)
        session.selection_changed.connect(self._selection_changed)
        panel.sort_asked.connect(self._sorted)
        panel.rows_asked.connect(self.arrange)
        panel.selected.connect(self._select)
        panel.select_rows_asked.connect(self._select_listed)
        panel.zoom_asked.connect(window.camera.zoom_selection)
        panel.export_asked.connect(self.exports.ask)
        panel.filter_city_asked.connect(self._filter_city)
        panel.correct_asked.connect(self._correct)
        panel.model.edit_asked.connect(self._correct)
        panel.column_asked.connect(self._column_asked)
        panel.bars.brushed.connect(self._brush)
        panel.bars.select_asked.connect(self._select)
        panel.bars.filter_asked.connect(self._narrow_city)

    # what is listed

    def toggle(self) -> None:
        """Show or hide the table."""
        is_shown = self.dock.isVisible()
        self.dock.setVisible(not is_shown)
        if not is_shown:
            self.dock.raise_()
            self.panel.view.setFocus()

    def _table_asked(self, layer_id: str) -> None:
        self.window.layers.choose(layer_id)
        self.dock.show()
        self.show_layer(layer_id)

    def _shown(self, is_visible: bool) -> None:  # noqa: FBT001  Qt's signal
        self.window.actions_by_id["table"].setChecked(self.dock.isVisible())
        if is_visible:
            height = DOCK_LINES * self.window.fontMetrics().height()
            if self.dock.height() < height / 2:
                self.window.resizeDocks([self.dock], [height], Qt.Orientation.Vertical)
            self.show_layer(self.window.layers.current_id())

    @property
    def layer(self) -> Layer | None:
        """Return the layer that is listed, as it is now."""
        listed = self.panel.model.layer
        return self._session.layers.get(listed.info.id) if listed is not None else None

    def _layer_chosen(self, layer_id: str) -> None:
        if self.dock.isVisible():
            self.show_layer(layer_id)

    def show_layer(self, layer_id: str) -> None:
        """List a layer's rows."""
        layer, model = self._session.layers.get(layer_id), self.panel.model
        if layer is model.layer:
            return
        is_same = layer is not None and model.layer is not None and model.layer.info.id == layer_id
        keeps = is_same and layer is not None and model.columns == columns_of(layer)
        if not is_same:
            self._sort = self._column = None
            self.panel.filter.clear()
            self.panel.search.clear()
        model.show_layer(layer)
        name = self._name(layer) if layer is not None else ""
        self.dock.widget().setAccessibleName(table_words.table_name(name) if name else table_words.TITLE)
        self._mark_corrections()
        self.arrange()
        if not keeps:
            self.panel.fit_columns()
            self.panel.show_sort("", is_ascending=None)

    def _name(self, layer: Layer) -> str:
        return self._session.composition.state(layer.info.id).name or layer.info.name

    def arrange(self) -> None:
        """List the rows that are wanted, in the order that is wanted."""
        layer = self.layer
        if layer is None:
            self.panel.say(table_words.NO_LAYER)
            self.panel.bars.show_column(None, None, np.zeros(0, np.int64))
            return
        try:
            wanted = self._wanted(layer)
        except ExpressionError as error:
            self.panel.say(self.panel.count.text(), str(error))
            return
        order = self._ordered(layer)
        self.panel.model.set_rows(order if wanted.all() else order[wanted[order]])
        self._say()
        self._show_bars()
        self._show_selection(scrolls=False)

    def _wanted(self, layer: Layer) -> npt.NDArray[np.bool_]:
        panel, count = self.panel, len(layer.table)
        choice, text = panel.choice.currentData(), panel.filter.text().strip()
        wanted = np.ones(count, bool)
        if choice == "drawn":
            wanted = shown_rows(layer, self._session.composition.state(layer.info.id).style.filter)
        elif choice == "selected":
            wanted = np.zeros(count, bool)
            wanted[self.selected_rows(layer)] = True
        if text:
            extra = {HEIGHT: layer.heights.height_m} if layer.heights is not None else None
            wanted = wanted & rows_where(text, layer.table, extra=extra)
        if panel.search.text().strip():
            wanted = wanted & rows_with(layer.table, panel.search.text())
        return wanted

    def _ordered(self, layer: Layer) -> Rows:
        if self._sort is None:
            return np.arange(len(layer.table))
        name, is_ascending = self._sort
        made_for = (id(layer.table), id(layer.heights), name, is_ascending)
        if self._order is None or self._order[0] != made_for:
            self._order = (made_for, _order(layer, name, is_descending=not is_ascending))
        return self._order[1]

    def _say(self) -> None:
        layer = self.layer
        if layer is not None:
            selected = len(self.selected_rows(layer))
            self.panel.say(table_words.rows_line(len(self.panel.model.rows), len(layer.table), selected))

    def _sorted(self, name: str, is_ascending: object) -> None:
        self._sort = None if is_ascending is None else (name, bool(is_ascending))
        self.arrange()
        self.panel.show_sort(name, is_ascending=None if is_ascending is None else bool(is_ascending))

    # bars

    def _column_asked(self, column: Column) -> None:
        if column != self._column:
            self._column = column
            self._show_bars()

    def _show_bars(self) -> None:
        columns = self.panel.model.columns
        first = next((c for c in columns if c.kind == "number"), None)
        column = self._column if self._column in columns else first
        self.panel.bars.show_column(self.layer, column, self.panel.model.rows)

    def _brush(self, is_lit: npt.NDArray[np.bool_] | None) -> None:
        self._session.set_brush(self.layer.info.id if self.layer is not None else "", is_lit)

    def _narrow_city(self, expression: str) -> None:
        if self.layer is None:
            return
        before = self._session.composition.state(self.layer.info.id).style.filter.strip()
        self._filter_city(f"({before}) and ({expression})" if before else expression)
        self.panel.bars.clear()

    def _filter_city(self, expression: str) -> None:
        if self.layer is None:
            return
        style = self._session.composition.state(self.layer.info.id).style
        try:
            rows_where(expression, self.layer.table, extra=self._extra())
        except ExpressionError as error:
            self.panel.say(self.panel.count.text(), str(error))
            return
        self._session.set_style(self.layer.info.id, replace(style, filter=expression))

    def _extra(self) -> Mapping[str, npt.NDArray[np.generic]] | None:
        heights = self.layer.heights if self.layer is not None else None
        return None if heights is None else {HEIGHT: heights.height_m}

    # the selection

    def selected_rows(self, layer: Layer) -> npt.NDArray[np.int64]:
        """Return the rows of a layer that are selected in the city."""
        chosen = self._session.selection
        rows = np.asarray(chosen.rows if chosen.layer_id == layer.info.id else (), np.int64)
        return rows[rows < len(layer.table)]

    def _select(self, rows: Rows) -> None:
        if self.layer is None:
            return
        self._is_telling = True
        try:
            self._session.select(self.layer.info.id, rows.tolist())
        finally:
            self._is_telling = False

    def _select_listed(self) -> None:
        if self.layer is not None:
            self._session.select(self.layer.info.id, self.panel.model.rows.tolist())

    def _selection_changed(self, _old: Selection, new: Selection) -> None:
        if not self.dock.isVisible():
            return
        if new.layer_id and self.layer is not None and new.layer_id != self.layer.info.id:
            self.show_layer(new.layer_id)
        if self.layer is None:
            return
        if self.panel.choice.currentData() == "selected" and not self._is_telling:
            self.arrange()
        elif self._is_telling:
            self.panel.model.set_selected(self.selected_rows(self.layer).tolist())
        else:
            self._show_selection(scrolls=True)
        self._say()

    def _show_selection(self, *, scrolls: bool) -> None:
        if self.layer is not None:
            self.panel.show_selected(self.selected_rows(self.layer), scrolls=scrolls)

    # following

    def _layers_changed(self, _old: object, _new: object) -> None:
        listed = self.panel.model.layer
        if listed is None:
            return
        layer = self._session.layers.get(listed.info.id)
        if layer is None or layer is listed:
            if layer is None:
                self.show_layer("")
            return
        if self.dock.isVisible():
            self.show_layer(layer.info.id)
        else:
            self.panel.model.show_layer(None)

    def _composition_changed(self, old: Composition, new: Composition) -> None:
        layer = self.layer
        if layer is None or not self.dock.isVisible():
            return
        if old.theme != new.theme:
            self.panel.model.take_theme()
        if old.corrections != new.corrections:
            self._mark_corrections()
        before = {s.layer_id: s.style.filter for s in old.layers}
        after = {s.layer_id: s.style.filter for s in new.layers}
        is_other = before.get(layer.info.id) != after.get(layer.info.id)
        if is_other and self.panel.choice.currentData() == "drawn":
            self.arrange()

    # corrections

    def _mark_corrections(self) -> None:
        layer = self.layer
        if layer is None:
            self.panel.model.set_corrections({})
            return
        stands = stands_of(self._session.source(layer.info.id), self._session.composition.corrections)
        applied = [s for s in stands if s.standing is Standing.APPLIED]
        self.panel.model.set_corrections({(s.row, s.correction.field): s.correction for s in applied})

    def _correct_selected(self, row: int, field: str) -> None:
        self.correct(self._session.selection.layer_id, row, field)

    def _correct(self, row: int, field: str, typed: str = "") -> None:
        if self.layer is not None:
            self.correct(self.layer.info.id, row, field, typed)

    def correct(self, layer_id: str, row: int, field: str, typed: str = "") -> None:
        """Ask for the right value of one cell; one that was typed already is in its place."""
        if layer_id not in self._session.layers:
            return
        typed = typed or self._now(layer_id, row, field)
        self.open_dialog(CorrectionDialog(self.window, self._session, layer_id, row, field, typed))

    def open_dialog(self, dialog: QDialog) -> None:
        """Show a dialog that goes when it is closed."""
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _now(self, layer_id: str, row: int, field: str) -> str:
        value = corrected_value(self._session.layers[layer_id], row, field)
        return "" if value is None else str(value)

    def show_corrections(self) -> None:
        """List all corrections."""
        dialog = CorrectionsDialog(self.window, self._session)

        def zoom() -> None:
            for stand in dialog.chosen():
                layer = self._session.layers.get(stand.correction.layer_id)
                if layer is not None and stand.row >= 0:
                    self._session.select(layer.info.id, [stand.row])
                    self.window.camera.zoom_rows(layer, (stand.row,))
                    return

        dialog.zoom.clicked.connect(zoom)
        self.open_dialog(dialog)


def _order(layer: Layer, name: str, *, is_descending: bool) -> Rows:
    if name == HEIGHT and layer.heights is not None:
        return order_of(layer.heights.height_m, is_descending=is_descending)
    if name == HEIGHT_FROM and layer.heights is not None:
        return order_of(layer.heights.source, is_descending=is_descending)
    return sorted_rows(layer.table, name, is_descending=is_descending)
