"""`citytwin analyse NAME PROJECT`: run an analysis, or any plugin, over a city and write what it found."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.exporting import ENDINGS
from plugins.city_handle import FileCity, open_city
from plugins.cluster import Cluster
from plugins.discover import discover, find
from plugins.parameters import plain_parameters
from plugins.received import Received
from plugins.results import RASTERS, answer_of, write_result
from plugins.run import Host, LaidCity, Running, State
from plugins.trust import key_of, load_trust, save_trust
from twin.errors import PluginRunError, UsageError
from ui.answer import write_json
from ui.contents import Contents, open_contents
from ui.jobs import Jobs
from ui.places_asked import places_of, ring_of
from ui.plugin_answers import Described, allow_hash, describe, described_one, granted, run_to_end, write_progress
from ui.plugin_city import city_contents
from ui.plugin_comments import comments_of

PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin analyse` understands."""
    parser.add_argument(
        "name", metavar="NAME", nargs="?", default="", help="an analysis or plugin that --list names, or a .py file"
    )
    parser.add_argument("projects", metavar="PROJECT", nargs="*", help="a project, or data files")
    parser.add_argument("--list", action="store_true", help="say which analyses there are, and do nothing else")
    parser.add_argument(
        "--param", metavar="NAME=VALUE", action="append", default=[], help="a parameter; may be given several times"
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT", action="append", default=[], type=Path,
        help="where to write the result: .gpkg, .geojson, .parquet, .tif, .csv (its table), .png (drawn); repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--at", metavar="PLACES", help='the values at places: "lon,lat;lon,lat", a file of points, or LAYER:ROW,ROW'
    )
    parser.add_argument("--area", metavar="AREA", help="a part of the city: west,south,east,north, points, or a file")
    parser.add_argument("--scenario", metavar="NAME", default="", help="the city with this scenario of the project")
    parser.add_argument("--crs", help="the CRS of the first data file, instead of the stated one")
    parser.add_argument("--allow", metavar="CAPABILITY", action="append", default=[], help="what the plugin may use")
    parser.add_argument("--trust", metavar="HASH", help="allow the plugin's file by its SHA-256, on this machine")
    parser.add_argument("--processes", type=int, metavar="N", help="worker processes; default: as many as cores")
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="do the tiles on the Dask cluster whose scheduler is there: tcp://host:8786",
    )
    parser.add_argument("--parameters", action="store_true", help="say which parameters it takes, and do nothing else")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Run it and say what it found.

    raises   TwinError  the city, the plugin or a parameter cannot be used; the sentence says why
    """
    if args.list:
        return _list(args)
    if not args.name or not (args.projects or args.parameters):
        raise UsageError(
            "An analysis and a city are needed.", hint="Write: citytwin analyse NAME PROJECT; --list names them."
        )
    if args.parameters and not args.projects:
        return _parameters_alone(args)
    _check_outputs(args.output)
    given = dict(_pair(text) for text in args.param)
    with Jobs(1) as jobs:
        contents = open_contents(args.projects, jobs=jobs, crs=args.crs)
        cluster = Cluster(args.cluster) if args.cluster else None
        host = Host(cluster)
        try:
            host.warm_up()
            plugin = _plugin(args, host)
            if args.parameters:
                return _say_parameters(plugin, is_json=args.json)
            parameters = _with_scenario(args.scenario, plugin, contents, given)
            parameters = plain_parameters(plugin.parameters, parameters)
            answer = _Analysis(args, host, plugin, contents, jobs, parameters).run()
        finally:
            host.close()
            if cluster is not None:
                cluster.close()
    write_json(answer) if args.json else sys.stdout.write("\n".join(sentences(answer)) + "\n")
    return 0


def _list(args: argparse.Namespace) -> int:
    """Say which analyses there are."""
    host = Host()
    try:
        told = describe(host, discover(load_trust(), [Path(p) for p in (args.name, *args.projects) if p]))
    finally:
        host.close()
    plugins = [one for one in told if isinstance(one, Described) and one.info["is_analysis"]]
    if args.json:
        write_json({"analyses": [{"id": p.id, **p.info, "parameters": p.parameters} for p in plugins]})
    else:
        lines = [f"{p.id:18} {p.info['title']}: {p.info['summary']}" for p in plugins]
        sys.stdout.write("\n".join(lines or ["There are no analyses."]) + "\n")
    return 0


def _parameters_alone(args: argparse.Namespace) -> int:
    host = Host()
    try:
        return _say_parameters(_plugin(args, host), is_json=args.json)
    finally:
        host.close()


def _with_scenario(name: str, plugin: Described, contents: Contents, given: dict[str, str]) -> dict[str, str]:
    """Return the parameters with the scenario asked for, where the analysis has a parameter for one.

    raises   UsageError  there is no such scenario
    """
    known = [s.name for s in contents.session.composition.scenarios]
    if name and name not in known:
        hint = f"There are: {', '.join(known)}." if known else "The project has none."
        raise UsageError(f'There is no scenario "{name}".', hint=hint)
    asked = next((p["name"] for p in plugin.parameters if p["type"] == "scenario"), "")
    return {asked: name, **given} if name and asked else given


def _check_outputs(outputs: Sequence[Path]) -> None:
    """Refuse what cannot be written before anything is computed."""
    for path in outputs:
        if path.suffix.lower() not in {*ENDINGS, *RASTERS, *PICTURES}:
            known = ", ".join([*ENDINGS, RASTERS[0], PICTURES[0]])
            raise UsageError(f'No result can be written as "{path.suffix or path.name}".', hint=f"Name it {known}.")
        if not path.absolute().parent.is_dir():
            raise UsageError("There is no such folder to write to.", hint=f"Make it first: {path.absolute().parent}")


def _pair(text: str) -> tuple[str, str]:
    name, is_pair, value = text.partition("=")
    if not is_pair:
        raise UsageError(f'"{text}" is no parameter.', hint="Write --param name=value.")
    return name.strip(), value


def _plugin(args: argparse.Namespace, host: Host) -> Described:
    projects = [Path(p.split(":")[0]) if not Path(p).exists() else Path(p) for p in args.projects]
    found = find(args.name, load_trust(), projects)
    if args.trust:
        found = allow_hash(args.trust, found)
    plugin = described_one(host, found)
    trust = load_trust()
    wanted = set(plugin.info["capabilities"])
    missing = wanted - set(granted(plugin, trust))
    if missing - set(args.allow):
        raise PluginRunError(
            f"{plugin.info['title']} wants to use: {', '.join(sorted(missing))}.",
            hint=f"If that is right: {' '.join(f'--allow {c}' for c in sorted(missing))}",
        )
    if missing:
        trust.grant(key_of(plugin.id, found.reference), wanted)
        save_trust(trust)
    return plugin


class _Analysis:
    """One run of the command."""

    def __init__(
        self,
        args: argparse.Namespace,
        host: Host,
        plugin: Described,
        contents: Contents,
        jobs: Jobs,
        parameters: dict[str, Any],
    ) -> None:
        self._args, self._host, self._plugin, self._contents, self._jobs = args, host, plugin, contents, jobs
        decisions = contents.project.personal if contents.project is not None else {}
        alarms = contents.project.alarms if contents.project is not None else ()
        city = city_contents(contents.session, decisions, comments_of(contents.folder), alarms)
        self._laid: LaidCity = host.lay_down(city)
        self._common: dict[str, Any] = {
            "city": self._laid,
            "parameters": parameters,
            "area": ring_of(args.area) if args.area else (),
            "allowed": granted(plugin, load_trust()),
            "processes": args.processes,
            "scenario": args.scenario,
            "on_cluster": bool(args.cluster),
        }

    def run(self) -> dict[str, Any]:
        """Compute what is asked for."""
        args, info = self._args, self._plugin.info
        begin_s = time.perf_counter()
        answer: dict[str, Any] = {"analysis": self._plugin.id, "title": info["title"], "source": info["source"]}
        if args.output or not args.at:
            running, received = run_to_end(
                self._host,
                self._plugin.task(**self._common),
                on_progress=None if args.quiet else write_progress,
                on_frame=_is_enough if info["is_live"] else None,
            )
            answer |= {"parameters": running.parameters} | self._result(running, received)
        if args.at:
            answer |= self._readings()
        return answer | {"took_s": round(time.perf_counter() - begin_s, 3)}

    def _result(self, running: Running, received: Received | None) -> dict[str, Any]:
        _raise_failure(self._plugin, running)
        if received is None:
            raise PluginRunError(f"{self._plugin.info['title']} gave no result.", hint="Its log may say why.")
        city = open_city(self._laid.folder, secret_folder=self._laid.secret_folder, allowed=self._common["allowed"])
        title = str(self._plugin.info["title"])
        written = [self._written(received, city, path, title) for path in self._args.output]
        return {
            **answer_of(received),
            "crs": city.crs,
            "written": written,
            "replaced": running.answer.get("replaced", 0),
        }

    def _written(self, received: Received, city: FileCity, path: Path, title: str) -> dict[str, Any]:
        if path.suffix.lower() not in PICTURES:
            return write_result(received, city, path, title=title)
        from ui.result_picture import write_picture  # noqa: PLC0415  VTK is loaded where it is needed

        self._jobs.wait_until_ready()
        return write_picture(received, city, self._contents.session, self._jobs, path, title=title)

    def _readings(self) -> dict[str, Any]:
        places = places_of(self._args.at, self._contents.session)
        running, _ = run_to_end(self._host, self._plugin.task("at", places=places, **self._common))
        _raise_failure(self._plugin, running)
        told = running.answer["readings"]
        return {
            "parameters": running.parameters,
            "at": [{**place, **reading} for place, reading in zip(places, told, strict=True)],
        }


def _is_enough(_received: Received) -> bool:
    """One frame of a live plugin is what a command writes."""
    return True


def _raise_failure(plugin: Described, running: Running) -> None:
    if running.state is State.FAILED:
        title = plugin.info["title"]
        raise PluginRunError(f"{title}: {running.sentence}", hint=running.hint, log=list(running.log)[-20:])


def _say_parameters(plugin: Described, *, is_json: bool) -> int:
    if is_json:
        write_json({"analysis": plugin.id, **plugin.info, "parameters": plugin.parameters})
        return 0
    lines = [f"{plugin.info['title']}: {plugin.info['summary']}"]
    for p in plugin.parameters:
        span = f" {p['min']:g}…{p['max']:g}" if p.get("min") is not None and p.get("max") is not None else ""
        among = f" ({', '.join(p['choices'])})" if p.get("choices") else ""
        kind = f"{p['type']}{' …' if p['is_many'] else ''}{span} {p.get('unit') or ''}".strip()
        lines.append(f"  --param {p['name']}={p['default']}   {p['title']}: {kind}{among}. {p['help']}".rstrip())
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def sentences(answer: dict[str, Any]) -> list[str]:
    """Return what was found for people, one thing a line."""
    lines = [f"{answer['title']} ({answer['took_s']:.1f} s)"]
    lines += [f"  {name:12} {value}" for name, value in answer.get("parameters", {}).items()]
    if "rows" in answer:
        lines.append(f"  result       {answer['rows']:,} {answer['kind']} {answer['unit']}".rstrip())
        lines += [f"  {name:12} {value}" for name, value in answer["facts"].items()]
        lines += [f"  attention    {p['count']:,} {p['what']}" for p in answer["problems"]]
        lines += _table_lines(answer["table"])
        lines += [f"  {word:12} {answer[word]}" for word in ("note", "limits") if answer[word]]
        lines += [f"  written      {w['path']} ({w['what']}, {w['rows']:,} rows)" for w in answer["written"]]
    for reading in answer.get("at", ()):
        reasons = ", ".join(f"{k} {v}" for k, v in reading["reasons"].items())
        lines.append(f"  at {reading['name']}: {reading['value']} {reading['unit']} ({reasons})")
    return lines


def _table_lines(table: dict[str, Any] | None, *, most: int = 20) -> list[str]:
    if table is None:
        return []
    names = list(table["columns"])
    rows = list(zip(*table["columns"].values(), strict=True))[:most]
    lines = [f"  {table['title'] or 'Table'} ({table['rows']:,} lines)", "    " + " | ".join(names)]
    return lines + ["    " + " | ".join(_short(v) for v in row) for row in rows]


def _short(value: Any) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else "" if value is None else str(value)
