"""What is drawn over a picture of the city: title, legends, north arrow, scale or the camera's place, attribution.

All sizes follow the picture's height, so that a picture three times as large looks the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import cos, degrees, floor, log10, pi, radians, sin, tan

import numpy as np
import numpy.typing as npt

from layers.fonts import Type, shortened, width_px
from layers.legend_card import Block, Measure, legend_block, stacked
from layers.sheet import INKS, Sheet
from twin.layer import Layer
from twin.legend import Legend, LegendKind
from twin.place import LocalFrame, lonlat_from_local
from twin.session import Camera

Picture = npt.NDArray[np.uint8]

LINES_OF_UNIT = 720
"""A picture of this height is drawn with a unit of one pixel."""
LARGE = 1.7
"""The large variant, to be read from the back of a hall."""
_MARGIN, _PAD, _GAP, _RADIUS, _BLUR = 16.0, 14.0, 14.0, 10.0, 7.0
_LEGEND_WIDTH = 200.0
_WINDS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True, slots=True)
class Furniture:
    """What is to be drawn."""

    legends: tuple[Legend, ...] = ()
    """From the topmost layer down."""
    title: str = ""
    attribution: str = ""
    camera: Camera | None = None
    """For the north arrow, the scale bar or the camera's place; None leaves all three out."""
    frame: LocalFrame | None = None
    """For the camera's longitude and latitude."""
    theme: str = "light"
    is_large: bool = False
    has_legend: bool = True
    has_north: bool = True
    has_place: bool = True
    """The scale bar of a parallel view, or the camera's place of one in perspective."""


def furnished(picture: Picture, furniture: Furniture) -> Picture:
    """Return a picture (h, w, 3) with its furniture drawn over it; the picture given stays as it is."""
    height, width = picture.shape[:2]
    unit = height / LINES_OF_UNIT * (LARGE if furniture.is_large else 1.0)
    unit = min(unit, width / 480)  # a narrow picture keeps room for the city
    ink = INKS["dark" if furniture.theme == "dark" else "light"]
    sheet = Sheet(width, height, ink)
    m = Measure(unit, ink, _LEGEND_WIDTH * unit)
    top = _title(sheet, furniture.title, m)
    if furniture.has_legend:
        _legends(sheet, furniture.legends, m, top)
    bottom = _attribution(sheet, furniture.attribution, m)
    if furniture.camera is not None:
        if furniture.has_north:
            _north(sheet, furniture.camera.heading_rad, m)
        if furniture.has_place:
            _place(sheet, furniture.camera, furniture.frame, m, bottom)
    return sheet.over(picture)


def attribution_of(layers: Iterable[Layer]) -> str:
    """Return who is to be named for some layers, each once."""
    names = [layer.info.attribution for layer in layers if layer.info.attribution]
    return "; ".join(dict.fromkeys(names))


# the parts


def _card(sheet: Sheet, block: Block, x: float, y: float, unit: float, pad: float = _PAD) -> None:
    box = (x, y, x + block.width_px + 2 * pad * unit, y + block.height_px + 2 * pad * unit)
    sheet.card(box, _RADIUS * unit, blur_px=_BLUR * unit)
    block.draw(sheet, x + pad * unit, y + pad * unit)


def _title(sheet: Sheet, title: str, m: Measure) -> float:
    """Draw the title at the upper left; return how far down it reaches."""
    u = m.unit_px
    if not title:
        return _MARGIN * u
    kind = Type(21 * u, m.ink.text, is_bold=True)
    words = shortened(title, kind, sheet.size_px[0] - 2 * (_MARGIN + _PAD) * u - 70 * u)
    block = Block(width_px(words, kind), 19 * u, lambda s, x, y: s.text(x, y + 17 * u, words, kind))
    _card(sheet, block, _MARGIN * u, _MARGIN * u, u, pad=11)
    return (_MARGIN + 19 + 2 * 11 + 10) * u


def _legends(sheet: Sheet, legends: tuple[Legend, ...], m: Measure, top: float) -> None:
    """Draw the legends in cards from the lower left up, in as many columns as they need."""
    u = m.unit_px
    most = sheet.size_px[1] - top - _MARGIN * u - 2 * _PAD * u
    columns = _columns(_blocks(legends, m), most, _GAP * u)
    tallest = max((c.height_px for c in columns), default=0.0)
    if tallest > most:  # one legend is taller than the picture: all are drawn smaller
        m = replace(m, unit_px=u * most / tallest * 0.98, width_px=m.width_px * most / tallest)
        columns = _columns(_blocks(legends, m), most, _GAP * m.unit_px)
    x = _MARGIN * u
    for column in columns:
        width = column.width_px + 2 * _PAD * u
        if x + width > sheet.size_px[0] * 0.8 and x > _MARGIN * u:
            return
        y = sheet.size_px[1] - _MARGIN * u - column.height_px - 2 * _PAD * u
        _card(sheet, column, x, y, u)
        x += width + 8 * u


def _blocks(legends: tuple[Legend, ...], m: Measure) -> list[Block]:
    """Return the legends as blocks; layers of a single colour share one."""
    several = [legend_block(x, m) for x in legends if x.kind is not LegendKind.SINGLE]
    single = [legend_block(x, m) for x in legends if x.kind is LegendKind.SINGLE]
    return [*several, *([stacked(single, 0.0)] if single else [])]


def _columns(blocks: list[Block], most_px: float, gap_px: float) -> list[Block]:
    columns: list[list[Block]] = []
    for block in blocks:
        if columns and stacked([*columns[-1], block], gap_px).height_px <= most_px:
            columns[-1].append(block)
        else:
            columns.append([block])
    return [stacked(column, gap_px) for column in columns]


