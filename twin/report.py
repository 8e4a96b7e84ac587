"""Partial failure, collected: what was repaired, guessed or skipped, how often, and which rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

EXAMPLES_KEPT = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of thing that was not as it should be."""

    what: str
    """A sentence in plain English, without the count: "outlines crossed themselves and were repaired"."""
    count: int
    """How many rows or objects it concerns."""
    examples: tuple[object, ...] = ()
    """The first few row numbers (from 0), ids or values it concerns."""
    is_loss: bool = False
    """True where the rows are not shown at all."""


@dataclass(slots=True)
class Report:
    """The problems met while reading one source, in the order they were met."""

    problems: list[Problem] = field(default_factory=list)

    def add(
        self, what: str, examples: Iterable[object] = (), *, count: int | None = None, is_loss: bool = False
    ) -> None:
        """Note one kind of problem; the count is that of the examples unless told; a count of 0 notes nothing."""
        every = list(examples)
        found = len(every) if count is None else count
        if found:
            kept = tuple(getattr(e, "item", lambda e=e: e)() for e in every[:EXAMPLES_KEPT])
            self.problems.append(Problem(what, found, kept, is_loss))

    def extend(self, other: Report) -> None:
        """Take over what another report has noted."""
        self.problems.extend(other.problems)

    def __bool__(self) -> bool:
        """Return whether anything was noted."""
        return bool(self.problems)

    def sentences(self) -> list[str]:
        """Return one line a problem, with its count and examples."""
        lines = []
        for p in self.problems:
            which = f" (for example rows {', '.join(map(str, p.examples))})" if p.examples else ""
            lines.append(f"{p.count:,} {p.what}{which}")
        return lines
