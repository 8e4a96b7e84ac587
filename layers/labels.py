"""Labels from any column: where they could stand, which of them find room in a picture, and drawing them.

Candidates are made once for a layer and column. Each frame projects them, ranks them by how large they show, and puts
them down greedily where nothing stands yet. Drawn words are kept as small pictures, so that a frame only blends them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from layers.camera import Size, project
from layers.classes import number_label
from layers.fonts import Type, draw_text, width_px
from twin.buildings import Outlines
from twin.derived import column_rows
from twin.features import Lines, Points
from twin.layer import Layer
from twin.session import Camera
from twin.tiles import TileArrays, TileSource

FloatArray = npt.NDArray[np.float64]
Picture = npt.NDArray[np.uint8]

MOST_CANDIDATES = 30_000
RANKED = 2_000
"""Candidates that are tried in a frame: those that show largest."""
MOST_LABELS = 120
LONGEST = 40
"""Letters of a label; the rest is cut."""
TEXT_PX = 12.5
_CELL_PX = 6
_SMOOTHING = 3
_LIFT_PX = 6.0
ECHO_PX = 200.0
"""The same words are not said twice within this distance: a street in pieces, a stop named like its quarter."""
_WIDE = {"W", "F"}
_INKS = {"light": ((26, 30, 37), (255, 255, 255)), "dark": ((244, 246, 249), (14, 17, 22))}
"""Letters and the rim around them."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Labels that could be shown."""

    anchor_local: FloatArray
    """(n, 3) metres: on the roof, the point, the middle of a line or polygon."""
    text: tuple[str, ...]
    row: npt.NDArray[np.int32]
    """(n,) table row."""
    size_m: FloatArray
    """(n,) how large the labelled thing is: what shows larger is labelled first."""
    width_em: FloatArray
    """(n,) about how wide the text is, in letters' heights."""
    is_centred: bool = False
    """On the anchor rather than above it."""


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """A label that has found room."""

    text: str
    row: int
    x_px: float
    """Middle of the text."""
    y_px: float
    """Line the letters stand on."""
    box_px: tuple[float, float, float, float]
    """Left, top, right, bottom."""


def label_candidates(layer: Layer, label_by: str, *, shown: npt.NDArray[np.bool_] | None = None) -> Candidates:
    """Return what could be labelled of a layer with the words of a column.

    shown    (rows,) only these rows
    raises   ColumnError  there is no such column
    """
    words = _words(column_rows(layer.table, label_by))
    anchor, row, size_m, is_centred = _anchors(layer)
    keep = words[row] != ""
    if shown is not None:
        keep &= shown[row]
    places = np.flatnonzero(keep)
    if len(places) > MOST_CANDIDATES:
        places = places[np.argpartition(-size_m[places], MOST_CANDIDATES)[:MOST_CANDIDATES]]
    places = places[np.argsort(-size_m[places], kind="stable")]
    if not is_centred:
        places = _one_a_row(places, row)
    text = tuple(words[row[places]])
    width_em = np.fromiter(map(text_width_em, text), np.float64, len(text))
    return Candidates(anchor[places], text, row[places], size_m[places], width_em, is_centred)


