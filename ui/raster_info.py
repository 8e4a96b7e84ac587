"""What `citytwin info` says of a raster, and of buildings on a terrain: which float, which are sunken."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.layer_values import Values
from data.raster import RasterFacts, read_heights, read_terrain
from data.raster import raster_facts as look
from twin.errors import CrsError, LayerError
from twin.layer import Kind
from twin.place import lonlat_from_local
from twin.report import Report
from twin.standing import SAME_ZERO_M, TOLERANCE_M, Misfit, floating, standing_on, sunken
from twin.terrain import ground_of

EXAMPLES = 5


def raster_answer(
    path: str, *, crs: str | None = None, kind: Kind | None = None, memory_bytes: int | None = None
) -> dict[str, object]:
    """Return what a raster holds, for scripts; heights are read whole, pictures are only looked at.

    raises   TwinError  it cannot be used
    """
    facts = look(path, crs=crs, kind=kind if kind in (Kind.TERRAIN, Kind.IMAGE) else None)
    if facts.problem:
        raise CrsError(facts.problem)
    told = _facts(facts)
    report = facts.report
    if facts.kind is Kind.TERRAIN:
        read = read_heights(path, crs=crs, memory_bytes=memory_bytes)
        report = read.facts.report
        told |= {
            "nodata_share": round(read.nodata_share, 6),
            "min_m": round(read.range_m[0], 3),
            "max_m": round(read.range_m[1], 3),
            "resolution_m": [round(size, 4) for size in read.terrain.spacing_m],
        }
    return told | {
        "problems": [{"what": p.what, "count": p.count, "examples": list(p.examples)} for p in report.problems]
    }


def _facts(facts: RasterFacts) -> dict[str, object]:
    assert facts.bounds_lonlat is not None
    return {
        "path": facts.path,
        "kind": "raster",
        "is": str(facts.kind),
        "driver": facts.driver,
        "layers": [Path(facts.path).stem],
        "layer": Path(facts.path).stem,
        "size": [facts.width, facts.height],
        "bands": facts.bands,
        "dtype": facts.dtype,
        "features": 0,
        "buildings": 0,
        "crs": facts.crs,
        "crs_source": facts.crs_source,
        "resolution": list(facts.resolution),
        "bounds": list(facts.bounds),
        "bounds_lonlat": list(facts.bounds_lonlat),
        "nodata": facts.nodata,
        "overviews": list(facts.overviews),
        "unit": facts.unit or None,
    }


def raster_sentences(told: dict[str, object]) -> list[str]:
    """Return the same for people, one thing a line."""
    bounds, size = told["bounds_lonlat"], told["size"]
    assert isinstance(bounds, list)
    assert isinstance(size, list)
    west, south, east, north = bounds
    width, height = size
    lines = [
        str(told["path"]),
        f"  raster     {width:,} x {height:,} cells, {told['bands']} x {told['dtype']} ({told['driver']})",
        f"  taken for  {'heights of the ground' if told['is'] == 'terrain' else 'a picture of the ground'}",
        f"  CRS        {told['crs']} ({told['crs_source']})",
        f"  bounds     {west:.5f} to {east:.5f} lon, {south:.5f} to {north:.5f} lat",
    ]
    if "min_m" in told:
        share = float(str(told["nodata_share"]))
        lines.append(f"  heights    {told['min_m']} to {told['max_m']} m; {share:.1%} of the cells without")
    problems = told["problems"]
    assert isinstance(problems, list)
    return lines + [f"  problem    {p['count']:,} {p['what']}" for p in problems]


def terrain_answer(values: Values, path: str, *, memory_bytes: int | None = None) -> dict[str, object]:
    """Return how a layer's buildings stand on a terrain, for scripts.

    covered    buildings with terrain under them; own buildings with a base of their own
    raises     TwinError  the terrain cannot be read
    """
    if values.outlines is None:
        raise LayerError("Only areas stand on terrain with a footprint.", hint="Look at a layer of buildings.")
    layer = read_terrain(path, frame=values.frame, memory_bytes=memory_bytes)
    assert layer.terrain is not None
    ground = ground_of([layer.terrain])
    own = _own_bases(values)
    standing = standing_on(values.outlines, values.row, len(values.table), own, ground)
    covered = int(np.isfinite(standing.ground_m).sum())
    told: dict[str, object] = {
        "path": path,
        "covered": covered,
        "uncovered": len(values.row) - covered,
        "is_elsewhere": covered == 0,
        "min_m": round(layer.terrain.range_m[0], 3),
        "max_m": round(layer.terrain.range_m[1], 3),
        "own_bases": 0 if standing.own_m is None else int(np.isfinite(standing.own_m).sum()),
        "base_field": None if values.raised is None else values.raised.heights.ground_field,
        "offset_m": None if np.isnan(standing.offset_m) else round(standing.offset_m, 3),
        "same_zero": standing.is_own_kept,
        "tolerance_m": TOLERANCE_M,
        "floating": _misfit(floating(standing)),
        "sunken": _misfit(sunken(standing)),
    }
    return told | {"sentences": _said(told, values, layer.report, ground.terrains[0].area.centre)}


def _own_bases(values: Values) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    if values.bodies is not None:
        has_body = np.diff(np.asarray(values.bodies.body_row_start, np.int64)) > 0
        return np.where(has_body, values.bodies.body_anchor[:, 2], np.nan)
    if values.raised is not None and values.raised.heights.ground_m is not None:
        return values.raised.heights.ground_m.astype(np.float64)
    return None


def _misfit(misfit: Misfit) -> dict[str, object]:
    examples = [
        {"row": int(row), "by_m": round(float(by), 3)}
        for row, by in zip(misfit.rows[:EXAMPLES], misfit.by_m[:EXAMPLES], strict=True)
    ]
    most = round(float(misfit.by_m[0]), 3) if len(misfit.rows) else 0.0
    return {"count": len(misfit.rows), "most_m": most, "examples": examples}


def _said(told: dict[str, object], values: Values, report: Report, centre: tuple[float, float]) -> list[str]:
    """Return it in sentences."""
    lines = list(report.sentences())
    if told["is_elsewhere"]:
        lon, lat = lonlat_from_local(values.frame, np.array([centre]))[0]
        lines.append(
            f"the terrain lies elsewhere, around {lon:.4f}, {lat:.4f}: nothing of it is under these buildings, "
            "and it is not drawn"
        )
        return lines
    if told["uncovered"]:
        lines.append(f"{told['uncovered']:,} buildings lie beside the terrain and stand at its lowest elevation")
    if not told["own_bases"]:
        lines.append("no building has a base of its own: each stands on the lowest ground under its footprint")
    elif not told["same_zero"]:
        lines.append(
            f"own bases lie {told['offset_m']} m from the ground in the middle, more than {SAME_ZERO_M:g} m: they are "
            "measured from another zero, so each building stands on the lowest ground under its footprint"
        )
    for word in ("floating", "sunken"):
        found = told[word]
        assert isinstance(found, dict)
        if told["own_bases"] and told["same_zero"]:
            lines.append(
                f"{found['count']:,} buildings {word} by more than {TOLERANCE_M:g} m, at most {found['most_m']} m"
            )
    return lines
