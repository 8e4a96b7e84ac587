"""`citytwin scenario PROJECT`: the scenarios of a project and their figures; add, remove, show one; write them out."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.errors import UsageError
from twin.scenario import (
    Edit,
    EditKind,
    GroundUse,
    Scenario,
    free_name,
    new_id,
    next_edit_id,
    scenario_named,
    with_edit,
    with_scenario,
)
from ui.answer import write_json

if TYPE_CHECKING:
    from data.project import Stored
    from ui.scenario_figures import Comparison

ACTS = ("add", "remove", "show")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin scenario` understands."""
    parser.usage = (
        "citytwin scenario PROJECT [--json] [--csv OUT.csv] [--with-analyses] [-o OUT.gpkg]\n"
        "       citytwin scenario add PROJECT NAME [FILE] [--height-field FIELD] [--ground KIND] [--at LON,LAT]\n"
        "       citytwin scenario remove PROJECT NAME\n"
        '       citytwin scenario show PROJECT NAME   ("" shows the city as it is)'
    )
    parser.add_argument("words", metavar="WORD", nargs="+", help="add, remove or show; the project; a name; a file")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    parser.add_argument("--csv", type=Path, metavar="OUT.csv", help="write the table of figures")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.gpkg", help="write the scenarios as a GeoPackage")
    parser.add_argument(
        "--with-analyses", action="store_true", help="hours of sun lost and conflicts with plans too: takes longer"
    )
    group = parser.add_argument_group("scenario add: how FILE is taken")
    group.add_argument("--layer", metavar="LAYER", help="the layer of the file")
    group.add_argument("--crs", help="the CRS of the file, instead of the stated one")
    group.add_argument("--height-field", metavar="FIELD", help="the column of heights, metres above the ground")
    group.add_argument("--storeys-field", metavar="FIELD", help="the column of storeys")
    group.add_argument("--use-field", metavar="FIELD", help="the column of uses")
    group.add_argument("--name-field", metavar="FIELD", help="the column of names")
    group.add_argument("--ground", choices=[g.value for g in GroundUse], help="the features are ground, not buildings")
    group.add_argument("--width", type=float, default=12.0, metavar="M", help="of streets that are lines (12 m)")
    group.add_argument("--at", metavar="LON,LAT", help="where a model (GLB, OBJ, CityJSON) is placed")
    group.add_argument("--heading", type=float, default=0.0, metavar="DEG", help="how far a model is turned clockwise")
    group.add_argument("--scale", type=float, default=1.0, help="metres a unit of a model")
    group.add_argument("--z-up", action="store_true", help="z is up in an OBJ")
    group.add_argument("--note", default="", help="a description of the scenario in words")


def run(args: argparse.Namespace) -> int:
    """List, or change, a project's scenarios.

    raises   TwinError  the project or the file cannot be used; nothing is changed then
    """
    if args.words[0] in ACTS and len(args.words) > 1:
        return _change(args)
    if len(args.words) != 1:
        raise UsageError("One project is wanted.", hint="Write: citytwin scenario PROJECT --json")
    return _list(args)


# the list


def _list(args: argparse.Namespace) -> int:
    from ui.contents import open_contents  # noqa: PLC0415  see ui.commands.render
    from ui.jobs import Jobs  # noqa: PLC0415
    from ui.scenario_figures import answer_of, compared, csv_of  # noqa: PLC0415

    with Jobs(memory_bytes=getattr(args, "memory", None)) as jobs:
        contents = open_contents([args.words[0]], jobs=jobs)
        comparison = compared(contents.session)
        if args.with_analyses:
            from ui.scenario_analyses import with_analyses  # noqa: PLC0415

            decisions = contents.project.personal if contents.project is not None else {}
            comparison = with_analyses(comparison, contents.session, decisions)
    if args.csv is not None:
        _write_text(args.csv, csv_of(comparison))
    if args.output is not None:
        from data.scenarios import write_geopackage_of  # noqa: PLC0415

        write_geopackage_of(contents.session.composition.scenarios, args.output)
    if args.json:
        write_json({"project": args.words[0], **answer_of(comparison, contents.session)})
    else:
        sys.stdout.write("\n".join(sentences(comparison)) + "\n")
    return 0


def _write_text(path: Path, text: str) -> None:
    from twin.errors import SourceError  # noqa: PLC0415  only where it fails

    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise SourceError(
            f"The table cannot be written ({error.strerror or error}).", hint=f"Choose: {path}"
        ) from error


def sentences(comparison: Comparison) -> list[str]:
    """Return the table for people: a line an indicator, today and each scenario with its change."""
    from ui.scenario_figures import change_words, number_words, rows_of  # noqa: PLC0415  see run()

    if len(comparison.columns) < 2:
        return ["There are no scenarios in this project.", "  citytwin scenario add PROJECT NAME FILE.gpkg"]
    lines = [f"{'':28}" + "".join(f"{c.name[:24]:>26}" for c in comparison.columns)]
    for title, unit, values, _ in rows_of(comparison):
        cells = [f"{number_words(values[0], unit)} {unit}".strip()]
        for value in values[1:]:
            change = change_words(value, values[0], unit)
            cells.append(f"{number_words(value, unit)}{f' ({change})' if change else ''}")
        lines.append(f"{title[:28]:28}" + "".join(f"{cell:>26}" for cell in cells))
    return [*lines, *(f"  {note}" for note in comparison.notes)]


