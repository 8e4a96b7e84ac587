"""What can go wrong, one class a noun: a code, values, an English sentence and a hint."""

from __future__ import annotations


class TwinError(Exception):
    """Something a person can act on.

    sentence   what happened and where, in plain English, one sentence
    hint       what to try, one sentence; may be empty
    values     the facts behind the sentence (path, column, count), for translation and logs
    """

    code = "error"

    def __init__(self, sentence: str, *, hint: str = "", **values: object) -> None:
        """Keep the sentence, the hint and the values."""
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.values = values

    def __str__(self) -> str:
        """Return the sentence, then the hint."""
        return f"{self.sentence} {self.hint}".strip()


class SourceError(TwinError):
    """A file or address that cannot be read at all: missing, empty, forbidden, not what it claims."""

    code = "source"


class CrsError(TwinError):
    """A coordinate reference system that is missing, unknown or contradicts the numbers."""

    code = "crs"


class LayerError(TwinError):
    """A layer that is not there, has no features, or does not fit what was asked of it."""

    code = "layer"


class OutlineError(TwinError):
    """An outline that cannot be raised: it crosses itself, or has no area."""

    code = "outline"


class ColumnError(TwinError):
    """A column that is not there or has the wrong kind of values."""

    code = "column"


class ExpressionError(TwinError):
    """A filter expression that cannot be read or evaluated."""

    code = "expression"


class StyleError(TwinError):
    """A style field that is unknown or has a value outside its range."""

    code = "style"


class MemoryBudgetError(TwinError):
    """Something that does not fit the memory budget."""

    code = "memory"


class PictureError(TwinError):
    """A picture that cannot be drawn or saved."""

    code = "picture"


class DisplayError(TwinError):
    """A window that cannot be opened: no display, or system libraries missing."""

    code = "display"


class UsageError(TwinError):
    """A command that was asked for in the wrong words."""

    code = "usage"


class PollError(TwinError):
    """A poll that cannot be asked, opened or closed as it is."""

    code = "poll"


class VoteError(TwinError):
    """A vote or count that cannot be taken: not an answer to its poll, too late, or without the right to it."""

    code = "vote"


class CommentError(TwinError):
    """A comment that cannot be taken or changed: empty, too long, unknown, or already withdrawn."""

    code = "comment"


class RoleError(TwinError):
    """An act that the role of who asks for it may not do."""

    code = "role"


class LedgerError(TwinError):
    """A ledger that cannot be opened, is held by another writer, or does not add up."""

    code = "ledger"


class ProjectError(TwinError):
    """A project that cannot be opened or saved: damaged, unsafe, from a newer version, in the way of another."""

    code = "project"


class PluginRunError(TwinError):
    """A plugin that may not be run, cannot be used, or failed."""

    code = "plugin"


class ClockError(TwinError):
    """A moment that is no time, or that nothing is known of."""

    code = "clock"


class ScenarioError(TwinError):
    """A scenario or an edit of one that is not there, or cannot be built as it is."""

    code = "scenario"


class StoryError(TwinError):
    """A story or slide that is not there, or cannot be shown."""

    code = "story"


class FeedError(TwinError):
    """Live data that cannot be asked for, understood, recorded or replayed."""

    code = "feed"


class RuleError(TwinError):
    """A rule that watches over live data and cannot be read."""

    code = "rule"
