"""A city for other programs: GLB, CityJSON, 3D Tiles, GeoPackage. Layers make the meshes, data writes the bytes.

No Qt: the command line and the window come here.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.export_cityjson import TYPES, CityJsonWriter, place_for
from data.export_tiles import TilesetWriter, anchor_at
from data.exporting import exported_frame, write_geopackage, written_whole
from data.frames import HEIGHT, HEIGHT_SOURCE
from data.glb import GlbWriter
from data.table import arrow_table
from layers.palettes import default_color, rgb
from layers.parts import chosen_buildings, feet_of, mesh_parts
from twin.buildings import HeightSource
from twin.errors import ExpressionError, LayerError, SourceError, UsageError
from twin.expression import shown_rows
from twin.layer import Kind, Layer, LayerState
from twin.mesh import Coating
from twin.personal import PersonalDecision, personal_columns
from twin.place import Area
from twin.report import Report
from twin.session import Session
from twin.terrain import Ground, ground_of

Mask = npt.NDArray[np.bool_]


class ExportFormat(StrEnum):
    """What a city can be written as."""

    GLB = "glb"
    CITYJSON = "cityjson"
    TILES = "3dtiles"
    GEOPACKAGE = "gpkg"


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is to be written."""

    format: ExportFormat
    output: Path
    """A file; for 3D Tiles a folder."""
    filter: str = ""
    """Only rows for which it is true, of every layer that has its columns; other layers go whole."""
    layer_ids: tuple[str, ...] = ()
    """Only these; empty takes all that are visible."""
    has_personal: bool = False
    """True lets columns about people go too."""


@dataclass(slots=True)
class ExportedLayer:
    """One layer in an export."""

    id: str
    name: str
    rows: int
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    """Columns that are, or look, personal."""


@dataclass(slots=True)
class ExportAnswer:
    """What was written, as `citytwin export --json` prints it."""

    format: str
    path: str
    crs: str
    bytes: int = 0
    layers: list[ExportedLayer] = field(default_factory=list)
    report: Report = field(default_factory=Report)


@dataclass(frozen=True, slots=True)
class _Taken:
    """One layer, and what of it is written."""

    layer: Layer
    state: LayerState
    is_chosen: Mask
    columns: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.state.name or self.layer.info.name

    def table(self, rows: npt.NDArray[np.integer]) -> pa.Table:
        """Return the public columns of some rows, and for buildings the heights as they are drawn."""
        table = arrow_table(self.layer.table)
        names = list(dict.fromkeys(self.columns))
        some = pa.table([table.column(table.schema.get_all_field_indices(n)[0]) for n in names], names=names).take(rows)
        if not names:  # Arrow knows how many rows there are by its columns
            some = pa.Table.from_struct_array(pa.array([{}] * len(rows), pa.struct([])))
        heights = self.layer.heights
        if heights is not None:
            words = np.array([s.name.lower() for s in HeightSource], object)
            some = some.append_column(HEIGHT, pa.array(heights.height_m[rows].astype(np.float64), from_pandas=True))
            some = some.append_column(HEIGHT_SOURCE, pa.array(words[heights.source[rows]], pa.string()))
        return some


def export(
    session: Session,
    wish: ExportWish,
    *,
    decisions: Sequence[PersonalDecision] = (),
    on_progress: Callable[[float], None] = lambda _: None,
) -> ExportAnswer:
    """Write what is open into a file (or, for 3D Tiles, a folder): whole, or nothing.

    decisions     what was said of columns that look personal; undecided ones stay at home
    on_progress   told the share that is done; what it raises ends the export, and nothing is left behind
    raises        LayerError, ExpressionError, UsageError  nothing is to be written, or the filter cannot be read
                  SourceError  the file cannot be written
    """
    taken, report = _taken(session, wish, decisions)
    answer = ExportAnswer(str(wish.format), str(wish.output), taken[0].layer.frame.crs, report=report)
    for share in _slices(session, taken, wish, answer):
        on_progress(share)
    on_progress(1.0)
    return answer


def export_slices(
    session: Session, wish: ExportWish, *, decisions: Sequence[PersonalDecision] = ()
) -> tuple[ExportAnswer, Iterator[float]]:
    """Return the answer, which is filled as the slices are asked for, each the share that is done so far.

    When the slices end, the export is there; closed before, they leave nothing behind.
    raises   as export, at once or while the slices are asked for
    """
    taken, report = _taken(session, wish, decisions)
    answer = ExportAnswer(str(wish.format), str(wish.output), taken[0].layer.frame.crs, report=report)
    return answer, _slices(session, taken, wish, answer)


def _slices(session: Session, taken: list[_Taken], wish: ExportWish, answer: ExportAnswer) -> Iterator[float]:
    ground = ground_of(layer.terrain for layer in session.layers.values() if layer.terrain is not None)
    write = {
        ExportFormat.GLB: _write_glb,
        ExportFormat.CITYJSON: _write_cityjson,
        ExportFormat.TILES: _write_tiles,
        ExportFormat.GEOPACKAGE: _write_geopackage,
    }[wish.format]
    if not wish.output.absolute().parent.is_dir():
        raise SourceError(
            "There is no folder to write the export to.", hint=f"Make it, or write elsewhere: {wish.output.parent}"
        )
    steps = sum(len(t.layer.tiles.index()) if t.layer.tiles is not None else 1 for t in taken)
    for done, _ in enumerate(write(taken, wish, ground, answer), 1):
        yield min(done / max(steps, 1), 0.99)


