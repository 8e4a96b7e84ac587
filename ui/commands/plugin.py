"""`citytwin plugin new|check|list`: begin a plugin, try it out without a window, see which there are."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from plugins.beginning import begin_plugin
from plugins.check import CheckReport, check
from plugins.discover import Found, discover, find, plugin_folder
from plugins.run import Host
from plugins.trust import load_trust
from twin.errors import UsageError
from ui.answer import write_json
from ui.plugin_answers import Described, allow_hash, describe

FIT, UNFIT = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin plugin` understands."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="new|check|list")
    new = acts.add_parser("new", help="write a plugin that works, with its test, into a new folder here")
    new.add_argument("name", metavar="NAME", help="small letters, digits and _")
    checked = acts.add_parser("check", help="try a plugin out on the sample city; 1 if it is unfit")
    checked.add_argument("plugin", metavar="PATH_OR_ENTRY", help="a .py file, its folder, or a plugin of the list")
    checked.add_argument("--param", metavar="NAME=VALUE", action="append", default=[], help="a parameter")
    checked.add_argument("--record", metavar="FILE", default="", help="keep what it is told over the network")
    checked.add_argument("--replay", metavar="FILE", default="", help="tell it that again, without the network")
    checked.add_argument("--trust", metavar="HASH", help="allow the file by its SHA-256, on this machine")
    checked.add_argument("--seconds", type=float, default=3.0, help="how long a live plugin runs")
    listed = acts.add_parser("list", help="say which plugins there are, and which are refused and why")
    listed.add_argument("projects", metavar="PROJECT", nargs="*", type=Path, help="look beside and inside these, too")
    for act in (new, checked, listed):
        act.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Do what is asked.

    raises   TwinError  a name or file cannot be used
    """
    return {"new": _new, "check": _check, "list": _list}[args.act](args)


def _new(args: argparse.Namespace) -> int:
    files = begin_plugin(args.name, Path.cwd())
    if args.json:
        write_json({"name": args.name, "files": [str(f) for f in files]})
        return FIT
    lines = [f"{f.relative_to(Path.cwd())}" for f in files]
    lines += [
        "",
        f"Try it:       citytwin plugin check {args.name}/{args.name}.py",
        f"Its test:     pytest {args.name}",
        f"In the app:   pip install ./{args.name}, or copy {args.name}.py to {plugin_folder()}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return FIT


def _check(args: argparse.Namespace) -> int:
    if args.record and args.replay:
        raise UsageError("A plugin is either recorded or replayed.", hint="Give --record or --replay.")
    if args.replay and not Path(args.replay).is_file():
        raise UsageError(f"There is no record {args.replay}.", hint="Make one with --record.")
    found = find(args.plugin, load_trust(), [Path.cwd()])
    if args.trust:
        found = allow_hash(args.trust, found)
    given = dict(text.partition("=")[::2] for text in args.param)
    report = check(found, parameters=given, record=args.record, replay=args.replay, live_s=args.seconds)
    answer = _answer(found, report)
    if args.json:
        write_json(answer)
    else:
        sys.stdout.write("\n".join(_check_lines(answer)) + "\n")
    return FIT if report.is_fit else UNFIT


def _answer(found: Found, report: CheckReport) -> dict[str, Any]:
    return {
        "plugin": report.info.get("id") or found.name,
        "path": found.path or found.reference.get("module", ""),
        "sha256": found.sha256,
        "is_fit": report.is_fit,
        "findings": [asdict(f) for f in report.findings],
        "measured": report.measured,
        "info": report.info,
        "parameters": report.parameters,
        "log": report.log,
    }


def _check_lines(answer: dict[str, Any]) -> list[str]:
    lines = [f"{answer['plugin']} is {'fit' if answer['is_fit'] else 'not fit'} ({answer['path']})"]
    findings = answer["findings"]
    lines += [f"  {found['severity']:8} {found['what']} {found['hint']}".rstrip() for found in findings]
    lines += [f"  {name:16} {value}" for name, value in answer["measured"].items() if name != "readings"]
    if not answer["is_fit"] and answer["log"]:
        lines += ["  log", *(f"    {line}" for line in answer["log"])]
    return lines


def _list(args: argparse.Namespace) -> int:
    trust = load_trust()
    host = Host()
    try:
        told = describe(host, discover(trust, args.projects or [Path.cwd() / "_"]))
    finally:
        host.close()
    entries = [_entry(one, trust.disabled) for one in told]
    if args.json:
        write_json({"plugins": entries, "folder": str(plugin_folder())})
    else:
        sys.stdout.write("\n".join([_list_line(e) for e in entries] or ["There are no plugins."]) + "\n")
    return FIT


def _entry(one: Described | Found, disabled: list[str]) -> dict[str, Any]:
    found = one.found if isinstance(one, Described) else one
    facts = one.info if isinstance(one, Described) else one.facts
    plugin_id = str(facts.get("id") or found.name)
    return {
        "id": plugin_id,
        "title": facts.get("title") or found.name,
        "summary": facts.get("summary", ""),
        "author": facts.get("author") or found.facts.get("author", ""),
        "capabilities": facts.get("capabilities", []),
        "kind": str(facts.get("kind", "")),
        "is_live": bool(facts.get("is_live")),
        "is_analysis": bool(facts.get("is_analysis")),
        "parameters": [p["name"] for p in one.parameters] if isinstance(one, Described) else [],
        "origin": str(found.origin),
        "path": found.path or found.reference.get("module", ""),
        "sha256": found.sha256,
        "status": "refused" if isinstance(one, Found) else "disabled" if plugin_id in disabled else "found",
        "reason": f"{one.refused} {one.hint}".strip() if isinstance(one, Found) else "",
    }


def _list_line(entry: dict[str, Any]) -> str:
    what = "analysis" if entry["is_analysis"] else "live layer" if entry["is_live"] else "layer"
    line = f"{entry['id']:18} {entry['status']:8} {what:10} {entry['origin']:9} {entry['title']}: {entry['summary']}"
    return f"{line}\n{'':18} {entry['reason']}" if entry["reason"] else line
