"""`citytwin meeting PROJECT`: a public meeting on the local network."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.audience.meeting import Plan
    from ui.contents import Contents

WAIT_S = 0.05


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
    from ui.jobs import Jobs  # noqa: PLC0415  see ui.commands.render

    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs, hosted(args, jobs) as host:
        host.serve_until_ended()
    return 0


class _Host:
    """A running meeting without a window."""

    def __init__(self, plan: Plan, contents: Contents, args: argparse.Namespace, scene: object) -> None:
        from layers.scene import Scene  # noqa: PLC0415  see run()
        from ui.audience.process import MeetingProcess  # noqa: PLC0415
        from ui.audience.programme import stage_of  # noqa: PLC0415

        assert isinstance(scene, Scene)
        self._stage = stage_of(contents, scene)
        programme = replace(
            plan.programme,
            bounds_lonlat=self._stage.bounds_lonlat,
            zoom_most=self._stage.zoom_most,
            attribution=self._stage.attribution,
        )
        self._process = MeetingProcess(replace(plan, programme=programme))
        _tell(args, self._process.address)

    def serve_until_ended(self) -> None:
        """Draw and answer for the server until it ends or somebody presses Ctrl+C."""
        acts = self._stage.acts() | {"show_slide": self._show_slide, "changed": _ignore}
        try:
            while self._process.is_running:
                self._process.serve(acts, wait_s=WAIT_S)
        except KeyboardInterrupt:
            sys.stderr.write("citytwin: the meeting has ended.\n")

    def _show_slide(self, wish: dict[str, object]) -> None:
        from ui.audience.public import Slide  # noqa: PLC0415  see run()

        number, is_black = wish.get("number", 0), bool(wish.get("is_black"))
        assert isinstance(number, int)
        self._process.tell("slide", Slide(number=number, is_black=is_black))

    def stop(self) -> None:
        self._process.stop()


@contextmanager
def hosted(args: argparse.Namespace, jobs: object) -> Iterator[_Host]:
    """Open the project, draw it off screen, and serve it.

    raises   TwinError  the project cannot be opened, or the server cannot listen
    """
    from layers.scene import Scene  # noqa: PLC0415  VTK is loaded once the words are known to be right
    from ui.audience.programme import plan_of  # noqa: PLC0415
    from ui.audience.server import LOOPBACK, lan_address  # noqa: PLC0415
    from ui.contents import open_contents  # noqa: PLC0415
    from ui.jobs import Jobs  # noqa: PLC0415
    from ui.memory import default_budget_bytes  # noqa: PLC0415

    assert isinstance(jobs, Jobs)
    contents = open_contents([args.project], jobs=jobs)
    for line in contents.report.sentences():
        sys.stderr.write(f"citytwin: {line}\n")
    plan = plan_of(
        contents,
        source=args.project,
        hosts=(args.host or (LOOPBACK if args.no_window else lan_address()),),
        port=args.port or 0,
        is_rehearsal=args.rehearsal,
        is_moderated=not args.open_comments,
        certificate=args.certificate,
        key=args.key,
    )
    jobs.wait_until_ready()
    scene = Scene(contents.session, jobs=jobs, memory_bytes=default_budget_bytes())
    scene.is_adaptive = False
    try:
        host = _Host(plan, contents, args, scene)
        try:
            yield host
        finally:
            host.stop()
    finally:
        scene.close()


def _tell(args: argparse.Namespace, address: object) -> None:
    from ui.audience.server import Address  # noqa: PLC0415  see run()

    assert isinstance(address, Address)
    facts = {name: value for name, value in asdict(address).items() if name != "port"}
    if args.json:
        sys.stdout.write(json.dumps(facts) + "\n")
    else:
        lines = (f"{name.replace('_', ' '):15}{value}" for name, value in facts.items())
        sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _ignore(_value: object) -> None:
    return


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        msg = f'"{text}" is no port; write a number from 0 to 65535'
        raise argparse.ArgumentTypeError(msg)
    return int(text)
