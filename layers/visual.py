"""What draws one layer in one scene: the protocol of all visuals, and what they draw from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from layers.camera import Ray, Size, ray_through
from layers.colours import colour_rows
from layers.palettes import RgbArray
from layers.surface_colours import has_surfaces, surface_rgb
from twin.clock import moment_text
from twin.dates import Standing, standing_at
from twin.derived import column_rows, numbers_from_text, text_column
from twin.expression import shown_rows
from twin.layer import Layer, LayerState, Style
from twin.legend import Legend
from twin.session import Camera
from twin.terrain import FLAT, Ground

LOWEST_M = 0.15
"""Flat layers begin this high above the ground plane ..."""
STEP_M = 0.12
"""... and lie this far above each other: a depth buffer of 24 bits keeps them apart as far as the haze lets one see."""


@dataclass(frozen=True, slots=True, eq=False)
class Paint:
    """What a visual draws from: a layer, its state, and its colours a row."""

    layer: Layer
    state: LayerState
    theme: str
    """ "light" or "dark"."""
    rgb: RgbArray
    """(n,) colours a table row, (n, 3) uint8."""
    shown: npt.NDArray[np.bool_]
    """(n,) which rows are drawn."""
    surface_rgb: RgbArray | None = None
    """(256, 3) colours by what each surface of a body is (see layers.surface_colours); None where rows tell."""
    order: int = 0
    """Place among the flat layers: those with a higher number lie above."""
    ground: Ground = FLAT
    """What the layer lies on."""
    at_s: float | None = None
    """The moment it is of, for a layer that follows the clock; None for now, and for layers without dates."""

    @property
    def ground_m(self) -> float:
        """Return the height at which a flat layer lies."""
        return LOWEST_M + STEP_M * self.order

    def is_of(self, layer: Layer, style: Style, theme: str, order: int, at_s: float | None = None) -> bool:
        """Return whether it is what these make: another layer may have the same values."""
        has_same_values = (
            self.layer.table is layer.table and self.layer.heights is layer.heights and self.layer.gone is layer.gone
        )
        same = (self.state.style, self.theme, self.order, self.at_s) == (style, theme, order, at_s)
        return has_same_values and same

    def has_shape_of(self, other: Paint | None) -> bool:
        """Return whether the geometry is that of another paint: only colours and what is shown may differ."""
        return (
            other is not None
            and self.layer.features is other.layer.features
            and self.layer.model is other.layer.model
            and self.state.style.lod == other.state.style.lod
            and self.state.style.raised_by == other.state.style.raised_by
            and self.order == other.order
            and self.ground is other.ground
        )


@dataclass(frozen=True, slots=True)
class Aim:
    """A place of a picture that is asked about."""

    camera: Camera
    size_px: Size
    x_px: float
    y_px: float

    @property
    def ray(self) -> Ray:
        """Return the line of sight."""
        return ray_through(self.camera, self.size_px, self.x_px, self.y_px)


@dataclass(frozen=True, slots=True)
class Found:
    """What is under a place of a picture."""

    row: int
    """The layer's table row."""
    point_local: tuple[float, float, float]
    """Where the line of sight meets it, metres."""
    distance_m: float
    """From the eye, to tell which of several layers is in front."""
    surface: int = -1
    """What the surface there is (twin.models.Semantics), for city models; -1 otherwise."""


class Visual(Protocol):
    """Draws one layer. Made with (renderer, look); the first call is update(None, new)."""

    def update(self, old: Paint | None, new: Paint) -> None:
        """Take another state; other colours only rewrite colour arrays."""
        ...

    def select(self, rows: Iterable[int]) -> None:
        """Paint these table rows in the accent colour, and only these."""
        ...

    def set_scale(self, scale: float) -> None:
        """Draw what is measured in pixels this many times larger: pictures larger than the window."""
        ...

    def set_drawn(self, *, is_drawn: bool) -> None:
        """Leave everything out of the next pictures, or put it back; nothing is forgotten."""
        ...

    def feature_at(self, aim: Aim) -> Found | None:
        """Return the nearest feature drawn under a place of the picture."""
        ...

    @property
    def triangles(self) -> int:
        """Return how many triangles (or lines, or points) are drawn."""
        ...

    def remove(self) -> None:
        """Take everything away."""
        ...


def painted(
    layer: Layer, state: LayerState, *, theme: str, order: int = 0, at_s: float | None = None
) -> tuple[Paint, Legend]:
    """Return what a layer's visual draws from, and its legend.

    at_s     the moment shown, seconds since 1970, UTC; None for now
    raises   ColumnError, StyleError, ExpressionError  the style does not suit the layer
    """
    if state.style.label_by:
        column_rows(layer.table, state.style.label_by)  # said here if there is none, not once a frame
    wanted = shown = shown_rows(layer, state.style.filter)
    standing = standing_at(layer, state.style, at_s)
    if standing is not None:
        shown = wanted & standing.is_there
    rgb, legend = colour_rows(layer, state.style, theme=theme, shown=shown)
    of_surfaces = surface_rgb(state.style, theme) if has_surfaces(layer, state.style) else None
    if standing is not None:
        by_time = int((wanted & ~shown).sum())
        filtered = max(0, legend.hidden - by_time) if state.style.filter else 0
        legend = replace(legend, hidden=filtered, note=f"{legend.note} {standing_note(standing, at_s)}".strip())
    return Paint(layer, state, theme, rgb, shown, of_surfaces, order, at_s=at_s), legend


def standing_note(standing: Standing, at_s: float | None) -> str:
    """Return in a sentence what of a layer is drawn at a moment; "" where that is all of it."""
    if at_s is None or not (standing.not_yet or standing.gone):
        return ""
    parts = [f"{standing.not_yet:,} not there yet" if standing.not_yet else ""]
    parts.append(f"{standing.gone:,} gone" if standing.gone else "")
    parts.append(f"{standing.unknown:,} without a date are drawn" if standing.unknown else "")
    told = ", ".join(part for part in parts if part)
    day = moment_text(at_s)[:10].removesuffix("-12-31")
    return f"As of {day}: {told}." if told else f"As of {day}."


def raised_rows(paint: Paint) -> npt.NDArray[np.float32] | None:
    """Return how high each row is raised, (n,) metres, 0 where nothing is known; None for a layer on the ground.

    raises   ColumnError  there is no such column
    """
    column = paint.state.style.raised_by
    if not column:
        return None
    table = paint.layer.table
    rows = column_rows(table, column)
    numbers = rows.astype(np.float64) if rows.dtype.kind in "fiub" else numbers_from_text(text_column(table, column))
    return np.where(np.isfinite(numbers), np.clip(numbers, -1_000, 9_000), 0.0).astype(np.float32)
