"""What every test gets: folders of its own, real data where it is there, and nothing left alive behind it."""

from __future__ import annotations

import gc
import multiprocessing.forkserver
import multiprocessing.resource_tracker
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import psutil
import pytest

PROJECT = Path(__file__).resolve().parents[1]
SETTLE_S = 2.0
"""How long a thread or process may take to end after its test; ending is asked for, not instant."""

ONE_COMMAND = """
import json, sys
from ui.cli import main
status = main(sys.argv[1:])
print(json.dumps([status, sorted({name.partition(".")[0] for name in sys.modules})]))
"""
"""Runs one command, and prints its status and what it loaded at the end."""

RealData = Callable[[str], Path]
SampleRun = tuple[Path, subprocess.CompletedProcess[str]]
REAL_DATA = "real data"
real_data_count = pytest.StashKey["RealDataCount"]()

hypothesis.settings.register_profile("citytwin", deadline=None)
hypothesis.settings.load_profile("citytwin")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the user's own folders, screen and fonts out of every test, those of child processes too."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("MPLBACKEND", "Agg")
    config.stash[real_data_count] = RealDataCount()
    config.pluginmanager.register(config.stash[real_data_count])


def pytest_collection_finish() -> None:
    """Take what the collected tests are made of out of the collector's sight: it grows with the suite, not with a test.

    Every collection and every look for timers went through it again and again.
    """
    gc.collect()
    gc.freeze()


# real data


def data_folder() -> Path:
    """Return where the real data lies, whether it is there or not."""
    stated = os.environ.get("CITYTWIN_TEST_DATA")
    return Path(stated) if stated else PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> RealData:
    """Return the function that finds a file of the real data by its path there; the test is skipped without it."""

    def find(path: str) -> Path:
        found = data_folder() / path
        if not found.exists():
            pytest.skip(f"real data not here: {path}")
        return found

    return find


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count the tests that asked for real data: run, or skipped."""
    report = yield
    if "real_data" in getattr(item, "fixturenames", ()) and (call.when == "call" or report.skipped):
        report.user_properties.append((REAL_DATA, "skipped" if report.skipped else "ran"))
    return report


class RealDataCount:
    """Counts the tests that looked at real data, in whichever process they ran."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a test's own word for it; it comes with the report from the process that ran it."""
        told = dict(report.user_properties).get(REAL_DATA)
        if told is not None:
            self.outcomes[report.nodeid] = str(told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end how many tests looked at real data, so that a green run without it cannot pass for a full one."""
    outcomes = list(terminalreporter.config.stash[real_data_count].outcomes.values())
    ran, skipped = outcomes.count("ran"), outcomes.count("skipped")
    terminalreporter.write_sep("-", "real data")
    terminalreporter.write_line(f"real-data tests: {ran} ran, {skipped} skipped")
    if skipped:
        terminalreporter.write_line(
            "Skipped tests found no real data; put it into ../shared/data or name its folder in CITYTWIN_TEST_DATA."
        )


# folders


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the run's own cache folder: the sample city is made there once, never in the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITYTWIN_CACHE_DIR", str(folder))
        patch.setenv("CITYTWIN_CONFIG_DIR", str(tmp_path_factory.mktemp("config")))
        yield folder


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> SampleRun:  # noqa: ARG001  its folder
    """Return where `citytwin sample DIR --json` wrote in a fresh interpreter, and its end; copy it to write in it."""
    folder = tmp_path_factory.mktemp("sample") / "a city"
    words = [sys.executable, "-c", ONE_COMMAND, "sample", str(folder), "--json"]
    return folder, subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(autouse=True)
def config_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return this test's own settings folder (it does not exist yet)."""
    folder = tmp_path_factory.getbasetemp() / f"config-{time.monotonic_ns()}"
    monkeypatch.setenv("CITYTWIN_CONFIG_DIR", str(folder))
    return folder


# nothing is left alive


@pytest.fixture(autouse=True)
def nothing_left_alive() -> Iterator[None]:
    """Fail a test that leaves a thread, a process, a running timer or a window behind."""
    threads, processes, windows = set(threading.enumerate()), _child_processes(), _open_windows()
    yield
    left = _settled(lambda: [t.name for t in threading.enumerate() if t not in threads and t.is_alive()])
    assert not left, f"the test left threads running: {', '.join(left)}"
    left = _settled(lambda: [name for pid, name in _child_processes().items() if pid not in processes])
    assert not left, f"the test left processes running: {'; '.join(left)}"
    left = [name for number, name in _open_windows().items() if number not in windows]
    assert not left, f"the test left windows open: {', '.join(left)}"
    left = _running_timers()
    assert not left, f"the test left timers running: {', '.join(left)}"


def _settled(what_is_left: Callable[[], list[str]]) -> list[str]:
    end_s = time.monotonic() + SETTLE_S
    while (left := what_is_left()) and time.monotonic() < end_s:
        time.sleep(0.02)
    return left


def _child_processes() -> dict[int, str]:
    """Return our living child processes, without the two that Python itself keeps for multiprocessing."""
    kept_by_python = {
        getattr(multiprocessing.resource_tracker._resource_tracker, "_pid", None),
        getattr(multiprocessing.forkserver._forkserver, "_forkserver_pid", None),
    }
    alive: dict[int, str] = {}
    for pid in _descendants(os.getpid()):
        try:
            process = psutil.Process(pid)
            name = " ".join(process.cmdline())[:120] or process.name()
            if "chromium" in name and "--type=" in name:  # come and go with the browser, which itself is counted
                continue
            if process.pid not in kept_by_python and process.status() != psutil.STATUS_ZOMBIE:
                alive[process.pid] = name
        except psutil.NoSuchProcess:
            continue
    return alive


def _descendants(pid: int) -> list[int]:
    """Return the processes below one; asked of the one itself, as psutil reads every process of the computer."""
    children: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208  tests put something else in the place of Path's
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:  # noqa: PTH123  as above
                children += map(int, file.read().split())
    except ProcessLookupError:
        return []  # it ended meanwhile
    except FileNotFoundError:
        if not psutil.pid_exists(pid):
            return []
        return [process.pid for process in psutil.Process(pid).children(recursive=True)]
    return children + [below for child in children for below in _descendants(child)]


def _open_windows() -> dict[int, str]:
    """Return the visible top-level widgets; asks nothing of Qt unless a test has loaded it."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    application = widgets.QApplication.instance() if widgets is not None else None
    if widgets is None or application is None:
        return {}
    application.sendPostedEvents(None, 52)  # QEvent.Type.DeferredDelete: what was given up with deleteLater() goes now
    return {
        id(w): f"{type(w).__name__} {w.objectName()}".strip() for w in application.topLevelWidgets() if w.isVisible()
    }


def _running_timers() -> list[str]:
    """Return the running QTimers that Python knows, with what they belong to; their number is kept down by the test."""
    core, shiboken = sys.modules.get("PySide6.QtCore"), sys.modules.get("shiboken6")
    if core is None or shiboken is None or core.QCoreApplication.instance() is None:
        return []
    timers = [o for o in gc.get_objects() if type(o) is core.QTimer and shiboken.isValid(o) and o.isActive()]
    return [f"{type(t.parent()).__name__} every {t.interval()} ms" for t in timers]
