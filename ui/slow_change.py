"""A change made little by little, by a slider, that one Undo takes back as a whole."""

from __future__ import annotations

from dataclasses import replace

from twin.layer import Style
from twin.session import Composition, Session


class SlowChange:
    """Shows styles as they come and makes one step of history of them when the hand comes off."""

    def __init__(self, session: Session) -> None:
        """Change this session."""
        self._session = session
        self._before: Composition | None = None

    @property
    def is_under_way(self) -> bool:
        """Return whether a change has begun and is not settled."""
        return self._before is not None

    def show(self, layer_id: str, style: Style) -> None:
        """Show a style on the way; history is not touched."""
        composition = self._session.composition
        if self._before is None:
            self._before = composition
        state = replace(composition.state(layer_id), style=style)
        layers = tuple(state if s.layer_id == layer_id else s for s in composition.layers)
        self._session.set_composition(replace(composition, layers=layers), is_undoable=False)

    def settle(self, _layer_id: str = "") -> None:
        """Keep what is shown as one step that can be undone."""
        before, self._before = self._before, None
        after = self._session.composition
        if before is not None and before != after:
            self._session.set_composition(before, is_undoable=False)
            self._session.set_composition(after)
