"""Couriers riding along the streets: a live layer. It needs no network; a real one would read its feed in the loop."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from plugins.contract import Frame, Info, Kind, Layer, PluginError, layer, number


@dataclass(frozen=True)
class Parameters:
    streets: Layer = layer("", kinds=[Kind.LINES], title="Streets", help="The lines they ride along.")
    couriers: int = number(200, min=1, max=20000)
    speed_km_h: float = number(18.0, min=1.0, max=120.0, unit="km/h", title="Speed")
    frames_a_second: float = number(10.0, min=0.1, max=60.0)


class Couriers:
    info = Info(
        id="couriers",
        title="Couriers",
        summary="Simulated couriers, one point each, moving along a layer of lines.",
        kind="points",
        contract=1,
        unit="km/h",
        source="Simulated",
        licence="CC0-1.0",
        author="citytwin",
        style={"size_px": 7, "colormap": "viridis"},
        parameters=Parameters,
        is_live=True,
    )

    def frames(self, city, area, parameters, stop) -> Iterator[Frame]:
        lines = city.layer(parameters.streets, area, columns=[]).explode(index_parts=False).geometry.to_numpy()
        lines = lines[shapely.length(lines) > 20.0]
        if not len(lines):
            raise PluginError("There are no streets here.", "Draw a larger area.")
        random = np.random.default_rng(1)
        ride = lines[random.integers(0, len(lines), parameters.couriers)]
        length_m, speed = shapely.length(ride), parameters.speed_km_h * random.uniform(0.6, 1.2, parameters.couriers)
        start_m, begin_s = random.uniform(0.0, length_m), time.monotonic()
        number_of = np.arange(parameters.couriers)
        while not stop.is_set():
            ridden_m = (start_m + speed / 3.6 * (time.monotonic() - begin_s)) % (2 * length_m)
            at = shapely.line_interpolate_point(ride, np.minimum(ridden_m, 2 * length_m - ridden_m))
            columns = {"x": shapely.get_x(at), "y": shapely.get_y(at), "courier": number_of, "speed_km_h": speed}
            yield Frame(columns=columns, value="speed_km_h")
            stop.wait(1.0 / parameters.frames_a_second)
