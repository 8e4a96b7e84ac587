"""The buildings people know: minster, town hall, opera, stadium, station, museums, cranes, the television tower."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from data.sample.plan import SITES, Floats, Geometries
from data.sample.quarters import Rows, box_of, rectangles
from data.sample.stock import Stock, stock

Part = tuple[Any, float]
"""An outline and its height; earlier parts stand, later ones are built round them."""


class Ground:
    """Where a landmark stands: a place, and the two directions of its block."""

    def __init__(self, block: shapely.Polygon, row: int) -> None:
        """Take the block's middle and directions."""
        self.middle, self.along, self.long_m, self.short_m = box_of(block)
        self.across = np.array([-self.along[1], self.along[0]])
        self.block, self.row = block, row

    def at(self, u_m: float, v_m: float) -> Floats:
        """Return a point u along and v across from the middle."""
        return np.asarray(self.middle + u_m * self.along + v_m * self.across)

    def box(self, u_m: float, v_m: float, length_m: float, depth_m: float) -> Any:
        """Return a rectangle round (u, v)."""
        return rectangles(self.at(u_m, v_m)[None, :], self.along, length_m, depth_m)[0]

    def disc(self, u_m: float, v_m: float, radius_m: float, *, sides: int = 6) -> Any:
        """Return a circle of 4 x sides corners round (u, v)."""
        return shapely.Point(self.at(u_m, v_m)).buffer(radius_m, quad_segs=sides)

    def dome(self, u_m: float, v_m: float, radius_m: float, drum_m: float) -> list[Part]:
        """Return rings that rise to a dome on a drum."""
        share = np.array([0.2, 0.42, 0.62, 0.8, 0.93])
        rings = [(self.disc(u_m, v_m, 2.2, sides=2), drum_m + radius_m * 1.35)]
        rings += [(self.disc(u_m, v_m, s * radius_m), drum_m + radius_m * (1 - s * s) ** 0.5) for s in share]
        return [*rings, (self.disc(u_m, v_m, radius_m * 1.05), drum_m)]

    def spire(self, u_m: float, v_m: float, side_m: float, height_m: float) -> list[Part]:
        """Return a square tower that ends in a stepped spire."""
        steps = ((0.36, 1.0), (0.56, 0.87), (0.76, 0.75), (1.0, 0.62))
        return [(self.box(u_m, v_m, side_m * s, side_m * s), height_m * h) for s, h in steps]


def layered(parts: Sequence[Part], g: Ground, form: str, *, name: str | None = None, storey_m: float = 4.5) -> Stock:
    """Build parts that would overlap: the first stands whole, each later one is built round those before it.

    Nothing is built beyond the block.
    """
    taken: Any = shapely.Polygon()
    outlines: list[Any] = []
    heights: list[float] = []
    for outline, height_m in parts:
        # A joint of 2 cm: coordinates are rounded to 1 cm later, and parts must not overlap then.
        rest = shapely.get_parts(
            shapely.difference(shapely.intersection(outline, g.block), shapely.buffer(taken, 0.02, join_style="mitre"))
        )
        rest = rest[(shapely.get_type_id(rest) == 3) & (shapely.area(rest) > 9)]
        outlines.extend(rest)
        heights.extend([height_m] * len(rest))
        taken = shapely.union(taken, outline)
    return stock(outlines, form, g.row, heights, storey_m=storey_m, name=name)


def minster(g: Ground) -> list[Stock]:
    """Two towers, nave, transept, aisles and choir, and a cloister beside it."""
    parts = [*g.spire(-38, 8, 11, 92), *g.spire(-38, -8, 11, 88), *g.spire(14, 0, 8.5, 58)]
    parts += [(g.box(-6, 0, 70, 13), 27.0), (g.box(14, 0, 13, 46), 25.0), (g.disc(32, 0, 8, sides=3), 22.0)]
    parts += [(g.box(-10, 0, 58, 30), 14.0), (g.disc(30, 0, 13, sides=3), 12.0)]
    return [layered(parts, g, "church", name="Lindhaven Minster", storey_m=30)]


