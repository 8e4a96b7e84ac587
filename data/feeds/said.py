"""What a protocol itself states of its messages, as a proposal."""

from __future__ import annotations

from data.feeds.mapping import Proposal
from twin.feed import Mapping, Picture


def said_by_protocol(mapping: Mapping) -> Proposal:
    """Return a mapping that a protocol itself states, as a proposal."""
    if mapping.end_lon:
        picture = Picture.FLOWS
    else:
        picture = Picture.VEHICLES if mapping.heading or mapping.speed else Picture.SENSORS
    return Proposal(mapping, picture, 1.0, ("The protocol itself says what its fields mean.",), ())
