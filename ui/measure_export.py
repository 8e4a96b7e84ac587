"""Measurements as files: GeoJSON with longitude, latitude and height, or a table of figures."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from twin.errors import PictureError
from twin.measure import MeasureKind, Measurement, figures
from twin.place import LocalFrame
from ui import measure_words as words


def write_measurements(measurements: Sequence[Measurement], path: Path, frame: LocalFrame | None) -> None:
    """Write measurements; the ending of the name tells the format.

    raises   PictureError  the file cannot be written; what was there stays
    """
    text = _table(measurements, frame) if path.suffix.lower() == ".csv" else _geojson(measurements, frame)
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise PictureError(
            f"The measurements could not be written: {error.strerror or error}.", hint="Choose another place.",
            path=str(path),
        ) from error  # fmt: skip


def _facts(measurement: Measurement, frame: LocalFrame | None) -> dict[str, str | float]:
    facts: dict[str, str | float] = {"name": measurement.name, "kind": str(measurement.kind)}
    for figure in figures(measurement, frame):
        facts[f"{figure.name.replace(' ', '_')}_{figure.unit}"] = round(figure.value, 4)
    return facts


def _geojson(measurements: Sequence[Measurement], frame: LocalFrame | None) -> str:
    features = []
    for one in measurements:
        points = [[round(lon, 9), round(lat, 9), round(z, 4)] for lon, lat, z in one.points]
        shape: dict[str, object] = {"type": "LineString", "coordinates": points}
        if one.kind is MeasureKind.ELEVATION or len(points) == 1:
            shape = {"type": "Point", "coordinates": points[0]}
        elif one.kind is MeasureKind.AREA and len(points) > 2:
            shape = {"type": "Polygon", "coordinates": [[*points, points[0]]]}
        features.append({"type": "Feature", "id": one.id, "properties": _facts(one, frame), "geometry": shape})
    return json.dumps({"type": "FeatureCollection", "name": words.PANEL, "features": features}, ensure_ascii=False)


def _table(measurements: Sequence[Measurement], frame: LocalFrame | None) -> str:
    rows = [_facts(one, frame) for one in measurements]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
