"""What clicks, rectangles and menus do to the selection."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF

from layers.pick import Pick
from twin.dates import standing_at
from twin.expression import rows_where
from twin.layer import Layer
from twin.session import Selection, Session
from ui.scene_view import SceneView


class SelectionActs:
    """Changes the session's selection."""

    def __init__(self, view: SceneView, session: Session, chosen_layer: Callable[[], str]) -> None:
        """Follow a view's clicks; chosen_layer names the layer that select-all is about."""
        self._view, self._session, self._chosen_layer = view, session, chosen_layer
        view.clicked.connect(self.click)
        view.boxed.connect(self.box)

    def acts(self) -> dict[str, Callable[[], None]]:
        """Return the acts by their ids in keys.BINDINGS."""
        return {"select_all": self.all, "select_none": self.nothing, "select_invert": self.invert}

    def click(self, pick: Pick | None, is_added: bool) -> None:  # noqa: FBT001  Qt's signal
        """Select what was clicked; with Ctrl add it, or take it out again."""
        now = self._session.selection
        if pick is None:
            if not is_added:
                self.nothing()
        elif is_added and pick.layer_id == now.layer_id:
            rows = [r for r in now.rows if r != pick.row]
            self._session.select(pick.layer_id, rows if pick.row in now.rows else [*rows, pick.row])
        else:
            self._session.select(pick.layer_id, [pick.row])

    def box(self, pixels: QRectF, is_added: bool) -> None:  # noqa: FBT001  Qt's signal
        """Select what appears inside a rectangle of the picture, in the chosen layer or the topmost that has any."""
        now = self._session.selection
        edges = (pixels.left(), pixels.top(), pixels.right(), pixels.bottom())
        inside = self._view.scene.rows_in_rectangle(self._view.camera, edges)
        for layer in self._layers_from_top():
            rows = inside.get(layer.info.id)
            if rows is not None and len(rows):
                before = now.rows if is_added and now.layer_id == layer.info.id else ()
                self._session.select(layer.info.id, [*before, *rows.tolist()])
                return
        if not is_added:
            self.nothing()

    def _layers_from_top(self) -> Iterable[Layer]:
        states = [s for s in reversed(self._session.composition.layers) if s.is_visible]
        on = [self._session.layers[s.layer_id] for s in states if s.layer_id in self._session.layers]
        chosen = self._chosen_layer()
        return sorted(on, key=lambda layer: layer.info.id != chosen)

    def all(self) -> None:
        """Select all that is shown of the chosen layer."""
        layer = self._session.layers.get(self._chosen_layer())
        if layer is not None:
            self._session.select(layer.info.id, np.flatnonzero(shown_rows(self._session, layer)).tolist())

    def nothing(self) -> None:
        """Clear the selection."""
        self._session.select("", ())

    def invert(self) -> None:
        """Select what is shown and not selected in the chosen layer."""
        layer = self._session.layers.get(self._chosen_layer())
        if layer is None:
            return
        chosen = shown_rows(self._session, layer)
        now: Selection = self._session.selection
        if now.layer_id == layer.info.id:
            chosen[list(now.rows)] = False
        self._session.select(layer.info.id, np.flatnonzero(chosen).tolist())


def shown_rows(session: Session, layer: Layer) -> npt.NDArray[np.bool_]:
    """Return for each table row whether it is shown: it has a shape and the filter lets it through."""
    style = session.composition.state(layer.info.id).style
    shown = np.ones(len(layer.table), bool)
    if layer.heights is not None:
        shown = np.isfinite(layer.heights.height_m)
    elif layer.features is not None:
        shown = np.zeros(len(layer.table), bool)
        shown[layer.features.row] = True
    if style.filter:
        extra = {} if layer.heights is None else {"height": layer.heights.height_m}
        shown = shown & rows_where(style.filter, layer.table, extra=extra)
    standing = standing_at(layer, style, session.clock.moment_s(layer.info.id))
    return shown if standing is None else shown & standing.is_there
