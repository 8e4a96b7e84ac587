"""Meshes of a layer's former state that go on being drawn: those of tiles that are the same, and stand-ins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vtkmodules.vtkRenderingCore import vtkRenderer

from layers.building_tiles import TileMesh

Meshes = dict[int, dict[int, TileMesh]]
"""By level, by tile."""


@dataclass(slots=True)
class Drawn:
    """The meshes that a visual has, and which of them it shows."""

    meshes: Meshes
    shown: set[tuple[int, int]]
    """(level, tile)."""


def adopt_same(new: Drawn, old: Drawn, tiles: Mapping[int, int], *, frame: int) -> int:
    """Take over the meshes of tiles that are the same (new tile: old tile); return how many."""
    adopted = 0
    for tile, before in tiles.items():
        for level, meshes in old.meshes.items():
            mesh = meshes.pop(before, None)
            if mesh is None:
                continue
            mesh.paint_number = mesh.mask_number = -1
            mesh.last_used = frame
            new.meshes[level][tile] = mesh
            if (level, before) in old.shown:
                old.shown.discard((level, before))
                new.shown.add((level, tile))
            adopted += 1
    return adopted


class StandIns:
    """What tiles looked like in the layer's former state, until they are made anew: nothing vanishes meanwhile."""

    def __init__(self, renderer: vtkRenderer) -> None:
        """Have none."""
        self._renderer = renderer
        self._meshes: dict[int, TileMesh] = {}

    def take(self, old: Drawn, new: Drawn) -> None:
        """Take what is shown of tiles that have no mesh of their own yet; both states have the same tree."""
        for level, tile in sorted(old.shown):
            mesh = old.meshes[level].get(tile)
            if mesh is not None and not any(tile in meshes for meshes in new.meshes.values()):
                self.drop([tile])
                self._meshes[tile] = old.meshes[level].pop(tile)
                old.shown.discard((level, tile))

    def drop(self, tiles: Iterable[int] | None = None) -> None:
        """Let those of some tiles go; None lets all go."""
        for tile in list(self._meshes) if tiles is None else tiles:
            mesh = self._meshes.pop(tile, None)
            if mesh is not None:
                self._renderer.RemoveActor(mesh.actor)
                mesh.actor.ReleaseGraphicsResources(self._renderer.GetRenderWindow())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._meshes)
