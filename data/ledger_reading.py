"""Reading and checking a participation ledger: needs no right to write, and makes and changes nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twin.chain import START, Entry, Link, Receipt, Verdict, check_links, commitment, entry_of
from twin.errors import LedgerError, TwinError
from twin.participation import Record, Sheet


def not_a_ledger(path: Path, error: Exception) -> LedgerError:
    """Return the error for a file that is no ledger, or a broken one."""
    return LedgerError(
        f"{path.name} cannot be read as a ledger ({error}).",
        hint=f"Bring it back from a copy: {path}",
        path=str(path),
    )


def sheet_id(body: Mapping[str, Any]) -> str:
    """Return the comment that an entry's sheet belongs to."""
    return str(body.get("id") or body["comment"])


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger to read, while somebody may be writing it; nothing is made or changed.

    raises   LedgerError  it cannot be read
    """
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise not_a_ledger(path, error) from error
    try:
        yield db
    except sqlite3.Error as error:
        raise not_a_ledger(path, error) from error
    finally:
        db.close()


def _links(db: sqlite3.Connection) -> Iterator[Link]:
    for number, line, head in db.execute("SELECT number, line, head FROM entries ORDER BY number"):
        yield Link(number, str(line), str(head))


def read_entries(path: Path) -> Iterator[tuple[Entry, str]]:
    """Give the entries in their order, each with the head after it; none for a file that is not there.

    raises   LedgerError  the file cannot be read
    """
    if not path.exists():
        return
    with _reading(path) as db:
        for link in _links(db):
            try:
                yield entry_of(link.line), link.head
            except ValueError as error:
                raise not_a_ledger(path, error) from error


def read_sheets(path: Path) -> dict[str, Sheet]:
    """Return what the comments say, by comment id."""
    if not path.exists():
        return {}
    with _reading(path) as db:
        return {i: Sheet(**json.loads(s)) for i, s in db.execute("SELECT id, sheet FROM sheets")}


def read_record(path: Path) -> Record:
    """Return a hearing as its ledger tells it.

    raises   LedgerError, PollError, VoteError, CommentError  the ledger cannot be read, or contradicts itself
    """
    return Record(entry for entry, _ in read_entries(path))


def verify(path: Path, *, head: str = "", receipts: Iterable[Receipt] = ()) -> Verdict:
    """Check a ledger from its first entry to its last, what stands beside it, and what was published of it.

    head       a head that was published: it must be in the chain, or the chain was made anew
    receipts   what phones have kept
    returns    what was found; a ledger that is not there is an empty one
    """
    if not path.exists():
        return _published(Verdict(0, START), [], head, receipts)
    try:
        with _reading(path) as db:
            number, last, heads, faults = check_links(_links(db))
            faults += _top_faults(db, number, last) if not faults else []
            faults += _sheet_faults(db) if not faults else []
    except LedgerError as error:
        return Verdict(0, START, (error.sentence,))
    if not faults:
        faults = _record_faults(path)
    return _published(Verdict(number, last, tuple(faults)), heads, head, receipts)


def _top_faults(db: sqlite3.Connection, number: int, head: str) -> list[str]:
    rows = db.execute("SELECT number, head FROM top").fetchall()
    noted = tuple(rows[0]) if rows else (0, START)
    if noted == (number, head):
        return []
    return [f"The ledger notes {noted[0]} entries and has {number}: some were taken away at its end, or added."]


def _sheet_faults(db: sqlite3.Connection) -> list[str]:
    """Hold every sheet against its commitment, and look for sheets that should be there or should not."""
    wanted: dict[str, str] = {}
    for link in _links(db):
        entry = entry_of(link.line)
        if entry.kind == "commented" or (entry.kind == "moderated" and entry.body.get("act") == "redact"):
            wanted[sheet_id(entry.body)] = entry.body["text"]
        elif entry.kind == "withdrawn":
            wanted.pop(entry.body["comment"], None)
        elif entry.kind == "purged":
            for comment_id in entry.body["comments"]:
                wanted.pop(comment_id, None)
    faults = []
    for comment_id, salt, sheet in db.execute("SELECT id, salt, sheet FROM sheets"):
        if wanted.pop(comment_id, None) != commitment(salt, sheet):
            faults.append(f"What the comment {comment_id} says was changed after it was written.")
    faults += [f"What the comment {i} says is missing, and nobody has withdrawn it." for i in wanted]
    return faults


def _record_faults(path: Path) -> list[str]:
    try:
        read_record(path)
    except TwinError as error:
        return [f"An entry contradicts those before it: {error.sentence}"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"An entry is not of the form it should have ({type(error).__name__})."]
    return []


def _published(verdict: Verdict, heads: list[str], head: str, receipts: Iterable[Receipt]) -> Verdict:
    faults = list(verdict.faults)
    wanted = head.strip().lower()
    if wanted and wanted not in {*heads, START}:
        faults.append("The head that was published is not in this chain: the ledger was made anew, or is another one.")
    for receipt in receipts:
        is_there = 0 < receipt.number <= len(heads) and heads[receipt.number - 1] == receipt.head
        if not is_there:
            faults.append(f"The receipt for entry {receipt.number} is not in this chain.")
    note = () if wanted else ("No published head was given: a chain that was wholly made anew would not be noticed.",)
    return Verdict(verdict.entries, verdict.head, tuple(faults), note)
