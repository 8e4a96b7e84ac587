"""Helsinki with its vehicles and Tokyo with its bikes: what a replay draws is, pixel for pixel, what was drawn live."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
from aiohttp import web

from data.recording import Recording
from data.vector import read
from layers.refine import Refinement
from layers.scene import Scene
from twin.clock import Clock
from twin.place import local_from_lonlat
from twin.session import Camera, Session
from ui.replaying import Replay, settle_look

RealData = Callable[[str], Path]
Picture = npt.NDArray[np.uint8]
SIZE_PX = (320, 180)


class Hall:
    """A scene over a city that shows a feed live, and then its recording."""

    def __init__(self, city: Path, lonlat: tuple[float, float], distance_m: float) -> None:
        self.session = Session()
        self.session.add_layer(read(city))
        self.scene = Scene(self.session)
        self.scene.is_adaptive = False
        self.scene.resize(*SIZE_PX)
        assert self.session.frame is not None
        x, y = local_from_lonlat(self.session.frame, np.array([lonlat]))[0]
        self.camera = Camera((x, y, 0.0), distance_m=distance_m, tilt_rad=0.9)
        self.empty = self.drawn()

    def drawn(self) -> Picture:
        while self.scene.is_working:
            self.scene.collect(0.05)
        pictures = [one for one in Refinement(self.scene, self.camera, passes=1).slices() if one is not None]
        picture = pictures[-1]
        return self.scene.labelled(picture, self.camera).copy()

    def live(self, ear: Any) -> tuple[float, Picture]:
        """Return the moment of the last frame, and the picture of it."""
        wish = ear.host.runs["feed"].wish
        self.session.set_composition(replace(self.session.composition, feeds=(wish,)))
        for frame in ear.frames["feed"]:
            self.session.put_frame("feed", frame)
        ear.frames["feed"] = ear.frames["feed"][-1:]
        settle_look(self.session, wish)
        self.scene.live.now_s = ear.last().at_s
        return ear.last().at_s, self.drawn()

    def replayed(self, recording: Path, moments: list[float]) -> Iterator[Picture]:
        """Yield the pictures of moments, each jumped to."""
        replay = Replay(self.session, Recording(recording), self.session.composition.feeds[0])
        for at_s in moments:
            self.session.set_clock(Clock().paused(at_s))
            replay.show(at_s, is_jump=True)
            yield self.drawn()


def same_as_live(hall: Hall, ear: Any, recording: Path, steps: list[Callable[[], object]]) -> None:
    """Assert that each step's picture shows something else than the one before, and is replayed as it was."""
    shown = [hall.empty]
    moments = []
    with closing(hall.scene):
        for step in steps:
            step()
            at_s, picture = hall.live(ear)
            moments.append(at_s)
            assert (picture != shown[-1]).any(axis=2).sum() > 100
            shown.append(picture)
        ear.host.close_feed("feed")
        for live, again in zip(reversed(shown[1:]), hall.replayed(recording, moments[::-1]), strict=True):
            assert (live != again).sum() == 0


def test_helsinki_s_vehicles_are_replayed_as_they_were_live(
    broker: Any, ear: Any, real_data: RealData, tmp_path: Path
) -> None:
    names = ("hsl_vehicle_positions_20250428_160414.json", "hsl_vehicle_position_20250428_163959.json")
    snapshots = [json.loads(real_data(f"helsinki/{name}").read_text()) for name in names]
    hall = Hall(real_data("helsinki/helsinki_buildings.gpkg"), (24.9425, 60.1690), 900.0)
    ear.open(f"mqtt://127.0.0.1:{broker.port}/hsl/#", record_to=tmp_path / "hsl.ctrec", expiry_s=0.0)
    ear.until(ear.is_live)

    def publish(snapshot: list[dict[str, Any]], heard: int) -> None:
        broker.publish(*((f"hsl/{v['id']}", json.dumps(v).encode()) for v in snapshot))
        ear.until(lambda: ear.status().messages == heard and ear.last().at_s >= ear.status().last_message_s)

    same_as_live(
        hall,
        ear,
        tmp_path / "hsl.ctrec",
        [lambda: publish(snapshots[0], 1178), lambda: publish(snapshots[1], 1178 + 1180)],
    )


def test_tokyo_s_bikes_are_replayed_as_they_were_live(site: Any, ear: Any, real_data: RealData, tmp_path: Path) -> None:
    days = ("2023-05-05", "2023-12-12")
    files = [real_data(f"tokyo_koto_chuo/bikeshare_hellocycling_{day}.csv") for day in days]
    tables = [list(csv.DictReader(file.read_text(encoding="utf-8").splitlines())) for file in files]
    quarter = geopandas.read_file(
        real_data("tokyo_koto_chuo/chuo_bldg.geojson"), bbox=(139.775, 35.674, 139.790, 35.688)
    )
    quarter.to_file(tmp_path / "chuo.gpkg")
    hall = Hall(tmp_path / "chuo.gpkg", (139.782, 35.681), 2200.0)
    day = [0]
    stations = [*map(place, {row["station_id"]: row for table in tables for row in table}.values())]

    def page(make: Callable[[int], dict[str, object]]) -> Callable[[web.Request], web.Response]:
        return lambda _: web.json_response({"last_updated": 1_683_255_600 + day[0], "ttl": 0, "data": make(day[0])})

    feeds = [{"name": name, "url": f"/{name}.json"} for name in ("station_information", "station_status")]
    site.get("/gbfs.json", page(lambda _: {"ja": {"feeds": feeds}}))
    site.get(
        "/station_information.json",
        page(lambda _: {"stations": stations}),
    )
    site.get("/station_status.json", page(lambda n: {"stations": [*map(count, tables[n])]}))
    ear.open(f"{site.start()}/gbfs.json", record_to=tmp_path / "bikes.ctrec", expiry_s=0.0)

    def show(number: int) -> None:
        day[0] = number
        asked = len(site.asked)
        ear.until(lambda: len(site.asked) >= asked + 3 and ear.count() >= len(tables[number]))

    same_as_live(hall, ear, tmp_path / "bikes.ctrec", [lambda: show(0), lambda: show(1)])
    look = hall.session.composition.live[0]
    assert (look.shape, look.value) == ("columns", "bikes")
    now = dict(zip(ear.last().ids, ear.last().values["bikes"], strict=True))
    assert now["17"] == float(next(r for r in tables[1] if r["station_id"] == "17")[RENTABLE])


RENTABLE = "vehicle_type_capacity.num_bikes_rentalable"


def place(row: dict[str, str]) -> dict[str, object]:
    """Return a station's place as GBFS writes it."""
    return {"station_id": row["station_id"], "name": row["name"], "lon": float(row["lon"]), "lat": float(row["lat"])}


def count(row: dict[str, str]) -> dict[str, object]:
    """Return a station's count as GBFS writes it."""
    return {"station_id": row["station_id"], "num_bikes_available": int(row[RENTABLE] or 0)}
