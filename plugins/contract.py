"""The door for layers and analyses: the one module a plugin imports. Contract version 1.

A plugin is a class with an `info` and with one of

    frames(city, area, parameters, stop)     yields Frame (and Progress) values: once for a static layer or an
                                             analysis, until told to stop for a live one
    tile(tile, parameters) -> partial        pure: the host runs it in many processes, again if one is killed
    combine(partials, city, parameters)      the partials in the order of the tiles -> Frame

and, if it can say why, at(city, parameters, places) -> one Reading a place. It runs in a process of its own and
deals in GeoDataFrames, NumPy arrays and plain values only. Everything is in metres in the city's projected CRS,
unless a name says lon_deg or lat_deg.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Polygon

CONTRACT = 1
"""The version of this contract. A plugin says in its Info which one it was written for."""

FloatArray = npt.NDArray[np.float64]


class Kind(StrEnum):
    """What a plugin's frames are drawn as."""

    FOOTPRINTS = "footprints"
    """Polygons raised to their column height_m (from base_m, 0 if there is none)."""
    POINTS = "points"
    LINES = "lines"
    POLYGONS = "polygons"
    """Areas on the ground; cells of a grid too."""
    SURFACE = "surface"
    """A raster of values on the ground: Frame.surface."""
    VALUES = "values"
    """Values on buildings that are there already: a table with the columns layer and row, as city.buildings gives."""


class Capability(StrEnum):
    """What a plugin may do beyond reading the city; shown to the user before its first run."""

    NETWORK = "network"
    """Open connections."""
    FILES = "files"
    """Read and write files of its own choosing. (A plugin's own folder may always be read.)"""
    PERSONAL = "personal"
    """See the columns that the user or we hold for personal."""
    COMMENTS = "comments"
    """See residents' comments that no one has moderated yet."""


# parameters: a dataclass whose fields become a form


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
    kinds: Sequence[Kind | str] = (),
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


# what a plugin says of itself


@dataclass(frozen=True, kw_only=True)
class Info:
    """What a plugin is; nothing is run to show it."""

    id: str
    """Unique, stable: lower-case letters, digits, "_" and "-"."""
    title: str
    """What people see."""
    kind: Kind | str
    """What its frames are; a Frame may say another."""
    contract: int
    """The version of the contract it was written for: 1."""
    summary: str = ""
    """One sentence."""
    source: str = ""
    """Whose data or method it is: shown as the credit."""
    licence: str = ""
    author: str = ""
    unit: str = ""
    """Of the value that colours: "h", "m", "persons"."""
    style: Mapping[str, Any] = field(default_factory=dict)
    """Fields of a layer's style: color, color_by, colormap, scheme, classes, opacity, size_px, raised_by, label_by."""
    parameters: type = NoParameters
    """A frozen dataclass."""
    capabilities: tuple[Capability | str, ...] = ()
    is_live: bool = False
    """True: frames goes on until told to stop."""
    is_analysis: bool = False
    """True: run when asked, with its parameters, by `citytwin analyse` too."""
    note: str = ""
    """How it is computed, one short paragraph; shown with every result. A Frame may say more."""
    limits: str = ""
    """What it does not know or cannot tell; shown with every result."""
    memory_mb: int = 2048
    """What its process may hold at most."""
    frame_s: float = 60.0
    """Silence (no Frame, no Progress) after which a plugin that is not live is held for hanging."""


# what a plugin gives


@dataclass(frozen=True)
class Progress:
    """How far a long computation is."""

    share: float
    """0 to 1."""
    words: str = ""


@dataclass(frozen=True)
class Surface:
    """A raster on the ground in the city's CRS."""

    values: npt.NDArray[np.floating]
    """(rows, columns); row 0 is the northernmost; NaN is nothing there."""
    west_m: float
    north_m: float
    """The outer corner of values[0, 0]."""
    cell_m: float


@dataclass(frozen=True)
class Table:
    """A table beside the map."""

    columns: Mapping[str, Sequence[Any] | npt.NDArray[np.generic]]
    """Columns of one length. A column "row" with "layer", or "lon_deg" with "lat_deg", lets people fly to a line."""
    title: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart beside the map."""

    kind: Literal["bars", "line", "points"]
    x: Sequence[Any] | npt.NDArray[np.generic]
    """Numbers, or names for bars."""
    y: Mapping[str, Sequence[float] | npt.NDArray[np.generic]]
    """Each series by its name; as long as x."""
    title: str = ""
    x_title: str = ""
    y_title: str = ""


@dataclass(frozen=True)
class Frame:
    """One state of a layer. Give features, or columns, or surface; a frame with only a table is allowed too."""

    features: gpd.GeoDataFrame | None = None
    """Geometry with its columns and its CRS (any; none is taken for lon/lat only if it looks so and is reported)."""
    columns: Mapping[str, npt.NDArray[Any]] | None = None
    """Fast points: x and y (city CRS) or lon_deg and lat_deg, more columns of the same length. For kind "values":
    layer, row and value columns. Geometry objects are never made of it."""
    surface: Surface | None = None
    kind: Kind | str = ""
    """"" is the Info's kind."""
    value: str = ""
    """The column that colours; "" leaves the choice to the style."""
    unit: str = ""
    table: Table | None = None
    charts: tuple[Chart, ...] = ()
    note: str = ""
    """How this was computed: what Info.note cannot know, such as the sun's azimuth and altitude."""
    limits: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Figures for scripts (the --json answer): plain values."""
    time: datetime | None = None
    """When this is true of the city."""
    style: Mapping[str, Any] = field(default_factory=dict)
    """More of Info.style, stronger."""


@dataclass(frozen=True)
class Reading:
    """An analysis's value at one place, with what it was made of."""

    value: Any
    """A plain value; None where there is none (outside the area)."""
    unit: str = ""
    reasons: Mapping[str, Any] = field(default_factory=dict)
    """Intermediate figures, so that a stranger can compare."""


