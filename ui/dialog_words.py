"""The fixed texts of dialogs and of what floats over the city; a part of words.py."""

from __future__ import annotations

from collections.abc import Iterable

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
ONLINE_MAPS = "Fetch online maps from the network"
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
    "*.gml *.kml *.sqlite *.gdb *.dxf *.csv *.tab *.mif project.json *.citytwin "
    "*.tif *.tiff *.asc *.vrt *.hgt *.img *.jp2 *.mbtiles *.pmtiles);;All files (*)"
)
TOOL_HINTS = {
    "rectangle": "Draw a rectangle around what you want to select. Esc puts the tool down.",
    "stand": "Click the place to stand at. Esc puts the tool down.",
    "draw": "Corners, edges, right angles and parallels draw the cursor; "
    "hold Alt to go freely. Esc puts the tool down.",
    "measure": "Corners and edges draw the cursor; hold Alt to go freely. Esc puts the tool down.",
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


def open_title(file_name: str) -> str:
    """Return the title of the questions before opening."""
    return f"Open {file_name}"


def which_layers(file_name: str, number: int) -> str:
    """Return the question which layers to open."""
    return f"{file_name} has {number:,} layers. Which shall be opened?"


def which_files(folder: str, number: int) -> str:
    """Return the question which files of a folder to open."""
    return f"{folder} is a folder with {number:,} maps. Which shall be opened?"


def crs_question(file_name: str) -> str:
    """Return the question where a file lies."""
    return f"{file_name} does not say which coordinates it uses."


def crs_guess(guessed: str) -> str:
    """Return what was guessed about the CRS."""
    if guessed:
        return f"From its numbers, {guessed} is likely. Confirm it, or type another."
    return "Its numbers allow no guess. The office that made the file will know."


def nothing_found(text: str) -> str:
    """Return what search says when it finds nothing."""
    return f"Nothing found for “{text}”. Try part of a name, an id, or a lon/lat such as 13.405, 52.52."


def past_notice(text: str, hint: str, details: Iterable[str]) -> str:
    """Return one notice of the list of past ones."""
    return "\n".join([text, *([hint] if hint else []), *(f"  {line}" for line in details)])


def picture_size(name: str, size_px: tuple[int, int] | None) -> str:
    """Return a choice of picture size."""
    return f"{PICTURE_SIZES[name]}, {size_px[0]} × {size_px[1]}" if size_px else PICTURE_SIZES[name]
