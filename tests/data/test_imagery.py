"""Pictures of the ground: every source gives the tile that was put there, offline; online ones ask to be turned on."""

from __future__ import annotations

import io
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import rasterio
from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from data.imagery import imagery_of, read_image
from data.rasters import is_imagery, is_raster
from data.vector import describe, read
from twin.errors import LayerError, SourceError
from twin.layer import Kind
from twin.place import LocalFrame

PLACE = (3, 4, 2)
"""Level 3: the fifth column, the third line: 0 to 45 degrees east."""
COLOUR = (200, 30, 60)
EAST, NORTH = 565_000.0, 5_930_000.0


def tile_bytes(colour: tuple[int, int, int] = COLOUR) -> bytes:
    """Return a PNG of one colour."""
    data = io.BytesIO()
    Image.new("RGB", (256, 256), colour).save(data, "PNG")
    return data.getvalue()


def mbtiles(path: Path, *, form: str = "png") -> Path:
    """Write one tile; MBTiles count lines from the south: 2^3 - 1 - 2 = 5."""
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        file.execute("CREATE TABLE tiles (zoom_level INT, tile_column INT, tile_row INT, tile_data BLOB)")
        facts = {"name": "Old map", "format": form, "bounds": "0,40,45,66"}
        facts["attribution"] = "<a href='x'>City</a> survey"
        file.executemany("INSERT INTO metadata VALUES (?, ?)", facts.items())
        file.execute("INSERT INTO tiles VALUES (3, 4, 5, ?)", (tile_bytes(),))
    return path


def pmtiles(path: Path) -> Path:
    """Write one tile."""
    with path.open("wb") as file:
        writer = Writer(file)
        writer.write_tile(zxy_to_tileid(*PLACE), tile_bytes())
        header = {"tile_type": TileType.PNG, "tile_compression": Compression.NONE, "min_zoom": 3, "max_zoom": 3,
                  "min_lon_e7": 0, "min_lat_e7": 400000000, "max_lon_e7": 450000000, "max_lat_e7": 660000000,
                  "center_zoom": 3, "center_lon_e7": 0, "center_lat_e7": 0}  # fmt: skip
        writer.finalize(header, {"attribution": "City survey"})
    return path


def folder(path: Path) -> Path:
    """Write one tile as z/x/y.png."""
    (path / "3" / "4").mkdir(parents=True)
    (path / "3" / "4" / "2.png").write_bytes(tile_bytes())
    return path


def colour_of(pixels: npt.NDArray[np.uint8] | None) -> tuple[int, ...]:
    """Return the colour in the middle."""
    assert pixels is not None
    return tuple(pixels[128, 128, :3].tolist())


def test_mbtiles_of_pictures_give_their_tile(tmp_path: Path) -> None:
    """The line is turned; the attribution loses its HTML."""
    layer = read(mbtiles(tmp_path / "a.mbtiles"), frame=LocalFrame("EPSG:32632", (EAST, NORTH)))
    assert (layer.info.kind, layer.info.attribution, layer.info.name) == (Kind.IMAGE, "City survey", "Old map")
    assert layer.image is not None
    assert colour_of(layer.image.fetch(PLACE)) == COLOUR
    assert layer.image.fetch((3, 4, 5)) is None


def test_mbtiles_of_vectors_are_not_pictures(tmp_path: Path) -> None:
    """OGR reads those."""
    assert not is_imagery(str(mbtiles(tmp_path / "a.mbtiles", form="pbf")))


def test_pmtiles_give_their_tile(tmp_path: Path) -> None:
    """Written by the pmtiles library."""
    path = pmtiles(tmp_path / "a.pmtiles")
    assert is_raster(path)
    imagery, words = imagery_of(str(path))
    assert colour_of(imagery.fetch(PLACE)) == COLOUR
    assert words["attribution"] == "City survey"


def test_a_torn_pmtiles_is_a_sentence(tmp_path: Path) -> None:
    """Only the header is left."""
    path = pmtiles(tmp_path / "a.pmtiles")
    path.write_bytes(path.read_bytes()[:130])
    with pytest.raises(SourceError, match="cannot be read as PMTiles"):
        imagery_of(str(path))


