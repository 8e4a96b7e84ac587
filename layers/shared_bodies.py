"""What the buildings of a layer hand to workers, and the colours of their bodies' surfaces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from twin.models import Bodies
from twin.tiles import TileArrays

Colours = npt.NDArray[np.uint8]


def arrays_by_name(arrays: TileArrays, bodies: Bodies | None) -> dict[str, npt.NDArray[np.generic]]:
    """Return all arrays of tiles and bodies by the names they are shared under."""
    shared = {name: getattr(arrays, name) for name in arrays.__slots__}
    return shared if bodies is None else shared | {name: getattr(bodies, name) for name in bodies.__slots__}


def surface_colours(
    rgb: Colours, means: npt.NDArray[np.uint8], selected: npt.NDArray[np.bool_] | None, mark: tuple[float, float, float]
) -> Colours:
    """Return the colour of each vertex by the surface it belongs to.

    rgb        (kinds, 3) of each kind of surface
    means      (n,) the kind of each vertex
    selected   (n,) whether its building is selected; None selects none
    mark       of what is selected, 0 to 1
    """
    colours: Colours = rgb[means]
    if selected is not None:
        colours[selected] = (np.array(mark) * 255).round().astype(np.uint8)
    return colours
