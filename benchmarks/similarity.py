"""How like the truth the pictures are: SSIM against every triangle drawn at three times the size and averaged down.

From two overviews and two places inside the city, as while the camera moves and as at rest, at full, half and quarter
size. It also counts how many of the tallest hundredth of the buildings in view stand as solids while it moves, and
times the frames of the same views.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import radians
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from measuring import PICTURE_PX, machine, tell
from PIL import Image
from scenes import Stage, open_stage
from skimage.metrics import structural_similarity

from layers.camera import project
from layers.detail import OUT
from layers.look import haze_length_m
from layers.reach import HAZE_REACH
from layers.refine import Refinement
from layers.renderer_info import renderer_info
from layers.scene import Scene
from twin.place import Area
from twin.session import Camera

LARGER = 3
SHRUNK = (1, 2, 4)
FRAMES = 10
GREY = np.array([0.299, 0.587, 0.114])
Doubles = npt.NDArray[np.float64]


def poses(area: Area) -> dict[str, Camera]:
    """Return two overviews and two views from inside."""
    width_m, height_m = area.size_m
    x, y = area.centre
    return {
        "overview 1": Camera((x, y, 0.0), area.diagonal_m * 1.05, radians(34), radians(55)),
        "overview 2": Camera((x, y, 0.0), area.diagonal_m * 0.8, radians(206), radians(65)),
        "inside 1": Camera((x, y - height_m * 0.4, 20.0), 600.0, radians(11), radians(80)),
        "inside 2": Camera((x + width_m * 0.45, y, 20.0), 900.0, radians(280), radians(75)),
    }


def shrunk(picture: npt.NDArray[Any], by: int) -> Doubles:
    """Return a picture averaged over squares of pixels."""
    height, width = (length // by * by for length in picture.shape[:2])
    squares = picture[:height, :width].reshape(height // by, by, width // by, by, -1)
    mean: Doubles = squares.mean(axis=(1, 3), dtype=np.float64)
    return mean


def similarity(picture: npt.NDArray[Any], truth: Doubles) -> dict[str, float]:
    """Return the SSIM of the pictures' greys at full, half and quarter size."""
    return {
        f"1/{by}": round(
            float(
                structural_similarity(
                    shrunk(picture, by) @ GREY,
                    shrunk(truth, by) @ GREY,
                    data_range=255,
                    gaussian_weights=True,
                    sigma=1.5,
                    use_sample_covariance=False,
                )
            ),
            4,
        )
        for by in SHRUNK
    }


def truth_of(scene: Scene, camera: Camera) -> Doubles:
    """Return every triangle drawn at three times the size, averaged down."""
    width, height = PICTURE_PX
    scene.resize(width * LARGER, height * LARGER, scale=LARGER)
    picture = last_picture(scene, camera, passes=1)
    scene.resize(width, height)
    return shrunk(picture, LARGER)


def last_picture(scene: Scene, camera: Camera, *, passes: int | None = None) -> npt.NDArray[np.uint8]:
    """Return the best picture that a resting camera ends with."""
    picture = None
    for better in Refinement(scene, camera, passes=passes).slices():
        picture = picture if better is None else better
    assert picture is not None
    return picture


def standing(stage: Stage, camera: Camera) -> tuple[int, int]:
    """Return how many of the tallest hundredth in view are drawn as solids while moving, and how many these are."""
    scene = stage.scene
    visual = next(iter(scene.buildings.values()))
    arrays, (width, height) = visual.arrays, scene.canvas.size_px
    tops = np.column_stack([arrays.anchor_local, arrays.height_m])
    places, depth_m = project(camera, (width, height), tops)
    inside = (places >= 0).all(axis=1) & (places < (width, height)).all(axis=1) & (depth_m > 0)
    inside &= depth_m < HAZE_REACH * haze_length_m(camera, stage.area.diagonal_m)
    in_view = np.flatnonzero(inside)
    tallest = in_view[np.argsort(-arrays.height_m[in_view])[: max(len(in_view) // 100, 1)]]
    tile = np.empty(len(arrays.member), np.int64)
    tile[arrays.member] = np.repeat(np.arange(len(visual.index)), np.diff(arrays.member_start))
    level = scene.choice(visual, camera, scene.budget_triangles).level
    return int((level[tile[tallest]] != OUT).sum()), len(tallest)


def measure(stage: Stage, camera: Camera, pictures: Path | None, name: str) -> dict[str, Any]:
    """Return the numbers of one view."""
    scene = stage.scene
    stage.settle(camera)  # shadows on the ground are part of the truth
    truth = truth_of(scene, camera)
    stage.settle(camera)
    moving = scene.draw(camera)
    took = []
    for number in range(FRAMES + 2):
        turned = replace(camera, heading_rad=camera.heading_rad + 1e-4 * (number + 1))
        begin = time.perf_counter()
        scene.draw(turned)
        took.append((time.perf_counter() - begin) * 1000)
    stands, tallest = standing(stage, camera)
    rest = last_picture(scene, camera)
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        for what, picture in (("moving", moving), ("rest", rest), ("truth", truth.round().astype(np.uint8))):
            Image.fromarray(picture).save(pictures / f"{name.replace(' ', '-')}-{what}.png")
    return {
        "moving": similarity(moving, truth),
        "rest": similarity(rest, truth),
        "frame_ms": round(float(np.median(took[2:])), 1),
        "triangles": scene.stats.triangles_drawn,
        "tallest": tallest,
        "tallest_standing": stands,
    }


def least(views: Mapping[str, Mapping[str, Any]], state: str, size: str) -> float:
    """Return the least similarity over all views."""
    return min(view[state][size] for view in views.values())


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="footprints, such as cities.py makes")
    parser.add_argument("--color-by", default="height", help="the column that colours (height)")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="where to keep the pictures compared")
    parser.add_argument("--views", nargs="*", help='some of "overview 1", "overview 2", "inside 1", "inside 2" (all)')
    parser.add_argument("--budget", type=float, help="triangles of a moving frame (the scene's own)")
    args = parser.parse_args(words)
    with open_stage(args.file, color_by=args.color_by) as stage:
        stage.scene.resize(*PICTURE_PX)
        if args.budget:
            stage.scene.budget_triangles = args.budget
        wanted = {n: camera for n, camera in poses(stage.area).items() if not args.views or n in args.views}
        views = {name: measure(stage, camera, args.pictures, name) for name, camera in wanted.items()}
        tell(
            {
                "file": args.file.name,
                "views": views,
                "least_moving_quarter": least(views, "moving", "1/4"),
                "least_rest": least(views, "rest", "1/1"),
                "all_tallest_stand": all(v["tallest"] == v["tallest_standing"] for v in views.values()),
                "renderer": renderer_info().renderer,
                "machine": machine(),
            }
        )


if __name__ == "__main__":
    main()
