"""`citytwin select PATH --filter EXPR -o OUT`: rows of a layer as a file for other programs."""

from __future__ import annotations

import argparse
import sys

import numpy as np

from data.exporting import ENDINGS, export_rows, format_of
from twin.corrections import notes_of, stands_of
from twin.errors import LayerError
from twin.expression import shown_rows
from twin.layer import Layer
from twin.personal import decisions_of, personal_columns
from twin.session import Session
from ui.answer import write_json
from ui.contents import open_contents
from ui.jobs import Jobs
from ui.joining import add_join_option


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin select` understands."""
    parser.add_argument("path", metavar="PATH", help="a project, a vector file, or FILE:LAYER")
    parser.add_argument("--layer", help="the layer of a project, by id or name; without it the first")
    parser.add_argument("--filter", default="", metavar="EXPR", help='which rows: height > 30 and use == "office"')
    parser.add_argument("--out", "-o", required=True, help=f"the file to write: {', '.join(ENDINGS)}")
    parser.add_argument("--crs", help="the CRS of the file; without it the layer's own")
    parser.add_argument(
        "--with-personal", action="store_true", help="keep columns that look personal: not for the public"
    )
    add_join_option(parser)
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Open the city, choose rows and write them.

    raises   TwinError  it cannot be read, the filter is wrong, no row is chosen, or the file cannot be written
    """
    format_of(args.out)
    jobs = Jobs(processes=1, memory_bytes=getattr(args, "memory", None))
    try:
        contents = open_contents([args.path], jobs=jobs, joins=args.joins)
        layer = _layer(contents.session, args.layer)
        kept = decisions_of(contents.project.personal) if contents.project is not None else ()
        found = personal_columns(layer.table, kept, layer_id=layer.info.id)
        without = [] if args.with_personal else [c.field for c in found if c.is_withheld]
        session = contents.session
        stands = stands_of(session.source(layer.info.id), session.composition.corrections)
        notes = notes_of(stands, without=without, has_reasons=args.with_personal)
        rows = np.flatnonzero(shown_rows(layer, args.filter)).tolist()
        done = export_rows(layer, args.out, rows=rows, crs=args.crs, without=without, notes=notes or None)
    finally:
        jobs.close()
    answer = {
        "path": done.path,
        "layer": layer.info.id,
        "rows": done.rows,
        "of": len(layer.table),
        "crs": done.crs,
        "columns": list(done.columns),
        "left_out": list(done.left_out),
        "corrected": len(notes),
        "problems": done.report.sentences(),
    }
    if args.json:
        write_json(answer)
    else:
        left = f"; left out: {', '.join(done.left_out)}" if done.left_out else ""
        sys.stdout.write(f"{done.rows:,} of {len(layer.table):,} rows written to {done.path} ({done.crs}){left}\n")
    return 0


def _layer(session: Session, wanted: str | None) -> Layer:
    layers = list(session.layers.values())
    if wanted is None:
        if not layers:
            raise LayerError("There is no layer to choose rows of.", hint="Name a file, or a project with layers.")
        return layers[0]
    for layer in layers:
        if wanted in (layer.info.id, layer.info.name):
            return layer
    names = ", ".join(layer.info.id for layer in layers)
    raise LayerError(f'There is no layer "{wanted}".', hint=f"The layers are: {names}.", layer=wanted)
