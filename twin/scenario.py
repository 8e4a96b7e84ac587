"""Scenarios: named sets of edits to the city as it is. Values only; what they make of layers is worked out elsewhere.

Places are WGS84 degrees, so that a scenario stays where it is whatever frame a project has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from twin.errors import ScenarioError
from twin.row_keys import RowKey

LonLat = tuple[float, float]
Ring = tuple[LonLat, ...]

STOREY_M = 3.2
"""What a storey is high unless it is said: floor to floor, housing. A building of offices has 3.5 to 4 m."""
TALLEST_M = 1_500.0
"""What is higher is a mistyped number."""


class EditKind(StrEnum):
    """What an edit does."""

    BUILD = "build"
    """A new building; it takes the place of the row it names, if it names one."""
    PLACE = "place"
    """A model from a file."""
    DEMOLISH = "demolish"
    """A row of a layer is not there any more: a building, a park, a street, a tree."""
    GROUND = "ground"
    """A park, square, street, water or row of trees."""


class GroundUse(StrEnum):
    """What ground becomes."""

    PARK = "park"
    SQUARE = "square"
    STREET = "street"
    """A line with a width, or an area."""
    WATER = "water"
    TREES = "trees"
    """A line along which trees stand, or an area in which they do."""


@dataclass(frozen=True, slots=True)
class Setback:
    """From some storey on a building stands back from its outline."""

    storey: int
    """The first storey that stands back, counted from 1."""
    inset_m: float
    """How far it stands back from the outline on the ground, metres."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that a scenario changes. Fields that its kind does not have keep their defaults."""

    id: str
    """Unique in its scenario."""
    kind: EditKind
    name: str = ""
    """What people see; "" shows its kind and use."""
    use: str = ""
    """Of a building: housing, office, retail and so on, as the city's own data says it."""
    rings: tuple[Ring, ...] = ()
    """Outline: the outer ring, then its holes; open (no repeated last corner)."""
    line: Ring = ()
    """A street's or tree row's line, where it is no area."""
    storeys: float = 0.0
    """Of a building; 0 where only its height is known."""
    storey_m: float = STOREY_M
    """How high one storey is."""
    height_m: float = 0.0
    """Top above the ground; 0 takes the storeys."""
    base_m: float = 0.0
    """Underside above the ground: a building over a passage."""
    setbacks: tuple[Setback, ...] = ()
    """From the lowest storey up."""
    ground: GroundUse = GroundUse.PARK
    width_m: float = 12.0
    """Of a street drawn as a line."""
    spacing_m: float = 8.0
    """Between two trees."""
    tree_m: float = 9.0
    """How high the trees are."""
    path: str = ""
    """The file of a placed model: GLB, glTF, OBJ or CityJSON."""
    place: LonLat = (0.0, 0.0)
    """Where the middle of a placed model's foot stands."""
    heading_deg: float = 0.0
    """How far a placed model is turned, clockwise seen from above."""
    scale: float = 1.0
    """How many metres one unit of a placed model is."""
    is_z_up: bool = False
    """Whether a placed OBJ has z for up; the other formats say it themselves."""
    layer_id: str = ""
    """The layer of the row that is demolished or replaced; "" for none."""
    by: str = ""
    """The column that row is known by; "" where it is its place (see twin.row_keys)."""
    key: str = ""
    """Its value there; or longitude and latitude."""
    row: int = -1
    """Where the row was when the edit was made."""

    @property
    def top_m(self) -> float:
        """Return the height of a building's top above the ground, metres."""
        return self.height_m if self.height_m > 0 else self.base_m + self.storeys * self.storey_m

    @property
    def floors(self) -> float:
        """Return how many storeys a building has: told, or as many as its height has room for (at least one)."""
        if self.storeys > 0:
            return self.storeys
        return float(max(int((self.top_m - self.base_m) / self.storey_m + 1e-6), 1))

    @property
    def takes_away(self) -> bool:
        """Return whether a row of a layer is not there any more."""
        return bool(self.layer_id) and self.kind in (EditKind.DEMOLISH, EditKind.BUILD, EditKind.GROUND, EditKind.PLACE)

    @property
    def row_key(self) -> RowKey:
        """Return what the row that it takes away is known by."""
        return RowKey(self.by, self.key)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of edits over the city as it is."""

    id: str
    name: str
    edits: tuple[Edit, ...] = ()
    note: str = ""
    """A description in words: what is proposed, for those who read it and for those who cannot see it."""

    def edit(self, edit_id: str) -> Edit:
        """Return one edit.

        raises   ScenarioError  it is not in this scenario
        """
        for edit in self.edits:
            if edit.id == edit_id:
                return edit
        raise ScenarioError(f'There is no edit "{edit_id}" in "{self.name}".', scenario=self.name)


# lists of scenarios and edits


def scenario_named(scenarios: Sequence[Scenario], name: str) -> Scenario:
    """Return a scenario by its name (large and small letters alike) or id.

    raises   ScenarioError  there is none; the sentence names those there are
    """
    for scenario in scenarios:
        if name in (scenario.name, scenario.id):
            return scenario
    for scenario in scenarios:
        if scenario.name.casefold() == name.strip().casefold():
            return scenario
    there = ", ".join(f'"{s.name}"' for s in scenarios)
    raise ScenarioError(
        f'There is no scenario "{name}" in this project.',
        hint=f"There are: {there}." if there else "None has been made yet.",
        scenario=name,
    )


def new_id(prefix: str, taken: Iterable[str]) -> str:
    """Return an id that is not taken: the prefix and the next number."""
    known = set(taken)
    return next(f"{prefix}{n}" for n in range(1, len(known) + 2) if f"{prefix}{n}" not in known)


def free_name(scenarios: Iterable[Scenario], wanted: str) -> str:
    """Return a name that no scenario has: the wanted one, or it with a number."""
    known = {s.name.casefold() for s in scenarios}
    name, number = wanted.strip() or "Scenario", 2
    while name.casefold() in known:
        name, number = f"{wanted.strip() or 'Scenario'} {number}", number + 1
    return name


def with_scenario(scenarios: Sequence[Scenario], changed: Scenario) -> tuple[Scenario, ...]:
    """Return the list with a scenario in the place of the one of its id, or at the end."""
    if any(s.id == changed.id for s in scenarios):
        return tuple(changed if s.id == changed.id else s for s in scenarios)
    return (*scenarios, changed)


def with_edit(scenario: Scenario, edit: Edit) -> Scenario:
    """Return a scenario with an edit in the place of the one of its id, or at the end."""
    if any(e.id == edit.id for e in scenario.edits):
        return replace(scenario, edits=tuple(edit if e.id == edit.id else e for e in scenario.edits))
    return replace(scenario, edits=(*scenario.edits, edit))


def without_edits(scenario: Scenario, edit_ids: Iterable[str]) -> Scenario:
    """Return a scenario without some edits."""
    gone = set(edit_ids)
    return replace(scenario, edits=tuple(e for e in scenario.edits if e.id not in gone))


def with_model_paths(scenarios: tuple[Scenario, ...], places: Mapping[str, str]) -> tuple[Scenario, ...]:
    """Return scenarios with the files of their models elsewhere; `places` is by old path."""
    if not any(e.path in places for s in scenarios for e in s.edits):
        return scenarios
    return tuple(
        replace(s, edits=tuple(replace(e, path=places.get(e.path, e.path)) for e in s.edits)) for s in scenarios
    )


def with_layer_ids(scenarios: tuple[Scenario, ...], ids: Mapping[str, str]) -> tuple[Scenario, ...]:
    """Return scenarios whose edits name layers by other ids; `ids` is by old id."""
    if not any(ids.get(e.layer_id, e.layer_id) != e.layer_id for s in scenarios for e in s.edits):
        return scenarios
    return tuple(
        replace(s, edits=tuple(replace(e, layer_id=ids.get(e.layer_id, e.layer_id)) for e in s.edits))
        for s in scenarios
    )


def next_edit_id(scenario: Scenario) -> str:
    """Return an id for one more edit."""
    return new_id("e", (e.id for e in scenario.edits))


def checked(edit: Edit) -> Edit:
    """Return an edit that can be built.

    raises   ScenarioError  it has no outline, no height, or a number that cannot be meant
    """
    if edit.kind is EditKind.BUILD:
        _check_building(edit)
    if edit.kind is EditKind.PLACE and (not edit.path or not 0 < edit.scale < 1e6):
        raise ScenarioError("A model needs a file and a scale greater than 0.")
    if edit.kind is EditKind.DEMOLISH and not edit.layer_id:
        raise ScenarioError("Nothing is named that is to be demolished.", hint="Click a building.")
    if edit.kind is EditKind.GROUND and len(edit.rings[0] if edit.rings else ()) < 3 and len(edit.line) < 2:
        raise ScenarioError("An area needs three corners, a line two.", hint="Click at least that many places.")
    if edit.kind is EditKind.GROUND and not edit.rings and edit.ground is GroundUse.STREET and edit.width_m <= 0:
        raise ScenarioError("A street needs a width greater than 0 m.")
    if edit.kind is EditKind.GROUND and edit.ground is GroundUse.TREES and edit.spacing_m < 1:
        raise ScenarioError("Trees need at least 1 m between them.")
    return edit


def _check_building(edit: Edit) -> None:
    if not edit.rings or len(edit.rings[0]) < 3:
        raise ScenarioError("A building needs an outline of at least three corners.")
    if edit.top_m <= edit.base_m:
        raise ScenarioError("A building needs storeys or a height.", hint="Write storeys, or drag its roof up.")
    if edit.top_m > TALLEST_M or edit.storey_m <= 0 or edit.base_m < 0 or edit.storeys < 0:
        raise ScenarioError(f"A building of {edit.top_m:,.0f} m cannot be meant.", hint=f"Up to {TALLEST_M:,.0f} m.")
