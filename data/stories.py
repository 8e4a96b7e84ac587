"""Slides as people write them by hand: plain texts are English, an id may be left out, a picture may be its path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TEXTS = ("title", "text", "description")


def written_slides(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return hand-written slides with all that a slide needs.

    raises   ValueError  a slide has no title, or two have the same id
    """
    slides = [_written(entry, number) for number, entry in enumerate(entries, 1)]
    ids = [slide["id"] for slide in slides]
    twice = next((i for i in ids if ids.count(i) > 1), None)
    if twice is not None:
        raise ValueError(f'two slides have the id "{twice}"')
    return slides


def _written(entry: dict[str, Any], number: int) -> dict[str, Any]:
    slide = {"id": f"slide-{number}", **entry}
    for part in TEXTS:
        if isinstance(slide.get(part), str):
            slide[part] = {"en": slide[part]}
    if not slide.get("title") and not entry.get("id"):
        raise ValueError(f"slide {number} has no title")
    picture = slide.get("picture")
    if isinstance(picture, str):
        slide["picture"] = {"path": picture}
    elif isinstance(picture, dict) and isinstance(picture.get("caption"), str):
        slide["picture"] = {**picture, "caption": {"en": picture["caption"]}}
    return slide
