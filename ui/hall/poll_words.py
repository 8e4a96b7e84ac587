"""What the dialog in which a poll is written says."""

from __future__ import annotations

from twin.poll import PollKind, VotingRule

TITLE = "A poll"
QUESTION, OPTIONS = "Question", "Answers"
OPTIONS_TIP = "One answer a line; an empty line is left out"
KIND, RULE, HIDDEN = "Kind", "Who may vote", "Hide the figures until the poll is closed"
MOST, MOST_ANY = "Answers at most", "any number"
HIGHEST = "Best mark"
SCENARIOS = "The answers are these scenarios"
KINDS: dict[PollKind, str] = {
    PollKind.SINGLE: "One answer",
    PollKind.MULTIPLE: "Several answers",
    PollKind.RATING: "A mark for each answer",
    PollKind.RANKING: "Answers in the order of liking",
    PollKind.SCENARIO: "One of the scenarios",
}
RULES: dict[VotingRule, str] = {
    VotingRule.OPEN: "Everybody in the hall: one vote a browser",
    VotingRule.SLIP: "Slips handed out at the door: one vote a slip",
}
KEEP, ASK = "Keep for later", "Ask now"
EDIT, REMOVE = "Change…", "Remove"
NO_SCENARIO = "This project has no scenarios yet: draw one first, or choose another kind."
NONE_YET = "No polls are prepared. Write one here; it is kept in the project, in polls.toml."


def uneven(language: str, found: int, wanted: int) -> str:
    """Return that a language has another number of answers."""
    told = f"In {language} there are {found} answers, in the first language {wanted}."
    return f"{told} Write one for each, in the same order."


def in_language(name: str, language: str) -> str:
    """Return the name of a field for one language."""
    return f"{name} ({language})"
