"""Who is who in a meeting, without accounts: signed tokens, invitations that expire, and the code on the projector.

A token carries a random number and a signature, so the server keeps no list of phones, and the same phones go on after
a crash. What is counted or shown never holds a token: a ballot and an author are other numbers made from it with the
meeting's secret, one for each poll and one for comments, so that votes and comments cannot be brought together.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from twin.errors import LedgerError, RoleError
from twin.roles import Role

STATE = "meeting.json"
CODE_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ2346789"
"""Without letters that look or sound alike."""
CODE_LENGTH = 6
SLIP_LENGTH = 8
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Invitation:
    """The right to act in a role, for a time."""

    id: str
    role: str
    expires_s: float
    """Seconds since 1970."""
    label: str = ""
    is_revoked: bool = False
    is_local: bool = False
    """True holds only for this machine: the operator's own."""


@dataclass(frozen=True, slots=True)
class MeetingState:
    """What a meeting needs to go on after a crash; it is no part of the record and is deleted with the secret."""

    secret: str
    code: str
    invitations: dict[str, Invitation] = field(default_factory=dict)
    slips: tuple[str, ...] = ()
    """Numbers made from the codes of the slips that may vote."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a token speaks for."""

    role: Role
    number: str
    """The token's random part: never written down."""
    is_local: bool = False


class Credentials:
    """Makes and checks tokens."""

    def __init__(self, folder: Path) -> None:
        """Take up a meeting's state from a project's folder, or begin one.

        raises   LedgerError  the state there cannot be read
        """
        self._path = folder / STATE
        self._state = _read(self._path) if self._path.exists() else _new()
        self._keep()

    @property
    def code(self) -> str:
        """Return the code that is shown on the projector."""
        return self._state.code

    def is_code(self, text: str) -> bool:
        """Return whether somebody typed the code, however they typed it."""
        typed = "".join(letter for letter in text.upper() if letter.isalnum())
        return hmac.compare_digest(typed.encode(), self.code.encode())

    # tokens

    def new_participant(self) -> str:
        """Return a token for one more phone."""
        number = secrets.token_urlsafe(15)
        return f"{number}.{self._signature('participant', number)}"

    def invite(self, role: Role, *, lasts_s: float, label: str = "", is_local: bool = False) -> tuple[Invitation, str]:
        """Return a new invitation and the token that goes with it.

        raises   RoleError  participants are not invited: they join with the code
        """
        if role is Role.PARTICIPANT:
            raise RoleError("Participants join with the code on the projector.", hint="Invite another role.")
        invitation = Invitation(
            secrets.token_urlsafe(9), str(role), time.time() + lasts_s, label[:80], is_local=is_local
        )
        self._state = replace(self._state, invitations={**self._state.invitations, invitation.id: invitation})
        self._keep()
        return invitation, f"{invitation.id}.{self._signature('role', invitation.id)}"

    def invitations(self) -> list[Invitation]:
        """Return all invitations, revoked and expired ones too."""
        return list(self._state.invitations.values())

    def revoke(self, invitation_id: str) -> None:
        """Take an invitation back.

        raises   RoleError  there is none of that id
        """
        invitation = self._state.invitations.get(invitation_id)
        if invitation is None:
            raise RoleError(f'There is no invitation "{invitation_id[:40]}".')
        changed = {**self._state.invitations, invitation_id: replace(invitation, is_revoked=True)}
        self._state = replace(self._state, invitations=changed)
        self._keep()

    def holder(self, token: str) -> Holder | None:
        """Return who a token speaks for; None if it is forged, expired or revoked."""
        number, _, signature = token.partition(".")
        if not number or len(token) > 200:
            return None
        invitation = self._state.invitations.get(number)
        kind = "participant" if invitation is None else "role"
        if not hmac.compare_digest(signature.encode(), self._signature(kind, number).encode()):
            return None
        if invitation is None:
            return Holder(Role.PARTICIPANT, number)
        if invitation.is_revoked or invitation.expires_s < time.time():
            return None
        return Holder(Role(invitation.role), number, invitation.is_local)

    # what is written down in the place of a token

    def ballot(self, holder: Holder, poll_id: str) -> str:
        """Return the number that stands for this phone in one poll, and nowhere else."""
        return self._signature(f"ballot {poll_id}", holder.number)

    def author(self, holder: Holder) -> str:
        """Return the number that stands for this phone in comments."""
        return self._signature("author", holder.number)

    # slips

    def issue_slips(self, count: int) -> list[str]:
        """Return the codes of so many new slips, to be printed and handed out; only numbers made from them are kept."""
        codes = new_slips(count)
        self._state = replace(self._state, slips=tuple(sorted({*self._state.slips, *map(self._slip, codes)})))
        self._keep()
        return codes

    def slip_ballots(self, poll_id: str) -> list[str]:
        """Return the ballots of all slips in one poll; in another poll the same slips have others."""
        return sorted(self._signature(f"ballot {poll_id}", slip) for slip in self._state.slips)

    def slip_ballot(self, code: str, poll_id: str) -> str:
        """Return the ballot of a slip in one poll, however its code was typed, and whether or not it was issued."""
        return self._signature(f"ballot {poll_id}", self._slip(code))

    def is_slip(self, code: str) -> bool:
        """Return whether a code was issued."""
        return self._slip(code) in self._state.slips

    def void_slip(self, code: str) -> bool:
        """Let a slip vote no more; return whether it could."""
        slip, before = self._slip(code), self._state.slips
        self._state = replace(self._state, slips=tuple(s for s in before if s != slip))
        self._keep()
        return len(self._state.slips) < len(before)

    def _slip(self, code: str) -> str:
        return self._signature("slip", "".join(letter for letter in code.upper() if letter.isalnum()))

    def _signature(self, purpose: str, number: str) -> str:
        key = bytes.fromhex(self._state.secret)
        return hmac.new(key, f"{purpose}\n{number}".encode(), hashlib.sha256).hexdigest()[:32]

    # the file

    def _keep(self) -> None:
        content = json.dumps(asdict(self._state), indent=1)
        fresh = self._path.with_suffix(".new")
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    def forget(self) -> None:
        """Delete the secret: after that, nobody can bring a ballot and a phone together. The meeting is over."""
        self._path.unlink(missing_ok=True)


def new_slips(count: int) -> list[str]:
    """Return codes to be printed and handed out, like "K7QM-2RTX"."""
    codes: set[str] = set()
    half = SLIP_LENGTH // 2
    while len(codes) < count:
        letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(SLIP_LENGTH))
        codes.add(f"{letters[:half]}-{letters[half:]}")
    return sorted(codes)


def _new() -> MeetingState:
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return MeetingState(secrets.token_hex(32), code)


def _read(path: Path) -> MeetingState:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        invitations = {i: Invitation(**v) for i, v in values["invitations"].items()}
        return MeetingState(str(values["secret"]), str(values["code"]), invitations, tuple(values.get("slips", ())))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"The meeting's own state in {path.name} cannot be read.",
            hint=f"Delete it to begin a new meeting; votes and comments stay: {path}",
            path=str(path),
        ) from error
