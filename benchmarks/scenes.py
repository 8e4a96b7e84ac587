"""A scene with one city in it, without a window: what several of the benchmarks work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from layers.scene import Scene
from twin.place import Area
from twin.session import Camera, Session
from ui.jobs import Jobs
from ui.loading import Loader
from ui.memory import default_budget_bytes

WAIT_S = 0.02


@dataclass(frozen=True, slots=True)
class Stage:
    """A city that is open, and the scene that draws it."""

    session: Session
    scene: Scene
    jobs: Jobs
    area: Area

    @property
    def layer_id(self) -> str:
        """Return the id of the one layer."""
        return next(iter(self.session.layers))

    def settle(self, camera: Camera) -> None:
        """Wait until everything that a moving frame is made of is there."""
        while True:
            self.scene.prepare(camera, self.scene.budget_triangles)
            if not self.jobs.pending:
                return
            while self.jobs.pending:
                self.scene.collect(WAIT_S)

    def colour_by(self, column: str) -> None:
        """Colour the layer by a column."""
        style = self.session.composition.state(self.layer_id).style
        self.session.set_style(self.layer_id, replace(style, color_by=column, scheme=None, colormap=""))


@contextmanager
def open_stage(path: Path, *, color_by: str = "height") -> Iterator[Stage]:
    """Open a city; the budget of moving frames stays as it is, whatever they take."""
    with Jobs() as jobs:
        session = Session()
        scene = Scene(session, jobs=jobs, memory_bytes=default_budget_bytes())
        scene.is_adaptive = False
        try:
            failures: list[BaseException] = []
            loader = Loader(session, jobs)
            loader.open(str(path), is_alone=True, on_error=failures.append)
            while loader.is_busy:
                jobs.collect(WAIT_S)
            if failures:
                raise failures[0]
            assert session.area is not None
            stage = Stage(session, scene, jobs, session.area)
            stage.colour_by(color_by)
            yield stage
        finally:
            scene.close()
