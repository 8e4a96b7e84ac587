"""The session: one place that changes, every change told as (old, new), and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import cos, pi, radians, sin
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import LayerError
from twin.features import Points
from twin.layer import Kind, Layer, LayerInfo, LayerState, Style
from twin.place import LocalFrame
from twin.report import Report
from twin.session import HISTORY_KEPT, Camera, Composition, Session, View
from twin.table import ColumnKind


@dataclass(eq=False)
class NoColumns:
    """A table of one row without attributes."""

    def __len__(self) -> int:
        return 1

    def fields(self) -> Mapping[str, ColumnKind]:
        return {}

    def column(self, name: str) -> npt.NDArray[np.generic]:
        raise KeyError(name)

    def row(self, _number: int) -> dict[str, object]:
        return {}


def layer(name: str, x: float = 0.0, *, origin_m: tuple[float, float] = (0.0, 0.0)) -> Layer:
    """Return a layer of two points, 10 m apart."""
    info = LayerInfo(
        id=name, name=name, kind=Kind.POINTS, path="", source_layer=None, driver="test", crs=None, crs_source="given",
        count=2, shown=2, bounds_lonlat=(0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip
    features = Points(np.array([[x, 0.0], [x + 10, 10.0]]), np.arange(2, dtype=np.int32))
    return Layer(info, LocalFrame("EPSG:32632", origin_m), NoColumns(), Report(), features=features)


@pytest.fixture
def session() -> Session:
    """Return a session with two layers open."""
    session = Session()
    session.add_layer(layer("low"))
    session.add_layer(layer("high", 100.0), Style(opacity=0.5))
    return session


def told(session: Session, signal: str) -> list[tuple[Any, Any]]:
    """Return the list that a signal's (old, new) go to from now on."""
    changes: list[tuple[Any, Any]] = []

    def note(old: object, new: object) -> None:
        changes.append((old, new))

    getattr(session, signal).connect(note)
    return changes


# layers


def test_layers_are_stacked_in_the_order_opened(session: Session) -> None:
    assert list(session.layers) == ["low", "high"]
    assert [s.layer_id for s in session.composition.layers] == ["low", "high"]
    assert session.composition.state("high").style.opacity == 0.5


def test_a_layer_opened_twice_changes_nothing(session: Session) -> None:
    before = session.layers, session.composition
    changes = told(session, "layers_changed")
    with pytest.raises(LayerError, match="open already"):
        session.add_layer(layer("low"))
    assert (session.layers, session.composition) == before
    assert changes == []


def test_the_open_layers_cannot_be_changed_from_outside(session: Session) -> None:
    with pytest.raises(TypeError):
        session.layers["other"] = layer("other")  # type: ignore[index]


def test_the_first_layer_sets_the_frame() -> None:
    session = Session()
    assert session.frame is None
    session.add_layer(layer("first", origin_m=(7.0, 8.0)))
    session.add_layer(layer("second", origin_m=(1.0, 2.0)))
    assert session.frame == LocalFrame("EPSG:32632", (7.0, 8.0))


def test_the_area_is_that_of_what_is_visible(session: Session) -> None:
    assert session.area is not None
    assert (session.area.west_m, session.area.east_m) == (0, 110)
    session.set_state(LayerState("high", is_visible=False))
    assert (session.area.west_m, session.area.east_m) == (0, 10)
    session.set_state(LayerState("low", is_visible=False))
    assert session.area.east_m == 110  # nothing is visible: all of it


def test_a_removed_layer_is_forgotten_by_selection_and_history(session: Session) -> None:
    session.set_style("low", Style(color="#ff0000"))
    session.select("low", [1])
    session.set_style("high", Style(opacity=0.1))
    session.remove_layer("low")
    assert session.selection.rows == ()
    assert list(session.layers) == ["high"]
    while session.can_undo:
        session.undo()
        assert [s.layer_id for s in session.composition.layers] == ["high"]
    session.remove_layer("high")
    assert session.area is None
    assert session.frame is None


def test_a_layer_takes_the_place_of_its_former_state(session: Session) -> None:
    changes = told(session, "layers_changed")
    session.replace_layer(layer("low", 50.0))
    assert session.layers["low"].area.west_m == 50
    assert list(session.layers) == ["low", "high"]
    ((old, new),) = changes
    assert (old["low"].area.west_m, new["low"].area.west_m) == (0, 50)
    with pytest.raises(LayerError, match="no layer"):
        session.replace_layer(layer("unknown"))


# composition


def test_a_style_is_told_with_what_was_before(session: Session) -> None:
    changes = told(session, "composition_changed")
    session.set_style("low", Style(color="#ff0000"))
    ((old, new),) = changes
    assert (old.state("low").style.color, new.state("low").style.color) == ("", "#ff0000")
    session.set_style("low", Style(color="#ff0000"))  # the same again is no change
    assert len(changes) == 1


def test_a_style_of_a_layer_that_is_not_open_is_refused(session: Session) -> None:
    with pytest.raises(LayerError, match="unknown"):
        session.set_style("unknown", Style())
    assert not session.can_undo


