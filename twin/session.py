"""The one thing that changes: which layers there are, what is looked at and how, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import cos, pi, radians, sin
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from psygnal import Signal

from twin.analysis import AnalysisRun
from twin.clock import Clock
from twin.corrections import Correction, corrected, uncorrected
from twin.cut import Cut
from twin.errors import LayerError
from twin.feed import FeedWish
from twin.flows import FlowTable
from twin.layer import Kind, Layer, LayerState, Style
from twin.live import LiveLook
from twin.measure import Measurement
from twin.place import Area, LocalFrame
from twin.placed_models import ModelShape
from twin.proposed import PROPOSED
from twin.scenario import Scenario
from twin.scenario_overlay import ScenarioOverlay, states_with
from twin.selected import Brush as Brush  # noqa: PLC0414  handed on
from twin.selected import Selection as Selection  # noqa: PLC0414  as above
from twin.use_rates import RATES, UseRate

if TYPE_CHECKING:
    from twin.entities import EntityFrame

HISTORY_KEPT = 200


@dataclass(frozen=True, slots=True)
class Camera:
    """Where one looks from. There is no roll, and z is always up.

    The eye is at target + distance_m in the direction given by heading and tilt.
    """

    target_local: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The point looked at, local metres."""
    distance_m: float = 1000.0
    heading_rad: float = 0.0
    """The compass direction looked in: 0 north, pi/2 east."""
    tilt_rad: float = radians(55)
    """0 looks straight down, pi/2 at the horizon; up to pi looks upward."""
    view_angle_rad: float = radians(35)
    """Vertical field of view, for perspective."""
    is_parallel: bool = False
    """True draws without perspective; the picture's height is then 2 distance_m tan(view_angle / 2) metres."""

    @property
    def direction(self) -> tuple[float, float, float]:
        """Return the unit vector from the eye to the target."""
        flat = sin(self.tilt_rad)
        return flat * sin(self.heading_rad), flat * cos(self.heading_rad), -cos(self.tilt_rad)

    @property
    def eye_local(self) -> tuple[float, float, float]:
        """Return the eye's position, local metres."""
        d = self.direction
        x, y, z = self.target_local
        return x - d[0] * self.distance_m, y - d[1] * self.distance_m, z - d[2] * self.distance_m

    @property
    def up(self) -> tuple[float, float, float]:
        """Return the unit vector that is up in the picture."""
        rise = cos(self.tilt_rad)
        return rise * sin(self.heading_rad), rise * cos(self.heading_rad), sin(self.tilt_rad)

    def turned(self, *, heading_rad: float = 0.0, tilt_rad: float = 0.0) -> Camera:
        """Return this camera turned about its target."""
        return replace(
            self,
            heading_rad=(self.heading_rad + heading_rad) % (2 * pi),
            tilt_rad=min(max(self.tilt_rad + tilt_rad, 0.0), pi),
        )


@dataclass(frozen=True, slots=True)
class Composition:
    """Which layers are on, in which order and how they look. What undo goes back over."""

    layers: tuple[LayerState, ...] = ()
    """From the lowest to the topmost in the layer panel's sense."""
    theme: str = "light"
    """"light" or "dark": the look of sky, ground and default colours."""
    measurements: tuple[Measurement, ...] = ()
    """What was measured and kept, in the order it was measured."""
    cut: Cut | None = None
    """The plane or box that cuts the city; None shows it whole."""

    corrections: tuple[Correction, ...] = ()
    """Single values set right, of all layers; laid over what was read."""
    analyses: tuple[AnalysisRun, ...] = ()
    """How the layers that are results of plugins were made."""
    feeds: tuple[FeedWish, ...] = ()
    """Live data: where it comes from and how it is shown."""
    scenarios: tuple[Scenario, ...] = ()
    """Proposals: named sets of edits over the city as it is."""
    scenario: str = ""
    """The id of the scenario that is shown; "" shows the city as it is."""
    rates: tuple[UseRate, ...] = RATES
    """How many people live and work on floor of each use: what indicators of scenarios count with."""
    aside: tuple[LayerState, ...] = ()
    """How layers of scenarios look that are not shown just now."""
    live: tuple[LiveLook, ...] = ()
    """How the things of feeds look, in the order they were added."""
    flows: tuple[FlowTable, ...] = ()
    """Flows from tables; each has a look of its id."""

    def state(self, layer_id: str) -> LayerState:
        """Return one layer's state.

        raises   LayerError  it is not in this composition
        """
        for state in self.layers:
            if state.layer_id == layer_id:
                return state
        raise LayerError(f'There is no layer "{layer_id}" here.', layer=layer_id)


