"""What the fields of live messages mean, by hand: which one is the id, the place, the time, the values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from twin.feed import Mapping, TimeFormat
from ui import live_words as words
from ui.plain import label, may_shrink, named

if TYPE_CHECKING:
    from data.feeds.mapping import FieldSeen

ROWS = (
    ("id",), ("lon", "lat"), ("time", "time_format"), ("heading", "speed"), ("x", "y"), ("crs", "z"),
    ("end_lon", "end_lat"), ("from_id", "to_id"), ("places_layer", "places_key"), ("rows",),
)  # fmt: skip
"""The fields, as they stand in a line each; the first ones are what most feeds have."""
WRITTEN = frozenset({"crs", "places_layer", "places_key"})
"""What is written by hand: no field of a message."""
PLAIN = tuple(name for row in ROWS for name in row if name != "time_format")
EXAMPLE_CHARS = 24
PATH_ROLE = Qt.ItemDataRole.UserRole


def mapping_text(mapping: Mapping) -> str:
    """Return a mapping as people write it: id=VP.veh, lon=VP.long."""
    known = [(f.name, getattr(mapping, f.name)) for f in fields(Mapping) if f.name not in ("values", "time_format")]
    if mapping.time_format is not TimeFormat.AUTO:
        known.append(("time_format", mapping.time_format.value))
    return ", ".join(f"{name}={path}" for name, path in [*known, *mapping.values] if path)


class FieldsForm(QWidget):
    """A list of choices for each thing that a message may say, and a list of values to be taken along."""

    changed = Signal(object)
    """The Mapping that a person chose."""

    def __init__(self) -> None:
        """Know of no fields yet."""
        super().__init__()
        self._mapping = Mapping()
        self._seen: tuple[FieldSeen, ...] = ()
        self.boxes: dict[str, QComboBox] = {}
        form = QFormLayout()
        for name in PLAIN:
            box = QComboBox()
            box.setEditable(True)
            box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(6)
            may_shrink(box)
            named(box, *words.FIELDS[name])
            edit = box.lineEdit()
            if edit is not None:
                edit.editingFinished.connect(self._changed)
            box.activated.connect(self._chosen)
            self.boxes[name] = box
        self.time_format = QComboBox()
        named(self.time_format, *words.FIELDS["time_format"])
        for one in TimeFormat:
            self.time_format.addItem(words.TIME_FORMATS[one], one)
        self.time_format.activated.connect(self._changed)
        may_shrink(self.time_format)
        self.time_format.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for names in ROWS:
            line = QHBoxLayout()
            for name in names:
                line.addWidget(self.time_format if name == "time_format" else self.boxes[name], 1)
            form.addRow(words.FIELD_ROWS[names[0]], line)
        self.values = QListWidget()
        named(self.values, *words.FIELDS["values"])
        self.values.setMinimumHeight(6 * self.values.fontMetrics().height())
        self.values.itemChanged.connect(self._changed)
        self.left_out = label("", "quiet", wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addWidget(label(words.FIELDS["values"][0], "head"))
        column.addWidget(self.values)
        column.addWidget(self.left_out)

    def show_mapping(self, mapping: Mapping, seen: Sequence[FieldSeen] = (), left_out: Sequence[str] = ()) -> None:
        """Show what fields mean, and which there are to choose from."""
        self._mapping, self._seen = mapping, tuple(seen) or self._seen
        for name, box in self.boxes.items():
            box.blockSignals(True)
            box.clear()
            box.addItem(words.NO_FIELD, "")
            if name not in WRITTEN:
                for field in self._seen:
                    box.addItem(_told(field), field.path)
            path = getattr(mapping, name)
            place = box.findData(path)
            box.setCurrentIndex(place if path and place > 0 else 0)
            box.setEditText(path)
            box.blockSignals(False)
        self.time_format.setCurrentIndex(self.time_format.findData(mapping.time_format))
        self._show_values()
        self.left_out.setText(words.left_out(left_out) if left_out else "")
        self.left_out.setVisible(bool(left_out))

    def _show_values(self) -> None:
        taken = {path: name for name, path in self._mapping.values}
        used = {getattr(self._mapping, name) for name in PLAIN}
        examples = {field.path: field.example for field in self._seen if field.path not in used}
        self.values.blockSignals(True)
        self.values.clear()
        for path in [*taken, *(p for p in examples if p not in taken)]:
            name = taken.get(path, path.rpartition(".")[2])
            item = QListWidgetItem(words.value_line(name, path, examples.get(path, "")))
            item.setData(PATH_ROLE, (name, path))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if path in taken else Qt.CheckState.Unchecked)
            self.values.addItem(item)
        self.values.blockSignals(False)

    def mapping(self) -> Mapping:
        """Return what is chosen."""
        chosen: dict[str, Any] = {name: _path_in(box) for name, box in self.boxes.items()}
        items = (self.values.item(row) for row in range(self.values.count()))
        values = [item.data(PATH_ROLE) for item in items if item.checkState() is Qt.CheckState.Checked]
        form = TimeFormat(self.time_format.currentData() or TimeFormat.AUTO)
        return replace(Mapping(), time_format=form, values=tuple((name, path) for name, path in values), **chosen)

    def _chosen(self, _place: int) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            box.setEditText(str(box.currentData() or ""))
        self._changed()

    def _changed(self, _what: object = None) -> None:
        mapping = self.mapping()
        if mapping != self._mapping:
            self._mapping = mapping
            self.changed.emit(mapping)


def _told(field: FieldSeen) -> str:
    example = field.example if len(field.example) <= EXAMPLE_CHARS else field.example[: EXAMPLE_CHARS - 1] + "\u2026"
    return f"{field.path}   ({example})" if example else field.path


def _path_in(box: QComboBox) -> str:
    """Return the path that a box holds: written, or chosen from the list."""
    text = box.currentText().strip()
    place = box.findText(text)
    if place >= 0:
        text = str(box.itemData(place) or "")
    return "" if text == words.NO_FIELD else text
