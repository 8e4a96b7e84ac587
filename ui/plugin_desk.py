"""Plugins in the window: the panel, what it asks for, and layers made of what plugins give."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QMessageBox

from plugins.contract import Kind as FrameKind
from plugins.received import Received
from plugins.results import answer_of
from plugins.run import State
from twin.alarms import Alarm
from twin.errors import TwinError
from twin.layer import Layer
from twin.place import Area, local_from_lonlat
from ui import plugin_words as words
from ui.dock import make_dock, scrolled
from ui.plugin_city import Decisions, project_paths
from ui.plugin_layers import analysis_run, layer_kind, layers_with_values, styled, write_result_file
from ui.plugin_moving import MovingPlugins
from ui.plugin_panel import PluginPanel
from ui.plugin_picking import PluginPicking
from ui.plugin_results import kept_run, orphans, parameters_of, result_of, run_of_key
from ui.plugin_shelf import Entry, PluginShelf
from ui.project_desk import ProjectDesk

if TYPE_CHECKING:
    from ui.main_window import MainWindow

TURN_MS = 20
PANEL_MS = 250
WARM_MS = 4000
"""The fork server is started this long after the window, when there is time."""


def attach(window: MainWindow) -> None:
    """Give a window its plugins."""
    window.plugin_desk = PluginDesk(window)  # type: ignore[attr-defined]


class PluginDesk(QObject):
    """Carries out what the panel asks for."""

    def __init__(self, window: MainWindow) -> None:
        """Make the dock, hidden at first; nothing is looked for before it is shown."""
        super().__init__(window)
        self._window, self._session = window, window.session
        self.shelf = PluginShelf(window.session, self._decisions, self._projects)
        self.shelf.alarms = self._alarms
        self.shelf.folder = self._folder
        self.shelf.on_frame, self.shelf.on_over = self._frame, self._over
        self.moving = MovingPlugins(window, self.shelf, self._hide_buildings)
        self.panel, self.picking = PluginPanel(), PluginPicking(window)
        self.dock = make_dock("plugins", words.PANEL, scrolled(self.panel))
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        window.tabifyDockWidget(window.right, self.dock)  # it needs the window's height
        self.dock.hide()
        window.menus["docks"].addAction(self.dock.toggleViewAction())
        self.key = ""
        """The chosen plugin."""
        self.area: list[list[float]] = []
        self._writing: dict[str, tuple[Future[Path | None], Received]] = {}
        self._results: dict[str, dict[str, Any]] = {}
        self._timer, self._panel_timer = QTimer(self), QTimer(self)
        self._timer.setInterval(TURN_MS)
        self._panel_timer.setInterval(PANEL_MS)
        self._connect()

    def _connect(self) -> None:
        panel, window = self.panel, self._window
        self._timer.timeout.connect(self._turn)
        self._panel_timer.timeout.connect(self._show)
        self.dock.visibilityChanged.connect(self._visibility_changed)
        window.actions_by_id["plugins"].triggered.connect(self.open)
        panel.chosen.connect(self.choose)
        panel.refresh_asked.connect(self.refresh)
        panel.run_asked.connect(self.run)
        panel.stop_asked.connect(self.stop)
        panel.allow_asked.connect(self.allow)
        panel.reload_asked.connect(self.reload)
        panel.enable_asked.connect(self.enable)
        panel.pick_asked.connect(self.pick)
        panel.area_asked.connect(self.draw_area)
        panel.row_chosen.connect(self._fly_to_row)
        window.installEventFilter(self)

    @property
    def entry(self) -> Entry | None:
        """Return the chosen plugin."""
        return self.shelf.entries.get(self.key)

    def _project(self) -> ProjectDesk | None:
        return self._window.findChild(ProjectDesk)

    def _decisions(self) -> Decisions:
        desk = self._project()
        return desk.state.kept.project.personal if desk is not None else {}

    def _alarms(self) -> tuple[Alarm, ...]:
        desk = self._project()
        return desk.state.kept.project.alarms if desk is not None else ()

    def _projects(self) -> list[Path]:
        return project_paths(self._session, self._folder())

    def _folder(self) -> Path | None:
        desk = self._project()
        return desk.state.home if desk is not None else None

    # what the panel asks for

    def open(self) -> None:
        """Show the panel."""
        self.dock.show()
        self.dock.raise_()
        self.panel.list.setFocus()

    def _visibility_changed(self, is_visible: bool) -> None:  # noqa: FBT001  Qt's signal
        if is_visible and not self.shelf.entries:
            self.refresh()

    def refresh(self) -> None:
        """Look for plugins again."""
        self.shelf.host.warm_up()
        self.shelf.refresh()
        self._timer.start()
        self._panel_timer.start()
        self._show_list()

    def choose(self, key: str) -> None:
        """Show one plugin."""
        self.key = key
        self.area = []
        self.panel.where.setCurrentIndex(0)
        self._show_list()
        self._show_chosen()

    def _show_chosen(self) -> None:
        entry, composition = self.entry, self._session.composition
        run = kept_run(composition, entry.id) if entry is not None else run_of_key(composition, self.key)
        self.panel.show_entry(entry)
        self.panel.show_result(self._results.get(self.key) or (result_of(run) if run is not None else None))
        if entry is None or entry.described is None:
            self.panel.clear_form()
            return
        if run is not None and not entry.layer_id and run.layer_id in self._session.layers:
            entry.layer_id, self.area = run.layer_id, json.loads(run.area)
            self.panel.where.setCurrentIndex(1 if self.area else 0)
        values = entry.parameters or (parameters_of(run) if run is not None else {})
        self.panel.show_form(entry, self._session.layers, [s.name for s in composition.scenarios], values)

    def _show_list(self) -> None:
        kept = orphans(self._session.composition, (entry.id for entry in self.shelf.entries.values()))
        self.panel.show_list(self.shelf.entries, self.key, kept)

    def run(self) -> None:
        """Start the chosen plugin with what the form says, after asking where that is needed."""
        entry, form = self.entry, self.panel.form
        if entry is None or entry.described is None or form is None:
            return
        if not self._session.layers:
            self._window.notices.info(words.NOTHING_OPEN)
            return
        try:
            parameters = form.values()
        except TwinError as error:
            self._window.notices.error(error)
            return
        wanted = self.shelf.missing_grants(entry)
        if wanted and not self._says_yes(words.question_grant(entry.title, wanted)):
            return
        if wanted:
            self.shelf.grant(entry)
        self.shelf.run(entry, parameters, self.area)
        self._timer.start()
        self._panel_timer.start()
        self._show()

    def _says_yes(self, question: str) -> bool:
        answer = QMessageBox.question(self._window, words.PANEL, question)
        return bool(answer == QMessageBox.StandardButton.Yes)

    def stop(self) -> None:
        """Stop the chosen plugin."""
        if self.entry is not None:
            self.shelf.stop(self.entry)

    def allow(self) -> None:
        """Ask whether the chosen file may be run."""
        entry = self.entry
        if entry is None:
            return
        facts = entry.found.facts
        wanted = [str(c) for c in facts.get("capabilities", ())]
        author = str(facts.get("author", ""))
        if self._says_yes(words.question_allow(Path(entry.found.path).name, author, entry.found.sha256, wanted)):
            self.shelf.allow(entry)
            self._timer.start()
            self._show_chosen()

    def reload(self) -> None:
        """Read the chosen plugin's file again."""
        if self.entry is not None:
            self.shelf.reload(self.entry)
            self._timer.start()
            self._show_chosen()

    def enable(self, is_enabled: bool) -> None:  # noqa: FBT001  Qt's signal
        """Let the chosen plugin run, or not."""
        if self.entry is not None:
            self.shelf.set_enabled(self.entry, is_enabled=is_enabled)
            self._show()

    def pick(self, name: str, kind: str) -> None:
        """Pick a parameter's value on the map."""
        self._window.notices.info(words.PICK_HINTS[kind])
        self.picking.begin(kind, partial(self._picked, name))

    def _picked(self, name: str, points: Sequence[Sequence[float]]) -> None:
        if self.panel.form is not None and name in self.panel.form.widgets:
            self.panel.form.set_picked(name, points)

    def draw_area(self) -> None:
        """Draw the area that the plugin is to look at."""
        self._window.notices.info(words.PICK_HINTS["area"])
        self.picking.begin("area", self._area_drawn)

    def _area_drawn(self, points: Sequence[Sequence[float]]) -> None:
        self.area = [list(p) for p in points]

    # what comes

    def _turn(self) -> None:
        is_busy = self.shelf.poll()
        for key in list(self._writing):
            self._written(key)
        self.moving.turn()
        if not is_busy and not self._writing and not self.moving.is_busy:
            self._timer.stop()
            if not self.dock.isVisible():
                self._panel_timer.stop()
            self._show()

    def _show(self) -> None:
        for entry in self.shelf.entries.values():
            self.moving.tell(entry)
        if self.dock.isVisible():
            self._show_list()
            self.panel.show_state(self.entry)

    def _key_of(self, entry: Entry) -> str:
        return entry.found.path or str(entry.found.reference)

    def _frame(self, entry: Entry, received: Received) -> None:
        """Make a layer of a frame: at once of what is live, by a file of what is to stay."""
        assert entry.described is not None
        key, info = self._key_of(entry), entry.described.info
        if not info["is_live"] or received.header["charts"] or received.header["tables"]:
            self._results[key] = answer_of(received)
            if key == self.key:
                self.panel.show_result(self._results[key])
        if info["is_live"]:
            self.moving.take(entry, received)
            return
        if received.header["form"] == "none" or key in self._writing:
            return
        city = self.shelf.opened(entry)
        self._writing[key] = self.shelf.later(partial(write_result_file, received, city, entry.id)), received
        self._timer.start()

    def _style(self, entry: Entry, layer: Layer, received: Received) -> None:
        composition = self._session.composition
        state = styled(composition.state(layer.info.id), received, entry.title)
        layers = tuple(state if s.layer_id == layer.info.id else s for s in composition.layers)
        self._session.set_composition(replace(composition, layers=layers), is_undoable=False)

    def _written(self, key: str) -> None:
        """Open a result's file once it is written."""
        future, received = self._writing[key]
        if not future.done():
            return
        del self._writing[key]
        entry = self.shelf.entries.get(key)
        error = future.exception()
        if entry is None or error is not None:
            if error is not None:
                self._window.notices.error(error)
            return
        path = future.result()
        if path is not None:
            self._window.parts.opener.open(
                str(path),
                kind=layer_kind(received),
                is_alone=False,
                on_progress=_nothing,
                on_done=partial(self._opened, entry, received),
                on_error=self._window.notices.error,
            )

    def _opened(self, entry: Entry, received: Received, layer: Layer) -> None:
        """Put a result in the place of the plugin's earlier one, and keep how it was made."""
        old, entry.layer_id = entry.layer_id, layer.info.id
        if old and old != layer.info.id and old in self._session.layers:
            self._session.remove_layer(old)
        self._style(entry, layer, received)
        if received.header["kind"] == FrameKind.VALUES:
            self._hide_buildings(layers_with_values(received))
        assert entry.described is not None
        parameters = entry.running.parameters if entry.running is not None else entry.parameters
        made = analysis_run(layer.info.id, received, entry.described.info, parameters, entry.area)
        composition = self._session.composition
        others = tuple(run for run in composition.analyses if run.layer_id not in {old, layer.info.id})
        self._session.set_composition(replace(composition, analyses=(*others, made)), is_undoable=False)
        received.discard()

    def _hide_buildings(self, shown_again: set[str]) -> None:
        """Hide the buildings that the result shows again with values: two walls cannot share one place."""
        composition = self._session.composition
        layers = tuple(
            replace(s, is_visible=s.is_visible and s.layer_id not in shown_again) for s in composition.layers
        )
        self._session.set_composition(replace(composition, layers=layers))
        self._window.notices.info(words.HIDDEN)

    def _over(self, entry: Entry) -> None:
        key = self._key_of(entry)
        running = entry.running
        if running is not None and running.state is State.FAILED and running.task.do == "run" and entry.sentence:
            has_layer = entry.layer_id in {*self._session.layers, *self._session.frames}
            self._window.notices.warning(words.failed(entry.title, entry.sentence, has_layer=has_layer))
        if key == self.key and self.panel.form is None:
            self._show_chosen()
        self._show()

    def _fly_to_row(self, line: int) -> None:
        """Fly to what a line of the result's table stands for."""
        shown = self.panel.result or {}
        columns = (shown.get("table") or {}).get("columns", {})
        run = run_of_key(self._session.composition, self.key)
        own = self.entry.layer_id if self.entry is not None else run.layer_id if run is not None else ""
        layer = self._session.layers.get(str(columns["layer"][line]) if "layer" in columns else own)
        if layer is not None and "row" in columns and columns["row"][line] is not None:
            row = int(columns["row"][line])
            self._session.select(layer.info.id, [row])
            self._window.camera.zoom_rows(layer, (row,))
        elif {"lon_deg", "lat_deg"} <= columns.keys() and self._session.frame is not None:
            place = columns["lon_deg"][line], columns["lat_deg"][line]
            if None not in place:
                [(x, y)] = local_from_lonlat(self._session.frame, np.array([place], float)).tolist()
                self._window.camera.zoom_area(Area(x, y, x, y))

    # the end

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """End all plugins with the window."""
        if watched is self._window and event.type() == QEvent.Type.Close:
            self.close()
        return False

    def close(self) -> None:
        """End everything that runs."""
        self._timer.stop()
        self._panel_timer.stop()
        self.picking.cancel()
        self.shelf.close()


def _nothing(*_: object) -> None:
    """Take what nobody waits for."""
