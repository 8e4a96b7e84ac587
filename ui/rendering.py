"""A picture without a window: read, draw, measure, save. Needs no Qt."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import radians
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
from PIL import Image

from data.height_rasters import HeightRasters
from layers.furniture import LINES_OF_UNIT, Furniture, attribution_of, furnished
from layers.refine import Refinement
from layers.renderer_info import renderer_info
from layers.scene import CARPET_PRIORITY, Scene
from twin.clock import moment_from_text
from twin.cut import cut_from_text
from twin.errors import LayerError, PictureError
from twin.join import TableJoin
from twin.layer import Kind, Style
from twin.legend import Legend
from twin.placed_flows import Flows
from twin.report import Report
from twin.session import Camera, Session
from ui.comparing import Compare, both_sides, choose_scenario
from ui.contents import Contents, open_contents
from ui.flow_option import FlowWish
from ui.flow_showing import add_flows, flow_sentence, flows_answer, show_kept_flows
from ui.framing import camera_for
from ui.jobs import Jobs
from ui.joining import JoinWish
from ui.live_rendering import feeds_answer, show_feeds
from ui.memory import default_budget_bytes
from ui.moments import at_answer, has_dates
from ui.project_recordings import show_recordings
from ui.project_views import view_called, view_of
from ui.sun_option import set_sun, sun_answer

log = logging.getLogger(__name__)

ORBIT_STEP_RAD = radians(5)
PICKS = 41
WAIT_S = 0.02

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn."""

    paths: tuple[str, ...]
    output: str
    size_px: tuple[int, int] = (1280, 720)
    style: dict[str, Any] = field(default_factory=dict)
    """Fields of twin.layer.Style for the first layer; empty ones keep what suits the layer."""
    view: str | tuple[float, ...] = ""
    """"oblique", "top", (lon, lat, distance_m, heading_deg, tilt_deg) or the name of one of the project's views; ""
    takes the project's own, else oblique."""
    theme: str = ""
    """"light" or "dark"; "" takes the project's own, else light."""
    cut: str = ""
    """As twin.cut.cut_from_text reads it; "" shows the whole city."""
    frames: int = 0
    is_moving: bool = False
    is_plain: bool = False
    title: str = ""
    crs: str | None = None
    kind: Kind | None = None
    joins: tuple[JoinWish | TableJoin, ...] = ()
    """Tables to put on the first layer's rows."""
    rasters: HeightRasters | None = None
    """What heights of buildings are taken from; None chooses columns."""
    memory_bytes: int | None = None
    at: str = ""
    """The moment drawn, as twin.clock.moment_from_text reads it; "" takes the project's own, else now."""
    feeds: tuple[str, ...] = ()
    """Addresses or recordings of live data to draw over the city."""
    maps: tuple[str, ...] = ()
    """What the fields of the feeds' messages mean, as citytwin feed --map takes it."""
    seconds: float = 5.0
    """How long feeds are listened to before they are drawn."""
    flows: tuple[FlowWish, ...] = ()
    """Tables of flows to draw as arcs."""
    scenario: str | None = None
    """The scenario shown, by name; "" shows the city as it is; None takes the project's own."""
    sun: str = ""
    """When the true sun is shown, as twin.sun_shown.sun_from_text reads it; "clock"; "off"; "" as it is already."""
    compare: Compare | None = None
    """Two scenarios in one picture instead."""


