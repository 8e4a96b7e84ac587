"""The true sun in pictures: shadows measured pixel by pixel, on the ground, on roofs and walls, day and night."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from math import cos, hypot, radians, sin, tan

import numpy as np
import numpy.typing as npt
import pytest

from data.tilestore import build_tiles
from layers.look import LIGHT, under
from layers.scene import Scene
from layers.shadow_heights import raise_to_triangles
from layers.shadow_sweep import NOTHING, pooled, swept
from layers.sunlight import STUDIO, Sunlight
from twin.buildings import Outlines
from twin.layer import Kind, Layer, LayerInfo, Style
from twin.place import LocalFrame
from twin.report import Report
from twin.session import Camera, Session
from twin.sun_shown import sun_shown, with_sun, without_sun
from twin.table import ColumnKind
from twin.terrain import Terrain

SIZE = (300, 300)
NORTH, SOUTH = LocalFrame("EPSG:32632", (500_000.0, 5_000_000.0)), LocalFrame("EPSG:32719", (500_000.0, 6_298_000.0))
"""Both on the middle meridian of their zone, where the map's north is true north: 45.15 N, 9 E and 33.46 S, 69 W."""
HEIGHT_M, SIDE_M = 20.0, 10.0
PLAN = Camera((0.0, 0.0, 0.0), 150.0 / (2 * tan(radians(17.5))), 0.0, 0.0, is_parallel=True)
"""150 m of ground in 300 pixels, north up."""
PX_PER_M = 2.0
Picture = npt.NDArray[np.uint8]
Open = Callable[..., tuple[Session, Scene]]


