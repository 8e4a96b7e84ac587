"""What messages mean: a mapping proposed from a sample of them, with the reasons; and one written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from data.feeds.observations import floats_of
from data.feeds.paths import KEY, rows_of, value_at
from data.feeds.times import times_of
from twin.entities import FloatArray
from twin.errors import FeedError
from twin.feed import Mapping, Picture, TimeFormat
from twin.personal_names import meaning_of

ROWS_SEEN = 200
MOST_VALUES, MOST_WORDS = 24, 6
DEPTH = 5
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "vehicleid", "vehid", "veh", "stationid", "bikeid", "sensorid", "deviceid", "device", "mmsi", "uuid",
           "entityid", "stopid", "fid", "@iotid", "icao24", "ref", "code", "name", "label", "key", KEY.strip("#")),
    "lon": ("lon", "lng", "long", "longitude", "londeg", "gpslon", "fromlon", "startlon",
            "originlon", "fromlongitude", "x"),
    "lat": ("lat", "latitude", "latdeg", "gpslat", "fromlat", "startlat",
            "originlat", "fromlatitude", "y"),
    "x": ("x", "easting", "east", "xcoord", "coordx"),
    "y": ("y", "northing", "north", "ycoord", "coordy"),
    "z": ("alt", "altitude", "elevation", "ele", "z"),
    "time": ("time", "timestamp", "tst", "ts", "t", "datetime", "date", "phenomenontime", "resulttime", "observedat",
             "lastreported", "lastupdated", "updatedat", "updated", "measuredat", "recordedat", "utc"),
    "heading": ("bearing", "heading", "hdg", "course", "cog", "azimuth", "trueheading", "h"),
    "speed": ("speed", "spd", "velocity", "speedmps", "v"),
    "end_lon": ("tolon", "destlon", "endlon", "destinationlon", "tolongitude", "endlongitude"),
    "end_lat": ("tolat", "destlat", "endlat", "destinationlat", "tolatitude", "endlatitude"),
}  # fmt: skip
"""How fields are called, in lower case without marks; the surer names first."""
PERSONAL = ("driver", "passenger", "rider", "phone", "email", "user", "customer", "plate", "cardnumber", "imei", "imsi")
"""What names of fields have in them that are about people, beside those that tables have."""
WORDS_KEPT = ("route", "line", "name", "status", "state", "desi", "destination", "type", "unit", "level", "street")


@dataclass(frozen=True, slots=True)
class FieldSeen:
    """A field that messages have."""

    path: str
    example: str
    is_number: bool
    distinct: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a sample of messages seems to mean."""

    mapping: Mapping
    picture: Picture
    confidence: float
    """0 to 1: how sure the place and the name of an entity are."""
    words: tuple[str, ...]
    """Why, one sentence a field."""
    seen: tuple[FieldSeen, ...]
    left_out: tuple[str, ...] = ()
    """Fields that look personal: not taken unless a person names them."""

    @property
    def is_usable(self) -> bool:
        """Return whether it says where things are."""
        return bool((self.mapping.lon and self.mapping.lat) or (self.mapping.x and self.mapping.y))


def parse_map(text: str) -> Mapping:
    """Return the mapping that "id=VP.veh,lon=VP.long,pm10=values.pm10" states; names that are none of ours are values.

    raises   FeedError  a part has no "=", or stands twice
    """
    known = {f.name for f in fields(Mapping)} - {"values"}
    stated: dict[str, Any] = {}
    values: list[tuple[str, str]] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, equals, path = (p.strip() for p in part.partition("="))
        if not equals or not name or not path:
            raise FeedError(f'"{part}" in --map says nothing.', hint="Write FIELD=PATH, such as id=VP.veh,lon=VP.long.")
        if name in stated or name in dict(values):
            raise FeedError(f'"{name}" stands twice in --map.', hint="Name each field once.")
        if name in known:
            stated[name] = path
        else:
            values.append((name, path))
    try:
        form = TimeFormat(stated.pop("time_format", TimeFormat.AUTO))
    except ValueError as error:
        raise FeedError(
            "time_format is none of auto, iso, epoch_s, epoch_ms.", hint="Leave it out for auto."
        ) from error
    return Mapping(**stated, time_format=form, values=tuple(values))


