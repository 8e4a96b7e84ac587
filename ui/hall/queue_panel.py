"""The moderation queue: comments a page at a time, decided on one by one, with the reason where one is needed."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QInputDialog, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ui import hall_words as words
from ui.plain import button, label, named

SHORT = 90
"""Letters of a comment in the list; all of it stands below."""


class QueuePanel(QWidget):
    """Shows comments and asks for decisions."""

    state_chosen = Signal(str)
    more_asked = Signal()
    decided = Signal(str, object)
    """(comment, what is sent to the server)."""
    preview_asked = Signal(object)
    shown_to_hall = Signal(object)
    scenario_asked = Signal(object)

    def __init__(self) -> None:
        """Start with no comments."""
        super().__init__()
        self.comments: list[dict[str, Any]] = []
        self.states = QComboBox()
        for value, text in words.QUEUE_STATES:
            self.states.addItem(text, value)
        named(self.states, words.COMMENTS)
        self.states.activated.connect(self._state_chosen)
        self.rows = QListWidget()
        self.rows.setUniformItemSizes(True)
        self.rows.setMinimumHeight(130)
        named(self.rows, words.COMMENTS)
        self.rows.currentRowChanged.connect(self._show)
        self.count = label("", "quiet")
        self.more = button(words.MORE, rank="link")
        self.more.clicked.connect(self.more_asked)
        self.head, self.text = label("", "quiet", wraps=True), label("", wraps=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.buttons = {
            act: button(text)
            for act, text in (
                ("accept", words.ACCEPT), ("reject", words.REJECT), ("redact", words.REDACT),
                ("merge", words.MERGE), ("pin", words.PIN),
            )
        }  # fmt: skip
        self.preview, self.to_hall = button(words.PREVIEW, tip=words.PREVIEW_TIP), button(words.TO_HALL)
        self.to_scenario = button(words.TO_SCENARIO, tip=words.TO_SCENARIO_TIP)
        for act, one in self.buttons.items():
            one.clicked.connect(partial(self._decide, act))
        self.preview.clicked.connect(self._preview)
        self.to_hall.clicked.connect(self._to_hall)
        self.to_scenario.clicked.connect(self._to_scenario)
        self.alone = button(words.ALONE)
        self.warning = label(words.ONE_SCREEN, "warning", wraps=True)
        self.alone.clicked.connect(partial(self.set_covered, is_covered=False))
        self._lay_out()
        self.set_covered(is_covered=False)
        self.show_comments([], 0)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self.warning)
        column.addWidget(self.alone)
        self.body = QWidget()
        inside = QVBoxLayout(self.body)
        inside.setContentsMargins(0, 0, 0, 0)
        top = QHBoxLayout()
        top.addWidget(self.states, 1)
        top.addWidget(self.count)
        top.addWidget(self.more)
        inside.addLayout(top)
        inside.addWidget(self.rows, 3)
        inside.addWidget(self.head)
        inside.addWidget(self.text)
        for acts in (("accept", "reject", "pin"), ("redact", "merge")):
            row = QHBoxLayout()
            for act in acts:
                row.addWidget(self.buttons[act])
            inside.addLayout(row)
        last = QHBoxLayout()
        last.addWidget(self.preview)
        last.addWidget(self.to_hall)
        last.addWidget(self.to_scenario)
        inside.addLayout(last)
        column.addWidget(self.body, 1)

    def set_covered(self, *, is_covered: bool) -> None:
        """Hide what was not accepted where the hall may see this screen."""
        self.warning.setVisible(is_covered)
        self.alone.setVisible(is_covered)
        self.body.setVisible(not is_covered)

    # showing

    def show_comments(self, comments: list[dict[str, Any]], total: int, *, is_more: bool = False) -> None:
        """Show comments; is_more adds them to those that are listed."""
        chosen = self.chosen()
        self.comments = [*self.comments, *comments] if is_more else list(comments)
        with QSignalBlocker(self.rows):
            if not is_more:
                self.rows.clear()
            for comment in comments:
                self.rows.addItem(QListWidgetItem(_line(comment)))
            keep = chosen["id"] if chosen else ""
            row = next((i for i, c in enumerate(self.comments) if c["id"] == keep), 0 if self.comments else -1)
            self.rows.setCurrentRow(row)
        self.count.setText(words.more_comments(len(self.comments), total))
        self.more.setVisible(len(self.comments) < total)
        self._show(self.rows.currentRow())

    def chosen(self) -> dict[str, Any] | None:
        """Return the chosen comment."""
        row = self.rows.currentRow()
        return self.comments[row] if 0 <= row < len(self.comments) else None

    def choose(self, comment_id: str) -> bool:
        """Choose a comment; return whether it is listed."""
        row = next((i for i, c in enumerate(self.comments) if c["id"] == comment_id), -1)
        if row >= 0:
            self.rows.setCurrentRow(row)
            self.rows.scrollToItem(self.rows.item(row))
        return row >= 0

    def _show(self, _row: int) -> None:
        comment = self.chosen()
        state = str(comment["state"]) if comment else ""
        self.text.setText(str(comment["text"]) if comment else "")
        self.head.setText(_head(comment) if comment else "")
        self.buttons["accept"].setEnabled(state in ("held", "rejected"))
        self.buttons["reject"].setEnabled(state in ("held", "accepted"))
        self.buttons["redact"].setEnabled(state in ("held", "accepted"))
        self.buttons["merge"].setEnabled(state in ("held", "accepted"))
        self.buttons["pin"].setEnabled(state == "accepted")
        self.buttons["pin"].setText(words.UNPIN if comment and comment.get("is_pinned") else words.PIN)
        self.preview.setEnabled(comment is not None)
        self.to_hall.setEnabled(state == "accepted")
        self.to_scenario.setEnabled(state == "accepted")

    # hands

    def _state_chosen(self, _index: int) -> None:
        self.state_chosen.emit(self.states.currentData())

    def _preview(self) -> None:
        comment = self.chosen()
        if comment is not None:
            self.preview_asked.emit(comment)

    def _to_scenario(self) -> None:
        comment = self.chosen()
        if comment is not None and comment["state"] == "accepted":
            self.scenario_asked.emit(comment)

    def _to_hall(self) -> None:
        comment = self.chosen()
        if comment is not None and comment["state"] == "accepted":
            self.shown_to_hall.emit(comment)

    def _decide(self, act: str, *_: object) -> None:
        comment = self.chosen()
        if comment is None:
            return
        sent: dict[str, Any] = {"act": "unpin" if act == "pin" and comment.get("is_pinned") else act}
        if act in ("reject", "redact", "merge"):
            reason = self._ask(words.REASON)
            if not reason:
                return
            sent["reason"] = reason
        if act == "redact":
            sent["text"] = self._ask(words.NEW_TEXT, str(comment["text"]), is_long=True)
            if sent["text"] is None:
                return
        if act == "merge":
            others = [c for c in self.comments if c["state"] == "accepted" and c["id"] != comment["id"]]
            into = self._ask_which(others)
            if not into:
                return
            sent["into"] = into
        self.decided.emit(str(comment["id"]), sent)

    def _ask(self, question: str, text: str = "", *, is_long: bool = False) -> str | None:
        if is_long:
            said, is_given = QInputDialog.getMultiLineText(self, words.REDACT, question, text)
        else:
            said, is_given = QInputDialog.getText(self, words.COMMENTS, question)
        return said.strip() if is_given else None

    def _ask_which(self, others: list[dict[str, Any]]) -> str:
        lines = [f"{n}. {_line(c)}" for n, c in enumerate(others, 1)]
        line, is_given = QInputDialog.getItem(self, words.MERGE, words.MERGE_INTO, lines, 0, False)
        return str(others[lines.index(line)]["id"]) if is_given and line in lines else ""


def _line(comment: dict[str, Any]) -> str:
    text = " ".join(str(comment["text"]).split())
    place = (comment.get("place") or {}).get("name", "")
    said = text if len(text) <= SHORT else f"{text[:SHORT]}…"
    return f"{said}  — {place}" if place else said


def _head(comment: dict[str, Any]) -> str:
    said = words.comment_head(
        str(comment["kind"]), str(comment["state"]), int(comment.get("support", 0)), int(comment.get("flags", 0)),
        str(comment.get("source", "")),
    )  # fmt: skip
    return f"{said} · {comment['reason']}" if comment.get("reason") else said
