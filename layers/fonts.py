"""Fonts for pictures: each run of a text in the first font that has its letters, never an empty box where one has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from PIL import ImageDraw, ImageFont

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

Color = tuple[int, ...]
"""Red, green, blue and, where not opaque, alpha; 0 to 255."""

_FAMILIES: tuple[tuple[str, str], ...] = (
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("NotoSansCJKjp-Regular.otf", "NotoSansCJKjp-Bold.otf"),
    ("SourceHanSans-Regular.ttc", "SourceHanSans-Bold.ttc"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("segoeui.ttf", "segoeuib.ttf"),
    ("HelveticaNeue.ttc", "HelveticaNeue.ttc"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("arial.ttf", "arialbd.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("YuGothM.ttc", "YuGothB.ttc"),
    ("msyh.ttc", "msyhbd.ttc"),
    ("malgun.ttf", "malgunbd.ttf"),
    ("PingFang.ttc", "PingFang.ttc"),
    ("Hiragino Sans GB.ttc", "Hiragino Sans GB.ttc"),
    ("AppleSDGothicNeo.ttc", "AppleSDGothicNeo.ttc"),
    ("ipag.ttf", "ipag.ttf"),
    ("ipagp.ttf", "ipagp.ttf"),
    ("wqy-microhei.ttc", "wqy-microhei.ttc"),
    ("wqy-zenhei.ttc", "wqy-zenhei.ttc"),
    ("DroidSansFallbackFull.ttf", "DroidSansFallbackFull.ttf"),
    ("DroidSansFallback.ttf", "DroidSansFallback.ttf"),
)
"""Files in the order of liking (regular, bold). In the first, Latin and Japanese letters fit together."""
_SCRIPTS = ("NotoSans", "NotoNaskh", "Droid", "FreeSans", "Lohit", "Gulim", "Batang", "Symbola")
"""Further fonts whose names begin like this are asked for letters that none of the above has."""


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set."""

    size_px: float
    color: Color
    is_bold: bool = False
    halo: Color | None = None
    """A rim around the letters."""
    halo_px: float = 0.0


@lru_cache(maxsize=2)
def font_paths(*, is_bold: bool = False) -> tuple[str, ...]:
    """Return the font files to ask for a letter, in order; the last resort is matplotlib's own DejaVu Sans."""
    from matplotlib import font_manager, get_data_path  # noqa: PLC0415  0.2 s to 1 s, when the first text is drawn

    installed = {path.replace("\\", "/").rpartition("/")[2]: path for path in font_manager.findSystemFonts()}
    liked = [installed[f] for pair in _FAMILIES if (f := pair[is_bold]) in installed]
    own = f"{get_data_path()}/fonts/ttf/{'DejaVuSans-Bold' if is_bold else 'DejaVuSans'}.ttf"
    others = [installed[name] for name in sorted(installed) if name.startswith(_SCRIPTS)]
    regular = [p for p in others if "Regular" in p or "-" not in p.rpartition("/")[2]]
    return tuple(dict.fromkeys([*liked, own, *regular]))


@lru_cache(maxsize=64)
def _letters(path: str) -> FT2Font | None:
    from matplotlib import ft2font  # noqa: PLC0415  as in font_paths

    try:
        return ft2font.FT2Font(path)
    except (OSError, RuntimeError):  # a font file that FreeType cannot read
        return None


@lru_cache(maxsize=16_384)
def _path_for(letter: str, *, is_bold: bool) -> str:
    for path in font_paths(is_bold=is_bold):
        face = _letters(path)
        if face is not None and face.get_char_index(ord(letter)):
            return path
    return font_paths(is_bold=is_bold)[0]


@lru_cache(maxsize=256)
def _font(path: str, size_px: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size_px)


def runs(text: str, *, is_bold: bool = False) -> list[tuple[str, str]]:
    """Return a text in pieces, each with the path of the font that has its letters; blanks stay with what precedes."""
    found: list[tuple[str, str]] = []
    path = ""
    for letter in text:
        path = path if letter.isspace() and path else _path_for(letter, is_bold=is_bold)
        found.append((letter, path))
    return [("".join(c for c, _ in piece), path) for path, piece in groupby(found, key=lambda pair: pair[1])]


def has_letters(text: str) -> bool:
    """Return whether every letter is in some font here."""
    faces = (_letters(_path_for(c, is_bold=False)) for c in text if not c.isspace())
    letters = (c for c in text if not c.isspace())
    return all(face is not None and face.get_char_index(ord(c)) for c, face in zip(letters, faces, strict=True))


def width_px(text: str, kind: Type) -> float:
    """Return how wide a text is."""
    return sum(_font(path, kind.size_px).getlength(piece) for piece, path in runs(text, is_bold=kind.is_bold))


def draw_text(
    draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str, kind: Type, *, anchor: str = "ls"
) -> None:
    """Set a text on one line.

    anchor   where the place lies, as in Pillow: l, m or r, then a (top), m (middle) or s (on the line)
    """
    x, y = place
    if anchor[0] != "l":
        x -= width_px(text, kind) * (0.5 if anchor[0] == "m" else 1.0)
    pieces = runs(text, is_bold=kind.is_bold)
    if anchor[1] != "s":  # all pieces share the first one's line
        y += kind.size_px * (0.36 if anchor[1] == "m" else 0.88)
    for layer in ("halo", "text") if kind.halo else ("text",):
        at = x
        for piece, path in pieces:
            font = _font(path, kind.size_px)
            if layer == "halo":
                draw.text(
                    (at, y), piece, font=font, fill=kind.halo, anchor="ls",
                    stroke_width=kind.halo_px, stroke_fill=kind.halo,
                )  # fmt: skip
            else:
                draw.text((at, y), piece, font=font, fill=kind.color, anchor="ls")
            at += font.getlength(piece)


def wrapped(text: str, kind: Type, most_px: float) -> list[str]:
    """Return a text in lines of at most a width, broken at blanks, or anywhere in scripts that have none."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width_px(joined, kind) <= most_px:
            lines[-1] = joined
            continue
        while width_px(word, kind) > most_px and len(word) > 1:
            fitting = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or width_px(word[:n], kind) <= most_px)
            lines.append(word[:fitting])
            word = word[fitting:]  # noqa: PLW2901  the rest of the word is the next word
        lines.append(word)
    return lines


def shortened(text: str, kind: Type, most_px: float) -> str:
    """Return a text cut to a width, with an ellipsis where something is left out."""
    if width_px(text, kind) <= most_px:
        return text
    for length in range(len(text) - 1, 0, -1):
        cut = text[:length].rstrip() + "\u2026"
        if width_px(cut, kind) <= most_px:
            return cut
    return "\u2026"
