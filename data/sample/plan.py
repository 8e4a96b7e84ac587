"""The plan of the sample city: river, harbour, main roads, railway, sites and quarters, before it is bent into shape.

The plan is drawn in plan metres with the market square near (0, 0). Later `bend` moves every point a little, so that
streets, banks and blocks curve together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[Any]
"""(n,) array of shapely geometries."""
Shape = Any
"""One shapely geometry of any kind; the library's types know no methods of what all kinds have in common."""


class Road(NamedTuple):
    """One main road of the plan."""

    name: str
    rank: str
    """main, arterial, ring, avenue, quay, site, path or rail."""
    width_m: float
    """Carriageway."""
    line: shapely.LineString


class Site(NamedTuple):
    """A place set aside before quarters are divided into blocks."""

    name: str
    kind: str
    x: float
    y: float
    length_m: float
    depth_m: float
    turn_rad: float = 0.0


class Quarter(NamedTuple):
    """A part of the city; a main block belongs to the nearest one."""

    name: str
    kind: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The main structure, in plan metres."""

    water: Shape
    """River, harbour basins and lakes."""
    lakes: Geometries
    """The lakes alone."""
    roads: tuple[Road, ...]
    """Main roads and railway, in pieces as drawn."""
    limit: Shape
    """Where the built city ends."""
    faces: Geometries
    """(f,) land between main roads, clear of their carriageways and pavements."""


PAVEMENT_M = {"main": 2.5, "arterial": 4.5, "ring": 4.5, "avenue": 4.0, "quay": 3.0, "rail": 6.0, "site": 3.0}
"""What lies between a carriageway's edge and the first building."""
MIN_FACE_M2 = 900.0
PATH_SHARE = 0.8
"""How wide a park's round path swings, as a share of the park."""
QUAY_M = 18.0
"""From the water to the middle of the quay street: room for cranes and for trees."""

CENTRE = (-80.0, 110.0)
"""Middle of the old town's ring."""
TOWERS = (830.0, 130.0)
"""Middle of the high-rise centre."""

_RIVER = np.array(
    [
        (4300, 900, 95),
        (3600, 740, 95),
        (2750, 420, 100),
        (2000, -240, 105),
        (1250, -560, 110),
        (620, -440, 130),
        (260, -370, 235),
        (-80, -365, 255),
        (-380, -395, 170),
        (-800, -560, 135),
        (-1350, -800, 150),
        (-1950, -800, 210),
        (-2600, -680, 290),
        (-3400, -760, 380),
        (-4300, -880, 480),
    ],
    dtype=np.float64,
)
_ISLAND = np.array(
    [(345, -385, 6), (250, -375, 52), (60, -366, 98), (-130, -368, 102), (-290, -385, 48), (-370, -394, 6)]
)
_RAILWAY = (
    (4200, 1750),
    (3200, 1380),
    (2300, 1010),
    (1400, 850),
    (600, 770),
    (-200, 800),
    (-1000, 770),
    (-1800, 420),
    (-2600, 190),
    (-3300, 160),
    (-4200, 330),
)
_ROADS = (
    (
        "High Street",
        "main",
        10.0,
        ((-80, 535), (-100, 400), (-98, 270), (-72, 140), (-66, 20), (-46, -110), (-20, -250)),
    ),
    ("Cross Street", "main", 10.0, ((-500, 62), (-300, 95), (-72, 118), (150, 122), (345, 150))),
    ("Upland Avenue", "avenue", 18.0, ((-80, 535), (-40, 900), (120, 1500), (60, 2150), (240, 2900))),
    ("Minster Road", "avenue", 16.0, ((225, 420), (520, 770), (980, 1330), (1420, 1900), (1900, 2500))),
    ("Eastern Avenue", "arterial", 22.0, ((345, 150), (820, 175), (1350, 190), (1900, 290), (2500, 680), (3400, 1050))),
    ("Tower Street", "avenue", 18.0, ((290, 310), (760, 430), (1300, 560), (2000, 720), (2400, 800))),
    ("Wharf Lane", "avenue", 14.0, ((300, -100), (600, -160), (950, -230), (1400, -330), (1900, 20), (2150, 430))),
    (
        "Stadium Road",
        "arterial",
        20.0,
        ((455, -132), (560, -440), (820, -760), (1500, -1150), (2200, -1500), (2900, -1900)),
    ),
    ("South Avenue", "avenue", 18.0, ((-20, -250), (10, -380), (-40, -640), (-20, -1250), (120, -1900), (60, -2700))),
    (
        "Mill Street",
        "avenue",
        14.0,
        ((-255, -222), (-310, -390), (-520, -860), (-620, -1450), (-900, -2000), (-1050, -2600)),
    ),
    (
        "Harbour Road",
        "arterial",
        22.0,
        ((-500, 62), (-900, -230), (-1500, -380), (-2100, -290), (-2900, -230), (-3500, -280)),
    ),
    ("College Road", "avenue", 16.0, ((-470, 270), (-900, 480), (-1500, 900), (-2200, 1240), (-2900, 1500))),
    ("Northwest Road", "avenue", 16.0, ((-330, 470), (-620, 850), (-900, 1400), (-1300, 1950), (-1600, 2500))),
    ("Dock Road", "arterial", 20.0, ((-440, -690), (-900, -980), (-1500, -1270), (-2200, -1270), (-3300, -1300))),
    ("Park Street", "avenue", 14.0, ((-30, -600), (260, -640), (620, -640), (730, -650))),
)
_SOUTH_RING = (
    (3050, -960),
    (2450, -880),
    (1900, -880),
    (1330, -800),
    (700, -880),
    (330, -1060),
    (-20, -1085),
    (-575, -1080),
)

