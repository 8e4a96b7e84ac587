"""The city as a plugin sees it: reads what write_city laid down, and makes objects only of what is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from plugins.asking import Area, Point
from plugins.city import LayerFacts, Terrain
from plugins.city_files import MANIFEST
from plugins.contract import PluginError
from plugins.ground import ground_of
from plugins.parameters import moment_of_text
from plugins.stored_layer import StoredLayer
from twin.place import transformer

FloatArray = npt.NDArray[np.float64]
MOST_AT_ONCE = 500_000
"""More features than this are not made into objects at once: about 1 GB."""
MOST_SQUARES = 20_000
"""Of more squares than this, those that nothing comes near are left out."""


@dataclass(frozen=True)
class FileCity:
    """A plugins.city.City over a folder of write_city."""

    folder: Path
    manifest: Mapping[str, Any]
    secret_folder: Path | None = None
    """Where personal columns and unmoderated comments lie, for plugins that may see them."""
    scenario_name: str = ""
    allowed: frozenset[str] = field(default_factory=frozenset)

    @property
    def crs(self) -> str:
        """Return the projected CRS all geometry is in."""
        return str(self.manifest["crs"])

    @cached_property
    def area(self) -> Any:
        """Return the area of what is open."""
        x, y = self.manifest["origin_m"]
        west, south, east, north = self.manifest["area"]
        return shapely.box(west + x, south + y, east + x, north + y)

    @cached_property
    def layers(self) -> tuple[LayerFacts, ...]:
        """Return what is known of each layer."""
        return tuple(stored.facts for stored in self._stored.values())

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Return the names of the scenarios."""
        return tuple(s["name"] for s in self.manifest["scenarios"])

    @cached_property
    def terrain(self) -> Terrain | None:
        """Return the ground, None where it is flat."""
        return ground_of(self.folder, self.manifest)

    @property
    def time(self) -> datetime | None:
        """Return the city clock's moment."""
        return moment_of_text(self.manifest["time"]) if self.manifest["time"] else None

    @cached_property
    def _stored(self) -> dict[str, StoredLayer]:
        origin = np.asarray(self.manifest["origin_m"], float)
        secret = self.secret_folder if "personal" in self.allowed else None
        return {f["id"]: StoredLayer(self.folder, f, origin, secret) for f in self.manifest["layers"]}

    def layer(
        self,
        id: str,  # noqa: A002  the contract's name
        area: Any = None,
        columns: Sequence[str] | None = None,
    ) -> gpd.GeoDataFrame:
        """Return the features of a layer that touch an area."""
        stored = self._layer(id)
        places = stored.places(area)
        _refuse_too_many(len(places))
        frame = self._frame(stored, places, columns, area)
        removed = self._edits.get("removed", {}).get(id, ())
        return frame[~frame.index.isin(removed)] if len(removed) else frame

    def buildings(self, area: Any = None, columns: Sequence[str] | None = None, *, layer: str = "") -> gpd.GeoDataFrame:
        """Return buildings that touch an area, of all layers of footprints or of one."""
        chosen = [self._layer(layer)] if layer else [s for s in self._stored.values() if s.is_raised]
        found = [(stored, stored.places(area)) for stored in chosen]
        _refuse_too_many(sum(len(places) for _, places in found))
        has = {c for stored, _ in found for c in stored.columns}
        for name in columns or ():
            if name not in has and found:
                raise _no_column(name, has)
        pieces = [self._buildings_of(stored, places, columns or (), area) for stored, places in found]
        added = self._added
        if added is not None and not layer:
            pieces.append(added[added.intersects(area)] if area is not None else added)
        pieces = [p for p in pieces if len(p)] or pieces[:1]
        if not pieces:
            return self._nothing(columns or ())
        return gpd.GeoDataFrame(pd.concat(pieces, ignore_index=True), geometry="geometry", crs=self.crs)

    def _nothing(self, columns: Sequence[str]) -> gpd.GeoDataFrame:
        empty: dict[str, Any] = {n: np.zeros(0) for n in ("height_m", "base_m", *columns)}
        empty |= {"layer": np.zeros(0, object), "row": np.zeros(0, np.int64)}
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=self.crs))

    def _buildings_of(
        self, stored: StoredLayer, places: npt.NDArray[np.intp], columns: Sequence[str], area: Any
    ) -> gpd.GeoDataFrame:
        here = [c for c in columns if c in stored.columns and c not in {"height_m", "base_m", "layer", "row"}]
        frame = self._frame(stored, places, here, area)
        frame["layer"], frame["row"] = stored.facts.id, frame.index.to_numpy()
        removed = self._edits.get("removed", {}).get(stored.facts.id, ())
        return frame[~frame["row"].isin(removed)] if len(removed) else frame

    def _frame(
        self, stored: StoredLayer, places: npt.NDArray[np.intp], columns: Sequence[str] | None, area: Any
    ) -> gpd.GeoDataFrame:
        for name in columns or ():
            if name not in stored.columns:
                raise _no_column(name, stored.columns)
        frame = stored.frame(places, columns, self.crs)
        if area is None or not len(frame) or area.equals(shapely.box(*area.bounds)):
            return frame
        shapely.prepare(area)
        return frame[shapely.intersects(area, frame.geometry.to_numpy())]

    def _layer(self, layer_id: str) -> StoredLayer:
        if layer_id in self._stored:
            return self._stored[layer_id]
        near = get_close_matches(layer_id, self._stored, n=1, cutoff=0.4)
        hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(self._stored) or 'none'}."
        raise PluginError(f'There is no layer "{layer_id}" in this city.', hint)

    def tiles(self, size_m: float = 500.0, margin_m: float = 0.0, area: Any = None) -> Iterator[CityTile]:
        """Yield the city in squares."""
        area = self.area if area is None else area
        for number, square in enumerate(self.squares(size_m, margin_m, area)):
            yield self.tile(number, square, margin_m, area)

    def tile(self, number: int, square: tuple[float, float, float, float], margin_m: float, area: Any) -> CityTile:
        """Return one square of the city."""
        box = shapely.box(*square)
        own = box if area.contains(box) else area.intersection(box)
        west, south, east, north = square
        reach = shapely.box(west - margin_m, south - margin_m, east + margin_m, north + margin_m)
        return CityTile(self, number, own, reach, square)

    def squares(self, size_m: float, margin_m: float, area: Any) -> list[tuple[float, float, float, float]]:
        """Return the bounds of the squares that tiles() yields, in their order."""
        west, south, east, north = area.bounds
        x = np.arange(np.floor(west / size_m), max(np.ceil(east / size_m), np.floor(west / size_m) + 1)) * size_m
        y = np.arange(np.floor(south / size_m), max(np.ceil(north / size_m), np.floor(south / size_m) + 1)) * size_m
        if len(x) * len(y) > 1e8:
            raise PluginError("The area is too wide to be cut into squares.", "Draw a smaller area, or larger squares.")
        east_of, north_of = (g.ravel() for g in np.meshgrid(x, y))
        if len(east_of) > MOST_SQUARES:
            is_near = self._is_near(x, y, size_m, margin_m)
            east_of, north_of = east_of[is_near], north_of[is_near]
        shapely.prepare(area)
        is_in = shapely.intersects(area, shapely.box(east_of, north_of, east_of + size_m, north_of + size_m))
        return [
            (float(w), float(s), float(w + size_m), float(s + size_m))
            for w, s in zip(east_of[is_in], north_of[is_in], strict=True)
        ]

    def _is_near(self, x: FloatArray, y: FloatArray, size_m: float, margin_m: float) -> npt.NDArray[np.bool_]:
        touched = np.zeros((len(y), len(x)), bool)
        reach = int(np.ceil(margin_m / size_m)) + 1
        for stored in self._stored.values():
            column, row = (np.floor((stored.middles - (x[0], y[0])) / size_m)).astype(np.int64).T
            is_in = (column >= 0) & (column < len(x)) & (row >= 0) & (row < len(y))
            for c, r in np.unique(np.column_stack([column[is_in], row[is_in]]), axis=0):
                touched[max(r - reach, 0) : r + reach + 1, max(c - reach, 0) : c + reach + 1] = True
        return touched.ravel()

    def scenario(self, name: str) -> FileCity:
        """Return the city with a scenario's edits."""
        if name and name not in self.scenarios:
            raise PluginError(
                f'There is no scenario "{name}" in this city.',
                f"There are: {', '.join(self.scenarios)}." if self.scenarios else "None has been made yet.",
            )
        return replace(self, scenario_name=name)

    @cached_property
    def _edits(self) -> Mapping[str, Any]:
        return next((s for s in self.manifest["scenarios"] if s["name"] == self.scenario_name), {})

    @cached_property
    def _added(self) -> gpd.GeoDataFrame | None:
        if not self._edits.get("added"):
            return None
        frame = gpd.read_parquet(self.folder / self._edits["added"]).to_crs(self.crs)
        frame["layer"], frame["row"] = "", -1 - np.arange(len(frame))
        if "base_m" not in frame:
            frame["base_m"] = 0.0
        return frame

    def xy(self, points: Point | Iterable[Point]) -> FloatArray:
        """Return metres (n, 2) in the city's CRS."""
        listed = [points] if isinstance(points, Point) else list(points)
        lonlat = np.array([[p[0], p[1]] for p in listed], float).reshape(-1, 2)
        return np.column_stack(transformer("EPSG:4326", self.crs).transform(lonlat[:, 0], lonlat[:, 1]))

    def lonlat(self, xy: FloatArray) -> FloatArray:
        """Return longitude and latitude (n, 2) in degrees."""
        places = np.atleast_2d(np.asarray(xy, float))
        return np.column_stack(transformer(self.crs, "EPSG:4326").transform(places[:, 0], places[:, 1]))

    def polygon(self, area: Area) -> Any:
        """Return a drawn area in the city's CRS."""
        if len(area) < 3:
            raise PluginError("An area needs three points or more.", "Draw it on the map.")
        return shapely.make_valid(shapely.Polygon(self.xy(area)))

    def comments(self) -> gpd.GeoDataFrame:
        """Return accepted comments, and the others for those who may see them."""
        rows: list[Mapping[str, Any]] = []
        folders = [self.folder, *([self.secret_folder] if self.secret_folder and "comments" in self.allowed else [])]
        for folder in folders:
            path = folder / "comments.json"
            rows += json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
        places = shapely.points(self.xy([Point(r["lon_deg"], r["lat_deg"]) for r in rows]))
        names = dict.fromkeys(
            ("text", "time", "state", *(n for r in rows for n in r if n not in {"lon_deg", "lat_deg"}))
        )
        columns = {n: [r.get(n) for r in rows] for n in names}
        return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(places, crs=self.crs))


