"""Which rasters heights of buildings are taken from. Small, so that who only names them loads no raster library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from twin.layer import Layer
from twin.project import LayerSource

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

    def named(self) -> tuple[tuple[str, str], ...]:
        """Return those there are, as ("dsm", path) and so on."""
        every = (("dsm", self.dsm), ("dtm", self.dtm), ("hag", self.hag))
        return tuple((what, path) for what, path in every if path)

    def words(self) -> str:
        """Return which rasters, and how, in words."""
        names = [Path(name).name for name in ((self.hag,) if self.hag else (self.dsm, self.dtm))]
        return f"{PERCENTILE}th percentile of the cells inside the footprint: {' minus '.join(names)}"


def rasters_of_layer(layer: Layer) -> HeightRasters | None:
    """Return the rasters that a layer's heights were taken from; None where there were none."""
    heights = layer.heights
    return HeightRasters(heights.dsm, heights.dtm, heights.hag) if heights is not None and heights.surface else None


def rasters_of_source(source: LayerSource) -> HeightRasters | None:
    """Return the rasters that a project's layer takes its heights from; None for none."""
    paths = {raster.what: raster.path for raster in source.rasters}
    return HeightRasters(**{what: paths.get(what, "") for what in ("dsm", "dtm", "hag")}) if paths else None
