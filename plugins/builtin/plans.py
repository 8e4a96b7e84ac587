"""Plans against plans: zoning, protected areas, flood zones and height limits held against each other and the city."""

# calls declare the fields of parameters
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from plugins.contract import (
    Chart,
    City,
    Frame,
    Info,
    Kind,
    Layer,
    PluginError,
    Reading,
    Scenario,
    Table,
    choice,
    number,
    parameter,
)
from plugins.overlay import overlaps, representative, split_slivers
from plugins.plan_conflicts import (
    PROPOSALS,
    Judged,
    Side,
    Sides,
    category_of,
    combined,
    judged,
    judged_part,
    laid_over,
    put_together,
    share_of,
)
from plugins.plan_rules import Rule, checked, is_in_force
from plugins.selection import selection_of

LIMIT_NAMES = ("max_height_m", "max_height", "height_limit", "height_limit_m", "maxheight", "max_hoehe", "hoehe_max",
               "hauteur_max")  # fmt: skip
TABLE_COLUMNS = ("rule", "kind", "clause", "severity", "first", "second", "area_m2", "length_m", "share", "limit_m",
                 "found_m", "excess_m", "parties", "lon_deg", "lat_deg")  # fmt: skip
FEATURES_A_PART, MOST_PARTS = 4000, 64
THIN_M = 1.0
"""Lines and points in conflict are drawn as areas this far around them."""


@dataclass(frozen=True)
class Parameters:
    """What is held against what."""

    plans: tuple[Layer, ...] = parameter(
        (),
        title="Plans",
        help="Layers of areas. They are laid over each other; empty: those that rules name",
        kinds=("polygons",),
    )
    rules: tuple[Rule, ...] = parameter(
        (), title="Rules", help="--param rules=@rules.csv or @rules.toml. Without any, see the method note"
    )
    result: str = choice("conflicts", {"conflicts": "Conflicts", "overlay": "All plans laid over each other"})
    on: date = parameter(datetime.now(tz=UTC).date(), title="On the day", help="Which rules are in force")
    scenario: Scenario = parameter(Scenario(""), title="Proposals of")
    sliver_m2: float = number(1.0, min=0.0, max=1e6, unit="m2", title="Slivers are smaller than")
    sliver_width_m: float = number(0.1, min=0.0, max=100.0, unit="m", title="or nowhere as wide as")