class _Meter:
    """Notes when things happened and how much memory all our processes held."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.import_s = time.time() - self._process.create_time()
        self._begin = time.perf_counter()
        self._next_look = 0.0
        self.peak_bytes = 0

    def now_s(self) -> float:
        return time.perf_counter() - self._begin

    def since_begin_s(self, moment: float) -> float:
        return moment - self._begin

    def look(self) -> None:
        """Add up the memory of all our processes, at most 20 times a second."""
        if time.perf_counter() < self._next_look:
            return
        self._next_look = time.perf_counter() + 0.05
        held = 0
        for process in (self._process, *self._process.children(recursive=True)):
            try:
                held += process.memory_info().rss
            except psutil.Error:
                continue
        self.peak_bytes = max(self.peak_bytes, held)


def render(wish: Wish, jobs: Jobs) -> dict[str, object]:
    """Draw what is wished into a file.

    returns   what `citytwin render --json` prints; times in seconds from the end of imports
    raises    TwinError  a file cannot be used or the picture cannot be saved
    """
    _check_output(wish.output)
    jobs.wait_until_ready()
    meter = _Meter()
    session = Session()
    session.set_composition(replace(session.composition, theme=wish.theme or "light"), is_undoable=False)
    scene = Scene(session, jobs=jobs, memory_bytes=wish.memory_bytes or default_budget_bytes())
    try:
        scene.is_adaptive = False
        scene.carpet_priority = CARPET_PRIORITY if wish.is_moving else -1.0
        size_px = wish.size_px if wish.compare is None else wish.compare.size_of_one(wish.size_px)
        scene.resize(*size_px, scale=size_px[1] / LINES_OF_UNIT)
        contents = _open_all(wish, session, scene, jobs, meter)
        incomplete: dict[str, Report] = {}

        def note(layer_id: str, report: Report) -> None:
            incomplete[layer_id] = report

        scene.failed.connect(note)
        drawing = _Drawing(wish, contents, scene, jobs, meter)
        answer = drawing.run()
        for layer_id, report in incomplete.items():
            for line in report.sentences():
                log.warning("%s: %s", session.layers[layer_id].info.name, line)
        if contents.project is not None:
            answer["missing"] = [{"layer": m.layer.id, "reason": m.reason} for m in contents.missing]
        if (sun := sun_answer(session)) is not None:
            answer["sun"] = sun
        if session.clock.at_s is not None:
            answer["at"] = at_answer(session)
            if wish.at and not (has_dates(session) or session.frames or wish.feeds or wish.flows):
                log.warning("No column of dates was found: what there is now is drawn. --dates SINCE,UNTIL names them.")
        if len(session.frames) > len(drawing.flows):
            answer["feeds"] = feeds_answer(session)
        if drawing.flows:
            answer["flows"] = flows_answer(drawing.flows, session)
        return answer if contents.joins is None else answer | {"join": contents.joins.answer()}
    finally:
        scene.close()


def _check_output(output: str) -> None:
    folder = Path(output).absolute().parent
    if not folder.is_dir():
        raise PictureError(f"There is no folder {folder} to write the picture to.", hint="Make it, or write elsewhere.")
    if Path(output).suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"):
        raise PictureError(f'"{Path(output).name}" has no ending of a picture.', hint="Write to NAME.png.")


def _open_all(wish: Wish, session: Session, scene: Scene, jobs: Jobs, meter: _Meter) -> Contents:
    """Open everything named, and dress the first layer as it is wished for.

    raises   SourceError, LayerError, ColumnError, UsageError, ProjectError  something cannot be used
    """

    def start_drawing() -> None:
        if not session.layers:
            scene.draw(session.camera)  # OpenGL starts while the file is being read

    contents = open_contents(
        wish.paths,
        jobs=jobs,
        crs=wish.crs,
        kind=wish.kind,
        joins=wish.joins,
        rasters=wish.rasters,
        session=session,
        on_wait=meter.look,
        on_begun=start_drawing,
    )
    for report in (contents.report, contents.joins.report if contents.joins is not None else Report()):
        for sentence in report.sentences():
            log.warning("%s", sentence)
    if not session.layers:
        raise LayerError("None of the layers could be opened.", hint="See why: citytwin project info PROJECT.")
    if wish.theme and wish.theme != session.composition.theme:
        session.set_composition(replace(session.composition, theme=wish.theme), is_undoable=False)
    _dress(wish, session, contents.first_id, is_project=contents.project is not None)
    choose_scenario(session, wish.scenario, wish.compare)
    if wish.at:
        session.set_clock(session.clock.paused(moment_from_text(wish.at)))
    _show_live(wish, session, contents)
    if wish.cut:
        cut = cut_from_text(wish.cut, session.frame)
        session.set_composition(replace(session.composition, cut=cut), is_undoable=False)
    return contents


def _show_live(wish: Wish, session: Session, contents: Contents) -> None:
    """Show what the project's feeds said at the moment drawn, and the feeds that are asked for beside them."""
    set_sun(session, wish.sun)
    for sentence in show_recordings(session, contents.folder).report.sentences():
        log.warning("%s", sentence)
    if wish.feeds:
        show_feeds(session, wish.feeds, maps=wish.maps, seconds=wish.seconds)