def merged(stated: Mapping, proposed: Mapping) -> Mapping:
    """Return what a person stated, and for the rest what is proposed."""
    has_place = bool((stated.lon and stated.lat) or (stated.x and stated.y))
    changes: dict[str, Any] = {}
    for field in fields(Mapping):
        name = field.name
        is_place = name in {"lon", "lat", "x", "y", "crs"}
        if not getattr(stated, name) and not (is_place and has_place):
            changes[name] = getattr(proposed, name)
    if stated.values:
        named, used = {n for n, _ in stated.values}, {p for _, p in stated.values}
        further = tuple(v for v in proposed.values if v[0] not in named and v[1] not in used)
        changes["values"] = stated.values + further
    changes["values"] = tuple(v for v in changes.get("values", stated.values) if v[1] not in _places_of(stated))
    return replace(stated, **changes)


def _places_of(mapping: Mapping) -> set[str]:
    return {getattr(mapping, n) for n in NAMES} - {""}


def propose(documents: Sequence[object], *, topics: Sequence[str] = (), rows: str = "") -> Proposal:
    """Return what a sample of messages seems to mean.

    documents   what messages said, decoded
    topics      the MQTT topic of each, where they have one
    rows        the path of the list of entities, where a person stated it
    """
    rows = rows or next((r for d in documents if (r := rows_path(d))), "")
    sample = [row for d in documents for row in rows_of(d, rows) if isinstance(row, dict)][:ROWS_SEEN]
    columns = {path: [value_at(row, _path(path)) for row in sample] for path in _paths(sample)}
    is_single = all(len(rows_of(d, rows)) <= 1 for d in documents)
    found, words = _fields(columns, is_single=is_single, topics=topics)
    left_out = tuple(p for p in columns if p not in found.values() and looks_personal(_last(p)))
    taken = {*found.values(), *left_out, *(p for v in found.values() for p in v.split("+"))}
    mapping = replace(Mapping(rows=rows, values=_values(columns, taken)), **found)  # type: ignore[arg-type]
    seen = tuple(_seen(path, said) for path, said in columns.items())
    sure = {"lon": 0.35, "lat": 0.35, "x": 0.25, "y": 0.25, "id": 0.2, "time": 0.1}
    confidence = min(sum(weight for name, weight in sure.items() if name in found), 1.0)
    if rows:
        words.insert(0, f'Each message holds many entities, under "{rows}".')
    return Proposal(mapping, _picture(found, columns), confidence, tuple(words), seen, left_out)


# the shape of a message


def rows_path(document: object) -> str:
    """Return where the list of entities is in a document; "" where it is an entity, or the list itself."""
    best, most = "", 0
    stack: list[tuple[str, object]] = [("", document)]
    while stack:
        path, at = stack.pop()
        if not isinstance(at, dict) or path.count(".") >= DEPTH:
            continue
        for name, below in at.items():
            if "." in str(name) or "+" in str(name):
                continue
            here = f"{path}.{name}" if path else str(name)
            items = list(below.values()) if isinstance(below, dict) else below
            is_rows = isinstance(items, list) and bool(items) and all(isinstance(i, dict) for i in items[:20])
            if is_rows and (isinstance(below, list) or (len(items) > 3 and _are_alike(items))) and len(items) > most:
                best, most = here, len(items)
            elif isinstance(below, dict):
                stack.append((here, below))
    return best


def _are_alike(items: list[dict[str, object]]) -> bool:
    first = set(items[0])
    return bool(first) and all(len(first & set(i)) * 2 >= len(first) for i in items[:20])


