"""What messages mean: a mapping proposed from a sample of them, with the reasons; and one written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from data.feeds.examples import is_personal, looks_personal
from data.feeds.identity import Topics, identity_of, kind_level
from data.feeds.likeness import are_numbers, are_sides, are_times, are_within, are_words, distinct, known
from data.feeds.movement import do_move
from data.feeds.paths import KEY, ROOT, path_of, rows_of, value_at, written
from data.feeds.shapes import header_of, is_table, last_of, paths_in, plain, rows_path, telling
from data.feeds.whereabouts import are_swapped, place_of, system_of
from twin.errors import FeedError
from twin.feed import Mapping, Picture, TimeFormat

ROWS_SEEN = 200
MOST_VALUES, MOST_WORDS = 24, 6
NAMES: dict[str, tuple[str, ...]] = {
    "z": ("alt", "altitude", "elevation", "ele", "z"),
    "time": ("time", "timestamp", "tst", "ts", "t", "datetime", "date", "phenomenontime", "resulttime", "observedat",
             "lastreported", "lastupdated", "updatedat", "updated", "measuredat", "recordedat", "dateobserved", "utc",
             "datum", "zeit", "zeitpunkt", "zeitstempel", "fecha", "hora", "horodatage", "heure", "dataora", "aika",
             "received", "receivedat", "gemessen", "gemessenam", "messzeit", "messzeitpunkt", "maj", "mesurele",
             "datemesure", "datehoraire", "fechahora", "日時", "観測日時", "観測時刻", "測定日時", "更新日時", "時刻"),
    "heading": ("bearing", "heading", "hdg", "trueheading", "truetrack", "course", "cog", "track", "azimuth",
                "direction", "orientation", "kurs", "fahrtrichtung", "rumbo", "方位", "方位角"),
    "speed": ("speed", "spd", "velocity", "speedmps"),
    "end_lon": ("tolon", "destlon", "endlon", "destinationlon", "tolongitude", "endlongitude"),
    "end_lat": ("tolat", "destlat", "endlat", "destinationlat", "tolatitude", "endlatitude"),
}  # fmt: skip
"""How fields are called, in lower case without marks; the surer names first."""
TIMELY = ("time", "date", "stamp", "observed", "updated", "measured", "recorded")
"""What names of times have in them, where none is called as above."""
ENDS = {"from": "from_id", "to": "to_id", "layer": "places_layer", "key": "places_key"}
"""What people write of flows between features."""
MAPPED = ("id", "lon", "lat", "x", "y", *NAMES)
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


def parse_map(text: str) -> Mapping:
    """Return the mapping that "id=VP.veh,lon=VP.long,pm10=values.pm10" states; names that are none of ours are values.

    raises   FeedError  a part has no "=", or stands twice
    """
    known = {f.name for f in fields(Mapping)} - {"values"}
    is_between = {"from", "to"} <= {part.partition("=")[0].strip() for part in text.split(",")}
    stated: dict[str, Any] = {}
    values: list[tuple[str, str]] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, equals, path = (p.strip() for p in part.partition("="))
        name = ENDS.get(name, name) if is_between else name
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
    return {getattr(mapping, n) for n in (*MAPPED, "from_id", "to_id")} - {""}


def propose(
    documents: Sequence[object], *, topics: Sequence[str] = (), rows: str = "", asked: str = "", crs: str = ""
) -> Proposal:
    """Return what a sample of messages seems to mean.

    documents   what messages said, decoded
    topics      the MQTT topic of each, where they have one
    rows        the path of the list of entities, where a person stated it
    asked       the filter of topics that was subscribed to
    crs         the system of the city that it is to be shown in
    """
    rows = rows or next((r for d in documents if (r := rows_path(d))), "")
    found_rows = [rows_of(d, rows) for d in documents]
    sample = [as_row(r) for items in found_rows for r in items][:ROWS_SEEN]
    header = next((h for d in documents if (h := header_of(d, rows))), [])
    columns, called = _columns(sample, header)
    left_out = tuple(p for p in columns if is_personal(p) or looks_personal(called.get(p, "")))
    columns = {path: said for path, said in columns.items() if path not in left_out}
    is_single = all(len(items) <= 1 for items in found_rows)
    about = Topics(topics, asked)
    found, words = _fields(columns, called)
    shapes = [frozenset(_names_of(d)) for d in documents]
    one = [as_row(r) for r in max(found_rows, key=len, default=[])][:ROWS_SEEN]  # in several, each comes again
    of_one = columns if is_single else {p: c for p, c in _columns(one, header)[0].items() if p in columns}
    name = identity_of(_renamed(of_one, called), found, is_single=is_single, topics=about, fields=shapes)
    is_inside = not is_single or rows
    if is_inside and (not name or name.startswith("topic.")):
        name = _id_above(documents, rows) or name
    if name:
        name = _original(name, called)
        found["id"] = name
        words.append(f'"{name}" tells one entity from another.')
    if rows:
        words.insert(0, f'Each message holds many entities, under "{rows}".')
    return _proposal(
        columns, called, found, words,
        documents=documents, topics=about, shapes=shapes, rows=rows, crs=crs, left_out=left_out,
    )  # fmt: skip


def _proposal(
    columns: dict[str, list[object]], called: dict[str, str], found: dict[str, str], words: list[str], *,
    documents: Sequence[object], topics: Topics, shapes: Sequence[frozenset[str]], rows: str, crs: str,
    left_out: tuple[str, ...],
) -> Proposal:  # fmt: skip
    taken = {*found.values(), *(p for v in found.values() for p in v.split("+"))}
    if "lon" in found and are_swapped(columns[found["lon"]], columns[found["lat"]], crs):
        found["lon"], found["lat"] = found["lat"], found["lon"]
        words.append("Its places say latitude and longitude the other way round: as they stand they are far from here.")
    values = _by_topic(_values(columns, called, taken), topics, shapes)
    stated = {"crs": system} if "x" in found and (system := next(filter(None, map(system_of, documents)), "")) else {}
    wrapped = _wrapper(documents, topics)
    mapping = Mapping(rows=rows, values=values)
    mapping = replace(mapping, **found, **stated)  # type: ignore[arg-type]
    if wrapped:
        mapping = _unwrapped(mapping, wrapped)
    sure = {"lon": 0.35, "lat": 0.35, "x": 0.25, "y": 0.25, "id": 0.2, "time": 0.1}
    confidence = min(sum(weight for name, weight in sure.items() if name in found), 1.0)
    seen = tuple(_seen(path, said) for path, said in columns.items())
    return Proposal(mapping, _picture(found, columns), confidence, tuple(words), seen, left_out)


# the fields of a sample


def as_row(item: object) -> dict[str, object]:
    """Return an item of a list as an object: a plain value and a row of a table stand under "value"."""
    return item if isinstance(item, dict) else {"value": item}


def _columns(
    sample: Sequence[dict[str, object]], header: Sequence[str]
) -> tuple[dict[str, list[object]], dict[str, str]]:
    """Return what a sample says by path, and how paths are called that have no name of their own."""
    rows = (
        sample[1:] if header and is_table([s.get("value") for s in sample[:1]]) and _is_head(sample, header) else sample
    )
    columns = {path: [value_at(row, path_of(path)) for row in rows] for path in paths_in(rows)}
    called = {f"value.{place}": name for place, name in enumerate(header) if f"value.{place}" in columns}
    return columns, called


def _is_head(sample: Sequence[dict[str, object]], header: Sequence[str]) -> bool:
    return sample[0].get("value") == list(header)


def _renamed(columns: dict[str, list[object]], called: dict[str, str]) -> dict[str, list[object]]:
    """Return columns under the names a table's header gives them, for as long as names are looked at."""
    return {written(called.get(path, "")) or path: said for path, said in columns.items()}


