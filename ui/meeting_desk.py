"""Meetings in the window: check the hall, start the server, run polls and moderation from the console."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QMouseEvent

from layers.pins import Pins
from twin.derived import column_rows
from twin.errors import TwinError
from twin.row_keys import key_column
from twin.session import View
from twin.story import gaps
from twin.table import Table
from ui import hall_words as words
from ui.audience.seen import view_seen
from ui.audience.wish import MeetingWish
from ui.hall.check_hall import CheckHall
from ui.hall.frame import JoinCodes, ShownComment
from ui.hall.hall_facts import hall_facts, networks
from ui.hall.hall_panel import HallPanel
from ui.hall.ideas import follow_ideas
from ui.hall.meeting_papers import MeetingPapers
from ui.hall.meeting_polls import MeetingPolls
from ui.hall.presentation import Presentation
from ui.hall.queue_panel import QueuePanel
from ui.present_desk import PresentDesk
from ui.project_desk import ProjectDesk
from ui.slide_view import view_of_slide

if TYPE_CHECKING:
    from ui.app import MeetingAtStart
    from ui.audience.server import Address
    from ui.hall.meeting_run import MeetingRun
    from ui.main_window import MainWindow

USUAL_PORT = 8080
OPEN_LOOK_MS = 100


class MeetingDesk(QObject):
    """Found again by window.findChild(MeetingDesk)."""

    def __init__(self, window: MainWindow) -> None:
        """Join a window."""
        super().__init__(window)
        self._window = window
        window.__dict__["meeting_desk"] = self
        present, project = window.findChild(PresentDesk), window.findChild(ProjectDesk)
        assert present is not None
        assert project is not None
        self.present: PresentDesk = present
        self._project: ProjectDesk = project
        self.run: MeetingRun | None = None
        self.address: Address | None = None
        self.dialog: CheckHall | None = None
        self.codes: JoinCodes | None = None
        self.pins, self.comments = Pins(), dict[str, dict[str, Any]]()
        self.queue, self.hall = QueuePanel(), HallPanel()
        self.papers, self.polls = MeetingPapers(window, self), MeetingPolls(window, self)
        for panel, name in ((self.queue, words.COMMENTS), (self.polls.panel, words.POLLS), (self.hall, words.HALL)):
            present.console.tabs.addTab(panel, name)
        self._waiting: MeetingAtStart | None = None
        self._open_timer = QTimer(self)
        self._open_timer.setInterval(OPEN_LOOK_MS)
        self._open_timer.timeout.connect(self._look_whether_open)
        self._connect()

    def _connect(self) -> None:
        self._window.actions_by_id["meeting"].triggered.connect(self.ask)
        self.present.began.connect(self._presenting)
        self.present.dock.visibilityChanged.connect(self._console_shown)
        self.queue.state_chosen.connect(self._queue_state)
        self.queue.more_asked.connect(self._queue_more)
        self.queue.decided.connect(self._decide)
        self.queue.preview_asked.connect(self.preview)
        self.queue.shown_to_hall.connect(self.show_comment)
        follow_ideas(self.queue, self._window)
        self.hall.asked.connect(self.do)
        self._window.installEventFilter(self)
        self._window.view.installEventFilter(self)

    # start

    def ask(self, *_: object) -> None:
        """Check the hall, then begin; a project that is not saved is saved first."""
        if self.run is not None:
            self.present.begin()
            self.present.show_console()
            return
        if not self._window.session.layers:
            self._window.notices.info(words.NOTHING_OPEN)
            return
        state = self._project.state
        if state.stored is None or state.is_changed or state.is_lent:
            self._window.notices.info(words.SAVE_FIRST)
            self._project.save(self.ask)
            return
        kept = state.kept.project
        missing = [words.gap_line(g.number, g.part, g.language) for g in gaps(kept.story, kept.hearing.languages)]
        self.dialog = CheckHall(self._window, networks(), missing)
        self.dialog.start_asked.connect(self._start_asked)
        self.dialog.begun.connect(self._begin)
        self.dialog.given_up.connect(self._give_up)
        self._show_facts()
        self.dialog.networks.currentIndexChanged.connect(self._show_facts)
        self.dialog.open()

    def _show_facts(self, *_: object) -> None:
        home = self._project.state.home
        if self.dialog is not None and home is not None:
            screens = [(s.size().width(), s.size().height()) for s in Presentation.screens()]
            port = self.address.port if self.address else USUAL_PORT
            self.dialog.show_facts(hall_facts(home, screens, self.dialog.address, port))

    def _start_asked(self) -> None:
        assert self.dialog is not None
        home = self._project.state.home
        assert home is not None
        self.start(
            MeetingWish(
                str(home),
                self.dialog.address,
                USUAL_PORT,
                is_rehearsal=self.dialog.rehearsal.isChecked(),
                is_moderated=self.dialog.moderated.isChecked(),
            )
        )

    def start(self, wish: MeetingWish) -> None:
        """Start the server; it takes a few seconds until it listens."""
        from ui.hall.meeting_run import MeetingRun  # noqa: PLC0415  the network's parts, only for meetings

        run = MeetingRun(self, wish, lambda: self._window.session.frame)
        self.run = run
        self._window.status.job_began(words.STARTING, words.STARTING)
        run.started.connect(self._started)
        run.failed.connect(self._failed)
        run.refused.connect(self._refused)
        run.figures_changed.connect(self._figures)
        run.phone_seen.connect(self._phone_seen)
        run.slide_asked.connect(self._slide_asked)
        run.pins_changed.connect(self._take_pins)
        run.queue_came.connect(self._queue)
        run.ended.connect(self._ended)

    def start_when_open(self, asked: MeetingAtStart) -> None:
        """Start once the project is open: what the command line asks for."""
        self._waiting = asked
        self._open_timer.start()

    def _look_whether_open(self) -> None:
        asked = self._waiting
        if asked is None or self._project.state.stored is None or self._project.state.is_opening:
            return
        self._open_timer.stop()
        home = self._project.state.home
        self.start(replace(asked.wish, source=str(home)))

    def _started(self, address: Address) -> None:
        self._window.status.job_ended(words.STARTING)
        self.address = address
        self.codes = JoinCodes(address.url, address.join_code)
        self.hall.show_meeting(address.url, address.join_code)
        asked, self._waiting = self._waiting, None
        if self.dialog is not None:
            self.codes = self.dialog.codes(address.url, address.join_code)
            self.dialog.show_running(address.url, address.join_code)
            self._show_facts()
        if asked is not None:
            asked.told(address)
            self._begin()

    def _failed(self, sentence: str) -> None:
        self._window.status.job_ended(words.STARTING)
        self.run, self._waiting = None, None
        if self.dialog is not None:
            self.dialog.show_failure(sentence)
        else:
            self._refused(sentence)

    def _refused(self, sentence: str) -> None:
        self._window.notices.warning(sentence)

    def _phone_seen(self) -> None:
        if self.dialog is not None:
            self.dialog.show_phone()

    def _begin(self) -> None:
        if self.dialog is not None and self.address is not None:
            self.codes = self.dialog.codes(self.address.url, self.address.join_code)
        self.dialog = None
        shown = self.present.begin()
        if shown is not None:
            self._give_codes(shown, are_large=True)

    def _give_up(self) -> None:
        self.dialog = None
        self.end()

    # the presentation

    def _presenting(self, shown: Presentation) -> None:
        shown.slide_changed.connect(self._slide_shown)
        shown.is_rehearsal = self.run is not None and self.run.wish.is_rehearsal
        if self.run is not None:
            self._give_codes(shown, are_large=False)
            shown.show_pins(self.pins)
            if shown.slide_id:
                self._slide_shown(shown.slide_id)

    def _give_codes(self, shown: Presentation, *, are_large: bool) -> None:
        shown.is_rehearsal = self.run is not None and self.run.wish.is_rehearsal
        shown.show_codes(self.codes, are_large=are_large)

    def _slide_shown(self, slide_id: str) -> None:
        """Let the phones follow."""
        from ui.audience.public_slide import words_of  # noqa: PLC0415  see start

        shown = self.present.presentation
        if self.run is not None and shown is not None:
            slide = shown.story.slide(slide_id)
            view = self._city_view(shown.view_of(slide))
            self.run.show_slide(words_of(shown.story, slide), view)

    def _city_view(self, view: View) -> View:
        """Return a view as the meeting's process can show it: it has the saved project's layers."""
        known = {layer.id for layer in self._project.state.kept.project.layers}
        layers = tuple(s for s in view.composition.layers if s.layer_id in known)
        return replace(view, composition=replace(view.composition, layers=layers))

    def _slide_asked(self, number: int, is_black: bool) -> None:  # noqa: FBT001  Qt's signal
        shown = self.present.presentation
        if shown is None:
            return
        if shown.is_black != is_black:
            shown.toggle_black()
        if 1 <= number <= len(shown.story):
            shown.show_slide(shown.story.slides[number - 1].id)

    def _console_shown(self, is_visible: bool) -> None:  # noqa: FBT001  Qt's signal
        shown = self.present.presentation
        if is_visible and shown is not None:
            self.queue.set_covered(is_covered=shown.has_one_screen)

    # figures

    def _figures(self, figures: dict[str, Any]) -> None:
        self.hall.show_figures(figures)
        self.polls.fill()

    # comments

    def _queue_state(self, state: str) -> None:
        if self.run is not None:
            self.run.state = state
            self.run.ask_queue()

    def _queue_more(self) -> None:
        if self.run is not None:
            self.run.ask_queue(len(self.queue.comments))

    def _queue(self, answer: dict[str, Any], is_more: bool) -> None:  # noqa: FBT001  Qt's signal
        self.queue.show_comments(list(answer.get("comments", ())), int(answer.get("total", 0)), is_more=is_more)

    def _decide(self, comment_id: str, sent: dict[str, Any]) -> None:
        if self.run is not None:
            self.run.moderate(comment_id, sent)

    def _take_pins(self, pins: Pins, comments: dict[str, dict[str, Any]]) -> None:
        self.pins, self.comments = pins, comments
        self._window.parts.scene.show_pins(pins)
        shown = self.present.presentation
        if shown is not None:
            shown.show_pins(pins)

    def view_of_comment(self, comment: dict[str, Any]) -> View:
        """Return what a comment's author saw: the slide or view on his phone, with its layers, scenario and time."""
        kept, session = self._project.state.kept.project, self._window.session
        context = comment.get("context") or {}
        number, sight = str(context.get("slide", "")), str(context.get("view", ""))
        slides = kept.story.slides
        if sight.startswith("view-") and sight[5:].isdigit() and 1 <= int(sight[5:]) <= len(kept.views):
            from ui.project_views import view_of  # noqa: PLC0415  rarely

            base = replace(view_of(kept.views[int(sight[5:]) - 1], session), clock=session.clock)
        elif number.isdigit() and 1 <= int(number) <= len(slides):
            base = view_of_slide(slides[int(number) - 1], kept.views, session, now=session.view)
        else:
            base = session.view
        return view_seen(context, base, session)

    def preview(self, comment: dict[str, Any]) -> None:
        """Show what a comment's author saw in this window: time and layers first, then the place and its pin."""
        try:
            self.present.preview(self.view_of_comment(comment))
        except TwinError as error:
            self._window.notices.error(error)
        self._window.parts.scene.show_pins(self.pins, chosen=str(comment["id"]))
        self._select(comment.get("place") or {})

    def _select(self, place: dict[str, Any]) -> None:
        """Select the building that a comment is about, here and not in the hall."""
        session, layer_id, key = self._window.session, str(place.get("layer", "")), str(place.get("key", ""))
        layer = session.layers.get(layer_id)
        if layer is None or not key:
            return
        by = key_column(layer.table)
        rows = [] if by is None else _rows_where(layer.table, by, key)
        session.select(layer_id, rows)

    def show_comment(self, comment: dict[str, Any]) -> None:
        """Show an accepted comment to the hall, with what its author saw."""
        shown = self.present.presentation
        if shown is None or comment.get("state", "accepted") != "accepted":
            return
        try:
            view = self.view_of_comment(comment)
        except TwinError as error:
            self._window.notices.error(error)
            return
        said = ShownComment(
            str(comment["kind"]),
            str(comment["text"]),
            str((comment.get("place") or {}).get("name", "")),
            int(comment.get("support", 0)),
        )
        shown.show_comment(said, view, str(comment["id"]))

    def _clicked_pin(self, event: QMouseEvent) -> bool:
        """Choose the comment whose pin was clicked in the operator's window."""
        view = self._window.view
        if not len(self.pins):
            return False
        found = view.scene.pin_at(view.camera, *view.pixel_of(event.position()))
        if found is None:
            return False
        comment_id = found.ids[0]
        view.scene.show_pins(self.pins, chosen=comment_id)
        if not self.queue.choose(comment_id) and comment_id in self.comments:
            self.queue.show_comments([self.comments[i] for i in found.ids if i in self.comments], len(found.ids))
            self.queue.choose(comment_id)
        self.present.dock.show()
        self.present.console.tabs.setCurrentWidget(self.queue)
        return True

    # acts of the hall's tab

    def do(self, act: str) -> None:
        """Do what the hall's tab asks for."""
        shown = self.present.presentation
        if act in ("codes_large", "codes_small"):
            if shown is not None:
                self._give_codes(shown, are_large=act == "codes_large")
        elif act == "end":
            self.end()
        else:
            self.papers.do(act)

    # the end

    def end(self) -> None:
        """End the meeting; its record stays."""
        if self.run is not None:
            self.run.stop()

    def _ended(self) -> None:
        run, self.run = self.run, None
        self.address = self.codes = None
        self.pins, self.comments = Pins(), {}
        self.hall.show_meeting("", "")
        self.queue.show_comments([], 0)
        self.polls.fill()
        shown = self.present.presentation
        if shown is not None:
            shown.show_story()
            shown.show_codes(None)
            shown.show_pins(Pins())
        if self._window.isVisible():
            self._window.parts.scene.show_pins(Pins())
            self._window.notices.info(words.MEETING_ENDED)
        if run is not None:
            run.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """End the meeting with the window; a click on a pin chooses its comment."""
        if watched is self._window and event.type() == QEvent.Type.Close:
            self._open_timer.stop()
            self.end()
        elif event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            return watched is self._window.view and self._clicked_pin(event)
        return False


def _rows_where(table: Table, by: str, key: str) -> list[int]:
    """Return the first row whose key is this one."""
    rows: Any = column_rows(table, by)
    found: list[int] = np.flatnonzero(np.asarray(rows).astype(str) == key)[:1].tolist()
    return found


def attach(window: MainWindow) -> None:
    """Add meetings to a window."""
    MeetingDesk(window)
