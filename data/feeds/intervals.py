"""How often an address is asked."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from twin.errors import FeedError

LEAST_INTERVAL_S = 0.2


def interval_of(url: str, usual_s: float) -> tuple[str, float]:
    """Return an address without its own word for how often it is asked (?interval=5), and that in seconds."""
    parts = urlsplit(url)
    words = parse_qsl(parts.query, keep_blank_values=True)
    stated = [value for name, value in words if name == "interval"]
    if not stated:
        return url, max(usual_s, LEAST_INTERVAL_S)
    try:
        interval_s = float(stated[0])
    except ValueError as error:
        raise FeedError(f"interval={stated[0]} is no number of seconds.", hint="Write ?interval=10.") from error
    query = urlencode([w for w in words if w[0] != "interval"], safe="/:,$()@+*'")
    return urlunsplit(parts._replace(query=query)), max(interval_s, LEAST_INTERVAL_S)
