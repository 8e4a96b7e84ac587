"""How well a typed text fits a title: letters in order, better at the starts of words."""

from __future__ import annotations


def fit(typed: str, title: str) -> float:
    """Return how well typed fits title: 0 not at all, higher is better; an empty text fits everything a little."""
    wanted, text = typed.casefold().replace(" ", ""), title.casefold()
    if not wanted:
        return 0.01
    plain = typed.casefold().strip()
    if plain and plain in text:
        at_word = text.startswith(plain) or f" {plain}" in text
        return 3.0 + at_word + len(plain) / max(len(text), 1)
    score, place, run = 0.0, 0, 0
    for letter in wanted:
        found = text.find(letter, place)
        if found < 0:
            return 0.0
        starts_word = found == 0 or not text[found - 1].isalnum()
        run = run + 1 if found == place and place > 0 else 0
        score += 1.0 + starts_word + 0.5 * run - min(found - place, 10) * 0.05
        place = found + 1
    return max(score / len(wanted), 0.05)
