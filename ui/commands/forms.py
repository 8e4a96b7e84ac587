"""`citytwin forms PROJECT -o FORM.pdf`: paper forms from the same questions as on the phones."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ui.answer import write_json

LANGUAGES = ("en", "zh", "de", "es", "fr")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin forms` understands."""
    parser.add_argument("project", metavar="PROJECT", help="a project with polls (polls.toml)")
    parser.add_argument("-o", "--output", metavar="FORM.pdf", type=Path, required=True, help="where to write the form")
    parser.add_argument(
        "--language", choices=LANGUAGES, default="en", help="of the form's own words, and of the questions"
    )
    parser.add_argument("--no-map", action="store_true", help="without the map, so without drawing the city")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Draw the plan and write the form.

    raises   TwinError  the project cannot be opened, or the form cannot be written
    """
    from ui.audience.forms import write_forms  # noqa: PLC0415  fonts are loaded for those who ask
    from ui.contents import open_contents  # noqa: PLC0415
    from ui.jobs import Jobs  # noqa: PLC0415

    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs:
        contents = open_contents([args.project], jobs=jobs)
        project = contents.project
        plan = None if args.no_map else _plan(contents, jobs)
        title = (project.title if project else "") or Path(args.project).stem
        polls = project.polls if project else ()
        sheets = write_forms(args.output, title, polls, plan, language=args.language)
    if args.json:
        write_json(
            {"file": str(args.output), "sheets": sheets, "polls": [p.id for p in polls], "has_map": plan is not None}
        )
    else:
        sys.stdout.write(f"{args.output}: {sheets} sheets, {len(polls)} polls\n")
    return 0


def _plan(contents: object, jobs: object) -> bytes:
    from layers.scene import Scene  # noqa: PLC0415  VTK is loaded for a map only
    from ui.audience.programme import stage_of  # noqa: PLC0415
    from ui.contents import Contents  # noqa: PLC0415
    from ui.jobs import Jobs  # noqa: PLC0415
    from ui.memory import default_budget_bytes  # noqa: PLC0415

    assert isinstance(contents, Contents)
    assert isinstance(jobs, Jobs)
    jobs.wait_until_ready()
    scene = Scene(contents.session, jobs=jobs, memory_bytes=default_budget_bytes())
    scene.is_adaptive = False
    try:
        return stage_of(contents, scene).plan(2000)
    finally:
        scene.close()
