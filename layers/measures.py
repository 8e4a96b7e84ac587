"""Measurements on a picture: lines, ticks and figures over everything, so that no building hides what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, hypot

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from layers.camera import Size, project
from layers.fonts import Type, draw_text, width_px
from twin.measure import MeasureKind, Measurement, headline, points_local
from twin.place import LocalFrame
from twin.session import Camera

Picture = npt.NDArray[np.uint8]
Place = tuple[float, float]
TEXT_PX = 13.0
INK, PAPER = (196, 38, 46), (255, 255, 255)
DARK_INK, DARK_PAPER = (255, 140, 110), (16, 20, 26)
_SMOOTHING = 3
_NEAREST_M = 0.05


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One measurement in pixels."""

    pieces: tuple[tuple[Place, Place], ...]
    corners: tuple[Place, ...]
    area: tuple[Place, ...]
    text: str
    text_at: Place


def draw_measures(
    picture: Picture,
    measurements: Iterable[Measurement],
    camera: Camera,
    frame: LocalFrame,
    *,
    theme: str = "light",
    scale: float = 1.0,
) -> Picture:
    """Return a picture (h, w, 3) with the visible measurements drawn on it; the picture given stays as it is.

    scale   how many times larger than in a window of 720 lines
    """
    size = (picture.shape[1], picture.shape[0])
    drawn = [_drawn(m, camera, size, frame, scale) for m in measurements if m.is_visible]
    found = [one for one in drawn if one is not None]
    if not found:
        return picture
    ink, paper = (DARK_INK, DARK_PAPER) if theme == "dark" else (INK, PAPER)
    result = picture.copy()
    for one in found:
        _lay_lines(result, one, ink, paper, scale)
    for one in found:
        _lay_text(result, one, ink, paper, scale)
    return result


def _drawn(m: Measurement, camera: Camera, size: Size, frame: LocalFrame, scale: float) -> _Drawn | None:
    points = points_local(m, frame)
    if not len(points) or not np.isfinite(points).all():
        return None
    is_ring = m.kind is MeasureKind.AREA and len(points) > 2
    ring = np.concatenate([points, points[:1]]) if is_ring else points
    if m.kind is MeasureKind.HEIGHT and len(points) == 2:
        foot = np.array([points[1, 0], points[1, 1], points[0, 2]])
        ring = np.array([points[0], foot, points[1]])
    pieces = [piece for a, b in pairwise(ring) if (piece := _piece(a, b, camera, size)) is not None]
    place, depth = project(camera, size, points)
    is_seen = np.isfinite(place).all(axis=1) & ((depth > 0) | camera.is_parallel)
    if not pieces and not is_seen.any():
        return None
    corners = tuple((float(x), float(y)) for x, y in place[is_seen])
    area = corners if is_ring and is_seen.all() else ()
    return _Drawn(tuple(pieces), corners, area, headline(m), _text_at(m, pieces, corners, scale))


def _piece(
    begin: npt.NDArray[np.float64], end: npt.NDArray[np.float64], camera: Camera, size: Size
) -> tuple[Place, Place] | None:
    """Return a straight piece in pixels, without what lies behind the eye; None where nothing is left."""
    if not camera.is_parallel:
        ahead = np.array(camera.direction)
        depth = (np.array([begin, end]) - camera.eye_local) @ ahead
        if (depth < _NEAREST_M).all():
            return None
        if (depth < _NEAREST_M).any():
            share = (_NEAREST_M - depth[0]) / (depth[1] - depth[0])
            cut = begin + (end - begin) * share
            begin, end = (cut, end) if depth[0] < _NEAREST_M else (begin, cut)
    place, _ = project(camera, size, np.array([begin, end]))
    if not np.isfinite(place).all():
        return None
    return _clipped((float(place[0, 0]), float(place[0, 1])), (float(place[1, 0]), float(place[1, 1])), size)


def _clipped(a: Place, b: Place, size: Size) -> tuple[Place, Place] | None:
    """Return the part of a piece in the picture and a little around it (Liang and Barsky, 1984)."""
    pad = 40.0
    begin, end = 0.0, 1.0
    for axis in (0, 1):
        step = b[axis] - a[axis]
        for room, sign in ((a[axis] + pad, -1.0), (size[axis] + pad - a[axis], 1.0)):
            along = sign * step
            if abs(along) < 1e-12:
                if room < 0:
                    return None
                continue
            share = room / along
            begin, end = (begin, min(end, share)) if along > 0 else (max(begin, share), end)
    if begin >= end:
        return None
    at = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for t in (begin, end)]
    return at[0], at[1]