def _paths(sample: Sequence[dict[str, object]]) -> list[str]:
    """Return the paths of all plain values in a sample, in the order they are met."""
    found: dict[str, None] = {}

    def walk(at: object, path: str, depth: int) -> None:
        if isinstance(at, dict) and depth < DEPTH:
            for name, below in at.items():
                if "." not in str(name) and "+" not in str(name):
                    walk(below, f"{path}.{name}" if path else str(name), depth + 1)
        elif isinstance(at, list):
            if path.rpartition(".")[2] in {"coordinates", "location", "position", "coords", "point"} and at:
                found[f"{path}.0"] = found[f"{path}.1"] = None
        elif path:
            found[path] = None

    for row in sample:
        walk(row, "", 0)
    return [p for p in found if not (p.endswith((".2",)))]


def _path(path: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdigit() else part for part in path.split("."))


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def looks_personal(name: str) -> bool:
    """Return whether a field is called like something about a person."""
    plain = _plain(name)
    return bool(meaning_of(name)) or any(word in plain for word in PERSONAL)


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum() or c == "@")


# which field is what


def _fields(
    columns: dict[str, list[object]], *, is_single: bool, topics: Sequence[str]
) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    words: list[str] = []
    for path, said in columns.items():
        if path.endswith(("coordinates.0", "location.0", "coords.0", "point.0", "position.0")):
            which = "lon" if _within(said, 180) else "x"
            found |= {which: path, "lat" if which == "lon" else "y": f"{path[:-1]}1"}
            words.append(f'Its place is "{path[:-2]}".')
            break
    checks: dict[str, Callable[[list[object]], bool]] = {
        "lon": lambda said: _within(said, 180),
        "lat": lambda said: _within(said, 90),
        "x": lambda said: _is_numbers(said) and not _within(said, 180),
        "y": lambda said: _is_numbers(said) and not _within(said, 90),
        "time": _are_times,
        "heading": lambda said: _within(said, 360) and not _within_least(said),
        "speed": lambda said: _within(said, 400),
        "z": _is_numbers,
        "end_lon": lambda said: _within(said, 180),
        "end_lat": lambda said: _within(said, 90),
    }
    for name, fits in checks.items():
        if name in found or (name in {"lon", "lat"} and "x" in found) or (name in {"x", "y"} and "lon" in found):
            continue
        best = _best(name, columns, fits, set(found.values()))
        if best:
            found[name] = best
            words.append(f'"{best}" is the {_CALLED[name]}: its name and its values say so.')
    found = _in_pairs(found)
    identity = _identity(columns, found, is_single=is_single, topics=topics)
    if identity:
        found["id"] = identity
        words.append(f'"{identity}" tells one entity from another.')
    return found, words


_CALLED = {"lon": "longitude", "lat": "latitude", "x": "position to the east", "y": "position to the north",
           "time": "time of the observation", "heading": "direction", "speed": "speed", "z": "height",
           "end_lon": "longitude it goes to", "end_lat": "latitude it goes to"}  # fmt: skip


def _in_pairs(found: dict[str, str]) -> dict[str, str]:
    """Return the fields without halves of places."""
    for one, other in (("lon", "lat"), ("x", "y"), ("end_lon", "end_lat")):
        if (one in found) != (other in found):
            found = {k: v for k, v in found.items() if k not in {one, other}}
    if "lon" in found:
        found = {k: v for k, v in found.items() if k not in {"x", "y"}}
    return found


def _best(
    name: str, columns: dict[str, list[object]], fits: Callable[[list[object]], bool], taken: set[str]
) -> str | None:
    """Return the path whose name is surest among those whose values fit; the shallower of two."""
    order = {known: place for place, known in enumerate(NAMES[name])}
    ranked = sorted((order[_plain(_last(p))], p.count("."), p) for p in columns if _plain(_last(p)) in order)
    return next((p for _, _, p in ranked if p not in taken and fits(columns[p])), None)


