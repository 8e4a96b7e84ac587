"""A recorded day of the sample city: buses and trams, the air, the river's gauge. Invented, always the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from pyproj import Transformer

from data.recorder import ENDING, Recorder
from data.sample.files import SampleFiles
from twin.entities import Entities, EntityBatch, FloatArray
from twin.feed import FeedWish, Mapping, Picture

BEGIN_S = 1_778_536_800.0
"""12 May 2026, 0:00 in summer time of Central Europe."""
DAY_S = 86_400
ZONE = "Europe/Berlin"
FOLDER = "recordings"
_SEED = 20260512
_FIRST_S, _LAST_S = 5 * 3600, 23.5 * 3600
"""When the first bus leaves and the last one is back."""
BUS_STEP_S, AIR_STEP_S, GAUGE_STEP_S = 20, 600, 300
LINES, ON_A_LINE, STATIONS = 8, 3, 14
WARNING_M = 3.2
"""The level of the river at which people are warned."""
FEEDS = (
    FeedWish("buses", "Buses and trams", f"{FOLDER}/buses{ENDING}", Mapping(id="id", lon="lon", lat="lat", time="time"),
             expiry_s=120.0, stale_s=90.0, interval_s=BUS_STEP_S),
    FeedWish("air", "Air quality", f"{FOLDER}/air{ENDING}", Mapping(id="id", lon="lon", lat="lat", time="time"),
             Picture.SENSORS, expiry_s=3600.0, stale_s=1800.0, interval_s=AIR_STEP_S, shown_value="pm10"),
    FeedWish("gauge", "Flood gauge", f"{FOLDER}/gauge{ENDING}", Mapping(id="id", lon="lon", lat="lat", time="time"),
             Picture.SENSORS, expiry_s=3600.0, stale_s=1200.0, interval_s=GAUGE_STEP_S, shown_value="level_m"),
)  # fmt: skip
"""The feeds of the sample city; their addresses are paths in its project."""


@dataclass(frozen=True, slots=True)
class _Rides:
    """Vehicles that go to and fro on one line."""

    line: shapely.LineString
    name: str
    names: list[str]
    phases: FloatArray
    """(n,) part of a round trip that each is ahead."""
    speed_mps: float


def write_day(files: SampleFiles, folder: Path) -> list[Path]:
    """Write the recordings of FEEDS.

    files     the sample city
    folder    the project's; its recordings are put into FOLDER there
    raises    FeedError  they cannot be written
    """
    rng = np.random.default_rng(_SEED)
    crs = str(pyogrio.read_info(files.city, layer="streets")["crs"])
    to_lonlat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    days = {
        "buses": (_bus_batches(_rides(files, rng), to_lonlat, rng), 60),
        "air": (_air_batches(files, to_lonlat, rng), 1800),
        "gauge": (_gauge_batches(files, to_lonlat, rng), 1800),
    }
    paths = []
    for wish in FEEDS:
        path = folder / wish.url
        path.unlink(missing_ok=True)
        batches, flush_every_s = days[wish.id]
        _record(path, wish, batches, flush_every_s)
        paths.append(path)
    return paths


def _record(path: Path, wish: FeedWish, batches: list[EntityBatch], flush_every_s: float) -> None:
    recorder, entities = Recorder(path, wish), Entities(wish.id, expiry_s=wish.expiry_s)
    flushed_s = -np.inf
    for batch in batches:
        at_s = batch.received_s
        recorder.add(batch, entities, at_s, messages=len(batch), size=len(batch) * 110, malformed=0)
        entities.update(batch)
        if at_s - flushed_s >= flush_every_s:
            recorder.flush(at_s)
            flushed_s = at_s
    recorder.close()


# buses and trams


def _rides(files: SampleFiles, rng: np.random.Generator) -> list[_Rides]:
    trams = pyogrio.read_dataframe(files.city, layer="tram")
    streets = pyogrio.read_dataframe(files.city, layer="streets")
    merged = streets[streets["name"].notna()].groupby("name")["geometry"].agg(lambda g: _longest(list(g)))
    roads = merged[[line.length > 1200 for line in merged]].sort_index()
    chosen = roads.iloc[np.linspace(0, len(roads) - 1, min(LINES, len(roads))).astype(int)]
    lines = [(f"Tram {n}", line) for n, line in zip(trams["line"], trams.geometry, strict=True)]
    lines += [(f"Bus {10 + i}", line) for i, line in enumerate(chosen)]
    rides = []
    for name, line in lines:
        count = ON_A_LINE * (2 if name.startswith("Tram") else 1)
        phases = (np.arange(count) + rng.random(count) * 0.3) / count
        speed_mps = float(rng.uniform(6.5, 8.5))
        rides.append(_Rides(line, name, [f"{name}/{i + 1}" for i in range(count)], phases, speed_mps))
    return rides


def _longest(lines: list[shapely.LineString]) -> shapely.LineString:
    """Return the longest piece that lines of one street make together."""
    parts = shapely.get_parts(shapely.line_merge(shapely.union_all(np.array(lines, object))))
    whole: shapely.LineString = max(parts, key=lambda part: part.length)
    return whole


def _bus_batches(rides: list[_Rides], to_lonlat: Transformer, rng: np.random.Generator) -> list[EntityBatch]:
    seconds = np.arange(_FIRST_S, _LAST_S, BUS_STEP_S)
    rush = np.array([_rush(s / 3600) for s in seconds])[:, None]
    moved = [_moved(ride, seconds) for ride in rides]
    x, y, heading, speed = (np.concatenate([m[i] for m in moved], axis=1) for i in range(4))
    lon, lat = (np.round(a, 6).reshape(x.shape) for a in to_lonlat.transform(x.ravel(), y.ravel()))
    heading_rad = np.radians(heading.round(0) % 360)
    phase = rng.random(x.shape[1]) * 2 * np.pi
    passengers = np.round(8 + 55 * rush * (0.6 + 0.4 * np.sin(seconds[:, None] / 900 + phase)))
    delay_s = np.round(20 + 160 * rush * (0.5 + 0.5 * np.sin(seconds[:, None] / 2700 + phase)))
    ids = [name for ride in rides for name in ride.names]
    lines = np.array([ride.name for ride in rides for _ in ride.names], object)
    return [
        EntityBatch(
            ids,
            BEGIN_S + float(second),
            lon[i],
            lat[i],
            np.full(len(ids), BEGIN_S + float(second)),
            heading_rad=heading_rad[i],
            speed_mps=speed[i],
            values={"passengers": passengers[i], "delay_s": delay_s[i], "line": lines},
        )
        for i, second in enumerate(seconds)
    ]


def _moved(ride: _Rides, seconds: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return east, north, direction in degrees and speed (t, n) of the vehicles of a line; they wait at stops."""
    length_m, stop_m, stop_s = ride.line.length, 400.0, 24.0
    lap_s = 2 * length_m / ride.speed_mps + 2 * (length_m // stop_m) * stop_s
    passed_s = (seconds[:, None] + ride.phases[None, :] * lap_s) % lap_s
    stops, rest_s = np.divmod(passed_s, stop_m / ride.speed_mps + stop_s)
    along_m = np.minimum(stops * stop_m + np.minimum(rest_s * ride.speed_mps, stop_m), 2 * length_m)
    is_back = along_m > length_m
    at_m = np.clip(np.where(is_back, 2 * length_m - along_m, along_m), 5.0, length_m - 5.0)
    ahead_m = at_m + np.where(is_back, -5.0, 5.0)
    here = shapely.get_coordinates(shapely.line_interpolate_point(ride.line, at_m.ravel()))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(ride.line, ahead_m.ravel()))
    heading = np.degrees(np.arctan2(ahead[:, 0] - here[:, 0], ahead[:, 1] - here[:, 1])) % 360
    speed = np.where(rest_s * ride.speed_mps > stop_m, 0.0, round(ride.speed_mps, 1))
    x, y, heading = (a.reshape(at_m.shape) for a in (here[:, 0], here[:, 1], heading))
    return x, y, heading, speed


