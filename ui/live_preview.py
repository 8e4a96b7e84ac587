"""A feed seen on the map before it is accepted: listened to, drawn and gone again, without a trace in the project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from data.feeds.address import Secret, split_secret
from layers.camera import framed_points, project
from twin.entities import EntityFrame
from twin.errors import TwinError
from twin.feed import FeedStatus, FeedWish
from twin.live import look_of, proposed_look, with_look, without_look
from twin.place import local_from_lonlat
from ui import live_words as words
from ui.live_dialog import LiveDialog
from ui.plain import place_at_right
from ui.playing import kept_path
from ui.replaying import joined_by_id

if TYPE_CHECKING:
    from data.feeds.mapping import Proposal
    from ui.main_window import MainWindow

PREVIEW = "preview"
FAR_M = 100_000.0
Opener = Callable[[FeedWish, Secret | None], None]


class LivePreview(QObject):
    """The dialog, and what it shows on the map."""

    accepted = Signal(object, bool)

    def __init__(self, window: MainWindow, open_feed: Opener, close_feed: Callable[[str], None]) -> None:
        """Show nothing yet.

        open_feed, close_feed   connect and disconnect a feed
        """
        super().__init__(window)
        self._window, self._session = window, window.session
        self._open_feed, self._close_feed = open_feed, close_feed
        self.dialog: LiveDialog | None = None

    def ask(self) -> LiveDialog:
        """Ask for a feed, beside the map."""
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.raise_()
            return self.dialog
        dialog = LiveDialog(self._window)
        dialog.preview_asked.connect(self._listen)
        dialog.preview_ended.connect(self.end)
        dialog.look_asked.connect(self._draw)
        dialog.zoom_asked.connect(self._zoom)
        dialog.accepted_feed.connect(self.accepted)
        self.dialog = dialog
        dialog.show()
        place_at_right(dialog, self._window)
        dialog.url.setFocus()
        return dialog

    def _listen(self, wish: FeedWish) -> None:
        assert self.dialog is not None
        self._close_feed(PREVIEW)
        path = kept_path(wish.url)
        if path is not None:
            self.dialog.say(words.is_a_file(path.name) if path.exists() else words.no_file(path.name))
            return
        if self._session.frame is None:
            self.dialog.say(words.NO_CITY)
            return
        try:
            self._open_feed(replace(wish, id=PREVIEW), split_secret(wish.url)[1] or None)
        except TwinError as error:
            self.dialog.say(str(error))

    def end(self) -> None:
        """Take it off the map."""
        self._close_feed(PREVIEW)
        self._session.put_frame(PREVIEW, None)
        composition = self._session.composition
        looks = without_look(composition.live, PREVIEW)
        if looks != composition.live:
            self._session.set_composition(replace(composition, live=looks), is_undoable=False)

    # what comes

    def take_proposal(self, proposal: Proposal) -> None:
        """Take what the messages seem to mean."""
        if self.dialog is not None:
            self.dialog.take_proposal(proposal)

    def take_status(self, status: FeedStatus) -> None:
        """Take how it stands."""
        if self.dialog is not None:
            self.dialog.take_status(status)

    def take_frame(self, frame: EntityFrame) -> None:
        """Draw what came."""
        self._session.put_frame(PREVIEW, frame)
        if self.dialog is not None and len(frame):
            self.dialog.take_frame(frame, self._far(frame))
            self._draw()

    def _draw(self) -> None:
        """Draw it as the dialog says."""
        frame, composition = self._session.frames.get(PREVIEW), self._session.composition
        if frame is None or not len(frame) or self.dialog is None:
            return
        try:
            wish = replace(self.dialog.wish(), id=PREVIEW)
        except TwinError:
            return
        look = joined_by_id(self._session, proposed_look(look_of(wish), frame), frame)
        known = next((one for one in composition.live if one.feed_id == PREVIEW), None)
        if known is None or (known.shape, known.value, known.name) != (look.shape, look.value, look.name):
            self._session.set_composition(
                replace(composition, live=with_look(composition.live, look)), is_undoable=False
            )

    def _points(self, frame: EntityFrame) -> np.ndarray:
        place = self._session.frame
        if place is None:
            return np.empty((0, 3))
        local = local_from_lonlat(place, frame.lonlat[np.isfinite(frame.lonlat).all(axis=1)])
        return np.column_stack([local, np.zeros(len(local))])

    def _far(self, frame: EntityFrame) -> str:
        """Return in a sentence if the things are not where the city is, or not in view."""
        points, area = self._points(frame), self._session.area
        if not len(points) or area is None:
            return ""
        middle = np.median(points[:, :2], axis=0)
        away_m = float(np.hypot(*(middle - np.array(area.centre))))
        if away_m > max(FAR_M, 3 * area.diagonal_m):
            return words.far_away(away_m / 1000)
        view = self._window.view
        px, depth = project(view.camera, view.size_px, points)
        with np.errstate(invalid="ignore"):
            is_seen = (depth > 0) & (px >= 0).all(axis=1) & (px < view.size_px).all(axis=1)
        return "" if is_seen.any() else words.OUT_OF_VIEW

    def _zoom(self) -> None:
        frame = self._session.frames.get(PREVIEW)
        if frame is not None:
            zoom_to_things(self._window, self._points(frame))


def zoom_to_things(window: MainWindow, points_local: np.ndarray) -> None:
    """Fly to where things (n, 3) are: all but the farthest of them."""
    if len(points_local):
        view = window.view
        low, high = np.quantile(points_local[:, :2], [0.02, 0.98], axis=0)
        pad = max(float((high - low).max()) * 0.05, 150.0)
        corners = [(x, y, 0.0) for x in (low[0] - pad, high[0] + pad) for y in (low[1] - pad, high[1] + pad)]
        view.fly_to(framed_points(view.camera, corners, view.size_px))
