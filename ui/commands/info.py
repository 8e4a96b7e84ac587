"""`citytwin info PATH`: what is in a file, read whole and checked, without drawing it."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from data.database_address import without_password
from data.layer_values import Values, read_values
from data.project_zip import is_project_source
from data.rasters import is_raster
from data.sources import split_layer
from twin.buildings import FIRST_ESTIMATE, HeightSource
from twin.errors import LayerError, SourceError, TwinError
from twin.layer import Kind
from twin.personal import personal_columns
from ui.answer import write_json
from ui.joining import Joins, add_join_option, joined
from ui.raster_options import add_raster_options, rasters_of

if TYPE_CHECKING:
    from data.near import Grounds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin info` understands."""
    parser.add_argument("path", metavar="PATH", help="a vector file, FILE:LAYER, a raster, a table, or a project")
    parser.add_argument("--layer", help="the layer to look at; without it the largest polygon layer")
    parser.add_argument(
        "--crs", help='the coordinate reference system, such as "EPSG:25832", instead of the stated one'
    )
    parser.add_argument("--as", dest="kind", choices=[k.value for k in Kind], help="what to take the layer for")
    parser.add_argument("--height-field", help="the column to take measured heights from")
    parser.add_argument("--terrain", metavar="DEM", help="heights of the ground: which buildings float, or are sunken")
    add_raster_options(parser)
    add_join_option(parser)
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Read the layer and say what it holds.

    raises   TwinError  it cannot be used; the sentence says why
    """
    if is_project_source(args.path):
        return _tell_project(args)
    if is_raster(args.path):
        return _tell_raster(args)
    path, layer = (args.path, args.layer) if args.layer else split_layer(args.path)
    try:
        values = _values(args, path, layer)
    except (LayerError, SourceError):
        if args.joins or not _tell_table(args, path, layer):
            raise
        return 0
    joins = joined(values.table, args.joins, partial(_grounds, values)) if args.joins else None
    if joins is not None:
        values.report.extend(joins.report)
    answer = facts(values, path, joins)
    told = _on_terrain(values, args)
    answer |= {} if told is None else {"terrain": told}
    if args.json:
        write_json(answer)
    else:
        lines = [] if told is None else [f"  terrain    {line}" for line in told["sentences"]]  # type: ignore[attr-defined]
        sys.stdout.write("\n".join([*sentences(values, answer, joins), *lines]) + "\n")
    return 0


def _values(args: argparse.Namespace, path: str, layer: str | None) -> Values:
    return read_values(
        path,
        layer=layer,
        crs=args.crs,
        kind=Kind(args.kind) if args.kind else None,
        height_field=args.height_field,
        is_alone=True,
        memory_bytes=getattr(args, "memory", None),
        with_bodies=args.terrain is not None,
        rasters=rasters_of(args),
    )


def _tell_table(args: argparse.Namespace, path: str, table: str | None) -> bool:
    """Say what is in a table without geometry; return whether it is one."""
    from ui.table_info import may_be_table, table_answer, table_sentences  # noqa: PLC0415  maps do without it

    if not may_be_table(path):
        return False
    try:
        told = table_answer(path, table)
    except TwinError:
        return False
    if args.json:
        write_json(told)
    else:
        sys.stdout.write("\n".join(table_sentences(told)) + "\n")
    return True


def _on_terrain(values: Values, args: argparse.Namespace) -> dict[str, object] | None:
    """Return how the buildings stand on the terrain that was named."""
    if args.terrain is None:
        return None
    from ui.raster_info import terrain_answer  # noqa: PLC0415  rasterio takes 0.1 s to load

    return terrain_answer(values, args.terrain, memory_bytes=getattr(args, "memory", None))


def _tell_raster(args: argparse.Namespace) -> int:
    """Say what is in a raster."""
    from ui.raster_info import raster_answer, raster_sentences  # noqa: PLC0415  rasterio takes 0.1 s to load

    kind = Kind(args.kind) if args.kind else None
    told = raster_answer(args.path, crs=args.crs, kind=kind, memory_bytes=getattr(args, "memory", None))
    if args.json:
        write_json(told)
    else:
        sys.stdout.write("\n".join(raster_sentences(told)) + "\n")
    return 0


def _tell_project(args: argparse.Namespace) -> int:
    """Say what is in a project."""
    from ui import project_facts  # noqa: PLC0415  files do without it

    told = project_facts.project_facts(args.path)
    if args.json:
        write_json(told)
    else:
        sys.stdout.write("\n".join(project_facts.sentences(told)) + "\n")
    return 0


def _grounds(values: Values) -> Grounds:
    """Return where the layer's areas lie, for points that are joined in space."""
    from data.near import Grounds  # noqa: PLC0415  readers are loaded where there is something to join

    if values.outlines is None:
        raise LayerError("Points can be joined in space to a layer of areas only.", hint="Join them by a key.")
    return Grounds(values.outlines, values.row, values.frame, len(values.table))


