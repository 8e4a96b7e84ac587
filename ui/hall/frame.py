"""What is on the projector, as values: nothing else ever reaches the public window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twin.legend import Legend
from twin.story import in_language
from ui.hall import public_words as words


@dataclass(frozen=True, slots=True)
class Bar:
    """One option of a poll."""

    text: str
    figure: str = ""
    """What stands beside the bar; "" while figures are hidden."""
    share: float = 0.0
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class PollBoard:
    """A poll on the projector."""

    question: str
    rule: str
    """The voting rule in words: always stated."""
    bars: tuple[Bar, ...] = ()
    status: str = ""
    """How many votes, and whether it is open."""
    head: str = ""
    """The chain's head at the close; "" while it is open."""


@dataclass(frozen=True, slots=True)
class JoinCodes:
    """How people get in."""

    url: str
    code: str
    wifi_name: str = ""
    wifi_text: str = ""
    """What the Wi-Fi code says; "" where everybody is in the network already."""


@dataclass(frozen=True, slots=True)
class ShownComment:
    """A comment that was accepted and is being talked about."""

    kind: str
    text: str
    place: str = ""
    support: int = 0


@dataclass(frozen=True, slots=True)
class HallFrame:
    """All that the public window shows beside the city."""

    title: str = ""
    text: str = ""
    number: int = 0
    of: int = 0
    picture: str = ""
    """A picture's file, stands below the text."""
    legends: tuple[Legend, ...] = ()
    attribution: str = ""
    poll: PollBoard | None = None
    codes: JoinCodes | None = None
    """Shown small in a corner; large where are_codes_large."""
    are_codes_large: bool = False
    comment: ShownComment | None = None
    timer: str = ""
    is_rehearsal: bool = False
    is_black: bool = False
    theme: str = "light"
    text_percent: int = 100
    language: str = "en"
    pointer: tuple[float, float] | None = field(default=None)
    """Where the pointer is, 0 to 1 from the upper left corner."""

    @property
    def has_panel(self) -> bool:
        """Return whether there is anything to say beside the city."""
        said = self.title or self.text or self.picture or self.legends or self.timer
        return bool(said or self.poll or self.comment or self.codes)

    def spoken(self) -> str:
        """Return all its words, for screen readers and for tests."""
        if self.is_black:
            return ""
        parts = [self.title, self.text, self.timer]
        if self.poll is not None:
            bars = [f"{bar.text} {bar.figure}" for bar in self.poll.bars]
            parts += [self.poll.question, *bars, self.poll.status, self.poll.rule, self.poll.head]
        if self.comment is not None:
            parts += [self.comment.kind, self.comment.text, self.comment.place]
        if self.codes is not None:
            parts += [self.codes.url, self.codes.code, self.codes.wifi_name]
        return "\n".join([*(p for p in parts if p), *(legend.title for legend in self.legends)])


def poll_board(poll: Mapping[str, Any], language: str) -> PollBoard:
    """Return a poll as the server's public figures have it (ui.audience.public.public_poll), in one language."""
    is_open, counts = bool(poll.get("is_open")), poll.get("counts")
    votes = int(poll.get("votes", 0))
    bars = tuple(_bar(option, poll, votes, language) for option in poll["options"])
    if counts is None:
        status = words.of("hidden", language)
    else:
        status = words.votes(votes, language)
        by_source = poll.get("by_source") or {}
        if len(by_source) > 1:
            status += ": " + ", ".join(f"{words.of(f'source_{s}', language)} {n:,}" for s, n in by_source.items())
    if not is_open:
        status = f"{words.of('closed', language)} · {status}"
    rule = words.of(f"rule_{poll['rule']}", language)
    if poll["rule"] == "slip" and "slips_issued" in poll:
        rule += " " + words.of("slips", language).format(int(poll["slips_issued"]))
    return PollBoard(in_language(poll["question"], language), rule, bars, status, str(poll.get("head_at_close") or ""))


def _bar(option: Mapping[str, Any], poll: Mapping[str, Any], votes: int, language: str) -> Bar:
    text = in_language(option["text"], language) or str(option["id"])
    counts = poll.get("counts")
    if counts is None:
        return Bar(text)
    count = int(counts.get(option["id"], 0))
    if poll["kind"] == "rating":
        mean = float((poll.get("means") or {}).get(option["id"], 0.0))
        return Bar(text, f"{mean:.1f}", mean / max(int(poll.get("highest", 5)), 1))
    if poll["kind"] == "ranking":
        most = max([int(c) for c in counts.values()], default=0)
        return Bar(text, f"{count:,}", count / most if most else 0.0)
    return Bar(text, f"{count:,}  ({count / votes:.0%})" if votes else "0", count / votes if votes else 0.0)
