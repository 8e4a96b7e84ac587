"""PyVista as its documentation shows it: a mesh a building, triangulated, extruded, all merged. Defaults throughout.

Courtyards are lost, as the recipe loses them. Fine for a few thousand buildings; at a million it would take about ten
minutes and more memory than most machines have, so larger files are refused.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyvista as pv
import shapely
from measuring import PICTURE_PX, machine, median_ms, peak_mb, tell, timed
from pyvista import Plotter  # loaded here, not when it is first used: imports are not measured

MOST_BUILDINGS = 20_000


def building(part: shapely.Polygon, height_m: float) -> pv.PolyData:
    """Return one part of a footprint, raised."""
    corners = np.array(part.exterior.coords)[:-1, :2]
    outline = pv.PolyData(np.c_[corners, np.zeros(len(corners))], [len(corners), *range(len(corners))])
    raised = outline.triangulate().extrude((0, 0, height_m), capping=True)
    raised.cell_data["height"] = np.full(raised.n_cells, height_m)
    return raised


def measure(path: Path, height: str, frames: int) -> dict[str, Any]:
    """Return the numbers of one run."""
    answer: dict[str, Any] = {"peer": "pyvista_book", "file": path.name}
    with timed(answer, "complete_s"):
        with timed(answer, "load_s"):
            frame = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
        if len(frame) > MOST_BUILDINGS:
            msg = f"{len(frame):,} buildings are too many for this way; it takes at most {MOST_BUILDINGS:,}"
            raise SystemExit(msg)
        with timed(answer, "extrude_s"):
            meshes = [
                building(part, row[height])
                for _, row in frame.iterrows()
                for part in getattr(row.geometry, "geoms", [row.geometry])
            ]
            city = pv.merge(meshes, merge_points=False)
        with timed(answer, "first_frame_s"):
            plotter = Plotter(off_screen=True, window_size=PICTURE_PX)
            plotter.add_mesh(city, scalars="height")
            plotter.show(auto_close=False)
            plotter.screenshot(None, return_img=True)

    def orbit() -> None:
        plotter.camera.Azimuth(5)
        plotter.render()
        plotter.render_window.WaitForCompletion()

    answer["overview_ms"] = median_ms(orbit, times=frames)
    return answer | {"buildings": len(frame), "triangles": city.n_cells, "peak_mb": peak_mb()}


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="footprints, such as cities.py makes")
    parser.add_argument("--height", default="height", help="the column with heights in metres (height)")
    parser.add_argument("--frames", type=int, default=10, help="frames of an orbit to time (10)")
    args = parser.parse_args(words)
    tell(measure(args.file, args.height, args.frames) | {"machine": machine()})


if __name__ == "__main__":
    main()