def church(g: Ground, name: str) -> list[Stock]:
    """Build a parish church: tower with a spire, nave, choir."""
    parts = [*g.spire(-17, 0, 8.5, 52), (g.box(2, 0, 32, 13), 15.0), (g.disc(20, 0, 5.5, sides=3), 11.0)]
    return [layered(parts, g, "church", name=name, storey_m=20)]


def town_hall(g: Ground) -> list[Stock]:
    """Build a courtyard building with a clock tower on its front."""
    long_m, short_m = min(g.long_m - 3, 78), min(g.short_m - 3, 50)
    ring = g.box(0, 0, long_m, short_m).difference(g.box(0, 0, long_m - 28, short_m - 28)).intersection(g.block)
    return [layered([*g.spire(0, -short_m / 2 + 6, 10, 64), (ring, 21.0)], g, "townhall", name="Town Hall")]


def opera(g: Ground) -> list[Stock]:
    """Stage tower, auditorium and a rounded foyer."""
    parts = [
        (g.box(22, 0, 20, 30), 36.0),
        (g.box(-4, 0, 34, 40), 26.0),
        (g.disc(-24, 0, 20), 19.0),
        (g.box(8, 0, 72, 52), 15.0),
    ]
    return [layered(parts, g, "opera", name="Lindhaven Opera")]


def concert_hall(g: Ground) -> list[Stock]:
    """Build a hall on the quay whose roof rises in waves of strips."""
    crest = (58, 49, 42, 39, 44, 54, 66, 78)
    parts = [(g.box(-45.5 + 13 * i, 0, 13, 50 - 2 * abs(i - 4)), float(h)) for i, h in enumerate(crest)]
    return [layered([*parts, (g.box(0, 0, 118, 62), 12.0)], g, "concert", name="Philharmonic")]


def station(g: Ground) -> list[Stock]:
    """Build a train hall with a vaulted roof of strips, and the front building with its clock tower."""
    edge = min(g.short_m / 2 - 6.0, 34.0)
    strips = [(g.box(10, edge - 4 - 7 * i, 190, 7), h) for i, h in enumerate((13.0, 19.0, 22.5, 19.0, 13.0))]
    face = edge - 43.5
    front = [*g.spire(-40, face, 9, 50), (g.box(0, face, 26, 13), 24.0), (g.box(0, face, 150, 11), 16.0)]
    return [layered(strips + front, g, "station", name="Central Station")]


def stadium(g: Ground) -> list[Stock]:
    """Four rings of stands that rise from the pitch outward, with a gap below the upper tier's light masts."""

    def oval(a: float, b: float) -> Any:
        angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
        c, s = np.cos(angle), np.sin(angle)
        u, v = np.sign(c) * np.abs(c) ** 0.7 * a, np.sign(s) * np.abs(s) ** 0.7 * b
        return shapely.Polygon(g.middle + u[:, None] * g.along + v[:, None] * g.across)

    tiers = [(oval(58, 41), 0.0)]
    tiers += [(oval(58 + 9.5 * i, 41 + 9.5 * i), h) for i, h in enumerate((5.0, 10.0, 16.0, 23.0, 31.0), start=1)]
    rings = [outer.difference(inner) for (inner, _), (outer, _) in pairwise(tiers)]
    return [stock(rings, "stadium", g.row, [h for _, h in tiers[1:]], storey_m=8.0, name="Lindhaven Arena")]


def power_station(g: Ground) -> list[Stock]:
    """Boiler house, turbine hall, two chimneys and tanks."""
    parts = [
        (g.disc(-34, 30, 4.5), 112.0),
        (g.disc(-8, 30, 4.5), 112.0),
        (g.box(-20, 4, 76, 30), 46.0),
        (g.box(-20, -24, 92, 26), 24.0),
    ]
    tanks = [g.disc(58, v, 13) for v in (-30.0, 2.0, 34.0)]
    return [layered(parts, g, "power", name="Power Station", storey_m=20), stock(tanks, "tank", g.row, 15.0, storeys=1)]


