"""Rasters of heights: nodata said and unsaid, any CRS, units, decimation, and what cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import numpy.typing as npt
import pytest
import rasterio
from PIL import Image
from rasterio.features import geometry_mask

from data import raster
from data.height_rasters import PERCENTILE, HeightRasters
from data.layer_values import read_values
from data.raster import raster_facts, read_heights, read_terrain
from data.vector import describe, read
from twin.buildings import HeightSource
from twin.errors import CrsError, LayerError, SourceError
from twin.layer import Kind
from twin.place import LocalFrame, local_from_lonlat

EAST, NORTH = 565_000.0, 5_930_000.0


def write(path: Path, heights: npt.NDArray[np.generic], **more: object) -> Path:
    """Write heights as GeoTIFF, 10 m a cell."""
    profile = {
        "driver": "GTiff", "width": heights.shape[1], "height": heights.shape[0], "count": 1, "dtype": heights.dtype,
        "crs": "EPSG:32632", "transform": rasterio.transform.from_origin(EAST, NORTH, 10, 10),
    }  # fmt: skip
    with rasterio.open(path, "w", **(profile | more)) as target:
        target.write(heights, 1)
    return path


def plane(lines: int = 40, columns: int = 60) -> npt.NDArray[np.float32]:
    """Return ground that rises 1 m a cell to the east and falls 2 m a cell to the south."""
    line, column = np.mgrid[0:lines, 0:columns]
    return (200 + column - 2 * line).astype(np.float32)


def test_a_cell_keeps_its_height_and_place(tmp_path: Path) -> None:
    """The cell in line 3, column 7 has its middle 75 m east and 35 m south of the corner."""
    layer = read_terrain(write(tmp_path / "a.tif", plane()), frame=LocalFrame("EPSG:32632", (EAST, NORTH)))
    assert layer.info.kind is Kind.TERRAIN
    assert layer.terrain is not None
    assert layer.terrain.height_at([[75.0, -35.0]])[0] == pytest.approx(201.0)


@pytest.mark.parametrize("sentinel", [-3.4028234663852886e38, -9999.0, -32768.0])
def test_an_undeclared_sentinel_is_no_height(tmp_path: Path, sentinel: float) -> None:
    """Nothing tells GDAL that these cells are empty; the report says what was done."""
    heights = plane()
    heights[:4] = sentinel
    read = read_heights(write(tmp_path / "a.tif", heights))
    assert read.range_m == (200 - 2 * 39, 200 - 8 + 59)
    assert read.nodata_share == pytest.approx(0.1)
    assert any("which no ground has" in p.what and p.count == 240 for p in read.facts.report.problems)


def test_declared_nodata_needs_no_word(tmp_path: Path) -> None:
    """Cells without data at an edge are left out and not said."""
    heights = plane()
    heights[:4] = -1.0
    read = read_heights(write(tmp_path / "a.tif", heights, nodata=-1.0))
    assert read.nodata_share == pytest.approx(0.1)
    assert not read.facts.report


def test_degrees_are_moved_into_the_frame(tmp_path: Path) -> None:
    """At 53.5 N, 10 E: the height of a place is that of its longitude, wherever the frame is."""
    column = np.broadcast_to(np.arange(100, dtype=np.float32), (80, 100))
    where = rasterio.transform.from_origin(10.0, 53.5, 0.0002, 0.0001)
    path = write(tmp_path / "a.tif", np.ascontiguousarray(column), crs="EPSG:4326", transform=where)
    layer = read_terrain(path)
    assert layer.terrain is not None

    place = local_from_lonlat(layer.frame, np.array([[10.0 + 0.0002 * 50.5, 53.5 - 0.0001 * 40]]))
    assert layer.frame.crs == "EPSG:32632"
    assert layer.terrain.height_at(place)[0] == pytest.approx(50.0, abs=0.15)


def test_feet_become_metres(tmp_path: Path) -> None:
    """A band in feet: 200 ft are 60.96 m."""
    path = write(tmp_path / "a.tif", plane())
    with rasterio.open(path, "r+") as target:
        target.units = ("ft",)
    assert read_heights(path).range_m[1] == pytest.approx(259 * 0.3048, rel=1e-6)


def test_too_many_cells_are_read_coarser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2,400 cells where 600 are allowed: every second one, and that is said; the place stays."""
    monkeypatch.setattr(raster, "MOST_CELLS", 600)
    read = read_heights(
        write(tmp_path / "a.tif", plane(), nodata=-9999.0), frame=LocalFrame("EPSG:32632", (EAST, NORTH))
    )
    assert read.terrain.height_m.shape == (20, 30)
    assert read.terrain.height_at([[300.0, -200.0]])[0] == pytest.approx(200 + 29.5 - 2 * 19.5, abs=0.01)
    assert any("every 2th cell" in p.what for p in read.facts.report.problems)


