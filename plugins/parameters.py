"""Parameters of plugins: what a dataclass's fields ask for, and values from texts, from forms and for the plugin.

The host never sees the plugin's class: it gets each field as plain values, and gives plain values back.
"""

from __future__ import annotations

import csv
import json
import math
import tomllib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields, is_dataclass
from datetime import date, datetime
from difflib import get_close_matches
from enum import Enum
from pathlib import Path as FilePath
from types import NoneType, UnionType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugins.contract import Area, Column, Layer, LayerFacts, Path, PluginError, Point, Scenario
from twin.errors import UsageError

Field = dict[str, Any]
"""One parameter as plain values: name, type, default, title, help, is_many, and what the type needs besides."""

SIMPLE: dict[Any, str] = {
    bool: "bool",
    int: "whole",
    float: "number",
    str: "text",
    Layer: "layer",
    Column: "column",
    Scenario: "scenario",
    Point: "point",
    Path: "path",
    Area: "area",
    datetime: "datetime",
    date: "date",
}
PICKED = {"point", "path", "area"}
"""Types whose value is picked on the map."""


def fields_of(cls: type) -> list[Field]:
    """Return what a parameters dataclass asks for.

    raises   PluginError  it is no dataclass, a field has no default, or a type is not known
    """
    if not is_dataclass(cls):
        raise PluginError(f"The parameters ({cls.__name__}) are no dataclass.", "Write @dataclass(frozen=True) above.")
    hints = typing.get_type_hints(cls)
    return [_field(f.name, hints[f.name], f) for f in fields(cls)]


def _field(name: str, hint: Any, declared: Any) -> Field:
    default = declared.default if declared.default is not MISSING else None
    if declared.default is MISSING:
        if declared.default_factory is MISSING:
            raise PluginError(f'The parameter "{name}" has no default.', "Give every field of the parameters one.")
        default = declared.default_factory()
    facts = dict(declared.metadata)
    kind, more = _kind(name, hint, facts)
    choices = facts.pop("choices", None) or more.pop("choices", None)
    made = {"name": name, "type": "choice" if choices and kind == "text" else kind, "is_many": False, **facts, **more}
    made["title"] = facts.get("title") or _title(name, str(facts.get("unit") or ""))
    made["help"] = facts.get("help", "")
    if choices:
        made["choices"] = dict(choices)
    made["default"] = plain_value(made, _as_plain(default))
    return made


def _title(name: str, unit: str) -> str:
    """Return the words of a field's name, without the unit that ends it."""
    words = name.removesuffix(f"_{unit}") if unit else name
    return words.replace("_", " ").capitalize()


def _kind(name: str, hint: Any, facts: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, UnionType}:
        return _kind(name, next(t for t in inner if t is not NoneType), facts) if inner else ("text", {})
    if origin is typing.Annotated:
        return _kind(name, inner[0], facts)
    if origin is typing.Literal:
        return "text", {"choices": {str(c): str(c) for c in inner}}
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        if is_dataclass(inner[0]):
            return "table", {"fields": fields_of(typing.cast("type", inner[0]))}
        kind, more = _kind(name, inner[0], facts)
        return kind, {**more, "is_many": True}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "text", {"choices": {str(c.value): str(c.value).replace("_", " ") for c in hint}}
    if hint in SIMPLE:
        return SIMPLE[hint], {}
    known = ", ".join(t.__name__ for t in SIMPLE)
    raise PluginError(f'The parameter "{name}" has a type that is not known ({hint}).', f"Known are: {known}.")


def _as_plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return text_of_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {k: _as_plain(v) for k, v in asdict(value).items()}
    if isinstance(value, tuple | list):
        return [_as_plain(v) for v in value]
    return str(value) if isinstance(value, str) else value


# plain values from what people give


