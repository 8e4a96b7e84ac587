"""The look of the window: two sets of colours, one accent, and the text size everything scales with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

TEXT_SIZES_PERCENT = (100, 110, 125, 150, 175, 200)
BASE_TEXT_PT = 10.0
FAMILIES_LINUX = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "Open Sans", "Liberation Sans", "DejaVu Sans")
"""Windows and macOS have a good font of their own; a bare Linux may offer anything."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of the window, "#rrggbb". Text on its ground has a contrast of at least 4.5 to 1 (tested)."""

    name: str
    window: str
    """Behind the docks."""
    surface: str
    """Docks and bars."""
    raised: str
    """Cards, fields, menus."""
    hover: str
    line: str
    """Hairlines between things."""
    border: str
    """Outline of fields and buttons."""
    text: str
    quiet: str
    """Second-rank text."""
    accent: str
    """The one colour for what is chosen or asks to be clicked."""
    on_accent: str
    accent_soft: str
    """The accent as a ground for text."""
    warning: str
    error: str


LIGHT = Theme(
    name="light",
    window="#eceff1",
    surface="#f7f8f9",
    raised="#ffffff",
    hover="#e9edf0",
    line="#dfe4e8",
    border="#c3ccd3",
    text="#1b2730",
    quiet="#55646f",
    accent="#0b6b75",
    on_accent="#ffffff",
    accent_soft="#d7ecee",
    warning="#8a5200",
    error="#b3261e",
)
DARK = Theme(
    name="dark",
    window="#12181d",
    surface="#1a2228",
    raised="#232d34",
    hover="#2c3841",
    line="#2e3a43",
    border="#46545f",
    text="#e8edf0",
    quiet="#a3b1bb",
    accent="#5cc8cf",
    on_accent="#08272a",
    accent_soft="#1e454a",
    warning="#f0b45c",
    error="#ff8f85",
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

HAS_FUSION = "has_fusion"
_SHEET = Path(__file__).with_name("theme.qss")
_MARKS = Path(__file__).with_name("marks").as_posix()
"""Names after a dollar sign are colours of the theme and sizes that grow with the text."""


def apply_theme(app: QApplication, name: str, *, text_percent: int = 100) -> Theme:
    """Give the whole application a theme and a text size; returns the theme."""
    theme = THEMES.get(name, LIGHT)
    scale = max(100, min(text_percent, 200)) / 100
    if app.property(HAS_FUSION) is None:  # under a style sheet the style's own name is hidden, and setting it is slow
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setProperty(HAS_FUSION, True)
    font = QFont(app.font())
    if sys.platform.startswith("linux"):
        here = set(QFontDatabase.families())
        font.setFamilies([name for name in FAMILIES_LINUX if name in here][:1] or font.families())
    font.setPointSizeF(BASE_TEXT_PT * scale)
    app.setFont(font)
    app.setPalette(palette_of(theme))
    sheet = stylesheet_of(theme, scale, family=font.families()[0] if font.families() else font.family())
    if app.styleSheet() != sheet:  # reading a sheet anew costs a tenth of a second for each window there is
        app.setStyleSheet(sheet)
    return theme


def palette_of(theme: Theme) -> QPalette:
    """Return the palette, for what a style sheet does not reach."""
    palette = QPalette()
    role = QPalette.ColorRole
    for target, value in (
        (role.Window, theme.surface),
        (role.WindowText, theme.text),
        (role.Base, theme.raised),
        (role.AlternateBase, theme.surface),
        (role.Text, theme.text),
        (role.PlaceholderText, theme.quiet),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.error),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.Link, theme.accent),
        (role.Light, theme.raised),
        (role.Midlight, theme.hover),
        (role.Mid, theme.border),
        (role.Dark, theme.border),
        (role.Shadow, theme.line),
        (role.Accent, theme.accent),
    ):
        palette.setColor(target, QColor(value))
    for disabled in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, disabled, QColor(theme.border))
    return palette


def stylesheet_of(theme: Theme, scale: float = 1.0, *, family: str = "sans-serif") -> str:
    """Return the style sheet of a theme at a text scale (1.0 to 2.0); spaces grow with the text.

    family   named here too: the platform gives menus, tabs and buttons fonts of their own
    """
    spaces = {"xs": 2, "s": 5, "m": 8, "l": 12, "xl": 24, "r": 6, "card": 10, "knob": 14}
    sizes = {name: round(px * (1 + (scale - 1) * 0.7)) for name, px in spaces.items()}
    sizes |= {"hair": 1, "bar": 2, "bar4": 4, "s1": max(sizes["s"] - 1, 0), "l1": max(sizes["l"] - 1, 0)}
    fonts = {"font_plain": 1.0, "font_title": 1.25, "font_hero": 2.4, "font_figure": 1.9}
    points = {name: f"{BASE_TEXT_PT * scale * size:.1f}" for name, size in fonts.items()}
    colours = {field: getattr(theme, field) for field in Theme.__slots__} | {"marks": _MARKS, "family": family}
    return _sheet().substitute(colours | points | {name: str(px) for name, px in sizes.items()})


@lru_cache(maxsize=1)
def _sheet() -> Template:
    return Template(_SHEET.read_text(encoding="utf-8"))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21.

    source   WCAG 2.2, "contrast ratio"
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
