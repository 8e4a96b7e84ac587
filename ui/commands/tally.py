"""`citytwin tally PROJECT`: recount every poll from the participation ledger."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from data.ledger_reading import read_record
from twin.poll import PollKind, Tally
from ui.answer import write_json
from ui.commands.verify import ledger_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin tally` understands."""
    parser.add_argument("project", metavar="PROJECT", type=Path, help="a project's folder, or a ledger itself")
    parser.add_argument("--rehearsal", action="store_true", help="recount the rehearsal's ledger instead")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Recount and print.

    raises   SourceError, LedgerError, PollError, VoteError, CommentError  there is no ledger that adds up
    """
    record = read_record(ledger_of(args.project, is_rehearsal=args.rehearsal))
    tallies = record.tallies()
    if args.json:
        write_json({"polls": [facts(t) for t in tallies]})
    else:
        lines = [line for t in tallies for line in sentences(t)]
        sys.stdout.write("\n".join(lines or ["Nothing was voted on."]) + "\n")
    return 0


def facts(tally: Tally) -> dict[str, object]:
    """Return one poll's figures, as scripts rely on them."""
    poll = tally.poll
    return {
        "id": poll.id,
        "question": dict(poll.question),
        "kind": str(poll.kind),
        "rule": str(poll.rule),
        "is_open": tally.is_open,
        "votes": tally.votes,
        "by_source": dict(tally.by_source),
        "slips_issued": tally.slips_issued,
        "options": [
            {
                "id": o.id,
                "text": dict(o.text),
                "count": tally.counts[o.id],
                "by_source": {source: counts[o.id] for source, counts in tally.counts_by_source.items()},
                **({"mean": round(tally.means[o.id], 4)} if o.id in tally.means else {}),
                **({"first": tally.first_choices[o.id]} if poll.kind is PollKind.RANKING else {}),
            }
            for o in poll.options
        ],
    }


def sentences(tally: Tally) -> list[str]:
    """Return one poll's figures for people."""
    poll = tally.poll
    unit = {PollKind.RANKING: " points", PollKind.RATING: " in sum of marks"}.get(poll.kind, "")
    sources = ", ".join(f"{n:,} {source}" for source, n in tally.by_source.items()) or "none"
    lines = [f"{next(iter(poll.question.values()))}  [{poll.id}, {poll.rule}, {'open' if tally.is_open else 'closed'}]"]
    lines += [f"  {tally.counts[o.id]:>8,}{unit}  {next(iter(o.text.values()), o.id)}" for o in poll.options]
    return [*lines, f"  votes: {tally.votes:,} ({sources})"]
