"""Plans, buildings and proposals held against rules: where they are broken, by how much, and between whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from plugins.contract import City, PluginError
from plugins.many_buildings import whole
from plugins.overlay import Geometry, Overlaps, beyond, overlaps, split_slivers, valid, within_reach, without
from plugins.plan_rules import AREAS_FIRST, Rule, severity_of_excess, severity_of_share, stronger
from plugins.selection import Selection, column_of, is_selected, selection_of, texts_of

SAME_HEIGHT_M = 0.005
"""A building this little above its limit keeps to it: heights are kept to about a millimetre."""
CATEGORY_NAMES = ("zone", "zone_type", "zonetype", "fld_zone", "zoning", "land_use", "landuse", "category", "class",
                  "kind", "use", "type", "name")  # fmt: skip
PARTY_NAMES = ("owner", "authority", "responsible", "agency", "operator", "applicant", "department")
BUILDINGS, PROPOSALS = "buildings", "proposals"
COLUMNS = ("rule", "kind", "clause", "severity", "first", "first_layer", "first_row", "second", "second_layer",
           "second_row", "area_m2", "length_m", "share", "limit_m", "found_m", "excess_m", "parties", "precedence",
           "slivers", "sliver_m2")  # fmt: skip


@dataclass(frozen=True)
class Side:
    """The features on one side of a rule."""

    name: str
    table: gpd.GeoDataFrame
    """Geometry and columns, with layer and row."""

    @cached_property
    def geometry(self) -> Geometry:
        """Return the geometries, mended."""
        return valid(self.table.geometry.to_numpy())

    @cached_property
    def categories(self) -> npt.NDArray[np.str_]:
        """Return what each feature is for: "housing", "AE"; "" where no column says so."""
        name = category_of(self.table)
        return texts_of(self.table[name]) if name else np.full(len(self.table), "", dtype="U1")

    @cached_property
    def labels(self) -> npt.NDArray[np.str_]:
        """Return what each feature is called: "zoning 12 (housing)"."""
        places = zip(self.table["layer"], self.table["row"], self.categories, strict=True)
        words = [
            f"{layer or PROPOSALS} {row if row >= 0 else -row}" + (f" ({w})" if w else "") for layer, row, w in places
        ]
        return np.array(words, dtype=np.str_)


@dataclass
class Judged:
    """What one rule has found."""

    rule: Rule
    conflicts: gpd.GeoDataFrame
    slivers: int = 0
    sliver_m2: float = 0.0
    unlimited: int = 0
    """Overlaps with a zone that states no limit: not judged."""


@dataclass
class Sides:
    """The layers that rules speak of, each read once."""

    city: City
    area: Any = None
    _kept: dict[str, Side] = field(default_factory=dict)

    def side(self, selection: Selection) -> Side:
        """Return the features that a selection names.

        raises   PluginError  there is no such layer or column
        """
        if selection.layer not in self._kept:
            self._kept[selection.layer] = Side(selection.layer, self._read(selection.layer))
        whole = self._kept[selection.layer]
        if not selection.conditions:
            return whole
        return Side(selection.layer, whole.table[is_selected(whole.table, selection)])

    def _read(self, name: str) -> gpd.GeoDataFrame:
        known = {f.id: f for f in self.city.layers} | {f.title: f for f in self.city.layers}
        if name in known:
            facts = known[name]
            return whole(self.city, facts, list(facts.columns), self.area)
        if name not in {BUILDINGS, PROPOSALS}:
            return self.city.layer(name, self.area)  # says in words that there is no such layer
        every = self.city.buildings(self.area)
        return every[every["row"] < 0] if name == PROPOSALS else every


def category_of(table: pd.DataFrame) -> str:
    """Return the column that says what an area is for: by its name, else the first of texts; "" where there is none."""
    names = {str(n).casefold(): str(n) for n in table.columns}
    for wanted in CATEGORY_NAMES:
        if wanted in names:
            return names[wanted]
    for n in table.columns:
        if n not in {"geometry", "layer", "row"} and not pd.api.types.is_numeric_dtype(table[n]):
            return str(n)
    return ""


def parties_of(side: Side) -> npt.NDArray[np.str_]:
    """Return who stands behind each feature, where a column says so."""
    names = {str(n).casefold(): str(n) for n in side.table.columns}
    found = next((names[n] for n in PARTY_NAMES if n in names), "")
    return texts_of(side.table[found]) if found else np.full(len(side.table), "", dtype="U1")


def judged(rule: Rule, rules: Sequence[Rule], sides: Sides, *, sliver_m2: float, sliver_width_m: float) -> Judged:
    """Return where a rule is broken: whole() of the one part of all.

    rules    all rules in force: those above this one set it aside where they apply
    raises   PluginError  a layer or column is not there, or the plan has no areas
    """
    part = judged_part(rule, rules, sides, (0, 1), sliver_m2=sliver_m2, sliver_width_m=sliver_width_m)
    return put_together(rule, [part])


def share_of(count: int, part: tuple[int, int]) -> slice:
    """Return the n-th of m shares of count things, as even as can be and together each once."""
    n, of = part
    return slice(count * n // of, count * (n + 1) // of)


def judged_part(
    rule: Rule,
    rules: Sequence[Rule],
    sides: Sides,
    part: tuple[int, int],
    *,
    sliver_m2: float,
    sliver_width_m: float,
) -> tuple[gpd.GeoDataFrame, int]:
    """Return the conflicts of the n-th of m shares of a rule's second side, and how many overlaps state no limit.

    The table has every overlap that is broken, those that are slivers alone as empty shapes, and in "_first" and
    "_second" the places in both sides.
    """
    first, every = sides.side(selection_of(rule.first)), sides.side(selection_of(rule.second))
    _refuse_no_areas(rule, first)
    share = share_of(len(every.table), part)
    second = Side(every.name, every.table.iloc[share])
    found = _met(rule, first, second, {*every.table["row"]})
    geometry = found.geometry
    for other in stronger(rule, rules):
        meant = sides.side(selection_of(other.second)).table
        keys = set(zip(meant["layer"], meant["row"], strict=True))
        own = second.table.iloc[found.second]
        is_meant = [key in keys for key in zip(own["layer"], own["row"], strict=True)]
        geometry = without(geometry, _domain(other, sides), np.array(is_meant, bool))
    limit_m = _limits(rule, first, found)
    is_broken, excess_m = _broken(rule, second, found, limit_m)
    unlimited = int(np.isnan(limit_m).sum()) if rule.kind == "height" else 0
    found = Overlaps(found.first[is_broken], found.second[is_broken], geometry[is_broken])
    kept, lost_m2, slivers = split_slivers(found.geometry, area_m2=sliver_m2, width_m=sliver_width_m)
    table = _conflicts(rule, first, second, found, kept)
    table["limit_m"] = limit_m[is_broken]
    table["excess_m"] = excess_m[is_broken].round(3)
    table["found_m"] = (limit_m + excess_m)[is_broken].round(3)
    table["slivers"], table["sliver_m2"] = slivers, lost_m2
    table["severity"] = _severities(rule, table, first, second, found)
    table["_first"], table["_second"] = found.first, found.second + share.start
    return table, unlimited


def put_together(rule: Rule, parts: Sequence[tuple[gpd.GeoDataFrame, int]]) -> Judged:
    """Return what all shares of a rule have found, in the order of its sides."""
    some = [table for table, _ in parts if len(table)] or [parts[0][0]]
    table = pd.concat(some, ignore_index=True)
    order = np.lexsort((table["_second"].to_numpy(), table["_first"].to_numpy()))
    table = table.iloc[order].drop(columns=["_first", "_second"]).reset_index(drop=True)
    conflicts = gpd.GeoDataFrame(table, geometry="geometry", crs=parts[0][0].crs)
    if rule.severity == "allowed":
        return Judged(rule, conflicts.iloc[:0])
    is_left = ~conflicts.geometry.is_empty
    lost_m2, slivers = float(conflicts["sliver_m2"].sum()), int(conflicts["slivers"].sum())
    return Judged(rule, conflicts[is_left], slivers, lost_m2, sum(unlimited for _, unlimited in parts))


def _refuse_no_areas(rule: Rule, first: Side) -> None:
    if rule.kind in AREAS_FIRST and len(first.table):
        kinds = set(first.table.geometry.geom_type) - {"Polygon", "MultiPolygon"}
        if kinds:
            raise PluginError(
                f'Rule "{rule.id}": {rule.first} holds {", ".join(sorted(kinds))}, and a plan has areas.',
                'Turn first and second round, or use the kind "buffer".',
            )


def _met(rule: Rule, first: Side, second: Side, second_rows: set[int]) -> Overlaps:
    if rule.kind == "within":
        rows, left = beyond(second.geometry, first.geometry)
        return Overlaps(np.full(len(rows), -1, np.intp), rows, left)
    if rule.kind == "buffer":
        found = within_reach(first.geometry, second.geometry, rule.limit_m)
    else:
        found = overlaps(first.geometry, second.geometry)
    is_other = np.ones(len(found), bool)
    if first.name == second.name and len(found):
        one, two = first.table["row"].to_numpy()[found.first], second.table["row"].to_numpy()[found.second]
        both = {*first.table["row"]} & second_rows
        mirrored = np.array([a in both and b in both for a, b in zip(one, two, strict=True)], bool)
        is_self = selection_of(rule.first) == selection_of(rule.second)
        is_other = (~mirrored | (one <= two)) & ((one != two) | (not is_self))  # each pair once, none with itself
    if rule.kind == "differs":
        name, _, other = rule.column.partition("/")
        said = texts_of(first.table[column_of(first.table.columns, name.strip(), first.name)])
        other_said = texts_of(second.table[column_of(second.table.columns, (other or name).strip(), second.name)])
        is_other &= said[found.first] != other_said[found.second]
    return Overlaps(found.first[is_other], found.second[is_other], found.geometry[is_other])


def _domain(rule: Rule, sides: Sides) -> Geometry:
    """Return where a rule applies."""
    geometry = sides.side(selection_of(rule.first)).geometry
    return shapely.buffer(geometry, rule.limit_m) if rule.kind == "buffer" else geometry


def _limits(rule: Rule, first: Side, found: Overlaps) -> npt.NDArray[np.float64]:
    if rule.kind == "buffer" or (rule.kind == "height" and rule.limit_m):
        return np.full(len(found), rule.limit_m)
    if rule.kind != "height":
        return np.full(len(found), np.nan)
    column = column_of(first.table.columns, rule.column, first.name)
    return np.asarray(pd.to_numeric(first.table[column], errors="coerce").to_numpy(float)[found.first])


def _broken(
    rule: Rule, second: Side, found: Overlaps, limit_m: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    nothing = np.full(len(found), np.nan)
    if rule.kind != "height":
        return np.ones(len(found), bool), nothing
    if "height_m" not in second.table:
        raise PluginError(f'Rule "{rule.id}": {rule.second} has no heights.', "Hold buildings or proposals against it.")
    excess_m = pd.to_numeric(second.table["height_m"], errors="coerce").to_numpy(float)[found.second] - limit_m
    with np.errstate(invalid="ignore"):
        return excess_m > SAME_HEIGHT_M, excess_m


def _conflicts(rule: Rule, first: Side, second: Side, found: Overlaps, geometry: Geometry) -> gpd.GeoDataFrame:
    has_first = found.first >= 0
    one = np.where(has_first, found.first, 0)
    nothing = not len(first.table)

    def of_first(values: Any, missing: Any) -> Any:
        return np.full(len(found), missing) if nothing else np.where(has_first, np.asarray(values)[one], missing)

    area_m2 = shapely.area(geometry)
    whole_m2 = shapely.area(second.geometry)[found.second]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole_m2 > 0, area_m2 / whole_m2, np.nan)
    columns = {
        "rule": rule.id,
        "kind": rule.kind,
        "clause": rule.clause,
        "severity": rule.severity,
        "first": of_first(first.labels, f"outside {rule.first}"),
        "first_layer": of_first(first.table["layer"].to_numpy(object), first.name),
        "first_row": of_first(first.table["row"].to_numpy(), -1),
        "second": second.labels[found.second],
        "second_layer": second.table["layer"].to_numpy(object)[found.second],
        "second_row": second.table["row"].to_numpy()[found.second],
        "area_m2": area_m2,
        "length_m": np.where(shapely.get_dimensions(geometry) == 1, shapely.length(geometry), 0.0),
        "share": share,
        "parties": _parties(rule, of_first(parties_of(first), ""), parties_of(second)[found.second]),
        "precedence": rule.precedence,
    }
    index = pd.RangeIndex(len(found))
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=second.table.crs, index=index)


def _parties(rule: Rule, one: Iterable[str], two: Iterable[str]) -> list[str]:
    stated = [p.strip() for p in rule.parties.split(";") if p.strip()]
    return ["; ".join(dict.fromkeys([*stated, *(p for p in (a, b) if p)])) for a, b in zip(one, two, strict=True)]


def _severities(rule: Rule, table: gpd.GeoDataFrame, first: Side, second: Side, found: Overlaps) -> list[str]:
    if rule.severity != "auto":
        return [rule.severity] * len(table)
    if rule.kind == "height":
        pairs = zip(table["excess_m"], table["limit_m"], strict=True)
        return [severity_of_excess(float(e), float(m)) for e, m in pairs]
    two = shapely.area(second.geometry)[found.second]
    one = np.where(found.first >= 0, shapely.area(first.geometry)[found.first], np.inf) if len(first.table) else two
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.asarray(table["area_m2"]) / np.minimum(
            np.where(one > 0, one, np.inf), np.where(two > 0, two, np.inf)
        )
    return [severity_of_share(float(s)) if np.isfinite(s) else "medium" for s in share]


def combined(found: Sequence[Judged], crs: Any) -> gpd.GeoDataFrame:
    """Return all rules' conflicts, the worst and largest first."""
    some = [j.conflicts for j in found if len(j.conflicts)]
    if not some:
        return gpd.GeoDataFrame({n: [] for n in COLUMNS}, geometry=gpd.GeoSeries([], crs=crs))
    table = pd.concat(some, ignore_index=True)
    rank = table["severity"].map({"high": 0, "medium": 1, "low": 2}).fillna(3)
    order = np.lexsort((-table["area_m2"].to_numpy(), -table["excess_m"].fillna(0).to_numpy(), rank.to_numpy()))
    return gpd.GeoDataFrame(table.iloc[order].reset_index(drop=True), geometry="geometry", crs=crs)


def laid_over(sides: Sequence[Side]) -> Iterator[gpd.GeoDataFrame]:
    """Yield what the first two plans have in common, then the first three and so on, with each one's category."""
    geometry = sides[0].geometry
    name = sides[0].name
    columns: dict[str, Any] = {name: sides[0].categories, f"{name}_row": sides[0].table["row"].to_numpy()}
    for side in sides[1:]:
        found = overlaps(geometry, side.geometry)
        is_area = shapely.area(found.geometry) > 0
        columns = {n: np.asarray(v)[found.first[is_area]] for n, v in columns.items()}
        columns[side.name] = side.categories[found.second[is_area]]
        columns[f"{side.name}_row"] = side.table["row"].to_numpy()[found.second[is_area]]
        geometry = found.geometry[is_area]
        area_m2 = shapely.area(geometry)
        yield gpd.GeoDataFrame({**columns, "area_m2": area_m2}, geometry=geometry, crs=side.table.crs)