@given(steps=st.lists(st.sampled_from(["a", "b", "c", "undo", "redo"]), max_size=30))
@settings(max_examples=60)
def test_undo_and_redo_go_over_what_was_shown(steps: list[str]) -> None:
    session = Session()
    session.add_layer(layer("low"))
    past, now, future = [], "", []
    for step in steps:
        if step == "undo":
            session.undo()
            if past:
                future.append(now)
                now = past.pop()
        elif step == "redo":
            session.redo()
            if future:
                past.append(now)
                now = future.pop()
        else:
            session.set_style("low", Style(label_by=step))
            if step != now:
                past.append(now)
                now, future = step, []
        assert session.composition.state("low").style.label_by == now
        assert (session.can_undo, session.can_redo) == (bool(past), bool(future))


def test_the_way_back_does_not_grow_without_end(session: Session) -> None:
    for number in range(HISTORY_KEPT + 50):
        session.set_style("low", Style(label_by=str(number)))
    steps = 0
    while session.can_undo:
        session.undo()
        steps += 1
    assert steps <= HISTORY_KEPT + 1


def test_a_layer_that_opens_is_not_undone(session: Session) -> None:
    assert not session.can_undo
    session.undo()
    assert list(session.layers) == ["low", "high"]


# camera


def test_the_camera_has_a_history_of_its_own(session: Session) -> None:
    first, second, third = (Camera(distance_m=d) for d in (100.0, 200.0, 300.0))
    for camera in (first, second, third):
        session.set_camera(camera)
    session.set_style("low", Style(opacity=0.2))
    session.camera_back()
    assert session.camera == second
    session.camera_back()
    session.camera_forward()
    assert session.camera == second
    session.set_camera(replace(first, is_parallel=True))  # elsewhere: there is no way forward any more
    session.camera_forward()
    assert session.camera == replace(first, is_parallel=True)
    assert session.composition.state("low").style.opacity == 0.2


def test_a_view_brings_camera_and_composition(session: Session) -> None:
    view = View(Camera(distance_m=77.0), Composition((LayerState("high"), LayerState("low")), theme="dark"))
    session.set_view(view)
    assert session.view == view


@given(heading=st.floats(0, 6.28), tilt=st.floats(0, pi), distance=st.floats(1, 1e5))
def test_the_cameras_axes_are_square_and_the_eye_is_where_they_say(
    heading: float, tilt: float, distance: float
) -> None:
    camera = Camera((3.0, 4.0, 5.0), distance, heading, tilt)
    ahead, up, eye = np.array(camera.direction), np.array(camera.up), np.array(camera.eye_local)
    assert np.hypot(*ahead[:2]) == pytest.approx(sin(tilt), abs=1e-9)
    np.testing.assert_allclose([ahead @ ahead, up @ up, ahead @ up], [1, 1, 0], atol=1e-9)
    np.testing.assert_allclose(eye + ahead * distance, camera.target_local, atol=1e-6)
    # no roll: what is right in the picture is level
    assert np.cross(ahead, up)[2] == pytest.approx(0, abs=1e-9)


def test_looking_north_from_above_north_is_up() -> None:
    camera = Camera(distance_m=10.0, heading_rad=0.0, tilt_rad=radians(30))
    np.testing.assert_allclose(camera.direction, (0, sin(radians(30)), -cos(radians(30))), atol=1e-12)
    np.testing.assert_allclose(replace(camera, tilt_rad=0.0).up, (0, 1, 0), atol=1e-12)
    np.testing.assert_allclose(replace(camera, tilt_rad=0.0, heading_rad=pi / 2).up, (1, 0, 0), atol=1e-12)


def test_turning_stops_at_straight_down_and_straight_up() -> None:
    camera = Camera(tilt_rad=radians(10))
    assert camera.turned(tilt_rad=-1.0).tilt_rad == 0
    assert camera.turned(tilt_rad=9.0).tilt_rad == pi
    assert camera.turned(heading_rad=-0.5).heading_rad == pytest.approx(2 * pi - 0.5)


# selection


def test_rows_are_selected_once_in_the_order_chosen(session: Session) -> None:
    changes = told(session, "selection_changed")
    session.select("low", [np.int64(1), 0, 1])
    assert session.selection.rows == (1, 0)
    session.select("low", [1, 0])
    assert len(changes) == 1
    session.select("low", [])
    assert (session.selection.layer_id, session.selection.rows) == ("", ())
    assert len(changes) == 2


def test_undo_does_not_close_a_layer_that_came_later(session: Session) -> None:
    session.set_style("low", Style(opacity=0.5))
    session.add_layer(layer("late"))
    session.undo()
    assert [s.layer_id for s in session.composition.layers] == ["low", "high", "late"]
    assert session.composition.state("low").style.opacity == 1.0


def test_a_forgotten_history_leads_nowhere(session: Session) -> None:
    session.set_style("low", Style(opacity=0.5))
    session.forget_history()
    session.undo()
    assert not session.can_undo
    assert session.composition.state("low").style.opacity == 0.5
