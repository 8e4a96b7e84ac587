"""Two scenarios in one picture: drawn by two scenes with one camera, parted by a line or side by side. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.furniture import LINES_OF_UNIT
from layers.refine import Refinement
from layers.scene import Scene
from layers.side_by_side import beside, named_sides, swiped
from twin.legend import Legend
from twin.proposed import PROPOSED
from twin.session import Camera, Session
from ui.jobs import Jobs
from ui.showing_scenarios import beside as session_beside
from ui.showing_scenarios import name_of, scenario_id, show_scenario

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Compare:
    """Which two, and how."""

    left: str
    """A scenario by its name; "" or "today" is the city as it is."""
    right: str
    share: float = 0.5
    """Where the line stands, of the width."""
    is_split: bool = False
    """One beside the other, each in half of the width."""

    def size_of_one(self, size_px: tuple[int, int]) -> tuple[int, int]:
        """Return how large one side is drawn in a picture of a size."""
        return (max(size_px[0] // 2, 1), size_px[1]) if self.is_split else size_px


def choose_scenario(session: Session, name: str | None, compare: Compare | None) -> None:
    """Show the scenario that is wished for; of two that are compared the left one.

    raises   ScenarioError  there is none of that name
    """
    if compare is not None:
        scenario_id(session, compare.right)
        show_scenario(session, compare.left)
    elif name is not None:
        show_scenario(session, name)


def both_sides(
    left: Picture, compare: Compare, scene: Scene, session: Session, camera: Camera, jobs: Jobs
) -> tuple[Picture, tuple[Legend, ...]]:
    """Return a picture that was drawn of the left scenario together with the right one, and the legends of both.

    left   (h, w, 3), drawn by the scene
    """
    other = session_beside(session, scenario_id(session, compare.right))
    second = Scene(other, jobs=jobs, memory_bytes=scene.memory_bytes)
    height, width = left.shape[:2]
    try:
        second.is_adaptive = False
        second.resize(width, height, scale=height / LINES_OF_UNIT)
        second.draw(camera)
        second.leave_out_cut_away()
        right: Picture | None = None
        for better in Refinement(second, camera).slices():
            right = right if better is None else better
        assert right is not None
        sides = scene.labelled(left, camera), second.labelled(right, camera)
        legends = both_legends(scene.legends(), second.legends())
    finally:
        second.close()
    joined = beside(*sides) if compare.is_split else swiped(*sides, compare.share)
    names = (name_of(session, session.composition.scenario), name_of(other, other.composition.scenario))
    share = 0.5 if compare.is_split else compare.share
    theme = session.composition.theme
    return named_sides(joined, names, share, theme=theme, scale=height / LINES_OF_UNIT), legends


def both_legends(left: Sequence[Legend], right: Sequence[Legend]) -> tuple[Legend, ...]:
    """Return the legends of two scenes of one city: each layer once, those of scenarios first."""
    by_id = {legend.layer_id: legend for legend in [*left, *right]}
    return tuple(sorted(by_id.values(), key=lambda legend: legend.layer_id not in PROPOSED))
