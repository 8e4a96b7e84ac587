"""What can be done in a meeting, and by whom: checks, then one entry in the ledger. No HTTP in it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from data.ledger import Draft, Ledger
from twin.chain import Receipt
from twin.errors import CommentError, PollError, RoleError, VoteError
from twin.participation import (
    GONE,
    Comment,
    CommentKind,
    CommentState,
    Sheet,
    check_can_moderate,
    check_can_vote,
)
from twin.poll import Poll, Source, VotingRule, check_poll, checked_answer, checked_hand_count, json_of_poll
from twin.roles import Act, Role, check_may
from ui.audience.comment_sheet import check_words, checked_sheet, why_held
from ui.audience.credentials import HOUR_S, Credentials, Holder
from ui.audience.writing import Writer

SLIPS_MOST = 5000
INVITED_MOST_S = 7 * 24 * HOUR_S


@dataclass(frozen=True, slots=True)
class Rules:
    """How a meeting is run."""

    is_moderated: bool = True
    """False shows comments at once; those with links or listed words are held all the same."""
    held_words: tuple[str, ...] = ()
    """Words that hold a comment back for a person to read."""
    source: Source = Source.ROOM
    """What contributions by phone are counted as."""
    opens: str = ""
    """The first day on which contributions are taken, "2026-11-21"; "" from the start."""
    closes: str = ""
    """The last day; "" for no end."""
    retention_days: int = 365
    """How long after the last day what people wrote is kept."""


class Hearing:
    """A meeting's acts. Each returns once its entry is on disk."""

    def __init__(
        self, ledger: Ledger, credentials: Credentials, rules: Rules = Rules(), *, changed: Callable[[], None]
    ) -> None:
        """Run a hearing on a ledger; changed is called after each commit."""
        self.ledger, self.credentials, self.rules = ledger, credentials, rules
        self.record = ledger.record
        self._writer = Writer(ledger, self._written)
        self._changed = changed
        self.sheets: dict[str, Sheet] = ledger.sheets()

    def _written(self) -> None:
        self.record = self.ledger.record
        self._changed()

    async def _write(self, holder: Holder, kind: str, body: Mapping[str, Any], **more: Any) -> Receipt:
        return await self._writer.write(Draft(kind, str(holder.role), dict(body), **more))

    def _check_day(self) -> None:
        today = datetime.now().astimezone().strftime("%Y-%m-%d")
        if self.rules.opens and today < self.rules.opens:
            raise VoteError(f"The hearing opens on {self.rules.opens}.")
        if self.rules.closes and today > self.rules.closes:
            raise VoteError(f"The hearing was closed on {self.rules.closes}.")

    # polls

    async def vote(
        self, holder: Holder, poll_id: str, choice: object, *, slip: str = "", is_assisted: bool = False
    ) -> Receipt:
        """Take a vote, or change it.

        raises   PollError, VoteError  it cannot count; nothing is written
        """
        check_may(holder.role, Act.VOTE)
        self._check_day()
        poll = self.record.poll(poll_id).poll
        ballot = self._ballot(holder, poll, slip)
        check_can_vote(self.record, poll_id, ballot)
        answer = checked_answer(poll, choice)
        source = Source.ASSISTED if is_assisted else self.rules.source
        return await self._write(holder, "voted", _vote_body(poll_id, ballot, answer, source))

    def _ballot(self, holder: Holder, poll: Poll, slip: str) -> str:
        if poll.rule is VotingRule.OPEN:
            return self.credentials.ballot(holder, poll.id)
        if not slip or not self.credentials.is_slip(slip):
            raise VoteError(
                "This poll takes a slip's code.", hint="Type the code on the slip from the door.", poll=poll.id
            )
        return self.credentials.slip_ballot(slip, poll.id)

    async def withdraw_vote(self, holder: Holder, poll_id: str, *, slip: str = "") -> Receipt:
        """Take a vote back while its poll is open."""
        check_may(holder.role, Act.VOTE)
        held = self.record.poll(poll_id)
        ballot = self._ballot(holder, held.poll, slip)
        if ballot not in held.ballots:
            raise VoteError("There is no vote of yours in this poll.", poll=poll_id)
        return await self._write(holder, "vote_withdrawn", {"poll": poll_id, "ballot": ballot})

    def own_vote(self, holder: Holder, poll_id: str) -> object:
        """Return what this phone has chosen in an open poll; None if nothing (slips' votes are nobody's)."""
        ballot = self.record.poll(poll_id).ballots.get(self.credentials.ballot(holder, poll_id))
        return None if ballot is None else ballot.answer

    async def open_poll(self, holder: Holder, poll: Poll) -> Receipt:
        """Ask a poll.

        raises   RoleError, PollError  the role may not, or the poll cannot be asked (again)
        """
        check_may(holder.role, Act.OPEN_POLL)
        check_poll(poll)
        known = self.record.polls.get(poll.id)
        if known is not None:
            state = "open" if known.is_open else "closed, and a closed poll stays closed"
            raise PollError(f'The poll "{poll.id}" is {state}.', hint="Ask again under another id.", poll=poll.id)
        receipt = await self._write(holder, "poll_opened", {"poll": json_of_poll(poll)})
        if poll.rule is VotingRule.SLIP:
            await self._admit_slips(holder, poll.id)
        return receipt

    async def close_poll(self, holder: Holder, poll_id: str) -> Receipt:
        """Close a poll; the receipt's head is what is shown everywhere."""
        check_may(holder.role, Act.CLOSE_POLL)
        if not self.record.poll(poll_id).is_open:
            raise PollError(f'The poll "{poll_id}" is closed already.', poll=poll_id)
        receipt = await self._write(holder, "poll_closed", {"poll": poll_id})
        self.record.poll(poll_id).head_at_close = receipt.head
        return receipt

    async def count_hands(
        self, holder: Holder, poll_id: str, counts: object, *, source: str = "hands", label: str = ""
    ) -> Receipt:
        """Enter what was counted by eye."""
        check_may(holder.role, Act.COUNT_HANDS)
        held = self.record.poll(poll_id)
        if not held.is_open:
            raise VoteError(f'The poll "{poll_id}" is closed.', poll=poll_id)
        if source not in (Source.HANDS, Source.PAPER):
            raise VoteError('A count is of "hands" or of "paper".', poll=poll_id)
        counted = checked_hand_count(held.poll, Source(source), counts, label)
        body = {"poll": poll_id, "source": str(counted.source), "counts": counted.counts, "label": counted.label}
        return await self._write(holder, "hands_counted", body)

    async def enter_paper(self, holder: Holder, poll_id: str, choice: object, *, slip: str = "") -> Receipt:
        """Enter one paper form."""
        check_may(holder.role, Act.ENTER_PAPER)
        poll = self.record.poll(poll_id).poll
        is_slip = poll.rule is VotingRule.SLIP
        ballot = self._ballot(holder, poll, slip) if is_slip else f"paper-{secrets.token_hex(12)}"
        check_can_vote(self.record, poll_id, ballot)
        body = _vote_body(poll_id, ballot, checked_answer(poll, choice), Source.PAPER)
        return await self._write(holder, "voted", body)

    # slips and invitations

    async def issue_slips(self, holder: Holder, count: int) -> list[str]:
        """Return the codes of new slips; they may vote in every slip poll that is open or will be."""
        check_may(holder.role, Act.ISSUE_SLIPS)
        if not 1 <= count <= SLIPS_MOST:
            raise VoteError(f"{count} slips cannot be printed at once.", hint=f"Ask for 1 to {SLIPS_MOST}.")
        codes = self.credentials.issue_slips(count)
        await self._write(holder, "slips_printed", {"count": count})
        for held in list(self.record.polls.values()):
            if held.is_open and held.poll.rule is VotingRule.SLIP:
                await self._admit_slips(holder, held.poll.id)
        return codes

    async def _admit_slips(self, holder: Holder, poll_id: str) -> None:
        known = self.record.slips.get(poll_id, set())
        fresh = [ballot for ballot in self.credentials.slip_ballots(poll_id) if ballot not in known]
        if fresh:
            await self._write(holder, "slips_issued", {"poll": poll_id, "ballots": fresh})

    async def invite(self, holder: Holder, role: str, *, lasts_s: float, label: str = "") -> tuple[str, str]:
        """Return the id and the token of a new invitation."""
        check_may(holder.role, Act.INVITE)
        if role not in set(Role) or not 60 <= lasts_s <= INVITED_MOST_S:
            raise RoleError(
                "An invitation names a role and lasts a minute to a week.", hint=f"Roles: {', '.join(Role)}."
            )
        invitation, token = self.credentials.invite(Role(role), lasts_s=lasts_s, label=label)
        await self._write(holder, "invited", {"id": invitation.id, "role": role})
        return invitation.id, token

    async def revoke(self, holder: Holder, invitation_id: str) -> Receipt:
        """Take an invitation back; its token is worth nothing from now on."""
        check_may(holder.role, Act.REVOKE)
        self.credentials.revoke(invitation_id)
        return await self._write(holder, "revoked", {"id": invitation_id})

    # comments

    async def comment(
        self, holder: Holder, sent: Mapping[str, Any], *, is_assisted: bool = False
    ) -> tuple[str, Receipt]:
        """Take a comment; return its id.

        raises   CommentError  it is empty, too long or names no place; nothing is written
        """
        check_may(holder.role, Act.COMMENT)
        self._check_day()
        kind, sheet = checked_sheet(sent)
        reason = why_held(sheet.text, self.rules.held_words)
        is_held = self.rules.is_moderated or bool(reason)
        body = {
            "id": secrets.token_hex(6),
            "kind": kind,
            "author": self.credentials.author(holder),
            "source": str(Source.ASSISTED if is_assisted else self.rules.source),
            "state": str(CommentState.HELD if is_held else CommentState.ACCEPTED),
            "call": str(sent.get("call", ""))[:40],
            "reason": reason,
        }
        receipt = await self._write(holder, "commented", body, sheet=sheet)
        self.sheets[body["id"]] = sheet
        return body["id"], receipt

    async def enter_comment(self, holder: Holder, sent: Mapping[str, Any]) -> tuple[str, Receipt]:
        """Enter a comment from a paper form; return its id."""
        check_may(holder.role, Act.ENTER_PAPER)
        kind, sheet = checked_sheet(sent)
        body = {
            "id": secrets.token_hex(6),
            "kind": kind,
            "author": f"paper-{secrets.token_hex(12)}",
            "source": str(Source.PAPER),
            "state": str(CommentState.HELD),
            "call": str(sent.get("call", ""))[:40],
            "reason": why_held(sheet.text, self.rules.held_words),
        }
        receipt = await self._write(holder, "commented", body, sheet=sheet)
        self.sheets[body["id"]] = sheet
        return body["id"], receipt

    def _visible(self, comment_id: str) -> Comment:
        comment = self.record.comment(comment_id)
        if comment.state is not CommentState.ACCEPTED:
            raise CommentError(f'There is no comment "{comment_id[:40]}" in this hearing.', comment=comment_id)
        return comment

    async def support(self, holder: Holder, comment_id: str, *, is_on: bool = True) -> Receipt:
        """Support somebody's comment, or stop supporting it."""
        check_may(holder.role, Act.SUPPORT)
        comment, by = self._visible(comment_id), self._reaction(holder, comment_id)
        if by == comment.author or self.credentials.author(holder) == comment.author:
            raise CommentError("Nobody supports a comment of their own.", comment=comment_id)
        return await self._write(holder, "supported", {"comment": comment_id, "by": by, "is_on": bool(is_on)})

    async def flag(self, holder: Holder, comment_id: str) -> Receipt:
        """Ask the moderators to look at a comment again."""
        check_may(holder.role, Act.FLAG)
        self._visible(comment_id)
        return await self._write(holder, "flagged", {"comment": comment_id, "by": self._reaction(holder, comment_id)})

    def _reaction(self, holder: Holder, comment_id: str) -> str:
        return self.credentials.ballot(holder, f"comment {comment_id}")

    async def withdraw_comment(self, holder: Holder, comment_id: str) -> Receipt:
        """Take one's own comment back: what it said is deleted."""
        check_may(holder.role, Act.WITHDRAW_OWN)
        comment = self.record.comment(comment_id)
        if comment.author != self.credentials.author(holder) or comment.state in GONE:
            raise CommentError(f'There is no comment "{comment_id[:40]}" of yours.', comment=comment_id)
        receipt = await self._write(holder, "withdrawn", {"comment": comment_id}, forget=(comment_id,))
        self.sheets.pop(comment_id, None)
        return receipt

    def own_comments(self, holder: Holder) -> list[Comment]:
        """Return the comments that came from this phone and were not withdrawn."""
        author = self.credentials.author(holder)
        return [c for c in self.record.comments.values() if c.author == author and c.state not in GONE]

    async def moderate(self, holder: Holder, comment_id: str, act: str, sent: Mapping[str, Any]) -> Receipt:
        """Accept, reject, merge, redact, pin, unpin, give a theme, or answer.

        raises   CommentError  a reason or a text is missing, or the comment is gone
        """
        check_may(holder.role, Act.ANSWER if act == "answer" else Act.MODERATE)
        comment = self.record.comment(comment_id)
        check_can_moderate(comment)
        reason = check_words(sent.get("reason", ""), 500)
        if act in ("reject", "merge", "redact") and not reason:
            raise CommentError("A reason is needed; it goes into the public record.", comment=comment_id)
        body = {"comment": comment_id, "act": act, "reason": reason}
        match act:
            case "redact":
                text = check_words(sent.get("text", ""), 2000)
                sheet = replace(self.sheets[comment_id], text=text)
                receipt = await self._write(holder, "moderated", body, sheet=sheet)
                self.sheets[comment_id] = sheet
                return receipt
            case "merge":
                body["into"] = self._visible(str(sent.get("into", ""))).id
                if body["into"] == comment_id:
                    raise CommentError("A comment cannot be merged into itself.", comment=comment_id)
            case "theme":
                body["theme"] = check_words(sent.get("theme", ""), 80)
            case "answer":
                body["answer"] = check_words(sent.get("answer", ""), 2000)
                body["status"] = check_words(sent.get("status", "open"), 20)
            case "accept" | "reject" | "pin" | "unpin":
                pass
            case _:
                raise CommentError(f'"{act[:40]}" is nothing that can be done with a comment.', comment=comment_id)
        return await self._write(holder, "moderated", body)

    async def purge(self, holder: Holder, comment_ids: list[str], reason: str) -> Receipt:
        """Delete what comments say, for good; the record keeps that they were there."""
        check_may(holder.role, Act.PURGE)
        wanted = [self.record.comment(i).id for i in comment_ids]
        body = {"comments": wanted, "reason": check_words(reason, 500)}
        receipt = await self._write(holder, "purged", body, forget=tuple(wanted))
        for comment_id in wanted:
            self.sheets.pop(comment_id, None)
        return receipt


def purge_overdue(ledger: Ledger, rules: Rules, today: date) -> int:
    """Delete what comments say once the time it may be kept is over; return of how many. The record stays."""
    if not rules.closes:
        return 0
    last = date.fromisoformat(rules.closes) + timedelta(days=rules.retention_days)
    wanted = sorted(ledger.sheets())
    if today <= last or not wanted:
        return 0
    body = {"comments": wanted, "reason": f"kept for {rules.retention_days} days after {rules.closes}"}
    ledger.write(Draft("purged", "citytwin", body, forget=tuple(wanted)))
    return len(wanted)


def kinds() -> list[str]:
    """Return what a comment may be meant as."""
    return [str(kind) for kind in CommentKind]


def _vote_body(poll_id: str, ballot: str, answer: object, source: Source) -> dict[str, Any]:
    choice = dict(answer) if isinstance(answer, dict) else list(answer)  # type: ignore[call-overload]
    return {"poll": poll_id, "ballot": ballot, "choice": choice, "source": str(source)}
