"""The look of the window: two sets of colours, one accent, and the text size everything scales with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

TEXT_SIZES_PERCENT = (100, 110, 125, 150, 175, 200)
BASE_TEXT_PT = 10.0
FAMILIES_LINUX = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "Open Sans", "Liberation Sans", "Nimbus Sans", "DejaVu Sans")
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

_SHEET = Template("""
* { outline: none; }
QMainWindow, QDialog { background: $surface; }
QMainWindow::separator { background: $line; width: ${hair}px; height: ${hair}px; }
QMainWindow::separator:hover { background: $accent; }
QToolTip { background: $raised; color: $text; border: ${hair}px solid $border; padding: ${s}px ${m}px; }
QMenuBar { background: $surface; color: $text; padding: ${xs}px ${s}px; border-bottom: ${hair}px solid $line; }
QMenuBar::item { padding: ${s}px ${m}px; border-radius: ${s}px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; color: $text; border: ${hair}px solid $border; padding: ${s}px; }
QMenu::item { padding: ${s}px ${xl}px ${s}px ${l}px; border-radius: ${s}px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $border; }
QMenu::separator { height: ${hair}px; background: $line; margin: ${s}px ${m}px; }
QMenu::icon { padding-left: ${m}px; }
QStatusBar { background: $surface; color: $quiet; border-top: ${hair}px solid $line; }
QStatusBar::item { border: none; }
QToolBar { background: $surface; border: none; border-bottom: ${hair}px solid $line; padding: ${s}px ${m}px; spacing: ${xs}px; }
QToolBar::separator { background: $line; width: ${hair}px; margin: ${s}px ${s}px; }
QDockWidget { color: $text; font-weight: 600; }
QDockWidget::title { background: $surface; padding: ${m}px ${l}px ${s}px ${l}px; text-align: left; }
QDockWidget > QWidget { background: $surface; }
QDockWidget::close-button, QDockWidget::float-button { background: transparent; border: none; padding: 0px; }
QDockWidget::close-button:hover, QDockWidget::float-button:hover { background: $hover; border-radius: ${xs}px; }
QTabBar { background: $surface; }
QTabBar::tab { background: transparent; color: $quiet; padding: ${s}px ${l}px; border-bottom: ${bar}px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom: ${bar}px solid $accent; }
QTabBar::tab:hover { color: $text; }
QTabWidget::pane { border: none; border-top: ${hair}px solid $line; }
QLabel { color: $text; background: transparent; }
QLabel[rank="title"] { font-size: ${font_title}pt; font-weight: 600; }
QLabel[rank="hero"] { font-size: ${font_hero}pt; font-weight: 300; }
QLabel[rank="head"] { font-weight: 600; }
QLabel[rank="quiet"], QCheckBox[rank="quiet"] { color: $quiet; }
QLabel[rank="figure"] { font-size: ${font_figure}pt; font-weight: 300; }
QLabel[rank="warning"] { color: $warning; }
QLabel[rank="error"] { color: $error; }
QLabel[rank="badge"] { background: $accent_soft; color: $text; border-radius: ${s}px; padding: ${xs}px ${m}px; }
QLabel[rank="badge-estimated"] { background: transparent; color: $warning; border: ${hair}px dashed $warning;
  border-radius: ${s}px; padding: ${xs}px ${m}px; }
QPushButton { background: $raised; color: $text; border: ${hair}px solid $border; border-radius: ${r}px;
  padding: ${s}px ${l}px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $accent_soft; }