def _rush(hour: float) -> float:
    """Return how busy the streets are, 0 to 1: most at 8 and at 17."""
    return float(min(1.0, np.exp(-((hour - 8) ** 2) / 2.5) + np.exp(-((hour - 17) ** 2) / 4) + 0.25 * (7 < hour < 21)))


# air and water


def _air_batches(files: SampleFiles, to_lonlat: Transformer, rng: np.random.Generator) -> list[EntityBatch]:
    stops = pyogrio.read_dataframe(files.city, layer="tram_stops").geometry
    chosen = stops.iloc[np.linspace(0, len(stops) - 1, STATIONS).astype(int)]
    lon, lat = to_lonlat.transform(chosen.x.to_numpy(), chosen.y.to_numpy())
    middle = np.hypot(chosen.x - chosen.x.mean(), chosen.y - chosen.y.mean()).to_numpy()
    busy = 1.0 - 0.6 * middle / middle.max()
    level = np.zeros(STATIONS)
    ids = [f"Air {i + 1:02d}" for i in range(STATIONS)]
    batches = []
    for second in range(0, DAY_S, AIR_STEP_S):
        level = 0.8 * level + rng.normal(0, 1.6, STATIONS)
        rush = _rush(second / 3600)
        pm10 = np.clip(14 + 38 * busy * rush + level, 2, None).round(1)
        no2 = np.clip(11 + 52 * busy * rush + 1.4 * level, 2, None).round(1)
        at_s = BEGIN_S + second + 1.5
        batches.append(
            EntityBatch(
                ids,
                at_s,
                np.round(lon, 6),
                np.round(lat, 6),
                np.full(STATIONS, BEGIN_S + second),
                values={"pm10": pm10, "no2": no2},
            )
        )
    return batches


def _gauge_batches(files: SampleFiles, to_lonlat: Transformer, rng: np.random.Generator) -> list[EntityBatch]:
    water = pyogrio.read_dataframe(files.city, layer="water")
    river = water[water["kind"] == "river"].geometry.iloc[0]
    point = river.representative_point()
    lon, lat = (np.round(np.array([v]), 6) for v in to_lonlat.transform(point.x, point.y))
    batches = []
    for second in range(0, DAY_S, GAUGE_STEP_S):
        hour = second / 3600
        surge = 1.9 * np.exp(-((hour - 19.2) ** 2) / 5.5)
        level_m = 2.1 + 0.25 * np.sin(2 * np.pi * hour / 12.4) + surge + rng.normal(0, 0.012)
        batches.append(
            EntityBatch(
                ["Linde at the bridge"],
                BEGIN_S + second + 2.0,
                lon,
                lat,
                np.array([BEGIN_S + second]),
                values={
                    "level_m": np.array([round(float(level_m), 2)]),
                    "warning": np.array([float(level_m > WARNING_M)]),
                },
            )
        )
    return batches
