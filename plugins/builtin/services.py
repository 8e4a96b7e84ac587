"""Services and fairness: who walks how long to a school, clinic, stop or park, and whether there is a place."""

# calls declare the fields of parameters
# ruff: noqa: RUF009

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from plugins.allocation import allocated
from plugins.contract import (
    Chart,
    City,
    Column,
    Frame,
    Info,
    Kind,
    Layer,
    Point,
    Progress,
    Reading,
    Scenario,
    Stop,
    Table,
    choice,
    column,
    layer,
    number,
    parameter,
    text,
)
from plugins.fairness import gini, lorenz, mean
from plugins.walk_groups import Line, by_age, by_label, columns_of, measured
from plugins.walk_homes import Homes, homes_of, services_of
from plugins.walking import PROFILES, Network, Profile, Services, Walks, inside_of, network, walks

FloatArray = npt.NDArray[np.float64]
ALLOCATIONS = {"free": "nearest with a place left", "nearest": "nearest, full or not", "shared": "shared by all within"}
NEW = "new service"


@dataclass(frozen=True)
class Parameters:
    """Who walks where."""

    services: Layer = layer("schools", kinds=[Kind.POINTS, Kind.POLYGONS, Kind.FOOTPRINTS], title="Services")
    streets: Layer = layer("streets", kinds=[Kind.LINES], title="Streets")
    homes: Layer = layer("buildings", kinds=[Kind.FOOTPRINTS, Kind.POLYGONS, Kind.POINTS], title="Where people live")
    people: Column = column("", of="homes", is_number=True, title="How many", help="Empty: residents, population …")
    minutes: float = number(10.0, min=0.5, max=120.0, unit="min", title="Near is within")
    profile: str = choice("usual", {k: p.words for k, p in PROFILES.items()}, title="Who walks")
    speed_m_min: float = number(0.0, min=0.0, max=300.0, unit="m/min", title="Speed", help="0: the profile's own")
    ages: str = text("", title="Age groups", help="Columns of the homes, with commas. Empty: those named age_…")
    district: Column = column("", of="homes", title="District", help="Empty: district, neighbourhood …")
    capacity: Column = column("", of="services", is_number=True, title="Places", help="Empty: capacity, places …")
    demand: Column = column("", of="homes", is_number=True, title="Who needs one", help="Empty: a share of all people")
    demand_share: float = number(1.0, min=0.0, max=1.0, title="Share of people who need one")
    allocation: str = choice("free", ALLOCATIONS, title="Who gets a place")
    new_place: Point | None = parameter(None, title="A new service here")
    new_capacity: float = number(0.0, min=0.0, max=1e6, title="Its places")
    scenario: Scenario = parameter(Scenario(""), title="With the buildings of")
    closed: str = text("motorway, motorway_link, trunk, trunk_link", title="Not for walking", help="Classes of streets")
    far_m: float = number(250.0, min=1.0, max=5000.0, unit="m", title="Farthest from a street")
    gap_m: float = number(0.05, min=0.0, max=20.0, unit="m", title="Ends joined within")
    islands_m: float = number(
        0.0, min=0.0, max=1e5, unit="m", title="Leave out islands under", help="Unconnected streets; 0: none is"
    )
    most_min: float = number(60.0, min=1.0, max=600.0, unit="min", title="Longer walks count as")


