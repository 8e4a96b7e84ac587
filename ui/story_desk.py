"""The story in the window: slides recorded from the view in one click, ordered, and given their words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt

from twin.errors import TwinError
from twin.session import View
from twin.story import Slide, SlidePicture, Story, gaps, in_language, recorded
from ui import hall_words as words
from ui.describing import proposed_description, proposed_descriptions
from ui.dock import make_dock, scrolled
from ui.hall.presentation import Presentation
from ui.hall.story_panel import StoryPanel
from ui.present_desk import PresentDesk
from ui.project_desk import ProjectDesk
from ui.slide_view import view_of_slide

if TYPE_CHECKING:
    from ui.main_window import MainWindow


class StoryDesk(QObject):
    """Found again by window.findChild(StoryDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window = window
        project = window.findChild(ProjectDesk)
        assert project is not None
        self._project: ProjectDesk = project
        self.panel = StoryPanel()
        self.dock = make_dock("story", words.STORY, scrolled(self.panel))
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        window.tabifyDockWidget(window.right, self.dock)
        self.dock.hide()
        window.menus["docks"].addAction(self.dock.toggleViewAction())
        window.actions_by_id["story"].triggered.connect(self.open)
        self._connect()

    def _connect(self) -> None:
        panel = self.panel
        panel.record_asked.connect(self.record)
        panel.view_asked.connect(self.take_view)
        panel.look_asked.connect(self.look)
        panel.moved.connect(self.move)
        panel.removal_asked.connect(self.remove)
        panel.edited.connect(self.change)
        panel.picture_chosen.connect(self.set_picture)
        panel.proposal_asked.connect(self.propose)
        panel.languages_changed.connect(self.set_languages)
        panel.withheld_changed.connect(self.set_withheld)
        panel.present_asked.connect(self._window.actions_by_id["present"].trigger)
        self._window.session.layers_changed.connect(self.fill)
        self._window.windowTitleChanged.connect(self.fill)

    def open(self, *_: object) -> None:
        """Show the panel, as wide as it needs."""
        self.dock.widget().setMinimumWidth(min(self.panel.minimumSizeHint().width() + 24, self._window.width() // 2))
        self.dock.show()
        self.dock.raise_()
        self.fill()

    @property
    def story(self) -> Story:
        """Return the project's story."""
        return self._project.state.kept.project.story

    def fill(self, *_: object) -> None:
        """Show the story as the project has it."""
        if not self.dock.isVisible():
            return
        kept = self._project.state.kept.project
        missing = gaps(kept.story, kept.hearing.languages)
        layers = {i: layer.info.name for i, layer in self._window.session.layers.items()}
        self.panel.show_story(kept.story, kept.hearing.languages, missing)
        self.panel.show_layers(layers, kept.hearing.withheld)

    def _keep(self, story: Story, *, chosen: str = "") -> None:
        self._project.change(stories=story.slides)
        shown = self._presentation()
        if shown is not None:
            shown.take_story(story)
        self.panel.chosen = chosen or self.panel.chosen
        self.fill()

    def _presentation(self) -> Presentation | None:
        desk = self._window.findChild(PresentDesk)
        return desk.presentation if desk is not None else None

    # slides

    def present_view(self) -> View:
        """Return what is looked at now, as a slide keeps it."""
        session = self._window.session
        return recorded(replace(session.view, camera=self._window.view.motion.end or self._window.view.camera))

    def record(self) -> Slide | None:
        """Keep what is looked at as a new slide after the chosen one; None where nothing is open."""
        if not self._window.session.layers:
            self._window.notices.info(words.NOTHING_OPEN)
            return None
        story = self.story
        view = self.present_view()
        languages = self._project.state.kept.project.hearing.languages
        said = proposed_descriptions(view, self._window.session, languages)
        number = len(story) + 1
        slide = Slide(story.new_id(), {languages[0]: f"{number}"}, description=said, view=view)
        after = self.panel.chosen if any(s.id == self.panel.chosen for s in story.slides) else ""
        self._keep(story.added(slide, after=after), chosen=slide.id)
        self.panel.focus_title()
        return slide

    def take_view(self, slide_id: str) -> None:
        """Give a slide the view on screen."""
        self._keep(self.story.changed(replace(self.story.slide(slide_id), view=self.present_view())))

    def look(self, slide_id: str) -> None:
        """Bring a slide's view to this window."""
        slide = self.story.slide(slide_id)
        try:
            view = self._view_of(slide)
        except TwinError as error:
            self._window.notices.error(error)
            return
        self._window.session.set_composition(view.composition)
        self._window.session.set_clock(view.clock)
        self._window.camera.go(view.camera)

    def _view_of(self, slide: Slide) -> View:
        session = self._window.session
        return view_of_slide(slide, self._project.state.kept.project.views, session, now=session.view)

    def move(self, slide_id: str, place: int) -> None:
        """Put a slide at another place."""
        self._keep(self.story.moved(slide_id, place))

    def remove(self, slide_id: str) -> None:
        """Take a slide out of the story."""
        story = self.story
        self._keep(story.without(slide_id), chosen=story.back_id(slide_id))

    def change(self, slide_id: str, part: str, language: str, text: str) -> None:
        """Change a slide's words in one language, or its notes."""
        slide = self.story.slide(slide_id)
        if part == "notes":
            changed = replace(slide, notes=text)
        else:
            said: dict[str, Any] = {**getattr(slide, part), language: text}
            words_now: dict[str, Any] = {part: {k: v for k, v in said.items() if v}}
            changed = replace(slide, **words_now)
        if changed != slide:
            self._keep(self.story.changed(changed))

    def set_picture(self, slide_id: str, path: str) -> None:
        """Put a picture beside a slide's text; "" takes it away."""
        slide = self.story.slide(slide_id)
        self._keep(self.story.changed(replace(slide, picture=SlidePicture(path) if path else None)))

    def propose(self, slide_id: str) -> None:
        """Write descriptions where there are none, in every language of the meeting."""
        slide = self.story.slide(slide_id)
        try:
            view = self._view_of(slide)
        except TwinError as error:
            self._window.notices.error(error)
            return
        languages = self._project.state.kept.project.hearing.languages
        said = {
            one: in_language(slide.description, one, else_in=())
            if slide.description.get(one, "").strip()
            else proposed_description(view, self._window.session, one)
            for one in languages
        }
        self._keep(self.story.changed(replace(slide, description={**slide.description, **said})))

    # the meeting

    def set_languages(self, languages: tuple[str, ...]) -> None:
        """Change the languages of the meeting; words in others stay in the project."""
        hearing = self._project.state.kept.project.hearing
        self._project.change(hearing=replace(hearing, languages=languages or ("en",)))
        self.fill()

    def set_withheld(self, withheld: tuple[str, ...]) -> None:
        """Say which layers never go to the hall."""
        hearing = self._project.state.kept.project.hearing
        self._project.change(hearing=replace(hearing, withheld=withheld))


def attach(window: MainWindow) -> None:
    """Add the story to a window."""
    StoryDesk(window)