def museum(g: Ground, name: str, *, has_dome: bool) -> list[Stock]:
    """Build a wing-and-courtyard museum fitted into its block, one with a dome."""
    body = g.block.buffer(-7, join_style="mitre")
    court = body.buffer(-15, join_style="mitre")
    rim = body.difference(court) if court.area > 250 else body
    dome = g.dome(0, 0, 15, 26) if has_dome else []
    hall = [(g.box(0, 0, 44, min(34, g.short_m - 20)), 24.0)] if has_dome else []
    return [layered([*dome, *hall, (rim, 19.0)], g, "museum", name=name)]


def television_tower(g: Ground) -> list[Stock]:
    """Build a mast with a raised pod round it."""
    shaft, pod = g.disc(0, 0, 5.5), g.disc(0, 0, 14)
    mast = layered(
        [(g.disc(0, 0, 2.4), 216.0), (shaft, 158.0), (g.disc(0, 0, 22), 7.0)], g, "tvtower", name="Beacon Tower"
    )
    rings = [stock([pod.difference(shaft)], "tvtower", g.row, 138.0, base_m=122.0, name="Beacon Tower")]
    return [mast, *rings]


_BUILDERS: dict[str, Callable[[Ground], list[Stock]]] = {
    "minster": minster,
    "opera": opera,
    "concert": concert_hall,
    "station": station,
    "stadium": stadium,
    "power": power_station,
}
_CHURCHES = (
    ("St. Nicholas", -340, 330),
    ("St. Catherine", 190, 250),
    ("St. James", -190, -90),
    ("St. Mary", 620, -560),
    ("St. Peter", -980, 300),
    ("St. Paul", 470, 600),
    ("St. Andrew", -560, -640),
    ("All Saints", 1480, 120),
    ("St. Luke", 1050, 1200),
    ("St. Clare", -1500, 150),
    ("St. Martin", 650, -1560),
    ("St. Hubert", -700, 1450),
    ("St. Barbara", 1950, -1250),
    ("St. Giles", -1950, 350),
)


def nearest_block(middle_plan: Floats, free: Any, x: float, y: float) -> int:
    """Return the free block whose middle is nearest to a plan point."""
    away = np.hypot(middle_plan[:, 0] - x, middle_plan[:, 1] - y)
    return int(np.argmin(np.where(free, away, np.inf)))


def site_landmarks(blocks: Geometries, kind: Any, site: Rows) -> list[Stock]:
    """Return the landmarks that have a site of their own."""
    made: list[Stock] = []
    for number, place in enumerate(SITES):
        rows = np.flatnonzero(site == number)
        if place.kind in _BUILDERS and len(rows):
            row = int(rows[np.argmax(shapely.area(blocks[rows]))])
            made += _BUILDERS[place.kind](Ground(blocks[row], row))
    wood = np.flatnonzero(kind == "wood")
    row = int(wood[np.argmax(shapely.get_y(shapely.centroid(blocks[wood])))])
    made += television_tower(Ground(blocks[row], row))
    isle = np.flatnonzero(kind == "museum")
    isle = isle[np.argsort(shapely.get_x(shapely.centroid(blocks[isle])))]
    names = (
        "Maritime Museum",
        "National Gallery",
        "City Museum",
        "Library of Lindhaven",
        "Hall of Sciences",
        "Archive",
    )
    biggest = int(np.argmax(shapely.area(blocks[isle])))
    for number, one in enumerate(isle.tolist()):
        made += museum(Ground(blocks[one], one), names[number % len(names)], has_dome=number == biggest)
    return made


def block_landmarks(blocks: Geometries, middle_plan: Floats, free: Any) -> tuple[list[Stock], list[int]]:
    """Return town hall and parish churches, and the blocks they take."""
    made: list[Stock] = []
    taken: list[int] = []
    free = free & (shapely.area(blocks) > 1500)
    for number, (name, x, y) in enumerate((("Town Hall", -110.0, 250.0), *_CHURCHES)):
        row = nearest_block(middle_plan, free, x, y)
        free[row] = False
        taken.append(row)
        g = Ground(blocks[row], row)
        made += town_hall(g) if number == 0 else church(g, name)
    return made, taken
