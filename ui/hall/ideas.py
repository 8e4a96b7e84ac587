"""A resident's idea becomes a scenario that can be drawn on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from twin.ideas import scenario_of_idea
from ui import hall_words as words
from ui.hall.queue_panel import QueuePanel

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def follow_ideas(queue: QueuePanel, window: MainWindow) -> None:
    """Make scenarios of the comments that the queue is asked to."""
    queue.scenario_asked.connect(partial(make_scenario, window))


def make_scenario(window: MainWindow, comment: dict[str, Any]) -> None:
    """Add a scenario made of a comment; one step of undo."""
    composition = window.session.composition
    made = scenario_of_idea(str(comment.get("text", "")), comment.get("place") or {}, composition.scenarios)
    window.session.set_composition(replace(composition, scenarios=(*composition.scenarios, made)))
    window.notices.info(words.made_scenario(made.name))
