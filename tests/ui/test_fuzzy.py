"""How typed letters fit a title."""

from __future__ import annotations

from ui.fuzzy import fit


def test_letters_in_order_fit() -> None:
    assert fit("svp", "Save picture") > 0


def test_letters_out_of_order_do_not() -> None:
    assert fit("pvs", "Save picture") == 0


def test_a_word_beats_scattered_letters() -> None:
    assert fit("north", "North up") > fit("north", "No other thing")


def test_nothing_typed_fits_everything() -> None:
    assert fit("", "Quit") > 0
