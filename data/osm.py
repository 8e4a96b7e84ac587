"""OpenStreetMap extracts (.osm.pbf, .osm) as layers of a city: buildings, roads, rail, water, green, stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from data import ogr, osm_objects, osm_ogr
from data.content import Facts, Stream
from data.height_values import number_of
from data.osm_layers import NAMES, OsmLayer, Shape, Tags, is_underground, layer_of, width_m
from data.osm_objects import Gathered
from data.osm_parts import parted
from data.sniffing import looks_like
from data.sources import Source, chosen_layer
from twin.errors import LayerError, SourceError
from twin.report import Report

DRIVER = "OSM"
BATCH_ROWS = 16_384
COUNTED_BYTES = 64 * 2**20
QUICKLY_COUNTED_BYTES = 8 * 2**20
COMMON_SHARE = 0.02
"""A tag that this share of a layer's objects has is a column of its own; the others stand together in one."""
MOST_COLUMNS = 60
HIDDEN, WIDTH, UNDERGROUND = "drawn_by_parts", "width_m", "is_underground"
GEOMETRY = "osm_geometry"
ENDINGS = (".osm.pbf", ".osm.gz", ".osm.bz2", ".osm")


def is_osm(path: Path) -> bool:
    """Return whether a file is an OpenStreetMap extract, by its first bytes."""
    if not path.is_file():
        return False
    if path.name.lower().endswith((".osm.gz", ".osm.bz2")):
        return True
    with path.open("rb") as file:
        head = file.read(64)
    return b"OSMHeader" in head or looks_like(path) == "OpenStreetMap XML"


def facts(source: Source, layer: str | None, *, is_quick: bool = False) -> Facts:
    """Say which layers an extract has; a layer of GDAL's own (multipolygons, lines) can still be asked for by name.

    raises   SourceError  it cannot be read
             LayerError   there is no such layer, or nothing of a city in it
    """
    if layer is not None and layer.lower() in ogr.OSM_LAYERS:
        return ogr.facts(source, layer.lower(), is_quick=is_quick)
    size = Path(source.path).stat().st_size
    is_counted = size <= (QUICKLY_COUNTED_BYTES if is_quick else COUNTED_BYTES)
    count = _counted(source) if is_counted else dict.fromkeys(NAMES, -1)
    names = [name for name in NAMES if count[name]]
    if not names:
        raise LayerError(
            f'"{Path(source.given).name}" has no buildings, roads, rail, water, green or stops in it.',
            hint="Open another extract.",
            path=source.given,
        )
    wanted = chosen_layer(names, layer, source.given) if layer is not None else names[0]
    known = layer_of(wanted)
    return Facts(
        driver=DRIVER,
        layers=tuple(names),
        layer=wanted,
        count=count[wanted],
        crs="EPSG:4326",
        bounds=None,
        fields=("osm_type", "osm_id", *known.columns),
        geometry_types=({Shape.AREAS: "MultiPolygon", Shape.LINES: "LineString"}.get(known.shape, "Point"),),
        kind=known.kind,
        objects={name: count[name] for name in names} if is_counted else {},
        opened=tuple(names),
    )


