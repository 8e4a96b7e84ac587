"""`citytwin export PROJECT --format F -o OUT`: the city for other programs, without what is personal."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ui.answer import write_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin export` understands."""
    parser.add_argument("sources", metavar="PROJECT", nargs="+", help="a project, data files, FILE:LAYER or folders")
    parser.add_argument(
        "--format", choices=["glb", "cityjson", "3dtiles", "gpkg"], help="without it, by the ending of OUT"
    )
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="a file; for 3dtiles a folder")
    parser.add_argument("--filter", default="", metavar="EXPR", help='only these: height > 30 and use == "office"')
    parser.add_argument("--layer", action="append", default=[], metavar="ID", help="only this layer; may be repeated")
    parser.add_argument("--scenario", metavar="NAME", help='with a scenario of the project; "" is the city as it is')
    parser.add_argument("--with-personal", action="store_true", help="columns about people too: not for the public")
    parser.add_argument("--crs", help='the coordinate reference system of the first file, such as "EPSG:25832"')
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Read, write, and say what was written and what stayed at home.

    raises   TwinError  a file cannot be used, or the export cannot be written; nothing is left behind
    """
    from ui.jobs import Jobs  # noqa: PLC0415  see ui.commands.render

    chosen = _format(args)
    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs:
        from twin.personal import decisions_of  # noqa: PLC0415
        from ui.contents import open_contents  # noqa: PLC0415
        from ui.exporting import ExportFormat, ExportWish, export  # noqa: PLC0415
        from ui.showing_scenarios import show_scenario  # noqa: PLC0415

        contents = open_contents(args.sources, jobs=jobs, crs=args.crs)
        if args.scenario is not None:
            show_scenario(contents.session, args.scenario)
        wish = ExportWish(
            ExportFormat(chosen),
            args.output,
            filter=args.filter,
            layer_ids=tuple(args.layer),
            has_personal=args.with_personal,
        )
        decisions = decisions_of(contents.project.personal) if contents.project is not None else ()
        answer = export(contents.session, wish, decisions=decisions)
    report = [*contents.report.sentences(), *answer.report.sentences()]
    left = [f"{one.name}: {', '.join(one.left_out)}" for one in answer.layers if one.left_out]
    if args.json:
        layers = [
            {"id": o.id, "name": o.name, "rows": o.rows, "columns": o.columns, "left_out": o.left_out}
            for o in answer.layers
        ]
        facts = {"format": answer.format, "path": answer.path, "crs": answer.crs, "bytes": answer.bytes}
        write_json(facts | {"layers": layers, "report": report})
        return 0
    rows = sum(one.rows for one in answer.layers)
    lines = [f"{answer.path}: {rows:,} rows of {len(answer.layers)} layers, {answer.bytes / 1e6:.1f} MB, {answer.crs}"]
    lines += [f"  left out as personal  {one}" for one in left]
    sys.stdout.write("\n".join([*lines, *(f"  {one}" for one in report)]) + "\n")
    return 0


def _format(args: argparse.Namespace) -> str:
    from twin.errors import UsageError  # noqa: PLC0415  only where the words are wrong

    if args.format:
        return str(args.format)
    name = args.output.name.lower()
    endings = {".glb": "glb", ".city.json": "cityjson", ".json": "cityjson", ".gpkg": "gpkg", "tileset": "3dtiles"}
    found = next((value for ending, value in endings.items() if name.endswith(ending)), None)
    if found is None:
        raise UsageError(
            f'It is not clear what "{args.output.name}" is to be.', hint="Say --format glb, cityjson, 3dtiles or gpkg."
        )
    return found
