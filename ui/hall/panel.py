"""The public panel: title, text, poll, comment, codes and legend, as large as fits."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from twin.legend import LegendKind
from twin.sun_words import LEGEND_ID
from ui.hall import public_words as words
from ui.hall.blocks import Block, Look, bar_block, code_block, gap, legend_block, look_of, picture_block, stacked
from ui.hall.blocks import text_block as lines
from ui.hall.frame import HallFrame, JoinCodes

TITLE, TEXT, LEGEND, SMALL = 5.4, 3.7, 3.1, 2.4
"""Sizes of letters in hundredths of the picture's height: the text is read at six times the picture's height."""
STEPS = (1.0, 0.93, 0.86, 0.8, 0.74, 0.68, 0.62, 0.56, 0.5)
"""What does not fit is set smaller, step by step; legends give way before words do."""
LEAST_WITH_LEGEND = 0.6
"""Words are set this small to make room for the first legend that tells something, and no smaller."""
MARGIN = 3.2


@dataclass(frozen=True, slots=True)
class Places:
    """Where panel and city stand, in pixels of the window."""

    panel: QRectF
    city: QRectF


def places(frame: HallFrame, width: float, height: float) -> Places:
    """Return where panel and city stand."""
    if frame.are_codes_large and frame.codes is not None:
        return Places(QRectF(0, 0, width, height), QRectF())
    if not frame.has_panel:
        return Places(QRectF(), QRectF(0, 0, width, height))
    is_wide = width / max(height, 1) > 1.5
    share = (0.46 if is_wide else 0.5) if frame.poll or frame.comment else (0.36 if is_wide else 0.42)
    if frame.text_percent > 125:
        share = min(share + 0.08, 0.56)
    panel = round(width * share)
    return Places(QRectF(0, 0, panel, height), QRectF(panel, 0, width - panel, height))


def unit_px(frame: HallFrame, width: float, height: float) -> float:
    """Return the panel's unit: a hundredth of the height (of a 4:3 picture's, where it is narrower)."""
    return min(height, width * 0.75) / 100 * frame.text_percent / 100


def paint_panel(painter: QPainter, frame: HallFrame, size: tuple[float, float], image: QImage) -> None:
    """Paint the panel of a frame for a window of a size."""
    place = places(frame, *size).panel
    if place.isEmpty():
        return
    look = look_of(frame.theme, unit_px(frame, *size))
    painter.fillRect(place, QColor(look.ground))
    margin = MARGIN * min(look.unit_px, size[1] / 80)
    if frame.are_codes_large and frame.codes is not None:
        _paint_codes(painter, frame, look, place)
        return
    width, room = place.width() - 2 * margin, place.height() - 2 * margin
    foot = _foot(frame, look, width)
    top = _fitted(frame, look, width, room - foot.height, image)
    top.paint(painter, place.x() + margin, place.y() + margin)
    foot.paint(painter, place.x() + margin, place.bottom() - margin - foot.height)


def _fitted(frame: HallFrame, look: Look, width: float, room: float, image: QImage) -> Block:
    """Return the panel's content as large as fits, with as many legends as fit."""
    sun = [one for one in frame.legends if one.layer_id == LEGEND_ID]
    telling = [one for one in frame.legends if one.kind is not LegendKind.SINGLE]
    plain = [one for one in frame.legends if one.kind is LegendKind.SINGLE and one not in sun]
    for step in STEPS:
        said = _content(frame, look, width, step, image, room)
        wanted = min(len(telling), 1) + len(sun) if step > LEAST_WITH_LEGEND else 0
        legends, left = [], room - said.height
        for legend in (*sun, *telling, *plain):
            block = legend_block(legend, look, width, size=LEGEND * step, language=frame.language)
            if block.height > left:
                break
            legends.append(block)
            left -= block.height
        if left >= 0 and len(legends) >= wanted:
            return stacked([said, *legends])
    return _content(frame, look, width, STEPS[-1], image, room)


def _content(frame: HallFrame, look: Look, width: float, step: float, image: QImage, room: float) -> Block:
    u = look.unit_px * step
    blocks: list[Block] = []
    if frame.timer:
        blocks += [lines(frame.timer, look.font(TITLE * step, is_bold=True), look.accent, width), gap(u)]
    if frame.poll is not None:
        blocks += _poll(frame, look, width, step)
    elif frame.comment is not None:
        blocks += _comment(frame, look, width, step)
    else:
        if frame.title:
            blocks += [lines(frame.title, look.font(TITLE * step, is_bold=True), look.text, width), gap(1.6 * u)]
        if frame.text:
            blocks += [lines(frame.text, look.font(TEXT * step), look.text, width, most=room), gap(2 * u)]
        if not image.isNull():
            blocks += [picture_block(image, width, room * 0.42), gap(2 * u)]
    return stacked(blocks)


