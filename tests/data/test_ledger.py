"""The participation ledger: what it keeps, what it refuses, and that every change to it is found."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.ledger import Draft, Ledger, ledger_path
from data.ledger_reading import read_entries, read_record, read_sheets, verify
from twin.chain import START, Receipt
from twin.errors import CommentError, LedgerError, TwinError, VoteError
from twin.participation import CommentState, Sheet

PROJECT = Path(__file__).resolve().parents[2]
POLL = {
    "id": "p",
    "question": {"en": "Which park?"},
    "options": [{"id": "a", "text": {"en": "Old"}}, {"id": "b", "text": {"en": "New"}}],
    "kind": "single",
    "rule": "open",
}
WORDS = "Zwiebelfisch am Hafenbecken"


def opened(poll: dict[str, Any] | None = None) -> Draft:
    return Draft("poll_opened", "presenter", {"poll": poll or POLL})


def vote(ballot: str, choice: str = "a", poll: str = "p") -> Draft:
    return Draft("voted", "participant", {"poll": poll, "ballot": ballot, "choice": [choice], "source": "room"})


def comment(name: str, text: str = WORDS) -> Draft:
    body = {"id": name, "kind": "idea", "author": "hash", "source": "room"}
    return Draft("commented", "participant", body, Sheet(text, {"type": "point", "lonlat": [9.99, 53.55]}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A hearing with a poll, four votes of three ballots and two comments, closed."""
    path = ledger_path(tmp_path / "x.citytwin")
    with Ledger(path) as ledger:
        ledger.write(opened())
        ledger.write_each([vote("1"), vote("2"), vote("3", "b"), vote("1", "b"), comment("c1"), comment("c2", "Moin")])
        ledger.write(Draft("poll_closed", "presenter", {"poll": "p"}))
    return path


def test_the_last_vote_of_a_ballot_counts(path: Path) -> None:
    assert read_record(path).tally("p").counts == {"a": 1, "b": 2}


def test_a_ledger_opened_again_goes_on_where_it_was(path: Path) -> None:
    before = verify(path)
    with Ledger(path) as ledger:
        assert (ledger.count, ledger.head) == (before.entries, before.head)
        receipt = ledger.write(Draft("note", "administrator", {}))
    assert receipt.number == before.entries + 1
    assert verify(path, head=before.head, receipts=[receipt]).is_intact


def test_what_is_not_there_is_empty(tmp_path: Path) -> None:
    assert verify(tmp_path / "ledger.sqlite").is_intact
    assert verify(tmp_path / "ledger.sqlite").head == START


def test_a_vote_after_the_close_is_not_written(path: Path) -> None:
    with Ledger(path) as ledger:
        count = ledger.count
        with pytest.raises(VoteError, match="closed"):
            ledger.write(vote("9"))
        assert ledger.count == count
    assert verify(path).entries == count


def test_one_bad_vote_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write(opened())
        outcomes = ledger.write_each([vote("1"), vote("2", poll="none"), vote("3")])
        assert [isinstance(o, Receipt) for o in outcomes] == [True, False, True]
        assert ledger.record.tally("p").votes == 2
    assert read_record(tmp_path / "ledger.sqlite").tally("p").votes == 2


