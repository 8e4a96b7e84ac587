"""`citytwin exhibit PROJECT NAME -o X.pdf`: a sheet of paper with views of the city, to scale, as PDF."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from twin.errors import UsageError
from twin.exhibit import PAPERS_MM, SIDES, Exhibit, SheetView, ViewKind
from ui.answer import write_json
from ui.cut_option import add_cut_option

if TYPE_CHECKING:
    from ui.contents import Contents
    from ui.exhibiting import Sheet

_PLACE, _VIEW_NUMBERS = 2, 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin exhibit` understands."""
    parser.add_argument("project", metavar="PROJECT", help="a project (NAME.citytwin), or a data file")
    parser.add_argument(
        "name", metavar="NAME", nargs="?", default="",
        help="an exhibit of the project, or one of its views; another name becomes the title of a sheet of what "
        "is looked at now",
    )  # fmt: skip
    parser.add_argument("-o", "--output", metavar="X.pdf", required=True, help="where to write the sheet")
    parser.add_argument("--paper", choices=list(PAPERS_MM), type=str.upper, help="the sheet's size (A4)")
    parser.add_argument("--orientation", choices=["landscape", "portrait"], help="lying or standing (landscape)")
    parser.add_argument("--scale", type=_scale, metavar="1:N", help="of plans, elevations and sections, on true ground")
    parser.add_argument(
        "--view", dest="views", action="append", default=[], metavar="VIEW",
        help="plan[:lon,lat], perspective, elevation[:SIDE], section, a view of the project by name, or "
        "lon,lat,distance_m,heading_deg,tilt_deg; several make several views, the first is the largest",
    )  # fmt: skip
    parser.add_argument("--title", help="the heading")
    parser.add_argument("--text", help="paragraphs; @FILE takes them from a text file")
    parser.add_argument("--date", help="as it is to be written; today without it")
    parser.add_argument("--color-by", default="", metavar="FIELD", help="colour the first layer by a column")
    parser.add_argument("--label-by", default="", metavar="FIELD", help="label the first layer by a column")
    parser.add_argument("--crs", help='of a data file, instead of what it states, such as "EPSG:25832"')
    add_cut_option(parser)
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Draw the sheet and write it.

    raises   TwinError  the project cannot be used, or the sheet cannot be drawn; no file is written
    """
    from ui.jobs import Jobs  # noqa: PLC0415  see below

    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs:  # the workers import while VTK is loaded here
        from ui.contents import open_contents  # noqa: PLC0415
        from ui.exhibiting import check_output, scene_for, write_exhibit  # noqa: PLC0415
        from ui.project_recordings import show_recordings  # noqa: PLC0415

        output = Path(args.output)
        check_output(output)
        jobs.wait_until_ready()
        contents = open_contents([args.project], jobs=jobs, crs=args.crs)
        _dress(args, contents)
        show_recordings(contents.session, contents.folder)
        exhibit, is_new = exhibit_for(args, contents)
        scene = scene_for(contents.session, jobs)
        try:
            sheet = write_exhibit(exhibit, contents.session, scene, output)
        finally:
            scene.close()
    _say(args, sheet, _remarks(args, contents, is_new=is_new))
    return 0


def _say(args: argparse.Namespace, sheet: Sheet, remarks: list[str]) -> None:
    every = [*remarks, *sheet.remarks]
    if args.json:
        write_json({**sheet.answer(), "remarks": every})
        return
    views = ", ".join(str(shot.view.kind) for shot in sheet.shots)
    sys.stdout.write(f"{sheet.path}: {sheet.exhibit.paper}, {views}\n" + "".join(f"{line}\n" for line in every))


def _remarks(args: argparse.Namespace, contents: Contents, *, is_new: bool) -> list[str]:
    from ui import exhibit_words as words  # noqa: PLC0415  said at the end only

    missing = [f"The layer {one.layer.name} is missing: {one.reason}" for one in contents.missing]
    return [*([words.default_sheet(args.name)] if is_new and args.name else []), *missing]


def _dress(args: argparse.Namespace, contents: Contents) -> None:
    """Colour, label and cut as asked for."""
    from twin.cut import cut_from_text  # noqa: PLC0415  as in run()

    session = contents.session
    if (args.color_by or args.label_by) and session.layers:
        layer_id = next(iter(session.layers))
        style = session.composition.state(layer_id).style
        chosen = {"color_by": args.color_by, "label_by": args.label_by}
        session.set_style(layer_id, replace(style, **{name: value for name, value in chosen.items() if value}))
    if args.cut:
        cut = cut_from_text(args.cut, session.frame)
        session.set_composition(replace(session.composition, cut=cut), is_undoable=False)


def exhibit_for(args: argparse.Namespace, contents: Contents) -> tuple[Exhibit, bool]:
    """Return what is to be drawn, and whether no exhibit or view of that name was there.

    raises   UsageError  a view is none
    """
    project = contents.project
    kept = {one.name.casefold(): one for one in (project.exhibits if project is not None else ())}
    exhibit = kept.get(args.name.casefold())
    is_new = exhibit is None
    if exhibit is None:
        named = named_view(args.name, contents)
        title = args.name or (project.title if project is not None else "") or Path(args.project).stem
        exhibit = Exhibit(title, views=(named,) if named is not None else ())
        is_new = named is None
    if args.views:
        exhibit = replace(exhibit, views=tuple(view_from_text(text, contents) for text in args.views))
    elif args.scale and not exhibit.views:
        exhibit = replace(exhibit, views=(SheetView(ViewKind.PLAN),))
    if args.cut and not args.views and is_new:
        exhibit = replace(exhibit, views=(SheetView(ViewKind.SECTION), SheetView(ViewKind.PLAN)))
    if args.scale:
        exhibit = replace(exhibit, views=tuple(_scaled(view, args.scale) for view in exhibit.views))
    upright = None if args.orientation is None else args.orientation == "portrait"
    chosen = {"paper": args.paper, "is_upright": upright, "title": args.title, "text": _text(args.text),
              "date": args.date}  # fmt: skip
    return replace(exhibit, **{name: value for name, value in chosen.items() if value is not None}), is_new


def _scaled(view: SheetView, scale: float) -> SheetView:
    return view if view.kind is ViewKind.PERSPECTIVE else replace(view, scale=scale)


def _text(text: str | None) -> str | None:
    if text is None or not text.startswith("@"):
        return None if text is None else text.replace("\\n", "\n")
    try:
        return Path(text[1:]).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The text of the sheet cannot be read: {error}.", hint="Give a text file in UTF-8 after the @."
        ) from error


def named_view(name: str, contents: Contents) -> SheetView | None:
    """Return a view that the project keeps under a name; None if it has none."""
    views = contents.project.views if contents.project is not None else ()
    for view in views:
        if view.name.casefold() == name.casefold():
            if view.is_parallel and view.tilt_deg < 1:
                return SheetView(ViewKind.PLAN, view.name, lon_deg=view.lon_deg, lat_deg=view.lat_deg)
            return SheetView(
                title=view.name, lon_deg=view.lon_deg, lat_deg=view.lat_deg, distance_m=view.distance_m,
                heading_deg=view.heading_deg, tilt_deg=view.tilt_deg,
            )  # fmt: skip
    return None


def view_from_text(text: str, contents: Contents) -> SheetView:
    """Return the view that a word names.

    raises   UsageError  it names none
    """
    kind, _, rest = text.partition(":")
    if kind == ViewKind.PLAN and not rest:
        return SheetView(ViewKind.PLAN)
    place = _numbers(rest)
    if kind == ViewKind.PLAN and len(place) == _PLACE:
        return SheetView(ViewKind.PLAN, lon_deg=place[0], lat_deg=place[1])
    if kind == ViewKind.ELEVATION and (rest or "south") in SIDES:
        return SheetView(ViewKind.ELEVATION, side=rest or "south")
    if text in (ViewKind.PERSPECTIVE, "oblique"):
        return SheetView()
    if text == ViewKind.SECTION:
        return SheetView(ViewKind.SECTION)
    numbers = _numbers(text)
    if len(numbers) == _VIEW_NUMBERS and abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90 and numbers[2] > 0:
        lon, lat, distance_m, heading, tilt = numbers
        return SheetView(lon_deg=lon, lat_deg=lat, distance_m=distance_m, heading_deg=heading, tilt_deg=tilt)
    named = named_view(text, contents)
    if named is None:
        raise UsageError(
            f'"{text}" is not a view.',
            hint="Write plan, perspective, elevation:south, section, the name of a view of the project, or "
            "lon,lat,distance_m,heading_deg,tilt_deg.",
        )
    return named


def _numbers(text: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        return ()
    return numbers if all(map(isfinite, numbers)) else ()


def _scale(text: str) -> float:
    match = re.fullmatch(r"(?:1\s*:\s*)?(\d[\d,. ]*)", text.strip())
    scale = float(re.sub(r"[,\s]", "", match[1])) if match and re.sub(r"[,.\s]", "", match[1]) else 0.0
    if not 1 <= scale <= 10_000_000:
        msg = f'"{text}" is no scale; write it like 1:1000'
        raise argparse.ArgumentTypeError(msg)
    return scale
