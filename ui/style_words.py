"""The names of the style fields and colour schemes; a part of words.py."""

from __future__ import annotations

from twin.layer import Scheme

STYLE_FIELDS: dict[str, tuple[str, str]] = {
    "color": ("Colour", "One colour for everything"),
    "color_by": ("Colour by", "The column that gives the colours"),
    "scheme": ("Classes by", "How numbers become colours"),
    "classes": ("Number of classes", "2 to 12"),
    "colormap": ("Colours", "From low to high; all are safe for colour-blind readers unless marked"),
    "is_reversed": ("Reverse the colours", "High values take the first colours"),
    "opacity": ("Opacity", "100 % hides what is behind"),
    "filter": ("Show only", 'For example: height > 30 and use == "office"'),
    "label_by": ("Label with", "The column written beside each thing"),
    "raised_by": ("Height above ground", "The column that lifts each thing, in metres"),
    "size_px": ("Size on screen", "Diameter of points, width of lines, in pixels"),
    "unit": ("Unit", "Shown in the legend"),
    "colors": ("Colours of values", "Colours chosen by hand"),
    "lod": ("Level of detail", "How finely each body of the model is drawn"),
    "follows_time": ("Follow the time bar", "Draw only what stood at the time shown"),
    "since_field": ("Exists since", "The column with the year or date each row came to be"),
    "until_field": ("Exists until", "The column with the year or date each row ended"),
}


def proposed_column(name: str) -> str:
    """Return what stands for the column that is found by its name."""
    return f"{name} (found)" if name else "None found"


ELEVATION_COLUMN = "elevation, from low to high"
SURFACE_COLUMN = "Roofs, walls, ground"
FINEST_LOD = "Finest there is"
SURFACE_CLICKED, SURFACE_CLICKED_TIP = "Surface", "What was clicked of the building"
SURFACES = {
    0: "Ground",
    1: "Wall",
    2: "Roof",
    3: "Closure",
    4: "Outer floor",
    5: "Outer ceiling",
    6: "Window",
    7: "Door",
    10: "Water",
    11: "Traffic area",
    12: "Beside traffic",
    13: "Terrain",
    14: "Vegetation",
    15: "Installation",
}
"""What twin.models.Semantics are called; those that say nothing have no name."""
SCHEMES = {
    None: "Automatic",
    Scheme.CONTINUOUS: "Continuous",
    Scheme.QUANTILES: "Equal counts (quantiles)",
    Scheme.EQUAL_INTERVAL: "Equal steps",
    Scheme.NATURAL_BREAKS: "Natural breaks",
    Scheme.STD_MEAN: "Distance from the mean",
    Scheme.CATEGORICAL: "One colour a value",
}