SITES = (
    Site("City Park", "park", 300.0, -870.0, 500.0, 300.0, 0.06),
    Site("Central Station", "station", 660.0, 724.0, 300.0, 120.0, -0.05),
    Site("Lindhaven Arena", "stadium", 2230.0, -600.0, 320.0, 260.0, -0.2),
    Site("University", "campus", -1260.0, 1120.0, 560.0, 380.0, 0.45),
    Site("St. Anne's Hospital", "hospital", 1760.0, 1200.0, 340.0, 260.0, 0.25),
    Site("West Cemetery", "cemetery", -1980.0, 780.0, 380.0, 300.0, 0.2),
    Site("Beacon Wood", "wood", 640.0, 2010.0, 900.0, 420.0, 0.2),
    Site("Mere Park", "park", 2420.0, 1250.0, 520.0, 360.0, 0.5),
    Site("South Common", "park", -420.0, -1640.0, 380.0, 280.0, -0.2),
    Site("Allotments", "allotments", 1180.0, -1560.0, 380.0, 240.0, -0.5),
    Site("Warren Wood", "wood", -1250.0, -1960.0, 520.0, 400.0, 0.3),
    Site("Market Square", "square", -172.0, 192.0, 104.0, 72.0, 0.12),
    Site("Minster Close", "minster", 32.0, 28.0, 128.0, 84.0, -0.05),
    Site("Opera Place", "opera", 190.0, -560.0, 150.0, 84.0, 0.0),
    Site("Philharmonic Quay", "concert", -1290.0, -645.0, 150.0, 96.0, 0.1),
    Site("Power Station", "power", -1200.0, -985.0, 220.0, 150.0, -0.4),
    Site("Exchange Plaza", "square", 880.0, 262.0, 92.0, 66.0, 0.05),
    Site("Weavers' Square", "square", -790.0, 560.0, 120.0, 90.0, 0.3),
    Site("Linden Square", "square", -760.0, 120.0, 110.0, 84.0, -0.3),
    Site("Brewery Square", "square", -250.0, -800.0, 100.0, 80.0, 0.1),
    Site("Riverside Gardens", "square", 1390.0, -110.0, 120.0, 90.0, -0.2),
    Site("Northgate Green", "square", 170.0, 650.0, 110.0, 84.0, 0.0),
)

