"""Camera moves: what is held stays where it is held, z stays up, and the eye stays above the ground."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import hypot, isclose, pi, radians, tan
from typing import Literal

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from layers import camera as moves
from layers.camera import Bounds, Point, Ray, clipping_range, project, ray_through
from layers.flight import Glide, flight, glide_from
from twin.place import Area
from twin.session import Camera

SIZE = (1280, 720)
AREA = Area(-4000.0, -2500.0, 6000.0, 3500.0)
CORNERS = np.array([(x, y, z) for x in (-4000, 6000) for y in (-2500, 3500) for z in (0, 180)], float)

cameras = st.builds(
    Camera,
    target_local=st.tuples(st.floats(-5e3, 5e3), st.floats(-5e3, 5e3), st.floats(0, 200)),
    distance_m=st.floats(10, 2e4),
    heading_rad=st.floats(0, 6.28),
    tilt_rad=st.floats(0, radians(85)),
    view_angle_rad=st.floats(radians(20), radians(70)),
    is_parallel=st.booleans(),
)
pixels = st.tuples(st.floats(0, SIZE[0]), st.floats(0, SIZE[1]))


def place_of(camera: Camera, point: Point) -> tuple[float, float]:
    x, y = project(camera, SIZE, [point])[0][0]
    return float(x), float(y)


def is_above_ground(camera: Camera) -> bool:
    return camera.is_parallel or camera.eye_local[2] >= moves.LOWEST_EYE_M - 1e-3


# what lies under a pixel


@given(cameras, pixels, st.floats(1, 1e4))
def test_what_a_ray_passes_appears_at_its_pixel(camera: Camera, pixel: tuple[float, float], distance_m: float) -> None:
    ray = ray_through(camera, SIZE, *pixel)
    behind_m = moves.BEHIND_M if camera.is_parallel else 0.0
    assert place_of(camera, ray.at(distance_m + behind_m)) == pytest.approx(pixel, abs=1e-3)


def test_the_middle_of_the_picture_is_the_target() -> None:
    for camera in (Camera((30.0, -20.0, 5.0)), Camera((30.0, -20.0, 5.0), is_parallel=True)):
        assert place_of(camera, (30.0, -20.0, 5.0)) == pytest.approx((640, 360))


def test_east_is_right_and_north_is_up_when_heading_north() -> None:
    camera = Camera(tilt_rad=0.3)
    east, north = place_of(camera, (10.0, 0.0, 0.0)), place_of(camera, (0.0, 10.0, 0.0))
    assert (east[0] > 641, north[1] < 359) == (True, True)


def test_the_field_of_view_is_the_pictures_height() -> None:
    # Straight down from 1000 m the upper edge shows tan(35 / 2 degrees) * 1000 m north of the middle.
    for is_parallel in (False, True):
        camera = Camera(distance_m=1000, tilt_rad=0, view_angle_rad=radians(35), is_parallel=is_parallel)
        edge = ray_through(camera, SIZE, 640, 0).at_height(0.0)
        assert edge is not None
        assert edge[1] == pytest.approx(tan(radians(17.5)) * 1000)


def test_what_is_behind_the_eye_has_no_pixel() -> None:
    place, depth = project(Camera(tilt_rad=0.0, distance_m=100), SIZE, [(0, 0, 150)])
    assert np.isnan(place).all()
    assert depth[0] == pytest.approx(-50)


def test_a_ray_that_rises_meets_no_ground() -> None:
    rising = Ray(np.array([0.0, 0.0, 2.0]), np.array([0.0, 0.6, 0.8]))
    assert rising.at_height(0.0) is None
    assert rising.at_height(10.0) == pytest.approx((0, 6, 10))


# moves by hand


@given(cameras, pixels, pixels)
def test_grabbed_ground_follows_the_pointer(
    camera: Camera, pressed: tuple[float, float], moved: tuple[float, float]
) -> None:
    assume(camera.tilt_rad < radians(55))
    ground = ray_through(camera, SIZE, *pressed).at_height(0.0)
    target = ray_through(camera, SIZE, *moved).at_height(0.0)
    assume(ground is not None and target is not None)
    eye = camera.eye_local
    assume(
        camera.is_parallel or np.linalg.norm(np.subtract(target, eye)) < 3.9 * np.linalg.norm(np.subtract(ground, eye))
    )
    assume(camera.is_parallel or eye[2] > 0.05 * np.linalg.norm(np.subtract(ground, eye)))
    dragged = moves.grab(camera, SIZE, ground, *moved)
    assert place_of(dragged, ground) == pytest.approx(moved, abs=0.01)
    assert dragged.eye_local[2] == pytest.approx(camera.eye_local[2])


def test_dragging_over_the_horizon_moves_no_farther_than_the_point_is_away() -> None:
    camera = Camera((0.0, 0.0, 0.0), 500.0, 0.0, radians(86))
    ground = ray_through(camera, SIZE, 640, 600).at_height(0.0)
    assert ground is not None
    dragged = moves.grab(camera, SIZE, ground, 640, 5)
    away_m = float(np.linalg.norm(np.subtract(ground, camera.eye_local)))
    assert hypot(*np.subtract(dragged.eye_local, camera.eye_local)[:2]) < 5 * away_m


def test_an_elevation_is_dragged_in_the_plane_of_the_picture() -> None:
    camera = moves.elevation(AREA, 180.0, "south", SIZE)
    wall = (100.0, -2500.0, 90.0)
    assert place_of(moves.grab(camera, SIZE, wall, 300, 500), wall) == pytest.approx((300, 500), abs=1e-3)


@given(cameras, pixels, st.floats(-3, 3), st.floats(-1, 1))
def test_the_pivot_stays_at_its_pixel(
    camera: Camera, pixel: tuple[float, float], heading_rad: float, tilt_rad: float
) -> None:
    assume(is_above_ground(camera))
    pivot = ray_through(camera, SIZE, *pixel).at_height(0.0)
    assume(pivot is not None and np.linalg.norm(np.subtract(pivot, camera.eye_local)) < 1e6)
    turned = moves.orbit(camera, pivot, heading_rad, tilt_rad)
    assert place_of(turned, pivot) == pytest.approx(pixel, abs=0.05)
    assert is_above_ground(turned)
    assert 0 <= turned.tilt_rad <= (pi / 2 if camera.is_parallel else moves.STEEPEST_TILT_RAD)


def test_orbit_turns_by_what_is_asked() -> None:
    turned = moves.orbit(Camera(heading_rad=0.2, tilt_rad=0.5), (3.0, 4.0, 0.0), 0.3, 0.25)
    assert (turned.heading_rad, turned.tilt_rad) == pytest.approx((0.5, 0.75))


@given(cameras, pixels, st.floats(0.2, 5))
def test_the_point_zoomed_to_stays_at_its_pixel(camera: Camera, pixel: tuple[float, float], factor: float) -> None:
    assume(is_above_ground(camera))
    point = ray_through(camera, SIZE, *pixel).at_height(0.0)
    assume(point is not None and np.linalg.norm(np.subtract(point, camera.eye_local)) < 1e5)
    zoomed = moves.zoom_to(camera, point, factor)
    assert place_of(zoomed, point) == pytest.approx(pixel, abs=0.05)
    assert is_above_ground(zoomed)


def test_zoom_brings_nearer_by_its_factor() -> None:
    camera, point = Camera(distance_m=1000), (50.0, 60.0, 0.0)
    before = np.linalg.norm(np.subtract(camera.eye_local, point))
    after = np.linalg.norm(np.subtract(moves.zoom_to(camera, point, 0.5).eye_local, point))
    assert after == pytest.approx(before / 2)


Move = Literal["grab", "orbit", "zoom", "dolly", "slide"]


@given(st.lists(st.tuples(st.sampled_from(Move.__args__), pixels, st.floats(-1, 1), st.floats(-1, 1)), max_size=12))
def test_no_row_of_moves_leads_below_the_ground_or_over_the_horizon(
    steps: list[tuple[Move, tuple[float, float], float, float]],
) -> None:
    camera = Camera((0.0, 0.0, 0.0), 800.0)
    for move, pixel, a, b in steps:
        ray = ray_through(camera, SIZE, *pixel)
        point = ray.at_height(0.0) or ray.at(500.0)
        camera = {
            "grab": lambda c=camera, p=point, a=a, b=b: moves.grab(c, SIZE, p, 640 + 600 * a, 360 + 340 * b),
            "orbit": lambda c=camera, p=point, a=a, b=b: moves.orbit(c, p, 3 * a, 2 * b),
            "zoom": lambda c=camera, p=point, a=a: moves.zoom_to(c, p, 10**a),
            "dolly": lambda c=camera, a=a: moves.dolly(c, 2000 * a),
            "slide": lambda c=camera, a=a, b=b: moves.slide(c, right_m=900 * a, ahead_m=900 * b, up_m=900 * a),
        }[move]()
        assert is_above_ground(camera)
        assert 0 <= camera.tilt_rad <= moves.STEEPEST_TILT_RAD
        assert moves.NEAREST_M <= camera.distance_m <= moves.FARTHEST_M


# places to look from


@pytest.mark.parametrize("is_parallel", [False, True])
@given(
    heading_rad=st.floats(0, 6.28),
    tilt_rad=st.floats(0, pi / 2),
    at=st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)),
)
def test_a_framed_box_fills_the_picture_and_no_more(
    *, is_parallel: bool, heading_rad: float, tilt_rad: float, at: tuple[float, float]
) -> None:
    assume(is_parallel or tilt_rad < radians(75))
    bounds: Bounds = (at[0], at[1], 0.0, at[0] + 8000, at[1] + 5000, 180.0)
    direction = Camera(heading_rad=heading_rad, tilt_rad=tilt_rad, is_parallel=is_parallel)
    camera = moves.framed(direction, bounds, SIZE)
    corners = np.array([(x, y, z) for x in bounds[::3] for y in bounds[1::3] for z in bounds[2::3]])
    place, _ = project(camera, SIZE, corners)
    assert (place > 0).all()
    assert (place < SIZE).all()
    spread = (place.max(axis=0) - place.min(axis=0)) / SIZE
    assert spread.max() == pytest.approx(1 / moves.FRAME_MARGIN, abs=0.005)


def test_home_looks_at_the_whole_area_from_the_south() -> None:
    camera = moves.home(AREA, 180.0, SIZE)
    place, _ = project(camera, SIZE, CORNERS)
    assert ((place > 0) & (place < SIZE)).all()
    assert camera.heading_rad == 0
    assert camera.target_local[2] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("side", "axis", "sign"), [("south", 1, -1), ("north", 1, 1), ("east", 0, 1), ("west", 0, -1)])
def test_an_elevation_looks_level_from_its_side(side: moves.Side, axis: int, sign: int) -> None:
    camera = moves.elevation(AREA, 180.0, side, SIZE)
    assert camera.direction[axis] == pytest.approx(-sign)
    assert camera.up == pytest.approx((0, 0, 1))
    assert camera.is_parallel


def test_a_plan_has_one_scale_and_north_at_the_top() -> None:
    camera = moves.plan(AREA, 180.0, SIZE)
    (low, high, north), _ = project(camera, SIZE, [(0, 0, 0), (0, 0, 180), (0, 100, 0)])
    assert low == pytest.approx(high)
    assert low[1] - north[1] == pytest.approx(100 / moves.metres_per_pixel(camera, SIZE, 0.0))


@given(cameras)
def test_north_up_keeps_the_middle(camera: Camera) -> None:
    assume(is_above_ground(camera))
    turned = moves.north_up(camera)
    assert isclose(min(turned.heading_rad, 2 * pi - turned.heading_rad), 0, abs_tol=1e-9)
    assert turned.target_local == pytest.approx(camera.target_local, abs=1e-6)


def test_top_down_looks_at_the_ground_that_was_in_the_middle() -> None:
    camera = moves.slide(Camera((0.0, 0.0, 50.0), 300.0), ahead_m=40)
    ground = ray_through(camera, SIZE, 640, 360).at_height(0.0)
    assert moves.top_down(camera).eye_local[:2] == pytest.approx(ground[:2] if ground else None)
    assert moves.top_down(camera).direction == pytest.approx((0, 0, -1))


def test_changing_to_parallel_and_back_keeps_the_size_of_the_middle() -> None:
    camera = Camera((0.0, 0.0, 0.0), 700.0, 0.4, 0.8)
    parallel = moves.with_parallel(camera, is_parallel=True)
    place = [place_of(c, (1.0, 0.0, 0.0)) for c in (camera, parallel, moves.with_parallel(parallel, is_parallel=False))]
    assert place[0] == pytest.approx(place[1], abs=0.01)
    assert place[0] == pytest.approx(place[2], abs=0.01)


def test_who_stands_looks_level_at_eye_level() -> None:
    camera = moves.stand_at(Camera(), (10.0, 20.0, 0.0), pi / 2)
    assert camera.eye_local == pytest.approx((10, 20, 1.6))
    assert camera.direction == pytest.approx((1, 0, 0))
    assert moves.is_standing(camera)
    assert not moves.is_standing(Camera(distance_m=10))


def test_walking_goes_where_one_looks_and_stays_on_the_ground() -> None:
    camera = moves.look(moves.stand_at(Camera(), (0.0, 0.0, 0.0), pi / 2), 0.0, radians(40))
    assert moves.walk(camera, ahead_m=3, right_m=1).eye_local == pytest.approx((3, -1, 1.6))


def test_who_stands_may_look_up_and_who_flies_may_not() -> None:
    standing = moves.stand_at(Camera(), (0.0, 0.0, 0.0), 0.0)
    looking_up = moves.orbit(standing, (0.0, 5.0, 0.0), 0.0, 1.0)
    assert looking_up.tilt_rad == pytest.approx(pi / 2 + 1)
    assert looking_up.eye_local == pytest.approx(standing.eye_local)
    assert moves.look(Camera(), 0.0, 2.0).tilt_rad == moves.STEEPEST_TILT_RAD


@example(Camera((0.0, 3650.0, 185.0), 10.0, 0.0, 1.0, 1.0), (0.0, 0.0))  # looks away from it, from above its top
@given(cameras, pixels)
def test_what_is_seen_of_a_box_lies_within_the_clipping_range(camera: Camera, pixel: tuple[float, float]) -> None:
    assume(is_above_ground(camera))
    bounds: Bounds = (-4000.0, -2500.0, 0.0, 6000.0, 3500.0, 180.0)
    nearest, farthest = clipping_range(camera, bounds, SIZE)
    assert nearest < farthest
    assert camera.is_parallel or nearest >= 0.1
    ray = ray_through(camera, SIZE, *pixel)
    seen = [ray.at_height(z) for z in (0.0, 90.0, 180.0)]
    points = [p for p in seen if p is not None and -4000 <= p[0] <= 6000 and -2500 <= p[1] <= 3500]
    if points:
        depth = project(camera, SIZE, points)[1]
        assert depth.max() <= farthest
        assert depth.min() >= nearest or nearest <= farthest / 49_999


# flights


def test_a_flight_starts_and_ends_where_it_should() -> None:
    start, end = Camera((0.0, 0.0, 0.0), 500.0, 0.1), Camera((3000.0, 400.0, 20.0), 200.0, 6.0, 1.2, is_parallel=True)
    path = flight(start, end)
    assert path(0.0) == start
    assert path(path.duration_s) == end
    late = path(path.duration_s * (1 - 1e-6))
    assert late.target_local == pytest.approx(end.target_local, abs=0.01)
    assert late.distance_m == pytest.approx(end.distance_m, rel=1e-4)


def test_a_flight_to_a_far_place_rises_and_one_nearby_does_not() -> None:
    start = Camera(distance_m=300.0)
    far = flight(start, replace(start, target_local=(9000.0, 0.0, 0.0)))
    near = flight(start, replace(start, target_local=(3.0, 0.0, 0.0)))
    assert far(far.duration_s / 2).distance_m > 2000
    assert near(near.duration_s / 2).distance_m == pytest.approx(300, rel=0.01)


def test_a_flight_turns_the_shorter_way_round() -> None:
    path = flight(Camera(heading_rad=0.2), Camera(heading_rad=2 * pi - 0.2), 1.0)
    assert path(0.5).heading_rad == pytest.approx(0.0, abs=1e-9) or path(0.5).heading_rad == pytest.approx(2 * pi)


@given(cameras, cameras)
def test_a_flight_moves_without_jumps(start: Camera, end: Camera) -> None:
    start, end = replace(start, is_parallel=False), replace(end, is_parallel=False)
    path = flight(start, end, 1.0)
    steps = [path(t) for t in np.linspace(0, 1, 200).tolist()]
    for one, other in pairwise(steps):
        moved_m = float(np.linalg.norm(np.subtract(one.target_local, other.target_local)))
        # At most twice the mean speed of the eased path (1.875), seen from as far away as the flight is.
        assert moved_m / one.distance_m < (path.length + 1) * 0.02 * 2
        assert abs(np.log(other.distance_m / one.distance_m)) < (path.length + 1) * 0.02
    assert min(s.distance_m for s in steps) >= min(start.distance_m, end.distance_m) * 0.999


def test_a_glide_goes_the_same_way_in_one_step_as_in_many() -> None:
    whole, _ = Glide((100.0, -50.0)).after(0.3)
    glide, gone = Glide((100.0, -50.0)), np.zeros(2)
    for _ in range(30):
        step, glide = glide.after(0.01)
        gone += step
    assert gone == pytest.approx(whole)
    # 100 a second, dying with 0.15 s, goes 15 in all.
    assert Glide((100.0, 0.0)).after(60.0)[0] == pytest.approx((15, 0))
    assert Glide((100.0, 0.0)).after(60.0)[1].is_over(0.1)


def test_a_hand_that_rested_lets_nothing_glide() -> None:
    times, places = [0.0, 0.02, 0.04], [(0.0, 0.0), (4.0, 0.0), (8.0, 1.0)]
    glide = glide_from(times, places, 0.05)
    assert glide is not None
    assert glide.velocity == pytest.approx((200, 25))
    assert glide_from(times, places, 0.5) is None
