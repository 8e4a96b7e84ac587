"""Models to be placed in a city: GLB, glTF, OBJ, PLY, STL or CityJSON, as triangles with z up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from twin.errors import SourceError
from twin.place import transformer
from twin.placed_models import ModelShape, centred
from twin.scenario import LonLat

MESHES = (".glb", ".gltf", ".obj", ".ply", ".stl")
CITY = (".json", ".jsonl")
ENDINGS = (*MESHES, *CITY)
MOST_TRIANGLES = 2_000_000
_UP_IS_Y = (".glb", ".gltf", ".obj")
"""glTF says so (2.0, section 3.4); OBJ says nothing, and most programs write it so."""


def read_shape(path: Path, *, is_z_up: bool = False) -> ModelShape:
    """Read a model's triangles.

    is_z_up   takes an OBJ's z for up; CityJSON, PLY and STL always have it so, glTF never
    returns   z up, the middle of its foot at (0, 0, 0), in the file's units (glTF: metres)
    raises    SourceError  it cannot be read, or has no triangles
    """
    return read_placed(path, is_z_up=is_z_up)[0]


def read_placed(path: Path, *, is_z_up: bool = False) -> tuple[ModelShape, LonLat | None]:
    """Read a model's triangles, and where its file says it stands (CityJSON does); None where it does not say."""
    ending = path.suffix.casefold()
    if ending not in ENDINGS:
        raise SourceError(f'"{path.name}" is no model that can be placed.', hint=f"Take one of: {', '.join(ENDINGS)}.")
    if not path.is_file():
        raise SourceError(f'There is no model "{path.name}".', hint=f"Look for it, or place it anew: {path}")
    points, faces, place = _city(path) if ending in CITY else (*_mesh(path), None)
    if not len(faces):
        raise SourceError(f'"{path.name}" has no faces.', hint="Export it with its surfaces, not only its lines.")
    if len(faces) > MOST_TRIANGLES:
        raise SourceError(
            f'"{path.name}" has {len(faces):,} triangles; at most {MOST_TRIANGLES:,} can be placed.',
            hint="Export it more coarsely.",
        )
    if not np.isfinite(points).all():
        raise SourceError(f'"{path.name}" has corners that are no numbers.', hint="Export it again.")
    if ending in _UP_IS_Y and not (is_z_up and ending == ".obj"):
        points = np.column_stack([points[:, 0], -points[:, 2], points[:, 1]])
    return centred(points, faces), place


def _mesh(path: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]:
    import trimesh  # noqa: PLC0415  loaded where there is a model

    try:
        with path.open("rb") as file:
            loader: dict[str, Any] = {} if path.suffix.casefold() == ".glb" else {"resolver": _beside(path)}
            scene = trimesh.load_scene(file, file_type=path.suffix[1:].casefold(), process=False, **loader)
        mesh = scene.to_mesh()
    except Exception as error:  # the library raises whatever its parsers meet
        why = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise SourceError(
            f'"{path.name}" cannot be read as a model ({why}).', hint="Export it again, as GLB."
        ) from error
    return np.asarray(mesh.vertices, np.float64).reshape(-1, 3), np.asarray(mesh.faces, np.int32).reshape(-1, 3)


def _beside(path: Path) -> Any:
    import trimesh  # noqa: PLC0415  as above

    return trimesh.resolvers.FilePathResolver(str(path))


def _city(path: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32], LonLat | None]:
    from data.cityjson import read_model  # noqa: PLC0415  loaded where there is one
    from data.sources import opened  # noqa: PLC0415

    with opened(path) as source:
        model = read_model(source)
    surfaces = model.surfaces
    xyz = np.asarray(surfaces.xyz, np.float64)
    finest = _finest(model)
    faces = [
        _triangles(xyz, surfaces.corner, surfaces.ring_start, rings)
        for rings in (
            range(surfaces.surface_start[s], surfaces.surface_start[s + 1]) for s in np.flatnonzero(finest).tolist()
        )
    ]
    joined = np.concatenate(faces) if faces else np.empty((0, 3), np.int32)
    used, places = np.unique(joined, return_inverse=True)
    points = xyz[used]
    if not len(points) or model.crs is None:
        return points, places.reshape(-1, 3).astype(np.int32), None
    low, high = points.min(axis=0), points.max(axis=0)
    east, north = ((low + high) / 2)[:2].tolist()
    lon, lat = transformer(model.crs, "EPSG:4326").transform(east, north)
    place = (float(lon), float(lat)) if np.isfinite([lon, lat]).all() else None
    return points, places.reshape(-1, 3).astype(np.int32), place


def _finest(model: Any) -> npt.NDArray[np.bool_]:
    """Return which surfaces belong to the finest geometry of their object."""
    surfaces = model.surfaces
    lod = np.nan_to_num(surfaces.geometry_lod.astype(np.float64), nan=-1.0)
    best = np.full(len(model.ids), -np.inf)
    np.maximum.at(best, surfaces.geometry_object, lod)
    is_best = lod >= best[surfaces.geometry_object] - 1e-6
    chosen: npt.NDArray[np.bool_] = is_best[surfaces.geometry]
    return chosen


def _triangles(
    xyz: npt.NDArray[np.float64], corner: npt.NDArray[np.int32], ring_start: npt.NDArray[np.int32], rings: range
) -> npt.NDArray[np.int32]:
    """Return a plane face with holes as triangles, (t, 3) vertices: seen along its main axis and cut into ears."""
    import mapbox_earcut  # noqa: PLC0415  as above

    corners = np.concatenate([corner[ring_start[r] : ring_start[r + 1]] for r in rings])
    points = xyz[corners] - xyz[corners[0]]
    outer = points[: ring_start[rings[0] + 1] - ring_start[rings[0]]]
    normal = np.cross(outer, np.roll(outer, -1, axis=0)).sum(axis=0)
    axis = int(np.argmax(np.abs(normal)))
    u, v = ((1, 2), (2, 0), (0, 1))[axis]
    ends = np.cumsum([ring_start[r + 1] - ring_start[r] for r in rings]).astype(np.uint32)
    cut = mapbox_earcut.triangulate_float64(np.ascontiguousarray(points[:, [u, v]]), ends).reshape(-1, 3)
    flat = points[:, [u, v]][cut]
    one, other = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    cut = np.where((area * normal[axis] < 0)[:, None], cut[:, ::-1], cut)
    return np.asarray(corners[cut], np.int32)
