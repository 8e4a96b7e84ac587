"""Seeded synthetic cities: footprints like a town's, as many as wanted, the same on every machine.

Footprints stand on plots of 27 m with streets between the blocks: 4 to 60 corners (9 on average, a third of them
rectangles), 5 % with a courtyard, 1 % of two parts, heights by a gamma distribution with a few towers, five uses.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from measuring import machine, tell

CORNERS = {4: 36, 5: 6, 6: 17, 7: 4, 8: 13, 10: 8, 12: 6, 16: 4, 20: 3, 28: 1.5, 40: 1, 60: 0.5}
"""Corners of an outline, and how many of a hundred have them."""
USES = {"residential": 70, "commercial": 12, "industrial": 6, "office": 8, "public": 4}
PLOT_M, STREET_M = 27.0, 12.0
PLOTS_A_BLOCK = (12, 8)
CORNER_M = (120_000.0, 480_000.0)
"""South-western corner of the city in EPSG:28992: the sea off the Dutch coast stays dry."""
COURTYARDS, PAIRS, TOWERS = 0.05, 0.01, 0.004
Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stars:
    """Outlines in the making: corners on a circle, some drawn in towards the middle."""

    centre: Doubles
    """(n, 2) metres."""
    corners: Integers
    radius_m: Doubles
    turn_rad: Doubles

    def rings(self, random: np.random.Generator) -> npt.NDArray[np.object_]:
        """Return one ring each; every second corner of the larger ones is drawn in, all are jittered a little."""
        owner = np.repeat(np.arange(len(self.corners)), self.corners)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(self.corners) - self.corners, self.corners)
        angle = 2 * np.pi * place / self.corners[owner] + self.turn_rad[owner]
        is_drawn_in = (self.corners[owner] > 5) & (place % 2 == 1)
        reach = self.radius_m[owner] * np.where(is_drawn_in, 0.8, 1.0) * random.uniform(0.97, 1.03, len(owner))
        xy = self.centre[owner] + reach[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return shapely.linearrings(xy, indices=owner)

    def some(self, which: Integers, corners: Integers, share: float) -> Stars:
        """Return smaller ones in the middle of some."""
        return Stars(self.centre[which], corners, self.radius_m[which] * share, self.turn_rad[which])


def city(count: int, *, seed: int = 1) -> gpd.GeoDataFrame:
    """Return so many buildings: columns id, height (metres) and use, in EPSG:28992."""
    random = np.random.default_rng(seed)
    number = np.arange(count)
    side = int(np.ceil(np.sqrt(count)))
    column, line = number % side, number // side
    blocks = np.column_stack([column // PLOTS_A_BLOCK[0], line // PLOTS_A_BLOCK[1]])
    centre = np.column_stack([column, line]) * PLOT_M + blocks * STREET_M + random.uniform(-2, 2, (count, 2))
    centre += CORNER_M
    corners = random.choice(list(CORNERS), count, p=np.array(list(CORNERS.values())) / sum(CORNERS.values()))
    turn = np.where(corners == 4, np.pi / 4, 0.0) + random.choice([0.0, 0.12, 0.35, 0.8], count)
    stars = Stars(centre, corners, random.uniform(5.0, 10.5, count), turn)
    height_m = random.gamma(2.2, 4.5, count) + 3.0
    is_tower = random.random(count) < TOWERS
    height_m[is_tower] += random.uniform(30, 120, int(is_tower.sum()))
    use = random.choice(list(USES), count, p=np.array(list(USES.values())) / sum(USES.values()))
    columns = {"id": number, "height": height_m.round(2).astype(np.float32), "use": use}
    return gpd.GeoDataFrame(columns, geometry=_footprints(stars, random), crs=28992)


def _footprints(stars: Stars, random: np.random.Generator) -> npt.NDArray[np.object_]:
    outer = stars.rings(random)
    count = len(outer)
    footprints = shapely.polygons(outer)
    yards = random.choice(count, max(round(count * COURTYARDS), 1), replace=False)
    inner = stars.some(yards, random.choice([4, 4, 4, 6, 8], len(yards)), 0.33).rings(random)
    footprints[yards] = shapely.polygons(outer[yards], holes=inner[:, None])
    pairs = random.choice(count, max(round(count * PAIRS), 1), replace=False)
    corner = stars.centre[pairs] + 11.0
    annex = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + 3.0, corner[:, 1] + 3.5)
    both = np.column_stack([footprints[pairs], annex]).ravel()
    footprints[pairs] = shapely.multipolygons(both, indices=np.repeat(np.arange(len(pairs)), 2))
    return footprints


def city_file(count: int, folder: Path, *, ending: str = ".parquet") -> Path:
    """Return the file of a city, written if it is not there: .parquet, .gpkg, .fgb, or .geojson in lon/lat."""
    path = folder / f"city-{count}{ending}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name("unfinished-" + path.name)
        write(city(count), unfinished)
        unfinished.replace(path)
    return path


def write(buildings: gpd.GeoDataFrame, path: Path) -> None:
    """Write buildings in the format that the file's ending says."""
    if path.suffix == ".parquet":
        buildings.to_parquet(path)
    elif path.suffix == ".geojson":
        buildings.to_crs(4326).to_file(path, driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=7)
    else:
        buildings.to_file(path, engine="pyogrio")


def default_folder() -> Path:
    """Return where cities are kept between runs."""
    from data.settings import cache_folder  # noqa: PLC0415  only where no folder is given

    return cache_folder() / "benchmarks"


def main(words: Sequence[str] | None = None) -> None:
    """Write the cities asked for; tell where they are and what they are like."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="+", help="buildings of each city, such as 10000 100000 1000000")
    parser.add_argument("--folder", type=Path, help="where to write (citytwin's cache folder)")
    parser.add_argument("--ending", nargs="+", default=[".parquet"], help=".parquet .geojson .gpkg .fgb (.parquet)")
    args = parser.parse_args(words)
    folder = args.folder or default_folder()
    files = [str(city_file(count, folder, ending=ending)) for count in args.count for ending in args.ending]
    footprints = city(min(args.count)).geometry.to_numpy()
    tell(
        {
            "machine": machine(),
            "files": files,
            "coordinates_mean": round(float(shapely.get_num_coordinates(footprints).mean()), 2),
            "with_courtyard": float((shapely.get_num_interior_rings(footprints) > 0).mean()),
            "of_parts": float((shapely.get_type_id(footprints) == shapely.GeometryType.MULTIPOLYGON).mean()),
            "valid": float(shapely.is_valid(footprints).mean()),
        }
    )


if __name__ == "__main__":
    main()
