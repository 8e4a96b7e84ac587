"""A poll: what is asked, what may be answered, under which voting rule, and how the answers are counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from twin.errors import PollError, VoteError

RATING_HIGHEST = 5
OPTIONS_MOST = 50
TEXT_LONGEST = 400


class PollKind(StrEnum):
    """What kind of answer a poll takes."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    RATING = "rating"
    RANKING = "ranking"
    SCENARIO = "scenario"
    """One of several scenarios; counted as SINGLE."""


class VotingRule(StrEnum):
    """Who may vote, and how often. Stated on the projector, on every phone and in the report."""

    OPEN = "open"
    """One vote a browser: no proof against a person who votes with two."""
    SLIP = "slip"
    """One vote a slip: counted votes never exceed the slips issued."""


class Source(StrEnum):
    """Where a vote or comment came from; counted apart."""

    ROOM = "room"
    ONLINE = "online"
    PAPER = "paper"
    HANDS = "hands"
    ASSISTED = "assisted"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be chosen."""

    id: str
    text: dict[str, str] = field(default_factory=dict)
    """What people read, by language: {"en": "More trees"}."""
    scenario: str = ""
    """The scenario it stands for, in a poll of kind SCENARIO."""


@dataclass(frozen=True, slots=True)
class Poll:
    """What is asked. It is written into the ledger when it opens and does not change after that."""

    id: str
    question: dict[str, str]
    """By language."""
    options: tuple[Option, ...]
    kind: PollKind = PollKind.SINGLE
    rule: VotingRule = VotingRule.OPEN
    is_hidden: bool = False
    """True shows no figures before the poll is closed."""
    most: int = 0
    """For MULTIPLE: how many may be chosen at most; 0 for any number."""
    highest: int = RATING_HIGHEST
    """For RATING: 1 to this."""


Answer = tuple[str, ...] | dict[str, int]
"""What was chosen: option ids (for RANKING the first is the best liked), or for RATING a mark per option id."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote as it is counted."""

    answer: Answer
    source: Source


@dataclass(frozen=True, slots=True)
class HandCount:
    """What was counted by eye: shown hands, or paper forms."""

    source: Source
    counts: dict[str, int]
    """Votes by option id."""
    label: str = ""
    """Which part of the hall or which box; a later count of the same source and label replaces it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A poll's figures."""

    poll: Poll
    is_open: bool
    votes: int
    """Ballots and counted hands together; in polls with several answers a ballot is one vote here."""
    by_source: dict[str, int]
    """The same, by source."""
    counts: dict[str, int]
    """For each option: how often it was chosen; for RANKING, its points; for RATING, the sum of its marks."""
    counts_by_source: dict[str, dict[str, int]]
    means: dict[str, float]
    """For RATING: the mean mark of each option that was marked."""
    first_choices: dict[str, int]
    """For RANKING: how often each option was put first."""
    slips_issued: int
    """For the rule SLIP: how many slips could vote."""


def check_poll(poll: Poll) -> None:
    """Make sure that a poll can be asked.

    raises   PollError  it has no question, fewer than two options, ids twice, or texts that are too long
    """
    if not poll.id or not any(text.strip() for text in poll.question.values()):
        raise PollError("The poll asks nothing.", hint="Give it an id and a question.", poll=poll.id)
    ids = [o.id for o in poll.options]
    at_least = 1 if poll.kind is PollKind.RATING else 2
    if len(ids) < at_least or len(ids) > OPTIONS_MOST:
        raise PollError(f'The poll "{poll.id}" has {len(ids)} options.', hint=f"Give it {at_least} to {OPTIONS_MOST}.")
    if len(set(ids)) < len(ids) or not all(ids):
        raise PollError(f'Two options of the poll "{poll.id}" have the same id, or one has none.', poll=poll.id)
    texts = [*poll.question.values(), *(t for o in poll.options for t in o.text.values())]
    if any(len(text) > TEXT_LONGEST for text in texts):
        raise PollError(f'A text of the poll "{poll.id}" is longer than {TEXT_LONGEST} letters.', poll=poll.id)
    if poll.most < 0 or poll.highest < 2:
        raise PollError(f'The limits of the poll "{poll.id}" leave nothing to choose.', poll=poll.id)


