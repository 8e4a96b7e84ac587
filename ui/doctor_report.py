"""The data doctor's pages as a web page or as text, to be sent to those who know the data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from twin.errors import SourceError
from ui import doctor_words as words
from ui.doctor_words import Severity

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; }
h2 { border-top: 1px solid #c9ced4; padding-top: 1rem; }
dt { color: #57606a; } dd { margin: 0 0 .5rem 0; overflow-wrap: anywhere; }
li { list-style: none; margin: .3rem 0; } ul { padding: 0; }
b { display: inline-block; min-width: 8rem; }
"""


def report_html(check: Mapping[str, Any]) -> str:
    """Return the answer of ui.doctoring.project_check as one web page that needs nothing else."""
    colours = words.COLORS["light"]
    rules = "".join(f".{s} b {{ color: {colours[s]}; }}\n" for s in Severity)
    day = datetime.now(UTC).date().isoformat()
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f"<title>{words.TITLE}</title><style>{_STYLE}{rules}</style></head><body>",
        f"<h1>{words.TITLE}</h1><p>{day}. {escape(words.open_questions(len(check['open_questions'])))}</p>",
    ]
    for page in check["layers"]:
        parts.append(f"<h2>{escape(page['name'])}</h2><dl>")
        parts += [f"<dt>{escape(n)}</dt><dd>{escape(t)}</dd>" for n, t in words.facts(page)]
        parts.append("</dl><ul>")
        for f in words.findings(page):
            mark = f"<b>{words.SIGNS[f.severity]} {words.NAMES[f.severity]}</b>"
            parts.append(f'<li class="{f.severity}">{mark} {escape(f.sentence)}</li>')
        parts.append("</ul>")
    return "\n".join([*parts, "</body></html>"])


def write_report(path: Path, check: Mapping[str, Any]) -> None:
    """Write the pages as a web page, or as text where the ending says so.

    raises   SourceError  it cannot be written
    """
    is_text = path.suffix.lower() in (".txt", ".md")
    text = "\n".join(words.report_lines(check)) + "\n" if is_text else report_html(check)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        sentence = f"The report could not be written ({error.strerror})."
        raise SourceError(sentence, hint=f"Choose another folder: {path}") from error
