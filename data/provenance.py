"""Where a file comes from and how old it is, as far as it and the files beside it say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from twin.table import Table

_BESIDE = re.compile(
    r"^(licen[cs]e|copying|source|attribution|readme|lizenz|quelle|liesmich|lisezmoi|licence_ouverte)\b", re.IGNORECASE
)
OF_ONE = "source-of-"
"""Begins the name of a file in a project that says where one of its data sets comes from."""
_SUFFIXES = frozenset({"", ".md", ".txt", ".rst", ".html"})
_LICENCES: tuple[tuple[str, str], ...] = (
    (r"\bODbL\b|Open Database Licen[cs]e", "ODbL"),
    (r"\bCC0\b|CC Zero|publicdomain/zero", "CC0"),
    (r"CC[ -]?BY[ -]?NC|Attribution-NonCommercial", "CC BY-NC"),
    (r"CC[ -]?BY[ -]?SA|Attribution-ShareAlike", "CC BY-SA"),
    (r"CC[ -]?BY\b|Creative Commons Attribution|creativecommons\.org/licenses/by/", "CC BY"),
    (r"Licence Ouverte|Etalab|etalab", "Licence Ouverte"),
    (r"Datenlizenz Deutschland|dl-de/", "Datenlizenz Deutschland"),
    (r"Open Government Licen[cs]e|\bOGL\b", "Open Government Licence"),
    (r"\bPDDL\b|Public Domain Dedication", "PDDL"),
    (r"public domain", "public domain"),
    (r"\bMIT Licen[cs]e\b", "MIT"),
    (r"Apache Licen[cs]e", "Apache"),
)
_DATE = re.compile(r"^(\d{4})-(\d\d)-(\d\d)")
_UPDATED = re.compile(
    r"edit|updat|modif|maj|chang|stand|aktual|valid|version|created?|creat|date|datum|fecha|更新|作成|timestamp",
    re.IGNORECASE,
)
_READ_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is known of a file's origin."""

    file_date: str | None
    """When the file was last written, ISO 8601 date."""
    licence: str
    """Its licence's short name, or the first line of the file that states it; "" if none is found."""
    stated_in: str
    """The name of the file beside it that says so; "" for none."""


def provenance_of(path: str) -> Provenance:
    """Look at a data file's date, and at the licence and source files beside it and one folder up."""
    file = Path(path)
    while not file.exists() and file != file.parent:  # FILE:LAYER, or a member of an archive
        stem, _, _ = str(file).rpartition(":")
        file = Path(stem) if stem and Path(stem).exists() else file.parent
    if not path or not file.exists() or file == file.parent:
        return Provenance(None, "", "")
    date = datetime.fromtimestamp(file.stat().st_mtime, UTC).date().isoformat() if file.is_file() else None
    beside = stated_beside(file)
    return Provenance(date, "" if beside is None else _licence_in(beside), "" if beside is None else beside.name)


def stated_beside(file: Path) -> Path | None:
    """Return the file that states the licence of a data set: its own, else one beside it or one folder up."""
    folder = file if file.is_dir() else file.parent
    for place in (folder, folder.parent):
        every = _sidecars(place)
        own = [p for p in every if p.stem.lower() == f"{OF_ONE}{file.stem.lower()}"]
        for beside in (*own, *(p for p in every if not p.name.lower().startswith(OF_ONE))):
            if _licence_in(beside):
                return beside
    return None


def _sidecars(folder: Path) -> list[Path]:
    try:
        found = [p for p in folder.iterdir() if _BESIDE.match(p.name) and p.suffix.lower() in _SUFFIXES and p.is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda p: (not p.name.lower().startswith(("licen", "copying", "lizenz")), p.name))


def _licence_in(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_READ_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    for pattern, name in _LICENCES:
        found = re.search(pattern, text)
        if found:
            version = re.match(r"[\s\w-]{0,20}?(\d\.\d)", text[found.end() : found.end() + 30])
            return f"{name} {version[1]}" if version else name
    stated = re.search(r"(?im)^\W*(?:licen[cs]e|lizenz)\W+(.{3,80})$", text)
    return stated[1].strip(" *_`") if stated else ""


def newest_of(table: Table) -> tuple[str, str] | None:
    """Return (column, ISO date) of the newest plausible date in columns that tell when a row was made or changed."""
    best: tuple[str, str] | None = None
    today = datetime.now(UTC).date().isoformat()
    for field, kind in table.fields().items():
        if kind not in ("time", "text") or not _UPDATED.search(field):
            continue
        newest = _newest(table, field, kind, today)
        if newest and (best is None or newest > best[1]):
            best = (field, newest)
    return best


def _newest(table: Table, field: str, kind: str, today: str) -> str | None:
    values = table.column(field)
    if kind == "time":
        days = [str(v)[:10] for v in values.astype("datetime64[D]") if str(v) != "NaT"]
    else:
        days = [v[:10] for v in values.tolist() if isinstance(v, str) and _DATE.match(v)]
        if len(days) < 0.5 * sum(v is not None for v in values.tolist()):
            return None
    return max((d for d in days if "1900" <= d <= today), default=None)
