"""`citytwin render PATH...`: draw files into a picture without a window, and say how long it took."""

from __future__ import annotations

import argparse
import re
import sys
from math import isfinite
from typing import TYPE_CHECKING

from twin.layer import Kind, Scheme
from ui.answer import write_json
from ui.cut_option import add_cut_option
from ui.flow_option import add_flow_option
from ui.joining import add_join_option
from ui.raster_options import add_raster_options, rasters_of

if TYPE_CHECKING:
    from ui.comparing import Compare
    from ui.rendering import Wish

_VIEW_NUMBERS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin render` understands."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="data files, FILE:LAYER, folders, or a project; the first sets the frame",
    )
    parser.add_argument("-o", "--output", metavar="OUT.png", required=True, help="where to write the picture")
    parser.add_argument("--size", type=_size, default=(1280, 720), help="width x height in pixels (1280x720)")
    parser.add_argument(
        "--color-by", default="", metavar="FIELD", help='the column that colours; "height" always works'
    )
    parser.add_argument("--scheme", choices=[s.value for s in Scheme], help="how numbers become colours")
    parser.add_argument("--classes", type=int, help="how many classes, for schemes that have classes (5)")
    parser.add_argument("--colormap", default="", help="a matplotlib colour map")
    parser.add_argument("--filter", default="", metavar="EXPR", help='show only these: height > 30 and use == "office"')
    parser.add_argument("--lod", default="", metavar="LOD", help="of a city model: its level of detail, such as 1.3")
    add_raster_options(parser)
    add_join_option(parser)
    parser.add_argument("--label-by", default="", metavar="FIELD", help="the column that labels")
    parser.add_argument("--opacity", type=_opacity, help="0 to 1")
    parser.add_argument(
        "--view",
        default="",
        help="oblique, top, lon,lat,distance_m,heading_deg,tilt_deg (tilt 0 looks straight down), "
        "or the name of one of the project's views",
    )
    _add_time_options(parser)
    parser.add_argument("--scenario", metavar="NAME", help='draw a scenario of the project; "" is the city as it is')
    parser.add_argument(
        "--compare", metavar="A,B", help='two scenarios in one picture with one camera; "today" is the city as it is'
    )
    parser.add_argument("--swipe", type=_share, default=0.5, help="where the line between them stands, 0 to 1 (0.5)")
    parser.add_argument("--split", action="store_true", help="one beside the other instead of a line between them")
    add_feed_options(parser)
    add_flow_option(parser)
    add_cut_option(parser)
    parser.add_argument("--theme", choices=["light", "dark"], help="light or dark")
    parser.add_argument("--frames", type=int, default=0, metavar="N", help="also time N frames of an orbit")
    parser.add_argument("--moving", action="store_true", help="draw as while the camera moves, within the budget")
    parser.add_argument("--plain", action="store_true", help="without legend, north arrow, place and attribution")
    parser.add_argument("--title", default="", help="a title in the picture")
    parser.add_argument("--crs", help='the coordinate reference system of the first file, such as "EPSG:25832"')
    parser.add_argument("--as", dest="kind", choices=[k.value for k in Kind], help="what to take the first layer for")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def _add_time_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--at",
        default="",
        metavar="TIME",
        help="draw what stood then: 1975, 1975-06-30, 2024-05-01T12:30 (UTC unless it says otherwise)",
    )
    parser.add_argument(
        "--dates",
        default="",
        metavar="SINCE[,UNTIL]",
        help="the columns of the first layer that say since when and until when its rows exist, for --at; "
        "without it the usual names are looked for",
    )
    parser.add_argument(
        "--sun",
        default="",
        metavar="TIME",
        help="light and shadows of the true sun: 2026-12-21T15:00 (in the city's time zone unless it says +01:00 or "
        "[Europe/Zurich]), clock for the moment of --at, off for the fixed light",
    )


def run(args: argparse.Namespace) -> int:
    """Draw, write the picture, and say what it took.

    raises   TwinError  a file cannot be used, or the picture cannot be drawn; no picture is written
    """
    from ui.jobs import Jobs  # noqa: PLC0415  see below

    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs:  # the workers import while VTK is loaded here
        from ui.rendering import render  # noqa: PLC0415  VTK is loaded once the words are known to be right

        answer = render(_wish(args), jobs)
    if args.json:
        write_json(answer)
    else:
        sys.stdout.write(
            f"{answer['image']}: {answer['buildings']:,} buildings, {answer['triangles_drawn']:,} triangles, "
            f"complete after {answer['complete_s']:.2f} s\n"
        )
    return 0


def _wish(args: argparse.Namespace) -> Wish:
    from data.project_zip import is_project_source  # noqa: PLC0415  see run()
    from ui.rendering import Wish  # noqa: PLC0415  see run()

    return Wish(
        paths=tuple(args.paths),
        output=args.output,
        size_px=args.size,
        style={
            "color_by": args.color_by,
            "scheme": Scheme(args.scheme) if args.scheme else None,
            "classes": args.classes,
            "colormap": args.colormap,
            "filter": args.filter,
            "label_by": args.label_by,
            "opacity": args.opacity,
            "lod": args.lod,
            **_dates(args.dates),
        },
        view=_view(args.view, has_project=any(map(is_project_source, args.paths))),
        theme=args.theme or "",
        cut=args.cut,
        frames=max(args.frames, 0),
        is_moving=args.moving,
        is_plain=args.plain,
        title=args.title,
        crs=args.crs,
        kind=Kind(args.kind) if args.kind else None,
        joins=tuple(args.joins),
        rasters=rasters_of(args),
        memory_bytes=getattr(args, "memory", None),
        at=args.at,
        sun=args.sun,
        feeds=tuple(args.feeds),
        maps=tuple(args.maps),
        seconds=args.seconds,
        flows=tuple(args.flows),
        scenario=args.scenario,
        compare=_compare(args),
    )


def _dates(text: str) -> dict[str, str]:
    since, _, until = (word.strip() for word in text.partition(","))
    return {"since_field": since, "until_field": until}


def _compare(args: argparse.Namespace) -> Compare | None:
    from twin.errors import UsageError  # noqa: PLC0415  see run()
    from ui.comparing import Compare  # noqa: PLC0415  see run()

    if args.compare is None:
        return None
    names = [name.strip() for name in args.compare.split(",")]
    if len(names) != 2:
        raise UsageError("Two scenarios are compared.", hint="Write --compare A,B; today is the city as it is.")
    return Compare(names[0], names[1], args.swipe, is_split=args.split)


def add_feed_options(parser: argparse.ArgumentParser) -> None:
    """Declare what tells which live data is drawn."""
    parser.add_argument(
        "--feed",
        dest="feeds",
        action="append",
        default=[],
        metavar="URL_OR_RECORDING",
        help="live data over the city: an address listened to for --seconds, or a recording at --at; repeatable",
    )
    parser.add_argument(
        "--map",
        dest="maps",
        action="append",
        default=[],
        metavar="id=..,lon=..",
        help="what the fields of messages mean",
    )
    parser.add_argument(
        "--seconds", type=float, default=5.0, metavar="N", help="how long addresses are listened to (5)"
    )


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})\s*[xX×]\s*(\d{1,5})", text)
    if match is None or not int(match[1]) or not int(match[2]):
        msg = f'"{text}" is not a size; write it like 1280x720'
        raise argparse.ArgumentTypeError(msg)
    return int(match[1]), int(match[2])


def _share(text: str) -> float:
    return _opacity(text)


def _opacity(text: str) -> float:
    try:
        opacity = float(text)
    except ValueError:
        opacity = -1.0
    if not 0 <= opacity <= 1:
        msg = f'"{text}" is no opacity; write a number from 0 to 1'
        raise argparse.ArgumentTypeError(msg)
    return opacity


def _view(text: str, *, has_project: bool = False) -> str | tuple[float, ...]:
    from twin.errors import UsageError  # noqa: PLC0415  only where the words are wrong

    if text in ("", "oblique", "top"):
        return text
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers and has_project:  # the name of a view
        return text
    is_view = len(numbers) == _VIEW_NUMBERS and all(map(isfinite, numbers))
    if not is_view or abs(numbers[0]) > 180 or abs(numbers[1]) > 90 or numbers[2] <= 0:
        raise UsageError(
            f'"{text}" is not a view.',
            hint="Write oblique, top, or lon,lat,distance_m,heading_deg,tilt_deg, for example 139.79,35.67,2500,30,60.",
        )
    return numbers
