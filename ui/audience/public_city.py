"""The city as the hall may see it: a session of its own beside the operator's, without what is not for the public.

Nothing of the operator's session reaches it but layers and the views that are shown on purpose: no selection, no
brush, no measurement in the making, no correction, no column that is personal or not decided on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from twin.entities import EntityFrame
from twin.errors import TwinError
from twin.expression import shown_rows
from twin.layer import Layer, LayerState, Style
from twin.personal import PersonalDecision
from twin.proposed import PROPOSED
from twin.session import Composition, Session, View
from ui.audience.public_layers import PublicTable, public_layers

COLUMNS = ("color_by", "label_by", "raised_by", "since_field", "until_field")
"""Fields of Style that name a column."""
PLAIN = Style()


class PublicCity:
    """Follows a session; what may be shown stands in a session of its own."""

    def __init__(
        self, source: Session, *, decisions: tuple[PersonalDecision, ...] = (), withheld: tuple[str, ...] = ()
    ) -> None:
        """Begin to follow.

        decisions   what was said about columns that look personal
        withheld    layers that never go to the hall, by id
        """
        self._source, self._decisions, self._withheld = source, decisions, frozenset(withheld)
        self._made: dict[str, tuple[Layer, Layer]] = {}
        """By layer id: the layer as the operator has it, and what is public of it."""
        self.session = Session()
        self.left_out: dict[str, str] = {}
        """What of the last view was not shown, by layer id: a clause for the operator."""
        self._follow()
        self.session.set_composition(self.public(source.composition), is_undoable=False)
        self.session.set_camera(source.camera, is_remembered=False)
        source.layers_changed.connect(self._follow)
        source.frames_changed.connect(self._frames)
        self._frames({}, source.frames)

    def close(self) -> None:
        """Follow no more."""
        self._source.layers_changed.disconnect(self._follow)
        self._source.frames_changed.disconnect(self._frames)

    # layers

    def _follow(self, _old: object = None, _new: object = None) -> None:
        """Take the layers without the operator's scenario: which one the hall sees is its own view's matter."""
        allowed = {i: layer for i, layer in self._source.city.items() if i not in self._withheld}
        for layer_id in [i for i in self.session.city if i not in allowed]:
            self._made.pop(layer_id, None)
            self.session.remove_layer(layer_id)
        for layer_id, layer in allowed.items():
            known = self._made.get(layer_id)
            if known is not None and known[0] is layer:
                continue
            public = public_layers({layer_id: layer}, self._decisions)[layer_id]
            self._made[layer_id] = (layer, public)
            if known is not None:
                self.session.replace_layer(public)
            else:
                self._add(public)

    def _frames(self, _old: Mapping[str, EntityFrame], new: Mapping[str, EntityFrame]) -> None:
        """Take the newest frames of feeds: what is personal in them was dropped where they came in."""
        for feed_id in [i for i in self.session.frames if i not in new]:
            self.session.put_frame(feed_id, None)
        between = {flow.id for flow in self._source.composition.flows if flow.layer_id in self._withheld}
        for feed_id, frame in new.items():
            if feed_id not in self._withheld | between and self.session.frames.get(feed_id) is not frame:
                self.session.put_frame(feed_id, frame)

    def _add(self, layer: Layer) -> None:
        states = [s for s in self._source.composition.layers if s.layer_id == layer.info.id]
        style = self._public_state(states[0]).style if states else None
        self.session.add_layer(layer, style)

    # looks

    def show(self, view: View) -> None:
        """Show a view to the public: at once, its camera included."""
        fresh = {path: shape for path, shape in self._source.models.items() if path not in self.session.models}
        if fresh:
            self.session.put_models(fresh)
        self.session.set_composition(self.public(view.composition), is_undoable=False)
        self.session.set_clock(view.clock)
        self.session.set_camera(view.camera, is_remembered=False)

    def public(self, composition: Composition) -> Composition:
        """Return a composition without what is not public: such labels, colours and filters, and drafts."""
        self.left_out = {}
        here = self.session.city.keys() | PROPOSED
        states = tuple(self._public_state(s) for s in composition.layers if s.layer_id in here)
        return replace(composition, layers=states, measurements=(), corrections=(), analyses=())

    def _public_state(self, state: LayerState) -> LayerState:
        if state.layer_id not in self._made:  # what a scenario proposes
            return state
        layer = self._made[state.layer_id][1]
        table = layer.table
        assert isinstance(table, PublicTable)
        hidden = set(table.whole.fields()) - set(table.allowed)
        style = state.style
        taken = [name for name in COLUMNS if getattr(style, name, "") in hidden]
        if taken:
            columns = ", ".join(dict.fromkeys(str(getattr(style, name)) for name in taken))
            self.left_out[state.layer_id] = f"its column {columns} is not for the public"
            style = replace(style, **{name: getattr(PLAIN, name) for name in taken})
            if "color_by" in taken:
                style = replace(style, colors=())
        if style.filter and not self._can_filter(layer, style.filter):
            self.left_out[state.layer_id] = "its filter names a column that is not for the public"
            return replace(state, style=replace(style, filter=""), is_visible=False, joins=())
        return replace(state, style=style, joins=())

    @staticmethod
    def _can_filter(layer: Layer, expression: str) -> bool:
        try:
            shown_rows(layer, expression)
        except TwinError:
            return False
        return True
