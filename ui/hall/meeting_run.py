"""A meeting as the window runs it: its process, its figures asked for again and again, its comments as pins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from layers.pins import Pins
from twin.place import LocalFrame, local_from_lonlat
from twin.session import View
from ui.audience.hall_process import HallProcess
from ui.audience.public import Slide
from ui.audience.wish import MeetingWish
from ui.hall.operator_api import OperatorApi

LOOK_MS = 100
"""How often the process is asked whether it has something to say."""
FIGURES_MS = 500
"""How often the figures are asked for: votes grow on the projector within a second."""
PINS_MS = 2000
PAGE = 200


class MeetingRun(QObject):
    """Talks to the meeting's process and server; shows nothing itself."""

    started = Signal(object)
    """ui.audience.server.Address: it listens."""
    failed = Signal(str)
    """It did not start; the sentence."""
    refused = Signal(str)
    """The server did not grant something; the sentence."""
    figures_changed = Signal(object)
    """What GET /api/operator answers."""
    phone_seen = Signal()
    slide_asked = Signal(int, bool)
    """A presenter on another device asks for a slide: (number, black)."""
    pins_changed = Signal(object, object)
    """(Pins, the accepted comments by id)."""
    queue_came = Signal(object, bool)
    """(What GET /api/operator/comments answers, whether it goes on from what came before)."""
    ended = Signal()

    def __init__(self, parent: QObject, wish: MeetingWish, frame: Callable[[], LocalFrame | None]) -> None:
        """Start the process; started or failed follows."""
        super().__init__(parent)
        self.wish, self._frame = wish, frame
        self._process: HallProcess | None = HallProcess(wish)
        self.api: OperatorApi | None = None
        self.figures: dict[str, Any] = {}
        self.state = "held"
        """Which comments the queue lists."""
        self._is_asking = self._has_phone = self._are_pins_asked = False
        self._pins_of = ("", -1)
        """The chain's head and the number of comments that the pins were made from."""
        self._comments: dict[str, dict[str, Any]] = {}
        self._timers = [self._timer(LOOK_MS, self._look), self._timer(FIGURES_MS, self._ask),
                        self._timer(PINS_MS, self._ask_for_pins)]  # fmt: skip

    def _timer(self, interval_ms: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        timer.start()
        return timer

    # the process

    def _look(self) -> None:
        if self._process is None:
            return
        for what, value in self._process.messages():
            match what:
                case "address":
                    self.api = OperatorApi(self, value, self.refuse)
                    self.started.emit(value)
                case "failed":
                    sentence, hint = value
                    self.stop()
                    self.failed.emit(" ".join(part for part in (sentence, hint) if part))
                    return
                case "slide_asked":
                    self.slide_asked.emit(*value)
                case "ended":
                    self.stop()
                    return
                case _:
                    pass

    def show_slide(self, slide: Slide, view: View | None) -> None:
        """Show a slide on all phones."""
        if self._process is not None:
            self._process.show(slide, view)

    def stop(self) -> None:
        """End the meeting in order."""
        process, self._process = self._process, None
        for timer in self._timers:
            timer.stop()
        if process is not None:
            process.stop()
            self.api = None
            self.ended.emit()

    # figures

    def _ask(self) -> None:
        if self.api is not None and not self._is_asking:
            self._is_asking = True
            self.api.get("/api/operator", self._take)

    def _take(self, figures: dict[str, Any]) -> None:
        self._is_asking = False
        old, self.figures = self.figures, figures
        if figures.get("phones") and not self._has_phone:
            self._has_phone = True
            self.phone_seen.emit()
        if figures != old:
            self.figures_changed.emit(figures)
        if figures.get("head") != old.get("head"):
            self.ask_queue()

    def refuse(self, sentence: str) -> None:
        """Tell what was not granted; the next figures are asked for all the same."""
        self._is_asking = False
        self.refused.emit(sentence)

    # comments

    def ask_queue(self, start: int = 0) -> None:
        """Ask for a page of the queue."""
        if self.api is not None:
            is_more = start > 0
            path = f"/api/operator/comments?state={self.state}&from={start}"
            self.api.get(path, lambda answer: self.queue_came.emit(answer, is_more))

    def moderate(self, comment_id: str, sent: dict[str, Any]) -> None:
        """Decide about a comment."""
        if self.api is not None:
            self.api.post(f"/api/operator/comments/{comment_id}", sent, self._decided)

    def _decided(self, _answer: object) -> None:
        self.ask_queue()
        self._ask()

    def _ask_for_pins(self) -> None:
        """Ask for all accepted comments again, page by page, where something has happened since."""
        now = (str(self.figures.get("head", "")), int(self.figures.get("comments", 0)))
        if self.api is None or self._are_pins_asked or now == self._pins_of or not now[1]:
            return
        self._pins_of, self._are_pins_asked = now, True
        self._page({}, {"comments": [], "total": 1})

    def _page(self, found: dict[str, dict[str, Any]], answer: dict[str, Any]) -> None:
        found |= {str(c["id"]): c for c in answer.get("comments", ())}
        is_first = not found and answer.get("total") == 1 and not answer["comments"]
        if self.api is not None and (is_first or (answer.get("comments") and len(found) < answer.get("total", 0))):
            path = f"/api/operator/comments?state=accepted&from={len(found)}"
            self.api.get(path, lambda more: self._page(found, more))
            return
        self._are_pins_asked = False
        if found != self._comments:
            self._comments = found
            self.pins_changed.emit(pins_of(found.values(), self._frame()), found)


def pins_of(comments: Any, frame: LocalFrame | None) -> Pins:
    """Return the pins of comments that have a place.

    comments   as the server gives them
    frame      None for no city: no pins
    """
    placed = [(c, at) for c in comments if (at := _lonlat(c.get("place") or {})) is not None]
    if frame is None or not placed:
        return Pins()
    xy = local_from_lonlat(frame, np.array([at for _, at in placed], np.float64))
    z = [float((c.get("place") or {}).get("z_m") or 0.0) for c, _ in placed]
    points = np.column_stack([xy, z])
    return Pins(points, tuple(str(c["id"]) for c, _ in placed), tuple(str(c["kind"]) for c, _ in placed))


def _lonlat(place: dict[str, Any]) -> tuple[float, float] | None:
    """Return where a place's pin stands: the point, or the middle of a line or an area."""
    found = place.get("lonlat")
    if not found:
        return None
    points = np.array(found, np.float64).reshape(-1, 2)
    lon_deg, lat_deg = points.mean(axis=0).tolist()
    return lon_deg, lat_deg
