"""What the window says about exports."""

from __future__ import annotations

from collections.abc import Sequence

TITLE = "Export the city"
FORMAT, LAYERS, FILTER = "Format", "Layers", "Only rows where"
FILTER_TIP = 'An expression over columns, such as height > 30 and use == "office"; layers without them go whole'
WITH_PERSONAL = "Take columns about people along (not for the public)"
NOTHING_LEFT_OUT = "No column looks as if it were about people."
FORMATS = {
    "glb": ("GLB (Blender, web viewers, game engines)", "GLB (*.glb)", ".glb"),
    "cityjson": ("CityJSON 2.0 (GIS and city model software)", "CityJSON (*.city.json)", ".city.json"),
    "3dtiles": ("3D Tiles 1.1 (CesiumJS and web globes)", "", ""),
    "gpkg": ("GeoPackage (QGIS and other GIS)", "GeoPackage (*.gpkg)", ".gpkg"),
}
FOLDER_TITLE = "Where the tileset's folder is to be made"
FOLDER_NAME = "tileset"
EXPORT, WRITING = "Export…", "Writing the export"


def left_out(fields: Sequence[str]) -> str:
    """Return which columns stay at home."""
    if not fields:
        return NOTHING_LEFT_OUT
    return f"These stay at home, they are or look personal: {', '.join(fields)}. The data doctor asks about each."


def written(path: str, rows: int, layers: int, size_bytes: int) -> str:
    """Return what was written."""
    return f"{rows:,} rows of {layers} layer{'s' if layers != 1 else ''} written, {size_bytes / 1e6:.1f} MB: {path}"
