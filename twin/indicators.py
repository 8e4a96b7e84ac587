"""Figures of the city as it is and of each scenario, side by side, each with the formula it comes from.

Areas are those of the project's projected CRS. What is counted: the visible layers of buildings, green areas and trees.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from twin.buildings import Outlines
from twin.derived import column_rows, derived, text_column
from twin.facts import areas_m2
from twin.features import Points, Polygons
from twin.layer import Kind, Layer, LayerState
from twin.place import LocalFrame
from twin.placed_models import ModelShape, placed_models
from twin.proposed import gone_rows, is_proposed, row_polygon
from twin.scenario import STOREY_M, Edit, EditKind, GroundUse, Scenario
from twin.scenario_shapes import parts_of, polygon_of, trees_of
from twin.use_rates import RATES, UseRate, rate_of

FloatArray = npt.NDArray[np.float64]
_GREEN = re.compile(r"park|green|garden|forest|wood|grass|meadow|allotment|cemeter|grün|wald|wiese|vert|verde|緑|公園")
_TREES = re.compile(r"tree(?!t)|baum|bäume|arbre|árbol|樹|木")
_USES = ("use", "usage", "building_use", "use_class", "function", "bldg_use", "nutzung", "class", "building", "type")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure."""

    id: str
    title: str
    unit: str
    formula: str
    """How it is computed, one sentence."""


