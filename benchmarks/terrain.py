"""Terrain of 4000 x 4000 heights: how soon it is on screen, and what a frame costs with it and without it.

    python benchmarks/terrain.py [--buildings 100000] [--frames 25]

Target: on screen within 2 s of the end of imports; a frame at most 1.3 times that of the same city without terrain.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
SIDE = 4000
SPACING_M = 2.0
EAST, NORTH = 565_000.0, 5_930_000.0


def main() -> int:
    """Write a terrain and a city on it, draw both with the command line, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--buildings", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=25)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="citytwin-terrain-") as folder:
        terrain, city = Path(folder) / "terrain.tif", Path(folder) / "city.gpkg"
        write_terrain(terrain)
        write_city(city, args.buildings)
        alone = render([terrain], folder, frames=0)
        answer = {"terrain_alone": {key: alone[key] for key in ("load_s", "first_frame_s", "complete_s")}}
        for name, more in (("moving", ["--moving"]), ("resting", [])):
            without = render([city], folder, frames=args.frames, more=more)
            on_it = render([city, terrain], folder, frames=args.frames, more=more)
            ratio = round(on_it["frame_ms"] / without["frame_ms"], 3)
            answer[name] = {"without_ms": without["frame_ms"], "with_ms": on_it["frame_ms"], "ratio": ratio}
        print(json.dumps(answer, indent=2))
    return 0


def write_terrain(path: Path) -> None:
    """Write hills with rough ground on them, seeded, as a tiled and compressed GeoTIFF with overviews."""
    import rasterio  # noqa: PLC0415  beside its use
    from rasterio.enums import Resampling  # noqa: PLC0415

    random = np.random.default_rng(3)
    heights = np.zeros((SIDE, SIDE), np.float32)
    for waves in (3, 8, 20, 60, 160):
        coarse = random.normal(size=(waves + 2, waves + 2))
        steps = np.linspace(0, waves, SIDE)
        rows = np.array([np.interp(steps, np.arange(waves + 2), line) for line in coarse])
        whole = np.array([np.interp(steps, np.arange(waves + 2), rows[:, c]) for c in range(SIDE)]).T
        heights += (whole * 220 / waves).astype(np.float32)
    heights += 300
    profile = {"driver": "GTiff", "width": SIDE, "height": SIDE, "count": 1, "dtype": "float32", "crs": "EPSG:32632",
               "transform": rasterio.transform.from_origin(EAST, NORTH, SPACING_M, SPACING_M), "tiled": True,
               "compress": "deflate", "predictor": 3, "nodata": -9999.0}  # fmt: skip
    with rasterio.open(path, "w", **profile) as target:
        target.write(heights, 1)
        target.build_overviews([2, 4, 8], Resampling.average)


def write_city(path: Path, count: int) -> None:
    """Write houses on a jittered grid over the middle of the terrain."""
    import geopandas  # noqa: PLC0415  beside its use
    import shapely  # noqa: PLC0415

    random = np.random.default_rng(4)
    side = int(np.ceil(np.sqrt(count)))
    place = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)[:count] / side
    middle = np.array([EAST + 900, NORTH - SIDE * SPACING_M + 900]) + place * (SIDE * SPACING_M - 1800)
    half = random.uniform(4, 8, (count, 2))
    boxes = shapely.box(*(middle - half).T, *(middle + half).T)
    height = random.gamma(3.0, 4.0, count) + 3
    geopandas.GeoDataFrame({"height_m": height}, geometry=boxes, crs="EPSG:32632").to_file(path, driver="GPKG")


def render(paths: list[Path], folder: str, *, frames: int, more: list[str] | None = None) -> dict[str, float]:
    """Draw files with `citytwin render` and return what it tells."""
    command = [sys.executable, "-m", "ui", "render", *map(str, paths), "-o", f"{folder}/x.png", "--json"]
    command += ["--frames", str(frames), *(more or [])]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    sys.exit(main())
