"""The same cameras for everybody: a view is where it looks, from how far, which way, how steep, through which lens."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import cos, radians, sin, tan
from pathlib import Path

VIEW_ANGLE_DEG = 35.0
"""Vertical field of view, as citytwin's."""
TILT_DEG = 58.0
"""0 looks straight down."""
HEADING_DEG = -28.0
NEAR_M_PER_PX = 1.0
"""Metres a pixel in the middle of the near view."""
OVERVIEW_DIAGONALS = 1.1
"""The overview's distance in diagonals of the city: all of it is in the picture."""


@dataclass(frozen=True, slots=True)
class View:
    """A camera on the globe."""

    lon_deg: float
    lat_deg: float
    distance_m: float
    heading_deg: float = HEADING_DEG
    tilt_deg: float = TILT_DEG

    def __str__(self) -> str:
        """Write it as `citytwin render --view` reads it."""
        return ",".join(f"{number:.7g}" if abs(number) > 1000 else f"{number:.8f}" for number in astuple(self))

    def eye(self, x: float, y: float) -> tuple[float, float, float]:
        """Return where the eye is if the view's target is at (x, y, 0), metres."""
        heading, tilt = radians(self.heading_deg), radians(self.tilt_deg)
        return (
            x - sin(tilt) * sin(heading) * self.distance_m,
            y - sin(tilt) * cos(heading) * self.distance_m,
            cos(tilt) * self.distance_m,
        )


def view_from(text: str) -> View:
    """Read "lon,lat,distance_m,heading_deg,tilt_deg"."""
    return View(*(float(number) for number in text.split(",")))


def views_of(path: Path, *, height_px: int = 720) -> dict[str, View]:
    """Return a city's overview and near view.

    path   a vector file with a projected CRS in metres, or with longitude and latitude
    """
    import geopandas as gpd  # noqa: PLC0415  the scripts that are handed their views do without it
    from pyproj import Transformer  # noqa: PLC0415

    frame = gpd.read_parquet(path, columns=["geometry"]) if path.suffix == ".parquet" else gpd.read_file(path)
    projected = frame.to_crs(frame.estimate_utm_crs()) if frame.crs.is_geographic else frame
    west, south, east, north = projected.total_bounds
    to_lonlat = Transformer.from_crs(projected.crs, 4326, always_xy=True)
    lon, lat = to_lonlat.transform((west + east) / 2, (south + north) / 2)
    diagonal_m = float(((east - west) ** 2 + (north - south) ** 2) ** 0.5)
    near_m = NEAR_M_PER_PX * height_px / 2 / tan(radians(VIEW_ANGLE_DEG) / 2)
    return {"overview": View(lon, lat, diagonal_m * OVERVIEW_DIAGONALS), "near": View(lon, lat, near_m)}
