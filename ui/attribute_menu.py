"""What one can do with an attribute in the inspector: colour by it, label with it, show only what is alike."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QMenu, QWidget

from twin.session import Session
from ui import words
from ui.icons import set_icon


def attribute_menu(parent: QWidget, session: Session, layer_id: str, column: str, value: object) -> QMenu:
    """Return the menu for one attribute of a feature of a layer."""
    menu = QMenu(parent)
    entries: list[tuple[str, str, dict[str, Any]]] = [
        ("colour", words.colour_by(column), coloured_by(column)),
        ("rename", words.label_with(column), {"label_by": column}),
        ("filter", words.show_only(column, value), {"filter": alike(column, value)}),
    ]
    for icon_name, text, fields in entries:
        action = menu.addAction(text)
        set_icon(action, icon_name)
        action.triggered.connect(partial(restyle, session, layer_id, fields))
    return menu


def restyle(session: Session, layer_id: str, fields: dict[str, Any]) -> None:
    """Change fields of a layer's style."""
    session.set_style(layer_id, replace(session.composition.state(layer_id).style, **fields))


def coloured_by(column: str) -> dict[str, Any]:
    """Return the fields of a style that colours by another column: what was chosen for the old one goes."""
    unit = "m" if column == "height" else ""
    return {"color_by": column, "scheme": None, "colormap": "", "colors": (), "unit": unit}


def alike(column: str, value: object) -> str:
    """Return the filter that shows only rows with the same value in a column."""
    name = column if column.isidentifier() and column.isascii() else f"`{column}`"
    if value is None:
        return f"{name} is empty"
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if isinstance(value, int | float):
        return f"{name} == {value!r}"
    quote = "'" if '"' in str(value) else '"'
    return f"{name} == {quote}{value}{quote}"