def _original(path: str, called: dict[str, str]) -> str:
    back = {written(name): place for place, name in called.items()}
    return "+".join(back.get(part, part) for part in path.split("+"))


def _names_of(document: object) -> list[str]:
    return [str(name) for name in document] if isinstance(document, dict) else []


def _id_above(documents: Sequence[object], rows: str) -> str:
    """Return the path of what tells messages apart, where their rows have no name: of the device that sent them."""
    sample: list[dict[str, object]] = [
        {k: v for k, v in d.items() if not isinstance(v, list)} for d in documents if isinstance(d, dict) and rows
    ]
    columns = {path: [value_at(row, path_of(path)) for row in sample] for path in paths_in(sample)}
    strong = identity_of(columns, {}, is_single=True, topics=Topics(), fields=())
    return f"{ROOT}{strong}" if strong and "+" not in strong else ""


def _wrapper(documents: Sequence[object], topics: Topics) -> str:
    """Return the names that messages stand under, where these are their kinds: {"VP": {...}}, {"DOO": {...}}."""
    names = {next(iter(d)) for d in documents if isinstance(d, dict) and len(d) == 1}
    if not names or not all(isinstance(d, dict) and len(d) == 1 for d in documents):
        return ""
    if not all(isinstance(v, dict) for d in documents for v in d.values()):  # type: ignore[attr-defined]
        return ""
    levels = {level.lower() for topic in topics.seen for level in topic.split("/")}
    is_kind = len(names) > 1 or next(iter(names)).lower() in levels
    return "|".join(sorted(names)) if is_kind else ""


def _unwrapped(mapping: Mapping, names: str) -> Mapping:
    """Return a mapping for messages of any kind."""
    known_names = set(names.split("|"))

    def inside(path: str) -> str:
        parts = (p.partition(".") for p in path.split("+"))
        return "+".join(
            f"*.{below}" if first in known_names and below else first + dot + below for first, dot, below in parts
        )

    changes = {name: inside(getattr(mapping, name)) for name in MAPPED}
    values = {inside(path): (telling(path), inside(path)) for _, path in mapping.values}
    used = set(changes.values())
    kept = tuple(v for path, v in values.items() if path not in used)
    return replace(mapping, values=kept, **changes)  # type: ignore[arg-type]


