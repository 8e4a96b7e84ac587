"""What live plugins give, put into the session as it comes: the window's side of ui.plugin_live."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from plugins.contract import Kind as FrameKind
from plugins.received import Received
from plugins.run import State
from twin.layer import Layer
from twin.live import with_look
from ui.live_desk import LiveDesk
from ui.plugin_layers import LIVE, layers_with_values, styled
from ui.plugin_live import entities_of, is_moving, live_layers, look_of_plugin, status_of
from ui.plugin_shelf import Entry, PluginShelf

if TYPE_CHECKING:
    from ui.main_window import MainWindow

PAUSE_S = 0.1
"""Between two states of a layer that the whole city is drawn for."""
DRAWN_SHARE = 2.0
"""And at least so many times what drawing it took."""


class MovingPlugins:
    """The live plugins of a window."""

    def __init__(self, window: MainWindow, shelf: PluginShelf, hide: Callable[[set[str]], None]) -> None:
        """Begin with none.

        hide   hides layers whose buildings are shown again with values
        """
        self._window, self._session, self._shelf, self._hide = window, window.session, shelf, hide
        self._making: dict[str, tuple[Entry, Received, Future[list[Layer]]]] = {}
        self._next_s: dict[str, float] = {}
        self._looked: set[str] = set()

    @property
    def is_busy(self) -> bool:
        """Return whether a frame is being made into a layer."""
        return bool(self._making)

    def take(self, entry: Entry, received: Received) -> None:
        """Show a frame."""
        assert entry.described is not None
        info = entry.described.info
        if received.header["form"] == "none":
            return
        if is_moving(received, info):
            self._move(entry, received)
            received.discard()
        elif entry.id not in self._making and time.monotonic() > self._next_s.get(entry.id, 0.0):
            make = partial(live_layers, received, self._shelf.opened(entry), info, dict(self._session.city))
            self._making[entry.id] = entry, received, self._shelf.later(make)
        else:
            received.discard()

    def _move(self, entry: Entry, received: Received) -> None:
        assert entry.described is not None
        session, info = self._session, entry.described.info
        feed_id = LIVE + entry.id
        if session.frame is None or session.clock.moment_s(feed_id) is not None:
            return
        composition = session.composition
        is_known = any(look.feed_id == feed_id for look in composition.live)
        if feed_id in self._looked and not is_known and feed_id in session.frames:  # taken off the layer panel
            self._shelf.stop(entry)
            return
        entities = entities_of(received, info, session.frame, session.frames.get(feed_id))
        self._window.parts.scene.live.now_s = entities.at_s
        session.put_frame(feed_id, entities)
        entry.layer_id = feed_id
        if not is_known:
            self._looked.add(feed_id)
            look = look_of_plugin(received, info)
            session.set_composition(replace(composition, live=with_look(composition.live, look)), is_undoable=False)

    def turn(self) -> None:
        """Put finished layers in the place of those before them."""
        for plugin_id, (entry, received, future) in list(self._making.items()):
            if not future.done():
                continue
            del self._making[plugin_id]
            error = future.exception()
            if error is not None:
                entry.sentence = str(error)
                self._shelf.stop(entry)
            else:
                for layer in future.result():
                    self._put(entry, layer, received)
            drawn_s = self._window.parts.scene.stats.frame_s
            self._next_s[plugin_id] = time.monotonic() + max(PAUSE_S, DRAWN_SHARE * drawn_s)
            received.discard()

    def _put(self, entry: Entry, layer: Layer, received: Received) -> None:
        session, layer_id = self._session, layer.info.id
        entry.layer_id = layer_id
        if layer_id in session.layers:
            session.replace_layer(layer)
            return
        session.add_layer(layer)
        composition = session.composition
        states = (styled(s, received, entry.title) if s.layer_id == layer_id else s for s in composition.layers)
        session.set_composition(replace(composition, layers=tuple(states)), is_undoable=False)
        if received.header["kind"] == FrameKind.VALUES:
            self._hide(layers_with_values(received))

    def tell(self, entry: Entry) -> None:
        """Say in the layer panel how it stands with a plugin's live things."""
        feed_id, running, desk = LIVE + entry.id, entry.running, self._window.findChild(LiveDesk)
        if desk is None or running is None or feed_id not in self._session.frames:
            return
        dropped = int(entry.last.header.get("dropped", 0)) if entry.last is not None else 0
        is_running = running.state is State.RUNNING
        desk.statuses[feed_id] = status_of(
            feed_id, entry.sentence, is_running=is_running, frames=running.frames, dropped=dropped
        )
