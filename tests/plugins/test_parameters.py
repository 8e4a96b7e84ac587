"""Parameters: what a dataclass asks for, and values from texts and forms."""

# ruff: noqa: RUF009  that is how parameters are declared

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path as FilePath
from typing import Literal

import pytest

from plugins.contract import (
    Area,
    Column,
    Layer,
    LayerFacts,
    Path,
    PluginError,
    Point,
    Scenario,
    choice,
    column,
    layer,
    number,
    parameter,
)  # fmt: skip
from plugins.parameters import fields_of, plain_parameters, typed_parameters, with_layers
from twin.errors import UsageError


@dataclass(frozen=True)
class Rule:
    zone: str = ""
    highest_m: float = 20.0


@dataclass(frozen=True)
class Parameters:
    reach_m: float = number(30, min=0, max=100, unit="m")
    storeys: int = number(3, min=1, max=99)
    method: str = choice("mean", {"mean": "Mean", "median": "Median"})
    side: Literal["left", "right"] = "left"
    is_strict: bool = False
    schools: Layer = layer(kinds=["points"])
    others: tuple[Layer, ...] = ()
    places: Column = column("capacity", of="schools")
    where: Point | None = parameter(None)
    path: Path = parameter(Path())
    area: Area = parameter(Area())
    when: datetime = parameter("2026-06-21T12:00[Europe/Berlin]")
    since: date = parameter(date(2020, 1, 1))
    plan: Scenario = parameter(Scenario(""))
    rules: tuple[Rule, ...] = parameter((Rule("A", 12.0),))
    weights: tuple[float, ...] = field(default=(1.0, 2.0))


FIELDS = fields_of(Parameters)
LAYERS = (LayerFacts("houses", "Houses", "footprints", {}, 3), LayerFacts("schools", "Schools", "points", {}, 3))


def typed(**given: object) -> Parameters:
    settled = with_layers(FIELDS, plain_parameters(FIELDS, given), LAYERS)
    made: Parameters = typed_parameters(Parameters, settled)
    return made


def test_texts_become_values_of_their_type() -> None:
    made = typed(
        reach_m="12.5", storeys="4", method="Median", side="right", is_strict="yes", where="13.4,52.5",
        path="13.4,52.5;13.5,52.5", area="0,0;1,0;1,1;0,0", when="2026-03-21T08:30+01:00", since="2021-02-03",
        others="houses,schools", weights="3,4", rules='[{"zone": "B"}]',
    )  # fmt: skip
    assert (made.reach_m, made.storeys, made.method, made.side, made.is_strict) == (12.5, 4, "median", "right", True)
    assert made.where == Point(13.4, 52.5)
    assert made.path == (Point(13.4, 52.5), Point(13.5, 52.5))
    assert len(made.area) == 3, "a closed ring is opened"
    assert made.when.astimezone(UTC) == datetime(2026, 3, 21, 7, 30, tzinfo=UTC)
    assert made.since == date(2021, 2, 3)
    assert (made.others, made.weights) == (("houses", "schools"), (3.0, 4.0))
    assert made.rules == (Rule("B", 20.0),)


def test_defaults_hold_and_the_first_layer_that_fits_is_taken() -> None:
    made = typed()
    assert made.schools == "schools"
    assert isinstance(made.schools, Layer)
    assert made.when.astimezone(UTC).hour == 10  # noon in Berlin, in summer
    assert made.rules == (Rule("A", 12.0),)
    assert made.where is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"reach_m": "101"}, "number from 0 up to 100 m"),
        ({"reach_m": "nan"}, "number from 0"),
        ({"storeys": "2.5"}, "whole number"),
        ({"method": "sum"}, "one of mean, median"),
        ({"where": "91,100"}, "longitude"),
        ({"when": "2026-06-21T12:00"}, "with its zone"),
        ({"when": "2026-06-21T12:00[Mars/Base]"}, "with its zone"),
        ({"path": "1,1"}, "two points"),
        ({"reach": "3"}, 'Did you mean "reach_m"'),
        ({"rules": "@/nowhere.csv"}, "cannot be read as a table"),
        ({"is_strict": "maybe"}, "true or false"),
    ],
)
def test_what_does_not_fit_is_said_with_what_would(given: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as refused:
        typed(**given)
    assert words in str(refused.value)


def test_a_table_is_read_from_a_file(tmp_path: FilePath) -> None:
    path = tmp_path / "rules.csv"
    path.write_text("zone,highest_m\nB,15\nC,\n", encoding="utf-8")
    assert typed(rules=f"@{path}").rules == (Rule("B", 15.0), Rule("C", 20.0))


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(PluginError, match="There are: houses, schools"):
        typed(schools="clinics")
    with pytest.raises(PluginError, match="needs a layer of points"):
        with_layers(FIELDS, plain_parameters(FIELDS, {}), LAYERS[:1])


def test_a_title_is_made_of_the_name_without_its_unit() -> None:
    assert FIELDS[0]["title"] == "Reach"


def test_parameters_without_a_default_are_refused() -> None:
    @dataclass(frozen=True)
    class Bare:
        reach_m: float

    with pytest.raises(PluginError, match="has no default"):
        fields_of(Bare)
