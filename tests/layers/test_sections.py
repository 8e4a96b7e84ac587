"""What a plane cuts out of buildings, against GEOS, and what the scene leaves out of the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import cos, radians, sin

import numpy as np
import numpy.typing as npt
import pytest
import shapely

from data.tilestore import MemoryTiles, build_tiles
from layers.camera import project
from layers.scene import Scene
from layers.sections import level_section, rows_cut_away, section_mesh, upright_section
from twin.buildings import Buildings
from twin.cut import Cut, CutKind, box_corners, cut_from_text, cut_planes, kept_interval, moved_to
from twin.errors import UsageError
from twin.layer import Kind, Layer, LayerInfo, Style
from twin.place import LocalFrame
from twin.report import Report
from twin.session import Camera, Session
from twin.table import ColumnKind

FRAME = LocalFrame("EPSG:25832", (500_000.0, 5_700_000.0))
SIZE = (160, 120)
HEADINGS = (0.0, 33.0, 90.0, 200.0)
COURT = shapely.box(-30, -20, 30, 20).difference(shapely.box(-15, -8, 15, 8))
ELL = shapely.Polygon([(60, -30), (110, -30), (110, 0), (80, 0), (80, 40), (60, 40)])
WEDGE = shapely.Polygon([(-90, -40), (-50, -35), (-70, 30)])
SHAPES = [COURT, ELL, WEDGE]
"""Lines cross them two, four and more times."""
Raise = Callable[..., Buildings]


@dataclass(eq=False)
class Numbers:
    """A table of row numbers."""

    count: int

    def __len__(self) -> int:
        return self.count

    def fields(self) -> Mapping[str, ColumnKind]:
        return {"number": "number"}

    def column(self, name: str) -> npt.NDArray[np.generic]:  # noqa: ARG002  one column only
        return np.arange(self.count, dtype=float)

    def row(self, number: int) -> dict[str, object]:
        return {"number": number}


@pytest.fixture
def town(raise_shapes: Raise) -> MemoryTiles:
    """Return the three shapes: 12, 20 and 7 m high; the second stands on stilts of 3 m."""
    some = raise_shapes(SHAPES, height_m=[12.0, 20.0, 7.0], base_m=[0.0, 3.0, 0.0])
    outlines = replace(some.outlines, xy=some.outlines.xy.astype(np.float64) + np.array(some.origin_local))
    return build_tiles(outlines, some.base_m, some.height_m, some.row, tile_buildings=1)


def plane_at(x: float, y: float, heading_deg: float) -> npt.NDArray[np.float64]:
    return np.array([x, y, 0.0, sin(radians(heading_deg)), cos(radians(heading_deg)), 0.0])


@pytest.mark.parametrize("heading_deg", HEADINGS)
def test_an_upright_section_has_the_lengths_that_geos_finds(town: MemoryTiles, heading_deg: float) -> None:
    plane = plane_at(4.3, 2.7, heading_deg)
    section = upright_section(town.arrays, town.index(), plane)
    right = np.array([plane[4], -plane[3]])
    line = shapely.LineString([plane[:2] - 500 * right, plane[:2] + 500 * right])
    for row, shape in enumerate(SHAPES):
        own = section.row == row
        length = float((section.end_m - section.begin_m)[own].sum())
        assert length == pytest.approx(shape.intersection(line).length, abs=1e-3)
    assert (section.end_m > section.begin_m).all()


def test_a_section_stands_between_underside_and_top(town: MemoryTiles) -> None:
    section = upright_section(town.arrays, town.index(), plane_at(0.0, 10.0, 0.0))
    heights = {int(r): (b, t) for r, b, t in zip(section.row, section.bottom_m, section.top_m, strict=True)}
    assert heights[0] == (0.0, 12.0)
    assert heights[1] == (3.0, 20.0)
    points, faces = section_mesh(section, plane_at(0.0, 10.0, 0.0))
    assert len(points) == 4 * len(section.row)
    assert len(faces) == 2 * len(section.row)


def test_rows_that_are_hidden_are_not_cut(town: MemoryTiles) -> None:
    section = upright_section(town.arrays, town.index(), plane_at(0.0, 0.0, 0.0), np.array([True, False, True]))
    assert 1 not in section.row


def test_a_level_section_has_the_area_of_what_reaches_through_it(town: MemoryTiles) -> None:
    plane = np.array([0.0, 0.0, 10.0, 0.0, 0.0, -1.0])
    points, faces, rows = level_section(town.arrays, town.index(), plane, np.array([-500.0, -500.0, 500.0, 500.0]))
    corners = points[faces][..., :2].astype(float)
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / 2
    # the wedge of 7 m does not reach to 10 m
    assert area == pytest.approx(COURT.area + ELL.area, rel=1e-4)
    assert set(rows.tolist()) == {0, 1}


def test_only_what_lies_wholly_behind_a_plane_is_away(town: MemoryTiles) -> None:
    # looking east from x = 0: the wedge (x < -50) is away, the court is cut, the L is kept
    away = rows_cut_away(town.arrays, np.array([plane_at(0.0, 0.0, 90.0)]), 3)
    assert away.tolist() == [False, False, True]


def test_a_box_keeps_what_is_between_its_planes() -> None:
    cut = replace(moved_to(Cut(CutKind.BOX, 0.0, 0.0), FRAME, 10.0, 20.0), width_m=40.0, depth_m=60.0, heading_deg=0.0)
    planes = cut_planes(cut, FRAME)
    assert len(planes) == 4
    assert box_corners(cut, FRAME) == pytest.approx(np.array([[-10, -10], [30, -10], [30, 50], [-10, 50]]), abs=1e-5)
    begin, end = kept_interval(planes, np.array([-100.0, 20.0, 5.0]), np.array([1.0, 0.0, 0.0]))
    assert (begin, end) == pytest.approx((90.0, 130.0), abs=1e-5)
    begin, end = kept_interval(planes, np.array([-100.0, 90.0, 5.0]), np.array([1.0, 0.0, 0.0]))
    assert begin > end


def test_a_box_in_degrees_has_the_size_of_the_ground() -> None:
    cut = cut_from_text("box:9.0,51.0,9.01,51.01,0,30", FRAME)
    # a degree of latitude at 51 degrees is 111.25 km, one of longitude 70.2 km
    assert cut.depth_m == pytest.approx(1112.5, rel=1e-3)
    assert cut.width_m == pytest.approx(701.9, rel=2e-3)
    assert (cut.bottom_m, cut.top_m) == (0.0, 30.0)
    assert len(cut_planes(cut, FRAME)) == 6


@pytest.mark.parametrize("text", ["", "plane:1,2", "plane:1,2,x", "box:2,1,1,2", "box:1,1,2,2,9,3", "disc:1,2,3"])
def test_what_is_no_cut_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="is not a cut"):
        cut_from_text(text)


# in the scene


@pytest.fixture
def scene(town: MemoryTiles) -> Iterator[tuple[Session, Scene]]:
    """Return the three buildings in red, in a session and a scene."""
    info = LayerInfo(
        id="h", name="h", kind=Kind.FOOTPRINTS, path="", source_layer=None, driver="test", crs=None,
        crs_source="given", count=3, shown=3, bounds_lonlat=(0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip
    session = Session()
    session.add_layer(Layer(info, FRAME, Numbers(3), Report(), tiles=town), Style(color="#e00000"))
    made = Scene(session)
    made.resize(*SIZE)
    made.is_adaptive = False
    yield session, made
    made.close()


CAMERA = Camera((0.0, 0.0, 5.0), 330.0, 0.0, radians(60))


def resting(scene: Scene, camera: Camera = CAMERA) -> npt.NDArray[np.uint8]:
    pictures = [p for p in scene.refine(camera) if p is not None]
    return pictures[-1]


def colour_at(picture: npt.NDArray[np.uint8], point: tuple[float, float, float]) -> npt.NDArray[np.int64]:
    place, _ = project(CAMERA, SIZE, [point])
    colour: npt.NDArray[np.int64] = picture[int(place[0, 1]), int(place[0, 0])].astype(np.int64)
    return colour


def cut_at(session: Session, x: float, y: float, heading_deg: float) -> None:
    cut = moved_to(Cut(CutKind.PLANE, 0.0, 0.0, heading_deg), FRAME, x, y)
    session.set_composition(replace(session.composition, cut=cut))


def is_red(colour: npt.NDArray[np.int64]) -> bool:
    return bool(colour[0] > colour[1] + 60)


def test_what_is_cut_away_is_not_drawn_and_undo_brings_it_back(scene: tuple[Session, Scene]) -> None:
    session, drawn = scene
    roof = (0.0, -14.0, 12.0)
    assert is_red(colour_at(resting(drawn), roof))
    cut_at(session, 0.0, 0.0, 0.0)
    assert not is_red(colour_at(resting(drawn), roof))
    session.undo()
    assert is_red(colour_at(resting(drawn), roof))


def test_the_cut_solid_is_filled_darker_than_the_roof_behind(scene: tuple[Session, Scene]) -> None:
    session, drawn = scene
    cut_at(session, 0.0, 0.0, 0.0)
    picture = resting(drawn)
    filled, roof = colour_at(picture, (-22.0, 0.0, 6.0)), colour_at(picture, (-22.0, 10.0, 12.0))
    assert is_red(roof)
    assert filled.sum() < roof.sum() - 80
    # the courtyard stays open
    assert np.abs(colour_at(picture, (0.0, 0.0, 6.0)) - filled).sum() > 25


def test_a_click_goes_through_what_is_cut_away_and_meets_the_cut_face(scene: tuple[Session, Scene]) -> None:
    session, drawn = scene
    cut_at(session, 0.0, 0.0, 0.0)
    resting(drawn)
    place, _ = project(CAMERA, SIZE, [(-22.0, 0.0, 6.0)])
    found = drawn.pick(CAMERA, *place[0].tolist())
    assert found is not None
    assert found.row == 0
    assert found.point_local == pytest.approx((-22.0, 0.0, 6.0), abs=1e-3)


def test_what_is_wholly_cut_away_casts_no_shadow(scene: tuple[Session, Scene]) -> None:
    session, drawn = scene
    # Seen from above, just north-east of the court's corner at (30, 20); the sun stands in the south-west.
    shaded = (33.0, 22.5, 0.0)
    whole = colour_at(resting(drawn), shaded)
    cut_at(session, 0.0, 21.0, 0.0)
    assert colour_at(resting(drawn), shaded).sum() > whole.sum() + 20


def test_a_cut_that_is_off_leaves_the_city_whole(scene: tuple[Session, Scene]) -> None:
    session, drawn = scene
    before = resting(drawn)
    cut = moved_to(Cut(CutKind.PLANE, 0.0, 0.0, 0.0, is_on=False), FRAME, 0.0, 0.0)
    session.set_composition(replace(session.composition, cut=cut))
    assert np.array_equal(resting(drawn), before)
