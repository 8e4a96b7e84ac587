"""The usual names of columns that say how high a building is, in the languages of published data.

A name is compared without case, accents, spaces and signs, once whole and once without what stands before its last
">" , ":" or ".". source: PLATEAU and CityGML 2.0 (measuredHeight, storeysAboveGround), OpenStreetMap wiki "Simple 3D
Buildings", IGN BD TOPO v3, 3D BAG, City Energy Analyst, Swiss GWR, New York and San Francisco open data, Overture Maps.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

MEASURED = (
    "measuredheight", "計測高さ", "建物高さ", "建築物高さ", "建築物の高さ", "buildingheight", "bldgheight", "bldgheigh",
    "bldgheigt", "heightag", "heightaboveground", "heightagl", "hgtagl", "hauteur", "gebaudehohe",
    "gebaeudehoehe", "gebhoehe", "height", "hoehe", "hohe", "hgt", "bldghgt", "bldgh", "heightm",
    "heightroof", "roofheight", "relhmax", "relh2", "altezza", "altura", "alturaedif", "wysokosc", "hojde",
    "hoyde", "hojd", "hoogte", "gebouwhoogte", "korkeus", "vyska", "visina", "magassag", "inaltime",
    "yukseklik", "высота", "高さ", "高度", "建筑高度", "建物高度", "높이", "건물높이", "ridgeheight", "firsthoehe",
    "firsthohe", "eaveheight", "eavesheight", "traufhoehe", "traufhohe", "hgtmedianm", "hgtmaxcm",
    "hgtmediancm", "heightmax", "maxhgt", "meanheight", "heightmean", "heightmedian", "heightft",
    "heightfeet", "heightcm", "hoehem", "hohem", "hauteurm",
)  # fmt: skip
"""In the order of preference."""
ROOF = (
    "zmaxtoit", "b3h70p", "b3hmax", "b3hdak70p", "b3hdakmax", "roofz", "roofelev", "roofelevation", "zroof",
    "absh2", "abshmax", "elevroof", "zmaxroof", "topelev", "maxelev", "zmintoit", "toitz", "dachz",
)  # fmt: skip
GROUND = (
    "zminsol", "b3hmaaiveld", "groundz", "groundelev", "groundelevation", "zground", "abshmin", "elevgl",
    "elevground", "baseelev", "baseelevation", "minelev", "zmaxsol", "gelaendehoehe", "gelandehohe",
)  # fmt: skip
STOREYS = (
    "storeysaboveground", "storiesaboveground", "buildinglevels", "bldglevels", "levels", "storeys",
    "stories", "bldgstories", "bldgstoreys", "numstories", "nostories", "numstoreys", "floorsag",
    "floorsaboveground", "numfloors", "nofloors", "nfloors", "numberoffloors", "numfloor", "floors",
    "floorcount", "storeyscount", "nbetages", "nbetage", "etages", "nombreetages", "geschosse",
    "geschossanzahl", "anzahlgeschosse", "anzgeschosse", "geschosszahl", "geschossza", "vollgeschosse",
    "aog", "anzahlderoberirdischengeschosse", "gastw", "階数", "地上階数", "地上階", "地上階層数", "建物階数", "piani",
    "numpiani", "plantas", "numplantas", "pisos", "numpisos", "kerrosluku", "ikerrlkm", "kerroksia",
    "etager", "antaletager", "vaningar", "antaletasjer", "bouwlagen", "b3bouwlagen", "verdiepingen",
    "kondygnacje", "liczbakond", "этажность", "этажей", "层数", "층수", "지상층수",
)  # fmt: skip
BASE = ("minheight", "buildingminheight", "baseheight", "basem", "underside", "heightbase", "hauteurmin")
BASE_STOREYS = ("buildingminlevel", "minlevel", "minfloor")
USE = (
    "buildinguse", "use", "usage", "usage1", "buildinguse1", "function", "funktion", "gebaudefunktion",
    "gebaeudefunktion", "gebaudenutzung", "nutzung", "nutzungsart", "用途", "building", "建物用途", "usetype",
    "landuse", "buildingtype", "bldgtype", "bldguse", "category", "categorie", "class", "type", "nature",
    "occupancy", "uso", "destination", "gkat", "gklas",
)  # fmt: skip
BUILDING_WORDS = re.compile(
    r"build|bldg|footprint|batiment|bati(?![a-z])|edific|gebae|gebau|gebouw|hausumring|hauser|byggnad|bygning|rakennus|budyn"
    r"|budov|zgrad|epulet|house|(?<![a-z])pand(?![a-z])|zdani|建物|建築|建筑|건물|здани",
)
IS_BUILDING = {
    "building", "buildingid", "buildingtype", "buildingpart", "bldgid", "bldg", "batiment", "gebaeude", "gebaude",
    "建物id", "egid", "bin", "bagid", "identificatiepand", "buildingname", "buildinguse", "bldgtype",
}  # fmt: skip
"""Columns that only layers of buildings have."""


CUT_BYTES = (9, 10)
"""Lengths of a name that a shapefile may have cut; 9 where the tenth byte was half a character."""
SHORTEST_CUT = 8
_UNIT = r"(?:mm|cm|m|ｍ|ft|feet|mtr|met(?:er|re)[sn]?|m[eè]tres?|メートル)"
WITH_UNIT = re.compile(
    rf"\s*(?:[\[(（]\s*(?:in\s+)?{_UNIT}\s*[\])）]|(?:[\s_]+(?:in|en)[\s_]+|\s*[/,]\s*){_UNIT})\s*$", re.IGNORECASE
)
"""A unit at a name's end: "Höhe [m]", "高さ(m)", "Höhe in Metern"."""
NOT_WHOLE = {"roof", "min", "max", "tower", "step", "kerb", "ceiling", "surface"}
"""What stands before a colon when the value is not the whole building's: roof:height, roof:levels."""


