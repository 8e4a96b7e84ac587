"""Fonts for paper: every letter of a text in a font that has it, and just these letters put into the file.

PDF readers draw real text only from fonts inside the file. Fonts with PostScript outlines (most Japanese ones) cannot
be embedded by reportlab as they are; their few letters in use are turned into TrueType outlines first.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from io import BytesIO
from itertools import count
from typing import Any

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as PdfFont

from layers.fonts import runs

_serial = count()
"""reportlab knows fonts by name for as long as a process lives; each document has its own."""
NEVER_FIRST = "。、．，）」』】〕！？ー・…ゃゅょっャュョッ.,;:)!?"
"""A line does not begin with these."""
MOST_BENT = 0.001
"""How far a converted outline may lie from the original, as a part of the letter's height."""


@lru_cache(maxsize=32)
def _font(path: str) -> tuple[TTFont, dict[int, str], Any, float]:
    """Return a font, its letters, their widths and its units."""
    font = TTFont(path, fontNumber=0, lazy=True)
    return font, font.getBestCmap(), font["hmtx"], float(font["head"].unitsPerEm)


@lru_cache(maxsize=16_384)
def _advance(path: str, letter: str) -> float:
    _, letters, widths, units = _font(path)
    return float(widths[letters.get(ord(letter), ".notdef")][0]) / units


def width_pt(text: str, size_pt: float, *, is_bold: bool = False) -> float:
    """Return how wide a text is on paper, points."""
    return size_pt * sum(_advance(path, c) for piece, path in runs(text, is_bold=is_bold) for c in piece)


def wrapped(text: str, size_pt: float, most_pt: float, *, is_bold: bool = False) -> list[str]:
    """Return a text in lines of at most a width, "" between paragraphs; what has no blanks breaks anywhere."""
    lines: list[str] = []
    for number, paragraph in enumerate(text.strip().split("\n")):
        if number and not paragraph.strip():
            lines += [""] if lines and lines[-1] else []
            continue
        lines += _lines_of(paragraph, size_pt, most_pt, is_bold=is_bold)
    return lines


def _lines_of(paragraph: str, size_pt: float, most_pt: float, *, is_bold: bool) -> list[str]:
    def fits(words: str) -> bool:
        return width_pt(words, size_pt, is_bold=is_bold) <= most_pt

    lines, line = [], ""
    for word in paragraph.split():
        joined = f"{line} {word}" if line else word
        if fits(joined):
            line = joined
            continue
        if line and (len(word) < 14 or fits(word)) and ord(max(word)) < 0x2E80:
            lines.append(line)
            line = ""
            joined = word
        while joined and not fits(joined):
            cut = next((n for n in range(len(joined) - 1, 0, -1) if fits(joined[:n])), 1)
            while cut > 1 and joined[cut] in NEVER_FIRST:
                cut -= 1
            lines.append(joined[:cut].rstrip())
            joined = joined[cut:].lstrip()
        line = joined
    return [*lines, line] if line else lines


def shortened(text: str, size_pt: float, most_pt: float, *, is_bold: bool = False) -> str:
    """Return a text cut to a width, with an ellipsis where something is left out."""
    if width_pt(text, size_pt, is_bold=is_bold) <= most_pt:
        return text
    for length in range(len(text) - 1, 0, -1):
        cut = text[:length].rstrip() + "\u2026"
        if width_pt(cut, size_pt, is_bold=is_bold) <= most_pt:
            return cut
    return ""


class Fonts:
    """The fonts of one document: collects the letters in use, then hands out fonts that hold just these."""

    def __init__(self) -> None:
        """Begin with no letters."""
        self._letters: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, str] = {}

    def use(self, text: str, *, is_bold: bool = False) -> list[tuple[str, str]]:
        """Take note of a text; return its pieces, each with its font's path."""
        pieces = runs(text, is_bold=is_bold)
        for piece, path in pieces:
            self._letters[path].update(piece)
        return pieces

    def first_name(self) -> str:
        """Return the name of one font in use."""
        return self.name(next(iter(self._letters)) if self._letters else self.use(" ")[0][1])

    def name(self, path: str) -> str:
        """Return the name under which reportlab knows a font; all letters must have been used before."""
        if path not in self._names:
            number = next(_serial)
            font = PdfFont(f"citytwin-{number}", _embeddable(path, self._letters[path]))
            face = font.face.name
            own = face + b"-%d" % number if isinstance(face, bytes) else f"{face}-{number}"
            font.face.name = own  # else reportlab takes the first font of that name again
            pdfmetrics.registerFont(font)
            self._names[path] = font.fontName
        return self._names[path]


def _embeddable(path: str, letters: set[str]) -> BytesIO:
    """Return a font with TrueType outlines that has these letters."""
    options = subset.Options(
        layout_features=[], name_IDs=[1, 2, 4, 6], notdef_outline=True, glyph_names=False, hinting=False,
        drop_tables=["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "kern", "morx", "STAT", "fvar"],
    )  # fmt: skip
    font = TTFont(path, fontNumber=0)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes={ord(c) for c in letters} | {32})
    cutter.subset(font)
    if "glyf" not in font:
        _to_truetype(font)
    file = BytesIO()
    font.flavor = None
    font.save(file)
    file.seek(0)
    return file


def _to_truetype(font: TTFont) -> None:
    """Turn PostScript outlines into TrueType ones, letter by letter."""
    order, letters = font.getGlyphOrder(), font.getGlyphSet()
    table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, {}
    for name in order:
        pen = TTGlyphPen(None)
        letters[name].draw(Cu2QuPen(pen, MOST_BENT * font["head"].unitsPerEm, reverse_direction=True))
        table.glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), table
    for name in order:
        table.glyphs[name].recalcBounds(table)
    widths = font["hmtx"]
    for name in order:
        widths[name] = (widths[name][0], getattr(table.glyphs[name], "xMin", 0))
    most = font["maxp"]
    most.tableVersion = 0x00010000
    for field in ("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
                  "maxSizeOfInstructions"):  # fmt: skip
        setattr(most, field, 0)
    most.maxZones, most.maxComponentElements = 1, 0
    most.recalc(font)
    del font["CFF "]
    font["post"].formatType = 3.0
    font["head"].glyphDataFormat = 0
    font.sfntVersion = "\000\001\000\000"
