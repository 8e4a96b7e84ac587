"""Join a table of 1 M rows to 1 M buildings by key, beside the bare pandas merge of the same columns.

Ours counts from two tables in memory to the facts, the report and every joined column as values; pandas to the merged
frame. They take turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
from measuring import machine, tell

from data.table import ArrowTable
from twin.join import Reduce, join

REPEATS = 5
TARGET = 1.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    args = parser.parse_args()
    random = np.random.default_rng(1)
    answer: dict[str, object] = {"machine": machine(), "rows": args.rows, "target": TARGET}
    for name, ids in keys(args.rows, random).items():
        left = pd.DataFrame({"id": random.permutation(ids), "height": random.random(args.rows)})
        right = pd.DataFrame(
            {"id": random.permutation(ids), "a": random.random(args.rows), "b": random.random(args.rows)}
        )
        answer[name] = compared(left, right, args.repeats)
    tell(answer)


def keys(count: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Return keys as cities have them: running numbers, long numbers, text."""
    return {
        "running numbers": np.arange(count),
        "long numbers": random.choice(2**40, count, replace=False),
        "text": np.array([f"B{number:07d}" for number in range(count)], object),
    }


def compared(left: pd.DataFrame, right: pd.DataFrame, repeats: int) -> dict[str, float]:
    """Return seconds of both, medians, and their ratio; the answers must be the same."""
    ours, theirs = ArrowTable(pa.Table.from_pandas(left)), ArrowTable(pa.Table.from_pandas(right))

    def joined() -> list[np.ndarray]:
        done = join(ours, theirs, left_key="id", right_key="id", reduce=Reduce.FIRST)
        return [done.table.column(name) for name in done.table.joined]

    def merged() -> pd.DataFrame:
        return left.merge(right, on="id", how="left")

    took: dict[str, list[float]] = {"citytwin_s": [], "pandas_s": []}
    for _ in range(repeats):
        took["citytwin_s"].append(seconds(joined))
        took["pandas_s"].append(seconds(merged))
    assert all(np.array_equal(a, merged()[name]) for a, name in zip(joined(), ("a", "b"), strict=True))
    medians = {name: round(statistics.median(times), 4) for name, times in took.items()}
    return medians | {"ratio": round(medians["citytwin_s"] / medians["pandas_s"], 2)}


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
