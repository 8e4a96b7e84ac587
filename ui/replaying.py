"""Recorded feeds put back into a session: the frame of any moment, and the way there, so that trails are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.recording import Gap, Player, Recording
from twin.entities import EntityFrame
from twin.feed import FeedStatus, FeedWish, Mapping, Picture
from twin.fixes import DELAYS_S
from twin.layer import Kind
from twin.live import LiveLook, Shape, look_of, proposed_look, with_look, without_look
from twin.live_rows import proposed_id_field
from twin.session import Session

STEP_S = 1.0
"""Frames on the way to a moment are this far apart, at least ..."""
STEPS = 90
"""... and so many at most."""
FORWARD_S = 5.0
"""A clock that goes on by less than this has not jumped; nor has one that goes on by less than trails reach back."""


class Replay:
    """One recording shown in a session."""

    def __init__(self, session: Session, recording: Recording, wish: FeedWish | None = None) -> None:
        """Show nothing yet.

        wish   the project's feed that it is a recording of; None takes the feed as it was recorded
        """
        self._session, self.recording = session, recording
        self.wish = wish or recording.wish
        self._player = Player(recording, self.wish.privacy)
        self._at_s: float | None = None

    @property
    def status(self) -> FeedStatus:
        """Return how it stood with the feed at the moment shown."""
        player = self._player
        return FeedStatus(
            self.wish.id, player.state, player.reason or self.recording.trouble, messages=player.messages,
            malformed=player.malformed, bytes=player.bytes,
        )  # fmt: skip

    def sampler(self) -> Callable[[float], EntityFrame]:
        """Return what gives the frame of any moment, beside what is shown; moments in their order are fastest."""
        return Player(self.recording).frame

    def renew(self, recording: Recording) -> None:
        """Go on with the same recording, read anew: it has grown meanwhile."""
        self.recording, self._player = recording, Player(recording, self.wish.privacy)

    def show(self, at_s: float, *, is_jump: bool | None = None) -> bool:
        """Put the frame of a moment into the session; return whether the moment was jumped to.

        After a jump the frames before the moment come first, as far back as trails and gliding reach: so the picture
        is the one that was there live.
        """
        before = self._at_s
        if is_jump is None:
            is_jump = before is None or at_s < before or at_s - before > max(FORWARD_S, self._back_s())
        if is_jump:
            self._session.put_frame(self.wish.id, None)
            for moment in self._way_to(at_s):
                self._put(moment)
        elif before != at_s:
            for moment in self._between(before or at_s, at_s):
                self._put(moment)
        self._at_s = at_s
        return is_jump

    def _put(self, at_s: float) -> None:
        frame = self._player.frame(at_s)
        self._session.put_frame(self.wish.id, replace(frame, feed_id=self.wish.id))

    def _way_to(self, at_s: float) -> list[float]:
        back_s = self._back_s()
        step_s = max(STEP_S, back_s / STEPS)
        first = max(at_s - back_s, min(self.recording.begin_s, at_s))
        return [*np.arange(np.ceil(first / step_s) * step_s, at_s, step_s).tolist(), at_s]

    def _between(self, before_s: float, at_s: float) -> list[float]:
        """Return the same steps as on a way to the moment: what is seen must not depend on how it was reached."""
        step_s = max(STEP_S, self._back_s() / STEPS)
        first = np.floor(before_s / step_s) * step_s + step_s
        return [*np.arange(first, at_s, step_s).tolist(), at_s]

    def _back_s(self) -> float:
        """Return how far back trails and gliding reach."""
        return self._look().trail_s + DELAYS_S[-1]

    def _look(self) -> LiveLook:
        looks = (look for look in self._session.composition.live if look.feed_id == self.wish.id)
        return next(looks, look_of(self.wish))

    def histogram(self, begin_s: float, end_s: float, bins: int) -> np.ndarray:
        """Return the messages (bins,) in each part of a time."""
        return self.recording.histogram(begin_s, end_s, bins)

    def gaps(self) -> tuple[Gap, ...]:
        """Return the times in which nothing came."""
        return self.recording.gaps()


def replay_of(session: Session, path: Path) -> Replay:
    """Return a recording opened for a session, with a feed of its own in the composition if there is none.

    raises   FeedError  it is no recording
    """
    recording = Recording(path)
    composition = session.composition
    taken = {wish.id for wish in composition.feeds}
    wish = recording.wish
    if wish.id not in taken:  # a feed of its own, which asks for no network
        wish = replace(wish, url=path.absolute().as_uri(), is_recorded=False)
        feeds = (*composition.feeds, wish)
        session.set_composition(replace(composition, feeds=feeds), is_undoable=False)
    return Replay(session, recording, wish)


def settle_look(session: Session, wish: FeedWish) -> None:
    """Give a feed a look once its first frame has come: the value that colours it, and from where to where."""
    composition, frame = session.composition, session.frames.get(wish.id)
    if frame is None or not len(frame) or any(look.feed_id == wish.id for look in composition.live):
        return
    look = joined_by_id(session, proposed_look(look_of(wish), frame), frame)
    session.set_composition(replace(composition, live=with_look(composition.live, look)), is_undoable=False)


def joined_by_id(session: Session, look: LiveLook, frame: EntityFrame) -> LiveLook:
    """Return a look whose values colour the buildings with the ids of the messages, where these say no place."""
    if look.shape is not Shape.BUILDINGS or look.target_field or np.isfinite(frame.lonlat).all(axis=1).any():
        return look
    for layer_id, layer in session.layers.items():
        if look.target_layer in ("", layer_id) and layer.info.kind is Kind.FOOTPRINTS:
            field = proposed_id_field(layer, frame.ids)
            if field:
                return replace(look, target_layer=layer_id, target_field=field)
    return look


def settle_picture(session: Session, feed_id: str, picture: Picture) -> None:
    """Take what messages turned out to tell of, for a feed that nothing was stated of; a look that was chosen stays."""
    composition, frame = session.composition, session.frames.get(feed_id)
    wish = next((one for one in composition.feeds if one.id == feed_id), None)
    is_open = wish is not None and wish.mapping == Mapping() and wish.picture is Picture.VEHICLES
    if wish is None or not is_open or picture is wish.picture:
        return
    look = next((one for one in composition.live if one.feed_id == feed_id), None)
    begun = look_of(wish) if frame is None else proposed_look(look_of(wish), frame)
    looks = without_look(composition.live, feed_id) if look == begun else composition.live
    known = replace(wish, picture=picture)
    feeds = tuple(known if one.id == feed_id else one for one in composition.feeds)
    session.set_composition(replace(composition, feeds=feeds, live=looks), is_undoable=False)
    settle_look(session, known)