def _poll(frame: HallFrame, look: Look, width: float, step: float) -> list[Block]:
    poll = frame.poll
    assert poll is not None
    u = look.unit_px * step
    blocks = [lines(poll.question, look.font(TITLE * 0.9 * step, is_bold=True), look.text, width), gap(2 * u)]
    blocks += [bar_block(bar, look, width, size=TEXT * step) for bar in poll.bars]
    blocks += [gap(u), lines(poll.status, look.font(TEXT * step, is_bold=True), look.text, width), gap(u)]
    blocks.append(lines(poll.rule, look.font(SMALL * 1.15 * step), look.quiet, width))
    if poll.head:
        head = (
            f"{words.of('head', frame.language)}: {' '.join(poll.head[i : i + 8] for i in range(0, len(poll.head), 8))}"
        )
        blocks += [gap(u), lines(head, look.font(SMALL * step), look.quiet, width)]
    return [*blocks, gap(1.5 * u)]


def _comment(frame: HallFrame, look: Look, width: float, step: float) -> list[Block]:
    comment = frame.comment
    assert comment is not None
    u = look.unit_px * step
    kind = words.of(f"kind_{comment.kind}", frame.language)
    blocks = [lines(kind, look.font(TEXT * step, is_bold=True), look.accent, width), gap(u)]
    blocks += [lines(comment.text, look.font(TEXT * 1.2 * step), look.text, width), gap(1.2 * u)]
    if comment.place:
        blocks += [lines(comment.place, look.font(LEGEND * step), look.quiet, width), gap(u)]
    if comment.support:
        said = words.of("support", frame.language).format(comment.support)
        blocks += [lines(said, look.font(LEGEND * step), look.quiet, width), gap(u)]
    return blocks


def _foot(frame: HallFrame, look: Look, width: float) -> Block:
    """Return the small code for those who come late, and the slide's number."""
    codes = frame.codes
    if codes is None:
        if not frame.of:
            return gap(0)
        return lines(f"{frame.number} / {frame.of}", look.font(SMALL), look.quiet, width)
    side = min(17 * look.unit_px, width * 0.36)
    square = code_block(codes.url, side)
    beside = width - square.height - 1.6 * look.unit_px
    said = stacked([
        lines(words.of("join", frame.language), look.font(SMALL * 1.1, is_bold=True), look.text, beside),
        lines(short_url(codes.url), look.font(SMALL), look.text, beside),
        lines(f"{words.of('code', frame.language)} {codes.code}", look.font(TEXT, is_bold=True), look.text, beside),
    ])  # fmt: skip

    def paint(painter: QPainter, x: float, y: float) -> None:
        square.paint(painter, x, y)
        said.paint(painter, x + square.height + 1.6 * look.unit_px, y)

    return Block(max(square.height, said.height), paint)


def _paint_codes(painter: QPainter, frame: HallFrame, look: Look, place: QRectF) -> None:
    """Paint the codes as large as the window allows: the Wi-Fi's, where there is one, and the page's."""
    codes = frame.codes
    assert codes is not None
    u = min(look.unit_px, place.height() / 100)
    title = lines(frame.title or words.of("join", frame.language), look.font(7, is_bold=True), look.text,
                  place.width() - 10 * u, most=18 * u)  # fmt: skip
    title.paint(painter, place.x() + 5 * u, place.y() + 4 * u)
    columns = _columns(codes, frame.language)
    width = place.width() / len(columns)
    top = place.y() + 6 * u + title.height
    side = min(width - 10 * u, place.bottom() - top - 30 * u)
    for number, (heading, text, below) in enumerate(columns):
        square = code_block(text, side)
        x = place.x() + number * width + (width - square.height) / 2
        head = lines(heading, look.font(4.6, is_bold=True), look.text, width - 6 * u)
        head.paint(painter, _centred(heading, look, 4.6, place.x() + number * width, width), top)
        square.paint(painter, x, top + head.height + u)
        y = top + head.height + square.height + 2.5 * u
        for line, size in below:
            font = look.font(size, is_bold=size > 4)
            painter.setFont(font)
            painter.setPen(QColor(look.text))
            tall = QFontMetricsF(font).height()
            box = QRectF(place.x() + number * width, y, width, tall)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), line)
            y += tall


def _columns(codes: JoinCodes, language: str) -> list[tuple[str, str, list[tuple[str, float]]]]:
    page = [(short_url(codes.url), 3.4), (f"{words.of('code', language)} {codes.code}", 6.0)]
    if not codes.wifi_text:
        return [(words.of("open_page", language), codes.url, page)]
    return [
        (words.of("join_wifi", language), codes.wifi_text, [(codes.wifi_name, 4.2)]),
        (words.of("join_page", language), codes.url, page),
    ]


def _centred(text: str, look: Look, size: float, x: float, width: float) -> float:
    advance = QFontMetricsF(look.font(size, is_bold=True)).horizontalAdvance(text)
    return x + max(width - advance, 0) / 2


def short_url(url: str) -> str:
    """Return an address as people type it."""
    return url.removeprefix("http://").removesuffix("/")
