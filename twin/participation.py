"""A hearing as it stands: polls, ballots, comments and what was done with them, folded from the ledger's entries.

The meeting's server, the recount and the report all use this one fold, so they cannot disagree; the recount script that
goes with a report is written apart from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from twin.chain import Entry
from twin.errors import CommentError, PollError, VoteError
from twin.poll import Answer, Ballot, HandCount, Poll, Source, Tally, VotingRule, poll_of_json, tally


class CommentKind(StrEnum):
    """What a comment is meant as."""

    IDEA = "idea"
    WORRY = "worry"
    QUESTION = "question"
    LIKE = "like"


class CommentState(StrEnum):
    """Where a comment stands in moderation."""

    HELD = "held"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    PURGED = "purged"


class AnswerState(StrEnum):
    """What the office did about a comment."""

    OPEN = "open"
    PLANNED = "planned"
    DONE = "done"
    DECLINED = "declined"


GONE = (CommentState.WITHDRAWN, CommentState.PURGED)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment's facts; its words and its place are on a sheet that is kept apart from the chain."""

    id: str
    kind: CommentKind
    commitment: str
    author: str
    """A token's hash, made for comments alone: it lets an author withdraw, and says nothing of who that is."""
    source: Source
    at: str
    call: str = ""
    """The call for ideas that it answers."""
    state: CommentState = CommentState.HELD
    reason: str = ""
    """Why it was rejected, redacted or held."""
    merged_into: str = ""
    is_redacted: bool = False
    is_pinned: bool = False
    supporters: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    theme: str = ""
    answer: str = ""
    answer_state: AnswerState = AnswerState.OPEN


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a comment says and where: kept beside the chain, which holds only a commitment to it, and deletable."""

    text: str
    place: dict[str, Any] = field(default_factory=dict)
    """{"type": "point", "line", "area", "building" or "project", "lonlat": [...], "z_m": n, "layer": id, "key": k}."""
    context: dict[str, Any] = field(default_factory=dict)
    """What its author saw: camera, layers, time, scenario, slide."""
    age_group: str = ""
    district: str = ""
    language: str = ""
    facility: str = ""
    """The named facility that it rates."""
    rating: int = 0
    """1 to 5 for a facility; 0 rates nothing."""


@dataclass(slots=True)
class PollRecord:
    """A poll and what was voted in it so far."""

    poll: Poll
    is_open: bool = True
    ballots: dict[str, Ballot] = field(default_factory=dict)
    """The last vote of each ballot id."""
    hand_counts: dict[tuple[str, str], HandCount] = field(default_factory=dict)
    head_at_close: str = ""


class Record:
    """A hearing as it stands after some entries. Entries are applied in their order; a fold, nothing else."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        """Apply entries to an empty hearing."""
        self.polls: dict[str, PollRecord] = {}
        self.comments: dict[str, Comment] = {}
        self.slips: dict[str, set[str]] = {}
        """For each poll the ballots of the slips that may vote in it."""
        self.is_open = False
        self.count = 0
        for entry in entries:
            self.apply(entry)

    def apply(self, entry: Entry) -> None:
        """Take one more entry into account; kinds that are not known here count and change nothing.

        raises   PollError, VoteError, CommentError  the entry contradicts those before it
        """
        self.count = entry.number
        act = _ACTS.get(entry.kind)
        if act is not None:
            act(self, entry)

    def poll(self, poll_id: str) -> PollRecord:
        """Return a poll's record.

        raises   PollError  it was never opened
        """
        if poll_id not in self.polls:
            raise PollError(f'There is no poll "{poll_id[:40]}" in this hearing.', poll=poll_id)
        return self.polls[poll_id]

    def comment(self, comment_id: str) -> Comment:
        """Return a comment.

        raises   CommentError  there is none of that id
        """
        if comment_id not in self.comments:
            raise CommentError(f'There is no comment "{comment_id[:40]}" in this hearing.', comment=comment_id)
        return self.comments[comment_id]

    def tally(self, poll_id: str) -> Tally:
        """Return a poll's figures as they stand.

        raises   PollError  it was never opened
        """
        record = self.poll(poll_id)
        return tally(
            record.poll,
            record.ballots.values(),
            record.hand_counts.values(),
            is_open=record.is_open,
            slips_issued=len(self.slips.get(poll_id, ())),
        )

    def tallies(self) -> list[Tally]:
        """Return the figures of all polls, in the order they were opened."""
        return [self.tally(poll_id) for poll_id in self.polls]

    def shown(self) -> list[Comment]:
        """Return the comments that everybody may see, in the order they came."""
        return [c for c in self.comments.values() if c.state is CommentState.ACCEPTED]


# what each kind of entry does


def _opened(record: Record, _entry: Entry) -> None:
    record.is_open = True


def _closed(record: Record, _entry: Entry) -> None:
    record.is_open = False


def _poll_opened(record: Record, entry: Entry) -> None:
    poll = poll_of_json(entry.body["poll"])
    known = record.polls.get(poll.id)
    if known is None:
        record.polls[poll.id] = PollRecord(poll)
    elif known.poll != poll:
        raise PollError(f'The poll "{poll.id}" was opened before with another question.', poll=poll.id)
    elif not known.is_open:
        raise PollError(f'The poll "{poll.id}" is closed, and a closed poll stays closed.', poll=poll.id)


def _poll_closed(record: Record, entry: Entry) -> None:
    record.poll(str(entry.body["poll"])).is_open = False


def check_can_vote(record: Record, poll_id: str, ballot: str) -> None:
    """Make sure that a vote would count.

    ballot   the ballot's id: for slips the hash of the code
    raises   PollError  there is no such poll
             VoteError  it is closed, or the slip was never issued
    """
    held = record.poll(poll_id)
    if not held.is_open:
        raise VoteError(f'The poll "{poll_id}" is closed.', hint="Its result is shown.", poll=poll_id)
    if held.poll.rule is VotingRule.SLIP and ballot not in record.slips.get(poll_id, ()):
        raise VoteError("This slip's code is not one that was handed out.", hint="Type it again.", poll=poll_id)


def _voted(record: Record, entry: Entry) -> None:
    poll_id, ballot = str(entry.body["poll"]), str(entry.body["ballot"])
    check_can_vote(record, poll_id, ballot)
    choice = entry.body["choice"]
    answer: Answer = dict(choice) if isinstance(choice, Mapping) else tuple(choice)
    record.poll(poll_id).ballots[ballot] = Ballot(answer, Source(entry.body["source"]))


def _vote_withdrawn(record: Record, entry: Entry) -> None:
    held = record.poll(str(entry.body["poll"]))
    if not held.is_open:
        raise VoteError(f'The poll "{held.poll.id}" is closed.', poll=held.poll.id)
    held.ballots.pop(str(entry.body["ballot"]), None)


def _hands_counted(record: Record, entry: Entry) -> None:
    held = record.poll(str(entry.body["poll"]))
    if not held.is_open:
        raise VoteError(f'The poll "{held.poll.id}" is closed.', poll=held.poll.id)
    counted = HandCount(Source(entry.body["source"]), dict(entry.body["counts"]), str(entry.body.get("label", "")))
    held.hand_counts[counted.source, counted.label] = counted


def _slips_issued(record: Record, entry: Entry) -> None:
    record.slips.setdefault(str(entry.body["poll"]), set()).update(entry.body["ballots"])


def _slips_voided(record: Record, entry: Entry) -> None:
    poll_id = str(entry.body["poll"])
    held = record.poll(poll_id)
    for ballot in entry.body["ballots"]:
        record.slips.get(poll_id, set()).discard(ballot)
        held.ballots.pop(ballot, None)


def _commented(record: Record, entry: Entry) -> None:
    body = entry.body
    if body["id"] in record.comments:
        raise CommentError(f'A comment "{body["id"]}" was there before.')
    record.comments[body["id"]] = Comment(
        id=body["id"],
        kind=CommentKind(body["kind"]),
        commitment=body["text"],
        author=body["author"],
        source=Source(body["source"]),
        at=entry.at,
        call=body.get("call", ""),
        state=CommentState(body.get("state", "held")),
        reason=body.get("reason", ""),
    )


def _supported(record: Record, entry: Entry) -> None:
    comment = record.comment(entry.body["comment"])
    others = comment.supporters - {entry.body["by"]}
    more = others | {entry.body["by"]} if entry.body.get("is_on", True) else others
    record.comments[comment.id] = replace(comment, supporters=more)


def _flagged(record: Record, entry: Entry) -> None:
    comment = record.comment(entry.body["comment"])
    record.comments[comment.id] = replace(comment, flags=comment.flags | {entry.body["by"]})


def check_can_moderate(comment: Comment) -> None:
    """Make sure that a comment is still there to be moderated.

    raises   CommentError  it was withdrawn or purged
    """
    if comment.state in GONE:
        raise CommentError("The comment was withdrawn.", hint="There is nothing left to decide.", comment=comment.id)


def _moderated(record: Record, entry: Entry) -> None:
    body = entry.body
    comment = record.comment(body["comment"])
    check_can_moderate(comment)
    reason = str(body.get("reason", ""))
    match body["act"]:
        case "accept":
            comment = replace(comment, state=CommentState.ACCEPTED, reason=reason)
        case "reject":
            comment = replace(comment, state=CommentState.REJECTED, reason=reason, is_pinned=False)
        case "merge":
            into = record.comment(body["into"])
            record.comments[into.id] = replace(into, supporters=into.supporters | comment.supporters)
            comment = replace(comment, state=CommentState.MERGED, reason=reason, merged_into=into.id)
        case "redact":
            comment = replace(comment, commitment=body["text"], is_redacted=True, reason=reason)
        case "pin" | "unpin" as act:
            comment = replace(comment, is_pinned=act == "pin")
        case "theme":
            comment = replace(comment, theme=str(body.get("theme", "")))
        case "answer":
            state = AnswerState(body.get("status", "open"))
            comment = replace(comment, answer=str(body.get("answer", "")), answer_state=state)
        case other:
            raise CommentError(f'"{other}" is nothing that can be done with a comment.')
    record.comments[comment.id] = comment


def _withdrawn(record: Record, entry: Entry) -> None:
    comment = record.comment(entry.body["comment"])
    record.comments[comment.id] = replace(comment, state=CommentState.WITHDRAWN, is_pinned=False)


def _purged(record: Record, entry: Entry) -> None:
    for comment_id in entry.body["comments"]:
        comment = record.comment(comment_id)
        if comment.state is not CommentState.WITHDRAWN:
            record.comments[comment_id] = replace(comment, state=CommentState.PURGED)


_ACTS = {
    "hearing_opened": _opened,
    "hearing_closed": _closed,
    "poll_opened": _poll_opened,
    "poll_closed": _poll_closed,
    "voted": _voted,
    "vote_withdrawn": _vote_withdrawn,
    "hands_counted": _hands_counted,
    "slips_issued": _slips_issued,
    "slips_voided": _slips_voided,
    "commented": _commented,
    "supported": _supported,
    "flagged": _flagged,
    "moderated": _moderated,
    "withdrawn": _withdrawn,
    "purged": _purged,
}
"""Kinds of entries; those that are not here (contacts, receipts, notes) change nothing that is counted."""
