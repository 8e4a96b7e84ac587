"""Buildings as a PyVista mesh: the door to everything PyVista measures, slices and writes."""

from __future__ import annotations

import numpy as np
import pyvista

from layers.extrude import extrude
from twin.errors import LayerError
from twin.layer import Layer


def city_mesh(layer: Layer) -> pyvista.PolyData:
    """Return a layer's buildings as one closed triangle mesh.

    returns   points in local metres (float64, z above the ground); cell data "row" (table row) and "height_m"
    raises    LayerError  the layer has no buildings
    """
    if layer.tiles is None:
        raise LayerError(f'"{layer.info.name}" has no buildings.', hint="Choose a layer of footprints.")
    points, faces, rows, heights = [], [], [], []
    first = 0
    for tile in range(len(layer.tiles.index())):
        buildings = layer.tiles.fetch(tile)
        mesh = extrude(buildings, is_closed=True)
        origin = np.array([*buildings.origin_local, 0.0])
        points.append(mesh.points.astype(np.float64) + origin)
        faces.append(mesh.faces + np.int32(first))
        place = mesh.vertex_feature[mesh.faces[:, 0]]
        rows.append(buildings.row[place])
        heights.append(buildings.height_m[place])
        first += len(mesh.points)
    city: pyvista.PolyData = pyvista.PolyData.from_regular_faces(np.concatenate(points), np.concatenate(faces))
    city.cell_data["row"] = np.concatenate(rows)
    city.cell_data["height_m"] = np.concatenate(heights)
    return city
