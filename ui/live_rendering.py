"""Live data in a picture without a window: recordings at their moment, addresses listened to for a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np

from data.feeds.address import feed_name, shown, split_secret
from data.retention import purge_one
from twin.clock import moment_text
from twin.entities import EntityFrame
from twin.errors import FeedError
from twin.feed import FeedState, FeedWish
from twin.layer import Layer
from twin.live import look_of, proposed_look, with_look
from twin.place import local_from_lonlat
from twin.session import Session
from ui.feed_places import places_of_feed
from ui.replaying import Replay, replay_of, settle_look
from ui.series_replay import SeriesReplay, is_series, series_of

log = logging.getLogger(__name__)

FAR_M = 2_000.0
"""What is farther from a city than this, and than the city is wide, is not in its picture."""


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
        if path.is_file() and not is_series(path):
            purge_one(path, now_s=time.time())
        replay = series_of(session, path) if is_series(path) else replay_of(session, path)
        moment = replay.recording.end_s if at_s is None else at_s
        if session.clock.at_s is None:
            session.set_clock(session.clock.paused(moment))
        show_replay(session, replay, moment)
    for sentence in far_feeds(session):
        log.warning("%s", sentence)


def far_feeds(session: Session) -> list[str]:
    """Return a sentence for each feed whose things are all far from the city: they are not in the picture."""
    told = []
    area, place = session.area, session.frame
    for wish in session.composition.feeds:
        frame = session.frames.get(wish.id)
        known = np.empty((0, 2)) if frame is None else frame.lonlat[np.isfinite(frame.lonlat).all(axis=1)]
        if area is None or place is None or not len(known):
            continue
        away = np.abs(local_from_lonlat(place, known) - np.array(area.centre)) - np.array(area.size_m) / 2
        nearest_m = float(np.hypot(*np.maximum(away, 0.0).T).min())
        if not nearest_m <= max(*area.size_m, FAR_M):
            told.append(f'Nothing of "{wish.name}" is near the city: the nearest is {nearest_m / 1000:,.0f} km away.')
    return told


def show_replay(session: Session, replay: Replay | SeriesReplay, at_s: float) -> None:
    """Show a recording at a moment, in the look that suits what it says."""
    replay.show(at_s, is_jump=True)
    settle_look(session, replay.wish)


def recording_path(text: str) -> Path | None:
    """Return the file of a recording that a person names by its path or as file://; None for other addresses."""
    if text.startswith("file://"):
        return Path(unquote(urlsplit(text).path))
    return None if "://" in text or text.startswith("sse+") else Path(text)


def _listen(session: Session, url: str, maps: tuple[str, ...], seconds: float) -> None:
    crs = session.frame.crs if session.frame is not None else ""
    wish, frame = heard(url, maps=maps, seconds=seconds, crs=crs, layers=session.layers)
    add_feed(session, wish)
    session.put_frame(wish.id, replace(frame, feed_id=wish.id))
    composition = session.composition
    look = proposed_look(look_of(wish), frame)
    session.set_composition(replace(composition, live=with_look(composition.live, look)), is_undoable=False)


def heard(
    url: str, *, maps: tuple[str, ...], seconds: float, crs: str = "", layers: Mapping[str, Layer] | None = None
) -> tuple[FeedWish, EntityFrame]:
    """Listen to an address for a while; return the feed as it was understood, and its last frame.

    layers   whose features flows may go between

    raises   FeedError  it cannot be reached, or nothing with a place came
    """
    from data.feeds.mapping import parse_map  # noqa: PLC0415  network libraries are loaded where a feed is listened to
    from ui.feeding import Feeding  # noqa: PLC0415

    wish = FeedWish("feed", feed_name(url), url, mapping=parse_map(",".join(maps)))
    frame, reason = None, ""
    with Feeding() as feeding:
        feeding.open(wish, crs=crs, places=places_of_feed(wish.mapping, layers or {}))
        until = time.monotonic() + max(seconds, 0.5)
        while time.monotonic() < until:
            collected = feeding.collect(min(0.2, max(until - time.monotonic(), 0.0)))
            if collected.errors:
                raise collected.errors[0]
            frame = collected.frames.get(wish.id, frame)
            proposal = collected.proposals.get(wish.id)
            if proposal is not None:
                wish = replace(wish, picture=proposal.picture)
            status = (collected.statuses or {}).get(wish.id)
            reason = status.reason if status is not None else reason
            if status is not None and status.state is FeedState.FAILED:
                raise FeedError(reason or "The feed failed.", url=shown(url))
    if frame is None or not len(frame):
        raise FeedError(
            f"Nothing with a place came from the feed in {seconds:g} s. {reason}".strip(),
            hint="Listen longer with --seconds, or say what the fields mean with --map.",
            url=shown(url),
        )
    return replace(wish, url=split_secret(url)[0]), frame


def add_feed(session: Session, wish: FeedWish) -> None:
    """Put a feed into the composition, in the place of one of the same id."""
    feeds = (*(one for one in session.composition.feeds if one.id != wish.id), wish)
    session.set_composition(replace(session.composition, feeds=feeds), is_undoable=False)


def feeds_answer(session: Session) -> list[dict[str, object]]:
    """Return what is shown of each feed."""
    flows = {flow.id for flow in session.composition.flows}
    return [
        {
            "id": feed_id,
            "entities": len(frame),
            "at": moment_text(frame.at_s),
            "newest_age_s": round(float(frame.age_s.min()), 1) if len(frame) else None,
        }
        for feed_id, frame in session.frames.items()
        if feed_id not in flows
    ]
