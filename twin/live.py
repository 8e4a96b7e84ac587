"""How live things look: which shape, which value, which colours; and how fresh what is known of them is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from twin.entities import EntityFrame
from twin.feed import FeedState, FeedStatus, FeedWish, Picture


class Shape(StrEnum):
    """What live things are drawn as."""

    ARROWS = "arrows"
    """Oriented shapes that glide, with trails."""
    DISCS = "discs"
    """Spots on the ground."""
    COLUMNS = "columns"
    """Columns as high as their value."""
    HEAT = "heat"
    """A carpet of heat between the places that measure."""
    BUILDINGS = "buildings"
    """The buildings of a layer take the colour of the value that belongs to them."""
    ARCS = "arcs"
    """Arcs from one place to another."""


SHAPES_OF: dict[Picture, Shape] = {
    Picture.VEHICLES: Shape.ARROWS,
    Picture.SENSORS: Shape.COLUMNS,
    Picture.BUILDINGS: Shape.BUILDINGS,
    Picture.FLOWS: Shape.ARCS,
}


@dataclass(frozen=True, slots=True)
class LiveLook:
    """How the things of one feed look. A part of the composition."""

    feed_id: str
    name: str = ""
    shape: Shape = Shape.ARROWS
    is_visible: bool = True
    value: str = ""
    """The value that colours, raises or heats; "" for none."""
    unit: str = ""
    color: str = ""
    """One colour for all, "#rrggbb", where no value colours; "" takes the theme's."""
    colormap: str = ""
    low: float | None = None
    """Where the colours begin; None looks at what is there."""
    high: float | None = None
    opacity: float = 0.95
    size_m: float = 0.0
    """Length of arrows, width of discs and columns; 0 takes what suits the shape."""
    height_m: float = 0.0
    """Height of the column of the highest value; 0 takes what suits the city."""
    glides: bool = True
    """Whether things glide from one fix to the next, a little behind the time."""
    trail_s: float = 60.0
    """How long a trail reaches back; 0 draws none."""
    stale_s: float = 60.0
    """What is known for longer is drawn faded."""
    target_layer: str = ""
    """For BUILDINGS: the layer; "" takes the one with most buildings."""
    target_field: str = ""
    """For BUILDINGS: the column with the ids of the feed; "" goes by place: inside, else the nearest."""
    reach_m: float = 30.0
    """How far the nearest building may be from a place that is inside none."""
    note: str = ""
    """What is to be said in the legend: how privacy is kept."""
    most: int = 400
    """For ARCS: so many are drawn, the largest; 0 draws all."""
    least: float = 0.0
    """For ARCS: what is smaller is not drawn."""
    is_summed: bool = False
    """For ARCS: whether both directions between two places are one arc."""
    width_px: float = 12.0
    """For ARCS: how wide the largest is, in a picture of 720 lines."""


def look_of(wish: FeedWish) -> LiveLook:
    """Return the look that a feed begins with."""
    shape = SHAPES_OF[wish.picture]
    if shape is Shape.COLUMNS and not wish.shown_value:
        shape = Shape.DISCS
    return LiveLook(
        feed_id=wish.id,
        name=wish.name,
        shape=shape,
        is_visible=wish.is_visible,
        value=wish.shown_value,
        stale_s=wish.stale_s,
        target_layer=wish.target_layer,
        target_field=wish.target_field,
        note=privacy_note(wish),
    )


def privacy_note(wish: FeedWish) -> str:
    """Return in a sentence how a feed's privacy is kept; "" where nothing is held back."""
    privacy = wish.privacy
    parts = [
        "names are hashed, with another key each day (UTC)" if privacy.is_id_hashed else "",
        f"places are rounded to {privacy.grid_m:g} m" if privacy.grid_m > 0 else "",
        f"squares with fewer than {privacy.minimum_count} are not shown" if privacy.minimum_count > 1 else "",
        f"fields are dropped ({', '.join(privacy.dropped_fields)})" if privacy.dropped_fields else "",
        f"recordings are kept {privacy.keep_days:g} days" if privacy.keep_days > 0 else "",
    ]
    told = "; ".join(part for part in parts if part)
    return f"Privacy: {told}." if told else ""


