"""What tells one entity from another: a field, two of them, or levels of the topic."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass

from data.feeds.examples import looks_personal
from data.feeds.likeness import are_names, are_words, distinct, known
from data.feeds.paths import KEY, path_of
from data.feeds.shapes import STRONG, plain, telling

NAMES = ("id", "vehicleid", "vehid", "veh", "stationid", "bikeid", "sensorid", "deviceid", "device", "deveui", "mmsi",
         "entityid", "thingid", "nodeid", "trackerid", "assetid", "vesselid", "hex", "icao24", "trainnumber", "station",
         "sensor", "node", "thing", "tracker", "asset", "stopid", "fid", "objectid", "gid", "devicename", "serial",
         "serialnumber", "macaddress", "mac", "ref", "code", "tid", "name", "label", "key", "kennung", "nummer",
         "number", "nr", "messstelle", "messstation", "messstellennr", "stationsnummer", "fahrzeug", "fahrzeugnr",
         "identifiant", "numero", "capteur", "identificador", "局番", "測定局", "観測所", "車両番号", "uuid", "@iotid",
         KEY)  # fmt: skip
"""How fields are called, in lower case without marks; the surer names first."""
_OF_A_MESSAGE = frozenset({"uuid", "@iotid", "messageid", "msgid", "eventid", "name", "label", "ref", "code", "tid",
                           "number", "key"})  # fmt: skip
"""Names that may be of the message, its kind or its place: a topic that differs tells more."""
_THINGS = frozenset({"vehicle", "sensor", "device", "node", "thing", "bike", "vessel", "ship", "train", "bus", "tram",
                     "aircraft", "tracker", "box", "asset", "enddeviceids"})  # fmt: skip
_OF_OTHERS = frozenset({"routeid", "lineid", "tripid", "areaid", "zoneid", "typeid", "groupid", "parentid", "userid",
                        "tenantid", "applicationid", "networkid", "agencyid", "operatorid", "cityid"})  # fmt: skip
"""Names of what many entities have in common."""
MOST_REPEATED = 0.95

Columns = Dict[str, list[object]]


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics that messages came under, and what was subscribed to."""

    seen: Sequence[str] = ()
    """Of each message."""
    asked: str = ""
    """The filter, with + and #; "" where it is not known."""


def identity_of(
    columns: Columns, found: Dict[str, str], *, is_single: bool, topics: Topics, fields: Sequence[frozenset[str]]
) -> str:
    """Return the path of what tells entities apart, "" if nothing does.

    columns    what was said, by path
    found      what is known to be place, time and so on
    is_single  whether each message is one entity; else a list of them
    fields     the names in each message
    """
    ranked = _ranked(columns, set(found.values()))
    by_operator = next((p for p in columns if plain(telling(p)) == "oper"), None)
    levels = levels_of(topics, fields)
    chosen = _of_things(ranked, columns, found, is_single=is_single) or _first_telling(
        ranked, columns, is_single=is_single, is_topical=_are_several(topics, levels)
    )
    if chosen and by_operator and plain(telling(chosen)) == "veh":  # numbers of one operator's fleet each
        return f"{by_operator}+{chosen}"
    if chosen:
        return chosen
    if not levels and (named := _called_id(columns, found, is_single=is_single)):
        return named
    return "+".join(f"topic.{level}" for level in levels)


def _ranked(columns: Columns, taken: set[str]) -> list[str]:
    """Return the paths that could be names, the surest first."""
    order = {name: place for place, name in enumerate(NAMES)}
    paths = [p for p in columns if plain(_name(p)) in order and p not in taken and "=" not in p]
    paths = [p for p in paths if not looks_personal(_name(p)) and are_names(columns[p])]
    return sorted(paths, key=lambda p: (order[plain(_name(p))], len(path_of(p)), p))


def _name(path: str) -> str:
    return str(path_of(path)[-1])


def _of_things(ranked: Sequence[str], columns: Columns, found: Dict[str, str], *, is_single: bool) -> str:
    """Return the id of a thing, where rows have a number of their own too; "" if that number is the thing's."""
    own = next((p for p in ranked if plain(_name(p)) in {"id", "@iotid", "uuid"} and len(path_of(p)) == 1), "")
    for path in ranked:
        if path == own or not _is_of_thing(path) or len(known(columns[path])) < MOST_REPEATED * len(columns[path]):
            continue
        if is_single:
            if own and _is_part(columns[path], columns[own]):
                return own
            return path if distinct(columns[path]) > 1 or not own or distinct(columns[own]) == 1 else ""
        if own and _is_part(columns[path], columns[own]):
            return own
        if _is_consistent(columns, path, found):
            return path
    return ""


def _is_of_thing(path: str) -> bool:
    parts = [plain(str(p)) for p in path_of(path)]
    is_called = parts[-1] in STRONG and parts[-1] not in {"station", "stationid", "sensor", "node"}
    return is_called or (len(parts) > 1 and parts[-2] in _THINGS and parts[-1] in {"id", "uid", "uuid", "code"})


