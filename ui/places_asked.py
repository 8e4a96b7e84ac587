"""Places as the command line takes them: longitude and latitude, a file of points, or features of a layer. No Qt."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data.frames import frame_of_layer
from data.vector import read
from twin.errors import TwinError, UsageError
from twin.layer import Layer
from twin.session import Session

_NUMBERS = re.compile(r"[-+0-9.,;\s]+")
_NAMES = ("name", "id", "fid")


def places_of(text: str, session: Session) -> list[dict[str, Any]]:
    """Return the places that a text asks for, as plugins take them.

    text     "lon,lat;lon,lat", a file of points, or "LAYER:ROW,ROW" or "LAYER:COLUMN=VALUE" (several with ";")
    raises   UsageError  it is none of these, or a feature is not there
    """
    text = text.strip()
    if _NUMBERS.fullmatch(text):
        return [_point(piece, i) for i, piece in enumerate(p for p in text.split(";") if p.strip())]
    if Path(text).is_file():
        return _of_file(Path(text))
    if ":" in text:
        return [place for piece in text.split(";") if piece.strip() for place in _features(piece.strip(), session)]
    raise UsageError(f'No places can be made of "{text}".', hint='Write "lon,lat;lon,lat", a file, or LAYER:ROW,ROW.')


def _point(piece: str, number: int) -> dict[str, Any]:
    try:
        lon, lat = (float(v) for v in piece.split(","))
    except ValueError:
        raise UsageError(f'"{piece.strip()}" is no place.', hint="Write longitude,latitude in degrees.") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise UsageError(f"{lon:g}, {lat:g} is no longitude and latitude.", hint="Longitude comes first.")
    return {"name": str(number), "lon_deg": lon, "lat_deg": lat}


def _of_file(path: Path) -> list[dict[str, Any]]:
    """Return the points of a file; of lines and areas a point that lies in them."""
    if path.suffix.lower() in {".csv", ".tsv", ".txt"}:
        found = _of_csv(path)
        if found:
            return found
    frame = frame_of_layer(read(path))
    points = frame.geometry.representative_point().to_crs("EPSG:4326")
    name = next((n for n in frame.columns if str(n).casefold() in _NAMES), None)
    names = frame[name].astype(str) if name is not None else [str(i) for i in range(len(frame))]
    return [{"name": n, "lon_deg": float(p.x), "lat_deg": float(p.y)} for n, p in zip(names, points, strict=True)]


def _of_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        return []
    by_name = {str(n).strip().casefold(): n for n in rows[0] if n}
    lon = next((by_name[n] for n in ("lon", "lon_deg", "longitude", "lng", "x") if n in by_name), None)
    lat = next((by_name[n] for n in ("lat", "lat_deg", "latitude", "y") if n in by_name), None)
    name = next((by_name[n] for n in _NAMES if n in by_name), None)
    if lon is None or lat is None:
        return []
    return [
        {**_point(f"{row[lon]},{row[lat]}", i), "name": str(row[name]) if name else str(i)}
        for i, row in enumerate(rows)
    ]


def _features(piece: str, session: Session) -> list[dict[str, Any]]:
    wanted, _, which = piece.partition(":")
    layer = _layer(wanted.strip(), session)
    column, is_value, value = which.partition("=")
    if is_value:
        return [_feature(layer, row) for row in _rows_where(layer, column.strip(), value.strip())]
    if not re.fullmatch(r"[\d,\s]+", which):
        raise UsageError(f'"{piece}" names no features.', hint="Write LAYER:ROW,ROW or LAYER:COLUMN=VALUE.")
    return [_feature(layer, int(row)) for row in which.split(",") if row.strip()]


def _feature(layer: Layer, row: int) -> dict[str, Any]:
    return {"name": f"{layer.info.id}:{row}", "layer": layer.info.id, "row": row}


def _layer(wanted: str, session: Session) -> Layer:
    for layer in session.layers.values():
        if wanted.casefold() in {layer.info.id.casefold(), layer.info.name.casefold()}:
            return layer
    raise UsageError(f'There is no layer "{wanted}".', hint=f"There are: {', '.join(session.layers)}.")


def _rows_where(layer: Layer, column: str, value: str) -> Sequence[int]:
    values = layer.table.column(column)
    if values.dtype.kind == "f":
        try:
            rows = np.flatnonzero(np.asarray(values, float) == float(value))
        except ValueError:
            rows = np.zeros(0, np.intp)
    else:
        rows = np.flatnonzero([str(v) == value for v in values])
    if not len(rows):
        raise UsageError(f'No feature of "{layer.info.id}" has {column} = {value}.', hint="Compare the spelling.")
    return [int(r) for r in rows]


def ring_of(text: str) -> list[list[float]]:
    """Return an area's ring, longitude and latitude: of "w,s,e,n", of "lon,lat;lon,lat;…" or of a file.

    raises   UsageError  it is none of these
    """
    text = text.strip()
    if Path(text).is_file():
        try:
            frame = frame_of_layer(read(text))
        except TwinError as error:
            raise UsageError(f"The area's file cannot be used: {error.sentence}", hint=error.hint) from error
        whole = shapely.union_all(frame.to_crs("EPSG:4326").geometry.to_numpy())
        outline = whole if whole.geom_type == "Polygon" else whole.convex_hull
        corners = shapely.get_coordinates(shapely.get_exterior_ring(outline))[:-1]
        return [[float(x), float(y)] for x, y in corners]
    pieces = [p for p in text.split(";") if p.strip()]
    if len(pieces) == 1 and pieces[0].count(",") == 3:
        try:
            west, south, east, north = (float(v) for v in pieces[0].split(","))
        except ValueError:
            raise UsageError(f'"{text}" is no area.', hint="Write west,south,east,north in degrees.") from None
        return [[west, south], [east, south], [east, north], [west, north]]
    points = [_point(p, i) for i, p in enumerate(pieces)]
    if len(points) < 3:
        raise UsageError(f'"{text}" is no area.', hint="Write west,south,east,north or three points or more.")
    return [[p["lon_deg"], p["lat_deg"]] for p in points]
