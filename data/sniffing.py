"""What a file's first bytes say it is, whatever its name says."""

from __future__ import annotations

import re
from pathlib import Path

MAGIC = (
    (b"SQLite format 3\x00", "SQLite"),
    (b"PK\x03\x04", "zip"),
    (b"PAR1", "Parquet"),
    (b"ARROW1", "Arrow"),
    (b"fgb\x03fgb", "FlatGeobuf"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"\x89PNG", "PNG picture"),
    (b"\xff\xd8\xff", "JPEG picture"),
    (b"%PDF", "PDF document"),
    (b"II*\x00", "TIFF picture"),
    (b"MM\x00*", "TIFF picture"),
    (b"\x1f\x8b", "gzip archive"),
    (b"PMTiles", "PMTiles"),
    (b"\xd0\xcf\x11\xe0", "old Office document"),
    (b"\x7fELF", "program"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)
GEOJSON = re.compile(
    rb'"type"\s*:\s*"(Feature(Collection)?|(Multi)?(Point|LineString|Polygon)|GeometryCollection)"', re.IGNORECASE
)
PEEKED_BYTES = 65_536


def looks_like(path: Path) -> str:
    """Return a plain name for what the file's beginning looks like; "" where it says nothing."""
    try:
        with path.open("rb") as file:
            head = file.read(PEEKED_BYTES)
    except OSError:
        return ""
    for magic, name in MAGIC:
        if head.startswith(magic):
            return name
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return "text without content"
    if text[:1] in b"{[":
        return _json(text)
    if text[:1] == b"<":
        return _xml(text)
    return ""


def _json(text: bytes) -> str:
    if re.search(rb'"type"\s*:\s*"CityJSON(Feature)?"', text) or b'"CityObjects"' in text:
        return "CityJSON"
    if re.search(rb'"type"\s*:\s*"Topology"', text):
        return "TopoJSON"
    if GEOJSON.search(text):
        return "GeoJSON"
    return "JSON"


def _xml(text: bytes) -> str:
    start = text[:4000].lower()
    if b"<html" in start or b"<!doctype html" in start:
        return "web page"
    if b"citymodel" in start:
        return "CityGML"
    for word, name in ((b"<osm", "OpenStreetMap XML"), (b"<kml", "KML"), (b"<gpx", "GPX"), (b"opengis.net/gml", "GML")):
        if word in start:
            return name
    return "XML"