INDICATORS: tuple[Indicator, ...] = (
    Indicator("buildings", "Buildings", "", "Buildings that stand, less those taken away, and those proposed."),
    Indicator("footprint_m2", "Footprint", "m²", "Sum of the areas of all outlines on the ground, less courtyards."),
    Indicator("floor_m2", "Floor area", "m²", "Sum of outline x storeys of each building; storeys from the data, else "
              f"height / {STOREY_M} m in whole numbers, at least 1. Set-back storeys count with their own outline."),
    Indicator("residents", "Residents", "", "Sum over uses: floor area / 100 m² x residents per 100 m² (see rates)."),
    Indicator("jobs", "Jobs", "", "Sum over uses: floor area / 100 m² x jobs per 100 m² (see rates)."),
    Indicator("green_m2", "Green area", "m²", "Areas of parks and other green, less what is taken away or built over, "
              "and proposed parks outside of them."),
    Indicator("trees", "Trees", "", "Trees that stand, less those taken away, and those proposed."),
    Indicator("tallest_m", "Tallest", "m", "The greatest height of a building above its ground."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """The indicators of one state of the city."""

    values: Mapping[str, float]
    """By Indicator.id."""
    floor_by_use_m2: Mapping[str, float]
    """By UseRate.use, in the order of the rates; uses without floor area are left out."""
    notes: tuple[str, ...] = ()
    """What could not be counted, in sentences."""


@dataclass(frozen=True, slots=True)
class CityFacts:
    """What figures are made of."""

    layers: Mapping[str, Layer]
    """The city as it is (twin.session.Session.city)."""
    states: Sequence[LayerState]
    """Only visible layers count."""
    frame: LocalFrame
    models: Mapping[str, ModelShape] = field(default_factory=dict)
    rates: Sequence[UseRate] = RATES

    def visible(self) -> list[Layer]:
        """Return the visible layers of the city."""
        shown = [s.layer_id for s in self.states if s.is_visible]
        return [self.layers[i] for i in shown if i in self.layers and not is_proposed(self.layers[i])]


def figures_of(city: CityFacts, scenario: Scenario | None) -> Figures:
    """Return the indicators of a scenario; None is the city as it is."""
    edits = scenario.edits if scenario is not None else ()
    stock = _Stock()
    for layer in city.visible():
        if layer.tiles is not None and layer.heights is not None:
            stock.add_layer(layer, _standing(layer, edits), city.rates)
    notes = stock.add_proposed(edits, city)
    green_m2 = _green_m2(city, edits, stock.new_footprints)
    values = {
        "buildings": float(stock.count),
        "footprint_m2": stock.footprint_m2,
        "floor_m2": sum(stock.floor_m2.values()),
        "residents": sum(stock.floor_m2[r] * r.residents_per_100_m2 / 100 for r in stock.floor_m2),
        "jobs": sum(stock.floor_m2[r] * r.jobs_per_100_m2 / 100 for r in stock.floor_m2),
        "green_m2": green_m2,
        "trees": float(_trees(city, edits)),
        "tallest_m": stock.tallest_m,
    }
    order = [r.use for r in city.rates]
    uses = sorted(stock.floor_m2, key=lambda r: order.index(r.use) if r.use in order else len(order))
    return Figures(values, {r.use: stock.floor_m2[r] for r in uses if stock.floor_m2[r] > 0}, tuple(notes))


def _standing(layer: Layer, edits: Sequence[Edit]) -> npt.NDArray[np.bool_]:
    """Return which table rows of a layer are there in a scenario."""
    standing = np.ones(len(layer.table), np.bool_)
    gone = [row for row in gone_rows(layer, edits).values() if row >= 0]
    standing[gone] = False
    return standing


class _Stock:
    """Buildings added up."""

    def __init__(self) -> None:
        self.count, self.footprint_m2, self.tallest_m = 0, 0.0, 0.0
        self.floor_m2: dict[UseRate, float] = {}
        self.new_footprints: list[Any] = []

    def add_layer(self, layer: Layer, standing: npt.NDArray[np.bool_], rates: Sequence[UseRate]) -> None:
        heights = layer.heights
        assert heights is not None
        footprint = footprints_m2(layer)
        counted = standing & np.isfinite(footprint)
        self.count += int(counted.sum())
        self.footprint_m2 += float(footprint[counted].sum())
        tall = heights.height_m[counted & np.isfinite(heights.height_m)]
        self.tallest_m = max(self.tallest_m, float(tall.max()) if len(tall) else 0.0)
        floor_m2 = np.where(counted, footprint * storeys_of(layer), 0.0)
        for use, total in _by_use(layer, floor_m2).items():
            self._add_floor(use, total, rates)

    def add_proposed(self, edits: Sequence[Edit], city: CityFacts) -> list[str]:
        """Add what is proposed; return what could not be counted."""
        notes = []
        for edit in (e for e in edits if e.kind is EditKind.BUILD):
            parts = parts_of(edit, city.frame)
            lowest = [p for p in parts if p.base_m == min(q.base_m for q in parts)]
            if parts:
                self._add_one([p.polygon for p in lowest], max(p.top_m for p in parts))
            self._add_floor(edit.use, sum(p.floor_m2 for p in parts), city.rates)
            if parts and parts[-1].top_m < edit.top_m - 0.01:
                notes.append(f"{edit.name or edit.id}: nothing is left above {parts[-1].top_m:.1f} m after setbacks.")
        placed = placed_models(edits, city.frame, city.models)
        for edit, hull, top_m in zip(placed.edits, placed.footprints, placed.top_m, strict=True) if placed else ():
            self._add_one([hull], top_m)
            storeys = edit.storeys or max(int(top_m / edit.storey_m + 1e-6), 1)
            self._add_floor(edit.use, hull.area * storeys, city.rates)
        missing = [e for e in edits if e.kind is EditKind.PLACE and e.path not in city.models]
        notes += [f"{e.name or e.id}: its model could not be read and is not counted." for e in missing]
        return notes

    def _add_one(self, footprints: list[Any], top_m: float) -> None:
        self.count += 1
        self.footprint_m2 += sum(f.area for f in footprints)
        self.tallest_m = max(self.tallest_m, top_m)
        self.new_footprints += footprints

    def _add_floor(self, use: str | None, area_m2: float, rates: Sequence[UseRate]) -> None:
        rate = rate_of(use, rates)
        self.floor_m2[rate] = self.floor_m2.get(rate, 0.0) + float(area_m2)


# what stands


def footprints_m2(layer: Layer) -> FloatArray:
    """Return the footprint of each table row of a layer of buildings, (rows,) m²; NaN where it is not shown."""
    return derived(layer.table, ("footprints", id(layer.tiles)), lambda: _footprints_m2(layer))


def _footprints_m2(layer: Layer) -> FloatArray:
    footprint = np.full(len(layer.table), np.nan)
    arrays = getattr(layer.tiles, "arrays", None)
    assert layer.tiles is not None
    if arrays is not None:
        outlines = Outlines(arrays.offset_xy, arrays.ring_start, arrays.part_start, arrays.feature_start)
        footprint[arrays.row] = areas_m2(outlines)
        return footprint
    for tile in range(len(layer.tiles.index())):
        some = layer.tiles.fetch(tile)
        footprint[some.row] = areas_m2(some.outlines)
    return footprint


def storeys_of(layer: Layer) -> FloatArray:
    """Return the storeys of each table row, (rows,): as the data says, else from the height."""
    heights = layer.heights
    assert heights is not None
    height_m = np.nan_to_num(heights.height_m.astype(np.float64))
    guessed = np.maximum(np.floor(height_m / STOREY_M + 1e-6), 1.0)
    name = heights.storeys_field
    if not name or name not in layer.table.fields():
        return guessed
    values = column_rows(layer.table, name)
    if values.dtype.kind not in "fiu":
        values = np.array([_number(v) for v in values.tolist()])
    told = np.asarray(values, np.float64)
    return np.where(np.isfinite(told) & (told > 0), told, guessed)


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return float("nan")


def use_field(layer: Layer) -> str:
    """Return the column that says what a building is used for; "" where there is none."""
    names = {name.casefold(): name for name, kind in layer.table.fields().items() if kind == "text"}
    return next((names[n] for n in _USES if n in names), "")


def _by_use(layer: Layer, floor_m2: FloatArray) -> dict[str, float]:
    name = use_field(layer)
    if not name:
        return {"": float(floor_m2.sum())}
    text = text_column(layer.table, name)
    if text.codes is None:
        sums: dict[str, float] = {}
        for use, area in zip(text.values.tolist(), floor_m2.tolist(), strict=True):
            sums[use or ""] = sums.get(use or "", 0.0) + area
        return sums
    total = np.bincount(text.codes + 1, floor_m2, len(text.values) + 1)
    return dict(zip(["", *map(str, text.values)], total.tolist(), strict=True))


# green


def is_green(layer: Layer) -> bool:
    """Return whether a layer's polygons are parks or other green, by its name."""
    name = f"{layer.info.name} {layer.info.source_layer or ''}".casefold()
    return layer.info.kind is Kind.POLYGONS and not is_proposed(layer) and _GREEN.search(name) is not None


def _green_m2(city: CityFacts, edits: Sequence[Edit], footprints: Sequence[Any]) -> float:
    layers = [layer for layer in city.visible() if is_green(layer) and isinstance(layer.features, Polygons)]
    total, lost, trees = 0.0, [], []
    for layer in layers:
        assert isinstance(layer.features, Polygons)
        total += float(_polygon_areas(layer).sum())
        rows = [row for row in gone_rows(layer, edits).values() if row >= 0]
        lost += [shape for row in rows if (shape := row_polygon(layer, row)) is not None]
        trees.append(_near_green(layer, rows))
    ground = [e for e in edits if e.kind is EditKind.GROUND and e.ground is not GroundUse.TREES]
    parks = shapely.union_all([polygon_of(e, city.frame) for e in ground if e.ground is GroundUse.PARK])
    hard = [polygon_of(e, city.frame) for e in ground if e.ground is not GroundUse.PARK]
    covered = shapely.union_all([*footprints, *hard])
    new = shapely.difference(parks, covered)
    total -= sum(shape.area for shape in lost)
    for near in trees:
        for shape in near(covered):
            total -= shape.intersection(covered).area
        for shape in near(new):
            new = shapely.difference(new, shape)
    return float(max(total + new.area, 0.0))


def _polygon_areas(layer: Layer) -> FloatArray:
    assert isinstance(layer.features, Polygons)
    return areas_m2(layer.features.outlines)


def _near_green(layer: Layer, without: Sequence[int]) -> Any:
    """Return what finds a layer's polygons that touch a shape."""
    assert isinstance(layer.features, Polygons)
    rows = np.setdiff1d(np.unique(layer.features.row), np.asarray(without, np.int32))

    def near(shape: Any) -> list[Any]:
        if shape.is_empty or not len(rows):
            return []
        shapes = derived(layer.table, ("green", id(layer.features)), lambda: _all_polygons(layer))
        standing = [shapes[int(row)] for row in rows]
        tree = shapely.STRtree(standing)
        return [standing[i] for i in tree.query(shape, predicate="intersects")]

    return near


def _all_polygons(layer: Layer) -> dict[int, Any]:
    assert isinstance(layer.features, Polygons)
    found = ((int(row), row_polygon(layer, int(row))) for row in np.unique(layer.features.row))
    return {row: shapely.make_valid(shape) for row, shape in found if shape is not None}


def _trees(city: CityFacts, edits: Sequence[Edit]) -> int:
    count = sum(len(trees_of(e, city.frame)) for e in edits)
    for layer in city.visible():
        name = f"{layer.info.name} {layer.info.source_layer or ''}".casefold()
        if isinstance(layer.features, Points) and _TREES.search(name):
            count += int(_standing(layer, edits)[layer.features.row].sum())
    return count
