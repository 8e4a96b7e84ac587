"""Live things as columns: who, where, when and what was measured. The newest of each wins; memory is bounded.

A frame is a pure function of the batches that came and of the moment asked for, so that a replay of the same batches
gives the same frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Column = npt.NDArray[np.float64] | npt.NDArray[np.object_]
"""(n,) one value an entity: float64 with NaN where unknown, or object (str) with None where unknown."""

FUTURE_S = 300.0
"""An observation from farther ahead than this is taken as made when it arrived."""
MOST_ENTITIES = 200_000
MOST_VALUES = 64
DAY_S = 86_400.0
MANY = 1000
"""Names in a batch from which on it is worth asking whether they are those of the last one."""
PURGE_S = 10.0
"""How often those that have left are forgotten, by the clock of arrival."""
_NUMBERS = ("lon", "lat", "z_m", "time_s", "heading_rad", "speed_mps", "end_lon", "end_lat", "heard_s")


@dataclass(frozen=True, slots=True, eq=False)
class EntityBatch:
    """What one or more messages said, one row an observation, in the order they came."""

    ids: Sequence[str]
    """n names; one may come several times."""
    received_s: float
    """When the batch arrived, UTC epoch."""
    lon: FloatArray
    """(n,) WGS84 degrees; NaN where it was not said: the last known place stays."""
    lat: FloatArray
    time_s: FloatArray
    """(n,) UTC epoch of the observation; NaN where it was not said: the time of arrival counts."""
    z_m: FloatArray | None = None
    """(n,) metres above the ground; None or NaN where unknown."""
    heading_rad: FloatArray | None = None
    """(n,) clockwise from north."""
    speed_mps: FloatArray | None = None
    end_lon: FloatArray | None = None
    """(n,) where a flow goes to, WGS84 degrees."""
    end_lat: FloatArray | None = None
    values: Mapping[str, Column] = field(default_factory=dict)
    """(n,) of each thing measured; NaN or None where this message did not say it: the last known value stays."""

    def __len__(self) -> int:
        """Return the number of observations."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class EntityCounts:
    """What became of the observations, since the beginning."""

    observations: int = 0
    coalesced: int = 0
    """Replaced by a newer one of the same entity before any frame showed them."""
    late: int = 0
    """Older than what was known already: not shown."""
    duplicate: int = 0
    """The same entity, time and place as before."""
    future: int = 0
    """From more than FUTURE_S ahead: taken as made when they arrived."""
    dropped: int = 0
    """Not kept: there was no room for another entity or column."""
    left: int = 0
    """Entities that said nothing for their time and are gone."""


@dataclass(frozen=True, slots=True, eq=False)
class EntityFrame:
    """All entities of a feed at one moment: columns of the same length, read only."""

    feed_id: str
    ids: npt.NDArray[np.object_]
    """(n,) str. The same object as in the frame before while the entities and their order are the same."""
    lonlat: FloatArray
    """(n, 2) WGS84 degrees; NaN where no place is known."""
    z_m: FloatArray
    """(n,) metres above the ground; NaN where unknown."""
    time_s: FloatArray
    """(n,) UTC epoch of the newest observation."""
    heading_rad: FloatArray
    """(n,) clockwise from north; NaN where unknown."""
    speed_mps: FloatArray
    """(n,) NaN where unknown."""
    values: Mapping[str, Column]
    """By name, (n,) each: float64 with NaN, or object (str) with None."""
    at_s: float
    """The moment the frame is of, UTC epoch."""
    counts: EntityCounts = EntityCounts()
    end_lonlat: FloatArray | None = None
    """(n, 2) where flows go to, WGS84 degrees; None for what is no flow."""
    heard_s: FloatArray | None = None
    """(n,) when each was last heard of, by the feed's own clock: what it says may be older than that."""
    spans: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By name of a flow's value: its usual size and its largest at all times, so that colours hold for all of them."""
    note: str = ""
    """What is to be said of it in the legend."""

    def __len__(self) -> int:
        """Return the number of entities."""
        return len(self.ids)

    @property
    def age_s(self) -> FloatArray:
        """Return (n,) how old each observation is."""
        return np.asarray(self.at_s - self.time_s)


