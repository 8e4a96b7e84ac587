"""The buildings of one layer in one scene: tiles as boxes or in full, over a carpet for what is too far."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkRenderer

from layers import tile_work
from layers.adopting import Drawn, StandIns, adopt_same
from layers.building_tiles import RowPaint, TileMesh, is_same_mask, painted_over, tile_actor
from layers.building_trouble import trouble_of
from layers.carpet import Carpet
from layers.detail import BOX, FULL, FULL_TRIANGLES, OUT, Choice
from layers.far_picture import FarPicture
from layers.feet import raised_index
from layers.look import Look
from layers.mesh_actor import recolour, reface
from layers.shared_bodies import Colours, arrays_by_name, surface_colours
from layers.tile_identity import tiles_after
from layers.workers import Finished, Workers
from twin.models import FINEST_BIT, Bodies
from twin.report import Report
from twin.terrain import Ground
from twin.tiles import TileArrays, TileSource

_serial = itertools.count()
BYTES_A_TRIANGLE = 52
"""What a drawn triangle takes in all: its share of vertices and colours here, and both again on the graphics side."""


class BuildingsVisual:
    """Draws a TileSource; geometry is made by workers, colours are written here."""

    def __init__(
        self, renderer: vtkRenderer, look: Look, workers: Workers, tiles: TileSource, bodies: Bodies | None = None
    ) -> None:
        """Begin with nothing drawn.

        bodies   of a city model's rows: in full, they stand where blocks would
        """
        self._bodies, self._bit = bodies, FINEST_BIT
        self._surface_rgb: npt.NDArray[np.uint8] | None = None
        self._renderer, self._look, self._workers = renderer, look, workers
        self._tiles, self.index = tiles, tiles.index()
        self.arrays: TileArrays = tiles.arrays  # type: ignore[attr-defined]
        self._id = f"buildings-{next(_serial)}"
        self._meshes: dict[int, dict[int, TileMesh]] = {BOX: {}, FULL: {}}
        self._paint = RowPaint(np.full((1, 3), 200, np.uint8), None)
        self._selected: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._base_rgb: npt.NDArray[np.uint8] | None = None
        self._frame = 0
        self.shown = len(self.arrays.row)
        """How many buildings no filter hides."""
        self._is_visible = True
        self._given_up: dict[tuple[int, int], str] = {}
        """Why a tile could not be made, by (level, tile); it is not asked for again."""
        known = self.index.triangles
        self.full_triangles = known.copy() if len(known) else self.index.count.astype(np.int64) * FULL_TRIANGLES
        """(t,) triangles of each tile drawn in full."""
        self.carpet = Carpet(renderer, look, tiles.area(), self.index)
        block = getattr(tiles, "block", "")
        self._shared = (
            block if block and workers.hold(block) else workers.share(self._id, arrays_by_name(self.arrays, bodies))
        )
        self._raised = ""
        """The name under which workers have other heights than those they got first; "" if they are the same."""
        self._last_drawn: set[tuple[int, int]] = set()
        self._stand_ins = StandIns(renderer)
        self._foot_m: npt.NDArray[np.float32] | None = None
        self.far = FarPicture(self.carpet, workers, self._shared, self._id)

    # what workers bring

    def accept(self, finished: Finished) -> bool:
        """Take a finished piece of work if it is this visual's; return whether the picture changes by it."""
        key = finished.key
        if not (isinstance(key, tuple) and key and key[0] == self._id):
            return False
        _, level, tile = key
        if isinstance(level, str) and finished.arrays is not None:
            self.far.take(level, tile, finished.arrays)
        elif isinstance(level, str):
            self.far.given_up[level] = finished.reason
        elif finished.arrays is not None:
            self._add_mesh(level, tile, finished.arrays)
        else:
            self._given_up[level, tile] = finished.reason
        return finished.arrays is not None

    def request(self, level: int, tile: int, priority: float) -> None:
        """Have one tile made at one level, unless it is there or cannot be made."""
        if tile not in self._meshes[level] and (level, tile) not in self._given_up:
            key = (self._id, level, tile)
            is_body = level == FULL and self._bodies is not None
            work = tile_work.body_tile if is_body else tile_work.box_tile if level == BOX else tile_work.full_mesh
            self._workers.submit(key, work, self.known, tile, *([self._bit] * is_body), priority=priority)

    @property
    def known(self) -> tuple[str, ...]:
        """Return the names of what workers need; of arrays that are named twice, they take the later."""
        return (self._shared, self._raised) if self._raised else (self._shared,)

    def retile(self, tiles: TileSource) -> bool:
        """Take other heights of the same buildings: only tiles with such buildings are made anew.

        returns   False if the tiles are others; nothing is changed then
        """
        old, new = self.arrays, getattr(tiles, "arrays", None)
        if new is None or new.member is not old.member or new.offset_xy is not old.offset_xy:
            return False
        is_other = (new.height_m != old.height_m) | (new.base_m != old.base_m)
        places = np.flatnonzero(is_other[new.member])
        self._tiles, self.index, self.arrays = tiles, tiles.index(), new
        if self._raised:
            self._workers.unshare(self._raised)
        heights = {"height_m": new.height_m, "base_m": new.base_m}
        if self._foot_m is not None:
            self.index = raised_index(self.index, new, self._foot_m)
        self._raised = self._workers.share(f"{self._id}-raised-{next(_serial)}", heights)
        self.far.make_anew(self.known)
        for tile in np.unique(np.searchsorted(new.member_start, places, side="right") - 1).tolist():
            for level in (BOX, FULL):
                self.forget(level, tile)
                self._given_up.pop((level, tile), None)
        return True

    def adopt(self, old: BuildingsVisual) -> int:
        """Take over the meshes of tiles that are the same in a former state of the layer; return how many.

        What is adopted is drawn in this visual's colours at once; the former visual loses it.
        """
        if self._bodies is not None or old._bodies is not None:
            return 0
        mine, others = Drawn(self._meshes, self._last_drawn), Drawn(old._meshes, old._last_drawn)
        adopted = adopt_same(mine, others, tiles_after(old._tiles, self._tiles), frame=self._frame)
        self.full_triangles[list(self._meshes[FULL])] = [len(m.faces) for m in self._meshes[FULL].values()]
        after = getattr(self._tiles, "after", None)
        if after is not None and after.block == getattr(old._tiles, "block", ""):
            self._adopt_carpet(old, after.new_of_old)
            if np.array_equal(old.index.parent, self.index.parent):
                self._stand_ins.take(others, mine)
        return adopted

    def _adopt_carpet(self, old: BuildingsVisual, new_of_old: npt.NDArray[np.int64]) -> None:
        """Show the former far picture until there is another one."""
        if not self.carpet.is_alike(old.carpet):
            return
        self.carpet, old.carpet = old.carpet, self.carpet
        self.carpet.follow(self.index, new_of_old)
        self.far.show_on(self.carpet)
        old.far.show_on(old.carpet)

    def _add_mesh(self, level: int, tile: int, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        place, means = arrays["vertex_place"], arrays.get("vertex_means")
        if means is not None and int(arrays["bit"][0]) != self._bit:
            return  # another level of detail is asked for by now
        faces = arrays["faces"]
        x, y = self.arrays.tile_origin[tile]
        feet = None if self._foot_m is None else self._foot_m[self._tile_rows(tile)]
        actor = tile_actor(
            arrays,
            self._vertex_rgb(tile, place, means),  # type: ignore[arg-type]
            (float(x), float(y), 0.0),
            None if feet is None else feet[place],
            self._look,
        )
        actor.GetProperty().SetOpacity(self._paint.opacity)
        self._renderer.AddActor(actor)
        drawn = self._number(tile), 0, len(faces), self._frame
        mesh = TileMesh(actor, faces, place, *drawn, means, feet=feet)  # type: ignore[arg-type]
        self._meshes[level][tile] = mesh
        self._stand_ins.drop([tile])
        if level == FULL:
            self.full_triangles[tile] = len(faces)

    def set_bodies(self, lod: str, surface_rgb: npt.NDArray[np.uint8] | None) -> None:
        """Draw the bodies at another level of detail, or in other colours of surfaces when they are coloured next.

        lod           "" is the finest
        surface_rgb   (256, 3) where what a surface is tells its colour; None where its row does
        """
        self._surface_rgb = surface_rgb
        bit = FINEST_BIT if self._bodies is None else self._bodies.bit_of(lod)
        if bit == self._bit:
            return
        self._bit = bit
        for tile in list(self._meshes[FULL]):
            self.forget(FULL, tile)
        self._given_up = {key: why for key, why in self._given_up.items() if key[0] != FULL}

    @property
    def bodies(self) -> tuple[Bodies, int] | None:
        """Return the bodies that are drawn and the bit of their level of detail; None where blocks are drawn."""
        return None if self._bodies is None else (self._bodies, self._bit)

    @property
    def foot_m(self) -> npt.NDArray[np.float32] | None:
        """Return where each table row's foot lies, local metres; None on flat ground."""
        return self._foot_m

    def set_ground(self, ground: Ground, foot_m: npt.NDArray[np.float32] | None) -> None:
        """Stand on another ground: foot_m (rows,) is where each row's foot lies, local metres; None is flat ground."""
        self._foot_m = foot_m
        self.index = self._tiles.index()
        if foot_m is not None:
            self.index = raised_index(self.index, self.arrays, foot_m)
        for level, meshes in self._meshes.items():
            for tile, mesh in list(meshes.items()):
                feet = None if foot_m is None else foot_m[self._tile_rows(tile)]
                is_same = feet is mesh.feet or (feet is not None and np.array_equal(feet, mesh.feet))  # type: ignore[arg-type]
                if not is_same:
                    self.forget(level, tile)
        self.carpet.set_ground(ground)

    # colours

    def set_colours(self, rgb: npt.NDArray[np.uint8], is_shown: npt.NDArray[np.bool_] | None, opacity: float) -> None:
        """Take other colours: rgb (rows, 3), which rows are shown (rows,) or None for all, and the opacity."""
        old = self._paint
        is_mask_same = (old.is_shown is None and is_shown is None) or (
            old.is_shown is not None and is_shown is not None and np.array_equal(old.is_shown, is_shown)
        )
        is_rgb_same = rgb is self._base_rgb and self._surface_rgb is None
        self._base_rgb = rgb
        self._paint = RowPaint(
            painted_over(rgb, self._selected, self._look.theme.selected),
            is_shown,
            opacity,
            old.paint_number + (not is_rgb_same),
            old.mask_number + (not is_mask_same),
        )
        if opacity != old.opacity:
            for level in self._meshes.values():
                for mesh in level.values():
                    mesh.actor.GetProperty().SetOpacity(opacity)
        self.far.set_colours(rgb, is_shown, number=self._paint.mask_number)
        every = len(self.arrays.row)
        self.shown = every if is_shown is None else int(np.count_nonzero(is_shown[self.arrays.row]))

    def select(self, rows: Iterable[int]) -> None:
        """Paint these rows in the accent colour, and only these."""
        chosen = np.fromiter(rows, np.int64)
        touched = {self._tiles.locate(int(r))[0] for r in np.concatenate([chosen, self._selected])} - {-1}
        self._selected = chosen
        if self._base_rgb is None:
            return
        self._paint.rgb = painted_over(self._base_rgb, self._selected, self._look.theme.selected)
        for tile in touched:
            self._paint.tile_number[tile] = self._paint.tile_number.get(tile, 0) + 1

    def _number(self, tile: int) -> int:
        return self._paint.paint_number * 1_000_003 + self._paint.tile_number.get(tile, 0)

    def _tile_rows(self, tile: int) -> npt.NDArray[np.int32]:
        a = self.arrays
        return a.row[a.member[a.member_start[tile] : a.member_start[tile + 1]]]

    def _tile_rgb(self, tile: int) -> npt.NDArray[np.uint8]:
        rows = self._tile_rows(tile)
        if len(self._paint.rgb) <= 1:
            return np.broadcast_to(self._paint.rgb[0], (len(rows), 3))
        return self._paint.rgb[rows]

    def _vertex_rgb(self, tile: int, place: npt.NDArray[np.integer], means: npt.NDArray[np.uint8] | None) -> Colours:
        """Return the colour of each vertex: its row's, or that of the surface it belongs to."""
        if means is None or self._surface_rgb is None:
            return np.take(self._tile_rgb(tile), place, axis=0)
        selected = np.isin(self._tile_rows(tile), self._selected)[place] if len(self._selected) else None
        return surface_colours(self._surface_rgb, means, selected, self._look.theme.selected)

    def _freshen(self, tile: int, mesh: TileMesh) -> None:
        """Bring one mesh's colours and hidden buildings up to date."""
        number = self._number(tile)
        if mesh.paint_number != number:
            wears = None if mesh.vertex_means is not None else np.array(self._tile_rgb(tile))
            if wears is None or mesh.wears is None or not np.array_equal(wears, mesh.wears):
                recolour(mesh.actor, self._vertex_rgb(tile, mesh.vertex_place, mesh.vertex_means))
            mesh.paint_number, mesh.wears = number, wears
        if mesh.mask_number != self._paint.mask_number:
            shown = None if self._paint.is_shown is None else self._paint.is_shown[self._tile_rows(tile)]
            shown = None if shown is not None and shown.all() else shown
            if not is_same_mask(shown, mesh.shows):
                faces = mesh.faces if shown is None else mesh.faces[shown[mesh.vertex_place[mesh.faces[:, 0]]]]
                reface(mesh.actor, faces)
                mesh.triangles = len(faces)
            mesh.mask_number, mesh.shows = self._paint.mask_number, shown

    # drawing

    def apply(self, choice: Choice) -> int:
        """Show the tiles as chosen, as far as they are there, and have the rest made; return the triangles drawn.

        A tile that is wanted in full but only there as boxes is drawn as boxes, and the other way round.
        """
        self._frame += 1
        wanted: set[tuple[int, int]] = set()
        is_out = np.ones(len(self.index), bool)
        if self._is_visible:
            for tile in np.flatnonzero(choice.level != OUT):
                level = self._best(int(tile), int(choice.level[tile]), float(choice.px_per_m[tile]))
                if level != OUT:
                    wanted.add((level, int(tile)))
                    is_out[tile] = False
        triangles = self._show(wanted)
        self.carpet.set_visible(is_visible=self._is_visible)
        if self._is_visible:
            is_opaque = self._paint.opacity >= 1
            self.carpet.set_share(is_out if is_opaque else np.zeros_like(is_out))  # else only shadows, as at rest
        return triangles

    def _best(self, tile: int, level: int, px_per_m: float) -> int:
        if tile in self._meshes[level]:
            return level
        urgency = px_per_m * float(self.index.prominence_m[tile, 1])
        self.request(level, tile, urgency if level == BOX else urgency * 0.1)
        other = FULL if level == BOX else BOX
        if tile in self._meshes[other]:
            return other
        if level == FULL:
            self.request(BOX, tile, urgency)
        return OUT

    def _show(self, wanted: set[tuple[int, int]]) -> int:
        triangles = 0
        for level, tile in self._last_drawn - wanted:
            mesh = self._meshes[level].get(tile)
            if mesh is not None:
                mesh.actor.VisibilityOff()
        for level, tile in wanted:
            mesh = self._meshes[level][tile]
            self._freshen(tile, mesh)
            mesh.actor.VisibilityOn()
            mesh.last_used = self._frame
            triangles += mesh.triangles
        self._last_drawn = wanted
        return triangles

    @property
    def drawn(self) -> list[tuple[int, int]]:
        """Return the (level, tile) of what is shown."""
        return sorted(self._last_drawn)

    def show_drawn(self, which: Iterable[tuple[int, int]]) -> int:
        """Show just these (level, tile) of what is there, for a slice of a frame; return their triangles."""
        return self._show({(level, tile) for level, tile in which if tile in self._meshes[level]})

    def triangles_of(self, which: tuple[int, int]) -> int:
        """Return how many triangles a (level, tile) has as it is drawn."""
        mesh = self._meshes[which[0]].get(which[1])
        return 0 if mesh is None else mesh.triangles

    def show_only(self, tiles: Iterable[int]) -> int:
        """Show just these tiles as finely as they will ever be, for a slice of the resting picture."""
        self._frame += 1
        finest = {(self._finest(t), t) for t in tiles}
        return self._show(
            {(level, t) for level, t in finest if t in self._meshes[level]} if self._is_visible else set()
        )

    def _finest(self, tile: int) -> int:
        """Return FULL, or BOX for a tile that cannot be made in full."""
        return BOX if (FULL, tile) in self._given_up else FULL

    def has_finest(self, tile: int) -> bool:
        """Return whether a tile is there as finely as it will ever be."""
        level = self._finest(tile)
        return tile in self._meshes[level] or (level, tile) in self._given_up

    def lost_tiles(self) -> npt.NDArray[np.bool_]:
        """Return which tiles (t,) cannot be drawn as solids at all."""
        lost = np.zeros(len(self.index), bool)
        lost[[t for t in range(len(lost)) if {(FULL, t), (BOX, t)} <= self._given_up.keys()]] = True
        return lost

    def request_finest(self, tile: int, priority: float) -> None:
        """Have a tile made as finely as it can be, unless it is there."""
        self.request(self._finest(tile), tile, priority)

    def forget_finest(self, tile: int) -> None:
        """Let the finest mesh of a tile go."""
        self.forget(self._finest(tile), tile)

    @property
    def has_carpet(self) -> bool:
        """Return whether the far picture is there, or never will be."""
        return self.far.is_done

    @property
    def report(self) -> Report:
        """Return what could not be drawn, and why."""
        return trouble_of(self._given_up, self.far.given_up, self.index.count, self.lost_tiles(), self._tile_rows)

    def set_visible(self, *, is_visible: bool) -> None:
        """Show or hide the layer."""
        self._is_visible = is_visible
        if not is_visible:
            self._stand_ins.drop()
            self._frame += 1  # what was drawn until now may be forgotten
            self._show(set())
        self.carpet.set_visible(is_visible=is_visible)

    @property
    def is_visible(self) -> bool:
        """Return whether the layer is shown."""
        return self._is_visible

    # memory

    @property
    def nbytes(self) -> int:
        """Return about the bytes held for drawing."""
        triangles = sum(m.triangles for level in self._meshes.values() for m in level.values())
        return triangles * BYTES_A_TRIANGLE + self.carpet.nbytes

    def shrink(self, to_bytes: int) -> None:
        """Forget the meshes that were not drawn for longest until at most so many bytes are held."""
        excess = self.nbytes - to_bytes
        meshes = [(m.last_used, level, tile) for level, of in self._meshes.items() for tile, m in of.items()]
        for last_used, level, tile in sorted(meshes):
            if excess <= 0 or last_used >= self._frame:
                return
            excess -= self.forget(level, tile)

    def forget(self, level: int, tile: int) -> int:
        """Let one mesh go; return the bytes given back."""
        if (mesh := self._meshes[level].pop(tile, None)) is None:
            return 0
        self._last_drawn.discard((level, tile))
        self._renderer.RemoveActor(mesh.actor)
        mesh.actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())
        return mesh.triangles * BYTES_A_TRIANGLE

    def remove(self) -> None:
        """Take everything away."""
        for level, meshes in self._meshes.items():
            for tile in list(meshes):
                self.forget(level, tile)
        self._stand_ins.drop()
        self.far.remove()
        if self._raised:
            self._workers.unshare(self._raised)
        self._workers.unshare(self._shared)

    def owns(self, key: Hashable) -> bool:
        """Return whether a piece of work is this visual's."""
        return isinstance(key, tuple) and key[:1] == (self._id,)
