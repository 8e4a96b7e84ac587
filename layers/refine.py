"""The resting picture: every triangle in view, several times a pixel, in short slices that can be broken off.

Tiles are drawn one portion after the other into the same buffers, which gives the same picture as drawing all at once.
The whole is repeated with the picture shifted by parts of a pixel, and the mean of the repetitions is shown.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from layers.buildings import BuildingsVisual
    from layers.scene import Scene
    from twin.session import Camera

SLICE_S = 0.025
SHIFTS_PX = ((-0.125, -0.375), (0.375, -0.125), (0.125, 0.375), (-0.375, 0.125))
"""Four samples a pixel, no two in a row or column: edges near to upright or level get four steps."""
FINE_SHIFTS_PX = tuple(
    (x / 3, y / 3) for x, y in ((0, 0), (1, -1), (-1, 1), (-1, -1), (1, 1), (0, -1), (0, 1), (1, 0), (-1, 0))
)
"""The nine samples of a picture three times as large: where buildings are about a pixel, four leave noise."""
FINE_TRIANGLES = 4_000_000
"""Views of up to so many triangles are drawn nine times, in about two seconds; larger ones four times."""
WAIT_S = 0.02
SUN_WAIT_S = 0.25
"""A first picture waits so long for the heights that shadows are made of; in large cities it comes without."""
FIRST_SLICE_TRIANGLES = 150_000
LOOK_AHEAD = 64
"""Tiles of the nearest ones that are asked for at a time; what lies behind them waits its turn."""


class Refinement:
    """One resting picture in the making."""

    def __init__(self, scene: Scene, camera: Camera, *, passes: int | None = None) -> None:
        """Choose what is in view; passes None draws it as many times as is worth the while."""
        self._scene, self._camera = scene, camera
        self._rate = FIRST_SLICE_TRIANGLES / SLICE_S
        self.triangles = 0
        """Triangles in one pass, known when the first is complete."""
        self.passes_done = 0
        self.complete_s: float | None = None
        """When the first picture with every triangle was there, by time.perf_counter."""
        self.meshed_s: float | None = None
        """When the last tile in view was there in full, by time.perf_counter."""
        choices = [(v, scene.choice(v, camera, 0.0)) for v in scene.buildings.values() if v.is_visible]
        for visual, _ in choices:
            visual.far.request(scene.carpet_priority)
        self._tiles: list[tuple[BuildingsVisual, int]] = [
            (visual, int(tile))
            for visual, choice in choices
            for tile in np.flatnonzero(choice.is_in_view)[
                np.argsort(-choice.px_per_m[np.flatnonzero(choice.is_in_view)], kind="stable")
            ]
        ]
        triangles = sum(int(visual.full_triangles[tile]) for visual, tile in self._tiles)
        self._shifts_px = (FINE_SHIFTS_PX if triangles <= FINE_TRIANGLES else SHIFTS_PX)[:passes]

    def slices(self) -> Iterator[npt.NDArray[np.uint8] | None]:
        """Draw portion by portion; yield None after each slice and the picture after each pass."""
        total: npt.NDArray[np.uint16] | None = None
        is_one = len(self._shifts_px) == 1  # there will be no later pass with the shadows
        yield from self._settle_sun(None if is_one else SUN_WAIT_S)
        while self.passes_done < len(self._shifts_px):
            is_lit = self._scene.sun.is_settled or not self._scene.is_working
            is_whole = self._are_carpets_there() and is_lit
            yield from self._one_pass(self._shifts_px[self.passes_done])
            if self.complete_s is None:
                self.complete_s = time.perf_counter()
            picture = self._scene.resting_pixels(self._camera)
            if not is_whole and len(self._shifts_px) > 1:
                yield picture
                yield from self._wait_for_carpets()
                yield from self._settle_sun(None)
                continue
            total = picture.astype(np.uint16) if total is None else total + picture
            self.passes_done += 1
            yield ((total + self.passes_done // 2) // np.uint16(self.passes_done)).astype(np.uint8)
        if self.passes_done > 1:
            yield from self._warm_picks()

    def _warm_picks(self) -> Iterator[None]:
        """Make what is in view ready to be picked, while nobody waits for anything."""
        begin = time.perf_counter()
        for visual, tile in self._tiles:
            if self._scene.warm_pick(visual, tile) and time.perf_counter() - begin > SLICE_S:
                yield None
                begin = time.perf_counter()

    def _settle_sun(self, most_s: float | None) -> Iterator[None]:
        """Have the shadows laid for this view, waiting at most so long for workers; None waits until they are there."""
        scene, begin = self._scene, time.perf_counter()
        for _ in scene.sun.settled(scene.buildings.values(), self._camera, scene.canvas.picture_px):
            if scene.sun.shadows.is_waiting:
                is_late = most_s is not None and time.perf_counter() - begin > most_s
                if is_late or not scene.is_working:  # what was asked for may have been dropped by somebody else
                    return
                scene.collect(WAIT_S)
            yield None

    def _are_carpets_there(self) -> bool:
        wanted = [v.has_carpet for v in self._scene.buildings.values() if v.is_visible]
        return all(wanted) or not self._scene.is_working

    def _wait_for_carpets(self) -> Iterator[None]:
        """Wait for what lies on the ground under the solids: shadows and shade."""
        while not self._are_carpets_there() and self._scene.is_working:
            self._scene.collect(WAIT_S)
            yield None
        yield from self._upload_carpets()

    def _upload_carpets(self) -> Iterator[None]:
        """Draw the new patches one by one: all at once they would hold up the next pass for a quarter of a second."""
        scene = self._scene
        for visual in scene.buildings.values():
            visual.show_only(())
            while True:
                scene.show_far(is_visible=False)
                if not visual.carpet.show_one_new():
                    break
                scene.canvas.draw()
                scene.show_far(is_visible=True)
                yield None
        scene.show_far(is_visible=True)

    def _one_pass(self, shift_px: tuple[float, float]) -> Iterator[None]:
        scene = self._scene
        scene.groundwork.prepare(self._camera, scene.canvas.picture_px)
        while scene.groundwork.is_waiting and scene.is_working:
            scene.collect(WAIT_S)
            scene.groundwork.prepare(self._camera, scene.canvas.picture_px)
            yield None
        scene.aim(self._camera, shift_px=shift_px)
        for visual in scene.buildings.values():
            visual.show_only(())
            visual.carpet.set_share(visual.lost_tiles())
        scene.show_far(is_visible=True)
        scene.canvas.draw()
        scene.note_ground()
        yield None
        waiting = list(self._tiles)
        self.triangles = 0
        while waiting:
            if self.meshed_s is None and all(visual.has_finest(tile) for visual, tile in waiting):
                self.meshed_s = time.perf_counter()
            portion, waiting = self._portion(waiting)
            if portion:
                self._draw(portion)
            self._request(waiting)
            if not portion and waiting:
                scene.collect(WAIT_S)
            else:
                scene.collect()
            yield None

    def _portion(
        self, waiting: list[tuple[BuildingsVisual, int]]
    ) -> tuple[list[tuple[BuildingsVisual, int]], list[tuple[BuildingsVisual, int]]]:
        """Take as many tiles that are there as fit a slice, looking no farther than where tiles are being made."""
        room = self._rate * SLICE_S
        portion: list[tuple[BuildingsVisual, int]] = []
        rest: list[tuple[BuildingsVisual, int]] = []
        looked_at = 0
        for visual, tile in waiting:
            if room <= 0 or len(rest) > LOOK_AHEAD:
                break
            looked_at += 1
            if visual.has_finest(tile):
                portion.append((visual, tile))
                room -= int(visual.full_triangles[tile])
            else:
                rest.append((visual, tile))
        return portion, rest + waiting[looked_at:]

    def _draw(self, portion: list[tuple[BuildingsVisual, int]]) -> None:
        scene = self._scene
        begin = time.perf_counter()
        triangles = sum(
            visual.show_only([tile for v, tile in portion if v is visual]) for visual in scene.buildings.values()
        )
        scene.show_far(is_visible=False)
        scene.canvas.draw(keep=True)
        scene.show_far(is_visible=True)  # whoever draws next, after breaking off here, has all of it
        self.triangles += triangles
        took_s = max(time.perf_counter() - begin, 1e-4)
        self._rate = 0.5 * self._rate + 0.5 * max(triangles, 1000) / took_s
        held = sum(v.nbytes for v in scene.buildings.values())
        if held > scene.mesh_bytes:
            for visual, tile in portion:
                visual.forget_finest(tile)

    def _request(self, waiting: list[tuple[BuildingsVisual, int]]) -> None:
        for order, (visual, tile) in enumerate(waiting[:LOOK_AHEAD]):
            if not visual.has_finest(tile):
                visual.request_finest(tile, 1e6 - order)
