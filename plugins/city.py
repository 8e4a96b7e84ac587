"""What a plugin gets: the city as a lazy handle, its tiles, its ground, and whether to stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from plugins.asking import Area, Point
from plugins.surface import Surface

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Polygon

FloatArray = npt.NDArray[np.float64]


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

    @property
    def area(self) -> Polygon:
        """Return where heights are known (its bounds), in the city's CRS."""
        ...

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
        and those asked for; of all layers of footprints, or of one. Of a tile also is_own: whether the building's
        middle lies in the tile's own area, so that each is counted once.

        raises   PluginError  there are more than can be held at once: go by city.tiles
        """
        ...

    def tiles(self, size_m: float = 500.0, margin_m: float = 0.0, area: Polygon | None = None) -> Iterator[CityTile]:
        """Yield the city in squares, so that any city fits in memory.

        Of very many squares those that nothing comes near are left out.
        """
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
        """Return accepted comments as points; with Capability.COMMENTS also those that wait for moderation.

        Columns: text, time (ISO 8601), state ("accepted" or "held"); from a hearing also id, kind ("idea", "worry",
        "question", "like"), theme, supporters, answer_state ("open", "planned", "done", "declined").
        """
        ...


class CityTile(City, Protocol):
    """A square of the city; a City whose buildings() and layer() give what its reach touches."""

    number: int
    city: City
    """The whole city."""
    reach: Polygon
    """The tile's area with its margin."""
