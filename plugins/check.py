"""Trying a plugin out without a window: is it fit to draw, how fast is it, does it say its units, does it stop."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from data.frames import layer_from_frame
from plugins.city_files import CityContents
from plugins.city_handle import FileCity, open_city
from plugins.contract import Capability, Kind
from plugins.discover import Found, Origin
from plugins.received import Received
from plugins.results import VALUE, features_of, kind_of, value_column
from plugins.run import GRACE_S, Host, LaidCity, Running, State, Task
from plugins.sample import laid_sample
from plugins.trust import sha256_of
from twin.errors import TwinError
from twin.layer import Kind as LayerKind
from twin.layer import Style

LIVE_S = 3.0
FIRST_FRAME_S = 1.5
TURN_S = 0.002


STYLES = ("color", "color_by", "colormap", "scheme", "classes", "opacity", "size_px", "raised_by", "label_by")
COLUMNS_OF_STYLE = ("color_by", "raised_by", "label_by")


class Severity(StrEnum):
    """How bad a finding is. An error makes a plugin unfit."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """One thing that was found."""

    severity: Severity
    what: str
    hint: str = ""


@dataclass
class CheckReport:
    """What trying a plugin out has shown."""

    info: dict[str, Any] = field(default_factory=dict)
    parameters: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    measured: dict[str, Any] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    @property
    def is_fit(self) -> bool:
        """Return whether it can be used: nothing found is an error."""
        return not any(f.severity is Severity.ERROR for f in self.findings)

    def sentences(self) -> str:
        """Return the findings, a line each."""
        return "\n".join(f"{f.severity}: {f.what} {f.hint}".rstrip() for f in self.findings)

    def add(self, severity: Severity, what: str, hint: str = "") -> None:
        """Note something."""
        self.findings.append(Finding(severity, what, hint))


def check_file(path: Path | str, *, city: CityContents | None = None, **wishes: Any) -> CheckReport:
    """Try the plugin in a file out on the sample city, as an author's own test does.

    city     another city to try it on
    wishes   see check
    """
    path = Path(path).resolve()
    reference = {"path": str(path), "sha256": sha256_of(path), "imports_beside": True}
    return check(Found(path.stem, Origin.YOURS, reference), city=city, **wishes)


def check(
    found: Found,
    *,
    city: CityContents | None = None,
    parameters: Mapping[str, Any] | None = None,
    record: str = "",
    replay: str = "",
    live_s: float = LIVE_S,
) -> CheckReport:
    """Try a plugin out in a process of its own.

    parameters   instead of the defaults
    record       a file to keep what it was told over the network in
    replay       such a file: the plugin is told it again, and has no network
    """
    report = CheckReport()
    if found.refused:
        report.add(Severity.ERROR, found.refused, found.hint)
        return report
    host = Host()
    try:
        host.warm_up()
        described = _finished(host, host.start(Task(found.reference, do="describe")))
        if described.state is not State.DONE:
            _note_failure(report, described)
            return report
        report.info, report.parameters = described.answer["info"], described.answer["parameters"]
        laid = host.lay_down(city) if city is not None else laid_sample()
        task = _task(found, report, laid, dict(parameters or {}), record, replay)
        _look_at_info(report)
        _try_run(host, task, report, live_s)
        if "at" in described.answer["ways"] and report.is_fit:
            _try_at(host, replace(task, do="at"), report)
    finally:
        host.close()
    return report


def _task(
    found: Found, report: CheckReport, laid: LaidCity, parameters: dict[str, Any], record: str, replay: str
) -> Task:
    info = report.info
    allowed = [c for c in info["capabilities"] if not (replay and c == Capability.NETWORK)]
    return Task(
        found.reference,
        city=laid,
        parameters=parameters,
        allowed=tuple(allowed),
        memory_mb=int(info["memory_mb"]),
        frame_s=float(info["frame_s"]),
        is_live=bool(info["is_live"]),
        record=str(Path(record).resolve()) if record else "",
        replay=str(Path(replay).resolve()) if replay else "",
    )


def _finished(host: Host, running: Running) -> Running:
    while not running.is_over:
        host.poll()
        time.sleep(TURN_S)
    return running


def _note_failure(report: CheckReport, running: Running) -> None:
    report.add(Severity.ERROR, running.sentence, running.hint)
    report.log = list(running.log)[-40:]


def _look_at_info(report: CheckReport) -> None:
    info = report.info
    for name, why in (
        ("summary", "People see it before they switch the plugin on."),
        ("source", "It is the credit on every picture."),
        ("licence", "Without one nobody knows whether the data may be shown."),
    ):
        if not info[name]:
            report.add(Severity.WARNING, f"Info has no {name}.", why)
    if info["is_analysis"] and not info["note"]:
        report.add(Severity.WARNING, "Info has no note.", "Say how it is computed: it is shown with every result.")
    if info["is_analysis"] and not info["limits"]:
        report.add(Severity.WARNING, "Info has no limits.", "Say what it does not know: it is shown with every result.")
    for capability in info["capabilities"]:
        report.add(Severity.INFO, f"It uses: {capability}.", "The user is asked before its first use.")


# running


def _try_run(host: Host, task: Task, report: CheckReport, live_s: float) -> None:
    assert task.city is not None
    city = open_city(task.city.folder, secret_folder=task.city.secret_folder, allowed=task.allowed)
    begin_s = time.monotonic()
    running = host.start(task)
    first_s: float | None = None
    last: Received | None = None
    peak = 0
    while not running.is_over or running.frame is not None:
        host.poll()
        received = running.take()
        if received is not None:
            first_s = time.monotonic() - begin_s if first_s is None else first_s
            peak = max(peak, int(received.header["rows"]))
            if last is not None:
                last.discard()
            last = received
        if task.is_live and time.monotonic() - begin_s > live_s and running.stop_s is None:
            running.stop()
        time.sleep(TURN_S)
    took_s = time.monotonic() - begin_s
    report.log = list(running.log)[-40:]
    report.measured = {
        "frames": running.frames,
        "first_frame_s": round(first_s, 3) if first_s is not None else None,
        "took_s": round(took_s, 3),
        "most_rows": peak,
    }
    if running.state is State.FAILED:
        _note_failure(report, running)
    if last is None:
        if running.state is not State.FAILED:
            report.add(
                Severity.ERROR, f"It gave no frame within {took_s:.1f} s.", "A live plugin may wait; give one at first."
            )
        return
    _judge_speed(report, running, took_s)
    _look_at_frame(last, city, report)


def _judge_speed(report: CheckReport, running: Running, took_s: float) -> None:
    first_s = report.measured["first_frame_s"]
    if not report.info["is_analysis"] and first_s is not None and first_s > FIRST_FRAME_S:
        report.add(
            Severity.WARNING, f"Its first frame took {first_s:.1f} s.", "Give something at once, and more later."
        )
    if running.task.is_live:
        report.measured["frames_a_second"] = round(running.frames / took_s, 1)
        if running.stop_s is not None and time.monotonic() - running.stop_s > GRACE_S:
            report.add(
                Severity.ERROR,
                "It went on when it was asked to stop, and was killed.",
                "Ask stop.is_set() in the loop, and sleep by stop.wait(seconds).",
            )


def _look_at_style(received: Received, report: CheckReport) -> None:
    """Hold the style wished for against the fields there are, and its columns against the frame's."""
    style, names = received.header["style"], [f.name for f in fields(Style)]
    for name in (n for n in style if n not in names):
        near = get_close_matches(name, names, n=1, cutoff=0.5)
        report.add(
            Severity.WARNING,
            f'A style has no "{name}"; it is left out.',
            f'Did you mean "{near[0]}"?' if near else f"It has: {', '.join(STYLES)}.",
        )
    columns = received.columns()
    known = columns.column_names if columns is not None else [VALUE]
    for name in (n for n in COLUMNS_OF_STYLE if style.get(n) and style[n] not in known):
        report.add(Severity.ERROR, f'The column "{style[name]}" of style.{name} is not in the frame.', "Add it.")
    colormap = str(style.get("colormap") or "")
    if colormap and colormap not in mpl.colormaps:
        near = get_close_matches(colormap, list(mpl.colormaps), n=1)
        report.add(
            Severity.ERROR, f'There is no colour map "{colormap}".', f'Did you mean "{near[0]}"?' if near else ""
        )


