"""Areas of rules that are named after a feature of a layer: found in the layers that are open. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
import shapely

from twin.alarms import Ring, rule_from_text
from twin.derived import category_column
from twin.errors import RuleError, TwinError
from twin.feed import FeedWish, WatchRule
from twin.layer import Layer
from twin.live_rows import shapes_of
from twin.place import lonlat_from_local
from twin.session import Session

MOST_NAMES = 2000
MOST_FEATURES = 20_000
"""A layer with more rows is looked at only if the rule names it."""


def rules_for(rules: Sequence[WatchRule], wish: FeedWish) -> tuple[WatchRule, ...]:
    """Return the rules that are about a feed: those that name it and those that name none, then its own."""
    mine = [r for r in rules if r.feed.casefold() in ("", wish.id.casefold(), wish.name.casefold())]
    return (*mine, *(r for r in wish.rules if r not in mine))


def placed_rules(rules: Sequence[WatchRule], session: Session) -> tuple[WatchRule, ...]:
    """Return rules with the rings of the features that they name; one whose feature is not there stays without."""
    return tuple(_placed(rule, session) for rule in rules)


def _placed(rule: WatchRule, session: Session) -> WatchRule:
    place = rule.place
    if not place:
        try:
            place = rule_from_text(rule.text).place
        except RuleError:
            return rule
    if not place:
        return rule
    rings = rings_called(place, session, rule.layer)
    return replace(rule, area=rings[0], rings=rings[1:]) if rings else rule


def rings_called(name: str, session: Session, layer: str = "") -> tuple[Ring, ...]:
    """Return the rings of all features of a name, WGS84 degrees: of the first layer that has one, none if none has.

    layer   the layer's id or name; "" looks in all whose features are areas
    """
    names = {state.layer_id: state.name for state in session.composition.layers}
    for one in _asked(session.layers, names, layer).values():
        rows = _rows_called(one, name)
        if rows and session.frame is not None:
            shapes, row = shapes_of(one)
            whole = shapely.union_all(shapely.make_valid(shapes[np.isin(row, rows)]))
            if rings := _rings(whole, session):
                return rings
    return ()


def names_near(name: str, session: Session, layer: str = "", most: int = 12) -> list[str]:
    """Return what areas are called, the most similar first: for a name that is nowhere."""
    names = {state.layer_id: state.name for state in session.composition.layers}
    known: dict[str, None] = {}
    for one in _asked(session.layers, names, layer).values():
        for field, kind in one.table.fields().items():
            if kind == "text" and len(known) < MOST_NAMES:
                known |= dict.fromkeys(str(v) for v in category_column(one.table, field).values[:MOST_NAMES])
    return get_close_matches(name, known, most, cutoff=0.0)


def _asked(layers: Mapping[str, Layer], names: Mapping[str, str], asked: str) -> dict[str, Layer]:
    if asked:
        wanted = asked.casefold()
        called = {i: (i, one.info.name, names.get(i, "")) for i, one in layers.items()}
        return {i: layers[i] for i, known in called.items() if wanted in map(str.casefold, known)}
    few = {i: one for i, one in layers.items() if len(one.table) <= MOST_FEATURES}
    return dict(sorted(few.items(), key=lambda item: item[1].tiles is not None))  # districts before buildings


def _rows_called(layer: Layer, name: str) -> list[int]:
    wanted = name.strip().casefold()
    for field, kind in layer.table.fields().items():
        if kind != "text":
            continue
        try:
            column = category_column(layer.table, field)
        except TwinError:
            continue
        code = next((i for i, value in enumerate(column.values) if str(value).strip().casefold() == wanted), -1)
        if code >= 0 and column.codes is not None:
            return [int(row) for row in np.flatnonzero(column.codes == code)]
    return []


def _rings(shape: shapely.Geometry, session: Session) -> tuple[Ring, ...]:
    assert session.frame is not None
    rings: list[Ring] = []
    for part in shapely.get_parts(shape):
        if part.geom_type != "Polygon":
            continue
        for line in (part.exterior, *part.interiors):
            lonlat = lonlat_from_local(session.frame, shapely.get_coordinates(line)[:-1])
            rings.append(tuple((float(x), float(y)) for x, y in lonlat))
    return tuple(rings)
