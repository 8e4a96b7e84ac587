"""What a project keeps of its live data, for commands: its alarms, and recordings past their time."""

from __future__ import annotations

import sys
from pathlib import Path

from ui.answer import write_json
from ui.contents import stored_project
from ui.project_recordings import purge_project
from ui.telling_alarms import alarm_facts, over_line, raised_line, write_alarms


def tell_alarms(project: str, *, table: Path | None, is_json: bool) -> None:
    """Say which alarms a project keeps.

    table    where to write them as CSV, too; None for nowhere
    raises   TwinError  the project cannot be read, or the table not written
    """
    stored, _ = stored_project(project)
    alarms = stored.project.alarms
    if table is not None:
        write_alarms(alarms, table)
    if is_json:
        write_json({"project": str(stored.folder), "alarms": [alarm_facts(alarm) for alarm in alarms]})
        return
    for alarm in alarms:
        over = f"; {over_line(alarm)}" if alarm.over_s is not None else "; on"
        noted = f"; acknowledged: {alarm.note or 'no note'}" if alarm.acknowledged_s is not None else ""
        sys.stdout.write(f"{raised_line(alarm)}{over}{noted}\n")
    if not alarms:
        sys.stdout.write("The project keeps no alarms.\n")


def tell_purge(project: str, *, is_json: bool) -> None:
    """Remove what may no longer be kept of a project's recordings, and say what that was.

    raises   TwinError  the project cannot be read
    """
    stored, _ = stored_project(project)
    told = purge_project(stored.folder, stored.project.view.composition.feeds)
    if is_json:
        write_json({"project": str(stored.folder), "purged": told})
    else:
        sys.stdout.write("".join(f"{line}\n" for line in told) or "Nothing is past its time.\n")
