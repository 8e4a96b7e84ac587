"""The city behind a meeting: opens the project, draws for the server, and knows the story. Needs no Qt.

Without a window it runs in the command's own process; with one it runs in a process of its own (hall_process.py), so
that drawing for phones never holds the window up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from layers.scene import Scene
from twin.personal import decisions_of
from twin.project import Project
from twin.report import Report
from twin.session import View
from ui.audience.city_stage import CityStage
from ui.audience.meeting import Plan
from ui.audience.process import MeetingProcess
from ui.audience.programme import plan_of, views_of
from ui.audience.public import Slide
from ui.audience.public_city import PublicCity
from ui.audience.public_slide import words_of
from ui.audience.server import Address
from ui.audience.wish import MeetingWish
from ui.contents import Contents, open_contents
from ui.describing import proposed_descriptions
from ui.jobs import Jobs
from ui.memory import default_budget_bytes
from ui.project_recordings import show_recordings
from ui.slide_view import view_of_slide

WAIT_S = 0.05


class Host:
    """A running meeting."""

    def __init__(self, plan: Plan, contents: Contents, scene: Scene, city: PublicCity) -> None:
        """Start the server; address tells where it is.

        raises   LedgerError  it could not start
        """
        self._contents, self._city = contents, city
        self._project = contents.project or Project()
        self.story = self._project.story
        views = {i: self._public(view) for i, view in views_of(contents).items()}
        decisions = decisions_of(self._project.personal)
        self.stage = CityStage(city.session, scene, views=views, personal=decisions)
        told = plan.programme
        sights = tuple(
            replace(s, description=proposed_descriptions(views[s.id], city.session, told.languages))
            if s.id in views
            else s
            for s in told.views
        )
        programme = replace(
            told,
            views=sights,
            bounds_lonlat=self.stage.bounds_lonlat,
            zoom_most=self.stage.zoom_most,
            attribution=self.stage.attribution,
        )
        self._process = MeetingProcess(replace(plan, programme=programme))
        self.on_changed: Callable[[int], None] = _ignore
        """Called with a number that grows whenever something happened in the meeting."""
        self.on_slide_asked: Callable[[int, bool], None] = self.show_number
        """Called when a presenter asks for a slide from another device: (number, whether it is to be black)."""
        self._acts: dict[str, Callable[..., Any]] = self.stage.acts() | {
            "show_slide": self._slide_asked,
            "changed": self._changed,
        }
        if len(self.story):
            self.show_number(1, is_black=False)

    @property
    def address(self) -> Address:
        """Return where the meeting is found."""
        return self._process.address

    @property
    def is_running(self) -> bool:
        """Return whether the server is there."""
        return self._process.is_running

    def fileno(self) -> int:
        """Return what can be waited on until the server asks something."""
        return self._process.fileno()

    def serve(self, *, wait_s: float = 0.0) -> bool:
        """Answer one question of the server, if there is one."""
        return self._process.serve(self._acts, wait_s=wait_s)

    def _public(self, view: View) -> View:
        return replace(view, composition=self._city.public(view.composition))

    # slides

    def show_number(self, number: int, is_black: bool) -> None:  # noqa: FBT001  as it is asked for
        """Show a slide of the project's story by its number, from 1."""
        if not 1 <= number <= len(self.story):
            self._process.tell("slide", Slide(number=number, is_black=is_black))
            return
        slide = self.story.slides[number - 1]
        session = self._contents.session
        view = view_of_slide(slide, self._project.views, session, now=session.view)
        self.show(replace(words_of(self.story, slide), is_black=is_black), view)

    def show(self, slide: Slide, view: View | None) -> None:
        """Show words and a view on all phones."""
        if view is not None:
            public = self._public(view)
            self._city.session.set_clock(view.clock)
            self.stage.show(public)
        self._process.tell("slide", slide)

    def _slide_asked(self, wish: dict[str, object]) -> None:
        number = wish.get("number", 0)
        assert isinstance(number, int)
        self.on_slide_asked(number, bool(wish.get("is_black")))

    def _changed(self, version: int) -> None:
        self.on_changed(version)

    def stop(self) -> None:
        """End the meeting in order."""
        self._process.stop()


@contextmanager
def hosted(wish: MeetingWish, jobs: Jobs, *, told: Callable[[Report], None]) -> Iterator[Host]:
    """Open the project, draw it off screen, and serve it.

    told     called with what was met while opening
    raises   TwinError  the project cannot be opened, or the server cannot listen
    """
    contents = open_contents([wish.source], jobs=jobs)
    told(contents.report)
    plan = plan_of(
        contents,
        source=wish.source,
        hosts=(wish.host,),
        port=wish.port,
        is_rehearsal=wish.is_rehearsal,
        is_moderated=wish.is_moderated,
        certificate=wish.certificate,
        key=wish.key,
    )
    jobs.wait_until_ready()
    project = contents.project or Project()
    recordings = show_recordings(contents.session, contents.folder)
    city = PublicCity(contents.session, decisions=decisions_of(project.personal), withheld=project.hearing.withheld)
    recordings.follow(city.session)
    scene = Scene(city.session, jobs=jobs, memory_bytes=wish.memory_bytes or default_budget_bytes())
    scene.is_adaptive = False
    try:
        host = Host(plan, contents, scene, city)
        try:
            yield host
        finally:
            host.stop()
    finally:
        city.close()
        scene.close()


def _ignore(_version: int) -> None:
    return
