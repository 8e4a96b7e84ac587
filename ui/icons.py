"""Our own line icons: strokes on a grid of 24, drawn in the colour of the theme."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol, cast

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPen, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget

OUTLINE = QColor(128, 128, 128, 110)
"""Keeps white on white and black on black visible."""
SIZES_PX = (16, 20, 24, 32, 48)

STROKES: dict[str, str] = {
    "add": "M12 5v14M5 12h14",
    "back": "M15 5l-7 7 7 7",
    "bookmark": "M7 4h10v16l-5-4-5 4z",
    "cancel": "M6 6l12 12M18 6L6 18",
    "city": "M3 20h18M5 20v-9h5v9M10 20V4h6v16M16 20v-7h4v7M12.5 8h1M12.5 11.5h1M12.5 15h1M7 14h1",
    "close": "M6 6l12 12M18 6L6 18",
    "colour": "M12 3.5c3.5 4 5.5 6.800 5.500 9.800a5.500 5.500 0 0 1-11 0c0-3 2-5.800 5.500-9.800z",
    "compass": "M12 3l3 9-3 9-3-9zM9 12h6",
    "dark": "M19 14.500A7.500 7.500 0 0 1 9.500 5 7.500 7.500 0 1 0 19 14.500z",
    "error": "M8.500 3h7L21 8.500v7L15.500 21h-7L3 15.500v-7zM12 7.500v5.500M12 16v.6",
    "export": "M12 15V4M8 8l4-4 4 4M5 14v6h14v-6",
    "eye": (
        "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 9.200"
        "a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600z"
    ),
    "eye_off": (
        "M4 4l16 16M9.500 6a9 9 0 0 1 2.500-.5c6 0 9.500 6.500 9.500 6.500a17 17 0 0 1-3 3.800"
        "M6.300 7.600A16 16 0 0 0 2.500 12S6 18.500 12 18.500a9 9 0 0 0 4-1"
    ),
    "filter": "M4 5h16l-6 7.500V19l-4-2v-4.500z",
    "flat": "M3 15l9-4 9 4-9 4z",
    "forward": "M9 5l7 7-7 7",
    "home": "M4 11.500L12 5l8 6.500M6.500 10v9h11v-9M10.500 19v-5h3v5",
    "info": "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 11v5.500M12 7.500v.6",
    "keys": "M3 7h18v10H3zM7 14h10M7 10.500h.6M10 10.500h.6M13 10.500h.6M16 10.500h.6",
    "layers": "M12 4l9 4.500-9 4.500-9-4.500zM4.500 12.500L12 16.300l7.500-3.800M4.500 16L12 19.800 19.500 16",
    "legend": "M4 6h3v3H4zM4 11h3v3H4zM4 16h3v3H4zM10 7.500h10M10 12.500h10M10 17.500h10",
    "light": (
        "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600L7 7M17 17l1.400 1.400"
        "M18.400 5.600L17 7M7 17l-1.400 1.400"
    ),
    "measure": "M3 16L16 3l5 5L8 21zM7 12l2 2M10 9l3 3M13 6l2 2",
    "cut": "M4 19l5-14h11l-5 14zM4 19h11M12 5l-3 14",
    "minus": "M5 12h14",
    "more": "M12 5.500v.5M12 12v.5M12 18.500v.5",
    "open": "M3 18.500V6h6l2 2.500h8V11M3 18.500L6 11h15.500l-3 7.500z",
    "palette": "M4 6h16M4 12h10M4 18h6M17 15l3 3-3 3",
    "parallel": "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
    "perspective": "M3 6l18 4v4L3 18zM9 7.500v9M15 9v6",
    "picture": "M4 5h16v14H4zM4 16l4.500-5 4 4.500 3-3 4.500 4M15.500 9v.5",
    "preferences": "M4 7h9M17 7h3M4 12h3M11 12h9M4 17h9M17 17h3M15 5v4M9 10v4M15 15v4",
    "quit": "M14 4H5v16h9M10 12h10M16.500 8l4 4-4 4",
    "raised": "M5 9l7-3 7 3v8l-7 3-7-3zM5 9l7 3 7-3M12 12v8",
    "rectangle": "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M11 11l6 2.500-2.600 1-1 2.500z",
    "redo": "M15 5l4 4-4 4M19 9h-9a5 5 0 0 0 0 10h4",
    "remove": "M5 7h14M9.500 7V4.500h5V7M7 7l1 13h8l1-13M10.500 10.500v6M13.500 10.500v6",
    "rename": "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
    "search": "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.300 15.300L20.500 20.500",
    "select": "M6 3.500l12 8.500-5.500 1.200L9.500 19z",
    "stand": (
        "M12 3.500a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM9 12.500V10a3 3 0 0 1 6 0v2.500M10.500 12v8.500M13.500 12"
        "v8.500M6.500 20.500h11"
    ),
    "table": "M4 5h16v14H4zM4 9.500h16M4 14h16M10 9.500V19",
    "tilt": "M3 17h18M6 17a8 8 0 0 1 11-7.500M14 6.500l3.500 3-3.500 3",
    "tilt_flat": "M3 18h18M6 13.500l6-6 6 6",
    "tilt_steep": "M3 18h18M6 7.500l6 6 6-6",
    "top": "M4 4h16v16H4zM9 4v16M15 4v16M4 9h16M4 15h16",
    "undo": "M9 5L5 9l4 4M5 9h9a5 5 0 0 1 0 10h-4",
    "warning": "M12 4l9.500 16h-19zM12 10v5M12 17.200v.6",
    "zoom_to": "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M9 12h6M12 9v6",
}

_FRAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" stroke-width="1.6" '
    'stroke-linecap="round" stroke-linejoin="round"><path d="{path}"/></svg>'
)


class HasIcon(Protocol):
    """An action or a button."""

    def setIcon(self, icon: QIcon) -> None:  # noqa: N802  Qt's name
        """Show an icon."""

    def setProperty(self, name: str, value: object) -> bool:  # noqa: N802  Qt's name
        """Keep a value under a name."""


def set_icon(target: HasIcon, name: str) -> None:
    """Give an action or button an icon that follows the theme (see recolour)."""
    target.setProperty("icon_name", name)
    target.setIcon(icon(name))


def recolour(root: QWidget) -> None:
    """Draw the icons of everything under a window again, after its palette changed."""
    for child in root.findChildren(QObject):
        name = child.property("icon_name")
        if name:
            cast("HasIcon", child).setIcon(icon(name))


def icon(name: str) -> QIcon:
    """Return an icon in the palette's colours: plain, disabled, and on the accent."""
    palette = QApplication.palette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    plain = palette.color(role.ButtonText).name()
    faint = palette.color(group.Disabled, role.ButtonText).name()
    return _icon(name, plain, faint)


