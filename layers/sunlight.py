"""Where the sun of the picture stands, and the colours of its light.

By default a fixed light comes from the south-west, so that walls that face south or west are lit. The true sun of a
place and a moment takes its place where people ask for it; then sky, light and shadows follow its altitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, degrees, radians, sin, sqrt

import numpy as np
import numpy.typing as npt

SUN_AZIMUTH_RAD = radians(228)
SUN_ALTITUDE_RAD = radians(43)
GRAZING = 0.5
"""On level ground light falls at least this steeply: in truth shadows of a low sun would hardly be told from light."""

Vector = tuple[float, float, float]


def sun_direction() -> npt.NDArray[np.float64]:
    """Return the unit vector towards the fixed light; east, north, up."""
    flat = cos(SUN_ALTITUDE_RAD)
    return np.array([flat * sin(SUN_AZIMUTH_RAD), flat * cos(SUN_AZIMUTH_RAD), sin(SUN_ALTITUDE_RAD)])


@dataclass(frozen=True, slots=True)
class Sunlight:
    """Where light comes from."""

    direction: Vector
    """Unit vector towards the sun; the frame's east, north, up."""
    altitude_deg: float
    """Above the horizon as it is seen, without the frame's scale."""
    is_true: bool = True
    """Whether it is the sun of a place and a moment; False is the fixed light."""

    @property
    def has_shadows(self) -> bool:
        """Return whether things cast shadows of their own shape: the true sun, above the horizon."""
        return self.is_true and self.direction[2] > 0

    @property
    def drop(self) -> float:
        """Return how far light falls over a metre of ground."""
        return self.direction[2] / max(sqrt(self.direction[0] ** 2 + self.direction[1] ** 2), 1e-9)

    @property
    def shading(self) -> npt.NDArray[np.float64]:
        """Return the vector (3,) that surfaces are shaded by: the direction, but steep enough for level ground."""
        if not self.is_true:
            return np.array(self.direction)
        return np.array([self.direction[0], self.direction[1], max(self.direction[2], GRAZING)])


STUDIO = Sunlight(tuple(sun_direction().tolist()), degrees(SUN_ALTITUDE_RAD), is_true=False)


@dataclass(frozen=True, slots=True)
class SkyLight:
    """What a sun does to the colours of a theme; (3,) each."""

    zenith: npt.NDArray[np.float64]
    horizon: npt.NDArray[np.float64]
    glow: npt.NDArray[np.float64]
    """The sky around the sun."""
    glow_share: float
    """How much of it shows."""
    beam: npt.NDArray[np.float64]
    """By what the theme's sun is multiplied ..."""
    sky: npt.NDArray[np.float64]
    """... and the theme's light from sky and ground; level ground in shadow too."""
    risen: float
    """0 while it is down, 1 once it is up."""


_ALTITUDES_DEG = (-18.0, -10.0, -4.0, -0.6, 3.0, 10.0, 25.0, 45.0, 65.0, 90.0)
"""What the tables below are given for; between them everything is linear."""
# Tints are mild on purpose, and those of sun and sky cancel out on what is level: a colour of a legend keeps its hue in
# the light, in shadow and at night. What is warm at sunset is the sky, and walls that face the sun.
_SKY = (
    (0.68, 0.69, 0.74), (0.73, 0.74, 0.79), (0.84, 0.85, 0.90), (1.00, 1.00, 1.04), (1.02, 1.02, 1.06),
    (1.03, 1.03, 1.06), (1.04, 1.04, 1.05), (1.04, 1.04, 1.04), (1.04, 1.04, 1.04), (1.04, 1.04, 1.04),
)  # fmt: skip
_BEAM = (
    (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (1.10, 0.93, 0.74),
    (1.07, 0.98, 0.88), (1.05, 1.00, 0.98), (0.88, 0.88, 0.88), (0.70, 0.70, 0.70), (0.64, 0.64, 0.64),
)  # fmt: skip
_ZENITH = (
    (0.050, 0.070, 0.150), (0.085, 0.130, 0.260), (0.190, 0.280, 0.470), (0.330, 0.450, 0.660), (0.410, 0.560, 0.770),
    (0.440, 0.610, 0.820), (0.460, 0.640, 0.840), (0.440, 0.630, 0.850), (0.420, 0.620, 0.850), (0.410, 0.610, 0.850),
)  # fmt: skip
_HORIZON = (
    (0.150, 0.185, 0.280), (0.260, 0.300, 0.410), (0.560, 0.540, 0.600), (0.830, 0.720, 0.680), (0.910, 0.845, 0.780),
    (0.900, 0.895, 0.880), (0.870, 0.910, 0.940), (0.870, 0.910, 0.940), (0.870, 0.910, 0.945), (0.870, 0.910, 0.945),
)  # fmt: skip
_GLOW = (
    (0.16, 0.19, 0.29), (0.45, 0.36, 0.38), (0.95, 0.58, 0.38), (1.00, 0.66, 0.38), (1.00, 0.80, 0.52),
    (1.00, 0.92, 0.74), (1.00, 0.98, 0.92), (1.00, 1.00, 0.97), (1.00, 1.00, 0.98), (1.00, 1.00, 0.98),
)  # fmt: skip
_GLOW_SHARE = (0.0, 0.45, 0.85, 0.95, 0.95, 0.85, 0.70, 0.60, 0.55, 0.55)


def sky_light(altitude_deg: float) -> SkyLight:
    """Return what the sun at an altitude does to the colours of the light theme."""

    def at(table: tuple[Vector, ...]) -> npt.NDArray[np.float64]:
        columns = np.array(table).T
        return np.array([np.interp(altitude_deg, _ALTITUDES_DEG, column) for column in columns])

    share = float(np.interp(altitude_deg, _ALTITUDES_DEG, _GLOW_SHARE))
    # what the table gives for low suns would begin before sunrise otherwise
    risen = float(np.clip((altitude_deg + 0.3) / 0.9, 0.0, 1.0))
    low = at(_BEAM) if altitude_deg >= 3.0 else np.array(_BEAM[4])
    return SkyLight(at(_ZENITH), at(_HORIZON), at(_GLOW), share, low * risen, at(_SKY), risen)


def shadow_reach_m(height_m: float, sunlight: Sunlight) -> float:
    """Return how far something's shadow reaches over level ground, metres of the frame; infinite without a sun."""
    return height_m / sunlight.drop if sunlight.drop > 0 else float("inf")
