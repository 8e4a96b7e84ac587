"""Other colours for what is drawn: in slices that make the same picture, patch by patch for what is far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import radians

import numpy as np
import numpy.typing as npt
import pytest

from data.tilestore import build_tiles
from layers.blending import laid_over
from layers.scene import Scene
from twin.buildings import Outlines
from twin.layer import Kind, Layer, LayerInfo
from twin.place import LocalFrame
from twin.report import Report
from twin.session import Camera, Session
from twin.table import ColumnKind

CAMERA = Camera((0.0, 0.0, 0.0), 420.0, radians(20), radians(40))
SIDE = 6


@dataclass(eq=False)
class Values:
    """A table of one column."""

    number: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.number)

    def fields(self) -> dict[str, ColumnKind]:
        return {"number": "number"}

    def column(self, name: str) -> npt.NDArray[np.generic]:
        assert name == "number"
        return self.number

    def row(self, number: int) -> dict[str, object]:
        return {"number": self.number[number]}


def town() -> Layer:
    """Return 36 houses in tiles of two."""
    x, y = np.meshgrid(np.arange(SIDE) * 40.0 - 100.0, np.arange(SIDE) * 40.0 - 100.0)
    places, count = np.column_stack([x.ravel(), y.ravel()]), SIDE * SIDE
    corners = np.array([[-10.0, -10], [10, -10], [10, 10], [-10, 10]])
    one_each = np.arange(count + 1, dtype=np.int32)
    outlines = Outlines((places[:, None, :] + corners).reshape(-1, 2), one_each * 4, one_each, one_each)
    heights = np.linspace(8, 40, count).astype(np.float32)
    tiles = build_tiles(outlines, np.zeros(count, np.float32), heights, one_each[:-1], tile_buildings=2)
    info = LayerInfo(
        id="h", name="h", kind=Kind.FOOTPRINTS, path="", source_layer=None, driver="test", crs=None, crs_source="given",
        count=count, shown=count, bounds_lonlat=(0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip
    frame = LocalFrame("EPSG:32632", (500_000.0, 5_000_000.0))
    return Layer(info, frame, Values(np.arange(count, dtype=float)), Report(), tiles=tiles)


@pytest.fixture
def scene() -> Iterator[Scene]:
    session = Session()
    session.add_layer(town())
    scene = Scene(session)
    scene.is_adaptive = False
    scene.resize(160, 120)
    for _ in range(100):
        scene.draw(CAMERA)
        if not scene.is_working:
            break
    yield scene
    scene.close()


def sliced(scene: Scene, *, most: int = 1000) -> tuple[npt.NDArray[np.uint8] | None, int]:
    """Return the picture and how many slices it took."""
    for count, picture in enumerate(scene.draw_in_slices(CAMERA, within_s=1.0), start=1):
        if picture is not None or count >= most:
            return picture, count
    raise AssertionError


def test_a_frame_in_slices_is_the_same_picture(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scene.draw(CAMERA)
    monkeypatch.setattr("layers.sliced.SLICE_S", 1e-9)  # one tile a slice
    picture, count = sliced(scene)
    assert count > 10
    assert picture is not None
    # Where walls meet the ground, what lies on it is drawn after them in one go, and before them in slices.
    assert (picture != whole).any(axis=2).mean() < 0.005


def test_what_breaks_off_a_frame_in_slices_leaves_all_of_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scene.draw(CAMERA)
    monkeypatch.setattr("layers.sliced.SLICE_S", 1e-9)
    picture, _ = sliced(scene, most=4)
    assert picture is None
    drawn = [visual.drawn for visual in scene.buildings.values()]
    assert len(drawn[0]) > 10
    assert np.array_equal(scene.draw(CAMERA), whole)


def test_how_long_a_resting_picture_takes_is_known_once_its_tiles_are_there(scene: Scene) -> None:
    assert scene.resting_s(CAMERA) == np.inf or scene.resting_s(CAMERA) > 0
    for _ in scene.refine(CAMERA, passes=1):
        pass
    known_s = scene.resting_s(CAMERA)
    assert 0 < known_s < np.inf
    scene._sliced._rate /= 2
    assert scene.resting_s(CAMERA) == pytest.approx(2 * known_s)


def test_other_values_of_a_layer_are_other_colours_and_nothing_else(scene: Scene) -> None:
    told: list[str] = []
    scene.changed.connect(lambda: told.append("changed"))
    scene.recoloured.connect(lambda: told.append("recoloured"))
    session = scene._session
    layer = session.layers["h"]
    session.replace_layer(replace(layer, table=Values(layer.table.column("number") + 1.0)))  # type: ignore[arg-type]
    assert told == ["recoloured"]
    session.replace_layer(replace(session.layers["h"], info=replace(layer.info, name="other")))
    assert told[-1] == "changed"


def test_each_patch_of_the_far_city_has_its_turn_though_colours_change_faster(scene: Scene) -> None:
    visual = scene.buildings["h"]
    patches = visual.carpet._patches
    while visual.carpet.load(9):
        pass
    begun = [patch.loads for patch in patches]
    rgb = np.zeros((SIDE * SIDE, 3), np.uint8)
    for _ in range(len(patches)):
        visual.carpet.set_colours(rgb + 7, None)
        visual.carpet.load(1)
    assert [patch.loads - before for patch, before in zip(patches, begun, strict=True)] == [1] * len(patches)


@pytest.mark.parametrize("share", [0.01, 0.6])
def test_what_is_laid_over_is_mixed_by_its_alpha(share: float) -> None:
    random = np.random.default_rng(2)
    picture = random.integers(0, 256, (40, 50, 3), np.uint8)
    alpha = np.where(random.random((40, 50)) < share, random.integers(1, 256, (40, 50)), 0)
    colour = random.integers(0, 256, (40, 50, 3))
    over = np.dstack([colour * alpha[..., None] // 255, alpha]).astype(np.uint8)
    mixed = laid_over(picture, over[::-1])  # OpenGL's first row is the lowest
    wanted = over[..., :3] + picture * (1 - alpha[..., None] / 255)
    assert np.abs(mixed - wanted).max() <= 1
    assert np.array_equal(mixed[alpha == 0], picture[alpha == 0])
