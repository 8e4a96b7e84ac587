"""A hearing's files: ledgers brought in, and the report's tables and ballots written out."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from data.ledger import LEDGER
from data.ledger_reading import read_entries, read_sheets, verify
from twin.errors import LedgerError, SourceError
from twin.hearing_report import Chain, HearingReport
from twin.participation import Record
from twin.poll import json_of_poll

FORMULA = ("=", "+", "-", "@", "\t", "\r")
RECOUNT = Path(__file__).parent / "recount.py"


def read_chain(path: Path, name: str = "") -> Chain:
    """Return a ledger as a report takes it.

    path     a ledger, or the folder of a project
    raises   SourceError  there is no ledger there
             LedgerError  it cannot be read
    """
    file = path / LEDGER if path.is_dir() else path
    if not file.exists():
        raise SourceError(
            f"{path.name} has no record of a meeting.", hint="Hold one first: citytwin meeting PROJECT", path=str(path)
        )
    return Chain(name or path.stem, tuple(read_entries(file)), read_sheets(file), verify(file).is_intact)


def cell(value: object) -> str:
    """Return a value for CSV that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a table as UTF-8 with a mark that spreadsheets know it by."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(list(header))
        writer.writerows([[cell(value) for value in row] for row in rows])


def write_tables(report: HearingReport, folder: Path) -> list[Path]:
    """Write figures, comments, groups and the log of moderation as CSV; return the files."""
    tables: dict[str, tuple[list[str], list[list[object]]]] = {
        "polls.csv": (
            ["meeting", "poll", "question", "kind", "rule", "option", "text", "count", "source", "of_source"],
            [row for name, tally in report.tallies for row in _poll_rows(name, tally)],
        ),
        "comments.csv": (
            ["id", "kind", "text", "place", "lon", "lat", "support", "theme", "status", "answer", "call", "rating"],
            [
                [
                    v.id, v.kind, v.text, v.place.get("name", v.place.get("type", "")), *_lonlat(v.place), v.support,
                    v.theme, v.status, v.answer, v.call, v.rating or "",
                ]
                for v in report.voices
            ],
        ),
        "groups.csv": (
            ["kind", "group", "comments", "people"],
            [
                [kind, s.group, "fewer than 5" if s.comments is None else s.comments, s.people]
                for kind, shares in (("age", report.age_groups), ("district", report.districts))
                for s in shares
            ],
        ),
        "moderation.csv": (
            ["comment", "act", "reason", "role"],
            [[d.comment, d.act, d.reason, d.role] for d in report.log],
        ),
    }  # fmt: skip
    files = []
    for name, (header, rows) in tables.items():
        write_csv(folder / name, header, rows)
        files.append(folder / name)
    return files


def _poll_rows(name: str, tally: Any) -> list[list[object]]:
    poll, rows = tally.poll, []
    question = next(iter(poll.question.values()))
    for option in poll.options:
        text = next(iter(option.text.values()), option.id)
        start = [name, poll.id, question, poll.kind, poll.rule, option.id, text]
        rows.append([*start, tally.counts[option.id], "all", tally.votes])
        rows += [
            [*start, counts[option.id], source, tally.by_source[source]]
            for source, counts in tally.counts_by_source.items()
        ]
    return rows


def _lonlat(place: Mapping[str, object]) -> tuple[object, object]:
    lonlat = place.get("lonlat")
    if isinstance(lonlat, list) and len(lonlat) == 2 and isinstance(lonlat[0], int | float):
        return lonlat[0], lonlat[1]
    return "", ""


def write_places(report: HearingReport, path: Path) -> bool:
    """Write the comments' places as GeoPackage, one layer a kind of geometry; return False if none has a place."""
    import geopandas  # noqa: PLC0415  heavy, and only needed here
    from shapely.geometry import LineString, Point, Polygon  # noqa: PLC0415

    shapes: dict[str, list[tuple[dict[str, object], Any]]] = {}
    for voice in report.voices:
        lonlat = voice.place.get("lonlat")
        if not isinstance(lonlat, list):
            continue
        values: dict[str, object] = {
            "id": voice.id, "kind": voice.kind, "text": voice.text, "support": voice.support, "theme": voice.theme,
            "status": str(voice.status), "answer": voice.answer, "place": str(voice.place.get("name", "")),
        }  # fmt: skip
        kind = str(voice.place.get("type"))
        if kind == "area" and len(lonlat) > 2:
            shapes.setdefault("areas", []).append((values, Polygon(lonlat)))
        elif kind in ("line", "area"):
            shapes.setdefault("lines", []).append((values, LineString(lonlat)))
        else:
            shapes.setdefault("points", []).append((values, Point(lonlat)))
    path.unlink(missing_ok=True)
    for layer, rows in shapes.items():
        frame = geopandas.GeoDataFrame([v for v, _ in rows], geometry=[g for _, g in rows], crs=4326)
        frame.to_file(path, layer=layer, driver="GPKG", engine="pyogrio")
    return bool(shapes)


def write_ballots(report: HearingReport, folder: Path) -> list[Path]:
    """Write what is needed to recount: polls, and votes without tokens, times or order; and the script that does it."""
    ballots, hands, polls = [], [], []
    for chain in report.chains:
        record = Record(entry for entry, _ in chain.entries)
        for poll_id, held in record.polls.items():
            key = f"{chain.name}: {poll_id}" if len(report.chains) > 1 else poll_id
            polls.append(json_of_poll(held.poll) | {"id": key})
            for ballot in held.ballots.values():
                choice = ballot.answer if isinstance(ballot.answer, dict) else list(ballot.answer)
                ballots.append([key, str(ballot.source), choice])
            hands += [[key, str(c.source), c.counts] for c in held.hand_counts.values()]
    random.SystemRandom().shuffle(ballots)
    path = folder / "ballots.json"
    content = {"heads": [c.head for c in report.chains], "polls": polls, "ballots": ballots, "hands": hands}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    script = folder / "recount.py"
    shutil.copyfile(RECOUNT, script)
    return [path, script]


def read_census(path: Path) -> dict[str, int]:
    """Return people by group from a table of two columns.

    raises   SourceError  it is no such table
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if len(row) >= 2]
        return {row[0].strip(): int(float(row[1])) for row in rows if row[1].strip().replace(".", "", 1).isdigit()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(
            f"{path.name} is no table of groups and people.", hint="Give a CSV of two columns: group, people."
        ) from error


def check_chains(chains: Iterable[Chain]) -> None:
    """Make sure that a report stands on ledgers that add up.

    raises   LedgerError  one does not
    """
    for chain in chains:
        if not chain.is_intact:
            raise LedgerError(
                f"The ledger of {chain.name} does not add up, so there is no report of it.",
                hint="See what is wrong: citytwin verify PROJECT",
            )
