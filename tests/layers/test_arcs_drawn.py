"""Arcs in the scene: as wide as what flows, with a head where they end, seen through houses, under the pointer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.vector import read
from layers.arc_colours import class_edges
from layers.arc_shapes import curves
from layers.scene import Scene
from twin.clock import Clock
from twin.entities import EntityFrame
from twin.live import LiveLook, Shape
from twin.place import lonlat_from_local
from twin.session import Camera, Session

SIZE_PX = (640, 400)
HOUSE = (slice(140, 225), slice(280, 385))
"""Where the house and its shadow are seen from above."""
LOOK = LiveLook("f", "Trips", Shape.ARCS, value="n", width_px=12.0)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """One house of 60 m in the middle of a field of 400 m."""
    boxes = [shapely.box(500_180, 5_400_180, 500_220, 5_400_220), shapely.box(500_000, 5_400_000, 500_001, 5_400_001)]
    boxes.append(shapely.box(500_399, 5_400_399, 500_400, 5_400_400))
    gpd.GeoDataFrame({"height": [60.0, 3.0, 3.0]}, geometry=boxes, crs=25832).to_file(tmp_path / "city.gpkg")
    session = Session()
    session.add_layer(read(tmp_path / "city.gpkg"))
    session.set_composition(replace(session.composition, live=(LOOK,)))
    session.set_clock(Clock().paused(0.0))
    return session


@pytest.fixture
def scene(session: Session) -> Iterator[Scene]:
    scene = Scene(session)
    scene.is_adaptive = False
    scene.resize(*SIZE_PX)
    yield scene
    scene.close()


def camera_over(session: Session, *, tilt_rad: float = 0.0, distance_m: float = 700.0) -> Camera:
    assert session.area is not None
    return Camera((*session.area.centre, 0.0), distance_m=distance_m, tilt_rad=tilt_rad)


def put(session: Session, ways: list[tuple[float, float, float, float]], values: list[float]) -> EntityFrame:
    """Put flows between places, metres from the middle, into the session."""
    assert session.frame is not None
    assert session.area is not None
    middle = np.array(session.area.centre)
    places = np.array(ways, float)
    nan = np.full(len(ways), np.nan)
    ids = np.array([f"w{i}" for i in range(len(ways))], object)
    begin = lonlat_from_local(session.frame, places[:, :2] + middle)
    end = lonlat_from_local(session.frame, places[:, 2:] + middle)
    frame = EntityFrame("f", ids, begin, nan, nan, nan, nan, {"n": np.array(values, float)}, 0.0, end_lonlat=end)
    session.put_frame("f", frame)
    return frame


def changed(scene: Scene, camera: Camera, session: Session) -> np.ndarray:
    """Return which pixels the flows changed (h, w), but for the house's."""
    frame = session.frames["f"]
    session.put_frame("f", None)
    for _ in range(3):
        without = scene.draw(camera)
    session.put_frame("f", frame)
    seen = np.asarray((scene.draw(camera).astype(int) - without).any(axis=2))
    seen[HOUSE] = False  # its shadow may be drawn a little otherwise each time
    return seen


def test_an_arc_is_as_wide_as_what_flows_and_grows_towards_its_end(session: Session, scene: Scene) -> None:
    camera = camera_over(session)
    put(session, [(-150, 100, 150, 100), (-150, -100, 150, -100)], [100.0, 25.0])
    rows = changed(scene, camera, session)
    above, below = rows[:200, 300:340].sum(axis=0).max(), rows[200:, 300:340].sum(axis=0).max()
    assert 9 <= above <= 18  # 12 pixels by half to full width, a rim of 1.3 on either side, soft edges
    assert below < 0.6 * above
    begin, end = rows[:200, 190:230].sum(), rows[:200, 400:440].sum()
    assert end > 1.3 * begin  # a tail of a third, and an arrowhead


def test_there_and_back_lie_beside_each_other_and_are_one_where_wished(session: Session, scene: Scene) -> None:
    camera = camera_over(session)
    put(session, [(-150, 100, 150, 100), (150, 100, -150, 100)], [50.0, 50.0])
    column = changed(scene, camera, session)[:, 320]
    assert (np.diff(np.flatnonzero(column)) > 1).sum() == 1
    session.set_composition(replace(session.composition, live=(replace(LOOK, is_summed=True),)))
    column = changed(scene, camera, session)[:, 320]
    assert (np.diff(np.flatnonzero(column)) > 1).sum() == 0


def test_what_ends_where_it_begins_is_a_ring(session: Session, scene: Scene) -> None:
    camera = camera_over(session)
    put(session, [(120, 100, 120, 100)], [50.0])
    y, x = np.nonzero(changed(scene, camera, session))
    assert x.max() - x.min() == pytest.approx(y.max() - y.min(), abs=3)
    legend = next(legend for legend in scene.legends() if legend.layer_id == "f")
    assert "Rings: 1" in legend.note


def test_an_arc_is_seen_faintly_through_a_house(session: Session, scene: Scene) -> None:
    camera = camera_over(session, tilt_rad=1.3, distance_m=500.0)
    for _ in range(3):
        without = scene.draw(camera).astype(int)
    put(session, [(-60, 60, 60, 60)], [10.0])
    difference = np.abs(scene.draw(camera).astype(int) - without).sum(axis=2)[:, 310:330].max(axis=0)  # at the house
    beside = np.abs(scene.draw(camera).astype(int) - without).sum(axis=2)[:, 380:390].max(axis=0)
    assert (difference > 30).all()
    assert difference.mean() < 0.6 * beside.mean()


def test_the_pointer_tells_from_to_and_how_much(session: Session, scene: Scene) -> None:
    camera = camera_over(session)
    put(session, [(-150, 100, 150, 100), (-150, -100, 150, -100)], [100.0, 1234.0])
    rows = changed(scene, camera, session)
    y = int(np.flatnonzero(rows[200:, 320]).mean()) + 200
    assert scene.live.text_at(320, y) == "w1: 1,234 n"
    assert scene.live.pick(320, y) is not None
    assert scene.live.text_at(320, y + 40) == ""


def test_thousands_of_arcs_are_drawn_as_their_largest_and_the_legend_counts_the_rest(
    session: Session, scene: Scene
) -> None:
    rng = np.random.default_rng(2)
    places = rng.uniform(-180, 180, (5000, 4))
    values = rng.pareto(1.2, 5000) + 1
    put(session, [tuple(p) for p in places.tolist()], values.tolist())
    scene.draw(camera_over(session))
    legend = next(legend for legend in scene.legends() if legend.layer_id == "f")
    assert legend.shown == 400
    assert "The 400 largest of 5,000" in legend.note
    assert sum(entry.count for entry in legend.entries) == 400
    weights = [entry.weight for entry in legend.entries]
    assert weights == sorted(weights, reverse=True)


def test_far_arcs_stay_within_reach_of_the_city() -> None:
    begin, end = np.array([[0.0, 0.0, 0.0]] * 2), np.array([[200.0, 0.0, 0.0], [20_000.0, 0.0, 0.0]])
    top = curves(begin, end, np.linspace(0, 1, 11), 5_000.0, is_bowed=True)[..., 2].max(axis=1)
    assert top[0] == pytest.approx(200 * 0.24, rel=0.05)  # a quarter of a short way
    assert top[1] < 5_000 * 0.13  # an eighth of the city's width at most


def test_classes_are_round_numbers_above_what_is_usual() -> None:
    assert class_edges(5.0, 80.0, is_whole=True).tolist() == [5, 10, 20, 40]  # each twice the one before
    assert class_edges(3.0, 3.0).tolist() == []
