"""What everybody may see of a meeting: nothing that was not accepted, nothing personal, no tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from twin.hearing_plan import Call, Facility
from twin.participation import Comment, PollRecord, Record, Sheet
from twin.poll import json_of_poll
from ui.audience.stage import Sight


@dataclass(frozen=True, slots=True)
class Programme:
    """What a meeting is about, apart from what is said in it."""

    title: str
    languages: tuple[str, ...] = ("en",)
    is_rehearsal: bool = False
    age_groups: tuple[str, ...] = ("under 18", "18-29", "30-44", "45-64", "65 and over")
    districts: tuple[str, ...] = ()
    notice: dict[str, str] = field(default_factory=dict)
    """What happens with what people send, in plain words; by language. Empty takes the page's own."""
    calls: tuple[Call, ...] = ()
    facilities: tuple[Facility, ...] = ()
    views: tuple[Sight, ...] = ()
    bounds_lonlat: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """West, south, east, north of the plan: the square that tile 0/0/0 shows."""
    zoom_most: int = 5
    attribution: str = ""
    opens: str = ""
    """The first day on which contributions are taken, "2026-11-21"; "" from the start."""
    closes: str = ""
    """The last day; "" for no end."""


@dataclass(frozen=True, slots=True)
class Slide:
    """What is on the projector, in words."""

    number: int = 0
    """From 1; 0 while no story is shown."""
    of: int = 0
    title: dict[str, str] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    version: int = 0
    is_black: bool = False


def public_state(programme: Programme, record: Record, slide: Slide, *, version: int, head: str) -> dict[str, Any]:
    """Return what every phone is sent."""
    return {
        "version": version,
        "title": programme.title,
        "languages": list(programme.languages),
        "is_rehearsal": programme.is_rehearsal,
        "notice": programme.notice,
        "age_groups": list(programme.age_groups),
        "districts": list(programme.districts),
        "slide": {
            "number": slide.number,
            "of": slide.of,
            "title": slide.title,
            "text": slide.text,
            "description": slide.description,
            "version": slide.version,
            "is_black": slide.is_black,
        },
        "views": [
            {"id": v.id, "title": v.title, "description": v.description, "version": v.version} for v in programme.views
        ],
        "plan": {"bounds_lonlat": list(programme.bounds_lonlat), "zoom_most": programme.zoom_most},
        "calls": [
            {"id": c.id, "brief": c.brief, "criteria": c.criteria, "deadline": c.deadline} for c in programme.calls
        ],
        "facilities": [{"id": f.id, "name": f.name, "lonlat": list(f.lonlat)} for f in programme.facilities],
        "polls": [public_poll(record, poll_id) for poll_id in record.polls],
        "comments": len(record.shown()),
        "attribution": programme.attribution,
        "opens": programme.opens,
        "closes": programme.closes,
        "head": head,
    }


def public_poll(record: Record, poll_id: str) -> dict[str, Any]:
    """Return a poll with its figures, or without while they are hidden."""
    held: PollRecord = record.poll(poll_id)
    poll = json_of_poll(held.poll) | {"is_open": held.is_open, "head_at_close": held.head_at_close}
    if held.is_open and held.poll.is_hidden:
        return poll
    tally = record.tally(poll_id)
    return poll | {
        "votes": tally.votes,
        "by_source": tally.by_source,
        "counts": tally.counts,
        "means": {option: round(mean, 2) for option, mean in tally.means.items()},
        "first_choices": tally.first_choices,
        "slips_issued": tally.slips_issued,
    }


def public_comment(comment: Comment, sheet: Sheet) -> dict[str, Any]:
    """Return an accepted comment as everybody sees it; groups are not shown with single comments."""
    return {
        "id": comment.id,
        "kind": str(comment.kind),
        "text": sheet.text,
        "place": sheet.place,
        "facility": sheet.facility,
        "rating": sheet.rating,
        "support": len(comment.supporters),
        "is_pinned": comment.is_pinned,
        "is_redacted": comment.is_redacted,
        "call": comment.call,
        "theme": comment.theme,
        "answer": comment.answer,
        "status": str(comment.answer_state),
    }


def own_comment(comment: Comment, sheet: Sheet) -> dict[str, Any]:
    """Return a comment as its author sees it: with where it stands, and why."""
    return public_comment(comment, sheet) | {
        "state": str(comment.state),
        "reason": comment.reason,
        "merged_into": comment.merged_into,
        "context": sheet.context,
    }


def queued_comment(comment: Comment, sheet: Sheet) -> dict[str, Any]:
    """Return a comment as moderators see it."""
    return own_comment(comment, sheet) | {
        "flags": len(comment.flags),
        "source": str(comment.source),
        "age_group": sheet.age_group,
        "district": sheet.district,
        "language": sheet.language,
        "at": comment.at,
    }


def moderation_log(record: Record, comments: Iterable[Comment]) -> list[dict[str, Any]]:
    """Return what was decided about comments and why: never what they said."""
    return [
        {"comment": c.id, "state": str(c.state), "reason": c.reason, "is_redacted": c.is_redacted}
        for c in comments
        if c.id in record.comments and (c.reason or c.is_redacted)
    ]
