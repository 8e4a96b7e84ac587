"""The keys of the scene: held keys move, single keys act; which key does what stands in ui/keys.py."""

from __future__ import annotations

from math import radians
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from layers import camera as moves
from twin.session import Camera
from ui.keys import BINDINGS, Binding, Focus

if TYPE_CHECKING:
    from ui.scene_view import SceneView

PAN_VIEWS_PER_S = 0.6
"""Part of the distance to the target that a held arrow key moves in a second."""
TURN_PER_S = radians(60)
TILT_PER_S = radians(40)
RISE_PER_S = 0.7
WALK_M_PER_S = 4.0
TURNS = {"turn_left": (-1, 0), "turn_right": (1, 0), "tilt_up": (0, 1), "tilt_down": (0, -1)}
LOOKS = {"look_left": (-1, 0), "look_right": (1, 0), "look_up": (0, 1), "look_down": (0, -1)}
PANS = {"pan_left": (-1, 0), "pan_right": (1, 0), "pan_up": (0, 1), "pan_down": (0, -1)}
WALKS = {"walk_left": (-1, 0), "walk_right": (1, 0), "walk_forward": (0, 1), "walk_back": (0, -1)}


class SceneKeys:
    """The keys that are down, and what they do to the camera."""

    def __init__(self, view: SceneView) -> None:
        """Move this view's camera."""
        self._view = view
        self._table: dict[tuple[Focus, str], Binding] = {}
        self._down: dict[int, str] = {}
        self.set_bindings(BINDINGS)

    def set_bindings(self, table: tuple[Binding, ...]) -> None:
        """Take another table of keys; those of the window are not ours."""
        self._table = {
            (b.focus, QKeySequence(key).toString()): b for b in table if b.focus is not Focus.WINDOW for key in b.keys
        }

    def press(self, event: QKeyEvent) -> bool:
        """Take a key that goes down; return whether it is ours."""
        binding = self._binding(event)
        if binding is None:
            return False
        if binding.is_held:
            self._down[event.key()] = binding.act
            if not event.isAutoRepeat() or not self._view.motion.is_going:
                self._view.motion.start(self._step)
        elif binding.act == "select_middle" and not event.isAutoRepeat():
            middle = QPointF(self._view.width() / 2, self._view.height() / 2)
            self._view.clicked.emit(self._view.pick(middle), False)
        return True

    def release(self, event: QKeyEvent) -> bool:
        """Take a key that comes up; return whether it was ours."""
        if event.isAutoRepeat():
            return event.key() in self._down
        return self._down.pop(event.key(), None) is not None

    def let_go(self) -> None:
        """Let all keys go."""
        self._down.clear()

    def _binding(self, event: QKeyEvent) -> Binding | None:
        pressed = event.keyCombination().toCombined() & ~int(Qt.KeyboardModifier.KeypadModifier.value)
        text = QKeySequence(pressed).toString()
        focus = Focus.WALK if self._view.is_standing else Focus.SCENE
        return self._table.get((focus, text))

    def _step(self, camera: Camera, _since_s: float, step_s: float) -> Camera | None:
        if not self._down:
            return None
        for act in set(self._down.values()):
            camera = moved_by(camera, act, step_s)
        return camera


def moved_by(camera: Camera, act: str, step_s: float) -> Camera:
    """Return where a held key takes the camera in a time."""
    if act in PANS:
        right, ahead = PANS[act]
        way_m = PAN_VIEWS_PER_S * camera.distance_m * step_s
        return moves.slide(camera, right_m=right * way_m, ahead_m=ahead * way_m)
    if act in TURNS:
        turn, tilt = TURNS[act]
        return moves.orbit(camera, camera.target_local, turn * TURN_PER_S * step_s, tilt * TILT_PER_S * step_s)
    if act in LOOKS:
        turn, tilt = LOOKS[act]
        return moves.look(camera, turn * TURN_PER_S * step_s, tilt * TILT_PER_S * step_s)
    if act in WALKS:
        right, ahead = WALKS[act]
        return moves.walk(camera, right_m=right * WALK_M_PER_S * step_s, ahead_m=ahead * WALK_M_PER_S * step_s)
    if act in {"higher", "lower"}:
        factor = RISE_PER_S * step_s * (1 if act == "higher" else -1)
        return moves.zoom_to(camera, camera.target_local, 1 + factor)
    return camera
