"""The shadows of one scene under the true sun: asked of workers as heights, swept here, hung up as textures.

A sweep takes 10 to 60 ms and is done anew whenever the sun moves: on coarser grids while it moves or the camera does,
on the full ones for a resting picture. The heights are made once, by workers, for what stands and no filter hides.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import ceil, cos, hypot, tan
from typing import Any

import numpy as np
import numpy.typing as npt

from layers import shadow_heights
from layers.buildings import BuildingsVisual
from layers.look import Look
from layers.shadow_maps import NOWHERE, MapPlace
from layers.shadow_sweep import NOTHING, Grid, Swept, pooled, room_texels, swept
from layers.sunlight import Sunlight, shadow_reach_m
from layers.workers import Finished, Workers
from twin.place import Area
from twin.session import Camera
from twin.terrain import Ground

FINEST_M, CITY_TEXELS, MOST_TEXELS, QUICK_TEXELS = 0.25, 1_800, 2_560, 900
"""Texels along a grid of the city, with the room its shadows take, and while the sun moves."""
NEAR_FINEST_M, NEAR_TEXELS = 0.08, 1_900
NEAR_WORTH = 0.75
"""A near grid is made where its texels are smaller than this share of the city's."""
REACH_TEXELS = 2_200
"""Shadows leave the city by at most so many of its texels; only those of a setting sun would go farther."""
GROUND_NODES = 320
LEAST_HALF_M = 60.0
PRIORITY = 3e6

_serial = itertools.count()
CasterKey = tuple[object, ...]


@dataclass(slots=True, eq=False)
class _Level:
    """Heights over a part of the ground, in the making or made."""

    place: MapPlace
    number: int
    waiting: set[Any] = field(default_factory=set)
    top_m: Grid | None = None
    highest_m: float = 0.0
    names: list[str] = field(default_factory=list)
    """What was shared for it."""
    pooled: dict[int, Grid] = field(default_factory=dict)
    """Coarser heights, by their step."""

    def top(self, step: int) -> Grid:
        """Return the heights in texels so many times as large."""
        assert self.top_m is not None
        if step not in self.pooled:
            self.pooled[step] = pooled(self.top_m, step)
        return self.pooled[step]

    @property
    def is_ready(self) -> bool:
        """Return whether all heights are there."""
        return not self.waiting and self.top_m is not None


