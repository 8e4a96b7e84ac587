"""Scenarios in the window: their panel, the drawing tools, today while C is held, comparing, figures."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QInputDialog

from layers.scene import Scene
from twin.errors import TwinError
from twin.scenario import Edit
from twin.scenario_moves import edit_scaled, edit_turned, middle_of, with_copies
from twin.session import Composition
from ui import scenario_words as words
from ui.dock import make_dock, scrolled
from ui.draw_desk import DrawDesk
from ui.draw_hand import copies_of
from ui.figures_dialog import FiguresDialog
from ui.other_side import OtherSide, beside
from ui.scenario_keeping import ScenarioKeeping
from ui.scenario_models import read_models, shape_of, shape_work
from ui.scenario_panel import ScenarioPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from layers.pick import Pick
    from ui.main_window import MainWindow

ACT_TOOLS = {"draw_building": "build", "demolish": "demolish"}


class ScenarioDesk(QObject):
    """Joins panel, tools and session."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window, self._view, self._session = window, window.view, window.session
        self.keeping = ScenarioKeeping(window.session)
        self.panel = ScenarioPanel(window.session)
        self.dock = make_dock("scenarios", words.PANEL, scrolled(self.panel))
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.dock)
        window.tabifyDockWidget(window.left, self.dock)
        window.left.raise_()
        self.dock.hide()
        window.menus["docks"].addAction(self.dock.toggleViewAction())
        self.drawing = DrawDesk(window, self.keeping)
        self.other: OtherSide | None = None
        self.figures: FiguresDialog | None = None
        self._held_scenario = ""
        self._is_reading: set[str] = set()
        self._connect()

    def _connect(self) -> None:
        panel, acts = self.panel, self._window.actions_by_id
        panel.shown_asked.connect(self.keeping.show)
        panel.act_asked.connect(self.do)
        panel.tool_asked.connect(self.take)
        panel.edits_marked.connect(self.drawing.show_marked)
        panel.turn_asked.connect(self.turn)
        panel.scale_asked.connect(self.scale)
        panel.copies_asked.connect(self.copy)
        panel.compared_changed.connect(self._compared_changed)
        panel.form.changed.connect(self._edit_changed)
        panel.form.refused.connect(self._window.notices.error)
        self.drawing.tool_changed.connect(panel.show_tool)
        self.drawing.made.connect(self._made)
        acts["scenarios"].triggered.connect(self.toggle)
        for act, tool in ACT_TOOLS.items():
            acts[act].triggered.connect(partial(self._tool_act, tool))
        acts["compare_swipe"].triggered.connect(partial(self._act, "swipe"))
        acts["compare_split"].triggered.connect(partial(self._act, "split"))
        acts["scenario_figures"].triggered.connect(partial(self._act, "figures"))
        acts["close_all"].triggered.connect(self._closed_all)
        self._view.clicked.connect(self._clicked)
        self._view.installEventFilter(self)
        self._session.composition_changed.connect(self._composition_changed)
        self._composition_changed(self._session.composition, self._session.composition)

    def _act(self, act: str, _is_on: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's triggered
        self.do(act)

    def _tool_act(self, tool: str, _is_on: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's triggered
        self.dock.show()
        self.take("" if self.drawing.tool == tool else tool)

    def toggle(self) -> None:
        """Show the panel, or put it away."""
        self.dock.setVisible(not self.dock.isVisible())
        if self.dock.isVisible():
            self.dock.raise_()

    def _closed_all(self) -> None:
        if not self._session.layers:  # they belong to the city that was closed
            self.stop_comparing()
            nothing = replace(self._session.composition, scenarios=(), scenario="", aside=())
            self._session.set_composition(nothing, is_undoable=False)

    # following

    def _composition_changed(self, _old: Composition, new: Composition) -> None:
        has_any = bool(new.scenarios)
        for act in ("compare_swipe", "compare_split", "scenario_figures"):
            self._window.actions_by_id[act].setEnabled(has_any)
        if not has_any:
            self.stop_comparing()
        self._read_models()

    def _read_models(self) -> None:
        """Read models in a worker where there is one, else here."""
        from ui.scenario_models import models_wanted  # noqa: PLC0415  a name of this method only

        wanted = {p: z for p, z in models_wanted(self._session).items() if p not in self._is_reading}
        ask: Callable[..., None] | None = getattr(self._window.parts.opener, "ask", None)
        if wanted and ask is None:
            self._is_reading |= wanted.keys()
            for line in read_models(self._session).sentences():
                self._window.notices.info(line)
            return
        for path, is_z_up in wanted.items():
            self._is_reading.add(path)
            assert ask is not None
            ask(
                shape_work, path, is_z_up, on_found=partial(self._model_read, path), on_error=self._window.notices.error
            )

    def _model_read(self, path: str, arrays: Mapping[str, Any]) -> None:
        self._session.put_models({path: shape_of(arrays)})

    # hands

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Show today while C is held in the picture."""
        if watched is not self._view:
            return False
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_C and not event.modifiers():
            if event.type() == QEvent.Type.KeyPress:
                if not event.isAutoRepeat():
                    self.hold_today(is_held=True)
                return True
            if event.type() == QEvent.Type.KeyRelease:
                if not event.isAutoRepeat():
                    self.hold_today(is_held=False)
                return True
        if event.type() == QEvent.Type.FocusOut:
            self.hold_today(is_held=False)
        return False

    def hold_today(self, *, is_held: bool) -> None:
        """Show the city as it is for as long as the key is down; nothing is changed by it."""
        shown = self._session.composition.scenario
        if is_held and shown and not self._held_scenario:
            self._held_scenario = shown
            self.keeping.show("", is_undoable=False)
        elif not is_held and self._held_scenario:
            back, self._held_scenario = self._held_scenario, ""
            if any(s.id == back for s in self._session.composition.scenarios):
                self.keeping.show(back, is_undoable=False)

    def _clicked(self, pick: Pick | None, _is_added: bool) -> None:  # noqa: FBT001  Qt's signal
        edit_id = self.keeping.edit_id_at(pick.layer_id, pick.row) if pick is not None else ""
        if edit_id:
            self.panel.mark([edit_id])
            self.dock.show()
        elif self.panel.marked_ids():
            self.panel.mark([])

    # acts

    def do(self, act: str) -> None:
        """Do what a button asks for."""
        shown = self.keeping.scenario()
        match act:
            case "new":
                self._ask_name(words.NEW_NAME, self.keeping.new)
            case "duplicate" if shown is not None:
                self._ask_name(words.COPY_OF.format(shown.name), self.keeping.duplicate)
            case "rename" if shown is not None:
                self._ask_name(shown.name, self.keeping.rename)
            case "delete":
                self.keeping.delete()
            case "remove_edits":
                self.keeping.remove(self.panel.marked_ids())
            case "swipe" | "split":
                self.compare(is_split=act == "split")
            case "figures":
                self.show_figures()

    def _ask_name(self, usual: str, then: Callable[[str], object]) -> None:
        name, is_given = QInputDialog.getText(self._window, words.PANEL, words.NAME_ASKED, text=usual)
        if is_given and name.strip():
            then(name)

    def take(self, tool: str) -> None:
        """Take a drawing tool in hand; for a model its file is asked for first."""
        if tool == "model":
            path, _ = QFileDialog.getOpenFileName(self._window, words.CHOOSE_MODEL, "", words.MODEL_FILES)
            if not path:
                self.panel.show_tool(self.drawing.tool)
                return
            self.drawing.model_path = str(Path(path).absolute())
        self.drawing.take(tool)

    def _made(self, edit_id: str) -> None:
        self.panel.fill()
        self.panel.mark([edit_id])

    def _edit_changed(self, edit: Edit) -> None:
        self.keeping.put(edit)

    def turn(self, clockwise_deg: float) -> None:
        """Turn the marked edits about their middle."""
        marked, frame = self.panel.marked(), self._session.frame
        if marked and frame is not None:
            about = middle_of(marked, frame)
            self.keeping.put_all(edit_turned(e, frame, clockwise_deg, about) for e in marked)

    def scale(self, factor: float) -> None:
        """Make the marked edits larger or smaller about their middle."""
        marked, frame = self.panel.marked(), self._session.frame
        if marked and frame is not None:
            about = middle_of(marked, frame)
            self.keeping.put_all(edit_scaled(e, frame, factor, about) for e in marked)

    def copy(self, count: int, apart_m: float, heading_deg: float) -> None:
        """Copy the marked edits in a row."""
        marked, frame, shown = self.panel.marked(), self._session.frame, self.keeping.scenario()
        if marked and frame is not None and shown is not None:
            steps = copies_of(apart_m, heading_deg, count)
            self.keeping.put_scenario(with_copies(shown, marked, frame, steps))

    # comparing

    def compare(self, *, is_split: bool) -> None:
        """Show two scenarios at once, by a line or as two views; the same again ends it."""
        if self.other is not None and self.other.is_split == is_split:
            self.stop_comparing()
            return
        composition = self._session.composition
        if not composition.scenarios or not self._session.layers:
            self._window.notices.info(words.NEEDS_TWO)
            self._show_comparing()
            return
        if self.other is None:
            self._begin_comparing()
        if self.other is not None:
            self.other.set_split(is_split=is_split)
        self._show_comparing()

    def _begin_comparing(self) -> None:
        composition = self._session.composition
        if self.panel.other_id() == composition.scenario:  # two sides of the same say nothing
            others = ["", *(s.id for s in composition.scenarios)]
            wanted = next(i for i in others if i != composition.scenario)
            self.panel.other.setCurrentIndex(max(self.panel.other.findData(wanted), 0))
        try:
            other = beside(self._session, self.panel.other_id())
            scene = self._window.parts.scene
            workers = getattr(scene, "_workers", None)
            second = Scene(other, jobs=workers, memory_bytes=scene.memory_bytes)
        except TwinError as error:
            self._window.notices.error(error)
            return
        self.other = OtherSide(self._view, self._session, second, other)
        self.other.failed.connect(self._window.notices.error)
        self.other.show()
        self.other.lower()
        self.other.pictures.resize()

    def stop_comparing(self) -> None:
        """Show one scenario again."""
        if self.other is not None:
            self.other.stop()
            self.other = None
        self._show_comparing()

    def _show_comparing(self) -> None:
        for act, is_split in (("swipe", False), ("split", True)):
            is_on = self.other is not None and self.other.is_split == is_split
            self.panel.buttons[act].setChecked(is_on)
            self._window.actions_by_id[f"compare_{act}"].setChecked(is_on)

    def _compared_changed(self, scenario_id: str) -> None:
        if self.other is not None:
            self.other.show_scenario(scenario_id)

    # figures

    def show_figures(self) -> None:
        """Show the table and chart of figures."""
        if self.figures is not None:
            self.figures.close()
        self.figures = FiguresDialog(self._window, self._session)
        self.figures.show()


def attach(window: MainWindow) -> None:
    """Add scenarios to a window."""
    ScenarioDesk(window)
