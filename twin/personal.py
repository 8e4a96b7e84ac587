"""Which columns look as if they were about people: they stay at home until somebody says that they may go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from twin.derived import column_rows, derived
from twin.personal_names import NameMeaning, is_address, meaning_of
from twin.personal_values import ValueMeaning, is_only_institutions, meaning_of_values
from twin.table import ColumnKind, Table

LOOKED_AT = 100_000
"""So many filled rows of a column are looked at, spread evenly over it."""
SHORTEST = 5
"""Letters or digits that telephones, e-mail addresses, plates and identity numbers have at least."""
ONE_FOR_ALL = 20
"""The same value in so many rows or more, and no other, is nobody's own telephone or address."""


class Decided(StrEnum):
    """What a person has said of a column."""

    PERSONAL = "personal"
    PUBLIC = "public"
    UNDECIDED = ""


@dataclass(frozen=True, slots=True)
class PersonalDecision:
    """What a person has said of one column of one layer."""

    layer_id: str
    field: str
    decided: Decided


@dataclass(frozen=True, slots=True)
class PersonalColumn:
    """A column that looks personal, or of which somebody has said that it is, or that it is not."""

    field: str
    why: str
    """A short clause: "named like people", "412 of 500 values look like e-mail addresses"."""
    decided: Decided
    """UNDECIDED counts as personal wherever something goes to the public."""

    @property
    def is_withheld(self) -> bool:
        """Return whether it stays out of what is public."""
        return self.decided is not Decided.PUBLIC


def personal_columns(
    table: Table, decisions: Iterable[PersonalDecision] = (), *, layer_id: str = ""
) -> tuple[PersonalColumn, ...]:
    """Return the columns that look personal and those decided on, in the table's order.

    decisions   what was said before; columns that the table does not have are left alone
    layer_id    take only the decisions on this layer; "" takes all
    """
    said = {d.field: Decided(d.decided) for d in decisions if not layer_id or d.layer_id == layer_id}
    whys = derived(table, ("personal",), lambda: _suspicions(table))
    found = []
    for field in table.fields():
        decided = said.get(field, Decided.UNDECIDED)
        if field in whys or decided is not Decided.UNDECIDED:
            found.append(PersonalColumn(field, whys.get(field, "said by hand"), decided))
    return tuple(found)


def public_fields(table: Table, decisions: Iterable[PersonalDecision] = (), *, layer_id: str = "") -> tuple[str, ...]:
    """Return the columns that may be shown to everybody: all but those personal or looking so and undecided."""
    withheld = {c.field for c in personal_columns(table, decisions, layer_id=layer_id) if c.is_withheld}
    return tuple(field for field in table.fields() if field not in withheld)


def decided_anew(
    decisions: Iterable[PersonalDecision], layer_id: str, field: str, decided: Decided
) -> tuple[PersonalDecision, ...]:
    """Return the decisions with another word on one column; UNDECIDED takes what was said back."""
    kept = tuple(d for d in decisions if (d.layer_id, d.field) != (layer_id, field))
    return kept if decided is Decided.UNDECIDED else (*kept, PersonalDecision(layer_id, field, decided))


def decisions_of(kept: Mapping[str, Mapping[str, bool]]) -> tuple[PersonalDecision, ...]:
    """Return decisions as a project keeps them (twin.project.Project.personal: layer id, column, is personal)."""
    return tuple(
        PersonalDecision(layer_id, field, Decided.PERSONAL if is_personal else Decided.PUBLIC)
        for layer_id, fields in kept.items()
        for field, is_personal in fields.items()
    )


def kept_decisions(decisions: Iterable[PersonalDecision]) -> dict[str, dict[str, bool]]:
    """Return decisions in the form in which a project keeps them."""
    kept: dict[str, dict[str, bool]] = {}
    for d in decisions:
        kept.setdefault(d.layer_id, {})[d.field] = Decided(d.decided) is Decided.PERSONAL
    return kept


def _suspicions(table: Table) -> dict[str, str]:
    """Return why each suspicious column is one."""
    whys: dict[str, str] = {}
    addresses = []
    for field, kind in table.fields().items():
        why = _suspicion(table, field, kind)
        if why:
            whys[field] = why
        elif kind == "text" and is_address(field):
            addresses.append(field)
    people = [f for f, why in whys.items() if meaning_of(f) is NameMeaning.PERSON or why.endswith(ValueMeaning.NAME)]
    if people:
        whys |= dict.fromkeys(addresses, f'addresses beside the people of "{people[0]}": may be where they live')
    return whys


def _suspicion(table: Table, field: str, kind: ColumnKind) -> str:
    named = meaning_of(field)
    if named is NameMeaning.NOTHING and kind not in ("text", "other"):
        return ""
    words = _words(table, field, kind)
    if not words:  # an empty column tells nothing, and holds nothing that could be told
        return ""
    if named is not NameMeaning.NOTHING and _may_hold(named, kind, words):
        return f"named like {named.value}"
    if kind not in ("text", "other"):
        return ""
    if len(words) >= ONE_FOR_ALL and len(set(words)) == 1:
        return ""
    valued, count = meaning_of_values(words)
    return "" if valued is ValueMeaning.NOTHING else f"{count:,} of {len(words):,} values look like {valued.value}"


def _may_hold(named: NameMeaning, kind: ColumnKind, words: Sequence[str]) -> bool:
    """Return whether a column's values can be what its name says."""
    if named in (NameMeaning.PERSON, NameMeaning.PERSON_ADDRESS):
        return kind in ("text", "other") and not is_only_institutions(words)
    if named in (NameMeaning.BIRTH, NameMeaning.EDITOR):
        return kind != "bool"
    if len(words) >= ONE_FOR_ALL and len(set(words)) == 1:  # the same telephone for every row is a hotline
        return False
    # A telephone or an identity number is long; a count, a flag or a class is not.
    return bool(np.median([len(w) for w in words]) >= SHORTEST)


def _words(table: Table, field: str, kind: ColumnKind) -> list[str]:
    """Return the filled values as text, at most LOOKED_AT."""
    rows = column_rows(table, field)
    chosen = rows[:: max(1, len(rows) // LOOKED_AT)].tolist()
    if kind == "number":
        return [f"{v:.0f}" for v in chosen if v is not None and v == v]  # noqa: PLR0124  NaN
    return [word for v in chosen if v is not None and (word := str(v).strip()) and word != "NaT"]
