"""Which rasters heights of buildings are taken from. Small, so that who only names them loads no raster library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PERCENTILE = 70
"""Of the cells inside a footprint: a roof's usual height, above what cells at the edges share with the ground, below
masts and trees that lean over. source: the same percentile as the block models of the 3D BAG (TU Delft, b3_h_70p)."""


@dataclass(frozen=True, slots=True)
class HeightRasters:
    """The rasters that heights are taken from; "" for none."""

    dsm: str = ""
    """Elevations of what is seen from above: roofs, trees, ground."""
    dtm: str = ""
    """Elevations of the bare ground."""
    hag: str = ""
    """Heights above the ground."""

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.dsm or self.dtm or self.hag)

    def words(self) -> str:
        """Return which rasters, and how, in words."""
        names = [Path(name).name for name in ((self.hag,) if self.hag else (self.dsm, self.dtm))]
        return f"{PERCENTILE}th percentile of the cells inside the footprint: {' minus '.join(names)}"
