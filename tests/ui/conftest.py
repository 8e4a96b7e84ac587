"""A window over a painted scene: no OpenGL, no processes; and a small city in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from psygnal import Signal
from pytestqt.qtbot import QtBot

from data.height_rasters import HeightRasters
from data.vector import Description, describe, read
from layers.camera import ray_through
from layers.live import LiveLayers
from layers.pick import Pick, Picker
from layers.pins import Pins
from layers.scene_stats import SceneStats
from twin.changes import Changes, changes_between
from twin.errors import TwinError
from twin.layer import Kind, Layer
from twin.legend import Legend
from twin.place import LocalFrame
from twin.session import Camera, Session
from twin.terrain import FLAT
from ui.main_window import MainWindow, Parts
from ui.preferences import Preferences

SIDE_DEG = 0.0002
"""About 14 m east and 22 m north at 50 degrees north."""


class PaintedScene:
    """Draws a gradient; picks for real."""

    changed = Signal()
    recoloured = Signal()

    def __init__(self, session: Session) -> None:
        self.session = session
        self.groundwork = SimpleNamespace(ground=FLAT)
        self.size_px = (64, 48)
        self.stats = SceneStats()
        self.memory_bytes = 10**9
        self.drawn: list[tuple[Camera, bool]] = []
        self.refined = 0
        self.legend_list: list[Legend] = []
        self.error: Exception | None = None
        self.pending = 0
        self.buildings: dict[str, object] = {}
        self.news: list[bool] = []
        self.live = LiveLayers(session, self.groundwork)  # type: ignore[arg-type]
        self.is_live_apart = False
        self.marks = PaintedMarks()
        session.layers_changed.connect(self._tell)
        session.composition_changed.connect(self._tell)
        session.selection_changed.connect(self._tell)

    def _tell(self) -> None:
        self.changed.emit()

    def with_live(self, picture: npt.NDArray[np.uint8], _camera: Camera) -> npt.NDArray[np.uint8]:
        return picture

    def resize(self, width_px: int, height_px: int, *, scale: float = 1.0) -> None:
        self.size_px, self.scale = (width_px, height_px), scale

    def labelled(self, picture: npt.NDArray[np.uint8], _camera: Camera) -> npt.NDArray[np.uint8]:
        return picture

    def draw(self, camera: Camera, *, is_moving: bool = True) -> npt.NDArray[np.uint8]:
        self.drawn.append((camera, is_moving))
        if self.error is not None:
            raise self.error
        width, height = self.size_px
        picture = np.empty((height, width, 3), np.uint8)
        picture[:] = np.linspace(120, 220, height, dtype=np.uint8)[:, None, None]
        return picture

    def refine(self, camera: Camera) -> Iterator[npt.NDArray[np.uint8] | None]:
        yield None
        self.refined += 1
        yield self.draw(camera, is_moving=False)

    @property
    def is_working(self) -> bool:
        return self.pending > 0

    def collect(self, _wait_s: float = 0.0) -> bool:
        return self.news.pop() if self.news else False

    def pick(self, camera: Camera, x_px: float, y_px: float) -> Pick | None:
        ray = ray_through(camera, self.size_px, x_px, y_px)
        for layer in self.session.layers.values():
            if layer.tiles is not None:
                hit = Picker(layer.tiles).pick(ray)
                if hit is not None:
                    return Pick(layer.info.id, hit.row, hit.point_local, hit.distance_m)
        return None

    def rows_in_rectangle(
        self, camera: Camera, rectangle_px: tuple[float, float, float, float]
    ) -> dict[str, npt.NDArray[np.int32]]:
        return {
            i: Picker(layer.tiles).rows_in_rectangle(camera, self.size_px, rectangle_px)
            for i, layer in self.session.layers.items()
            if layer.tiles is not None
        }

    def ground_at(self, camera: Camera, x_px: float, y_px: float) -> tuple[float, float, float] | None:
        return ray_through(camera, self.size_px, x_px, y_px).at_height(0.0)

    def legends(self) -> list[Legend]:
        return self.legend_list

    def show_pins(self, pins: Pins, *, chosen: str = "") -> None:
        self.pins, self.chosen_pin = pins, chosen


class PaintedMarks:
    """Takes marks around what changed, and draws none."""

    counts: Mapping[str, int] = {}

    def show(self, hulls: Mapping[str, Sequence[Any]], counts: Mapping[str, int], **_words: Any) -> None:
        self.hulls, self.counts = hulls, counts


class PlainOpener:
    """Reads at once, on the calling thread."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.cancelled: list[Hashable] = []
        self.waiting: list[Callable[[], None]] = []
        self.waits = False
        self.number = 0

    def open(
        self,
        path: str,
        *,
        layer: str | None = None,
        crs: str | None = None,
        kind: Kind | None = None,
        is_alone: bool | None = None,
        frame: LocalFrame | None = None,
        height_field: str | None = None,
        rasters: HeightRasters | None = None,
        layer_id: str | None = None,
        kept: str = "",  # noqa: ARG002  nothing is kept here
        on_progress: Callable[[float], None],
        on_done: Callable[[Layer], None],
        on_error: Callable[[BaseException], None],
    ) -> Hashable:
        self.number += 1
        wishes = {"layer": layer, "crs": crs, "kind": kind, "height_field": height_field, "layer_id": layer_id}
        wishes |= {"rasters": rasters}

        def work() -> None:
            try:
                made = read(path, **wishes, frame=frame or self.session.frame, is_alone=bool(is_alone))
            except Exception as error:  # noqa: BLE001  the loader's outer wall
                on_error(error)
                return
            if made.info.id in self.session.layers:
                made = replace(made, info=replace(made.info, id=f"{made.info.id}-{self.number}"))
            self.session.add_layer(made)
            on_progress(1.0)
            on_done(made)

        if self.waits:
            self.waiting.append(work)
        else:
            work()
        return self.number

    def open_again(
        self,
        layer: Layer,
        path: str,
        *,
        wishes: Mapping[str, Any],
        on_progress: Callable[[float], None],
        on_done: Callable[[Layer, Changes], None],
        on_error: Callable[[BaseException], None],
    ) -> Hashable:
        self.number += 1
        try:
            made = read(path, layer_id=layer.info.id, **wishes, frame=layer.frame)
        except Exception as error:  # noqa: BLE001  the loader's outer wall
            on_error(error)
            return self.number
        made = replace(made, info=replace(made.info, name=layer.info.name))
        on_progress(1.0)
        on_done(made, changes_between(layer, made))
        return self.number

    def cancel(self, job: Hashable) -> None:
        self.cancelled.append(job)

    def look(
        self,
        path: str,
        *,
        layer: str | None = None,
        crs: str | None = None,
        on_found: Callable[[Description], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        try:
            found = describe(path, layer=layer, crs=crs)
        except (TwinError, OSError) as error:
            on_error(error)
        else:
            on_found(found)


@pytest.fixture
def small_city(tmp_path: Path) -> Path:
    """Return a file of four buildings in a row: two measured, one by storeys, one unknown."""
    facts = [
        {"name": "Town Hall", "use": "office", "height": 24.0, "storeys": 6},
        {"name": "Mill", "use": "industry", "height": 12.5, "storeys": 3},
        {"name": "Inn", "use": "hotel", "height": None, "storeys": 4},
        {"name": "Shed", "use": None, "height": None, "storeys": None},
    ]
    features = []
    for place, properties in enumerate(facts):
        west, south = 8.0 + place * 2 * SIDE_DEG, 50.0
        ring = [[west, south], [west + SIDE_DEG, south], [west + SIDE_DEG, south + SIDE_DEG], [west, south + SIDE_DEG]]
        geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    path = tmp_path / "small city.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture
def make_window(qtbot: QtBot) -> Iterator[Callable[..., MainWindow]]:
    """Return the function that makes a shown window; it is closed at the end."""
    made: list[MainWindow] = []

    def make(preferences: Preferences | None = None, **parts: object) -> MainWindow:
        session = Session()
        scene = PaintedScene(session)
        opener = PlainOpener(session)
        window = MainWindow(Parts(session, scene, opener, preferences or Preferences(), **parts))  # type: ignore[arg-type]
        window.files.asks = False
        qtbot.addWidget(window)
        window.resize(1200, 800)
        window.show()
        qtbot.waitExposed(window)
        made.append(window)
        return window

    yield make
    for window in made:
        window.close()


@pytest.fixture
def window(make_window: Callable[..., MainWindow]) -> MainWindow:
    """Return a shown window with nothing open."""
    return make_window()


@pytest.fixture
def open_window(window: MainWindow, small_city: Path) -> MainWindow:
    """Return a shown window with the small city open."""
    window.files.open_path(str(small_city))
    return window
