"""The colours of terrain: the theme's ground, one colour, or a ramp over its heights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layers.look import Theme
from layers.palettes import hexadecimal, ramp, rgb
from twin.layer import Kind, Layer, Style
from twin.legend import Legend, LegendEntry, LegendKind

BY_HEIGHT = ("elevation", "height", "elevation_m", "height_m")
"""What a style's color_by says for colours by height."""
STEPS = 64
ANCHORS = ((118, 152, 110), (176, 190, 134), (222, 212, 168), (196, 164, 124), (150, 120, 104), (240, 240, 240))
"""From meadows over dry slopes to rock and snow."""
TICKS = 5


def heights_rgb(
    style: Style, theme: Theme, height_m: npt.NDArray[np.floating], range_m: tuple[float, float]
) -> npt.NDArray[np.float64]:
    """Return the colour of ground at heights (n,) before light falls on it, (n, 3) 0 to 1."""
    if style.color_by in BY_HEIGHT:
        colours = elevation_ramp(style) / 255.0
        low, high = range_m
        place = np.nan_to_num((height_m - low) / max(high - low, 1e-6)) * (STEPS - 1)
        return np.asarray(colours[np.clip(place.round().astype(np.int64), 0, STEPS - 1)])
    one = np.array(rgb(style.color)) / 255.0 if style.color else np.array(theme.ground)
    return np.broadcast_to(one, (len(height_m), 3))


def elevation_ramp(style: Style) -> npt.NDArray[np.uint8]:
    """Return the colours from the lowest to the highest, (STEPS, 3)."""
    if style.colormap:
        return ramp(style.colormap, STEPS, is_reversed=style.is_reversed)
    anchors = np.array(ANCHORS)
    at = np.linspace(0, len(anchors) - 1, STEPS)
    if style.is_reversed:
        at = at[::-1]
    channels = [np.interp(at, np.arange(len(anchors)), anchors[:, c]) for c in range(3)]
    return np.column_stack(channels).round().astype(np.uint8)


def terrain_legend(layer: Layer, style: Style, theme: Theme) -> Legend:
    """Return what the terrain's colours mean."""
    info, shape = layer.info, Kind.POLYGONS
    if layer.terrain is None or style.color_by not in BY_HEIGHT:
        colour = style.color or hexadecimal(round(255 * c) for c in theme.ground)
        entry = LegendEntry(info.name, colour, info.shown)
        return Legend(info.id, info.name, shape, LegendKind.SINGLE, info.name, entries=(entry,), shown=info.shown)
    low, high = layer.terrain.range_m
    places = np.linspace(0, 1, TICKS)
    ticks = tuple((float(p), f"{low + p * (high - low):,.0f}") for p in places)
    stops = tuple(hexadecimal(colour) for colour in elevation_ramp(style)[:: STEPS // 16])
    return Legend(
        info.id, info.name, shape, LegendKind.RAMP, "elevation", unit="m", stops=stops, ticks=ticks, shown=info.shown
    )
