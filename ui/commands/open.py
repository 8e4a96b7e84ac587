"""`citytwin open [FILE...]`: the window. Without a file it shows the sample city."""

from __future__ import annotations

import argparse
import os
import sys

from twin.errors import PictureError
from ui.flow_option import add_flow_option
from ui.joining import add_join_option
from ui.raster_options import add_raster_options, rasters_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin open` understands."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="what to open; FILE:LAYER names a layer inside a file")
    parser.add_argument("--crs", help="the CRS of files that do not state theirs, like EPSG:25832")
    add_join_option(parser)
    add_flow_option(parser)
    add_raster_options(parser)
    parser.add_argument("--empty", action="store_true", help="open nothing, not even the sample city")


def run(args: argparse.Namespace) -> int:
    """Open the window; returns when it is closed."""
    if not has_display():
        raise PictureError(
            "There is no display to open a window on.",
            hint="Draw a picture instead: citytwin render FILE -o city.png. Or set DISPLAY or WAYLAND_DISPLAY.",
        )
    from ui.jobs import warm_up  # noqa: PLC0415  before the slow imports, beside which it works

    warm_up()
    from ui import app  # noqa: PLC0415  Qt and VTK are loaded only when there is a display

    return app.run(
        app.Wishes(
            tuple(args.files),
            args.crs,
            args.memory,
            args.empty,
            tuple(args.joins),
            rasters_of(args),
            flows=tuple(args.flows),
        )
    )


def has_display() -> bool:
    """Return whether Qt will find somewhere to show a window."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
