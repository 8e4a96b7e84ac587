"""The one table of keys: which key does what, and where. A test refuses two meanings in one focus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Focus(StrEnum):
    """Where a key is listened to."""

    WINDOW = "window"
    """Everywhere in the main window; clashes with every other focus."""
    SCENE = "scene"
    """While the picture of the city has the focus."""
    WALK = "walk"
    """While standing in the city; the scene's own keys rest meanwhile."""


@dataclass(frozen=True, slots=True)
class Binding:
    """An act and its keys."""

    act: str
    """The act's id; its words stand in words.ACTS."""
    keys: tuple[str, ...] = ()
    """As QKeySequence reads them; empty for acts without a key."""
    focus: Focus = Focus.WINDOW
    is_held: bool = False
    """True for keys that act for as long as they are down."""


BINDINGS: tuple[Binding, ...] = (
    Binding("open", ("Ctrl+O",)),
    Binding("open_map"),
    Binding("open_sample"),
    Binding("new_project", ("Ctrl+N",)),
    Binding("open_project", ("Ctrl+Shift+O",)),
    Binding("save_project", ("Ctrl+S",)),
    Binding("save_project_as", ("Ctrl+Shift+S",)),
    Binding("pack_project"),
    Binding("keep_view", ("Ctrl+B",)),
    Binding("open_database"),
    Binding("open_address"),
    Binding("join_table", ("Ctrl+J",)),
    Binding("close_all", ("Ctrl+W",)),
    Binding("save_picture", ("F12",)),
    Binding("quit", ("Ctrl+Q",)),
    Binding("undo", ("Ctrl+Z",)),
    Binding("redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    Binding("search", ("Ctrl+F",)),
    Binding("select_all", ("Ctrl+A",)),
    Binding("select_none", ("Ctrl+Shift+A",)),
    Binding("select_invert", ("Ctrl+I",)),
    Binding("preferences", ("Ctrl+,",)),
    Binding("north", ("N",)),
    Binding("top", ("U",)),
    Binding("home", ("R",)),
    Binding("elevation_south", ("Ctrl+Shift+1",)),
    Binding("elevation_east", ("Ctrl+Shift+2",)),
    Binding("elevation_north", ("Ctrl+Shift+3",)),
    Binding("elevation_west", ("Ctrl+Shift+4",)),
    Binding("zoom_selection", ("Z",)),
    Binding("zoom_in", ("+", "=")),
    Binding("zoom_out", ("-",)),
    Binding("parallel", ("P",)),
    Binding("stand", ("G",)),
    Binding("view_back", ("Alt+Left",)),
    Binding("view_forward", ("Alt+Right",)),
    Binding("mouse_map"),
    Binding("mouse_cad"),
    Binding("table", ("T",)),
    Binding("export_rows"),
    Binding("corrections"),
    Binding("reload_layer", ("Ctrl+R",)),
    Binding("rectangle", ("M",)),
    Binding("sun", ("Shift+U",)),
    Binding("theme_light"),
    Binding("theme_dark"),
    Binding("text_larger", ("Ctrl++", "Ctrl+=")),
    Binding("text_smaller", ("Ctrl+-",)),
    Binding("text_normal", ("Ctrl+0",)),
    Binding("panels", ("F9",)),
    Binding("legend", ("L",)),
    Binding("notices", ("Ctrl+Shift+N",)),
    Binding("full_screen", ("Ctrl+Shift+F",)),
    Binding("palette", ("Ctrl+K",)),
    Binding("key_sheet", ("?", "F1")),
    Binding("plugins", ("Ctrl+Shift+P",)),
    Binding("doctor"),
    Binding("data_doctor"),
    Binding("export_city"),
    Binding("about"),
    Binding("measure_distance", ("Shift+M",)),
    Binding("measure_height", ("Shift+H",)),
    Binding("measure_area"),
    Binding("measure_angle"),
    Binding("measure_elevation"),
    Binding("cut_plane", ("X",)),
    Binding("cut_box", ("Shift+X",)),
    Binding("cut_view", ("Ctrl+Shift+X",)),
    Binding("cut_off"),
    Binding("cut_nearer", (",",)),
    Binding("cut_farther", (".",)),
    Binding("cut_turn_left", ("[",)),
    Binding("cut_turn_right", ("]",)),
    Binding("exhibit", ("Ctrl+Shift+E",)),
    Binding("story"),
    Binding("present", ("F5", "F11")),
    Binding("meeting", ("Ctrl+F5",)),
    Binding("live_data", ("Ctrl+L",)),
    Binding("open_recording"),
    Binding("flows_table"),
    Binding("play", ("Space",)),
    Binding("go_live", ("End",)),
    Binding("to_begin", ("Home",)),
    Binding("scenarios", ("Shift+S",)),
    Binding("draw_building", ("B",)),
    Binding("demolish", ("Shift+B",)),
    Binding("compare_swipe", ("Shift+C",)),
    Binding("compare_split", ("Ctrl+Shift+C",)),
    Binding("scenario_figures"),
    Binding("follow_files"),
    Binding("changes"),
    Binding("clear_changes"),
    Binding("alarms"),
    Binding("figures"),
    Binding("leave", ("Esc",)),
    *(Binding(f"bookmark_{n}", (str(n),)) for n in range(1, 10)),
    *(Binding(f"set_bookmark_{n}", (f"Ctrl+{n}",)) for n in range(1, 10)),
    Binding("pan_left", ("Left",), Focus.SCENE, is_held=True),
    Binding("pan_right", ("Right",), Focus.SCENE, is_held=True),
    Binding("pan_up", ("Up",), Focus.SCENE, is_held=True),
    Binding("pan_down", ("Down",), Focus.SCENE, is_held=True),
    Binding("turn_left", ("Shift+Left",), Focus.SCENE, is_held=True),
    Binding("turn_right", ("Shift+Right",), Focus.SCENE, is_held=True),
    Binding("tilt_up", ("Shift+Up",), Focus.SCENE, is_held=True),
    Binding("tilt_down", ("Shift+Down",), Focus.SCENE, is_held=True),
    Binding("higher", ("PgUp",), Focus.SCENE, is_held=True),
    Binding("lower", ("PgDown",), Focus.SCENE, is_held=True),
    Binding("hold_today", ("C",), Focus.SCENE, is_held=True),
    Binding("select_middle", ("Return", "Enter"), Focus.SCENE),
    Binding("walk_forward", ("W", "Up"), Focus.WALK, is_held=True),
    Binding("walk_back", ("S", "Down"), Focus.WALK, is_held=True),
    Binding("walk_left", ("A",), Focus.WALK, is_held=True),
    Binding("walk_right", ("D",), Focus.WALK, is_held=True),
    Binding("look_left", ("Left",), Focus.WALK, is_held=True),
    Binding("look_right", ("Right",), Focus.WALK, is_held=True),
    Binding("look_up", ("PgUp",), Focus.WALK, is_held=True),
    Binding("look_down", ("PgDown",), Focus.WALK, is_held=True),
)


def bindings(changed: Mapping[str, Iterable[str]] | None = None) -> tuple[Binding, ...]:
    """Return the table with the user's own keys in it; ids that are not there (any more) are passed over."""
    own = changed or {}
    return tuple(replace(b, keys=tuple(own[b.act])) if b.act in own else b for b in BINDINGS)


def double_meanings(table: Iterable[Binding]) -> list[tuple[str, str, str]]:
    """Return (key, act, other act) for each key that would mean two things in one focus."""
    met: list[tuple[str, Binding]] = []
    doubles = []
    for binding in table:
        for key in binding.keys:
            wanted = key.casefold()
            doubles += [(key, other.act, binding.act) for k, other in met if k == wanted and _clash(other, binding)]
            met.append((wanted, binding))
    return doubles


def _clash(one: Binding, other: Binding) -> bool:
    return one.focus is other.focus or Focus.WINDOW in (one.focus, other.focus)
