"""The participation ledger: an SQLite file in the project's folder that is only ever added to, and who may write it.

entries   number, line, head: the chain (twin.chain). Nothing in it is ever changed or deleted.
top       one row: how many entries there are and their head, written together with each entry.
sheets    what comments say, apart from the chain, which holds salted commitments only; sheets can be deleted.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from data.ledger_reading import not_a_ledger, read_entries, sheet_id, verify
from twin.chain import Entry, Receipt, Verdict, commitment, head_after, line_of
from twin.errors import LedgerError, TwinError
from twin.participation import Record, Sheet

LEDGER, REHEARSAL = "ledger.sqlite", "rehearsal.sqlite"
SCHEMA = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS entries (number INTEGER PRIMARY KEY, line TEXT NOT NULL, head TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS top (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL, head TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sheets (id TEXT PRIMARY KEY, salt TEXT NOT NULL, sheet TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that is to be written."""

    kind: str
    role: str
    body: Mapping[str, Any]
    sheet: Sheet | None = None
    """What a comment says; body["text"] becomes its commitment."""
    forget: tuple[str, ...] = ()
    """Ids of the comments whose sheets are deleted with it."""


def ledger_path(folder: Path, *, is_rehearsal: bool = False) -> Path:
    """Return where a project's ledger lies."""
    return folder / (REHEARSAL if is_rehearsal else LEDGER)


class Ledger:
    """The one writer of a ledger, and its record as it stands.

    Everything that write() returns is on disk.
    """

    def __init__(self, path: Path) -> None:
        """Open a ledger to write, or begin one; everything in it is checked and folded first.

        raises   LedgerError  another writer holds it, it is not ours, or it does not add up; nothing is changed
        """
        self.path = path
        self._lock = _locked(path)
        try:
            self._db = _opened(path)
            verdict = _intact(path)
            self._is_swept = False
            self.record = Record(e for e, _ in read_entries(path))
            self.head, self.count = verdict.head, verdict.entries
        except BaseException:
            self._lock.close()
            raise

    def write(self, draft: Draft) -> Receipt:
        """Add one entry and return once it is on disk.

        raises   PollError, VoteError, CommentError  it contradicts the record; nothing is written
                 LedgerError                         the disk is full or broken; nothing is written
        """
        outcome = self.write_each([draft])[0]
        if isinstance(outcome, TwinError):
            raise outcome
        return outcome

    def write_each(self, drafts: Sequence[Draft]) -> list[Receipt | TwinError]:
        """Add entries together, those that do not contradict the record, and return once they are on disk.

        returns   for each draft its receipt, or why it was not written
        raises    LedgerError  the disk is full or broken; none is written
        """
        outcomes: list[Receipt | TwinError] = []
        head, number = self.head, self.count
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for draft in drafts:
                body, row = _with_commitment(draft)
                entry = Entry(number + 1, _now(), draft.kind, draft.role, body)
                line = line_of(entry)
                try:
                    self.record.apply(entry)
                except TwinError as error:
                    outcomes.append(error)
                    continue
                head, number = head_after(head, line), number + 1
                self._keep(number, line, head, draft, row)
                outcomes.append(Receipt(number, head, line))
            self._db.execute("INSERT OR REPLACE INTO top VALUES (1, ?, ?)", (number, head))
            self._db.execute("COMMIT")
        except BaseException as error:
            self._go_back()
            if isinstance(error, sqlite3.Error):
                raise _not_written(self.path, error) from error
            raise
        self.head, self.count = head, number
        if not self._is_swept:
            self.sweep()
        return outcomes

    def _keep(self, number: int, line: str, head: str, draft: Draft, row: tuple[str, str, str] | None) -> None:
        self._db.execute("INSERT INTO entries VALUES (?, ?, ?)", (number, line, head))
        if row is not None:
            replaced = self._db.execute("DELETE FROM sheets WHERE id = ?", row[:1]).rowcount
            self._db.execute("INSERT INTO sheets VALUES (?, ?, ?)", row)
            self._is_swept = self._is_swept and not replaced
        if draft.forget:
            self._db.executemany("DELETE FROM sheets WHERE id = ?", [(i,) for i in draft.forget])
            self._is_swept = False

    def _go_back(self) -> None:
        """Forget what was not written: the record is folded again from what is on disk."""
        with suppress(sqlite3.Error):
            self._db.execute("ROLLBACK")
        self.record = Record(entry for entry, _ in read_entries(self.path))

    def sweep(self) -> None:
        """Make sure that what was deleted lies nowhere in the file or beside it; what a reader holds up is tried again.

        Deleted rows are overwritten in the file (secure_delete); the write-ahead log is emptied here.
        """
        held_up, _, _ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._is_swept = not held_up

    def sheet(self, comment_id: str) -> Sheet | None:
        """Return what a comment says; None once it was withdrawn or purged."""
        row = self._db.execute("SELECT sheet FROM sheets WHERE id = ?", (comment_id,)).fetchone()
        return None if row is None else Sheet(**json.loads(row[0]))

    def sheets(self) -> dict[str, Sheet]:
        """Return what all comments say, by comment id."""
        rows = self._db.execute("SELECT id, sheet FROM sheets").fetchall()
        return {comment_id: Sheet(**json.loads(sheet)) for comment_id, sheet in rows}

    def close(self) -> None:
        """Fold everything into the one file and let others write."""
        with suppress(sqlite3.Error):
            self.sweep()
        self._db.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _with_commitment(draft: Draft) -> tuple[dict[str, Any], tuple[str, str, str] | None]:
    """Return a draft's body with the commitment in it, and the row that keeps what it is committed to."""
    body = dict(draft.body)
    if draft.sheet is None:
        return body, None
    salt, sheet = secrets.token_hex(32), json.dumps(asdict(draft.sheet), ensure_ascii=False, sort_keys=True)
    body["text"] = commitment(salt, sheet)
    return body, (sheet_id(body), salt, sheet)


