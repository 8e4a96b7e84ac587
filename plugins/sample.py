"""The sample city, laid down for plugins that are tried out: buildings, streets, ground, schools and the rest."""

from __future__ import annotations

from data.sample import files_in, sample_folder
from data.vector import read
from plugins.city_files import CityContents
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


def _terrain(path: object, first: Layer) -> object:
    try:
        return read(str(path), frame=first.frame).terrain
    except TwinError:
        return None
