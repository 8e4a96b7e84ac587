"""Live things over a city: frames of gliding crowds, of oriented vehicles with trails, and buildings recoloured.

    python benchmarks/live_scene.py CITY

The ceiling is measured in the same run: PyVista's plain points of the same number over the same city's boxes, in an
off-screen window of the same size.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pyvista
from measuring import machine, tell
from vtkmodules.util.numpy_support import vtk_to_numpy

from layers.scene import Scene
from twin.entities import EntityFrame
from twin.live import LiveLook, Shape
from twin.place import lonlat_from_local
from twin.session import Camera, Composition, Session
from ui.contents import open_contents
from ui.framing import camera_for
from ui.jobs import Jobs

SIZE_PX = (1280, 720)
FRAMES = 15


def frame_of(session: Session, count: int, at_s: float, ids: np.ndarray, value: np.ndarray) -> EntityFrame:
    """Return things spread over the city, each on its way at 10 m/s."""
    area, place = session.area, session.frame
    assert area is not None
    assert place is not None
    random = np.random.default_rng(3)
    xy = random.uniform((area.west_m, area.south_m), (area.east_m, area.north_m), (count, 2))
    heading = random.uniform(0, 2 * np.pi, count)
    xy += np.column_stack([np.sin(heading), np.cos(heading)]) * (10.0 * (at_s % 600))
    none = np.full(count, np.nan)
    return EntityFrame(
        "f", ids, lonlat_from_local(place, xy), none, np.full(count, at_s), heading, none, {"v": value}, at_s
    )


def median_ms(act: Callable[[int], object], frames: int = FRAMES) -> float:
    """Return the median time of an act, milliseconds."""
    took = []
    for number in range(frames + 2):
        begin = time.perf_counter()
        act(number)
        took.append(time.perf_counter() - begin)
    return round(statistics.median(took[2:]) * 1000, 1)


def gliding(scene: Scene, session: Session, camera: Camera, base: np.ndarray, count: int, trail_s: float) -> float:
    """Return the time of a frame in which everything has moved, milliseconds."""
    ids = np.array([f"t{i}" for i in range(count)], object)
    value = np.random.default_rng(1).uniform(0, 20, count)
    look = LiveLook("f", "things", Shape.ARROWS, value="v", low=0, high=20, trail_s=trail_s)
    session.set_composition(with_live(session.composition, look), is_undoable=False)
    for second in range(6):
        session.put_frame("f", frame_of(session, count, 1000.0 + second, ids, value))
    scene.live.now_s = 1005.0
    scene.draw(camera)

    def one(number: int) -> None:
        scene.live.now_s = 1004.0 + number * 0.05
        scene.with_live(base, camera)

    answer = median_ms(one)
    session.put_frame("f", None)
    return answer


def with_live(composition: Composition, look: LiveLook) -> Composition:
    """Return a composition with one look."""
    from dataclasses import replace  # noqa: PLC0415

    return replace(composition, live=(look,))


def plain_points(session: Session, camera: Camera, count: int) -> float:
    """Return the time of a frame of PyVista's plain points that all move, over the city as boxes, milliseconds."""
    layer = next(layer for layer in session.layers.values() if layer.tiles is not None)
    arrays = layer.tiles.arrays  # type: ignore[union-attr]
    random, area = np.random.default_rng(3), session.area
    assert area is not None
    plotter = pyvista.Plotter(off_screen=True, window_size=list(SIZE_PX))
    boxes = [
        pyvista.Box(bounds=(x - 6, x + 6, y - 6, y + 6, 0.0, float(h)))
        for (x, y), h in zip(arrays.anchor_local[:20_000].tolist(), arrays.height_m[:20_000].tolist(), strict=True)
    ]
    plotter.add_mesh(pyvista.merge(boxes), color="white")
    points = np.zeros((count, 3), np.float32)
    points[:, :2] = random.uniform((area.west_m, area.south_m), (area.east_m, area.north_m), (count, 2))
    cloud = pyvista.PolyData(points)
    cloud["v"] = random.uniform(0, 20, count).astype(np.float32)
    plotter.add_mesh(cloud, scalars="v", point_size=5, show_scalar_bar=False)
    plotter.camera.position, plotter.camera.focal_point, plotter.camera.up = (
        camera.eye_local,
        camera.target_local,
        camera.up,
    )
    plotter.camera.view_angle = float(np.degrees(camera.view_angle_rad))
    plotter.renderer.ResetCameraClippingRange()
    plotter.show(auto_close=False)
    held = vtk_to_numpy(cloud.GetPoints().GetData())

    def one(_number: int) -> None:
        held[:, 0] += 0.5
        cloud.GetPoints().GetData().Modified()
        cloud.GetPoints().Modified()
        plotter.render()
        plotter.screenshot(return_img=True)

    answer = median_ms(one)
    plotter.close()
    return answer


