"""The fixed texts of dialogs and of what floats over the city; a part of words.py."""

from __future__ import annotations

PREFERENCES = "Preferences"
GENERAL = "General"
THEME = "Theme"
THEME_NAMES = {"light": "Light", "dark": "Dark"}
TEXT_SIZE = "Text size"
MOUSE = "Mouse"
MOUSE_NAMES = {"map": "Map: left drag moves the ground", "cad": "CAD: left drag orbits"}
COORDINATES = "Coordinates"
COORDINATE_NAMES = {
    "lonlat": "Longitude and latitude, decimal",
    "sexagesimal": "Degrees, minutes, seconds",
    "projected": "The project's coordinate system",
    "local": "Metres from the project's origin",
}
SMOOTH_MOTION = "Fly smoothly"
A_PLACE = "Place"
NO_SAMPLE = "There is no sample city here."
SAMPLE = "the sample city"
SAVING = "Drawing the picture in full detail"
CLEAR = "Clear"
FLY_HERE = "Fly here"
COPY_COORDINATES = "Copy longitude and latitude"
SELECT_THIS = "Select this"
NO_PICTURES = "Pictures cannot be saved here."
KEY_TIP = "Press the new key"
KEY_DEFAULT = "Put back"
SEARCH = "Search"
SEARCH_HINT = "A name, an id, or 13.405, 52.52"
SEARCH_RESULTS = "Found"
RIGHT_PANEL = "Selection and style"
TOOL_BAR = "Tools"
NOTHING_RECENT = "Nothing yet"
NOTHING_SAID = "Nothing was said yet."
COPY = "Copy"
ABOUT_MORE = "MIT licence. Map data keeps the licences of its makers; see each layer's information."
FILE_FILTER = (
    "Geodata (*.gpkg *.geojson *.json *.geojsonl *.geojsons *.topojson *.shp *.zip *.fgb *.parquet *.geoparquet "
    "*.gml *.kml *.sqlite *.gdb *.dxf *.csv *.tab *.mif);;All files (*)"
)
TOOL_HINTS = {
    "rectangle": "Draw a rectangle around what you want to select. Esc puts the tool down.",
    "stand": "Click the place to stand at. Esc puts the tool down.",
}
STANDING_HINT = "W, A, S and D walk, dragging looks around, Esc flies again."
PICTURE_SIZE = "Size"
PICTURE_WIDTH = "Width"
PICTURE_HEIGHT = "Height"
PICTURE_LEGEND = "With the legend"
PICTURE_FURNITURE = "With north arrow, scale or camera, and credits"
PICTURE_NAME = "city.png"
PICTURE_FILTER = "PNG picture (*.png);;JPEG picture (*.jpg *.jpeg)"
PICTURE_SIZES = {
    "screen": "As on screen",
    "full_hd": "Full HD",
    "uhd": "4K",
    "a4": "A4 at 300 dpi, landscape",
    "own": "Own size",
}
