"""City models from the file to triangles, beside what a Python user has: cjio and trimesh, and an lxml loop.

Ours is the whole opening of a layer as the app does it (attributes, footprints, tiles, bodies), and all its triangles.
The peers make one trimesh an object, each polygon cut by earcut in its plane. They take turns in one process.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mapbox_earcut
import numpy as np
from lxml import etree
from measuring import machine, tell

from data.vector import read
from layers.model_mesh import body_mesh
from twin.models import FINEST_BIT

TARGET, TARGET_MEMORY = 10.0, 4.0
GML = "{http://www.opengis.net/gml}"
HOUSE = (
    (0, 0, 0),
    (8, 0, 0),
    (8, 12, 0),
    (0, 12, 0),
    (0, 0, 6),
    (8, 0, 6),
    (8, 12, 6),
    (0, 12, 6),
    (4, 0, 9),
    (4, 12, 9),
)
FACES = (
    ((0, 3, 2, 1), 0), ((0, 1, 5, 8, 4), 1), ((2, 3, 7, 9, 6), 1), ((1, 2, 6, 5), 1), ((3, 0, 4, 7), 1),
    ((4, 8, 9, 7), 2), ((8, 5, 6, 9), 2),
)  # fmt: skip
MEMORY = """
import re, sys
from data import vector
from layers import model_mesh
from data.vector import describe
import numpy, pyproj
import pathlib, tempfile
small = pathlib.Path(tempfile.mkdtemp()) / "small.geojson"
small.write_text('{"type": "FeatureCollection", "features": []}')
try: describe(small)
except Exception: pass
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
before = peak()
layer = vector.read(sys.argv[1])
print(peak() - before)
"""


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="CityJSON (also zipped) and CityGML files")
    parser.add_argument("--count", type=int, default=50_000, help="houses of the synthetic CityJSON")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--times", type=int, default=20, help="a CityGML file is also measured so many times as long")
    args = parser.parse_args(words)
    answer: dict[str, object] = {"machine": machine(), "target": TARGET, "target_memory": TARGET_MEMORY}
    with tempfile.TemporaryDirectory() as folder:
        synthetic = Path(folder) / f"houses-{args.count}.city.json"
        synthetic.write_text(json.dumps(houses(args.count), separators=(",", ":")))
        longer = [_longer(f, args.times, Path(folder)) for f in args.files if f.suffix == ".gml" and args.times > 1]
        for path in (*args.files, synthetic, *longer):
            answer[path.name] = compared(_unpacked(path, Path(folder)), args.repeats)
    tell(answer)


def compared(path: Path, repeats: int) -> dict[str, float]:
    """Return seconds of all, ratios to ours, triangles, and memory over the size of the file."""
    works: dict[str, Callable[[Path], int]] = {"citytwin": ours}
    if path.suffix == ".gml":
        works |= {"lxml_pyvista": by_lxml_and_pyvista, "lxml_earcut": by_lxml}
    else:
        works |= {"cjio_trimesh": by_cjio}
    took: dict[str, list[float]] = {name: [] for name in works}
    triangles = {}
    for _ in range(repeats):
        for name, work in works.items():
            begin = time.perf_counter()
            triangles[name] = work(path)
            took[name].append(time.perf_counter() - begin)
    medians = {name: statistics.median(times) for name, times in took.items()}
    size = path.stat().st_size
    asked = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, check=True, text=True)
    return (
        {f"{name}_s": round(value, 3) for name, value in medians.items()}
        | {
            f"ratio_{name}": round(value / medians["citytwin"], 1)
            for name, value in medians.items()
            if name != "citytwin"
        }
        | {f"{name}_triangles": count for name, count in triangles.items()}
        | {"file_mb": round(size / 2**20, 1), "memory_times": round(int(asked.stdout) / size, 2)}
    )


def ours(path: Path) -> int:
    """Return how many triangles the buildings of a file have, read as the app does."""
    layer = read(path, layer="Building")
    assert layer.model is not None
    rows = np.arange(len(layer.table), dtype=np.int32)
    return len(body_mesh(layer.model, rows, FINEST_BIT, (0.0, 0.0)).faces)


# the peers


@contextmanager
def json_as_it_is() -> Iterator[None]:
    """Take back what an import does to the json module: cjio has it write every float of this process with six digits.

    cjio 0.10.1 sets json.encoder.float and c_make_encoder when it is imported.
    """
    encoder: Any = json.encoder
    kept = {name: getattr(encoder, name) for name in ("c_make_encoder", "float") if hasattr(encoder, name)}
    try:
        yield
    finally:
        vars(encoder).pop("float", None)
        vars(encoder).update(kept)


def by_cjio(path: Path) -> int:
    """Return the triangles of all buildings and their parts, one mesh an object."""
    with json_as_it_is():
        from cjio import cityjson  # noqa: PLC0415  only where it is asked for

    with path.open(encoding="utf-8") as file:
        model = cityjson.reader(file).j
    place = model["transform"]
    vertices = np.array(model["vertices"], float) * place["scale"] + place["translate"]
    meshes = []
    for one in model["CityObjects"].values():
        if one["type"] not in ("Building", "BuildingPart"):
            continue
        polygons = [rings for geometry in one.get("geometry", ()) for rings in _polygons(geometry, vertices)]
        if polygons:
            meshes.append(_mesh(polygons))
    return sum(len(mesh.faces) for mesh in meshes)


def _polygons(geometry: dict[str, Any], vertices: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Yield the rings (n, 3) of each surface."""
    shells = geometry["boundaries"] if geometry["type"] == "Solid" else [geometry["boundaries"]]
    for surfaces in shells:
        for rings in surfaces:
            yield [vertices[ring] for ring in rings]


