"""Exhibits: sheets of paper with views of the city, to be hung on a wall or laid on a table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PAPERS_MM = {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "A2": (420.0, 594.0), "A1": (594.0, 841.0)}
"""Width and height standing upright; ISO 216."""
SCALES = tuple(k * 10**n for n in range(2, 7) for k in (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7.5))
"""Scales that sheets are drawn in where nobody asks for another: 1 to so much."""
SIDES = ("south", "west", "north", "east")


class ViewKind(StrEnum):
    """How a view of a sheet is drawn."""

    PLAN = "plan"
    """Straight down, to scale, north at the top."""
    PERSPECTIVE = "perspective"
    ELEVATION = "elevation"
    """Level and to scale, from one of the four sides."""
    SECTION = "section"
    """Level and to scale, square to the plane that cuts the city."""


@dataclass(frozen=True, slots=True)
class SheetView:
    """One view of a sheet."""

    kind: ViewKind = ViewKind.PERSPECTIVE
    title: str = ""
    """Written under it; "" says what it is."""
    scale: float = 0.0
    """1 to so much, of true ground; 0 takes the largest round one that shows everything. Not for perspective."""
    lon_deg: float | None = None
    """The middle; None is the middle of the city."""
    lat_deg: float | None = None
    distance_m: float = 0.0
    """For perspective: from the point looked at; 0 shows everything."""
    heading_deg: float = -28.0
    """For perspective: the direction looked in."""
    tilt_deg: float = 58.0
    """For perspective: 0 looks straight down."""
    view_angle_deg: float = 35.0
    """For perspective: the vertical field of view."""
    side: str = "south"
    """For an elevation: the side one stands at."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One sheet, as a project keeps it."""

    name: str
    title: str = ""
    """The heading; "" takes the name."""
    text: str = ""
    """Paragraphs, parted by empty lines."""
    paper: str = "A4"
    is_upright: bool = False
    views: tuple[SheetView, ...] = ()
    """The first is the largest; none takes a plan and a perspective."""
    date: str = ""
    """As it is to be written; "" takes the day it is drawn."""

    @property
    def size_mm(self) -> tuple[float, float]:
        """Return the sheet's width and height."""
        short, long = PAPERS_MM[self.paper]
        return (short, long) if self.is_upright else (long, short)


def round_scale(least: float) -> float:
    """Return the largest scale (the smallest number) of the usual ones that is at least 1 to so much."""
    return next((float(s) for s in sorted(SCALES) if s >= least), least)


def scale_text(scale: float) -> str:
    """Return a scale as people write it: 1:1,000."""
    return f"1:{scale:,.0f}" if scale >= 10 or scale == round(scale) else f"1:{scale:g}"