def _text_at(m: Measurement, pieces: list[tuple[Place, Place]], corners: tuple[Place, ...], scale: float) -> Place:
    lift = 11.0 * scale
    if m.kind is MeasureKind.AREA and corners:
        return sum(c[0] for c in corners) / len(corners), sum(c[1] for c in corners) / len(corners)
    if m.kind is MeasureKind.ANGLE and len(corners) > 1:
        return corners[1][0], corners[1][1] - 1.6 * lift
    if pieces:
        (x0, y0), (x1, y1) = max(pieces, key=lambda p: hypot(p[1][0] - p[0][0], p[1][1] - p[0][1]))
        return (x0 + x1) / 2, (y0 + y1) / 2 - lift
    return corners[0][0], corners[0][1] - 1.6 * lift


# drawing


def _lay_lines(picture: Picture, one: _Drawn, ink: tuple[int, ...], paper: tuple[int, ...], scale: float) -> None:
    """Draw lines, ends and area on the part of the picture they lie in, larger and averaged down."""
    every = [p for piece in one.pieces for p in piece] + list(one.corners)
    pad = 8 * scale
    left = max(int(min(p[0] for p in every) - pad), 0)
    top = max(int(min(p[1] for p in every) - pad), 0)
    right = min(ceil(max(p[0] for p in every) + pad), picture.shape[1])
    bottom = min(ceil(max(p[1] for p in every) + pad), picture.shape[0])
    if right <= left or bottom <= top:
        return
    k = _SMOOTHING if (right - left) * (bottom - top) < 4_000_000 else 1
    image = Image.new("RGBA", ((right - left) * k, (bottom - top) * k), (*paper, 0))
    draw = ImageDraw.Draw(image)

    def at(place: Place) -> Place:
        return (place[0] - left) * k, (place[1] - top) * k

    if len(one.area) > 2:
        draw.polygon([at(p) for p in one.area], fill=(*ink, 46))
    for color, width in ((paper, 5.0), (ink, 2.4)):
        for piece in one.pieces:
            draw.line([at(p) for p in piece], fill=(*color, 255), width=max(round(width * scale * k), 1))
    for color, radius in ((paper, 4.6), (ink, 3.2)):
        for corner in one.corners:
            x, y = at(corner)
            r = radius * scale * k
            draw.ellipse((x - r, y - r, x + r, y + r), fill=(*color, 255))
    small = image.resize((right - left, bottom - top), Image.Resampling.BOX) if k > 1 else image
    under = Image.fromarray(picture[top:bottom, left:right]).convert("RGBA")
    under.alpha_composite(small)
    picture[top:bottom, left:right] = np.asarray(under.convert("RGB"))


def _lay_text(picture: Picture, one: _Drawn, ink: tuple[int, ...], paper: tuple[int, ...], scale: float) -> None:
    """Draw the figure on a small card; it stays in the picture as long as its line does."""
    if not one.text:
        return
    kind = Type(TEXT_PX * scale, ink, is_bold=True)
    width, height = ceil(width_px(one.text, kind) + 12 * scale), ceil(21 * scale)
    if width > picture.shape[1] or height > picture.shape[0]:
        return
    x, y = one.text_at
    if not (-width < x < picture.shape[1] + width and -height < y < picture.shape[0] + height):
        return
    left = min(max(round(x - width / 2), 0), picture.shape[1] - width)
    top = min(max(round(y - height / 2), 0), picture.shape[0] - height)
    card = Image.new("RGBA", (width * 2, height * 2), (*paper, 0))
    ImageDraw.Draw(card).rounded_rectangle((0, 0, 2 * width - 1, 2 * height - 1), 8 * scale, fill=(*paper, 236))
    large = Type(2 * TEXT_PX * scale, ink, is_bold=True)
    draw_text(ImageDraw.Draw(card), (float(width), 2 * height * 0.71), one.text, large, anchor="ms")
    under = Image.fromarray(picture[top : top + height, left : left + width]).convert("RGBA")
    under.alpha_composite(card.resize((width, height), Image.Resampling.BOX))
    picture[top : top + height, left : left + width] = np.asarray(under.convert("RGB"))
