"""Reads broken projects for some minutes: project.json, views, zips and kept layers are taken whole or refused."""

from __future__ import annotations

import io
import random
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from mutations import mutated_bytes, mutated_json, run

from data.layer_file import MAGIC, is_sound, read_arrays, write_arrays
from data.project import PROJECT_FILE, read_project, write_project
from data.project_zip import pack, unpack
from data.vector import read
from layers.palettes import default_style
from twin.errors import ProjectError
from twin.join import TableJoin
from twin.layer import LayerState
from twin.place import LocalFrame
from twin.project import Bookmark, LayerSource, NamedView, Project, ProjectLayer
from twin.session import Camera, Composition, View
from ui.layer_cache import UNSOUND
from ui.load_work import arrays_of_layer, layer_of_arrays

WORDS = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"true", b"-1", b"1e999", b"[" * 5000, b'"schema"', b'"layers"',
    b'"path"', b'"../../x"', b'"/etc/hosts"', b'"is_inside"', b'"files"', b'"owned"', b'"data/../x"', b'"view"',
    b"[[view]]", b"name = 3", b"\\u0000", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06",
    b"../evil", b"town.citytwin/", b"\x00\x00\xff\xff", b"<i8", b"|O8",
)  # fmt: skip
CITY = (
    b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"height":9},"geometry":{"type":"Polygon",'
    b'"coordinates":[[[8,50],[8.001,50],[8.001,50.001],[8,50.001],[8,50]]]}}]}'
)


def main() -> int:
    """Fuzz until the time is over."""
    return run("projects", seeds, _mutate, target, ".bin")


def _mutate(data: bytes, rng: random.Random, other: bytes) -> bytes:
    if data.startswith(b"{") and rng.random() < 0.6:
        try:
            return mutated_json(data, rng)
        except (ValueError, RecursionError):
            pass
    return mutated_bytes(data, WORDS, rng, other)


def target(path: Path) -> bool:
    """Read what the first bytes say it is, and see that nothing was written beside where it belongs."""
    data = path.read_bytes()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        home.mkdir()
        try:
            is_read = _read(data, home)
        except ProjectError:
            is_read = False
        if [p.name for p in Path(temporary).iterdir()] != ["home"]:
            msg = "something was written outside"
            raise AssertionError(msg)
    return is_read


def _read(data: bytes, home: Path) -> bool:
    if data.startswith(MAGIC):
        return _read_layer(data, home)
    if data.startswith(b"PK"):
        (home / "town.citytwin.zip").write_bytes(data)
        folder, _ = unpack(home / "town.citytwin.zip")
        return bool(read_project(folder).folder)
    folder = home / "town.citytwin"
    folder.mkdir()
    write_project(Project("Town"), folder)
    (folder / (PROJECT_FILE if data[:1] in b"{[" else "views.toml")).write_bytes(data)
    stored = read_project(folder)
    again = write_project(stored.project, folder, before=stored)
    if read_project(folder).project != again.project:
        msg = "what was saved is not what is read"
        raise AssertionError(msg)
    return True


def _read_layer(data: bytes, home: Path) -> bool:
    (home / "a.layer").write_bytes(data)
    arrays = read_arrays(home / "a.layer")
    if arrays is None:
        return False
    try:
        layer = layer_of_arrays(arrays)
        layer.table.arrow.validate(full=True)  # type: ignore[attr-defined]
        if not is_sound(layer):
            return False
    except UNSOUND:
        return False
    if layer.tiles is not None:
        for tile in range(len(layer.tiles.index())):
            layer.tiles.fetch(tile)
        np.asarray([layer.tiles.locate(row) for row in range(len(layer.table))])
    return default_style(layer.info, layer.table.fields()) is not None


def seeds() -> list[bytes]:
    """Return a project.json, its views, a zip of it, and a layer that was kept."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "town.citytwin"
        (folder / "data").mkdir(parents=True)
        (folder / "data/city.geojson").write_bytes(CITY)
        state = LayerState("city", joins=(TableJoin(str(folder / "data/t.csv"), "a", "b"),))
        view = View(Camera((1.0, 2.0, 3.0)), Composition((state,), "dark"))
        source = LayerSource(str(folder / "data/city.geojson"), is_inside=True)
        project = Project(
            "Town",
            LocalFrame("EPSG:32632", (1.0, 2.0)),
            (ProjectLayer("city", "city", source),),
            view,
            (Bookmark(1, view),),
            (NamedView("One", 8.0, 50.0), NamedView("Two", shown=("city",))),
            personal={"city": {"owner": True}},
        )
        stored = write_project(project, folder)
        pack(folder, Path(temporary) / "town.zip")
        layer = read(folder / "data/city.geojson")
        write_arrays(Path(temporary) / "a.layer", arrays_of_layer(layer), {"form": 1})
        plain = io.BytesIO()
        with zipfile.ZipFile(plain, "w") as archive:
            archive.write(folder / PROJECT_FILE, PROJECT_FILE)
            archive.write(folder / stored.files["views"], stored.files["views"])
        names = [folder / PROJECT_FILE, folder / stored.files["views"], Path(temporary) / "town.zip"]
        return [*(n.read_bytes() for n in names), (Path(temporary) / "a.layer").read_bytes(), plain.getvalue()]


if __name__ == "__main__":
    sys.exit(main())
