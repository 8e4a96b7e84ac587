"""Live data that a person wants to see: where it comes from, what its messages mean, and how it stands with it.

Plain values: a project keeps feeds field by field, and an address in it never holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.alarms import Alarm, Ring
from twin.entities import EntityCounts

LONLAT_DIGITS = 7
"""A centimetre: what is drawn is what is recorded, so both are rounded once, where it comes in."""


class Picture(StrEnum):
    """What a feed is drawn as."""

    VEHICLES = "vehicles"
    """Moving things that have a direction: buses, bikes, ships."""
    SENSORS = "sensors"
    """Places that measure: stations, gauges, docks."""
    BUILDINGS = "buildings"
    """Values that colour buildings."""
    FLOWS = "flows"
    """From one place to another."""


class TimeFormat(StrEnum):
    """How a field says a time."""

    AUTO = "auto"
    """ISO 8601 text, or a number of seconds, milliseconds or more since 1970, by its size."""
    ISO = "iso"
    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which field of a message is what. A field is a path of keys and numbers: "VP.lat", "geometry.coordinates.0".

    A path may also begin with "topic.N": the N-th level of an MQTT topic, from 0.
    """

    id: str = ""
    lon: str = ""
    lat: str = ""
    x: str = ""
    """East, in `crs`, where positions are projected."""
    y: str = ""
    crs: str = ""
    z: str = ""
    time: str = ""
    time_format: TimeFormat = TimeFormat.AUTO
    heading: str = ""
    """Degrees clockwise from north."""
    speed: str = ""
    """Metres a second."""
    end_lon: str = ""
    """Where a flow goes to."""
    end_lat: str = ""
    from_id: str = ""
    """Where a flow begins, and ends, by the id of a feature of `places_layer`, instead of coordinates."""
    to_id: str = ""
    places_layer: str = ""
    """The layer (its id or name, no path) that knows where these are; "" looks in all."""
    places_key: str = ""
    """Its column of ids; "" looks in all that tell features apart."""
    values: tuple[tuple[str, str], ...] = ()
    """(name, path) of what is measured."""
    rows: str = ""
    """Path of the list of entities inside a message; "" where a message is one entity or is a list of them."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is done at the door, before anything is shown or stored."""

    is_id_hashed: bool = False
    """Names become hashes with a key that changes each day (UTC) and is kept nowhere."""
    grid_m: float = 0.0
    """Positions are rounded to the middles of squares this wide; 0 leaves them."""
    minimum_count: int = 0
    """A square is shown once this many are in it; 0 or 1 shows all."""
    keep_days: float = 0.0
    """Recordings older than this are removed by the app; 0 keeps them."""
    dropped_fields: tuple[str, ...] = ()
    """Paths and names that are thrown away unread."""

    @property
    def is_any(self) -> bool:
        """Return whether anything is held back."""
        return self != Privacy()


@dataclass(frozen=True, slots=True)
class WatchRule:
    """What raises an alarm: "pm10 > 50 for 10 min", "no message for 5 min", "> 30 vehicles in this area"."""

    text: str
    name: str = ""
    """What it is called; what is written for all to read where it is raised."""
    area: Ring = ()
    """Ring of the area it is about, WGS84 degrees; empty is everywhere."""
    is_sounded: bool = False
    feed: str = ""
    """The feed that it is about, by its id or name; "" is about each."""
    rings: tuple[Ring, ...] = ()
    """Further rings of the area: its holes, and its other parts. What lies in an odd number of rings is inside."""
    place: str = ""
    """The feature of a layer that is its area, by name: its rings are looked up where the rule is used."""
    layer: str = ""
    """The layer in which it is looked for; "" looks in all."""
    margin: float = 0.0
    """An alarm is over once the value is this far back behind the number."""


@dataclass(frozen=True, slots=True)
class FeedWish:
    """A feed of the project: what is asked for, not what came of it."""

    id: str
    name: str
    url: str
    """Without user's secrets: a password is asked of the keyring or the environment."""
    mapping: Mapping = Mapping()
    picture: Picture = Picture.VEHICLES
    expiry_s: float = 300.0
    """An entity that says nothing for this long disappears; 0 keeps all."""
    stale_s: float = 60.0
    """From this age on its data is called stale."""
    interval_s: float = 10.0
    """How often a polled address is asked."""
    privacy: Privacy = Privacy()
    rules: tuple[WatchRule, ...] = ()
    is_visible: bool = True
    is_recorded: bool = False
    shown_value: str = ""
    """The value that colours or raises what is drawn; "" chooses none."""
    target_layer: str = ""
    """For BUILDINGS: the layer whose features take the values."""
    target_field: str = ""
    """For BUILDINGS: the column that holds the id of the messages; "" joins by place."""
    static_gtfs: str = ""
    """For GTFS-Realtime trip updates: the timetable, a GTFS zip or its address."""


class FeedState(StrEnum):
    """How it stands with a feed."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    """Connected, but the newest data is old."""
    SILENT = "silent"
    """Connected, and nothing comes."""
    RECONNECTING = "reconnecting"
    """The connection was lost or refused; the reason is told and it is tried again."""
    FAILED = "failed"
    """Nothing can come of it as it is: the address is wrong, a library is missing."""
    ENDED = "ended"
    """It was stopped, or a recording is at its end."""


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """One kind of message that was not as it should be."""

    kind: str
    """A short word: half_json, not_text, nan, too_large, unknown_id, no_position …"""
    count: int
    example: str
    """The beginning of the first one."""


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """How it stands with one feed, for people and for machines."""

    feed_id: str
    state: FeedState = FeedState.CONNECTING
    reason: str = ""
    """A sentence, where something is not as wished."""
    messages: int = 0
    """All that came, malformed ones included."""
    malformed: int = 0
    bytes: int = 0
    entities: int = 0
    rate_per_s: float = 0.0
    """Messages a second, over the last seconds."""
    last_message_s: float = 0.0
    """When the last one came, UTC epoch; 0 before the first."""
    newest_s: float = 0.0
    """The newest observation's own time, UTC epoch."""
    subscribed_s: float = 0.0
    """When the source began to listen for the first time; 0 before."""
    reconnects: int = 0
    dropped: int = 0
    """Messages that came faster than they could be read, and observations without room."""
    coalesced_frames: int = 0
    """Frames replaced by a newer one before the window took them."""
    latency_p50_ms: float = 0.0
    """From the observation's own time to its frame, where clocks allow it."""
    latency_p99_ms: float = 0.0
    counts: EntityCounts = EntityCounts()  # noqa: RUF009  frozen
    problems: tuple[FeedProblem, ...] = ()
    recording: str = ""
    """The file it is recorded to; "" while it is not."""
    recording_trouble: str = ""
    """A sentence, if recording had to stop; the feed goes on."""
    recorded_bytes: int = 0
    held_back: int = 0
    """Entities not shown because too few are in their square."""
    observed_s: float = 0.0
    """When this was so, UTC epoch."""
    mapping: Mapping | None = None
    """What its messages are read as; None until that is known."""
    alarms: tuple[Alarm, ...] = ()
    """The last alarms that its rules raised while it was open."""
    rule_troubles: tuple[str, ...] = ()
    """A sentence for each rule that cannot be held against what comes."""
