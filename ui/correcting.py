"""Setting single values right: the question, the list of what was corrected, and the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from twin.corrections import (
    HEIGHT,
    Correction,
    Stand,
    Standing,
    correction_of,
    stands_of,
    value_from_text,
    with_correction,
    without_correction,
)
from twin.errors import ColumnError, TwinError
from twin.layer import Layer
from twin.session import Session
from twin.table import ColumnKind
from ui import table_words, words
from ui.inspector import feature_name
from ui.plain import button, fit_dialog, label, named


def all_stands(session: Session) -> tuple[Stand, ...]:
    """Return how every correction stands; those of layers that are not open wait."""
    corrections, stands = session.composition.corrections, []
    of_layer = {i: {s.correction: s for s in stands_of(session.source(i), corrections)} for i in session.layers}
    for correction in corrections:
        known = of_layer.get(correction.layer_id, {})
        stands.append(known.get(correction) or Stand(correction, Standing.LOST, -1))
    return tuple(stands)


def correct(session: Session, layer_id: str, row: int, field: str, typed: str, why: str) -> Correction:
    """Set one value right, as one step that can be undone.

    raises   ColumnError  what was typed is no value of that column; nothing is changed
    """
    source = session.source(layer_id)
    new = value_from_text(typed, kind_of(source, field))
    if field == HEIGHT and source.heights is not None and new is None:
        raise ColumnError("A height cannot be empty.", hint="Take the correction back to have the file's again.")
    when = datetime.now(UTC).isoformat(timespec="seconds")
    done = correction_of(source, row, field, new, when=when, why=why.strip())
    composition = session.composition
    session.set_composition(replace(composition, corrections=with_correction(composition.corrections, done)))
    return done


def revert(session: Session, correction: Correction) -> None:
    """Take one correction back."""
    composition = session.composition
    session.set_composition(replace(composition, corrections=without_correction(composition.corrections, correction)))


def apply_anyway(session: Session, stand: Stand) -> None:
    """Correct what the file says now instead of what it said then."""
    composition, old = session.composition, stand.correction
    renewed = replace(old, old=stand.now, row=stand.row)
    corrections = tuple(renewed if c == old else c for c in composition.corrections)
    session.set_composition(replace(composition, corrections=corrections))


def kind_of(layer: Layer, field: str) -> ColumnKind:
    """Return what kind of values a field has."""
    if field == HEIGHT and layer.heights is not None:
        return "number"
    return layer.table.fields().get(field, "text")


class CorrectionDialog(QDialog):
    """Asks for a value and why."""

    def __init__(self, parent: QWidget, session: Session, layer_id: str, row: int, field: str, typed: str) -> None:
        """Ask about one value; typed is what stands in its field at first."""
        super().__init__(parent)
        self._session, self._place = session, (layer_id, row, field)
        self.setWindowTitle(table_words.CORRECTION_TITLE)
        layer = session.layers[layer_id]
        name = feature_name(layer, row, layer.table.row(row))
        old = session.source(layer_id)
        self.value, self.why = QLineEdit(typed), QLineEdit()
        named(self.value, field)
        named(self.why, table_words.CORRECTION_WHY, table_words.CORRECTION_WHY_TIP)
        self.why.setPlaceholderText(table_words.CORRECTION_WHY_TIP)
        self._trouble = label("", "error", wraps=True)
        self._trouble.hide()
        shown = field if field != HEIGHT else table_words.title_with_unit(table_words.HEIGHT_DRAWN, "m")
        form = QFormLayout()
        form.addRow(shown, self.value)
        form.addRow(table_words.CORRECTION_WHY, self.why)
        keys = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        keys.accepted.connect(self._take)
        keys.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(10)
        column.addWidget(label(table_words.correction_asks(shown, name), "head", wraps=True))
        column.addWidget(label(table_words.was(_read(old, row, field)), "quiet", wraps=True))
        column.addLayout(form)
        column.addWidget(self._trouble)
        column.addWidget(label(table_words.CORRECTION_NOTE, "quiet", wraps=True))
        column.addWidget(keys)
        fit_dialog(self, chars=70, lines=16)
        self.value.selectAll()
        (self.why if typed else self.value).setFocus()

    def _take(self) -> None:
        layer_id, row, field = self._place
        try:
            correct(self._session, layer_id, row, field, self.value.text(), self.why.text())
        except TwinError as error:
            self._trouble.setText(str(error))
            self._trouble.show()
            self.value.setFocus()
            return
        self.accept()


def _read(layer: Layer, row: int, field: str) -> object:
    if field == HEIGHT and layer.heights is not None:
        return words.metres(float(layer.heights.height_m[row]))
    return layer.table.row(row).get(field)


class CorrectionsDialog(QDialog):
    """The list of corrections: where, what, when, why; zoom there, take back, apply anyway."""

    def __init__(self, parent: QWidget, session: Session) -> None:
        """Show all corrections of the project."""
        super().__init__(parent)
        self._session = session
        self._stands: tuple[Stand, ...] = ()
        self.setWindowTitle(table_words.CORRECTIONS_TITLE)
        self.list = QTableWidget(0, len(table_words.CORRECTION_HEADS))
        self.list.setHorizontalHeaderLabels(list(table_words.CORRECTION_HEADS))
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setTabKeyNavigation(False)
        self.list.setWordWrap(False)
        self.list.setShowGrid(False)
        self.list.verticalHeader().hide()
        self.list.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.list.horizontalHeader().setStretchLastSection(True)
        self.list.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        named(self.list, table_words.CORRECTIONS_TITLE)
        self.list.setToolTip("")
        self._empty = label(table_words.NO_CORRECTIONS, "quiet", wraps=True)
        self.zoom = button(table_words.ZOOM, icon_name="zoom_to")
        self.again = button(table_words.APPLY_ANYWAY, tip=table_words.APPLY_ANYWAY_TIP)
        self.back = button(table_words.REVERT, icon_name="undo", tip=table_words.REVERT_TIP)
        self.back.clicked.connect(self._revert)
        self.again.clicked.connect(self._apply)
        self.list.itemSelectionChanged.connect(self._enable)
        row = QHBoxLayout()
        for hand in (self.zoom, self.again, self.back):
            row.addWidget(hand)
        row.addStretch(1)
        keys = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        keys.rejected.connect(self.reject)
        row.addWidget(keys)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.addWidget(self._empty)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        fit_dialog(self, chars=130, lines=26)
        self.fill()

    def fill(self) -> None:
        """Show the corrections as they stand now."""
        self._stands = all_stands(self._session)
        self._empty.setVisible(not self._stands)
        self.list.setRowCount(len(self._stands))
        for line, stand in enumerate(self._stands):
            done = stand.correction
            layer = self._session.layers.get(done.layer_id)
            texts = (
                layer.info.name if layer is not None else done.layer_id,
                table_words.row_number(stand.row),
                done.field,
                words.value(done.old),
                words.value(done.new),
                table_words.day(done.when),
                done.why,
                table_words.standing(stand),
            )
            for place, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.list.setItem(line, place, item)
        self.list.resizeColumnsToContents()
        if self._stands:
            self.list.selectRow(0)
        self._enable()

    def chosen(self) -> tuple[Stand, ...]:
        """Return the corrections selected in the list."""
        lines = sorted({index.row() for index in self.list.selectedIndexes()})
        return tuple(self._stands[line] for line in lines if line < len(self._stands))

    def _enable(self) -> None:
        chosen = self.chosen()
        self.back.setEnabled(bool(chosen))
        self.zoom.setEnabled(any(s.row >= 0 for s in chosen))
        self.again.setEnabled(any(s.standing is Standing.CONFLICT for s in chosen))

    def _revert(self) -> None:
        gone = {stand.correction for stand in self.chosen()}
        composition = self._session.composition
        kept = tuple(c for c in composition.corrections if c not in gone)
        self._session.set_composition(replace(composition, corrections=kept))
        self.fill()

    def _apply(self) -> None:
        for stand in self.chosen():
            if stand.standing is Standing.CONFLICT:
                apply_anyway(self._session, stand)
        self.fill()
