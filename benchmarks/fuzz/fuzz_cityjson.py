"""Reads broken CityJSON for some minutes: every file is read, or refused in a sentence, and nothing else happens."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
from mutations import mutated_bytes, mutated_json, run

from data.cityjson import is_cityjson
from data.vector import describe, read
from layers.model_mesh import body_mesh
from twin.errors import TwinError
from twin.models import FINEST_BIT

WORDS = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"true", b"-1", b"1e999", b"[[[[", b"]]]]", b'"type"',
    b'"CityJSON"', b'"CityObjects"', b'"vertices"', b'"transform"', b'"geometry"', b'"boundaries"', b'"semantics"',
    b'"Solid"', b'"MultiSolid"', b'"GeometryInstance"', b'"lod"', b'"2.2"', b'"parents"', b'"template"', b"\\u0000",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"[" * 5000, b'"values"', b'"surfaces"', b'"transformationMatrix"',
)  # fmt: skip


def main() -> int:
    """Fuzz until the time is over."""
    return run("CityJSON", seeds, _mutate, target, ".city.json")


def _mutate(data: bytes, rng: random.Random, other: bytes) -> bytes:
    if rng.random() < 0.5:
        try:
            return mutated_json(data, rng)
        except (ValueError, RecursionError):  # a sequence
            lines = data.split(b"\n")
            place = rng.randrange(len(lines))
            try:
                lines[place] = mutated_json(lines[place], rng)
            except (ValueError, RecursionError):
                return mutated_bytes(data, WORDS, rng, other)
            return b"\n".join(lines)
    return mutated_bytes(data, WORDS, rng, other)


def target(path: Path) -> bool:
    """Look at a file, read its types one by one, and cut all surfaces."""
    if not is_cityjson(path):
        return False
    try:
        layers = describe(path).layers[:2]
    except TwinError:
        return False
    is_read = False
    for name in layers:
        try:
            layer = read(path, layer=name)
        except TwinError:
            continue
        is_read = True
        if layer.model is not None:
            rows = np.arange(len(layer.table), dtype=np.int32)
            for bit in (FINEST_BIT, 0):
                mesh = body_mesh(layer.model, rows, bit, (0.0, 0.0))
                if len(mesh.faces) and mesh.faces.max() >= len(mesh.points):
                    msg = "a triangle has a corner that is not there"
                    raise AssertionError(msg)
    return is_read


def seeds() -> list[bytes]:
    """Return small whole files: all kinds of geometry, templates, parts, a sequence."""
    cube = [[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0], [0, 0, 9], [9, 0, 9], [9, 9, 9], [0, 9, 9]]
    faces = [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
    says = {"surfaces": [{"type": t} for t in ("GroundSurface", "RoofSurface", "WallSurface")]}
    solid = {
        "type": "Solid",
        "lod": "2.2",
        "boundaries": [faces],
        "semantics": {**says, "values": [[0, 1, 2, 2, 2, 2]]},
    }
    block = {
        "type": "MultiSurface",
        "lod": 1,
        "boundaries": faces,
        "semantics": {**says, "values": [0, 1, 2, 2, 2, None]},
    }
    many = {"type": "MultiSolid", "lod": "1", "boundaries": [[faces], [faces]]}
    holed = {"type": "CompositeSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3], [4, 5, 6]]]}
    placed = {"type": "GeometryInstance", "template": 0, "boundaries": [2],
              "transformationMatrix": [1, 0, 0, 5, 0, 1, 0, 5, 0, 0, 1, 5, 0, 0, 0, 1]}  # fmt: skip
    objects: dict[str, Any] = {
        "a": {"type": "Building", "attributes": {"h": 3.5, "n": "x", "b": True}, "geometry": [block, solid],
              "children": ["p"]},
        "p": {"type": "BuildingPart", "parents": ["a"], "geometry": [many]},
        "r": {"type": "Road", "geometry": [holed]},
        "t": {"type": "TINRelief", "geometry": [{"type": "CompositeSurface", "lod": "1", "boundaries": [[[0, 1, 2]]]}]},
        "v": {"type": "SolitaryVegetationObject", "geometry": [placed]},
    }  # fmt: skip
    model: dict[str, Any] = {
        "type": "CityJSON", "version": "2.0", "CityObjects": objects, "vertices": cube,
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [85000.0, 446000.0, 0.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
        "geometry-templates": {"templates": [{"type": "MultiSurface", "lod": "2", "boundaries": faces[:2]}],
                               "vertices-templates": cube},
    }  # fmt: skip
    head = {**model, "CityObjects": {}, "vertices": []}
    feature = {"type": "CityJSONFeature", "id": "a", "CityObjects": objects, "vertices": cube}
    sequence = "\n".join(json.dumps(line) for line in (head, feature, feature))
    return [json.dumps(model).encode(), sequence.encode()]


if __name__ == "__main__":
    sys.exit(main())
