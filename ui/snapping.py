"""Snapping: the corner or edge of a building that is meant, near a place of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import cos, pi, sin
from typing import Protocol

import numpy as np
import numpy.typing as npt

from layers.camera import Ray, project, ray_through
from layers.pick import Pick
from twin.session import Camera, Session
from twin.tiles import TileArrays

Point = tuple[float, float, float]
Floats = npt.NDArray[np.float64]
CORNER_PX, EDGE_PX = 12.0, 8.0
"""How near a corner and an edge draw the cursor."""
AROUND_PX, AROUND = 9.0, 8
"""Where nothing is under the cursor, it is looked around it."""


class SnapKind(StrEnum):
    """What was met."""

    CORNER = "corner"
    EDGE = "edge"
    SURFACE = "surface"
    GROUND = "ground"


class Pickable(Protocol):
    """A scene, as far as it is asked here."""

    def pick(self, camera: Camera, x_px: float, y_px: float) -> Pick | None:
        """Return what is under a pixel."""
        ...

    def ground_at(self, camera: Camera, x_px: float, y_px: float) -> Point | None:
        """Return the point of the ground under a pixel."""
        ...


@dataclass(frozen=True, slots=True)
class Snapped:
    """A place in the city, and what it belongs to."""

    point_local: Point
    kind: SnapKind


def snap(
    scene: Pickable, session: Session, camera: Camera, size_px: tuple[int, int], x_px: float, y_px: float,
    *, is_free: bool = False, ratio: float = 1.0,
) -> Snapped | None:  # fmt: skip
    """Return what is meant at a place of the picture: a corner, else an edge, else the surface; None for the sky.

    is_free   takes the surface without looking for corners
    ratio     pixels of the picture a pixel of the screen
    """
    under = scene.pick(camera, x_px, y_px)
    if not is_free:
        picks = [under] if under is not None else _picks_around(scene, camera, x_px, y_px, ratio)
        found = _nearest(session, camera, size_px, (x_px, y_px), picks, ratio)
        if found is not None:
            return found
    if under is not None:
        return Snapped(under.point_local, SnapKind.SURFACE)
    ground = scene.ground_at(camera, x_px, y_px)
    return Snapped(ground, SnapKind.GROUND) if ground is not None else None


def _picks_around(scene: Pickable, camera: Camera, x_px: float, y_px: float, ratio: float) -> list[Pick]:
    found: dict[tuple[str, int], Pick] = {}
    for number in range(AROUND):
        turn = 2 * pi * number / AROUND
        pick = scene.pick(camera, x_px + AROUND_PX * ratio * cos(turn), y_px + AROUND_PX * ratio * sin(turn))
        if pick is not None:
            found[pick.layer_id, pick.row] = pick
    return list(found.values())


def _nearest(
    session: Session, camera: Camera, size_px: tuple[int, int], place: tuple[float, float], picks: list[Pick],
    ratio: float,
) -> Snapped | None:  # fmt: skip
    """Return the nearest corner within reach, or the nearest point of an edge."""
    pieces = [_edges(session, pick) for pick in picks]
    pieces = [piece for piece in pieces if piece is not None]
    if not pieces:
        return None
    edges = np.concatenate([piece for piece in pieces if piece is not None])
    ends, _ = project(camera, size_px, edges.reshape(-1, 3))
    away = np.hypot(*(ends - place).T)
    away[~np.isfinite(away)] = np.inf
    best = int(np.argmin(away))
    if away[best] <= CORNER_PX * ratio:
        x, y, z = edges.reshape(-1, 3)[best].tolist()
        return Snapped((x, y, z), SnapKind.CORNER)
    return _on_edge(edges, ends.reshape(-1, 2, 2), np.array(place), ray_through(camera, size_px, *place), ratio)


def _on_edge(edges: Floats, ends_px: Floats, place: Floats, ray: Ray, ratio: float) -> Snapped | None:
    """Return the point of the nearest edge that is nearest to the line of sight."""
    begin, step = ends_px[:, 0], ends_px[:, 1] - ends_px[:, 0]
    length = (step**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(((place - begin) * step).sum(axis=1) / length, 0, 1)
    gap = np.hypot(*(begin + share[:, None] * step - place).T)
    gap[~np.isfinite(gap)] = np.inf
    best = int(np.argmin(gap))
    if gap[best] > EDGE_PX * ratio:
        return None
    a, along = edges[best, 0], edges[best, 1] - edges[best, 0]
    # Where two lines in space come nearest; on screen shares are not those in space.
    across = ray.origin - a
    u, v = float(along @ along), float(along @ ray.direction)
    bottom = u - v * v
    t = (float(along @ across) - v * float(ray.direction @ across)) / bottom if bottom > 1e-12 else 0.0
    x, y, z = (a + along * min(max(t, 0.0), 1.0)).tolist()
    return Snapped((x, y, z), SnapKind.EDGE)


def _edges(session: Session, pick: Pick) -> Floats | None:
    """Return the edges (n, 2, 3) of a building: around its foot, around its top, and upright; local metres."""
    layer = session.layers.get(pick.layer_id)
    arrays: TileArrays | None = getattr(layer.tiles, "arrays", None) if layer is not None else None
    if layer is None or layer.tiles is None or arrays is None:
        return None
    tile, place = layer.tiles.locate(pick.row)
    if tile < 0:
        return None
    member = arrays.member[arrays.member_start[tile] + place]
    x, y = arrays.anchor_local[member].tolist()
    building = arrays.gather(np.array([member]), (x, y))
    xy = building.outlines.xy.astype(np.float64) + np.array([x, y])
    start = np.asarray(building.outlines.ring_start)
    after = np.arange(1, len(xy) + 1)
    after[start[1:] - 1] = start[:-1]

    def at(z: float) -> Floats:
        return np.column_stack([xy, np.full(len(xy), z)])

    low, high = at(float(building.base_m[0])), at(float(building.height_m[0]))
    return np.concatenate(
        [np.stack([high, high[after]], axis=1), np.stack([low, low[after]], axis=1), np.stack([low, high], axis=1)]
    )
