"""What a command answers about the moment that it drew."""

from __future__ import annotations

from twin.clock import moment_text
from twin.dates import span_of, standing_at
from twin.session import Session


def at_answer(session: Session) -> dict[str, object]:
    """Return the moment that is shown, and for each layer with dates which columns tell them and what stood then."""
    layers: dict[str, object] = {}
    for state in session.composition.layers:
        layer = session.layers.get(state.layer_id)
        at_s = session.clock.moment_s(state.layer_id)
        standing = None if layer is None else standing_at(layer, state.style, at_s)
        if layer is None or standing is None:
            continue
        span = span_of(layer, state.style)
        layers[state.layer_id] = {
            "since_field": span.since,
            "until_field": span.until,
            "standing": int(standing.is_there.sum()),
            "not_yet": standing.not_yet,
            "gone": standing.gone,
            "without_date": standing.unknown,
        }
    at_s = session.clock.at_s
    return {"time": "now" if at_s is None else moment_text(at_s), "layers": layers}


def has_dates(session: Session) -> bool:
    """Return whether any open layer tells since when or until when its rows exist."""
    layers = ((session.layers.get(state.layer_id), state.style) for state in session.composition.layers)
    return any(layer is not None and bool(span_of(layer, style)) for layer, style in layers)