# what is taken


def _taken(session: Session, wish: ExportWish, decisions: Sequence[PersonalDecision]) -> tuple[list[_Taken], Report]:
    """Return the layers that are written, with their rows and columns."""
    states = [s for s in session.composition.layers if s.is_visible or s.layer_id in wish.layer_ids]
    if wish.layer_ids:
        for layer_id in wish.layer_ids:
            session.composition.state(layer_id)
        states = [s for s in states if s.layer_id in wish.layer_ids]
    report = Report()
    taken, failures = [], []
    for state in states:
        layer = session.layers[state.layer_id]
        if layer.tiles is None and layer.features is None and layer.terrain is None:
            report.add(f'pictures are not exported ("{layer.info.name}")', count=1)
            continue
        is_chosen, failure = _chosen(layer, wish.filter)
        failures += [failure] if failure is not None else []
        withheld = personal_columns(layer.table, decisions, layer_id=layer.info.id)
        left_out = () if wish.has_personal else tuple(c.field for c in withheld if c.is_withheld)
        columns = tuple(f for f in layer.table.fields() if f not in left_out)
        taken.append(_Taken(layer, state, is_chosen, columns, left_out))
    if not taken:
        raise LayerError("Nothing is open that could be exported.", hint="Open a file, or show a layer.")
    if failures and len(failures) == len(taken):
        raise failures[0]
    if failures:
        report.add("layers do not have the filter's columns and are written whole", count=len(failures))
    kept = [t for t in taken if t.is_chosen.any() or t.layer.terrain is not None]
    if not any(t.is_chosen.any() for t in taken):
        raise LayerError("No row is left to be exported.", hint="Try a wider filter.")
    return kept, report


def _chosen(layer: Layer, expression: str) -> tuple[Mask, ExpressionError | None]:
    """Return which rows of a layer are written; all where the filter is about other columns."""
    try:
        return shown_rows(layer, expression), None
    except ExpressionError as error:
        return shown_rows(layer, ""), error


def _note(answer: ExportAnswer, taken: _Taken, rows: int) -> None:
    columns = taken.columns + ((HEIGHT, HEIGHT_SOURCE) if taken.layer.heights is not None else ())
    answer.layers.append(ExportedLayer(taken.layer.info.id, taken.name, rows, columns, taken.left_out))


def _coating(taken: _Taken, theme: str) -> Coating:
    color = rgb(taken.state.style.color or default_color(taken.layer.info, theme))
    linear = [((c / 255 + 0.055) / 1.055) ** 2.4 if c > 10 else c / 255 / 12.92 for c in color]  # sRGB, IEC 61966-2-1
    return Coating(taken.name, (linear[0], linear[1], linear[2], float(taken.state.style.opacity)))


def _extras(taken: Sequence[_Taken], ground: Ground) -> dict[str, object]:
    """Return what a reader must know to put the export in its place."""
    frame = taken[0].layer.frame
    return {
        "crs": frame.crs,
        "origin_m": list(frame.origin_m),
        "elevation_of_zero_m": ground.datum_m,
        "attribution": _credit(taken),
    }


def _credit(taken: Sequence[_Taken]) -> str:
    return "; ".join(dict.fromkeys(t.layer.info.attribution for t in taken if t.layer.info.attribution))


# formats


def _write_glb(taken: Sequence[_Taken], wish: ExportWish, ground: Ground, answer: ExportAnswer) -> Iterator[None]:
    with written_whole(wish.output) as path:
        glb = GlbWriter(path, extras=_extras(taken, ground), copyright_=_credit(taken))
        try:
            for one in taken:
                rows = np.flatnonzero(one.is_chosen)
                number = glb.add_table(one.name, one.table(rows)) if len(rows) and one.layer.terrain is None else None
                material = glb.add_material(_coating(one, "light"), is_double_sided=one.layer.tiles is None)
                for part in mesh_parts(one.layer, one.is_chosen, ground=ground):
                    glb.add_part(
                        one.name,
                        part.points,
                        part.simplices,
                        origin=part.origin_local,
                        feature=None if number is None else np.searchsorted(rows, part.row),
                        table=number,
                        material=material,
                    )
                    yield
                _note(answer, one, len(rows))
            answer.bytes = glb.finish()
        finally:
            glb.close()