def facts(values: Values, path: str, joins: Joins | None = None) -> dict[str, object]:
    """Return what scripts rely on: the keys and units of issue and manual."""
    table = values.table if joins is None else joins.table
    return {
        "path": without_password(path),
        "driver": values.facts.driver,
        "layers": list(values.facts.layers),
        "layer": values.facts.layer,
        "features": values.facts.count,
        "buildings": len(values.row) if values.raised is not None else 0,
        "geometry_types": list(values.geometry_types),
        "crs": values.settled.crs,
        "crs_source": values.settled.source,
        "bounds_lonlat": list(values.bounds_lonlat),
        "fields": list(table.fields()),
        "height": height_facts(values),
        "personal": [{"field": c.field, "why": c.why, "decided": str(c.decided)} for c in personal_columns(table)],
        "problems": [{"what": p.what, "count": p.count, "examples": list(p.examples)} for p in values.report.problems],
        **({"objects": dict(values.facts.objects), "lods": list(values.facts.lods)} if values.facts.objects else {}),
    } | ({} if joins is None else {"join": joins.answer()})


def height_facts(values: Values) -> dict[str, object]:
    """Return where the heights of the raised buildings come from, in sum; all null for a flat layer.

    known      buildings whose height was measured, or is roof minus ground
    estimated  the others
    """
    if values.raised is None:
        return {"source": None, "field": None, "known": 0, "estimated": 0, "min_m": None, "max_m": None}
    heights = values.raised.heights
    source, height_m = heights.source[values.row], heights.height_m[values.row]
    known = int((source < FIRST_ESTIMATE).sum())
    main = HeightSource(int(np.bincount(source, minlength=len(HeightSource)).argmax()))
    return {
        "source": main.name.lower(),
        "field": heights.field,
        **({"surface": heights.surface} if heights.surface else {}),
        "known": known,
        "estimated": len(source) - known,
        "min_m": round(float(height_m.min()), 3),
        "max_m": round(float(height_m.max()), 3),
    }


def sentences(values: Values, answer: dict[str, object], joins: Joins | None = None) -> list[str]:
    """Return the same for people, one thing a line."""
    table = values.table if joins is None else joins.table
    west, south, east, north = values.bounds_lonlat
    others = [name for name in values.facts.layers if name != values.facts.layer]
    lines = [
        f"{answer['path']}",
        f"  layer      {values.facts.layer} ({values.facts.driver})"
        + (f"; others: {', '.join(others)}" if others else ""),
        f"  features   {values.facts.count:,} ({', '.join(values.geometry_types)})",
        f"  buildings  {answer['buildings']:,}" if values.raised is not None else f"  drawn as   {values.kind}",
        f"  CRS        {_short(values.settled.crs)} ({values.settled.source})",
        f"  bounds     {west:.5f} to {east:.5f} lon, {south:.5f} to {north:.5f} lat",
        f"  fields     {', '.join(table.fields()) or 'none'}",
    ]
    if values.facts.objects:
        counted = ", ".join(f"{name} {count:,}" for name, count in values.facts.objects.items())
        lods = ", ".join(f"{lod:g}" for lod in values.facts.lods) or "not stated"
        is_model = values.facts.driver != "OSM"
        lines.append(f"  objects    {counted}" + (f"; levels of detail: {lods}" if is_model else ""))
    if values.raised is not None:
        lines.append(f"  heights    {_heights(height_facts(values))}")
    if joins is not None:
        lines += [f"  join       {sentence}" for sentence in joins.sentences()]
    lines += [f"  personal   {c.field}: {c.why}" for c in personal_columns(table)]
    if values.report:
        lines += ["  problems", *(f"    {sentence}" for sentence in values.report.sentences())]
    return lines


def _heights(height: dict[str, object]) -> str:
    field = f' (in "{height["field"]}")' if height["field"] else ""
    field = f" ({height['surface']})" if height.get("surface") else field
    word = str(height["source"]).replace("_", " ")
    return (
        f"{height['min_m']} to {height['max_m']} m; {height['known']:,} known{field},"
        f" {height['estimated']:,} estimated; the most by: {word}"
    )


def _short(crs: str | None) -> str:
    if crs is None or len(crs) < 40:
        return crs or "none"
    return crs.split('"')[1] if '"' in crs else crs[:40]
