"""The table of keys: one meaning a key, words for every act, own keys taken over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QKeySequence

from ui.actions import MENU_BAR, SUBMENUS
from ui.keys import BINDINGS, Binding, Focus, bindings, double_meanings
from ui.words import ACTS


def test_no_key_has_two_meanings_in_one_focus() -> None:
    assert double_meanings(BINDINGS) == []


def test_a_key_given_twice_is_found() -> None:
    table = (*BINDINGS, Binding("about", ("Ctrl+O",)))
    assert ("Ctrl+O", "open", "about") in double_meanings(table)


def test_a_window_key_clashes_with_one_of_the_scene() -> None:
    table = (Binding("north", ("N",)), Binding("pan_left", ("n",), Focus.SCENE))
    assert double_meanings(table) == [("n", "north", "pan_left")]


def test_scene_and_walk_may_share_a_key() -> None:
    table = (Binding("pan_up", ("Up",), Focus.SCENE), Binding("walk_forward", ("Up",), Focus.WALK))
    assert double_meanings(table) == []


@pytest.mark.usefixtures("qapp")
def test_qt_reads_every_key() -> None:
    unread = [key for b in BINDINGS for key in b.keys if QKeySequence(key).toString() == ""]
    assert unread == []


def test_every_act_has_words_and_every_word_an_act() -> None:
    assert {b.act for b in BINDINGS} == set(ACTS)


@pytest.mark.parametrize("act", [b.act for b in BINDINGS if b.focus is Focus.WINDOW])
def test_every_act_of_the_window_stands_in_a_menu(act: str) -> None:
    entries = [e for group in (*MENU_BAR.values(), *SUBMENUS.values()) for e in group]
    assert act in entries


def test_own_keys_take_the_place_of_ours() -> None:
    table = bindings({"north": ("Ctrl+8",), "gone_in_this_version": ("X",)})
    assert next(b for b in table if b.act == "north").keys == ("Ctrl+8",)
    assert len(table) == len(BINDINGS)


def test_a_clicker_begins_the_presentation_and_its_other_keys_open_nothing() -> None:
    taken = {key.casefold(): b.act for b in BINDINGS if b.focus is Focus.WINDOW for key in b.keys}
    assert (taken["f5"], taken["f11"]) == ("present", "present")
    assert not taken.keys() & {"pgup", "pgdown"}


def test_a_changed_binding_keeps_its_focus() -> None:
    before = next(b for b in BINDINGS if b.act == "pan_left")
    assert bindings({"pan_left": ("J",)})[BINDINGS.index(before)] == replace(before, keys=("J",))
