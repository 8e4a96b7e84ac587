"""citytwin beside its peers: whole processes, one after another in turn, several times; medians and their ratios.

Peers: PyVista written by an expert, PyVista by the book (small cities only), MapLibre in Chromium (where node, Chromium
and its modules are there). Prints the table of ratios against the targets as Markdown; --output keeps all numbers.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import psutil
from cities import city_file, default_folder, write
from measuring import machine
from pyvista_book import MOST_BUILDINGS
from ratios import markdown, rows_for
from views import View, views_of

HERE = Path(__file__).resolve().parent
PEERS = ("expert", "book", "maplibre")
QUIET = 0.15
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class City:
    """One city to be drawn by everybody."""

    name: str
    parquet: Path
    buildings: int
    views: dict[str, View]


@dataclass(slots=True)
class Runs:
    """What the runs over one city gave."""

    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By what ran, in the order of the repeats."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Why something did not run, or how it failed."""

    def medians(self) -> dict[str, dict[str, float]]:
        """Return the median of every number of every runner."""
        return {name: _medians(answers) for name, answers in self.answers.items() if answers}


def _medians(answers: Sequence[dict[str, Any]]) -> dict[str, float]:
    numbers = [{k: v for k, v in a.items() if isinstance(v, int | float) and not isinstance(v, bool)} for a in answers]
    keys = dict.fromkeys(key for n in numbers for key in n)
    return {key: statistics.median(n[key] for n in numbers if key in n) for key in keys}


# cities


def synthetic(count: int, folder: Path) -> City:
    """Return a synthetic city, made if it is not there."""
    path = city_file(count, folder)
    return City(f"{count:,} buildings", path, count, views_of(path))


def real(text: str, folder: Path) -> City:
    """Return a city of real files, NAME=FILE[,FILE...]:COLUMN, joined into one in the first file's CRS."""
    name, _, rest = text.partition("=")
    files, _, column = rest.rpartition(":")
    frames = [gpd.read_file(file, use_arrow=True) for file in files.split(",")]
    joined = pd.concat([frame[[column, "geometry"]].to_crs(frames[0].crs) for frame in frames], ignore_index=True)
    joined = joined.rename(columns={column: "height"})
    joined["height"] = joined["height"].fillna(3.0).clip(lower=0.5)
    joined["use"] = (joined["height"] > joined["height"].median()).map({True: "tall", False: "low"})
    joined = joined[joined.geometry.notna() & joined.geom_type.isin(("Polygon", "MultiPolygon"))]
    joined.geometry = joined.geometry.force_2d()
    path = folder / f"{name}.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    joined.to_parquet(path)
    return City(name, path, len(joined), views_of(path))


def geojson_of(city: City) -> Path:
    """Return the city as the browser reads it, written if it is not there or older."""
    path = city.parquet.with_suffix(".geojson")
    if not path.exists() or path.stat().st_mtime < city.parquet.stat().st_mtime:
        write(gpd.read_parquet(city.parquet), path)
    return path


# commands


def commands_for(
    city: City, peers: Sequence[str], modules: Path | None, frames: int, runs: Runs
) -> dict[str, list[str]]:
    """Return what to run for a city, by name; what cannot run is noted with the reason."""
    overview, near = f"--overview={city.views['overview']}", f"--near={city.views['near']}"
    many = f"--frames={frames}"
    commands = {
        f"citytwin {state} {place}": _citytwin(city, place, frames, is_moving=state == "moving")
        for state in ("full", "moving")
        for place in ("overview", "near")
    }
    expert = [sys.executable, str(HERE / "pyvista_expert.py"), str(city.parquet), overview, near, many, "--picks=5"]
    if "expert" in peers:
        commands["expert"] = expert
    if "book" in peers and city.buildings <= MOST_BUILDINGS:
        commands["book"] = [sys.executable, str(HERE / "pyvista_book.py"), str(city.parquet), many]
    if "maplibre" in peers:
        reason = _why_no_browser(modules)
        if reason:
            runs.skipped["maplibre"] = reason
        else:
            commands["maplibre"] = _maplibre(city, modules or Path(), overview, near, many)
    return commands


def _citytwin(city: City, place: str, frames: int, *, is_moving: bool) -> list[str]:
    picture = city.parquet.with_name(f"picture-{place}-{'moving' if is_moving else 'full'}.png")
    words = ["render", str(city.parquet), "-o", str(picture), "--plain", "--json", "--color-by", "height"]
    words += [f"--view={city.views[place]}", f"--frames={frames}"]
    return [sys.executable, "-m", "ui", *words, *(["--moving"] if is_moving else [])]


def _maplibre(city: City, modules: Path, *views_and_frames: str) -> list[str]:
    browser = next(filter(None, map(shutil.which, CHROMIUM)))
    display = [] if os.environ.get("DISPLAY") else ["xvfb-run", "-a", "-s", "-screen 0 1280x720x24"]
    script = ["node", str(HERE / "maplibre" / "run.mjs"), f"--modules={modules}", f"--chromium={browser}"]
    return [*display, *script, f"--city={geojson_of(city)}", *views_and_frames]


