"""A form made from a plugin's parameters: one widget a field, values as plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from plugins.parameters import PICKED, Field, plain_value
from twin.layer import Layer
from ui import plugin_words as words
from ui.plain import button, label, named

LARGEST = 1e12
Reader = Callable[[], Any]


class PluginForm(QWidget):
    """The parameters of one plugin."""

    pick_asked = Signal(str, str)
    """A field's name, and what is to be picked: "point", "path" or "area"."""

    def __init__(self, asked: Sequence[Field], layers: Mapping[str, Layer], scenarios: Sequence[str] = ()) -> None:
        """Make a form.

        layers      what is open, for fields that choose layers and columns
        scenarios   the names of the scenarios there are
        """
        super().__init__()
        self._asked = {f["name"]: f for f in asked}
        self._layers, self._scenarios = layers, tuple(scenarios)
        self._readers: dict[str, Reader] = {}
        self._picked: dict[str, Any] = {}
        self._shown_picks: dict[str, Any] = {}
        self.widgets: dict[str, QWidget] = {}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for f in asked:
            widget = self._widget(f)
            named(widget, f["title"], f["help"])
            self.widgets[f["name"]] = widget
            form.addRow(label(f["title"]), widget)
            if f["help"]:
                form.addRow(label(f["help"], "quiet", wraps=True))
        for name in self._asked:
            self._fill_columns(name)

    def values(self) -> dict[str, Any]:
        """Return the parameters as plain values.

        raises   UsageError  a field holds what cannot be used
        """
        return {name: plain_value(self._asked[name], read()) for name, read in self._readers.items()}

    def set_picked(self, name: str, points: Sequence[Sequence[float]]) -> None:
        """Put what was picked on the map into a field."""
        value = [list(p) for p in points]
        self._picked[name] = value[0] if self._asked[name]["type"] == "point" and value else value
        self._show_pick(name)

    # one widget a type

    def _widget(self, f: Field) -> QWidget:
        if f["type"] == "table":
            return self._table(f)
        if f["is_many"] and f["type"] in {"layer", "column"}:
            return self._several(f)
        if f["is_many"]:
            return self._line(f, ", ".join(map(str, f["default"] or ())))
        makers: dict[str, Callable[[Field], QWidget]] = {
            "number": self._number,
            "whole": self._whole,
            "bool": self._truth,
            "choice": self._choice,
            "layer": self._layer,
            "column": self._column,
            "scenario": self._scenario,
        }
        if f["type"] in PICKED:
            return self._pick(f)
        if f["type"] == "text" and f.get("lines", 1) > 1:
            return self._lines(f)
        make = makers.get(f["type"])
        return make(f) if make is not None else self._line(f, str(f["default"] or ""))

    def _number(self, f: Field) -> QWidget:
        box = QDoubleSpinBox()
        low, high = f.get("min"), f.get("max")
        span = (high - low) if low is not None and high is not None else None
        box.setDecimals(3 if span is not None and span <= 10 else 2)
        box.setRange(-LARGEST if low is None else low, LARGEST if high is None else high)
        box.setSingleStep(f.get("step") or (span / 20 if span else 1.0))
        box.setSuffix(f" {f['unit']}" if f.get("unit") else "")
        box.setValue(float(f["default"]))
        self._readers[f["name"]] = box.value
        return box

    def _whole(self, f: Field) -> QWidget:
        box = QSpinBox()
        low, high = f.get("min"), f.get("max")
        box.setRange(-(2**31) if low is None else int(low), 2**31 - 1 if high is None else int(high))
        box.setSingleStep(int(f.get("step") or 1))
        box.setSuffix(f" {f['unit']}" if f.get("unit") else "")
        box.setValue(int(f["default"]))
        self._readers[f["name"]] = box.value
        return box

    def _truth(self, f: Field) -> QWidget:
        box = QCheckBox()
        box.setChecked(bool(f["default"]))
        self._readers[f["name"]] = box.isChecked
        return box

    def _choice(self, f: Field) -> QWidget:
        return self._combo(f, list(f["choices"].items()), f["default"])

    def _layer(self, f: Field) -> QWidget:
        first = words.NONE_CHOSEN if f.get("is_optional") else words.FIRST_FITTING
        box = self._combo(f, [("", first), *self._fitting(f)], f["default"])
        box.currentIndexChanged.connect(partial(self._layer_changed, f["name"]))
        return box

    def _fitting(self, f: Field) -> list[tuple[str, str]]:
        kinds = f.get("kinds") or ()
        return [(i, v.info.name) for i, v in self._layers.items() if not kinds or str(v.info.kind) in kinds]

    def _column(self, f: Field) -> QWidget:
        return self._combo(f, [("", words.NONE_CHOSEN)], f["default"])

    def _scenario(self, f: Field) -> QWidget:
        return self._combo(f, [("", words.AS_IT_IS), *((s, s) for s in self._scenarios)], f["default"])

    def _combo(self, f: Field, choices: Sequence[tuple[str, str]], default: Any) -> QComboBox:
        box = QComboBox()
        for value, text in choices:
            box.addItem(str(text), value)
        box.setCurrentIndex(max(box.findData(default), 0))
        self._readers[f["name"]] = box.currentData
        return box

    def _layer_changed(self, name: str, _index: int) -> None:
        for other, f in self._asked.items():
            if f["type"] == "column" and f.get("of") == name:
                self._fill_columns(other)

    def _fill_columns(self, name: str) -> None:
        f = self._asked[name]
        if f["type"] != "column":
            return
        of = str(self._readers[f["of"]]() or "") if f.get("of") in self._readers else ""
        layer = self._layers.get(of) or next(
            (v for v in self._layers.values() if f.get("of") or v.tiles is not None), None
        )
        fields = layer.table.fields() if layer is not None else {}
        names = [n for n, kind in fields.items() if kind == "number" or not f.get("is_number")]
        box = self.widgets[name]
        if isinstance(box, QComboBox):
            kept = box.currentData() or f["default"]
            box.clear()
            box.addItem(words.NONE_CHOSEN, "")
            for column in names:
                box.addItem(column, column)
            box.setCurrentIndex(max(box.findData(kept), 0))
        elif isinstance(box, QListWidget):
            box.clear()
            self._fill_list(box, [(n, n) for n in names], f["default"] or ())

    def _several(self, f: Field) -> QWidget:
        box = QListWidget()
        box.setMaximumHeight(box.fontMetrics().height() * 7)
        self._fill_list(box, self._fitting(f) if f["type"] == "layer" else [], f["default"] or ())
        self._readers[f["name"]] = partial(_checked, box)
        return box

    def _fill_list(self, box: QListWidget, choices: Sequence[tuple[str, str]], chosen: Sequence[str]) -> None:
        for value, text in choices:
            item = QListWidgetItem(text, box)
            item.setData(Qt.ItemDataRole.UserRole, value)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if value in chosen else Qt.CheckState.Unchecked)

    def _line(self, f: Field, value: str) -> QWidget:
        edit = QLineEdit(value)
        self._readers[f["name"]] = edit.text
        return edit

    def _lines(self, f: Field) -> QWidget:
        edit = QPlainTextEdit(str(f["default"] or ""))
        edit.setFixedHeight(edit.fontMetrics().height() * (int(f["lines"]) + 1))
        self._readers[f["name"]] = edit.toPlainText
        return edit

    def _pick(self, f: Field) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        shown, pick = QLineEdit(), button(words.PICK)
        shown.setPlaceholderText(words.NOT_PICKED)
        named(shown, f["title"], f["help"])
        pick.clicked.connect(partial(self._ask_pick, f["name"], f["type"]))
        row.addWidget(shown, 1)
        row.addWidget(pick)
        self._picked[f["name"]] = f["default"]
        self._shown_picks[f["name"]] = shown
        self._readers[f["name"]] = partial(self._picked_value, f["name"])
        self._show_pick(f["name"])
        return holder

    def _ask_pick(self, name: str, kind: str, _is_checked: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's clicked
        self.pick_asked.emit(name, kind)

    def _picked_value(self, name: str) -> Any:
        return self._shown_picks[name].text().strip() or None

    def _show_pick(self, name: str) -> None:
        value = self._picked[name]
        points = [value] if value and self._asked[name]["type"] == "point" else value or []
        self._shown_picks[name].setText(";".join(f"{p[0]:.6f},{p[1]:.6f}" for p in points))

    def _table(self, f: Field) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        table = QTableWidget(0, len(f["fields"]))
        table.setHorizontalHeaderLabels([g["title"] for g in f["fields"]])
        table.setMinimumHeight(table.fontMetrics().height() * 7)
        for row in f["default"] or ():
            _add_row(table, [row[g["name"]] for g in f["fields"]])
        buttons = QHBoxLayout()
        for text, act in (
            (words.ADD_LINE, partial(_add_default, table, f)),
            (words.REMOVE_LINE, partial(_remove, table)),
        ):
            made = button(text, rank="link")
            made.clicked.connect(act)
            buttons.addWidget(made)
        buttons.addStretch(1)
        column.addWidget(table)
        column.addLayout(buttons)
        self._readers[f["name"]] = partial(_rows, table, [g["name"] for g in f["fields"]])
        return holder


def _checked(box: QListWidget) -> list[str]:
    items = [box.item(i) for i in range(box.count())]
    return [str(i.data(Qt.ItemDataRole.UserRole)) for i in items if i.checkState() == Qt.CheckState.Checked]


def _add_row(table: QTableWidget, values: Sequence[Any]) -> None:
    row = table.rowCount()
    table.insertRow(row)
    for place, value in enumerate(values):
        table.setItem(row, place, QTableWidgetItem("" if value is None else str(value)))


def _add_default(table: QTableWidget, f: Field, _is_checked: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's clicked
    _add_row(table, [g["default"] for g in f["fields"]])


def _remove(table: QTableWidget, _is_checked: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's clicked
    table.removeRow(table.currentRow() if table.currentRow() >= 0 else table.rowCount() - 1)


def _rows(table: QTableWidget, names: Sequence[str]) -> list[dict[str, str]]:
    rows = []
    for row in range(table.rowCount()):
        items = [table.item(row, place) for place in range(len(names))]
        texts = {n: i.text().strip() for n, i in zip(names, items, strict=True) if i is not None and i.text().strip()}
        if texts:
            rows.append(texts)
    return rows
