"""Where things are: one projected frame with a double-precision origin a project, and areas in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LocalFrame:
    """The project's frame: metres east and north of an origin in a projected CRS, z up."""

    crs: str
    """A projected CRS in metres, "EPSG:n" where it has a code, else WKT."""
    origin_m: tuple[float, float]
    """East and north of the origin in that CRS, float64 metres."""


@dataclass(frozen=True, slots=True)
class Area:
    """An upright rectangle in the local frame, metres."""

    west_m: float
    south_m: float
    east_m: float
    north_m: float

    @property
    def centre(self) -> tuple[float, float]:
        """Return the middle, local metres."""
        return (self.west_m + self.east_m) / 2, (self.south_m + self.north_m) / 2

    @property
    def size_m(self) -> tuple[float, float]:
        """Return width and height."""
        return self.east_m - self.west_m, self.north_m - self.south_m

    @property
    def diagonal_m(self) -> float:
        """Return the length of the diagonal."""
        width_m, height_m = self.size_m
        return float(np.hypot(width_m, height_m))

    def united(self, other: Area) -> Area:
        """Return the smallest area that holds both."""
        return Area(
            min(self.west_m, other.west_m),
            min(self.south_m, other.south_m),
            max(self.east_m, other.east_m),
            max(self.north_m, other.north_m),
        )


@lru_cache(maxsize=64)
def transformer(source_crs: str, target_crs: str) -> Transformer:
    """Return the (cached) transformer between two CRS, x and y always east and north."""
    return Transformer.from_crs(CRS.from_user_input(source_crs), CRS.from_user_input(target_crs), always_xy=True)


def local_from_projected(frame: LocalFrame, points_projected: FloatArray) -> FloatArray:
    """Shift points of the frame's own CRS to its origin.

    points_projected   (n, 2) float64 metres in frame.crs
    returns            (n, 2) float64 metres, local
    """
    local: FloatArray = np.asarray(points_projected, float) - np.asarray(frame.origin_m)
    return local


def lonlat_from_local(frame: LocalFrame, points_local: FloatArray) -> FloatArray:
    """Return longitude and latitude, WGS84 degrees (n, 2), of local points (n, 2) in metres."""
    east_north = np.atleast_2d(np.asarray(points_local, float))[:, :2] + np.asarray(frame.origin_m)
    lon_deg, lat_deg = transformer(frame.crs, "EPSG:4326").transform(east_north[:, 0], east_north[:, 1])
    return np.column_stack([lon_deg, lat_deg])


def local_from_lonlat(frame: LocalFrame, lonlat_deg: FloatArray) -> FloatArray:
    """Return local metres (n, 2) of WGS84 longitudes and latitudes (n, 2) in degrees."""
    lonlat = np.atleast_2d(np.asarray(lonlat_deg, float))
    east, north = transformer("EPSG:4326", frame.crs).transform(lonlat[:, 0], lonlat[:, 1])
    local: FloatArray = np.column_stack([east, north]) - np.asarray(frame.origin_m)
    return local
