"""Which columns of a table say from, to, how much and when, and whose features the ids are: proposed, best first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from twin.date_values import column_moments
from twin.derived import category_column, column_rows
from twin.flow_ends import found_in
from twin.flow_names import DESTINATION, NAMES, ORIGIN, TIME, VALUE, X, Y, is_named
from twin.flow_times import HOUR_WORDS, hours_of_day
from twin.flow_values import plain_numbers
from twin.flows import ALL_OTHERS, FlowTable, matrix_columns
from twin.layer import Kind, Layer
from twin.personal import personal_columns
from twin.table import Table

_SAMPLE = 400
_LEAST_RATE = 0.2
PLAIN_RATE = 0.6
"""From this share of rows on with both ends known, a table is plainly one of flows."""
MOST_KEYS_LOOKED_AT = 12
_DATE = re.compile(r"\d{1,4}[-./\u5e74]\s?\d{1,2}[-./\u6708]\s?\d{1,4}")


@dataclass(frozen=True, slots=True)
class FlowProposal:
    """What a table seems to say of flows."""

    flow: FlowTable
    """Without id, name and path."""
    rate: float
    """The share of its ends (of a sample) that are known, 0 to 1."""
    is_named: bool
    """Whether its columns are called from and to, in one language or another."""

    @property
    def is_plain(self) -> bool:
        """Return whether the table is plainly one of flows."""
        return self.is_named and self.rate >= PLAIN_RATE


def propose_flows(table: Table, layers: Mapping[str, Layer]) -> list[FlowProposal]:
    """Return what a table may say of flows, the likeliest first; none where it says nothing of the kind.

    Columns that look as if they were about people are never proposed.
    """
    if not len(table):
        return []
    withheld = {column.field for column in personal_columns(table)}
    fields = {name: kind for name, kind in table.fields().items() if name not in withheld}
    found = _by_coordinates(table, fields) + _by_ids(table, fields, layers) + _of_matrix(table, fields, layers)
    best = sorted(found, key=lambda one: (-one.is_named, -one.rate))
    return [replace(one, flow=with_rest(table, one.flow)) for one in best[:6]]


def with_rest(table: Table, flow: FlowTable) -> FlowTable:
    """Return flows with the columns of value and time that suit the ends chosen, where none are chosen yet."""
    taken = {*flow.origin, *flow.destination}
    rest = [n for n in table.fields() if n not in taken]
    time = flow.time or _time_columns(table, rest)
    value = flow.value or ("" if flow.destination == (ALL_OTHERS,) else _value_column(table, rest, {*taken, *time}))
    return replace(flow, time=time, value=value)


def label_of(layer: Layer, key: str) -> str:
    """Return the layer's column that says what its features are called; "" where the key does that."""
    for name, kind in layer.table.fields().items():
        if kind == "text" and name != key and NAMES.match(name):
            return name
    return ""


def _by_coordinates(table: Table, fields: Mapping[str, str]) -> list[FlowProposal]:
    numbers = [n for n, kind in fields.items() if kind in ("number", "text")]
    pairs = []
    for words in (ORIGIN, DESTINATION):
        x = [n for n in numbers if is_named(n, words) and is_named(n, X)]
        y = [n for n in numbers if is_named(n, words) and is_named(n, Y)]
        if not x or not y:
            return []
        pairs.append((x[0], y[0]))
    if {*pairs[0]} & {*pairs[1]}:
        return []
    columns = [plain_numbers(table, n) for n in (*pairs[0], *pairs[1])]
    known = np.all([np.isfinite(c) for c in columns], axis=0)
    if known.mean() < _LEAST_RATE:
        return []
    is_degrees = all(np.nanmax(np.abs(c)) <= most for c, most in zip(columns, (180, 90, 180, 90), strict=True))
    flow = FlowTable("", origin=pairs[0], destination=pairs[1])
    return [FlowProposal(flow, float(known.mean()) if is_degrees else _LEAST_RATE, is_named=True)]


def _by_ids(table: Table, fields: Mapping[str, str], layers: Mapping[str, Layer]) -> list[FlowProposal]:
    columns = [n for n, kind in fields.items() if kind in ("number", "text") and _may_be_ids(table, n)]
    found = []
    for layer in layers.values():
        if layer.info.kind in (Kind.TERRAIN, Kind.IMAGE):
            continue
        for key in keys_of(layer):
            rates = {n: _rate(table, n, layer, key) for n in columns}
            likely = [n for n in columns if rates[n] >= _LEAST_RATE]
            if len(likely) < 2:
                continue
            origin, destination, is_called = _sides(likely, rates)
            rate = min(rates[origin], rates[destination])
            flow = FlowTable("", origin=(origin,), destination=(destination,), layer_id=layer.info.id, key=key,
                             label=label_of(layer, key))  # fmt: skip
            found.append(FlowProposal(flow, rate, is_called))
    return found


