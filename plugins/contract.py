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

# mypy asks for the second name where a module hands names on
# ruff: noqa: PLC0414

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from plugins.asking import Area as Area
from plugins.asking import Column as Column
from plugins.asking import Layer as Layer
from plugins.asking import NoParameters as NoParameters
from plugins.asking import Path as Path
from plugins.asking import Point as Point
from plugins.asking import Scenario as Scenario
from plugins.asking import choice as choice
from plugins.asking import column as column
from plugins.asking import layer as layer
from plugins.asking import number as number
from plugins.asking import parameter as parameter
from plugins.asking import text as text
from plugins.city import City as City
from plugins.city import CityTile as CityTile
from plugins.city import LayerFacts as LayerFacts
from plugins.city import Stop as Stop
from plugins.city import Terrain as Terrain
from plugins.surface import Surface as Surface

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Polygon

CONTRACT = 1
"""The version of this contract. A plugin says in its Info which one it was written for."""


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


class Parted(Protocol):
    """An analysis whose pieces are no squares of the city: the host runs, retries and distributes them, as tiles."""

    info: Info

    def parts(self, city: City, area: Polygon, parameters: Any) -> Sequence[Mapping[str, Any]]:
        """Return what there is to do: plain values, the same however many processes do it."""
        ...

    def part(self, city: City, area: Polygon, parameters: Any, part: Mapping[str, Any]) -> Partial:
        """Return what one of them says; the same for the same one, wherever it is run."""
        ...

    def whole(self, partials: Iterable[Partial], city: City, area: Polygon, parameters: Any) -> Frame:
        """Return the result of all, which come in the order of parts."""
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
