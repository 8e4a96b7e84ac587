"""The two proposals for a block at Lindhaven's harbour: homes, or a park. Laid out on the block as the city has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from twin.errors import LayerError
from twin.layer import Layer
from twin.proposed import row_polygon
from twin.row_keys import key_of
from twin.scenario import Edit, EditKind, GroundUse, Scenario, Setback
from twin.scenario_shapes import FloatArray, polygons_in, ring_lonlat
from twin.session import Session

BUILDINGS, BLOCKS, KIND = "buildings", "blocks", "harbour"
LEAST_M2, LEAST_FILL = 15_000.0, 0.7
"""The block is the one nearest to the centre that is so large and fills its rectangle so well."""
SLAB_M, APART_M, MARGIN_M = 15.0, 40.0, 10.0
HOMES_NOTE = (
    "The sheds of a harbour block make room for homes: slabs of five to seven storeys with set-back top floors, a tower"
    " of fourteen storeys with shops, a street with trees along the quay."
)
PARK_NOTE = (
    "The sheds of one harbour block make room for a park with a pond, a grove, a square at the quay and a pavilion."
)


def sample_scenarios(session: Session) -> tuple[Scenario, ...]:
    """Return "Harbour homes" and "Harbour park"; none where the city has no such block."""
    try:
        block = _site(session.source(BLOCKS))
        gone = _gone(session.source(BUILDINGS), block)
    except LayerError:
        return ()
    axes = _Axes(block)
    frame = session.source(BUILDINGS).frame

    def numbered(edits: Sequence[Edit]) -> tuple[Edit, ...]:
        return tuple(replace(e, id=f"e{n}") for n, e in enumerate(edits, 1))

    def ring(shape: Any) -> tuple[tuple[tuple[float, float], ...], ...]:
        lines = [shape.exterior, *shape.interiors]
        return tuple(ring_lonlat(frame, shapely.get_coordinates(line)[:-1]) for line in lines)

    def line(points: FloatArray) -> tuple[tuple[float, float], ...]:
        return ring_lonlat(frame, points)

    homes = [*gone, *_homes(axes, ring, line)]
    park = [*gone, *_park(axes, ring)]
    return (
        Scenario("harbour-homes", "Harbour homes", numbered(homes), HOMES_NOTE),
        Scenario("harbour-park", "Harbour park", numbered(park), PARK_NOTE),
    )


def _site(blocks: Layer) -> Any:
    """Return the block, a shapely polygon in local metres.

    raises   LayerError  there is none
    """
    found = []
    for row, kind in enumerate(blocks.table.column("kind").tolist()):
        shape = row_polygon(blocks, row) if kind == KIND else None
        if shape is not None and shape.area >= LEAST_M2:
            fill = shape.area / shape.minimum_rotated_rectangle.area
            if fill >= LEAST_FILL:
                found.append((float(np.hypot(*shapely.get_coordinates(shape.centroid)[0])), shape))
    if not found:
        raise LayerError("The city has no block at its harbour.")
    return max(polygons_in(min(found, key=lambda pair: pair[0])[1]), key=lambda p: p.area)


def _gone(buildings: Layer, block: Any) -> list[Edit]:
    anchors: Any = getattr(buildings.tiles, "arrays", None)
    if anchors is None:
        return []
    inside = shapely.contains_xy(block, anchors.anchor_local[:, 0], anchors.anchor_local[:, 1])
    edits = []
    for row in sorted(anchors.row[inside].tolist()):
        key = key_of(buildings, row)
        shape = row_polygon(buildings, row)
        pieces = polygons_in(shape) if shape is not None else []
        rings = tuple(ring_lonlat(buildings.frame, shapely.get_coordinates(p.exterior)[:-1]) for p in pieces[:1])
        edits.append(
            Edit("", EditKind.DEMOLISH, layer_id=BUILDINGS, by=key.by, key=key.key, row=row, rings=rings, name=key.key)
        )
    return edits


class _Axes:
    """A block and the frame of its rectangle: u along its longer side, v across, from its middle."""

    def __init__(self, block: Any) -> None:
        self.block = block
        corners = shapely.get_coordinates(block.minimum_rotated_rectangle)[:-1]
        one, other = corners[1] - corners[0], corners[2] - corners[1]
        if np.hypot(*one) < np.hypot(*other):
            one, other = other, one
        self.long_m, self.short_m = float(np.hypot(*one)), float(np.hypot(*other))
        self.u, self.v = one / self.long_m, other / self.short_m
        self.middle = corners.mean(axis=0)

    def at(self, points: Any) -> FloatArray:
        """Return local points of (u, v) places."""
        uv = np.asarray(points, np.float64).reshape(-1, 2)
        return np.asarray(self.middle + uv[:, :1] * self.u + uv[:, 1:] * self.v)

    def box(self, u: float, v: float, long_m: float, wide_m: float) -> Any:
        """Return a rectangle about (u, v)."""
        half_u, half_v = long_m / 2, wide_m / 2
        corners = [
            (u - half_u, v - half_v),
            (u + half_u, v - half_v),
            (u + half_u, v + half_v),
            (u - half_u, v + half_v),
        ]
        return shapely.orient_polygons(shapely.Polygon(self.at(corners)))


def _homes(axes: _Axes, ring: Any, line: Any) -> list[Edit]:
    room = axes.block.buffer(-MARGIN_M)
    across = axes.short_m - 2 * MARGIN_M - 24.0
    places = np.arange(-axes.long_m / 2 + 30.0, axes.long_m / 2 - 20.0, APART_M)
    edits: list[Edit] = []
    for number, u in enumerate(places.tolist()):
        shape = axes.box(u, -8.0, SLAB_M, across).intersection(room)
        pieces = [p for p in polygons_in(shape) if p.area > 0.6 * SLAB_M * across]
        if not pieces:
            continue
        if not edits:
            tower = axes.box(u, -8.0, 26.0, 26.0)
            edits.append(
                Edit("", EditKind.BUILD, "Quay Tower", "mixed", ring(tower), storeys=14, setbacks=(Setback(4, 4.0),))
            )
            continue
        storeys = (5, 7, 6)[number % 3]
        name = f"Quay House {len(edits)}"
        setbacks = (Setback(storeys, 2.5),)
        edits.append(Edit("", EditKind.BUILD, name, "housing", ring(pieces[0]), storeys=storeys, setbacks=setbacks))
    along = np.array([(-axes.long_m / 2 + 12, axes.short_m / 2 - 16), (axes.long_m / 2 - 12, axes.short_m / 2 - 16)])
    trees = along + np.array([[10.0, -7.0], [-10.0, -7.0]])
    edits.append(
        Edit("", EditKind.GROUND, "Quay Street", line=line(axes.at(along)), ground=GroundUse.STREET, width_m=9.0)
    )
    edits.append(
        Edit("", EditKind.GROUND, "Limes", line=line(axes.at(trees)), ground=GroundUse.TREES, spacing_m=9.0, tree_m=9.0)
    )
    return edits


def _park(axes: _Axes, ring: Any) -> list[Edit]:
    park = max(polygons_in(axes.block.buffer(-6.0)), key=lambda p: p.area)
    turn = np.linspace(0, 2 * np.pi, 25)[:-1]
    wave = 1 + 0.18 * np.sin(2 * turn + 0.6)
    pond = shapely.Polygon(
        axes.at(np.column_stack([0.2 * axes.long_m * np.cos(turn) * wave, 0.2 * axes.short_m * np.sin(turn) * wave]))
    )
    square = axes.box(-axes.long_m * 0.36, 0.0, axes.long_m * 0.13, axes.short_m * 0.5).intersection(park)
    grove = axes.box(axes.long_m * 0.34, 0.0, axes.long_m * 0.2, axes.short_m * 0.6).intersection(park)
    pavilion = axes.box(-axes.long_m * 0.25, axes.short_m * 0.22, 18.0, 12.0)
    ground: tuple[tuple[str, Any, GroundUse], ...] = (
        ("Harbour Park", park, GroundUse.PARK),
        ("Pond", pond, GroundUse.WATER),
        ("Quay Square", square, GroundUse.SQUARE),
        ("Grove", grove, GroundUse.TREES),
    )
    edits = [
        Edit("", EditKind.GROUND, name, rings=ring(piece), ground=use, spacing_m=11.0, tree_m=10.0)
        for name, shape, use in ground
        for piece in polygons_in(shape)[:1]
    ]
    return [*edits, Edit("", EditKind.BUILD, "Pavilion", "retail", ring(pavilion), storeys=1, storey_m=4.5)]