QPushButton:focus { border: ${bar}px solid $accent; padding: ${s1}px ${l1}px; }
QPushButton:disabled { color: $border; border-color: $line; }
QPushButton:default, QPushButton[rank="primary"] { background: $accent; color: $on_accent; border: ${hair}px solid $accent; font-weight: 600; }
QPushButton:default:hover, QPushButton[rank="primary"]:hover { background: $text; color: $surface; border-color: $text; }
QPushButton[rank="primary"]:focus, QPushButton:default:focus { border: ${bar}px solid $text; padding: ${s1}px ${l1}px; }
QPushButton[rank="link"] { background: transparent; border: ${hair}px solid transparent; color: $accent; padding: ${s}px ${m}px; text-align: left; }
QPushButton[rank="link"]:hover { background: $hover; }
QPushButton[rank="link"]:focus { border: ${hair}px solid $accent; }
QToolButton { background: transparent; color: $text; border: ${hair}px solid transparent; border-radius: ${r}px; padding: ${s}px; }
QToolButton:hover { background: $hover; }
QToolButton:focus { border: ${hair}px solid $accent; }
QToolButton:pressed, QToolButton:checked { background: $accent_soft; }
QToolButton::menu-indicator { image: none; width: 0px; }
QToolButton[rank="status"] { color: $quiet; padding: ${xs}px ${m}px; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QKeySequenceEdit QLineEdit { background: $raised; color: $text;
  border: ${hair}px solid $border; border-radius: ${r}px; padding: ${s}px ${m}px;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus { border: ${hair}px solid $accent; }
QLineEdit[state="error"] { border: ${hair}px solid $error; }
QComboBox::drop-down { border: none; width: ${xl}px; }
QComboBox QAbstractItemView { background: $raised; color: $text; border: ${hair}px solid $border;
  selection-background-color: $accent_soft; selection-color: $text; padding: ${xs}px; }
QAbstractItemView { background: $raised; color: $text; border: ${hair}px solid $line; border-radius: ${r}px;
  alternate-background-color: $surface; selection-background-color: $accent_soft; selection-color: $text; }
QAbstractItemView::item { padding: ${s}px; }
QAbstractItemView:focus { border: ${hair}px solid $accent; }
QListWidget[rank="bare"], QScrollArea[rank="bare"], QScrollArea[rank="bare"] > QWidget > QWidget { background: transparent; border: none; }
QListWidget[rank="bare"]::item { border-radius: ${r}px; padding: 0px; margin: ${xs}px ${s}px; }
QListWidget[rank="bare"]::item:selected { background: $accent_soft; }
QListWidget[rank="bare"]::item:hover:!selected { background: $hover; }
QHeaderView { background: $raised; }
QHeaderView::section { background: $raised; color: $quiet; border: none; border-bottom: ${hair}px solid $line; padding: ${s}px; }
QTableView { gridline-color: $line; }
QSlider::groove:horizontal { height: ${bar4}px; background: $line; border-radius: ${bar}px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: ${bar}px; }
QSlider::handle:horizontal { width: ${knob}px; height: ${knob}px; margin: -${knob_out}px 0; border-radius: ${knob_half}px;
  background: $raised; border: ${bar}px solid $accent; }
QSlider:focus::handle:horizontal { background: $accent; }
QProgressBar { background: $line; border: none; border-radius: ${bar}px; text-align: center; color: $text;
  min-height: ${bar4}px; max-height: ${bar4}px; }
QProgressBar::chunk { background: $accent; border-radius: ${bar}px; }
QScrollBar { background: transparent; border: none; margin: 0px; }
QScrollBar:vertical { width: ${l}px; }
QScrollBar:horizontal { height: ${l}px; }
QScrollBar::handle { background: $border; border-radius: ${bar4}px; min-height: ${xl}px; min-width: ${xl}px; margin: ${xs}px; }
QScrollBar::handle:hover { background: $quiet; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: transparent; border: none;
  width: 0px; height: 0px; }
QFrame[rank="card"] { background: $raised; border: ${hair}px solid $line; border-radius: ${card}px; }
QFrame[rank="tile"]:hover { border-color: $accent; }
QFrame[rank="line"] { background: $line; border: none; max-height: ${hair}px; }
QFrame[rank="notice-info"], QFrame[rank="notice-warning"], QFrame[rank="notice-error"] { background: $raised;
  border: ${hair}px solid $border; border-left: ${bar4}px solid $accent; border-radius: ${r}px; }
QFrame[rank="notice-warning"] { border-left-color: $warning; }
QFrame[rank="notice-error"] { border-left-color: $error; }
QWidget[rank="start"] { background: $window; }
QGroupBox { border: none; margin-top: ${xl}px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0px; }
QCheckBox, QRadioButton { spacing: ${m}px; background: transparent; color: $text; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
""")


def apply_theme(app: QApplication, name: str, *, text_percent: int = 100) -> Theme:
    """Give the whole application a theme and a text size; returns the theme."""
    theme = THEMES.get(name, LIGHT)
    scale = max(100, min(text_percent, 200)) / 100
    if app.style().objectName().lower() != "fusion":
        app.setStyle(QStyleFactory.create("Fusion"))
    font = QFont(app.font())
    if sys.platform.startswith("linux"):
        font.setFamilies(list(FAMILIES_LINUX))
    font.setPointSizeF(BASE_TEXT_PT * scale)
    app.setFont(font)
    app.setPalette(palette_of(theme))
    app.setStyleSheet(stylesheet_of(theme, scale))
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


def stylesheet_of(theme: Theme, scale: float = 1.0) -> str:
    """Return the style sheet of a theme at a text scale (1.0 to 2.0); spaces grow with the text."""
    spaces = {"xs": 2, "s": 5, "m": 8, "l": 12, "xl": 24, "r": 6, "card": 10, "knob": 12}
    sizes = {name: round(px * (1 + (scale - 1) * 0.7)) for name, px in spaces.items()}
    sizes |= {"knob_half": sizes["knob"] // 2 + 1, "knob_out": sizes["knob"] // 2 - 1}
    sizes |= {"hair": 1, "bar": 2, "bar4": 4, "s1": max(sizes["s"] - 1, 0), "l1": max(sizes["l"] - 1, 0)}
    fonts = {"font_title": 1.25, "font_hero": 2.4, "font_figure": 1.9}
    points = {name: f"{BASE_TEXT_PT * scale * size:.1f}" for name, size in fonts.items()}
    colours = {field: getattr(theme, field) for field in Theme.__slots__}
    return _SHEET.substitute(colours | points | {name: str(px) for name, px in sizes.items()})


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
