"""Live data in a picture without a window: recordings at their moment, addresses listened to for a while."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from twin.clock import moment_text
from twin.errors import FeedError
from twin.feed import FeedWish
from twin.live import look_of, proposed_look, with_look
from twin.session import Session
from ui.replaying import Replay, replay_of, settle_look


def show_feeds(session: Session, feeds: tuple[str, ...], *, maps: tuple[str, ...], seconds: float) -> None:
    """Put the frames of feeds into a session.

    Where the clock stands at no moment, recordings are shown at their end and the clock is set there.
    raises   FeedError  one cannot be read, or nothing came
    """
    at_s = session.clock.at_s
    for text in feeds:
        path = recording_path(text)
        if path is None:
            _listen(session, text, maps, seconds)
            continue
        replay = replay_of(session, path)
        moment = replay.recording.end_s if at_s is None else at_s
        if session.clock.at_s is None:
            session.set_clock(session.clock.paused(moment))
        show_replay(session, replay, moment)


def show_replay(session: Session, replay: Replay, at_s: float) -> None:
    """Show a recording at a moment, in the look that suits what it says."""
    replay.show(at_s, is_jump=True)
    settle_look(session, replay.wish)


def recording_path(text: str) -> Path | None:
    """Return the file of a recording that a person names by its path or as file://; None for other addresses."""
    if text.startswith("file://"):
        return Path(unquote(urlsplit(text).path))
    return None if "://" in text or text.startswith("sse+") else Path(text)


def _listen(session: Session, url: str, maps: tuple[str, ...], seconds: float) -> None:
    from ui.feeding import heard  # noqa: PLC0415  network libraries are loaded where there is a feed to listen to

    wish, frame = heard(url, maps=maps, seconds=seconds)
    if not len(frame):
        raise FeedError(
            "Nothing with a place came from the feed.",
            hint="Listen longer with --seconds, or say what the fields mean with --map.",
            url=url,
        )
    add_feed(session, wish)
    session.put_frame(wish.id, replace(frame, feed_id=wish.id))
    composition = session.composition
    look = proposed_look(look_of(wish), frame)
    session.set_composition(replace(composition, live=with_look(composition.live, look)), is_undoable=False)


def add_feed(session: Session, wish: FeedWish) -> None:
    """Put a feed into the composition, in the place of one of the same id."""
    feeds = (*(one for one in session.composition.feeds if one.id != wish.id), wish)
    session.set_composition(replace(session.composition, feeds=feeds), is_undoable=False)


def feeds_answer(session: Session) -> list[dict[str, object]]:
    """Return what is shown of each feed."""
    return [
        {
            "id": feed_id,
            "entities": len(frame),
            "at": moment_text(frame.at_s),
            "newest_age_s": round(float(frame.age_s.min()), 1) if len(frame) else None,
        }
        for feed_id, frame in session.frames.items()
    ]
