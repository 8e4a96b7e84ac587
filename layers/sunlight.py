"""Where the sun of the picture stands: from the south-west, so that walls that face south or west are lit."""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np
import numpy.typing as npt

SUN_AZIMUTH_RAD = radians(228)
SUN_ALTITUDE_RAD = radians(43)


def sun_direction() -> npt.NDArray[np.float64]:
    """Return the unit vector towards the sun; east, north, up."""
    flat = cos(SUN_ALTITUDE_RAD)
    return np.array([flat * sin(SUN_AZIMUTH_RAD), flat * cos(SUN_AZIMUTH_RAD), sin(SUN_ALTITUDE_RAD)])
