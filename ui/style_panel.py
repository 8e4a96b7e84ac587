"""How the chosen layer looks: a form made from the fields that twin.layer.Style declares."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, get_type_hints

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from twin.dates import proposed_span
from twin.errors import TwinError
from twin.expression import rows_where
from twin.join import joined_groups
from twin.layer import Kind, Layer, Scheme, Style
from twin.legend import Legend
from twin.session import Session
from ui import words
from ui.attribute_menu import coloured_by
from ui.colour_editors import ColourEditor, PairsEditor
from ui.colour_maps import colour_map_choices
from ui.join_words import of_table
from ui.plain import label
from ui.slow_change import SlowChange
from ui.style_editors import (
    CheckEditor,
    Choice,
    ChoiceEditor,
    Editor,
    FilterEditor,
    NumberEditor,
    OpacityEditor,
    PlainEditor,
    TextEditor,
)

HEIGHT, SURFACE, ELEVATION = "height", "surface", "elevation"
GROUND_FIELDS = {
    Kind.TERRAIN: {"color", "color_by", "colormap", "is_reversed", "opacity"},
    Kind.IMAGE: {"opacity"},
}
"""What the style of terrain and of pictures of the ground has."""
CLASSED = {Scheme.QUANTILES, Scheme.EQUAL_INTERVAL, Scheme.NATURAL_BREAKS}
CATEGORIES_OFFERED = 30

SPECIAL: dict[str, Callable[[str, str], Editor]] = {
    "color": ColourEditor,
    "color_by": partial(ChoiceEditor, is_searched=True),
    "scheme": ChoiceEditor,
    "classes": partial(NumberEditor, is_whole=True, least=2, most=12),
    "colormap": ChoiceEditor,
    "opacity": OpacityEditor,
    "filter": FilterEditor,
    "label_by": partial(ChoiceEditor, is_searched=True),
    "since_field": partial(ChoiceEditor, is_searched=True),
    "until_field": partial(ChoiceEditor, is_searched=True),
    "raised_by": partial(ChoiceEditor, is_searched=True),
    "size_px": partial(NumberEditor, is_whole=False, least=0.5, most=60),
    "colors": PairsEditor,
    "lod": ChoiceEditor,
}
"""Fields that deserve more than their type tells; every other field gets the editor of its type."""


def editor_for(field: str, kind: object) -> Editor:
    """Return the editor of a style field, by its name if it is special, else by its type."""
    name, tip = words.STYLE_FIELDS.get(field, (field.replace("_", " ").capitalize(), ""))
    if field in SPECIAL:
        return SPECIAL[field](name, tip)
    if kind is bool:
        return CheckEditor(name, tip)
    if kind in {int, float}:
        return NumberEditor(name, tip, is_whole=kind is int, least=-1e6, most=1e6)
    if kind is str:
        return TextEditor(name, tip)
    return PlainEditor(name, tip)


def is_category(style: Style, layer: Layer) -> bool:
    """Return whether a style gives each value its own colour."""
    if is_by_surface(style, layer):
        return True
    is_text = layer.table.fields().get(style.color_by, "number") != "number" and style.color_by != HEIGHT
    return style.scheme is Scheme.CATEGORICAL or (style.scheme is None and is_text)


def is_by_surface(style: Style, layer: Layer) -> bool:
    """Return whether a style colours roofs, walls and so on."""
    return style.color_by == SURFACE and layer.model is not None


def is_of_use(field: str, style: Style, layer: Layer) -> bool:  # noqa: C901  a table of cases
    """Return whether a field changes anything for this layer with this style."""
    kind = layer.info.kind
    if kind in GROUND_FIELDS and field not in GROUND_FIELDS[kind]:
        return False
    match field:
        case "color":
            return not style.color_by
        case "colormap" | "is_reversed" if kind is Kind.TERRAIN:
            return bool(style.color_by)
        case "scheme" | "unit" | "colormap" | "is_reversed":
            return bool(style.color_by) and not is_by_surface(style, layer)
        case "lod":
            return len(layer.info.lods) > 1
        case "classes":
            return bool(style.color_by) and style.scheme in CLASSED
        case "colors":
            return bool(style.color_by) and is_category(style, layer)
        case "raised_by":
            return kind is not Kind.FOOTPRINTS
        case "size_px":
            return kind in {Kind.POINTS, Kind.LINES}
        case "follows_time" | "since_field" | "until_field":
            return _is_of_use_in_time(field, style, layer)
    return True


def _is_of_use_in_time(field: str, style: Style, layer: Layer) -> bool:
    """Return whether a field of what follows the clock changes anything."""
    if field == "follows_time":
        return bool(proposed_span(layer.table) or style.since_field or style.until_field)
    return style.follows_time and len(layer.table.fields()) > 0


class StylePanel(QScrollArea):
    """The form. One row a field; rows that change nothing are hidden."""

    def __init__(self, session: Session, legends_of: Callable[[], list[Legend]]) -> None:
        """Follow a session; legends_of gives what the colours mean now."""
        super().__init__()
        self._session, self._legends_of = session, legends_of
        self._slow = SlowChange(session)
        self._layer_id = ""
        self._checked: tuple[Layer, str] | None = None
        """What the filter's answer is about: a million rows are not asked again for every step of a slider."""
        self.editors: dict[str, Editor] = {}
        self._labels: dict[str, QLabel] = {}
        self.setProperty("rank", "bare")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        self._title = label("", "title", wraps=True)
        self._empty = label(words.NO_STYLE, "quiet", wraps=True)
        self._form = QWidget()
        self._lines = self._make_form(self._form)
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 10, 14, 14)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addWidget(self._empty)
        column.addWidget(self._form)
        column.addStretch(1)
        self.setWidget(body)
        session.layers_changed.connect(self._follow)
        session.composition_changed.connect(self._follow)
        self._follow()

    def _make_form(self, parent: QWidget) -> QFormLayout:
        form = QFormLayout(parent)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(10)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        kinds = get_type_hints(Style)
        for field in dataclasses.fields(Style):
            editor = editor_for(field.name, kinds[field.name])
            editor.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            editor.changed.connect(partial(self._changed, field.name))
            editor.moved.connect(partial(self._moved, field.name))
            name, tip = words.STYLE_FIELDS.get(field.name, (field.name.replace("_", " ").capitalize(), ""))
            caption = label("" if isinstance(editor, CheckEditor) else name, "quiet")
            caption.setToolTip(tip)
            caption.setBuddy(editor)
            form.addRow(caption, editor)
            self.editors[field.name], self._labels[field.name] = editor, caption
        maps = self.editors.get("colormap")
        if isinstance(maps, ChoiceEditor):
            maps.opening.connect(self._offer_maps)
        filter_editor = self.editors.get("filter")
        if isinstance(filter_editor, FilterEditor):
            filter_editor.asked.connect(self._check_filter)
        return form

    # what is shown

    def show_layer(self, layer_id: str) -> None:
        """Show the style of a layer; "" for none."""
        self._layer_id = layer_id
        self._follow()

    def layer(self) -> Layer | None:
        """Return the layer whose style is shown."""
        return self._session.layers.get(self._layer_id)

    def refresh_legends(self) -> None:
        """Show the colours of values again: the legends changed."""
        layer = self.layer()
        if layer is not None:
            self._show_entries(layer)

    def _follow(self) -> None:
        layer = self.layer()
        known = layer is not None and any(s.layer_id == self._layer_id for s in self._session.composition.layers)
        self._form.setVisible(known)
        self._title.setVisible(known)
        self._empty.setVisible(not known)
        if known and layer is not None:
            state = self._session.composition.state(self._layer_id)
            self._title.setText(state.name or layer.info.name)
            self._show(layer, state.style)

    def _show(self, layer: Layer, style: Style) -> None:
        self._offer(layer, style)
        for name, editor in self.editors.items():
            editor.set_value(getattr(style, name))
            is_shown = is_of_use(name, style, layer)
            editor.setVisible(is_shown)
            self._labels[name].setVisible(is_shown and bool(self._labels[name].text()))
            self._lines.setRowVisible(editor, is_shown)
        self._show_entries(layer)

    def _offer(self, layer: Layer, style: Style) -> None:
        fields = layer.table.fields()
        none = Choice("", words.NO_COLUMN)
        height = [Choice(HEIGHT, words.HEIGHT_COLUMN)] if layer.heights is not None else []
        height += [Choice(ELEVATION, words.ELEVATION_COLUMN)] if layer.terrain is not None else []
        surface = [Choice(SURFACE, words.SURFACE_COLUMN)] if layer.model is not None else []
        groups = joined_groups(layer.table)
        shown = {name: of_table(name, groups[name]) if name in groups else name for name in fields}
        own = [Choice(n, shown[n]) for n in fields if not (height and n == HEIGHT) and not (surface and n == SURFACE)]
        numbers = [Choice(name, shown[name]) for name, kind in fields.items() if kind == "number"]
        is_text = style.color_by in fields and fields[style.color_by] != "number" and style.color_by != HEIGHT
        offered: dict[str, list[Choice]] = {
            "color_by": [none, *height, *surface, *own],
            "label_by": [none, *own],
            "raised_by": [none, *numbers],
            "since_field": [Choice("", words.proposed_column(proposed_span(layer.table).since)), *own],
            "until_field": [Choice("", words.proposed_column(proposed_span(layer.table).until)), *own],
            "scheme": [
                Choice(scheme, text)
                for scheme, text in words.SCHEMES.items()
                if not is_text or scheme in {None, Scheme.CATEGORICAL}
            ],
            "lod": [Choice("", words.FINEST_LOD), *(Choice(lod, f"LoD {lod}") for lod in reversed(layer.info.lods))],
            "colormap": list(colour_map_choices(is_categorical=is_category(style, layer))),
        }
        for name, choices in offered.items():
            editor = self.editors.get(name)
            if isinstance(editor, ChoiceEditor):
                editor.set_choices(choices)

    def _offer_maps(self) -> None:
        layer, editor = self.layer(), self.editors["colormap"]
        if layer is not None and isinstance(editor, ChoiceEditor):
            style = self._session.composition.state(self._layer_id).style
            editor.set_choices(colour_map_choices(is_categorical=is_category(style, layer), is_open=True))

    def _show_entries(self, layer: Layer) -> None:
        editor = self.editors.get("colors")
        legend = next((one for one in self._legends_of() if one.layer_id == layer.info.id), None)
        if isinstance(editor, PairsEditor):
            entries = legend.entries if legend is not None else ()
            offered = [(e.value, e.label, e.color) for e in entries if e.value]
            editor.set_entries(offered[:CATEGORIES_OFFERED])

    # what is asked

    def _changed(self, field: str, value: Any) -> None:
        if self.layer() is None:
            return
        style = self._with(field, value)
        if self._slow.is_under_way:
            self._slow.show(self._layer_id, style)
            self._slow.settle()
        else:
            self._session.set_style(self._layer_id, style)

    def _moved(self, field: str, value: Any) -> None:
        if self.layer() is not None:
            self._slow.show(self._layer_id, self._with(field, value))

    def _with(self, field: str, value: Any) -> Style:
        style = replace(self._session.composition.state(self._layer_id).style, **{field: value})
        if field == "color_by":
            return replace(style, **coloured_by(value))
        return replace(style, colors=()) if field == "colormap" else style

    def _check_filter(self, expression: str) -> None:
        layer, editor = self.layer(), self.editors["filter"]
        if layer is None or not isinstance(editor, FilterEditor):
            return
        if self._checked is not None and self._checked[0] is layer and self._checked[1] == expression:
            return
        self._checked = (layer, expression)
        if not expression:
            editor.say(words.FILTER_EMPTY, is_error=False)
            return
        extra = {} if layer.heights is None else {HEIGHT: layer.heights.height_m}
        try:
            is_found = rows_where(expression, layer.table, extra=extra)
        except TwinError as error:
            editor.say(str(error), is_error=True)
        else:  # rows that could not be raised are not on screen, whatever the filter says of them
            is_drawn = np.ones_like(is_found) if layer.heights is None else np.isfinite(layer.heights.height_m)
            found, total = int((is_found & is_drawn).sum()), int(is_drawn.sum())
            editor.say(words.matches(found, total, layer.info.kind), is_error=False)
