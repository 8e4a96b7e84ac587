"""From medians to the tables: every number of every runner, and our ratios to the peers against the targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Medians = Mapping[str, Mapping[str, float]]
Row = dict[str, Any]

SMALL, MIDDLE, LARGE = 20_000, 200_000, 500_000
"""Cities up to the first are small, up to the second middling, from the third on large."""
COMPLETE = ((SMALL, 1.5), (MIDDLE, 0.7), (10**9, 0.35))
"""The complete first picture, as a share of the expert's, by the city's size."""
FULL, MOVING, NEAR = "citytwin full overview", "citytwin moving overview", "citytwin moving near"
COLUMNS = {
    "load_s": "read, s",
    "first_frame_s": "first buildings, s",
    "complete_s": "complete, s",
    "overview_ms": "overview frame, ms",
    "near_ms": "near frame, ms",
    "pick_ms": "pick, ms",
    "restyle_ms": "recolour, ms",
    "peak_mb": "peak, MB",
    "held_mb": "really held, MB",
}


def rows_for(buildings: int, medians: Medians) -> list[Row]:
    """Return one row a target or comparison; target None where nothing was promised for this size."""
    is_large, is_middle = buildings >= LARGE, SMALL < buildings <= MIDDLE
    share = next(limit for size, limit in COMPLETE if buildings <= size)
    ours, expert, browser = medians.get, medians.get("expert", {}), medians.get("maplibre", {})
    full, moving, near = ours(FULL, {}), ours(MOVING, {}), ours(NEAR, {})
    after_reading = _difference(full.get("first_frame_s"), full.get("load_s"))
    rows = [
        _ratio("complete picture / expert's", full.get("complete_s"), expert.get("complete_s"), share, "s"),
        _ratio("complete picture / MapLibre's", full.get("complete_s"), browser.get("complete_s"), None, "s"),
        _ratio(
            "overview in motion / expert's",
            moving.get("frame_ms"),
            expert.get("overview_ms"),
            1 / 24 if is_large else None,
            "ms",
        ),
        _ratio(
            "overview in motion / MapLibre's",
            moving.get("frame_ms"),
            browser.get("overview_ms"),
            1.0 if is_middle else None,
            "ms",
        ),
        _ratio("near in motion / expert's", near.get("frame_ms"), expert.get("near_ms"), None, "ms"),
        _ratio(
            "near in motion / MapLibre's", near.get("frame_ms"), browser.get("near_ms"), 1.0 if is_large else None, "ms"
        ),
        _ratio(
            "peak memory / expert's", full.get("peak_rss_mb"), expert.get("peak_mb"), 0.5 if is_large else None, "MB"
        ),
        _ratio("memory really held / expert's", full.get("held_mb"), expert.get("held_mb"), None, "MB"),
        _limit("first buildings after reading, s", after_reading, 1.0 if is_large else None),
        _limit("pick, ms", full.get("pick_ms"), 2.0),
        _limit("pick near, ms", ours("citytwin full near", {}).get("pick_ms"), 2.0),
        _limit("recolour to the next frame, ms", moving.get("restyle_ms"), 300.0 if is_large else None),
    ]
    return [row for row in rows if row["value"] is not None]


def _difference(later: float | None, earlier: float | None) -> float | None:
    return None if later is None or earlier is None else round(later - earlier, 3)


def _ratio(what: str, ours: float | None, theirs: float | None, target: float | None, unit: str) -> Row:
    ratio = None if ours is None or not theirs else ours / theirs
    return {"what": what, "ours": ours, "theirs": theirs, "unit": unit, "value": ratio, "target": target}


def _limit(what: str, value: float | None, target: float | None) -> Row:
    return {"what": what, "ours": value, "theirs": None, "unit": "", "value": value, "target": target}


def markdown(name: str, medians: Medians, rows: list[Row], skipped: Mapping[str, str]) -> str:
    """Return both tables of one city."""
    lines = [f"\n### {name}\n", "| | " + " | ".join(COLUMNS.values()) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {runner} | " + " | ".join(_cells(numbers, runner)) + " |" for runner, numbers in medians.items()]
    lines += ["", "| ratio | ours | theirs | value | target | met |", "|---|---|---|---|---|---|"]
    lines += [_row(row) for row in rows]
    lines += ["", *(f"Not run: {runner}: {why}." for runner, why in skipped.items())]
    return "\n".join(lines) + "\n"


def _cells(numbers: Mapping[str, float], runner: str) -> list[str]:
    place = "near_ms" if runner.endswith("near") else "overview_ms"
    known = dict(numbers)
    if runner.startswith("citytwin"):
        known |= {place: numbers.get("frame_ms"), "peak_mb": numbers.get("peak_rss_mb")}  # type: ignore[dict-item]
    return ["–" if known.get(column) is None else f"{known[column]:.4g}" for column in COLUMNS]


def _row(row: Row) -> str:
    ours, theirs = (f"{row[k]:.4g} {row['unit']}".strip() if row[k] is not None else "–" for k in ("ours", "theirs"))
    target, met = "–", ""
    if row["target"] is not None:
        target = f"≤ {row['target']:.3g}"
        met = "yes" if row["value"] <= row["target"] else "**no**"
    return f"| {row['what']} | {ours} | {theirs} | {row['value']:.3g} | {target} | {met} |"
