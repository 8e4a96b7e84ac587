"""What plugins do wrong, on purpose: the app answers all the while, and the reason is in words."""

# ruff: noqa: ISC004  a crime reads best as its lines

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from plugins.run import Host, LaidCity, Running, State, Task

Written = Callable[..., dict[str, Any]]
Run = Callable[..., Running]

CRIMES = {
    "raises": ("def frames(self, *a):\n    raise ValueError('no data today')\n    yield", "no data today"),
    "returns nothing": ("def frames(self, *a):\n    return None", "with yield"),
    "yields nothing": ("def frames(self, *a):\n    yield from ()", "without a frame"),
    "yields a dict": ("def frames(self, *a):\n    yield {'x': [1]}", "a dict where a Frame is wanted"),
    "calls os._exit": ("def frames(self, *a):\n    os._exit(3)\n    yield", "status 3"),
    "leaves by sys.exit": ("def frames(self, *a):\n    sys.exit(4)\n    yield", "SystemExit"),
    "segfaults": ("def frames(self, *a):\n    ctypes.string_at(0)\n    yield", "SIGSEGV"),
    "aborts": ("def frames(self, *a):\n    os.abort()\n    yield", "SIGABRT"),
    "kills itself": ("def frames(self, *a):\n    os.kill(os.getpid(), 9)\n    yield", "was killed"),
    "loops for ever": ("def frames(self, *a):\n    while True: pass\n    yield", "held to hang"),
    "sleeps for ever": ("def frames(self, *a):\n    time.sleep(1e6)\n    yield", "held to hang"),
    "hangs in C": ("def frames(self, *a):\n    ctypes.CDLL(None).sleep(100000)\n    yield", "held to hang"),
    "eats memory": (
        "def frames(self, *a):\n    b = []\n    while True: b.append(np.ones(10**6))\n    yield",
        "memory",
    ),
    "multiplies": ("def frames(self, *a):\n    while True:\n        os.fork()\n    yield", "processes"),
    "wrong CRS": (
        "def frames(self, city, *a):\n"
        "    yield Frame(gpd.GeoDataFrame(geometry=gpd.points_from_xy([13.4], [52.5]), crs=city.crs))",
        "km from the city",
    ),
    "no CRS": (
        "def frames(self, *a):\n    yield Frame(gpd.GeoDataFrame(geometry=gpd.points_from_xy([4e5], [5e6])))",
        "have no CRS",
    ),
    "lines for points": (
        "def frames(self, city, *a):\n"
        "    yield Frame(gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=city.crs"
        ").translate(390000, 5820000).to_frame('g').set_geometry('g'))",
        "no points",
    ),
    "a string for features": ("def frames(self, *a):\n    yield Frame('here')", "Give a GeoDataFrame"),
    "NaN geometry only": (
        "def frames(self, city, *a):\n"
        "    yield Frame(gpd.GeoDataFrame(geometry=[shapely.Point(float('nan'), 1), None], crs=city.crs))",
        "usable geometry",
    ),
    "columns of two lengths": (
        "def frames(self, *a):\n    yield Frame(columns={'x': np.zeros(2), 'y': np.zeros(3)})",
        "one length",
    ),
    "coordinates as words": ("def frames(self, *a):\n    yield Frame(columns={'x': ['a'], 'y': ['b']})", "no numbers"),
    "ten million rows": (
        "def frames(self, *a):\n    yield Frame(columns={'x': np.zeros(10_000_000), 'y': np.zeros(10_000_000)})",
        "10,000,000 rows",
    ),
    "unknown kind": ("def frames(self, *a):\n    yield Frame(kind='blobs')", 'no kind "blobs"'),
    "starts a program": ("def frames(self, *a):\n    os.system('true')\n    yield", 'capability "files"'),
    "reads the user's files": (
        "def frames(self, *a):\n    open(os.path.expanduser('~/letters')).read()\n    yield",
        'capability "files"',
    ),
    "writes elsewhere": (
        "def frames(self, *a):\n    open(os.path.expanduser('~/x'), 'w')\n    yield",
        'capability "files"',
    ),
    "uses the network": (
        "import urllib.request\ndef frames(self, *a):\n    self.urllib.request.urlopen('http://[::1]:1')\n    yield",
        "network",
    ),
}


@pytest.mark.parametrize("crime", CRIMES)
def test_a_crime_ends_the_plugin_and_is_told_in_words(crime: str, written: Written, run: Run) -> None:
    body, words = CRIMES[crime]
    ran = run(written(body), memory_mb=300, frame_s=1.0 if words == "held to hang" else 15.0)
    assert ran.state is State.FAILED
    assert words in f"{ran.sentence} {ran.hint}", f"{ran.sentence} {ran.hint}"


IMPORTS = {
    "import error": ("import nothing_of_that_name\n", "nothing_of_that_name"),
    "syntax error": ("def f(:\n", "no valid Python"),
    "no plugin in it": ("x = 1\n", "no class with an info"),
    "older contract": (
        "class Old:\n    info = Info(id='old', title='Old', kind='points', contract=0)\n    def frames(self): ...\n",
        "written for contract version 0",
    ),
    "newer contract": (
        "class New:\n    info = Info(id='new', title='New', kind='points', contract=99)\n    def frames(self): ...\n",
        "newer citytwin",
    ),
    "exits while loading": ("import os; os._exit(5)\n", "status 5"),
    "two plugins": (
        "class A:\n    info = Info(id='a', title='A', kind='points', contract=1)\n    def frames(self): ...\n"
        "class B(A):\n    info = Info(id='b', title='B', kind='points', contract=1)\n",
        "several classes",
    ),
}


