"""What is drawn on and around the picture of a view: frame, labels, dimensions, north, heights, caption, scale bar."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import atan2, ceil, cos, floor, hypot, log10, sin
from pathlib import Path

import numpy as np
import numpy.typing as npt

from layers.furniture import camera_words
from twin.exhibit import ViewKind
from twin.measure import MeasureKind, Measurement, headline, points_local
from twin.session import Session
from ui import exhibit_words as words
from ui.exhibit_legend import cut
from ui.exhibit_pen import BLACK, PT_PER_MM, QUIET, RED, WHITE, Box, Letters, Pen
from ui.exhibit_views import Shot, places_mm

Label = tuple[str, float, float, float]
"""Text, x and y of the line it stands on in millimetres from the picture's upper left, size in points."""
BAR_SHARE, BAR_MM = 0.3, 100.0
"""A scale bar takes at most this part of a view's width, and so many millimetres."""


def draw_shot_furniture(
    shot: Shot, picture: Path, labels: Sequence[Label], box: Box, base_pt: float, session: Session, pen: Pen
) -> None:
    """Draw a view into its box: the picture stands in the middle, at its own size, which keeps its scale."""
    width, height = shot.size_mm
    left, top = box[0] + (box[2] - box[0] - width) / 2, box[1] + (box[3] - box[1] - height) / 2
    inner = (left, top, left + width, top + height)
    pen.picture(inner, picture)
    with pen.inside(inner):
        for text, x, y, size_pt in labels:
            pen.text(left + x, top + y, text, Letters(size_pt, BLACK, halo_pt=0.16 * size_pt), anchor="m")
        if shot.view.kind in (ViewKind.ELEVATION, ViewKind.SECTION):
            _heights(shot, inner, base_pt, pen)
        for measurement in session.composition.measurements:
            if measurement.is_visible and session.frame is not None:
                _dimension(measurement, points_local(measurement, session.frame), shot, inner, base_pt, pen)
        if shot.view.kind is ViewKind.PLAN:
            _north(inner, base_pt, pen)
    pen.rectangle(inner, stroke=QUIET, width_pt=0.06 * base_pt)
    _caption(shot, box, base_pt, session, pen)


def _caption(shot: Shot, box: Box, base_pt: float, session: Session, pen: Pen) -> None:
    em = base_pt / PT_PER_MM
    line = box[3] + 1.45 * em
    bold, quiet = Letters(1.06 * base_pt, BLACK, is_bold=True), Letters(0.88 * base_pt, QUIET)
    room = box[2] - box[0]
    if shot.scale:
        room -= _scale_bar(shot, box[2], box[3] + 0.75 * em, base_pt, pen) + 1.5 * em
    name, how = words.view_caption(shot.view.kind, shot.view.title, shot.scale, shot.view.side, shot.camera)
    name = cut(name, bold, room)
    pen.text(box[0], line, name, bold)
    if not how and not shot.scale:
        how = camera_words(shot.camera, session.frame)[0]
    rest = room - bold.width_mm(name) - em
    if rest > 6 * em:
        pen.text(box[0] + bold.width_mm(name) + em, line, cut(how, quiet, rest), quiet)


def _scale_bar(shot: Shot, right: float, top: float, base_pt: float, pen: Pen) -> float:
    """Draw a bar of true ground that ends at the right; return how much room it takes."""
    em, quiet = base_pt / PT_PER_MM, Letters(0.8 * base_pt, QUIET)
    per_mm = shot.scale / 1000
    most_m = min(BAR_MM, BAR_SHARE * shot.size_mm[0]) * per_mm
    power = 10.0 ** floor(log10(most_m))
    length_m = next(k * power for k in (5, 2, 1) if k * power <= most_m)
    length = length_m / per_mm
    words_m = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    end = right - quiet.width_mm(words_m) - 0.5 * em
    left, bottom = end - length, top + 0.55 * em
    pen.rectangle((left, top, end, bottom), fill=WHITE, stroke=BLACK, width_pt=0.05 * base_pt)
    for part in (0, 2):
        pen.rectangle((left + part * length / 4, top, left + (part + 1) * length / 4, bottom), fill=BLACK)
    pen.text(left - 0.4 * em, bottom, "0", quiet, anchor="r")
    pen.text(end + 0.5 * em, bottom, words_m, quiet)
    return right - left + quiet.width_mm("0") + 0.4 * em


def _north(inner: Box, base_pt: float, pen: Pen) -> None:
    """Draw an arrow to the top: plans have north there."""
    r = 1.7 * base_pt / PT_PER_MM
    x, y = inner[2] - 1.5 * r, inner[1] + 1.5 * r
    pen.circle(x, y, r, fill=WHITE, opacity=0.88)
    pen.polygon([(x, y - 0.34 * r), (x - 0.34 * r, y + 0.68 * r), (x, y + 0.44 * r)], fill=BLACK)
    pen.polygon([(x, y - 0.34 * r), (x + 0.34 * r, y + 0.68 * r), (x, y + 0.44 * r)], fill=RED)
    pen.text(x, y - 0.42 * r, "N", Letters(0.72 * base_pt, BLACK, is_bold=True), anchor="m")