class Shadows:
    """Makes and keeps the pictures of the shadows."""

    def __init__(self, look: Look, workers: Workers) -> None:
        """Begin with nothing that casts shadows."""
        self._look, self._workers, self._id = look, workers, f"shadows-{next(_serial)}"
        self._casters: list[BuildingsVisual] = []
        self._key: CasterKey = ()
        self._ground = Ground()
        self._area: Area | None = None
        self._city: _Level | None = None
        self._near: _Level | None = None
        self._drawn: tuple[object, ...] = ()
        """What the city's shadows on show were swept of."""
        self._near_drawn: tuple[object, ...] = ()
        self._reach: tuple[MapPlace, Grid] | None = None
        """How high shadows reach over the city, where the near grid's begin."""

    def take(self, visuals: Iterable[BuildingsVisual], ground: Ground) -> None:
        """Take what casts shadows now; what stands has its old shadows until the new ones are there."""
        self._casters = [v for v in visuals if v.is_visible and len(v.arrays.row)]
        each = ((id(v), v.known, v.far.filter, id(v.foot_m), v.bodies and v.bodies[1]) for v in self._casters)
        key: CasterKey = (id(ground), *each)
        if key == self._key:
            return
        self._key, self._ground = key, ground
        areas = [v.carpet.city for v in self._casters]
        self._area = None
        for area in areas:
            self._area = area if self._area is None else self._area.united(area)
        for level in (self._city, self._near):
            self._drop(level)
        self._city = self._near = None

    # heights

    def _request(self, place: MapPlace) -> _Level:
        """Have the heights over a part of the ground made."""
        level = _Level(place, next(_serial))
        (west, south), (columns, lines) = place.corner_local, place.size
        for number, visual in enumerate(self._casters):
            key = (self._id, level.number, number)
            level.waiting.add(key)
            bit = -1 if visual.bodies is None else visual.bodies[1]
            more: dict[str, npt.NDArray[np.generic]] = {}
            if visual.far.is_shown is not None:
                more["is_shown"] = visual.far.is_shown
            if visual.foot_m is not None:
                more["foot_m"] = visual.foot_m
            shared = visual.known
            if more:
                name = self._workers.share(f"{self._id}-{level.number}-{number}", more)
                level.names.append(name)
                shared = (*shared, name)
            values = (west, south, place.texel_m, columns, lines, bit)
            self._workers.submit(key, shadow_heights.tops, shared, *values, priority=PRIORITY)
        return level

    def accept(self, finished: Finished) -> bool:
        """Take finished heights; what could not be made casts no shadow."""
        key = finished.key
        if not (isinstance(key, tuple) and key and key[0] == self._id):
            return False
        for level in (self._city, self._near):
            if level is None or key not in level.waiting:
                continue
            level.waiting.discard(key)
            if finished.arrays is not None:
                top: Grid = finished.arrays["top_m"]  # type: ignore[assignment]
                level.top_m = np.array(top) if level.top_m is None else np.maximum(level.top_m, top)
            elif level.top_m is None:
                level.top_m = np.full(level.place.size[::-1], NOTHING, np.float32)
            if not level.waiting:
                self._stand(level)
        return True

    def _stand(self, level: _Level) -> None:
        """Note that all that stands is known."""
        assert level.top_m is not None
        level.highest_m = float(level.top_m.max(initial=0.0))
        for name in level.names:
            self._workers.unshare(name)
        level.names.clear()

    def _ground_under(self, place: MapPlace) -> Grid | None:
        """Return how high the ground lies, (lines, columns); None where it is flat."""
        if self._ground.is_flat:
            return None
        columns, lines = place.size
        step = max(ceil(max(columns, lines) / GROUND_NODES), 1)
        x, y = np.arange(0, columns + step, step), np.arange(0, lines + step, step)
        nodes = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        xy = np.asarray(place.corner_local) + (nodes + 0.5) * place.texel_m
        z = self._ground.z_at(xy).reshape(len(y), len(x)).astype(np.float32)
        down = _between(z, step, lines)
        return np.ascontiguousarray(_between(np.ascontiguousarray(down.T), step, columns).T)

    def _drop(self, level: _Level | None) -> None:
        if level is None:
            return
        for name in level.names:
            self._workers.unshare(name)

    # what is swept

    def prepare(self, camera: Camera, size_px: tuple[int, int]) -> None:
        """Bring the shadows up to date for a moving frame, as finely as there is time for."""
        sunlight = self._look.sunlight
        if not sunlight.has_shadows or self._area is None:
            self._clear()
            return
        self._want_city()
        if self._city is not None and self._city.is_ready and self._drawn[:2] != (self._city.number, sunlight):
            self._sweep_city(self._city, sunlight, QUICK_TEXELS)
            if self._near is not None and self._near.is_ready and self._covers(self._near, camera, size_px):
                self._sweep_near(self._near, sunlight, QUICK_TEXELS)
            else:
                self._hide_near()

    def settled(self, camera: Camera, size_px: tuple[int, int]) -> Iterator[None]:
        """Bring the shadows up to date for a resting picture; yields while workers are at it, and after each sweep."""
        sunlight = self._look.sunlight
        if not sunlight.has_shadows or self._area is None:
            self._clear()
            return
        self._want_city()
        self._want_near(camera, size_px)
        while self.is_waiting:
            yield None
        city, near = self._city, self._near
        if city is not None and city.is_ready and self._drawn != (city.number, sunlight, MOST_TEXELS):
            self._sweep_city(city, sunlight, MOST_TEXELS)
            self._near_drawn = ()
            yield None
        if near is None or not near.is_ready:
            self._hide_near()
        elif self._near_drawn != (near.number, sunlight, NEAR_TEXELS):
            self._sweep_near(near, sunlight, NEAR_TEXELS)
            yield None

    @property
    def is_waiting(self) -> bool:
        """Return whether heights are still being made."""
        return any(level is not None and level.waiting for level in (self._city, self._near))

    def _clear(self) -> None:
        if self._drawn or self._look.maps.city is not NOWHERE:
            self._drawn = self._near_drawn = ()
            self._look.maps.clear()

    def _hide_near(self) -> None:
        if self._near_drawn or self._look.maps.near is not NOWHERE:
            self._near_drawn = ()
            self._look.maps.set_near(NOWHERE, None, None)

    def _want_city(self) -> None:
        if self._city is None and self._area is not None:
            self._city = self._request(_grid(self._with_hills(self._area), CITY_TEXELS, FINEST_M))

    def _with_hills(self, area: Area) -> Area:
        """Return an area with the terrain around it, half as far again as the city reaches."""
        if self._ground.is_flat:
            return area
        room_m = 0.5 * max(area.size_m)
        hills = [t.area for t in self._ground.terrains]
        west, south = min(h.west_m for h in hills), min(h.south_m for h in hills)
        east, north = max(h.east_m for h in hills), max(h.north_m for h in hills)
        around = Area(
            max(west, area.west_m - room_m), max(south, area.south_m - room_m),
            min(east, area.east_m + room_m), min(north, area.north_m + room_m),
        )  # fmt: skip
        return around.united(area)

    def _want_near(self, camera: Camera, size_px: tuple[int, int]) -> None:
        """Ask for the heights around what is looked at, if they would be finer than the city's."""
        assert self._city is not None
        wished = near_place(camera, size_px)
        if wished.texel_m > NEAR_WORTH * self._city.place.texel_m:
            self._drop(self._near)
            self._near = None
        elif self._near is None or self._near.place != wished:
            self._drop(self._near)
            self._near = self._request(wished)

    @staticmethod
    def _covers(level: _Level, camera: Camera, size_px: tuple[int, int]) -> bool:
        """Return whether a level is fine enough for a view that may have moved since."""
        return level.place.texel_m < 2.0 * near_place(camera, size_px).texel_m

    def _sweep_city(self, level: _Level, sunlight: Sunlight, most: int) -> None:
        highest_m, low_m = max(level.highest_m, self._ground.highest_m), 0.0
        reach_m = min(shadow_reach_m(highest_m - low_m, sunlight), REACH_TEXELS * level.place.texel_m)
        room = room_texels(reach_m, level.place.texel_m, sunlight)
        columns, lines = level.place.size
        step = max(ceil(max(columns + room[0] + room[2], lines + room[1] + room[3]) / most), 1)
        west, south, east, north = (ceil(side / step) for side in room)
        texel_m = level.place.texel_m * step
        small = level.top(step)
        corner = level.place.corner_local
        place = MapPlace(
            (corner[0] - west * texel_m, corner[1] - south * texel_m), texel_m,
            (small.shape[1] + west + east, small.shape[0] + south + north),
        )  # fmt: skip
        ground = self._ground_under(place)
        top = np.full(place.size[::-1], NOTHING, np.float32)
        inner = top[south : south + small.shape[0], west : west + small.shape[1]]
        inner[...] = small
        found = swept(top, ground, sunlight, texel_m)
        # what stands on the border itself counts too; on a slope its height, taken so coarsely, would cast streaks
        self._reach = (place, np.maximum(found.ceiling_m, top) if ground is None else found.ceiling_m)
        self._look.maps.set_range(low_m - 1.0, highest_m + 1.0)
        self._look.maps.set_city(place, found.shade, found.ceiling_m)
        self._drawn = (level.number, sunlight, most)

    def _sweep_near(self, level: _Level, sunlight: Sunlight, most: int) -> None:
        step = max(ceil(max(level.place.size) / most), 1)
        top = level.top(step)
        place = replace(level.place, texel_m=level.place.texel_m * step, size=top.shape[::-1])
        ground = self._ground_under(place)
        found: Swept = swept(top, ground, sunlight, place.texel_m, self._border(place))
        self._look.maps.set_near(place, found.shade, found.ceiling_m)
        self._near_drawn = (level.number, sunlight, most)

    def _border(self, place: MapPlace) -> Grid | None:
        """Return how high shadows reach just outside of a part, (lines + 2, columns + 2); only the rim is filled."""
        if self._reach is None:
            return None
        columns, lines = place.size
        border = np.empty((lines + 2, columns + 2), np.float32)
        x, y = np.arange(-1, columns + 1), np.arange(-1, lines + 1)
        for line in (0, -1):
            border[line] = self._reach_at(place, x, np.full_like(x, y[line]))
        for column in (0, -1):
            border[:, column] = self._reach_at(place, np.full_like(y, x[column]), y)
        return border

    def _reach_at(self, place: MapPlace, x: npt.NDArray[np.int_], y: npt.NDArray[np.int_]) -> Grid:
        assert self._reach is not None
        city, reach = self._reach
        east = (place.corner_local[0] - city.corner_local[0] + (x + 0.5) * place.texel_m) / city.texel_m
        north = (place.corner_local[1] - city.corner_local[1] + (y + 0.5) * place.texel_m) / city.texel_m
        column, line = np.floor(east).astype(np.int64), np.floor(north).astype(np.int64)
        is_on = (column >= 0) & (column < reach.shape[1]) & (line >= 0) & (line < reach.shape[0])
        found = np.full(len(x), NOTHING, np.float32)
        found[is_on] = reach[line[is_on], column[is_on]]
        return found

    def close(self) -> None:
        """Let go what was shared."""
        for level in (self._city, self._near):
            self._drop(level)
        self._city = self._near = None


