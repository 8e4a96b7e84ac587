"""`citytwin report PROJECT... -o DIR`: what came of a hearing, as page, paper and tables."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ui.answer import write_json

if TYPE_CHECKING:
    from twin.hearing_report import HearingReport
    from ui.audience.report_parts import Shown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin report` understands."""
    parser.add_argument(
        "projects", metavar="PROJECT", nargs="+", type=Path, help="the projects of one hearing's meetings, or ledgers"
    )
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="a folder; made if not there")
    parser.add_argument("--title", default="", help="the report's title; without it the first project's")
    parser.add_argument("--ages", type=Path, metavar="CSV", help="people by age group: group, people")
    parser.add_argument("--districts", type=Path, metavar="CSV", help="people by district: group, people")
    parser.add_argument("--no-pictures", action="store_true", help="without drawing the city")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Read the ledgers, write the report, and say where it is.

    raises   TwinError  there is no record, or it does not add up; no report is written
    """
    from data.hearing_files import (  # noqa: PLC0415  pandas and the like are loaded for those who ask
        check_chains,
        read_census,
        read_chain,
        write_ballots,
        write_places,
        write_tables,
    )
    from twin.hearing_report import hearing_report  # noqa: PLC0415
    from ui.audience.report_page import page_of  # noqa: PLC0415
    from ui.audience.report_paper import write_paper  # noqa: PLC0415
    from ui.audience.report_parts import parts_of  # noqa: PLC0415

    chains = [read_chain(path) for path in args.projects]
    check_chains(chains)
    report = hearing_report(
        args.title or title_of(args.projects[0]),
        chains,
        census_ages=read_census(args.ages) if args.ages else None,
        census_districts=read_census(args.districts) if args.districts else None,
    )
    folder: Path = args.output
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [] if args.no_pictures else _pictures(args, report)
    parts = parts_of(report, pictures)
    (folder / "report.html").write_text(page_of(parts, title=report.title), encoding="utf-8")
    write_paper(parts, folder / "report.pdf", title=report.title)
    files = [
        folder / "report.html",
        folder / "report.pdf",
        *write_tables(report, folder),
        *write_ballots(report, folder),
    ]
    if write_places(report, folder / "comments.gpkg"):
        files.append(folder / "comments.gpkg")
    answer = facts(report, [*files, *(p.path for p in pictures)])
    if args.json:
        write_json(answer)
    else:
        sys.stdout.write("\n".join(str(path) for path in files) + "\n")
    return 0


def title_of(project: Path) -> str:
    """Return a project's own title, or its file's name."""
    from data.project import read_project  # noqa: PLC0415  see run()
    from twin.errors import TwinError  # noqa: PLC0415

    try:
        return read_project(project).project.title or project.stem
    except (TwinError, OSError):
        return project.stem


def facts(report: HearingReport, files: list[Path]) -> dict[str, object]:
    """Return what scripts rely on."""
    from ui.commands.tally import facts as poll_facts  # noqa: PLC0415  see run()

    return {
        "title": report.title,
        "meetings": [{"name": c.name, "entries": len(c.entries), "head": c.head} for c in report.chains],
        "doubles": list(report.doubles),
        "polls": [poll_facts(tally) | {"meeting": name} for name, tally in report.tallies],
        "comments": {
            "by_state": dict(report.by_state),
            "by_source": dict(report.by_source),
            "by_kind": dict(report.by_kind),
            "answered": len(report.answered),
            "unanswered": len(report.unanswered),
        },
        "not_heard": [s.group for s in (*report.age_groups, *report.districts) if not s.is_heard],
        "files": [str(path) for path in files],
    }


def _pictures(args: argparse.Namespace, report: HearingReport) -> list[Shown]:
    """Draw the city with the comments on it, where the first project is one."""
    project: Path = args.projects[0]
    if not project.is_dir() or not (project / "project.json").exists():
        return []
    from ui.audience.report_pictures import report_pictures  # noqa: PLC0415  VTK is loaded here
    from ui.jobs import Jobs  # noqa: PLC0415

    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs:
        return report_pictures(str(project), report, args.output, jobs)
