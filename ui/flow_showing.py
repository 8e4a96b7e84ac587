"""Flows put into a session: read, placed, given a look, and shown at the clock's moment. No Qt here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.flows import flow_name, flows_of, proposed_flow
from data.tables import TableRead, read_table
from twin.clock import moment_text
from twin.errors import TwinError
from twin.flows import ALL_OTHERS, FlowTable, with_flow
from twin.live import LiveLook, Shape, with_look
from twin.placed_flows import Flows
from twin.report import Report
from twin.session import Session
from ui.flow_option import KEEPS_S, FlowWish, kept, path_and_sheet, settled_flow


def read_flow_table(wish: FlowTable) -> TableRead:
    """Read the table of flows; of several sheets the first that has the columns.

    raises   SourceError, LayerError, ColumnError  it cannot be read, or has no such column
    """
    first = wish.origin[0] if wish.origin else None
    column = first if len(wish.origin) == 1 or not wish.origin else None
    if len(wish.origin) == 1 and "+" in wish.origin[0]:
        column = None
    return read_table(wish.path, table=wish.table, header_row=wish.header_row, column=column)


def look_of_flow(flow: FlowTable, look: LiveLook | None = None) -> LiveLook:
    """Return the look that flows begin with."""
    usual = look or LiveLook("", shape=Shape.ARCS, glides=False, trail_s=0.0, stale_s=KEEPS_S)
    return replace(usual, feed_id=flow.id, name=flow.name, shape=Shape.ARCS, value=flow.value_name)


def free_id(name: str, session: Session) -> str:
    """Return an id made of a name that no flow, feed or layer has."""
    composition = session.composition
    taken = {*session.layers, *(f.id for f in composition.flows), *(f.id for f in composition.feeds)}
    slug = "flows-" + (re.sub(r"\W+", "-", name.lower()).strip("-") or "table")
    number, found = 2, slug
    while found in taken:
        found, number = f"{slug}-{number}", number + 1
    return found


def add_flows(session: Session, wish: FlowWish, *, is_undoable: bool = False) -> Flows:
    """Read flows and put them into the session with their look; they are shown at the clock's moment.

    raises   TwinError  they cannot be read or placed; nothing is changed
    """
    asked = path_and_sheet(wish.flow)
    read = read_flow_table(asked)
    stated = settled_flow(asked, session, read.table.fields())
    flow = proposed_flow(read, dict(session.layers), stated)
    name = flow.name or flow_name(flow.path)
    flow = kept(replace(flow, id=free_id(name, session), name=name))
    flows = flows_of(read, flow, session.layers)
    put_flow(session, flow, look_of_flow(flow, wish.look), is_undoable=is_undoable)
    show_moment(session, flows)
    return flows


def put_flow(session: Session, flow: FlowTable, look: LiveLook, *, is_undoable: bool = True) -> None:
    """Put flows and their look into the composition, in the place of those of the same id."""
    composition = session.composition
    made = replace(
        composition, flows=with_flow(composition.flows, flow), live=with_look(composition.live, look)
    )  # fmt: skip
    session.set_composition(made, is_undoable=is_undoable)


def show_moment(session: Session, flows: Flows, zone: tzinfo | None = None) -> None:
    """Put the frame of the clock's moment into the session, unless it is there.

    zone   that hours of the day are in; None takes the clock's own, else UTC
    """
    frame = flows.frame(session.clock.moment_s(flows.wish.id), zone or _zone(session.clock.zone))
    if session.frames.get(flows.wish.id) is not frame:
        session.put_frame(flows.wish.id, frame)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def show_kept_flows(session: Session) -> tuple[dict[str, Flows], Report]:
    """Read the flows that a composition names and show them; those that cannot be had are told and stay in it."""
    report, shown = Report(), {}
    for flow in session.composition.flows:
        try:
            flows = flows_of(read_flow_table(flow), flow, session.layers)
        except (TwinError, OSError) as error:
            report.add(f'flows "{flow.name}" cannot be shown: {error}', count=1, is_loss=True)
            continue
        shown[flow.id] = flows
        show_moment(session, flows)
    return shown, report


def flows_answer(shown: Sequence[Flows], session: Session) -> list[dict[str, object]]:
    """Return what `--json` says of flows."""
    told = []
    for flows in shown:
        wish, facts, frame = flows.wish, flows.facts, session.frames.get(flows.wish.id)
        answer: dict[str, object] = {
            "id": wish.id,
            "from": "+".join(wish.origin),
            "to": "+".join(wish.destination),
            "value": wish.value_name,
            "layer": wish.layer_id or None,
            "key": wish.key or None,
            "rows": facts.rows,
            "matched": facts.placed,
            "unmatched": facts.unplaced,
            "unusable": facts.unusable,
            "unmatched_ids": facts.unmatched,
            "examples": list(facts.examples),
            "pairs": facts.pairs,
            "loops": facts.loops,
            "total": round(facts.total, 6),
            "steps": len(flows.times.steps_s),
        }
        span = flows.times.span_s
        if span is not None:
            answer["span"] = [moment_text(s) for s in span]
        if frame is not None:
            answer["shown"] = frame.note
        told.append(answer)
    return told


def flow_sentence(flows: Flows) -> str:
    """Return in a sentence what flows were understood as, and how well it went."""
    wish, facts = flows.wish, flows.facts
    to = "each column" if wish.destination == (ALL_OTHERS,) else " and ".join(wish.destination)
    ends = f' of "{wish.layer_id}" by "{wish.key}"' if wish.layer_id else ""
    return (
        f"{wish.name}: from {' and '.join(wish.origin)} to {to}{ends}, {wish.value_name}: {facts.placed:,} of "
        f"{facts.rows:,} rows placed, {facts.pairs:,} pairs"
    )
