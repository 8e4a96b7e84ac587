"""Noise at measuring stations: a layer from a CSV file that lies beside this one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from plugins.contract import Chart, Frame, Info, Table, choice

CSV = Path(__file__).with_name("stations.csv")


@dataclass(frozen=True)
class Parameters:
    when: str = choice("day_db", {"day_db": "By day", "night_db": "At night"}, title="When")


class NoiseStations:
    info = Info(
        id="noise_stations",
        title="Noise stations",
        summary="Average levels at 24 stations along the streets of Lindhaven.",
        kind="points",
        contract=1,
        unit="dB",
        source="Lindhaven city noise survey (invented)",
        licence="CC0-1.0",
        author="citytwin",
        style={"colormap": "inferno", "size_px": 12},
        parameters=Parameters,
    )

    def frames(self, city, area, parameters, stop) -> Iterator[Frame]:
        rows = pd.read_csv(CSV)
        places = gpd.points_from_xy(rows["lon"], rows["lat"])
        stations = gpd.GeoDataFrame(rows.drop(columns=["lon", "lat"]), geometry=places, crs="EPSG:4326")
        loudest = rows.nlargest(5, parameters.when)
        yield Frame(
            stations,
            value=parameters.when,
            table=Table({"station": loudest["station"], "level_db": loudest[parameters.when]}, title="The loudest"),
            charts=(
                Chart("bars", list(rows["station"]), {"dB": list(rows[parameters.when])}, title="Level", y_title="dB"),
            ),
        )
