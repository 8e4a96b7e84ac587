"""The polls of a window: written and kept in the project, opened, shown and closed while a meeting runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from twin.poll import Poll, json_of_poll
from ui.hall.poll_dialog import PollDialog
from ui.hall.polls_panel import PollsPanel
from ui.project_desk import ProjectDesk

if TYPE_CHECKING:
    from ui.hall.meeting_run import MeetingRun
    from ui.hall.presentation import Presentation
    from ui.main_window import MainWindow


class MeetingPolls(QObject):
    """Stands between the panel, the project and the meeting's server."""

    def __init__(self, window: MainWindow, desk: Any) -> None:
        """Serve a meeting's desk (ui.meeting_desk.MeetingDesk)."""
        super().__init__(window)
        self._window, self._desk = window, desk
        project = window.findChild(ProjectDesk)
        assert project is not None
        self._present, self._project = desk.present, project
        self.panel = PollsPanel()
        self.dialog: PollDialog | None = None
        self.panel.open_asked.connect(self.open)
        self.panel.close_asked.connect(self.close)
        self.panel.hall_asked.connect(self.show)
        self.panel.counted.connect(self._count)
        self.panel.writing_asked.connect(self.write)
        self.panel.removal_asked.connect(self.remove)
        window.windowTitleChanged.connect(self.fill)
        self._present.dock.visibilityChanged.connect(self.fill)

    @property
    def kept(self) -> tuple[Poll, ...]:
        """Return the project's polls."""
        return self._project.state.kept.project.polls

    @property
    def _run(self) -> MeetingRun | None:
        run: MeetingRun | None = self._desk.run
        return run

    @property
    def _shown(self) -> Presentation | None:
        shown: Presentation | None = self._present.presentation
        return shown

    @property
    def _figures(self) -> dict[str, Any]:
        return self._run.figures if self._run is not None else {}

    # the list

    def fill(self, *_: object) -> None:
        """Show the polls: those that were put to the meeting with their figures, then what is prepared."""
        shown, figures = self._shown, self._figures
        hearing = self._project.state.kept.project.hearing
        language = shown.language if shown is not None else next(iter(hearing.languages), "en")
        on_projector = str(shown.poll["id"]) if shown is not None and shown.poll is not None else ""
        asked = list(figures.get("polls", ()))
        self.panel.show_polls(
            self._prepared(figures), asked, language=language, on_projector=on_projector, is_running=bool(figures)
        )
        now = next((p for p in asked if p["id"] == on_projector), None)
        if shown is not None and now is not None and now != shown.poll:
            shown.show_poll(now)

    def _prepared(self, figures: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what can be asked: the project's polls as they are now, and those that only the server knows."""
        asked = {str(p["id"]) for p in figures.get("polls", ())}
        kept = {poll.id: json_of_poll(poll) for poll in self.kept}
        others = {str(p["id"]): p for p in figures.get("prepared", ()) if str(p["id"]) not in kept}
        return [poll for poll_id, poll in (kept | others).items() if poll_id not in asked]

    # writing

    def write(self, poll_id: str = "") -> None:
        """Ask for a poll, or for changes of one that was not asked yet."""
        project, figures = self._project.state.kept.project, self._figures
        poll = next((p for p in self.kept if p.id == poll_id), None)
        taken = {p.id for p in self.kept} | {str(p["id"]) for p in figures.get("polls", ())}
        self.dialog = PollDialog(
            self._window,
            poll,
            languages=project.hearing.languages,
            scenarios={s.id: s.name for s in self._window.session.composition.scenarios},
            taken=taken,
            is_running=self._run is not None,
        )
        self.dialog.done_with.connect(self._written)
        self.dialog.open()

    def _written(self, poll: Poll, is_at_once: bool) -> None:  # noqa: FBT001  Qt's signal
        self.keep(poll)
        if is_at_once:
            self.open(poll.id)

    def keep(self, poll: Poll) -> None:
        """Keep a poll in the project, in the place of the one of its id."""
        there = any(p.id == poll.id for p in self.kept)
        changed = tuple(poll if p.id == poll.id else p for p in self.kept)
        self._project.change(polls=changed if there else (*self.kept, poll))
        self.fill()

    def remove(self, poll_id: str) -> None:
        """Take a prepared poll out of the project."""
        self._project.change(polls=tuple(p for p in self.kept if p.id != poll_id))
        self.fill()

    # a meeting

    def open(self, poll_id: str) -> None:
        """Put a prepared poll to the meeting, as it stands in the project now, and show it to the hall."""
        if self._run is None or self._run.api is None:
            return
        poll = next((p for p in self.kept if p.id == poll_id), None)
        sent = {"id": poll_id} if poll is None else {"poll": json_of_poll(poll)}
        self._run.api.post("/api/operator/polls", sent, partial(self._opened, poll_id))

    def _opened(self, poll_id: str, _answer: object) -> None:
        self.show(poll_id)

    def close(self, poll_id: str) -> None:
        """Close a poll; the chain's head comes onto the projector with its figures."""
        if self._run is not None and self._run.api is not None:
            self._run.api.post(f"/api/operator/polls/{poll_id}/close", {}, self._closed)

    def _closed(self, answer: dict[str, Any]) -> None:
        poll = answer.get("poll")
        if self._shown is not None and isinstance(poll, dict):
            self._shown.show_poll(poll)

    def show(self, poll_id: str) -> None:
        """Put a poll on the projector; "" takes it away."""
        if self._shown is None or self._run is None:
            return
        polls = {str(p["id"]): p for p in self._figures.get("polls", ())}
        prepared = {p.id: json_of_poll(p) | {"is_open": True} for p in self.kept}
        self._shown.show_poll((polls.get(poll_id) or prepared.get(poll_id)) if poll_id else None)
        self.fill()

    def _count(self, poll_id: str, sent: dict[str, Any]) -> None:
        if self._run is not None and self._run.api is not None:
            self._run.api.post(f"/api/operator/polls/{poll_id}/hands", sent)