def _locked(path: Path) -> IO[bytes]:
    """Take the right to write; it ends with the process, however that ends.

    raises   LedgerError  another process has it, or the folder cannot be written
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.with_suffix(".lock").open("ab")
    except OSError as error:
        raise LedgerError(
            f"The ledger cannot be written: {error.strerror or error}.",
            hint=f"Open the project in a folder of your own: {path.parent}",
        ) from error
    try:
        _lock(file)
    except OSError as error:
        file.close()
        raise LedgerError(
            "Another citytwin is writing into this project's ledger; a second one may not.",
            hint=f"End the meeting there first, or open another project: {path.parent}",
            path=str(path),
        ) from error
    return file


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415  Windows only

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        return
    import fcntl  # noqa: PLC0415  not on Windows

    fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file to write; each commit is on disk before it returns, and deleted pages are overwritten.

    raises   LedgerError  it is no ledger of ours, or of a newer version
    """
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        _check_version(path, version)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")
        db.executescript(_TABLES)
        db.execute(f"PRAGMA user_version = {SCHEMA}")
    except sqlite3.Error as error:
        db.close()
        raise not_a_ledger(path, error) from error
    except LedgerError:
        db.close()
        raise
    return db


def _check_version(path: Path, version: int) -> None:
    if version > SCHEMA:
        raise LedgerError(
            f"The ledger was written by a newer citytwin (version {version} of its form; this one knows {SCHEMA}).",
            hint="Open it with that one.",
            path=str(path),
        )


def _intact(path: Path) -> Verdict:
    verdict = verify(path)
    if not verdict.is_intact:
        raise LedgerError(
            f"The ledger does not add up: {verdict.faults[0]}",
            hint=f"Nothing is added to it. Keep {path.name} as it is, and begin a new project for new votes.",
            path=str(path),
        )
    return verdict


def _not_written(path: Path, error: Exception) -> LedgerError:
    return LedgerError(
        f"Nothing could be written into the ledger ({error}).",
        hint="Make room on the disk; what was answered before is safe.",
        path=str(path),
    )
