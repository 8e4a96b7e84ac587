"""What a scenario makes of the layers: rows that are not there any more, and layers of what is proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from twin.buildings import HeightSource, Outlines
from twin.columns import ColumnTable, numbers, texts
from twin.derived import column_rows
from twin.features import Features, Points, Polygons, area_of
from twin.layer import Heights, Kind, Layer, LayerInfo, Scheme, Style
from twin.models import Bodies
from twin.place import Area, LocalFrame, lonlat_from_local
from twin.placed_models import ModelShape, placed_models
from twin.proposed_tiles import proposed_tiles
from twin.report import Report
from twin.row_keys import PLACE, own_table, rows_of, text_of
from twin.scenario import Edit, EditKind, GroundUse, Scenario
from twin.scenario_shapes import outlines_of, parts_of, points_local, polygon_of, polygons_in, trees_of

ADDRESS = "scenario://"
"""Where a layer says it comes from that is part of a scenario."""
BUILDINGS, MODELS, GROUND, TREES, DEMOLISHED = (
    "proposed-buildings", "proposed-models", "proposed-ground", "proposed-trees", "proposed-demolition",
)  # fmt: skip
PROPOSED = (DEMOLISHED, GROUND, TREES, BUILDINGS, MODELS)
"""Ids of the layers that a scenario brings, from the lowest to the topmost."""
NAMES = {
    BUILDINGS: "Proposed buildings",
    MODELS: "Proposed models",
    GROUND: "Proposed surfaces",
    TREES: "Proposed trees",
    DEMOLISHED: "Taken away",
}
PROPOSAL, GONE = "#8a3ffc", "#d81e3a"
GROUND_COLORS = (
    (GroundUse.PARK.value, "#6aa84f"), (GroundUse.SQUARE.value, "#d9c9a8"), (GroundUse.STREET.value, "#8b9099"),
    (GroundUse.WATER.value, "#5b9bd5"), (GroundUse.TREES.value, "#93b87a"),
)  # fmt: skip
STYLES = {
    BUILDINGS: Style(color=PROPOSAL),
    MODELS: Style(color=PROPOSAL),
    GROUND: Style(color_by="kind", scheme=Scheme.CATEGORICAL, colors=GROUND_COLORS),
    TREES: Style(color="#5f9e57", raised_by="height_m", size_px=5.0),
    DEMOLISHED: Style(color=GONE, opacity=0.45),
}
"""How each of them looks at first."""

Mask = npt.NDArray[np.bool_]
Meshes = Mapping[str, ModelShape]


def is_proposed(layer: Layer) -> bool:
    """Return whether a layer is part of a scenario, and so no layer of the city."""
    return layer.info.path.startswith(ADDRESS)


# what is taken away


def gone_rows(layer: Layer, edits: Sequence[Edit]) -> dict[str, int]:
    """Return the table row that each edit (by id) takes away from a layer; -1 where that row is not there any more."""
    own = [e for e in edits if e.takes_away and e.layer_id == layer.info.id]
    found = {e.id: _row_if_still(layer, e) for e in own}
    lost = [e for e in own if found[e.id] < 0]
    if lost:
        found |= dict(zip((e.id for e in lost), rows_of(layer, [(e.row_key, e.row) for e in lost]), strict=True))
    return found


def _row_if_still(layer: Layer, edit: Edit) -> int:
    """Return the row it had if that is still known by the same: a look at one row, not at a million."""
    table = own_table(layer.table)
    if edit.by == PLACE or not 0 <= edit.row < len(table) or edit.by not in table.fields():
        return -1
    value = column_rows(table, edit.by)[edit.row]
    return edit.row if value is not None and text_of(_plain(value)) == edit.key else -1


def _plain(value: Any) -> object:
    return value.item() if isinstance(value, np.generic) else value


def without_rows(layer: Layer, rows: Sequence[int]) -> Layer:
    """Return a layer of which some table rows are not there any more: nothing is drawn of them; geometry is shared."""
    chosen = [r for r in rows if r >= 0]
    if not chosen:
        return layer if layer.gone is None else replace(layer, gone=None)
    gone = np.zeros(len(layer.table), np.bool_)
    gone[chosen] = True
    return replace(layer, gone=gone)


# what is added


@dataclass(frozen=True, slots=True)
class _Rows:
    """What one proposed layer is made of."""

    columns: Mapping[str, npt.NDArray[Any]]
    features: Features | None = None
    polygons: Sequence[Any] = ()
    base_m: Sequence[float] = ()
    top_m: Sequence[float] = ()
    bodies: Bodies | None = None


def proposed_layer(
    layer_id: str, scenario: Scenario, frame: LocalFrame, meshes: Meshes, layers: Mapping[str, Layer]
) -> Layer | None:
    """Return one of the layers that a scenario brings; None where it has nothing for it.

    meshes   the models that were read, by path; those that are missing are left out
    layers   the city as it is, for outlines of what is taken away
    """
    rows = {
        BUILDINGS: lambda: _buildings(scenario.edits, frame),
        MODELS: lambda: _models(scenario.edits, frame, meshes),
        GROUND: lambda: _ground(scenario.edits, frame),
        TREES: lambda: _trees(scenario.edits, frame),
        DEMOLISHED: lambda: _demolished(scenario.edits, layers),
    }[layer_id]()
    return None if rows is None else _layer(layer_id, scenario, frame, rows)


def edits_of(layer_id: str, scenario: Scenario) -> tuple[Edit, ...]:
    """Return the edits that a proposed layer is made of: where they are the same, so is the layer."""
    match layer_id:
        case "proposed-buildings":
            return tuple(e for e in scenario.edits if e.kind is EditKind.BUILD)
        case "proposed-models":
            return tuple(e for e in scenario.edits if e.kind is EditKind.PLACE)
        case "proposed-ground" | "proposed-trees":
            are_trees = layer_id == TREES
            ground = (e for e in scenario.edits if e.kind is EditKind.GROUND)
            return tuple(e for e in ground if (e.ground is GroundUse.TREES) == are_trees)
    return tuple(e for e in scenario.edits if e.takes_away)


def _buildings(edits: Sequence[Edit], frame: LocalFrame) -> _Rows | None:
    parts = [(e, part) for e in edits for part in parts_of(e, frame)]
    if not parts:
        return None
    columns: dict[str, npt.NDArray[Any]] = {
        "name": texts([e.name for e, _ in parts]),
        "use": texts([e.use for e, _ in parts]),
        "storeys": numbers([p.storeys for _, p in parts]),
        "height_m": numbers([round(p.top_m, 3) for _, p in parts]),
        "base_m": numbers([round(p.base_m, 3) for _, p in parts]),
        "footprint_m2": numbers([round(p.area_m2, 2) for _, p in parts]),
        "floor_m2": numbers([round(p.floor_m2, 2) for _, p in parts]),
        "edit": texts([e.id for e, _ in parts]),
    }
    base_m, top_m = [p.base_m for _, p in parts], [p.top_m for _, p in parts]
    return _Rows(columns, polygons=[p.polygon for _, p in parts], base_m=base_m, top_m=top_m)


def _models(edits: Sequence[Edit], frame: LocalFrame, meshes: Meshes) -> _Rows | None:
    placed = placed_models(edits, frame, meshes)
    if placed is None:
        return None
    columns: dict[str, npt.NDArray[Any]] = {
        "name": texts([e.name for e in placed.edits]),
        "use": texts([e.use for e in placed.edits]),
        "storeys": numbers([e.storeys or np.nan for e in placed.edits]),
        "height_m": numbers([round(h, 3) for h in placed.top_m]),
        "edit": texts([e.id for e in placed.edits]),
    }
    return _Rows(
        columns,
        polygons=placed.footprints,
        base_m=[0.0] * len(placed.edits),
        top_m=placed.top_m,
        bodies=placed.bodies,
    )


def _ground(edits: Sequence[Edit], frame: LocalFrame) -> _Rows | None:
    pieces = _laid_over(edits, frame)
    if not pieces:
        return None
    columns: dict[str, npt.NDArray[Any]] = {
        "name": texts([e.name for e, _ in pieces]),
        "kind": texts([e.ground.value for e, _ in pieces]),
        "area_m2": numbers([round(p.area, 2) for _, p in pieces]),
        "edit": texts([e.id for e, _ in pieces]),
    }
    return _Rows(columns, features=_flat([p for _, p in pieces]))


def _laid_over(edits: Sequence[Edit], frame: LocalFrame) -> list[tuple[Edit, Any]]:
    """Return the pieces of ground: what was drawn later lies over what was drawn before, and takes its place there."""
    pieces: list[tuple[Edit, Any]] = []
    above = shapely.Polygon()
    for edit in reversed(edits):
        if edit.kind is EditKind.GROUND and edit.ground is not GroundUse.TREES:
            shape = polygon_of(edit, frame)
            pieces = [*((edit, piece) for piece in polygons_in(shapely.difference(shape, above))), *pieces]
            above = shapely.union(above, shape)
    return pieces


def _trees(edits: Sequence[Edit], frame: LocalFrame) -> _Rows | None:
    rows = [(e, trees_of(e, frame)) for e in edits if e.kind is EditKind.GROUND]
    rows = [(e, places) for e, places in rows if len(places)]
    if not rows:
        return None
    of = [e for e, places in rows for _ in range(len(places))]
    columns: dict[str, npt.NDArray[Any]] = {
        "name": texts([e.name for e in of]),
        "height_m": numbers([e.tree_m for e in of]),
        "edit": texts([e.id for e in of]),
    }
    places = np.concatenate([p for _, p in rows])
    return _Rows(columns, features=Points(places, np.arange(len(of), dtype=np.int32)))


def _demolished(edits: Sequence[Edit], layers: Mapping[str, Layer]) -> _Rows | None:
    shapes: list[Any] = []
    of: list[Edit] = []
    for layer in layers.values():
        by_id = {e.id: e for e in edits}
        for edit_id, row in gone_rows(layer, edits).items():
            shape = row_polygon(layer, row)
            for piece in polygons_in(shape) if shape is not None else ():
                shapes.append(piece)
                of.append(by_id[edit_id])
    if not shapes:
        return None
    columns: dict[str, npt.NDArray[Any]] = {
        "name": texts([e.name for e in of]),
        "layer": texts([e.layer_id for e in of]),
        "key": texts([e.key for e in of]),
        "edit": texts([e.id for e in of]),
    }
    return _Rows(columns, features=_flat(shapes))


def row_polygon(layer: Layer, row: int) -> Any:
    """Return the outline of a table row, shapely in local metres; None where it has no area or is not there."""
    if row < 0:
        return None
    if layer.tiles is not None:
        tile, place = layer.tiles.locate(row)
        if tile < 0:
            return None
        some = layer.tiles.fetch(tile)
        return shapely.MultiPolygon(_polygons(some.outlines, place, np.asarray(some.origin_local)))
    if isinstance(layer.features, Polygons):
        places = np.flatnonzero(layer.features.row == row)
        found = [p for place in places for p in _polygons(layer.features.outlines, int(place), np.zeros(2))]
        return shapely.MultiPolygon(found) if found else None
    return None


def _polygons(outlines: Outlines, place: int, origin: npt.NDArray[np.float64]) -> list[Any]:
    found = []
    for part in range(outlines.feature_start[place], outlines.feature_start[place + 1]):
        rings = range(outlines.part_start[part], outlines.part_start[part + 1])
        outer, *holes = (
            outlines.xy[outlines.ring_start[r] : outlines.ring_start[r + 1]].astype(np.float64) + origin for r in rings
        )
        found.append(shapely.Polygon(outer, holes))
    return found


def _flat(polygons: Sequence[Any]) -> Polygons:
    return Polygons(outlines_of(polygons), np.arange(len(polygons), dtype=np.int32))


_KINDS = {
    BUILDINGS: Kind.FOOTPRINTS,
    MODELS: Kind.FOOTPRINTS,
    GROUND: Kind.POLYGONS,
    TREES: Kind.POINTS,
    DEMOLISHED: Kind.POLYGONS,
}


def _layer(layer_id: str, scenario: Scenario, frame: LocalFrame, rows: _Rows) -> Layer:
    table = ColumnTable(rows.columns)
    tiles, heights, area = None, None, None
    if rows.features is None:
        base_m, top_m = np.asarray(rows.base_m, np.float32), np.asarray(rows.top_m, np.float32)
        tiles = proposed_tiles(outlines_of(rows.polygons), base_m, top_m)
        source = np.full(len(top_m), HeightSource.MEASURED, np.uint8)
        heights = Heights("height_m", source, top_m, storeys_field="storeys")
        area = tiles.area()
    else:
        area = area_of(rows.features)
    info = LayerInfo(
        id=layer_id,
        name=NAMES[layer_id],
        kind=_KINDS[layer_id],
        path=f"{ADDRESS}{scenario.id}/{layer_id}",
        source_layer=None,
        driver="scenario",
        crs=frame.crs,
        crs_source="stated",
        count=len(table),
        shown=len(table),
        bounds_lonlat=_bounds_lonlat(area, frame),
        lods=("1",) if rows.bodies is not None else (),
    )
    return Layer(info, frame, table, Report(), tiles=tiles, features=rows.features, heights=heights, model=rows.bodies)


def _bounds_lonlat(area: Area, frame: LocalFrame) -> tuple[float, float, float, float]:
    corners = np.array([(x, y) for x in (area.west_m, area.east_m) for y in (area.south_m, area.north_m)])
    lonlat = lonlat_from_local(frame, corners)
    (west, south), (east, north) = lonlat.min(axis=0).tolist(), lonlat.max(axis=0).tolist()
    return west, south, east, north


def outline_of(edit: Edit, frame: LocalFrame) -> npt.NDArray[np.float64]:
    """Return the corners of an edit that a hand can move, (n, 2) local metres: its outer ring, or its line."""
    return points_local(frame, edit.rings[0] if edit.rings else edit.line)
