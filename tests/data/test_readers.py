"""The table of readers: the first that recognises a file reads it."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pytest
from shapely.geometry import box

from data.readers import READERS, reader_for
from data.sources import opened


@pytest.mark.parametrize(
    ("name", "reader"),
    [("a.parquet", "GeoParquet and Arrow"), ("a.gpkg", "whatever GDAL reads"), ("a.geojson", "whatever GDAL reads")],
)
def test_a_file_is_read_by_the_first_that_recognises_it(name: str, reader: str, tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame({"height": [9.0]}, geometry=[box(0, 0, 10, 10)], crs="EPSG:25832")
    path = tmp_path / name
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_file(path)
    with opened(path) as source:
        chosen = reader_for(source)
        assert chosen.name == reader
        assert chosen.facts(source, None, is_quick=True).count in {1, -1}


def test_the_last_one_takes_anything() -> None:
    assert READERS[-1].recognises(Path("anything"))
