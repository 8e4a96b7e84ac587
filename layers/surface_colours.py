"""What the surfaces of a city model look like: roofs, walls, ground and the rest, each in a colour of its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from layers.palettes import SURFACE, RgbArray, rgb
from twin.errors import StyleError
from twin.layer import Layer, Style
from twin.models import Bodies, Semantics

BLOCK = 255
"""Stands for a block that was raised from an outline, where Semantics are listed."""

LABELS: dict[Semantics, str] = {
    Semantics.ROOF: "roof",
    Semantics.WALL: "wall",
    Semantics.GROUND: "ground",
    Semantics.WINDOW: "window",
    Semantics.DOOR: "door",
    Semantics.OUTER_FLOOR: "outer floor",
    Semantics.OUTER_CEILING: "outer ceiling",
    Semantics.CLOSURE: "closure",
    Semantics.INSTALLATION: "installation",
    Semantics.WATER: "water",
    Semantics.TRAFFIC: "traffic area",
    Semantics.BESIDE_TRAFFIC: "beside traffic",
    Semantics.TERRAIN: "terrain",
    Semantics.PLANT: "vegetation",
    Semantics.OTHER: "other",
    Semantics.UNSTATED: "not stated",
}
"""In the legend's order; also the keys of Style.colors."""
COLORS: dict[str, dict[Semantics, str]] = {
    "light": {
        Semantics.ROOF: "#c0705a", Semantics.WALL: "#efe7d8", Semantics.GROUND: "#a59d90",
        Semantics.WINDOW: "#7fa6bf", Semantics.DOOR: "#8a6a4c", Semantics.OUTER_FLOOR: "#cfc5b4",
        Semantics.OUTER_CEILING: "#b9b0a2", Semantics.CLOSURE: "#dcd6cc", Semantics.INSTALLATION: "#b79f86",
        Semantics.WATER: "#a9c9dc", Semantics.TRAFFIC: "#d9d6d0", Semantics.BESIDE_TRAFFIC: "#cdd3bb",
        Semantics.TERRAIN: "#dcd8c4", Semantics.PLANT: "#a8c08c", Semantics.OTHER: "#cfc8d6",
        Semantics.UNSTATED: "#e4ded2",
    },
    "dark": {
        Semantics.ROOF: "#b5674f", Semantics.WALL: "#7b828c", Semantics.GROUND: "#4a4f57",
        Semantics.WINDOW: "#e2c987", Semantics.DOOR: "#6b5038", Semantics.OUTER_FLOOR: "#5f646c",
        Semantics.OUTER_CEILING: "#575c64", Semantics.CLOSURE: "#6a6f77", Semantics.INSTALLATION: "#7d6c58",
        Semantics.WATER: "#24405a", Semantics.TRAFFIC: "#4d545e", Semantics.BESIDE_TRAFFIC: "#3d4c40",
        Semantics.TERRAIN: "#39413f", Semantics.PLANT: "#3f5c46", Semantics.OTHER: "#6d6478",
        Semantics.UNSTATED: "#6d7683",
    },
}  # fmt: skip


def has_surfaces(layer: Layer, style: Style) -> bool:
    """Return whether a style colours by what each surface is."""
    return style.color_by == SURFACE and layer.model is not None


def surface_rgb(style: Style, theme: str) -> RgbArray:
    """Return the colour of each kind of surface, (256, 3), by Semantics and for BLOCK.

    raises   StyleError  a colour that was chosen by hand is none, or its surface unknown
    """
    colors = COLORS["dark" if theme == "dark" else "light"]
    table = np.broadcast_to(np.array(rgb(colors[Semantics.UNSTATED]), np.uint8), (256, 3)).copy()
    for means, color in colors.items():
        table[means] = rgb(color)
    by_label = {label: means for means, label in LABELS.items()}
    for label, color in style.colors:
        if label not in by_label:
            raise StyleError(f'There is no surface "{label}".', hint=f"Write one of {', '.join(by_label)}.")
        table[by_label[label]] = rgb(color)
    table[BLOCK] = table[Semantics.ROOF]
    return table


def surface_counts(bodies: Bodies, style: Style, shown: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return how many surfaces of each kind are drawn, (16,) by Semantics."""
    row = np.repeat(np.arange(len(shown)), np.diff(bodies.body_row_start))
    is_drawn = (bodies.body_levels >> np.uint16(bodies.bit_of(style.lod))) & np.uint16(1) > 0
    counted: npt.NDArray[np.int64] = np.bincount(bodies.body_semantics[is_drawn & shown[row]], minlength=len(Semantics))
    return counted
