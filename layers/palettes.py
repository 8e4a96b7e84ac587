"""Colours: ramps for numbers, a palette for categories, and what a layer looks like before anyone styles it.

All ramps run from light to dark or dark to light evenly, so that they also read without colour vision and in grey.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from twin.errors import StyleError
from twin.layer import Kind, LayerInfo, Style
from twin.search import folded

RgbArray = npt.NDArray[np.uint8]

SURFACE = "surface"
"""What Style.color_by says to colour by what each surface is."""

RAMPS: dict[str, tuple[str, ...]] = {
    # White card to deep water: low houses stay paper, towers stand out.
    "paper": ("#f3ecdd", "#e6e1ca", "#c6d5bd", "#96bfb2", "#659fa9", "#41809a", "#2d6489", "#244a78"),
    # The same at night: low houses rest in the dark, towers glow.
    "lantern": ("#3c444f", "#465a68", "#4a7480", "#579190", "#7cae9a", "#b2c9a3", "#e4deb2", "#fdf3cf"),
    "dusk": ("#f8ead6", "#f3cfae", "#e8ab8c", "#d3847c", "#b06078", "#824a74", "#573a68", "#332b54"),
    "dawn": ("#3a3a52", "#5a4a6c", "#825c7e", "#aa7083", "#cd8b86", "#e5ad92", "#f4d0ac", "#fdf0d4"),
    "tide": ("#2f5d8a", "#6b9ac0", "#b4cfdf", "#f1ede4", "#ebc79f", "#d1925a", "#9c5a25"),
    "tide_night": ("#8fc1ea", "#5d90bd", "#45627d", "#47494d", "#7d6148", "#c08a4e", "#f3c483"),
    # F. Crameri, Scientific colour maps, doi.org/10.5281/zenodo.1243862, MIT; ten of its steps
    "batlow": (
        "#011959", "#103f60", "#1c5a62", "#3c6d56", "#687b3e", "#9d892b", "#d29343", "#f8a17b", "#fdb7bc", "#faccfa",
    ),
}  # fmt: skip
"""Our own colour maps by name; every colour map of matplotlib may be named too."""

DEFAULT_RAMPS = {
    ("height", "light"): "paper",
    ("height", "dark"): "lantern",
    ("number", "light"): "dusk",
    ("number", "dark"): "dawn",
    ("deviation", "light"): "tide",
    ("deviation", "dark"): "tide_night",
}

CATEGORY_COLORS = ("#88ccee", "#cc6677", "#ddcc77", "#44aa99", "#aa4499", "#999933", "#332288", "#117733", "#882255")
"""P. Tol, Colour schemes, 2021, "muted" (personal.sron.nl/~pault), ordered: apart for every kind of colour vision."""
_MEANT: tuple[tuple[str, str], ...] = (
    (r"green|park|forest|wood|grass|garden|tree|nature|wald|grun|vert|緑", "#117733"),
    (r"water|river|lake|sea\b|flood|wasser|\beau|水", "#88ccee"),
    (r"resid|hous|dwell|living|wohn|logement|habitat|villa|apartment|住", "#ddcc77"),
    (r"office|business|commerc|buro|bureau|bank|central|業務|商業", "#88ccee"),
    (r"mixed|misch|mixte|urban", "#cc6677"),
    (r"retail|shop|store|market|handel|laden|magasin|店", "#882255"),
    (r"indust|factory|craft|werk|usine|工", "#aa4499"),
    (r"storage|warehouse|depot|lager|entrep|logist|farm|agri|barn|倉", "#999933"),
    (r"school|educat|universit|public|civic|health|hospital|religi|church|cultur|museum|schule|ecole|学校", "#332288"),
    (r"sport|leisure|recreat|hotel|hostel|tourism", "#44aa99"),
)
"""Words that call for a colour of the palette: parks are green on every map. A colour is given once only."""
OTHER_COLORS = {"light": "#a9a9a6", "dark": "#7d8085"}
NO_DATA_COLORS = {"light": "#d9d7d2", "dark": "#54585e"}
_DEFAULT_COLORS = {
    (Kind.FOOTPRINTS, "light"): "#ebe4d6",
    (Kind.FOOTPRINTS, "dark"): "#6d7683",
    (Kind.POLYGONS, "light"): "#d5d3c6",
    (Kind.POLYGONS, "dark"): "#3d4650",
    (Kind.LINES, "light"): "#8a8f94",
    (Kind.LINES, "dark"): "#7f8994",
    (Kind.TERRAIN, "light"): "#e7e5de",
    (Kind.TERRAIN, "dark"): "#1d2128",
    (Kind.IMAGE, "light"): "#9aa58c",
    (Kind.IMAGE, "dark"): "#9aa58c",
    (Kind.POINTS, "light"): "#c4553b",
    (Kind.POINTS, "dark"): "#f0916e",
}


@dataclass(frozen=True, slots=True)
class Familiar:
    """A layer every city map has, known by its name."""

    words: str
    """A pattern for its name, lower case."""
    light: str
    dark: str
    order: int
    """Lower ones lie under higher ones."""
    size_px: float = 2.0
    opacity: float = 1.0
    kinds: tuple[Kind, ...] = (Kind.POLYGONS, Kind.LINES)
    are_trees: bool = False
    """Points that are drawn as large as a tree of their height."""
    has_borders: bool = False
    """Its polygons lie side by side and are told apart by lines between them."""
    is_labelled: bool = False
    """By its name column."""
    is_zoned: bool = False
    """Coloured by its zone or use."""


FAMILIAR: tuple[Familiar, ...] = (
    Familiar(r"flood|inundation|hochwasser|浸水", "#8fb3d6", "#38618c", 35, 1.5, 0.45),
    Familiar(r"parcel|cadast|flurst|parzell|grundst|筆", "#e6e3d8", "#343c46", 8, has_borders=True),
    Familiar(r"zoning|zone(?!_de_veg)|plan(?![a-z])|planning|landuse|land_use", "#d9c9a8", "#5a5648", 30, 1.5, 0.55,
             is_zoned=True, has_borders=True),
    Familiar(r"water|river|lake|\bsea\b|harbou?r basin|canal|stream|wasser|gew(ae|ä)sser|\beau|hydro|cours_d|水|河",
             "#a9c9dc", "#24405a", 10, 2.5),
    Familiar(r"\bland\b|farm|field|agri|acker|champ", "#dedfce", "#2c343b", 5),
    Familiar(r"park(?!ing)|green|open_?\s?space|recreation|forest|wood|grass|garden|veget|plant(?!ing)|wald|gr(ue|ü)n|for(e|ê)t|leisure"
             r"|sport|pitch|緑|公園", "#c9d8b0", "#2f4a3a", 20),
    Familiar(r"tin_?relief|relieffeature|\bterrain\b|gel(ae|ä)nde", "#dcd8c4", "#39413f", 3),
    Familiar(r"bridge|pont\b|brücke|橋", "#f7f5f0", "#4a525c", 45, 3.0),
    Familiar(r"squares?\b|plaza|platz|広場", "#efece3", "#3a414b", 25),
    Familiar(r"street|road|cent(er|re)line|highway|stra(ss|ß)e|route|voie(?!_?s?_ferr)|path|道",
             "#fbf9f4", "#454c56", 40, 2.0),
    Familiar(r"tram(?!.*stop)|light_rail|metro|subway", "#b0573f", "#e08a6a", 60, 2.5),
    Familiar(r"rail|train|bahn|voie_ferree|鉄道", "#7b7f86", "#9aa2ad", 55, 2.0),
    Familiar(r"stop|station|halt", "#b0573f", "#f0a888", 70, 8.0, kinds=(Kind.POINTS,),
             is_labelled=True),
    Familiar(r"tree(?!t)|baum|bäume|arbre|樹", "#8aab74", "#5f8a62", 65, 5.0, kinds=(Kind.POINTS,),
             are_trees=True),
    Familiar(r"district|quarter|ward|bezirk|quartier|commune|census|boundar", "#c9bfae", "#566072", 15, 1.5, 0.35,
             is_labelled=True, has_borders=True),
)  # fmt: skip
"""Looked through from the top; the first whose words are in the layer's name is taken."""