def checked_answer(poll: Poll, choice: object) -> Answer:
    """Return an answer as it is kept, from what a phone or a script has sent.

    choice   an option id, a list of option ids, or for RATING an object of option id to mark
    raises   VoteError  it is not an answer to this poll
    """
    ids = [o.id for o in poll.options]
    if poll.kind is PollKind.RATING:
        return _checked_marks(poll, choice, ids)
    chosen = (choice,) if isinstance(choice, str) else choice
    if not isinstance(chosen, list | tuple) or not all(isinstance(c, str) for c in chosen):
        raise VoteError(f'The poll "{poll.id}" is answered with a list of option ids.', poll=poll.id)
    unknown = [c for c in chosen if c not in ids]
    if unknown:
        raise VoteError(f'The poll "{poll.id}" has no option "{unknown[0][:40]}".', poll=poll.id)
    if not chosen or len(set(chosen)) < len(chosen):
        raise VoteError("An answer names at least one option, and each only once.", poll=poll.id)
    if poll.kind in (PollKind.SINGLE, PollKind.SCENARIO) and len(chosen) > 1:
        raise VoteError(f'The poll "{poll.id}" takes one answer.', poll=poll.id)
    if poll.kind is PollKind.MULTIPLE and poll.most and len(chosen) > poll.most:
        raise VoteError(f'The poll "{poll.id}" takes at most {poll.most} answers.', poll=poll.id)
    if poll.kind is PollKind.MULTIPLE:  # the order of ticking says nothing and is not kept
        return tuple(i for i in ids if i in chosen)
    return tuple(chosen)


def _checked_marks(poll: Poll, choice: object, ids: list[str]) -> dict[str, int]:
    if isinstance(choice, int) and not isinstance(choice, bool) and len(ids) == 1:
        choice = {ids[0]: choice}
    if not isinstance(choice, Mapping) or not choice:
        raise VoteError(f'The poll "{poll.id}" is answered with a mark for each option.', poll=poll.id)
    for option, mark in choice.items():
        if option not in ids:
            raise VoteError(f'The poll "{poll.id}" has no option "{str(option)[:40]}".', poll=poll.id)
        if not isinstance(mark, int) or isinstance(mark, bool) or not 1 <= mark <= poll.highest:
            raise VoteError(f"A mark is a whole number from 1 to {poll.highest}.", poll=poll.id)
    return {i: int(choice[i]) for i in ids if i in choice}


def checked_hand_count(poll: Poll, source: Source, counts: object, label: str = "") -> HandCount:
    """Return a hand count as it is kept.

    raises   VoteError  the poll is not one that hands can answer, or a count is no whole number from 0 to 100,000
    """
    if poll.kind in (PollKind.RATING, PollKind.RANKING):
        raise VoteError(
            f'The poll "{poll.id}" cannot be answered by a show of hands.', hint="Enter its paper forms one by one."
        )
    if poll.rule is VotingRule.SLIP and source is Source.HANDS:
        raise VoteError(
            f'The poll "{poll.id}" is voted on with slips: hands would count people twice.',
            hint="Ask an open poll, or enter the slips.",
        )
    ids = [o.id for o in poll.options]
    if not isinstance(counts, Mapping) or not counts or any(k not in ids for k in counts):
        raise VoteError(f'A hand count names options of the poll "{poll.id}".', poll=poll.id)
    for count in counts.values():
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 100_000:
            raise VoteError("A count is a whole number from 0 to 100,000.", poll=poll.id)
    return HandCount(source, {i: int(counts[i]) for i in ids if i in counts}, label[:80])


