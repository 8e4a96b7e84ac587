"""Places that an analysis is asked about: points, or features of the city's layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from plugins.asking import Point
from plugins.city_handle import FileCity
from plugins.contract import PluginError


def read_places(city: FileCity, asked: Sequence[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """Return places as the contract's at() takes them.

    asked    each with "name" and either "lon_deg" and "lat_deg", or "layer" and "row"
    raises   PluginError  a layer or a row is not there
    """
    geometry: list[Any] = [None] * len(asked)
    points = [i for i, p in enumerate(asked) if "lon_deg" in p]
    for i, xy in zip(points, city.xy(Point(asked[i]["lon_deg"], asked[i]["lat_deg"]) for i in points), strict=True):
        geometry[i] = shapely.Point(xy)
    for layer in {str(p["layer"]) for p in asked if "layer" in p}:
        shown = city.layer(layer, columns=())
        for i, place in enumerate(asked):
            if place.get("layer") == layer:
                if place["row"] not in shown.index:
                    raise PluginError(f'There is no row {place["row"]} in the layer "{layer}".', "Rows count from 0.")
                geometry[i] = shown.geometry.loc[place["row"]]
    return gpd.GeoDataFrame(
        {
            "name": [str(p.get("name", i)) for i, p in enumerate(asked)],
            "layer": [str(p.get("layer", "")) for p in asked],
            "row": np.array([int(p.get("row", -1)) for p in asked], np.int64),
        },
        geometry=gpd.GeoSeries(geometry, crs=city.crs),
    )