def test_an_esri_grid_without_a_projection_asks_for_one(tmp_path: Path) -> None:
    """Numbers in metres cannot be guessed; with --crs they are placed."""
    path = tmp_path / "a.asc"
    rows = "\n".join(" ".join(f"{v:g}" for v in line) for line in plane(5, 6))
    path.write_text(f"ncols 6\nnrows 5\nxllcorner {EAST}\nyllcorner {NORTH}\ncellsize 10\nNODATA_value -9999\n{rows}\n")
    assert "states no CRS" in describe(path).problem
    with pytest.raises(CrsError, match="states no CRS"):
        read(path)
    layer = read(path, crs="EPSG:32632")
    assert layer.terrain is not None
    assert layer.terrain.range_m == (192.0, 205.0)


def test_a_torn_file_is_a_sentence(tmp_path: Path) -> None:
    """Half of a GeoTIFF: it opens, and cannot be read."""
    path = write(tmp_path / "a.tif", np.random.default_rng(1).normal(size=(400, 400)).astype(np.float32))
    path.write_bytes(path.read_bytes()[:200_000])
    with pytest.raises(SourceError, match="cannot be read as a raster"):
        read_heights(path)


def test_a_picture_without_a_place_is_a_sentence(tmp_path: Path) -> None:
    """A photograph lies nowhere."""

    Image.new("RGB", (20, 20)).save(tmp_path / "a.png")
    with pytest.raises(LayerError, match="does not say where on earth"):
        raster_facts(tmp_path / "a.png")


def test_all_cells_empty_is_a_sentence(tmp_path: Path) -> None:
    """There is nothing to stand on."""
    with pytest.raises(LayerError, match="has no heights"):
        read_heights(write(tmp_path / "a.tif", np.full((5, 5), -9999, np.float32), nodata=-9999.0))


def test_alexandrias_heights_are_the_percentile_of_the_cells_in_each_footprint(
    real_data: Callable[[str], Path],
) -> None:
    """Against rasterio's own mask of each footprint, in the raster's CRS, cell by cell."""

    folder = real_data("alexandria_va")
    rasters = HeightRasters(dsm=str(folder / "dsm.tif"), dtm=str(folder / "dtm.tif"))
    values = read_values(folder / "buildings.geojson", rasters=rasters)
    assert values.raised is not None
    assert (values.raised.heights.source == HeightSource.RASTER).all()
    with rasterio.open(rasters.dsm) as dsm, rasterio.open(rasters.dtm) as dtm:
        above = dsm.read(1, masked=True) - dtm.read(1, masked=True)
        where = dsm.transform
    shapes = geopandas.read_file(folder / "buildings.geojson").to_crs("EPSG:26918").geometry
    gaps = []
    for row, shape in enumerate(shapes):
        inside = geometry_mask([shape], above.shape, where, invert=True)
        cells = above[inside].compressed()
        if len(cells) > 20:
            gaps.append(float(values.raised.heights.height_m[row]) - float(np.percentile(cells, PERCENTILE)))
    assert len(gaps) > 60
    assert float(np.abs(gaps).max()) < 0.35
    assert float(np.median(np.abs(gaps))) < 0.02
    published = np.array(values.table.column("HEIGHT"), float)
    off = values.raised.heights.height_m - published
    assert float(np.nanmedian(np.abs(off))) < 0.8


def test_heights_above_ground_are_used_as_they_are(real_data: Callable[[str], Path]) -> None:
    """hag.tif alone gives a height to each of the 84 buildings."""
    folder = real_data("alexandria_va")
    values = read_values(folder / "buildings.geojson", rasters=HeightRasters(hag=str(folder / "hag.tif")))
    assert values.raised is not None
    assert int((values.raised.heights.source == HeightSource.RASTER).sum()) == 84


def test_a_column_asked_for_comes_before_rasters(real_data: Callable[[str], Path]) -> None:
    """82 of the 84 buildings have a HEIGHT."""
    folder = real_data("alexandria_va")
    rasters = HeightRasters(dsm=str(folder / "dsm.tif"), dtm=str(folder / "dtm.tif"))
    values = read_values(folder / "buildings.geojson", rasters=rasters, height_field="HEIGHT")
    assert values.raised is not None
    assert np.bincount(values.raised.heights.source, minlength=3)[:3].tolist() == [82, 0, 2]