@dataclass(frozen=True, slots=True)
class View:
    """Everything needed to show the same thing again: camera, composition and the time."""

    camera: Camera = Camera()
    composition: Composition = Composition()
    clock: Clock = Clock()  # noqa: RUF009  frozen


class Session:
    """What is open and what is looked at. Lives on the main thread; every change is announced as (old, new)."""

    layers_changed = Signal(Mapping, Mapping)
    composition_changed = Signal(Composition, Composition)
    camera_changed = Signal(Camera, Camera)
    selection_changed = Signal(Selection, Selection)
    brush_changed = Signal(Brush, Brush)
    clock_changed = Signal(Clock, Clock)
    frames_changed = Signal(Mapping, Mapping)
    """The newest frame of each feed, by feed id: values that pass, never undone."""

    def __init__(self) -> None:
        """Start with nothing open."""
        self._layers: Mapping[str, Layer] = MappingProxyType({})
        self._sources: dict[str, Layer] = {}
        """The layers as they were read, by id: without corrections."""
        self._corrected: dict[str, Layer] = {}
        """The layers as they were read, with corrections, without a scenario."""
        self._overlay = ScenarioOverlay()
        self._view = View()
        self._selection = Selection()
        self._brush = Brush()
        self._frames: Mapping[str, EntityFrame] = MappingProxyType({})
        self._undo: list[Composition] = []
        self._redo: list[Composition] = []
        self._camera_back: list[Camera] = []
        self._camera_forward: list[Camera] = []

    # what is

    @property
    def layers(self) -> Mapping[str, Layer]:
        """Return the open layers by id (read only)."""
        return self._layers

    def source(self, layer_id: str) -> Layer:
        """Return an open layer as it was read: without corrections, with what was joined to it.

        A layer that a scenario brings comes from nowhere else, and is returned as it is.
        raises   LayerError  it is not open
        """
        if layer_id in PROPOSED and layer_id in self._layers:
            return self._layers[layer_id]
        if layer_id not in self._sources:
            raise LayerError(f'There is no layer "{layer_id}" here.', layer=layer_id)
        return self._sources[layer_id]

    @property
    def view(self) -> View:
        """Return what is looked at."""
        return self._view

    @property
    def composition(self) -> Composition:
        """Return the composition looked at."""
        return self._view.composition

    @property
    def camera(self) -> Camera:
        """Return the camera at rest (a moving camera enters when it comes to rest)."""
        return self._view.camera

    @property
    def selection(self) -> Selection:
        """Return the selected features."""
        return self._selection

    @property
    def brush(self) -> Brush:
        """Return which rows stand out for the moment."""
        return self._brush

    @property
    def clock(self) -> Clock:
        """Return the time that the city is shown at."""
        return self._view.clock

    @property
    def frames(self) -> Mapping[str, EntityFrame]:
        """Return the newest frame of each feed, by feed id (read only)."""
        return self._frames

    @property
    def frame(self) -> LocalFrame | None:
        """Return the project's frame, set by the first layer; None while nothing is open."""
        return next((layer.frame for layer in self._layers.values()), None)

    @property
    def area(self) -> Area | None:
        """Return the area of the visible layers together (of all, if none is visible), local metres.

        Terrain and pictures of the ground count where there is nothing else: they often reach far beyond the city.
        """
        visible = [s.layer_id for s in self.composition.layers if s.is_visible]
        shown = visible or list(self._layers)
        standing = [i for i in shown if self._layers[i].info.kind not in (Kind.TERRAIN, Kind.IMAGE)]
        area: Area | None = None
        for layer_id in standing or shown:
            layer_area = self._layers[layer_id].area
            area = layer_area if area is None else area.united(layer_area)
        return area

    # layers

    def add_layer(self, layer: Layer, style: Style | None = None) -> None:
        """Open a layer on top of the others.

        raises   LayerError  a layer of that id is open already; nothing is changed
        """
        if layer.info.id in self._layers:
            raise LayerError(f'A layer "{layer.info.id}" is open already.', layer=layer.info.id)
        self._put(layer)
        state = LayerState(layer.info.id, style or Style())
        self.set_composition(replace(self.composition, layers=(*self.composition.layers, state)), is_undoable=False)
        self._undo = [replace(c, layers=(*c.layers, state)) for c in self._undo]  # undo does not close what came later
        self._redo = [replace(c, layers=(*c.layers, state)) for c in self._redo]

    def replace_layer(self, layer: Layer) -> None:
        """Put another state of an open layer in its place (more of it is read, it was reloaded)."""
        if layer.info.id not in self._layers:
            raise LayerError(f'There is no layer "{layer.info.id}" here.', layer=layer.info.id)
        source, shown = self._sources[layer.info.id], self._layers[layer.info.id]
        self._put(uncorrected(layer, shown, source) if shown is not source else layer)

    def remove_layer(self, layer_id: str) -> None:
        """Close a layer; the way back forgets it too. A layer of a scenario is only hidden."""
        if layer_id in PROPOSED:
            if layer_id in self._layers:
                self.set_state(replace(self.composition.state(layer_id), is_visible=False))
            return
        if self._selection.layer_id == layer_id:
            self.select("", ())
        if self._brush.layer_id == layer_id:
            self.set_brush("", None)
        self._sources.pop(layer_id, None)
        self._corrected.pop(layer_id, None)
        self.set_composition(_without(self.composition, layer_id), is_undoable=False)
        self._undo = [_without(c, layer_id) for c in self._undo]
        self._redo = [_without(c, layer_id) for c in self._redo]
        self._lay(self.composition)

    def _put(self, source: Layer) -> None:
        """Open a layer as it was read, its corrections laid over it."""
        layer_id = source.info.id
        self._sources[layer_id] = source
        self._corrected[layer_id] = corrected(source, self.composition.corrections)
        self._lay(self.composition)

    def _correct(self, old: Composition, new: Composition) -> None:
        """Lay the corrections of another composition over the layers they are about."""
        about = {c.layer_id for c in {*old.corrections} ^ {*new.corrections}} & self._sources.keys()
        self._corrected |= {i: corrected(self._sources[i], new.corrections) for i in about}

    def _lay(self, composition: Composition) -> None:
        """Lay the scenario shown over the corrected layers; layers that stay as they are are the same objects."""
        laid = self._overlay.laid(self._corrected, composition.scenarios, composition.scenario)
        if laid.keys() != self._layers.keys() or any(laid[i] is not self._layers[i] for i in laid):
            self._set_layers(laid)

    def put_models(self, models: Mapping[str, ModelShape]) -> None:
        """Take models that were read, by path: scenarios that place them show them."""
        self._overlay.models = {**self._overlay.models, **models}
        self.set_composition(self._arranged(self.composition), is_undoable=False)
        self._lay(self.composition)

    @property
    def models(self) -> Mapping[str, ModelShape]:
        """Return the models that were read, by path."""
        return self._overlay.models

    @property
    def city(self) -> Mapping[str, Layer]:
        """Return the layers without the scenario shown: corrected, nothing taken away, nothing proposed."""
        return MappingProxyType(self._corrected)

    def _arranged(self, composition: Composition) -> Composition:
        """Return a composition with states for just the layers that its scenario brings."""
        wanted = self._overlay.wanted(self._corrected, composition.scenarios, composition.scenario)
        layers, aside = states_with(composition.layers, composition.aside, wanted)
        return composition if layers == composition.layers else replace(composition, layers=layers, aside=aside)

    def _set_layers(self, layers: dict[str, Layer]) -> None:
        old, self._layers = self._layers, MappingProxyType(layers)
        self.layers_changed.emit(old, self._layers)

    # composition

    def set_composition(self, composition: Composition, *, is_undoable: bool = True) -> None:
        """Show another composition; the present one can be gone back to."""
        old, composition = self.composition, self._arranged(composition)
        if composition == old:
            return
        if is_undoable:
            self._undo = [*self._undo[-HISTORY_KEPT:], old]
            self._redo = []
        self._view = replace(self._view, composition=composition)
        if composition.corrections != old.corrections:
            self._correct(old, composition)
        self._lay(composition)
        self.composition_changed.emit(old, composition)

    def set_style(self, layer_id: str, style: Style) -> None:
        """Give one layer another style."""
        self.set_state(replace(self.composition.state(layer_id), style=style))

    def set_state(self, state: LayerState) -> None:
        """Put another state in the place of the layer's present one."""
        self.composition.state(state.layer_id)
        layers = tuple(state if s.layer_id == state.layer_id else s for s in self.composition.layers)
        self.set_composition(replace(self.composition, layers=layers))

    @property
    def can_undo(self) -> bool:
        """Return whether there is a way back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Return whether there is a way forward."""
        return bool(self._redo)

    def forget_history(self) -> None:
        """Begin anew: there is no way back from here. For another project."""
        self._undo, self._redo, self._camera_back, self._camera_forward = [], [], [], []

    def undo(self) -> None:
        """Go back to the composition before the last change."""
        if self._undo:
            self._redo.append(self.composition)
            self.set_composition(self._undo.pop(), is_undoable=False)

    def redo(self) -> None:
        """Take the last undo back."""
        if self._redo:
            self._undo.append(self.composition)
            self.set_composition(self._redo.pop(), is_undoable=False)

    # camera

    def set_camera(self, camera: Camera, *, is_remembered: bool = True) -> None:
        """Look from elsewhere; called when the camera comes to rest."""
        old = self.camera
        if camera == old:
            return
        if is_remembered:
            self._camera_back = [*self._camera_back[-HISTORY_KEPT:], old]
            self._camera_forward = []
        self._view = replace(self._view, camera=camera)
        self.camera_changed.emit(old, camera)

    def camera_back(self) -> None:
        """Look from where one looked before."""
        if self._camera_back:
            self._camera_forward.append(self.camera)
            self.set_camera(self._camera_back.pop(), is_remembered=False)

    def camera_forward(self) -> None:
        """Take the last step back in the camera's history."""
        if self._camera_forward:
            self._camera_back.append(self.camera)
            self.set_camera(self._camera_forward.pop(), is_remembered=False)

    def set_view(self, view: View) -> None:
        """Show another view: a bookmark, a slide. Scenarios stay as they are now; which one is shown is the view's."""
        now, shown = self.composition, view.composition.scenario
        is_there = any(s.id == shown for s in now.scenarios)
        scenario = shown if is_there else ""
        self.set_composition(replace(view.composition, scenarios=now.scenarios, rates=now.rates, scenario=scenario))
        self.set_camera(view.camera)
        self.set_clock(view.clock)

    # time

    def set_clock(self, clock: Clock) -> None:
        """Show the city at another time; never undone."""
        old = self.clock
        if clock != old:
            self._view = replace(self._view, clock=clock)
            self.clock_changed.emit(old, clock)

    def put_frame(self, feed_id: str, frame: EntityFrame | None) -> None:
        """Show what a feed says now; None forgets the feed."""
        frames = {k: v for k, v in self._frames.items() if k != feed_id}
        if frame is not None:
            frames[feed_id] = frame
        old, self._frames = self._frames, MappingProxyType(frames)
        self.frames_changed.emit(old, self._frames)

    # selection

    def select(self, layer_id: str, rows: Iterable[int]) -> None:
        """Select rows of one layer; none clears the selection."""
        chosen = tuple(dict.fromkeys(int(r) for r in rows))
        new = Selection(layer_id if chosen else "", chosen)
        old, self._selection = self._selection, new
        if old != new:
            self.selection_changed.emit(old, new)

    def set_brush(self, layer_id: str, is_lit: npt.NDArray[np.bool_] | None) -> None:
        """Let rows of one layer stand out, until told otherwise; None ends it."""
        new = Brush() if is_lit is None else Brush(layer_id, is_lit)
        if new.is_lit is not None or self._brush.is_lit is not None:
            old, self._brush = self._brush, new
            self.brush_changed.emit(old, new)


def _without(composition: Composition, layer_id: str) -> Composition:
    corrections = tuple(c for c in composition.corrections if c.layer_id != layer_id)
    layers = tuple(s for s in composition.layers if s.layer_id != layer_id)
    return replace(composition, layers=layers, corrections=corrections)
