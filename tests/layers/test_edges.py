"""Lines along edges: none on planes, however they lean; on creases and outlines; none on far ones."""

from __future__ import annotations

from math import radians

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.camera import ray_through
from layers.edges import DARKEST, draw_edges
from twin.session import Camera

SIZE = (96, 72)
CLIP_M = (1.0, 5000.0)
INK = (0.0, 0.0, 0.0)
Picture = npt.NDArray[np.uint8]
Depth = npt.NDArray[np.float32]


def rays(camera: Camera) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the lines of sight through all pixels of a picture 720 high, around its middle: origins, directions."""
    width, height = SIZE
    aims = [
        ray_through(camera, (960, 720), 480 - width / 2 + x + 0.5, 360 - height / 2 + y + 0.5)
        for y in range(height)
        for x in range(width)
    ]
    return np.array([a.origin for a in aims]), np.array([a.direction for a in aims])


def depth_of(camera: Camera, away: npt.NDArray[np.float64]) -> Depth:
    """Return what OpenGL's depth buffer holds where the lines of sight go on for `away` (n,) metres from the eye."""
    near, far = CLIP_M
    origin, direction = rays(camera)
    along = (origin - camera.eye_local + direction * away[:, None]) @ np.array(camera.direction)
    depth = (along - near) / (far - near) if camera.is_parallel else (1 / near - 1 / along) / (1 / near - 1 / far)
    # a buffer of 24 bits
    steps = np.round(np.clip(depth, 0, 1) * (2**24 - 1)) / (2**24 - 1)
    return steps.reshape(SIZE[1], SIZE[0]).astype(np.float32)


def to_plane(
    camera: Camera, point: tuple[float, float, float], normal: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return how far the lines of sight are from a plane."""
    origin, direction = rays(camera)
    away: npt.NDArray[np.float64] = ((np.array(point) - origin) @ normal) / (direction @ normal)
    return away


def darkness(camera: Camera, depth: Depth) -> npt.NDArray[np.float64]:
    """Return how much darker a white picture has become, 0 to 1, as if it were the middle of one 720 high."""
    tall = np.ones((720, SIZE[0]), np.float32)
    top = 360 - SIZE[1] // 2
    tall[:top], tall[top : top + SIZE[1]], tall[top + SIZE[1] :] = depth[0], depth, depth[-1]
    white: Picture = np.full((720, SIZE[0], 3), 255, np.uint8)
    lined = draw_edges(white, tall, camera, CLIP_M, INK)[top + 2 : top + SIZE[1] - 2]
    share: npt.NDArray[np.float64] = 1 - lined[:, 2:-2, 0] / 255.0
    return share


def box_depth(camera: Camera, half_m: float) -> Depth:
    """Return the depth of a cube around the origin that stands on a wide plane."""
    origin, direction = rays(camera)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (-half_m - origin) / direction, (half_m - origin) / direction
    enter, leave = np.minimum(low, high).max(axis=1), np.maximum(low, high).min(axis=1)
    ground = to_plane(camera, (0, 0, -half_m), np.array([0.0, 0.0, 1.0]))
    return depth_of(camera, np.where((enter < leave) & (enter > 0), np.minimum(enter, ground), ground))


@given(
    tilt_deg=st.floats(0, 75), lean_deg=st.floats(-60, 60), heading_deg=st.floats(0, 360), distance_m=st.floats(20, 300)
)
@settings(max_examples=15)
def test_a_plane_has_no_lines(tilt_deg: float, lean_deg: float, heading_deg: float, distance_m: float) -> None:
    camera = Camera((0, 0, 0), distance_m, radians(heading_deg), radians(tilt_deg))
    normal = np.array([0.0, np.sin(radians(lean_deg)), np.cos(radians(lean_deg))])
    facing = abs(float(normal @ np.array(camera.direction)))
    if facing < 0.35:  # nearly edge-on it meets its own horizon
        return
    assert darkness(camera, depth_of(camera, to_plane(camera, (0, 0, 0), normal))).max() < 0.02


@pytest.mark.parametrize("is_parallel", [False, True])
def test_a_cube_has_lines_along_its_edges_and_none_on_its_faces(*, is_parallel: bool) -> None:
    camera = Camera((0, 0, 0), 150.0, radians(30), radians(55), is_parallel=is_parallel)
    dark = darkness(camera, box_depth(camera, 2.0))
    # A metre 150 m away shows 720 / (2 tan 17.5 deg) / 150 = 7.6 pixels. Seen over a corner, the cube of 4 m has nine
    # edges in sight of 18 to 30 pixels each, lines one or two pixels wide.
    assert 9 * 18 < np.count_nonzero(dark > 0.5 * DARKEST) < 9 * 30 * 2
    height, width = dark.shape
    assert dark[height // 2 - 12, width // 2] < 0.02  # on the roof
    assert dark[2:8, 2:8].max() < 0.02  # on the ground


def test_lines_fade_with_distance() -> None:
    def darkest(distance_m: float) -> float:
        camera = Camera((0, 0, 0), distance_m, radians(30), radians(55))
        return float(darkness(camera, box_depth(camera, 5.0)).max())

    # A metre shows 720 / (2 tan 17.5 deg) / distance = 1142 / distance pixels: lines fade from 2.4 to 0.7 of them,
    # from 476 to 1,631 m.
    assert darkest(300) == pytest.approx(DARKEST, abs=0.01)
    assert 0.1 * DARKEST < darkest(1000) < 0.6 * DARKEST
    assert darkest(1700) < 0.01


def test_the_colour_under_a_line_shows_through() -> None:
    camera = Camera((0, 0, 0), 150.0, radians(30), radians(55))
    depth = box_depth(camera, 5.0)
    tall = np.vstack([depth] * 10)  # 720 lines
    red: Picture = np.zeros((720, SIZE[0], 3), np.uint8)
    red[..., 0] = 200
    lined = draw_edges(red, tall, camera, CLIP_M, (0.0, 0.0, 1.0))
    # towards blue by at most DARKEST: 200 x (1 - 0.42) = 116, 255 x 0.42 = 107
    assert (lined[..., 0].min(), lined[..., 2].max()) == (116, 107)
    assert (red[..., 0] == 200).all()  # the picture given is left as it was


def test_a_picture_of_a_few_pixels_is_not_refused() -> None:
    for height, width in ((1, 1), (2, 3), (3, 2)):
        picture = np.full((height, width, 3), 9, np.uint8)
        lined = draw_edges(picture, np.full((height, width), 0.5, np.float32), Camera(), CLIP_M, INK)
        assert (lined == picture).all()
