"""Theme and text size of the whole window; the theme is the composition's, so that undo and projects cover it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QToolBar, QWidget

from twin.session import Composition, Session
from ui.icons import recolour
from ui.theme import TEXT_SIZES_PERCENT, apply_theme

ICON_PX = 20


class Appearance:
    """Keeps the application's look in step with the session and the text size."""

    def __init__(self, root: QWidget, session: Session, actions: dict[str, QAction], text_percent: int) -> None:
        """Follow a session's theme."""
        self._root, self._session, self._actions = root, session, actions
        self.text_percent = text_percent
        session.composition_changed.connect(self._composition_changed)
        self.apply()

    def acts(self) -> dict[str, Callable[[], None]]:
        """Return the acts by their ids in keys.BINDINGS."""
        return {
            "theme_light": self.light,
            "theme_dark": self.dark,
            "text_larger": self.larger,
            "text_smaller": self.smaller,
            "text_normal": self.normal,
        }

    def apply(self) -> None:
        """Give the application the theme and text size of now."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme = self._session.composition.theme
        apply_theme(app, theme, text_percent=self.text_percent)
        recolour(self._root)
        side = round(ICON_PX * self.text_percent / 100)
        for bar in self._root.findChildren(QToolBar):
            bar.setIconSize(QSize(side, side))
        for button in self._root.findChildren(QAbstractButton):
            if button.property("icon_name") and not isinstance(button.parent(), QToolBar):
                button.setIconSize(QSize(side - 2, side - 2))
        self._actions["theme_dark" if theme == "dark" else "theme_light"].setChecked(True)

    def _composition_changed(self, old: Composition, new: Composition) -> None:
        if old.theme != new.theme:
            self.apply()

    def light(self) -> None:
        """Daylight."""
        self._set_theme("light")

    def dark(self) -> None:
        """Evening."""
        self._set_theme("dark")

    def _set_theme(self, name: str) -> None:
        self._session.set_composition(replace(self._session.composition, theme=name))
        self._actions[f"theme_{name}"].setChecked(True)

    def larger(self) -> None:
        """Take the next larger text."""
        self.set_text(next((s for s in TEXT_SIZES_PERCENT if s > self.text_percent), self.text_percent))

    def smaller(self) -> None:
        """Take the next smaller text."""
        self.set_text(next((s for s in reversed(TEXT_SIZES_PERCENT) if s < self.text_percent), self.text_percent))

    def normal(self) -> None:
        """Text at 100 %."""
        self.set_text(100)

    def set_text(self, percent: int) -> None:
        """Set the text size."""
        if percent != self.text_percent:
            self.text_percent = percent
            self.apply()
