"""Two pictures of one camera as one: parted by a line that can stand anywhere, or one beside the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from layers.fonts import Type, shortened, width_px
from layers.sheet import INKS, Sheet

Picture = npt.NDArray[np.uint8]
LINE_PX = 3.0
NAME_PX = 15.0


def swiped(left: Picture, right: Picture, share: float) -> Picture:
    """Return the left picture up to a share of the width, and the right one beyond it.

    left, right   (h, w, 3) of one size
    share         0 shows the right one only, 1 the left one only
    """
    joined = right.copy()
    edge = round(min(max(share, 0.0), 1.0) * right.shape[1])
    joined[:, :edge] = left[:, :edge]
    return joined


def beside(left: Picture, right: Picture) -> Picture:
    """Return two pictures (h, w, 3) of one height side by side."""
    return np.concatenate([left, right], axis=1)


def named_sides(
    picture: Picture, names: Sequence[str], share: float, *, theme: str = "light", scale: float = 1.0
) -> Picture:
    """Return a picture with the line between its two sides and the name of each at the top.

    share   where the line stands, of the width
    """
    height, width = picture.shape[:2]
    edge = round(min(max(share, 0.0), 1.0) * width)
    drawn = picture.copy()
    half = max(round(LINE_PX * scale / 2), 1)
    if 0 < edge < width:
        drawn[:, max(edge - half - 1, 0) : edge + half + 1] = (20, 22, 26)
        drawn[:, max(edge - half, 0) : edge + half] = (255, 255, 255)
    ink = INKS["dark" if theme == "dark" else "light"]
    sheet = Sheet(width, height, ink)
    kind = Type(NAME_PX * scale, ink.text, is_bold=True)
    pad, gap = 8 * scale, 12 * scale
    for number, (name, room) in enumerate(zip(names, (edge, width - edge), strict=True)):
        most = room - 2 * gap - 2 * pad
        if most < 4 * NAME_PX * scale or not name:
            continue
        text = shortened(name, kind, most)
        wide = width_px(text, kind) + 2 * pad
        x = edge - gap - wide if number == 0 else edge + gap
        sheet.card((x, gap, x + wide, gap + 2.0 * NAME_PX * scale), 6 * scale, blur_px=4 * scale)
        sheet.text(x + pad, gap + 1.38 * NAME_PX * scale, text, kind)
    return sheet.over(drawn)
