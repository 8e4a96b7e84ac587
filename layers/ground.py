"""Sky and ground: a dome that is bluest overhead and fades into haze, and a plane that meets it at the horizon."""

from __future__ import annotations

from math import cos, degrees, sin

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLShaderProperty

from layers.look import Look
from layers.mesh_actor import mesh_actor, recolour
from layers.pushed import PLANE_SHARE, pushed_flat
from layers.sunlight import sky_light
from twin.session import Camera

_RINGS = np.radians([-12, -4, 0, 2, 5, 10, 18, 30, 48, 70, 90])
_SECTORS = 48


class Surroundings:
    """The sky dome and the ground plane of one scene."""

    def __init__(self, renderer: vtkRenderer, look: Look) -> None:
        """Add dome and plane to the renderer."""
        self._renderer, self._look = renderer, look
        points, faces = _dome()
        self._is_sky_shown = True
        self._sky = mesh_actor(
            points, faces, self._sky_rgb(), position=(0, 0, 0), shader=vtkOpenGLShaderProperty(), is_closed=False
        )
        self._sky.GetProperty().LightingOff()
        self._pushed = pushed_flat(look, PLANE_SHARE)
        self._ground, self._below = _disc(look), _wall(look)
        renderer.SetBackground(*look.theme.horizon)
        for actor in self.actors:
            actor.PickableOff()
            renderer.AddActor(actor)

    @property
    def actors(self) -> tuple[vtkActor, ...]:
        """Return all that it draws with."""
        return self._sky, self._ground, self._below

    def _sky_rgb(self) -> npt.NDArray[np.uint8]:
        theme = self._look.theme
        rise = np.repeat(np.clip(np.sin(_RINGS), 0, 1) ** 0.55, _SECTORS)[:, None]
        colour = np.asarray(theme.horizon) * (1 - rise) + np.asarray(theme.zenith) * rise
        colour = self._with_glow(colour)
        return np.ascontiguousarray((colour * 255).round().clip(0, 255).astype(np.uint8))

    def _with_glow(self, colour: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the sky's colours (p, 3) with the glow around the true sun, widest along the horizon."""
        sunlight = self._look.sunlight
        if not sunlight.is_true:
            return colour
        light, points = sky_light(sunlight.altitude_deg), _dome()[0].astype(np.float64)
        east, north, up = sunlight.direction
        low = max(0.0, 1.0 - abs(sunlight.altitude_deg) / 20.0)
        apart = points - np.array([east, north, max(up, -0.02)])
        aside = (apart[:, 0] ** 2 + apart[:, 1] ** 2) / (0.25 + 0.5 * low)
        wide = np.exp(-aside - (apart[:, 2] / (0.5 - 0.22 * low)) ** 2)
        near = np.exp(-(apart**2).sum(axis=1) / 0.03)
        share = light.glow_share * np.clip(0.75 * wide + 0.5 * near, 0, 1) * (0.3 + 0.7 * self._look.base.sky_share)
        share = share * np.clip(0.35 + points[:, 2] / 0.08, 0, 1)  # at the horizon the haze of the ground goes on
        glowing: npt.NDArray[np.float64] = colour + (light.glow - colour) * share[:, None]
        return glowing

    def set_theme(self) -> None:
        """Take the colours of the look's present theme."""
        self._renderer.SetBackground(*self._look.theme.horizon)  # the sky of parallel views
        recolour(self._sky, self._sky_rgb())
        for actor in (self._ground, self._below):
            actor.GetProperty().SetColor(*self._look.theme.ground)

    def set_flat(self, *, is_flat: bool) -> None:
        """Lie behind terrain, where there is any: where it comes down to the plane, it is what is seen."""
        shader = self._look.flat if is_flat else self._pushed
        if self._ground.GetShaderProperty() is shader:
            return
        shader.Modified()  # VTK writes an actor's shader anew only for a property that is younger than it
        for actor in (self._ground, self._below):
            actor.SetShaderProperty(shader)

    def set_frame(self, camera: Camera, reach_m: float) -> None:
        """Put dome and plane around the eye, or the plane around a parallel view's target; reach_m is their size."""
        x, y, z = camera.target_local if camera.is_parallel else camera.eye_local
        self._sky.SetPosition(x, y, z)
        self._sky.SetScale(reach_m)
        self._is_sky_shown = not camera.is_parallel
        self.set_visible(is_visible=True)
        self._ground.SetPosition(x, y, 0.0)
        self._ground.SetScale(reach_m)
        ahead_m = 0.99 * reach_m
        self._below.SetPosition(x + ahead_m * sin(camera.heading_rad), y + ahead_m * cos(camera.heading_rad), 0.0)
        self._below.SetOrientation(0.0, 0.0, -degrees(camera.heading_rad))
        self._below.SetScale(reach_m)

    def set_visible(self, *, is_visible: bool) -> None:
        """Show or hide all; in a parallel view there is no sky to show, and only there anything below the ground."""
        self._sky.SetVisibility(is_visible and self._is_sky_shown)
        self._ground.SetVisibility(is_visible)
        self._below.SetVisibility(is_visible and not self._is_sky_shown)

    def remove(self) -> None:
        """Take dome and plane away."""
        for actor in self.actors:
            self._renderer.RemoveActor(actor)


def _dome() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    turn = np.linspace(0, 2 * np.pi, _SECTORS, endpoint=False)
    rise, turn = np.meshgrid(_RINGS, turn, indexing="ij")
    points = np.stack([np.cos(rise) * np.sin(turn), np.cos(rise) * np.cos(turn), np.sin(rise)], axis=-1)
    ring, sector = np.meshgrid(np.arange(len(_RINGS) - 1), np.arange(_SECTORS), indexing="ij")
    a, b = ring * _SECTORS + sector, ring * _SECTORS + (sector + 1) % _SECTORS
    faces = np.stack([a, b, b + _SECTORS, a, b + _SECTORS, a + _SECTORS], axis=-1).reshape(-1, 3)
    return points.reshape(-1, 3).astype(np.float32), np.ascontiguousarray(faces, dtype=np.int32)


def _disc(look: Look) -> vtkActor:
    """Return a ground plane in rings, so that the haze, computed a fragment, is smooth to the horizon."""
    radii = np.array([0.0, 0.02, 0.1, 0.35, 1.0])
    turn = np.linspace(0, 2 * np.pi, _SECTORS, endpoint=False)
    radius, turn = np.meshgrid(radii, turn, indexing="ij")
    points = np.stack([radius * np.sin(turn), radius * np.cos(turn), np.zeros_like(radius)], axis=-1)
    ring, sector = np.meshgrid(np.arange(len(radii) - 1), np.arange(_SECTORS), indexing="ij")
    a, b = ring * _SECTORS + sector, ring * _SECTORS + (sector + 1) % _SECTORS
    faces = np.stack([a, b + _SECTORS, b, a, a + _SECTORS, b + _SECTORS], axis=-1).reshape(-1, 3)
    return _ground_actor(look, points.reshape(-1, 3), faces)


def _wall(look: Look) -> vtkActor:
    """Return an upright plane that faces south and hangs from the ground: what level views see below it."""
    points = np.array([[-1.0, 0, -1], [1, 0, -1], [1, 0, 0], [-1, 0, 0]])
    return _ground_actor(look, points, np.array([[0, 1, 2], [0, 2, 3]]))


def _ground_actor(look: Look, points: npt.NDArray[np.float64], faces: npt.NDArray[np.int64]) -> vtkActor:
    actor = mesh_actor(
        np.ascontiguousarray(points, dtype=np.float32),
        np.ascontiguousarray(faces, dtype=np.int32),
        np.zeros((len(points), 3), np.uint8),
        position=(0, 0, 0),
        shader=look.flat,
        is_closed=False,
    )
    actor.GetMapper().ScalarVisibilityOff()
    actor.GetProperty().SetColor(*look.theme.ground)
    return actor
