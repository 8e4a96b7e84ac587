"""`--flows TABLE[,from=..,to=..,value=..,layer=..,key=..]`: what is meant by it."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass, replace

from data.database_address import without_password
from data.sources import split_layer
from twin.errors import LayerError, UsageError
from twin.flows import FlowTable
from twin.live import LiveLook, Shape
from twin.session import Session

FORM = "TABLE[,from=COLUMN,to=COLUMN,value=COLUMN,layer=LAYER,key=COLUMN]"
WORDS = (
    "from", "to", "value", "time", "layer", "key", "label", "crs", "sheet", "header", "name", "unit", "top", "least",
    "both", "width", "colormap", "color",
)  # fmt: skip
_WORD = re.compile(rf",\s*({'|'.join(WORDS)})\s*=", re.IGNORECASE)
KEEPS_S = 1e12
"""What stands in a table is never stale."""


@dataclass(frozen=True, slots=True)
class FlowWish:
    """Flows as they were written: which table, and how they are to look."""

    flow: FlowTable
    look: LiveLook


def add_flow_option(parser: argparse.ArgumentParser) -> None:
    """Declare --flows."""
    parser.add_argument(
        "--flows",
        dest="flows",
        metavar=FORM,
        type=flow_wish,
        action="append",
        default=[],
        help="draw flows as arcs: a table whose columns say from, to and how much. Ends are ids of a layer's features, "
        "or two columns each (from=lon+lat,to=lon2+lat2[,crs=EPSG:n]); to=* takes a matrix. What is not said is "
        "proposed. Also time=COLUMN (or DAY+HOUR), label=, sheet=, header=, name=, unit=, top=N (the N largest), "
        "least=VALUE, both=yes (both directions as one), width=, colormap=; may be given several times",
    )


def flow_wish(text: str) -> FlowWish:
    """Return what is meant.

    raises   argparse.ArgumentTypeError  a word is unknown, or a number is none
    """
    found = list(_WORD.finditer(text))
    path = text[: found[0].start()] if found else text
    said = {}
    for place, match in enumerate(found):
        end = found[place + 1].start() if place + 1 < len(found) else len(text)
        said[match[1].lower()] = text[match.end() : end].strip()
    if not path.strip() or re.search(r",\s*\w+=", path):
        shown = re.sub(r"(://[^:@/]*):[^@/]*@", r"\1@", text)
        msg = f'"{shown}" is not understood; write it as {FORM}. The words are: {", ".join(WORDS)}'
        raise argparse.ArgumentTypeError(msg)
    flow = FlowTable(
        "",
        said.get("name", ""),
        path.strip(),
        table=said.get("sheet"),
        header_row=round(_number(said["header"], "header")) if "header" in said else None,
        origin=_columns(said.get("from", "")),
        destination=_columns(said.get("to", "")),
        value=said.get("value", ""),
        time=_columns(said.get("time", "")),
        layer_id=said.get("layer", ""),
        key=said.get("key", ""),
        label=said.get("label", ""),
        crs=said.get("crs", ""),
    )
    return FlowWish(flow, _look(said))


def _look(said: dict[str, str]) -> LiveLook:
    usual = LiveLook("")
    return LiveLook(
        "",
        shape=Shape.ARCS,
        unit=said.get("unit", ""),
        color=said.get("color", ""),
        colormap=said.get("colormap", ""),
        glides=False,
        trail_s=0.0,
        stale_s=KEEPS_S,
        most=max(round(_number(said["top"], "top")), 0) if "top" in said else usual.most,
        least=_number(said["least"], "least") if "least" in said else 0.0,
        is_summed=said.get("both", "no").lower() in ("yes", "true", "1", "both"),
        width_px=max(_number(said["width"], "width"), 1.0) if "width" in said else usual.width_px,
    )


def _number(word: str, name: str) -> float:
    try:
        return float(word)
    except ValueError:
        msg = f'"{name}={word}" is no number'
        raise argparse.ArgumentTypeError(msg) from None


def _columns(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("+")) if text else ()


def in_table(columns: tuple[str, ...], fields: object) -> tuple[str, ...]:
    """Return columns as they were written, one whose name has a plus sign as one."""
    whole = "+".join(columns)
    return (whole,) if len(columns) > 1 and whole in fields else columns  # type: ignore[operator]


def settled_flow(wish: FlowTable, session: Session, fields: object) -> FlowTable:
    """Return flows with the layer's id, its name and its password told apart, and an id of their own.

    raises   LayerError  there is no such layer
    """
    layer_id = wish.layer_id
    if layer_id and layer_id not in session.layers:
        names = {layer.info.name.casefold(): i for i, layer in session.layers.items()}
        states = {s.name.casefold(): s.layer_id for s in session.composition.layers if s.name}
        found = {**names, **states}.get(layer_id.casefold())
        if found is None:
            known = ", ".join(session.layers) or "none"
            raise LayerError(f'There is no layer "{layer_id}".', hint=f"The layers are: {known}.", layer=layer_id)
        layer_id = found
    if any(len(columns) > 2 for columns in (wish.origin, wish.destination, wish.time)):
        raise UsageError("An end is one column of ids or two of coordinates.", hint="Write from=lon+lat,to=lon2+lat2.")
    return replace(
        wish,
        layer_id=layer_id,
        origin=in_table(wish.origin, fields),
        destination=in_table(wish.destination, fields),
        time=in_table(wish.time, fields),
    )


def path_and_sheet(wish: FlowTable) -> FlowTable:
    """Return flows with FILE:SHEET told apart, and without a password where they are kept."""
    path, sheet = split_layer(wish.path)
    if wish.table is None and sheet and "://" not in wish.path:
        return replace(wish, path=path, table=sheet)
    return wish


def kept(wish: FlowTable) -> FlowTable:
    """Return flows as a project keeps them: without a password."""
    return replace(wish, path=without_password(wish.path))
