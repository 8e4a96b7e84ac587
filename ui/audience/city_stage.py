"""The city for phones: pictures of slides, views and the plan, what a tap means, and places by name. Needs no Qt."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import tan
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from layers.furniture import attribution_of
from layers.refine import Refinement
from layers.scene import Scene
from twin.errors import PictureError
from twin.layer import Layer
from twin.personal import PersonalDecision
from twin.place import Area, local_from_lonlat, lonlat_from_local
from twin.row_keys import key_of
from twin.search import search
from twin.session import Camera, Session, View
from ui.audience.public_layers import public_layers
from ui.audience.seen import seen
from ui.framing import camera_for

TILE_PX = 512
SHAPE = (16, 9)
QUALITY = 82
LEAST_TILE_M = 120.0
ZOOM_MOST = 6
TAP_PX = (1600, 900)
NAMES = ("name", "title", "address", "addr", "street", "label", "nom", "strasse", "名")


class CityStage:
    """Draws and answers for the meeting's server; lives on the thread that made the scene."""

    def __init__(
        self, session: Session, scene: Scene, *, views: Mapping[str, View], personal: tuple[PersonalDecision, ...] = ()
    ) -> None:
        """Show a session to phones.

        views      what phones can look at beside the slide, by id
        personal   what was decided about columns that look personal; what was not decided is not shown
        raises     LayerError  nothing is open
        """
        self._session, self._scene = session, scene
        self.views = dict(views)
        self._personal = personal
        self._camera = session.camera if session.camera != Camera() else camera_for("oblique", session, SHAPE)
        area = session.area
        assert area is not None
        self._square = _square(area)

    def acts(self) -> dict[str, Callable[..., Any]]:
        """Return what the server may ask."""
        return {
            "picture": self.picture,
            "tile": self.tile,
            "tap": self.tap,
            "search": self.search,
            "context": self.context,
        }

    def show(self, view: View) -> None:
        """Look at something else with the slide."""
        self._session.set_composition(view.composition, is_undoable=False)
        self._camera = view.camera

    # what the plan covers

    @property
    def bounds_lonlat(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of the plan's square."""
        x, y, side = self._square
        assert self._session.frame is not None
        corners = lonlat_from_local(self._session.frame, np.array([[x, y], [x + side, y + side]]))
        (west, south), (east, north) = corners.tolist()
        return west, south, east, north

    @property
    def zoom_most(self) -> int:
        """Return the finest zoom of the plan."""
        zoom = 0
        while zoom < ZOOM_MOST and self._square[2] / 2 ** (zoom + 1) >= LEAST_TILE_M:
            zoom += 1
        return zoom

    @property
    def attribution(self) -> str:
        """Return whom the visible layers are from."""
        shown = [s.layer_id for s in self._session.composition.layers if s.is_visible]
        return attribution_of([self._session.layers[i] for i in shown if i in self._session.layers])

    # what the server asks

    def picture(self, sight: str, width_px: int) -> bytes:
        """Return a JPEG of the slide or of a view, in full detail.

        raises   PictureError  there is no such view
        """
        view = self._view(sight)
        return self._drawn(view, (width_px, width_px * SHAPE[1] // SHAPE[0]), scale=max(width_px / 1280, 0.75))

    def tile(self, zoom: int, column: int, row: int) -> bytes:
        """Return a JPEG of one square of the plan."""
        view = View(self._plan_camera(zoom, column, row), self._session.composition)
        return self._drawn(view, (TILE_PX, TILE_PX), scale=0.8)

    def plan(self, side_px: int) -> bytes:
        """Return a JPEG of the whole plan."""
        view = View(self._plan_camera(0, 0, 0), self._session.composition)
        return self._drawn(view, (side_px, side_px), scale=side_px / 1000)

    def tap(self, sight: str, x: float, y: float) -> dict[str, Any] | None:
        """Return the place at a point of a sight; None for the sky."""
        is_plan = sight == "plan"
        camera = self._plan_camera(0, 0, 0) if is_plan else self._view(sight).camera
        size = (TAP_PX[0], TAP_PX[0]) if is_plan else TAP_PX
        self._scene.resize(*size)
        x_px, y_px = x * size[0], y * size[1]
        found = self._scene.pick(camera, x_px, y_px)
        if found is not None and found.layer_id in self._session.layers:
            layer = self._session.layers[found.layer_id]
            if layer.tiles is not None:
                return self._building(layer, found.row, found.point_local)
        ground = self._scene.ground_at(camera, x_px, y_px)
        return None if ground is None else {"type": "point"} | self._coordinates(ground)

    def search(self, text: str) -> list[dict[str, Any]]:
        """Return places by street, number or name, from public columns only; typed coordinates come first."""
        layers = public_layers(self._session.layers, self._personal)
        found = search(text, layers)
        results: list[dict[str, Any]] = []
        frame = self._session.frame
        if found.place is not None and frame is not None:
            local = local_from_lonlat(frame, np.array([[found.place.lon_deg, found.place.lat_deg]]))[0].tolist()
            results.append({"name": found.place.label, "place": {"type": "point"} | self._coordinates((*local, 0.0))})
        for hit in found.hits:
            middle = _middle(layers[hit.layer_id], hit.row)
            if middle is not None:
                place = self._building(layers[hit.layer_id], hit.row, middle) | {"name": hit.label}
                results.append({"name": hit.label, "where": hit.reason, "place": place})
        return results

    def context(self, sight: str) -> dict[str, Any]:
        """Return what somebody sees who looks at a sight: camera, layers, scenario and time (ui.audience.seen)."""
        if sight == "plan" or (sight != "slide" and sight not in self.views):
            return seen(View(self._plan_camera(0, 0, 0), self._session.composition), self._session)
        return seen(self._view(sight), self._session)

    # how

    def _view(self, sight: str) -> View:
        if sight == "slide":
            return View(self._camera, self._session.composition)
        if sight not in self.views:
            raise PictureError("There is no such picture.")
        return self.views[sight]

    def _plan_camera(self, zoom: int, column: int, row: int) -> Camera:
        x, y, side = self._square
        tile_m = side / 2**zoom
        centre = (x + (column + 0.5) * tile_m, y + side - (row + 0.5) * tile_m, 0.0)
        camera = Camera(target_local=centre, heading_rad=0.0, tilt_rad=0.0, is_parallel=True)
        return replace(camera, distance_m=tile_m / 2 / tan(camera.view_angle_rad / 2))

    def _drawn(self, view: View, size_px: tuple[int, int], *, scale: float) -> bytes:
        kept = self._session.composition
        if view.composition != kept:
            self._session.set_composition(view.composition, is_undoable=False)
        try:
            self._scene.resize(*size_px, scale=scale)
            picture: npt.NDArray[np.uint8] = self._scene.draw(view.camera)
            for better in Refinement(self._scene, view.camera).slices():
                picture = picture if better is None else better
            picture = self._scene.labelled(picture, view.camera)
        finally:
            if view.composition != kept:
                self._session.set_composition(kept, is_undoable=False)
        content = io.BytesIO()
        Image.fromarray(picture).save(content, "JPEG", quality=QUALITY, optimize=True, progressive=True)
        return content.getvalue()

    def _building(self, layer: Layer, row: int, point_local: tuple[float, float, float]) -> dict[str, Any]:
        place = {"type": "building" if layer.tiles is not None else "point"} | self._coordinates(point_local)
        whole = self._session.layers[layer.info.id]
        key = key_of(whole, row)
        name = self._name(whole, row)
        return place | {"layer": layer.info.id, "key": key.key} | ({"name": name} if name else {})

    def _name(self, layer: Layer, row: int) -> str:
        """Return what a row is called in its public columns; "" if it has no name."""
        public = public_layers({layer.info.id: layer}, self._personal)[layer.info.id].table
        wanted = [f for f in public.fields() if any(n in f.casefold() for n in NAMES)]
        values = public.row(row) if wanted else {}
        return next((str(values[f]) for f in wanted if values.get(f) not in (None, "")), "")

    def _coordinates(self, point_local: tuple[float, float, float]) -> dict[str, Any]:
        assert self._session.frame is not None
        lon_deg, lat_deg = lonlat_from_local(self._session.frame, np.array([point_local[:2]]))[0].tolist()
        return {"lonlat": [round(lon_deg, 7), round(lat_deg, 7)], "z_m": round(float(point_local[2]), 2)}


def _square(area: Area) -> tuple[float, float, float]:
    """Return the lower left corner and the side of the square that the plan covers."""
    (width_m, height_m), (x, y) = area.size_m, area.centre
    side = 1.04 * max(width_m, height_m, LEAST_TILE_M)
    return x - side / 2, y - side / 2, side


def _middle(layer: Layer, row: int) -> tuple[float, float, float] | None:
    from twin.facts import rows_bounds  # noqa: PLC0415  only where something was found

    bounds = rows_bounds(layer, [row])
    if bounds is None:
        return None
    west, south, _, east, north, top = bounds
    return (west + east) / 2, (south + north) / 2, top
