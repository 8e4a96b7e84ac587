"""Streets as a network: lines split where they cross, ends that nearly meet joined, distances along them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
SAME_M = 0.01
"""Points nearer than this are one node."""
TINY_M = 1e-9
"""A step of no length, so that a sparse matrix keeps it."""
MOST_BYTES = 200e6
"""Distances held at once."""


@dataclass(frozen=True)
class StreetGraph:
    """Nodes and the pieces of street between them; every piece may be walked both ways."""

    xy: FloatArray
    """(n, 2) metres."""
    start: IntArray
    """(e,) node each piece begins at."""
    end: IntArray
    length_m: FloatArray
    row: IntArray
    """(e,) row of the street; -1 for a joined gap."""
    crossings: int = 0
    """Places where lines cross or touch between their corners and were split."""
    gaps: int = 0
    """Ends that nearly met another line and were joined."""

    def pieces(self) -> npt.NDArray[np.object_]:
        """Return the pieces as lines."""
        ends = np.stack([self.xy[self.start], self.xy[self.end]], axis=1)
        return lines_of(ends)

    def matrix(self) -> csr_matrix:
        """Return lengths (n, n), both ways; of parallel pieces the shortest."""
        return matrix_of(self.start, self.end, self.length_m, len(self.xy))

    def parts(self) -> tuple[int, float]:
        """Return how many unconnected parts there are, and the share of length in the largest."""
        count, label = connected_components(self.matrix(), directed=False)
        by_part = np.bincount(label[self.start], self.length_m, minlength=count)
        return int((by_part > 0).sum()), float(by_part.max() / by_part.sum()) if len(self.start) else 0.0


@dataclass(frozen=True)
class Access:
    """Where places meet the network: on the nearest piece."""

    piece: IntArray
    """(p,) row of the piece."""
    along_m: FloatArray
    """(p,) from the piece's start."""
    snap_m: FloatArray
    """(p,) straight from the place to there."""


def street_graph(
    lines: npt.NDArray[np.object_],
    row: IntArray,
    is_level: npt.NDArray[np.bool_],
    *,
    gap_m: float = 0.5,
) -> StreetGraph:
    """Return lines as a network.

    lines      n LineStrings, metres
    row        (n,) what each belongs to
    is_level   (n,) False for bridges and tunnels: they meet others at their ends only
    gap_m      ends this near another line are joined to it
    """
    begin, end, line = _segments(lines)
    level = is_level[line]
    ground = np.flatnonzero(level)
    shapes = lines_of(np.stack([begin, end], axis=1))
    cut = [np.repeat(np.arange(len(line)), 2)]
    at = [np.stack([begin, end], axis=1).reshape(-1, 2)]
    crossing_segment, crossing_xy = _crossings(shapes[ground])
    cut.append(ground[crossing_segment])
    at.append(crossing_xy)
    gap_segment, gap_xy, gap_end = _gaps(lines, line, shapes, ground, gap_m)
    cut.append(gap_segment)
    at.append(gap_xy)
    pieces = _cut(np.concatenate(cut), np.concatenate(at), begin, end)
    joined_xy = np.concatenate([pieces[0], pieces[1], gap_end, gap_xy])
    xy, node = _merged(joined_xy)
    count = len(pieces[0])
    gaps = len(gap_end)
    start = np.concatenate([node[:count], node[2 * count : 2 * count + gaps]])
    stop = np.concatenate([node[count : 2 * count], node[2 * count + gaps :]])
    length_m = np.concatenate([pieces[2], np.linalg.norm(gap_end - gap_xy, axis=1)])
    rows = np.concatenate([row[line[pieces[3]]], np.full(gaps, -1)])
    is_piece = start != stop
    is_gap = int((is_piece[count:]).sum())
    inner = _inner_count(crossing_xy, at[0])
    return StreetGraph(xy, start[is_piece], stop[is_piece], length_m[is_piece], rows[is_piece], inner, is_gap)


def lines_of(ends: FloatArray) -> npt.NDArray[np.object_]:
    """Return straight lines between ends (n, 2, 2)."""
    return np.asarray(shapely.linestrings(ends) if len(ends) else [], object)