class ServicesAndFairness:
    """Walks to services."""

    info = Info(
        id="services",
        title="Services and fairness",
        summary="People within minutes' walk of a school, clinic, stop or park along the streets, and places for them.",
        kind="values",
        contract=1,
        unit="min",
        source="The open city's homes, services and streets",
        licence="As the city's data",
        author="citytwin",
        style={"colormap": "YlOrRd", "color_by": "minutes"},
        parameters=Parameters,
        is_analysis=True,
        note="The shortest walk from the middle of each home to the nearest service: straight to the nearest street,"
        " along the streets, straight to the service; all three count. Lines are split where they cross; bridges and"
        " tunnels meet others at their ends only. A service that is an area is entered wherever a street comes within"
        " 30 m of it, and who lives in it is there. usual walks 80 m a minute, a slow walker 48, step-free 60 and never"
        " on lines known for stairs. The worst-served tenth is the mean of the tenth of people with the longest walks;"
        " the Gini index is that of minutes over people (0: all the same). Places: nearest with a place left fills"
        " services with the shortest walks first; nearest sends all to the nearest; shared divides each service's"
        " places among all within reach (two-step floating catchment area). places_per_head is always the last.",
        limits="Slopes, crossings with lights, kerbs, opening hours and admission rules are not known to it. Streets"
        " without a class are taken for walkable, and stairs only where a column says so. Paths that are not drawn do"
        " not exist for it.",
        memory_mb=4096,
        frame_s=600.0,
    )

    def frames(self, city: City, area: Any, parameters: Parameters, stop: Stop) -> Iterator[Frame | Progress]:
        """Yield how long each home walks."""
        part = None if area.equals(city.area) else area
        yield Progress(0.02, "streets become a network")
        net, services = (
            _network(city, parameters, _profile(parameters)),
            services_of(city, parameters.services, parameters.capacity),
        )
        yield Progress(0.3, "homes are read")
        homes = homes_of(city.scenario(parameters.scenario), part, parameters)
        yield Progress(0.4, f"{len(homes.middles):,} homes walk to {len(services.places):,} services")
        found = walks(net, services, homes.middles, far_m=parameters.far_m)
        if stop.is_set():
            return
        yield Progress(0.6, "places are given")
        result = _Result(city, parameters, homes, services, net, found)
        result.give_places()
        if parameters.new_place is not None and not stop.is_set():
            yield Progress(0.75, "the new service opens")
            result.open_new()
        if stop.is_set():
            return
        yield Progress(0.85, "other people walk")
        result.walk_others()
        yield result.frame()

    def at(self, city: City, parameters: Parameters, places: gpd.GeoDataFrame) -> Sequence[Reading]:
        """Return the minutes from each place, and what they are made of."""
        profile, services = _profile(parameters), services_of(city, parameters.services, parameters.capacity)
        if parameters.new_place is not None:
            services = services.and_one(shapely.Point(city.xy(parameters.new_place)[0]), NEW, parameters.new_capacity)
        net = _network(city, parameters, profile)
        found = walks(net, services, shapely.centroid(places.geometry.to_numpy()), far_m=parameters.far_m)
        told = _Told(found, services, profile, parameters)
        return [told.reading(n) for n in range(len(places))]


def _profile(parameters: Parameters) -> Profile:
    chosen = PROFILES[parameters.profile]
    return replace(chosen, speed_m_min=parameters.speed_m_min) if parameters.speed_m_min > 0 else chosen


def _network(city: City, parameters: Parameters, profile: Profile) -> Network:
    closed = [c.strip() for c in parameters.closed.split(",") if c.strip()]
    streets = city.layer(parameters.streets)
    return network(
        streets,
        closed=closed,
        is_step_free=profile.is_step_free,
        gap_m=parameters.gap_m,
        islands_m=parameters.islands_m,
    )


class _Told:
    """What is told of single places."""

    def __init__(self, found: Walks, services: Services, profile: Profile, parameters: Parameters) -> None:
        self._found, self._services, self._profile, self._parameters = found, services, profile, parameters
        self._graph, homes = found.sources.graph, found.homes
        self._away, _, self._before = found.sources.nearest()
        self._on = shapely.line_interpolate_point(self._graph.pieces()[homes.piece], homes.along_m)

    def reading(self, n: int) -> Reading:
        """Return the minutes from a place, and what they are made of."""
        found, services, profile = self._found, self._services, self._profile
        walk_m, which, snap_m = float(found.walk_m[n]), int(found.service[n]), float(found.homes.snap_m[n])
        reasons: dict[str, Any] = {
            "profile": self._parameters.profile,
            "speed_m_min": profile.speed_m_min,
            "snap_m": snap_m,
            "street_row": int(self._graph.row[found.homes.piece[n]]),
        }
        if which < 0:
            why = "farther than far_m from a street" if snap_m > self._parameters.far_m else "no way leads there"
            return Reading(None, "min", {**reasons, "why": why})
        service_snap_m = self._service_snap_m(n, which) if walk_m > 0 else 0.0
        minutes = walk_m / profile.speed_m_min
        reasons |= {
            "walk_m": walk_m,
            "street_m": max(walk_m - snap_m - service_snap_m, 0.0) if walk_m > 0 else 0.0,
            "service_snap_m": service_snap_m,
            "street_xy": [float(self._on[n].x), float(self._on[n].y)],
            "service": str(services.names[which]),
            "service_row": int(services.row[which]),
            "is_within": minutes <= self._parameters.minutes,
        }
        return Reading(minutes, "min", reasons)

    def _service_snap_m(self, n: int, which: int) -> float:
        """Return how far the service is from the street where its entrance is that this walk ends at."""
        graph, homes = self._graph, self._found.homes
        piece = homes.piece[n]
        one = self._away[graph.start[piece]] + homes.along_m[n]
        other = self._away[graph.end[piece]] + graph.length_m[piece] - homes.along_m[n]
        node = int(graph.start[piece] if one <= other else graph.end[piece])
        while 0 <= self._before[node] < len(graph.xy):
            node = int(self._before[node])
        return float(self._found.sources.matrix[len(graph.xy) + which, node])


