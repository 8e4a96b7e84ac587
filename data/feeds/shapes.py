"""The shape of messages: where their entities are, and the paths of all plain values in these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from data.feeds.paths import KEY, path_of, rows_of, value_at, written

DEPTH = 6
LOOKED_AT = 20
"""Items of a list that are looked at to tell what it is a list of."""
MOST_PATHS = 400
PLACES = frozenset(
    {"coordinates", "location", "position", "coords", "point", "geom", "geometry", "wkt", "thegeom", "shape", "latlng",
     "latlon", "lonlat", "lnglat", "geo", "geopoint", "geolocation", "gps", "where", "center", "centroid", "latlong"}
)  # fmt: skip
"""How fields are called whose list of two numbers, or text of them, is a place."""
GENERIC = frozenset(
    {"value", "@value", "val", "result", "reading", "data", "$", "#text", "avg", "mean", "last", "latest", "current"}
)
"""Names that say nothing of what is measured: the name above them does."""
_NAMING = ("valuetype", "type", "name", "key", "n", "property", "parameter", "param", "measure", "measurement",
           "metric", "variable", "quantity", "label", "code", "id", "sensor", "channel", "pollutant", "species",
           "indicator", "phenomenon", "observedproperty", "title", "kind", "field")  # fmt: skip
_VALUED = ("value", "val", "v", "result", "reading", "lastvalue", "latest", "measurement", "amount")
_HEADERS = ("columnnames", "columns", "fields", "header", "headers", "names", "keys", "schema")
STRONG = frozenset(
    {"deviceid", "device", "devicename", "deveui", "vehicleid", "vehid", "sensorid", "bikeid", "mmsi", "icao24", "hex",
     "nodeid", "thingid", "trackerid", "assetid", "entityid", "serial", "serialnumber", "macaddress", "stationid",
     "station", "sensor", "node", "thing", "tracker", "asset", "vesselid", "trainnumber"}
)  # fmt: skip
"""Names of what tells things apart, which no message or place would be called."""
_PAIR = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(?:POINT\s*Z?\s*\()?\s*[-+]?\d+(?:\.\d+)?\s*[,; ]\s*[-+]?\d+(?:\.\d+)?[^A-Za-z]*",
    re.IGNORECASE,
)

Item = dict[str, object]


def plain(name: str) -> str:
    """Return a name in lower case without marks."""
    return "".join(c for c in name.lower() if c.isalnum() or c in "@$#")


def last_of(path: str) -> str:
    """Return the last name of a path."""
    return str(path_of(path)[-1]) if path else ""


def telling(path: str) -> str:
    """Return the name of a path that says most: the last that is not generic; of a chosen item what it is chosen by."""
    parts = [str(part) for part in path_of(path) if not isinstance(part, int)]
    while len(parts) > 1 and plain(parts[-1]) in GENERIC and parts[-2] != "*":
        parts.pop()
    last = parts[-1] if parts else path
    name, equals, value = last.partition("=")
    return value if equals else name


# where the entities are


def rows_path(document: object) -> str:
    """Return where the list of entities is in a document; "" where it is an entity, or the list itself."""
    if not isinstance(document, dict):
        return ""
    found = list(_lists(document, "", 0))
    best = max(found, key=lambda one: len(one[1]), default=None)
    if best is None:
        return KEY if len(document) > 3 and _are_items(list(document.values())) else ""
    path, items = best
    return "" if _is_one_thing(document, items) else path


def _lists(at: Item, above: str, depth: int) -> Iterator[tuple[str, list[object]]]:
    """Yield the lists that could be of entities."""
    if depth >= DEPTH:
        return
    for name, below in at.items():
        here = f"{above}.{written(str(name))}" if above else written(str(name))
        if not is_writable(str(name)):
            continue
        if isinstance(below, dict):
            items = list(below.values())
            if len(items) > 3 and _are_items(items):
                yield here, items
            else:
                yield from _lists(below, here, depth + 1)
        elif isinstance(below, list) and below and _is_list_of_rows(below):
            yield here, below


def is_writable(name: str) -> bool:
    """Return whether a name can stand in a mapping that people write."""
    return not any(mark in name for mark in "+,=\\/") and name.strip() == name and 0 < len(name) < 200


def _is_list_of_rows(items: list[object]) -> bool:
    first = items[:LOOKED_AT]
    return all(isinstance(i, dict) for i in first) or is_table(first)


def is_table(items: Sequence[object]) -> bool:
    """Return whether these are rows of plain values, as long as each other, with words among them."""
    rows = [i for i in items if isinstance(i, list)]
    if not rows or len(rows) < len(items) or not all(3 <= len(r) == len(rows[0]) for r in rows):
        return False
    cells = [cell for row in rows for cell in row]
    return not any(isinstance(c, dict | list) for c in cells) and any(isinstance(c, str) for c in cells)


def _are_items(items: list[object]) -> bool:
    """Return whether these are objects with the same fields."""
    some = [i for i in items[:LOOKED_AT] if isinstance(i, dict)]
    if len(some) < len(items[:LOOKED_AT]) or not some:
        return False
    first = set(some[0])
    return bool(first) and all(len(first & set(i)) * 2 >= len(first) for i in some)


def _is_one_thing(document: Item, items: list[object]) -> bool:
    """Return whether a document is one entity, and its list says more of it: what measured, who heard it."""
    rows = [i for i in items[:LOOKED_AT] if isinstance(i, dict)]
    if not rows:
        return False
    has_names = _has_name(rows[0])
    has_places = _has_place(rows[0])
    if has_names and has_places and not _is_strong(document):
        return False
    if _is_strong(document):
        return has_names or not has_places
    return not has_names and not has_places and bool(named_values(rows))


def _is_strong(document: Item, depth: int = 0) -> bool:
    for name, below in document.items():
        if isinstance(below, str | int) and not isinstance(below, bool) and plain(str(name)) in STRONG:
            return True
        if isinstance(below, dict) and depth < 2 and _is_strong(below, depth + 1):
            return True
    return False


def _has_name(row: Item, depth: int = 0) -> bool:
    if any(plain(str(name)).endswith("id") or plain(str(name)) in {"name", "code"} for name in row):
        return True
    return depth < 1 and any(_has_name(below, depth + 1) for below in row.values() if isinstance(below, dict))


def _has_place(row: Item, depth: int = 0) -> bool:
    names = {plain(str(name)) for name in row}
    if names & {"lat", "latitude"} or names & {"coordinates", "geometry"}:
        return True
    return depth < 2 and any(_has_place(below, depth + 1) for below in row.values() if isinstance(below, dict))


def named_values(items: Sequence[object]) -> tuple[str, str] | None:
    """Return (name's field, value's field) of a list whose items say what they are the value of; None if it is none."""
    if not items or not all(isinstance(i, dict) for i in items):
        return None
    first: Item = items[0]  # type: ignore[assignment]
    value = next((str(f) for w in _VALUED for f in first if plain(str(f)) == w and _is_cell(first[f])), None)
    if value is None:
        return None
    for wanted in _NAMING:
        name = next((str(f) for f in first if plain(str(f)) == wanted), None)
        said = [i.get(name) for i in items if isinstance(i, dict)]
        if name is not None and all(isinstance(s, str) for s in said) and len(set(said)) == len(said):
            return name, value
    return None


def _is_cell(one: object) -> bool:
    return one is None or isinstance(one, str | int | float)


# what stands in them


def header_of(document: object, rows: str) -> list[str]:
    """Return the names of the columns of a table: beside its rows, or its first row; none if they are not told."""
    items = rows_of(document, rows)
    if not is_table(items[:LOOKED_AT]):
        return []
    width, first = len(items[0]), items[0]  # type: ignore[arg-type]
    above = value_at(document, path_of(rows)[:-1]) if rows else None
    for name, said in above.items() if isinstance(above, dict) else ():
        if plain(str(name)) in _HEADERS and isinstance(said, list) and len(said) == width:
            return [str(s.get("name", "")) if isinstance(s, dict) else str(s) for s in said]
    is_header = all(isinstance(s, str) and s for s in first) and len(items) > 1  # type: ignore[attr-defined]
    is_header = is_header and any(not isinstance(s, str) for s in items[1])  # type: ignore[attr-defined]
    return [str(s) for s in first] if is_header else []  # type: ignore[attr-defined]


def paths_in(sample: Sequence[Item]) -> list[str]:
    """Return the paths of all plain values in a sample, in the order they are met."""
    found: dict[str, None] = {}
    for row in sample:
        for path in _walk(row, "", 0):
            found[path] = None
        if len(found) > MOST_PATHS:
            break
    return list(found)[:MOST_PATHS]


def _walk(at: object, path: str, depth: int) -> Iterator[str]:
    if isinstance(at, dict):
        for name, below in at.items() if depth < DEPTH else ():
            if is_writable(str(name)):
                yield from _walk(below, f"{path}.{written(str(name))}" if path else written(str(name)), depth + 1)
    elif isinstance(at, list):
        yield from _of_list(at, path, depth)
    elif isinstance(at, str) and _is_place_text(at, path):
        yield from (path, f"{path}.0", f"{path}.1")
    elif path:
        yield path


def _of_list(at: list[object], path: str, depth: int) -> Iterator[str]:
    name = plain(last_of(path))
    if path == "value" and is_table([at]):
        yield from (f"{path}.{place}" for place in range(min(len(at), 60)))
    elif name in PLACES and at and (isinstance(at[0], list) or _is_number(at[0])):
        yield from (f"{path}.0", f"{path}.1")
    elif pair := named_values(at):
        for item in at[:60]:
            which = str(item[pair[0]])  # type: ignore[index]
            if is_writable(which) and "." not in which and depth < DEPTH:
                yield f"{path}.{written(pair[0])}={which}.{written(pair[1])}"


def _is_number(one: object) -> bool:
    return isinstance(one, int | float) and not isinstance(one, bool)


def _is_place_text(text: str, path: str) -> bool:
    names = [plain(str(p)) for p in path_of(path)[-2:]]
    is_called = names[-1:] and (names[-1] in PLACES or (names[-1] in GENERIC and names[0] in PLACES))
    return bool(is_called and len(text) < 120 and _PAIR.fullmatch(text))
