"""Scenarios as an ordinary GeoPackage: layers that any GIS shows and edits, read back if somebody did.

    proposed_buildings   polygons: use, storeys, height_m, base_m, setbacks ("5:2.5; 8:4" = from storey 5 on 2.5 m in)
    proposed_ground      polygons: kind (park, square, street, water, trees)
    proposed_lines       lines: kind (street, trees), width_m, spacing_m
    proposed_models      points: path, heading_deg, scale
    taken_away           polygons (where the outline is known): layer_id, by, key
    scenarios            a table without geometry: id, name, note, fingerprint

Every row names its scenario. The fingerprint tells whether the rows are still those that were written.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from twin.errors import ScenarioError, SourceError
from twin.report import Report
from twin.scenario import STOREY_M, Edit, EditKind, GroundUse, Ring, Scenario, Setback, checked, free_name, new_id

FILE = "scenarios.gpkg"
"""In a project's folder."""
LIST = "scenarios"
BUILDINGS, GROUND, LINES, MODELS, GONE = (
    "proposed_buildings", "proposed_ground", "proposed_lines", "proposed_models", "taken_away",
)  # fmt: skip
LAYERS = (BUILDINGS, GROUND, LINES, MODELS, GONE)
LONLAT = "EPSG:4326"


# writing


def write_scenarios(scenarios: Sequence[Scenario], folder: Path) -> Path | None:
    """Write a project's scenarios beside its project.json, whole or not at all; none removes the file.

    returns   the file; None where there are none
    raises    SourceError  it cannot be written; what was there is as it was
    """
    path = folder / FILE
    if not scenarios:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return None
    return write_geopackage_of(scenarios, path)


def write_geopackage_of(scenarios: Sequence[Scenario], path: Path) -> Path:
    """Write scenarios as a GeoPackage, whole or not at all.

    raises   SourceError  it cannot be written
    """
    import geopandas  # noqa: PLC0415  loaded where there is something to write
    import pandas as pd  # noqa: PLC0415  as above
    import pyogrio  # noqa: PLC0415

    from data.exporting import write_geopackage, written_whole  # noqa: PLC0415

    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in LAYERS}
    for scenario in scenarios:
        for edit in scenario.edits:
            layer, row = _row(edit, path.parent)
            rows[layer].append({"scenario": scenario.name, "scenario_id": scenario.id, "edit_id": edit.id, **row})
    frames = [
        (name, geopandas.GeoDataFrame(found, geometry="geometry", crs=LONLAT)) for name, found in rows.items() if found
    ]
    with written_whole(path) as part:
        if frames:
            write_geopackage(part, frames, description="Scenarios of a citytwin project")
        listed = [
            {"id": s.id, "name": s.name, "note": s.note, "fingerprint": fingerprint(s, path.parent)} for s in scenarios
        ]
        table = pd.DataFrame(listed)
        pyogrio.write_dataframe(table, part, layer=LIST, driver="GPKG", append=bool(frames))
    return path


def _row(edit: Edit, folder: Path) -> tuple[str, dict[str, Any]]:
    """Return which layer an edit stands in, and its row there."""
    import shapely  # noqa: PLC0415  as above

    where = {"layer_id": edit.layer_id, "by": edit.by, "key": edit.key, "row": edit.row}
    polygon = shapely.Polygon(edit.rings[0], edit.rings[1:]) if edit.rings else None
    row: dict[str, Any] = {"name": edit.name}
    match edit.kind:
        case EditKind.BUILD:
            told = {"use": edit.use, "storeys": edit.storeys, "storey_m": edit.storey_m, "height_m": edit.height_m}
            setbacks = setbacks_text(edit.setbacks)
            row |= {**told, "base_m": edit.base_m, "setbacks": setbacks, **where, "geometry": polygon}
            return BUILDINGS, row
        case EditKind.PLACE:
            row |= {"use": edit.use, "storeys": edit.storeys, "path": _portable(edit.path, folder)}
            row |= {"heading_deg": edit.heading_deg, "scale": edit.scale, "z_up": edit.is_z_up, **where}
            return MODELS, row | {"geometry": shapely.Point(edit.place)}
        case EditKind.GROUND:
            row |= {"kind": edit.ground.value, "spacing_m": edit.spacing_m, "tree_m": edit.tree_m}
            if polygon is None:
                return LINES, row | {"width_m": edit.width_m, "geometry": shapely.LineString(edit.line)}
            return GROUND, row | where | {"geometry": polygon}
    return GONE, row | where | {"geometry": polygon}


def _portable(path: str, folder: Path) -> str:
    with suppress(ValueError):
        return os.path.relpath(path, folder).replace(os.sep, "/") if path else ""
    return path


