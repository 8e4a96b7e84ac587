"""Objects out of an OpenStreetMap extract by GDAL, for machines without osmium: slower to ask, same layers."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyogrio
import shapely

from data.content import StoppedError
from data.osm_layers import LAYERS, NAMES, OsmLayer, Shape
from data.osm_objects import Gathered, Key
from twin.report import Report

_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_ID_COLUMNS = ("osm_id", "osm_way_id")
_TABLES = {Shape.AREAS: ("multipolygons", "lines"), Shape.LINES: ("lines",), Shape.POINTS: ("points", "multipolygons")}


def counted(path: str) -> dict[str, int]:
    """Return how many objects each layer has; see data.osm_objects.counted."""
    count = dict.fromkeys(NAMES, 0)
    for table in ("points", "lines", "multipolygons"):
        for _, tags, _ in _objects(path, table, None):
            for layer in LAYERS:
                count[layer.name] += table in _TABLES[layer.shape] and layer.is_one(tags, False)  # noqa: FBT003
    return count


def gathered(path: str, layer: OsmLayer, report: Report, is_stopped: Callable[[], bool] | None = None) -> Gathered:
    """Return the objects of one layer; see data.osm_objects.gathered.

    raises   pyogrio's errors, RuntimeError  the file cannot be read
             StoppedError                    is_stopped answered true
    """
    found = Gathered()
    lost = 0
    for table in _TABLES[layer.shape]:
        for key, tags, wkb in _objects(path, table, is_stopped):
            is_area = table == "multipolygons" and key[0] == "relation"
            if not layer.is_one(tags, is_area):
                continue
            if table == "lines" and layer.shape is Shape.AREAS:  # GDAL does not know that these tags mean areas
                wkb = _closed(wkb)  # noqa: PLW2901  the shape of the same object
            found.add(key, tags, wkb)
            lost += wkb is None
    report.add(
        f"objects of {layer.name} are broken, or cut off at the extract's edge, and are not drawn",
        count=lost,
    )
    report.add('read by GDAL; pip install "citytwin[osm]" reads broken outlines and relations better', count=1)
    return found


def _closed(line: bytes | None) -> bytes | None:
    """Return a closed line as an area; None for an open one."""
    ring = None if line is None else shapely.from_wkb(line, on_invalid="ignore")
    if ring is None or not shapely.is_closed(ring) or shapely.get_num_coordinates(ring) < 4:
        return None
    return bytes(shapely.to_wkb(shapely.polygons(shapely.get_coordinates(ring))))


def _objects(
    path: str, table: str, is_stopped: Callable[[], bool] | None
) -> Iterator[tuple[Key, dict[str, str], bytes | None]]:
    with warnings.catch_warnings():  # each broken ring is one
        warnings.simplefilter("ignore", RuntimeWarning)
        _, rows = pyogrio.raw.read_arrow(path, layer=table)
    geometry = next(name for name in rows.column_names if name in ("wkb_geometry", "geometry"))
    for batch in rows.to_batches(4096):
        if is_stopped is not None and is_stopped():
            raise StoppedError
        yield from _of_batch(batch, table, geometry)


def _of_batch(batch: pa.RecordBatch, table: str, geometry: str) -> Iterator[tuple[Key, dict[str, str], bytes | None]]:
    names = [n for n in batch.schema.names if n not in (geometry, "other_tags", "z_order", *_ID_COLUMNS)]
    columns: dict[str, list[Any]] = {name: batch.column(name).to_pylist() for name in batch.schema.names}
    for row in range(batch.num_rows):
        tags = {name: str(value) for name in names if (value := columns[name][row]) is not None}
        tags |= {_plain(k): _plain(v) for k, v in _PAIR.findall(columns.get("other_tags", [None])[row] or "")}
        way = columns["osm_way_id"][row] if "osm_way_id" in columns else None
        number = way or columns["osm_id"][row] or 0
        kind = {"points": "node", "lines": "way"}.get(table, "way" if way else "relation")
        yield (kind, int(number)), tags, columns[geometry][row]


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
