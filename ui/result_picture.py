"""A result drawn over its city into a picture, without a window. Needs no Qt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PIL import Image

from layers.camera import home
from layers.furniture import LINES_OF_UNIT, Furniture, attribution_of, furnished
from layers.refine import Refinement
from layers.scene import Scene
from plugins.city_handle import FileCity
from plugins.contract import Kind as FrameKind
from plugins.received import Received
from twin.errors import PictureError, PluginRunError
from twin.layer import Layer
from twin.session import Camera, Session
from twin.togetherness import ground_of_layers
from ui.framing import OBLIQUE_HEADING_RAD, camera_for, on_ground
from ui.jobs import Jobs
from ui.loading import Loader
from ui.plugin_layers import layer_kind, layers_with_values, styled, write_result_file

SIZE_PX = (1280, 720)
WAIT_S = 0.02
PART = 0.6
"""A result that reaches less far than this share of the city is shown from nearer."""
TALL_M = 40.0


def write_picture(
    received: Received, city: FileCity, session: Session, jobs: Jobs, path: Path, *, title: str
) -> dict[str, object]:
    """Lay a result over the city of a session, and draw both.

    session   of the city; the result's layer is added to it
    raises    PluginRunError  the result has nothing to draw
              PictureError    the picture cannot be written
    """
    layer = _opened(received, city, session, jobs)
    composition = session.composition
    hidden = layers_with_values(received) if received.header["kind"] == FrameKind.VALUES else set()
    states = [styled(s, received, title) if s.layer_id == layer.info.id else s for s in composition.layers]
    states = [replace(s, is_visible=s.is_visible and s.layer_id not in hidden) for s in states]
    session.set_composition(replace(composition, layers=tuple(states)), is_undoable=False)
    scene = Scene(session, jobs=jobs)
    try:
        scene.is_adaptive = False
        scene.resize(*SIZE_PX, scale=SIZE_PX[1] / LINES_OF_UNIT)
        _save(scene, session, path, title, layer)
    finally:
        scene.close()
    return {"path": str(path), "rows": layer.info.shown, "what": "picture"}


def _opened(received: Received, city: FileCity, session: Session, jobs: Jobs) -> Layer:
    made = write_result_file(received, city, "picture")
    if made is None:
        raise PluginRunError("The result has a table and nothing to draw.", hint="Write it as .csv.")
    opened: list[Layer] = []
    failed: list[BaseException] = []
    loader = Loader(session, jobs)
    loader.open(str(made), kind=layer_kind(received), is_alone=False, on_done=opened.append, on_error=failed.append)
    while loader.is_busy:
        jobs.collect(WAIT_S)
    made.unlink(missing_ok=True)
    if failed:
        raise failed[0]
    return opened[0]


def _camera(session: Session, result: Layer) -> Camera:
    """Return a view of the city, or of the part of it that the result is about."""
    whole, here = session.area, result.area
    if whole is None or here.diagonal_m > PART * whole.diagonal_m:
        return camera_for("oblique", session, SIZE_PX)
    aslant = home(here, TALL_M, SIZE_PX, heading_rad=OBLIQUE_HEADING_RAD)
    return on_ground(aslant, ground_of_layers(session.layers, session.composition))


def _save(scene: Scene, session: Session, path: Path, title: str, result: Layer) -> None:
    camera = _camera(session, result)
    scene.draw(camera)
    picture = None
    for better in Refinement(scene, camera).slices():
        picture = picture if better is None else better
    assert picture is not None
    furniture = Furniture(
        legends=tuple(scene.legends()),
        title=title,
        attribution=attribution_of(list(session.layers.values())),
        camera=camera,
        frame=session.frame,
        theme=session.composition.theme,
    )
    try:
        Image.fromarray(furnished(scene.labelled(picture, camera), furniture)).save(path)
    except OSError as error:
        raise PictureError(
            f"The picture could not be written: {error.strerror or error}.",
            hint="Choose another place.",
            path=str(path),
        ) from error
