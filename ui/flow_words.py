"""The sentences of flows from tables; a part of words.py."""

from __future__ import annotations

from collections.abc import Sequence

from twin.placed_flows import FlowFacts, Flows

TITLE = "Flows from a table"
NAME = "Name"
FROM, TO = "From", "To"
FROM_TIP = "The column that says where each row begins: the id of a feature, or east (lon, x) of the place"
TO_TIP = "The column that says where each row ends"
ENDS = "The ends are"
BY_ID, BY_PLACE = "ids of a layer's features", "coordinates"
LAYER, KEY, LABEL = "Layer", "Its column of ids", "Its column of names"
KEY_TIP = "The column of the layer that holds the same ids; 007, 7 and 7.0 are one"
FROM_Y, TO_Y = "From, north (lat, y)", "To, north (lat, y)"
CRS, CRS_HINT = "CRS of the coordinates", "longitude and latitude; or such as EPSG:25832"
VALUE, COUNTED = "How much", "count the rows"
TIME, HOUR = "When", "Hour"
NONE = "\u2013"
MATRIX = "each column is one (a matrix)"
NOTHING_YET = "Choose a table."
SHOW = "Show"
NO_LAYERS = "Open a layer first: flows go between its features, or need its place on the map."
PERSONAL = "looks as if it were about people and is not proposed"
REMOVE, SHOW_HIDE, STYLE, MORE_ZOOM = "Remove", "Show or hide", "How it is drawn", "Zoom to its arcs"
READING = "Reading \u2026"
DROPPED = "This table says from where to where: shown as flows. To join or open it otherwise, use the menus."


def match(facts: FlowFacts) -> str:
    """Return how well the rows of a table could be placed."""
    share = f" ({facts.placed / facts.rows:.1%})" if facts.rows else ""
    told = f"{facts.placed:,} of {facts.rows:,} rows{share} begin and end somewhere known: {facts.pairs:,} pairs."
    if facts.unplaced:
        such = f", such as {', '.join(facts.examples[:3])}" if facts.examples else ""
        told += f" {facts.unplaced:,} rows have an end that is nowhere ({facts.unmatched:,} ids{such})."
    if facts.unusable:
        told += f" {facts.unusable:,} say no from, to, number or time."
    return told


def notes(flows: Flows, withheld: Sequence[str] = ()) -> str:
    """Return what else is to be said before flows are accepted."""
    lines = [s for s in flows.report.sentences() if "begin or end at one of" not in s]
    span, steps = flows.times.span_s, len(flows.times.steps_s)
    if steps:
        lines.append(f"{steps:,} steps of time; they follow the clock." if span else f"{steps:,} hours of any day.")
    lines += [f'"{name}" {PERSONAL}.' for name in withheld]
    return "\n".join(lines)


def state(flows: Flows) -> str:
    """Return how it stands with flows, in a line of the layer panel."""
    facts = flows.facts
    told = f"{facts.pairs:,} pairs \u00b7 {facts.total:,.0f} in all"
    return f"{told} \u00b7 {facts.unplaced:,} of {facts.rows:,} rows not placed" if facts.unplaced else told


def shown(name: str, facts: FlowFacts) -> str:
    """Return that flows are shown now."""
    return f"{name}: {match(facts)}"
