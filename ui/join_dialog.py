"""The join dialog: which table, by which keys, what becomes of several rows; how many match is said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from data.near import Grounds, PointTable
from data.tables import TableRead
from twin.errors import TwinError
from twin.join import Joined, Reduce, TableJoin
from twin.key_proposals import KeyPair, propose_keys
from twin.layer import Layer
from ui import join_words as words
from ui import joins_made
from ui.join_source import JoinSource, caption
from ui.orphans_dialog import OrphansDialog
from ui.plain import button, fit_dialog, label, named, scrolled, set_rank
from ui.table_work import TableReader

Read = TableRead | PointTable
KEY_KINDS = ("number", "text")


class JoinDialog(QDialog):
    """Asks everything a join needs, and shows how it would go."""

    wanted = Signal(str, object)
    """(layer id, TableJoin): Join was pressed."""
    unwanted = Signal(str, int)
    """(layer id, place): a join is to be removed."""

    def __init__(
        self,
        parent: QWidget,
        layers: Mapping[str, Layer],
        layer_id: str,
        reader: TableReader,
        grounds_of: Callable[[str], Grounds],
        joins_of: Callable[[str], Sequence[TableJoin]],
    ) -> None:
        """Offer the layers; layer_id first.

        grounds_of   says where a layer's rows lie
        joins_of     what is joined to a layer already
        """
        super().__init__(parent)
        self.setWindowTitle(words.TITLE)
        self._layers, self._reader, self._grounds_of, self._joins_of = layers, reader, grounds_of, joins_of
        self._read: Read | None = None
        self._asked: TableJoin | None = None
        self._done: Joined | None = None
        self.source = JoinSource(reader)
        self.source.changed.connect(self._table_meant)
        self._make_fields()
        for id_, layer in layers.items():
            self.layer.addItem(layer.info.name, id_)
        self.layer.setCurrentIndex(max(0, self.layer.findData(layer_id)))
        self._lay_out()
        self.show_joins()
        self._show_fitting()

    def _make_fields(self) -> None:
        self.layer, self.how, self.proposals = QComboBox(), QComboBox(), QComboBox()
        self.left, self.right, self.reduce = QComboBox(), QComboBox(), QComboBox()
        self.how.addItem(words.BY_KEY, False)
        self.how.addItem(words.BY_PLACE, True)
        for way, text in words.REDUCTIONS.items():
            self.reduce.addItem(text, way)
        self.distance = QDoubleSpinBox()
        self.distance.setRange(0, 100_000)
        self.distance.setSuffix(" m")
        self.distance.setSpecialValueText(words.INSIDE)
        self.distance.setKeyboardTracking(False)
        self.columns = QListWidget()
        self.columns.setFixedHeight(8 * self.fontMetrics().height())
        self.prefix = QLineEdit()
        self.prefix.setPlaceholderText(words.PREFIX_PLACEHOLDER)
        self.match = label(words.NOTHING_YET, "head", wraps=True)
        self.notes = label("", "quiet", wraps=True)
        self.orphans = button(words.ORPHANS)
        self.orphans.clicked.connect(self._show_orphans)
        for widget, name, tip in (
            (self.layer, words.LAYER, ""), (self.how, words.HOW, ""), (self.proposals, words.PROPOSALS, ""),
            (self.left, words.LEFT, ""), (self.right, words.RIGHT, ""), (self.reduce, words.REDUCE, ""),
            (self.distance, words.DISTANCE, words.DISTANCE_TIP), (self.columns, words.COLUMNS, ""),
            (self.prefix, words.PREFIX, ""),
        ):  # fmt: skip
            named(widget, name, tip)
        self.layer.activated.connect(self._layer_chosen)
        self.how.activated.connect(self._table_meant)
        self.proposals.activated.connect(self._proposal_chosen)
        for box in (self.left, self.right):
            box.activated.connect(self._keys_chosen)
        self.reduce.activated.connect(self._count)
        self.distance.valueChanged.connect(self._count)

    def _lay_out(self) -> None:
        body = QWidget()
        self._form = QFormLayout()
        self._form.setVerticalSpacing(8)
        self._form.setHorizontalSpacing(14)
        for name, widget in (
            (words.HOW, self.how), (words.PROPOSALS, self.proposals), (words.LEFT, self.left),
            (words.RIGHT, self.right), (words.DISTANCE, self.distance), (words.MATCH, self.match), ("", self.notes),
            ("", self.orphans), (words.REDUCE, self.reduce), (words.COLUMNS, self.columns),
            (words.PREFIX, self.prefix),
        ):  # fmt: skip
            self._form.addRow(caption(name), widget)
        top = QFormLayout()
        top.setHorizontalSpacing(14)
        top.addRow(caption(words.LAYER), self.layer)
        self.existing = QComboBox()
        named(self.existing, words.JOINED_ALREADY)
        self.remove = button(words.REMOVE)
        self.remove.clicked.connect(self._remove)
        line = QHBoxLayout()
        line.addWidget(self.existing, 1)
        line.addWidget(self.remove)
        top.addRow(caption(words.JOINED_ALREADY), line)
        self._top, self._existing_line = top, line
        column = QVBoxLayout(body)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(self.source)
        column.addLayout(self._form)
        column.addStretch(1)
        scroll = scrolled(body)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.join = self.buttons.addButton(words.JOIN, QDialogButtonBox.ButtonRole.AcceptRole)
        own = [made for made in self.buttons.buttons() if isinstance(made, QPushButton)]
        for made in (*own, self.orphans, self.remove, self.source.browse):
            made.setAutoDefault(False)  # Return in a field ends the field, not the dialog
        self.buttons.accepted.connect(self._accepted)
        self.buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(18, 16, 18, 14)
        whole.addWidget(scroll, 1)
        whole.addWidget(self.buttons)
        fit_dialog(self, chars=96, lines=44)
        self.source.path.setFocus()

    # what is meant

    def layer_id(self) -> str:
        """Return the layer to join to."""
        return str(self.layer.currentData())

    @property
    def is_by_place(self) -> bool:
        """Return whether points are joined in space."""
        return bool(self.how.currentData())

    def answer(self) -> TableJoin:
        """Return the join as it is asked for now."""
        path, sheet, header = self.source.where()
        items = [self.columns.item(n) for n in range(self.columns.count())]
        ticked = tuple(i.text() for i in items if i.checkState() is Qt.CheckState.Checked)
        is_unique = self._done is not None and not self._shared()
        return TableJoin(
            path,
            "" if self.is_by_place else self.left.currentText(),
            "" if self.is_by_place else self.right.currentText(),
            None if is_unique else Reduce(self.reduce.currentData()),
            table=self._read.name if isinstance(self._read, TableRead) and sheet is not None else sheet,
            header_row=header,
            near_m=self.distance.value() if self.is_by_place else None,
            columns=() if len(ticked) == len(items) else ticked,
            prefix=self.prefix.text().strip(),
        )

    # what is joined already

    def show_joins(self) -> None:
        """List what is joined to the layer."""
        joins = self._joins_of(self.layer_id())
        self.existing.clear()
        self.existing.addItems([words.described(join) for join in joins])
        self._top.setRowVisible(self._existing_line, bool(joins))

    def _remove(self) -> None:
        self.unwanted.emit(self.layer_id(), self.existing.currentIndex())
        self.show_joins()
        self._table_meant()

    # reading

    def _layer_chosen(self) -> None:
        self.show_joins()
        self._table_meant()

    def _table_meant(self) -> None:
        path, sheet, header = self.source.where()
        self._read = self._done = None
        self._show_fitting()
        if not path:
            return
        near = 0.0 if self.is_by_place else None
        asked = self._asked = TableJoin(path, "", "", table=sheet, header_row=header, near_m=near)
        self.source.say(words.READING)
        layer = self._layers[self.layer_id()]
        self._reader.read(
            asked, layer.frame, lambda read: self._came(asked, read), lambda error: self._failed(asked, error)
        )

    def _failed(self, asked: TableJoin, error: BaseException) -> None:
        if asked is self._asked:
            self.source.say(str(error), is_error=True)
            self._show_fitting()

    def _came(self, asked: TableJoin, read: Read) -> None:
        if asked is not self._asked:
            return
        self._read = read
        self.source.say("")
        layer = self._layers[self.layer_id()]
        self.columns.clear()
        for name in read.table.fields():
            item = QListWidgetItem(name, self.columns)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
        self._offer_keys(layer, read)
        self._count()

    def _offer_keys(self, layer: Layer, read: Read) -> None:
        self.proposals.clear()
        for box, table in ((self.left, layer.table), (self.right, read.table)):
            box.clear()
            box.addItems([name for name, kind in table.fields().items() if kind in KEY_KINDS])
        if self.is_by_place:
            return
        for pair in propose_keys(layer.table, read.table, most=6):
            self.proposals.addItem(words.proposal(pair), pair)
        self.proposals.addItem(words.OWN_KEYS if self.proposals.count() else words.NO_PROPOSALS, None)
        self._take_proposal()

    def _take_proposal(self) -> None:
        pair = self.proposals.currentData()
        if isinstance(pair, KeyPair):
            self.left.setCurrentText(pair.left)
            self.right.setCurrentText(pair.right)

    def _proposal_chosen(self) -> None:
        self._take_proposal()
        self._count()

    def _keys_chosen(self) -> None:
        pair = (self.left.currentText(), self.right.currentText())
        known = [self.proposals.itemData(n) for n in range(self.proposals.count())]
        places = [n for n, p in enumerate(known) if isinstance(p, KeyPair) and (p.left, p.right) == pair]
        self.proposals.setCurrentIndex(places[0] if places else self.proposals.count() - 1)
        self._count()

    # how it would go

    def _count(self) -> None:
        self._done = None
        layer = self._layers[self.layer_id()]
        if self._read is not None and (self.is_by_place or (self.left.currentText() and self.right.currentText())):
            asked = self.answer()
            try:
                self._done = joins_made.one(layer.table, asked, self._read, lambda: self._grounds_of(self.layer_id()))
            except TwinError as error:
                self.source.say(str(error), is_error=True)
        self._show_fitting()

    def _shared(self) -> int:
        """Return how many table rows share their key with an earlier one."""
        if self._done is None:
            return 0
        codes = self._done.table.codes
        return int((codes.right >= 0).sum()) - codes.count

    def _show_fitting(self) -> None:
        """Show the rows of the form that matter now, and what they say."""
        is_read, by_place = self._read is not None, self.is_by_place
        shared = self._shared()
        for widget, is_shown in (
            (self.proposals, is_read and not by_place), (self.left, is_read and not by_place),
            (self.right, is_read and not by_place), (self.distance, by_place), (self.notes, self._done is not None),
            (self.orphans, self._done is not None), (self.reduce, bool(shared)), (self.columns, is_read),
            (self.prefix, is_read),
        ):  # fmt: skip
            self._form.setRowVisible(widget, is_shown)
        text, notes = words.NOTHING_YET, ""
        if self._done is not None:
            text = words.match(self._done.facts, self._layers[self.layer_id()].info.name)
            said = [s for s in self._done.report.sentences() if "share their" not in s]
            notes = "\n".join([*said, words.several(shared) if shared else words.UNIQUE_KEYS])
        self.match.setText(text)
        set_rank(self.match, "error" if self._done is not None and not self._done.facts.matched else "head")
        self.notes.setText(notes)
        for made in (self.match, self.notes):  # a form in a scroll area would squeeze wrapped lines
            width = max(made.width(), 40 * made.fontMetrics().averageCharWidth())
            made.setMinimumHeight(max(made.heightForWidth(width), 0))
        self.join.setEnabled(self._done is not None and self._done.facts.matched > 0)

    def _show_orphans(self) -> None:
        if self._done is not None and self._read is not None:
            layer = self._layers[self.layer_id()]
            name = words.table_name(self.source.where()[0])
            dialog = OrphansDialog(self, self._done, (layer.info.name, layer.table), (name, self._read.table))
            dialog.open()

    def _accepted(self) -> None:
        self.wanted.emit(self.layer_id(), self.answer())
        self.accept()
