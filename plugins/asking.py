"""Parameters as plugin authors declare them: types, and the words that make a field of a dataclass a form's line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Layer(str):
    """A parameter: the id of a layer of the city. "" where none is chosen."""

    __slots__ = ()


class Column(str):
    """A parameter: the name of a column of a layer. "" where none is chosen."""

    __slots__ = ()


class Scenario(str):
    """A parameter: the name of a scenario. "" is the city as it is."""

    __slots__ = ()


class Point(NamedTuple):
    """A parameter: a place picked on the map. city.xy(point) gives metres."""

    lon_deg: float
    lat_deg: float


class Path(tuple[Point, ...]):
    """A parameter: a line drawn on the map, two points or more. city.xy(path) gives metres (n, 2)."""

    __slots__ = ()


class Area(tuple[Point, ...]):
    """A parameter: the ring of an area drawn on the map, open. city.polygon(area) gives a Polygon in metres."""

    __slots__ = ()


def number(
    default: float,
    *,
    title: str = "",
    help: str = "",  # noqa: A002  the name authors look for
    min: float | None = None,  # noqa: A002
    max: float | None = None,  # noqa: A002
    unit: str = "",
    step: float | None = None,
) -> Any:
    """Declare a float or int parameter: `height_m: float = number(30, min=0, max=300, unit="m")`."""
    return parameter(default, title=title, help=help, min=min, max=max, unit=unit, step=step)


def choice(
    default: str,
    choices: Sequence[str] | Mapping[str, str],
    *,
    title: str = "",
    help: str = "",  # noqa: A002
) -> Any:
    """Declare a str parameter with few values: a sequence of values, or a mapping from value to the words shown."""
    words = dict(choices) if isinstance(choices, Mapping) else {c: c for c in choices}
    return parameter(default, title=title, help=help, choices=words)


def text(default: str = "", *, title: str = "", help: str = "", lines: int = 1) -> Any:  # noqa: A002
    """Declare a str parameter."""
    return parameter(default, title=title, help=help, lines=lines)


def layer(
    default: str = "",
    *,
    kinds: Sequence[str] = (),
    title: str = "",
    help: str = "",  # noqa: A002
    is_optional: bool = False,
) -> Any:
    """Declare a Layer parameter; kinds limits what may be chosen.

    With "" as its value the host fills in the first layer that fits, unless it is optional. For several layers
    annotate `tuple[Layer, ...]`.
    """
    value = Layer(default) if default else Layer("")
    return parameter(value, title=title, help=help, kinds=tuple(map(str, kinds)), is_optional=is_optional)


def column(
    default: str = "",
    *,
    of: str = "",
    is_number: bool = False,
    title: str = "",
    help: str = "",  # noqa: A002
    is_optional: bool = True,
) -> Any:
    """Declare a Column parameter; of names the Layer parameter whose columns are offered ("" the buildings')."""
    return parameter(Column(default), title=title, help=help, of=of, is_number=is_number, is_optional=is_optional)


def parameter(default: Any, *, title: str = "", help: str = "", **facts: Any) -> Any:  # noqa: A002
    """Declare a parameter of any other type: bool, Point, Path, Area, date, datetime (with a zone), Scenario.

    Also tuple[X, ...] of the simple types, and tuple[D, ...] of a dataclass D of simple fields: a small table to
    fill in (on the command line JSON, or @FILE.csv). A Point, Path or Area of None or () has yet to be picked; a
    datetime needs a zone and may be given as a text: "2026-06-21T12:00[Europe/Berlin]".
    """
    return field(default=default, metadata={"title": title, "help": help, **facts})


@dataclass(frozen=True)
class NoParameters:
    """For plugins that need none."""
