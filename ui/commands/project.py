"""`citytwin project new|add|info|check|pack|alarms|purge`: a city and all that belongs to it in one folder."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from data.project import SUFFIX
from twin.errors import UsageError
from twin.layer import Kind
from ui.answer import write_json
from ui.joining import add_join_option
from ui.raster_options import add_raster_options, rasters_of

if TYPE_CHECKING:
    from ui.contents import Contents


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin project` understands."""
    verbs = parser.add_subparsers(dest="what", required=True, metavar="WHAT", parser_class=type(parser))
    new = verbs.add_parser("new", help="make a project of data files", conflict_handler="resolve")
    new.add_argument("project", metavar="OUT", help=f"the project's folder, NAME{SUFFIX}; it must not be there yet")
    new.add_argument("--title", default="", help="what the project is called; without it, its folder's name")
    _add_sources(new)
    add = verbs.add_parser("add", help="add data files to a project", conflict_handler="resolve")
    add.add_argument("project", metavar="PROJECT", help=f"a project's folder, or a zip of it (NAME{SUFFIX}.zip)")
    _add_sources(add)
    for name, summary in (
        ("info", "say what is in a project, without opening its layers"),
        ("check", "say what should be looked at before a project goes to the public"),
    ):
        one = verbs.add_parser(name, help=summary, conflict_handler="resolve")
        one.add_argument(
            "project", metavar="PROJECT", help=f"a project's folder, a zip of it (NAME{SUFFIX}.zip), or a data file"
        )
        if name == "check":
            one.add_argument(
                "--decide", metavar="LAYER:FIELD=public|personal|undecided", action="append", default=[],
                help="keep with the project whether a column is about people; may be given several times",
            )  # fmt: skip
        one.add_argument("--json", action="store_true", help="answer with one JSON object")
    pack = verbs.add_parser("pack", help="write a project with all its data as one zip", conflict_handler="resolve")
    pack.add_argument("project", metavar="PROJECT", help="a project's folder")
    pack.add_argument("-o", "--output", metavar="X.zip", required=True, help="where to write the zip")
    pack.add_argument("--json", action="store_true", help="answer with one JSON object")
    alarms = verbs.add_parser("alarms", help="say which alarms a project keeps", conflict_handler="resolve")
    alarms.add_argument("--csv", type=Path, metavar="FILE.csv", help="also write them into a table")
    purge = verbs.add_parser("purge", help="remove recordings that are past their time", conflict_handler="resolve")
    for one in (alarms, purge):
        one.add_argument("project", metavar="PROJECT", help="a project's folder")
        one.add_argument("--json", action="store_true", help="answer with one JSON object")
    for one in verbs.choices.values():
        _add_general(one)


def _add_general(parser: argparse.ArgumentParser) -> None:
    """Let the general options stand behind what is to be done, too."""
    from ui.cli import add_general_options  # noqa: PLC0415  it imports this module by name

    before = {id(action) for action in parser._actions}  # noqa: SLF001  argparse offers no list of them
    add_general_options(parser)
    for action in parser._actions:  # noqa: SLF001  as above
        if id(action) not in before:
            action.default = argparse.SUPPRESS  # or the usual value would win over one given before


