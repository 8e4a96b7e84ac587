"""What somebody saw who commented: camera, layers, scenario and time as plain values, and back as a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import degrees, radians
from typing import Any

import numpy as np

from twin.clock import ClockMode
from twin.place import local_from_lonlat, lonlat_from_local
from twin.session import Camera, Session, View

CAMERA_NUMBERS = 6


def seen(view: View, session: Session) -> dict[str, Any]:
    """Return a view as a comment keeps it: it can be read by people, and holds no local metres."""
    frame, camera = session.frame, view.camera
    assert frame is not None
    lon_deg, lat_deg = lonlat_from_local(frame, np.array([camera.target_local[:2]]))[0].tolist()
    numbers = [lon_deg, lat_deg, camera.target_local[2], camera.distance_m]
    angles = [degrees(camera.heading_rad), degrees(camera.tilt_rad)]
    at_s = view.clock.at_s
    return {
        "camera": [round(v, 7) for v in (*numbers, *angles)],
        "layers": [s.layer_id for s in view.composition.layers if s.is_visible][:50],
        "scenario": view.composition.scenario,
        "time": "" if at_s is None else datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds"),
    }


def view_seen(context: Mapping[str, Any], base: View, session: Session) -> View:
    """Return the view that a comment keeps, laid over another one; what is not kept stays as it is there."""
    camera, composition, clock = base.camera, base.composition, base.clock
    numbers = context.get("camera")
    if isinstance(numbers, list) and len(numbers) == CAMERA_NUMBERS and session.frame is not None:
        lon_deg, lat_deg, z_m, distance_m, heading_deg, tilt_deg = map(float, numbers)
        x, y = local_from_lonlat(session.frame, np.array([[lon_deg, lat_deg]]))[0].tolist()
        camera = Camera((x, y, z_m), max(distance_m, 1.0), radians(heading_deg), radians(tilt_deg))
    shown = context.get("layers")
    if isinstance(shown, list) and shown:
        states = tuple(replace(s, is_visible=s.layer_id in shown) for s in composition.layers)
        composition = replace(composition, layers=states)
    scenario = context.get("scenario")
    if isinstance(scenario, str) and scenario in {"", *(s.id for s in composition.scenarios)}:
        composition = replace(composition, scenario=scenario)
    time = context.get("time")
    if isinstance(time, str) and time:
        clock = replace(clock, mode=ClockMode.PAUSED, at_s=datetime.fromisoformat(time).timestamp())
    return View(camera, composition, clock)
