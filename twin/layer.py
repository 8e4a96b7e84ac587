"""What a layer is (its facts), and how it is to look (its style)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from twin.features import Features
from twin.imagery import Imagery
from twin.join import TableJoin
from twin.models import Bodies
from twin.place import Area, LocalFrame
from twin.report import Report
from twin.table import Table
from twin.terrain import Terrain
from twin.tiles import TileSource


class Kind(StrEnum):
    """What a layer is drawn as."""

    FOOTPRINTS = "footprints"
    POLYGONS = "polygons"
    LINES = "lines"
    POINTS = "points"
    TERRAIN = "terrain"
    IMAGE = "image"


class Scheme(StrEnum):
    """How a numeric column becomes colours."""

    CONTINUOUS = "continuous"
    QUANTILES = "quantiles"
    EQUAL_INTERVAL = "equal_interval"
    NATURAL_BREAKS = "natural_breaks"
    STD_MEAN = "std_mean"
    CATEGORICAL = "categorical"


@dataclass(frozen=True, slots=True)
class Heights:
    """Where the heights of a layer's buildings came from, in sum and row by row."""

    field: str | None
    """The column the measured heights were taken from; None if there is none."""
    source: npt.NDArray[np.uint8]
    """(n,) HeightSource of each table row."""
    height_m: npt.NDArray[np.float32]
    """(n,) metres above the ground of each table row; NaN where a row is not shown."""
    storeys_field: str | None = None
    """The column the storeys were taken from."""
    base_field: str | None = None
    """The column the underside was taken from."""
    ground_field: str | None = None
    """The column that says at what elevation each building stands."""
    ground_m: npt.NDArray[np.float32] | None = None
    """(n,) that elevation of each table row, metres above the zero of its heights; NaN where it is not known."""
    surface: str = ""
    """What rasters heights were taken from, in words; "" for none."""
    dsm: str = ""
    """The raster of the surface that heights were taken from; "" for none. So with the next two."""
    dtm: str = ""
    hag: str = ""


@dataclass(frozen=True, slots=True)
class LayerInfo:
    """What is known of a layer, apart from its values."""

    id: str
    """Unique in a project, stable: made from the name."""
    name: str
    """What people see."""
    kind: Kind
    path: str
    """The file it came from, as it was given."""
    source_layer: str | None
    """The layer inside the file, where a file has several."""
    driver: str
    """What read it: "GPKG", "GeoJSON", "GeoParquet", "TopoJSON" and so on."""
    crs: str | None
    """The file's CRS, "EPSG:n" or WKT."""
    crs_source: str
    """"stated", "guessed" or "given"."""
    count: int
    """Rows in the file."""
    shown: int
    """Features that are drawn."""
    bounds_lonlat: tuple[float, float, float, float]
    """West, south, east, north, WGS84 degrees."""
    lods: tuple[str, ...] = ()
    """For city models: the levels of detail there are, ascending; empty for what has no bodies of its own."""
    attribution: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Layer:
    """A layer: facts, values and what happened while reading it. Never changes; a change is another Layer."""

    info: LayerInfo
    frame: LocalFrame
    """The project's frame that all values are in."""
    table: Table
    report: Report
    tiles: TileSource | None = None
    """The buildings, for kind FOOTPRINTS."""
    features: Features | None = None
    """The points, lines or polygons, for the other kinds."""
    heights: Heights | None = None
    """For kind FOOTPRINTS."""
    model: Bodies | None = None
    """The bodies of the rows, where the layer comes from a city model."""
    terrain: Terrain | None = None
    """For kind TERRAIN."""
    image: Imagery | None = None
    """For kind IMAGE."""
    gone: npt.NDArray[np.bool_] | None = None
    """(rows,) which table rows the scenario shown takes away; None for none. They stay in the table."""

    @cached_property
    def area(self) -> Area:
        """The area it covers, local metres; found out once."""
        from twin.features import area_of  # noqa: PLC0415  keeps the type module free of a cycle

        if self.tiles is not None:
            return self.tiles.area()
        if self.terrain is not None:
            return self.terrain.area
        if self.image is not None:
            return self.image.pyramid.area(self.frame)
        assert self.features is not None
        return area_of(self.features)

    def differs_in_values_alone(self, former: Layer) -> bool:
        """Return whether this is a former layer but for the values of its table."""
        return (
            self.info == former.info
            and self.tiles is former.tiles
            and self.features is former.features
            and self.model is former.model
            and self.terrain is former.terrain
            and self.image is former.image
            and self.gone is former.gone
        )


@dataclass(frozen=True, slots=True)
class Style:
    """How a layer looks. Every field is declared here once; panels and command line are made from this."""

    color: str = ""
    """One colour for all, "#rrggbb"; "" takes the theme's."""
    color_by: str = ""
    """The column that colours; "" for one colour. "height" stands for the height drawn, whatever its column; for city
    models "surface" stands for roofs, walls, ground and so on."""
    scheme: Scheme | None = None
    """None chooses: continuous for numbers, categorical for text."""
    classes: int = 5
    """How many classes, for schemes that have classes; 2 to 12."""
    colormap: str = ""
    """A matplotlib colour map; "" takes the default for the scheme."""
    is_reversed: bool = False
    opacity: float = 1.0
    """0 to 1."""
    filter: str = ""
    """An expression over columns; rows for which it is not true are hidden: height > 30 and use == "office"."""
    label_by: str = ""
    """The column that labels; "" for none."""
    raised_by: str = ""
    """For points, lines and polygons: the column that gives metres above the ground; "" lies on the ground."""
    size_px: float = 6.0
    """Points' diameter or lines' width on screen."""
    unit: str = ""
    """Shown in the legend beside the title."""
    colors: tuple[tuple[str, str], ...] = field(default=())
    """Colours chosen by hand for categories: (value as text, "#rrggbb")."""
    lod: str = ""
    """For city models: the level of detail drawn, such as "1.3"; "" for the finest of each object."""
    follows_time: bool = True
    """Whether only what stood at the clock's time is drawn, where columns say since when and until when."""
    since_field: str = ""
    """The column that says since when a row exists; "" takes the one that looks like it."""
    until_field: str = ""
    """The column that says until when a row exists; "" takes the one that looks like it."""


@dataclass(frozen=True, slots=True)
class LayerState:
    """A layer's place in a composition: which, how it looks, whether it is on."""

    layer_id: str
    style: Style = Style()
    is_visible: bool = True
    name: str = ""
    """Renamed by the user; "" keeps the layer's own name."""
    joins: tuple[TableJoin, ...] = ()
    """The tables whose columns stand beside the layer's own, in the order they were joined."""