def _sides(likely: list[str], rates: Mapping[str, float]) -> tuple[str, str, bool]:
    origins = sorted((n for n in likely if is_named(n, ORIGIN)), key=lambda n: -rates[n])
    ends = sorted((n for n in likely if is_named(n, DESTINATION) and n not in origins[:1]), key=lambda n: -rates[n])
    if origins and ends:
        return origins[0], ends[0], True
    by_rate = sorted(likely, key=lambda n: -rates[n])[:2]
    first, second = (n for n in likely if n in by_rate)
    return first, second, False


def _may_be_ids(table: Table, name: str) -> bool:
    rows = column_rows(table, name)
    if rows.dtype.kind == "f":
        known = rows[np.isfinite(rows)][:2000]
        return bool(len(known)) and not bool((known != np.floor(known)).any())
    return rows.dtype.kind == "O"


def keys_of(layer: Layer) -> list[str]:
    """Return the columns of a layer that tell its features apart, nearly; those called ids and names first."""
    found: list[tuple[bool, int, str]] = []
    for name, kind in layer.table.fields().items():
        if kind not in ("number", "text") or not _may_be_ids(layer.table, name):
            continue
        text = category_column(layer.table, name)
        assert text.codes is not None
        filled = int((text.codes >= 0).sum())
        if filled and len(text.values) >= 0.5 * filled and len(text.values) > 1:
            found.append((not re.search(r"id|code|key|nr|no$|geoid|name|nom", name.lower()), len(found), name))
    return [name for _, _, name in sorted(found)[:MOST_KEYS_LOOKED_AT]]


def _rate(table: Table, name: str, layer: Layer, key: str) -> float:
    """Return the share of a column's different values (of a sample) that are ids of a layer."""
    values = category_column(table, name).values
    sample = values[:: max(1, len(values) // _SAMPLE)]
    if len(sample) < 2:
        return 0.0
    place, _ = found_in(layer.table, key, sample)
    return float((place >= 0).mean())


def _of_matrix(table: Table, fields: Mapping[str, str], layers: Mapping[str, Layer]) -> list[FlowProposal]:
    first = next(iter(fields), "")
    if not first or not _may_be_ids(table, first):
        return []
    columns = matrix_columns(table, first)
    if len(columns) < 2 or len(columns) < 0.5 * (len(table.fields()) - 1):
        return []
    names = np.array([*columns, None], object)[:-1]
    best: FlowProposal | None = None
    for layer in layers.values():
        for key in keys_of(layer) if layer.info.kind not in (Kind.TERRAIN, Kind.IMAGE) else ():
            rate = float((found_in(layer.table, key, names)[0] >= 0).mean())
            if rate >= _LEAST_RATE and (best is None or rate > best.rate):
                flow = FlowTable("", origin=(first,), destination=(ALL_OTHERS,), layer_id=layer.info.id, key=key,
                                 label=label_of(layer, key))  # fmt: skip
                best = FlowProposal(flow, rate, is_named=True)
    return [] if best is None else [best]


def _value_column(table: Table, rest: list[str], taken: set[str]) -> str:
    numbers = [n for n in rest if n not in taken and _is_number(table, n) and not _is_place(n)]
    named = [n for n in numbers if is_named(n, VALUE)]
    if named:
        return named[0]
    plain = [n for n in numbers if not re.search(r"(^|[_ ])(id|nr|code|index|fid)$|^(id|fid|index|code)", n.lower())]
    return plain[0] if plain else ""


def _is_place(name: str) -> bool:
    is_end = is_named(name, X | Y) and is_named(name, ORIGIN | DESTINATION)
    return is_end or is_named(name, frozenset({"lon", "lat", "lng"}))


def _is_number(table: Table, name: str) -> bool:
    kind = table.fields()[name]
    if kind == "number":
        return True
    if kind != "text":
        return False
    numbers = plain_numbers(table, name)
    return bool(np.isfinite(numbers).mean() >= 0.8)


def _time_columns(table: Table, rest: list[str]) -> tuple[str, ...]:
    kinds = table.fields()
    hours = [
        n for n in rest if (HOUR_WORDS.search(n.lower()) or kinds[n] == "text") and hours_of_day(table, n) is not None
    ]
    likely = [n for n in rest if kinds[n] == "time" or is_named(n, TIME)]
    likely += [n for n in rest if n not in likely and kinds[n] == "text" and _are_written_dates(table, n)]
    days = []
    for name in likely:
        if name not in hours and _different(table, name) > 1:
            moments = column_moments(table, name)
            if np.isfinite(moments).mean() >= 0.9:
                days.append(name)
    hours = [n for n in hours if _different(table, n) > 1]
    if days and hours and not _has_hours(table, days[0]):
        return days[0], hours[0]
    return (days[0],) if days else (hours[0],) if hours else ()


def _are_written_dates(table: Table, name: str) -> bool:
    """Return whether words look like dates, so that it is worth reading all of them."""
    values = category_column(table, name).values
    return bool(len(values)) and all(_DATE.search(str(v)) for v in values[:: max(1, len(values) // 50)])


def _has_hours(table: Table, name: str) -> bool:
    moments = column_moments(table, name)
    known = moments[np.isfinite(moments)]
    return bool((known % 86_400 != 0).any())


def _different(table: Table, name: str) -> int:
    return len(category_column(table, name).values)
