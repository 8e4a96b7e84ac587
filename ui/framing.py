"""Where to look from: the view that a command names, and the one that a city fills."""

from __future__ import annotations

from dataclasses import replace
from math import hypot, radians

import numpy as np
import numpy.typing as npt

from layers import camera as moves
from twin.errors import LayerError
from twin.facts import main_area
from twin.layer import Layer
from twin.place import Area, local_from_lonlat
from twin.session import Camera, Session
from twin.terrain import Ground
from twin.togetherness import ground_of_layers

OBLIQUE_HEADING_RAD = radians(-28)
STRAYS = 1.25
"""Where everything is so much wider than where most buildings are, the view is of most buildings."""
FARTHEST_M = 1e7
EYE_ABOVE_M = 1.5
"""The eye stays this high above terrain: as when walking."""


def camera_for(view: str | tuple[float, ...], session: Session, size_px: tuple[int, int]) -> Camera:
    """Return the camera for "oblique", "top" or (lon, lat, distance_m, heading_deg, tilt_deg).

    raises   LayerError  nothing is open, or the place is far from it
    """
    area, frame = session.area, session.frame
    if area is None or frame is None:
        raise LayerError("There is nothing to look at.", hint="Open a file first.")
    tallest_m = max((tallest_of(layer) for layer in session.layers.values()), default=0.0)
    ground = ground_of_layers(session.layers, session.composition)
    if view == "top":
        return on_ground(moves.plan(area, tallest_m, size_px), ground)
    if isinstance(view, str):
        most = main_area(session.layers.values())
        aslant = moves.home(most or area, tallest_m, size_px, heading_rad=OBLIQUE_HEADING_RAD)
        points = _outer_points(session, most)
        if points is not None:
            lift_m = np.array([0.0, 0.0, ground_m(ground, most or area)])
            return moves.framed_points(aslant, points + lift_m, size_px)
        return on_ground(aslant, ground)
    lon_deg, lat_deg, distance_m, heading_deg, tilt_deg = view
    x, y = local_from_lonlat(frame, np.array([[lon_deg, lat_deg]]))[0]
    if not (np.isfinite([x, y]).all() and hypot(x, y) < FARTHEST_M):
        raise LayerError(
            f"The view {lon_deg}, {lat_deg} is too far from what is open to be drawn with it.",
            hint="Look at a place within 10,000 km of it.",
        )
    tilt_rad = radians(min(max(tilt_deg, 0.0), 89.5))
    z = float(ground.z_at([[x, y]])[0])
    return above(Camera((float(x), float(y), z), distance_m, radians(heading_deg % 360), tilt_rad), ground)


def ground_m(ground: Ground, area: Area) -> float:
    """Return how high the ground lies under an area, about: the mean over a few places, local metres."""
    if ground.is_flat:
        return 0.0
    steps = np.linspace(0.1, 0.9, 7)
    (width_m, height_m), west, south = area.size_m, area.west_m, area.south_m
    places = [(west + u * width_m, south + v * height_m) for u in steps for v in steps]
    return float(ground.z_at(places).mean())


def on_ground(camera: Camera, ground: Ground) -> Camera:
    """Return a camera made for flat ground raised by how high the ground is where it looks."""
    x, y, z = camera.target_local
    raised = z if ground.is_flat else z + float(ground.z_at([[x, y]])[0])
    return above(replace(camera, target_local=(x, y, raised)), ground)


def above(camera: Camera, ground: Ground) -> Camera:
    """Return a camera whose eye is not below the ground: one that would be is raised with what it looks at."""
    if ground.is_flat or camera.is_parallel:
        return camera
    x, y, z = camera.eye_local
    missing_m = float(ground.z_at([[x, y]])[0]) + EYE_ABOVE_M - z
    if missing_m <= 0:
        return camera
    a, b, c = camera.target_local
    return replace(camera, target_local=(a, b, c + missing_m))


def _outer_points(session: Session, most: Area | None) -> npt.NDArray[np.float64] | None:
    """Return corners of tiles that hold the buildings between them, (n, 3); None where there are no buildings.

    A city is rarely a rectangle: seen by its tiles it fills the picture. Strays far from most buildings are left out,
    where all of them would make the view much wider.
    """
    corners = []
    for layer in session.layers.values():
        if layer.tiles is None:
            continue
        index = layer.tiles.index()
        leaves = index.bounds[~np.isin(np.arange(len(index)), index.parent)]
        corners += [leaves[:, [x, y, z]] for x in (0, 3) for y in (1, 4) for z in (2, 5)]
    if not corners or most is None:
        return None
    points = np.concatenate(corners)
    whole = Area(*points[:, :2].min(axis=0).tolist(), *points[:, :2].max(axis=0).tolist())
    if whole.diagonal_m <= STRAYS * most.diagonal_m:
        return points
    (width_m, height_m), (x, y) = most.size_m, most.centre
    return np.clip(points, [x - 0.55 * width_m, y - 0.55 * height_m, 0], [x + 0.55 * width_m, y + 0.55 * height_m, 500])


def tallest_of(layer: Layer) -> float:
    """Return the height of a layer's tallest building, metres; 0 for other layers."""
    return float(layer.tiles.index().subtree[0, 5]) if layer.tiles is not None else 0.0
