"""What people read about layers that are followed, and about what changed in them."""

from __future__ import annotations

from collections.abc import Sequence

FOLLOW = "Follow as it changes"
STOP = "Do not follow any more"
CHANGES = "What changed…"
CLEAR = "Take the marks away"
LEGEND = "What changed"
NEW, CHANGED, REMOVED = "New", "Changed", "Removed"
NOTHING = "Nothing has changed since the layers are followed."
NOT_FOLLOWED = "This layer comes from nowhere that could change."
NONE_TO_FOLLOW = "There is no layer that comes from a file, a database or an address."
ADDRESS_TITLE = "Open an address"
ADDRESS = "Address"
ADDRESS_HINT = "https://HOST/buildings.geojson, …/collections/buildings, .fgb, .parquet, .csv with WKT"
ADDRESS_EVERY = "Look again every"
ADDRESS_FOLLOW = "Follow it as it changes"
ADDRESS_TIP = (
    "The address is asked now, and again at this interval. The project keeps the last answer, "
    "so that it opens without a network."
)
SECONDS = " s"


def following(names: Sequence[str]) -> str:
    """Return what is said when layers begin to be followed."""
    return f"{_listed(names)}: read again whenever the source changes; changes are marked and listed."


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def counts(added: int, removed: int, changed: int) -> str:
    """Return how much changed, without what did not happen."""
    words = ((added, "new"), (changed, "changed"), (removed, "removed"))
    return ", ".join(f"{count:,} {word}" for count, word in words if count) or "nothing changed"


def row_followed(at: str, what: str) -> str:
    """Return what the layer's row says while all is well."""
    return f"followed · {at} {what}" if at else "followed"


def row_trouble(reason: str) -> str:
    """Return what the layer's row says when its source cannot be used."""
    return f"not followed just now: {reason}"


def lost(name: str, reason: str) -> str:
    """Return the notice that a source cannot be used; it is said once."""
    return f"{name} stays as it was read last: {reason}"


def there_again(name: str) -> str:
    """Return the notice that a source can be used again."""
    return f"{name} is there again and is followed."


def most_gone(count: int, before: int) -> str:
    """Return why a state is waited for: it may be half written."""
    return f"{count:,} of {before:,} buildings are gone; it may still be being written."
