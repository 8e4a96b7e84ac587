"""`citytwin sample DIR`: the sample city as ordinary files."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import fields
from pathlib import Path

from data.sample import ATTRIBUTION, CRS, NAME, SampleFiles, write_sample
from ui.answer import write_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `citytwin sample` understands."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="where to write; made if it is not there")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(args: argparse.Namespace) -> int:
    """Write the files and say which."""
    begin_s = time.perf_counter()
    files = write_sample(args.folder)
    project = _write_project(files)
    took_s = time.perf_counter() - begin_s
    if args.json:
        write_json(_facts(files, took_s) | {"project": str(project)})
    else:
        size = sum(path.stat().st_size for path in project.rglob("*") if path.is_file())
        lines = [*_sentences(files, took_s), f"  {project}  {size / 1e6:.1f} MB"]
        sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _write_project(files: SampleFiles) -> Path:
    from ui.sample_project import write_sample_project  # noqa: PLC0415  readers are loaded once there is something

    return write_sample_project(files)


def _facts(files: SampleFiles, took_s: float) -> dict[str, object]:
    paths = {f.name: str(getattr(files, f.name)) for f in fields(files)}
    return {"name": NAME, "crs": CRS, "attribution": ATTRIBUTION, "write_s": round(took_s, 3), **paths}


def _sentences(files: SampleFiles, took_s: float) -> list[str]:
    lines = [f"{NAME}, the sample city, was written in {took_s:.1f} s ({ATTRIBUTION}, {CRS}):"]
    paths = [getattr(files, f.name) for f in fields(files) if f.name != "folder"]
    return lines + [f"  {path}  {path.stat().st_size / 1e6:.1f} MB" for path in paths]