def _write_tiles(taken: Sequence[_Taken], wish: ExportWish, ground: Ground, answer: ExportAnswer) -> Iterator[None]:
    area = _area(taken)
    anchor = anchor_at(taken[0].layer.frame, area.centre)
    answer.crs = "EPSG:4978"
    with _folder_whole(wish.output) as folder:
        tileset = TilesetWriter(folder, anchor, copyright_=_credit(taken))
        for one in taken:
            tiles = one.layer.tiles
            tileset.begin_layer(tiles.index().parent if tiles is not None else np.array([-1]))
            coating, count = _coating(one, "light"), 0
            for part in mesh_parts(one.layer, one.is_chosen, ground=ground, is_closed=False):
                rows = np.unique(part.row)
                x, y, z = part.origin_local
                raised = replace(part, origin_local=(x, y, z + ground.datum_m))
                table = one.table(rows) if one.layer.terrain is None else None
                tileset.add_part(one.name, raised, table, rows, coating)
                count += len(rows)
                yield
            _note(answer, one, count)
        answer.bytes = tileset.finish(extras=_extras(taken, ground))


def _write_cityjson(taken: Sequence[_Taken], wish: ExportWish, ground: Ground, answer: ExportAnswer) -> Iterator[None]:
    place = place_for(taken[0].layer.frame)
    answer.crs = place.crs
    with written_whole(wish.output) as path:
        writer = CityJsonWriter(path, place)
        try:
            for one in taken:
                before = writer.objects
                kind = _cityjson_type(one.layer)
                if not kind:
                    answer.report.add(f'CityJSON has no place for "{one.name}", it is left out', count=1, is_loss=True)
                    continue
                yield from _write_objects(writer, one, kind, ground)
                _note(answer, one, writer.objects - before)
            if not writer.objects:
                raise LayerError(
                    "None of the open layers has buildings or a city model's objects.",
                    hint="Open buildings, or export a GeoPackage.",
                )
            writer.finish(title=wish.output.stem, extras={"attribution": _credit(taken)} if _credit(taken) else {})
        finally:
            writer.close()
    answer.bytes = wish.output.stat().st_size


def _write_objects(writer: CityJsonWriter, one: _Taken, kind: str, ground: Ground) -> Iterator[None]:
    layer = one.layer
    if layer.model is not None:
        rows = np.flatnonzero(one.is_chosen)
        names = [f"{layer.info.id}-{row}" for row in rows]
        writer.add_bodies(layer.model, rows.tolist(), names, _attributes(one.table(rows)), kind)
        yield
        return
    feet_m = feet_of(layer, ground) + np.float32(ground.datum_m)
    for _, buildings in chosen_buildings(layer, one.is_chosen):
        names = [f"{layer.info.id}-{row}" for row in buildings.row]
        writer.add_buildings(buildings, names, _attributes(one.table(buildings.row)), feet_m[buildings.row])
        yield


def _attributes(table: pa.Table) -> Iterator[Mapping[str, object]]:
    """Return the rows as plain values; what is no number in JSON is left out."""
    for row in table.to_pylist():
        yield {k: v for k, v in row.items() if not (isinstance(v, float) and not np.isfinite(v))}


def _cityjson_type(layer: Layer) -> str:
    """Return what a layer's objects are in CityJSON, "" for nothing."""
    if layer.tiles is not None and layer.info.kind is Kind.FOOTPRINTS:
        return "Building"
    stated = (layer.info.source_layer or "").split("/")[-1]
    return stated if layer.model is not None and stated in TYPES else ""


def _write_geopackage(
    taken: Sequence[_Taken], wish: ExportWish, _ground: Ground, answer: ExportAnswer
) -> Iterator[None]:
    frames = []
    for one in taken:
        if one.layer.terrain is not None:
            answer.report.add(
                f'a GeoPackage of features has no place for the terrain "{one.name}"', count=1, is_loss=True
            )
            continue
        frame, report = exported_frame(
            one.layer, rows=np.flatnonzero(one.is_chosen).tolist(), crs=one.layer.frame.crs, without=one.left_out
        )
        for problem in report.problems:
            answer.report.add(problem.what, problem.examples, count=problem.count, is_loss=False)
        frames.append((one.name, frame))
        _note(answer, one, len(frame))
        yield
    with written_whole(wish.output) as path:
        write_geopackage(path, frames, description=_credit(taken))
    answer.bytes = wish.output.stat().st_size


def _area(taken: Sequence[_Taken]) -> Area:
    area = taken[0].layer.area
    for one in taken[1:]:
        area = area.united(one.layer.area)
    return area


@contextmanager
def _folder_whole(output: Path) -> Iterator[Path]:
    """Give a folder beside the wanted one; at the end it takes its place. An older tileset is replaced, nothing else.

    raises   UsageError  something else than a tileset is there
    """
    if output.exists() and not (output.is_dir() and ((output / "tileset.json").exists() or not any(output.iterdir()))):
        raise UsageError(
            "There is something else than a tileset where the tileset is to be written.",
            hint=f"Name a folder that is not there yet: {output}",
        )
    try:
        folder = Path(tempfile.mkdtemp(prefix=".citytwin-", dir=output.absolute().parent))
    except OSError as error:
        raise SourceError(
            f"The folder could not be written ({error.strerror}).", hint=f"Choose another: {output}"
        ) from error
    try:
        folder.chmod(0o755)
        yield folder
        if output.exists():
            shutil.rmtree(output)
        folder.replace(output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
