"""What came of a hearing, from one or more ledgers: figures, voices, answers, and who was not heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from twin.chain import Entry
from twin.participation import AnswerState, Comment, CommentState, Record, Sheet
from twin.poll import Tally

LEAST_IN_GROUP = 5
"""Smaller groups of people are not shown by number."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One ledger as it was read."""

    name: str
    entries: tuple[tuple[Entry, str], ...]
    """Each entry with the chain's head after it."""
    sheets: Mapping[str, Sheet]
    is_intact: bool

    @property
    def head(self) -> str:
        """Return the chain's last head."""
        return self.entries[-1][1] if self.entries else ""


@dataclass(frozen=True, slots=True)
class Voice:
    """A comment as a report shows it."""

    id: str
    kind: str
    text: str
    place: Mapping[str, object]
    support: int
    theme: str
    status: AnswerState
    answer: str
    call: str
    source: str
    facility: str = ""
    rating: int = 0
    is_redacted: bool = False


@dataclass(frozen=True, slots=True)
class GroupShare:
    """How many of a group took part, beside how many live there."""

    group: str
    comments: int | None
    """None where there are fewer than LEAST_IN_GROUP, but some."""
    people: int | None = None
    """From the census; None where it says nothing of this group."""

    @property
    def is_heard(self) -> bool:
        """Return whether anybody of the group said anything."""
        return self.comments != 0


@dataclass(frozen=True, slots=True)
class Decision:
    """One act of moderation: never with what was said."""

    comment: str
    act: str
    reason: str
    role: str


@dataclass(frozen=True, slots=True)
class HearingReport:
    """All that a report tells."""

    title: str
    chains: tuple[Chain, ...]
    tallies: tuple[tuple[str, Tally], ...]
    """Each poll with the name of the meeting it was asked in."""
    heads_at_close: Mapping[str, str]
    """By poll id: the head that was shown when it was closed."""
    voices: tuple[Voice, ...]
    """Accepted comments, the best supported first."""
    by_state: Mapping[str, int]
    by_source: Mapping[str, int]
    by_kind: Mapping[str, int]
    age_groups: tuple[GroupShare, ...]
    districts: tuple[GroupShare, ...]
    log: tuple[Decision, ...]
    doubles: tuple[str, ...] = ()
    """Ledgers that were given more than once and count once."""

    @property
    def unanswered(self) -> tuple[Voice, ...]:
        """Return the comments that nobody has answered yet."""
        return tuple(v for v in self.voices if v.status is AnswerState.OPEN and not v.answer)

    @property
    def answered(self) -> tuple[Voice, ...]:
        """Return the comments that were answered: "you said, we did"."""
        return tuple(v for v in self.voices if v.status is not AnswerState.OPEN or v.answer)


@dataclass(slots=True)
class _Sum:
    """Figures of several meetings while they are added up."""

    tallies: list[tuple[str, Tally]] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    voices: list[Voice] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    ages: Counter[str] = field(default_factory=Counter)
    districts: Counter[str] = field(default_factory=Counter)
    log: list[Decision] = field(default_factory=list)


def hearing_report(
    title: str,
    chains: Sequence[Chain],
    *,
    census_ages: Mapping[str, int] | None = None,
    census_districts: Mapping[str, int] | None = None,
) -> HearingReport:
    """Bring ledgers together; one that continues or repeats another counts once.

    chains      of one hearing's meetings, in any order
    census_*    people by group
    raises      PollError, VoteError, CommentError  a ledger contradicts itself
    """
    kept, doubles = _without_doubles(chains)
    total = _Sum()
    for chain in kept:
        _add(total, chain)
    total.voices.sort(key=lambda v: -v.support)
    return HearingReport(
        title=title,
        chains=tuple(kept),
        tallies=tuple(total.tallies),
        heads_at_close=total.heads,
        voices=tuple(total.voices),
        by_state=dict(total.states),
        by_source=dict(total.sources),
        by_kind=dict(total.kinds),
        age_groups=_shares(total.ages, census_ages or {}),
        districts=_shares(total.districts, census_districts or {}),
        log=tuple(total.log),
        doubles=tuple(doubles),
    )


def _without_doubles(chains: Sequence[Chain]) -> tuple[list[Chain], list[str]]:
    """Leave out each chain that is the beginning of another, or the same: no row is counted twice."""
    kept: list[Chain] = []
    doubles = []
    for chain in sorted(chains, key=lambda c: -len(c.entries)):
        heads = {head for other in kept for _, head in other.entries}
        if chain.entries and chain.head in heads:
            doubles.append(chain.name)
        else:
            kept.append(chain)
    kept.sort(key=lambda c: c.entries[0][0].at if c.entries else "")
    return kept, doubles


def _add(total: _Sum, chain: Chain) -> None:
    record = Record(entry for entry, _ in chain.entries)
    total.tallies += [(chain.name, tally) for tally in record.tallies()]
    for entry, head in chain.entries:
        if entry.kind == "poll_closed":
            total.heads[str(entry.body["poll"])] = head
        if entry.kind in ("moderated", "purged"):
            ids = entry.body["comments"] if entry.kind == "purged" else [entry.body["comment"]]
            act, reason = str(entry.body.get("act", "purge")), str(entry.body.get("reason", ""))
            total.log += [Decision(str(i), act, reason, entry.role) for i in ids]
    for comment in record.comments.values():
        total.states[str(comment.state)] += 1
        sheet = chain.sheets.get(comment.id)
        if comment.state is not CommentState.ACCEPTED or sheet is None:
            continue
        total.sources[str(comment.source)] += 1
        total.kinds[str(comment.kind)] += 1
        total.ages[sheet.age_group] += 1
        total.districts[sheet.district] += 1
        total.voices.append(_voice(comment, sheet))


def _voice(comment: Comment, sheet: Sheet) -> Voice:
    return Voice(
        id=comment.id,
        kind=str(comment.kind),
        text=sheet.text,
        place=sheet.place,
        support=len(comment.supporters),
        theme=comment.theme,
        status=comment.answer_state,
        answer=comment.answer,
        call=comment.call,
        source=str(comment.source),
        facility=sheet.facility,
        rating=sheet.rating,
        is_redacted=comment.is_redacted,
    )


def _shares(counted: Counter[str], census: Mapping[str, int]) -> tuple[GroupShare, ...]:
    groups = [*census, *sorted(g for g in counted if g and g not in census)]
    shares = []
    for group in groups:
        number = counted.get(group, 0)
        shown = None if 0 < number < LEAST_IN_GROUP else number
        shares.append(GroupShare(group, shown, census.get(group)))
    return tuple(shares)
