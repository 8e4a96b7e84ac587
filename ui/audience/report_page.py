"""A report as one HTML page: plain, printable, readable by screen readers; every text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ui.audience.report_parts import Bars, Heading, Part, Rows, Shown, Text

STYLE = """
body { font: 17px/1.5 system-ui, sans-serif; color: #16202b; background: #fff; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 2rem; line-height: 1.2; } h2 { margin-top: 2.4rem; border-bottom: 2px solid #c3ccd6; padding-bottom: .2rem; }
.quiet { color: #4a5663; font-size: .92rem; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; } th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid #dde3e9; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.bar { display: grid; grid-template-columns: minmax(8rem, 2fr) 3fr auto; gap: .3rem .8rem; align-items: center; }
.bar div { background: #eef2f6; height: 1.1rem; border-radius: .3rem; } .bar div i { display: block; height: 100%; background: #2f6fa8; border-radius: .3rem; }
figure { margin: 1rem 0; } img { max-width: 100%; border: 1px solid #c3ccd6; border-radius: .4rem; } figcaption { color: #4a5663; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } tr, figure { break-inside: avoid; } }
"""  # noqa: E501  one rule a line


def page_of(parts: Sequence[Part], *, title: str) -> str:
    """Return the page; pictures are named by their files, which lie beside it."""
    body = "\n".join(_html(part) for part in parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><main>\n{body}\n</main></body></html>\n"
    )


def _html(part: Part) -> str:
    match part:
        case Heading(text, level):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Text(text, is_quiet):
            kind = ' class="quiet"' if is_quiet else ""
            return f"<p{kind}>{escape(text)}</p>"
        case Rows():
            return _table(part)
        case Bars(items):
            return _bars(items)
        case Shown(path, caption):
            words = escape(caption, quote=True)
            image = f'<img src="{escape(path.name, quote=True)}" alt="{words}">'
            return f"<figure>{image}<figcaption>{words}</figcaption></figure>"


def _table(part: Rows) -> str:
    kinds = [' class="number"' if column in part.numbers else "" for column in range(len(part.header))]
    head = "".join(f'<th scope="col"{kind}>{escape(t)}</th>' for t, kind in zip(part.header, kinds, strict=True))
    rows = "\n".join(
        "<tr>" + "".join(f"<td{kind}>{escape(t)}</td>" for t, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in part.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _bars(items: Sequence[tuple[str, float, str]]) -> str:
    most = max([length for _, length, _ in items] + [1.0])
    lines = "".join(
        f'<span>{escape(text)}</span><div aria-hidden="true"><i style="width:{100 * length / most:.1f}%"></i></div>'
        f"<b>{escape(figure)}</b>"
        for text, length, figure in items
    )
    return f'<div class="bar">{lines}</div>'
