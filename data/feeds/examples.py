"""The beginnings of messages that people are shown as examples of trouble, without what is about persons."""

from __future__ import annotations

import re

from data.feeds.inbox import EXAMPLE_BYTES
from twin.personal_names import meaning_of

PERSONAL = ("driver", "passenger", "rider", "phone", "email", "user", "customer", "plate", "cardnumber", "imei", "imsi",
            "mobile", "owner", "fahrer", "chauffeur", "conductor", "conducteur", "kondukteur", "pilot", "captain",
            "crew", "attendant", "licenceno", "licenseno", "kennzeichen", "badge", "staff", "patient", "guest",
            "password", "passwd", "token", "secret", "apikey", "authorization")  # fmt: skip
"""What names of fields have in them that are about people or keys, beside those that tables have."""
_PLACES = frozenset({"lat", "latitude", "lon", "lng", "long", "longitude", "altitude", "0", "1"})
HIDDEN = "…"
_READ = 4 * EXAMPLE_BYTES
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CALL = re.compile(r"(?<![\w.+-])(?:\+|00)\d[\d ()/-]{6,}\d")
_FIELD = re.compile(
    r"""(?P<before>["'](?P<name>[^"']{1,60})["']\s*:\s*)(?P<value>"(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$)|[^,"'\s}\]]+)"""
)


def looks_personal(name: str) -> bool:
    """Return whether a field is called like something about a person."""
    simple = "".join(c for c in name.lower() if c.isalnum())
    return bool(meaning_of(name)) or any(word in simple for word in PERSONAL)


def is_personal(path: str) -> bool:
    """Return whether a path leads to something about a person: also "driver.name", but not where a thing is.

    Networks of sensors tell the place that a user has set as "locations.user.latitude".
    """
    *above, last = path.split(".")
    return looks_personal(last) or (last.lower() not in _PLACES and any(map(looks_personal, above)))


def example_of(value: object) -> str:
    """Return the beginning of a message for people to read; what looks personal in it is left out."""
    if isinstance(value, bytes | bytearray):
        text = bytes(value[:_READ]).decode("utf-8", "backslashreplace")
    else:
        text = _beginning(value)
    text = _FIELD.sub(_hidden, text)
    text = _CALL.sub(HIDDEN, _MAIL.sub(HIDDEN, text))
    return text[:EXAMPLE_BYTES]


def _hidden(found: re.Match[str]) -> str:
    return f'{found["before"]}"{HIDDEN}"' if looks_personal(found["name"]) else found[0]


def _beginning(value: object) -> str:
    """Return how a value begins, without writing out all of a large one."""
    if isinstance(value, str):
        return value[:_READ]
    if isinstance(value, dict):
        items = list(value.items())[:30] if len(value) > 30 else value.items()
        return "{" + ", ".join(f"{k!r:.80}: {_beginning(v):.{EXAMPLE_BYTES}}" for k, v in items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_beginning(v)[:EXAMPLE_BYTES] for v in value[:30]) + "]"
    return repr(value)[:_READ]