def _segments(lines: npt.NDArray[np.object_]) -> tuple[FloatArray, FloatArray, IntArray]:
    xy, line = shapely.get_coordinates(lines, return_index=True)
    is_one = (line[1:] == line[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    return xy[:-1][is_one], xy[1:][is_one], line[:-1][is_one].astype(np.int64)


def _crossings(shapes: npt.NDArray[np.object_]) -> tuple[IntArray, FloatArray]:
    """Return the segments that meet others and where, each once for either segment."""
    i, j = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    is_one = i < j
    i, j = i[is_one], j[is_one]
    xy, pair = shapely.get_coordinates(shapely.intersection(shapes[i], shapes[j]), return_index=True)
    return np.concatenate([i[pair], j[pair]]).astype(np.int64), np.concatenate([xy, xy])


def _gaps(
    lines: npt.NDArray[np.object_],
    line: IntArray,
    shapes: npt.NDArray[np.object_],
    ground: IntArray,
    gap_m: float,
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return segments that an end of another line nearly meets: the segment, where on it, and the end."""
    if not len(ground):
        return np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros((0, 2))
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    owner = np.tile(np.arange(len(lines)), 2)
    i, j = shapely.STRtree(shapes[ground]).query(ends, predicate="dwithin", distance=max(gap_m, SAME_M))
    is_other = owner[i] != line[ground[j]]
    i, j = i[is_other], ground[j[is_other]]
    away = shapely.distance(ends[i], shapes[j])
    order = np.lexsort((away, i))
    _, first = np.unique(i[order], return_index=True)
    nearest = order[first]
    i, j = i[nearest], j[nearest]
    on = shapely.line_interpolate_point(shapes[j], shapely.line_locate_point(shapes[j], ends[i]))
    return j.astype(np.int64), shapely.get_coordinates(on), shapely.get_coordinates(ends[i])


def _cut(
    segment: IntArray, xy: FloatArray, begin: FloatArray, end: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Return the pieces of segments between the points on them: both ends, length and segment."""
    length_m = np.linalg.norm(end - begin, axis=1)
    along = ((xy - begin[segment]) * (end - begin)[segment]).sum(axis=1) / np.maximum(length_m[segment], 1e-12)
    along = np.clip(along, 0.0, length_m[segment])
    order = np.lexsort((along, segment))
    segment, xy, along = segment[order], xy[order], along[order]
    is_piece = (segment[1:] == segment[:-1]) & (along[1:] > along[:-1])
    return xy[:-1][is_piece], xy[1:][is_piece], (along[1:] - along[:-1])[is_piece], segment[:-1][is_piece]


def _merged(xy: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return nodes and to which each point belongs; points within SAME_M of each other are one."""
    unique, which = np.unique(xy, axis=0, return_inverse=True)
    if not len(unique):
        return unique, np.zeros(0, np.int64)
    pairs = cKDTree(unique).query_pairs(SAME_M, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(unique), len(unique)))
    count, label = connected_components(links, directed=False)
    first = np.full(count, len(unique))
    np.minimum.at(first, label, np.arange(len(unique)))
    return unique[first], label[which.reshape(-1)].astype(np.int64)


def _inner_count(xy: FloatArray, corners: FloatArray) -> int:
    """Return how many distinct crossings lie at no corner of a line."""
    if not len(xy):
        return 0
    away, _ = cKDTree(corners).query(np.unique(np.round(xy, 3), axis=0), distance_upper_bound=2 * SAME_M)
    return int(np.isinf(away).sum())


def matrix_of(start: IntArray, end: IntArray, length_m: FloatArray, count: int) -> csr_matrix:
    """Return lengths both ways; of parallel pieces the shortest."""
    a, b = np.concatenate([start, end]), np.concatenate([end, start])
    length = np.maximum(np.concatenate([length_m, length_m]), TINY_M)
    order = np.lexsort((length, b, a))
    a, b, length = a[order], b[order], length[order]
    is_first = np.ones(len(a), bool)
    is_first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    return csr_matrix((length[is_first], (a[is_first], b[is_first])), shape=(count, count))


def access(graph: StreetGraph, places: npt.NDArray[np.object_]) -> Access:
    """Return where points (p,) meet the network."""
    pieces = graph.pieces()
    _, piece = shapely.STRtree(pieces).query_nearest(places, all_matches=False)
    along_m = shapely.line_locate_point(pieces[piece], places)
    return Access(
        piece.astype(np.int64), np.minimum(along_m, graph.length_m[piece]), shapely.distance(pieces[piece], places)
    )


def with_nodes(graph: StreetGraph, piece: IntArray, along_m: FloatArray) -> tuple[StreetGraph, IntArray]:
    """Return the network with a node more at each place (p,) on a piece, and those nodes."""
    count, places = len(graph.xy), len(piece)
    made = count + np.arange(places)
    share = along_m / np.maximum(graph.length_m[piece], 1e-12)
    new_xy = graph.xy[graph.start[piece]] * (1 - share[:, None]) + graph.xy[graph.end[piece]] * share[:, None]
    edges = np.arange(len(graph.start))
    edge = np.concatenate([edges, edges, piece])
    along = np.concatenate([np.zeros(len(edges)), graph.length_m, along_m])
    node = np.concatenate([graph.start, graph.end, made])
    rank = np.concatenate([np.zeros(len(edges)), np.full(len(edges), 2), np.ones(places)])
    order = np.lexsort((rank, along, edge))
    edge, along, node = edge[order], along[order], node[order]
    is_piece = edge[1:] == edge[:-1]
    return replace(
        graph,
        xy=np.concatenate([graph.xy, new_xy]),
        start=node[:-1][is_piece],
        end=node[1:][is_piece],
        length_m=(along[1:] - along[:-1])[is_piece],
        row=graph.row[edge[:-1][is_piece]],
    ), made


def without_islands(graph: StreetGraph, least_m: float) -> StreetGraph:
    """Return the network without parts that are shorter in all; the longest part always stays."""
    if least_m <= 0 or not len(graph.start):
        return graph
    count, label = connected_components(graph.matrix(), directed=False)
    length_m = np.bincount(label[graph.start], graph.length_m, minlength=count)
    stays = ((length_m >= least_m) | (length_m == length_m.max()))[label[graph.start]]
    columns = {n: getattr(graph, n)[stays] for n in ("start", "end", "length_m", "row")}
    return replace(graph, **columns)


@dataclass(frozen=True)
class Sources:
    """The network with services on it: each a node more, from which one only leaves."""

    graph: StreetGraph
    matrix: Any
    """(n + s, n + s): a service's node leads to its entrances, as far as they are from it."""
    count: int
    """s services."""

    @property
    def nodes(self) -> IntArray:
        """Return the services' nodes (s,)."""
        return len(self.graph.xy) + np.arange(self.count)

    def nearest(self) -> tuple[FloatArray, IntArray, IntArray]:
        """Return for each node the way to the nearest service, m, which that is (-1: none), and the node before."""
        if not self.count:
            nothing = np.full(len(self.graph.xy), -1)
            return np.full(len(self.graph.xy), np.inf), nothing, nothing
        away, before, source = dijkstra(
            self.matrix, directed=True, indices=self.nodes, min_only=True, return_predecessors=True
        )
        n = len(self.graph.xy)
        return away[:n], np.where(source[:n] >= 0, source[:n] - n, -1).astype(np.int64), before.astype(np.int64)

    def to_places(self, places: Access, limit_m: float) -> tuple[IntArray, IntArray, FloatArray]:
        """Return every service and place within a walk of each other: service, place, metres."""
        n, graph = len(self.graph.xy), self.graph
        found: list[tuple[Any, Any, Any]] = []
        order = np.argsort(places.piece, kind="stable")
        first = np.searchsorted(places.piece[order], np.arange(len(graph.start) + 1))
        step = max(int(MOST_BYTES / 8 / max(n + self.count, 1)), 1)
        for begin in range(0, self.count, step):
            indices = self.nodes[begin : begin + step]
            for number, away in enumerate(dijkstra(self.matrix, directed=True, indices=indices, limit=limit_m), begin):
                near = np.flatnonzero(np.isfinite(away[graph.start]) | np.isfinite(away[graph.end]))
                some = order[_runs(first[near], first[near + 1])]
                own = Access(places.piece[some], places.along_m[some], places.snap_m[some])
                walk_m = ways(graph, own, away)
                is_near = walk_m <= limit_m
                found.append((np.full(int(is_near.sum()), number), some[is_near], walk_m[is_near]))
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        return tuple(np.concatenate(some) for some in zip(*found, strict=True))  # type: ignore[return-value]


def _runs(begin: IntArray, end: IntArray) -> IntArray:
    """Return all numbers from each begin up to its end."""
    count = end - begin
    shift = np.repeat(begin - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    runs: IntArray = np.arange(int(count.sum())) + shift
    return runs


def ways(graph: StreetGraph, places: Access, away: FloatArray) -> FloatArray:
    """Return metres from places (p,) by either end of their piece, given metres at nodes (..., n)."""
    one = away[..., graph.start[places.piece]] + places.along_m
    two = away[..., graph.end[places.piece]] + graph.length_m[places.piece] - places.along_m
    found: FloatArray = np.minimum(one, two) + places.snap_m
    return found


def with_services(graph: StreetGraph, service: IntArray, entrances: Access, count: int) -> Sources:
    """Return the network with services on it.

    service     (k,) the service of each entrance
    entrances   where the entrances meet the network, and how far from the service that is
    """
    larger, node = with_nodes(graph, entrances.piece, entrances.along_m)
    n = len(larger.xy)
    streets = larger.matrix().tocoo()
    rows = np.concatenate([streets.row, n + service])
    columns = np.concatenate([streets.col, node])
    length = np.concatenate([streets.data, np.maximum(entrances.snap_m, TINY_M)])
    matrix = csr_matrix((length, (rows, columns)), shape=(n + count, n + count))
    return Sources(larger, matrix, count)
