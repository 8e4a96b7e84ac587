"""Named views: from words a person can write to a camera and which layers are on, and back. No Qt here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from math import degrees, radians

import numpy as np

from twin.errors import LayerError
from twin.place import LocalFrame, local_from_lonlat, lonlat_from_local
from twin.project import NamedView
from twin.session import Camera, Composition, Session, View

_DIGITS = 9


def named_view(name: str, view: View, frame: LocalFrame) -> NamedView:
    """Return a view in words."""
    camera = view.camera
    lon_deg, lat_deg = lonlat_from_local(frame, np.array([camera.target_local[:2]]))[0]
    return NamedView(
        name,
        lon_deg=round(float(lon_deg), _DIGITS),
        lat_deg=round(float(lat_deg), _DIGITS),
        z_m=round(camera.target_local[2], 3),
        distance_m=round(camera.distance_m, 3),
        heading_deg=round(degrees(camera.heading_rad), 6),
        tilt_deg=round(degrees(camera.tilt_rad), 6),
        is_parallel=camera.is_parallel,
        shown=tuple(s.layer_id for s in view.composition.layers if s.is_visible),
    )


def view_of(named: NamedView, session: Session) -> View:
    """Return what a named view shows, in a session that has layers.

    raises   LayerError  nothing is open
    """
    frame = session.frame
    if frame is None:
        raise LayerError("There is nothing to look at.", hint="Open a file first.")
    x, y = local_from_lonlat(frame, np.array([[named.lon_deg, named.lat_deg]]))[0]
    camera = Camera(
        (float(x), float(y), named.z_m),
        max(named.distance_m, 1.0),
        radians(named.heading_deg % 360),
        radians(min(max(named.tilt_deg, 0.0), 180.0)),
        is_parallel=named.is_parallel,
    )
    return View(camera, _with_shown(session.composition, named.shown))


def _with_shown(composition: Composition, shown: tuple[str, ...]) -> Composition:
    if not shown:
        return composition
    layers = tuple(replace(s, is_visible=s.layer_id in shown) for s in composition.layers)
    return replace(composition, layers=layers)


def view_called(name: str, views: Iterable[NamedView]) -> NamedView:
    """Return the view of a name, capital or small letters.

    raises   LayerError  there is none
    """
    every = list(views)
    for view in every:
        if view.name.casefold() == name.casefold():
            return view
    names = [view.name for view in every]
    near = get_close_matches(name, names, n=1)
    hint = f'Did you mean "{near[0]}"?' if near else f"The views are: {', '.join(names[:12]) or 'none'}."
    raise LayerError(
        f'There is no view "{name}".', hint=f"{hint} Or write oblique, top, or lon,lat,distance,heading,tilt."
    )
