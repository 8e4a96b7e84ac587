"""The dialog of flows from a table: columns proposed, how many rows match told before it is accepted."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from data.flows import flow_name, flows_of
from data.near import PointTable
from data.tables import TableRead
from twin.errors import TwinError
from twin.flow_proposals import label_of, propose_flows
from twin.flows import ALL_OTHERS, FlowTable, matrix_columns
from twin.join import TableJoin
from twin.layer import Kind, Layer
from twin.personal import personal_columns
from twin.placed_flows import Flows
from ui import flow_words as words
from ui.join_source import JoinSource, caption
from ui.plain import fit_dialog, label, named, scrolled, set_rank
from ui.table_work import TableReader


class FlowDialog(QDialog):
    """Asks for one table of flows."""

    wanted = Signal(object, object)
    """(FlowTable without id, the TableRead): Show was pressed."""

    def __init__(self, parent: QWidget, layers: Mapping[str, Layer], reader: TableReader) -> None:
        """Offer the layers."""
        super().__init__(parent)
        self.setWindowTitle(words.TITLE)
        self._layers = {i: v for i, v in layers.items() if v.info.kind not in (Kind.TERRAIN, Kind.IMAGE)}
        self._every, self._reader = layers, reader
        self._read: TableRead | None = None
        self._asked: TableJoin | None = None
        self.flows: Flows | None = None
        """What would be shown."""
        self.source = JoinSource(reader)
        self.source.changed.connect(self._table_meant)
        self._make_fields()
        self._lay_out()
        self._show_fitting()

    def _make_fields(self) -> None:
        self.name, self.crs = QLineEdit(), QLineEdit()
        self.crs.setPlaceholderText(words.CRS_HINT)
        boxes = {
            "origin": (words.FROM, words.FROM_TIP),
            "destination": (words.TO, words.TO_TIP),
            "ends": (words.ENDS, ""),
            "layer": (words.LAYER, ""),
            "key": (words.KEY, words.KEY_TIP),
            "label": (words.LABEL, ""),
            "origin_y": (words.FROM_Y, ""),
            "destination_y": (words.TO_Y, ""),
            "value": (words.VALUE, ""),
            "time": (words.TIME, ""),
            "hour": (words.HOUR, ""),
        }
        self.boxes: dict[str, QComboBox] = {}
        for field, (name, tip) in boxes.items():
            self.boxes[field] = QComboBox()
            named(self.boxes[field], name, tip)
            self.boxes[field].activated.connect(self._layer_chosen if field == "layer" else self._count)
        named(self.name, words.NAME)
        named(self.crs, words.CRS)
        self.crs.editingFinished.connect(self._count)
        self.boxes["ends"].addItem(words.BY_ID, False)
        self.boxes["ends"].addItem(words.BY_PLACE, True)
        for layer_id, layer in self._layers.items():
            self.boxes["layer"].addItem(layer.info.name, layer_id)
        self.match, self.notes = label(words.NOTHING_YET, "head", wraps=True), label("", "quiet", wraps=True)

    def _lay_out(self) -> None:
        body = QWidget()
        self._form = QFormLayout()
        self._form.setVerticalSpacing(8)
        self._form.setHorizontalSpacing(14)
        box = self.boxes
        for name, widget in (
            (words.NAME, self.name), (words.FROM, box["origin"]), (words.FROM_Y, box["origin_y"]),
            (words.TO, box["destination"]), (words.TO_Y, box["destination_y"]), (words.ENDS, box["ends"]),
            (words.LAYER, box["layer"]), (words.KEY, box["key"]), (words.LABEL, box["label"]), (words.CRS, self.crs),
            (words.VALUE, box["value"]), (words.TIME, box["time"]), (words.HOUR, box["hour"]),
        ):  # fmt: skip
            self._form.addRow(caption(name), widget)
        column = QVBoxLayout(body)
        column.setSpacing(12)
        column.addWidget(self.source)
        column.addLayout(self._form)
        column.addStretch(1)
        scroll = scrolled(body)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.show_them = self.buttons.addButton(words.SHOW, QDialogButtonBox.ButtonRole.AcceptRole)
        for made in (*(b for b in self.buttons.buttons() if isinstance(b, QPushButton)), self.source.browse):
            made.setAutoDefault(False)  # Return in a field ends the field, not the dialog
        self.buttons.accepted.connect(self._accepted)
        self.buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(18, 16, 18, 14)
        whole.addWidget(scroll, 1)
        for told in (self.match, self.notes):  # below what scrolls: it is to be read before Show is pressed
            whole.addWidget(told)
        whole.addWidget(self.buttons)
        fit_dialog(self, chars=92, lines=42)
        self.source.path.setFocus()

    # what is meant

    @property
    def is_placed(self) -> bool:
        """Return whether the ends are coordinates."""
        return bool(self.boxes["ends"].currentData())

    def answer(self) -> FlowTable:
        """Return the flows as they are asked for now."""
        path, sheet, header = self.source.where()
        said = {field: str(box.currentData() or "") for field, box in self.boxes.items()}
        is_placed = self.is_placed
        return FlowTable(
            "",
            self.name.text().strip() or flow_name(path),
            path,
            table=self._read.name if self._read is not None and sheet is not None else sheet,
            header_row=header,
            origin=(said["origin"], said["origin_y"]) if is_placed else (said["origin"],),
            destination=(said["destination"], said["destination_y"]) if is_placed else (said["destination"],),
            value=said["value"],
            time=tuple(c for c in (said["time"], said["hour"] if said["time"] else "") if c),
            layer_id="" if is_placed else said["layer"],
            key="" if is_placed else said["key"],
            label="" if is_placed else said["label"],
            crs=self.crs.text().strip() if is_placed else "",
        )

    # reading

    def _table_meant(self) -> None:
        path, sheet, header = self.source.where()
        self._read = self.flows = None
        self._show_fitting()
        if not path:
            return
        asked = self._asked = TableJoin(path, "", "", table=sheet, header_row=header)
        frame = next(iter(self._every.values())).frame
        self.source.say(words.READING)
        self._reader.read(asked, frame, lambda read: self._came(asked, read), lambda error: self._failed(asked, error))

    def _failed(self, asked: TableJoin, error: BaseException) -> None:
        if asked is self._asked:
            self.source.say(str(error), is_error=True)
            self._show_fitting()

    def _came(self, asked: TableJoin, read: TableRead | PointTable) -> None:
        if asked is not self._asked or not isinstance(read, TableRead):
            return
        self._read = read
        self.source.say("")
        self.name.setPlaceholderText(flow_name(asked.path))
        fields = list(read.table.fields())
        for field in ("origin", "destination", "origin_y", "destination_y", "value", "time", "hour"):
            box = self.boxes[field]
            box.clear()
            first = {"value": words.COUNTED, "time": words.NONE, "hour": words.NONE}.get(field)
            if first is not None:
                box.addItem(first, "")
            for name in fields:
                box.addItem(name, name)
        if fields and matrix_columns(read.table, fields[0]):
            self.boxes["destination"].addItem(words.MATRIX, ALL_OTHERS)
        self._propose(read)
        self._count()

    def _propose(self, read: TableRead) -> None:
        proposals = propose_flows(read.table, self._layers)
        if not proposals:
            self._offer_columns()
            return
        flow = proposals[0].flow
        self._choose("ends", flow.is_placed)
        for field, columns in (("origin", flow.origin), ("destination", flow.destination)):
            self._choose(field, columns[0])
            self._choose(f"{field}_y", columns[1] if flow.is_placed else "")
        self._choose("layer", flow.layer_id)
        self._offer_columns()
        for field, value in (("key", flow.key), ("label", flow.label), ("value", flow.value)):
            self._choose(field, value)
        self._choose("time", flow.time[0] if flow.time else "")
        self._choose("hour", flow.time[1] if len(flow.time) > 1 else "")

    def _choose(self, field: str, value: object) -> None:
        place = self.boxes[field].findData(value)
        if place >= 0:
            self.boxes[field].setCurrentIndex(place)

    def _layer_chosen(self) -> None:
        self._offer_columns()
        if self._read is not None and (layer := self._layers.get(str(self.boxes["layer"].currentData()))) is not None:
            proposals = propose_flows(self._read.table, {layer.info.id: layer})
            keys = [p.flow for p in proposals if p.flow.layer_id == layer.info.id]
            if keys:
                self._choose("key", keys[0].key)
        self._count()

    def _offer_columns(self) -> None:
        layer = self._layers.get(str(self.boxes["layer"].currentData()))
        for field in ("key", "label"):
            box = self.boxes[field]
            box.clear()
            if field == "label":
                box.addItem(words.NONE, "")
            for name, kind in layer.table.fields().items() if layer is not None else ():
                if kind in ("number", "text"):
                    box.addItem(name, name)
        if layer is not None:
            self._choose("label", label_of(layer, str(self.boxes["key"].currentData() or "")))

    # how it would go

    def _count(self) -> None:
        self.flows = None
        if self._read is not None:
            try:
                self.flows = flows_of(self._read, self.answer(), self._layers)
                self.source.say("")
            except TwinError as error:
                self.source.say(str(error), is_error=True)
        self._show_fitting()

    def _show_fitting(self) -> None:
        """Show the rows of the form that matter now, and what they say."""
        is_read, is_placed, box = self._read is not None, self.is_placed, self.boxes
        is_matrix = box["destination"].currentData() == ALL_OTHERS
        for widget, is_shown in (
            (self.name, is_read), (box["origin"], is_read), (box["destination"], is_read), (box["ends"], is_read),
            (box["origin_y"], is_read and is_placed), (box["destination_y"], is_read and is_placed),
            (self.crs, is_read and is_placed), (box["layer"], is_read and not is_placed),
            (box["key"], is_read and not is_placed), (box["label"], is_read and not is_placed),
            (box["value"], is_read and not is_matrix), (box["time"], is_read and not is_matrix),
            (box["hour"], is_read and bool(box["time"].currentData())),
        ):  # fmt: skip
            self._form.setRowVisible(widget, is_shown)
        text, notes = words.NOTHING_YET, ""
        if self.flows is not None and self._read is not None:
            text = words.match(self.flows.facts)
            notes = words.notes(self.flows, [c.field for c in personal_columns(self._read.table)])
        self.match.setText(text)
        set_rank(self.match, "error" if self.flows is not None and not self.flows.facts.placed else "head")
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        self.show_them.setEnabled(self.flows is not None and self.flows.facts.placed > 0)

    def _accepted(self) -> None:
        self.wanted.emit(self.answer(), self._read)
        self.accept()
