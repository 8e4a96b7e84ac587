"""A project: which layers there are and where they come from, what is looked at, and what people decided about it.

Everything here is plain values (text, numbers, tuples, dictionaries and dataclasses of these), so that data/project.py
saves it field by field without knowing the fields: a feature that adds a field with a default is saved for free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from twin.alarms import Alarm
from twin.errors import LayerError
from twin.exhibit import Exhibit
from twin.feed import WatchRule
from twin.following import Followed
from twin.hearing_plan import HearingPlan
from twin.layer import Kind
from twin.place import LocalFrame
from twin.poll import Poll
from twin.session import View
from twin.story import Slide, Story


@dataclass(frozen=True, slots=True)
class RasterSource:
    """A raster that heights of buildings are taken from."""

    what: str
    """"dsm", "dtm" or "hag": the surface, the ground, or heights above the ground."""
    path: str
    """The file, as that of a layer."""


@dataclass(frozen=True, slots=True)
class SourceCopy:
    """What an http(s) address said last."""

    path: str
    """A file inside the project, as that of a layer."""


@dataclass(frozen=True, slots=True)
class LayerSource:
    """Where a layer is read from, and how it was asked for."""

    path: str
    """The file. In memory as it can be opened; in project.json relative to the project's folder where it can be."""
    layer: str | None = None
    """The layer inside the file, where a file has several."""
    crs: str | None = None
    """The CRS a person gave; None takes what the file says."""
    kind: Kind | None = None
    """What it is drawn as; None decides while reading."""
    height_field: str | None = None
    """The column heights are taken from; None chooses."""
    rasters: tuple[RasterSource, ...] = ()
    """The rasters heights are taken from, before all columns that nobody chose."""
    is_inside: bool = False
    """Whether the file is part of the project's folder; False links to it where it is."""
    copy: SourceCopy | None = None
    """For an address: its last answer. It is what is opened; no network is asked before a person wants it."""


@dataclass(frozen=True, slots=True)
class ProjectLayer:
    """One layer of a project. How it looks, and which tables are joined to it, stands in the composition."""

    id: str
    """The id it has in compositions."""
    name: str
    """What people see, unless it was renamed in a composition."""
    source: LayerSource
    count: int = 0
    """Rows it had when it was last open."""


@dataclass(frozen=True, slots=True)
class NamedView:
    """A view kept under a name, in words that a person can write: project.json names the TOML file they stand in."""

    name: str
    lon_deg: float = 0.0
    """The point looked at, WGS84."""
    lat_deg: float = 0.0
    z_m: float = 0.0
    """Its height, local metres."""
    distance_m: float = 1000.0
    heading_deg: float = 0.0
    """The compass direction looked in."""
    tilt_deg: float = 55.0
    """0 looks straight down, 90 at the horizon."""
    is_parallel: bool = False
    shown: tuple[str, ...] = ()
    """Ids of the layers that are on; empty leaves them as they are."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A view kept under a number, 1 to 9."""

    number: int
    view: View


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where the window stood and which panels were open, as the toolkit writes it down (base64)."""

    geometry: str = ""
    docks: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """All that a project keeps, apart from the files it is made of."""

    title: str = ""
    frame: LocalFrame | None = None
    """The frame all local metres are in; kept, so that views stay where they are if the first layer is missing."""
    layers: tuple[ProjectLayer, ...] = ()
    view: View = View()  # noqa: RUF009  frozen
    """Camera and composition as they were when it was saved."""
    bookmarks: tuple[Bookmark, ...] = ()
    views: tuple[NamedView, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    """Sheets of paper, by name."""
    arrangement: Arrangement = Arrangement()
    stories: tuple[Slide, ...] = ()
    """The slides of the story, in their order."""
    polls: tuple[Poll, ...] = ()
    """What can be asked in a meeting with one click."""
    hearing: HearingPlan = HearingPlan()  # noqa: RUF009  frozen
    personal: dict[str, dict[str, bool]] = field(default_factory=dict)
    """What was decided about columns that look personal: layer id, column, whether it is personal."""

    @property
    def story(self) -> Story:
        """Return the slides as a story."""
        return Story(self.stories)

    rules: tuple[WatchRule, ...] = ()
    """What is watched for in live data; a feed may have rules of its own beside these."""
    followed: tuple[Followed, ...] = ()
    """Layers that are read again by themselves whenever what they come from changes."""
    alarms: tuple[Alarm, ...] = ()
    """What rules over live data raised, and what was noted about it."""

    def layer(self, layer_id: str) -> ProjectLayer:
        """Return one layer.

        raises   LayerError  it is not in this project
        """
        for layer in self.layers:
            if layer.id == layer_id:
                return layer
        raise LayerError(f'There is no layer "{layer_id}" in this project.', layer=layer_id)

    def without(self, layer_id: str) -> Project:
        """Return the project without one layer."""
        return replace(self, layers=tuple(layer for layer in self.layers if layer.id != layer_id))


@dataclass(frozen=True, slots=True)
class MissingLayer:
    """A layer of a project that could not be read, and why; it stays in the project."""

    layer: ProjectLayer
    reason: str
    """A sentence for people."""


Personal = Mapping[str, Mapping[str, bool]]