def tally(
    poll: Poll,
    ballots: Iterable[Ballot],
    hand_counts: Iterable[HandCount] = (),
    *,
    is_open: bool = False,
    slips_issued: int = 0,
) -> Tally:
    """Count a poll.

    ballots       the last vote of each token or slip, and paper forms one by one
    hand_counts   the last of each source and label
    source        RANKING: Borda count, n options give n - 1 points to the first and none to the last; options that
                  are not ranked get none
    """
    ids = [o.id for o in poll.options]
    counts: dict[str, dict[str, int]] = {}
    votes: dict[str, int] = {}
    marks = dict.fromkeys(ids, 0)
    first = dict.fromkeys(ids, 0)
    for ballot in ballots:
        votes[ballot.source] = votes.get(ballot.source, 0) + 1
        of_source = counts.setdefault(ballot.source, dict.fromkeys(ids, 0))
        for option, points in _points(poll, ballot.answer):
            of_source[option] += points
            marks[option] += 1
        if poll.kind is PollKind.RANKING:
            first[next(iter(ballot.answer))] += 1
    for counted in hand_counts:
        votes[counted.source] = votes.get(counted.source, 0) + sum(counted.counts.values())
        of_source = counts.setdefault(counted.source, dict.fromkeys(ids, 0))
        for option, number in counted.counts.items():
            of_source[option] += number
    total = {i: sum(of_source[i] for of_source in counts.values()) for i in ids}
    return Tally(
        poll=poll,
        is_open=is_open,
        votes=sum(votes.values()),
        by_source={str(s): votes[s] for s in Source if s in votes},
        counts=total,
        counts_by_source={str(s): counts[s] for s in Source if s in counts},
        means={i: total[i] / marks[i] for i in ids if marks[i]} if poll.kind is PollKind.RATING else {},
        first_choices=first if poll.kind is PollKind.RANKING else {},
        slips_issued=slips_issued,
    )


def _points(poll: Poll, answer: Answer) -> list[tuple[str, int]]:
    if isinstance(answer, dict):
        return list(answer.items())
    if poll.kind is PollKind.RANKING:
        return [(option, len(poll.options) - 1 - place) for place, option in enumerate(answer)]
    return [(option, 1) for option in answer]


def poll_of_json(value: Mapping[str, Any]) -> Poll:
    """Return a poll from what TOML, JSON or the ledger says of it; texts may be plain (English) or by language.

    raises   PollError  something is missing or of the wrong kind; the poll cannot be asked
    """
    try:
        options = tuple(_option(o, number) for number, o in enumerate(value["options"], 1))
        poll = Poll(
            id=str(value["id"]),
            question=_words(value["question"]),
            options=options,
            kind=PollKind(value.get("kind", "single")),
            rule=VotingRule(value.get("rule", "open")),
            is_hidden=bool(value.get("is_hidden", False)),
            most=int(value.get("most", 0)),
            highest=int(value.get("highest", RATING_HIGHEST)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PollError(
            f"A poll is not written as polls are ({error}).", hint="It needs id, question, kind, rule and options."
        ) from error
    check_poll(poll)
    return poll


def _option(value: object, number: int) -> Option:
    if isinstance(value, str):
        return Option(str(number), {"en": value})
    if not isinstance(value, Mapping):
        raise TypeError("an option is a text or a table")
    return Option(str(value.get("id", number)), _words(value.get("text", "")), str(value.get("scenario", "")))


def _words(value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(language): str(text) for language, text in value.items()}
    return {"en": str(value)} if str(value) else {}


def json_of_poll(poll: Poll) -> dict[str, Any]:
    """Return a poll as plain values; poll_of_json makes it a poll again."""
    return {
        "id": poll.id,
        "question": poll.question,
        "kind": str(poll.kind),
        "rule": str(poll.rule),
        "is_hidden": poll.is_hidden,
        "most": poll.most,
        "highest": poll.highest,
        "options": [
            {"id": o.id, "text": o.text} | ({"scenario": o.scenario} if o.scenario else {}) for o in poll.options
        ],
    }
