"""What a drawing hand does to edits: a row taken away, a roof dragged up, a handle dragged over the ground."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from PySide6.QtCore import QPointF

from layers import camera as moves
from twin.layer import Layer
from twin.place import LocalFrame
from twin.proposed import row_polygon
from twin.row_keys import key_of
from twin.scenario import Edit, EditKind
from twin.scenario_moves import edit_moved, edit_turned, middle_of, with_corner
from twin.scenario_shapes import polygons_in, ring_lonlat
from ui.draw_overlay import Handle
from ui.snapping import SnapKind, snap

if TYPE_CHECKING:
    from ui.scene_view import SceneView


def edit_of_row(layer: Layer, row: int, pattern: Edit | None = None) -> Edit:
    """Return the edit that takes a row away; with a pattern, one that puts a building like it in its place."""
    key = key_of(layer, row)
    shape = row_polygon(layer, row)
    pieces = polygons_in(shape) if shape is not None else []
    largest = max(pieces, key=lambda p: p.area, default=None)
    lines = [largest.exterior, *largest.interiors] if largest is not None else []
    rings = tuple(ring_lonlat(layer.frame, shapely.get_coordinates(line)[:-1]) for line in lines)
    where: dict[str, Any] = {"layer_id": layer.info.id, "by": key.by, "key": key.key, "row": row, "rings": rings}
    if pattern is not None and rings:
        return replace(pattern, **where)
    return Edit("", EditKind.DEMOLISH, name=key.key if key.by else "", **where)


def raised(edit: Edit, view: SceneView, roof: tuple[float, float, float], up_px: float) -> Edit:
    """Return a building as high as its roof was dragged: whole storeys, unless only its height is known."""
    camera = view.camera
    depth_m = float(np.dot(np.subtract(roof, camera.eye_local), camera.direction))
    per_pixel = moves.metres_per_pixel(camera, view.size_px, max(depth_m, 1.0)) * view.devicePixelRatioF()
    upright = max(float(np.sin(camera.tilt_rad)), 0.15)
    top_m = max(edit.top_m + up_px * per_pixel / upright, edit.base_m + 1.0)
    if edit.height_m > 0 and not edit.storeys:
        return replace(edit, height_m=round(top_m * 2) / 2)
    storeys = max(round((top_m - edit.base_m) / edit.storey_m), 1)
    return replace(edit, storeys=float(storeys), height_m=0.0)


def shifted(
    edit: Edit, held: Handle, frame: LocalFrame, view: SceneView, place: QPointF, *, is_free: bool
) -> Edit | None:
    """Return an edit moved, turned or reshaped by a handle that is dragged to a place; None for the sky."""
    ground = view.scene.ground_at(view.camera, *view.pixel_of(place))
    if ground is None:
        return None
    x, y = float(ground[0]), float(ground[1])
    if held.name == "move":
        return edit_moved(edit, frame, x - held.point[0], y - held.point[1])
    if held.name == "turn":
        about = middle_of([edit], frame)
        was, now = (np.degrees(np.arctan2(p[0] - about[0], p[1] - about[1])) for p in (held.point, (x, y)))
        turn = float(now - was)
        return edit_turned(edit, frame, turn if is_free else round(turn), about)
    found = snap(
        view.scene, view.session, view.camera, view.size_px, *view.pixel_of(place),
        is_free=is_free, ratio=view.devicePixelRatioF(),
    )  # fmt: skip
    if found is not None and found.kind is SnapKind.CORNER:
        x, y = found.point_local[0], found.point_local[1]
    return with_corner(edit, frame, held.number, (x, y))
