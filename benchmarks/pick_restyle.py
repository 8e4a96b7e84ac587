"""Picking and recolouring without a window: what one pick takes at many pixels of several views, and another column.

Recolouring counts from the change of the style to the end of the next frame.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from measuring import PICTURE_PX, machine, median_ms, tell
from scenes import Stage, open_stage
from similarity import poses

from layers.camera import plan
from layers.renderer_info import renderer_info
from twin.session import Camera


def pick_numbers(stage: Stage, camera: Camera, places: int) -> dict[str, float]:
    """Return the median and the worst of picks at random pixels, milliseconds, and the share that hit a building."""
    width, height = PICTURE_PX
    random = np.random.default_rng(1)
    took, hits = [], 0
    for x, y in random.uniform((0, 0), (width, height), (places + 5, 2)).tolist():
        begin = time.perf_counter()
        found = stage.scene.pick(camera, x, y)
        took.append((time.perf_counter() - begin) * 1000)
        hits += found is not None
    warm = sorted(took[5:])
    return {
        "median_ms": round(statistics.median(warm), 3),
        "at_95_percent_ms": round(warm[int(len(warm) * 0.95)], 3),
        "worst_ms": round(warm[-1], 3),
        "hits": round(hits / len(took), 2),
    }


def restyle_ms(stage: Stage, camera: Camera, columns: tuple[str, str], times: int) -> float:
    """Return what it takes to colour by the other column and draw the next frame."""
    stage.settle(camera)
    stage.scene.draw(camera)
    turn = iter(range(times + 2))

    def act() -> None:
        stage.colour_by(columns[next(turn) % 2])
        stage.scene.draw(camera)

    return median_ms(act, times=times)


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="footprints, such as cities.py makes")
    parser.add_argument("--columns", nargs=2, default=("use", "height"), help="to colour by in turn (use height)")
    parser.add_argument("--places", type=int, default=200, help="pixels to pick at in each view (200)")
    parser.add_argument("--repeats", type=int, default=7, help="times to recolour (7)")
    args = parser.parse_args(words)
    with open_stage(args.file, color_by=args.columns[1]) as stage:
        stage.scene.resize(*PICTURE_PX)
        tallest_m = float(next(iter(stage.scene.buildings.values())).index.subtree[0, 5])
        views = {**poses(stage.area), "plan": plan(stage.area, tallest_m, PICTURE_PX)}
        picks = {name: pick_numbers(stage, camera, args.places) for name, camera in views.items()}
        answer: dict[str, Any] = {
            "file": args.file.name,
            "pick": picks,
            "restyle_ms": {
                name: restyle_ms(stage, views[name], tuple(args.columns), args.repeats)
                for name in ("overview 1", "inside 1")
            },
            "renderer": renderer_info().renderer,
        }
    tell(answer | {"machine": machine()})


if __name__ == "__main__":
    main()
