"""Pins for comments: clustered where they would cover each other, drawn on a finished picture, and found by a click.

Each frame projects all of them at once and puts them into squares on screen; what remains are a few hundred clusters,
whose drawn signs are kept. So 10,000 comments cost a frame a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import hypot

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from layers.camera import Size, project
from layers.fonts import Type, draw_text, width_px
from twin.session import Camera

Picture = npt.NDArray[np.uint8]
Color = tuple[int, int, int]

PIN_PX = 30.0
"""How wide a single pin is, in a picture of 720 lines."""
APART = 1.15
"""Pins stand at least so many widths apart; nearer ones become one with a count."""
KINDS: dict[str, Color] = {
    "idea": (0, 114, 178),
    "worry": (199, 80, 0),
    "question": (110, 70, 160),
    "like": (0, 130, 95),
}
"""Colours of a single comment's kind, of about the same darkness: white signs stand on them with 4.5 to 1."""
SIGNS = {"idea": "+", "worry": "!", "question": "?", "like": "♥"}
OTHER: Color = (70, 84, 94)
MIXED: Color = (27, 39, 48)
CHOSEN: Color = (255, 196, 0)
_SMOOTHING = 3


@dataclass(frozen=True, slots=True)
class Pins:
    """Where comments stand."""

    points_local: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    """(n, 3) metres."""
    ids: tuple[str, ...] = ()
    """(n,) of the comments."""
    kinds: tuple[str, ...] = ()
    """(n,) keys of KINDS; others are grey."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class PlacedPin:
    """One pin in a picture: a comment, or several that stand close together."""

    x_px: float
    """The point of the pin."""
    y_px: float
    ids: tuple[str, ...]
    kind: str
    """"" where comments of several kinds stand together."""
    is_chosen: bool = False


def placed_pins(
    pins: Pins, camera: Camera, size_px: Size, *, scale: float = 1.0, chosen: str = ""
) -> tuple[PlacedPin, ...]:
    """Return the pins of a picture, those farther away first, so that near ones are drawn over them.

    chosen   the comment whose pin is shown by itself and stands out
    """
    if not len(pins):
        return ()
    place, depth = project(camera, size_px, pins.points_local)
    width, height = size_px
    edge = PIN_PX * scale
    inside = (depth > 0) & (place[:, 0] > -edge) & (place[:, 0] < width + edge)
    inside &= (place[:, 1] > -edge) & (place[:, 1] < height + 2 * edge)
    rows = np.flatnonzero(inside)
    alone = [row for row in rows.tolist() if pins.ids[row] == chosen] if chosen else []
    rows = rows[~np.isin(rows, alone)] if alone else rows
    groups = _groups(place[rows], PIN_PX * scale * APART)
    made = [_pin(pins, rows[group], place, depth) for group in groups]
    made.sort(key=lambda one: -one[0])
    last = [
        PlacedPin(float(place[r, 0]), float(place[r, 1]), (pins.ids[r],), pins.kinds[r], is_chosen=True) for r in alone
    ]
    return (*(pin for _, pin in made), *last)


def _pin(
    pins: Pins, rows: npt.NDArray[np.intp], place: npt.NDArray[np.float64], depth: npt.NDArray[np.float64]
) -> tuple[float, PlacedPin]:
    nearest = rows[np.argmin(depth[rows])]
    ids = tuple(pins.ids[row] for row in rows.tolist())
    kinds = {pins.kinds[row] for row in rows.tolist()}
    at = place[rows].mean(axis=0) if len(rows) > 1 else place[nearest]
    return float(depth[nearest]), PlacedPin(float(at[0]), float(at[1]), ids, kinds.pop() if len(kinds) == 1 else "")


def _groups(place: npt.NDArray[np.float64], apart_px: float) -> list[npt.NDArray[np.intp]]:
    """Return rows that stand together: first by squares on screen, then squares whose middles are too near."""
    if not len(place):
        return []
    square = np.floor(place[:, :2] / apart_px).astype(np.int64)
    _, group, counts = np.unique(square, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    middles = np.stack([np.bincount(group, place[:, axis]) / counts for axis in (0, 1)], axis=1)
    leader = _leaders(middles, counts, apart_px)[group]
    order = np.argsort(leader, kind="stable")
    cuts = np.flatnonzero(np.diff(leader[order])) + 1
    return list(np.split(order, cuts))


def _leaders(middles: npt.NDArray[np.float64], counts: npt.NDArray[np.intp], apart_px: float) -> npt.NDArray[np.intp]:
    """Return for each group the group it joins: the largest first, each takes in those too near to it."""
    leader = np.arange(len(middles))
    taken: dict[tuple[int, int], list[int]] = {}
    for number in np.argsort(-counts, kind="stable").tolist():
        x, y = middles[number].tolist()
        column, row = int(x // apart_px), int(y // apart_px)
        around = [o for i in (-1, 0, 1) for j in (-1, 0, 1) for o in taken.get((column + i, row + j), ())]
        near = next((o for o in around if hypot(middles[o][0] - x, middles[o][1] - y) < apart_px), None)
        if near is None:
            taken.setdefault((column, row), []).append(number)
        else:
            leader[number] = near
    return leader


def pin_at(pins: Sequence[PlacedPin], x_px: float, y_px: float, *, scale: float = 1.0) -> PlacedPin | None:
    """Return the pin under a place of the picture, the one drawn last where several are."""
    for pin in reversed(pins):
        radius = _radius(len(pin.ids), scale)
        middle = pin.y_px - 1.35 * radius
        if hypot(x_px - pin.x_px, y_px - middle) <= radius or (
            abs(x_px - pin.x_px) < 0.4 * radius and middle <= y_px <= pin.y_px
        ):
            return pin
    return None


def draw_pins(picture: Picture, pins: Sequence[PlacedPin], *, scale: float = 1.0) -> Picture:
    """Return the picture (h, w, 3) with pins drawn on it; the picture given stays as it is."""
    if not pins:
        return picture
    drawn = picture.copy()
    for pin in pins:
        count = len(pin.ids)
        color, alpha = _sprite(_words(pin), KINDS.get(pin.kind, OTHER if count == 1 else MIXED),
                               round(_radius(count, scale)), pin.is_chosen)  # fmt: skip
        _blend(drawn, color, alpha, round(pin.x_px - alpha.shape[1] / 2), round(pin.y_px) - alpha.shape[0] + 2)
    return drawn


def _words(pin: PlacedPin) -> str:
    count = len(pin.ids)
    if count == 1:
        return SIGNS.get(pin.kind, "•")
    return str(count) if count < 1000 else f"{count / 1000:.0f}k"


def _radius(count: int, scale: float) -> float:
    return PIN_PX / 2 * scale * (1.0 if count == 1 else 1.15 if count < 100 else 1.3)


@lru_cache(maxsize=2_048)
def _sprite(
    words: str,
    color: Color,
    radius: int,
    is_chosen: bool,  # noqa: FBT001  a key of the cache
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """Return a drawn pin: colours times alpha (h, w, 3) and alpha (h, w); its point is at the lower edge."""
    s, rim = _SMOOTHING, max(2, round(radius * (0.28 if is_chosen else 0.14)))
    side, tall = 2 * (radius + rim) + 2, round(2.35 * radius) + 2 * rim + 2
    image = Image.new("RGBA", (side * s, tall * s), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    x, y, r = side * s / 2, (radius + rim + 1) * s, radius * s
    edge = (*(CHOSEN if is_chosen else (255, 255, 255)), 255)
    for grown, fill in ((rim * s, edge), (0, (*color, 255))):
        draw.polygon([(x - 0.62 * r - grown, y + 0.6 * r), (x + 0.62 * r + grown, y + 0.6 * r),
                      (x, y + 1.35 * r + grown)], fill=fill)  # fmt: skip
        draw.ellipse((x - r - grown, y - r - grown, x + r + grown, y + r + grown), fill=fill)
    size = r * (1.15 if len(words) < 2 else 0.95 if len(words) == 2 else 0.72)
    kind = Type(size, (255, 255, 255, 255), is_bold=True)
    draw_text(draw, (x - width_px(words, kind) / 2, y + size * 0.36), words, kind)
    pixels = np.asarray(image.resize((side, tall), Image.Resampling.BOX)).astype(np.uint16)
    alpha = pixels[..., 3]
    return pixels[..., :3] * alpha[..., None] // 255, alpha


def _blend(picture: Picture, color: npt.NDArray[np.uint16], alpha: npt.NDArray[np.uint16], x: int, y: int) -> None:
    """Lay a small picture (colours times alpha) over a large one, cut at the edges."""
    left, top = max(0, -x), max(0, -y)
    right, bottom = min(alpha.shape[1], picture.shape[1] - x), min(alpha.shape[0], picture.shape[0] - y)
    if right <= left or bottom <= top:
        return
    under = picture[y + top : y + bottom, x + left : x + right]
    through = 255 - alpha[top:bottom, left:right, None]
    under[:] = (under * through // 255 + color[top:bottom, left:right]).astype(np.uint8)


class PinBoard:
    """The pins of a scene."""

    def __init__(self) -> None:
        """Start with none."""
        self.pins = Pins()
        self.chosen = ""
        """The comment whose pin stands out."""

    def drawn(self, picture: Picture, camera: Camera, *, scale: float) -> Picture:
        """Return a picture with the pins on it."""
        if not len(self.pins):
            return picture
        return draw_pins(picture, self.placed(camera, (picture.shape[1], picture.shape[0]), scale=scale), scale=scale)

    def placed(self, camera: Camera, size_px: Size, *, scale: float) -> tuple[PlacedPin, ...]:
        """Return the pins as they stand in a picture."""
        return placed_pins(self.pins, camera, size_px, scale=scale, chosen=self.chosen)
