"""The sample city's name, place and files. Light: reading this generates nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

NAME = "Lindhaven"
CRS = "EPSG:32632"
ORIGIN_M = (571000.0, 5968000.0)
"""Where the city's middle lies, easting and northing."""
SEED = 20260314
VERSION = 8
"""Raised whenever the files change, or its project, so that a kept copy is made anew."""
ATTRIBUTION = "citytwin sample city, generated, CC0"


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """Where the sample city's files are."""

    folder: Path
    buildings: Path
    """GeoPackage: buildings, buildings_past."""
    city: Path
    """GeoPackage: water, parks, land, streets, bridges, tram, tram_stops, rail, trees, districts, blocks, schools,
    clinics."""
    plans: Path
    """GeoPackage: zoning_2010, zoning_2030, concessions."""
    terrain: Path
    """GeoTIFF, 10 m grid, metres above the sea."""
    census: Path
    """CSV; block_id is that of the layer blocks."""
    property: Path
    """CSV, one to many; building_id is the id of the layer buildings."""
    commuters: Path
    """CSV, ways to work; from and to are names of the layer districts."""
    readme: Path
    """What is in the folder, and its licence; written last."""


def files_in(folder: Path) -> SampleFiles:
    """Return where the files lie in a folder, written or not."""
    last = ("commuters.csv", "README.txt")
    names = ("buildings.gpkg", "city.gpkg", "plans.gpkg", "terrain.tif", "census.csv", "property.csv")
    return SampleFiles(folder, *(folder / name for name in (*names, *last)))
