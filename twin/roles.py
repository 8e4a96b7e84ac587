"""Who may do what in a hearing."""

from __future__ import annotations

from enum import StrEnum

from twin.errors import RoleError


class Role(StrEnum):
    """A part that somebody takes in a hearing, each by an invitation of its own."""

    PARTICIPANT = "participant"
    PRESENTER = "presenter"
    MODERATOR = "moderator"
    CLERK = "clerk"
    """Enters hand counts and paper forms."""
    ADMINISTRATOR = "administrator"


class Act(StrEnum):
    """Something that is done in a hearing."""

    COMMENT = "comment"
    SUPPORT = "support"
    VOTE = "vote"
    WITHDRAW_OWN = "withdraw_own"
    FLAG = "flag"
    SHOW_SLIDE = "show_slide"
    FREEZE = "freeze"
    OPEN_POLL = "open_poll"
    CLOSE_POLL = "close_poll"
    READ_QUEUE = "read_queue"
    MODERATE = "moderate"
    ANSWER = "answer"
    COUNT_HANDS = "count_hands"
    ENTER_PAPER = "enter_paper"
    ISSUE_SLIPS = "issue_slips"
    INVITE = "invite"
    REVOKE = "revoke"
    PURGE = "purge"
    EXPORT = "export"
    END_MEETING = "end_meeting"


_PARTICIPANT = frozenset({Act.COMMENT, Act.SUPPORT, Act.VOTE, Act.WITHDRAW_OWN, Act.FLAG})
MAY: dict[Role, frozenset[Act]] = {
    Role.PARTICIPANT: _PARTICIPANT,
    Role.PRESENTER: frozenset({Act.SHOW_SLIDE, Act.FREEZE, Act.OPEN_POLL, Act.CLOSE_POLL}),
    Role.MODERATOR: frozenset({Act.READ_QUEUE, Act.MODERATE, Act.ANSWER}),
    Role.CLERK: frozenset({Act.COUNT_HANDS, Act.ENTER_PAPER}),
    Role.ADMINISTRATOR: frozenset(Act) - _PARTICIPANT,
}
"""What each role may do. Nobody votes or comments as one who runs the hearing; as a participant, everybody may."""


def check_may(role: Role, act: Act) -> None:
    """Make sure that a role may do something.

    raises   RoleError  it may not; nothing is done
    """
    if act not in MAY[role]:
        able = ", ".join(str(r) for r in Role if act in MAY[r])
        raise RoleError(f"The role {role} may not {act.replace('_', ' ')}.", hint=f"It is for: {able}.", role=role)
