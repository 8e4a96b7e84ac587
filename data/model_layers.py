"""A city model as the layers it is opened as: one a type of object, each object with its footprint and attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from data import citygml, cityjson
from data.citymodel import Look, free_name
from data.content import Facts, Stream
from data.model_bodies import raw_bodies
from data.model_footprints import Footprints, footprints
from data.sources import Source, chosen_layer
from data.table import ArrowTable
from twin.errors import LayerError
from twin.layer import Kind
from twin.models import RELIEF, CityModel

BUILDING = "Building"
BATCH_ROWS = 16_384
GEOMETRY = "geometry"
ROOF_Z, GROUND_Z, LOD = "roof_z", "ground_z", "lod"
"""Columns that are added: metres above the CRS's zero, and the level of detail they were taken from. The first two are
names that data/heights.py takes for elevations of roof and ground."""


@dataclass(frozen=True, slots=True)
class _Format:
    driver: Callable[[Source], str]
    read: Callable[[Source], CityModel]
    look: Callable[[Source], Look]


CITYJSON = _Format(cityjson.driver_of, cityjson.read_model, cityjson.look)
CITYGML = _Format(lambda _: "CityGML", citygml.read_model, citygml.look)


def cityjson_facts(source: Source, layer: str | None, *, is_quick: bool = False) -> Facts:
    """Say what a CityJSON file holds: see _facts."""
    return _facts(source, layer, CITYJSON, is_read_next=is_quick)


def citygml_facts(source: Source, layer: str | None, *, is_quick: bool = False) -> Facts:
    """Say what a CityGML file holds: see _facts."""
    return _facts(source, layer, CITYGML, is_read_next=is_quick)


def _facts(source: Source, layer: str | None, what: _Format, *, is_read_next: bool) -> Facts:
    """Say what a model holds.

    is_read_next   whether the rows are read next: the model is read at once then, and goes with the facts
    raises         SourceError, LayerError  it cannot be read, or has no such type of object
    """
    model = what.read(source) if is_read_next else None
    found = what.look(source) if model is None else _look_at(model)
    if not found.counts:
        raise LayerError(
            f'"{Path(source.given).name}" is a city model without objects.',
            hint="Open another file.",
            path=source.given,
        )
    names = list(found.counts)
    name = chosen_layer(names, layer, source.given) if layer is not None else _largest(found.counts)
    return Facts(
        driver=what.driver(source),
        layers=tuple(names),
        layer=name,
        count=found.counts[name],
        crs=found.crs,
        bounds=found.bounds,
        fields=found.fields.get(name, ()),
        geometry_types=("MultiPolygon",),
        kind=Kind.FOOTPRINTS if name == BUILDING else Kind.POLYGONS,
        objects=found.counts,
        lods=model.lods() if model is not None else (),
        opened=opened_layers(found.counts),
        model=model,
    )


def _look_at(model: CityModel) -> Look:
    """Return what a look says of a model that is read already."""
    fields = {kind: tuple(table.fields()) for kind, table in model.tables.items()}
    return Look(model.counts(), model.crs, _bounds(model), fields)


def _largest(counts: dict[str, int]) -> str:
    """Return the layer that is opened when none was asked for: the buildings, else the largest that can be drawn."""
    if BUILDING in counts:
        return BUILDING
    return next((name for name in counts if name not in RELIEF), next(iter(counts)))


def opened_layers(counts: dict[str, int]) -> tuple[str, ...]:
    """Return the types of objects that a model is opened as: the buildings first, without parts of what is there.

    returns   empty where there is only one
    """
    first = _largest(counts)
    whole = [name for name in counts if not any(name != other and name.startswith(other) for other in counts)]
    names = tuple(dict.fromkeys([first, *whole]))
    return names if len(names) > 1 else ()


def _bounds(model: CityModel) -> tuple[float, float, float, float] | None:
    surfaces = model.surfaces
    if not len(surfaces):
        return None
    is_used = np.zeros(len(surfaces.xyz), bool)
    is_used[surfaces.corner] = True
    xy = surfaces.xyz[is_used, :2]
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    return float(west), float(south), float(east), float(north)


@contextmanager
def stream(source: Source, known: Facts) -> Iterator[Stream]:
    """Return the objects of one type as rows: footprint, attributes, elevation of roof and ground.

    raises   SourceError, LayerError  the file cannot be read, or nothing of the type can be drawn
    """
    what = CITYJSON if known.driver.startswith("CityJSON") else CITYGML
    model = known.model or what.read(source)
    found = footprints(model, known.layer, source.report, as_boxes=known.layer in RELIEF)
    _refuse_nothing(found, known, source)
    table = _with_columns(_inherited(model, known.layer), found, is_raised=known.layer == BUILDING)
    wkb = pa.array(shapely.to_wkb(found.shapes), pa.binary())
    geometry = free_name(GEOMETRY, table.column_names)
    rows = table.append_column(geometry, wkb)
    yield Stream(
        known,
        geometry,
        iter(rows.to_batches(BATCH_ROWS)),
        lambda finished: finished,
        partial(raw_bodies, model, known.layer),
    )


def _refuse_nothing(found: Footprints, known: Facts, source: Source) -> None:
    """Refuse a layer of which nothing is left, with what was lost on the way."""
    lost = [f"{problem.count:,} {problem.what}" for problem in source.report.problems if problem.is_loss]
    if lost and all(shape is None for shape in found.shapes):
        raise LayerError(
            f'Nothing of the layer "{known.layer}" of "{Path(source.given).name}" can be drawn: {"; ".join(lost)}.',
            hint="Choose another layer, or export the file again.",
            layer=known.layer,
        )


def _inherited(model: CityModel, kind: str) -> object:
    """Return a type's attributes; those that parts do not have themselves are the whole's."""
    table, whole = model.tables[kind], model.tables.get(kind.removesuffix("Part"))
    if whole is None or whole is table or not isinstance(table, ArrowTable) or not isinstance(whole, ArrowTable):
        return table
    place = np.full(len(model), -1, np.int64)
    holders = np.flatnonzero(model.object_type == model.types.index(kind.removesuffix("Part")))
    place[holders] = np.arange(len(holders))
    parent = model.parent[model.object_type == model.types.index(kind)]
    row = np.where(parent >= 0, place[parent], -1)
    taken = pa.array(row, mask=row < 0)
    columns = table.arrow
    for name in whole.arrow.column_names:
        values = whole.arrow.column(name).take(taken)
        if name not in columns.column_names:
            columns = columns.append_column(name, values)
        elif name != "id" and columns.column(name).type == values.type:
            number = columns.column_names.index(name)
            columns = columns.set_column(number, name, pc.coalesce(columns.column(name), values))
    return ArrowTable(columns)


def _with_columns(table: object, found: Footprints, *, is_raised: bool) -> pa.Table:
    """Return a type's attributes with what the geometry says beside them."""
    assert isinstance(table, ArrowTable)
    columns = table.arrow
    added: dict[str, npt.NDArray[np.generic]] = {LOD: found.lod}
    if found.parts.any():
        added["parts"] = found.parts
    if is_raised:
        added |= {ROOF_Z: found.roof_z, GROUND_Z: found.ground_z}
    for name, values in added.items():
        if name in columns.column_names:  # a file that was made from ours
            other = free_name(name, columns.column_names)
            columns = columns.rename_columns([other if n == name else n for n in columns.column_names])
        columns = columns.append_column(name, pa.array(values, from_pandas=True))
    return columns
