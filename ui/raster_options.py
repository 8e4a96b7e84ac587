"""--dsm, --dtm, --hag: the rasters that heights of buildings are taken from."""

from __future__ import annotations

import argparse

from data.height_rasters import HeightRasters
from twin.errors import UsageError


def add_raster_options(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    group = parser.add_argument_group("heights of buildings from rasters")
    group.add_argument("--dsm", default="", metavar="FILE", help="elevations of roofs and trees; needs --dtm")
    group.add_argument("--dtm", default="", metavar="FILE", help="elevations of the bare ground, taken off --dsm")
    group.add_argument("--hag", default="", metavar="FILE", help="heights above the ground, instead of both")


def rasters_of(args: argparse.Namespace) -> HeightRasters | None:
    """Return what was named; None where nothing was.

    raises   UsageError  a surface without the ground, the ground without a surface, or two sources at once
    """
    rasters = HeightRasters(getattr(args, "dsm", ""), getattr(args, "dtm", ""), getattr(args, "hag", ""))
    if not rasters:
        return None
    if rasters.hag and (rasters.dsm or rasters.dtm):
        raise UsageError(
            "Heights above the ground are complete by themselves.", hint="Give either --hag, or --dsm with --dtm."
        )
    if bool(rasters.dsm) != bool(rasters.dtm):
        given, missing = ("--dsm", "--dtm") if rasters.dsm else ("--dtm", "--dsm")
        raise UsageError(
            f"{given} needs {missing}: a building's height is surface minus ground.",
            hint="Give both, or heights above the ground as --hag.",
        )
    return rasters