def _attribution(sheet: Sheet, attribution: str, m: Measure) -> float:
    """Draw the attribution at the lower right; return how far up it reaches."""
    u = m.unit_px
    width, height = sheet.size_px
    if not attribution:
        return height - _MARGIN * u
    kind = Type(10 * u, m.ink.text)
    words = shortened(attribution, kind, width * 0.6)
    box = (width - width_px(words, kind) - 16 * u, height - 19.0 * u, float(width), float(height))
    sheet.rounded((box[0], box[1], box[2] + 6 * u, box[3] + 6 * u), (*m.ink.card[:3], 190), 5 * u)
    sheet.text(width - 8 * u, height - 6 * u, words, kind, anchor="rs")
    return box[1] - 8 * u


def _north(sheet: Sheet, heading_rad: float, m: Measure) -> None:
    """Draw a needle that points north, at the upper right."""
    u = m.unit_px
    radius = 22 * u
    x, y = sheet.size_px[0] - _MARGIN * u - radius, _MARGIN * u + radius
    sheet.card((x - radius, y - radius, x + radius, y + radius), radius, blur_px=_BLUR * u)

    def at(ahead: float, right: float) -> tuple[float, float]:
        turn = -heading_rad
        return x + (ahead * sin(turn) + right * cos(turn)) * u, y + (-ahead * cos(turn) + right * sin(turn)) * u

    sheet.polygon([at(8, 0), at(-5, -4.6), at(-5, 4.6)], m.ink.quiet)
    sheet.polygon([at(8, 0), at(-5, 0), at(-5, 4.6)], m.ink.accent)
    sheet.polygon([at(8, 0), at(-5, -4.6), at(-5, 0)], m.ink.text)
    letter = at(14.2, 0)
    sheet.text(*letter, "N", Type(10.5 * u, m.ink.text, is_bold=True), anchor="mm")


def _place(sheet: Sheet, camera: Camera, frame: LocalFrame | None, m: Measure, bottom: float) -> None:
    block = _scale_bar(camera, sheet.size_px[1], m) if camera.is_parallel else _camera_place(camera, frame, m)
    u = m.unit_px
    x = sheet.size_px[0] - _MARGIN * u - block.width_px - 2 * 10 * u
    _card(sheet, block, x, bottom - block.height_px - 2 * 10 * u, u, pad=10)


def scale_of(camera: Camera, height_px: float, most_px: float) -> tuple[float, float]:
    """Return the length in metres of a scale bar for a parallel view, and its width in pixels.

    height_px   of the picture
    most_px     the bar may be this wide; its length is 1, 2 or 5 times a power of ten
    """
    metres_per_px = 2 * camera.distance_m * tan(camera.view_angle_rad / 2) / height_px
    power = 10.0 ** floor(log10(most_px * metres_per_px))
    length_m = next(k * power for k in (5, 2, 1) if k * power <= most_px * metres_per_px)
    return length_m, length_m / metres_per_px


def _scale_bar(camera: Camera, height_px: float, m: Measure) -> Block:
    u = m.unit_px
    length_m, length_px = scale_of(camera, height_px, 170 * u)
    words = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    middle = f"{length_m / 2000:g}" if length_m >= 1000 else f"{length_m / 2:g}"
    slant = min(camera.tilt_rad, abs(pi / 2 - camera.tilt_rad))
    remark = "true from left to right" if slant > radians(0.5) else ""
    side = max(width_px(words, m.quiet) / 2, 4 * u)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        left, top, thick = x + 4 * u, y + 14 * u, 5 * u
        sheet.rounded((left, top, left + length_px, top + thick), m.ink.text, 0)
        sheet.rounded((left + length_px / 2, top + u, left + length_px - u, top + thick - u), m.ink.card[:3], 0)
        for share, label in ((0.0, "0"), (0.5, middle), (1.0, words)):
            sheet.text(left + share * length_px, y + 9 * u, label, m.quiet, anchor="ms")
        if remark:
            sheet.text(left, y + 33 * u, remark, m.quiet)

    width = max(length_px + 4 * u + side, width_px(remark, m.quiet) + 4 * u)
    return Block(width, (36 if remark else 20) * u, draw)


def _camera_place(camera: Camera, frame: LocalFrame | None, m: Measure) -> Block:
    u = m.unit_px
    lines = camera_words(camera, frame)

    def draw(sheet: Sheet, x: float, y: float) -> None:
        for i, line in enumerate(lines):
            sheet.text(x, y + (10 + 15 * i) * u, line, m.quiet)

    return Block(max(width_px(line, m.quiet) for line in lines), (15 * len(lines) - 3) * u, draw)


def camera_words(camera: Camera, frame: LocalFrame | None) -> tuple[str, str]:
    """Return where a camera is and how it looks, in two lines."""
    x, y, z = camera.eye_local
    where = f"x {x:,.0f} m, y {y:,.0f} m"
    if frame is not None:
        lon_deg, lat_deg = lonlat_from_local(frame, np.array([[x, y]]))[0].tolist()
        where = f"{abs(lat_deg):.4f}\u00b0 {'NS'[lat_deg < 0]}, {abs(lon_deg):.4f}\u00b0 {'EW'[lon_deg < 0]}"
    heading_deg = degrees(camera.heading_rad) % 360
    wind = _WINDS[round(heading_deg / 45) % 8]
    height = f"{z:,.1f}" if z < 10 else f"{z:,.0f}"
    return (
        f"Camera at {where}, {height} m up",
        f"Looking {wind} ({heading_deg:.0f}\u00b0), field of view {degrees(camera.view_angle_rad):.0f}\u00b0",
    )