def _identity(
    columns: dict[str, list[object]], found: dict[str, str], *, is_single: bool, topics: Sequence[str]
) -> str | None:
    """Return what tells entities apart: in one list it must differ from row to row."""
    order = {known: place for place, known in enumerate(NAMES["id"])}
    taken = set(found.values())
    ranked = sorted(
        (order[_plain(_last(p))], p.count("."), p)
        for p in columns
        if _plain(_last(p)) in order and p not in taken and not looks_personal(_last(p)) and _is_names(columns[p])
    )
    by_operator = next((p for p in columns if _plain(_last(p)) == "oper"), None)
    for _, _, path in ranked:
        is_telling = is_single or _distinct(columns[path]) >= 0.95 * len(columns[path])
        if is_telling and by_operator and _plain(_last(path)) == "veh":  # numbers of one operator's fleet each
            return f"{by_operator}+{path}"
        if is_telling:
            return path
    if ranked and is_single:
        return ranked[0][2]
    for level in range(len(topics[0].split("/")) if topics else 0):
        names = {t.split("/")[level] for t in topics if t.count("/") >= level}
        if len(names) > 1:
            return f"topic.{level}"
    return None


def _values(columns: dict[str, list[object]], taken: set[str]) -> tuple[tuple[str, str], ...]:
    """Return what else is measured or told: numbers first come, words by how they are called."""
    lasts = [_last(p) for p in columns]
    numbers, words = [], []
    for path, said in columns.items():
        last = _last(path)
        if path in taken or path.startswith("geometry.") or _is_key(_plain(last)) or last in {"type", KEY}:
            continue
        name = last if lasts.count(last) == 1 else path
        if _is_numbers(said):
            numbers.append((name, path))
        elif _is_words(said) and any(word in _plain(last) for word in WORDS_KEPT):
            words.append((name, path))
    return (*numbers[:MOST_VALUES], *words[:MOST_WORDS])


def _is_key(plain: str) -> bool:
    return plain.endswith("id") and plain not in {"routeid", "lineid"}


def _picture(found: dict[str, str], columns: dict[str, list[object]]) -> Picture:
    if "end_lon" in found:
        return Picture.FLOWS
    moves = {"heading", "speed"} & found.keys() or any(_plain(_last(p)) in {"odo", "odometer", "mmsi"} for p in columns)
    return Picture.VEHICLES if moves else Picture.SENSORS


# what values are like


def _known(said: list[object]) -> list[object]:
    return [s for s in said if s is not None and s != "" and not (isinstance(s, float) and s < -1e299)]


def _numbers(said: list[object]) -> FloatArray:
    known = _known(said)
    if any(isinstance(s, bool | dict | list) for s in known):
        return np.full(len(known), np.nan)
    return floats_of(known)[0]


def _is_numbers(said: list[object]) -> bool:
    numbers = _numbers(said)
    return len(numbers) > 0 and float(np.isfinite(numbers).mean()) >= 0.8


def _within(said: list[object], most: float) -> bool:
    """Return whether the values are numbers within ± most; single broken ones do not count."""
    numbers = _numbers(said)
    numbers = numbers[np.isfinite(numbers)]
    return len(numbers) > 0 and _is_numbers(said) and float((np.abs(numbers) <= most).mean()) >= 0.8


def _within_least(said: list[object]) -> bool:
    """Return whether all values are 1 or 2: a direction of a line, not of the compass."""
    numbers = _numbers(said)
    return set(numbers[np.isfinite(numbers)].tolist()) <= {1.0, 2.0}


def _are_times(said: list[object]) -> bool:
    known = _known(said)
    if not known or any(isinstance(s, bool | dict | list) for s in known):
        return False
    times = times_of(known[:20])
    return float((np.isfinite(times) & (times > 3e8) & (times < 4.2e9)).mean()) >= 0.8


def _is_words(said: list[object]) -> bool:
    known = _known(said)
    return len(known) > 0 and all(isinstance(s, str) for s in known)


def _is_names(said: list[object]) -> bool:
    known = _known(said)
    return len(known) >= 0.5 * len(said) and all(isinstance(s, str | int | float) for s in known)


def _distinct(said: list[object]) -> int:
    return len({str(s) for s in _known(said)})


def _seen(path: str, said: list[object]) -> FieldSeen:
    known = _known(said)
    return FieldSeen(path, str(known[0])[:60] if known else "", _is_numbers(said), _distinct(said))