QUARTERS = (
    Quarter("Market Quarter", "oldtown", -200.0, 240.0),
    Quarter("Minster Quarter", "oldtown", -60.0, -60.0),
    Quarter("Museum Island", "museum", -20.0, -366.0),
    Quarter("Ropewalk", "perimeter", 520.0, -250.0),
    Quarter("Towers", "highrise", 760.0, 60.0),
    Quarter("Exchange", "highrise", 940.0, 330.0),
    Quarter("Ring Gardens", "perimeter", 1130.0, 720.0),
    Quarter("Eastring", "perimeter", 1420.0, 380.0),
    Quarter("Station Quarter", "perimeter", 720.0, 610.0),
    Quarter("Northgate", "perimeter", -120.0, 680.0),
    Quarter("Westgate", "perimeter", -740.0, 180.0),
    Quarter("Weavers", "perimeter", -800.0, 600.0),
    Quarter("Opera Quarter", "perimeter", 160.0, -520.0),
    Quarter("Southbank", "perimeter", -60.0, -760.0),
    Quarter("Brewery Quarter", "perimeter", -520.0, -760.0),
    Quarter("Riverside East", "perimeter", 1250.0, -80.0),
    Quarter("Vineyard", "perimeter", 760.0, -640.0),
    Quarter("Parkside", "slab", 90.0, -1290.0),
    Quarter("Railyard", "slab", 240.0, 1080.0),
    Quarter("Gardens", "row", 1080.0, 1060.0),
    Quarter("College Hill", "villa", -950.0, 1620.0),
    Quarter("Uplands", "villa", -250.0, 1600.0),
    Quarter("Beacon Hill", "villa", 1150.0, 1800.0),
    Quarter("New Meadow", "slab", 1750.0, 560.0),
    Quarter("Eastfield", "detached", 2350.0, 380.0),
    Quarter("Mereside", "detached", 2150.0, 1400.0),
    Quarter("Arena", "slab", 1640.0, -850.0),
    Quarter("Riverlea", "detached", 2480.0, -250.0),
    Quarter("Lowfield", "detached", 1900.0, -1350.0),
    Quarter("Priory", "detached", 900.0, -1200.0),
    Quarter("Southfield", "detached", 560.0, -1750.0),
    Quarter("Common", "detached", -350.0, -1950.0),
    Quarter("Millbrook", "slab", -450.0, -1350.0),
    Quarter("Ironworks", "industry", -1150.0, -1500.0),
    Quarter("South Docks", "harbour", -1800.0, -1050.0),
    Quarter("Dock Estate", "industry", -2000.0, -1500.0),
    Quarter("North Quays", "harbour", -1750.0, -520.0),
    Quarter("Westfield", "row", -1500.0, 80.0),
    Quarter("New Town", "slab", -1650.0, 1250.0),
    Quarter("Heath", "detached", -2150.0, 250.0),
    Quarter("Ashgrove", "detached", -1750.0, 1650.0),
)


def spline(points: Sequence[tuple[float, ...]] | Floats, *, step: int = 12) -> Floats:
    """Return a smooth curve through the points (Catmull-Rom), `step` pieces between two of them; (n, k)."""
    p = np.asarray(points, dtype=np.float64)
    p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t: Floats = (np.arange(step, dtype=np.float64) / step)[None, :, None]
    a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
    curve: Floats = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.asarray(np.round(np.vstack([curve.reshape(-1, p.shape[1]), p[-2:-1]]), 2), dtype=np.float64)


def ribbon(curve: Floats) -> shapely.Polygon:
    """Return the polygon of a curve with widths: (n, 3) x, y, width."""
    along = np.gradient(curve[:, :2], axis=0)
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(along[:, 0], along[:, 1])[:, None]
    left, right = (curve[:, :2] + side * normal * curve[:, 2:] / 2 for side in (1, -1))
    return shapely.Polygon(np.vstack([left, right[::-1]]))


