"""Live things over the city: drawn apart, many times a second, over a picture of the city that may rest meanwhile.

They have a window of their own off screen. Before each frame the depths of the city's picture are put into it, so
that houses hide what moves behind them; what is drawn then is laid over the picture. So the city is drawn only when
the camera or the city changes, and as finely as it deserves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from psygnal import Signal
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

from layers.blending import laid_over
from layers.canvas import Canvas, Part
from layers.groundwork import Groundwork
from layers.labels import PlacedLabel, draw_labels, placed_labels
from layers.live_labels import MOST_LABELS
from layers.live_visual import LiveVisual, Seen
from twin.clock import Clock
from twin.entities import EntityFrame
from twin.legend import Legend
from twin.live import LiveLook, Shape, look_of, privacy_note
from twin.session import Camera, Composition, Session

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Backdrop:
    """The picture of the city that live things are laid over."""

    depth: npt.NDArray[np.float32]
    """(h, w) as Canvas.depth."""
    clip_m: tuple[float, float]
    part: Part | None = None
    shift_px: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class LivePick:
    """A live thing under a pixel."""

    feed_id: str
    entity_id: str
    row: int
    point_local: tuple[float, float, float]


class LiveLayers:
    """Follows the frames, looks and clock of a session."""

    changed = Signal()

    def __init__(self, session: Session, groundwork: Groundwork) -> None:
        """Begin to follow; nothing is drawn, and no window made, before the first frame."""
        self._session, self._groundwork = session, groundwork
        self._canvas: Canvas | None = None
        self._rgba = vtkUnsignedCharArray()
        self._visuals: dict[str, LiveVisual] = {}
        self._seen: Seen | None = None
        self._looks: tuple[object, object, list[LiveLook]] = (None, None, [])
        """The looks, and the looks and feeds of the composition that they were made of."""
        self.now_s: float | None = None
        """The moment shown while the clock is live; None takes each frame's own."""
        self.trouble: dict[str, str] = {}
        """Why feeds are in trouble, by feed."""
        session.frames_changed.connect(self._take_frames)
        session.composition_changed.connect(self._take_composition)
        session.clock_changed.connect(self._take_clock)
        self._take_frames({}, session.frames)

    # following

    def _take_frames(self, old: Mapping[str, EntityFrame], new: Mapping[str, EntityFrame]) -> None:
        for feed_id in old.keys() - new.keys():
            visual = self._visuals.pop(feed_id, None)
            if visual is not None:
                visual.remove()
        for feed_id, frame in new.items():
            if frame is not old.get(feed_id):
                visual = self._visual(feed_id)
                if visual is not None:
                    visual.take(frame, self._groundwork.ground)
        self.changed.emit()

    def _visual(self, feed_id: str) -> LiveVisual | None:
        place = self._session.frame
        if feed_id not in self._visuals and place is not None:
            if self._canvas is None:
                self._canvas = _clear_canvas()
            self._visuals[feed_id] = LiveVisual(self._canvas.renderer, place)
            self._visuals[feed_id].look = self.look(feed_id)
        return self._visuals.get(feed_id)

    def look(self, feed_id: str) -> LiveLook:
        """Return how a feed is to look."""
        return next((one for one in self._known_looks() if one.feed_id == feed_id), LiveLook(feed_id))

    def looks(self) -> list[LiveLook]:
        """Return the looks of all feeds: those chosen, and for feeds without one what they begin with."""
        return list(self._known_looks())

    def _known_looks(self) -> list[LiveLook]:
        """Return the looks, made anew only when the composition has others: every frame asks for them."""
        composition = self._session.composition
        if self._looks[0] is composition.live and self._looks[1] is composition.feeds:
            return self._looks[2]
        chosen = {one.feed_id for one in composition.live}
        notes = {wish.id: privacy_note(wish) for wish in composition.feeds}  # the policy may have changed since
        kept = [replace(one, note=notes.get(one.feed_id, one.note)) for one in composition.live]
        looks = [*kept, *(look_of(wish) for wish in composition.feeds if wish.id not in chosen)]
        self._looks = composition.live, composition.feeds, looks
        return looks

    def _take_composition(self, old: Composition, new: Composition) -> None:
        if (old.live, old.feeds, old.theme) != (new.live, new.feeds, new.theme):
            for feed_id, visual in self._visuals.items():
                visual.look = self.look(feed_id)
            self.changed.emit()

    def _take_clock(self, _old: Clock, _new: Clock) -> None:
        if self._visuals:
            self.changed.emit()

    def moment_s(self, feed_id: str) -> float:
        """Return the moment that a feed is shown at."""
        moment = self._session.clock.moment_s(feed_id)
        if moment is None:
            moment = self.now_s
        return self._session.frames[feed_id].at_s if moment is None else moment

    # what is there

    @property
    def is_any(self) -> bool:
        """Return whether there is anything to draw over the city."""
        return any(v.look.is_visible and v.look.shape is not Shape.BUILDINGS and v.frame is not None and len(v.frame)
                   for v in self._visuals.values())  # fmt: skip

    @property
    def is_gliding(self) -> bool:
        """Return whether the picture changes though no frame comes."""
        return any(v.look.is_visible and v.look.glides and v.look.shape is Shape.ARROWS and v.frame is not None
                   and len(v.frame) for v in self._visuals.values())  # fmt: skip

    def visual(self, feed_id: str) -> LiveVisual | None:
        """Return the visual of a feed; None before its first frame."""
        return self._visuals.get(feed_id)

    def legends(self) -> list[Legend]:
        """Return the legends of what is on, in the order of the looks."""
        theme = self._session.composition.theme
        found = []
        for look in self.looks():
            visual = self._visuals.get(look.feed_id)
            if look.is_visible and visual is not None and visual.frame is not None:
                visual.trouble = self.trouble.get(look.feed_id, "")
                found.append(visual.colours(theme, self.moment_s(look.feed_id)).legend)
        return found

    # drawing

    def laid_over(self, picture: Picture, backdrop: Backdrop, camera: Camera, *, scale: float) -> Picture:
        """Return a picture of the city (h, w, 3) with the live things over it; itself where there are none."""
        if not self.is_any or self._canvas is None:
            return picture
        height, width = picture.shape[:2]
        canvas = self._canvas
        if canvas.size_px != (width, height):
            canvas.resize(width, height)
            canvas.window.Render()
        canvas.part = backdrop.part
        self._prepare(camera, canvas.picture_px, scale)
        canvas.look_from(camera, *backdrop.clip_m, shift_px=backdrop.shift_px)
        depth = numpy_to_vtk(np.ascontiguousarray(backdrop.depth[::-1]).ravel())
        canvas.window.MakeCurrent()  # SetZbufferData does not, and would write where the city is drawn (VTK 9.7)
        canvas.window.SetZbufferData(0, 0, width - 1, height - 1, depth)
        canvas.renderer.SetPreserveDepthBuffer(True)
        canvas.window.Render()
        canvas.window.WaitForCompletion()
        return self._written(self._blended(picture), camera, canvas.picture_px, backdrop.part, scale)

    def _written(
        self, picture: Picture, camera: Camera, size_px: tuple[int, int], part: Part | None, scale: float
    ) -> Picture:
        """Return a picture, or a part of one, with words at the live things that find room."""
        placed = self._words(list(self._visuals.values()), camera, size_px, scale)
        if part is not None:
            placed = [replace(one, x_px=one.x_px - part.left_px, y_px=one.y_px - part.top_px) for one in placed]
        theme = self._session.composition.theme
        return draw_labels(picture, placed, theme=theme, scale=scale) if placed else picture

    def _words(
        self, visuals: list[LiveVisual], camera: Camera, size_px: tuple[int, int], scale: float
    ) -> list[PlacedLabel]:
        found = [visual.words for visual in visuals if visual.words is not None]
        return placed_labels(found, camera, size_px, most=MOST_LABELS, scale=scale, echo_px=0.0) if found else []

    def standing_words(self, camera: Camera, size_px: tuple[int, int], *, scale: float) -> list[PlacedLabel]:
        """Return the words at what stands still, as they are placed in a picture: other labels keep clear of them."""
        standing = {feed_id for feed_id, v in self._visuals.items() if v.look.shape is Shape.COLUMNS}
        if not standing:
            return []
        self._prepare(camera, size_px, scale, only=standing)
        return self._words([self._visuals[feed_id] for feed_id in standing], camera, size_px, scale)

    def _prepare(self, camera: Camera, size_px: tuple[int, int], scale: float, *, only: set[str] | None = None) -> None:
        area, theme = self._session.area, self._session.composition.theme
        city_m = area.diagonal_m if area is not None else 1000.0
        for feed_id, visual in self._visuals.items():
            if visual.frame is not None and (only is None or feed_id in only):
                visual.trouble = self.trouble.get(feed_id, "")
                visual.draw(Seen(camera, size_px, scale, self.moment_s(feed_id), theme, city_m))

    def _blended(self, picture: Picture) -> Picture:
        assert self._canvas is not None
        height, width = picture.shape[:2]
        self._canvas.window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._rgba)  # type: ignore[call-overload]
        return laid_over(picture, vtk_to_numpy(self._rgba).reshape(height, width, 4))

    def pick(self, x_px: float, y_px: float, *, scale: float = 1.0) -> LivePick | None:
        """Return the live thing under a pixel of the last picture, the topmost feed's first."""
        for look in reversed(self.looks()):
            visual = self._visuals.get(look.feed_id)
            found = None if visual is None or visual.frame is None else visual.thing_at(x_px, y_px, scale)
            if visual is not None and visual.frame is not None and found is not None and found[0] < len(visual.frame):
                x, y, z = found[1].tolist()
                return LivePick(look.feed_id, str(visual.frame.ids[found[0]]), found[0], (x, y, z))
        return None

    def text_at(self, x_px: float, y_px: float, *, scale: float = 1.0) -> str:
        """Return what the arc under a pixel of the last picture says: from, to and how much; "" where none is."""
        for look in reversed(self.looks()):
            visual = self._visuals.get(look.feed_id)
            if visual is not None and look.is_visible and (text := visual.text_at(x_px, y_px, scale)):
                return text
        return ""

    def forget(self) -> None:
        """Forget where things were before: the time has jumped."""
        for visual in self._visuals.values():
            visual.fixes.forget()

    def close(self) -> None:
        """Stop following and give everything back."""
        self._session.frames_changed.disconnect(self._take_frames)
        self._session.composition_changed.disconnect(self._take_composition)
        self._session.clock_changed.disconnect(self._take_clock)
        for visual in self._visuals.values():
            visual.remove()
        self._visuals.clear()
        if self._canvas is not None:
            self._canvas.close()


def _clear_canvas() -> Canvas:
    """Return a canvas whose background lets everything through."""
    canvas = Canvas(64, 64)
    canvas.window.SetAlphaBitPlanes(True)
    canvas.renderer.SetBackground(0, 0, 0)
    canvas.renderer.SetBackgroundAlpha(0)
    canvas.window.Render()  # depths can be put into a window only once it has been drawn
    return canvas