@lru_cache(maxsize=512)
def _icon(name: str, plain: str, faint: str) -> QIcon:
    result = QIcon()
    for size_px in SIZES_PX:
        result.addPixmap(pixmap(name, plain, size_px), QIcon.Mode.Normal)
        result.addPixmap(pixmap(name, plain, size_px), QIcon.Mode.Selected)
        result.addPixmap(pixmap(name, faint, size_px), QIcon.Mode.Disabled)
    return result


def pixmap(name: str, colour: str, size_px: int) -> QPixmap:
    """Return one icon as a picture of size_px, transparent outside its strokes."""
    path = STROKES[name]
    renderer = QSvgRenderer(QByteArray(_FRAME.format(colour=colour, path=path).encode()))
    picture = QPixmap(size_px, size_px)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return picture


def swatch(colours: tuple[str, ...], size_px: int) -> QPixmap:
    """Return a rounded square of one colour, or of several side by side."""
    picture = QPixmap(size_px, size_px)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setClipRect(QRectF(0, 0, size_px, size_px))
    width = size_px / max(len(colours), 1)
    for number, colour in enumerate(colours):
        painter.setBrush(QColor(colour))
        painter.drawRect(QRectF(number * width, 0, width + 1, size_px))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(OUTLINE, 1))
    painter.drawRect(QRectF(0.5, 0.5, size_px - 1, size_px - 1))
    painter.end()
    return picture
