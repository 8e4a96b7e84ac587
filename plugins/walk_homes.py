"""Homes and services read for walks: who lives where, who needs what, and what there is, by their columns' names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from plugins.contract import City, PluginError
from plugins.many_buildings import AT_ONCE, pieces
from plugins.selection import texts_of
from plugins.walking import Services

FloatArray = npt.NDArray[np.float64]
PEOPLE_NAMES = ("residents", "population", "people", "inhabitants", "pop", "einwohner", "persons", "p0010001")
PLACE_NAMES = ("capacity", "places", "seats", "beds", "plaetze")
DISTRICT_NAMES = ("district", "neighborhood", "neighbourhood", "quarter", "ward", "stadtteil", "n_hood")


@dataclass(frozen=True)
class Homes:
    """Where people live."""

    table: gpd.GeoDataFrame
    middles: npt.NDArray[np.object_]
    people: FloatArray
    demand: FloatArray
    ages: dict[str, FloatArray]
    district: npt.NDArray[np.str_]
    words: str


def services_of(city: City, layer: str, capacity_column: str) -> Services:
    """Return what people walk to: a layer's features, with their places where a column tells them.

    raises   PluginError  the layer is empty
    """
    table = city.layer(layer)
    table = table[~table.geometry.is_empty & table.geometry.notna()]
    if table.empty:
        raise PluginError("There are no services in this layer.", "Choose another one.")
    name = _column(table.columns, "", ("name", "title", "label", "id"))
    names = texts_of(table[name]) if name else np.array([f"{layer} {row}" for row in table.index])
    places = _column(table.columns, capacity_column, PLACE_NAMES)
    capacity = _numbers(table[places]) if places else np.zeros(len(table))
    return Services(table.geometry.to_numpy(), names, table.index.to_numpy().astype(np.int64), capacity)


def homes_of(city: City, area: Any, parameters: Any) -> Homes:
    """Return where people live: features of a layer with people, needs, ages and district by their columns.

    parameters   homes, people, demand, demand_share, ages and district, as the analysis has them
    raises       PluginError  nobody lives there, or a column is not there
    """
    facts = next(f for f in city.layers if f.id == parameters.homes)
    people_name = _column(facts.columns, parameters.people, PEOPLE_NAMES)
    found = []
    for some in pieces(city, facts, list(facts.columns), area):
        count = _numbers(some[people_name]) if people_name else np.ones(len(some))
        lived_in = some.assign(people_here=count)[count > 0]
        if facts.count > AT_ONCE:  # outlines of a million homes would not fit
            lived_in = lived_in.set_geometry(lived_in.geometry.centroid)
        found.append(lived_in)
    table = gpd.GeoDataFrame(pd.concat(found, ignore_index=True), geometry="geometry", crs=city.crs)
    people = table.pop("people_here").to_numpy(float)
    if table.empty:
        raise PluginError(f"Nobody lives in {parameters.homes}.", "Choose the column that says how many people do.")
    demand = _numbers(table[parameters.demand]) if parameters.demand else people * parameters.demand_share
    ages = [a.strip() for a in parameters.ages.split(",") if a.strip()]
    ages = ages or [str(n) for n in table.columns if str(n).casefold().startswith("age_")]
    unknown = [a for a in ages if a not in table.columns]
    if unknown:
        raise PluginError(f'There is no column "{unknown[0]}" in {parameters.homes}.', "Name columns of the homes.")
    district = _column(table.columns, parameters.district, DISTRICT_NAMES)
    labels = texts_of(table[district]) if district else np.zeros(len(table), "U1")
    words = f"People: column {people_name}." if people_name else "No column of people: each home counts as one."
    middles = shapely.centroid(table.geometry.to_numpy())
    return Homes(table, middles, people, demand, {a: _numbers(table[a]) for a in ages}, labels, words)


def _column(columns: Iterable[str], chosen: str, known: Sequence[str]) -> str:
    names = {str(n).casefold(): str(n) for n in columns}
    return chosen or next((names[n] for n in known if n in names), "")


def _numbers(values: Any) -> FloatArray:
    found = pd.to_numeric(values, errors="coerce").fillna(0).to_numpy(float)
    numbers: FloatArray = np.maximum(np.asarray(found, float), 0.0)
    return numbers
