"""What is selected: heights and where they came from, areas, attributes; sums for several."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import isfinite

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from twin.buildings import HeightSource
from twin.corrections import HEIGHT, Correction, Standing, stands_of
from twin.facts import building_facts, building_sums
from twin.join import joined_groups
from twin.layer import Layer, LayerState
from twin.session import Session
from twin.table import Table
from ui import table_words, words
from ui.attribute_menu import attribute_menu
from ui.icons import set_icon
from ui.join_words import heading
from ui.plain import card, label, make_clearable, named, tool

AnyIndex = QModelIndex | QPersistentModelIndex
NAME_COLUMNS = ("name", "name:en", "nom", "title", "label", "bezeichnung", "名称", "address", "adresse")
SUMMED_AT_MOST = 200_000
"""Beyond this the sums would stall the window; the count is still told."""


class Attributes(QAbstractTableModel):
    """Names and values of one row, filtered by a text."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._all: list[tuple[str, str]] = []
        self._shown: list[tuple[str, str]] = []
        self._wanted = ""

    def set_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Show other attributes."""
        self._all = list(pairs)
        self.set_filter(self._wanted)

    def set_filter(self, text: str) -> None:
        """Show only attributes with this text in name or value."""
        self._wanted = text
        wanted = text.casefold()
        self.beginResetModel()
        self._shown = [p for p in self._all if wanted in p[0].casefold() or wanted in p[1].casefold()]
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008  Qt's name, Qt's default
        """Return how many are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008  Qt's name, Qt's default
        """Return name and value."""
        return 0 if parent.isValid() else 2

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """Return a cell's text."""
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return self._shown[index.row()][index.column()]
        return None

    def headerData(  # noqa: N802  Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        """Return the headings."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return words.ATTRIBUTE_HEADS[section]
        return None


class Inspector(QWidget):
    """The selection in words and figures."""

    zoom_asked = Signal()
    correct_asked = Signal(int, str)
    """(row, column): someone knows better."""

    def __init__(self, session: Session) -> None:
        """Follow a session's selection."""
        super().__init__()
        self._session = session
        self._empty = label(f"{words.NOTHING_SELECTED}\n\n{words.NOTHING_SELECTED_HINT}", "quiet", wraps=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._title = label("", "title", wraps=True)
        self._subtitle = label("", "quiet", wraps=True)
        self._facts, self._facts_column = card()
        self._make_head()
        self._figures = QFormLayout()
        self._figures.setHorizontalSpacing(16)
        self._facts_column.addLayout(self._figures)
        self._table = self._make_table()
        self._search = QLineEdit()
        self._search.setPlaceholderText(words.FIND_ATTRIBUTE)
        make_clearable(self._search)
        named(self._search, words.FIND_ATTRIBUTE)
        self._search.textChanged.connect(self._model.set_filter)
        self._lay_out()
        session.selection_changed.connect(self.fill)
        session.layers_changed.connect(self.fill)
        session.composition_changed.connect(self._names_changed)
        self.fill()

    def _make_head(self) -> None:
        self._figure = label("", "figure")
        self._badge = label("", "badge")
        self._source = label("", "quiet", wraps=True)
        row = QHBoxLayout()
        row.addWidget(self._figure)
        row.addStretch(1)
        row.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignVCenter)
        self._facts_column.addLayout(row)
        self._facts_column.addWidget(self._source)

    def _make_table(self) -> QTableView:
        self._model = Attributes()
        table = QTableView()
        table.setModel(self._model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setToolTip("")
        table.setAccessibleName(words.ATTRIBUTES)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._show_menu)
        table.doubleClicked.connect(self._double_clicked)
        copy = QShortcut(QKeySequence.StandardKey.Copy, table, context=Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._copy)
        return table

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._title)
        texts.addWidget(self._subtitle)
        head.addLayout(texts, 1)
        self._zoom = tool("zoom_to", words.ACTS["zoom_selection"][0])
        self._zoom.clicked.connect(self.zoom_asked)
        self._clear = tool("close", words.ACTS["select_none"][0])
        self._clear.clicked.connect(self._select_nothing)
        head.addWidget(self._zoom, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._clear, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 14)
        column.setSpacing(10)
        column.addWidget(self._empty)
        column.addLayout(head)
        column.addWidget(self._facts)
        column.addWidget(self._search)
        column.addWidget(self._table, 1)
        column.addStretch(0)

    # what is shown

    def fill(self) -> None:
        """Show the session's selection again."""
        chosen = self._session.selection
        layer = self._session.layers.get(chosen.layer_id)
        has_one = layer is not None and len(chosen.rows) == 1
        for widget in (self._title, self._subtitle, self._zoom, self._clear):
            widget.setVisible(layer is not None)
        self._empty.setVisible(layer is None)
        self._facts.setVisible(layer is not None and layer.heights is not None)
        self._search.setVisible(has_one)
        self._table.setVisible(has_one)
        self._empty.setMinimumHeight(0)
        if layer is None:
            self._model.set_pairs([])
        elif has_one:
            self._show_one(layer, chosen.rows[0])
        else:
            self._show_several(layer, chosen.rows)

    def _names_changed(self) -> None:
        layer = self._session.layers.get(self._session.selection.layer_id)
        if layer is not None:
            self._subtitle.setText(self._layer_name(layer))

    def _layer_name(self, layer: Layer) -> str:
        states: dict[str, LayerState] = {s.layer_id: s for s in self._session.composition.layers}
        state = states.get(layer.info.id)
        return (state.name if state is not None else "") or layer.info.name

    def _show_one(self, layer: Layer, row: int) -> None:
        values = layer.table.row(row)
        self._title.setText(feature_name(layer, row, values))
        self._subtitle.setText(self._layer_name(layer))
        marks = {c.field: c for c in self._corrections(layer, row)}
        texts = {name: words.value(value) for name, value in values.items()}
        told = [(n, table_words.corrected_mark(t, marks[n]) if n in marks else t) for n, t in texts.items()]
        self._model.set_pairs(grouped(layer.table, told))
        self._table.resizeColumnToContents(0)
        self._table.setColumnWidth(0, min(self._table.columnWidth(0), self._table.width() // 2))
        if layer.heights is None:
            return
        facts = building_facts(layer, row)
        self._say_height(
            words.metres(facts.height_m),
            words.height_source(facts.source, height_column(layer, facts.source)),
            words.is_estimate(facts.source),
        )
        height_fields = {HEIGHT, layer.heights.field}
        for correction in (c for c in marks.values() if c.field in height_fields):
            self._badge.setText(table_words.CORRECTED)
            self._source.setText(table_words.corrected_tip(correction))
        figures = [(words.FOOTPRINT_AREA, words.square_metres(facts.footprint_m2))]
        if isfinite(facts.storeys):
            figures += [
                (words.STOREYS, words.value(facts.storeys)),
                (words.FLOOR_AREA, words.square_metres(facts.floor_m2)),
            ]
        if facts.base_m:
            figures.append((words.BASE, words.metres(facts.base_m)))
        self._say_figures(figures)

    def _corrections(self, layer: Layer, row: int) -> list[Correction]:
        """Return what was corrected in a row."""
        mine = [c for c in self._session.composition.corrections if c.layer_id == layer.info.id]
        if not mine:
            return []
        stands = stands_of(self._session.source(layer.info.id), mine)
        return [s.correction for s in stands if s.row == row and s.standing is Standing.APPLIED]

    def _show_several(self, layer: Layer, rows: Sequence[int]) -> None:
        self._title.setText(words.selected(len(rows), layer.info.kind))
        self._subtitle.setText(self._layer_name(layer))
        self._model.set_pairs([])
        if layer.heights is None:
            return
        if len(rows) > SUMMED_AT_MOST:
            self._say_height("", words.TOO_MANY_TO_SUM, is_estimated=False)
            self._say_figures([])
            return
        sums = building_sums(layer, rows)
        self._say_height(
            words.metres(sums.mean_m),
            words.height_range(sums.least_m, sums.greatest_m, sums.estimated, sums.count),
            sums.estimated > 0,
        )
        figures = [(words.FOOTPRINT_AREA, words.square_metres(sums.footprint_m2))]
        if sums.with_storeys:
            note = words.FLOOR_AREA if sums.with_storeys == sums.count else words.floor_area_of(sums.with_storeys)
            figures.append((note, words.square_metres(sums.floor_m2)))
        figures.append((words.VOLUME, words.cubic_metres(sums.volume_m3)))
        self._say_figures(figures)

    def _say_height(self, figure: str, source: str, is_estimated: bool) -> None:  # noqa: FBT001  a fact beside two texts
        self._figure.setText(figure)
        self._figure.setAccessibleName(f"{words.HEIGHT} {figure}")
        self._source.setText(f"{words.HEIGHT} {source}")
        self._badge.setText(words.ESTIMATED if is_estimated else words.MEASURED)
        self._badge.setVisible(bool(figure))
        self._badge.setProperty("rank", "badge-estimated" if is_estimated else "badge")
        self._badge.style().unpolish(self._badge)
        self._badge.style().polish(self._badge)

    def _say_figures(self, figures: Sequence[tuple[str, str]]) -> None:
        while self._figures.rowCount():
            self._figures.removeRow(0)
        for name, text in figures:
            value = label(text)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._figures.addRow(label(name, "quiet"), value)

    # what is asked

    def _select_nothing(self) -> None:
        self._session.select("", ())

    def _show_menu(self, place: QPoint) -> None:
        index = self._table.indexAt(place)
        menu = self.menu_for(str(self._model.index(index.row(), 0).data())) if index.isValid() else None
        if menu is not None:
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self._table.viewport().mapToGlobal(place))

    def menu_for(self, column: str) -> QMenu | None:
        """Return what can be done with an attribute of the one thing that is selected."""
        chosen = self._session.selection
        layer = self._session.layers.get(chosen.layer_id)
        if layer is None or len(chosen.rows) != 1:
            return None
        value = layer.table.row(chosen.rows[0]).get(column)
        menu = attribute_menu(self, self._session, chosen.layer_id, column, value)
        correct = menu.addAction(table_words.CORRECT)
        set_icon(correct, "rename")
        correct.triggered.connect(partial(self.correct_asked.emit, chosen.rows[0], column))
        return menu

    def _double_clicked(self, index: QModelIndex) -> None:
        chosen = self._session.selection
        if len(chosen.rows) == 1:
            self.correct_asked.emit(chosen.rows[0], str(self._model.index(index.row(), 0).data()))

    def _copy(self) -> None:
        rows = sorted({index.row() for index in self._table.selectedIndexes()})
        lines = ["\t".join(str(self._model.index(r, c).data()) for c in (0, 1)) for r in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))


