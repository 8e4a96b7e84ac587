"""What the data doctor says: findings with their weight, and questions, from the page of a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

TITLE = "Data doctor"
INTRO = "What to look at before anything goes to the public. Columns that look personal stay at home until you decide."
READY = "Ready: no question is open."
NOTHING_OPEN = "Nothing is open. Open a file first."
CONFIRM_HEAD = "Is it about people?"
PERSONAL, PUBLIC, UNDECIDED = "Personal", "Public", "Not decided"
ZOOM = "Show"
SAVE_AS = "Save the report…"
SAVE_FILTER = "Web page (*.html);;Text (*.txt)"
FACTS_HEAD, FINDINGS_HEAD = "What is known", "What was found"
NO_FINDINGS = "Nothing was found that would need a look."
OLD_YEARS = 5.0
MANY_ESTIMATED = 0.5
LOW_RATE = 0.9


class Severity(StrEnum):
    """How much a finding weighs. Shown by a shape, a colour and a word."""

    STOP = "stop"
    LOOK = "look"
    NOTE = "note"
    GOOD = "good"


SIGNS = {Severity.STOP: "■", Severity.LOOK: "▲", Severity.NOTE: "●", Severity.GOOD: "✓"}
NAMES = {
    Severity.STOP: "Decide",
    Severity.LOOK: "Look at it",
    Severity.NOTE: "Good to know",
    Severity.GOOD: "Fine",
}
COLORS = {
    "light": {Severity.STOP: "#a61b1b", Severity.LOOK: "#8a5200", Severity.NOTE: "#1f5a8c", Severity.GOOD: "#23693a"},
    "dark": {Severity.STOP: "#ff8f8f", Severity.LOOK: "#ffc266", Severity.NOTE: "#8cc4f5", Severity.GOOD: "#86d9a0"},
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of a page."""

    severity: Severity
    sentence: str
    rows: tuple[int, ...] = ()
    """Table rows to fly to."""


def missing(name: str, reason: str) -> str:
    """Return that a layer of the project could not be opened."""
    return f'The layer "{name}" is missing: {reason}'


def is_it_personal(field: str, why: str) -> str:
    """Return the question about a column."""
    return f'Is the column "{field}" about people ({why})? Until you decide, it stays at home.'


def is_the_crs_right(crs: str) -> str:
    """Return the question about a guessed reference system."""
    return f"The file does not say where it lies; {crs or 'a place'} was guessed. Does it lie in the right place?"


def open_questions(count: int) -> str:
    """Return how many questions are open."""
    return READY if not count else f"{count} question{'s are' if count > 1 else ' is'} to be decided."


def findings(page: Mapping[str, Any]) -> list[Finding]:
    """Return what a page says that is worth a sentence, the weightiest first."""
    found = [Finding(Severity.STOP, q["question"]) for q in page["open_questions"]]
    found += _of_heights(page)
    for o in page["outliers"]:
        severity = Severity.STOP if o["grave"] else Severity.LOOK
        values = ", ".join(f"{v:g}" for v in o["values"][:3])
        found.append(Finding(severity, f"{_counted(page, o['count'], o['what'])} ({values}).", tuple(o["rows"])))
    found += _of_duplicates(page) + _of_standing(page)
    for problem in page["skipped"]:
        found.append(_problem(Severity.LOOK, problem))
    for problem in page["repaired"]:
        found.append(_problem(Severity.NOTE, problem))
    found += _of_joins(page) + _of_origin(page)
    order = list(Severity)
    return sorted(found, key=lambda f: order.index(f.severity))


def report_lines(check: Mapping[str, Any]) -> list[str]:
    """Return the whole answer of ui.doctoring.project_check as text, one thing a line."""
    lines = [open_questions(len(check["open_questions"]))]
    lines += [f"{SIGNS[Severity.STOP]} {q['question']}" for q in check["open_questions"] if q["kind"] == "missing"]
    for page in check["layers"]:
        lines += ["", f"{page['name']}"]
        lines += [f"  {name:17} {text}" for name, text in facts(page)]
        lines += [f"  {SIGNS[f.severity]} {NAMES[f.severity]}: {f.sentence}" for f in findings(page)]
    return lines


