"""The far picture of one layer in the making: asked for once, and its shadows once more for each other filter."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from layers import tile_work
from layers.carpet import Carpet
from layers.workers import Workers

Arrays = dict[str, npt.NDArray[np.generic]]
CARPET, TOWN = "carpet", "town"
"""The whole picture; only what casts shadows."""


class FarPicture:
    """Has workers make what a carpet shows, and lays it."""

    def __init__(self, carpet: Carpet, workers: Workers, shared: str, owner: str) -> None:
        """Begin with nothing asked for.

        shared   the name under which workers have the layer's tiles
        owner    the first part of the keys under which work is submitted
        """
        self._carpet, self._workers, self._owner = carpet, workers, owner
        self._shared: tuple[str, ...] = (shared,)
        self._is_asked = False
        self._roofs: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None = None
        """Row and cover of each texel."""
        self._towns: dict[int, npt.NDArray[Any]] = {}
        """What casts shadows: all buildings (0), and those that the present filter shows."""
        self._rgb: npt.NDArray[np.uint8] | None = None
        self.is_shown: npt.NDArray[np.bool_] | None = None
        self.filter = self._filter_asked = 0
        self.given_up: dict[str, str] = {}
        """Why a part could not be made; it is not asked for again."""

    def set_colours(self, rgb: npt.NDArray[np.uint8], is_shown: npt.NDArray[np.bool_] | None, *, number: int) -> None:
        """Take colours (rows, 3) and which rows are shown, None for all; number tells one filter from another."""
        is_filter_new = number != self.filter
        self._rgb, self.is_shown, self.filter = rgb, is_shown, number
        if is_filter_new:
            self._lay()
        else:
            self._carpet.set_colours(rgb, is_shown)

    def request(self, priority: float) -> None:
        """Have made what is not there yet."""
        area, c = self._carpet.area, self._carpet
        place = (area.west_m, area.south_m, c.texel_m, c.width, c.height)
        if not self._is_asked:
            self._is_asked = True
            key = (self._owner, CARPET, 0)
            self._workers.submit(key, tile_work.carpet, self._shared, *place, priority=priority)
        number = self.filter
        if self.is_shown is None or self._filter_asked == number:
            return
        self._forget_mask()
        self._filter_asked = number
        self.given_up.pop(TOWN, None)
        mask = self._workers.share(f"{self._owner}-shown-{number}", {"is_shown": self.is_shown})
        key = (self._owner, TOWN, number)
        self._workers.submit(key, tile_work.town, (*self._shared, mask), *place, priority=priority)

    def show_on(self, carpet: Carpet) -> None:
        """Take another carpet of the same size to show the picture on."""
        self._carpet = carpet

    def make_anew(self, shared: tuple[str, ...]) -> None:
        """Have the picture made once more, of other heights; until it is there the old one stays.

        shared   the names under which workers have the layer's tiles now; of arrays named twice, the later
        """
        self._forget_mask()
        self._shared, self._is_asked = shared, False
        self.given_up.clear()

    def take(self, what: str, number: int, arrays: Arrays) -> None:
        """Take what a worker has made."""
        if what == CARPET:
            self._roofs = (arrays["row"], arrays["cover"])
        elif number != self.filter:
            return  # another filter came meanwhile
        self._towns[number] = arrays["town"]
        self._lay()

    def _lay(self) -> None:
        """Give the carpet its picture, with the shadows of what is shown as soon as they are there."""
        number = 0 if self.is_shown is None else self.filter
        self._towns = {n: town for n, town in self._towns.items() if n in (0, number)}
        if self._roofs is not None:
            self._carpet.set_picture(*self._roofs, self._towns.get(number, self._towns[0]))
        if self._rgb is not None:
            self._carpet.set_colours(self._rgb, self.is_shown)

    @property
    def is_done(self) -> bool:
        """Return whether the picture is there as it should be, or never will be."""
        if CARPET in self.given_up:
            return True
        has_shadows = self.is_shown is None or self.filter in self._towns or TOWN in self.given_up
        return self._carpet.is_ready and has_shadows

    def remove(self) -> None:
        """Take the carpet away, and drop the work that waits."""
        self._carpet.remove()
        self._forget_mask()

    def _forget_mask(self) -> None:
        """Let the last filter's mask go, and the work that waits for it."""
        if self._filter_asked:
            self._workers.unshare(f"{self._owner}-shown-{self._filter_asked}")
            self._filter_asked = 0
