"""The application: joins session, scene, workers, settings and window, and ends them in the right order."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from data.height_rasters import HeightRasters
from data.settings import Settings, config_folder, load_settings, save_settings
from layers.scene import Scene
from twin.errors import TwinError
from twin.join import TableJoin
from twin.report import Report
from twin.session import Session
from ui import words
from ui.audience.wish import MeetingWish
from ui.finding import find
from ui.flow_option import FlowWish
from ui.icons import pixmap
from ui.jobs import Jobs
from ui.joining import JoinWish
from ui.loading import Loader
from ui.main_window import MainWindow, Parts
from ui.memory import default_budget_bytes
from ui.preferences import Preferences, preferences_from, settings_with
from ui.pulse import Pulse
from ui.sample_opening import SampleOpening
from ui.saving import picture_slices
from ui.theme import LIGHT
from ui.window_state import WindowState

if TYPE_CHECKING:
    from ui.audience.server import Address

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MeetingAtStart:
    """A meeting that the command line asked for."""

    wish: MeetingWish
    told: Callable[[Address], None]
    """Called with where it is found."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asked for."""

    paths: tuple[str, ...] = ()
    """Files to open; none opens the sample city."""
    crs: str | None = None
    memory_bytes: int | None = None
    is_empty: bool = False
    """True opens nothing: the start panel is shown."""
    joins: tuple[JoinWish | TableJoin, ...] = ()
    """Tables to put on the first layer's rows."""
    rasters: HeightRasters | None = None
    """What heights of buildings are taken from; None chooses columns."""
    meeting: MeetingAtStart | None = None
    """A meeting that begins once the project is open."""
    flows: tuple[FlowWish, ...] = ()
    """Tables of flows to draw as arcs, once the first layer is open."""


class KeptSettings:
    """The settings file, changed piece by piece; a failure to write is logged, never in the way."""

    def __init__(self) -> None:
        """Read the file."""
        self.settings, self.report = load_settings()
        self.system_theme = system_theme()

    def preferences(self) -> Preferences:
        """Return the window's preferences."""
        return preferences_from(self.settings, self.system_theme)

    def keep_preferences(self, preferences: Preferences) -> None:
        """Write the window's preferences."""
        self._write(settings_with(self.settings, preferences, self.system_theme))

    def keep_recent(self, paths: list[str]) -> None:
        """Write the files opened lately."""
        self._write(replace(self.settings, recent=tuple(paths)))

    def _write(self, settings: Settings) -> None:
        if settings == self.settings:
            return
        self.settings = settings
        try:
            save_settings(settings)
        except TwinError as error:
            log.warning("%s", error)


def system_theme() -> str:
    """Return the theme the system is set to, light where it does not say."""
    is_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return "dark" if is_dark else "light"


def run(wishes: Wishes) -> int:
    """Open the window and return when it is closed; returns the exit status."""
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName(words.APP)
    app.setDesktopFileName(words.APP)
    app.setWindowIcon(QIcon(pixmap("city", LIGHT.accent, 64)))
    kept = KeptSettings()
    memory_bytes = wishes.memory_bytes or kept.settings.memory_mb * 2**20 or default_budget_bytes()
    session = Session()
    preferences = kept.preferences()
    session.set_composition(replace(session.composition, theme=preferences.theme), is_undoable=False)
    jobs = Jobs(memory_bytes=memory_bytes)
    scene = Scene(session, jobs=jobs, memory_bytes=memory_bytes)
    loader, sample = Loader(session, jobs), SampleOpening(jobs)
    loader.rasters = wishes.rasters
    work = Work(scene, loader, sample)
    try:
        window = MainWindow(_parts(session, work, kept, preferences))
        pulse = Pulse(window, work.is_busy, work.beat)
        sys.excepthook = Unexpected(window)
        scene.failed.connect(Incomplete(window))
        window.show()
        for line in kept.report.sentences():
            window.notices.warning(line)
        QTimer.singleShot(0, window, Begin(window, wishes))
        status = int(app.exec())
        pulse.stop()
        return status
    finally:
        sys.excepthook = sys.__excepthook__
        scene.close()
        jobs.close()


@dataclass(frozen=True, slots=True)
class Work:
    """What goes on beside the window."""

    scene: Scene
    loader: Loader
    sample: SampleOpening

    def is_busy(self) -> bool:
        """Return whether anything is being read or made."""
        return self.loader.is_busy or self.sample.is_busy

    def beat(self) -> None:
        """Take what workers have finished; tell how far the rest is."""
        self.scene.collect()
        self.loader.poll()


def _parts(session: Session, work: Work, kept: KeptSettings, preferences: Preferences) -> Parts:
    return Parts(
        session=session,
        scene=work.scene,
        opener=work.loader,
        preferences=preferences,
        keep_preferences=kept.keep_preferences,
        recent=kept.settings.recent,
        keep_recent=kept.keep_recent,
        state=WindowState(config_folder()),
        ask_for_sample=work.sample,
        find=find,
        save_picture=partial(picture_slices, work.scene),
    )


class Incomplete:
    """Tells what of a layer cannot be drawn: each kind of trouble once."""

    def __init__(self, window: MainWindow) -> None:
        """Tell it in this window."""
        self._window = window
        self._told: set[tuple[str, ...]] = set()

    def __call__(self, layer_id: str, report: Report) -> None:
        """Tell of one layer."""
        trouble = (layer_id, *(p.what for p in report.problems))
        layer = self._window.session.layers.get(layer_id)
        if trouble in self._told or layer is None:
            return
        self._told.add(trouble)
        heading = words.problems_in(layer.info.name, report.problems)
        self._window.notices.warning(heading, details=[words.problem(p) for p in report.problems])


@dataclass(frozen=True, slots=True)
class Begin:
    """What happens once the window is on screen."""

    window: MainWindow
    wishes: Wishes

    def __call__(self) -> None:
        """Open what was asked for."""
        if self.wishes.flows:
            self.window.__dict__["flow_desk"].show_when_open(self.wishes.flows)  # as the next
        if self.wishes.joins:
            self.window.__dict__["join_desk"].join_when_open(self.wishes.joins)  # a desk brings itself
        if self.wishes.meeting is not None:
            self.window.__dict__["meeting_desk"].start_when_open(self.wishes.meeting)
        if self.wishes.paths:
            self.window.files.open_paths(self.wishes.paths, crs=self.wishes.crs)
        elif not self.wishes.is_empty:
            self.window.open_sample()


@dataclass(frozen=True, slots=True)
class Unexpected:
    """The outer wall: an error nobody expected is told and logged; the window and what it shows stay."""

    window: MainWindow

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Tell a person, and write the traceback to the log."""
        if issubclass(kind, KeyboardInterrupt):
            self.window.close()
            return
        log.error("unexpected", exc_info=(kind, error, trace))
        self.window.notices.error(error)
