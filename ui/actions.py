"""The acts as Qt actions: made from the table of keys and the words, laid out in menus and a tool bar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar, QSizePolicy, QToolBar, QWidget

from ui import words
from ui.icons import set_icon
from ui.keys import Binding, Focus

ICONS = {
    "open": "open",
    "open_sample": "city",
    "close_all": "close",
    "save_picture": "picture",
    "quit": "quit",
    "undo": "undo",
    "redo": "redo",
    "search": "search",
    "preferences": "preferences",
    "north": "compass",
    "top": "top",
    "home": "home",
    "parallel": "parallel",
    "stand": "stand",
    "view_back": "back",
    "view_forward": "forward",
    "rectangle": "rectangle",
    "measure_distance": "measure",
    "cut_plane": "cut",
    "exhibit": "picture",
    "sun": "light",
    "theme_light": "light",
    "theme_dark": "dark",
    "table": "table",
    "export_rows": "export",
    "legend": "legend",
    "palette": "palette",
    "key_sheet": "keys",
    "about": "info",
    "doctor": "info",
    "notices": "info",
    "zoom_selection": "zoom_to",
    "zoom_in": "add",
    "zoom_out": "minus",
}
CHECKABLE = {
    "compare_swipe", "compare_split",
    "measure_distance", "measure_height", "measure_area", "measure_angle", "measure_elevation", "cut_plane", "cut_box",
    "parallel", "rectangle", "stand", "mouse_map", "mouse_cad", "theme_light", "theme_dark", "legend", "table",
    "full_screen", "follow_files",
}  # fmt: skip
GROUPS = (("mouse_map", "mouse_cad"), ("theme_light", "theme_dark"))
SEPARATOR, SPACE = "-", "~"

PROJECT = ("new_project", "open_project", "save_project", "save_project_as", "pack_project")
FILE = (
    *PROJECT, SEPARATOR, "open", "open_database", "open_address", "open_map", "open_sample", ">recent", SEPARATOR,
    "save_picture", "exhibit", "export_rows", "export_city", SEPARATOR, "reload_layer", "close_all", "quit",
)  # fmt: skip
EDIT = (
    "undo", "redo", SEPARATOR, "search", "select_all", "select_none", "select_invert", SEPARATOR,
    "corrections", SEPARATOR, "preferences",
)  # fmt: skip
VIEW = (
    "home", "north", "top", ">elevations", "parallel", "stand", SEPARATOR,
    "zoom_in", "zoom_out", "zoom_selection", "view_back", "view_forward", ">bookmarks", ">views", "keep_view",
    SEPARATOR,
    ">mouse", "sun", ">theme", ">text", SEPARATOR, "table", "legend", "panels", ">docks", "full_screen",
)  # fmt: skip
SUBMENUS: dict[str, tuple[str, ...]] = {
    "live": (
        "live_data",
        "open_recording",
        "flows_table",
        SEPARATOR,
        "play",
        "to_begin",
        "go_live",
        SEPARATOR,
        "follow_files",
        "changes",
        "clear_changes",
        SEPARATOR,
        "alarms",
        "figures",
    ),
    "measure": ("measure_distance", "measure_height", "measure_area", "measure_angle", "measure_elevation"),
    "cut": (
        "cut_plane",
        "cut_box",
        "cut_view",
        SEPARATOR,
        "cut_nearer",
        "cut_farther",
        "cut_turn_left",
        "cut_turn_right",
        SEPARATOR,
        "cut_off",
    ),
    "scenario": (
        "scenarios",
        SEPARATOR,
        "draw_building",
        "demolish",
        SEPARATOR,
        "compare_swipe",
        "compare_split",
        "scenario_figures",
    ),
    "recent": (),
    "views": (),
    "elevations": ("elevation_south", "elevation_east", "elevation_north", "elevation_west"),
    "mouse": ("mouse_map", "mouse_cad"),
    "theme": ("theme_light", "theme_dark"),
    "text": ("text_larger", "text_smaller", "text_normal"),
    "docks": (),
    "bookmarks": (*(f"bookmark_{n}" for n in range(1, 10)), SEPARATOR, ">keep_bookmark"),
    "keep_bookmark": tuple(f"set_bookmark_{n}" for n in range(1, 10)),
}
TOOLS = (
    "story", "present", "meeting", SEPARATOR, "plugins", "join_table", "data_doctor", ">live",
    "rectangle", ">measure", ">cut", ">scenario", "leave",
)  # fmt: skip
HELP = ("palette", "key_sheet", SEPARATOR, "notices", "doctor", "about")
MENU_BAR = {"file": FILE, "edit": EDIT, "view": VIEW, "tools": TOOLS, "help": HELP}
TOOL_BAR = (
    "open", "save_picture", SEPARATOR, "undo", "redo", SEPARATOR, "home", "top", "parallel", "stand", SEPARATOR,
    "rectangle", "measure_distance", "cut_plane", "table", "legend", SEPARATOR, "view_back", "view_forward", SPACE,
    "search", "palette",
)  # fmt: skip


def make_actions(window: QMainWindow, table: Iterable[Binding]) -> dict[str, QAction]:
    """Return one action for each act that is listened to everywhere, added to the window."""
    actions = {}
    for binding in table:
        if binding.focus is not Focus.WINDOW:
            continue
        text, tip = words.ACTS[binding.act]
        action = QAction(text, window)
        action.setObjectName(binding.act)
        action.setStatusTip("")
        action.setCheckable(binding.act in CHECKABLE)
        action.setMenuRole(QAction.MenuRole.QuitRole if binding.act == "quit" else QAction.MenuRole.TextHeuristicRole)
        set_keys(action, binding.keys, tip)
        if binding.act in ICONS:
            set_icon(action, ICONS[binding.act])
        window.addAction(action)
        actions[binding.act] = action
    for names in GROUPS:
        group = QActionGroup(window)
        for name in names:
            group.addAction(actions[name])
    return actions


def set_keys(action: QAction, keys: Iterable[str], tip: str | None = None) -> None:
    """Give an action its keys and tell them in its tip."""
    text = words.ACTS[action.objectName()][1] if tip is None else tip
    sequences = [QKeySequence(key) for key in keys]
    action.setShortcuts(sequences)
    shown = sequences[0].toString(QKeySequence.SequenceFormat.NativeText) if sequences else ""
    action.setToolTip(f"{text} ({shown})" if shown else text)


def fill_menu_bar(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Lay the actions out in menus; returns the menus by name, submenus too."""
    menus: dict[str, QMenu] = {}
    for name, entries in MENU_BAR.items():
        menus[name] = bar.addMenu(words.MENUS[name])
        _fill(menus[name], entries, actions, menus)
    return menus


def _fill(menu: QMenu, entries: Iterable[str], actions: Mapping[str, QAction], menus: dict[str, QMenu]) -> None:
    for entry in entries:
        if entry == SEPARATOR:
            menu.addSeparator()
        elif entry.startswith(">"):
            name = entry[1:]
            menus[name] = menu.addMenu(words.MENUS[name])
            _fill(menus[name], SUBMENUS[name], actions, menus)
        else:
            menu.addAction(actions[entry])


def fill_tool_bar(bar: QToolBar, actions: Mapping[str, QAction]) -> None:
    """Lay the most used actions out in a tool bar."""
    for entry in TOOL_BAR:
        if entry == SEPARATOR:
            bar.addSeparator()
        elif entry == SPACE:
            space = QWidget()
            space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            bar.addWidget(space)
        else:
            bar.addAction(actions[entry])
            widget = bar.widgetForAction(actions[entry])
            if widget is not None:
                widget.setAccessibleName(actions[entry].text())
                widget.setFocusPolicy(widget.focusPolicy().StrongFocus)