_ZONE_FIELDS = ("zone", "zone_type", "zoning", "use", "landuse", "land_use", "type", "class", "category", "用途地域")
UNDERGROUND = "is_underground"
"""A column of truth values: what lies below the ground is hidden at first."""
_RAISE_FIELDS = ("crown_m", "tree_height_m", "height_m", "height")
_NAME_FIELDS = ("name", "label", "nom", "名称")
_OTHER_ORDER = 50


def familiar(info: LayerInfo) -> Familiar | None:
    """Return what kind of well-known map layer this is by its name; None for buildings and all others."""
    if info.kind in (Kind.FOOTPRINTS, Kind.TERRAIN, Kind.IMAGE):
        return None
    name = f"{info.name} {info.source_layer or ''}".lower()
    return next((f for f in FAMILIAR if info.kind in f.kinds and re.search(f.words, name)), None)


def has_borders(info: LayerInfo) -> bool:
    """Return whether the edges of a layer's polygons are drawn: parcels and zones, but not water and parks."""
    known = familiar(info)
    return known is None or known.has_borders


def is_of_trees(info: LayerInfo) -> bool:
    """Return whether a layer's points are trees, by its name."""
    known = familiar(info)
    return known is not None and known.are_trees


def default_order(info: LayerInfo) -> int:
    """Return where a layer belongs from below (low) to above (high): water, parks, zones, streets, rail, buildings."""
    if info.kind is Kind.FOOTPRINTS:
        return 100
    if info.kind in (Kind.TERRAIN, Kind.IMAGE):
        return 1 if info.kind is Kind.TERRAIN else 2
    known = familiar(info)
    return known.order if known else _OTHER_ORDER + 20 * (info.kind is Kind.POINTS)