def _one_a_row(places: npt.NDArray[np.intp], row: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Return the first place of each row, in the order given."""
    _, first = np.unique(row[places], return_index=True)
    return places[np.sort(first)]


def placed_labels(
    candidates: Iterable[Candidates],
    camera: Camera,
    size_px: Size,
    *,
    most: int = MOST_LABELS,
    scale: float = 1.0,
    echo_px: float = ECHO_PX,
    taken: Sequence[PlacedLabel] = (),
) -> list[PlacedLabel]:
    """Return the labels that find room, those of what shows largest first.

    candidates   of all labelled layers; they keep clear of each other
    scale        how many times larger than in a window of 720 lines letters are drawn
    echo_px      the same words are not said twice within this distance
    taken        labels that stand already
    """
    every = list(candidates)
    if not every:
        return []
    anchor = np.concatenate([c.anchor_local for c in every])
    place, depth = project(camera, size_px, anchor)
    with np.errstate(invalid="ignore"):
        is_inside = (depth > 0) & (place >= 0).all(axis=1) & (place < size_px).all(axis=1)
    inside = np.flatnonzero(is_inside)
    size_m = np.concatenate([c.size_m for c in every])[inside]
    shows = size_m if camera.is_parallel else size_m / depth[inside]
    if len(inside) > RANKED:
        largest = np.argpartition(-shows, RANKED)[:RANKED]
        inside, shows = inside[largest], shows[largest]
    inside = inside[np.argsort(-shows, kind="stable")]
    return _placed(every, inside, place[inside], size_px, most, scale, echo_px, taken)


def _placed(
    every: list[Candidates],
    ranked: npt.NDArray[np.intp],
    place: FloatArray,
    size_px: Size,
    most: int,
    scale: float,
    echo_px: float,
    taken: Sequence[PlacedLabel],
) -> list[PlacedLabel]:
    starts = np.cumsum([0, *(len(c.text) for c in every)])
    of = np.searchsorted(starts, ranked, side="right") - 1
    within = ranked - starts[of]
    height = TEXT_PX * scale
    cell = _CELL_PX * scale
    is_taken = np.zeros((ceil(size_px[1] / cell) + 1, ceil(size_px[0] / cell) + 1), bool)
    for other in taken:
        left, top, right, bottom = (max(int(edge / cell), 0) for edge in other.box_px)
        is_taken[top : bottom + 1, left : right + 1] = True
    found: list[PlacedLabel] = []
    said: dict[str, tuple[float, float]] = {}
    for number, local, (x, y) in zip(of.tolist(), within.tolist(), place.tolist(), strict=True):
        some = every[number]
        half = (some.width_em[local] * height + 8 * scale) / 2
        line = y + height * 0.36 if some.is_centred else y - _LIFT_PX * scale
        box = (x - half, line - height, x + half, line + height * 0.35)
        if box[0] < 0 or box[1] < 0 or box[2] > size_px[0] or box[3] > size_px[1]:
            continue
        cells = (
            slice(int(box[1] / cell), int(box[3] / cell) + 1),
            slice(int(box[0] / cell), int(box[2] / cell) + 1),
        )
        if is_taken[cells].any() or _is_near(said.get(some.text[local]), (x, y), echo_px * scale):
            continue
        said[some.text[local]] = (x, y)
        is_taken[cells] = True
        found.append(PlacedLabel(some.text[local], int(some.row[local]), x, line, box))
        if len(found) == most:
            break
    return found


def _is_near(said: tuple[float, float] | None, place: tuple[float, float], reach_px: float) -> bool:
    return said is not None and abs(said[0] - place[0]) < reach_px and abs(said[1] - place[1]) < reach_px


def draw_labels(picture: Picture, labels: Iterable[PlacedLabel], *, theme: str, scale: float = 1.0) -> Picture:
    """Return the picture (h, w, 3) with labels drawn on it; the picture given stays as it is."""
    drawn = picture.copy()
    for label in labels:
        color, alpha, line = _sprite(label.text, TEXT_PX * scale, theme)
        _blend(drawn, color, alpha, round(label.x_px - alpha.shape[1] / 2), round(label.y_px) - line)
    return drawn


def _blend(picture: Picture, color: npt.NDArray[np.uint16], alpha: npt.NDArray[np.uint16], x: int, y: int) -> None:
    """Lay a small picture (colours times alpha) over a large one, cut at the edges."""
    left, top = max(0, -x), max(0, -y)
    right = min(alpha.shape[1], picture.shape[1] - x)
    bottom = min(alpha.shape[0], picture.shape[0] - y)
    if right <= left or bottom <= top:
        return
    under = picture[y + top : y + bottom, x + left : x + right]
    through = 255 - alpha[top:bottom, left:right, None]
    under[:] = (under * through // 255 + color[top:bottom, left:right]).astype(np.uint8)


@lru_cache(maxsize=4_096)
def _sprite(text: str, size_px: float, theme: str) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16], int]:
    """Return a drawn label: colours times alpha (h, w, 3), alpha (h, w), and the row its letters stand on."""
    ink, rim = _INKS["dark" if theme == "dark" else "light"]
    rim_px = max(1, round(size_px * 0.16))
    # Drawn larger and averaged down: fitted to whole pixels the letters would stand unevenly.
    kind = Type(size_px * _SMOOTHING, ink, halo=rim, halo_px=rim_px * _SMOOTHING)
    width, line = ceil(width_px(text, kind) / _SMOOTHING) + 2 * rim_px + 2, round(size_px * 1.05) + rim_px
    height = line + round(size_px * 0.4) + rim_px
    image = Image.new("RGBA", (width * _SMOOTHING, height * _SMOOTHING), (*rim, 0))
    draw_text(ImageDraw.Draw(image), ((rim_px + 1) * _SMOOTHING, line * _SMOOTHING), text, kind)
    pixels = np.asarray(image.resize((width, height), Image.Resampling.BOX)).astype(np.uint16)
    alpha = pixels[..., 3]
    return pixels[..., :3] * alpha[..., None] // 255, alpha, line


# where labels could stand


def _words(rows: npt.NDArray[np.generic]) -> npt.NDArray[np.object_]:
    """Return each row's label (n,), "" where there is none."""
    words = np.empty(len(rows), object)
    if rows.dtype.kind in "fiu":
        words[:] = ["" if v != v else number_label(v, 1.0) for v in rows.astype(float).tolist()]  # noqa: PLR0124  NaN
    elif rows.dtype.kind == "M":
        words[:] = ["" if v == "NaT" else v for v in rows.astype("datetime64[D]").astype(str).tolist()]
    else:
        words[:] = ["" if v is None or v != v else _cut(str(v)) for v in rows.tolist()]  # noqa: PLR0124  NaN
    return words


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "\u2026"


@lru_cache(maxsize=65_536)
def text_width_em(text: str) -> float:
    """Return about how wide a text is, in letters' heights."""
    return sum(1.0 if unicodedata.east_asian_width(c) in _WIDE else 0.62 if c.isupper() else 0.52 for c in text)


def _anchors(layer: Layer) -> tuple[FloatArray, npt.NDArray[np.int32], FloatArray, bool]:
    """Return anchors (n, 3), their table rows (n,), how large each thing is (n,), and whether labels stand on them."""
    features = layer.features
    if features is None:
        assert layer.tiles is not None
        return _building_anchors(layer.tiles)
    if isinstance(features, Points):
        ground = np.full(len(features.row), 1.0)
        return np.column_stack([features.xy_local, ground]), features.row, np.ones(len(features.row)), False
    if isinstance(features, Lines):
        return _line_anchors(features)
    middle, area_m2 = _middles(features.outlines)
    anchors = np.column_stack([middle, np.full(len(middle), 1.0)])
    return anchors, features.row, np.sqrt(np.abs(area_m2)), True


def _building_anchors(tiles: TileSource) -> tuple[FloatArray, npt.NDArray[np.int32], FloatArray, bool]:
    arrays: TileArrays | None = getattr(tiles, "arrays", None)
    if arrays is not None:
        outlines = Outlines(arrays.offset_xy, arrays.ring_start, arrays.part_start, arrays.feature_start)
        middle = _vertex_means(outlines) + arrays.anchor_local
        return np.column_stack([middle, arrays.height_m]), arrays.row, arrays.height_m.astype(np.float64), False
    buildings = [tiles.fetch(tile) for tile in range(len(tiles.index()))]
    middles = [_vertex_means(b.outlines) + np.array(b.origin_local) for b in buildings]
    height_m = np.concatenate([b.height_m for b in buildings]).astype(np.float64)
    return (
        np.column_stack([np.concatenate(middles), height_m]),
        np.concatenate([b.row for b in buildings]),
        height_m,
        False,
    )


def _vertex_means(outlines: Outlines) -> FloatArray:
    """Return the mean of each feature's vertices, (n, 2)."""
    start = np.asarray(outlines.ring_start)[np.asarray(outlines.part_start)[np.asarray(outlines.feature_start)]]
    sums = np.add.reduceat(outlines.xy.astype(np.float64), start[:-1], axis=0)
    means: FloatArray = sums / np.diff(start)[:, None]
    return means


def _line_anchors(lines: Lines) -> tuple[FloatArray, npt.NDArray[np.int32], FloatArray, bool]:
    """Return the point halfway along each polyline."""
    xy, start = np.asarray(lines.xy_local, np.float64), np.asarray(lines.line_start)
    step = np.zeros(len(xy))
    step[1:] = np.hypot(*np.diff(xy, axis=0).T)
    step[start[:-1]] = 0.0
    along = np.cumsum(step)
    length_m = along[start[1:] - 1] - along[start[:-1]]
    half = along[start[:-1]] + length_m / 2
    middle = np.column_stack([np.interp(half, along, xy[:, c]) for c in range(2)])
    return np.column_stack([middle, np.full(len(middle), 1.0)]), lines.row, length_m, True


def _middles(outlines: Outlines) -> tuple[FloatArray, FloatArray]:
    """Return each feature's centroid (n, 2) and area (n,): of its largest part's outer ring."""
    xy = np.asarray(outlines.xy, np.float64)
    start = np.asarray(outlines.ring_start)
    first = np.repeat(xy[start[:-1]], np.diff(start), axis=0)
    near = xy - first
    after = np.arange(1, len(xy) + 1)
    after[start[1:] - 1] = start[:-1]
    cross = near[:, 0] * near[after, 1] - near[:, 1] * near[after, 0]
    doubled = np.add.reduceat(cross, start[:-1])
    moment = np.add.reduceat((near + near[after]) * cross[:, None], start[:-1], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centroid = xy[start[:-1]] + moment / (3 * doubled)[:, None]
    outer = np.asarray(outlines.part_start)[:-1]
    feature = np.repeat(np.arange(len(outlines)), np.diff(outlines.feature_start))
    order = np.lexsort((np.abs(doubled[outer]), feature))
    last = np.append(np.flatnonzero(np.diff(feature[order])), len(order) - 1)
    chosen = outer[order[last]]
    return np.where(np.isfinite(centroid[chosen]), centroid[chosen], xy[start[chosen]]), doubled[chosen] / 2
