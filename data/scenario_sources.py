"""Proposals from files: outlines of a GeoPackage, GeoJSON or any vector file as edits, or a whole file of scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.scenarios import LIST, read_scenarios
from data.vector import read
from twin.buildings import FIRST_ESTIMATE, HeightSource
from twin.derived import column_rows
from twin.errors import ColumnError, ScenarioError
from twin.features import Lines
from twin.indicators import storeys_of, use_field
from twin.layer import Kind, Layer
from twin.proposed import row_polygon
from twin.report import Report
from twin.scenario import STOREY_M, Edit, EditKind, GroundUse, Scenario, checked
from twin.scenario_shapes import polygons_in, ring_lonlat

LEAST_STOREYS = 0.5


@dataclass(frozen=True, slots=True)
class EditWish:
    """How a file is to be taken."""

    layer: str | None = None
    crs: str | None = None
    height_field: str | None = None
    storeys_field: str | None = None
    use_field: str | None = None
    name_field: str | None = None
    ground: GroundUse | None = None
    """None: outlines are buildings."""
    width_m: float = 12.0


def scenarios_in(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of a GeoPackage that citytwin has written; none for any other file."""
    if path.suffix.casefold() != ".gpkg":
        return ()
    import pyogrio  # noqa: PLC0415  loaded where there is something to read

    names = {str(name) for name, _ in pyogrio.list_layers(path)}
    return read_scenarios(path, Report()) if LIST in names else ()


def edits_of_file(path: Path, wish: EditWish) -> tuple[tuple[Edit, ...], Report]:
    """Return the features of a file as edits, e1, e2 and so on, in their order.

    raises   SourceError, LayerError, CrsError, ColumnError, ScenarioError  the file cannot be used
    """
    kind = None if wish.ground is not None else Kind.FOOTPRINTS
    layer = read(path, layer=wish.layer, crs=wish.crs, kind=kind, height_field=wish.height_field)
    for name in (wish.storeys_field, wish.use_field, wish.name_field):
        if name and name not in layer.table.fields():
            known = ", ".join(layer.table.fields()) or "none"
            raise ColumnError(f'"{path.name}" has no column "{name}".', hint=f"Its columns are: {known}.", column=name)
    report = Report([*layer.report.problems])
    found = _buildings(layer, wish, report) if wish.ground is None else _grounds(layer, wish)
    edits = []
    for number, edit in enumerate(found, 1):
        try:
            edits.append(checked(Edit(id=f"e{number}", **edit)))
        except ScenarioError as error:
            report.add(f"features cannot be built: {error.sentence}", [number - 1], count=1, is_loss=True)
    if not edits:
        raise ScenarioError(
            f'"{path.name}" has nothing that can be proposed.', hint="It needs areas, or lines for streets."
        )
    return tuple(edits), report


def _buildings(layer: Layer, wish: EditWish, report: Report) -> list[dict[str, Any]]:
    heights = layer.heights
    assert heights is not None
    uses, names = _texts(layer, wish.use_field or use_field(layer)), _texts(layer, wish.name_field or _named(layer))
    told = _numbers(layer, wish.storeys_field) if wish.storeys_field else None
    storeys = storeys_of(layer) if heights.storeys_field else np.zeros(len(layer.table))
    found, guessed = [], 0
    for row in range(len(layer.table)):
        shape = row_polygon(layer, row)
        if shape is None:
            continue
        source = HeightSource(int(heights.source[row]))
        base_m = _base_m(layer, row)
        height: dict[str, Any] = {"height_m": round(float(heights.height_m[row]), 3), "storeys": float(storeys[row])}
        if told is not None and told[row] >= LEAST_STOREYS:
            height = {"storeys": float(told[row]), "storey_m": STOREY_M}
            if wish.height_field:
                height["height_m"] = round(float(heights.height_m[row]), 3)
        elif source >= FIRST_ESTIMATE and source is not HeightSource.STOREYS:
            guessed += 1
        for piece in polygons_in(shape):
            rings = [np.array(r.coords)[:-1] for r in (piece.exterior, *piece.interiors)]
            found.append(
                {
                    "kind": EditKind.BUILD,
                    "name": names[row],
                    "use": uses[row],
                    "rings": tuple(ring_lonlat(layer.frame, ring) for ring in rings),
                    "base_m": base_m,
                    **height,
                }
            )
    if guessed:
        report.add(
            "buildings say no height; an estimate is taken (give --height-field or --storeys-field)", count=guessed
        )
    return found


def _base_m(layer: Layer, row: int) -> float:
    assert layer.tiles is not None
    tile, place = layer.tiles.locate(row)
    return round(float(layer.tiles.fetch(tile).base_m[place]), 3)


def _grounds(layer: Layer, wish: EditWish) -> list[dict[str, Any]]:
    names = _texts(layer, wish.name_field or _named(layer))
    common = {"kind": EditKind.GROUND, "ground": wish.ground}
    if isinstance(layer.features, Lines):
        lines = layer.features
        return [
            {**common, "name": names[int(row)], "width_m": wish.width_m,
             "line": ring_lonlat(layer.frame, lines.xy_local[lines.line_start[i] : lines.line_start[i + 1]])}
            for i, row in enumerate(lines.row)
        ]  # fmt: skip
    found = []
    for row in range(len(layer.table)):
        shape = row_polygon(layer, row)
        for piece in polygons_in(shape) if shape is not None else ():
            rings = [np.array(r.coords)[:-1] for r in (piece.exterior, *piece.interiors)]
            found.append(
                {**common, "name": names[row], "rings": tuple(ring_lonlat(layer.frame, ring) for ring in rings)}
            )
    return found


def _named(layer: Layer) -> str:
    return next((n for n, k in layer.table.fields().items() if k == "text" and n.casefold() == "name"), "")


def _texts(layer: Layer, name: str | None) -> list[str]:
    if not name:
        return [""] * len(layer.table)
    return ["" if v is None else str(v) for v in column_rows(layer.table, name).tolist()]


def _numbers(layer: Layer, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    def number(value: object) -> float:
        try:
            return float(str(value))
        except ValueError:
            return float("nan")

    return np.array([number(v) for v in column_rows(layer.table, name).tolist()])