def near_place(camera: Camera, size_px: tuple[int, int]) -> MapPlace:
    """Return the square around what a camera looks at, as finely as its pixels are."""
    width_px, height_px = size_px
    half_m = camera.distance_m * tan(camera.view_angle_rad / 2)
    x, y, _ = camera.target_local
    slant = max(cos(min(camera.tilt_rad, 1.4)), 0.35)
    reach_m = max(hypot(half_m * width_px / height_px, half_m / slant), LEAST_HALF_M)
    texel_m = max(2 * reach_m / NEAR_TEXELS, NEAR_FINEST_M)
    side = ceil(2 * reach_m / texel_m)
    # on whole texels, so that a camera that moves a little does not make edges swim
    corner = (round((x - reach_m) / texel_m) * texel_m, round((y - reach_m) / texel_m) * texel_m)
    return MapPlace(corner, texel_m, (side, side))


def _grid(area: Area, most: int, finest_m: float) -> MapPlace:
    width_m, height_m = area.size_m
    texel_m = max(finest_m, max(width_m, height_m) / most)
    size = max(ceil(width_m / texel_m) + 2, 4), max(ceil(height_m / texel_m) + 2, 4)
    x, y = area.centre
    return MapPlace((x - size[0] * texel_m / 2, y - size[1] * texel_m / 2), texel_m, size)


def _between(nodes: Grid, step: int, count: int) -> Grid:
    """Return values at every line from those at every step-th one."""
    line = np.arange(count)
    low, share = line // step, ((line % step) / step).astype(np.float32)[:, None]
    high = np.minimum(low + 1, len(nodes) - 1)
    return np.asarray(nodes[low] * (1 - share) + nodes[high] * share, np.float32)
