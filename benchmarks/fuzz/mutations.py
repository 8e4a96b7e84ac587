"""Broken files out of whole ones: bytes, pieces and values are changed at random, again and again."""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # so that `python benchmarks/fuzz/NAME.py` finds citytwin's packages, installed or not
    sys.path.insert(1, str(ROOT))

SLOWEST_S = 20
MOST_BYTES = 6 * 2**30
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 1e308, -1e308, 1e-308, 0.5, "", "0", "NaN", "\x00", "ü",
    [], {}, [[]], [[[]]], [[[[]]]], [None], [0, 0, 0], [[0, 1, 2]], [[[0, 1, 2]]], {"type": "x"}, "EPSG:4326",
    "9" * 400,
)  # fmt: skip
NUMBERS = (b"0", b"-1", b"1e309", b"-1e309", b"NaN", b"inf", b"99999999999999999999", b"2147483648", b"0.0000001", b"")


@dataclass(slots=True)
class Found:
    """What came out."""

    runs: int = 0
    read: int = 0
    """Files that could be read in spite of all."""
    refused: int = 0
    """Files that were refused in a sentence."""
    failures: int = 0


class HangError(Exception):
    """A file takes longer than any file of its size should."""


def mutated_bytes(  # noqa: C901  a table of nine changes
    data: bytes, words: Sequence[bytes], rng: random.Random, other: bytes
) -> bytes:
    """Return data with one to eight changes."""
    text = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(text) + 1)
        size = min(int(rng.expovariate(1 / 20)) + 1, max(len(text) - at, 0))
        match rng.randrange(9):
            case 0 if at < len(text):
                text[at] = rng.randrange(256)
            case 1:
                del text[at : at + size]
            case 2:
                text[at:at] = text[at : at + size] * rng.choice((1, 2, 50))
            case 3:
                text[at:at] = rng.choice(words)
            case 4:
                text[at : at + size] = rng.choice(words)
            case 5:
                begin = rng.randrange(len(other) + 1)
                text[at : at + size] = other[begin : begin + size * 4]
            case 6:
                del text[at:]
            case 7:
                _change_number(text, at, rng)
            case 8 if at < len(text):
                text[at] ^= 1 << rng.randrange(8)
    return bytes(text)


def _change_number(text: bytearray, at: int, rng: random.Random) -> None:
    """Put an odd number in the place of the next one."""
    begin = next((i for i in range(at, min(at + 500, len(text))) if chr(text[i]) in "0123456789"), -1)
    if begin < 0:
        return
    end = begin
    while end < len(text) and chr(text[end]) in "0123456789.eE+-":
        end += 1
    text[begin:end] = rng.choice(NUMBERS)


def mutated_json(data: bytes, rng: random.Random) -> bytes:
    """Return JSON with one to four values changed, left out, doubled or exchanged; the text stays well formed."""
    tree = json.loads(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        places: list[tuple[Any, Any]] = []
        _collect(tree, places, rng)
        if not places:
            break
        holder, key = rng.choice(places)
        match rng.randrange(5):
            case 0 | 1:
                holder[key] = rng.choice(ODD_VALUES)
            case 2:
                del holder[key]
            case 3:
                other, other_key = rng.choice(places)
                holder[key] = json.loads(json.dumps(other[other_key]))
            case 4:
                holder[key] = [holder[key]]
    return json.dumps(tree).encode()


def _collect(node: Any, places: list[tuple[Any, Any]], rng: random.Random) -> None:
    inner = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    for key, value in inner if len(inner) < 60 else rng.sample(inner, 60):
        places.append((node, key))
        _collect(value, places, rng)


def run(
    title: str,
    seeds: Callable[[], list[bytes]],
    mutate: Callable[[bytes, random.Random, bytes], bytes],
    target: Callable[[Path], bool],
    suffix: str,
) -> int:
    """Mutate and read until the time is over; return 1 where something was found.

    target   reads a file; returns false where it was refused as it should be, raises where something is wrong
    """
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=None, help="begins the random numbers; the time without it")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"), help="where failing files are kept")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="further files to begin with")
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else int(time.time())
    rng, found = random.Random(seed), Found()  # noqa: S311  no secret
    pool = [*seeds(), *(path.read_bytes() for path in args.also)]
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    signal.signal(signal.SIGALRM, _hang)
    warnings.simplefilter("error")
    known: set[str] = set()
    end = time.monotonic() + args.minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"fuzzed{suffix}"
        while time.monotonic() < end:
            data = mutate(rng.choice(pool), rng, rng.choice(pool))
            path.write_bytes(data or b" ")
            _once(path, data, target, found, known, args.keep, suffix)
    sys.stdout.write(
        f"{title}: seed {seed}, {found.runs:,} files in {args.minutes:g} minutes, {found.read:,} read,"
        f" {found.refused:,} refused in a sentence, {found.failures:,} failures ({len(known)} different)\n"
    )
    return 1 if found.failures else 0


def _once(
    path: Path, data: bytes, target: Callable[[Path], bool], found: Found, known: set[str], keep: Path, suffix: str
) -> None:
    found.runs += 1
    signal.alarm(SLOWEST_S)
    try:
        is_read = target(path)
    except Exception as error:  # noqa: BLE001  whatever comes is a finding
        signal.alarm(0)
        found.failures += 1
        last = traceback.extract_tb(error.__traceback__)[-1]
        name = f"{type(error).__name__}-{Path(last.filename).name}-{last.lineno}"
        if name not in known:
            known.add(name)
            keep.mkdir(parents=True, exist_ok=True)
            stem = f"{name}-{hashlib.sha256(data).hexdigest()[:8]}"
            (keep / f"{stem}{suffix}").write_bytes(data)
            (keep / f"{stem}.txt").write_text("".join(traceback.format_exception(error)))
            sys.stdout.write(f"found {name}: {error}\n")
            sys.stdout.flush()
    else:
        found.read += is_read
        found.refused += not is_read
    finally:
        signal.alarm(0)


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise HangError