def setbacks_text(setbacks: Iterable[Setback]) -> str:
    """Return setbacks as people write them: "5:2.5; 8:4"."""
    return "; ".join(f"{s.storey}:{s.inset_m:g}" for s in setbacks)


def setbacks_of(text: str) -> tuple[Setback, ...]:
    """Return setbacks as people write them: "5:2.5; 8:4" is from storey 5 on 2.5 m, from storey 8 on 4 m.

    raises   ScenarioError  it is written otherwise
    """
    found = []
    for part in filter(None, (p.strip() for p in re.split(r"[;\n]", text or ""))):
        match = re.fullmatch(r"(\d{1,3})\s*[:@]\s*(\d+(?:[.,]\d+)?)\s*m?", part)
        if match is None or int(match[1]) < 1:
            raise ScenarioError(
                f'"{part}" is no setback.', hint="Write storey:metres, such as 5:2.5; several with ; between."
            )
        found.append(Setback(int(match[1]), float(match[2].replace(",", "."))))
    return tuple(sorted(found, key=lambda s: s.storey))


def fingerprint(scenario: Scenario, folder: Path) -> str:
    """Return what tells whether somebody changed a scenario's rows: numbers count to a hundredth of a millimetre."""
    rows = []
    for edit in scenario.edits:
        layer, row = _row(edit, folder)
        rows.append([layer, edit.id, _shape_text(row.pop("geometry")), *(_plain_text(row[k]) for k in sorted(row))])
    body = msgspec.json.encode([scenario.name, scenario.note, sorted(rows)])
    return hashlib.sha256(body).hexdigest()[:24]


def _shape_text(shape: Any) -> str:
    import shapely  # noqa: PLC0415  as above

    if shape is None:
        return ""
    return str(shapely.to_wkt(shape, rounding_precision=9))


def _plain_text(value: Any) -> str:
    return f"{value:.6f}" if isinstance(value, float) else str(value)


# reading


def scenarios_after(scenarios: tuple[Scenario, ...], folder: Path) -> tuple[Scenario, ...]:
    """Return a project's scenarios with what was changed since in its GeoPackage, by whatever program.

    raises   SourceError  the GeoPackage cannot be read
    """
    path = folder / FILE
    if not path.is_file():
        return scenarios
    found, told = _read(path, Report())
    known = {s.id: s for s in scenarios}
    kept = []
    for scenario in found:
        own = known.get(scenario.id)
        is_as_written = fingerprint(scenario, folder) == told.get(scenario.id)
        kept.append(own if own is not None and is_as_written else _joined(own, scenario))
    ids = {s.id for s in found}
    return (*kept, *(s for s in scenarios if s.id not in ids and s.id not in told))


def _joined(own: Scenario | None, found: Scenario) -> Scenario:
    """Return a scenario as it was found, its edits in the order they were known in."""
    if own is None:
        return found
    order = {e.id: n for n, e in enumerate(own.edits)}
    edits = tuple(sorted(found.edits, key=lambda e: order.get(e.id, len(order))))
    return Scenario(found.id, found.name, edits, found.note)


def read_scenarios(path: Path, report: Report) -> tuple[Scenario, ...]:
    """Read the scenarios of a GeoPackage of this form.

    raises   SourceError  it cannot be read
    """
    return _read(path, report)[0]


def _read(path: Path, report: Report) -> tuple[tuple[Scenario, ...], dict[str, str]]:
    import pyogrio  # noqa: PLC0415  as above

    try:
        layers = {str(name) for name, _ in pyogrio.list_layers(path)}
        listed = pyogrio.read_dataframe(path, layer=LIST).to_dict("records") if LIST in layers else []
        heads = {str(row["id"]): row for row in listed}
        edits: dict[str, list[Edit]] = {i: [] for i in heads}
        names = {i: _text(row, "name") for i, row in heads.items()}
        rows = {layer: _rows(path, layer) for layer in LAYERS if layer in layers}
        for is_known in (True, False):  # who has no id yet takes none that another has
            for layer, found in rows.items():
                chosen = {n: row for n, row in enumerate(found) if bool(_text(row, "edit_id")) == is_known}
                _take(layer, chosen, edits, names, path, report)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, KeyError) as error:
        raise SourceError(f"The scenarios cannot be read ({error}).", hint=f"Look at it in a GIS: {path}") from error
    scenarios = tuple(
        Scenario(i, names[i] or i, tuple(made), _text(heads.get(i, {}), "note")) for i, made in edits.items()
    )
    return scenarios, {i: _text(row, "fingerprint") for i, row in heads.items()}