def grouped(table: Table, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return attributes with a heading over those of each table that was joined."""
    groups = joined_groups(table)
    found: list[tuple[str, str]] = []
    last = ""
    for name, value in pairs:
        group = groups.get(name, "")
        if group and group != last:
            found.append((heading(group), ""))
        last = group
        found.append((name, value))
    return found


def height_column(layer: Layer, source: HeightSource) -> str | None:
    """Return the column that heights of a source came from; None where there is none."""
    if layer.heights is None:
        return None
    columns = {HeightSource.MEASURED: layer.heights.field, HeightSource.STOREYS: layer.heights.storeys_field}
    return columns.get(source)


def feature_name(layer: Layer, row: int, values: dict[str, object]) -> str:
    """Return what a feature is called: by its own name if it has one, else by its number.

    A name that all share is none of its own: joined tables give every building the name of the town.
    """
    by_lower = {name.casefold(): name for name in values}
    for wanted in NAME_COLUMNS:
        column = by_lower.get(wanted, "")
        value = values.get(column)
        if value is not None and str(value).strip() and _tells_apart(layer.table, column, row):
            return str(value)
    return words.feature_title(layer.info.kind, row)


def _tells_apart(table: Table, column: str, row: int) -> bool:
    values = table.column(column)
    return len(values) == 1 or bool((values != values[row]).any())