@pytest.mark.parametrize("crime", IMPORTS)
def test_a_plugin_that_cannot_be_used_is_refused_in_words(crime: str, written: Written, run: Run) -> None:
    body, words = IMPORTS[crime]
    ran = run(written("#class \n" + body), do="describe")
    assert ran.state is State.FAILED
    assert words in f"{ran.sentence} {ran.hint}", f"{ran.sentence} {ran.hint}"


def test_a_file_that_changed_after_it_was_allowed_is_not_run(written: Written, run: Run) -> None:
    ran = run(written("def frames(self, *a):\n    yield") | {"sha256": "0" * 64}, do="describe")
    assert "has changed" in ran.sentence


def test_a_flood_of_frames_is_taken_one_at_a_time(written: Written, host: Host, laid: LaidCity) -> None:
    body = """
    def frames(self, city, area, parameters, stop):
        n = 0
        while not stop.is_set():
            n += 1
            yield Frame(columns={"x": np.full(100, area.bounds[0]), "y": np.full(100, area.bounds[1]),
                                 "n": np.full(100, n), "at": np.full(100, time.time())})
            time.sleep(0.0005)
    """
    running = host.start(Task(written(body), city=laid, is_live=True))
    ages, numbers, longest_s, end_s = [], [], 0.0, time.monotonic() + 1.5
    while time.monotonic() < end_s:
        begin_s = time.perf_counter()
        host.poll()
        received = running.take()
        longest_s = max(longest_s, time.perf_counter() - begin_s)
        if received is not None:
            columns = received.columns()
            assert columns is not None
            ages.append(time.time() - columns.column("at")[0].as_py())
            numbers.append(columns.column("n")[0].as_py())
            received.discard()
        time.sleep(0.02)
    running.stop()
    stop_s = time.monotonic()
    while not running.is_over:
        host.poll()
        time.sleep(0.005)
    assert time.monotonic() - stop_s < 2.0
    assert running.state is State.STOPPED
    assert len(numbers) > 20
    assert numbers == sorted(numbers)
    # frames were dropped, not queued: the newest taken is near the newest made
    assert numbers[-1] > 3 * len(numbers)
    assert sorted(ages)[len(ages) // 2] < 0.1


def test_a_flood_of_words_neither_fills_memory_nor_stops_the_app(written: Written, run: Run) -> None:
    body = """
    def frames(self, city, area, parameters, stop):
        for i in range(200_000):
            print("garbage", i, "\\x00\\xff" * 20)
        os.write(1, bytes(range(256)) * 100)
        yield Frame(columns={"x": np.array([area.bounds[0]]), "y": np.array([area.bounds[1]])})
    """
    ran = run(written(body))
    assert ran.state is State.DONE
    assert len(ran.log) <= 500
    assert any("199999" in line for line in ran.log)


def test_one_that_ignores_being_asked_to_stop_is_killed(written: Written, host: Host, laid: LaidCity) -> None:
    body = """
    def frames(self, city, area, parameters, stop):
        while True:
            yield Frame(columns={"x": np.array([area.bounds[0]]), "y": np.array([area.bounds[1]])})
            try:
                time.sleep(1e6)
            except BaseException:
                pass
    """
    running = host.start(Task(written(body), city=laid, is_live=True))
    while running.frame is None:
        host.poll()
        time.sleep(0.005)
    running.stop()
    begin_s = time.monotonic()
    while not running.is_over:
        host.poll()
        time.sleep(0.005)
    assert running.state is State.STOPPED
    assert time.monotonic() - begin_s < 2.5
    assert running.frame is not None, "its last good frame stays"


def test_the_last_good_frame_stays_when_a_plugin_fails(written: Written, host: Host, laid: LaidCity) -> None:
    body = """
    def frames(self, city, area, parameters, stop):
        yield Frame(columns={"x": np.array([area.bounds[0]]), "y": np.array([area.bounds[1]])})
        time.sleep(0.3)
        ctypes.string_at(0)
    """
    running = host.start(Task(written(body), city=laid, is_live=True))
    while not running.is_over:
        host.poll()
        time.sleep(0.005)
    assert running.state is State.FAILED
    assert running.frame is not None
    assert running.frame.columns() is not None
    assert any("Segmentation fault" in line for line in running.log)


def test_processes_that_a_plugin_leaves_behind_are_ended_with_it(written: Written, run: Run) -> None:
    body = """
    def frames(self, city, area, parameters, stop):
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    time.sleep(1000)
                os._exit(0)
        print("pids of a family", os.getpid())
        yield Frame(columns={"x": np.array([area.bounds[0]]), "y": np.array([area.bounds[1]])})
        time.sleep(0.2)
    """
    before = {p.pid for p in psutil.Process().children(recursive=True)}
    ran = run(written(body))
    assert ran.state is State.DONE
    end_s = time.monotonic() + 2.0
    while (left := _alive() - before) and time.monotonic() < end_s:
        time.sleep(0.02)
    assert not left


def _alive() -> set[int]:
    return {p.pid for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE}


def test_the_host_ends_quickly_whatever_its_plugins_do(written: Written) -> None:
    own = Host()
    hung = written("def frames(self, *a):\n    while True:\n        pass\n    yield")
    for _ in range(3):
        own.start(Task(hung, do="describe"))
    begin_s = time.monotonic()
    own.close()
    assert time.monotonic() - begin_s < 3.0
