"""What people read about live figures and their charts."""

from __future__ import annotations

from twin.live_figures import Reduce, Where

FIGURES = "Live figures"
FEED, WHAT, WHERE = "Feed", "Figure", "Where"
COUNT = "how many"
ADD_CHART, REMOVE_CHART = "Add a chart", "Remove this chart"
CHART_TIP = "Wheel: zoom; drag: move; the A in the corner: all of it"
PLACES = {
    Where.EVERYWHERE: "Everywhere",
    Where.VIEW: "In view",
    Where.SELECTION: "In the selection",
    Where.AREA: "In an area…",
}
DRAW_AREA = "Drag a rectangle, or click corners and end with a double click. Escape: none"
NO_SELECTION = "Nothing is selected."
NO_AREA = "No area is drawn."
NO_FEEDS = "No live data yet. Add a feed, or open a recording."
READING = "reading what was before…"
REDUCED = {Reduce.MEAN: "mean", Reduce.SUM: "sum", Reduce.MAX: "highest", Reduce.MIN: "lowest"}


def of_value(reduce: Reduce, name: str) -> str:
    """Return what a figure of a value is called."""
    return f"{REDUCED[reduce]} {name}"


def of_things(count: int, all_things: int) -> str:
    """Return of how many things a figure is."""
    return f"of {count:,} of {all_things:,}" if count != all_things else f"of {count:,}"