def _show_flows(wish: Wish, session: Session) -> list[Flows]:
    """Show the project's flows and those that are asked for, and say what became of their rows."""
    shown, report = show_kept_flows(session)
    flows = [*shown.values(), *(add_flows(session, one) for one in wish.flows)]
    for one in flows:
        log.info("%s", flow_sentence(one))
        for sentence in one.report.sentences():
            log.warning("%s: %s", one.wish.name, sentence)
    for sentence in report.sentences():
        log.warning("%s", sentence)
    return flows


def _camera(wish: Wish, contents: Contents) -> Camera:
    """Return where to look from: the view wished for, else the project's, else aslant from above.

    raises   LayerError  there is no such view, or nothing to look at
    """
    session, project = contents.session, contents.project
    if isinstance(wish.view, str) and wish.view not in ("", "oblique", "top") and project is not None:
        view = view_of(view_called(wish.view, project.views), session)
        session.set_composition(view.composition, is_undoable=False)
        return view.camera
    if wish.view == "" and project is not None and project.view.camera != Camera():
        return project.view.camera
    return camera_for(wish.view or "oblique", session, wish.size_px)


def _dress(wish: Wish, session: Session, layer_id: str, *, is_project: bool) -> None:
    """Give the first layer the style wished for; a project's layer keeps what is not wished otherwise.

    raises   ColumnError, ExpressionError, StyleError  it does not suit the layer
    """
    usual = session.composition.state(layer_id).style
    usually = {} if is_project else {"classes": Style().classes, "opacity": Style().opacity}
    chosen = usually | {name: value for name, value in wish.style.items() if value not in ("", None)}
    session.set_style(layer_id, replace(usual, **chosen))


