"""A report's pictures: the city from above and aslant, with the comments where they were made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from layers.camera import project
from layers.refine import Refinement
from layers.scene import Scene
from twin.hearing_report import HearingReport, Voice
from twin.place import local_from_lonlat
from twin.session import Camera, Session
from ui.audience.report_parts import Shown
from ui.contents import open_contents
from ui.framing import camera_for
from ui.jobs import Jobs
from ui.memory import default_budget_bytes
from ui.project_recordings import show_recordings

SIZE_PX = (1800, 1100)
RADIUS_PX = 16
MOST = 400
COLORS = {"idea": (30, 120, 60), "worry": (176, 42, 32), "question": (30, 90, 170), "like": (150, 40, 120)}


def report_pictures(source: str, report: HearingReport, folder: Path, jobs: Jobs) -> list[Shown]:
    """Draw and write the pictures; return them with what is on them.

    raises   TwinError  the project cannot be opened
    """
    contents = open_contents([source], jobs=jobs)
    jobs.wait_until_ready()
    session = contents.session
    show_recordings(session, contents.folder)
    scene = Scene(session, jobs=jobs, memory_bytes=default_budget_bytes())
    scene.is_adaptive = False
    try:
        scene.resize(*SIZE_PX, scale=1.4)
        placed = [v for v in report.voices if _lonlat(v) is not None][:MOST]
        shown = []
        for view, name in (("oblique", "The city"), ("top", "The city from above")):
            camera = camera_for(view, session, SIZE_PX)
            picture = Image.fromarray(_drawn(scene, camera))
            _pin(picture, placed, session, camera)
            path = folder / f"city-{view}.jpg"
            picture.save(path, quality=88)
            words = ", ".join(f"{kind} {n}" for kind, n in report.by_kind.items())
            shown.append(Shown(path, f"{name}; {len(placed)} comments with a place ({words})."))
        return shown
    finally:
        scene.close()


def _drawn(scene: Scene, camera: Camera) -> npt.NDArray[np.uint8]:
    picture: npt.NDArray[np.uint8] = scene.draw(camera)
    for better in Refinement(scene, camera).slices():
        picture = picture if better is None else better
    return picture


def _lonlat(voice: Voice) -> tuple[float, float] | None:
    lonlat = voice.place.get("lonlat")
    if not isinstance(lonlat, list) or not lonlat:
        return None
    corners = np.array(lonlat, np.float64).reshape(-1, 2)
    lon, lat = corners.mean(axis=0).tolist()
    return lon, lat


def _pin(picture: Image.Image, voices: list[Voice], session: Session, camera: Camera) -> None:
    """Draw numbered discs, the best supported on top: their colour says the kind, and the table has the number."""
    assert session.frame is not None
    if not voices:
        return
    lonlat = np.array([_lonlat(v) for v in voices], np.float64)
    local = local_from_lonlat(session.frame, lonlat)
    z_m = np.array([float(v.place.get("z_m", 0.0) or 0.0) for v in voices])  # type: ignore[arg-type]
    pixels, depth_m = project(camera, SIZE_PX, np.column_stack([local, z_m]))
    pen = ImageDraw.Draw(picture)
    for number in range(len(voices) - 1, -1, -1):
        x, y = pixels[number].tolist()
        if depth_m[number] <= 0 or not (0 <= x < SIZE_PX[0] and 0 <= y < SIZE_PX[1]):
            continue
        box = (x - RADIUS_PX, y - RADIUS_PX, x + RADIUS_PX, y + RADIUS_PX)
        pen.ellipse(box, fill=COLORS.get(voices[number].kind, (60, 60, 60)), outline=(255, 255, 255), width=3)
        pen.text((x, y), str(number + 1), fill=(255, 255, 255), anchor="mm", font_size=18)
