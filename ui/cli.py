"""The command line: finds the verb, gives it its words, and turns every failure into one sentence.

Each verb is a module in ui/commands, imported only when it is asked for. Only `open` may load Qt.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import NoReturn

from ui.intruders import intruder_sentence

OK, UNUSABLE_INPUT, USAGE, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing citytwin can be told to do; its module is ui/commands/NAME.py."""

    summary: str
    uses_qt: bool = False


VERBS: dict[str, Verb] = {
    "open": Verb("open files in the window; without a file, the sample city", uses_qt=True),
    "info": Verb("say what is in a file, without drawing it"),
    "render": Verb("draw files into a picture, without a window"),
    "project": Verb("make, fill, check or pack a project: a city and all that belongs to it in one folder"),
    "export": Verb("write a city for other programs: GLB, CityJSON, 3D Tiles, GeoPackage"),
    "select": Verb("write the rows of a layer that a filter finds: GeoPackage, GeoParquet, GeoJSON, CSV"),
    "diff": Verb("say what became of a layer between two states of its file"),
    "scenario": Verb("list a project's scenarios with their figures, add, remove or show one"),
    "exhibit": Verb("draw a sheet of paper with views of the city, to scale, as PDF"),
    "sample": Verb("write the sample city as ordinary files"),
    "feed": Verb("listen to live data and say what came; record it"),
    "replay": Verb("play a recording of live data and say what is in it"),
    "meeting": Verb("hold a public meeting on the local network", uses_qt=False),
    "verify": Verb("check a hearing's ledger from its first entry to its last"),
    "contributions": Verb("bring what came by letter, mail or another site into a hearing"),
    "forms": Verb("write paper forms from a meeting's questions"),
    "report": Verb("tell what came of a hearing, as page, paper and tables"),
    "tally": Verb("recount every poll from a hearing's ledger"),
    "analyse": Verb("run an analysis or a plugin over a city, and write what it found"),
    "plugin": Verb("begin, check or list plugins: layers and analyses of your own"),
    "doctor": Verb("say what this machine has and what it lacks"),
}

VALUE_OPTIONS = ("--log-level", "--memory")
"""The general options that take a value: when they stand before the verb, the value is not the verb."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 unusable input, 2 wrong usage, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    if argv is None and any("://" in word for word in words):
        from ui.hidden_words import hide_secrets  # noqa: PLC0415  only where there is an address

        hide_secrets()
    intruder = intruder_sentence()
    if intruder:
        sys.stderr.write(intruder + "\n")
        return UNUSABLE_INPUT
    verb, rest = split_verb(words)
    try:
        if verb is None:
            general_parser().parse_args(rest)
            return OK
        return _run(verb, rest)
    except SystemExit as stop:  # argparse ends this way: 0 after --help, 2 after wrong usage
        return stop.code if isinstance(stop.code, int) else USAGE


def with_western_places(words: Sequence[str]) -> list[str]:
    """Return the words with "--view", "-0.12,51.5,…" as one: argparse takes what begins with a minus for an option."""
    joined: list[str] = []
    for word in words:
        if joined and re.match(r"--\w[\w-]*$", joined[-1]) and re.match(r"-[\d.]+,", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def split_verb(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the verb and the words that are its own.

    The first word that is no option is the verb if it is one; otherwise all words are for `open`. None as the verb
    means that the words before any verb ask for help or the version.
    """
    expects_value = False
    for place, word in enumerate(words):
        if expects_value:
            expects_value = False
        elif word in {"-h", "--help", "--version"}:
            return None, [word]
        elif word in VERBS:
            return word, [*words[:place], *words[place + 1 :]]
        elif word == "--" or not word.startswith("-"):
            return "open", list(words)
        else:
            expects_value = word in VALUE_OPTIONS
    return "open", list(words)


# parsers