class Entities:
    """The newest known of each entity of one feed. Not safe between threads."""

    def __init__(
        self, feed_id: str = "", *, expiry_s: float = 300.0, most: int = MOST_ENTITIES, is_renamed_daily: bool = False
    ) -> None:
        """Start with none.

        expiry_s           an entity that was not heard of for this long is gone, however old what it says; 0 keeps all
        most               entities kept; further ones are dropped and counted
        is_renamed_daily   names are hashes that change at midnight UTC: yesterday's are forgotten with the first of
                           today, or each thing would be there twice
        """
        self.feed_id = feed_id
        self._is_renamed_daily = is_renamed_daily
        self.expiry_s = expiry_s if expiry_s > 0 else np.inf
        self.most = most
        self._row: dict[str, int] = {}
        self._ids: list[str] = []
        self._numbers: dict[str, FloatArray] = {name: np.empty(0) for name in _NUMBERS}
        self._values: dict[str, Column] = {}
        self._is_fresh = np.empty(0, bool)
        """Whether a row changed since the last frame."""
        self._purge_at_s = -np.inf
        self._counted = dict.fromkeys(EntityCounts.__dataclass_fields__, 0)
        self._shown: tuple[object, npt.NDArray[np.object_]] | None = None
        self._version = 0
        self.made = 0
        """How often an entity came that was not known."""
        self._last_rows: tuple[int, Sequence[str], npt.NDArray[np.intp]] | None = None
        """The rows of the last large batch: sources that send everything send the same names again and again."""

    def __len__(self) -> int:
        """Return the number of entities held, those included that have left but are not yet forgotten."""
        return len(self._ids)

    @property
    def counts(self) -> EntityCounts:
        """Return what became of the observations so far."""
        return EntityCounts(**self._counted)

    def update(self, batch: EntityBatch) -> None:
        """Take a batch: the newest of each entity stays."""
        if not len(batch):
            return
        self._counted["observations"] += len(batch)
        if self._is_renamed_daily:
            self._forget_yesterday(batch.received_s)
        if batch.received_s >= self._purge_at_s or batch.received_s < self._purge_at_s - 2 * PURGE_S:
            self._purge(batch.received_s)
        rows = self._rows(batch.ids)
        times = self._times(batch)
        rows, taken = self._newest(rows, times, batch)
        self._write(rows, taken, times, batch)

    def frame(self, at_s: float, *, is_shown: bool = True) -> EntityFrame:
        """Return all entities at a moment; those too old by then are left out.

        is_shown   whether people see it: what came since the last one they saw is counted as coalesced
        """
        n = len(self._ids)
        numbers = {name: column[:n] for name, column in self._numbers.items()}
        is_here = at_s - numbers["heard_s"] <= self.expiry_s
        rows = slice(None) if is_here.all() else np.flatnonzero(is_here)
        if is_shown:
            self._is_fresh[:] = False
        ends = np.column_stack([numbers["end_lon"][rows], numbers["end_lat"][rows]])
        return EntityFrame(
            self.feed_id,
            self._shown_ids(rows, is_here),
            np.column_stack([numbers["lon"][rows], numbers["lat"][rows]]),
            z_m=numbers["z_m"][rows].copy(),
            time_s=numbers["time_s"][rows].copy(),
            heading_rad=numbers["heading_rad"][rows].copy(),
            speed_mps=numbers["speed_mps"][rows].copy(),
            values={name: column[:n][rows].copy() for name, column in self._values.items()},
            at_s=at_s,
            counts=self.counts,
            end_lonlat=ends if np.isfinite(ends).any() else None,
            heard_s=numbers["heard_s"][rows].copy(),
        )

    def clear(self) -> None:
        """Forget all entities; the counts stay."""
        self._keep(np.zeros(len(self._ids), bool))

    # kept and taken up again

    def columns(self) -> dict[str, Column]:
        """Return all that is known, by name, those included that have left: what `restore` takes."""
        n = len(self._ids)
        ids = np.empty(n, object)
        ids[:] = self._ids
        numbers = {name: column[:n].copy() for name, column in self._numbers.items()}
        return {"id": ids, **numbers, **{f"value {name}": c[:n].copy() for name, c in self._values.items()}}

    def restore(self, columns: Mapping[str, Column], *, purge_at_s: float) -> None:
        """Go back to what `columns` said at another moment."""
        self._ids = [str(i) for i in columns["id"]]
        self._row = {name: row for row, name in enumerate(self._ids)}
        n = len(self._ids)
        self._numbers = {name: np.array(columns.get(name, np.full(n, np.nan)), float) for name in _NUMBERS}
        self._values = {k.removeprefix("value "): v.copy() for k, v in columns.items() if k.startswith("value ")}
        self._is_fresh = np.zeros(n, bool)
        self._purge_at_s = purge_at_s
        self._version += 1

    @property
    def purge_at_s(self) -> float:
        """Return when those that have left are forgotten next, by the clock of arrival."""
        return self._purge_at_s

    # rows

    def _shown_ids(self, rows: slice | npt.NDArray[np.intp], is_here: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
        key = (self._version, is_here.tobytes() if not isinstance(rows, slice) else len(self._ids))
        if self._shown is None or self._shown[0] != key:
            ids = np.empty(len(self._ids), object)
            ids[:] = self._ids
            self._shown = key, ids[rows]
        return self._shown[1]

    def _rows(self, ids: Sequence[str]) -> npt.NDArray[np.intp]:
        """Return the row of each id, new ones made; -1 where there is no room."""
        row, last = self._row, self._last_rows
        is_many = len(ids) >= MANY and type(ids) is list
        if is_many and last is not None and last[0] == self._version and last[1] == ids:
            return last[2]
        try:
            rows = np.fromiter(map(row.__getitem__, ids), np.intp, len(ids))
        except KeyError:
            pass
        else:
            self._last_rows = (self._version, ids, rows) if is_many else last
            return rows
        for name in ids:
            if name not in row and len(self._ids) < self.most:
                row[name] = len(self._ids)
                self._ids.append(name)
                self.made += 1
        self._grow(len(self._ids))
        rows = np.fromiter((row.get(i, -1) for i in ids), np.intp, len(ids))
        self._counted["dropped"] += int((rows < 0).sum())
        return rows

    def _grow(self, n: int) -> None:
        have = len(self._is_fresh)
        if n <= have:
            return
        size = max(n, have * 2, 64)
        for name, numbers in self._numbers.items():
            self._numbers[name] = np.concatenate([numbers, np.full(size - len(numbers), np.nan)])
        for name, values in self._values.items():
            self._values[name] = _longer(values, size)
        self._is_fresh = np.concatenate([self._is_fresh, np.zeros(size - have, bool)])

    def _purge(self, now_s: float) -> None:
        self._purge_at_s = now_s + PURGE_S
        n = len(self._ids)
        is_kept = now_s - self._numbers["heard_s"][:n] <= self.expiry_s
        if not is_kept.all():
            self._counted["left"] += int((~is_kept).sum())
            self._keep(is_kept)

    def _forget_yesterday(self, now_s: float) -> None:
        n = len(self._ids)
        if n and float(np.nanmax(self._numbers["heard_s"][:n])) // DAY_S != now_s // DAY_S:
            self._counted["left"] += n
            self.clear()

    def _keep(self, is_kept: npt.NDArray[np.bool_]) -> None:
        n, rows = len(self._ids), np.flatnonzero(is_kept)
        self._ids = [self._ids[r] for r in rows]
        self._row = {name: row for row, name in enumerate(self._ids)}
        self._numbers = {name: column[:n][rows] for name, column in self._numbers.items()}
        self._values = {name: column[:n][rows] for name, column in self._values.items()}
        self._is_fresh = self._is_fresh[:n][rows]
        self._version += 1

    # newest wins

    def _times(self, batch: EntityBatch) -> FloatArray:
        times = np.array(batch.time_s, float)
        is_future = times > batch.received_s + FUTURE_S
        self._counted["future"] += int(is_future.sum())
        times[is_future | ~np.isfinite(times)] = batch.received_s
        return times

    def _newest(
        self, rows: npt.NDArray[np.intp], times: FloatArray, batch: EntityBatch
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return rows and places in the batch of what is taken, the newest last; the others are counted."""
        n = len(self._ids)
        known = self._numbers["time_s"]
        known[:n][known[:n] > batch.received_s + FUTURE_S] = -np.inf  # the clock went back: nothing is newer than now
        self._reset(rows[rows >= 0], batch.received_s)
        order = np.lexsort((times, rows))  # stable: what came later stands behind its equals
        order = order[rows[order] >= 0]
        r, t = rows[order], times[order]
        before = known[r]
        is_late, is_same = t < before, (t == before) & self._is_repeated(r, order, batch)
        is_same[1:] |= (r[1:] == r[:-1]) & (t[1:] == t[:-1]) & _is_as_before(order, batch)
        self._counted["late"] += int((is_late | _is_behind(r, order)).sum())
        self._counted["duplicate"] += int(is_same.sum())
        is_taken = ~is_late & ~is_same
        taken = r[is_taken]
        if len(taken):
            is_first = np.r_[True, taken[1:] != taken[:-1]]  # sorted by row
            unseen = self._is_fresh[taken[is_first]] & ~np.isnan(before[is_taken][is_first])
            self._counted["coalesced"] += int((~is_first).sum() + unseen.sum())
        return taken, order[is_taken]

    def _is_repeated(
        self, rows: npt.NDArray[np.intp], order: npt.NDArray[np.intp], batch: EntityBatch
    ) -> npt.NDArray[np.bool_]:
        """Return whether each observation says nothing that is not known already."""
        is_same = _says_nothing_new(batch.lon[order], self._numbers["lon"][rows])
        is_same &= _says_nothing_new(batch.lat[order], self._numbers["lat"][rows])
        for name, column in batch.values.items():
            known = self._values.get(name)
            if known is None:
                return np.zeros(len(order), bool)
            is_same &= _says_nothing_new(column[order], known[rows])
        return np.asarray(is_same)

    def _reset(self, rows: npt.NDArray[np.intp], now_s: float) -> None:
        """Forget what was known of those that had left and come back."""
        heard = self._numbers["heard_s"]
        back = rows[now_s - heard[rows] > self.expiry_s]
        if len(back):
            for column in (*self._numbers.values(), *self._values.values()):
                column[back] = None if column.dtype == object else np.nan
        heard[rows] = now_s

    def _write(
        self, rows: npt.NDArray[np.intp], taken: npt.NDArray[np.intp], times: FloatArray, batch: EntityBatch
    ) -> None:
        self._numbers["time_s"][rows] = times[taken]
        for name in _NUMBERS:
            column = getattr(batch, name, None)
            if column is not None and name != "time_s":
                _put(self._numbers[name], rows, np.asarray(column, float)[taken])
        for name, values in batch.values.items():
            known = self._value_column(name, values)
            if known is not None:
                _put(known, rows, values[taken])
        self._is_fresh[rows] = True

    def _value_column(self, name: str, like: Column) -> Column | None:
        column = self._values.get(name)
        if column is None:
            if len(self._values) >= MOST_VALUES:
                self._counted["dropped"] += len(like)
                return None
            column = _longer(like[:0], len(self._is_fresh))
        elif column.dtype != object and like.dtype == object:  # words came where numbers were
            column = _as_words(column)
        self._values[name] = column
        return column


def _longer(column: Column, size: int) -> Column:
    filler = np.full(size - len(column), None if column.dtype == object else np.nan, column.dtype)
    return np.concatenate([column, filler])


def _as_words(column: Column) -> npt.NDArray[np.object_]:
    words = np.empty(len(column), object)
    words[:] = [None if np.isnan(v) else f"{v:g}" for v in column.tolist()]
    return words


def _put(column: Column, rows: npt.NDArray[np.intp], values: Column) -> None:
    """Write what is known; where a row comes several times, the last stays (NumPy assigns in order)."""
    if values.dtype == object:
        is_known = np.array([v is not None for v in values], bool)
    else:
        is_known = ~np.isnan(values.astype(float))
        if column.dtype == object:
            values = _as_words(values)
    column[rows[is_known]] = values[is_known]


def _says_nothing_new(said: Column, known: Column) -> npt.NDArray[np.bool_]:
    if said.dtype == object:
        return np.array([s is None or s == k for s, k in zip(said, known, strict=True)], bool)
    if known.dtype == object:
        return np.zeros(len(said), bool)
    return np.asarray(np.isnan(said.astype(float)) | (said == known))


def _is_as_before(order: npt.NDArray[np.intp], batch: EntityBatch) -> npt.NDArray[np.bool_]:
    """Return (n - 1,) whether each observation says nothing that the one sorted before it does not say."""
    now, before = order[1:], order[:-1]
    is_same = _says_nothing_new(batch.lon[now], batch.lon[before]) & _says_nothing_new(
        batch.lat[now], batch.lat[before]
    )
    for column in batch.values.values():
        is_same &= _says_nothing_new(column[now], column[before])
    return np.asarray(is_same)


def _is_behind(rows: npt.NDArray[np.intp], arrival: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Return whether each observation came after a newer one of its entity; sorted by entity, then time.

    Newer ones stand behind: one is late where any of them arrived before it.
    """
    if len(rows) < 2 or (rows[1:] != rows[:-1]).all():
        return np.zeros(len(rows), bool)
    group = np.cumsum(np.r_[0, rows[1:] != rows[:-1]])
    span = len(arrival) * 2 + int(arrival.max()) + 1
    earliest = np.minimum.accumulate((arrival + group * span)[::-1])[::-1] - group * span
    return np.asarray(earliest < arrival)