def facts(page: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is known of a layer as (name, text)."""
    age, licence, heights = page["age"], page["licence"], page["heights"]
    lines = [
        ("File", page["path"]),
        ("Features", f"{page['features']:,}, of which {page['shown']:,} are drawn"),
        ("Reference system", f"{_short(page['crs'])} ({_SOURCES.get(page['crs_source'], page['crs_source'])})"),
        ("Units", f"coordinates in {page['units']['coordinates']}, heights in {page['units']['heights']}s"),
    ]
    if heights is not None:
        column = f' from "{heights["field"]}"' if heights["field"] else ""
        lines.append(("Heights", f"{heights['known']:,} known{column}, {heights['estimated']:,} estimated"))
    newest = f'; newest entry {age["newest"]} ("{age["field"]}")' if age["newest"] else ""
    lines.append(("Age", f"file of {age['file'] or 'unknown date'}{newest}"))
    stated = f" (says {licence['stated_in']})" if licence["stated_in"] else ""
    lines.append(("Licence", f"{licence['name'] or 'not stated'}{stated}"))
    if page["attribution"]:
        lines.append(("Credit", page["attribution"]))
    return [(name, str(text)) for name, text in lines if text]


_SOURCES = {
    "stated": "stated by the file",
    "guessed": "guessed from the numbers",
    "given": "given by you",
}


def _short(crs: str | None) -> str:
    if crs is None or len(crs) < 40:
        return crs or "none"
    return crs.split('"')[1] if '"' in crs else crs[:40]


def _things(page: Mapping[str, Any]) -> str:
    return "buildings" if page["heights"] is not None else "rows"


def _counted(page: Mapping[str, Any], count: int, what: str) -> str:
    """Return a count with what is said of so many: "1 building is ...", "7 buildings are ..."."""
    if count != 1:
        return f"{count:,} {_things(page)} {what}"
    verb, _, rest = what.partition(" ")
    return f"1 {_things(page)[:-1]} {_OF_ONE.get(verb, verb)} {rest}"


_OF_ONE = {"are": "is", "lie": "lies", "hold": "holds"}


def _of_heights(page: Mapping[str, Any]) -> list[Finding]:
    heights = page["heights"]
    if heights is None or not heights["known"] + heights["estimated"]:
        return []
    share, estimated = heights["estimated_share"], heights["estimated"]
    if not estimated:
        return [Finding(Severity.GOOD, "Every height was measured.")]
    severity = Severity.LOOK if share >= MANY_ESTIMATED else Severity.NOTE
    return [Finding(severity, f"{estimated:,} heights ({share:.0%}) are estimates, and are marked so.")]


def _of_duplicates(page: Mapping[str, Any]) -> list[Finding]:
    shape, name = page["duplicates"]["geometry"], page["duplicates"]["id"]
    found = []
    if shape["count"]:
        sentence = f"{_counted(page, shape['count'], 'are there twice')}: same place, same outline."
        found.append(Finding(Severity.LOOK, sentence, tuple(shape["rows"])))
    if name["count"]:
        sentence = f'{name["count"]:,} rows have an id in "{name["field"]}" that another row has too.'
        found.append(Finding(Severity.LOOK, sentence, tuple(name["rows"])))
    return found


def _of_standing(page: Mapping[str, Any]) -> list[Finding]:
    found = []
    for key, word in (("floating", "float above"), ("sunken", "are sunken into")):
        misfit = page[key]
        if misfit is not None and misfit["count"]:
            sentence = f"{misfit['count']:,} buildings {word} the ground, by up to {misfit['by_m'][0]:g} m."
            found.append(Finding(Severity.LOOK, sentence, tuple(misfit["rows"])))
    ground = page["ground"]
    if ground is not None and ground["without_ground"]:
        found.append(Finding(Severity.LOOK, f"{ground['without_ground']:,} buildings have no terrain under them."))
    return found


def _problem(severity: Severity, problem: Mapping[str, Any]) -> Finding:
    rows = tuple(e for e in problem["examples"] if isinstance(e, int))
    return Finding(severity, f"{problem['count']:,} {problem['what']}.", () if severity is Severity.LOOK else rows)


def _of_joins(page: Mapping[str, Any]) -> list[Finding]:
    found = []
    for join in page["join"]:
        table = str(join["table"]).replace("\\", "/").rsplit("/", 1)[-1] or "A table"
        severity = Severity.LOOK if join["rate"] < LOW_RATE else Severity.GOOD
        sentence = f"{table}: {join['matched']:,} of {join['rows']:,} rows have a match ({join['rate']:.1%})."
        found.append(Finding(severity, sentence))
    return found


def _of_origin(page: Mapping[str, Any]) -> list[Finding]:
    found = []
    if not page["licence"]["name"]:
        sentence = "No licence is stated, neither in the file nor beside it. Ask who gave it to you."
        found.append(Finding(Severity.LOOK, sentence))
    years = page["age"]["years"]
    if years is not None and years >= OLD_YEARS:
        found.append(Finding(Severity.NOTE, f"The data is {years:g} years old."))
    if not page["personal"]:
        found.append(Finding(Severity.GOOD, "No column looks as if it were about people."))
    return found
