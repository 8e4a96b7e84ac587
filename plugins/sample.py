"""The sample city, laid down for plugins that are tried out: buildings, streets, ground, schools and the rest."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from data.sample import VERSION, files_in, sample_folder
from data.settings import cache_folder
from data.vector import read
from plugins.city_files import LAYOUT, MANIFEST, CityContents, write_city
from plugins.run import LaidCity
from twin.errors import TwinError
from twin.layer import Layer

LAYERS = (
    "streets", "parks", "water", "land", "districts", "blocks", "trees", "tram_stops", "schools", "clinics",
)  # fmt: skip


def sample_contents() -> CityContents:
    """Return the sample city as plugins see it.

    raises   SourceError  it cannot be generated: the cache folder cannot be written
    """
    files = files_in(sample_folder())
    layers: list[Layer] = [read(files.folder / "buildings.gpkg", layer="buildings", is_alone=True)]
    for name in LAYERS:
        layers.append(read(files.folder / "city.gpkg", layer=name, frame=layers[0].frame))
    return CityContents(layers, terrain=_terrain(files.folder / "terrain.tif", layers[0]))


def laid_sample() -> LaidCity:
    """Return the sample city laid down in the cache; it is laid down when it is not there yet.

    raises   SourceError  the cache folder cannot be written
    """
    kept = cache_folder() / f"sample-{VERSION}-for-plugins-{LAYOUT}"
    if not (kept / "open" / MANIFEST).is_file():
        contents = sample_contents()
        beside = Path(tempfile.mkdtemp(prefix=".sample-for-plugins-", dir=kept.parent))
        try:
            for name in ("open", "own"):
                (beside / name).mkdir()
            write_city(beside / "open", contents, personal_folder=beside / "own")
            with suppress(OSError):  # another process was as quick
                beside.rename(kept)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return LaidCity(kept / "open", kept / "own")


def _terrain(path: object, first: Layer) -> object:
    try:
        return read(str(path), frame=first.frame).terrain
    except TwinError:
        return None