class Rows:
    """A table without columns."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def fields(self) -> dict[str, ColumnKind]:
        return {}


def layer_of(kind: Kind, frame: LocalFrame, count: int, **parts: object) -> Layer:
    name = kind.value
    info = LayerInfo(
        id=name, name=name, kind=kind, path="", source_layer=None, driver="test", crs=None, crs_source="given",
        count=count, shown=count, bounds_lonlat=(0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip
    return Layer(info, frame, Rows(count), Report(), **parts)  # type: ignore[arg-type]


def boxes(places: list[tuple[float, float, float]], frame: LocalFrame = NORTH) -> Layer:
    """Return square boxes: x, y of their middles and their heights."""
    count, corners = len(places), np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * SIDE_M
    xyz, each = np.array(places), np.arange(len(places) + 1, dtype=np.int32)
    outlines = Outlines((xyz[:, None, :2] + corners).reshape(-1, 2), each * 4, each, each)
    tiles = build_tiles(
        outlines, np.zeros(count, np.float32), xyz[:, 2].astype(np.float32), np.arange(count, dtype=np.int32)
    )
    return layer_of(Kind.FOOTPRINTS, frame, count, tiles=tiles)


@pytest.fixture
def open_scene() -> Iterator[Open]:
    scenes: list[Scene] = []

    def begin(*layers: Layer) -> tuple[Session, Scene]:
        session = Session()
        for layer in layers:
            session.add_layer(layer, Style(color="#e00000") if layer.tiles is not None else Style())
        scene = Scene(session)
        scene.resize(*SIZE)
        scenes.append(scene)
        return session, scene

    yield begin
    for scene in scenes:
        scene.close()


def shine(session: Session, text: str) -> Sunlight:
    """Light a session by the sun of a moment, UTC; return where it stands."""
    at_s = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    session.set_clock(with_sun(session.clock, at_s, zone="UTC"))
    sun = sun_shown(session.clock, session.frame, session.area, now_s=0.0)
    assert sun is not None
    return Sunlight(sun.direction, sun.altitude_deg)


def resting(scene: Scene, camera: Camera = PLAN) -> Picture:
    pictures = [picture for picture in scene.refine(camera) if picture is not None]
    return pictures[-1]


def dark_places(picture: Picture, camera: Camera = PLAN) -> npt.NDArray[np.float64]:
    """Return where the ground of a plan lies in shadow, (n, 2) local metres: nearer to dark than to light."""
    grey = picture.astype(float).mean(axis=2)
    is_ground = np.ptp(picture.astype(int), axis=2) < 60  # the boxes are red
    lit, dark = np.median(grey[:20]), grey[is_ground].min()
    line, column = np.nonzero(is_ground & (grey < (lit + dark) / 2))
    x, y = camera.target_local[:2]
    return np.column_stack([x + (column + 0.5 - SIZE[0] / 2) / PX_PER_M, y - (line + 0.5 - SIZE[1] / 2) / PX_PER_M])


@pytest.mark.parametrize(
    ("frame", "moment"),
    [
        (NORTH, "2026-06-21T15:00"),
        (NORTH, "2026-12-21T11:20"),
        (NORTH, "2026-03-21T08:00"),
        (SOUTH, "2026-12-21T20:00"),
        (SOUTH, "2026-06-21T16:40"),
    ],
)
def test_the_shadow_of_a_lone_box_is_as_long_and_lies_as_the_sun_makes_it(
    open_scene: Open, frame: LocalFrame, moment: str
) -> None:
    session, scene = open_scene(boxes([(0.0, 0.0, HEIGHT_M)], frame))
    sun = shine(session, moment)
    found = dark_places(resting(scene))
    length_m = HEIGHT_M / tan(radians(sun.altitude_deg))
    away = -np.array(sun.direction[:2]) / hypot(*sun.direction[:2])
    aside = np.array([-away[1], away[0]])
    # of a square, as it reaches along and across the shadow
    along_m, across_m = (SIDE_M / 2 * np.abs(v).sum() for v in (away, aside))
    assert (found @ away).max() == pytest.approx(along_m + length_m, abs=2.0 / PX_PER_M)
    assert (found @ aside).max() == pytest.approx(across_m, abs=1.5 / PX_PER_M)
    assert (found @ aside).min() == pytest.approx(-across_m, abs=1.5 / PX_PER_M)
    # there is none on the sunny side
    assert (found @ away).min() > -along_m - 1.5 / PX_PER_M
    noon_is_south = frame is NORTH
    if "11:20" in moment or "16:40" in moment:  # about noon: it points to the pole
        assert (away[1] > 0.9) == noon_is_south


def test_what_stands_outside_of_the_picture_casts_its_shadow_into_it(open_scene: Open) -> None:
    session, scene = open_scene(boxes([(0.0, 0.0, 60.0), (400.0, 0.0, 5.0)]))
    sun = shine(session, "2026-12-21T14:30")
    away = -np.array(sun.direction[:2]) / hypot(*sun.direction[:2])
    reach_m = 60.0 / tan(radians(sun.altitude_deg))
    assert reach_m > 150  # a low sun
    x, y = (away * (reach_m - 20.0)).tolist()
    camera = replace(PLAN, target_local=(x, y, 0.0))
    found = dark_places(resting(scene, camera), camera)
    tip = SIDE_M / 2 * np.abs(away).sum() + reach_m
    assert (found @ away).max() == pytest.approx(tip, abs=1.5)  # the grid of the whole city comes in over the edge


def test_a_roof_in_the_shadow_of_a_tower_is_darker_than_one_in_the_sun(open_scene: Open) -> None:
    session, scene = open_scene(boxes([(0.0, 0.0, 60.0), (0.0, 25.0, 6.0), (45.0, 0.0, 6.0)]))
    shine(session, "2026-12-21T11:20")  # from the south, 21 degrees up
    picture = resting(scene).astype(float)
    shaded, lit = (picture[round(150 - y * 2), round(150 + x * 2), 0] for x, y in ((0.0, 25.0), (45.0, 0.0)))
    assert shaded < 0.8 * lit


def test_at_night_nothing_casts_a_shadow_and_the_city_can_still_be_told(open_scene: Open) -> None:
    session, scene = open_scene(boxes([(0.0, 0.0, HEIGHT_M)]))
    sun = shine(session, "2026-12-21T22:00")
    assert not sun.has_shadows
    picture = resting(scene).astype(float)
    ground = picture[20:100, 20:280].reshape(-1, 3)
    assert np.ptp(ground, axis=0).max() <= 3
    roof = picture[150, 150]
    assert roof[0] > 80  # not black ...
    assert roof[0] > 3 * max(roof[1], roof[2]) * 0.6  # ... and as red as the legend says
    legend = scene.legends()[0]
    assert "The sun is down" in legend.note


def test_without_the_sun_the_picture_is_the_one_of_the_fixed_light_again(open_scene: Open) -> None:
    session, scene = open_scene(boxes([(0.0, 0.0, HEIGHT_M)]))
    before = resting(scene)
    shine(session, "2026-06-21T15:00")
    assert not np.array_equal(resting(scene), before)
    session.set_clock(without_sun(session.clock))
    np.testing.assert_array_equal(resting(scene), before)
    assert [one.layer_id for one in scene.legends()] == ["footprints"]


def test_a_sun_that_follows_a_running_clock_moves_in_small_steps_only(open_scene: Open) -> None:
    session, scene = open_scene(boxes([(0.0, 0.0, HEIGHT_M)]))
    session.set_clock(with_sun(session.clock.running(1_780_000_000.0), None, zone="UTC"))
    first = scene.sun.shown
    session.set_clock(session.clock.running(1_780_000_010.0))
    assert scene.sun.shown is first
    session.set_clock(session.clock.running(1_780_000_300.0))  # 5 minutes: 1.25 degrees
    assert scene.sun.shown is not first


def test_a_hill_casts_its_shadow_on_the_ground_behind_it(open_scene: Open) -> None:
    x, y = np.meshgrid(np.arange(-200.0, 201.0, 5.0), np.arange(-200.0, 201.0, 5.0))
    hill = 60.0 * np.exp(-(x**2 + y**2) / 400.0)
    terrain = Terrain(hill.astype(np.float32), (-200.0, -200.0), (5.0, 5.0))
    session, scene = open_scene(
        layer_of(Kind.TERRAIN, NORTH, 1, terrain=terrain), boxes([(-60.0, 60.0, 3.0), (60.0, -60.0, 3.0)])
    )
    shine(session, "2026-12-21T11:20")  # a shadow of 60 / tan 21 = 155 m to the north
    picture = resting(scene).astype(float).mean(axis=2)
    behind, before = picture[20:60, 145:155].mean(), picture[240:280, 145:155].mean()
    assert behind < 0.85 * before


# the sweep


@pytest.mark.parametrize("azimuth_deg", [0, 37, 90, 135, 180, 221, 270, 359])
@pytest.mark.parametrize("altitude_deg", [4.0, 30.0, 80.0])
def test_a_sweep_carries_a_shadow_as_far_as_light_falls(azimuth_deg: float, altitude_deg: float) -> None:
    turn, rise = radians(azimuth_deg), radians(altitude_deg)
    sun = Sunlight((cos(rise) * sin(turn), cos(rise) * cos(turn), sin(rise)), altitude_deg)
    top = np.full((401, 401), NOTHING, np.float32)
    top[200, 200] = 8.0
    found = swept(top, None, sun, 1.0)
    line, column = np.nonzero(found.shade > 127)
    away = -np.array([sin(turn), cos(turn)])
    along = np.column_stack([column, line]) - 200.0
    longest = float((along @ away).max()) if len(line) else 0.0
    assert longest == pytest.approx(8.0 / tan(rise), abs=1.1)
    assert np.abs(along @ [-away[1], away[0]]).max(initial=0.0) <= 1.0
    # over the place itself nothing reaches but what stands towards the sun
    assert found.ceiling_m[200, 200] < 0


@pytest.mark.parametrize("azimuth_deg", [20, 100, 227, 300])
def test_a_slope_that_the_sun_just_reaches_has_no_stripes(azimuth_deg: float) -> None:
    turn, rise = radians(azimuth_deg), radians(12.0)
    sun = Sunlight((cos(rise) * sin(turn), cos(rise) * cos(turn), sin(rise)), 12.0)
    x, y = np.meshgrid(np.arange(300.0), np.arange(300.0))
    # it falls away from the sun at 7 degrees, and to the side at 25
    slope = (x * sin(turn) + y * cos(turn)) * tan(radians(7.0)) + (x * cos(turn) - y * sin(turn)) * tan(radians(25.0))
    nothing = np.full((300, 300), NOTHING, np.float32)
    found = swept(nothing, slope.astype(np.float32), sun, 1.0)
    assert found.shade[10:-10, 10:-10].max() < 60
    steep = swept(nothing, (2.2 * slope).astype(np.float32), sun, 1.0)  # at 15 degrees it lies in its own shadow
    assert steep.shade[100:-100, 100:-100].min() > 195


def test_coarser_heights_keep_what_is_tall() -> None:
    grid = np.zeros((5, 7), np.float32)
    grid[4, 6] = 9.0
    assert pooled(grid, 3).tolist() == [[0, 0, 0], [0, 0, 9]]


def test_triangles_raise_the_grid_they_cover() -> None:
    top = np.full((10, 10), NOTHING, np.float32)
    points = np.array([[1, 1, 3], [9, 1, 3], [9, 9, 3], [1, 9, 3], [0, 0, 9], [0, 0, 0]], float)
    raise_to_triangles(top, points, np.array([[0, 1, 2], [0, 2, 3], [0, 4, 5]], np.int32))
    assert (top[1:9, 1:9] == 3.0).all()  # the third, upright, covers nothing
    assert (top == NOTHING).sum() == 36


def test_colours_of_legends_keep_their_hue_by_day_and_night() -> None:
    for altitude_deg in (-20.0, -5.0, 0.5, 5.0, 20.0, 45.0, 70.0):
        turn = Sunlight((0.0, -cos(radians(altitude_deg)), sin(radians(altitude_deg))), altitude_deg)
        theme = under(LIGHT, turn)
        level = np.array(theme.sky) + np.array(theme.sun) * turn.shading[2]
        for light in (level, np.array(theme.sky), np.array(theme.lit), np.array(theme.dark)):
            assert light.max() / light.min() < 1.3, altitude_deg
            assert light.min() > 0.3, altitude_deg
    assert under(LIGHT, STUDIO) is LIGHT
