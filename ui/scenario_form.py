"""The form of one edit: what of it can be typed, and only that."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QLineEdit, QSizePolicy, QWidget

from data.scenarios import setbacks_of, setbacks_text
from twin.errors import ScenarioError
from twin.scenario import TALLEST_M, Edit, EditKind, GroundUse, checked
from ui import scenario_words as words
from ui.plain import label, named

RANGES: dict[str, tuple[float, float, int, str]] = {
    "storeys": (0, 400, 1, ""),
    "storey_m": (1.5, 20, 2, " m"),
    "height_m": (0, TALLEST_M, 2, " m"),
    "base_m": (0, TALLEST_M, 2, " m"),
    "width_m": (0.5, 200, 1, " m"),
    "spacing_m": (1, 200, 1, " m"),
    "tree_m": (1, 80, 1, " m"),
    "heading_deg": (-360, 360, 1, "°"),
    "scale": (0.0001, 100_000, 4, ""),
}
"""Least, most, digits and unit."""


def fields_of(edit: Edit) -> tuple[str, ...]:
    """Return the fields that an edit has."""
    match edit.kind:
        case EditKind.BUILD:
            return ("name", "use", "storeys", "storey_m", "height_m", "base_m", "setbacks")
        case EditKind.PLACE:
            return ("name", "use", "storeys", "heading_deg", "scale")
        case EditKind.DEMOLISH:
            return ("name",)
    if edit.ground is GroundUse.TREES:
        return ("name", "spacing_m", "tree_m")
    return ("name", "width_m") if not edit.rings else ("name",)


class EditForm(QWidget):
    """Shows one edit, and says what was changed in it."""

    changed = Signal(object)
    """The edit with another value."""
    refused = Signal(object)
    """The error of a value that cannot be."""

    def __init__(self) -> None:
        """Show nothing."""
        super().__init__()
        self._edit: Edit | None = None
        self._is_filling = False
        self.inputs: dict[str, Any] = {}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, (title, tip) in words.FIELDS.items():
            made = self._input(name)
            named(made, title, tip)
            made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self.inputs[name] = made
            self._form.addRow(label(title, "quiet"), made)
        self.show_edit(None)

    def _input(self, name: str) -> QWidget:
        if name == "use":
            box = QComboBox()
            box.setEditable(True)
            box.addItems(["", *words.USES])
            box.activated.connect(partial(self._take, name))
            line = box.lineEdit()
            assert line is not None
            line.editingFinished.connect(partial(self._take, name))
            return box
        if name in RANGES:
            least, most, digits, unit = RANGES[name]
            spin = QDoubleSpinBox()
            spin.setRange(least, most)
            spin.setDecimals(digits)
            spin.setSuffix(unit)
            spin.setKeyboardTracking(False)
            spin.valueChanged.connect(partial(self._take, name))
            return spin
        line = QLineEdit()
        line.editingFinished.connect(partial(self._take, name))
        return line

    def show_edit(self, edit: Edit | None) -> None:
        """Show an edit's values; None shows nothing."""
        self._edit, self._is_filling = edit, True
        shown = fields_of(edit) if edit is not None else ()
        for name, made in self.inputs.items():
            self._form.setRowVisible(made, name in shown)
            if edit is not None and name in shown:
                self._fill(made, getattr(edit, name))
        self._is_filling = False

    def _fill(self, made: Any, value: Any) -> None:
        if isinstance(made, QDoubleSpinBox):
            made.setValue(float(value))
        elif isinstance(made, QComboBox):
            made.setEditText(value)
        else:
            made.setText(value if isinstance(value, str) else setbacks_text(value))

    def _take(self, name: str, _value: object = None) -> None:
        if self._is_filling or self._edit is None or name not in fields_of(self._edit):
            return
        made = self.inputs[name]
        try:
            if isinstance(made, QDoubleSpinBox):
                value: Any = made.value()
            elif isinstance(made, QComboBox):
                value = made.currentText().strip()
            else:
                value = setbacks_of(made.text()) if name == "setbacks" else made.text().strip()
            if value == getattr(self._edit, name):
                return
            edit = checked(replace(self._edit, **{name: value}))
        except ScenarioError as error:
            self.refused.emit(error)
            self.show_edit(self._edit)
            return
        self.changed.emit(edit)
