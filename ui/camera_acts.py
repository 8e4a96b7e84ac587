"""Where the camera can be sent: whole city, north, top, sides, selection, bookmarks, standing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import pi

from PySide6.QtCore import QPointF

from layers import camera as moves
from twin.facts import main_area, rows_bounds
from twin.layer import Layer
from twin.place import Area
from twin.session import Camera, Session
from twin.terrain import Ground
from twin.togetherness import ground_of_layers
from ui.framing import ground_m, on_ground
from ui.mouse import Tool
from ui.scene_view import SceneView

ZOOM_STEP = 0.6
TILT_STEP_RAD = pi / 24
NEAREST_FRAME_M = 160.0
"""A single small thing is not looked at from nearer than this."""
DEFAULT_TALLEST_M = 30.0
FIRST_HEADING_RAD = -pi / 10
"""A little from the south-east: two sides of every house are seen, one in the light."""
FIRST_ZOOM = 0.7
"""The corners of the first view may be cut: the city fills the picture."""


class CameraActs:
    """The acts that move the camera; widgets and keys call them."""

    def __init__(self, view: SceneView, session: Session) -> None:
        """Move one view over one session."""
        self._view, self._session = view, session

    def acts(self) -> dict[str, Callable[[], None]]:
        """Return the acts by their ids in keys.BINDINGS."""
        return {
            "home": self.home,
            "north": self.north,
            "top": self.top,
            "elevation_south": self._elevation("south"),
            "elevation_east": self._elevation("east"),
            "elevation_north": self._elevation("north"),
            "elevation_west": self._elevation("west"),
            "zoom_selection": self.zoom_selection,
            "zoom_in": self.zoom_in,
            "zoom_out": self.zoom_out,
            "parallel": self.toggle_parallel,
            "stand": self.stand,
            "view_back": self.view_back,
            "view_forward": self.view_forward,
        }

    def go(self, camera: Camera) -> None:
        """Fly to a camera; standing is left."""
        self._view.leave_standing_behind()
        self._view.fly_to(camera)

    def view_back(self) -> None:
        """Look from where one looked before; standing is left."""
        self._view.leave_standing_behind()
        self._session.camera_back()

    def view_forward(self) -> None:
        """Take the last step back in the history of views."""
        self._view.leave_standing_behind()
        self._session.camera_forward()

    # whole city

    def home_camera(self) -> Camera | None:
        """Return the view of everything; None while nothing is open."""
        area = self._session.area
        return (
            None if area is None else on_ground(moves.home(area, self._tallest_m(), self._view.size_px), self._ground)
        )

    @property
    def _ground(self) -> Ground:
        return ground_of_layers(self._session.layers, self._session.composition)

    def home(self) -> None:
        """Show everything."""
        camera = self.home_camera()
        if camera is not None:
            self.go(camera)

    def jump_to_city(self) -> None:
        """Look at where most buildings are, at once, without a flight: the first layers have come."""
        area = main_area(self._session.layers.values()) or self._session.area
        if area is not None:
            self._view.leave_standing_behind()
            self._view.motion.stop()
            whole = moves.home(area, 0.0, self._view.size_px, heading_rad=FIRST_HEADING_RAD)
            whole = on_ground(whole, self._ground)
            self._view.move_to(moves.zoom_to(whole, whole.target_local, FIRST_ZOOM))

    def _tallest_m(self) -> float:
        tiles = [layer.tiles for layer in self._session.layers.values() if layer.tiles is not None]
        tops = [float(t.index().subtree[0, 5]) for t in tiles if len(t.index())]
        return max(tops, default=DEFAULT_TALLEST_M)

    def _elevation(self, side: moves.Side) -> Callable[[], None]:
        def look() -> None:
            area = self._session.area
            if area is not None:
                camera = moves.elevation(area, self._tallest_m(), side, self._view.size_px)
                self.go(on_ground(camera, self._ground))

        return look

    # turning

    def north(self) -> None:
        """Turn north up."""
        self._view.fly_to(moves.north_up(self._view.motion.end or self._view.camera))

    def top(self) -> None:
        """Look straight down."""
        self.go(moves.top_down(self._view.motion.end or self._view.camera))

    def flatter(self) -> None:
        """Tilt towards the horizon."""
        self._tilt(TILT_STEP_RAD)

    def steeper(self) -> None:
        """Tilt downwards."""
        self._tilt(-TILT_STEP_RAD)

    def _tilt(self, step_rad: float) -> None:
        view = self._view
        view.move_to(moves.orbit(view.camera, view.camera.target_local, 0.0, step_rad))

    def toggle_parallel(self) -> None:
        """Draw with or without perspective; from the street it is the view before, for there the ground is edge-on."""
        view, camera = self._view, self._view.camera_in_air
        view.leave_standing_behind()
        view.motion.stop()
        view.move_to(moves.with_parallel(camera, is_parallel=not camera.is_parallel))

    # nearer

    def zoom_in(self) -> None:
        """Come nearer to the middle."""
        self._zoom(ZOOM_STEP)

    def zoom_out(self) -> None:
        """Go farther from the middle."""
        self._zoom(1 / ZOOM_STEP)

    def _zoom(self, factor: float) -> None:
        middle = QPointF(self._view.width() / 2, self._view.height() / 2)
        self._view.mouse.zoom_softly(middle, factor)

    def zoom_selection(self) -> None:
        """Fly to what is selected; to everything if nothing is."""
        chosen = self._session.selection
        layer = self._session.layers.get(chosen.layer_id)
        if layer is None:
            self.home()
        else:
            self.zoom_rows(layer, chosen.rows)

    def zoom_rows(self, layer: Layer, rows: tuple[int, ...]) -> None:
        """Fly to rows of a layer."""
        bounds = rows_bounds(layer, rows)
        if bounds is not None:
            self._frame(bounds)

    def zoom_layer(self, layer_id: str) -> None:
        """Fly to a layer."""
        layer = self._session.layers.get(layer_id)
        if layer is not None:
            area = layer.area
            top = DEFAULT_TALLEST_M if layer.tiles is None else float(layer.tiles.index().subtree[0, 5])
            self._frame((area.west_m, area.south_m, 0.0, area.east_m, area.north_m, top))

    def zoom_area(self, area: Area) -> None:
        """Fly to an area."""
        self._frame((area.west_m, area.south_m, 0.0, area.east_m, area.north_m, 10.0))

    def _frame(self, bounds: tuple[float, float, float, float, float, float]) -> None:
        west, south, bottom, east, north, top = bounds
        pad_x, pad_y = (max(NEAREST_FRAME_M - size, 0.5 * size) / 2 for size in (east - west, north - south))
        wide = (west - pad_x, south - pad_y, bottom, east + pad_x, north + pad_y, top)
        camera = self._view.camera
        if moves.is_standing(camera):
            camera = replace(Camera(), heading_rad=camera.heading_rad)
        camera = replace(
            camera, tilt_rad=min(camera.tilt_rad, moves.HOME_TILT_RAD), view_angle_rad=Camera().view_angle_rad
        )
        z = ground_m(self._ground, Area(west, south, east, north))
        raised = (*wide[:2], wide[2] + z, *wide[3:5], wide[5] + z)
        self.go(moves.framed(camera, raised, self._view.size_px))

    # standing

    def stand(self) -> None:
        """Take the tool that stands down where one clicks; leave if one stands."""
        if self._view.is_standing:
            self._view.stop_standing()
        else:
            self._view.set_tool(Tool.NONE if self._view.mouse.tool is Tool.STAND else Tool.STAND)
