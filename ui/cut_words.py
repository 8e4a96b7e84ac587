"""What the window says of the cut."""

from __future__ import annotations

PANEL = "Section"
IS_ON = "Cut the city"
EAST, NORTH = "East", "North"
HEADING = "Looking towards"
WIDTH, DEPTH, BOTTOM, TOP = "Width", "Depth", "From height", "To height"
FACE, REMOVE = "View of the section", "Remove"
POINT_TIP = "In the map's own metres"
HEADING_TIP = "Degrees from grid north; what lies ahead is kept"
PLANE_HINT = "Drag the round handle to move the section and the square ones to turn it. X shows the whole city again."
BOX_HINT = "Drag the round handle to move the box, the square ones to size it and the ring to turn it."
NOTHING_OPEN = "Open a file first; then it can be cut."