def with_look(looks: tuple[LiveLook, ...], look: LiveLook) -> tuple[LiveLook, ...]:
    """Return looks with one put in the place of the feed's former one, or added."""
    if any(one.feed_id == look.feed_id for one in looks):
        return tuple(look if one.feed_id == look.feed_id else one for one in looks)
    return (*looks, look)


def without_look(looks: tuple[LiveLook, ...], feed_id: str) -> tuple[LiveLook, ...]:
    """Return looks without a feed's."""
    return tuple(one for one in looks if one.feed_id != feed_id)


def numeric_values(frame: EntityFrame) -> tuple[str, ...]:
    """Return the names of a frame's values that are numbers."""
    return tuple(name for name, column in frame.values.items() if column.dtype != object)


def proposed_look(look: LiveLook, frame: EntityFrame) -> LiveLook:
    """Return a look whose value exists, and for columns, heat and arcs is a number that differs; others stay.

    Places that measure begin as discs where no value was named: they become columns of the first number that differs.
    """
    numbers = [n for n in numeric_values(frame) if np.isfinite(frame.values[n].astype(float)).any()]
    if look.value in frame.values or not numbers or look.shape is Shape.ARROWS:
        return look
    differing = [n for n in numbers if float(np.nanstd(frame.values[n].astype(float))) > 0]
    if look.shape is Shape.DISCS:
        return replace(look, shape=Shape.COLUMNS, value=differing[0]) if differing else look
    return replace(look, value=(differing or numbers)[0])


def is_stale(frame: EntityFrame, stale_s: float, at_s: float) -> npt.NDArray[np.bool_]:
    """Return which entities (n,) are known of for longer than stale_s."""
    return np.asarray(at_s - frame.time_s > stale_s)


def age_text(seconds: float) -> str:
    """Return an age in a few letters: 8 s, 3 min, 5 h, 2 days; "?" where it is not known, as after a clock was set."""
    if not np.isfinite(seconds):
        return "?"
    for limit, unit_s, word in ((90, 1, "s"), (5400, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{max(round(seconds / unit_s), 0)} {word}"
    return f"{round(seconds / 86_400):,} days"


def freshness(frame: EntityFrame, stale_s: float, at_s: float) -> str:
    """Return in a sentence how old the newest of a frame is, and how many of it are stale."""
    if not len(frame):
        return "Nothing is known at this time."
    newest_s = float(at_s - np.nanmax(frame.time_s))
    stale = int(is_stale(frame, stale_s, at_s).sum())
    told = f"{len(frame):,} shown, newest {age_text(newest_s)} old"
    if stale == len(frame):
        return f"{told}; all stale."
    return f"{told}; {stale:,} stale." if stale else f"{told}."


WORDS: dict[FeedState, str] = {
    FeedState.CONNECTING: "connecting",
    FeedState.LIVE: "fresh",
    FeedState.STALE: "stale",
    FeedState.SILENT: "silent",
    FeedState.RECONNECTING: "connection lost, trying again",
    FeedState.FAILED: "failed",
    FeedState.ENDED: "ended",
}


def trouble_of(status: FeedStatus) -> str:
    """Return why a feed is in trouble, in a sentence; "" while it is not."""
    if status.state in (FeedState.LIVE, FeedState.CONNECTING) and not status.recording_trouble:
        return status.reason  # it listens, and what comes cannot be used
    if status.state is FeedState.ENDED and not status.reason:
        return ""
    return " ".join(
        part for part in (status.reason or f"It is {WORDS[status.state]}.", status.recording_trouble) if part
    )