@pytest.mark.parametrize("template", ["", "/{z}/{x}/{y}.png"])
def test_a_folder_of_tiles_gives_its_tile_and_its_place(tmp_path: Path, template: str) -> None:
    """A column of level 3 is 45 degrees wide."""
    path = f"{folder(tmp_path / 'tiles')}{template}"
    imagery, _ = imagery_of(path)
    assert colour_of(imagery.fetch(PLACE)) == COLOUR
    west, _, east, _ = describe(path).bounds_lonlat or (0, 0, 0, 0)
    assert (west, east) == (pytest.approx(0, abs=1e-6), pytest.approx(45))


def ortho(path: Path, bands: npt.NDArray[np.uint8], **more: object) -> Path:
    """Write a picture, half a metre a cell."""
    profile = {"driver": "GTiff", "width": bands.shape[2], "height": bands.shape[1], "count": bands.shape[0],
               "dtype": "uint8", "crs": "EPSG:32632",
               "transform": rasterio.transform.from_origin(EAST, NORTH, 0.5, 0.5)}  # fmt: skip
    with rasterio.open(path, "w", **(profile | more)) as target:
        target.write(bands)
    return path


def test_an_orthophoto_gives_the_pixels_of_its_place(tmp_path: Path) -> None:
    """600 x 300 pixels: the finest level has tiles of 256 of them, and the third is cut at its eastern edge."""
    bands = np.zeros((3, 300, 600), np.uint8)
    bands[0, :, 512:] = 250
    bands[1, 256:] = 120
    imagery, _ = imagery_of(str(ortho(tmp_path / "a.tif", bands)))
    finest = imagery.pyramid.levels[1]
    edge = imagery.fetch((finest, 2, 0))
    assert edge is not None
    assert edge[10, 10].tolist() == [250, 0, 0, 255]
    assert edge[10, 200, 3] == 0
    below = imagery.fetch((finest, 0, 1))
    assert below is not None
    assert below[10, 10].tolist() == [0, 120, 0, 255]
    whole = imagery.fetch((0, 0, 0))
    assert whole is not None
    assert whole[10, 140].tolist() == [250, 0, 0, 255]  # 140 x 4 = 560, in the red third
    layer = read_image(tmp_path / "a.tif")
    assert layer.area.size_m == pytest.approx((300.0, 150.0))


def test_grey_and_paletted_pictures_have_their_colours(tmp_path: Path) -> None:
    """Grey is grey in all three; a palette is looked up."""
    grey = np.full((1, 256, 256), 77, np.uint8)
    imagery, _ = imagery_of(str(ortho(tmp_path / "g.tif", grey)))
    assert colour_of(imagery.fetch((0, 0, 0))) == (77, 77, 77)
    path = ortho(tmp_path / "p.tif", np.full((1, 256, 256), 5, np.uint8))
    with rasterio.open(path, "r+") as target:
        target.write_colormap(1, {5: (10, 200, 40, 255)})
    imagery, _ = imagery_of(str(path))
    assert colour_of(imagery.fetch((0, 0, 0))) == (10, 200, 40)


class _Server(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012  one list for the one server of a test

    def do_GET(self) -> None:
        self.asked.append(self.path)
        is_there = self.path == "/3/4/2.png"
        self.send_response(200 if is_there else 404)
        self.end_headers()
        self.wfile.write(tile_bytes() if is_there else b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Return the template of a map server on this machine."""
    _Server.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{{z}}/{{x}}/{{y}}.png"
    server.shutdown()
    thread.join()
    server.server_close()


def test_online_maps_are_off_until_they_are_turned_on(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is asked of the server before; afterwards each tile once, then it is on the disk."""
    monkeypatch.setenv("CITYTWIN_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", str(tmp_path / "cache"))
    for source in (address, "OpenStreetMap.Mapnik"):
        with pytest.raises(SourceError, match="Online maps are turned off"):
            imagery_of(source)
    assert _Server.asked == []
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text("are_online_maps_on = true\n")
    imagery, _ = imagery_of(address)
    assert colour_of(imagery.fetch(PLACE)) == COLOUR
    assert colour_of(imagery.fetch(PLACE)) == COLOUR
    assert imagery.fetch((3, 0, 0)) is None
    assert _Server.asked == ["/3/4/2.png", "/3/0/0.png"]
    _, words = imagery_of("OpenStreetMap.Mapnik")
    assert "OpenStreetMap" in words["attribution"]
    with pytest.raises(LayerError, match="sets no place"):
        read_image(address)
