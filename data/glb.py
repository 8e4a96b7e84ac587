"""GLB files: meshes with per-row metadata, written piece by piece.

source   glTF 2.0 (ISO/IEC 12113:2022); EXT_mesh_features and EXT_structural_metadata of 3D Tiles 1.1
"""

from __future__ import annotations

import json
import shutil
import struct
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.glb_tables import property_columns
from twin.errors import SourceError
from twin.mesh import Coating
from twin.version import VERSION

FLOAT, USHORT, UINT = 5126, 5123, 5125
VERTICES, INDICES = 34962, 34963
MODES = {1: 0, 2: 1, 3: 4}
"""glTF's mode by the corners of a simplex: points, lines, triangles."""
LARGEST_BYTES = 2**32 - 2**20
"""A GLB states its length in 32 bits."""
FLOATS_COUNT_TO = 2**24
"""Feature numbers are written as float32, which has every whole number up to here."""
_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
_Y_UP = np.array([0, 2, 1])


class GlbWriter:
    """Writes one GLB: add tables and parts, then finish. What is added goes to a file beside it at once."""

    def __init__(self, path: str | Path, *, extras: Mapping[str, object] | None = None, copyright_: str = "") -> None:
        """Begin a file; z is up in what is added and y in the file.

        extras   plain values for people and programs: CRS, origin, units
        """
        self._path = Path(path)
        self._bin: IO[bytes] = tempfile.TemporaryFile(dir=self._path.parent)  # noqa: SIM115  closed in finish()
        self._size = 0
        asset = {"version": "2.0", "generator": f"citytwin {VERSION}", "extras": dict(extras or {})}
        if copyright_:
            asset["copyright"] = copyright_
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []
        self._meshes: list[dict[str, Any]] = []
        self._nodes: list[dict[str, Any]] = []
        self._materials: list[dict[str, Any]] = []
        self._classes: dict[str, Any] = {}
        self._tables: list[dict[str, Any]] = []
        self._asset = asset

    def add_material(self, coating: Coating, *, is_double_sided: bool = False) -> int:
        """Add a dull material; return its number."""
        material: dict[str, Any] = {
            "name": coating.name,
            "pbrMetallicRoughness": {
                "baseColorFactor": list(coating.rgba),
                "metallicFactor": 0.0,
                "roughnessFactor": 1.0,
            },
        }
        if coating.rgba[3] < 1:
            material["alphaMode"] = "BLEND"
        if is_double_sided:
            material["doubleSided"] = True
        self._materials.append(material)
        return len(self._materials) - 1

    def add_table(self, name: str, table: pa.Table) -> int:
        """Add what is known of each feature, a row each; return the table's number."""
        schema, columns = property_columns(table)
        properties = {}
        for key, column in columns.items():
            stored = {"values": self._view(column.values)}
            if column.offsets is not None:
                stored["stringOffsets"] = self._view(column.offsets)
            properties[key] = stored
        class_name = f"layer_{len(self._tables)}"
        self._classes[class_name] = {"name": name, "properties": schema}
        self._tables.append({"name": name, "class": class_name, "count": len(table), "properties": properties})
        return len(self._tables) - 1

    def add_part(
        self,
        name: str,
        points: npt.NDArray[np.floating],
        simplices: npt.NDArray[np.integer],
        *,
        origin: Sequence[float] = (0.0, 0.0, 0.0),
        normals: npt.NDArray[np.floating] | None = None,
        feature: npt.NDArray[np.integer] | None = None,
        table: int | None = None,
        material: int = 0,
    ) -> None:
        """Add a node with one mesh.

        points      (p, 3) east, north, up from the origin, metres; stored as float32
        simplices   (s, 3), (s, 2) or (s, 1) places in points
        origin      east, north, up; float64 in the file
        normals     (p, 3) unit; without them a reader shades every triangle flat
        feature     (p,) the row of the table that each point belongs to
        raises      SourceError  the file would be larger than a GLB can be
        """
        attributes: dict[str, int] = {"POSITION": self._accessor(_turned(points), VERTICES, has_range=True)}
        if normals is not None:
            attributes["NORMAL"] = self._accessor(_turned(normals), VERTICES)
        primitive: dict[str, Any] = {"attributes": attributes, "mode": MODES[simplices.shape[1]], "material": material}
        kind = np.uint16 if len(points) < 2**16 - 1 else np.uint32
        primitive["indices"] = self._accessor(simplices.astype(kind).reshape(-1), INDICES)
        if feature is not None:
            attributes["_FEATURE_ID_0"] = self._accessor(feature.astype(np.float32), VERTICES)
            ids: dict[str, Any] = {"featureCount": len(np.unique(feature)), "attribute": 0}
            if table is not None:
                ids["propertyTable"] = table
            primitive["extensions"] = {"EXT_mesh_features": {"featureIds": [ids]}}
        self._meshes.append({"name": name, "primitives": [primitive]})
        node: dict[str, Any] = {"name": name, "mesh": len(self._meshes) - 1}
        if any(origin):
            node["translation"] = [float(origin[0]), float(origin[2]), -float(origin[1])]
        self._nodes.append(node)

    def finish(self) -> int:
        """Write the file; return its bytes."""
        document = json.dumps(self._document(), ensure_ascii=False, separators=(",", ":")).encode()
        document += b" " * (-len(document) % 4)
        self._pad(4)
        total = 12 + 8 + len(document) + 8 + self._size
        with self._path.open("wb") as file, self._bin:
            file.write(struct.pack("<III", _MAGIC, 2, total))
            file.write(struct.pack("<II", len(document), _JSON) + document)
            file.write(struct.pack("<II", self._size, _BIN))
            self._bin.seek(0)
            shutil.copyfileobj(self._bin, file, 2**20)
        return total

    def close(self) -> None:
        """Leave off without a file."""
        self._bin.close()

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "asset": self._asset,
            "scene": 0,
            "scenes": [{"nodes": list(range(len(self._nodes)))}],
            "nodes": self._nodes,
            "meshes": self._meshes,
            "materials": self._materials,
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": self._size + -self._size % 4}],
        }
        used = []
        if any("extensions" in p for mesh in self._meshes for p in mesh["primitives"]):
            used.append("EXT_mesh_features")
        if self._tables:
            used.append("EXT_structural_metadata")
            document["extensions"] = {
                "EXT_structural_metadata": {
                    "schema": {"id": "citytwin", "classes": self._classes},
                    "propertyTables": self._tables,
                }
            }
        return document | ({"extensionsUsed": used} if used else {})

    def _accessor(self, values: npt.NDArray[Any], target: int, *, has_range: bool = False) -> int:
        kinds = {"f": FLOAT, "u": USHORT if values.itemsize == 2 else UINT}
        accessor: dict[str, Any] = {
            "bufferView": self._view(values.tobytes(), target),
            "componentType": kinds[values.dtype.kind],
            "count": len(values),
            "type": "VEC3" if values.ndim == 2 else "SCALAR",
        }
        if has_range:
            accessor |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def _view(self, content: bytes, target: int | None = None) -> int:
        self._pad(8)
        if self._size + len(content) > LARGEST_BYTES:
            raise SourceError(
                "The GLB would be larger than the 4 GB that such a file can hold.",
                hint="Export a part with --filter, or export 3D Tiles, which have no such limit.",
                path=str(self._path),
            )
        view = {"buffer": 0, "byteOffset": self._size, "byteLength": len(content)}
        self._views.append(view if target is None else view | {"target": target})
        self._bin.write(content)
        self._size += len(content)
        return len(self._views) - 1

    def _pad(self, to: int) -> None:
        gap = -self._size % to
        self._bin.write(b"\0" * gap)
        self._size += gap


def _turned(points: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return east, north, up as glTF has it: x east, y up, z south."""
    turned = np.asarray(points, np.float32)[:, _Y_UP]
    turned[:, 2] *= -1
    return np.ascontiguousarray(turned)