@dataclass(frozen=True)
class Tiling:
    """How the city is cut for tile and combine."""

    size_m: float = 500.0
    margin_m: float = 0.0
    """How far beyond its own area a tile has to see: the longest shadow, the farthest sight."""


class PluginError(Exception):
    """Raise it with words for people: what is wrong and what to try. Shown as it is, without a traceback."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        """Keep the sentence and the hint."""
        super().__init__(f"{sentence} {hint}".strip())
        self.sentence, self.hint = sentence, hint


# what a plugin gets


class Stop(Protocol):
    """Whether the plugin is to end. A threading.Event in tests."""

    def is_set(self) -> bool:
        """Return True once it is to end."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep, or less when it is to end; returns is_set(). Use it instead of time.sleep."""
        ...


class Terrain(Protocol):
    """The ground's height."""

    def height_at(self, xy: FloatArray) -> FloatArray:
        """Return metres (n,) at points (n, 2) in the city's CRS; NaN outside."""
        ...

    def grid(self, area: Polygon, cell_m: float) -> Surface:
        """Return the heights on cells of the area's bounds."""
        ...


@dataclass(frozen=True)
class LayerFacts:
    """What is known of a layer without reading it."""

    id: str
    title: str
    kind: str
    """"footprints", "polygons", "lines" or "points"."""
    columns: Mapping[str, str]
    """"number", "text", "bool", "time" or "other"."""
    count: int


class City(Protocol):
    """The city, read lazily: what is not asked for is not made."""

    crs: str
    """A projected CRS in metres, "EPSG:n" or WKT: every geometry is in it."""
    area: Polygon
    """What is open (of a tile: the tile's own area), in the city's CRS."""
    layers: tuple[LayerFacts, ...]
    scenarios: tuple[str, ...]
    terrain: Terrain | None
    """None: the ground is taken for flat at 0."""
    time: datetime | None
    """The city clock's moment, with its zone, where it has one."""

    def layer(
        self,
        id: str,  # noqa: A002
        area: Polygon | None = None,
        columns: Sequence[str] | None = None,
    ) -> gpd.GeoDataFrame:
        """Return the features of a layer that touch an area (all); their index is the row of the layer.

        raises   PluginError  there is no such layer or column, or it is too much at once
        """
        ...

    def buildings(
        self, area: Polygon | None = None, columns: Sequence[str] | None = None, *, layer: str = ""
    ) -> gpd.GeoDataFrame:
        """Return buildings that touch an area (all; of a tile: its area and its margin).

        Columns: geometry (footprints), height_m and base_m above the ground, layer (its id), row (in that layer)
        and those asked for; of all layers of footprints, or of one.

        raises   PluginError  there are more than can be held at once: go by city.tiles
        """
        ...

    def tiles(self, size_m: float = 500.0, margin_m: float = 0.0, area: Polygon | None = None) -> Iterator[CityTile]:
        """Yield the city in squares, so that any city fits in memory; squares without anything are left out."""
        ...

    def scenario(self, name: str) -> City:
        """Return the city with a scenario's edits; "" is the city as it is.

        raises   PluginError  there is no such scenario
        """
        ...

    def xy(self, points: Point | Iterable[Point]) -> FloatArray:
        """Return metres (n, 2) in the city's CRS."""
        ...

    def lonlat(self, xy: FloatArray) -> FloatArray:
        """Return longitude and latitude (n, 2), degrees, of points in the city's CRS."""
        ...

    def polygon(self, area: Area) -> Polygon:
        """Return a drawn area in the city's CRS."""
        ...

    def comments(self) -> gpd.GeoDataFrame:
        """Return accepted comments as points with text and time; with Capability.COMMENTS also the others."""
        ...


class CityTile(City, Protocol):
    """A square of the city; a City whose buildings() and layer() give what its reach touches."""

    number: int
    reach: Polygon
    """The tile's area with its margin."""


Partial = Mapping[str, Any]
"""What tile returns: NumPy arrays, GeoDataFrames and plain values by name."""


class Layering(Protocol):
    """A plugin that gives frames."""

    info: Info

    def frames(self, city: City, area: Polygon, parameters: Any, stop: Stop) -> Iterator[Frame | Progress]:
        """Yield frames of an area of the city (its whole area, or one that was drawn)."""
        ...


class Tiled(Protocol):
    """An analysis that the host runs, retries and distributes; also tiling(city, parameters) -> Tiling."""

    info: Info

    def tile(self, tile: CityTile, parameters: Any) -> Partial:
        """Return what one tile says; the same for the same tile, wherever it is run."""
        ...

    def combine(self, partials: Iterable[Partial], city: City, parameters: Any) -> Frame:
        """Return the result of all tiles, which come in their order."""
        ...


class Telling(Protocol):
    """A plugin that can be asked for its value at places."""

    info: Info

    def at(self, city: City, parameters: Any, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return one Reading for each place.

        places   geometry in the city's CRS (points, or the features asked for), column "name"; for features also
                 "layer" and "row"
        """
        ...
