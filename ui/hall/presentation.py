"""A presentation while it runs: which slide, what stands beside the city, black, frozen, pointer; and its window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QScreen

from layers.furniture import attribution_of
from layers.pins import Pins
from layers.scene import Scene
from twin.errors import TwinError
from twin.personal import PersonalDecision
from twin.project import NamedView
from twin.session import Session, View
from twin.story import Slide, Story, in_language
from ui.audience.public_city import PublicCity
from ui.hall.frame import HallFrame, JoinCodes, PollBoard, ShownComment, poll_board
from ui.hall.public_view import PublicView
from ui.hall.public_window import PublicWindow
from ui.slide_view import view_of_slide

TEXT_PERCENTS = (75, 100, 125, 150, 200)
MakeScene = Callable[[Session], Scene]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a presentation is made from."""

    session: Session
    """The operator's own."""
    story: Story
    views: tuple[NamedView, ...] = ()
    languages: tuple[str, ...] = ("en",)
    decisions: tuple[PersonalDecision, ...] = ()
    withheld: tuple[str, ...] = ()
    """Layers that never go to the hall."""


class Presentation(QObject):
    """Shows a story to the hall. The console and the meeting tell it what to show; it asks them nothing."""

    changed = Signal()
    """Anything on the projector, or which slide is next."""
    slide_changed = Signal(str)
    """Another slide is shown: its id."""
    failed = Signal(object)
    """A slide could not be shown; the picture stayed."""
    console_asked = Signal()
    ended = Signal()

    def __init__(self, parent: QObject, sources: Sources, make_scene: MakeScene) -> None:
        """Make the public window; show() puts it on a screen."""
        super().__init__(parent)
        self.sources, self.story = sources, sources.story
        self.city = PublicCity(sources.session, decisions=sources.decisions, withheld=sources.withheld)
        self.scene = make_scene(self.city.session)
        self.window = PublicWindow(PublicView(self.scene, self.city.session))
        self.slide_id = ""
        self.language = sources.languages[0] if sources.languages else "en"
        self.theme = ""
        """"light" or "dark"; "" takes what each slide has."""
        self.text_percent = 100
        self.has_legend = True
        self.is_black = self.is_frozen = self.has_pointer = self.is_rehearsal = False
        self.poll: dict[str, Any] | None = None
        self.comment: ShownComment | None = None
        self.codes: JoinCodes | None = None
        self.are_codes_large = False
        self.timer_text = ""
        self._pointer: tuple[float, float] | None = None
        self._is_over = False
        self.window.key_pressed.connect(self.do)
        self.window.pointed.connect(self.point)
        self.window.closed.connect(self.end)
        self.window.view.failed.connect(self.failed)

    # on which screen

    @staticmethod
    def screens() -> list[QScreen]:
        """Return the screens there are, the operator's first."""
        primary = QGuiApplication.primaryScreen()
        return [primary, *(s for s in QGuiApplication.screens() if s is not primary)]

    @property
    def has_one_screen(self) -> bool:
        """Return whether the hall sees the screen that the operator works on."""
        return len(QGuiApplication.screens()) < 2

    def show(self, *, is_full_screen: bool = True) -> None:
        """Put the public window on the projector: the second screen, if there is one."""
        screen = self.screens()[-1]
        self.window.setScreen(screen)
        if is_full_screen:
            self.window.setGeometry(screen.geometry())
            self.window.showFullScreen()
        else:
            self.window.show()
        if not self.slide_id and len(self.story):
            self.show_slide(self.story.next_id(""))
        self.push()

    # what is shown

    def do(self, act: str) -> None:
        """Do what a key of the public window asks for."""
        acts: dict[str, Callable[[], object]] = {
            "next": self.next, "back": self.back, "first": self.first, "last": self.last,
            "black": self.toggle_black, "freeze": self.toggle_freeze, "pointer": self.toggle_pointer,
            "console": self.console_asked.emit, "leave": self.end,
        }  # fmt: skip
        acts[act]()

    def next(self) -> None:
        """Go to the next slide; what else stood on the projector gives way to it."""
        if self.poll is None and self.comment is None and not self.are_codes_large:
            self.show_slide(self.story.next_id(self.slide_id))
        else:
            self.show_story()

    def back(self) -> None:
        """Go to the slide before."""
        self.show_slide(self.story.back_id(self.slide_id))

    def first(self) -> None:
        """Go to the first slide."""
        if len(self.story):
            self.show_slide(self.story.slides[0].id)

    def last(self) -> None:
        """Go to the last slide."""
        if len(self.story):
            self.show_slide(self.story.slides[-1].id)

    def take_story(self, story: Story) -> None:
        """Take a story that was changed meanwhile."""
        self.story = story
        if self.slide_id and not any(s.id == self.slide_id for s in story.slides):
            self.slide_id = ""
        self.push()

    @property
    def slide(self) -> Slide | None:
        """Return the slide that is shown; None while there is none."""
        return self.story.slide(self.slide_id) if self.slide_id else None

    @property
    def next_slide(self) -> Slide | None:
        """Return the slide that comes next; None after the last."""
        following = self.story.next_id(self.slide_id)
        return self.story.slide(following) if following and following != self.slide_id else None

    def view_of(self, slide: Slide) -> View:
        """Return what a slide shows.

        raises   LayerError  it names a view that is not there
        """
        return view_of_slide(slide, self.sources.views, self.sources.session, now=self.sources.session.view)

    def show_slide(self, slide_id: str) -> None:
        """Fly to a slide; what else stood on the projector gives way."""
        if not slide_id:
            return
        slide = self.story.slide(slide_id)
        try:
            self._show_view(self.view_of(slide))
        except TwinError as error:
            self.failed.emit(error)
            return
        self.slide_id = slide_id
        self.poll = self.comment = None
        self.are_codes_large = False
        self.push()
        self.slide_changed.emit(slide_id)

    def show_story(self) -> None:
        """Take away what stands in the slide's place: poll, comment, codes."""
        self.poll = self.comment = None
        self.are_codes_large = False
        self._choose("")
        self.push()

    def _show_view(self, view: View) -> None:
        if self.theme:
            view = replace(view, composition=replace(view.composition, theme=self.theme))
        self.city.show(view)
        self.window.view.fly_to(self.city.session.camera)

    def show_poll(self, poll: dict[str, Any] | None) -> None:
        """Show a poll with its public figures in the slide's place; None takes it away."""
        self.poll, self.comment = poll, None
        self.are_codes_large = False if poll is not None else self.are_codes_large
        self.push()

    def show_comment(self, comment: ShownComment, view: View | None, comment_id: str = "") -> None:
        """Show an accepted comment, and what its author saw."""
        if view is not None:
            self._show_view(view)
        self.comment, self.poll, self.are_codes_large = comment, None, False
        self._choose(comment_id)
        self.push()

    def show_pins(self, pins: Pins) -> None:
        """Show accepted comments in the city."""
        self.scene.show_pins(pins, chosen=self.scene.pins.chosen)

    def _choose(self, comment_id: str) -> None:
        pins = getattr(self.scene, "pins", None)
        if pins is not None and pins.chosen != comment_id:
            self.scene.show_pins(pins.pins, chosen=comment_id)

    def show_codes(self, codes: JoinCodes | None, *, are_large: bool = False) -> None:
        """Show how people get in: large in the slide's place, or small in the corner."""
        self.codes, self.are_codes_large = codes, are_large and codes is not None
        self.push()

    def set_timer(self, text: str) -> None:
        """Show a timer; "" takes it away."""
        if text != self.timer_text:
            self.timer_text = text
            self.push()

    # how it is shown

    def toggle_black(self) -> None:
        """Go black, or come back."""
        self.is_black = not self.is_black
        self.push()

    def toggle_freeze(self) -> None:
        """Keep the picture as it is while things change behind it, or go on."""
        self.set_frozen(is_frozen=not self.is_frozen)

    def set_frozen(self, *, is_frozen: bool) -> None:
        """Keep the picture as it is, or go on."""
        self.is_frozen = is_frozen
        self.window.set_frozen(is_frozen=is_frozen)
        self.push()

    def toggle_pointer(self) -> None:
        """Show the pointer, or put it away."""
        self.has_pointer = not self.has_pointer
        self._pointer = (0.5, 0.5) if self.has_pointer else None
        self.push()

    def point(self, place: tuple[float, float] | None) -> None:
        """Move the pointer, if it is on."""
        if self.has_pointer and place is not None:
            self._pointer = place
            self.window.show_frame(replace(self.window.frame if self.is_frozen else self.frame(), pointer=place))

    def set_look(
        self, *, theme: str | None = None, text_percent: int | None = None, language: str | None = None,
        has_legend: bool | None = None,
    ) -> None:  # fmt: skip
        """Change the theme ("" for each slide's own), the text's size, the language, or whether there is a legend."""
        if theme is not None and theme != self.theme:
            self.theme = theme
            shown = self.city.session.composition
            wanted = theme or (self.view_of(self.slide).composition.theme if self.slide else shown.theme)
            self.city.session.set_composition(replace(shown, theme=wanted), is_undoable=False)
        self.text_percent = text_percent or self.text_percent
        self.language = language or self.language
        self.has_legend = self.has_legend if has_legend is None else has_legend
        self.push()

    def frame(self) -> HallFrame:
        """Return what is on the projector now."""
        slide = self.slide
        shown = self.city.session.composition
        visible = [s.layer_id for s in shown.layers if s.is_visible and s.layer_id in self.city.session.layers]
        return HallFrame(
            title=in_language(slide.title, self.language) if slide else "",
            text=in_language(slide.text, self.language) if slide else "",
            number=self.story.place(slide.id) + 1 if slide else 0,
            of=len(self.story),
            picture=slide.picture.path if slide and slide.picture and Path(slide.picture.path).is_file() else "",
            legends=tuple(self.scene.legends() if self.has_legend else self.scene.sun.legends()),
            attribution=attribution_of(self.city.session.layers[i] for i in visible),
            poll=self.board(),
            codes=self.codes,
            are_codes_large=self.are_codes_large,
            comment=self.comment,
            timer=self.timer_text,
            is_rehearsal=self.is_rehearsal,
            is_black=self.is_black,
            theme=shown.theme,
            text_percent=self.text_percent,
            language=self.language,
            pointer=self._pointer,
        )

    def board(self) -> PollBoard | None:
        """Return the poll on the projector."""
        return None if self.poll is None else poll_board(self.poll, self.language)

    def push(self) -> None:
        """Bring the public window up to date."""
        if not self._is_over:
            self.window.show_frame(self.frame())
            self.changed.emit()

    def end(self) -> None:
        """Leave: the window closes, everything is given back."""
        if self._is_over:
            return
        self._is_over = True
        self.window.close()
        self.city.close()
        self.scene.close()
        self.window.deleteLater()
        self.ended.emit()