def _why_no_browser(modules: Path | None) -> str:
    """Return why MapLibre cannot be run here; "" if it can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not any(map(shutil.which, CHROMIUM)):
        return "Chromium is not installed"
    if not os.environ.get("DISPLAY") and shutil.which("xvfb-run") is None:
        return "there is no display, and xvfb-run is not installed"
    if modules is None or not (modules / "maplibre-gl").is_dir():
        return "its modules are not there: npm install --prefix FOLDER playwright-core maplibre-gl, then --modules"
    return ""


# running


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    if not environment.get("DISPLAY"):
        environment["VTK_DEFAULT_OPENGL_WINDOW"] = "vtkEGLRenderWindow"
    return environment


def run(command: Sequence[str], limit_s: float) -> dict[str, Any]:
    """Run one process to its end and return the JSON object it printed, or {"failed": why}."""
    try:
        done = subprocess.run(
            command, cwd=HERE.parent, env=_environment(), capture_output=True, timeout=limit_s, check=False, text=True
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not done within {limit_s:.0f} s"}
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"failed": (done.stderr.strip().splitlines() or ["it said nothing"])[-1]}
    return answer


def wait_for_quiet(patience_s: float) -> float:
    """Wait until the rest of the machine rests, so long at most; return the share of it that was busy at the end."""
    end = time.monotonic() + patience_s
    while True:
        busy: float = psutil.cpu_percent(interval=0.5) / 100
        if busy < QUIET or time.monotonic() > end:
            return round(busy, 2)


def held_mb(process: psutil.Process) -> float:
    """Return what a process and those it started hold now; what they share is counted once (Linux's PSS)."""
    held = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            told = Path(f"/proc/{one.pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue  # it has ended
        held += int(told.split("Pss:")[1].split()[0]) / 1024
    return held


def peak_held_mb(command: Sequence[str], limit_s: float) -> float | None:
    """Run one process once more, untimed, and return the most that it held with all it started."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    peak_mb, end = 0.0, time.monotonic() + limit_s
    with subprocess.Popen(
        command, cwd=HERE.parent, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as started:
        process = psutil.Process(started.pid)
        while started.poll() is None and time.monotonic() < end:
            with contextlib.suppress(psutil.Error):
                peak_mb = max(peak_mb, held_mb(process))
            time.sleep(0.1)
        started.terminate()
    return round(peak_mb)


def compare(city: City, args: argparse.Namespace) -> Runs:
    """Run everything over one city, in turns that begin with another one each time."""
    runs = Runs()
    commands = commands_for(city, args.peers, args.modules, args.frames, runs)
    names = [name for name in commands if not args.only or name in args.only]
    for turn in range(args.repeats):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            if turn and name in args.once:
                continue
            busy = wait_for_quiet(args.patience)
            answer = run(commands[name], args.limit) | {"busy_before": busy}
            sys.stderr.write(f"{city.name}: {name}: {json.dumps(answer, ensure_ascii=False)}\n")
            if answer.get("failed"):
                runs.skipped[name] = str(answer["failed"])
            else:
                runs.answers.setdefault(name, []).append(answer)
    for name in names if args.memory else ():
        if name in runs.answers:
            runs.answers[name][0]["held_mb"] = peak_held_mb(commands[name], args.limit)
    return runs


def main(words: Sequence[str] | None = None) -> None:
    """Compare, print the tables, keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="*", help="buildings of synthetic cities: 10000 100000 1000000")
    parser.add_argument("--real", nargs="*", default=[], metavar="NAME=FILE[,FILE]:COLUMN", help="real footprints")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS), help="beside whom (all)")
    parser.add_argument(
        "--only", nargs="*", metavar="NAME", help='run only these, such as "citytwin moving near" expert'
    )
    parser.add_argument("--once", nargs="*", default=[], help="what runs only in the first turn, such as maplibre")
    parser.add_argument("--modules", type=Path, help="node_modules with playwright-core and maplibre-gl, for MapLibre")
    parser.add_argument("--memory", action="store_true", help="run all once more, to see what memory they really hold")
    parser.add_argument("--repeats", type=int, default=3, help="turns (3)")
    parser.add_argument("--frames", type=int, default=10, help="frames of an orbit to time in each run (10)")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds to wait for a quiet machine (30)")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds that one run may take (600)")
    parser.add_argument("--folder", type=Path, help="where cities and pictures are kept (citytwin's cache folder)")
    parser.add_argument("--output", type=Path, help="a JSON file for all numbers")
    args = parser.parse_args(words)
    folder = args.folder or default_folder()
    cities = [synthetic(count, folder) for count in args.count] + [real(text, folder) for text in args.real]
    kept: dict[str, Any] = {"machine": machine(), "cities": {}}
    sys.stdout.write(f"{kept['machine']}\n")
    for city in cities:
        runs = compare(city, args)
        medians = runs.medians()
        rows = rows_for(city.buildings, medians)
        kept["cities"][city.name] = {"medians": medians, "runs": runs.answers, "skipped": runs.skipped, "rows": rows}
        sys.stdout.write(markdown(city.name, medians, rows, runs.skipped))
        sys.stdout.flush()
        if args.output:
            args.output.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
