"""`citytwin verify PROJECT`: check the participation ledger from its first entry to its last."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from data.ledger import ledger_path
from data.ledger_reading import verify
from twin.chain import Receipt, Verdict
from twin.errors import LedgerError, SourceError
from ui.answer import write_json

INTACT, BROKEN = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin verify` understands."""
    parser.add_argument("project", metavar="PROJECT", type=Path, help="a project's folder, or a ledger itself")
    parser.add_argument("--head", default="", metavar="HASH", help="a head of the chain that was published")
    parser.add_argument(
        "--receipt", action="append", default=[], type=Path, metavar="FILE", help="a receipt that a phone has kept"
    )
    parser.add_argument("--rehearsal", action="store_true", help="check the rehearsal's ledger instead")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Check and say what was found; 0 intact or empty, 1 broken.

    raises   SourceError  there is no such project
             LedgerError  a receipt cannot be read
    """
    path = ledger_of(args.project, is_rehearsal=args.rehearsal)
    verdict = verify(path, head=args.head, receipts=[read_receipt(file) for file in args.receipt])
    if args.json:
        write_json(facts(verdict, path))
    else:
        sys.stdout.write("\n".join(sentences(verdict)) + "\n")
    return INTACT if verdict.is_intact else BROKEN


def ledger_of(project: Path, *, is_rehearsal: bool = False) -> Path:
    """Return the ledger that is meant: of a project's folder, or the file itself.

    raises   SourceError  there is no such folder or file, or it is a packed project
    """
    if not project.exists():
        raise SourceError(f"There is no {project.name}.", hint=f"Look for it at {project.absolute()}")
    if project.is_dir():
        return ledger_path(project, is_rehearsal=is_rehearsal)
    if project.suffix in (".sqlite", ".db"):
        return project
    raise SourceError(
        f"{project.name} is packed.", hint="Unpack it first: citytwin open unpacks it beside itself.", path=str(project)
    )


def read_receipt(path: Path) -> Receipt:
    """Return what a phone has kept.

    raises   LedgerError  the file is no receipt
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Receipt(int(values["number"]), str(values["head"]), str(values.get("line", "")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"{path.name} is no receipt.", hint="A receipt is the file that a phone saved after a vote.", path=str(path)
        ) from error


def facts(verdict: Verdict, path: Path) -> dict[str, object]:
    """Return what scripts rely on."""
    return {
        "ledger": str(path),
        "is_intact": verdict.is_intact,
        "entries": verdict.entries,
        "head": verdict.head,
        "faults": list(verdict.faults),
        "notes": list(verdict.notes),
    }


def sentences(verdict: Verdict) -> list[str]:
    """Return the same for people."""
    if verdict.faults:
        return ["The ledger is BROKEN.", *(f"  {fault}" for fault in verdict.faults)]
    if not verdict.entries:
        return ["The ledger is empty."]
    return [f"The ledger is intact: {verdict.entries:,} entries, head {verdict.head}", *verdict.notes]
