"""What somebody who knows PyVista well writes: arrays, ear clipping, one mesh, no multisampling.

Reads a file, extrudes it, draws it, then times frames of an orbit, cell picking, and says what memory it took. Times
count from the end of imports.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import mapbox_earcut
import numpy as np
import numpy.typing as npt
import pyvista as pv
import shapely
from measuring import PICTURE_PX, machine, median_ms, peak_mb, tell, timed
from pyproj import Transformer
from pyvista import Plotter  # loaded here, not when it is first used: imports are not measured
from views import VIEW_ANGLE_DEG, View, view_from
from vtkmodules.vtkRenderingCore import vtkCellPicker

ORBIT_STEP_DEG = 5.0


@dataclass(frozen=True, slots=True)
class Prisms:
    """A city as one triangle mesh."""

    points: npt.NDArray[np.float32]
    """(p, 3) metres from the origin."""
    faces: npt.NDArray[np.int32]
    """(f, 3)"""
    row: npt.NDArray[np.int32]
    """(f,) the building of each face."""
    origin: npt.NDArray[np.float64]
    """(2,) in the file's CRS."""


def prisms(footprints: npt.NDArray[np.object_], height_m: npt.NDArray[np.floating]) -> Prisms:
    """Raise footprints: walls by NumPy for all edges at once, roofs by one call of earcut a part."""
    parts, row_of_part = shapely.get_parts(footprints, return_index=True)
    _, xy, (ring_at, part_at) = shapely.to_ragged_array(parts)
    origin = xy[:, :2].min(axis=0)
    is_closing = np.zeros(len(xy), bool)
    is_closing[ring_at[1:] - 1] = True
    ground = (xy[~is_closing, :2] - origin).astype(np.float32)
    size = np.diff(ring_at) - 1
    ring_at = np.concatenate([[0], np.cumsum(size)])
    row = row_of_part[np.repeat(np.repeat(np.arange(len(parts)), np.diff(part_at)), size)].astype(np.int32)
    count = len(ground)
    points = np.zeros((2 * count, 3), np.float32)
    points[:count, :2] = points[count:, :2] = ground
    points[count:, 2] = height_m[row]
    roofs, roofs_a_part = _roofs(ground, ring_at, part_at)
    faces = np.concatenate([_walls(count, ring_at), roofs + np.int32(count)])
    rows = np.concatenate([np.repeat(row, 2), np.repeat(row_of_part, roofs_a_part)])
    return Prisms(points, faces, rows.astype(np.int32), origin)


