"""The table of routes: what there is, who may ask, and the same as an OpenAPI description."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from twin.version import VERSION
from ui.audience.asking import Handler


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked over HTTP."""

    method: str
    path: str
    handler: Handler
    summary: str
    needs: str = "token"
    """"token": a phone's; "role": a role's; "code": the code on the projector; "nothing"."""
    body: tuple[str, ...] = ()
    """Fields of the JSON object that is sent."""
    query: tuple[str, ...] = ()


def add_routes(app: web.Application, routes: Iterable[Route]) -> None:
    """Add routes to an application."""
    for route in routes:
        app.router.add_route(route.method, route.path, route.handler)


def openapi(routes: Iterable[Route], title: str, url: str) -> dict[str, Any]:
    """Return an OpenAPI 3.1 description of routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = re.sub(r"\{(\w+):[^{}]*(\{[^{}]*\})?[^{}]*\}", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, path)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{title}: a citytwin meeting", "version": VERSION},
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "From POST /api/join"},
                "role": {"type": "http", "scheme": "bearer", "description": "The operator's, or an invitation's"},
            },
            "schemas": _SCHEMAS,
        },
    }


def _operation(route: Route, path: str) -> dict[str, Any]:
    in_path = re.findall(r"\{(\w+)\}", path)
    parameters = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in in_path]
    parameters += [{"name": n, "in": "query", "schema": {"type": "string"}} for n in route.query]
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}_{re.sub(r'[^a-z]+', '_', path.lower()).strip('_')}",
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done"},
            "default": {
                "description": "Why not",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if route.needs in ("token", "role"):
        operation["security"] = [{route.needs: []}]
    if route.body:
        properties = {name: _FIELDS.get(name, {"type": "string"}) for name in route.body}
        schema = {"type": "object", "properties": properties}
        operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return operation


_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}, "description": "by language"}
_FIELDS: dict[str, dict[str, Any]] = {
    "x": {"type": "number", "minimum": 0, "maximum": 1},
    "y": {"type": "number", "minimum": 0, "maximum": 1},
    "place": {"$ref": "#/components/schemas/Place"},
    "context": {"type": "object"},
    "is_on": {"type": "boolean"},
    "is_assisted": {"type": "boolean"},
    "is_black": {"type": "boolean"},
    "kind": {"enum": ["idea", "worry", "question", "like"]},
    "choice": {
        "description": "an option id, a list of option ids (RANKING: best first), or for a rating {option: mark}",
        "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "object"}],
    },
    "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    "count": {"type": "integer", "minimum": 1},
    "lasts_s": {"type": "number"},
    "poll": {"$ref": "#/components/schemas/Poll"},
    "act": {"enum": ["accept", "reject", "merge", "redact", "pin", "unpin", "theme", "answer"]},
    "status": {"enum": ["open", "planned", "done", "declined"]},
    "role": {"enum": ["presenter", "moderator", "clerk", "administrator"]},
    "comments": {"type": "array", "items": {"type": "string"}},
    "title": _TEXTS,
    "text": {"type": "string"},
}
_SCHEMAS: dict[str, Any] = {
    "Error": {"type": "object", "properties": {"error": {"type": "string"}, "hint": {"type": "string"}}},
    "Place": {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": {"enum": ["point", "line", "area", "building", "project"]},
            "lonlat": {"type": "array"},
            "z_m": {"type": "number"},
            "layer": {"type": "string"},
            "key": {"type": "string"},
            "name": {"type": "string"},
        },
    },
    "Poll": {
        "type": "object",
        "required": ["id", "question", "options"],
        "properties": {
            "id": {"type": "string"},
            "question": {"oneOf": [{"type": "string"}, _TEXTS]},
            "kind": {"enum": ["single", "multiple", "rating", "ranking", "scenario"]},
            "rule": {"enum": ["open", "slip"]},
            "is_hidden": {"type": "boolean"},
            "most": {"type": "integer"},
            "highest": {"type": "integer"},
            "options": {
                "type": "array",
                "items": {
                    "oneOf": [
                        {"type": "string"},
                        {"type": "object", "properties": {"id": {"type": "string"}, "text": _TEXTS}},
                    ]
                },
            },
        },
    },
}
