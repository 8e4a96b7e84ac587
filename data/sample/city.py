"""The sample city put together: plan, blocks, streets, buildings, green, terrain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from data.sample.attributes import Facts, make_facts
from data.sample.blocks import Blocks, make_blocks
from data.sample.bridges import make_bridges
from data.sample.files import SEED
from data.sample.green import Trees, make_trees
from data.sample.harbour import cranes, ironworks, silos, skybridges, tank_farm
from data.sample.land import make_land
from data.sample.landmarks import Ground, block_landmarks, nearest_block, site_landmarks
from data.sample.plan import Floats, Geometries, Plan, make_plan
from data.sample.quarters import (
    campus,
    detached_houses,
    perimeter_blocks,
    row_houses,
    slab_estates,
    towers,
    works,
)
from data.sample.roads import Streets, bent, make_streets
from data.sample.services import make_schools
from data.sample.stock import Stock, beside, joined, standing
from data.sample.terrain import extent, make_terrain

_POCKET_SHARE = {"perimeter": 0.045, "oldtown": 0.05, "row": 0.05, "detached": 0.035, "villa": 0.03, "slab": 0.08}
TREES_BEYOND_M = 80.0
"""So far outside the city's limit single trees are known."""
EDGE_M, MEADOW_SHARE = 150.0, 0.3
"""So near to the city's limit, and this share of blocks there are not built yet."""


@dataclass(frozen=True, slots=True)
class City:
    """The whole sample city; metres from its middle."""

    plan: Plan
    blocks: Blocks
    """Outlines in plan metres; kind also "school" and "pocket"."""
    block_outline: Geometries
    """(b,) outlines in the city."""
    streets: Streets
    built: Stock
    facts: Facts
    past: Stock
    """Buildings that are gone."""
    past_years: npt.NDArray[np.int64]
    """(p, 2) built, demolished."""
    schools: tuple[list[int], list[str]]
    """Blocks and names of the schools."""
    water: Any
    land: tuple[Geometries, npt.NDArray[np.str_]]
    """Fields, meadows and woods round the city, and which of these each is."""
    trees: Trees
    terrain: npt.NDArray[np.float32]
    bridges: tuple[Geometries, list[str], Floats, Floats]


def stream(stage: int) -> np.random.Generator:
    """Return the random numbers of one stage, so that a change in one leaves the others as they were."""
    return np.random.default_rng([SEED, stage])


def make_city() -> City:
    """Build the sample city; the same on every machine."""
    plan = make_plan()
    blocks = make_blocks(plan.faces, stream(1))
    outline = shapely.simplify(bent(blocks.outline), 0.8)
    water = bent(plan.water).intersection(extent())
    streets = make_streets(plan, blocks, stream(3))
    built, kind, schools = _buildings(plan, blocks, outline, water)
    built = beside(built, shapely.buffer(streets.line, streets.width_m / 2, cap_style="flat"))
    blocks = Blocks(
        blocks.outline, kind, blocks.quarter, blocks.site, blocks.streets, blocks.street_m, blocks.street_round
    )
    facts = make_facts(built, streets, stream(4))
    past, past_years = _past(outline, kind, stream(5))
    land, land_kind = make_land(plan, outline[kind == "meadow"], stream(10))
    within = bent(plan.limit).buffer(TREES_BEYOND_M).difference(water)
    trees = make_trees(outline, kind, streets, built.outline, within, stream(6))
    return City(
        plan,
        blocks,
        outline,
        streets,
        built,
        facts,
        past,
        past_years,
        schools,
        water,
        (land, land_kind),
        trees,
        make_terrain(water),
        make_bridges(plan),
    )