class _Parser(argparse.ArgumentParser):
    """Says a usage mistake in one sentence, and where help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message}. See: {self.prog} --help\n")


def general_parser() -> argparse.ArgumentParser:
    """Return the parser that explains the command as a whole."""
    from twin.version import VERSION  # noqa: PLC0415  nothing of ours before the check in main

    verbs = "\n".join(f"  {name:14} {verb.summary}" for name, verb in VERBS.items())
    parser = _Parser(
        prog="citytwin",
        usage="citytwin [VERB] [FILE...] [options]",
        description="A whole city on one screen, in three dimensions.",
        epilog=f"verbs (a first word that is none opens the files named):\n{verbs}\n\n"
        "`citytwin VERB --help` explains one verb.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"citytwin {VERSION}")
    add_general_options(parser)
    return parser


def verb_parser(name: str) -> argparse.ArgumentParser:
    """Return one verb's own parser, the general options included."""
    parser = _Parser(prog=f"citytwin {name}", description=VERBS[name].summary, conflict_handler="resolve")
    add_general_options(parser)
    importlib.import_module(f"ui.commands.{name}").add_arguments(parser)
    return parser


def add_general_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that every verb has."""
    group = parser.add_argument_group("general options")
    group.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    group.add_argument("-v", "--verbose", action="count", default=0, help="log more (twice: everything)")
    group.add_argument("-q", "--quiet", action="store_true", help="log errors only")
    group.add_argument("--log-level", choices=("debug", "info", "warning", "error"), help="log from this level on")
    group.add_argument(
        "--memory",
        type=_memory,
        metavar="SIZE",
        help="how much memory may be used, like 2GB; default: half of the free",
    )


def _memory(text: str) -> int:
    from ui.memory import bytes_from_text  # noqa: PLC0415  nothing of ours before the check in main

    try:
        return bytes_from_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


# running


def _run(name: str, words: list[str]) -> int:
    from ui.answer import only_answers_on_stdout  # noqa: PLC0415  nothing of ours before the check in main

    is_debug = "--debug" in words
    try:
        if VERBS[name].uses_qt:
            from ui.qt_guard import protect_constants  # noqa: PLC0415  before the first import of PySide6

            protect_constants()
        args = verb_parser(name).parse_args(with_western_places(words))
        if VERBS[name].uses_qt:
            _make_sure_of_a_display()
        _start_logging(args)
        with only_answers_on_stdout(), _asked_to_end_as_interrupted():
            return int(importlib.import_module(f"ui.commands.{name}").run(args))
    except KeyboardInterrupt:
        sys.stderr.write("citytwin: stopped.\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Who read the answer has seen enough. Python would complain once more when it flushes at its end.
        with suppress(OSError, AttributeError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNUSABLE_INPUT
    except Exception as error:  # noqa: BLE001  the outer wall: a person reads a sentence, never a traceback
        return _say_failure(error, is_debug=is_debug)


@contextmanager
def _asked_to_end_as_interrupted() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl+C does: its default leaves the arrays shared with workers in memory."""
    if threading.current_thread() is not threading.main_thread():  # others may not say what signals do
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _make_sure_of_a_display() -> None:
    from twin.errors import DisplayError  # noqa: PLC0415  nothing of ours before the check in main
    from ui.system import window_obstacle  # noqa: PLC0415

    sentence, hint = window_obstacle()
    if sentence:
        raise DisplayError(sentence, hint=hint)


def _start_logging(args: argparse.Namespace) -> None:
    level = {0: "warning", 1: "info"}.get(args.verbose, "debug")
    level = args.log_level or ("error" if args.quiet else level)
    logging.basicConfig(level=level.upper(), format="citytwin: %(levelname)s: %(name)s: %(message)s", stream=sys.stderr)


def _cause(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    """Return the error of a kind that an error is, or was raised from: a signal wraps what its followers raise."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__
    return error


def _say_failure(error: Exception, *, is_debug: bool) -> int:
    from twin.errors import TwinError, UsageError  # noqa: PLC0415  nothing of ours before the check in main

    if is_debug:
        traceback.print_exception(error)
    told = _cause(error, TwinError)
    if told is not None:
        sys.stderr.write(f"citytwin: {told}\n")
        return USAGE if isinstance(told, UsageError) else UNUSABLE_INPUT
    what = " ".join(f"{type(error).__name__}: {error}".split())
    advice = "" if is_debug else " Run it again with --debug to see where, and please report it."
    sys.stderr.write(f"citytwin: stopped by a fault of its own ({what}).{advice}\n")
    return UNUSABLE_INPUT
