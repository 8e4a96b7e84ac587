"""What a comment's author saw, kept as plain values and brought back."""

from __future__ import annotations

from dataclasses import replace
from math import radians

import numpy as np
import pytest

from twin.clock import Clock, ClockMode
from twin.layer import LayerState
from twin.place import LocalFrame, local_from_lonlat
from twin.session import Camera, Composition, Session, View
from ui.audience.seen import seen, view_seen

FRAME = LocalFrame("EPSG:25832", (570000.0, 5968000.0))


class Open(Session):
    """A session that has a frame without a layer."""

    @property
    def frame(self) -> LocalFrame:
        return FRAME


def test_a_view_comes_back_as_it_was() -> None:
    session = Open()
    states = (LayerState("a"), LayerState("b", is_visible=False))
    camera = Camera((120.0, -340.0, 12.0), 900.0, radians(30), radians(62))
    view = View(camera, Composition(layers=states), Clock(ClockMode.PAUSED, 1_700_000_000.0))
    kept = seen(view, session)
    assert kept["layers"] == ["a"]
    assert kept["time"] == "2023-11-14T22:13:20+00:00"
    base = View(composition=Composition(layers=tuple(replace(s, is_visible=not s.is_visible) for s in states)))
    back = view_seen(kept, base, session)
    assert back.camera.target_local == pytest.approx(camera.target_local, abs=0.05)
    assert (back.camera.distance_m, back.camera.heading_rad) == pytest.approx((900.0, radians(30)))
    assert back.composition.layers == states
    assert back.clock.at_s == 1_700_000_000.0
    x, y = local_from_lonlat(FRAME, np.array([kept["camera"][:2]]))[0]
    assert (x, y) == pytest.approx((120, -340), abs=0.05)


def test_what_is_not_kept_stays_as_it_is() -> None:
    base = View(Camera(distance_m=77.0))
    assert view_seen({}, base, Open()) == base
    assert view_seen({"camera": [1, 2], "layers": "all", "scenario": "none", "time": ""}, base, Open()) == base