class _Result:
    """What is told of all homes."""

    def __init__(
        self, city: City, parameters: Parameters, homes: Homes, services: Services, net: Network, found: Walks
    ) -> None:
        self._city, self._parameters, self._homes, self._services = city, parameters, homes, services
        self._net, self._walks = net, found
        self._profile = _profile(parameters)
        self._limits = parameters.minutes, max(parameters.most_min, parameters.minutes)
        self._minutes = found.walk_m / self._profile.speed_m_min
        points = shapely.get_coordinates(homes.middles)
        self._lonlat = city.lonlat(points)
        self._columns: dict[str, Any] = {}
        self._facts: dict[str, Any] = {}
        self._lines: list[Line] = []
        self._service_lines: list[Line] = []
        self._new: dict[str, float] = {}

    def give_places(self) -> None:
        """Hold places against those who need one."""
        homes, services, found = self._homes, self._services, self._walks
        if services.capacity.sum() <= 0:
            return
        given = _allocation(found, services, homes, self._profile, self._parameters)
        self._columns |= {"places_per_head": given.per_head, "placed": given.placed}
        lonlat = self._city.lonlat(shapely.get_coordinates(shapely.centroid(services.places)))
        nearest = np.bincount(found.service[found.service >= 0], homes.people[found.service >= 0], len(services.places))
        for n in np.argsort(-(given.asked - services.capacity), kind="stable"):
            ratio = services.capacity[n] / given.asked[n] if given.asked[n] > 0 else float("nan")
            self._service_lines.append(
                Line(
                    "service", str(services.names[n]), people=float(nearest[n]), places=float(services.capacity[n]),
                    asked=float(given.asked[n]), given=float(given.given[n]), places_per_head=float(ratio),
                    lon_deg=float(lonlat[n, 0]), lat_deg=float(lonlat[n, 1]),
                )
            )  # fmt: skip
        self._facts |= {
            "places": float(services.capacity.sum()),
            "demand": float(homes.demand.sum()),
            "placed": float(given.placed.sum()),
            "unplaced": float(homes.demand.sum() - given.placed.sum()),
            "places_per_head": mean(given.per_head, homes.demand),
            "gini_of_places": gini(given.per_head, homes.demand),
            "allocation": ALLOCATIONS[self._parameters.allocation],
        }

    def open_new(self) -> None:
        """Tell what a new service changes."""
        parameters, homes = self._parameters, self._homes
        assert parameters.new_place is not None
        place = shapely.Point(self._city.xy(parameters.new_place)[0])
        services = self._services.and_one(place, NEW, parameters.new_capacity)
        found = walks(self._net, services, homes.middles, far_m=parameters.far_m)
        minutes = found.walk_m / self._profile.speed_m_min
        before, after = (measured(m, homes.people, *self._limits) for m in (self._minutes, minutes))
        goes = found.service == len(services.places) - 1
        self._new = {"within_new": after["within"], "mean_min_new": after["mean_min"]}
        capped = np.minimum(self._minutes, self._limits[1]) - np.minimum(minutes, self._limits[1])
        self._columns |= {"minutes_new": _finite(minutes), "saved_min": capped}
        changed = {k: {"before": before[k], "after": after[k], "change": after[k] - before[k]} for k in before}
        self._facts["new"] = {"people_who_go_there": float(homes.people[goes].sum()), **changed}
        if services.capacity.sum() > 0:
            given = _allocation(found, services, homes, self._profile, parameters)
            placed = float(given.placed.sum())
            self._facts["new"] |= {"placed": placed, "unplaced": float(homes.demand.sum()) - placed}

    def walk_others(self) -> None:
        """Tell how other people walk: the other profiles, age groups and districts."""
        parameters, homes = self._parameters, self._homes
        city = measured(self._minutes, homes.people, *self._limits)
        self._facts = {**city, "minutes": parameters.minutes, **self._facts}
        self._lines.append(Line("city", self._profile.words, **city, **self._new))
        for name, profile in PROFILES.items():
            if name == parameters.profile:
                continue
            walk_m = self._walks.walk_m
            if profile.is_step_free != self._profile.is_step_free and self._net.stairs:
                other = _network(self._city, parameters, profile)
                walk_m = walks(other, self._services, homes.middles, far_m=parameters.far_m).walk_m
            figures = measured(walk_m / profile.speed_m_min, homes.people, *self._limits)
            self._lines.append(Line("profile", profile.words, **figures))
        self._lines += by_age(homes.ages, self._minutes, self._limits)
        if homes.district.any():
            self._lines += by_label("district", homes.district, self._minutes, homes.people, self._limits, self._lonlat)
        parts, share = self._net.graph.parts()
        graph = self._net.graph
        self._facts["network"] = {
            "streets": self._net.streets, "nodes": len(graph.xy), "pieces": len(graph.start),
            "length_m": float(graph.length_m.sum()), "crossings_split": graph.crossings, "gaps_joined": graph.gaps,
            "parts": parts, "largest_part": round(share, 4), "stairs": self._net.stairs, "closed": self._net.closed,
        }  # fmt: skip

    def frame(self) -> Frame:
        """Return the layer, the table and the charts."""
        homes, found, services = self._homes, self._walks, self._services
        has = found.service >= 0
        names = np.where(has, services.names[found.service], "") if len(services.names) else np.zeros(len(has), "U1")
        columns = {
            "minutes": _finite(self._minutes),
            "walk_m": _finite(found.walk_m),
            "snap_m": found.homes.snap_m,
            "is_within": self._minutes <= self._parameters.minutes,
            "service": names,
            "service_row": np.where(has, services.row[found.service], -1),
            "people": homes.people,
            **self._columns,
        }
        rows = {"layer": homes.table["layer"].to_numpy(), "row": homes.table["row"].to_numpy(), **columns}
        value = "saved_min" if "saved_min" in columns else "minutes"
        is_building = "height_m" in homes.table
        given: dict[str, Any] = {"columns": rows} if is_building else {"features": self._features(rows)}
        kind = "values" if is_building else "points" if self._is_points() else "polygons"
        return Frame(
            **given,
            kind=kind,
            value=value,
            unit="min",
            table=Table(columns_of([*self._lines, *self._service_lines]), title="People and walks"),
            charts=self._charts(),
            facts=self._facts,
            note=homes.words if self._net.stairs else f"{homes.words} No stairs are known: step-free differs by pace.",
            style={"color_by": value},
        )

    def _is_points(self) -> bool:
        return bool(np.isin(shapely.get_type_id(self._homes.table.geometry.to_numpy()), (0, 4)).all())

    def _features(self, rows: dict[str, Any]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(rows, geometry=self._homes.table.geometry.to_numpy(), crs=self._city.crs)

    def _charts(self) -> tuple[Chart, ...]:
        people, limit, most = self._homes.people, *self._limits
        edges = np.append(np.arange(0.0, max(4 * limit, 20.0), max(limit / 2, 1.0)), np.inf)
        counts, _ = np.histogram(np.where(np.isfinite(self._minutes), self._minutes, 1e9), edges, weights=people)
        names = [f"{a:g}–{b:g}" if np.isfinite(b) else f"over {a:g}" for a, b in pairwise(edges)]
        share, held = lorenz(np.minimum(self._minutes, most), people)
        step = max(len(share) // 200, 1)
        charts = [
            Chart("bars", names, {"people": counts}, title="People by walk", x_title="minutes", y_title="people"),
            Chart(
                "line", share[::step], {"all minutes": held[::step], "if all had the same": share[::step]},
                title="Lorenz curve of walking time", x_title="share of people", y_title="share of minutes",
            ),
        ]  # fmt: skip
        if self._service_lines:
            top = self._service_lines[:20]
            bars = {"places": [t.places for t in top], "asked for": [t.asked for t in top]}
            charts.append(Chart("bars", [t.name for t in top], bars, title="Places and who asks for them"))
        return tuple(charts)


def _allocation(found: Walks, services: Services, homes: Homes, profile: Profile, parameters: Parameters) -> Any:
    is_far = found.homes.snap_m > parameters.far_m
    pairs = found.pairs(parameters.minutes * profile.speed_m_min, inside_of(services, homes.middles), is_far)
    return allocated(pairs, homes.demand, services.capacity, parameters.allocation)


def _finite(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values), values, np.nan)