def _rows(path: Path, layer: str) -> list[dict[str, Any]]:
    import pyogrio  # noqa: PLC0415  as above

    frame = pyogrio.read_dataframe(path, layer=layer)
    frame = frame.to_crs(LONLAT) if getattr(frame, "crs", None) is not None and str(frame.crs) != LONLAT else frame
    records: list[dict[str, Any]] = frame.to_dict("records")
    return records


def _take(
    layer: str,
    rows: Mapping[int, dict[str, Any]],
    edits: dict[str, list[Edit]],
    names: dict[str, str],
    path: Path,
    report: Report,
) -> None:
    for number, row in rows.items():
        scenario_id = _scenario_of(row, names, edits)
        known = edits[scenario_id]
        for piece in _pieces(row.get("geometry")):
            wanted = _text(row, "edit_id")
            edit_id = wanted if wanted and all(e.id != wanted for e in known) else new_id("e", (e.id for e in known))
            try:
                known.append(checked(_edit(layer, edit_id, row, piece, path.parent)))
            except ScenarioError as error:
                report.add(f"rows of {layer} cannot be built: {error.sentence}", [number], count=1, is_loss=True)


def _scenario_of(row: Mapping[str, Any], names: dict[str, str], edits: dict[str, list[Edit]]) -> str:
    """Return the id of a row's scenario; one that is not known yet is begun."""
    name, scenario_id = _text(row, "scenario"), _text(row, "scenario_id")
    if scenario_id in names:
        return scenario_id
    found = next((i for i, n in names.items() if n.casefold() == name.casefold()), None) if name else None
    if found is None:
        found = scenario_id or new_id("s", names)
        names[found] = free_name((Scenario(i, n) for i, n in names.items()), name or "Scenario")
        edits[found] = []
    return found


def _pieces(shape: Any) -> list[Any]:
    """Return single polygons, lines or points; one None for no geometry."""
    import shapely  # noqa: PLC0415  as above

    if shape is None or shape.is_empty:
        return [None]
    return list(shapely.get_parts(shape))


def _edit(layer: str, edit_id: str, row: Mapping[str, Any], shape: Any, folder: Path) -> Edit:
    where: dict[str, Any] = {
        "name": _text(row, "name"),
        "layer_id": _text(row, "layer_id"),
        "by": _text(row, "by"),
        "key": _text(row, "key"),
        "row": int(_number(row, "row", -1)),
        "rings": _rings(shape),
    }
    if layer == BUILDINGS:
        return Edit(
            edit_id, EditKind.BUILD, use=_text(row, "use"), storeys=_number(row, "storeys", 0.0),
            storey_m=_number(row, "storey_m", STOREY_M), height_m=_number(row, "height_m", 0.0),
            base_m=_number(row, "base_m", 0.0), setbacks=setbacks_of(_text(row, "setbacks")), **where,
        )  # fmt: skip
    if layer == MODELS:
        where |= {"rings": (), "place": (float(shape.x), float(shape.y)) if shape is not None else (0.0, 0.0)}
        return Edit(
            edit_id, EditKind.PLACE, use=_text(row, "use"), storeys=_number(row, "storeys", 0.0),
            path=_placed(_text(row, "path"), folder), heading_deg=_number(row, "heading_deg", 0.0),
            scale=_number(row, "scale", 1.0), is_z_up=bool(_number(row, "z_up", 0.0)), **where,
        )  # fmt: skip
    if layer == GONE:
        return Edit(edit_id, EditKind.DEMOLISH, **where)
    kind = _text(row, "kind").casefold() or "park"
    ground = GroundUse(kind) if kind in set(GroundUse) else GroundUse.PARK
    is_line = layer == LINES and shape is not None
    line: Ring = tuple((float(x), float(y)) for x, y, *_ in shape.coords) if is_line else ()
    return Edit(
        edit_id, EditKind.GROUND, ground=ground, line=line, width_m=_number(row, "width_m", 12.0),
        spacing_m=_number(row, "spacing_m", 8.0), tree_m=_number(row, "tree_m", 9.0),
        **(where | ({"rings": ()} if is_line else {})),
    )  # fmt: skip


def _rings(shape: Any) -> tuple[Ring, ...]:
    if shape is None or shape.geom_type != "Polygon":
        return ()
    rings = [shape.exterior, *shape.interiors]
    return tuple(tuple((float(x), float(y)) for x, y, *_ in ring.coords[:-1]) for ring in rings)


def _placed(path: str, folder: Path) -> str:
    return path if not path or Path(path).is_absolute() else os.path.normpath(folder / path)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)


def _number(row: Mapping[str, Any], name: str, usual: float) -> float:
    try:
        value = float(row.get(name, usual))
    except (TypeError, ValueError):
        return usual
    return value if math.isfinite(value) else usual
