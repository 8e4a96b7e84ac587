"""The main window: the city in the middle, panels around it, every act in reach. It assembles and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QTabWidget, QToolBar, QWidget

from layers.scene import Scene
from twin.errors import PictureError
from twin.layer import Layer
from twin.session import Camera, Composition, Session
from ui import words
from ui.actions import fill_menu_bar, fill_tool_bar, make_actions, set_keys
from ui.appearance import Appearance
from ui.bookmarks import Bookmarks
from ui.camera_acts import CameraActs
from ui.desks import attach_desks
from ui.dialogs import Dialogs
from ui.dock import make_dock, scrolled
from ui.files import Files, Opener, SampleAsker
from ui.inspector import Inspector
from ui.keys import Binding, bindings
from ui.layer_panel import LayerPanel
from ui.legend_panel import LegendPanel
from ui.mouse import MouseStyle, Tool
from ui.nav_pad import NavPad
from ui.notices import Notices
from ui.picture_dialog import PictureWish, SavePicture
from ui.place_menu import PlaceMenu
from ui.preferences import Preferences
from ui.readings import Readings
from ui.scene_view import SceneView
from ui.search_box import Finder, SearchBox
from ui.selection_acts import SelectionActs
from ui.start_panel import StartPanel
from ui.status import StatusBar
from ui.style_panel import StylePanel
from ui.window_state import WindowState


def _no_picture(_session: Session, _camera: Camera, _wish: PictureWish) -> Iterator[None]:
    raise PictureError(words.NO_PICTURES)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a window is made of; all of it is given from outside."""

    session: Session
    scene: Scene
    opener: Opener
    preferences: Preferences
    keep_preferences: Callable[[Preferences], None] = field(default=lambda _preferences: None)
    recent: tuple[str, ...] = ()
    keep_recent: Callable[[list[str]], None] = field(default=lambda _paths: None)
    state: WindowState | None = None
    ask_for_sample: SampleAsker | None = None
    find: Finder = field(default=lambda _session, _text: ())
    save_picture: SavePicture = field(default=_no_picture)


