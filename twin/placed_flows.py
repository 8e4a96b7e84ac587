"""Flows whose ends are known, and what of them is shown at a moment: a frame like those of feeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo

import numpy as np
import numpy.typing as npt

from twin.derived import category_column
from twin.entities import EntityFrame
from twin.errors import LayerError
from twin.flow_ends import FlowEnds, flow_ends
from twin.flow_times import FlowTimes
from twin.flows import FlowRows, FlowTable
from twin.keys import Folding
from twin.layer import Layer
from twin.place import transformer
from twin.report import EXAMPLES_KEPT, Report

FloatArray = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

BOTH_WAYS = "\u21c4 "
"""Before the name of a value, in the spans of a frame: its sizes if both directions are one."""
MOST_PAIRS = 200_000
ARROW = " \u2192 "


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """How well it went, counted in rows of the table."""

    rows: int
    placed: int
    """Rows whose ends are both known and that can be used."""
    unplaced: int
    """Rows with an end that no feature of the layer has the id of."""
    unusable: int
    """Rows without an end, a number or a time."""
    pairs: int
    """Different pairs of from and to among those placed."""
    loops: int
    """Pairs that end where they begin."""
    ends: int
    """Different ends that are known."""
    unmatched: int
    """Different ends that no feature has the id of."""
    examples: tuple[str, ...] = ()
    """Some of them."""
    total: float = 0.0
    """What flows in the rows placed, all times together."""


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """Flows whose ends are known: p pairs over t steps."""

    wish: FlowTable
    ids: npt.NDArray[np.object_]
    """(p,) str: what people read of a pair."""
    begin: FloatArray
    """(p, 2) WGS84 degrees."""
    end: FloatArray
    pair: Places
    """(n,) the pair of each value."""
    step: Places
    """(n,) the step of each value."""
    value: FloatArray
    """(n,)."""
    times: FlowTimes
    facts: FlowFacts
    report: Report
    _kept: dict[object, EntityFrame] = field(default_factory=dict)
    _kept_spans: dict[str, tuple[float, float]] = field(default_factory=dict)

    def frame(self, moment_s: float | None, zone: tzinfo = UTC) -> EntityFrame:
        """Return what flows at a moment; None puts all times together. The same moment of a step, the same frame."""
        step = None if moment_s is None or not len(self.times.steps_s) else self.times.at(moment_s, zone)
        key = (step, str(zone))
        if key not in self._kept:
            if len(self._kept) > 64:
                self._kept.clear()
            self._kept[key] = self._made(step, zone)
        return self._kept[key]

    def _made(self, step: int | None, zone: tzinfo) -> EntityFrame:
        chosen = slice(None) if step is None else self.step == step
        n = len(self.ids)
        value = np.bincount(self.pair[chosen], weights=self.value[chosen], minlength=n).astype(np.float64)
        value[np.bincount(self.pair[chosen], minlength=n) == 0] = np.nan
        nan = np.full(n, np.nan)
        name = self.wish.value_name
        when = "" if step is None else self.times.told(step, zone)
        if step is None and len(self.times.steps_s) > 1:
            when = f"All {len(self.times.steps_s):,} times together"
        lost = self.facts.unplaced
        missing = f"{lost:,} of {self.facts.rows:,} rows could not be placed" if lost else ""
        at_s = 0.0 if step is None else float(self.times.steps_s[step])
        return EntityFrame(
            self.wish.id, self.ids, self.begin, nan, nan, nan, nan, {name: value}, at_s, end_lonlat=self.end,
            spans={} if step is None else self._spans(name),
            note="".join(f"{part}. " for part in (when, missing) if part).strip(),
        )  # fmt: skip

    def _spans(self, name: str) -> dict[str, tuple[float, float]]:
        """Return the usual and the largest size in all steps: one way, and both ways as one."""
        if not self._kept_spans:
            low, high = np.minimum(self.begin, self.end), np.maximum(self.begin, self.end)
            _, both = np.unique(np.round(np.concatenate([low, high], axis=1), 7), axis=0, return_inverse=True)
            is_way = (self.begin != self.end).any(axis=1)[self.pair]
            step, pair, value = self.step[is_way], self.pair[is_way], self.value[is_way]
            self._kept_spans[name] = _usual_and_largest(step, pair, value)
            self._kept_spans[BOTH_WAYS + name] = _usual_and_largest(step, both.ravel()[pair], value)
        return self._kept_spans


def _usual_and_largest(step: Places, pair: Places, value: FloatArray) -> tuple[float, float]:
    if not len(value):
        return 0.0, 1.0
    _, place = np.unique(step * (int(pair.max()) + 1) + pair, return_inverse=True)
    sums = np.abs(np.bincount(place, weights=value))
    return float(np.median(sums)), float(sums.max())


def place_flows(rows: FlowRows, wish: FlowTable, layer: Layer | None) -> Flows:
    """Return the flows of a table with their ends where they are.

    layer    whose features the ends are; None where the table says it
    raises   LayerError   it is needed, and not there
             ColumnError  it has no such column
    """
    report = Report([*rows.report.problems])
    if rows.places is None:
        if layer is None:
            raise LayerError(
                "The layer whose features the flows go between is not open.",
                hint="Open it, or choose another one: layer=NAME.",
                layer=wish.layer_id,
            )
        ends = flow_ends(layer, wish.key, rows.names)
        _tell(ends, layer, wish, report)
    else:
        ends = FlowEnds(np.arange(len(rows.names)), _lonlat(rows.places, wish.crs))
    is_there = np.asarray(np.isfinite(ends.lonlat).all(axis=1), bool)
    is_placed = is_there[rows.origin] & is_there[rows.destination] if len(rows.origin) else np.zeros(0, bool)
    lost = np.zeros(len(rows.names), bool)
    lost[rows.origin] = lost[rows.destination] = True
    lost &= ~is_there
    examples = tuple(str(name) for name in rows.names[lost][:EXAMPLES_KEPT].tolist())
    whose = f'no feature of "{layer.info.name}" has in "{wish.key}"' if layer is not None else "cannot be placed"
    unplaced = int(rows.count[~is_placed].sum())
    report.add(f"rows begin or end at one of {int(lost.sum()):,} ids that {whose}, such as {', '.join(examples)}",
               count=unplaced, is_loss=True)  # fmt: skip
    return _paired(rows, wish, is_placed, (ends, _labels(rows, ends, wish, layer)), report, (lost, examples))


def _paired(
    rows: FlowRows, wish: FlowTable, is_placed: npt.NDArray[np.bool_], ends: tuple[FlowEnds, npt.NDArray[np.object_]],
    report: Report, unmatched: tuple[npt.NDArray[np.bool_], tuple[str, ...]],
) -> Flows:  # fmt: skip
    k = max(len(rows.names), 1)
    used = np.flatnonzero(is_placed)
    same = _first_of_same(ends[0].row)  # "007" and "7" are one feature
    pairs, pair = np.unique(same[rows.origin[used]] * k + same[rows.destination[used]], return_inverse=True)
    value, step = rows.value[used], rows.step[used]
    if len(pairs) > MOST_PAIRS:
        size = np.abs(np.bincount(pair, weights=value))
        kept = np.sort(np.argsort(size)[-MOST_PAIRS:])
        report.add(f"pairs are left out: only the {MOST_PAIRS:,} largest are kept", count=len(pairs) - MOST_PAIRS,
                   is_loss=True)  # fmt: skip
        number = np.full(len(pairs), -1, np.int64)
        number[kept] = np.arange(len(kept))
        stays = number[pair] >= 0
        pair, value, step, pairs = number[pair[stays]], value[stays], step[stays], pairs[kept]
    origin, destination = pairs // k, pairs % k
    placed, names = ends
    ids = np.empty(len(pairs), object)
    ids[:] = [f"{names[o]}{ARROW}{names[d]}" for o, d in zip(origin.tolist(), destination.tolist(), strict=True)]
    facts = FlowFacts(
        rows=rows.rows,
        placed=int(rows.count[is_placed].sum()),
        unplaced=int(rows.count[~is_placed].sum()),
        unusable=rows.rows - int(rows.count.sum()),
        pairs=len(pairs),
        loops=int((origin == destination).sum()),
        ends=len(np.unique(np.concatenate([origin, destination]))),
        unmatched=int(unmatched[0].sum()),
        examples=unmatched[1],
        total=float(value.sum()),
    )
    return Flows(
        wish, ids, placed.lonlat[origin], placed.lonlat[destination], pair, step, value, rows.times, facts, report
    )


def _first_of_same(row: Places) -> Places:
    """Return for each end the first one that is the same feature."""
    same = np.arange(len(row))
    known = np.flatnonzero(row >= 0)
    _, first, place = np.unique(row[known], return_index=True, return_inverse=True)
    same[known] = known[first[place]]
    return same


def _tell(ends: FlowEnds, layer: Layer, wish: FlowTable, report: Report) -> None:
    if ends.folding is not Folding.EXACT:
        what = "blanks and capitals" if ends.folding is Folding.TRIMMED else "leading zeros, blanks and capitals"
        report.add(
            f'ids were found in "{wish.key}" once {what} were looked away from', count=int((ends.row >= 0).sum())
        )
    report.add(f'ids are those of several rows of "{layer.info.name}"; the largest of each is taken',
               count=ends.several)  # fmt: skip


def _labels(rows: FlowRows, ends: FlowEnds, wish: FlowTable, layer: Layer | None) -> npt.NDArray[np.object_]:
    """Return what the ends are called: by the layer's column of names, else by their ids."""
    if layer is None or not wish.label or wish.label not in layer.table.fields():
        return rows.names
    text = category_column(layer.table, wish.label)
    assert text.codes is not None
    called = rows.names.copy()
    for place in np.flatnonzero(ends.row >= 0).tolist():
        code = int(text.codes[ends.row[place]])
        if code >= 0:
            called[place] = str(text.values[code]).strip() or called[place]
    return called


def _lonlat(places: FloatArray, crs: str) -> FloatArray:
    """Return places in WGS84 degrees.

    raises   pyproj's CRSError  there is no such CRS; data checks it before
    """
    if not crs:
        return places
    lon, lat = transformer(crs, "EPSG:4326").transform(places[:, 0], places[:, 1])
    lonlat = np.column_stack([lon, lat])
    lonlat[~np.isfinite(lonlat).all(axis=1)] = np.nan
    return lonlat
