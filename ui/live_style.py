"""How a feed is drawn, in every detail: shape, value, colours, range, sizes, trail, and whose buildings it colours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from twin.live import LiveLook, Shape, numeric_values
from twin.session import Session
from ui import live_words as words
from ui.colour_editors import ColourEditor
from ui.colour_maps import colour_map_choices
from ui.plain import fit_dialog, label, place_at_right
from ui.style_editors import CheckEditor, Choice, ChoiceEditor, Editor, NumberEditor, OpacityEditor, TextEditor

SHAPED: dict[str, frozenset[Shape]] = {
    "height_m": frozenset({Shape.COLUMNS}),
    "glides": frozenset({Shape.ARROWS}),
    "trail_s": frozenset({Shape.ARROWS}),
    "opacity": frozenset({Shape.HEAT, Shape.ARCS}),
    "size_m": frozenset({Shape.ARROWS, Shape.DISCS, Shape.COLUMNS, Shape.HEAT}),
    "target_layer": frozenset({Shape.BUILDINGS}),
    "target_field": frozenset({Shape.BUILDINGS}),
    "reach_m": frozenset({Shape.BUILDINGS}),
    "most": frozenset({Shape.ARCS}),
    "least": frozenset({Shape.ARCS}),
    "is_summed": frozenset({Shape.ARCS}),
    "width_px": frozenset({Shape.ARCS}),
}
"""Which fields mean something for some shapes only."""
OF_FEEDS = frozenset({"shape", "value", "stale_s"})
"""Fields that mean something for feeds only, not for flows from a table."""
NEEDS_NUMBERS = frozenset({Shape.COLUMNS, Shape.HEAT})


class RangeEditor(TextEditor):
    """A number, or nothing for what suits what is there."""

    def set_value(self, value: Any) -> None:
        """Show a number; None for none."""
        super().set_value("" if value is None else f"{value:g}")


class LiveStyle(QDialog):
    """Applies at once what is chosen; each change can be undone."""

    look_changed = Signal(object)

    def __init__(self, session: Session, look: LiveLook, parent: QWidget | None) -> None:
        """Show a feed's look."""
        super().__init__(parent)
        self.setWindowTitle(words.style_of(look.name or look.feed_id))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self.look = session, look
        self.editors: dict[str, Editor] = _editors()
        self.hint = label("", "warning", wraps=True)
        self._form = QFormLayout()
        self._labels: dict[str, QLabel] = {}
        for field, editor in self.editors.items():
            self._labels[field] = label(words.LOOK_FIELDS[field][0])
            self._form.addRow(self._labels[field], editor)
            editor.changed.connect(self._hand(field))
        maps = self.editors["colormap"]
        if isinstance(maps, ChoiceEditor):
            maps.opening.connect(self._offer_maps)
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.addLayout(self._form)
        column.addWidget(self.hint)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(sheet)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        outer = QVBoxLayout(self)
        outer.addWidget(area)
        outer.addWidget(buttons)
        self.show_look(look)
        fit_dialog(self, chars=52, lines=28)

    def _hand(self, field: str) -> Any:
        def take(value: object) -> None:
            self._take(field, value)

        return take

    # what is seen

    def show_look(self, look: LiveLook) -> None:
        """Show another look: only the fields that mean something for it."""
        self.look = look
        for field, choices in self._choices().items():
            editor = self.editors[field]
            if isinstance(editor, ChoiceEditor):
                editor.set_choices(choices)
        has_numbers = self._has_numbers()
        is_table = any(flow.id == look.feed_id for flow in self._session.composition.flows)
        for field, editor in self.editors.items():
            editor.set_value(getattr(look, field))
            is_shown = look.shape in SHAPED.get(field, frozenset(Shape)) and not (is_table and field in OF_FEEDS)
            if field in ("low", "high"):
                is_shown = bool(look.value) and has_numbers
            elif field == "colormap":
                is_shown = look.shape is Shape.HEAT or (bool(look.value) and has_numbers)
            elif field == "unit":
                is_shown = bool(look.value)
            elif field == "color":
                is_shown = not look.value and look.shape is not Shape.HEAT
            elif field == "reach_m":
                is_shown = is_shown and not look.target_field
            self._form.setRowVisible(self._labels[field], is_shown)
        hint = self._hint()
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def _has_numbers(self) -> bool:
        frame = self._session.frames.get(self.look.feed_id)
        return frame is None or self.look.value in numeric_values(frame)

    def _choices(self) -> dict[str, list[Choice]]:
        session, look = self._session, self.look
        frame = session.frames.get(look.feed_id)
        values = [] if frame is None else list(numeric_values(frame) if look.shape in NEEDS_NUMBERS else frame.values)
        if look.value and look.value not in values:
            values.append(look.value)
        layers = [Choice(i, layer.info.name) for i, layer in session.layers.items()]
        target = session.layers.get(look.target_layer)
        fields = [] if target is None else list(target.table.fields())
        return {
            "shape": [Choice(shape, words.SHAPES[shape]) for shape in Shape],
            "value": [Choice("", words.NO_VALUE), *(Choice(name, name) for name in values)],
            "colormap": list(colour_map_choices(is_categorical=False)),
            "target_layer": [Choice("", words.MOST_BUILDINGS), *layers],
            "target_field": [Choice("", words.BY_PLACE), *(Choice(name, name) for name in fields)],
        }

    def _offer_maps(self) -> None:
        editor = self.editors["colormap"]
        if isinstance(editor, ChoiceEditor):
            editor.set_choices(colour_map_choices(is_categorical=False, is_open=True))
            editor.set_value(self.look.colormap)

    def _hint(self) -> str:
        """Return why nothing is to be seen in the shape that was chosen; "" where all is well."""
        frame = self._session.frames.get(self.look.feed_id)
        if frame is None:
            return ""
        if self.look.shape is Shape.ARCS and frame.end_lonlat is None:
            return words.NO_ENDS
        if self.look.shape in NEEDS_NUMBERS and not self.look.value:
            return words.NO_NUMBER if numeric_values(frame) else words.NO_NUMBERS
        if self.look.shape is Shape.BUILDINGS and not self.look.value:
            return words.NO_NUMBER
        return ""

    # hands

    def _take(self, field: str, value: object) -> None:
        if field in ("low", "high"):
            value = _number(str(value))
        changes: dict[str, Any] = {field: value}
        if field == "value":
            changes |= {"low": None, "high": None, "unit": ""}
        elif field == "target_layer":
            changes |= {"target_field": ""}
        elif field == "shape":
            changes |= {"size_m": 0.0}
        look = replace(self.look, **changes)
        if look != self.look:
            self.look_changed.emit(look)
        self.show_look(look)