def recoloured(scene: Scene, session: Session, camera: Camera) -> dict[str, float]:
    """Return how long all buildings take to be drawn in other colours, at the median and at most.

    values   until the values are colours
    frame    the whole frame, which the window draws in slices: it answers between them
    slice    one of them: for so long the window is held up
    """
    layer = next(layer for layer in session.layers.values() if layer.tiles is not None)
    count, place = len(layer.table), session.frame
    assert place is not None
    field = next(iter(layer.table.fields()))
    ids = np.array([str(v) for v in layer.table.column(field).tolist()], object)
    look = LiveLook(
        "f", "values", Shape.BUILDINGS, value="v", low=0, high=1, target_layer=layer.info.id, target_field=field
    )
    session.set_composition(with_live(session.composition, look), is_undoable=False)
    none, random = np.full(count, np.nan), np.random.default_rng(5)
    lonlat = np.full((count, 2), np.nan)
    puts, draws, slices = [], [], []
    for number in range(FRAMES + 5):
        frame = EntityFrame(
            "f",
            ids,
            lonlat,
            none,
            np.full(count, 1000.0 + number),
            none,
            none,
            {"v": random.random(count)},
            1000.0 + number,
        )
        begin = time.perf_counter()
        session.put_frame("f", frame)
        middle = time.perf_counter()
        puts.append(middle - begin)
        slices.append([])
        sliced, last = scene.draw_in_slices(camera, within_s=0.1), middle
        for _ in sliced:
            slices[-1].append(time.perf_counter() - last)
            last = time.perf_counter()
        draws.append(last - middle)
    session.put_frame("f", None)
    every = [one for frame in slices[5:] for one in frame]
    told = {"values": puts[5:], "frame": draws[5:], "slice": every}
    answer = {f"{name}_ms": round(statistics.median(took) * 1000, 1) for name, took in told.items()}
    answer |= {f"{name}_most_ms": round(max(took) * 1000, 1) for name, took in told.items()}
    return answer | {"slices": statistics.median(map(len, slices)), "buildings": count}


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("city")
    parser.add_argument("--json", action="store_true", help="as it always is")
    args = parser.parse_args()
    with Jobs() as jobs:
        jobs.wait_until_ready()
        session = Session()
        scene = Scene(session, jobs=jobs)
        scene.is_adaptive = False
        scene.resize(*SIZE_PX)
        open_contents([args.city], jobs=jobs, session=session)
        camera = camera_for("oblique", session, SIZE_PX)
        scene.draw(camera)
        while scene.is_working:
            scene.collect(0.02)
            scene.draw(camera)
        scene.is_live_apart = True
        base = scene.draw(camera)
        answer = {
            "gliding_100000_ms": gliding(scene, session, camera, base, 100_000, 0.0),
            "oriented_20000_with_trails_ms": gliding(scene, session, camera, base, 20_000, 30.0),
            "recoloured": recoloured(scene, session, camera),
            "pyvista_plain_points_100000_ms": plain_points(session, camera, 100_000),
            "machine": machine(),
        }
        scene.close()
    tell(answer)


if __name__ == "__main__":
    main()
