"""The true sun: a frame while it moves, and how long until its shadows stand in a resting picture.

    python benchmarks/sun.py CITY

Beside the same frames under the fixed light, in the same run: on a shared machine the ratio is what counts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

from measuring import machine, tell

from layers.scene import Scene
from twin.session import Camera, Session
from twin.sun_shown import sun_from_text, with_sun
from ui.contents import open_contents
from ui.framing import camera_for
from ui.jobs import Jobs

SIZE_PX = (1280, 720)
FRAMES, STEP_S = 12, 600.0


def frames_ms(scene: Scene, session: Session, camera: Camera, *, step_s: float = 0.0) -> float:
    """Return the median of some frames; the sun goes on by a step before each."""
    took = []
    for _ in range(FRAMES):
        clock = session.clock
        if step_s and clock.sun_s is not None:
            session.set_clock(with_sun(clock, clock.sun_s + step_s))
        begin = time.perf_counter()
        scene.draw(camera)
        took.append(1000 * (time.perf_counter() - begin))
    return round(statistics.median(took), 1)


def resting_s(scene: Scene, camera: Camera) -> tuple[float, float, float]:
    """Return the seconds until the first and the last resting picture, and the longest slice between, milliseconds."""
    begin = last = time.perf_counter()
    first, longest = 0.0, 0.0
    for picture in scene.refine(camera):
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
        first = first or (now - begin if picture is not None else 0.0)
    return round(first, 3), round(last - begin, 3), round(1000 * longest, 1)


def main(words: Sequence[str] | None = None) -> None:
    """Measure one city."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("city")
    args = parser.parse_args(words)
    with Jobs() as jobs:
        session = open_contents([args.city], jobs=jobs).session
        scene = Scene(session, jobs=jobs)
        scene.resize(*SIZE_PX)
        scene.is_adaptive = False
        camera = camera_for("oblique", session, SIZE_PX)
        scene.draw(camera)
        resting_s(scene, camera)
        fixed_ms = frames_ms(scene, session, camera)
        at_s, zone = sun_from_text("2026-06-21T16:00", "UTC")
        session.set_clock(with_sun(session.clock, at_s, zone=zone))
        heights = resting_s(scene, camera)
        frames_ms(scene, session, camera)
        still_ms, moving_ms = frames_ms(scene, session, camera), frames_ms(scene, session, camera, step_s=STEP_S)
        first_s, whole_s, longest_ms = resting_s(scene, camera)
        scene.close()
    tell({
        "city": args.city, "fixed_frame_ms": fixed_ms, "sun_frame_ms": still_ms, "moving_sun_frame_ms": moving_ms,
        "ratio": round(moving_ms / fixed_ms, 2), "switched_on_s": heights[0], "other_sun_first_s": first_s,
        "other_sun_whole_s": whole_s, "longest_slice_ms": longest_ms, "machine": machine(),
    })  # fmt: skip


if __name__ == "__main__":
    main()
