"""Live things in the scene: over the city, hidden behind houses, in the houses' colours; replayed as they were live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.recorder import Recorder
from data.recording import Player, Recording
from data.vector import read
from layers.refine import Refinement
from layers.scene import Scene
from layers.tile_identity import same_tiles
from twin.clock import Clock, moment_from_text
from twin.entities import Entities, EntityBatch, EntityFrame
from twin.feed import FeedWish
from twin.fixes import Fixes
from twin.live import LiveLook, Shape
from twin.live_rows import PlaceRows, rows_by_id
from twin.place import lonlat_from_local
from twin.session import Camera, Session

SIZE_PX = (320, 200)
TOP = Camera(distance_m=300.0, tilt_rad=0.0)


def write_city(path: Path, *, height_m: float = 30.0, built: int = 1800) -> Path:
    """Write nine houses, 20 m wide, 40 m apart, the middle one as high as told."""
    boxes = [
        shapely.box(500_000 + 40 * i, 5_400_000 + 40 * j, 500_020 + 40 * i, 5_400_020 + 40 * j)
        for i in range(3)
        for j in range(3)
    ]
    heights = [height_m if i == 4 else 12.0 for i in range(9)]
    columns = {"code": [f"H{i}" for i in range(9)], "height": heights, "built": [built + 10 * i for i in range(9)]}
    gpd.GeoDataFrame(columns, geometry=boxes, crs=25832).to_file(path)
    return path


@pytest.fixture
def session(tmp_path: Path) -> Session:
    session = Session()
    session.add_layer(read(write_city(tmp_path / "city.gpkg")))
    return session


@pytest.fixture
def scene(session: Session) -> Iterator[Scene]:
    scene = Scene(session)
    scene.is_adaptive = False
    scene.resize(*SIZE_PX)
    yield scene
    scene.close()


def frame_at(
    session: Session,
    xy: list[tuple[float, float]],
    *,
    at_s: float = 100.0,
    ids: list[str] | None = None,
    v: float = 1.0,
) -> EntityFrame:
    assert session.frame is not None
    n = len(xy)
    nan = np.full(n, np.nan)
    names = np.array(ids or [f"t{i}" for i in range(n)], object)
    lonlat = lonlat_from_local(session.frame, np.array(xy))
    return EntityFrame("f", names, lonlat, nan, np.full(n, at_s), nan, nan, {"v": np.full(n, v)}, at_s)


def show(session: Session, look: LiveLook, at_s: float = 100.0) -> None:
    session.set_composition(replace(session.composition, live=(look,)))
    session.set_clock(Clock().paused(at_s))


def middle(session: Session) -> Camera:
    area = session.area
    assert area is not None
    return replace(TOP, target_local=(*area.centre, 0.0))


def changed_px(scene: Scene, camera: Camera, without: np.ndarray) -> int:
    return int((scene.draw(camera) != without).any(axis=2).sum())


def test_a_thing_is_drawn_beside_a_house_and_hidden_inside_one(session: Session, scene: Scene) -> None:
    camera = middle(session)
    x, y = camera.target_local[:2]
    for _ in range(3):
        without = scene.draw(camera)
    show(session, LiveLook("f", shape=Shape.DISCS, size_m=3.0))
    session.put_frame("f", frame_at(session, [(x + 20, y)]))
    assert changed_px(scene, camera, without) > 20
    session.put_frame("f", frame_at(session, [(x, y)], at_s=101.0))
    session.set_clock(Clock().paused(101.0))
    assert changed_px(scene, camera, without) == 0


def test_a_column_is_as_high_as_its_value(session: Session, scene: Scene) -> None:
    camera = replace(middle(session), tilt_rad=1.2)
    x, y = camera.target_local[:2]
    for _ in range(3):
        without = scene.draw(camera)
    show(session, LiveLook("f", shape=Shape.COLUMNS, value="v", low=0, high=10, size_m=3, height_m=60))
    sizes = []
    for v in (1.0, 10.0):
        session.put_frame("f", frame_at(session, [(x + 20, y - 20)], v=v))
        sizes.append(changed_px(scene, camera, without))
    assert sizes[1] > 3 * sizes[0]


def test_what_moves_behind_a_house_is_seen_faintly_through_it(session: Session, scene: Scene) -> None:
    camera = replace(middle(session), distance_m=80.0)
    x, y = camera.target_local[:2]
    for _ in range(3):
        without = scene.draw(camera).astype(int)
    show(session, LiveLook("f", size_m=6.0, color="#ff0000", glides=False, trail_s=0.0))
    most = []
    for at_s, place in ((101.0, (x + 20, y)), (102.0, (x, y))):
        session.put_frame("f", frame_at(session, [place], at_s=at_s))
        session.set_clock(Clock().paused(at_s))
        most.append(int(np.abs(scene.draw(camera).astype(int) - without).max()))
    assert 20 < most[1] < most[0] / 2


def test_what_has_no_direction_is_seen_through_a_house_too(session: Session, scene: Scene) -> None:
    camera = replace(middle(session), distance_m=80.0)
    x, y = camera.target_local[:2]
    for _ in range(3):
        without = scene.draw(camera).astype(int)
    show(session, LiveLook("f", size_m=6.0, color="#ff0000", trail_s=0.0), at_s=101.0)
    session.put_frame("f", frame_at(session, [(x, y)], at_s=101.0))
    assert int(np.abs(scene.draw(camera).astype(int) - without).max()) > 20


def test_labels_of_layers_keep_clear_of_the_numbers_on_columns(session: Session, scene: Scene) -> None:
    camera = replace(middle(session), distance_m=150.0)
    x, y = camera.target_local[:2]
    layer_id = next(iter(session.layers))
    state = session.composition.state(layer_id)
    labelled = replace(state, style=replace(state.style, label_by="code"))
    session.set_composition(replace(session.composition, layers=(labelled,)))
    show(session, LiveLook("f", shape=Shape.COLUMNS, value="v", low=0, high=10, size_m=3, height_m=30))
    session.put_frame("f", frame_at(session, [(x, y)], v=7.0))
    (number,) = scene.live.standing_words(camera, SIZE_PX, scale=1.0)
    assert number.text == "7"
    free = scene.placed_labels(camera, SIZE_PX, scale=1.0)
    assert "H4" in {one.text for one in free}
    written = scene.placed_labels(camera, SIZE_PX, scale=1.0, taken=[number])
    assert {one.text for one in free} - {one.text for one in written} == {"H4"}


def test_houses_take_the_colour_of_the_value_of_their_id_and_give_it_back(session: Session, scene: Scene) -> None:
    camera = middle(session)
    for _ in range(3):
        without = scene.draw(camera)
    layer_id = next(iter(session.layers))
    show(
        session,
        LiveLook("f", shape=Shape.BUILDINGS, value="v", low=0, high=2, target_layer=layer_id, target_field="code"),
    )
    session.put_frame("f", frame_at(session, [(1e3, 1e3)], ids=["h4"]))
    assert changed_px(scene, camera, without) > 200
    session.put_frame("f", None)
    assert changed_px(scene, camera, without) == 0


def test_places_belong_to_the_house_they_are_in_or_the_nearest(session: Session) -> None:
    layer = next(iter(session.layers.values()))
    assert rows_by_id(layer, "code", np.array(["H4", "h0", "none"], object)).tolist() == [4, 0, -1]
    area = session.area
    assert area is not None
    x, y = area.centre
    assert PlaceRows(layer).rows(np.array([[x, y], [x + 14, y], [x + 500, y]]), 10.0).tolist() == [4, 4, -1]


def test_things_glide_between_fixes_and_jump_over_gaps() -> None:
    fixes, ids = Fixes(), np.array(["a"], object)
    for at_s, x in ((0.0, 0.0), (10.0, 100.0), (20.0, 200.0)):
        fixes.take(ids, np.array([[x, 0.0, 0.0]]), np.array([at_s]), np.array([np.nan]))
    assert fixes.delay_s == 10.0
    assert fixes.at(25.0).points_local[0, 0] == pytest.approx(150.0)
    assert fixes.at(25.0).heading_rad[0] == pytest.approx(np.pi / 2)
    assert fixes.at(25.0, glides=False).points_local[0, 0] == 200.0
    fixes.take(ids, np.array([[9_000.0, 0.0, 0.0]]), np.array([500.0]), np.array([np.nan]))
    assert fixes.at(400.0).points_local[0, 0] == 200.0


def test_a_trail_ends_where_its_time_is_over_and_where_a_thing_has_jumped() -> None:
    fixes, ids = Fixes(), np.array(["a", "b"], object)
    for at_s, a, b in ((0.0, 0.0, 0.0), (10.0, 100.0, 9_000.0), (20.0, 200.0, 9_050.0)):
        fixes.take(ids, np.array([[a, 0.0, 0.0], [b, 0.0, 0.0]]), np.full(2, at_s), np.full(2, np.nan))
    points, age = fixes.trails(fixes.at(20.0, glides=False), 20.0, 15.0, glides=False)
    assert age[:4, 0].tolist() == pytest.approx([0.0, 0.0, 10 / 15, 1.0])
    assert points[3, 0, 0] == pytest.approx(50.0)  # 15 s back at 10 m/s
    assert np.isinf(age[3, 1])
    assert points[2, 1, 0] == 9_000.0


def test_only_what_stood_then_is_drawn_and_counted(session: Session, scene: Scene) -> None:
    camera = middle(session)
    scene.draw(camera)
    assert scene.stats.buildings == 9
    session.set_clock(Clock().paused(moment_from_text("1810")))
    scene.draw(camera)
    assert scene.stats.buildings == 2
    session.set_clock(Clock())
    scene.draw(camera)
    assert scene.stats.buildings == 9


def test_a_replay_gives_exactly_the_picture_that_was_live(session: Session, scene: Scene, tmp_path: Path) -> None:
    camera, place = replace(middle(session), tilt_rad=0.9), session.frame
    assert place is not None
    x, y = camera.target_local[:2]
    recorder, entities = Recorder(tmp_path / "r.ctrec", FeedWish("f", "f", "mqtt://h/t")), Entities("f")
    show(session, LiveLook("f", value="v", low=0, high=60, trail_s=20.0))
    session.set_clock(Clock())
    begin_s = 1_700_000_000.0
    for second in range(40):
        at_s = begin_s + second
        xy = np.array([[x - 60 + 3.0 * second, y - 20.0], [x + 20.0, y - 50 + 2.0 * second]])
        lonlat = lonlat_from_local(place, xy)
        batch = EntityBatch(
            ["a", "b"], at_s, lonlat[:, 0], lonlat[:, 1], np.full(2, at_s), values={"v": np.array([second, 30.0])}
        )
        entities.update(batch)
        recorder.add(batch, entities, at_s, messages=2, size=10, malformed=0)
        recorder.tick(at_s)
        session.put_frame("f", replace(entities.frame(at_s), feed_id="f"))
    recorder.close()
    scene.live.now_s = begin_s + 39.0
    for live in Refinement(scene, camera, passes=2).slices():
        picture = live if live is not None else None
        if picture is not None:
            shown_live = picture
    session.put_frame("f", None)
    player = Player(Recording(tmp_path / "r.ctrec"))
    for second in range(10, 40):
        session.put_frame("f", player.frame(begin_s + second))
    session.set_clock(Clock().paused(begin_s + 39.0))
    for replayed in Refinement(scene, camera, passes=2).slices():
        if replayed is not None:
            shown_again = replayed
    assert (shown_live != shown_again).sum() == 0


def test_only_tiles_that_were_touched_are_other_tiles(tmp_path: Path) -> None:
    before = read(write_city(tmp_path / "a.gpkg")).tiles
    same = read(write_city(tmp_path / "b.gpkg")).tiles
    raised = read(write_city(tmp_path / "c.gpkg", height_m=40.0)).tiles
    assert len(same_tiles(before.arrays, same.arrays)) == len(before.index())  # type: ignore[union-attr]
    assert len(same_tiles(before.arrays, raised.arrays)) < len(before.index())  # type: ignore[union-attr]