class MainWindow(QMainWindow):
    """One window over one session."""

    def __init__(self, parts: Parts) -> None:
        """Put the window together."""
        super().__init__()
        self.parts, self.session = parts, parts.session
        self.setWindowTitle(words.APP)
        self.setAcceptDrops(True)
        self.table = bindings(parts.preferences.keys)
        self._first_camera = self.session.camera
        """Where the window looks until a person moves: more layers that come meanwhile move it too."""
        self.actions_by_id = make_actions(self, self.table)
        self.view = SceneView(parts.scene, self.session)
        self.view.set_bindings(self.table)
        self.setCentralWidget(self.view)
        self.notices = Notices(self.view)
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self.camera = CameraActs(self.view, self.session)
        self.files = Files(self, self.session, parts.opener, self.notices, self.status)
        if parts.ask_for_sample is not None:
            self.files.ask_for_sample = parts.ask_for_sample
        self._make_panels()
        self._make_overlays()
        self.selection = SelectionActs(self.view, self.session, self.layers.current_id)
        self.place_menu = PlaceMenu(self.view, self.session)
        self.bookmarks = Bookmarks(self.session, self.camera, self.notices)
        self._make_bars()
        self.appearance = Appearance(self, self.session, self.actions_by_id, parts.preferences.text_percent)
        self.readings = Readings(self.view, self.session, self.status)
        self.dialogs = Dialogs(self)
        self._connect()
        attach_desks(self)
        self._follow_layers()
        self._is_new = parts.state is None or not parts.state.bring_back(self)
        self._was_shown = False
        if self._is_new:
            screen = self.screen().availableGeometry()
            self.resize(min(1360, screen.width()), min(860, screen.height()))

    # putting together

    def _make_panels(self) -> None:
        self.layers = LayerPanel(self.session, self.colours_of)
        self.inspector = Inspector(self.session)
        self.style_panel = StylePanel(self.session, self.parts.scene.legends)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(scrolled(self.inspector), words.DOCKS["selection"])
        self.tabs.addTab(self.style_panel, words.DOCKS["style"])
        self.tabs.setAccessibleName(words.RIGHT_PANEL)
        self.left = self._dock("layers", self.layers, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.right = self._dock("selection", self.tabs, Qt.DockWidgetArea.RightDockWidgetArea)

    def _dock(self, name: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        title = words.RIGHT_PANEL if panel is self.tabs else words.DOCKS[name]
        dock = make_dock(name, title, panel)
        self.addDockWidget(area, dock)
        return dock

    def _make_overlays(self) -> None:
        self.nav = NavPad(self.view)
        self.legend = LegendPanel(self.view, beside=self.nav)
        self.search = SearchBox(self.view, self.session, self.parts.find)
        self.start = StartPanel(self.view)
        self.notices.raise_()

    def _make_bars(self) -> None:
        self.menus = fill_menu_bar(self.menuBar(), self.actions_by_id)
        bar = QToolBar(words.TOOL_BAR)
        bar.setObjectName("tool_bar")
        bar.setMovable(False)
        fill_tool_bar(bar, self.actions_by_id)
        self.addToolBar(bar)
        self.tool_bar = bar
        for dock in (self.left, self.right):
            self.menus["docks"].addAction(dock.toggleViewAction())
        self.menus["recent"].aboutToShow.connect(self._fill_recent)

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what each act of keys.BINDINGS does."""
        return {
            **self.camera.acts(),
            **self.selection.acts(),
            **self.bookmarks.acts(),
            **self.appearance.acts(),
            **self.dialogs.acts(),
            "open": self.files.ask_for_files,
            "open_sample": self.open_sample,
            "close_all": self.close_all,
            "quit": self.close,
            "undo": self.session.undo,
            "redo": self.session.redo,
            "search": self.search.open,
            "mouse_map": partial(self.view.set_mouse_style, MouseStyle.MAP),
            "mouse_cad": partial(self.view.set_mouse_style, MouseStyle.CAD),
            "rectangle": self.toggle_rectangle,
            "legend": self.toggle_legend,
            "panels": self.toggle_panels,
            "full_screen": self.toggle_full_screen,
            "leave": self.leave,
        }

    def _connect(self) -> None:
        for act, slot in self.acts().items():
            self.actions_by_id[act].triggered.connect(partial(_call, slot))
        self.layers.open_asked.connect(self.files.ask_for_files)
        self.layers.zoom_asked.connect(self.camera.zoom_layer)
        self.layers.info_asked.connect(self.dialogs.layer_info)
        self.layers.kind_asked.connect(self.dialogs.change_kind)
        self.layers.chosen.connect(self.style_panel.show_layer)
        self.inspector.zoom_asked.connect(self.camera.zoom_selection)
        self.search.found.connect(self._found)
        self.start.open_asked.connect(self.files.ask_for_files)
        self.start.sample_asked.connect(self.open_sample)
        self.start.cancel_asked.connect(self.status.cancel_all)
        self.status.progress.connect(self.start.show_progress)
        self.start.recent_asked.connect(self.files.open_path)
        self.files.recent_changed.connect(self.start.set_recent)
        self.files.recent_changed.connect(self.parts.keep_recent)
        self.legend.closed.connect(self.toggle_legend)
        self._connect_view()
        self.session.layers_changed.connect(self._layers_changed)
        self.session.composition_changed.connect(self._composition_changed)
        self.files.set_recent(self.parts.recent)
        self.apply_preferences(self.parts.preferences)

    def _connect_view(self) -> None:
        view, nav, camera = self.view, self.nav, self.camera
        view.camera_moved.connect(self._camera_moved)
        view.tool_changed.connect(self._tool_changed)
        view.standing_changed.connect(self._standing_changed)
        view.failed.connect(self.notices.error)
        view.drawn.connect(self._drawn)
        for signal, slot in (
            (nav.north, camera.north),
            (nav.flatter, camera.flatter),
            (nav.steeper, camera.steeper),
            (nav.home, camera.home),
            (nav.nearer, camera.zoom_in),
            (nav.farther, camera.zoom_out),
        ):
            signal.connect(slot)
        self.actions_by_id["legend"].setChecked(True)

    def apply_preferences(self, preferences: Preferences) -> None:
        """Take preferences: text size, mouse, coordinates, keys."""
        self.appearance.set_text(preferences.text_percent)
        self.view.set_mouse_style(preferences.mouse)
        self.view.motion.is_smooth = preferences.is_motion_smooth
        self.actions_by_id[f"mouse_{preferences.mouse}"].setChecked(True)
        self.status.set_format(preferences.coordinates)
        self.set_table(bindings(preferences.keys))

    def set_table(self, table: tuple[Binding, ...]) -> None:
        """Take another table of keys."""
        self.table = table
        self.view.set_bindings(table)
        for binding in table:
            if binding.act in self.actions_by_id:
                set_keys(self.actions_by_id[binding.act], binding.keys)

    # following

    def colours_of(self, layer_id: str) -> tuple[str, ...]:
        """Return the colours of a layer for its swatch."""
        for legend in self.parts.scene.legends():
            if legend.layer_id == layer_id:
                return legend.stops or tuple(entry.color for entry in legend.entries)[:6]
        style = self.session.composition.state(layer_id).style
        return (style.color,) if style.color else (self.palette().mid().color().name(),)

    def _layers_changed(self, old: dict[str, Layer], new: dict[str, Layer]) -> None:
        if len(new) > len(old) and (not old or self.view.camera in {Camera(), self._first_camera}):
            self.camera.jump_to_city()
            self._first_camera = self.view.camera
        self._follow_layers()

    def _composition_changed(self, _old: Composition, _new: Composition) -> None:
        self._follow_layers()

    def _follow_layers(self) -> None:
        is_empty = not self.session.layers
        self.start.setVisible(is_empty)
        self.start.lower() if not is_empty else self.start.raise_()
        self.notices.raise_()
        self.nav.setVisible(not is_empty)
        legends = self.parts.scene.legends()
        self.legend.set_legends(legends)
        self.layers.fill()
        self.style_panel.refresh_legends()
        self.style_panel.show_layer(self.layers.current_id())
        self.status.set_frame(self.session.frame)
        for act, is_on in (
            ("undo", self.session.can_undo),
            ("redo", self.session.can_redo),
            ("close_all", not is_empty),
            ("save_picture", not is_empty),
            ("zoom_selection", not is_empty),
            ("search", not is_empty),
        ):
            self.actions_by_id[act].setEnabled(is_on)
        names = [s.name or self.session.layers[s.layer_id].info.name for s in self.session.composition.layers
                 if s.layer_id in self.session.layers]  # fmt: skip
        self.setWindowTitle(words.window_title(names))

    def _camera_moved(self, camera: Camera) -> None:
        self.nav.compass.set_camera(camera)
        self.actions_by_id["parallel"].setChecked(camera.is_parallel)

    def _tool_changed(self, tool: Tool) -> None:
        self.actions_by_id["rectangle"].setChecked(tool is Tool.RECTANGLE)
        self.actions_by_id["stand"].setChecked(tool is Tool.STAND or self.view.is_standing)
        if tool is not Tool.NONE:
            self.notices.info(words.TOOL_HINTS[tool])

    def _standing_changed(self, is_standing: bool) -> None:  # noqa: FBT001  Qt's signal
        self.actions_by_id["stand"].setChecked(is_standing)
        if is_standing:
            self.notices.info(words.STANDING_HINT)

    def _drawn(self) -> None:
        self.nav.compass.set_camera(self.view.camera)

    def _found(self, layer_id: str, row: int, point: object) -> None:
        layer = self.session.layers.get(layer_id)
        if layer is not None:
            self.session.select(layer_id, [row])
            self.camera.zoom_rows(layer, (row,))
        elif isinstance(point, tuple):
            self.view.mouse.fly_to_point(point)

    # acts of the window itself

    def open_sample(self) -> None:
        """Open the sample city."""
        self.files.open_sample()

    def close_all(self) -> None:
        """Close every layer."""
        for layer_id in list(self.session.layers):
            self.session.remove_layer(layer_id)
        self.layers.fill()
        self._follow_layers()

    def picture_saved(self, path: str) -> None:
        """Tell where a picture went."""
        self.notices.info(words.picture_saved(path))

    def toggle_rectangle(self) -> None:
        """Take the rectangle in hand, or put it down."""
        is_on = self.view.mouse.tool is Tool.RECTANGLE
        self.view.set_tool(Tool.NONE if is_on else Tool.RECTANGLE)

    def toggle_legend(self) -> None:
        """Show or hide the legend."""
        self.legend.set_wanted(not self.legend.is_wanted())
        self.actions_by_id["legend"].setChecked(self.legend.is_wanted())

    def toggle_panels(self) -> None:
        """Hide all panels and bars, or bring them back."""
        shown = any(dock.isVisible() for dock in (self.left, self.right))
        for widget in (self.left, self.right, self.tool_bar):
            widget.setVisible(not shown)
        self.view.setFocus()

    def toggle_full_screen(self) -> None:
        """Fill the screen, or give it back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        self.actions_by_id["full_screen"].setChecked(self.isFullScreen())

    def leave(self) -> None:
        """Leave, one thing at a time: the search, the tool, standing, the selection."""
        if self.search.isVisible():
            self.search.close_box()
        elif self.view.mouse.tool is not Tool.NONE:
            self.view.set_tool(Tool.NONE)
        elif self.view.is_standing:
            self.view.stop_standing()
        else:
            self.session.select("", ())
            self.notices.clear()

    def _fill_recent(self) -> None:
        menu: QMenu = self.menus["recent"]
        menu.clear()
        for path in self.files.recent:
            action: QAction = menu.addAction(Path(path).name)
            action.setToolTip(path)
            action.triggered.connect(partial(self.files.open_path, path))
        if not self.files.recent:
            menu.addAction(words.NOTHING_RECENT).setEnabled(False)

    # Qt's own

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802  Qt's name
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802  Qt's name
        """Open what was dropped."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.files.open_paths(paths)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Give the panels their first widths; only a window that is shown has room to divide."""
        super().showEvent(event)
        if not self._was_shown and not self._is_new and self.parts.state is not None:
            self.parts.state.bring_back_docks(self)
        self._was_shown = True
        if self._is_new:
            self._is_new = False
            em = self.fontMetrics().averageCharWidth()
            widths = [min(36 * em, self.width() // 4), min(44 * em, self.width() // 3)]
            self.resizeDocks([self.left, self.right], widths, Qt.Orientation.Horizontal)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        """Keep the full-screen act in step with the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and hasattr(self, "actions_by_id"):
            self.actions_by_id["full_screen"].setChecked(self.isFullScreen())

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """Keep the arrangement, stop everything that runs."""
        if self.parts.state is not None:
            self.parts.state.keep(self)
        self.parts.keep_preferences(self.dialogs.preferences_now())
        self.files.cancel_all()
        self.notices.clear()
        self.readings.stop()
        self.view.stop()
        super().closeEvent(event)


def _call(slot: Callable[[], object], _is_checked: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's triggered(bool)
    slot()