def test_a_slip_poll_counts_only_slips_that_were_issued(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.write(opened(POLL | {"rule": "slip"}))
        ledger.write(Draft("slips_issued", "administrator", {"poll": "p", "ballots": ["h1", "h2"]}))
        ledger.write(vote("h1"))
        with pytest.raises(VoteError, match="slip"):
            ledger.write(vote("h3"))
        counted = ledger.record.tally("p")
        assert (counted.votes, counted.slips_issued) == (1, 2)


def test_a_second_writer_is_refused_in_words(path: Path) -> None:
    with Ledger(path), pytest.raises(LedgerError, match="second"):
        Ledger(path)
    Ledger(path).close()


def test_a_withdrawn_comment_lies_nowhere_any_more(path: Path) -> None:
    def found() -> list[str]:
        return [f.name for f in path.parent.rglob("*") if f.is_file() and WORDS.encode() in f.read_bytes()]

    with Ledger(path) as ledger:
        assert found()
        ledger.write(Draft("withdrawn", "participant", {"comment": "c1"}, forget=("c1",)))
        assert found() == []
        assert ledger.record.comment("c1").state is CommentState.WITHDRAWN
        assert ledger.sheet("c1") is None
        assert b"53.55" in b"".join(f.read_bytes() for f in path.parent.iterdir())  # the other comment's place stays
    assert found() == []
    assert verify(path).is_intact


def test_a_redacted_text_is_replaced_everywhere(path: Path) -> None:
    with Ledger(path) as ledger:
        body = {"comment": "c1", "act": "redact", "reason": "a name"}
        ledger.write(Draft("moderated", "moderator", body, Sheet("[name removed] am Hafenbecken")))
        assert all(WORDS.encode() not in f.read_bytes() for f in path.parent.iterdir())
    assert read_sheets(path)["c1"].text == "[name removed] am Hafenbecken"
    assert verify(path).is_intact


def test_a_withdrawn_comment_cannot_be_moderated(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.write(Draft("withdrawn", "participant", {"comment": "c1"}, forget=("c1",)))
        with pytest.raises(CommentError, match="withdrawn"):
            ledger.write(Draft("moderated", "moderator", {"comment": "c1", "act": "accept"}))


def changed(sql: str) -> Callable[[sqlite3.Connection], None]:
    def change(db: sqlite3.Connection) -> None:
        assert db.execute(sql).rowcount

    return change


@pytest.mark.parametrize(
    "change",
    [
        changed("UPDATE entries SET line = replace(line, '\"a\"', '\"b\"') WHERE number = 2"),
        changed("UPDATE entries SET head = substr(head, 2) || '0' WHERE number = 3"),
        changed("DELETE FROM entries WHERE number = 4"),
        changed("DELETE FROM entries WHERE number = (SELECT max(number) FROM entries)"),
        changed("DELETE FROM entries WHERE number = 1"),
        changed("DELETE FROM entries"),
        changed("INSERT INTO entries SELECT max(number) + 1, line, head FROM entries"),
        changed("UPDATE entries SET number = number + 100 WHERE number > 4"),
        changed("UPDATE sheets SET sheet = replace(sheet, 'Hafenbecken', 'Rathaus') WHERE id = 'c1'"),
        changed("DELETE FROM sheets WHERE id = 'c2'"),
        changed("INSERT INTO sheets SELECT 'c9', salt, sheet FROM sheets WHERE id = 'c1'"),
        changed("UPDATE top SET number = number - 1"),
        changed("DELETE FROM top"),
        changed("UPDATE entries SET line = '{' WHERE number = 2"),
    ],
)
def test_every_change_is_found(path: Path, change: Callable[[sqlite3.Connection], None]) -> None:
    with sqlite3.connect(path) as db:
        change(db)
    verdict = verify(path)
    assert not verdict.is_intact
    with pytest.raises(LedgerError, match="does not add up"):
        Ledger(path)


def test_a_chain_made_anew_is_found_by_a_published_head(path: Path, tmp_path: Path) -> None:
    head = verify(path).head
    with Ledger(tmp_path / "new.sqlite") as forged:
        forged.write(opened())
        forged.write_each([vote("1", "b"), vote("2", "b"), vote("3", "b")])
    assert verify(tmp_path / "new.sqlite").is_intact
    assert verify(path, head=head).is_intact
    assert not verify(tmp_path / "new.sqlite", head=head).is_intact


def test_a_receipt_of_another_chain_is_found(path: Path) -> None:
    assert not verify(path, receipts=[Receipt(2, "0" * 64, "")]).is_intact
    assert not verify(path, receipts=[Receipt(99, verify(path).head, "")]).is_intact


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_file_that_is_no_ledger_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(content)
    verdict = verify(tmp_path / "ledger.sqlite")
    assert not verdict.is_intact or verdict.entries == 0
    if content:
        with pytest.raises(LedgerError):
            Ledger(tmp_path / "ledger.sqlite")
        assert (tmp_path / "ledger.sqlite").read_bytes() == content


def test_a_truncated_ledger_is_broken(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert not verify(path).is_intact


WRITER = """
import sys
from pathlib import Path
from data.ledger import Draft, Ledger
ledger = Ledger(Path(sys.argv[1]))
poll = {"id": "p", "question": {"en": "?"}, "options": [{"id": "a"}, {"id": "b"}], "kind": "single", "rule": "open"}
ledger.write(Draft("poll_opened", "presenter", {"poll": poll}))
number = 0
while True:
    drafts = [
        Draft("voted", "participant", {"poll": "p", "ballot": str(number + i), "choice": ["a"], "source": "room"})
        for i in range(7)
    ]
    ledger.write_each(drafts)
    number += 7
    print(number, flush=True)
"""


def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    for turn in range(5):
        path = tmp_path / f"{turn}" / "ledger.sqlite"
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            answered = [int(process.stdout.readline()) for _ in range(3 + 11 * turn)][-1]
            os.kill(process.pid, signal.SIGKILL)
            answered = max([answered, *(int(line) for line in process.stdout.read().split())])
        assert verify(path).is_intact
        assert read_record(path).tally("p").votes >= answered
        Ledger(path).close()


def test_a_full_disk_is_said_and_loses_nothing(path: Path) -> None:
    with Ledger(path) as ledger:
        before = verify(path)
        pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
        ledger._db.execute(f"PRAGMA max_page_count = {pages}")  # what SQLite says then is what it says of a full disk
        with pytest.raises(LedgerError, match="full"):
            ledger.write(comment("c3", "x" * 200_000))
        assert (ledger.count, ledger.head) == (before.entries, before.head)
        assert "c3" not in ledger.record.comments
        ledger._db.execute("PRAGMA max_page_count = 1000000")
        ledger.write(comment("c3"))
    assert verify(path).is_intact


def test_reading_goes_on_while_somebody_writes(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.write(Draft("note", "clerk", {"words": "ä"}))
        assert verify(path).entries == ledger.count
        assert next(read_entries(path))[0].kind == "poll_opened"


def test_an_entry_that_contradicts_is_an_error_for_people(path: Path) -> None:
    with Ledger(path) as ledger, pytest.raises(TwinError, match=r"no comment"):
        ledger.write(Draft("supported", "participant", {"comment": "none", "by": "x"}))


def test_the_recount_script_agrees_and_needs_nothing_of_ours(path: Path, tmp_path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.write(opened(POLL | {"id": "q", "kind": "ranking"}))
        for number, choice in enumerate((["a", "b"], ["b"], ["b", "a"])):
            body = {"poll": "q", "ballot": str(number), "choice": choice, "source": "room"}
            ledger.write(Draft("voted", "participant", body))
        ledger.write(opened(POLL | {"id": "r", "kind": "rating"}))
        body = {"poll": "r", "ballot": "1", "choice": {"a": 4, "b": 2}, "source": "paper"}
        ledger.write(Draft("voted", "clerk", body))
        ledger.write(opened(POLL | {"id": "h"}))
        for count in (5, 8):
            body = {"poll": "h", "source": "hands", "counts": {"a": count}, "label": "left"}
            ledger.write(Draft("hands_counted", "clerk", body))
    script = shutil.copy(PROJECT / "data" / "recount.py", tmp_path)
    assert len(Path(script).read_text(encoding="utf-8").splitlines()) <= 50
    asked = subprocess.run(
        [sys.executable, "-I", script, str(path)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    theirs = {p["id"]: (p["votes"], p["by_source"], p["counts"]) for p in json.loads(asked.stdout)["polls"]}
    ours = {t.poll.id: (t.votes, t.by_source, t.counts) for t in read_record(path).tallies()}
    assert theirs == ours
    assert ours["q"][2] == {"a": 1, "b": 2}
    assert ours["h"][2] == {"a": 8, "b": 0}
