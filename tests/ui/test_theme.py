"""The themes: legible, complete, and of the text size asked for."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from ui.icons import STROKES, icon, pixmap
from ui.theme import DARK, LIGHT, THEMES, Theme, apply_theme, contrast, palette_of, stylesheet_of

PAIRS = (
    ("text", "surface"), ("text", "raised"), ("text", "hover"), ("text", "accent_soft"), ("quiet", "surface"),
    ("quiet", "raised"), ("quiet", "accent_soft"), ("accent", "raised"),
    ("on_accent", "accent"), ("warning", "raised"), ("error", "raised"),
)  # fmt: skip


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)  # (1 + 0.05) / (0 + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=str)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_legible(theme: Theme, text: str, ground: str) -> None:
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5  # WCAG 2.2 AA


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_style_sheet_has_no_open_names(theme: Theme, scale: float) -> None:
    assert "$" not in stylesheet_of(theme, scale)


def test_twice_the_text_is_twice_the_font(qapp: QApplication) -> None:
    app = qapp
    apply_theme(app, "light", text_percent=100)
    before = app.font().pointSizeF()
    apply_theme(app, "dark", text_percent=200)
    assert app.font().pointSizeF() == pytest.approx(2 * before)
    assert app.palette().window().color() == palette_of(DARK).window().color()
    apply_theme(app, "light", text_percent=100)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("name", STROKES)
def test_every_icon_draws_something(name: str) -> None:
    image = pixmap(name, "#000000", 24).toImage()
    assert any(image.pixelColor(x, y).alpha() > 0 for x in range(24) for y in range(24))
    assert not icon(name).isNull()