def _add_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources", metavar="SOURCE", nargs="+", help="data files, FILE:LAYER or folders; the first sets the frame"
    )
    parser.add_argument("--link", action="store_true", help="link to the files where they are; without it, copy them")
    parser.add_argument("--crs", help='the coordinate reference system of the first file, such as "EPSG:25832"')
    parser.add_argument("--as", dest="kind", choices=[k.value for k in Kind], help="what to take the first layer for")
    add_raster_options(parser)
    add_join_option(parser)
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Do what is asked and say what came of it.

    raises   TwinError  it cannot be done; a project that was there is as it was
    """
    if args.what in ("alarms", "purge"):
        _tell_kept(args)
        return 0
    answer = {"new": _new, "add": _add, "info": _info, "check": _check, "pack": _pack}[args.what](args)
    if args.json:
        write_json(answer)
    elif args.what == "check":
        from ui.doctor_words import report_lines  # noqa: PLC0415  needed here alone

        sys.stdout.write("\n".join(report_lines(answer)) + "\n")
    else:
        from ui.project_facts import sentences  # noqa: PLC0415  needed here alone

        sys.stdout.write("\n".join(sentences(answer)) + "\n")
    return 0


def _tell_kept(args: argparse.Namespace) -> None:
    from ui.project_kept import tell_alarms, tell_purge  # noqa: PLC0415  readers are loaded once words are right

    if args.what == "alarms":
        tell_alarms(args.project, table=args.csv, is_json=args.json)
    else:
        tell_purge(args.project, is_json=args.json)


def _new(args: argparse.Namespace) -> dict[str, object]:
    from ui.project_files import check_new, make_project  # noqa: PLC0415  readers are loaded once words are right

    folder = Path(args.project if args.project.lower().endswith(SUFFIX) else args.project + SUFFIX)
    check_new(folder)
    contents = _opened(args, list(args.sources))
    if contents.project is not None:
        raise UsageError("A project cannot be made of another one.", hint="Add files to it: citytwin project add")
    stored = make_project(contents, folder, title=args.title, is_inside_wanted=not args.link)
    return _answer(stored.folder, contents)


def _add(args: argparse.Namespace) -> dict[str, object]:
    from ui.project_files import add_to_project  # noqa: PLC0415  as above

    contents = _opened(args, [args.project, *args.sources])
    if contents.stored is None:
        raise UsageError(f'"{args.project}" is no project.', hint="Make one: citytwin project new OUT SOURCE...")
    stored = add_to_project(contents, is_inside_wanted=not args.link)
    return _answer(stored.folder, contents)


def _opened(args: argparse.Namespace, sources: list[str]) -> Contents:
    from ui.contents import open_contents  # noqa: PLC0415  as above
    from ui.jobs import Jobs  # noqa: PLC0415  as above

    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs:
        kind = Kind(args.kind) if args.kind else None
        contents = open_contents(
            sources, jobs=jobs, crs=args.crs, kind=kind, joins=args.joins, rasters=rasters_of(args)
        )
    for line in contents.report.sentences():
        sys.stderr.write(f"citytwin: {line}\n")
    return contents


def _answer(folder: Path, contents: Contents) -> dict[str, object]:
    from ui.project_facts import project_facts  # noqa: PLC0415  as above

    facts = project_facts(str(folder))
    return facts if contents.joins is None else facts | {"join": contents.joins.answer()}


def _info(args: argparse.Namespace) -> dict[str, object]:
    from data.project_zip import is_project_source  # noqa: PLC0415  as above
    from ui.contents import open_contents  # noqa: PLC0415  as above
    from ui.jobs import Jobs  # noqa: PLC0415  as above
    from ui.project_facts import facts_of_session, project_facts  # noqa: PLC0415  as above

    if is_project_source(args.project) or not Path(args.project.rsplit(":", 1)[0]).exists():
        return project_facts(args.project)
    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs:
        return facts_of_session(open_contents([args.project], jobs=jobs), args.project)


def _check(args: argparse.Namespace) -> dict[str, object]:
    from ui.contents import open_contents  # noqa: PLC0415  as above
    from ui.jobs import Jobs  # noqa: PLC0415  as above

    project_check = importlib.import_module("ui.doctoring").project_check
    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs:
        contents = open_contents([args.project], jobs=jobs)
    if args.decide:
        from ui.deciding import decided_project, decisions_from_text  # noqa: PLC0415  needed here alone

        contents = decided_project(contents, decisions_from_text(args.decide))
    found: dict[str, object] = project_check(contents)
    return found


def _pack(args: argparse.Namespace) -> dict[str, object]:
    from ui.contents import stored_project  # noqa: PLC0415  as above
    from ui.project_files import pack_project  # noqa: PLC0415  as above

    stored, _ = stored_project(args.project)
    size = pack_project(stored, Path(args.output))
    return {"project": str(stored.folder), "zip": args.output, "size_bytes": size}
