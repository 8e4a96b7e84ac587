"""The scene as pictures: a town of nine houses, drawn off screen, looked at pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import radians

import numpy as np
import numpy.typing as npt
import psutil
import pytest

from data.tilestore import build_tiles
from layers import tile_work
from layers.camera import Side, elevation, home, plan, project, stand_at
from layers.look import THEMES
from layers.scene import Scene
from layers.workers import Arrays, InPlace, Work
from twin.buildings import Outlines
from twin.errors import ColumnError, MemoryBudgetError
from twin.features import Polygons
from twin.layer import Kind, Layer, LayerInfo, LayerState, Style
from twin.place import LocalFrame
from twin.report import Report
from twin.session import Camera, Session
from twin.table import ColumnKind

SIZE = (160, 120)
RED, GREEN = Style(color="#e00000"), Style(color="#00a000")
FRAME = LocalFrame("EPSG:32632", (500_000.0, 5_000_000.0))
Picture = npt.NDArray[np.uint8]


@dataclass(eq=False)
class Columns:
    """A table in memory."""

    values: dict[str, npt.NDArray[np.generic]]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def fields(self) -> Mapping[str, ColumnKind]:
        return {n: "number" if v.dtype.kind == "f" else "text" for n, v in self.values.items()}

    def column(self, name: str) -> npt.NDArray[np.generic]:
        if name not in self.values:
            raise ColumnError(f'There is no column "{name}".')
        return self.values[name]

    def row(self, number: int) -> dict[str, object]:
        return {name: rows[number] for name, rows in self.values.items()}


class Counting(InPlace):
    """Workers that keep what they were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Hashable] = []

    def submit(self, key: Hashable, function: Work, shared: str, *values: object, priority: float = 0.0) -> None:
        self.asked.append(key)
        super().submit(key, function, shared, *values, priority=priority)


