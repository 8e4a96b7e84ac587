"""Alarms told by commands: a line as each is raised or over, an object in JSON, a row in a table. No Qt."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from twin.alarms import Alarm
from twin.clock import moment_text
from twin.errors import SourceError
from twin.feed import FeedStatus

COLUMNS = (
    "id", "feed", "name", "rule", "area", "raised", "over", "value", "times", "things", "lon", "lat", "acknowledged",
    "note",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to a spreadsheet: what came from outside must not be one."""


class AlarmTeller:
    """Writes a line for each alarm when it is raised and when it is over; keeps them in their order."""

    def __init__(self, *, is_json: bool) -> None:
        """Begin without any.

        is_json   standard output is kept for the one object: lines go to standard error
        """
        self._out = sys.stderr if is_json else sys.stdout
        self._known: dict[str, Alarm] = {}
        self._said: set[str] = set()
        self._troubles: set[str] = set()

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Return all alarms that were told."""
        return tuple(self._known.values())

    def tell(self, status: FeedStatus) -> None:
        """Tell what is new in how a feed stands."""
        for trouble in status.rule_troubles:
            if trouble not in self._troubles:
                self._troubles.add(trouble)
                sys.stderr.write(f"citytwin: {trouble}\n")
        for alarm in status.alarms:
            self._note(alarm)

    def tell_until(self, alarms: Sequence[Alarm], at_s: float) -> None:
        """Tell those of a recording's alarms that are raised or over until a moment."""
        told = {f"{a.id}+": (a.raised_s, raised_line(a)) for a in alarms}
        told |= {f"{a.id}-": (a.over_s, over_line(a)) for a in alarms if a.over_s is not None}
        due = {key: line for key, (moment_s, line) in told.items() if moment_s <= at_s and key not in self._said}
        for key, line in due.items():
            self._said.add(key)
            self._write(line)

    def tell_all(self, alarms: Sequence[Alarm]) -> None:
        """Tell the rest of a recording's alarms."""
        self.tell_until(alarms, float("inf"))

    def _note(self, alarm: Alarm) -> None:
        before = self._known.get(alarm.id)
        self._known[alarm.id] = alarm
        if before is None or (alarm.is_on and not before.is_on):
            self._write(raised_line(alarm))
        if not alarm.is_on and (before is None or before.over_s != alarm.over_s):
            self._write(over_line(alarm))

    def _write(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


def raised_line(alarm: Alarm) -> str:
    """Return what is told when an alarm is raised."""
    who = f" \u00b7 {', '.join(alarm.entities[:5])}" if alarm.entities else ""
    return f"ALARM {moment_text(alarm.raised_s)}Z {_called(alarm)}: {alarm.value:,.4g}{who}"


def over_line(alarm: Alarm) -> str:
    """Return what is told when an alarm is over."""
    return f"over  {moment_text(alarm.over_s or 0.0)}Z {_called(alarm)}"


def _called(alarm: Alarm) -> str:
    return f"{alarm.name} ({alarm.rule})" if alarm.name and alarm.name != alarm.rule else alarm.rule


def alarm_facts(alarm: Alarm) -> dict[str, object]:
    """Return an alarm as it stands in JSON and in tables."""
    lon, lat = alarm.lonlat if alarm.lonlat is not None else (None, None)
    return {
        "id": alarm.id, "feed": alarm.feed_id, "name": alarm.name, "rule": alarm.rule, "area": alarm.place,
        "raised": moment_iso(alarm.raised_s), "over": moment_iso(alarm.over_s), "value": alarm.value,
        "times": alarm.times, "things": list(alarm.entities), "lon": lon, "lat": lat,
        "acknowledged": moment_iso(alarm.acknowledged_s), "note": alarm.note,
    }  # fmt: skip


def moment_iso(at_s: float | None) -> str | None:
    """Return a moment in ISO 8601, UTC; None stays None."""
    if at_s is None:
        return None
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def table_of(alarms: Iterable[Alarm]) -> str:
    """Return alarms as CSV with a header, one a line."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for alarm in alarms:
        facts = {**alarm_facts(alarm), "things": "; ".join(alarm.entities)}
        rows.writerow({name: _cell(value) for name, value in facts.items()})
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def check_table(path: Path) -> None:
    """Make sure, before anything is listened to, that a table can be written.

    raises   SourceError  its folder is not there
    """
    if not path.absolute().parent.is_dir() or path.is_dir():
        raise SourceError("The alarms cannot be written there.", hint=f"Name a file in a folder that exists: {path}")


def write_alarms(alarms: Iterable[Alarm], path: Path) -> None:
    """Write alarms as CSV, in UTF-8 that spreadsheets recognise.

    raises   SourceError  it cannot be written
    """
    try:
        path.write_text(table_of(alarms), "utf-8-sig")
    except OSError as error:
        raise SourceError(
            f"The alarms cannot be written ({error.strerror or error}).", hint=f"Choose another place: {path}"
        ) from error