@dataclass(frozen=True)
class CityTile:
    """A square of the city: a plugins.city.CityTile."""

    city: FileCity
    number: int
    area: Any
    reach: Any
    square: tuple[float, float, float, float]

    def __getattr__(self, name: str) -> Any:
        """Return what the city says."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.city, name)

    def layer(
        self,
        id: str,  # noqa: A002  the contract's name
        area: Any = None,
        columns: Sequence[str] | None = None,
    ) -> gpd.GeoDataFrame:
        """Return the features of a layer that touch an area (the tile's reach)."""
        return self.city.layer(id, self.reach if area is None else area, columns)

    def buildings(self, area: Any = None, columns: Sequence[str] | None = None, *, layer: str = "") -> gpd.GeoDataFrame:
        """Return buildings that touch an area (the tile's reach)."""
        frame = self.city.buildings(self.reach if area is None else area, columns, layer=layer)
        west, south, east, north = self.square
        bounds = shapely.bounds(frame.geometry.to_numpy()).reshape(-1, 4)
        x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
        frame["is_own"] = (x >= west) & (x < east) & (y >= south) & (y < north)
        return frame

    def scenario(self, name: str) -> CityTile:
        """Return the same square of the city with a scenario's edits."""
        return replace(self, city=self.city.scenario(name))


def open_city(folder: Path, *, secret_folder: Path | None = None, allowed: Iterable[str] = ()) -> FileCity:
    """Open what write_city laid down."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return FileCity(folder, manifest, secret_folder, "", frozenset(allowed))


def _refuse_too_many(count: int) -> None:
    if count > MOST_AT_ONCE:
        raise PluginError(
            f"{count:,} features are too many at once (at most {MOST_AT_ONCE:,}).",
            "Go by city.tiles(...), or give tile and combine instead of frames.",
        )


def _no_column(name: str, columns: Iterable[str]) -> PluginError:
    known = list(columns)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return PluginError(
        f'There is no column "{name}".',
        f'Did you mean "{near[0]}"?' if near else f"The columns are: {', '.join(known[:12]) or 'none'}.",
    )