def _editors() -> dict[str, Editor]:
    def number(field: str, least: float, most: float) -> NumberEditor:
        return NumberEditor(*words.LOOK_FIELDS[field], is_whole=False, least=least, most=most)

    told = words.LOOK_FIELDS
    return {
        "name": TextEditor(*told["name"]),
        "shape": ChoiceEditor(*told["shape"]),
        "value": ChoiceEditor(*told["value"]),
        "unit": TextEditor(*told["unit"], placeholder="µg/m³"),
        "colormap": ChoiceEditor(*told["colormap"]),
        "color": ColourEditor(*told["color"]),
        "low": RangeEditor(*told["low"], placeholder=words.AUTOMATIC),
        "high": RangeEditor(*told["high"], placeholder=words.AUTOMATIC),
        "size_m": number("size_m", 0, 10_000),
        "height_m": number("height_m", 0, 5_000),
        "trail_s": number("trail_s", 0, 86_400),
        "glides": CheckEditor(*told["glides"]),
        "opacity": OpacityEditor(*told["opacity"]),
        "stale_s": number("stale_s", 1, 31_557_600),
        "target_layer": ChoiceEditor(*told["target_layer"]),
        "target_field": ChoiceEditor(*told["target_field"]),
        "reach_m": number("reach_m", 0, 10_000),
        "most": NumberEditor(*told["most"], is_whole=True, least=0, most=200_000),
        "least": number("least", 0, 1e12),
        "is_summed": CheckEditor(*told["is_summed"]),
        "width_px": number("width_px", 1, 60),
    }


def _number(text: str) -> float | None:
    """Return the number written; None where none is."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def style_shown(session: Session, look: LiveLook, window: QWidget, *, former: LiveStyle | None) -> LiveStyle:
    """Return the dialog of a look, shown beside the scene; the former one is closed."""
    if former is not None:
        former.close()
    made = LiveStyle(session, look, window)
    made.show()
    place_at_right(made, window)
    return made