def plain(name: str) -> str:
    """Return a name in small letters and figures only, accents taken off."""
    decomposed = unicodedata.normalize("NFKD", name.replace("ß", "ss").lower())
    kept = "".join(c for c in decomposed if not unicodedata.combining(c) or c in "\u3099\u309a")
    return "".join(c for c in unicodedata.normalize("NFC", kept) if c.isalnum())


def forms(name: str) -> tuple[str, ...]:
    """Return the forms of a column's name that are looked up: whole, and what stands after its last separator.

    A unit at its end is left out: how it scales the column is data.height_values' affair.
    """
    name = WITH_UNIT.sub("", name) or name
    pieces = re.split(r"[>:.＞：/]", name)
    if len(pieces) == 1:
        return (plain(name),)
    if plain(pieces[-2]) in NOT_WHOLE:
        return ()
    return tuple(dict.fromkeys((plain(name), plain(pieces[-1]))))


@cache
def _plain_all(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(plain(name) for name in names)


def rank(name: str, names: tuple[str, ...]) -> int | None:
    """Return a column's place in a list of usual names; None if it is not there.

    Shapefiles cut names after ten bytes: "measuredHe" is the first usual name that begins like that.
    """
    names = _plain_all(names)
    places = [names.index(form) for form in forms(name) if form in names]
    if not places and len(name.encode("utf-8", "replace")) in CUT_BYTES:
        cut = [form for form in forms(name) if len(form.encode()) >= SHORTEST_CUT]
        places = [place for place, usual in enumerate(names) for form in cut if usual.startswith(form)]
    return min(places, default=None)


def is_named_as_building(name: str) -> bool:
    """Return whether a file's or layer's name says that it holds buildings."""
    decomposed = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    return bool(BUILDING_WORDS.search(unicodedata.normalize("NFC", decomposed)) or BUILDING_WORDS.search(name.lower()))