def ellipse(
    x: float, y: float, length_m: float, depth_m: float, *, turn_rad: float = 0.0, power: float = 2.0
) -> Floats:
    """Return a closed (super)ellipse, (49, 2); a higher power is squarer."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    u = np.sign(c) * np.abs(c) ** (2 / power) * length_m / 2
    v = np.sign(s) * np.abs(s) ** (2 / power) * depth_m / 2
    ring = np.column_stack(
        [
            x + u * np.cos(turn_rad) - v * np.sin(turn_rad),
            y + u * np.sin(turn_rad) + v * np.cos(turn_rad),
        ]
    )
    return np.round(np.vstack([ring, ring[:1]]), 2)


def site_polygon(site: Site) -> shapely.Polygon:
    """Return a site's outline, a rounded rectangle in plan metres."""
    return shapely.Polygon(ellipse(site.x, site.y, site.length_m, site.depth_m, turn_rad=site.turn_rad, power=5.0))


def bend(xy: Floats) -> Floats:
    """Move plan points to where they lie in the city: long gentle waves, calm among the towers, livelier in suburbs.

    xy        (n, 2) plan metres
    returns   (n, 2) metres from the city's middle, rounded to centimetres so that every machine writes the same
    """
    x, y = xy[:, 0], xy[:, 1]
    calm = np.clip((np.hypot(x - TOWERS[0], y - TOWERS[1]) - 380) / 900, 0.1, 1.0)
    lively = 12 * np.clip((np.hypot(x, y) - 1050) / 700, 0.0, 1.0)
    w = 2 * np.pi / 1000
    dx = calm * (48 * np.sin(w * (0.42 * x + 0.44 * y) + 0.4) + 17 * np.sin(w * (1.35 * y - 0.4 * x) + 1.9))
    dy = calm * (44 * np.sin(w * (0.5 * x - 0.31 * y) + 2.2) + 17 * np.sin(w * (1.3 * x + 0.5 * y) + 0.7))
    dx += lively * np.sin(w * (3.1 * y + 0.9 * x) + 0.3)
    dy += lively * np.sin(w * (2.9 * x - 1.1 * y) + 1.1)
    return np.round(np.column_stack([x + dx, y + dy]), 2)


def _water() -> tuple[Shape, Geometries]:
    river = ribbon(spline(_RIVER, step=14)).difference(ribbon(spline(_ISLAND, step=8)))
    basins = [
        shapely.Polygon([(x, -810), (x + 85, -800), (x + 85 - lean, -690 - depth), (x - lean, -705 - depth)])
        for x, depth, lean in ((-1480, 330, 130), (-1730, 380, 150), (-2200, 400, 140))
    ]
    basins.append(shapely.Polygon([(-1800, -720), (-1715, -735), (-1630, -510), (-1710, -490)]))
    lakes = np.array(
        [
            shapely.Polygon(ellipse(290, -880, 260, 110, turn_rad=0.3)),
            shapely.Polygon(ellipse(2440, 1265, 360, 190, turn_rad=0.5)),
        ]
    )
    return shapely.union_all([river, *basins, *lakes]), lakes


def _rings(water: Shape) -> list[Road]:
    angle = np.linspace(0, 2 * np.pi, 73)
    wobble = 1 + 0.035 * np.sin(3 * angle + 0.5) + 0.02 * np.sin(5 * angle)
    roads: list[Road] = []
    for name, width_m, radius, stretch in (
        ("Promenade", 18.0, 420, 1.0),
        ("Second Ring", 24.0, 1120, 1.12),
        ("Third Ring", 24.0, 1780, 1.2),
    ):
        line: Shape = shapely.LineString(
            np.round(
                np.column_stack(
                    [
                        CENTRE[0] + 90 * (radius > 500) + radius * stretch * wobble * np.cos(angle),
                        CENTRE[1] - 140 * (radius > 500) + radius * wobble * np.sin(angle),
                    ]
                ),
                2,
            )
        )
        if radius < 500:
            line = shapely.line_merge(line.difference(water.buffer(14)))
        roads.extend(Road(name, "ring", width_m, part) for part in shapely.get_parts(line))
    return roads


def _paths() -> list[Road]:
    """Lay a round path and six that lead to it in each park, wood and cemetery."""
    roads = []
    for site in SITES:
        if site.kind not in {"park", "wood", "cemetery"}:
            continue
        inner, outer = (
            ellipse(site.x, site.y, site.length_m * share, site.depth_m * share, turn_rad=site.turn_rad, power=power)
            for share, power in ((PATH_SHARE, 2.6), (1.0, 5.0))
        )
        roads.append(Road(f"{site.name} Walk", "path", 3.0, shapely.LineString(inner)))
        for corner in range(3, 48, 8):
            across = np.array([inner[corner], inner[corner] + 1.01 * (outer[corner] - inner[corner])])
            roads.append(Road(f"{site.name} Walk", "path", 3.0, shapely.LineString(across)))
    return roads


