"""`citytwin meeting PROJECT`: a public meeting on the local network."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.report import Report
    from ui.audience.server import Address
    from ui.audience.wish import MeetingWish

USUAL_PORT = 8080
"""With a window, where nothing is said: what people can type."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin meeting` understands."""
    parser.add_argument("project", metavar="PROJECT", help="a project; the meeting's record is kept in its folder")
    parser.add_argument(
        "--port", type=_port, default=None, help="0 picks a free one; usual: 8080 with a window, else 0"
    )
    parser.add_argument("--host", help="the address to listen on; without a window this machine alone")
    parser.add_argument("--no-window", action="store_true", help="without a window: for servers and scripts")
    parser.add_argument("--rehearsal", action="store_true", help="votes and comments go into a ledger of their own")
    parser.add_argument("--open-comments", action="store_true", help="show comments without moderation")
    parser.add_argument("--certificate", type=Path, metavar="PEM", help="serve https with this certificate")
    parser.add_argument("--key", type=Path, metavar="PEM", help="the certificate's key")
    parser.add_argument("--json", action="store_true", help="print one line with the addresses when it listens")


def run(args: argparse.Namespace) -> int:
    """Run a meeting until it is ended; Ctrl+C ends it in order.

    raises   TwinError  the project cannot be opened, or the server cannot listen
    """
    return _without_window(args) if args.no_window else _with_window(args)


def _without_window(args: argparse.Namespace) -> int:
    from ui.audience.host import WAIT_S, hosted  # noqa: PLC0415  VTK is loaded once the words are known to be right
    from ui.jobs import Jobs  # noqa: PLC0415

    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs, hosted(wish_of(args), jobs, told=_say) as host:
        tell(host.address, is_json=args.json)
        try:
            while host.is_running:
                host.serve(wait_s=WAIT_S)
        except KeyboardInterrupt:
            sys.stderr.write("citytwin: the meeting has ended.\n")
    return 0


def _with_window(args: argparse.Namespace) -> int:
    from twin.errors import DisplayError  # noqa: PLC0415  see above
    from ui.commands.open import has_display  # noqa: PLC0415

    if not has_display():
        raise DisplayError(
            "There is no display to open a window on.",
            hint="Run it without one: citytwin meeting PROJECT --no-window. Or set DISPLAY or WAYLAND_DISPLAY.",
        )
    from ui.jobs import warm_up  # noqa: PLC0415  before the slow imports, beside which it works

    warm_up()
    from ui import app  # noqa: PLC0415

    meeting = app.MeetingAtStart(wish_of(args), partial(tell, is_json=args.json))
    return app.run(app.Wishes((args.project,), memory_bytes=args.memory, meeting=meeting))


def wish_of(args: argparse.Namespace) -> MeetingWish:
    """Return what the command line asks for."""
    from ui.audience.server import LOOPBACK, lan_address  # noqa: PLC0415
    from ui.audience.wish import MeetingWish  # noqa: PLC0415  see above

    usual_port = 0 if args.no_window else USUAL_PORT
    return MeetingWish(
        source=args.project,
        host=args.host or (LOOPBACK if args.no_window else lan_address()),
        port=usual_port if args.port is None else args.port,
        is_rehearsal=args.rehearsal,
        is_moderated=not args.open_comments,
        certificate=args.certificate,
        key=args.key,
        memory_bytes=getattr(args, "memory", None),
    )


def _say(report: Report) -> None:
    for line in report.sentences():
        sys.stderr.write(f"citytwin: {line}\n")


def tell(address: Address, *, is_json: bool) -> None:
    """Print where a meeting is found."""
    facts = {name: value for name, value in asdict(address).items() if name != "port"}
    if is_json:
        sys.stdout.write(json.dumps(facts) + "\n")
    else:
        lines = (f"{name.replace('_', ' '):15}{value}" for name, value in facts.items())
        sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        msg = f'"{text}" is no port; write a number from 0 to 65535'
        raise argparse.ArgumentTypeError(msg)
    return int(text)
