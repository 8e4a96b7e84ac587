"""Flows from a table in a file or a database: read, checked, and put where a layer says that their ends are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pyproj import CRS
from pyproj.exceptions import CRSError

from data.database_address import is_address, without_password
from data.tables import TableRead
from twin.errors import ColumnError, UsageError
from twin.flow_proposals import FlowProposal, propose_flows
from twin.flows import FlowTable, flow_rows
from twin.layer import Layer
from twin.placed_flows import Flows, place_flows
from twin.report import Report


def flows_of(read: TableRead, wish: FlowTable, layers: Mapping[str, Layer]) -> Flows:
    """Return the flows of a table that was read.

    raises   ColumnError  there is no such column
             LayerError   the layer is not open
             UsageError   there is no such CRS
    """
    if wish.crs:
        try:
            CRS.from_user_input(wish.crs)
        except CRSError as error:
            raise UsageError(f'"{wish.crs}" is no CRS.', hint='Write it like "EPSG:25832".') from error
    rows = flow_rows(read.table, wish)
    flows = place_flows(rows, wish, layers.get(wish.layer_id) if not wish.is_placed else None)
    return replace(flows, report=Report([*read.report.problems, *flows.report.problems]))


def proposed_flow(read: TableRead, layers: Mapping[str, Layer], stated: FlowTable) -> FlowTable:
    """Return flows with what a person has not stated filled in from what the table proposes.

    raises   ColumnError  nothing can be proposed, and from and to are not stated
    """
    narrowed = {i: v for i, v in layers.items() if stated.layer_id in ("", i)}
    proposals = propose_flows(read.table, narrowed)
    best = next((p for p in proposals if _suits(p, stated)), None)
    if best is None:
        return _alone(read, layers, stated)
    found = best.flow
    return replace(
        stated,
        origin=stated.origin or found.origin,
        destination=stated.destination or found.destination,
        value=stated.value or found.value,
        time=stated.time or found.time,
        layer_id=stated.layer_id or found.layer_id,
        key=stated.key or found.key,
        label=stated.label or found.label,
    )


def _suits(proposal: FlowProposal, stated: FlowTable) -> bool:
    flow = proposal.flow
    return all(
        not said or said == proposed
        for said, proposed in (
            (stated.origin, flow.origin), (stated.destination, flow.destination), (stated.key, flow.key),
            (stated.layer_id, flow.layer_id),
        )
    )  # fmt: skip


def _alone(read: TableRead, layers: Mapping[str, Layer], stated: FlowTable) -> FlowTable:
    """Return what can be made of what was stated where no proposal has it: the layer whose ids suit best."""
    from twin.flow_ends import found_in  # noqa: PLC0415  only where nothing was proposed
    from twin.flow_proposals import keys_of, label_of, with_rest  # noqa: PLC0415  as above

    if not stated.origin or not stated.destination:
        names = ", ".join(list(read.table.fields())[:12])
        raise ColumnError(
            f'It is not plain which columns of "{read.name}" say from and to, or whose ids they hold.',
            hint=f"Say it: from=COLUMN,to=COLUMN,layer=LAYER,key=COLUMN. The columns are: {names}.",
            column="",
        )
    for name in (*stated.origin, *(n for n in stated.destination if n != "*")):
        read.table.column(name)  # says which columns there are
    if stated.origin[1:]:
        return with_rest(read.table, stated)
    best, most = stated, -1
    rows = flow_rows(read.table, replace(stated, time=(), value=""))
    for layer in layers.values():
        if stated.layer_id not in ("", layer.info.id):
            continue
        for key in (stated.key,) if stated.key else keys_of(layer):
            count = int((found_in(layer.table, key, rows.names)[0] >= 0).sum()) if key in layer.table.fields() else -1
            if count > most:
                most = count
                label = stated.label or label_of(layer, key)
                best = replace(stated, layer_id=layer.info.id, key=key, label=label)
    return with_rest(read.table, best)


def flow_name(path: str) -> str:
    """Return what flows are called until somebody names them: the table's file without its ending."""
    if is_address(path):
        return without_password(path).rpartition("/")[2].partition("?")[0] or "flows"
    return Path(os.fspath(path)).stem or "flows"
