"""Exhibits without a window: views drawn, laid on a sheet, written as PDF. Needs no Qt."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import degrees
from pathlib import Path

import numpy as np

from layers.labels import TEXT_PX
from layers.scene import Scene
from twin.errors import PictureError
from twin.exhibit import Exhibit, SheetView, ViewKind
from twin.place import lonlat_from_local
from twin.session import Camera, Session
from ui import exhibit_words as words
from ui.exhibit_pen import PT_PER_MM, Pen
from ui.exhibit_sheet import Drawn, band_for, draw_sheet, layout_of
from ui.exhibit_shots import Label, label_size_pt
from ui.exhibit_views import PX_PER_MM, Shot, area_of, draw_shot, shot_for
from ui.memory import default_budget_bytes


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that was written."""

    path: str
    exhibit: Exhibit
    shots: tuple[Shot, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    """Of the pictures on paper: left, top, width, height in millimetres."""
    remarks: tuple[str, ...] = ()

    def answer(self) -> dict[str, object]:
        """Return what `citytwin exhibit --json` prints."""
        width, height = self.exhibit.size_mm
        views = [
            {
                "kind": str(shot.view.kind),
                "scale": shot.scale or None,
                "box_mm": [round(v, 3) for v in box],
                "size_px": list(shot.size_px),
                "ground_m": [round(v, 3) for v in shot.ground_m] if shot.scale else None,
                "grid_scale": round(shot.grid_scale, 7) if shot.scale else None,
            }
            for shot, box in zip(self.shots, self.boxes, strict=True)
        ]
        return {
            "file": self.path, "name": self.exhibit.name, "paper": self.exhibit.paper,
            "size_mm": [width, height], "dpi": 300, "views": views, "remarks": list(self.remarks),
        }  # fmt: skip


def nothing() -> None:
    """Do nothing while drawing."""


def write_exhibit(
    exhibit: Exhibit, session: Session, scene: Scene, output: Path, *, on_wait: Callable[[], None] = nothing
) -> Sheet:
    """Draw an exhibit of what a session has open and write it.

    The scene has another size afterwards: whoever shows it gives it back its own.

    raises   LayerError    nothing is open, or a view is too far from it
             PictureError  it cannot be drawn or written; no file is left behind
    """
    check_output(output)
    views = exhibit.views or default_views(session)
    layout = layout_of(exhibit, len(views), band_mm=band_for(exhibit, session, scene.legends()))
    shots = [
        shot_for(view, session, box[2] - box[0], box[3] - box[1]) for view, box in zip(views, layout.views, strict=True)
    ]
    with tempfile.TemporaryDirectory(prefix="citytwin-") as folder:
        drawn = []
        for number, shot in enumerate(shots):
            picture = Path(folder) / f"view-{number}.jpg"
            draw_shot(shot, scene, picture, on_wait)
            drawn.append(Drawn(shot, picture, _labels(shot, scene, layout.base_pt)))
        pen = Pen(*exhibit.size_mm)
        draw_sheet(exhibit, layout, drawn, session, scene.legends(), pen)
        _write(pen, exhibit, session, output)
    boxes = tuple(
        (box[0] + (box[2] - box[0] - s.size_mm[0]) / 2, box[1] + (box[3] - box[1] - s.size_mm[1]) / 2, *s.size_mm)
        for s, box in zip(shots, layout.views, strict=True)
    )
    return Sheet(str(output), exhibit, tuple(shots), boxes, tuple(_remarks(shots, session)))


def check_output(output: Path) -> None:
    """See that a sheet could be written; raises PictureError."""
    if output.suffix.lower() != ".pdf":
        raise PictureError(f'"{output.name}" is not the name of a PDF file.', hint="Write to NAME.pdf with -o.")
    if not output.absolute().parent.is_dir():
        raise PictureError(
            f"There is no folder {output.absolute().parent} to write the sheet to.", hint="Make it, or write elsewhere."
        )


def _write(pen: Pen, exhibit: Exhibit, session: Session, output: Path) -> None:
    """Write beside the place and rename, so that a failure leaves what was there."""
    aside = output.with_name(f".{output.name}.part")
    named = dict.fromkeys(layer.info.attribution for layer in session.layers.values() if layer.info.attribution)
    title = exhibit.title or exhibit.name
    try:
        pen.write(aside, title=title, author="; ".join(named), subject=f"{exhibit.paper} sheet")
        aside.replace(output)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise PictureError(
            f"The sheet could not be written: {error.strerror or error}.", hint="Choose another place with -o.",
            path=str(output),
        ) from error  # fmt: skip


def _labels(shot: Shot, scene: Scene, base_pt: float) -> tuple[Label, ...]:
    """Return the labels of the layers in a view, to be written as text."""
    size_pt = label_size_pt(base_pt)
    size_px = size_pt / PT_PER_MM * PX_PER_MM
    placed = scene.placed_labels(shot.camera, shot.size_px, scale=size_px / TEXT_PX)
    return tuple((p.text, p.x_px / PX_PER_MM, p.y_px / PX_PER_MM, size_pt) for p in placed)


def _remarks(shots: Sequence[Shot], session: Session) -> list[str]:
    """Return which views to scale do not show everything."""
    area = area_of(session)
    found = []
    for shot in shots:
        if shot.view.kind is ViewKind.PLAN and shot.scale and area is not None:
            there_m = (area.size_m[0] / shot.grid_scale, area.size_m[1] / shot.grid_scale)
            if shot.ground_m[0] < there_m[0] or shot.ground_m[1] < there_m[1]:
                found.append(words.cropped(shot.view.kind, shot.scale, shot.ground_m, there_m))
    return found


# which views


def default_views(session: Session) -> tuple[SheetView, ...]:
    """Return the present view and a plan, or a plan and everything in perspective where nobody has looked yet."""
    if session.camera == Camera():
        return (SheetView(ViewKind.PLAN), SheetView())
    present = present_view(session)
    other = SheetView() if present.kind is ViewKind.PLAN else SheetView(ViewKind.PLAN)
    return (present, other)


def present_view(session: Session) -> SheetView:
    """Return what is looked at as a view of a sheet; a parallel view straight down is a plan."""
    return view_of(session.camera, session)


def view_of(camera: Camera, session: Session) -> SheetView:
    """Return what a camera looks at as a view of a sheet."""
    if session.frame is None:
        return SheetView()
    x, y, z = camera.target_local
    if camera.is_parallel and camera.tilt_rad < 0.01:
        lon, lat = lonlat_from_local(session.frame, np.array([[x, y]]))[0].tolist()
        return SheetView(ViewKind.PLAN, lon_deg=lon, lat_deg=lat)
    falling = -camera.direction[2]
    reach = z / falling if falling > 0.02 else 0.0
    x, y = x + camera.direction[0] * reach, y + camera.direction[1] * reach
    lon, lat = lonlat_from_local(session.frame, np.array([[x, y]]))[0].tolist()
    return SheetView(
        lon_deg=lon, lat_deg=lat, distance_m=camera.distance_m + reach, heading_deg=degrees(camera.heading_rad),
        tilt_deg=degrees(camera.tilt_rad), view_angle_deg=degrees(camera.view_angle_rad),
    )  # fmt: skip


def scene_for(session: Session, jobs: object) -> Scene:
    """Return a scene to draw sheets with; who asked for it closes it."""
    scene = Scene(session, jobs=jobs, memory_bytes=default_budget_bytes())  # type: ignore[arg-type]
    scene.is_adaptive = False
    scene.carpet_priority = -1.0
    return scene


def with_defaults(exhibit: Exhibit, **chosen: object) -> Exhibit:
    """Return an exhibit with what was chosen by hand in it; None keeps what it has."""
    return replace(exhibit, **{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]