def layer_of(info_id: str, kind: Kind, count: int, **parts: object) -> Layer:
    info = LayerInfo(
        id=info_id, name=info_id, kind=kind, path="", source_layer=None, driver="test", crs=None, crs_source="given",
        count=count, shown=count, bounds_lonlat=(0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip
    table = Columns({"number": np.arange(count, dtype=float), "use": np.array(["a", "b"] * count, object)[:count]})
    return Layer(info, FRAME, table, Report(), **parts)  # type: ignore[arg-type]


def outlines_of(places: npt.NDArray[np.float64], side_m: float) -> Outlines:
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * side_m
    one_each = np.arange(len(places) + 1, dtype=np.int32)
    return Outlines((places[:, None, :] + corners).reshape(-1, 2), one_each * 4, one_each, one_each)


def houses(
    places: npt.NDArray[np.float64], height_m: float = 12.0, *, side_m: float = 20.0, capacity: int = 2, name: str = "h"
) -> Layer:
    """Return square houses with their middles at places (n, 2)."""
    count = len(places)
    tiles = build_tiles(
        outlines_of(places, side_m), np.zeros(count, np.float32), np.full(count, height_m, np.float32),
        np.arange(count, dtype=np.int32), tile_buildings=capacity,
    )  # fmt: skip
    return layer_of(name, Kind.FOOTPRINTS, count, tiles=tiles)


def sheet(side_m: float, name: str = "sheet") -> Layer:
    """Return one flat square around the origin."""
    outlines = outlines_of(np.zeros((1, 2)), side_m)
    return layer_of(name, Kind.POLYGONS, 1, features=Polygons(outlines, np.zeros(1, np.int32)))


PLACES = np.array([[x, y] for y in (-40.0, 0.0, 40.0) for x in (-40.0, 0.0, 40.0)])
ROOFS = np.column_stack([PLACES, np.full(9, 12.0)])
BETWEEN = np.array([[20.0, -20.0, 0.0]])
"""A place on the ground between four houses, in no shadow: 12 / tan(43 deg) = 13 m reach 10 m to the north-east."""
CAMERA = Camera((0.0, 0.0, 0.0), 220.0, radians(20), radians(40))

Open = Callable[..., tuple[Session, Scene]]


@pytest.fixture
def open_scene() -> Iterator[Open]:
    """Return the function that opens layers, each in a style, in a session and a scene that is closed in the end."""
    scenes: list[Scene] = []

    def begin(*layers: tuple[Layer, Style], **options: object) -> tuple[Session, Scene]:
        session = Session()
        for layer, style in layers:
            session.add_layer(layer, style)
        scene = Scene(session, **options)  # type: ignore[arg-type]
        scene.resize(*SIZE)
        scene.is_adaptive = False
        scenes.append(scene)
        return session, scene

    yield begin
    for scene in scenes:
        scene.close()


@pytest.fixture
def town(open_scene: Open) -> tuple[Session, Scene]:
    """Return nine red houses."""
    return open_scene((houses(PLACES), RED))


def moving(scene: Scene, camera: Camera = CAMERA) -> Picture:
    """Return the frame that is drawn once everything for it is there."""
    for _ in range(200):
        scene.draw(camera)
        if not scene.is_working:
            return scene.draw(camera)
    raise AssertionError("the workers never end")


def resting(scene: Scene, camera: Camera = CAMERA) -> Picture:
    """Return the last of the better and better pictures."""
    picture = None
    for number, better in enumerate(scene.refine(camera)):
        picture = better if better is not None else picture
        assert number < 2000
    assert picture is not None
    return picture


def seen_at(picture: Picture, points: npt.NDArray[np.float64], camera: Camera = CAMERA) -> npt.NDArray[np.int64]:
    """Return the colours (n, 3) where points (n, 3) appear."""
    place, _ = project(camera, SIZE, points)
    column, line = np.floor(place).astype(int).T
    return picture[line, column].astype(np.int64)


def is_red(colours: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    return (colours[..., 0] > colours[..., 1] + 60) & (colours[..., 0] > colours[..., 2] + 60)


def is_green(colours: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    return (colours[..., 1] > colours[..., 0] + 40) & (colours[..., 1] > colours[..., 2] + 40)


PARALLEL = replace(CAMERA, is_parallel=True)
TOP = plan(houses(PLACES).area, 12.0, SIZE)
FAR = replace(CAMERA, distance_m=900.0)


@pytest.mark.parametrize("draw", [moving, resting])
@pytest.mark.parametrize("camera", [CAMERA, PARALLEL, TOP, FAR], ids=["oblique", "parallel", "top", "far"])
def test_houses_stand_where_they_should(
    town: tuple[Session, Scene], draw: Callable[[Scene, Camera], Picture], camera: Camera
) -> None:
    picture = draw(town[1], camera)
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    assert is_red(seen_at(picture, ROOFS, camera)).all()
    assert not is_red(seen_at(picture, BETWEEN, camera)).any()


def test_far_from_the_origin_houses_stand_where_they_should(open_scene: Open) -> None:
    shift = np.array([3_000_000.0, -9_000_000.0])
    _, scene = open_scene((houses(PLACES + shift), RED))
    camera = replace(CAMERA, target_local=(*shift.tolist(), 0.0))
    assert is_red(seen_at(resting(scene, camera), ROOFS + np.array([*shift, 0]), camera)).all()
    # an edge is where it should be within half a pixel: as it is near the origin
    near = open_scene((houses(PLACES), RED))[1]
    difference = resting(scene, camera).astype(int) - resting(near)
    assert np.abs(difference).mean() < 1


def test_another_colour_makes_no_new_geometry(open_scene: Open) -> None:
    workers = Counting()
    session, scene = open_scene((houses(PLACES), RED), jobs=workers)
    moving(scene)
    resting(scene)
    asked = len(workers.asked)
    session.set_style("h", GREEN)
    assert is_green(seen_at(moving(scene), ROOFS)).all()
    assert is_green(seen_at(resting(scene), ROOFS)).all()
    assert len(workers.asked) == asked


def test_each_house_has_the_colour_of_its_row(open_scene: Open) -> None:
    by_use = Style(color_by="use", colors=(("a", "#e00000"), ("b", "#00a000")))
    _, scene = open_scene((houses(PLACES), by_use))
    for picture in (moving(scene), resting(scene)):
        colours = seen_at(picture, ROOFS)
        assert is_red(colours).tolist() == [True, False] * 4 + [True]
        assert is_green(colours).tolist() == [False, True] * 4 + [False]


def test_what_a_filter_hides_is_not_drawn_and_cannot_be_picked(town: tuple[Session, Scene]) -> None:
    session, scene = town
    before = moving(scene)
    session.set_style("h", replace(RED, filter="number < 4"))
    places, _ = project(CAMERA, SIZE, ROOFS)
    for picture in (moving(scene), resting(scene)):
        assert is_red(seen_at(picture, ROOFS)).tolist() == [True] * 4 + [False] * 5
    picked = [scene.pick(CAMERA, x, y) for x, y in places.tolist()]
    assert [p.row if p else None for p in picked] == [0, 1, 2, 3, *[None] * 5]
    session.set_style("h", RED)
    np.testing.assert_array_equal(moving(scene), before)


def test_the_selected_are_painted_in_the_accent_colour(town: tuple[Session, Scene]) -> None:
    session, scene = town
    session.set_style("h", GREEN)
    before = moving(scene)
    session.select("h", [4])
    for picture in (moving(scene), resting(scene)):
        assert is_red(seen_at(picture, ROOFS)).tolist() == [n == 4 for n in range(9)]
    session.set_style("h", replace(GREEN, opacity=1.0, color="#00b000"))  # it stays selected under another style
    assert is_red(seen_at(moving(scene), ROOFS))[4]
    session.set_style("h", GREEN)
    session.select("", ())
    np.testing.assert_array_equal(moving(scene), before)


def test_a_theme_colours_sky_and_ground(town: tuple[Session, Scene]) -> None:
    session, scene = town
    horizon = replace(CAMERA, tilt_rad=radians(85))
    light = moving(scene, horizon)
    session.set_composition(replace(session.composition, theme="dark"))
    dark = moving(scene, horizon)
    for picture, theme in ((light, THEMES["light"]), (dark, THEMES["dark"])):
        sky = picture[2].mean(axis=0) / 255
        assert np.abs(sky - theme.horizon).max() < 0.2
        ground = seen_at(resting(scene) if theme.name == "dark" else moving(scene), BETWEEN)[0] / 255
        assert theme.name == "light" or np.abs(ground - theme.ground).max() < 0.12
    assert light[2].mean() > dark[2].mean() + 80


def test_translucent_houses_show_what_is_behind(town: tuple[Session, Scene]) -> None:
    session, scene = town
    opaque, ground = seen_at(resting(scene), ROOFS)[4], seen_at(resting(scene), BETWEEN)[0]
    session.set_style("h", replace(RED, opacity=0.5))
    for picture in (moving(scene), resting(scene)):
        green = seen_at(picture, ROOFS)[4][1]
        # green is what red has not and the ground has
        assert opaque[1] + 10 < green < ground[1] - 10


def test_a_hidden_layer_is_neither_drawn_nor_picked_nor_explained(town: tuple[Session, Scene]) -> None:
    session, scene = town
    x, y = project(CAMERA, SIZE, ROOFS[4])[0][0].tolist()
    moving(scene)
    assert scene.pick(CAMERA, x, y) is not None
    session.set_state(LayerState("h", RED, is_visible=False))
    for picture in (moving(scene), resting(scene)):
        assert not is_red(picture.astype(int)).any()
    assert scene.pick(CAMERA, x, y) is None
    assert scene.legends() == []
    session.set_state(LayerState("h", RED))
    assert is_red(seen_at(moving(scene), ROOFS)).all()


@pytest.mark.parametrize("style", [RED, Style(color_by="number")], ids=["one colour", "by a number"])
def test_a_legend_stands_under_the_name_that_people_gave_its_layer(open_scene: Open, style: Style) -> None:
    session, scene = open_scene((houses(PLACES), style))
    (layer_id,) = session.layers
    session.set_state(replace(session.composition.state(layer_id), name="Old town"))
    (legend,) = scene.legends()
    assert legend.layer_name == "Old town"
    assert (legend.title == "Old town") == (style is RED)
    assert [entry.label for entry in legend.entries] == (["Old town"] if style is RED else [])


def test_at_rest_the_picture_is_the_moving_one_but_finer(town: tuple[Session, Scene]) -> None:
    _, scene = town
    rough, fine = moving(scene).astype(int), resting(scene).astype(int)
    difference = np.abs(rough - fine).max(axis=2)
    # the same but along edges, which are smooth and lined
    assert np.median(difference) <= 2
    assert (difference > 40).mean() < 0.12
    assert (difference > 0).any()


def test_refining_goes_slice_by_slice_and_ends(town: tuple[Session, Scene]) -> None:
    _, scene = town
    scene.draw(CAMERA)
    slices = list(scene.refine(CAMERA))
    assert slices[0] is None
    assert sum(s is not None for s in slices) >= 4
    assert slices[-1] is not None
    np.testing.assert_array_equal(slices[-1], resting(scene))


@pytest.mark.parametrize("is_held", [True, False])
def test_refining_can_be_broken_off_anywhere(open_scene: Open, *, is_held: bool) -> None:
    session, scene = open_scene((houses(PLACES), RED), (sheet(300.0), GREEN))
    horizon = replace(CAMERA, tilt_rad=radians(80))
    resting(scene)
    whole = moving(scene, horizon)
    assert is_red(whole.astype(int)).any()
    assert is_green(whole.astype(int)).any()
    count = len(list(scene.refine(CAMERA)))
    for number in range(1, count):
        slices = scene.refine(CAMERA)
        for _ in range(number):
            next(slices)
        if not is_held:
            slices.close()  # type: ignore[attr-defined]
        np.testing.assert_array_equal(moving(scene, horizon), whole)
    assert session.composition.layers


def test_with_next_to_no_memory_the_resting_picture_is_whole(open_scene: Open) -> None:
    plenty = open_scene((houses(PLACES), RED))[1]
    little = open_scene((houses(PLACES), RED), memory_bytes=1)[1]
    np.testing.assert_array_equal(resting(little), resting(plenty))
    np.testing.assert_array_equal(moving(little), moving(plenty))
    assert little.stats.memory_bytes <= plenty.stats.memory_bytes


def test_what_was_not_drawn_for_longest_is_forgotten_first(open_scene: Open) -> None:
    far_apart = np.concatenate([PLACES, PLACES + np.array([5000.0, 0])])
    _, scene = open_scene((houses(far_apart), RED))
    there = replace(CAMERA, target_local=(5000.0, 0.0, 0.0))
    moving(scene)
    moving(scene, there)
    both = scene.stats.memory_bytes
    scene.memory_bytes = 1
    moving(scene, there)
    assert scene.stats.memory_bytes < both
    assert is_red(seen_at(moving(scene, there), ROOFS + np.array([5000.0, 0, 0]), there)).all()
    assert is_red(seen_at(moving(scene), ROOFS)).all()


def test_two_scenes_of_one_session_share_the_workers(open_scene: Open) -> None:
    workers = InPlace()
    session, one = open_scene((houses(PLACES), RED), jobs=workers)
    two = Scene(session, jobs=workers)
    two.resize(*SIZE)
    # Whoever collects, answers go to whom they belong.
    first, second = one.refine(CAMERA), two.refine(CAMERA)
    pictures: dict[int, Picture] = {}
    for number, slices in ((0, first), (1, second)) * 300:
        picture = next(slices, None)
        if picture is not None:
            pictures[number] = picture
    assert next(first, None) is next(second, None) is None
    np.testing.assert_array_equal(pictures[0], pictures[1])
    two.close()
    one.memory_bytes = 1
    moving(one, replace(CAMERA, target_local=(0, 9000.0, 0)))  # everything is forgotten ...
    np.testing.assert_array_equal(resting(one), pictures[0])  # ... and made again, though the other scene is gone


def test_a_removed_layer_leaves_nothing_behind(open_scene: Open) -> None:
    workers = InPlace()
    session, scene = open_scene((houses(PLACES), RED), (sheet(300.0), GREEN), jobs=workers)
    moving(scene)
    empty = open_scene()[1]
    props = empty.canvas.renderer.GetViewProps().GetNumberOfItems()
    session.remove_layer("h")
    session.remove_layer("sheet")
    picture = moving(scene).astype(int)
    assert not (is_red(picture) | is_green(picture)).any()
    assert scene.canvas.renderer.GetViewProps().GetNumberOfItems() == props
    assert workers._shared == {}
    assert not workers.pending


def test_a_replaced_layer_takes_the_old_ones_place(town: tuple[Session, Scene]) -> None:
    session, scene = town
    moving(scene)
    session.replace_layer(houses(PLACES[:3]))
    for picture in (moving(scene), resting(scene)):
        assert is_red(seen_at(picture, ROOFS * (1, 1, 0))).tolist() == [True] * 3 + [False] * 6


def test_a_layer_with_another_table_is_coloured_anew(town: tuple[Session, Scene]) -> None:
    session, scene = town
    style = Style(color_by="use", colors=(("a", "#e00000"), ("b", "#00a000")))
    session.set_style("h", style)
    assert is_red(seen_at(moving(scene), ROOFS))[0]
    layer = session.layers["h"]
    table = Columns({"use": np.array(["b"] * 9, object)})
    session.replace_layer(replace(layer, table=table))
    assert is_green(seen_at(moving(scene), ROOFS)).all()


def test_a_style_that_does_not_suit_one_layer_leaves_the_others_alone(open_scene: Open) -> None:
    session, scene = open_scene((sheet(300.0), GREEN), (houses(PLACES), RED))
    states = (LayerState("sheet", replace(GREEN, color_by="nothing")), LayerState("h", GREEN))
    with pytest.raises(Exception, match="nothing"):
        session.set_composition(replace(session.composition, layers=states))
    assert is_green(seen_at(moving(scene), ROOFS)).all()


# what cannot be made


def fails(_shared: Arrays, *_: object) -> dict[str, npt.NDArray[np.generic]]:
    raise MemoryBudgetError("There is no room.")


def test_tiles_that_cannot_be_made_in_full_are_drawn_as_boxes_and_told(
    open_scene: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_work, "full_mesh", fails)
    _, scene = open_scene((houses(PLACES), RED))
    told: list[tuple[str, Report]] = []
    scene.failed.connect(lambda layer_id, report: told.append((layer_id, report)))
    assert is_red(seen_at(resting(scene), ROOFS)).all()
    assert is_red(seen_at(moving(scene), ROOFS)).all()
    layer_id, report = told[-1]
    assert layer_id == "h"
    problem = report.problems[0]
    assert (problem.count, problem.is_loss) == (9, False)
    assert problem.what == "buildings are drawn as plain boxes: There is no room."


def test_tiles_that_cannot_be_made_at_all_leave_the_rest_standing(
    open_scene: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = open_scene((houses(PLACES), RED))[1]
    whole = [(draw, seen_at(draw(healthy), ROOFS)) for draw in (resting, moving)]

    def fails_for_the_first(work: Work) -> Work:
        return lambda shared, tile: fails(shared) if tile == 0 else work(shared, tile)

    monkeypatch.setattr(tile_work, "full_mesh", fails_for_the_first(tile_work.full_mesh))
    monkeypatch.setattr(tile_work, "box_tile", fails_for_the_first(tile_work.box_tile))
    _, scene = open_scene((houses(PLACES), RED))
    reports: list[Report] = []
    scene.failed.connect(lambda _, report: reports.append(report))
    for draw, wanted in whole:
        seen = seen_at(draw(scene), ROOFS)
        assert (np.abs(seen - wanted).max(axis=1) < 6).sum() == 7  # two are in the first tile
    assert [(p.count, p.is_loss) for p in reports[-1].problems] == [(2, True)]


def test_without_its_far_picture_a_town_is_drawn_all_the_same(
    open_scene: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_work, "carpet", fails)
    _, scene = open_scene((houses(PLACES), RED))
    reports: list[Report] = []
    scene.failed.connect(lambda _, report: reports.append(report))
    assert is_red(seen_at(resting(scene), ROOFS)).all()
    assert is_red(seen_at(moving(scene), ROOFS)).all()
    assert "far" in reports[0].problems[0].what


# nothing is ever missing


def holes(scene: Scene, camera: Camera, *, is_moving: bool) -> int:
    """Return how many pixels show neither sky nor ground nor anything else."""
    scene.canvas.renderer.SetBackground(1.0, 0.0, 1.0)
    picture = moving(scene, camera) if is_moving else resting(scene, camera)
    return int((picture == (255, 0, 255)).all(axis=2).sum())


def test_an_empty_session_shows_sky_and_ground(open_scene: Open) -> None:
    _, scene = open_scene()
    horizon = Camera(tilt_rad=radians(85))
    picture = moving(scene, horizon)
    theme = THEMES["light"]
    assert holes(scene, horizon, is_moving=True) == 0
    assert np.abs(picture[-1].mean(axis=0) / 255 - theme.ground).max() < 0.1
    assert picture[0, :, 2].mean() > picture[-1, :, 2].mean()  # bluer above
    assert holes(scene, horizon, is_moving=False) == 0


@pytest.mark.parametrize("is_moving", [True, False])
def test_no_view_has_holes(town: tuple[Session, Scene], *, is_moving: bool) -> None:
    random = np.random.default_rng(11)
    views = [
        Camera(
            (*random.uniform(-60, 60, 2).tolist(), float(random.choice([0.0, 12.0]))),
            float(np.exp(random.uniform(np.log(2), np.log(200_000)))),
            float(random.uniform(0, 6.28)),
            float(random.uniform(0, radians(88))),
        )
        for _ in range(12)
    ]
    views += [stand_at(Camera(), (20.0, 20.0, 0.0), heading) for heading in (0.0, 2.0)]
    views += [stand_at(Camera(), (0.0, 0.0, 0.0), 1.0)]  # inside a house
    views += [replace(stand_at(Camera(), (20.0, 20.0, 0.0), 0.0), tilt_rad=radians(170))]  # straight up
    views += [home(houses(PLACES).area, 12.0, SIZE), TOP, PARALLEL]
    views += [replace(CAMERA, target_local=(90_000.0, 50_000.0, 0.0), tilt_rad=radians(20))]  # far beside the town
    views += [replace(CAMERA, target_local=(0, -5000.0, 0.0), heading_rad=radians(180), tilt_rad=radians(60))]
    assert {n: h for n, view in enumerate(views) if (h := holes(town[1], view, is_moving=is_moving))} == {}


@pytest.mark.parametrize("side", ["south", "west", "north", "east"])
def test_an_elevation_has_sky_above_the_ground_and_ground_below(town: tuple[Session, Scene], side: Side) -> None:
    camera = elevation(houses(PLACES).area, 12.0, side, SIZE)
    theme = THEMES["light"]
    for picture in (moving(town[1], camera), resting(town[1], camera)):
        assert np.abs(picture[3] / 255 - theme.horizon).max() < 0.02
        assert np.abs(picture[-3] / 255 - theme.ground).max() < 0.02
        # the walls of the first row are 12 m high: half a metre below the eaves they are red, below the ground not
        places = np.array([[*PLACES[4], z] for z in (11.5, 0.5, -0.5, 12.5)])
        colours = seen_at(picture, places, camera)  # dark on the sides in the shade
        assert (colours[:, 0] > 2 * colours[:, 1]).tolist() == [True, True, False, False], colours


def test_a_parallel_view_shows_what_lies_behind_its_eye(town: tuple[Session, Scene]) -> None:
    # 30 m from its target and 75 degrees from straight down, the eye is 8 m high: the houses to the south are behind.
    camera = replace(PARALLEL, distance_m=30.0, heading_rad=0.0, tilt_rad=radians(75))
    wide = replace(camera, view_angle_rad=radians(150))  # 2 x 30 tan 75 deg = 224 m high
    behind = ROOFS[PLACES[:, 1] < 0]
    assert (project(wide, SIZE, behind)[1] < 0).all()
    for picture in (moving(town[1], wide), resting(town[1], wide)):
        assert is_red(seen_at(picture, behind, wide)).all()
    assert holes(town[1], wide, is_moving=True) == 0


@pytest.mark.parametrize("extent_m", [500.0, 40_000.0])
def test_flat_layers_lie_over_each_other_without_flicker(open_scene: Open, extent_m: float) -> None:
    sheets = [(sheet(extent_m, name), style) for name, style in (("a", RED), ("b", RED), ("c", GREEN))]
    _, scene = open_scene(*sheets)
    random = np.random.default_rng(4)
    looked_at = 0
    for number in range(16):
        distance_m = float(np.exp(random.uniform(np.log(5), np.log(1.5 * extent_m))))
        target = (*random.uniform(-0.3 * extent_m, 0.3 * extent_m, 2).tolist(), 0.0)
        heading, tilt = random.uniform(0, 6.28), random.uniform(0, radians(87))
        camera = Camera(target, distance_m, float(heading), float(tilt), is_parallel=number % 3 == 0)
        picture = scene.draw(camera)
        grid = np.stack(np.meshgrid(np.arange(2.5, SIZE[0], 6), np.arange(2.5, SIZE[1], 6)), axis=-1).reshape(-1, 2)
        ground = [scene.ground_at(camera, x, y) for x, y in grid.tolist()]
        inside = [p is not None and max(abs(p[0]), abs(p[1])) < 0.45 * extent_m for p in ground]
        column, line = np.floor(grid[inside]).astype(int).T
        colours = picture[line, column].astype(np.int64)
        # the top one, paler in the haze
        assert ((colours[:, 1] > colours[:, 0] + 8) & (colours[:, 1] > colours[:, 2] + 8)).all(), camera
        looked_at += len(colours)
    assert looked_at > 1000


def test_flying_for_long_keeps_no_more_than_is_allowed(open_scene: Open) -> None:
    random = np.random.default_rng(6)
    layer = houses(random.uniform(-3000, 3000, (6000, 2)), capacity=100)
    _, scene = open_scene((layer, RED))
    # All 6,000 houses in full are 60,000 triangles: 3 MB a level. The far picture takes the most, and stays.
    scene.memory_bytes = scene.buildings["h"].carpet.nbytes + 2**20
    process, held, props = psutil.Process(), [], []
    for number in range(200):
        turn = number * 0.11
        place = (2500 * float(np.sin(turn * 0.7)), 2500 * float(np.cos(turn * 1.1)), 0.0)
        camera = Camera(place, 400 + 300 * float(np.sin(turn)), turn % 6.28, radians(60))
        scene.draw(camera)
        if number % 20 == 19:
            for _, _slice in zip(range(6), scene.refine(camera), strict=False):
                pass
            held.append(process.memory_info().rss)
            props.append(scene.canvas.renderer.GetViewProps().GetNumberOfItems())
            assert scene.stats.memory_bytes < scene.memory_bytes + 2**20
    # What is drawn first is made once (shaders, buffers); after 60 frames nothing more is kept.
    assert held[-1] - held[2] < 24 * 2**20
    assert max(props[3:]) < 2 * max(props[:3])


def test_what_a_filter_hides_casts_no_shadow(town: tuple[Session, Scene]) -> None:
    session, scene = town
    above = replace(TOP, distance_m=1.3 * TOP.distance_m)
    # 5 m from the walls, on the ground to the north-east of each house: in the shadow of 13 m
    beside = PLACES + 10 + 4
    shadows = np.column_stack([beside, np.zeros(9)])
    full = seen_at(resting(scene, above), shadows, above).sum(axis=1)
    session.set_style("h", replace(RED, filter="number == 4"))
    for draw in (resting, moving):
        left = seen_at(draw(scene, above), shadows, above).sum(axis=1)
        assert (left > full + 60).tolist() == [n != 4 for n in range(9)]
    session.set_style("h", replace(RED, filter="number == 5"))
    assert (seen_at(resting(scene, above), shadows, above).sum(axis=1) > full + 60).tolist() == [
        n != 5 for n in range(9)
    ]
    session.set_style("h", RED)
    np.testing.assert_allclose(seen_at(resting(scene, above), shadows, above).sum(axis=1), full, atol=3)


def test_a_scene_opened_later_shows_the_selection_too(town: tuple[Session, Scene]) -> None:
    session, scene = town
    session.set_style("h", GREEN)
    session.select("h", [4])
    later = Scene(session)
    later.resize(*SIZE)
    np.testing.assert_array_equal(moving(later), moving(scene))
    later.close()


def test_selected_rows_that_a_replaced_layer_has_not_are_left_out(open_scene: Open) -> None:
    session, scene = open_scene((houses(PLACES), GREEN), (sheet(300.0), GREEN))
    session.select("h", [1, 8])
    session.replace_layer(houses(PLACES[:3]))
    assert is_red(seen_at(moving(scene), ROOFS[:3])).tolist() == [False, True, False]
    session.select("sheet", [0, 7])
    assert is_red(seen_at(moving(scene), BETWEEN)).all()


def test_a_hidden_layer_gives_its_memory_back_when_it_is_needed(open_scene: Open) -> None:
    session, scene = open_scene((houses(PLACES), RED), (houses(PLACES + np.array([150.0, 0]), name="other"), RED))
    moving(scene)
    hidden = scene.buildings["h"]
    before = hidden.nbytes
    session.set_state(LayerState("h", RED, is_visible=False))
    scene.memory_bytes = 1
    moving(scene)
    assert hidden.nbytes == hidden.carpet.nbytes < before
    session.set_state(LayerState("h", RED))
    assert is_red(seen_at(moving(scene), ROOFS)).all()
