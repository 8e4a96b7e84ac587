"""A transparent sheet to draw cards, swatches and texts on with smooth edges, laid over a picture at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from layers.fonts import Color, Type, draw_text, width_px

SMOOTH_BELOW_PX = 24
SMOOTHING = 4
"""Shapes are drawn this many times larger and averaged down."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom; pixels."""


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours furniture is drawn in, for one theme."""

    card: Color
    border: Color
    shadow: Color
    text: Color
    quiet: Color
    """For what is read second."""
    swatch_border: Color
    accent: Color


INKS = {
    "light": Ink(
        card=(255, 255, 255, 228),
        border=(40, 44, 52, 26),
        shadow=(30, 36, 48, 46),
        text=(28, 32, 39),
        quiet=(92, 98, 107),
        swatch_border=(30, 34, 40, 60),
        accent=(196, 62, 40),
    ),
    "dark": Ink(
        card=(22, 26, 33, 224),
        border=(255, 255, 255, 30),
        shadow=(0, 0, 0, 90),
        text=(240, 242, 245),
        quiet=(176, 182, 191),
        swatch_border=(255, 255, 255, 64),
        accent=(255, 138, 96),
    ),
}


class Sheet:
    """What is drawn over one picture."""

    def __init__(self, width_px: int, height_px: int, ink: Ink) -> None:
        """Begin with nothing on it."""
        self.size_px = (width_px, height_px)
        self.ink = ink
        self._image = Image.new("RGBA", self.size_px, (*ink.text[:3], 0))
        self._draw = ImageDraw.Draw(self._image)

    def text(self, x: float, y: float, words: str, kind: Type, *, anchor: str = "ls") -> None:
        """Set a text; see fonts.draw_text.

        Small letters are drawn larger and averaged down: fitted to whole pixels they would stand unevenly.
        """
        if kind.size_px >= SMOOTH_BELOW_PX or kind.halo:
            draw_text(self._draw, (x, y), words, kind, anchor=anchor)
            return
        large = Type(kind.size_px * SMOOTHING, (255,), is_bold=kind.is_bold)
        width = width_px(words, large)
        x -= {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]] * width / SMOOTHING
        y += {"s": 0.0, "m": 0.36, "a": 0.88}[anchor[1]] * kind.size_px
        left, top = floor(x) - 1, floor(y - kind.size_px * 1.1)
        size = (ceil(width / SMOOTHING) + 4, ceil(kind.size_px * 1.5))
        mask = Image.new("L", (size[0] * SMOOTHING, size[1] * SMOOTHING))
        draw_text(ImageDraw.Draw(mask), ((x - left) * SMOOTHING, (y - top) * SMOOTHING), words, large)
        self._lay(left, top, mask.resize(size, Image.Resampling.BOX), kind.color)

    def card(self, box: Box, radius_px: float, *, blur_px: float) -> None:
        """Draw a card with rounded corners and a soft shadow."""
        pad = int(blur_px * 3) + 2
        left, top = int(box[0]) - pad, int(box[1]) - pad
        width, height = int(box[2] - left) + pad + 1, int(box[3] - top) + pad + 1
        inner = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
        shape = _rounded(width, height, inner, radius_px)
        low = (inner[0], inner[1] + blur_px * 0.5, inner[2], inner[3] + blur_px * 0.5)
        shadow = _rounded(width, height, low, radius_px).filter(ImageFilter.GaussianBlur(blur_px))
        self._lay(left, top, ImageChops.subtract(shadow, shape), self.ink.shadow)
        self._lay(left, top, shape, self.ink.card)
        line = max(1.0, blur_px / 6)
        hole = _rounded(
            width, height, (inner[0] + line, inner[1] + line, inner[2] - line, inner[3] - line), radius_px - line
        )
        self._lay(left, top, ImageChops.subtract(shape, hole), self.ink.border)

    def rounded(self, box: Box, color: Color, radius_px: float) -> None:
        """Draw a filled rectangle with rounded corners."""
        left, top = int(box[0]), int(box[1])
        width, height = int(np.ceil(box[2])) - left + 1, int(np.ceil(box[3])) - top + 1
        inner = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
        self._lay(left, top, _rounded(width, height, inner, radius_px), color)

    def swatch(self, box: Box, color: Color, radius_px: float, *, is_hatched: bool = False) -> None:
        """Draw a colour with a thin border, hatched for what is estimated."""
        line = max(1.0, (box[3] - box[1]) / 14)
        self.rounded(box, self.ink.swatch_border, radius_px)
        inner = (box[0] + line, box[1] + line, box[2] - line, box[3] - line)
        self.rounded(inner, color, max(radius_px - line, 0))
        if is_hatched:
            self.hatch(inner, self.ink.text)

    def hatch(self, box: Box, color: Color) -> None:
        """Draw slanting lines over a box."""
        left, top = int(box[0]), int(box[1])
        width, height = max(1, int(box[2]) - left), max(1, int(box[3]) - top)
        big = Image.new("L", (width * SMOOTHING, height * SMOOTHING))
        draw = ImageDraw.Draw(big)
        step = max(3.0, height / 3.2) * SMOOTHING
        for k in range(int((big.width + big.height) / step) + 1):
            draw.line((k * step, 0, k * step - big.height, big.height), fill=190, width=max(1, int(step * 0.24)))
        self._lay(left, top, big.resize((width, height), Image.Resampling.BOX), color)

    def polygon(self, points: Sequence[tuple[float, float]], color: Color) -> None:
        """Fill a polygon."""
        xs, ys = zip(*points, strict=True)
        left, top = int(min(xs)), int(min(ys))
        width, height = int(max(xs)) - left + 2, int(max(ys)) - top + 2
        big = Image.new("L", (width * SMOOTHING, height * SMOOTHING))
        corners = [((x - left) * SMOOTHING, (y - top) * SMOOTHING) for x, y in points]
        ImageDraw.Draw(big).polygon(corners, fill=255)
        self._lay(left, top, big.resize((width, height), Image.Resampling.BOX), color)

    def line(self, x0: float, y0: float, x1: float, y1: float, color: Color, width_px: float) -> None:
        """Draw a straight stroke."""
        along = np.array([x1 - x0, y1 - y0])
        length = float(np.hypot(*along)) or 1.0
        dx, dy = along[1] / length * width_px / 2, -along[0] / length * width_px / 2
        self.polygon([(x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)], color)

    def strip(self, box: Box, colors: npt.NDArray[np.uint8], radius_px: float) -> None:
        """Draw colours (n, 3) as a smooth strip from left to right."""
        left, top = int(box[0]), int(box[1])
        width, height = max(1, round(box[2]) - left), max(1, round(box[3]) - top)
        places = np.linspace(0, len(colors) - 1, width)
        row = np.stack([np.interp(places, np.arange(len(colors)), colors[:, c]) for c in range(3)], axis=1)
        picture = Image.fromarray(np.broadcast_to(row.round().astype(np.uint8), (height, width, 3)).copy())
        line = max(1.0, height / 12)
        self.rounded(
            (left - line, top - line, left + width + line, top + height + line), self.ink.swatch_border, radius_px
        )
        self._image.paste(picture, (left, top), _rounded(width, height, (0, 0, width, height), radius_px))

    def _lay(self, left: int, top: int, mask: Image.Image, color: Color) -> None:
        alpha = color[3] if len(color) > 3 else 255
        if alpha < 255:
            mask = mask.point(lambda value: value * alpha // 255)
        patch = Image.new("RGBA", mask.size, (*color[:3], 0))
        patch.putalpha(mask)
        self._image.alpha_composite(*_inside(patch, left, top))

    def over(self, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return the picture (h, w, 3) with the sheet laid over it."""
        under = Image.fromarray(picture).convert("RGBA")
        under.alpha_composite(self._image)
        return np.asarray(under.convert("RGB")).copy()


def _inside(patch: Image.Image, left: int, top: int) -> tuple[Image.Image, tuple[int, int]]:
    """Return a patch without what lies beyond the sheet's left and upper edge, and its place."""
    if left < 0 or top < 0:
        corner = min(max(0, -left), patch.width), min(max(0, -top), patch.height)
        patch = patch.crop((*corner, patch.width, patch.height))
    return patch, (max(0, left), max(0, top))


def _rounded(width: int, height: int, box: Box, radius_px: float) -> Image.Image:
    big = Image.new("L", (width * SMOOTHING, height * SMOOTHING))
    corners = (box[0] * SMOOTHING, box[1] * SMOOTHING, box[2] * SMOOTHING - 1, box[3] * SMOOTHING - 1)
    if corners[2] > corners[0] and corners[3] > corners[1]:
        ImageDraw.Draw(big).rounded_rectangle(corners, radius=max(0.0, radius_px) * SMOOTHING, fill=255)
    return big.resize((width, height), Image.Resampling.BOX)