def _look_at_frame(received: Received, city: FileCity, report: CheckReport) -> None:
    header = received.header
    _look_at_style(received, report)
    for problem in header["problems"]:
        report.add(Severity.WARNING, f"{problem['count']:,} {problem['what']}.")
    if header["form"] == "none":
        if header["tables"] or header["charts"]:
            report.add(Severity.INFO, "It gives a table or charts and nothing on the map.")
        else:
            report.add(Severity.ERROR, "Its frame is empty.", "Give features, columns, a surface or a table.")
        return
    report.measured |= {"kind": str(header["kind"]), "rows": header["rows"], "crs": city.crs}
    value = value_column(received)
    if not header["rows"]:
        report.add(Severity.WARNING, "Its frame has no rows.", "Nothing is to be seen on the sample city.")
        return
    if value and not header["unit"] and not str(value).endswith(("name", "kind", "class", "id")):
        report.add(Severity.WARNING, f'The value "{value}" has no unit.', "Set Info.unit; 1 for a share or a count.")
    _draw(received, city, report)


def _draw(received: Received, city: FileCity, report: CheckReport) -> None:
    """Make the frame a layer, as the window does."""
    try:
        features = features_of(received, city, most_cells=50_000)
        if features is None or not len(features):
            report.add(Severity.WARNING, "Nothing of it can be seen on the sample city.")
            return
        kind = kind_of(received)
        layer = layer_from_frame(features, "tried", kind=LayerKind(str(kind)))
    except (TwinError, ValueError, KeyError) as error:
        report.add(Severity.ERROR, f"It cannot be drawn: {error}")
        return
    if layer.info.shown < len(features):
        report.add(
            Severity.WARNING, f"{len(features) - layer.info.shown:,} of {len(features):,} features cannot be drawn."
        )
    value = value_column(received)
    if value and value in features and kind is not Kind.SURFACE:
        numbers = features[value]
        if numbers.dtype.kind == "f" and not np.isfinite(numbers).any():
            report.add(Severity.WARNING, f'The value "{value}" is empty everywhere.')
    report.measured["drawn"] = layer.info.shown


def _try_at(host: Host, task: Task, report: CheckReport) -> None:
    """Ask for values at the city's middle and a corner of it."""
    assert task.city is not None
    city = open_city(task.city.folder)
    west, south, east, north = city.area.bounds
    middle = np.array([[(west + east) / 2, (south + north) / 2], [west, south]])
    places = [{"name": str(i), "lon_deg": x, "lat_deg": y} for i, (x, y) in enumerate(city.lonlat(middle).tolist())]
    running = _finished(host, host.start(replace(task, places=places)))
    if running.state is State.FAILED:
        _note_failure(report, running)
        return
    for reading in running.answer["readings"]:
        value: Any = reading["value"]
        if isinstance(value, float) and math.isfinite(value) and not reading["unit"]:
            report.add(
                Severity.WARNING, "A reading has no unit.", 'Reading(value, unit, reasons); unit "1" for a share.'
            )
            break
    report.measured["readings"] = running.answer["readings"]
