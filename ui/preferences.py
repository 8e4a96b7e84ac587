"""What a person prefers: text size, mouse, coordinates, keys; and the dialog that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QKeySequenceEdit,
    QLineEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from data.settings import Settings
from ui import words
from ui.keys import BINDINGS, Binding, bindings, double_meanings
from ui.mouse import MouseStyle
from ui.plain import button, fit_dialog, label, named, scrolled
from ui.status import FORMATS
from ui.theme import TEXT_SIZES_PERCENT


@dataclass(frozen=True, slots=True)
class Preferences:
    """Kept between runs."""

    theme: str = "light"
    text_percent: int = 100
    mouse: MouseStyle = MouseStyle.MAP
    coordinates: str = FORMATS[0]
    is_motion_smooth: bool = True
    """False: the camera jumps instead of flying."""
    are_online_maps_on: bool = False
    """True: pictures of the ground may be fetched from the network."""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Own keys by act; acts that are not named keep theirs."""


def preferences_from(settings: Settings, system_theme: str = "light") -> Preferences:
    """Return the window's preferences out of the settings; values of a wrong kind are passed over."""
    own = settings.other.get("keys")
    keys = own if isinstance(own, dict) else {}
    known = {b.act for b in BINDINGS}
    return Preferences(
        theme=system_theme if settings.theme == "system" else settings.theme,
        text_percent=round(min(max(settings.text_scale, 1.0), 2.0) * 100),
        mouse=MouseStyle(settings.mouse),
        coordinates=str(settings.other.get("coordinates", FORMATS[0])),
        is_motion_smooth=settings.is_motion_smooth,
        are_online_maps_on=settings.are_online_maps_on,
        keys={act: tuple(map(str, k)) for act, k in keys.items() if act in known and isinstance(k, list)},
    )


def settings_with(settings: Settings, preferences: Preferences, system_theme: str = "light") -> Settings:
    """Return the settings with the window's preferences in them; who follows the system goes on doing so."""
    follows = settings.theme == "system" and preferences.theme == system_theme
    keys: dict[str, object] = {"keys": {act: list(keys) for act, keys in preferences.keys.items()}}
    return replace(
        settings,
        theme="system" if follows else preferences.theme,
        text_scale=preferences.text_percent / 100,
        mouse=str(preferences.mouse),
        is_motion_smooth=preferences.is_motion_smooth,
        are_online_maps_on=preferences.are_online_maps_on,
        other={**settings.other, "coordinates": preferences.coordinates, **keys},
    )


class KeyEditor(QWidget):
    """One act's key, to be pressed anew or put back."""

    def __init__(self, binding: Binding, title: str) -> None:
        """Show the key of now."""
        super().__init__()
        self.binding = binding
        self.edit = QKeySequenceEdit(QKeySequence(binding.keys[0]) if binding.keys else QKeySequence())
        self.edit.setMaximumSequenceLength(1)
        named(self.edit, title, words.KEY_TIP)
        inner = self.edit.findChild(QLineEdit)
        if inner is not None:
            named(inner, title, words.KEY_TIP)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.edit, 1)
        back = button(words.KEY_DEFAULT, rank="link", tip=words.KEY_DEFAULT)
        named(back, f"{words.KEY_DEFAULT}: {title}")
        back.clicked.connect(self._put_back)
        row.addWidget(back)

    def _put_back(self) -> None:
        default = next(b for b in BINDINGS if b.act == self.binding.act)
        self.edit.setKeySequence(QKeySequence(default.keys[0]) if default.keys else QKeySequence())

    def keys(self) -> tuple[str, ...]:
        """Return the keys chosen; the first is the edited one."""
        text = self.edit.keySequence().toString()
        before = self.binding.keys
        if before and QKeySequence(before[0]).toString() == text:
            return before
        return (text, *before[1:]) if text else before[1:]


class PreferencesDialog(QDialog):
    """Asks; the window applies."""

    def __init__(self, parent: QWidget, now: Preferences) -> None:
        """Show the preferences of now."""
        super().__init__(parent)
        self.setWindowTitle(words.PREFERENCES)
        self._now = now
        self.theme = _choice(words.THEME, words.THEME_NAMES, now.theme)
        sizes = {percent: f"{percent} %" for percent in TEXT_SIZES_PERCENT}
        self.text = _choice(words.TEXT_SIZE, sizes, now.text_percent)
        self.mouse = _choice(words.MOUSE, words.MOUSE_NAMES, now.mouse)
        self.coordinates = _choice(words.COORDINATES, words.COORDINATE_NAMES, now.coordinates)
        self.smooth = QCheckBox(words.SMOOTH_MOTION)
        self.smooth.setChecked(now.is_motion_smooth)
        named(self.smooth, words.SMOOTH_MOTION)
        self.online = QCheckBox(words.ONLINE_MAPS)
        self.online.setChecked(now.are_online_maps_on)
        named(self.online, words.ONLINE_MAPS)
        self.key_editors: dict[str, KeyEditor] = {}
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.addTab(self._general(), words.GENERAL)
        tabs.addTab(self._keys(), words.KEYS)
        tabs.setAccessibleName(words.PREFERENCES)
        self.answer = label("", "error", wraps=True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.addWidget(tabs, 1)
        column.addWidget(self.answer)
        column.addWidget(self._buttons)
        fit_dialog(self, chars=64, lines=26)

    def _general(self) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(4, 18, 4, 4)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(14)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, box in (
            (words.THEME, self.theme),
            (words.TEXT_SIZE, self.text),
            (words.MOUSE, self.mouse),
            (words.COORDINATES, self.coordinates),
        ):
            form.addRow(label(name, "quiet"), box)
        form.addRow("", self.smooth)
        form.addRow("", self.online)
        return page

    def _keys(self) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setVerticalSpacing(6)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for binding in bindings(self._now.keys):
            title = words.ACTS[binding.act][0]
            editor = KeyEditor(binding, title)
            editor.edit.keySequenceChanged.connect(self._check)
            self.key_editors[binding.act] = editor
            form.addRow(label(title), editor)
        scroll = scrolled(page)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return scroll

    def table(self) -> tuple[Binding, ...]:
        """Return the table of keys as edited."""
        return tuple(replace(e.binding, keys=e.keys()) for e in self.key_editors.values())

    def _check(self) -> None:
        doubles = double_meanings(self.table())
        self.answer.setText("\n".join(words.key_taken(key, act) for key, act, _ in doubles[:3]))
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not doubles)

    def answer_preferences(self) -> Preferences:
        """Return what was chosen; only keys that differ from ours are kept."""
        defaults = {b.act: b.keys for b in BINDINGS}
        return Preferences(
            theme=str(self.theme.currentData()),
            text_percent=int(self.text.currentData()),
            mouse=MouseStyle(self.mouse.currentData()),
            coordinates=str(self.coordinates.currentData()),
            is_motion_smooth=self.smooth.isChecked(),
            are_online_maps_on=self.online.isChecked(),
            keys={b.act: b.keys for b in self.table() if b.keys != defaults[b.act]},
        )


def _choice(name: str, texts: Mapping[Any, str], now: object) -> QComboBox:
    box = QComboBox()
    named(box, name)
    for value, text in texts.items():
        box.addItem(text, value)
    box.setCurrentIndex(next((place for place, value in enumerate(texts) if value == now), 0))
    return box
