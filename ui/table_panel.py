"""The attribute table as a panel: a line of hands above, rows to the left, bars to the right."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ui import table_words
from ui.plain import ElidedLabel, label, make_clearable, named, set_rank, tool
from ui.table_bars import TableBars
from ui.table_model import Rows, TableModel

TYPING_MS, SELECTING_MS = 250, 30
RUNS_AT_MOST = 3_000
"""Selected rows that lie together; more of them are shown by colour alone, as Qt slows down over them."""
WIDEST_CHARS = 36


class TablePanel(QWidget):
    """Widgets of the attribute table. It asks; the desk decides."""

    sort_asked = Signal(str, object)
    """(column, ascending); None as ascending is the file's order."""
    rows_asked = Signal()
    """Which rows are wanted was changed: filter, text or the choice beside them."""
    selected = Signal(object)
    """Table rows a person selected."""
    zoom_asked = Signal()
    export_asked = Signal()
    filter_city_asked = Signal(str)
    select_rows_asked = Signal()
    correct_asked = Signal(int, str)
    column_asked = Signal(object)
    """The column whose bars are wanted."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.model, self.bars = TableModel(), TableBars()
        self.view = self._make_view()
        self.choice = QComboBox()
        for key, text in table_words.SHOWN_ROWS.items():
            self.choice.addItem(text, key)
        named(self.choice, table_words.SHOWN_ROWS_NAME)
        self.search, self.filter = self._line(table_words.SEARCH), self._line(table_words.FILTER)
        self.filter.setAccessibleName(table_words.FILTER_NAME)
        self._trouble = label("", "error", wraps=True)
        self._trouble.hide()
        self.count = ElidedLabel(table_words.NO_LAYER, "quiet")
        self._is_showing = False
        self._typing, self._selecting = self._timer(TYPING_MS), self._timer(SELECTING_MS)
        self._typing.timeout.connect(self.rows_asked)
        self._selecting.timeout.connect(self._tell_selected)
        self._lay_out()
        self._connect()

    # putting together

    def _timer(self, wait_ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait_ms)
        return timer

    def _line(self, name: str) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(name)
        make_clearable(line)
        named(line, name)
        line.setMinimumWidth(14 * line.fontMetrics().averageCharWidth())
        return line

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.model)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        view.setAlternatingRowColors(True)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setShowGrid(False)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        across, down = view.horizontalHeader(), view.verticalHeader()
        across.setSectionsMovable(True)
        across.setSortIndicatorShown(True)
        across.setSectionsClickable(True)
        across.setHighlightSections(False)
        across.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(round(view.fontMetrics().height() * 1.55))
        down.setHighlightSections(False)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setAccessibleName(table_words.TITLE)
        return view

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.choice)
        top.addWidget(self.search, 2)
        top.addWidget(self.filter, 3)
        self._hands = {
            "select": tool("select", table_words.SELECT_THESE),
            "city": tool("filter", table_words.FILTER_CITY),
            "zoom": tool("zoom_to", table_words.ZOOM),
            "columns": tool("more", table_words.COLUMNS),
            "export": tool("export", table_words.EXPORT),
        }
        for hand in self._hands.values():
            top.addWidget(hand)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(14, 0, 0, 8)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self._trouble)
        column.addWidget(self.view, 1)
        column.addWidget(self.count)
        self.splitter = QSplitter()
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.bars)
        self.splitter.setStretchFactor(0, 4)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)

    def _connect(self) -> None:
        self.choice.currentIndexChanged.connect(self._choice_changed)
        self.search.textEdited.connect(self._typing.start)
        self.filter.textEdited.connect(self._typing.start)
        for line in (self.search, self.filter):
            line.textChanged.connect(self._emptied)
            line.returnPressed.connect(self._typed)
        self._hands["select"].clicked.connect(self.select_rows_asked)
        self._hands["city"].clicked.connect(self._ask_filter_city)
        self._hands["zoom"].clicked.connect(self.zoom_asked)
        self._hands["export"].clicked.connect(self.export_asked)
        self._hands["columns"].clicked.connect(self._show_columns_menu)
        across = self.view.horizontalHeader()
        across.sectionClicked.connect(self._head_clicked)
        across.customContextMenuRequested.connect(self._show_head_menu)
        self.view.customContextMenuRequested.connect(self._show_cell_menu)
        chosen = self.view.selectionModel()
        chosen.selectionChanged.connect(self._selection_changed)
        chosen.currentColumnChanged.connect(self._column_changed)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self.view, context=Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    # what is shown

    def say(self, text: str, trouble: str = "") -> None:
        """Show how many rows there are, and what is wrong with the filter."""
        self.count.setText(text)
        self._trouble.setText(trouble)
        self._trouble.setVisible(bool(trouble))
        set_rank(self._trouble, "error")

    def fit_columns(self) -> None:
        """Make columns as wide as their headings and what is seen of them need, within bounds."""
        header, metrics = self.view.horizontalHeader(), self.view.fontMetrics()
        widest = WIDEST_CHARS * metrics.averageCharWidth()
        for place, column in enumerate(self.model.columns):
            lines = range(min(len(self.model.rows), 40))
            needed = max((metrics.horizontalAdvance(self.model.text(line, column)) for line in lines), default=0)
            wanted = max(needed + metrics.height(), header.sectionSizeHint(place))
            self.view.setColumnWidth(place, min(wanted, widest))

    def show_sort(self, name: str, *, is_ascending: bool | None) -> None:
        """Mark the column rows are sorted by."""
        places = [i for i, column in enumerate(self.model.columns) if column.name == name]
        order = Qt.SortOrder.DescendingOrder if is_ascending is False else Qt.SortOrder.AscendingOrder
        place = places[0] if places and is_ascending is not None else -1
        self.view.horizontalHeader().setSortIndicator(place, order)

    def show_selected(self, rows: Rows, *, scrolls: bool) -> None:
        """Show what is selected in the city."""
        self.model.set_selected(rows.tolist())
        places = np.flatnonzero(self.model._is_selected[self.model.rows])  # noqa: SLF001  its own mask
        self._is_showing = True
        try:
            chosen = self.view.selectionModel()
            chosen.select(self._selection_of(places), QItemSelectionModel.SelectionFlag.ClearAndSelect)
            if scrolls and len(places):
                self.view.scrollTo(self.model.index(int(places[0]), max(self.view.currentIndex().column(), 0)))
        finally:
            self._is_showing = False

    def _selection_of(self, places: Rows) -> QItemSelection:
        """Return whole lines as Qt's selection, line after line in one range."""
        selection = QItemSelection()
        if not len(places) or not self.model.columns:
            return selection
        breaks = np.flatnonzero(np.diff(places) > 1)
        if len(breaks) >= RUNS_AT_MOST:
            return selection
        last = len(self.model.columns) - 1
        firsts, ends = places[np.append(0, breaks + 1)], places[np.append(breaks, len(places) - 1)]
        for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
            selection.append(QItemSelectionRange(self.model.index(first, 0), self.model.index(end, last)))
        return selection

    # what is asked

    def _choice_changed(self, _place: int) -> None:
        self.rows_asked.emit()

    def _emptied(self, text: str) -> None:
        if not text:
            self._typed()

    def _typed(self) -> None:
        self._typing.stop()
        self.rows_asked.emit()

    def _ask_filter_city(self) -> None:
        self.filter_city_asked.emit(self.filter.text().strip())

    def _head_clicked(self, section: int) -> None:
        name = self.model.columns[section].name
        header = self.view.horizontalHeader()
        is_same = header.sortIndicatorSection() == section and getattr(self, "_sorted_by", "") == name
        is_ascending = not (is_same and self._is_ascending)
        self.sort_by(name, is_ascending=is_ascending)
        self.column_asked.emit(self.model.columns[section])

    def sort_by(self, name: str, *, is_ascending: bool | None) -> None:
        """Ask for an order; None is the file's."""
        self._sorted_by, self._is_ascending = name, bool(is_ascending)
        self.sort_asked.emit(name, is_ascending)

    def _selection_changed(self, _more: QItemSelection, _fewer: QItemSelection) -> None:
        if not self._is_showing:
            self._selecting.start()

    def _tell_selected(self) -> None:
        self.selected.emit(self.chosen_rows())

    def chosen_rows(self) -> Rows:
        """Return the table rows of the lines selected here."""
        ranges = [(r.top(), r.bottom()) for r in self.view.selectionModel().selection().toList()]
        places = [np.arange(top, bottom + 1) for top, bottom in ranges]
        whole = np.unique(np.concatenate(places)) if places else np.zeros(0, np.int64)
        rows: Rows = self.model.rows[whole[whole < len(self.model.rows)]]
        return rows

    def _column_changed(self, now: object, _before: object) -> None:
        place = now.column() if hasattr(now, "column") else -1
        if 0 <= place < len(self.model.columns):
            self.column_asked.emit(self.model.columns[place])

    def copy(self) -> None:
        """Copy the selected lines with their headings, columns as they are shown, for a spreadsheet."""
        rows = self.chosen_rows()
        if len(rows) > table_words.COPIED_AT_MOST:
            self.say(table_words.TOO_MANY_TO_COPY)
            return
        header = self.view.horizontalHeader()
        logical = [header.logicalIndex(i) for i in range(header.count())]
        columns = [self.model.columns[i] for i in logical if not header.isSectionHidden(i)]
        place_of = {int(row): place for place, row in enumerate(self.model.rows.tolist())}
        lines = ["\t".join(column.title for column in columns)]
        for row in rows.tolist():
            values = [self.model.value(place_of[row], column) for column in columns]
            lines.append("\t".join("" if v is None else str(v).replace("\t", " ").replace("\n", " ") for v in values))
        QGuiApplication.clipboard().setText("\n".join(lines))

    # menus

    def _show_columns_menu(self) -> None:
        hand = self._hands["columns"]
        self._pop(self.columns_menu(), hand.mapToGlobal(QPoint(0, hand.height())))

    def columns_menu(self) -> QMenu:
        """Return the menu that shows and hides columns."""
        menu, header = QMenu(self), self.view.horizontalHeader()
        every = menu.addAction(table_words.SHOW_ALL_COLUMNS)
        every.triggered.connect(self._show_all_columns)
        menu.addSeparator()
        for place, column in enumerate(self.model.columns):
            entry = menu.addAction(table_words.title_with_unit(column.title, column.unit))
            entry.setCheckable(True)
            entry.setChecked(not header.isSectionHidden(place))
            entry.toggled.connect(lambda shown, p=place: header.setSectionHidden(p, not shown))
        return menu

    def _show_all_columns(self) -> None:
        for place in range(len(self.model.columns)):
            self.view.setColumnHidden(place, False)

    def _show_head_menu(self, place: QPoint) -> None:
        header = self.view.horizontalHeader()
        section = header.logicalIndexAt(place)
        if section >= 0:
            self._pop(self.head_menu(section), header.mapToGlobal(place))

    def head_menu(self, section: int) -> QMenu:
        """Return what can be done with a column."""
        menu, header, name = QMenu(self), self.view.horizontalHeader(), self.model.columns[section].name
        visual = header.visualIndex(section)
        for text, act in (
            (table_words.SORT_UP, lambda: self.sort_by(name, is_ascending=True)),
            (table_words.SORT_DOWN, lambda: self.sort_by(name, is_ascending=False)),
            (table_words.SORT_NONE, lambda: self.sort_by(name, is_ascending=None)),
            ("", None),
            (table_words.HIDE_COLUMN, lambda: self.view.setColumnHidden(section, True)),
            (table_words.MOVE_LEFT, lambda: header.moveSection(visual, max(visual - 1, 0))),
            (table_words.MOVE_RIGHT, lambda: header.moveSection(visual, min(visual + 1, header.count() - 1))),
        ):
            if act is None:
                menu.addSeparator()
            else:
                menu.addAction(text).triggered.connect(lambda _checked=False, do=act: do())
        return menu

    def _show_cell_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if index.isValid():
            self._pop(self.cell_menu(index.row(), index.column()), self.view.viewport().mapToGlobal(place))

    def cell_menu(self, line: int, section: int) -> QMenu:
        """Return what can be done with a cell."""
        menu, column, row = QMenu(self), self.model.columns[section], int(self.model.rows[line])
        menu.addAction(table_words.COPY).triggered.connect(self.copy)
        menu.addAction(table_words.ZOOM).triggered.connect(self.zoom_asked)
        if column.can_be_corrected:
            correct = menu.addAction(table_words.CORRECT)
            correct.triggered.connect(lambda: self.correct_asked.emit(row, column.name))
        return menu

    def _pop(self, menu: QMenu, place: QPoint) -> None:
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)