def by_lxml(path: Path) -> int:
    """Return the triangles of all buildings: the document as a tree, one mesh a building."""
    return sum(len(_mesh(polygons).faces) for polygons in _buildings(path))


def by_lxml_and_pyvista(path: Path) -> int:
    """Return the triangles of all buildings: the document as a tree, one mesh a polygon and then a building."""
    import pyvista  # noqa: PLC0415  a peer

    count = 0
    for polygons in _buildings(path):
        pieces = [
            pyvista.PolyData(rings[0], [len(rings[0]), *range(len(rings[0]))]).triangulate() for rings in polygons
        ]
        count += pyvista.merge(pieces).n_cells
    return count


def _buildings(path: Path) -> Iterator[list[list[np.ndarray]]]:
    """Yield the polygons of each building as rings (n, 3)."""
    tree = etree.parse(str(path))
    for building in tree.iter("{*}Building"):
        polygons = []
        for polygon in building.iter(f"{GML}Polygon"):
            rings = []
            for ring in polygon.iter(f"{GML}LinearRing"):
                texts = [e.text for e in ring.iter(f"{GML}posList", f"{GML}pos")]
                rings.append(np.array([float(number) for text in texts for number in text.split()]).reshape(-1, 3)[:-1])
            polygons.append(rings)
        if polygons:
            yield polygons


def _mesh(polygons: list[list[np.ndarray]]) -> Any:
    import trimesh  # noqa: PLC0415  a peer

    points, faces, count = [], [], 0
    for rings in polygons:
        corners = np.concatenate(rings)
        points.append(corners)
        faces.append(_cut(rings, corners) + count)
        count += len(corners)
    return trimesh.Trimesh(np.concatenate(points), np.concatenate(faces), process=False)


def _cut(rings: list[np.ndarray], corners: np.ndarray) -> np.ndarray:
    """Return a polygon's triangles, cut in its own plane."""
    outer = rings[0] - rings[0][0]
    normal = np.cross(outer, np.roll(outer, -1, axis=0)).sum(axis=0)
    length = np.linalg.norm(normal)
    if length == 0:
        return np.empty((0, 3), int)
    normal /= length
    along = np.cross(normal, (1.0, 0.0, 0.0) if abs(normal[2]) > 0.9 else (0.0, 0.0, 1.0))
    along /= np.linalg.norm(along)
    near = corners - corners[0]
    flat = np.column_stack([near @ along, near @ np.cross(normal, along)])
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    return mapbox_earcut.triangulate_float64(flat, ends).astype(int).reshape(-1, 3)


# the files


def houses(count: int) -> dict[str, object]:
    """Return a CityJSON model of houses with gabled roofs, in rows."""
    says = {"surfaces": [{"type": t} for t in ("GroundSurface", "WallSurface", "RoofSurface")]}
    objects, vertices = {}, []
    side = int(np.ceil(np.sqrt(count)))
    for number in range(count):
        first, x, y = len(vertices), 20_000 * (number % side), 20_000 * (number // side)
        vertices += [(x + 1000 * a, y + 1000 * b, 1000 * c + 10 * (number % 300)) for a, b, c in HOUSE]
        solid = [[[[first + v for v in corners]] for corners, _ in FACES]]
        semantics = {**says, "values": [[means for _, means in FACES]]}
        objects[f"house-{number}"] = {
            "type": "Building",
            "attributes": {"year": 1900 + number % 120, "use": ("home", "shop", "office")[number % 3], "h": 9.0},
            "geometry": [{"type": "Solid", "lod": "2", "boundaries": solid, "semantics": semantics}],
        }
    return {
        "type": "CityJSON",
        "version": "2.0",
        "transform": {"scale": [0.001, 0.001, 0.001], "translate": [80_000.0, 450_000.0, 0.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/28992"},
        "CityObjects": objects,
        "vertices": vertices,
    }


def _longer(path: Path, times: int, folder: Path) -> Path:
    """Return a CityGML file with its members so many times over, each time under other ids."""
    text = path.read_bytes()
    begin = re.search(rb"<(?:[\w.-]+:)?cityObjectMember", text)
    assert begin is not None
    end = text.rfind(b"cityObjectMember>") + len(b"cityObjectMember>")
    longer = folder / f"{path.stem}-{times}-times.gml"
    with longer.open("wb") as file:
        file.write(text[: begin.start()])
        for number in range(times):
            file.write(re.sub(rb'gml:id="', b'gml:id="n%d_' % number, text[begin.start() : end]))
        file.write(text[end:])
    return longer


def _unpacked(path: Path, folder: Path) -> Path:
    if path.suffix != ".zip":
        return path
    with zipfile.ZipFile(path) as archive:
        return Path(archive.extract(archive.namelist()[0], folder))


if __name__ == "__main__":
    main()
