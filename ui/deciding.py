"""Deciding on the command line which columns are about people; the decisions stay with the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data.project import write_project
from twin.errors import ColumnError, LayerError, UsageError
from twin.personal import Decided, decided_anew, decisions_of, kept_decisions
from ui.contents import Contents

WORDS = {"public": Decided.PUBLIC, "personal": Decided.PERSONAL, "undecided": Decided.UNDECIDED}


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says of one column."""

    layer: str
    """The layer's id or name."""
    field: str
    decided: Decided


def decisions_from_text(texts: Sequence[str]) -> tuple[Word, ...]:
    """Read "LAYER:FIELD=public", "…=personal" or "…=undecided".

    raises   UsageError  one is written in another way
    """
    said = []
    for text in texts:
        column, _, word = text.rpartition("=")
        layer, _, field = column.partition(":")
        if not layer or not field or word not in WORDS:
            raise UsageError(
                f'"{text}" says nothing of a column.',
                hint="Write LAYER:FIELD=public, LAYER:FIELD=personal or LAYER:FIELD=undecided.",
            )
        said.append(Word(layer, field, WORDS[word]))
    return tuple(said)


def decided_project(contents: Contents, said: Sequence[Word]) -> Contents:
    """Keep decisions in the project that is open, and save it; nothing else of it changes.

    raises   UsageError                              no project is open, only data files
             LayerError, ColumnError, ProjectError   there is no such layer or column, or it cannot be saved; nothing
                                                     is kept
    """
    stored = contents.stored
    if stored is None or contents.project is None:
        raise UsageError(
            "Decisions are kept with a project, and this is none.",
            hint="Make one first: citytwin project new OUT SOURCE...",
        )
    decisions = decisions_of(contents.project.personal)
    for word in said:
        layer_id = _layer_called(contents, word.layer)
        fields = contents.session.layers[layer_id].table.fields()
        if word.field not in fields:
            raise ColumnError(
                f'The layer "{word.layer}" has no column "{word.field}".', hint=f"It has {', '.join(fields)}."
            )
        decisions = decided_anew(decisions, layer_id, word.field, word.decided)
    project = replace(contents.project, personal=kept_decisions(decisions))
    made = write_project(replace(stored.project, personal=project.personal), stored.folder, before=stored,
                         owned=stored.owned)  # fmt: skip
    return replace(contents, project=project, stored=made)


def _layer_called(contents: Contents, name: str) -> str:
    layers = contents.session.layers
    found = [i for i, layer in layers.items() if name in (i, layer.info.name)]
    if len(found) != 1:
        names = ", ".join(layers)
        raise LayerError(f'There is no layer "{name}" that is open in this project.', hint=f"There are {names}.")
    return found[0]
