"""A window removes recordings past their time from the project that is opened, and goes on with what is left."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.project import write_project
from data.recorder import Recorder
from tests.data.test_retention import batch
from twin.entities import DAY_S, Entities
from twin.feed import FeedWish, Privacy
from twin.project import Project
from ui.main_window import MainWindow
from ui.project_desk import ProjectDesk
from ui.retention_desk import RetentionDesk


def test_what_is_past_its_time_goes_when_a_project_is_opened(window: MainWindow, tmp_path: Path, qtbot: Any) -> None:
    folder, now_s = tmp_path / "a.citytwin", time.time()
    wish = FeedWish("f", "Buses", "recordings/f.ctrec", privacy=Privacy(keep_days=1))
    recorder, entities = Recorder(folder / "recordings" / "f.ctrec", wish), Entities("f")
    for at_s in (now_s - 2 * DAY_S, now_s - 60):
        recorder.add(batch(at_s), entities, at_s, messages=1, size=1, malformed=0)
        recorder._group_bytes = 10**9
        recorder.flush(at_s)
    recorder.close()
    before = (folder / "recordings" / "f.ctrec").stat().st_size
    project = Project(title="a")
    view = replace(project.view, composition=replace(project.view.composition, feeds=(wish,)))
    write_project(replace(project, view=view), folder)
    desk, retention = window.findChild(ProjectDesk), window.findChild(RetentionDesk)
    assert desk is not None
    assert retention is not None
    desk.open(str(folder))

    def is_shorter() -> bool:
        retention.look()
        return retention.process is None and (folder / "recordings" / "f.ctrec").stat().st_size < before

    qtbot.waitUntil(is_shorter, timeout=15_000)
    assert any("was shortened: it may be kept 1 day" in notice.text for notice in window.notices.past)
