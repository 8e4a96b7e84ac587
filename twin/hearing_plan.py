"""What a hearing asks beside its polls: calls for ideas, places to be rated, groups, languages, and its dates."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """A call for ideas."""

    id: str
    brief: dict[str, str]
    """What is asked for; by language."""
    criteria: dict[str, str] = field(default_factory=dict)
    """By what proposals are judged; by language."""
    deadline: str = ""
    """Until when, as people read it."""


@dataclass(frozen=True, slots=True)
class Facility:
    """A place that people can rate, with the reason."""

    id: str
    name: str
    lonlat: tuple[float, float]


@dataclass(frozen=True, slots=True)
class HearingPlan:
    """How a hearing is set up; kept in the project."""

    languages: tuple[str, ...] = ("en",)
    age_groups: tuple[str, ...] = ("under 18", "18-29", "30-44", "45-64", "65 and over")
    districts: tuple[str, ...] = ()
    notice: dict[str, str] = field(default_factory=dict)
    """What happens with what people send; by language. Empty takes the page's own words."""
    calls: tuple[Call, ...] = ()
    facilities: tuple[Facility, ...] = ()
    withheld: tuple[str, ...] = ()
    """Layers that never go to the hall: not to the projector, not to phones; by id."""
    held_words: tuple[str, ...] = ()
    """Words that hold a comment back for a person to read."""
    opens: str = ""
    """The first day on which contributions are taken, "2026-11-21"; "" from the start."""
    closes: str = ""
    """The last day; "" for no end."""
    retention_days: int = 365
    """How long what people wrote is kept after the last day."""