def _is_part(names: Sequence[object], owns: Sequence[object]) -> bool:
    """Return whether each row's own id is made of the thing's name: vehicle_position_18/165 of 18/165."""
    pairs = [(str(n), str(o)) for n, o in zip(names, owns, strict=True) if n is not None and o is not None]
    return all(n in o for n, o in pairs) and bool(pairs)


def _is_consistent(columns: Columns, path: str, found: Dict[str, str]) -> bool:
    """Return whether rows of the same name are of one place, or of different times."""
    about = [columns[found[n]] for n in ("lon", "lat", "x", "y") if n in found and found[n] in columns]
    at = columns.get(found.get("time", ""), [None] * len(columns[path]))
    places: dict[str, set[str]] = {}
    moments: dict[str, list[str]] = {}
    for row, name in enumerate(columns[path]):
        places.setdefault(str(name), set()).add(str([c[row] for c in about]))
        moments.setdefault(str(name), []).append(str(at[row]))
    return all(len(p) == 1 or len(set(moments[n])) == len(moments[n]) for n, p in places.items())


def _first_telling(ranked: Sequence[str], columns: Columns, *, is_single: bool, is_topical: bool) -> str:
    for path in ranked:
        said, name = columns[path], plain(_name(path))
        if is_single and is_topical and name in _OF_A_MESSAGE:
            continue
        if not is_single:
            if distinct(said) >= MOST_REPEATED * len(said):
                return path
            continue
        is_kind = distinct(said) == 1 and len(said) > 2 and any(distinct(columns[p]) > 1 for p in ranked)
        if not is_kind:
            return path
    return ranked[0] if ranked and is_single and not is_topical else ""


def _called_id(columns: Columns, found: Dict[str, str], *, is_single: bool) -> str:
    """Return a field whose name ends like that of a name, else the first column of a table that differs in each row."""
    taken = set(found.values())
    for path, said in columns.items():
        name = plain(_name(path))
        if len(path_of(path)) > 1 or path in taken or not name.endswith("id") or name in _OF_OTHERS:
            continue
        if not looks_personal(name) and are_names(said) and (is_single or distinct(said) >= MOST_REPEATED * len(said)):
            return path
    cells = [p for p in columns if path_of(p)[0] == "value" and len(path_of(p)) == 2 and are_words(columns[p])]
    return next((p for p in cells if distinct(columns[p]) >= MOST_REPEATED * len(columns[p])), "")


# topics


def levels_of(topics: Topics, fields: Sequence[frozenset[str]]) -> list[int]:
    """Return the levels of topics that tell entities apart: those that differ, without that of a kind of message."""
    if not any(topics.seen):
        return []
    split = [t.split("/") for t in topics.seen]
    width = min(map(len, split))
    wild = _wild_levels(topics.asked, width)
    differing = [i for i in range(width) if len({s[i] for s in split}) > 1]
    if not differing:
        return wild
    kind = kind_level(topics, fields)
    telling_levels = [i for i in differing if i != kind]
    return telling_levels or differing


def kind_level(topics: Topics, fields: Sequence[frozenset[str]]) -> int:
    """Return the level that says what kind of message or value it is; -1 if none does.

    Such a level has fewer names than another, and comes with each of it: room/temperature. Where messages are objects,
    the names of their fields differ with it.
    """
    split = [t.split("/") for t in topics.seen]
    width = min(map(len, split), default=0)
    names = [[s[i] for s in split] for i in range(width)]
    differing = [i for i in range(width) if len(set(names[i])) > 1]
    if len(differing) < 2:
        return -1
    last = differing[-1]
    others = {tuple(s[i] for i in differing[:-1]) for s in split}
    kinds = {s[last] for s in split}
    if len(fields) == len(split) and any(f - {"value"} for f in fields):
        said = {k: {f for f, s in zip(fields, split, strict=True) if s[last] == k} for k in kinds}
        shared = [a & b for a in said.values() for b in said.values() if a is not b]
        return last if not any(shared) and len(others) > 1 else -1
    is_repeated = len({(*o, k) for o, k in _pairs(split, differing)}) > max(len(others), len(kinds))
    is_wordy = not any(any(c.isdigit() for c in k[-1:]) for k in kinds)
    return last if is_repeated and is_wordy and len(kinds) <= len(others) + 2 else -1


def _pairs(split: Sequence[Sequence[str]], differing: Sequence[int]) -> list[tuple[tuple[str, ...], str]]:
    return [(tuple(s[i] for i in differing[:-1]), s[differing[-1]]) for s in split]


def _wild_levels(asked: str, width: int) -> list[int]:
    """Return the levels that a filter leaves open."""
    levels: list[int] = []
    for place, part in enumerate(asked.split("/")):
        if part == "#":
            return [*levels, *range(place, width)]
        if part == "+" and place < width:
            levels.append(place)
    return levels


def _are_several(topics: Topics, levels: Sequence[int]) -> bool:
    return bool(levels) and any(topics.seen)