def _buildings(plan: Plan, blocks: Blocks, outline: Geometries, water: Any) -> tuple[Stock, Any, Any]:
    rng = stream(2)
    kind = blocks.kind.copy()
    middle = shapely.get_coordinates(shapely.centroid(blocks.outline))
    made = site_landmarks(outline, kind, blocks.site)
    free = blocks.site < 0
    landmarks, taken = block_landmarks(outline, middle, free & np.isin(kind, list(_POCKET_SHARE)))
    made += landmarks
    kind[taken] = "landmark"
    free &= kind != "landmark"
    schools, school_rows, school_names = make_schools(outline, middle, kind, blocks.quarter, free)
    made += schools
    kind[school_rows] = "school"
    share = np.array([_POCKET_SHARE.get(k, 0.0) for k in kind])
    kind[free & (rng.random(len(kind)) < share)] = "pocket"
    at_edge = shapely.distance(shapely.boundary(plan.limit), shapely.points(middle)) < EDGE_M
    kind[free & at_edge & np.isin(kind, ["detached", "villa", "row"]) & (rng.random(len(kind)) < MEADOW_SHARE)] = (
        "meadow"
    )
    made += _industry(outline, middle, kind)
    made += _quarters(outline, kind, rng)
    rails = shapely.union_all([bent(r.line).buffer(r.width_m / 2) for r in plan.roads if r.rank == "rail"])
    keep_out = shapely.union_all([water, rails])
    quays = shapely.union_all([bent(r.line) for r in plan.roads if r.rank == "quay"])
    harbour = np.flatnonzero(kind == "harbour")
    made.append(cranes(quays, water, west_of=-1350.0, blocks=outline, harbour=harbour))
    built = standing(joined(made), keep_out=keep_out)
    return joined([built, skybridges(built)]), kind, (school_rows, school_names)


def _industry(outline: Geometries, middle: Floats, kind: Any) -> list[Stock]:
    made: list[Stock] = []
    for build, of_kind, x, y in (
        (ironworks, "industry", -1050.0, -1350.0),
        (silos, "harbour", -1900.0, -1000.0),
        (silos, "harbour", -1500.0, -560.0),
        (tank_farm, "industry", -1900.0, -1400.0),
        (tank_farm, "harbour", -2250.0, -1050.0),
    ):
        row = nearest_block(middle, (kind == of_kind) & (shapely.area(outline) > 6000), x, y)
        made += build(Ground(outline[row], row))
    return made


def _quarters(outline: Geometries, kind: Any, rng: np.random.Generator) -> list[Stock]:
    def of(name: str) -> tuple[Geometries, npt.NDArray[np.int64]]:
        rows = np.flatnonzero(kind == name)
        return outline[rows], rows

    made = perimeter_blocks(*of("oldtown"), rng, old=True)
    made += towers(*of("highrise"), rng)
    made += perimeter_blocks(*of("perimeter"), rng, old=False)
    made += detached_houses(*of("detached"), rng, villa=False)
    made += detached_houses(*of("villa"), rng, villa=True)
    made += row_houses(*of("row"), rng)
    made += slab_estates(*of("slab"), rng)
    made += works(*of("harbour"), rng, harbour=True)
    made += works(*of("industry"), rng, harbour=False)
    made += campus(*of("campus"), rng, form="campus")
    made += campus(*of("hospital"), rng, form="hospital")
    return made


def _past(outline: Geometries, kind: Any, rng: np.random.Generator) -> tuple[Stock, npt.NDArray[np.int64]]:
    """Bring back what stood where towers, slabs and small parks are now: perimeter blocks and works."""
    rows = np.flatnonzero(kind == "highrise")
    slabs = np.flatnonzero((kind == "slab") & (shapely.get_x(shapely.centroid(outline)) > 1000))[:14]
    lost = np.flatnonzero((kind == "pocket") & (np.hypot(*shapely.get_coordinates(shapely.centroid(outline)).T) < 1300))
    rows = np.concatenate([rows, lost])
    stocks = perimeter_blocks(outline[rows], rows, rng, old=False) + works(outline[slabs], slabs, rng, harbour=False)
    past = standing(joined(stocks), keep_out=shapely.Polygon())
    of_block = rng.random(len(kind))[past.block]
    first = np.rint(1866 + 36 * of_block + 4 * rng.random(len(past)))
    last = np.rint(1943 + 30 * rng.random(len(kind))[past.block])
    return past, np.column_stack([first, last]).astype(np.int64)
