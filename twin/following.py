"""Which layers are followed: read again by themselves whenever what they come from changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Followed:
    """A layer that is followed."""

    layer_id: str
    every_s: float = 0.0
    """How often its source is looked at, seconds; 0 is as often as is good for it."""


def with_followed(known: Sequence[Followed], one: Followed) -> tuple[Followed, ...]:
    """Return what is followed with one more layer, or with another interval for it."""
    return (*without_followed(known, one.layer_id), one)


def without_followed(known: Sequence[Followed], layer_id: str) -> tuple[Followed, ...]:
    """Return what is followed without a layer."""
    return tuple(one for one in known if one.layer_id != layer_id)
