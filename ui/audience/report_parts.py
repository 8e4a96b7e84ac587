"""What a report says, as headings, paragraphs, tables and pictures: once for the page and for the paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from twin.hearing_report import GroupShare, HearingReport, Voice
from twin.poll import PollKind, Tally, VotingRule


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the report's title."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A table; the columns in `numbers` are set to the right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Bars:
    """Figures with bars."""

    items: tuple[tuple[str, float, str], ...]
    """Text, length, and the figure as it is written."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture from a file, and what is on it."""

    path: Path
    caption: str


Part = Heading | Text | Rows | Bars | Shown

RULES = {
    VotingRule.OPEN: "Open vote: one vote for each browser. This is no proof against people voting twice.",
    VotingRule.SLIP: "Vote by slip: one vote for each slip handed out at the door; slips were not linked to persons.",
}
METHODS = {
    PollKind.SINGLE: "Each vote names one option.",
    PollKind.SCENARIO: "Each vote names one scenario.",
    PollKind.MULTIPLE: "Each vote names one or more options.",
    PollKind.RATING: "Each vote gives marks; the mean is over those who marked an option.",
    PollKind.RANKING: "Each vote orders the options; of n options the first gets n-1 points, the next n-2, and so on.",
}


def parts_of(report: HearingReport, pictures: Sequence[Shown] = ()) -> list[Part]:
    """Return the whole report."""
    said = sum(report.by_state.values())
    parts: list[Part] = [
        Heading(report.title, 1),
        Text(f"Report of the hearing, made on {datetime.now(UTC):%d %B %Y}.", is_quiet=True),
        Text(_summary(report, said)),
    ]
    parts += [part for name, tally in report.tallies for part in _poll(report, name, tally)]
    if pictures:
        parts += [Heading("Where people commented"), *pictures]
    parts += [Heading("You said, we did"), *_answered(report.answered)]
    parts += [Heading("Not answered yet"), *_voices(report.unanswered, "Every comment was answered.")]
    parts += _who(report)
    parts += _moderation(report)
    parts += _method(report)
    return parts


def _summary(report: HearingReport, said: int) -> str:
    votes = sum(t.votes for _, t in report.tallies)
    meetings = len(report.chains)
    return (
        f"{meetings} meeting{'s' if meetings != 1 else ''}, {len(report.tallies)} polls with {votes:,} votes, "
        f"{said:,} comments of which {len(report.voices):,} are shown here; "
        f"{len(report.answered):,} are answered, {len(report.unanswered):,} are not."
    )


def _poll(report: HearingReport, name: str, tally: Tally) -> list[Part]:
    poll = tally.poll
    question = poll.question.get("en") or next(iter(poll.question.values()))
    title = question if len(report.chains) == 1 else f"{question} ({name})"
    items = []
    for option in poll.options:
        text, count = next(iter(option.text.values()), option.id), tally.counts[option.id]
        figure, length = f"{count:,}", float(count)
        if poll.kind is PollKind.RATING:
            mean = tally.means.get(option.id)
            figure, length = ("no marks", 0.0) if mean is None else (f"mean {mean:.2f} of {poll.highest}", mean)
        elif poll.kind is PollKind.RANKING:
            figure = f"{count:,} points, first {tally.first_choices[option.id]:,} times"
        items.append((text, length, figure))
    sources = ", ".join(f"{source} {number:,}" for source, number in tally.by_source.items()) or "none"
    state = "still open" if tally.is_open else "closed"
    parts: list[Part] = [
        Heading(title),
        Bars(tuple(items)),
        Text(f"{tally.votes:,} votes ({sources}); {state}."),
        Text(f"{RULES[poll.rule]} {METHODS[poll.kind]}", is_quiet=True),
    ]
    if poll.rule is VotingRule.SLIP:
        parts.append(Text(f"{tally.slips_issued:,} slips could vote.", is_quiet=True))
    head = report.heads_at_close.get(poll.id)
    if head:
        parts.append(Text(f"Head of the record when it was closed: {head}", is_quiet=True))
    return parts


def _place(voice: Voice) -> str:
    return str(voice.place.get("name") or {"project": "the whole project"}.get(str(voice.place.get("type")), "a place"))


def _voices(voices: Sequence[Voice], none: str) -> list[Part]:
    if not voices:
        return [Text(none)]
    rows = tuple((v.kind, _place(v), _words(v), str(v.support)) for v in voices)
    return [Rows(("kind", "place", "comment", "support"), rows, numbers=(3,))]


def _words(voice: Voice) -> str:
    rated = f"[{voice.rating} of 5] " if voice.rating else ""
    return f"{rated}{voice.text}{' (shortened by a moderator)' if voice.is_redacted else ''}"


def _answered(voices: Sequence[Voice]) -> list[Part]:
    if not voices:
        return [Text("No comment has been answered yet.")]
    parts: list[Part] = []
    for theme in dict.fromkeys(v.theme for v in voices):
        rows = tuple((_words(v), v.answer, str(v.status)) for v in voices if v.theme == theme)
        parts += [Heading(theme, 3)] if theme else []
        parts.append(Rows(("you said", "we answer", "status"), rows))
    return parts


def _who(report: HearingReport) -> list[Part]:
    parts: list[Part] = [Heading("Who took part")]
    sources = ", ".join(f"{source} {number:,}" for source, number in report.by_source.items()) or "none"
    parts.append(Text(f"Comments shown, by where they came from: {sources}."))
    for title, shares in (("age group", report.age_groups), ("district", report.districts)):
        if shares:
            parts.append(Rows((title, "comments", "people who live there"), tuple(map(_share, shares)), numbers=(1, 2)))
            unheard = [s.group for s in shares if not s.is_heard]
            if unheard:
                parts.append(Text(f"Not heard: {', '.join(unheard)}."))
    parts.append(
        Text("Groups are told by those who wished to; numbers below 5 are not shown.", is_quiet=True),
    )
    return parts


def _share(share: GroupShare) -> tuple[str, ...]:
    said = "fewer than 5" if share.comments is None else f"{share.comments:,}"
    return share.group, said, "" if share.people is None else f"{share.people:,}"


def _moderation(report: HearingReport) -> list[Part]:
    parts: list[Part] = [Heading("Moderation")]
    states = ", ".join(f"{number:,} {state}" for state, number in report.by_state.items()) or "none"
    parts.append(Text(f"Comments: {states}."))
    rows = tuple((d.comment, d.act, d.reason, d.role) for d in report.log if d.reason)
    if rows:
        parts.append(Rows(("comment", "act", "reason", "by"), rows))
    return parts


def _method(report: HearingReport) -> list[Part]:
    parts: list[Part] = [Heading("How this can be checked")]
    parts.append(
        Text(
            "Every vote, comment and decision is an entry in a ledger in which each entry is bound to all before it by "
            "SHA-256. The files beside this report hold the votes without tokens, times or order; "
            "python3 recount.py ballots.json counts them again with Python alone. Whoever kept a head or a receipt "
            "can hold the office's ledger against it: citytwin verify PROJECT --head HEAD. Without a published head, "
            "a ledger that was wholly made anew could not be told from the true one."
        )
    )
    rows = tuple(
        (c.name, f"{len(c.entries):,}", "intact" if c.is_intact else "BROKEN", c.head or "empty") for c in report.chains
    )
    parts.append(Rows(("meeting", "entries", "ledger", "last head"), rows, numbers=(1,)))
    parts += [Text(f"The ledger of {name} is part of another one here and counts once.") for name in report.doubles]
    return parts
