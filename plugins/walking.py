"""Walks from homes to services along streets: which lines may be walked, by whom, how fast, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from plugins.allocation import Pairs
from plugins.contract import PluginError
from plugins.selection import texts_of
from plugins.street_graph import (
    Access,
    Sources,
    StreetGraph,
    access,
    street_graph,
    ways,
    with_services,
    without_islands,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
CLASS_NAMES = ("class", "highway", "fclass", "type", "kind", "road_class", "street_type")
STAIRS = {"steps", "stairs", "stair", "staircase", "treppe", "escalier"}
STAIR_COLUMNS = ("steps", "stairs", "is_stairs", "is_steps")
APART_COLUMNS = ("is_bridge", "bridge", "is_tunnel", "tunnel")
NO = {"", "0", "no", "false", "f", "n", "none", "nan"}
ENTRANCE_M = 30.0
"""An area is entered wherever a street comes this near to it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Who walks."""

    words: str
    speed_m_min: float
    is_step_free: bool = False


PROFILES = {
    "usual": Profile("usual", 80.0),
    "slow_walker": Profile("slow walker", 48.0),
    "step_free": Profile("step-free", 60.0, is_step_free=True),
}
"""80 m a minute: the Japanese rule for homes advertised (1 minute for every 80 m begun). 48 (0.8 m/s): older people
on crossings. 60: with a wheelchair or a pram."""


@dataclass(frozen=True)
class Network:
    """The streets that may be walked."""

    graph: StreetGraph
    streets: int
    stairs: int
    """Lines known for stairs, whether left out or not."""
    closed: int
    """Lines left out: classes that are not for walking."""


@dataclass(frozen=True)
class Services:
    """What people walk to."""

    places: npt.NDArray[np.object_]
    """(s,) points or areas."""
    names: npt.NDArray[np.str_]
    row: IntArray
    """(s,) row of the layer; -1 for a new one."""
    capacity: FloatArray

    def and_one(self, place: Any, name: str, capacity: float) -> Services:
        """Return these and a new one."""
        places = np.empty(len(self.places) + 1, object)
        places[:-1], places[-1] = self.places, place
        return Services(
            places, np.append(self.names, name), np.append(self.row, -1), np.append(self.capacity, capacity)
        )


@dataclass(frozen=True)
class Walks:
    """How far each home has it to the nearest service."""

    sources: Sources
    homes: Access
    walk_m: FloatArray
    """(h,) with both ways off the street; infinite where no service can be reached."""
    service: IntArray
    """(h,) the nearest; -1 for none."""

    def pairs(self, limit_m: float, inside: tuple[IntArray, IntArray], is_far: npt.NDArray[np.bool_]) -> Pairs:
        """Return all services and homes within a walk of each other."""
        service, home, walk_m = self.sources.to_places(self.homes, limit_m)
        is_near = ~is_far[home]
        service, home, walk_m = service[is_near], home[is_near], walk_m[is_near]
        if len(inside[0]):
            key, inner = home * (self.sources.count + 1) + service, inside[0] * (self.sources.count + 1) + inside[1]
            is_outside = ~np.isin(key, inner)
            service, home = np.append(service[is_outside], inside[1]), np.append(home[is_outside], inside[0])
            walk_m = np.append(walk_m[is_outside], np.zeros(len(inside[0])))
        return Pairs(service, home, walk_m)


def network(
    streets: gpd.GeoDataFrame, *, closed: Sequence[str], is_step_free: bool, gap_m: float, islands_m: float = 0.0
) -> Network:
    """Return the streets as a network.

    closed      classes that are not for walking
    islands_m   unconnected streets of less length in all are left out
    raises   PluginError  no street is left
    """
    names = {str(n).casefold(): str(n) for n in streets.columns}
    kinds = [np.char.lower(texts_of(streets[names[n]])) for n in CLASS_NAMES if n in names]
    is_closed, is_stairs = np.zeros(len(streets), bool), np.zeros(len(streets), bool)
    for kind in kinds:
        is_closed |= np.isin(kind, [c.casefold() for c in closed])
        is_stairs |= np.isin(kind, list(STAIRS))
    is_stairs |= _says_yes(streets, names, STAIR_COLUMNS)
    is_left = ~is_closed & ~(is_stairs if is_step_free else np.zeros(len(streets), bool))
    is_apart = _says_yes(streets, names, APART_COLUMNS)
    lines, owner = shapely.get_parts(streets.geometry.to_numpy()[is_left], return_index=True)
    is_line = np.isin(shapely.get_type_id(lines), (1, 2)) & (shapely.length(lines) > 0)
    lines, owner = lines[is_line], owner[is_line]
    if not len(lines):
        raise PluginError(
            "There is no street to walk on here.", "Choose the layer of streets, or fewer closed classes."
        )
    row = streets.index.to_numpy()[is_left][owner].astype(np.int64)
    graph = street_graph(shapely.force_2d(lines), row, ~is_apart[is_left][owner], gap_m=gap_m)
    graph = without_islands(graph, islands_m)
    return Network(graph, int(is_left.sum()), int(is_stairs.sum()), int(is_closed.sum()))


def _says_yes(streets: pd.DataFrame, names: dict[str, str], wanted: Sequence[str]) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(streets), bool)
    for name in wanted:
        if name in names:
            found |= ~np.isin(np.char.lower(texts_of(streets[names[name]])), list(NO))
    return found


def walks(net: Network, services: Services, homes: npt.NDArray[np.object_], *, far_m: float) -> Walks:
    """Return how far homes (h,) of points have it.

    far_m   homes and services farther than this from every street are not reached
    """
    service, entrances = _entrances(net.graph, services.places, far_m)
    sources = with_services(net.graph, service, entrances, len(services.places))
    where = access(sources.graph, homes)
    away, nearest, _ = sources.nearest()
    walk_m = ways(sources.graph, where, away)
    one = away[sources.graph.start[where.piece]] + where.along_m
    other = away[sources.graph.end[where.piece]] + sources.graph.length_m[where.piece] - where.along_m
    node = np.where(one <= other, sources.graph.start[where.piece], sources.graph.end[where.piece])
    found = nearest[node]
    is_far = where.snap_m > far_m
    walk_m, found = np.where(is_far, np.inf, walk_m), np.where(is_far, -1, found)
    home, inner = inside_of(services, homes)
    walk_m[home], found[home] = 0.0, inner
    return Walks(sources, where, walk_m, np.where(np.isfinite(walk_m), found, -1))


def _entrances(graph: StreetGraph, places: npt.NDArray[np.object_], far_m: float) -> tuple[IntArray, Access]:
    """Return where services are entered from the street: points at the nearest, areas wherever a street is near."""
    is_point = shapely.get_dimensions(places) == 0
    middles = shapely.centroid(places)
    nearest = access(graph, middles)
    service, piece = [np.flatnonzero(is_point & (nearest.snap_m <= far_m))], []
    along, snap = [nearest.along_m[service[0]]], [nearest.snap_m[service[0]]]
    piece.append(nearest.piece[service[0]])
    areas = np.flatnonzero(~is_point)
    if len(areas):
        pieces = graph.pieces()
        tree = shapely.STRtree(pieces)
        i, j = tree.query(places[areas], predicate="dwithin", distance=ENTRANCE_M)
        lonely = np.setdiff1d(np.arange(len(areas)), i)
        if len(lonely):
            (k, near), away = tree.query_nearest(places[areas[lonely]], return_distance=True, all_matches=False)
            is_near = away <= far_m
            i, j = np.append(i, lonely[k[is_near]]), np.append(j, near[is_near])
        on = shapely.get_point(shapely.shortest_line(pieces[j], places[areas[i]]), 0)
        service.append(areas[i])
        piece.append(j.astype(np.int64))
        along.append(np.minimum(shapely.line_locate_point(pieces[j], on), graph.length_m[j]))
        snap.append(shapely.distance(pieces[j], places[areas[i]]))
    where = Access(np.concatenate(piece), np.concatenate(along), np.concatenate(snap))
    return np.concatenate(service).astype(np.int64), where


def inside_of(services: Services, homes: npt.NDArray[np.object_]) -> tuple[IntArray, IntArray]:
    """Return homes that lie in a service's area, and which (the last of several)."""
    i, j = shapely.STRtree(homes).query(services.places, predicate="covers")
    is_area = shapely.get_dimensions(services.places)[i] == 2 if len(i) else np.zeros(0, bool)
    return j[is_area].astype(np.int64), i[is_area].astype(np.int64)
