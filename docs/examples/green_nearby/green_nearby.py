"""How far it is to the next green: an analysis by tiles, that can say why at any place."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from plugins.contract import Chart, Frame, Info, Kind, Layer, Reading, Table, Tiling, layer, number


@dataclass(frozen=True)
class Parameters:
    greens: Layer = layer("parks", kinds=[Kind.POLYGONS], title="Green areas")
    near_m: float = number(300.0, min=10.0, max=3000.0, unit="m", title="Near is within")
    least_m2: float = number(0.0, min=0.0, max=1e6, unit="m2", title="Greens of at least")


class GreenNearby:
    info = Info(
        id="green_nearby",
        title="Green nearby",
        summary="Straight distance from each building to the next green area.",
        kind="values",
        contract=1,
        unit="m",
        source="The open city's own layers",
        licence="As the city's data",
        author="citytwin",
        style={"colormap": "YlGn", "is_reversed": True},
        parameters=Parameters,
        is_analysis=True,
        note="Shortest straight line from the building's outline to the edge of the green; 0 inside it.",
        limits="Straight lines, not walks: rails and rivers in between are not seen. Beyond three times the limit"
        " the distance is not told.",
    )

    def tiling(self, city, parameters) -> Tiling:
        return Tiling(1000.0, 3 * parameters.near_m)

    def tile(self, tile, parameters) -> dict:
        buildings = tile.buildings(tile.area)
        own = buildings[buildings["is_own"]]
        return {
            "layer": own["layer"].to_list(),
            "row": own["row"].to_numpy(),
            "distance_m": _distance_m(own.geometry.to_numpy(), tile, parameters),
        }

    def combine(self, partials, city, parameters) -> Frame:
        listed = [pd.DataFrame(p) for p in partials]
        rows = pd.concat(listed, ignore_index=True)
        is_near = rows["distance_m"] <= parameters.near_m
        share = float(is_near.mean()) if len(rows) else 0.0
        edges = np.linspace(0.0, 3 * parameters.near_m, 10)
        counts, _ = np.histogram(rows["distance_m"].dropna(), edges)
        names = [f"{low:.0f}" for low in edges[:-1]]
        return Frame(
            columns={n: rows[n].to_numpy() for n in rows},
            value="distance_m",
            facts={"buildings": len(rows), "near": int(is_near.sum()), "share_near": round(share, 4)},
            table=Table({"": ["near", "farther"], "buildings": [int(is_near.sum()), int((~is_near).sum())]}),
            charts=(Chart("bars", names, {"buildings": counts}, title="Buildings by distance", x_title="m"),),
        )

    def at(self, city, parameters, places) -> list[Reading]:
        greens = _greens(city, None, parameters)
        readings = []
        for place in places.geometry:
            away = shapely.distance(place, greens.geometry.to_numpy())
            if not len(away):
                readings.append(Reading(None, "m", {"greens": 0}))
                continue
            nearest = greens.iloc[int(np.argmin(away))]
            reasons = {"green_row": int(nearest.name), "green_m2": float(nearest.geometry.area), "greens": len(greens)}
            readings.append(Reading(float(away.min()), "m", reasons))
        return readings


def _greens(city, area, parameters):
    greens = city.layer(parameters.greens, area, columns=[])
    return greens[greens.area >= parameters.least_m2]


def _distance_m(geometry, tile, parameters) -> np.ndarray:
    greens = _greens(tile, None, parameters).geometry.to_numpy()
    if not len(greens) or not len(geometry):
        return np.full(len(geometry), np.nan)
    tree = shapely.STRtree(greens)
    (found, _), away = tree.query_nearest(geometry, return_distance=True, all_matches=False)
    distance_m = np.full(len(geometry), np.nan)
    distance_m[found] = away
    return np.where(distance_m <= 3 * parameters.near_m, distance_m, np.nan)