class _Drawing:
    """Draws and measures one wish over an open session."""

    def __init__(self, wish: Wish, contents: Contents, scene: Scene, jobs: Jobs, meter: _Meter) -> None:
        self._wish, self._session, self._scene, self._jobs, self._meter = wish, contents.session, scene, jobs, meter
        self._camera = _camera(wish, contents)
        self.flows = _show_flows(wish, contents.session)
        self._load_s = meter.now_s()
        self._mesh_s = self._first_frame_s = float("nan")
        self._legends: tuple[Legend, ...] = ()

    def run(self) -> dict[str, object]:
        picture = self._first_picture()
        if self._wish.is_moving:
            picture, complete_s, drawn = self._moving_picture()
        else:
            picture, complete_s, drawn = self._full_picture()
        frame_ms = self._orbit_ms() if self._wish.frames else None
        if self._wish.compare is not None:
            picture, self._legends = both_sides(
                picture, self._wish.compare, self._scene, self._session, self._camera, self._jobs
            )
        self._save(picture)
        pick_ms, restyle_ms = (self._pick_ms(), self._restyle_ms()) if self._wish.frames else (None, None)
        self._meter.look()
        visuals = list(self._scene.buildings.values())
        return {
            "buildings": self._scene.stats.buildings,
            "triangles_full": sum(int(v.full_triangles.sum()) for v in visuals),
            "triangles_drawn": drawn,
            "import_s": round(self._meter.import_s, 3),
            "load_s": round(self._load_s, 3),
            "mesh_s": round(self._mesh_s, 3),
            "first_frame_s": round(self._first_frame_s, 3),
            "complete_s": round(complete_s, 3),
            "frame_ms": frame_ms,
            "pick_ms": pick_ms,
            "restyle_ms": restyle_ms,
            "peak_rss_mb": round(self._meter.peak_bytes / 2**20),
            "renderer": renderer_info().renderer,
            "image": self._wish.output,
        }

    def _first_picture(self) -> Picture:
        """Draw until something of the city is there."""
        picture = self._scene.draw(self._camera)
        while self._scene.buildings and not self._scene.stats.triangles_drawn and self._jobs.pending:
            self._scene.collect(WAIT_S)
            self._meter.look()
            picture = self._scene.draw(self._camera)
        self._first_frame_s = self._meter.now_s()
        return picture

    def _moving_picture(self) -> tuple[Picture, float, int]:
        """Draw the whole city within the budget, as while the camera moves."""
        self._settle(self._camera)
        picture = self._scene.draw(self._camera)
        self._mesh_s = self._meter.now_s() - self._load_s
        return picture, self._meter.now_s(), self._scene.stats.triangles_drawn

    def _settle(self, camera: Camera) -> None:
        """Wait until everything the budget allows for this camera is there."""
        while True:
            self._scene.prepare(camera, self._scene.budget_triangles)
            if not self._scene.is_working:
                return
            while self._scene.is_working:
                self._scene.collect(WAIT_S)
                self._meter.look()

    def _full_picture(self) -> tuple[Picture, float, int]:
        """Draw every triangle, several times a pixel."""
        self._scene.leave_out_cut_away()
        refinement = Refinement(self._scene, self._camera)
        picture: Picture | None = None
        for better in refinement.slices():
            self._meter.look()
            picture = picture if better is None else better
        assert picture is not None
        assert refinement.complete_s is not None
        if refinement.meshed_s is not None:  # it is None where there are no buildings to mesh
            self._mesh_s = self._meter.since_begin_s(refinement.meshed_s) - self._load_s
        return picture, self._meter.since_begin_s(refinement.complete_s), refinement.triangles

    def _orbit_ms(self) -> float:
        frame: Callable[[Camera], object] = self._scene.draw if self._wish.is_moving else self._every_triangle
        took = []
        for number in range(self._wish.frames + 2):
            camera = self._camera.turned(heading_rad=ORBIT_STEP_RAD * (number + 1))
            if self._wish.is_moving:
                self._settle(camera)
            begin = time.perf_counter()
            frame(camera)
            took.append(time.perf_counter() - begin)
            self._meter.look()
        return round(statistics.median(took[2:]) * 1000, 2)

    def _every_triangle(self, camera: Camera) -> None:
        for _ in Refinement(self._scene, camera, passes=1).slices():
            pass

    def _pick_ms(self) -> float | None:
        if not self._scene.buildings:
            return None
        width, height = self._wish.size_px
        random = np.random.default_rng(1)
        places = random.uniform([0.2 * width, 0.3 * height], [0.8 * width, 0.9 * height], (PICKS, 2)).tolist()
        took = []
        for x, y in [*places[:8], *places]:
            begin = time.perf_counter()
            self._scene.pick(self._camera, x, y)
            took.append(time.perf_counter() - begin)
        return round(statistics.median(took[8:]) * 1000, 3)

    def _restyle_ms(self) -> float | None:
        """Colour by another column, up to the next frame."""
        layer = next(iter(self._session.layers.values()))
        style = self._session.composition.state(layer.info.id).style
        others = [f for f, kind in layer.table.fields().items() if kind in ("number", "text") and f != style.color_by]
        if not others or not self._scene.buildings:
            return None
        self._settle(self._camera)
        self._scene.draw(self._camera)
        begin = time.perf_counter()
        self._session.set_style(layer.info.id, replace(style, color_by=others[0], scheme=None, colormap=""))
        self._scene.draw(self._camera)
        return round((time.perf_counter() - begin) * 1000, 2)

    def _save(self, picture: Picture) -> None:
        wish, layers = self._wish, list(self._session.layers.values())
        if not wish.is_plain:
            furniture = Furniture(
                legends=self._legends or tuple(self._scene.legends()),
                title=wish.title,
                attribution=attribution_of(layers),
                camera=self._camera,
                frame=self._session.frame,
                theme=wish.theme,
            )
            if wish.compare is None:
                picture = self._scene.labelled(picture, self._camera)
            picture = furnished(picture, furniture)
        try:
            Image.fromarray(picture).save(wish.output)
        except OSError as error:
            raise PictureError(
                f"The picture could not be written: {error.strerror or error}.",
                hint="Choose another place with -o.",
                path=wish.output,
            ) from error