def plain_parameters(asked: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all parameters as plain values: those given (as texts or plain values), the rest by default.

    raises   UsageError  a name is not known or a value does not fit; the sentence says what would
    """
    names = [f["name"] for f in asked]
    for name in given:
        if name not in names:
            near = get_close_matches(name, names, n=1, cutoff=0.5)
            hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(names) or 'none'}."
            raise UsageError(f'There is no parameter "{name}".', hint=hint, parameter=name)
    return {f["name"]: plain_value(f, given[f["name"]]) if f["name"] in given else f["default"] for f in asked}


def plain_value(asked: Field, value: Any) -> Any:
    """Return one value as its plain self: from a text, as people write it, or from a plain value.

    raises   UsageError  it does not fit
    """
    if asked["type"] == "table":
        return _rows(asked, value)
    if asked["is_many"]:
        several = _listed(value, asked["type"])
        return [_one(asked, v) for v in several]
    return _one(asked, value)


def _one(asked: Field, value: Any) -> Any:
    kind = asked["type"]
    if value is None or (value == "" and kind in {"datetime", "date"} and asked.get("default") is None):
        return {"point": None, "path": [], "area": [], "bool": False}.get(kind)
    try:
        return _READERS.get(kind, _text)(value, asked)
    except (ValueError, TypeError, KeyError, ZoneInfoNotFoundError) as error:
        shown = value if isinstance(value, str) else json.dumps(value, default=str)
        raise UsageError(
            f"{asked.get('title') or asked['name']} ({asked['name']}) cannot be {shown}: it is {_wanted(asked)}.",
            hint=_EXAMPLES.get(kind, ""),
            parameter=asked["name"],
        ) from error


def _wanted(asked: Field) -> str:
    low, high, unit = asked.get("min"), asked.get("max"), asked.get("unit") or ""
    if asked["type"] in {"number", "whole"}:
        span = (f" from {low:g}" if low is not None else "") + (f" up to {high:g}" if high is not None else "")
        return f"a {'whole ' if asked['type'] == 'whole' else ''}number{span} {unit}".strip()
    if asked["type"] == "choice":
        return "one of " + ", ".join(asked["choices"])
    return {
        "bool": "true or false",
        "point": "a longitude and a latitude",
        "path": "two points or more",
        "area": "a ring of three points or more",
        "datetime": "a date and time with its zone",
        "date": "a date",
    }.get(asked["type"], f"a {asked['type']}")


_EXAMPLES = {
    "point": "Write 13.40,52.52.",
    "path": "Write lon,lat;lon,lat.",
    "area": "Write lon,lat;lon,lat;lon,lat.",
    "datetime": "Write 2026-06-21T12:00[Europe/Berlin] or 2026-06-21T12:00+02:00.",
    "date": "Write 2026-06-21.",
}


def _number(value: Any, asked: Field) -> float | int:
    if isinstance(value, bool):
        raise TypeError(value)
    found = float(value)
    low, high = asked.get("min"), asked.get("max")
    if not math.isfinite(found) or (low is not None and found < low) or (high is not None and found > high):
        raise ValueError(value)
    if asked["type"] == "whole":
        if found != int(found):
            raise ValueError(value)
        return int(found)
    return found


def _truth(value: Any, _asked: Field) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    return {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}[
        word
    ]


def _text(value: Any, _asked: Field) -> str:
    if isinstance(value, list | dict):
        raise TypeError(value)
    return str(value)


def _choice(value: Any, asked: Field) -> str:
    for key, words in asked["choices"].items():
        if str(value).casefold() in {str(key).casefold(), str(words).casefold()}:
            return str(key)
    raise ValueError(value)


def _point(value: Any, _asked: Field) -> list[float]:
    lon, lat = (float(v) for v in (value.split(",") if isinstance(value, str) else value))
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(value)
    return [lon, lat]


def _points(value: Any, asked: Field) -> list[list[float]]:
    pieces = [p for p in value.split(";") if p.strip()] if isinstance(value, str) else value
    points = [_point(p, asked) for p in pieces]
    if asked["type"] == "area" and len(points) > 3 and points[0] == points[-1]:
        points = points[:-1]
    if points and len(points) < (3 if asked["type"] == "area" else 2):
        raise ValueError(value)
    return points


def _moment(value: Any, _asked: Field) -> str:
    return text_of_moment(moment_of_text(str(value)))


def _date(value: Any, _asked: Field) -> str:
    return date.fromisoformat(str(value)[:10]).isoformat()


_READERS: dict[str, Any] = {
    "number": _number,
    "whole": _number,
    "bool": _truth,
    "choice": _choice,
    "point": _point,
    "path": _points,
    "area": _points,
    "datetime": _moment,
    "date": _date,
}


def _listed(value: Any, kind: str) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            return list(json.loads(value))
        return [v.strip() for v in value.split(";" if kind in PICKED else ",") if v.strip()]
    return list(value)


def _rows(asked: Field, value: Any) -> list[dict[str, Any]]:
    """Return a small table: from rows, from JSON, or from "@FILE" of JSON, CSV or TOML."""
    try:
        rows = _table_text(value) if isinstance(value, str) else value or []
        return [plain_parameters(asked["fields"], dict(row)) for row in rows]
    except (ValueError, TypeError, OSError) as error:
        names = ", ".join(f["name"] for f in asked["fields"])
        raise UsageError(
            f"{asked['name']} cannot be read as a table ({error}).",
            hint=f"Write @FILE.csv or @FILE.toml with the columns {names}, or a JSON list of objects.",
        ) from error


def _table_text(text: str) -> list[dict[str, Any]]:
    text = text.strip()
    if text.startswith("@"):
        path = FilePath(text[1:])
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".toml":
            return next((v for v in tomllib.loads(text).values() if isinstance(v, list)), [])
        if path.suffix.lower() != ".json":
            return [
                {k: v for k, v in row.items() if k and v not in (None, "")} for row in csv.DictReader(text.splitlines())
            ]
    return list(json.loads(text)) if text else []


# moments with their zone


def moment_of_text(text: str) -> datetime:
    """Return the moment of "2026-06-21T12:00[Europe/Berlin]" or "2026-06-21T12:00+02:00".

    raises   ValueError  it is no such text, or has no zone
    """
    stated, _, zone = text.strip().removesuffix("]").partition("[")
    moment = datetime.fromisoformat(stated.replace(" ", "T", 1))
    if zone:
        where = ZoneInfo(zone)
        return moment.replace(tzinfo=where) if moment.tzinfo is None else moment.astimezone(where)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment


def text_of_moment(moment: datetime) -> str:
    """Return a moment as a text with its zone."""
    zone = getattr(moment.tzinfo, "key", "")
    if zone:
        return f"{moment.isoformat(timespec='minutes' if not moment.second else 'seconds')}[{zone}]"
    return moment.isoformat()


# for the plugin


def with_layers(asked: Sequence[Field], plain: Mapping[str, Any], layers: Sequence[LayerFacts]) -> dict[str, Any]:
    """Return the parameters with the first layer that fits where one is needed and none was chosen.

    raises   PluginError  a layer that was chosen is not there, or none fits
    """
    filled = dict(plain)
    for f in asked:
        if f["type"] == "layer" and not f["is_many"]:
            filled[f["name"]] = _layer(f, str(plain[f["name"]] or ""), layers)
        elif f["type"] == "layer":
            filled[f["name"]] = [_layer(f, str(v), layers) for v in plain[f["name"]]]
    return filled


def _layer(asked: Field, chosen: str, layers: Sequence[LayerFacts]) -> str:
    kinds = asked.get("kinds") or ()
    fitting = [layer for layer in layers if not kinds or layer.kind in kinds]
    if chosen:
        for layer in layers:
            if chosen in {layer.id, layer.title}:
                return layer.id
    if chosen and chosen != asked["default"]:  # one that a person has named
        names = ", ".join(layer.id for layer in layers)
        raise PluginError(f'There is no layer "{chosen}" for {asked["title"]}.', f"There are: {names}.")
    if asked.get("is_optional"):
        return ""
    if not fitting:
        what = " or ".join(kinds) or "any kind"
        raise PluginError(f"{asked['title']} needs a layer of {what}, and none is open.", "Open one first.")
    return fitting[0].id


def typed_parameters(cls: type, plain: Mapping[str, Any]) -> Any:
    """Return the plugin's own dataclass with the values in their types."""
    hints = typing.get_type_hints(cls)
    return cls(**{name: _typed(hints[name], value) for name, value in plain.items()})


def _typed(hint: Any, value: Any) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, UnionType}:
        return None if value is None else _typed(next(t for t in inner if t is not NoneType), value)
    if origin is typing.Annotated:
        return _typed(inner[0], value)
    if origin is tuple:
        if is_dataclass(inner[0]):
            return tuple(typed_parameters(typing.cast("type", inner[0]), row) for row in value)
        return tuple(_typed(inner[0], v) for v in value)
    if value is None or origin is typing.Literal:
        return value
    if hint is Point:
        return Point(*value)
    if hint in {Path, Area}:
        return hint(Point(*p) for p in value)
    if hint is datetime:
        return moment_of_text(value)
    if hint is date:
        return date.fromisoformat(value)
    return hint(value)