def _heights(shot: Shot, inner: Box, base_pt: float, pen: Pen) -> None:
    """Draw a ruler of heights at the left, and the line of the ground."""
    em = base_pt / PT_PER_MM
    target = np.array(shot.camera.target_local)
    places, _ = places_mm(shot, [(*target[:2], 0.0), (*target[:2], 1.0)])
    ground, metre = inner[1] + places[0, 1], places[0, 1] - places[1, 1]
    if not inner[1] < ground < inner[3]:
        return
    pen.line(inner[0], ground, inner[2], ground, BLACK, 0.07 * base_pt)
    step = _round_step(2.6 * em / metre)
    letters = Letters(0.75 * base_pt, BLACK, halo_pt=0.12 * base_pt)
    count = floor((ground - inner[1] - em) / (step * metre))
    for number in range(count + 1):
        y = ground - number * step * metre
        pen.line(inner[0], y, inner[0] + 0.7 * em, y, BLACK, 0.06 * base_pt)
        pen.text(inner[0] + 0.95 * em, y + 0.27 * em, f"{number * step:g} m", letters)


def _round_step(least_m: float) -> float:
    power = 10.0 ** floor(log10(least_m))
    return next(k * power for k in (1, 2, 5, 10) if k * power >= least_m)


# dimensions


def _dimension(
    measurement: Measurement, points: npt.NDArray[np.float64], shot: Shot, inner: Box, base_pt: float, pen: Pen
) -> None:
    """Draw a measurement: lines with ticks at their ends, and its figure."""
    places, depth = places_mm(shot, points)
    if not len(places) or (not shot.camera.is_parallel and (depth <= 0).any()) or not np.isfinite(places).all():
        return
    at = [(inner[0] + float(x), inner[1] + float(y)) for x, y in places]
    if _is_outside(at, inner):
        return
    text = headline(measurement)
    if measurement.kind is MeasureKind.ELEVATION:
        _spot(at[0], text, base_pt, pen)
        return
    is_area = measurement.kind is MeasureKind.AREA and len(at) > 2
    if is_area:
        pen.polygon(at, fill=RED, opacity=0.16)
    ring = [*at, at[0]] if is_area else at
    for color, width in ((WHITE, 0.36), (RED, 0.13)):
        pen.polygon(ring, stroke=color, width_pt=width * base_pt, is_closed=False)
    for (x0, y0), (x1, y1) in pairwise(ring):
        _ticks(x0, y0, x1, y1, base_pt, pen)
    letters = Letters(1.0 * base_pt, RED, is_bold=True, halo_pt=0.2 * base_pt)
    x, y = _label_place(measurement, at, base_pt)
    half = letters.width_mm(text) / 2
    x = min(max(x, inner[0] + half + 1), inner[2] - half - 1)
    y = min(max(y, inner[1] + 1.2 * base_pt / PT_PER_MM), inner[3] - 0.5 * base_pt / PT_PER_MM)
    pen.text(x, y, text, letters, anchor="m")


def _is_outside(at: Sequence[tuple[float, float]], inner: Box) -> bool:
    xs, ys = [p[0] for p in at], [p[1] for p in at]
    return max(xs) < inner[0] or min(xs) > inner[2] or max(ys) < inner[1] or min(ys) > inner[3]


def _ticks(x0: float, y0: float, x1: float, y1: float, base_pt: float, pen: Pen) -> None:
    """Draw a short stroke across both ends of a line."""
    turn, half = atan2(y1 - y0, x1 - x0), 0.45 * base_pt / PT_PER_MM
    dx, dy = -sin(turn) * half, cos(turn) * half
    for x, y in ((x0, y0), (x1, y1)):
        pen.line(x - dx, y - dy, x + dx, y + dy, RED, 0.13 * base_pt)


def _spot(at: tuple[float, float], text: str, base_pt: float, pen: Pen) -> None:
    em = base_pt / PT_PER_MM
    pen.circle(*at, 0.42 * em, fill=WHITE)
    pen.circle(*at, 0.28 * em, fill=RED)
    pen.text(at[0], at[1] - 0.7 * em, text, Letters(base_pt, RED, is_bold=True, halo_pt=0.2 * base_pt), anchor="m")


def _label_place(measurement: Measurement, at: Sequence[tuple[float, float]], base_pt: float) -> tuple[float, float]:
    """Return where the figure stands: in an area, at the corner of an angle, else over the longest piece."""
    em = base_pt / PT_PER_MM
    if measurement.kind is MeasureKind.AREA:
        return sum(p[0] for p in at) / len(at), sum(p[1] for p in at) / len(at) + 0.35 * em
    if measurement.kind is MeasureKind.ANGLE and len(at) > 2:
        return at[1][0], at[1][1] - 0.8 * em
    pieces = list(pairwise(at))
    (x0, y0), (x1, y1) = max(pieces, key=lambda p: hypot(p[1][0] - p[0][0], p[1][1] - p[0][1]))
    lift = 0.7 * em + 0.5 * em * abs(sin(atan2(y1 - y0, x1 - x0)))
    return (x0 + x1) / 2, (y0 + y1) / 2 - lift


def label_size_pt(base_pt: float) -> float:
    """Return the size of the labels of layers."""
    return max(0.86 * base_pt, ceil(0.8 * base_pt * 2) / 2)