def _by_topic(
    values: tuple[tuple[str, str], ...], topics: Topics, shapes: Sequence[frozenset[str]]
) -> tuple[tuple[str, str], ...]:
    """Return values that are called as a level of their topic says, where messages are a value alone."""
    level = kind_level(topics, ())
    is_alone = len(values) == 1 and not any(len(s) > 1 for s in shapes) and values[0][0] in {"value", "val", "v"}
    return ((f"{{topic.{level}}}", values[0][1]),) if is_alone and level >= 0 and any(topics.seen) else values


# which field is what


def _fields(columns: dict[str, list[object]], called: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    named = _renamed(columns, called)
    found, words = place_of(named)
    checks: dict[str, Callable[[list[object]], bool]] = {
        "time": are_times,
        "heading": lambda said: are_within(said, 360) and not are_sides(said),
        "speed": lambda said: are_within(said, 400),
        "z": are_numbers,
        "end_lon": lambda said: are_within(said, 180),
        "end_lat": lambda said: are_within(said, 90),
    }
    for name, fits in checks.items():
        best = _best(name, named, fits, set(found.values()))
        if best:
            found[name] = best
            words.append(f'"{best}" is the {_CALLED[name]}: its name and its values say so.')
    if "time" not in found and (timely := _timely(named, set(found.values()))):
        found["time"] = timely
        words.append(f'"{timely}" is the time of the observation, as it seems.')
    if ("end_lon" in found) != ("end_lat" in found):
        found = {k: v for k, v in found.items() if k not in {"end_lon", "end_lat"}}
    back = {written(name): place for place, name in called.items()}
    return {name: back.get(path, path) for name, path in found.items()}, words


_CALLED = {"time": "time of the observation", "heading": "direction", "speed": "speed", "z": "height",
           "end_lon": "longitude it goes to", "end_lat": "latitude it goes to"}  # fmt: skip


def _best(
    name: str, columns: dict[str, list[object]], fits: Callable[[list[object]], bool], taken: set[str]
) -> str | None:
    """Return the path whose name is surest among those whose values fit; the shallower of two."""
    order = {known_name: place for place, known_name in enumerate(NAMES[name])}
    ranked = sorted((order[said], len(path_of(p)), p) for p in columns if (said := plain(telling(p))) in order)
    return next((p for _, _, p in ranked if p not in taken and fits(columns[p])), None)


def _timely(columns: dict[str, list[object]], taken: set[str]) -> str:
    """Return a field that holds times and is called a little like it; "" if there is none."""
    paths = [
        p for p in columns if (p.startswith("value.") or any(w in plain(telling(p)) for w in TIMELY)) and p not in taken
    ]
    return next((p for p in sorted(paths, key=lambda p: len(path_of(p))) if are_times(columns[p])), "")


def _is_called_time(name: str) -> bool:
    return any(word in plain(name) for word in TIMELY)


def _values(columns: dict[str, list[object]], called: dict[str, str], taken: set[str]) -> tuple[tuple[str, str], ...]:
    """Return what else is measured or told: numbers first come, words by how they are called."""
    names = {path: called.get(path) or telling(path) for path in columns}
    lasts = list(names.values())
    numbers, words = [], []
    for path, said in columns.items():
        last = names[path]
        if path in taken or path.startswith("geometry.") or _is_key(plain(last)) or last in {"type", "@type", KEY}:
            continue
        if are_times(said) and (path == last or _is_called_time(last)):
            continue
        name = last if lasts.count(last) == 1 else path
        if are_numbers(said):
            numbers.append((name, path))
        elif are_words(said) and any(word in plain(last) for word in WORDS_KEPT):
            words.append((name, path))
    return (*numbers[:MOST_VALUES], *words[:MOST_WORDS])


def _is_key(simple: str) -> bool:
    return simple.endswith("id") and simple not in {"routeid", "lineid", "humid"}


def _picture(found: dict[str, str], columns: dict[str, list[object]]) -> Picture:
    if "end_lon" in found:
        return Picture.FLOWS
    if "lon" not in found and "x" not in found:
        return Picture.BUILDINGS
    moves = bool({"heading", "speed"} & found.keys())
    moves = moves or any(plain(last_of(p)) in {"odo", "odometer", "mmsi"} for p in columns)
    places = ("lon", "lat") if "lon" in found else ("x", "y")
    moves = moves or do_move(
        columns, found.get("id", ""), (found[places[0]], found[places[1]]), is_projected="lon" not in found
    )
    return Picture.VEHICLES if moves else Picture.SENSORS


def _seen(path: str, said: list[object]) -> FieldSeen:
    told = known(said)
    return FieldSeen(path, str(told[0])[:60] if told else "", are_numbers(said), distinct(said))
