"""`citytwin doctor`: what this machine has, what it lacks, and the one line that installs the rest."""

from __future__ import annotations

import argparse
import sys

from ui.answer import write_json
from ui.examination import examine, sentences


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin doctor` understands."""
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print what was found; the status is 0 whether or not something is missing."""
    facts = examine()
    if args.json:
        write_json(facts)
    else:
        sys.stdout.write("\n".join(sentences(facts)) + "\n")
    return 0