def _counted(source: Source) -> dict[str, int]:
    with _explained(source):
        if osm_objects.has_osmium():
            return osm_objects.counted(source.path)
        return osm_ogr.counted(source.path)


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    try:
        yield
    except (*ogr.READ_ERRORS, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise SourceError(
            f'"{Path(source.given).name}" cannot be read as an OpenStreetMap extract ({reason}).',
            hint=f"Download it again. Path: {source.given}",
            path=source.given,
            reason=reason,
        ) from error


@contextmanager
def stream(source: Source, known: Facts) -> Iterator[Stream]:
    """Return the objects of one layer as rows: id, tags, and what is derived from them for drawing.

    raises   SourceError  the file cannot be read
    """
    if known.layer not in NAMES:
        with ogr.stream(source, known) as plain:
            yield plain
        return
    layer = layer_of(known.layer)
    report = source.report
    with _explained(source):
        reader = osm_objects if osm_objects.has_osmium() else osm_ogr
        found = reader.gathered(source.path, layer, report)
    shapes = _without_outlines(found, report) if layer.name == "buildings" else None
    table = _table(found, layer, shapes[1] if shapes else {})
    wkb = pa.array(found.wkb if shapes is None else shapes[0], pa.binary())
    rows = table.append_column(GEOMETRY, wkb)
    yield Stream(known, GEOMETRY, iter(rows.to_batches(BATCH_ROWS)), lambda finished: finished)


def _without_outlines(found: Gathered, report: Report) -> tuple[list[bytes | None], dict[str, Sequence[Any]]]:
    """Return the geometry of buildings with the places of their parts taken out, and the columns that say so."""
    is_part = np.array([_is_part(tags) for tags in found.tags], bool)
    if not is_part.any():
        return found.wkb, {}
    shapes = shapely.from_wkb(np.array([*found.wkb, None], object)[:-1], on_invalid="ignore")
    done = parted(shapes, is_part, np.array([_rises(tags) for tags in found.tags], bool))
    wkb = list(found.wkb)
    for place in done.cut.tolist():
        wkb[place] = bytes(shapely.to_wkb(done.shapes[place]))
    report.add("building outlines are partly covered by their building:parts and stand beside these only", done.cut)
    part_of = [f"{found.keys[o][0]}/{found.keys[o][1]}" if o >= 0 else None for o in done.part_of.tolist()]
    columns: dict[str, Sequence[Any]] = {"part_of": part_of, HIDDEN: done.is_hidden.tolist()}
    return wkb, columns if any(part_of) else {}


def _is_part(tags: Tags) -> bool:
    return tags.get("building", "no") in ("", "no") and tags.get("building:part", "no") not in ("", "no")


def _rises(tags: Tags) -> bool:
    values = (number_of(tags.get(name, "")) for name in ("min_height", "building:min_level"))
    return any(np.isfinite(value) and value > 0 for value in values)


# columns


def _table(found: Gathered, layer: OsmLayer, added: dict[str, Sequence[Any]]) -> pa.Table:
    """Return id, the usual tags, the common ones, the rest as one text, and what is derived."""
    often = Counter(key for tags in found.tags for key in tags)
    common = [key for key, count in often.most_common() if count >= COMMON_SHARE * len(found.tags)]
    names = [key for key in layer.columns if key in often]
    names += [key for key in common if key not in names][: MOST_COLUMNS - len(names)]
    columns: dict[str, Any] = {
        "osm_type": pa.array([kind for kind, _ in found.keys], pa.string()),
        "osm_id": pa.array([number for _, number in found.keys], pa.int64()),
    }
    columns |= {key: pa.array([tags.get(key) for tags in found.tags], pa.string()) for key in names}
    own = set(names)
    rest = ["; ".join(f"{k}={v}" for k, v in tags.items() if k not in own) or None for tags in found.tags]
    if any(rest):
        columns["other_tags"] = pa.array(rest, pa.string())
    columns |= _derived(found, layer) | {name: pa.array(values) for name, values in added.items()}
    return pa.table(columns)


def _derived(found: Gathered, layer: OsmLayer) -> dict[str, pa.Array]:
    derived: dict[str, pa.Array] = {}
    if layer.shape is Shape.LINES:
        derived[WIDTH] = pa.array([width_m(layer, tags) for tags in found.tags], pa.float64())
    if layer.name == "buildings":
        storeys = np.array([_storeys(tags) for tags in found.tags], float)
        if np.isfinite(storeys).any():
            derived["storeys_above_ground"] = pa.array(storeys, pa.float64(), from_pandas=True)
    buried = [is_underground(tags) for tags in found.tags]
    if any(buried):
        derived[UNDERGROUND] = pa.array(buried, pa.bool_())
    return derived


def _storeys(tags: Tags) -> float:
    """Return the storeys with those under the roof, which building:levels does not count; NaN if not known."""
    levels, roof = number_of(tags.get("building:levels", "")), number_of(tags.get("roof:levels", ""))
    return levels + (roof if np.isfinite(roof) and roof > 0 else 0.0)
