"""What a phone sends as a comment, checked: words, kind, place, and what its author saw."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from twin.errors import CommentError
from twin.participation import CommentKind, Sheet
from twin.poll import RATING_HIGHEST

LONGEST = 1000
CORNERS_MOST = 200
PLACES = ("point", "line", "area", "building", "project")
LINK = re.compile(r"(https?:|www\.|\b[\w-]+\.(com|net|org|info|biz|ru|cn|de|fr|es|uk|io)\b)", re.IGNORECASE)
CONTEXT = ("camera", "layers", "time", "scenario", "slide", "view")


def checked_sheet(sent: Mapping[str, Any]) -> tuple[str, Sheet]:
    """Return a comment's kind and sheet from what a phone or a script has sent.

    raises   CommentError  it is empty, too long, or its place is none
    """
    text = check_words(sent.get("text", ""), LONGEST)
    if not text:
        raise CommentError("The comment says nothing.", hint="Write a word or two.")
    kind = sent.get("kind", "idea")
    if kind not in set(CommentKind):
        raise CommentError("A comment is an idea, a worry, a question or a like.")
    sheet = Sheet(
        text=text,
        place=_checked_place(sent.get("place")),
        context=_checked_context(sent.get("context")),
        age_group=check_words(sent.get("age_group", ""), 20),
        district=check_words(sent.get("district", ""), 80),
        language=check_words(sent.get("language", ""), 10),
        facility=check_words(sent.get("facility", ""), 60),
        rating=_checked_rating(sent.get("rating", 0)),
    )
    return str(kind), sheet


def check_words(value: object, longest: int) -> str:
    """Return text without control characters, trimmed.

    raises   CommentError  it is no text, or longer than allowed
    """
    if not isinstance(value, str):
        raise CommentError("What was sent is no text.")
    kept = "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    kept = kept.strip()
    if len(kept) > longest:
        raise CommentError(f"The text has {len(kept):,} letters; at most {longest:,} are taken.", hint="Shorten it.")
    return kept


def why_held(text: str, words: Iterable[str] = ()) -> str:
    """Return why a comment waits for a person to read it; "" if nothing is wrong with it."""
    if LINK.search(text):
        return "contains a link"
    plain = text.casefold()
    if any(word.casefold() in plain for word in words if word.strip()):
        return "contains a listed word"
    return ""


def _checked_rating(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= RATING_HIGHEST:
        raise CommentError(f"A rating is a whole number from 1 to {RATING_HIGHEST}.")
    return value


def _checked_place(value: object) -> dict[str, Any]:
    if value is None:
        return {"type": "project"}
    if not isinstance(value, Mapping) or value.get("type") not in PLACES:
        raise CommentError("The comment's place is none.", hint=f"Places: {', '.join(PLACES)}.")
    place: dict[str, Any] = {"type": str(value["type"])}
    if "lonlat" in value:
        place["lonlat"] = _lonlat(value["lonlat"], place["type"])
    elif place["type"] in ("point", "line", "area"):
        raise CommentError("The comment's place has no coordinates.", hint="Tap the picture, or choose from the list.")
    if "z_m" in value:
        place["z_m"] = _number(value["z_m"], 10_000)
    for name in ("layer", "key", "name"):
        if name in value:
            place[name] = check_words(str(value[name]), 120)
    return place


def _lonlat(value: object, kind: str) -> list[Any]:
    if kind in ("line", "area"):
        if not isinstance(value, list) or not 2 <= len(value) <= CORNERS_MOST:
            raise CommentError(f"A line or an area has 2 to {CORNERS_MOST} corners.")
        return [_lonlat(corner, "point") for corner in value]
    if not isinstance(value, list) or len(value) != 2:
        raise CommentError("A point is [longitude, latitude].")
    return [_number(value[0], 180), _number(value[1], 90)]


def _number(value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > most:
        raise CommentError(f"A coordinate is a number up to {most:g}.")
    return float(value)


def _checked_context(value: object) -> dict[str, Any]:
    """Keep the known fields, as flat text and numbers: what a script adds is dropped."""
    if not isinstance(value, Mapping):
        return {}
    context: dict[str, Any] = {}
    for name in CONTEXT:
        kept = value.get(name)
        if isinstance(kept, str):
            context[name] = check_words(kept, 200)
        elif isinstance(kept, list) and len(kept) <= 50:
            context[name] = [check_words(k, 120) if isinstance(k, str) else _number(k, 1e9) for k in kept]
    return context
