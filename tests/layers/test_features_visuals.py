"""Points, lines and polygons: where they are drawn, what lies over what, what is found under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pytest
from vtkmodules.vtkRenderingCore import vtkRenderer

from layers.borders import edges_of, once
from layers.camera import project
from layers.canvas import Canvas
from layers.lines import LinesVisual
from layers.look import LIGHT, Look
from layers.points import PointsVisual
from layers.ribbons import ribbons
from layers.surface import SurfaceVisual, flat_triangles, solid_triangles
from layers.visual import Aim, Paint, Visual, painted
from twin.buildings import Outlines
from twin.features import Features, Lines, Points, Polygons
from twin.layer import Kind, Layer, LayerInfo, LayerState, Style
from twin.place import LocalFrame
from twin.report import Report
from twin.session import Camera
from twin.table import ColumnKind

SIZE = (200, 200)
TOP = Camera(distance_m=100.0, tilt_rad=0.0, is_parallel=True, view_angle_rad=2 * np.arctan(1.0))
"""Shows 200 m x 200 m, one metre a pixel, north up."""
RED, GREEN = "#ff0000", "#00ff00"


@dataclass(eq=False)
class Columns:
    """A table in memory."""

    values: dict[str, npt.NDArray[np.generic]]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def fields(self) -> Mapping[str, ColumnKind]:
        return dict.fromkeys(self.values, "other")

    def column(self, name: str) -> npt.NDArray[np.generic]:
        return self.values[name]

    def row(self, number: int) -> dict[str, object]:
        return {name: rows[number] for name, rows in self.values.items()}


KINDS = {Points: Kind.POINTS, Lines: Kind.LINES, Polygons: Kind.POLYGONS}
VISUALS: dict[type, Callable[[vtkRenderer, Look], Visual]] = {
    Points: PointsVisual,
    Lines: LinesVisual,
    Polygons: SurfaceVisual,
}


def layer(features: Features, **columns: npt.NDArray[np.generic]) -> Layer:
    rows = int(features.row.max()) + 1
    values = {"id": np.arange(rows, dtype=float), **columns}
    info = LayerInfo(
        id="x", name="things", kind=KINDS[type(features)], path="", source_layer=None, driver="test", crs=None,
        crs_source="given", count=rows, shown=rows, bounds_lonlat=(0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip
    return Layer(info, LocalFrame("EPSG:32632", (0.0, 0.0)), Columns(values), Report(), features=features)


def squares(*places: tuple[float, float], side_m: float = 40.0) -> Polygons:
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * side_m
    xy = np.concatenate([corners + place for place in places])
    count = np.arange(len(places) + 1)
    return Polygons(Outlines(xy.astype(float), count * 4, count, count), np.arange(len(places), dtype=np.int32))


def lines(*parts: list[tuple[float, float]]) -> Lines:
    start = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
    return Lines(np.concatenate([np.array(p, float) for p in parts]), start, np.arange(len(parts), dtype=np.int32))


class Stage:
    """A canvas, and the visuals on it."""

    def __init__(self) -> None:
        self.canvas = Canvas(*SIZE)
        self.canvas.renderer.SetBackground(0, 0, 0)
        self.look = Look(LIGHT)

    def add(self, of: Layer, style: Style, *, order: int = 0) -> tuple[Visual, Paint]:
        assert of.features is not None
        visual = VISUALS[type(of.features)](self.canvas.renderer, self.look)
        paint, _ = painted(of, LayerState("x", style), theme="light", order=order)
        visual.update(None, paint)
        return visual, paint

    def picture(self, camera: Camera = TOP) -> npt.NDArray[np.uint8]:
        self.look.set_frame(camera, haze_length_m=1e9)
        self.canvas.look_from(camera, 1.0, 5_000.0)
        self.canvas.draw()
        return self.canvas.pixels()

    def pixel(self, x_m: float, y_m: float, z_m: float = 0.0, camera: Camera = TOP) -> list[int]:
        (place,), _ = project(camera, SIZE, [(x_m, y_m, z_m)])
        return [int(c) for c in self.picture(camera)[int(place[1]), int(place[0])]]


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.canvas.close()


def test_a_polygon_is_drawn_where_it_is(stage: Stage) -> None:
    stage.add(layer(squares((20, -60))), Style(color=RED))
    red = (stage.picture() == [255, 0, 0]).all(axis=2)
    rows, columns = np.nonzero(red)
    # x 20..60 m is pixels 120..160 from the left, y -60..-20 m is pixels 120..160 from the top
    assert (columns.min(), columns.max() + 1, rows.min(), rows.max() + 1) == (120, 160, 120, 160)


def test_a_layer_of_higher_order_lies_above_from_everywhere(stage: Stage) -> None:
    stage.add(layer(squares((-20, -20))), Style(color=GREEN), order=1)
    stage.add(layer(squares((-20, -20))), Style(color=RED), order=0)
    for tilt_deg in (0, 45, 80, 89):
        camera = Camera(distance_m=300.0, tilt_rad=np.radians(tilt_deg))
        assert stage.pixel(0, 0, 0.3, camera) == [0, 255, 0]


def test_other_colours_do_not_rebuild_geometry(stage: Stage) -> None:
    city = layer(squares((0, 0), (50, 50)))
    visual, paint = stage.add(city, Style(color=RED))
    actors = stage.canvas.renderer.GetActors()
    before = actors.GetLastActor()
    green, _ = painted(city, LayerState("x", Style(color=GREEN)), theme="light")
    visual.update(paint, green)
    assert actors.GetLastActor() is before
    assert stage.pixel(20, 20) == [0, 255, 0]


def test_neighbours_are_told_apart_by_borders_but_water_has_none(stage: Stage) -> None:
    parcels = layer(squares((-40, -20), (0, -20)))
    visual, paint = stage.add(parcels, Style(color="#c8c8c8"))
    line = stage.picture()[100]
    inside = line[70]
    dark = np.flatnonzero((line < inside - 20).any(axis=1) & (line > 0).any(axis=1))
    assert any(abs(dark - 100) <= 1)  # the edge both share
    water = replace(parcels, info=replace(parcels.info, name="water"))
    visual.update(None, replace(paint, layer=water))
    assert (stage.picture()[100, 65:135] == inside).all()


def test_a_border_that_neighbours_share_is_drawn_once() -> None:
    two = squares((0, 0), (40, 0))
    flat = flat_triangles(two, 0.0)
    assert len(once(edges_of(two.outlines), flat.points)) == 7  # of 2 times 4


def test_a_filter_hides_rows_and_takes_them_from_the_cursor(stage: Stage) -> None:
    city = layer(squares((-50, 0), (50, 0)))
    visual, _ = stage.add(city, Style(color=RED, filter="id == 1"))
    assert stage.pixel(-30, 20) == [0, 0, 0]
    assert stage.pixel(70, 20) == [255, 0, 0]
    assert visual.feature_at(Aim(TOP, SIZE, 100 - 30, 100 - 20)) is None
    found = visual.feature_at(Aim(TOP, SIZE, 100 + 70, 100 - 20))
    assert found is not None
    assert found.row == 1
    assert found.point_local == pytest.approx((70, 20, 0.15), abs=1e-6)


def test_a_raised_polygon_is_a_solid_of_its_height() -> None:
    solid = solid_triangles(squares((100, 100), side_m=10.0), np.array([25.0], np.float32), 0.0)
    a, b, c = (solid.points[solid.faces[:, i]].astype(float) for i in range(3))
    # walls and roof of a box that stands on z = 0: the flux of (x, y, z) / 3 through them is its volume
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6
    assert volume == pytest.approx(10 * 10 * 25, rel=1e-5)


def test_a_raised_polygon_is_found_at_its_wall(stage: Stage) -> None:
    visual, _ = stage.add(layer(squares((0, 0)), h=np.array([50.0])), Style(raised_by="h"))
    camera = Camera(target_local=(20, 0, 25), distance_m=200.0, tilt_rad=np.pi / 2)
    found = visual.feature_at(Aim(camera, SIZE, 100, 100))
    assert found is not None
    assert found.point_local == pytest.approx((20, 0, 25), abs=1e-3)
    assert found.distance_m == pytest.approx(200, abs=1e-3)


def test_polygons_keep_their_holes_and_rows() -> None:
    outer, hole = [[0, 0], [30, 0], [30, 30], [0, 30]], [[10, 10], [10, 20], [20, 20], [20, 10]]
    outlines = Outlines(np.array(outer + hole, float), np.array([0, 4, 8]), np.array([0, 2]), np.array([0, 1]))
    flat = flat_triangles(Polygons(outlines, np.array([7], np.int32)), 0.2)
    a, b, c = (flat.points[flat.faces[:, i]].astype(float) for i in range(3))
    area = np.abs(np.cross(b - a, c - a)[:, 2]).sum() / 2
    assert area == pytest.approx(30 * 30 - 10 * 10)
    assert set(flat.vertex_row) == {7}


def test_ribbons_have_the_width_they_state() -> None:
    straight = ribbons(lines([(0, 0), (100, 0)]), np.array([8.0]), 0.0)
    across = straight.points[:, 1].astype(float)
    assert (across.min(), across.max()) == pytest.approx((-4, 4))
    bent = ribbons(lines([(0, 0), (100, 0), (100, 100)]), np.array([8.0]), 0.0)
    a, b, c = (bent.points[bent.faces[:, i]].astype(float) for i in range(3))
    doubled = np.cross(b - a, c - a)[:, 2]
    # two ribbons of 100 m that share a mitred corner: 2 * 100 * 8, and two half circles of 3 sides
    caps = 3 * 4.0**2 / 2 * np.sin(np.pi / 3) * 2
    assert (doubled > 0).all()
    assert doubled.sum() / 2 == pytest.approx(1_600 + caps, rel=1e-4)


def test_lines_that_turn_back_or_have_no_length_do_no_harm() -> None:
    odd = lines([(0, 0), (50, 0), (0, 0)], [(5, 5), (5, 5)], [(0, 0), (0, 0), (0, 9)])
    mesh = ribbons(odd, np.array([4.0, 4.0, 4.0]), 0.0)
    assert np.isfinite(mesh.points).all()
    assert set(mesh.vertex_row) == {0, 2}
    assert np.abs(mesh.points[:, :2]).max() < 60


def test_a_width_column_makes_lines_as_wide_as_streets(stage: Stage) -> None:
    stage.add(layer(lines([(-80, 0), (80, 0)]), width_m=np.array([20.0])), Style(color=RED))
    assert stage.pixel(0, 9) == [255, 0, 0]
    assert stage.pixel(0, 11) == [0, 0, 0]


def test_lines_without_widths_are_as_wide_as_the_style_says(stage: Stage) -> None:
    visual, _ = stage.add(layer(lines([(-80, 0.5), (80, 0.5)])), Style(color=RED, size_px=6.0))
    visual.set_scale(2.0)
    red = (stage.picture()[:, 100] == [255, 0, 0]).all(axis=1)
    assert red.sum() == 12
    found = visual.feature_at(Aim(TOP, SIZE, 130.0, 96.0))
    assert found is not None
    assert found.point_local[0] == pytest.approx(30.0, abs=0.1)
    assert visual.feature_at(Aim(TOP, SIZE, 130.0, 80.0)) is None


def test_points_are_round_and_as_large_as_the_style_says(stage: Stage) -> None:
    points = Points(np.array([[0.5, 0.5]]), np.zeros(1, np.int32))
    stage.add(layer(points), Style(color=RED, size_px=21.0))
    lit = stage.picture()[..., 0] > 0
    assert lit.any(axis=0).sum() == pytest.approx(21, abs=1)
    assert lit.sum() == pytest.approx(np.pi / 4 * 21**2, rel=0.06)


def test_a_raised_point_is_drawn_and_found_at_its_height(stage: Stage) -> None:
    points = Points(np.array([[0.0, 0.0], [10.0, 0.0]]), np.arange(2, dtype=np.int32))
    visual, _ = stage.add(layer(points, h=np.array([30.0, np.nan])), Style(color=RED, raised_by="h", size_px=6))
    camera = Camera(target_local=(0, 0, 30), distance_m=200.0, tilt_rad=np.pi / 2)
    found = visual.feature_at(Aim(camera, SIZE, 100, 100))
    assert found is not None
    assert found.row == 0
    assert found.point_local[2] == pytest.approx(30, abs=1)


def test_trees_are_as_large_as_they_are(stage: Stage) -> None:
    trees = layer(Points(np.array([[0.5, 0.5], [60.5, 0.5]]), np.arange(2, dtype=np.int32)), h=np.array([50.0, 20.0]))
    trees = replace(trees, info=replace(trees.info, name="trees"))
    visual, _ = stage.add(trees, Style(color=GREEN, raised_by="h"))
    lit = stage.picture()[..., 1] > 0
    # crowns are 0.58 of the height: 29 m and 11.6 m, at one metre a pixel
    assert lit[:, :140].any(axis=0).sum() == pytest.approx(29, abs=1)
    assert lit[:, 140:].any(axis=0).sum() == pytest.approx(12, abs=1)
    found = visual.feature_at(Aim(TOP, SIZE, 112, 100))
    assert found is not None
    assert found.row == 0
    assert visual.feature_at(Aim(TOP, SIZE, 140, 100)) is None


def test_selected_rows_wear_the_accent_colour(stage: Stage) -> None:
    visual, _ = stage.add(layer(squares((-50, 0), (50, 0))), Style(color=RED))
    visual.select([1])
    accent = [round(c * 255) for c in LIGHT.selected]
    assert stage.pixel(70, 20) == pytest.approx(accent, abs=1)
    assert stage.pixel(-30, 20) == [255, 0, 0]


def test_what_is_hidden_or_removed_is_not_drawn(stage: Stage) -> None:
    city = layer(squares((-20, -20)))
    visual, paint = stage.add(city, Style(color=RED))
    visual.update(paint, replace(paint, state=replace(paint.state, is_visible=False)))
    assert stage.picture().max() == 0
    visual.update(None, paint)
    assert stage.picture().max() == 255
    visual.set_drawn(is_drawn=False)
    assert stage.picture().max() == 0
    visual.remove()
    assert stage.canvas.renderer.GetActors().GetNumberOfItems() == 0


def test_far_from_the_origin_nothing_jitters(stage: Stage) -> None:
    away = 1_000_000.0
    stage.add(layer(squares((away - 20, away - 20))), Style(color=RED))
    camera = replace(TOP, target_local=(away, away, 0.0))
    assert (stage.picture(camera)[..., 0] > 0).sum() == pytest.approx(40 * 40, abs=41)  # and half of its border


def test_what_did_not_stand_yet_is_not_said_to_be_hidden_by_the_filter() -> None:
    city = layer(squares((0, 0), (50, 0), (0, 50)), built=np.array([1900.0, 1950.0, 2000.0]))
    city.table.fields = lambda: {"id": "number", "built": "number"}  # type: ignore[method-assign]
    assert painted(city, LayerState("x", Style()), theme="light", at_s=-1.0)[1].hidden == 0  # the end of 1969
    legend = painted(city, LayerState("x", Style(filter="id > 0")), theme="light", at_s=-1.0)[1]
    assert (legend.hidden, legend.note) == (1, "As of 1969: 1 not there yet.")
