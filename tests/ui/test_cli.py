"""The command line's frame: verbs, exit status, sentences instead of tracebacks, one JSON object alone."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from twin.errors import SourceError
from ui import cli
from ui.answer import plain, write_json
from ui.intruders import intruder_sentence

PROJECT = Path(__file__).resolve().parents[2]
Run = Callable[[argparse.Namespace], int]


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], None]:
    """Return the function that makes a verb `try` out of a function."""

    def make(run: Run) -> None:
        module = ModuleType("ui.commands.try")
        module.add_arguments = lambda parser: parser.add_argument("words", nargs="*")  # type: ignore[attr-defined]
        module.run = run  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "ui.commands.try", module)
        monkeypatch.setitem(cli.VERBS, "try", cli.Verb("a try"))

    return make


@pytest.mark.parametrize(
    ("words", "verb", "rest"),
    [
        ([], "open", []),
        (["city.gpkg"], "open", ["city.gpkg"]),
        (["info", "city.gpkg"], "info", ["city.gpkg"]),
        (["--debug", "info", "city.gpkg", "--json"], "info", ["--debug", "city.gpkg", "--json"]),
        (["--memory", "2GB", "render", "a"], "render", ["--memory", "2GB", "a"]),
        (["--log-level", "info"], "open", ["--log-level", "info"]),
        (["city.gpkg", "info"], "open", ["city.gpkg", "info"]),
        (["--", "info"], "open", ["--", "info"]),
        (["info", "--help"], "info", ["--help"]),
        (["--help"], None, ["--help"]),
        (["--version", "info"], None, ["--version"]),
    ],
)
def test_a_first_word_that_is_a_verb_is_the_verb(words: list[str], verb: str | None, rest: list[str]) -> None:
    assert cli.split_verb(words) == (verb, rest)


@pytest.mark.parametrize("name", cli.VERBS)
def test_every_verb_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == 0
    assert f"citytwin {name}" in capsys.readouterr().out


def test_unusable_input_is_one_sentence_and_status_1(
    verb: Callable[[Run], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: argparse.Namespace) -> int:
        raise SourceError("There is no such file.", hint="Look at its name.")

    verb(run)
    assert cli.main(["try"]) == 1
    assert capsys.readouterr().err == "citytwin: There is no such file. Look at its name.\n"


def test_debug_shows_the_traceback(verb: Callable[[Run], None], capsys: pytest.CaptureFixture[str]) -> None:
    def run(_: argparse.Namespace) -> int:
        raise SourceError("There is no such file.")

    verb(run)
    assert cli.main(["--debug", "try"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_fault_of_our_own_is_a_sentence_too(verb: Callable[[Run], None], capsys: pytest.CaptureFixture[str]) -> None:
    verb(lambda _: 1 // 0)
    assert cli.main(["try"]) == 1
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "--debug" in told
    assert "Traceback" not in told


def test_wrong_usage_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--jsno"]) == 2
    assert "citytwin doctor: unrecognized arguments: --jsno" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["3", "two", "-1GB", "1XB"])
def test_a_memory_size_that_is_none_is_wrong_usage(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", f"--memory={size}"]) == 2
    assert size in capsys.readouterr().err


def test_an_interrupted_command_ends_with_130(verb: Callable[[Run], None], capsys: pytest.CaptureFixture[str]) -> None:
    def run(_: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    verb(run)
    assert cli.main(["try"]) == 130
    assert capsys.readouterr().err == "citytwin: stopped.\n"


def test_asked_to_end_it_ends_as_when_interrupted_and_leaves_nothing(
    verb: Callable[[Run], None], tmp_path: Path
) -> None:
    left = tmp_path / "left"

    def run(_: argparse.Namespace) -> int:
        left.touch()
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        finally:
            left.unlink()
        return 0

    verb(run)
    before = signal.getsignal(signal.SIGTERM)
    assert cli.main(["try"]) == 130
    assert not left.exists()
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_libraries_write_to_standard_output_is_not_in_the_answer(
    verb: Callable[[Run], None], capfd: pytest.CaptureFixture[str]
) -> None:
    def run(_: argparse.Namespace) -> int:
        os.write(1, b"a warning of VTK\n")
        write_json({"height_m": math.nan, "counts": np.array([1, 2])})
        os.write(1, b"another\n")
        return 0

    verb(run)
    assert cli.main(["try"]) == 0
    told = capfd.readouterr()
    assert json.loads(told.out) == {"height_m": None, "counts": [1, 2]}
    assert told.err == "a warning of VTK\nanother\n"


def test_standard_output_is_as_before_after_a_command(
    verb: Callable[[Run], None], capfd: pytest.CaptureFixture[str]
) -> None:
    verb(lambda _: 0)
    cli.main(["try"])
    os.write(1, b"as before")
    assert capfd.readouterr().out == "as before"


def test_numbers_that_are_none_become_null() -> None:
    told = {"a": np.float32("nan"), "b": (np.inf, np.int64(3)), "c": {"d": np.array([np.nan, 1.5])}, "e": np.True_}
    assert plain(told) == {"a": None, "b": [None, 3], "c": {"d": [None, 1.5]}, "e": True}


def test_a_reader_who_has_seen_enough_ends_the_command_quietly() -> None:
    # head reads one byte and closes the pipe; python writes far more than a pipe holds
    program = (
        "import sys; from types import ModuleType; from ui import cli\n"
        "m = ModuleType('m'); m.add_arguments = lambda p: None\n"
        "m.run = lambda a: [print('x' * 99) for _ in range(9999)] and 0\n"
        "sys.modules['ui.commands.try'] = m; cli.VERBS['try'] = cli.Verb('')\n"
        "sys.exit(cli.main(['try']))\n"
    )
    command = f'"{sys.executable}" -c "$0" | head -c 1'
    ran = subprocess.run(["sh", "-c", command, program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("x", "")


def test_all_five_packages_are_ours() -> None:
    assert intruder_sentence() == ""


def test_a_stranger_of_the_same_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "data.py").write_text("")
    command = [sys.executable, "-c", "import sys; from ui.cli import main; sys.exit(main(['doctor']))"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PROJECT)])}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert 'another Python package named "data"' in ran.stderr
    assert str(tmp_path / "data.py") in ran.stderr