# changes


def _change(args: argparse.Namespace) -> int:
    from data.project import write_project  # noqa: PLC0415  see run()
    from ui.contents import stored_project  # noqa: PLC0415

    act, project, *rest = args.words
    most = {"add": 2, "remove": 1, "show": 1}[act]
    if not 1 <= len(rest) <= most:
        raise UsageError(f'"scenario {act}" takes a project and a name.', hint=f"See: citytwin scenario --help ({act})")
    stored, _report = stored_project(project)
    told, scenarios, shown = {"add": _added, "remove": _removed, "show": _shown}[act](args, stored, rest)
    view = stored.project.view
    composition = replace(view.composition, scenarios=scenarios, scenario=shown)
    changed = replace(stored.project, view=replace(view, composition=composition))
    changed, owned = _with_files_inside(changed, stored)
    saved = write_project(changed, stored.folder, before=stored, owned=owned)
    names = [s.name for s in scenarios]
    if args.json:
        write_json({"project": str(saved.folder), **told, "scenarios": names, "shown": shown})
        return 0
    sys.stdout.write(f"{told['sentence']}\n")
    return 0


def _with_files_inside(project: Any, stored: Stored) -> tuple[Any, tuple[str, ...]]:
    """Copy models into the project's folder, so that it can be handed on."""
    from ui.project_state import paths_in, settled  # noqa: PLC0415  see run()

    linked = [p for p in paths_in(project) if p in set(paths_in(stored.project))]
    done = settled(project, stored.folder, is_inside_wanted=True, owned=stored.owned, linked=linked)
    return done.project, done.owned


Changed = tuple[dict[str, Any], tuple[Scenario, ...], str]


def _added(args: argparse.Namespace, stored: Stored, rest: list[str]) -> Changed:
    composition = stored.project.view.composition
    scenarios, name = composition.scenarios, rest[0].strip()
    if not name:
        raise UsageError("A scenario needs a name.")
    own = next((s for s in scenarios if s.name.casefold() == name.casefold()), None)
    scenario = own or Scenario(new_id("s", (s.id for s in scenarios)), free_name(scenarios, name))
    edits, problems = _edits(args, Path(rest[1])) if len(rest) > 1 else ((), [])
    for edit in edits:
        scenario = with_edit(scenario, replace(edit, id=next_edit_id(scenario)))
    scenario = replace(scenario, note=args.note or scenario.note)
    sentence = f'"{scenario.name}" has {len(scenario.edits)} edits, {len(edits)} of them new.'
    told = {"scenario": scenario.name, "id": scenario.id, "added": len(edits), "edits": len(scenario.edits)}
    lines = "".join(f"\n  {problem}" for problem in problems)
    answer = {**told, "report": problems, "sentence": sentence + lines}
    return answer, with_scenario(scenarios, scenario), composition.scenario


def _edits(args: argparse.Namespace, path: Path) -> tuple[tuple[Edit, ...], list[str]]:
    from data.placed_shapes import MESHES  # noqa: PLC0415  see run()

    if path.suffix.casefold() in MESHES or args.at:
        return (_placed(args, path),), []
    from data.scenario_sources import EditWish, edits_of_file, scenarios_in  # noqa: PLC0415  see run()

    found = scenarios_in(path) if path.is_file() else ()
    if found:
        return tuple(edit for one in found for edit in one.edits), []
    wish = EditWish(
        layer=args.layer,
        crs=args.crs,
        height_field=args.height_field,
        storeys_field=args.storeys_field,
        use_field=args.use_field,
        name_field=args.name_field,
        ground=GroundUse(args.ground) if args.ground else None,
        width_m=args.width,
    )
    edits, report = edits_of_file(path, wish)
    return edits, report.sentences()


def _placed(args: argparse.Namespace, path: Path) -> Edit:
    from data.placed_shapes import read_placed  # noqa: PLC0415  see run()
    from twin.session import Session  # noqa: PLC0415
    from ui.places_asked import places_of  # noqa: PLC0415

    _, own_place = read_placed(path, is_z_up=args.z_up)
    if args.at:
        [asked] = places_of(args.at, Session())
        own_place = (asked["lon_deg"], asked["lat_deg"])
    if own_place is None:
        raise UsageError("It is not said where the model stands.", hint="Add --at LON,LAT.")
    return Edit(
        "e0", EditKind.PLACE, name=path.stem, path=str(path.absolute()), place=own_place,
        heading_deg=args.heading, scale=args.scale, is_z_up=args.z_up,
    )  # fmt: skip


def _removed(_args: argparse.Namespace, stored: Stored, rest: list[str]) -> Changed:
    composition = stored.project.view.composition
    gone = scenario_named(composition.scenarios, rest[0])
    kept = tuple(s for s in composition.scenarios if s.id != gone.id)
    shown = "" if composition.scenario == gone.id else composition.scenario
    return {"scenario": gone.name, "sentence": f'"{gone.name}" is removed.'}, kept, shown


def _shown(_args: argparse.Namespace, stored: Stored, rest: list[str]) -> Changed:
    scenarios = stored.project.view.composition.scenarios
    if not rest[0].strip():
        return {"scenario": "", "sentence": "The city is shown as it is."}, scenarios, ""
    one = scenario_named(scenarios, rest[0])
    return {"scenario": one.name, "sentence": f'"{one.name}" is shown when the project is opened.'}, scenarios, one.id