def _walls(count: int, ring_at: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
    here = np.arange(count, dtype=np.int32)
    there = here + 1
    there[ring_at[1:] - 1] = ring_at[:-1]
    walls = np.empty((count, 2, 3), np.int32)
    walls[:, 0] = np.column_stack([here, there, there + count])
    walls[:, 1] = np.column_stack([here, there + count, here + count])
    return walls.reshape(-1, 3)


def _roofs(
    ground: npt.NDArray[np.float32], ring_at: npt.NDArray[np.integer], part_at: npt.NDArray[np.integer]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return the triangles of all parts, and how many each part has."""
    first = ring_at[part_at].tolist()
    pieces = []
    for part in range(len(part_at) - 1):
        begin, end = first[part], first[part + 1]
        rings = (ring_at[part_at[part] + 1 : part_at[part + 1] + 1] - begin).astype(np.uint32)
        pieces.append(mapbox_earcut.triangulate_float32(ground[begin:end], rings).astype(np.int32) + begin)
    faces = np.concatenate(pieces).reshape(-1, 3)
    return faces, np.fromiter((len(piece) // 3 for piece in pieces), np.int64, len(pieces))


def read(path: Path) -> gpd.GeoDataFrame:
    """Read a file the fast way."""
    return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path, use_arrow=True)


class Peer:
    """One plotter with the city in it."""

    def __init__(self, city: pv.PolyData) -> None:
        self.plotter = Plotter(off_screen=True, window_size=PICTURE_PX, lighting="light kit")
        self.plotter.render_window.SetMultiSamples(0)
        self.plotter.add_mesh(city, scalars="height", show_scalar_bar=False, copy_mesh=False)

    def look(self, view: View | None, crs: Any, origin: npt.NDArray[np.float64]) -> None:
        """Look as the view says; None keeps PyVista's own view of everything."""
        camera = self.plotter.camera
        if view is None:
            self.plotter.view_isometric()
            return
        x, y = Transformer.from_crs(4326, crs, always_xy=True).transform(view.lon_deg, view.lat_deg) - origin
        camera.focal_point, camera.position, camera.up = (x, y, 0.0), view.eye(x, y), (0.0, 0.0, 1.0)
        camera.view_angle = VIEW_ANGLE_DEG
        self.plotter.renderer.ResetCameraClippingRange()

    def first_frame(self) -> None:
        """Draw once and read the picture back."""
        self.plotter.show(auto_close=False)
        self.plotter.screenshot(None, return_img=True)

    def orbit(self) -> None:
        """Draw the next frame of an orbit, to its end."""
        self.plotter.camera.Azimuth(ORBIT_STEP_DEG)
        self.plotter.render()
        self.plotter.render_window.WaitForCompletion()

    def pick_ms(self, times: int) -> float:
        """Return what one pick takes with VTK's cell picker."""
        picker = vtkCellPicker()
        picker.SetTolerance(0.0005)
        width, height = PICTURE_PX
        random = np.random.default_rng(1)
        places = iter(random.uniform([0.2 * width, 0.1 * height], [0.8 * width, 0.7 * height], (times + 1, 2)).tolist())

        def pick() -> None:
            x, y = next(places)
            picker.Pick(x, y, 0.0, self.plotter.renderer)

        return median_ms(pick, times=times, warm_up=1)


def measure(path: Path, height: str, views: tuple[View | None, View | None], frames: int, picks: int) -> dict[str, Any]:
    """Return the numbers of one run over an overview and a near view."""
    overview, near = views
    answer: dict[str, Any] = {"peer": "pyvista_expert", "file": path.name}
    with timed(answer, "complete_s"):
        with timed(answer, "load_s"):
            frame = read(path)
            height_m = frame[height].to_numpy().astype(np.float32)
        with timed(answer, "extrude_s"):
            made = prisms(frame.geometry.to_numpy(), height_m)
            city = pv.PolyData.from_regular_faces(made.points, made.faces)
            city.cell_data["height"] = height_m[made.row]
        with timed(answer, "first_frame_s"):
            peer = Peer(city)
            peer.look(overview, frame.crs, made.origin)
            peer.first_frame()
    answer |= {"buildings": len(frame), "triangles": len(made.faces)}
    answer["overview_ms"] = median_ms(peer.orbit, times=frames)
    answer["pick_ms"] = peer.pick_ms(picks) if picks else None
    if near is not None:
        peer.look(near, frame.crs, made.origin)
        answer["near_ms"] = median_ms(peer.orbit, times=frames)
    renderer = peer.plotter.render_window.ReportCapabilities()
    named = [line.split(":", 1)[1].strip() for line in renderer.splitlines() if "renderer string" in line]
    return answer | {"peak_mb": peak_mb(), "renderer": named[0] if named else ""}


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="footprints in a projected CRS, such as cities.py makes")
    parser.add_argument("--height", default="height", help="the column with heights in metres (height)")
    parser.add_argument("--overview", type=view_from, help="lon,lat,distance_m,heading_deg,tilt_deg (isometric)")
    parser.add_argument("--near", type=view_from, help="another such view; without it no near frames")
    parser.add_argument("--frames", type=int, default=10, help="frames of an orbit to time (10)")
    parser.add_argument("--picks", type=int, default=0, help="picks with VTK's cell picker to time (0)")
    args = parser.parse_args(words)
    views = args.overview, args.near
    tell(measure(args.file, args.height, views, args.frames, args.picks) | {"machine": machine()})


if __name__ == "__main__":
    main()