def _limit() -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, 181)[:-1]
    wobble = 1 + 0.05 * np.sin(2 * angle + 2.3) + 0.05 * np.sin(3 * angle + 0.4) + 0.03 * np.sin(7 * angle)
    wobble += 0.022 * np.sin(11 * angle + 1.0) + 0.015 * np.sin(19 * angle + 2.0)
    return shapely.Polygon(np.column_stack([20 + 2700 * wobble * np.cos(angle), -40 + 2150 * wobble * np.sin(angle)]))


def make_plan() -> Plan:
    """Draw the plan and cut the land along its main roads."""
    water, lakes = _water()
    river = shapely.difference(water, shapely.union_all(lakes))
    roads = [Road(name, rank, width_m, shapely.LineString(spline(points))) for name, rank, width_m, points in _ROADS]
    roads += _rings(river)
    roads.append(Road("South Ring", "ring", 20.0, shapely.LineString(spline(_SOUTH_RING))))
    roads.append(Road("Railway", "rail", 26.0, shapely.LineString(spline(_RAILWAY))))
    quays = shapely.get_parts(shapely.boundary(shapely.simplify(river.buffer(QUAY_M, quad_segs=3), 1.5)))
    roads += [Road("Quay", "quay", 8.0, line) for line in quays]
    sites = np.array([site_polygon(site) for site in SITES])
    roads += [Road(s.name, "site", 8.0, shapely.get_exterior_ring(p)) for s, p in zip(SITES, sites, strict=True)]
    roads += _paths()
    limit = shapely.union_all([_limit(), *sites])
    shore = shapely.union(river.buffer(QUAY_M + 6, quad_segs=2), shapely.union_all(shapely.buffer(lakes, 2.5)))
    return Plan(water, lakes, tuple(roads), limit, _land(roads, limit, shore))


def _land(roads: list[Road], limit: Shape, shore: Shape) -> Geometries:
    laid = [road for road in roads if road.rank != "path"]
    lines = np.array([road.line for road in laid])
    half_m = np.array([road.width_m / 2 + PAVEMENT_M[road.rank] for road in laid])
    taken = shapely.union_all(shapely.buffer(lines, half_m, quad_segs=2, cap_style="flat"))
    faces = shapely.get_parts(limit.difference(shore).difference(taken))
    return faces[shapely.area(faces) > MIN_FACE_M2]


def what_stands_there(
    polygons: Geometries,
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return each polygon's kind, its row of QUARTERS and its row of SITES (-1 for none); plan metres."""
    middle = shapely.point_on_surface(polygons)
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    where = np.array([(q.x, q.y) for q in QUARTERS])
    across_river = _bank(x, y)[:, None] != _bank(where[:, 0], where[:, 1])
    away_m = np.hypot(x[:, None] - where[:, 0], y[:, None] - where[:, 1])
    quarter = np.argmin(np.where(across_river, np.inf, away_m), axis=1)
    kind = np.array([q.kind for q in QUARTERS], dtype="<U12")[quarter]
    held = shapely.contains(np.array([site_polygon(site) for site in SITES])[None, :], middle[:, None])
    site = np.where(held.any(axis=1), held.argmax(axis=1), -1)
    kinds = np.array([s.kind for s in SITES], dtype="<U12")
    return np.where(site >= 0, kinds[site], kind), quarter, site


def _bank(x: Floats, y: Floats) -> npt.NDArray[np.int64]:
    """Return 1 north of the river, -1 south of it, 0 on its island."""
    upstream = _RIVER[::-1]
    on_island = shapely.contains_xy(ribbon(spline(_ISLAND, step=8)), x, y)
    return np.where(on_island, 0, np.where(y > np.interp(x, upstream[:, 0], upstream[:, 1]), 1, -1))