class Plans:
    """Plans against plans."""

    info = Info(
        id="plans",
        title="Plans against plans",
        summary="Where plans contradict each other, buildings and proposals, by a table of rules.",
        kind="polygons",
        contract=1,
        unit="m2",
        source="The open city's plans, and the rules given",
        licence="As the city's data",
        author="citytwin",
        style={"color_by": "severity", "opacity": 0.85},
        parameters=Parameters,
        is_analysis=True,
        note="Each rule holds its second layer against its first. conflict: the common area; differs: the common area"
        " where a column says different things; height: what of a building stands in a zone lower than the building's"
        " top above the ground (5 mm apart counts as equal); buffer: what lies nearer than the distance (round corners"
        " of 32 steps a quarter); within: what no area of the first covers. Rules count from their first day to their"
        " last. A rule of greater precedence sets aside rules of its kind about the same layer wherever it applies,"
        " broken or not; one of severity allowed is an exception. Common parts below the tolerance are slivers: counted"
        " apart, and in no other figure. Severity by size: of areas the share of the smaller one (half high, a tenth"
        " medium), of heights the excess (10 m or a quarter high, a tenth medium).",
        limits="It compares drawings, not the law: exceptions in words and the plans' accuracies are not known to it."
        " Areas are plane areas in the city's projected CRS. A building without a measured height is judged by its"
        " estimate.",
        memory_mb=4096,
        frame_s=600.0,
    )

    def parts(self, city: City, area: Any, parameters: Parameters) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002
        """Return shares of each rule's second side, or of the first plan."""
        if parameters.result == "overlay":
            if len(parameters.plans) < 2:
                raise PluginError("Two plans or more are needed to lay them over each other.", "Name them in plans.")
            return _shares(city, parameters.plans[0], 0)
        city = city.scenario(parameters.scenario)
        rules, _ = _rules(city, parameters)
        return [share for n, rule in enumerate(rules) for share in _shares(city, rule.second, n)]

    def part(self, city: City, area: Any, parameters: Parameters, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what one share conflicts with, or has in common with the other plans."""
        share = int(part["n"]), int(part["of"])
        if parameters.result == "overlay":
            return {"common": _in_all(self._sides(city, area, ""), parameters, share)}
        rules, _ = _rules(city.scenario(parameters.scenario), parameters)
        table, unlimited = judged_part(
            rules[int(part["rule"])],
            rules,
            self._sides(city, area, parameters.scenario),
            share,
            sliver_m2=parameters.sliver_m2,
            sliver_width_m=parameters.sliver_width_m,
        )
        return {"rule": int(part["rule"]), "table": table, "unlimited": unlimited}

    def whole(self, partials: Iterable[Any], city: City, area: Any, parameters: Parameters) -> Frame:  # noqa: ARG002
        """Return the conflicts, or the plans laid over each other."""
        if parameters.result == "overlay":
            return _overlay(city, [p["common"] for p in partials], parameters)
        city = city.scenario(parameters.scenario)
        rules, words = _rules(city, parameters)
        found: dict[int, list[tuple[gpd.GeoDataFrame, int]]] = {}
        for p in partials:
            found.setdefault(p["rule"], []).append((p["table"], p["unlimited"]))
        return _frame(city, [put_together(rules[n], some) for n, some in sorted(found.items())], parameters, words)

    def _sides(self, city: City, area: Any, scenario: str) -> Sides:
        """Return the layers, which a process that does several shares reads once."""
        key = (shapely.to_wkb(area), scenario)
        if self._kept is None or self._kept[0] is not city or self._kept[1] != key:
            part = None if area.equals(city.area) else area
            self._kept = city, key, Sides(city.scenario(Scenario(scenario)), part)
        return self._kept[2]

    _kept: tuple[City, Any, Sides] | None = None

    def at(self, city: City, parameters: Parameters, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return how many conflicts there are at each place, and what every plan says there."""
        city = city.scenario(parameters.scenario)
        sides, (rules, _) = Sides(city), _rules(city, parameters)
        table = combined([_judged(rule, rules, sides, parameters) for rule in rules], city.crs)
        names = list(dict.fromkeys([*parameters.plans, *(selection_of(r.first).layer for r in rules)]))
        plans = [sides.side(selection_of(name)) for name in names]
        return [_reading(place, table, plans, parameters) for place in places.itertuples()]


def _shares(city: City, side: str, rule: int) -> list[dict[str, int]]:
    """Return the shares that a side is done in: by its features alone, however many processes there are."""
    name = selection_of(side).layer
    count = sum(f.count for f in city.layers if name in {f.id, f.title}) or sum(f.count for f in city.layers)
    of = min(max(-(-count // FEATURES_A_PART), 1), MOST_PARTS)
    return [{"rule": rule, "n": n, "of": of} for n in range(of)]


def _judged(rule: Rule, rules: list[Rule], sides: Sides, parameters: Parameters) -> Judged:
    return judged(rule, rules, sides, sliver_m2=parameters.sliver_m2, sliver_width_m=parameters.sliver_width_m)


def _rules(city: City, parameters: Parameters) -> tuple[list[Rule], str]:
    """Return the rules in force, and words for those that are not or that were made here."""
    if parameters.rules:
        rules = checked(parameters.rules)
        valid = [rule for rule in rules if is_in_force(rule, parameters.on)]
        left = [rule.id for rule in rules if rule not in valid]
        return valid, f"Not in force on {parameters.on.isoformat()}: {', '.join(left)}." if left else ""
    plans = [f for f in city.layers if f.id in parameters.plans]
    if not plans:
        plans = [f for f in city.layers if f.kind == Kind.POLYGONS and _limit_column(f.columns)]
    if not plans:
        plans = [f for f in city.layers if f.kind == Kind.POLYGONS][:2]
    if not plans:
        raise PluginError("No plan and no rule is given.", "Name layers in plans, or a table in rules.")
    buildings = [f.id for f in city.layers if f.kind == Kind.FOOTPRINTS]
    held = "buildings" if "buildings" in buildings or not buildings else buildings[0]
    made = _height_rules(plans, [held] if buildings else [])
    made += _height_rules(plans, [PROPOSALS] if parameters.scenario else [])
    if buildings and not made and not parameters.plans:
        made = [Rule(f"{held} in {plans[0].id}", "conflict", plans[0].id, held, severity="low")]
    for n, one in enumerate(plans):
        for two in plans[n + 1 :]:
            a, b = (category_of(city.layer(f.id, columns=list(f.columns)).iloc[:1]) for f in (one, two))
            if a and a == b:
                made.append(Rule(f"{one.id} and {two.id}", "differs", one.id, two.id, column=a))
            else:
                made.append(Rule(f"{one.id} and {two.id}", "conflict", one.id, two.id, severity="low"))
    if not made:
        raise PluginError("One plan without a height limit can be held against nothing.", "Name a second, or rules.")
    return made, (
        "No rules were given: plans with a height limit (without one the first layer of areas) are held against"
        " buildings, those that a scenario proposes included, and where two plans overlap or say different things is"
        " shown."
    )


def _height_rules(plans: Sequence[Any], sides: Sequence[str]) -> list[Rule]:
    """Return a rule for each plan with a height limit and each side that is held against it."""
    limited = [(f, _limit_column(f.columns)) for f in plans]
    return [
        Rule(
            f"height of {side} in {f.id}" if side == PROPOSALS else f"height in {f.id}", "height", f.id, side, column=c
        )
        for side in sides
        for f, c in limited
        if c
    ]


def _limit_column(columns: Any) -> str:
    names = {str(n).casefold(): str(n) for n in columns}
    return next((names[n] for n in LIMIT_NAMES if n in names), "")


def _frame(city: City, found: list[Judged], parameters: Parameters, words: str) -> Frame:
    table = combined(found, city.crs)
    lonlat = city.lonlat(representative(table.geometry.to_numpy())) if len(table) else np.zeros((0, 2))
    table["lon_deg"], table["lat_deg"] = lonlat[:, 0], lonlat[:, 1]
    is_thin = shapely.get_dimensions(table.geometry.to_numpy()) < 2
    if is_thin.any():
        table.loc[is_thin, "geometry"] = table.geometry[is_thin].buffer(THIN_M)
    by_rule = [j.rule.id for j in found]
    counts = [len(j.conflicts) for j in found]
    areas = [float(j.conflicts["area_m2"].sum()) for j in found]
    return Frame(
        table,
        value="severity",
        table=Table({n: table[n].to_numpy() for n in TABLE_COLUMNS}, title="Conflicts, the worst first"),
        charts=(
            Chart("bars", by_rule, {"conflicts": counts}, title="Conflicts by rule", y_title="conflicts"),
            Chart("bars", by_rule, {"m2": areas}, title="Area in conflict by rule", y_title="m2"),
        ),
        facts=_facts(found, table, parameters),
        note=words,
        style={} if len(table) else {"color_by": ""},
    )


def _facts(found: list[Judged], table: gpd.GeoDataFrame, parameters: Parameters) -> dict[str, Any]:
    by_rule = {
        j.rule.id: {
            "conflicts": len(j.conflicts),
            "area_m2": float(j.conflicts["area_m2"].sum()),
            "slivers": j.slivers,
            "sliver_m2": j.sliver_m2,
            **({"without_limit": j.unlimited} if j.unlimited else {}),
        }
        for j in found
    }
    return {
        "conflicts": len(table),
        "severity": {s: int((table["severity"] == s).sum()) for s in ("high", "medium", "low")},
        "area_m2": float(table["area_m2"].sum()),
        "slivers": sum(j.slivers for j in found),
        "sliver_m2": sum(j.sliver_m2 for j in found),
        "on": parameters.on.isoformat(),
        "by_rule": by_rule,
    }


def _in_all(sides: Sides, parameters: Parameters, share: tuple[int, int]) -> gpd.GeoDataFrame:
    """Return what a share of the first plan has in common with all others."""
    first, *others = (sides.side(selection_of(name)) for name in parameters.plans)
    own = Side(first.name, first.table.iloc[share_of(len(first.table), share)])
    *_, common = laid_over([own, *others])
    return common


def _overlay(city: City, parts: list[gpd.GeoDataFrame], parameters: Parameters) -> Frame:
    table = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    table = gpd.GeoDataFrame(table, geometry="geometry", crs=city.crs)
    whole_m2 = float(table["area_m2"].sum())
    kept, sliver_m2, slivers = split_slivers(
        table.geometry.to_numpy(), area_m2=parameters.sliver_m2, width_m=parameters.sliver_width_m
    )
    table = table.set_geometry(gpd.GeoSeries(kept, crs=city.crs))
    table["area_m2"] = shapely.area(kept)
    table = table[~table.geometry.is_empty]
    names = [selection_of(name).layer for name in parameters.plans]
    table["pair"] = [" / ".join(map(str, row)) for row in zip(*(table[n] for n in names), strict=True)]
    sums = table.groupby(names, sort=False)["area_m2"].agg(["sum", "size"]).reset_index()
    sums = sums.sort_values("sum", ascending=False)
    top = sums.head(20)
    return Frame(
        table,
        value="pair",
        table=Table(
            {**{n: sums[n].to_numpy() for n in names}, "area_m2": sums["sum"], "pieces": sums["size"]},
            title="Common area of what the plans say",
        ),
        charts=(
            Chart(
                "bars", [" / ".join(map(str, r)) for r in top[names].to_numpy()], {"m2": top["sum"].to_numpy()},
                title="Largest common areas", y_title="m2",
            ),
        ),
        facts={
            "pieces": len(table), "area_m2": float(table["area_m2"].sum()), "area_with_slivers_m2": whole_m2,
            "slivers": int(slivers.sum()), "sliver_m2": float(sliver_m2.sum()),
        },
        style={"color_by": "pair"},
    )  # fmt: skip


def _reading(place: Any, conflicts: gpd.GeoDataFrame, plans: list[Side], parameters: Parameters) -> Reading:
    shape = place.geometry
    is_feature = place.row >= 0
    if is_feature:
        of = ((conflicts["first_layer"] == place.layer) & (conflicts["first_row"] == place.row)) | (
            (conflicts["second_layer"] == place.layer) & (conflicts["second_row"] == place.row)
        )
        here = conflicts[of]
    else:
        here = conflicts[shapely.intersects(conflicts.geometry.to_numpy(), shape)]
    keys = ("rule", "kind", "clause", "severity", "first", "second", "area_m2", "limit_m", "found_m", "excess_m")
    said: dict[str, Any] = {}
    one = np.array([shape], object)
    for plan in plans:
        near = np.flatnonzero(shapely.intersects(plan.geometry, shape))
        if is_feature:
            found = overlaps(plan.geometry[near], one)
            said[plan.name] = {
                str(plan.labels[near[i]]): float(shapely.area(g))
                for i, g in zip(found.first, found.geometry, strict=True)
            }
        else:
            said[plan.name] = [str(plan.labels[i]) for i in near]
    reasons = {
        "plans_m2" if is_feature else "plans": said,
        "conflicts": [{k: row[k] for k in keys} for _, row in here.iterrows()],
        "on": parameters.on.isoformat(),
    }
    return Reading(len(here), "conflicts", reasons)