def default_color(info: LayerInfo, theme: str) -> str:
    """Return the one colour "#rrggbb" of a layer nobody has styled."""
    known = familiar(info)
    if known:
        return known.dark if theme == "dark" else known.light
    return _DEFAULT_COLORS[info.kind, "dark" if theme == "dark" else "light"]


def _spot_px(count: int) -> float:
    """Return how large spots are drawn at first: many small, few large."""
    return 8.0 if count <= 300 else 6.0 if count <= 2_000 else 4.0


def default_style(info: LayerInfo, fields: Iterable[str]) -> Style:
    """Return the style a layer starts with, from its kind, its name and its columns.

    The colour is left to the theme (see default_color), so that it follows light and dark.
    """
    known = familiar(info)
    has_roofs = any(float(lod) >= 2 for lod in info.lods)
    if has_roofs and (known is None or info.kind is Kind.FOOTPRINTS):
        return Style(color_by=SURFACE)
    names = {f.lower(): f for f in fields}

    def first(options: tuple[str, ...]) -> str:
        return next((names[n] for n in options if n in names), "")

    hidden = f"not {names[UNDERGROUND]}" if UNDERGROUND in names and info.kind is not Kind.FOOTPRINTS else ""
    if known is None:
        return (
            Style()
            if info.kind is Kind.FOOTPRINTS
            else Style(size_px=_spot_px(info.shown) if info.kind is Kind.POINTS else 2.0, filter=hidden)
        )
    return Style(
        filter=hidden,
        color_by=first(_ZONE_FIELDS) if known.is_zoned else "",
        opacity=1.0 if info.lods else known.opacity,
        size_px=known.size_px,
        raised_by=first(_RAISE_FIELDS) if is_of_trees(info) else "",
        label_by=first(_NAME_FIELDS) if known.is_labelled else "",
    )


def colors_for(words: Iterable[str]) -> list[str]:
    """Return a colour "#rrggbb" for each category: the one its words call for, else the next that is free.

    Beyond the palette's length colours repeat.
    """
    lowered = [folded(word) for word in words]
    chosen: dict[int, str] = {}
    for place, word in enumerate(lowered):
        meant = [color for pattern, color in _MEANT if re.search(pattern, word)]
        free = [color for color in meant if color not in chosen.values()]
        if free:
            chosen[place] = free[0]
    left = [c for c in CATEGORY_COLORS if c not in chosen.values()]
    for place in range(len(lowered)):
        if place not in chosen:
            chosen[place] = left.pop(0) if left else CATEGORY_COLORS[place % len(CATEGORY_COLORS)]
    return [chosen[place] for place in range(len(lowered))]


def rgb(color: str) -> tuple[int, int, int]:
    """Return "#rrggbb" as three numbers from 0 to 255.

    raises   StyleError  it is not such a colour
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise StyleError(f'"{color}" is not a colour.', hint='Write colours like this: "#3a7ca5".', color=color)
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def hexadecimal(color: Iterable[int]) -> str:
    """Return three numbers from 0 to 255 as "#rrggbb"."""
    return "#" + "".join(f"{int(c):02x}" for c in color)


def ramp(name: str, steps: int, *, is_reversed: bool = False) -> RgbArray:
    """Return a colour map's colours at equal distances, (steps, 3).

    name     one of RAMPS, or of matplotlib's colour maps
    raises   StyleError  there is no such colour map; the hint proposes the nearest
    """
    places = np.linspace(0, 1, steps) if steps > 1 else np.array([0.6])
    if is_reversed:
        places = 1 - places
    if name in RAMPS:
        anchors = np.array([rgb(c) for c in RAMPS[name]], np.float64)
        at = places * (len(anchors) - 1)
        channels = [np.interp(at, np.arange(len(anchors)), anchors[:, c]) for c in range(3)]
        return np.round(np.column_stack(channels)).astype(np.uint8)
    import matplotlib as mpl  # noqa: PLC0415  0.2 s, and only when one of its maps is named

    if name not in mpl.colormaps:
        near = difflib.get_close_matches(name, [*RAMPS, *mpl.colormaps], n=1, cutoff=0.4)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(RAMPS)} and those of matplotlib."
        raise StyleError(f'There is no colour map "{name}".', hint=hint, colormap=name)
    return np.round(np.asarray(mpl.colormaps[name](places))[:, :3] * 255).astype(np.uint8)
