"""A poll is written: its question and answers in the meeting's languages, its kind and its rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QWidget,
)

from twin.errors import PollError
from twin.poll import RATING_HIGHEST, Option, Poll, PollKind, VotingRule, check_poll
from ui.hall import poll_words as words
from ui.plain import label, named

LINES = 5


class PollDialog(QDialog):
    """Asks for one poll; `done_with` has it, checked."""

    done_with = Signal(object, bool)
    """(Poll, whether it is to be asked at once)."""

    def __init__(
        self,
        parent: QWidget,
        poll: Poll | None,
        *,
        languages: Sequence[str],
        scenarios: Mapping[str, str],
        taken: Collection[str],
        is_running: bool,
    ) -> None:
        """Show a poll, or nothing yet.

        languages    those of the meeting, the first one first
        scenarios    names by id
        taken        ids of other polls
        is_running   whether there is a meeting that it can be put to at once
        """
        super().__init__(parent)
        self.setWindowTitle(words.TITLE)
        self.setMinimumWidth(34 * self.fontMetrics().averageCharWidth() + 200)
        self._id = poll.id if poll is not None else _new_id(taken)
        self._was, self._scenarios = poll, dict(scenarios)
        self._form = QFormLayout(self)
        self.questions: dict[str, QLineEdit] = {}
        self.answers: dict[str, QPlainTextEdit] = {}
        self._add_texts(languages or ("en",))
        self._add_rules()
        self.trouble = label("", "error", wraps=True)
        self._form.addRow(self.trouble)
        self._add_buttons(is_running=is_running)
        if poll is not None:
            self._fill(poll)
        self._kind_chosen()
        next(iter(self.questions.values())).setFocus()

    def _add_texts(self, languages: Sequence[str]) -> None:
        self.tabs = QTabWidget()
        for language in languages:
            page = QWidget()
            form = QFormLayout(page)
            question, answers = QLineEdit(), QPlainTextEdit()
            named(question, words.in_language(words.QUESTION, language))
            named(answers, words.in_language(words.OPTIONS, language), words.OPTIONS_TIP)
            answers.setPlaceholderText(words.OPTIONS_TIP)
            answers.setTabChangesFocus(True)
            answers.setFixedHeight(round(answers.fontMetrics().lineSpacing() * (LINES + 1)))
            form.addRow(words.QUESTION, question)
            form.addRow(words.OPTIONS, answers)
            self.questions[language], self.answers[language] = question, answers
            self.tabs.addTab(page, language)
        self.tabs.tabBar().setVisible(len(languages) > 1)
        self._form.addRow(self.tabs)

    def _add_rules(self) -> None:
        self.kind, self.rule, self.hidden = QComboBox(), QComboBox(), QCheckBox(words.HIDDEN)
        for kind, text in words.KINDS.items():
            self.kind.addItem(text, kind)
        for rule, text in words.RULES.items():
            self.rule.addItem(text, rule)
        self.most, self.highest = QSpinBox(), QSpinBox()
        self.most.setRange(0, 50)
        self.most.setSpecialValueText(words.MOST_ANY)
        self.highest.setRange(2, 10)
        self.highest.setValue(RATING_HIGHEST)
        rows = (
            (self.kind, words.KIND),
            (self.most, words.MOST),
            (self.highest, words.HIGHEST),
            (self.rule, words.RULE),
        )
        for box, name in rows:
            named(box, name)
            self._form.addRow(name, box)
        self.scenarios = label("", "quiet", wraps=True)
        self._form.addRow(self.scenarios)
        self._form.addRow(self.hidden)
        self.kind.currentIndexChanged.connect(self._kind_chosen)

    def _add_buttons(self, *, is_running: bool) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.keep = buttons.addButton(words.KEEP, QDialogButtonBox.ButtonRole.ActionRole)
        self.ask = buttons.addButton(words.ASK, QDialogButtonBox.ButtonRole.ActionRole)
        self.ask.setVisible(is_running)
        for one in buttons.buttons():
            if isinstance(one, QPushButton):
                one.setAutoDefault(False)  # Enter in a line of text puts no poll to a meeting
        self.keep.clicked.connect(self._keep)
        self.ask.clicked.connect(self._ask)
        buttons.rejected.connect(self.reject)
        self._form.addRow(buttons)

    def _fill(self, poll: Poll) -> None:
        for language, box in self.questions.items():
            box.setText(poll.question.get(language, ""))
            self.answers[language].setPlainText("\n".join(o.text.get(language, "") for o in poll.options).rstrip())
        self.kind.setCurrentIndex(self.kind.findData(poll.kind))
        self.rule.setCurrentIndex(self.rule.findData(poll.rule))
        self.hidden.setChecked(poll.is_hidden)
        self.most.setValue(poll.most)
        self.highest.setValue(poll.highest)

    def _kind_chosen(self, *_: object) -> None:
        kind = self.kind.currentData()
        is_scenario = kind is PollKind.SCENARIO
        self._form.setRowVisible(self.most, kind is PollKind.MULTIPLE)
        self._form.setRowVisible(self.highest, kind is PollKind.RATING)
        self._form.setRowVisible(self.scenarios, is_scenario)
        names = ", ".join(self._scenarios.values())
        self.scenarios.setText(f"{words.SCENARIOS}: {names}" if names else words.NO_SCENARIO)
        for box in self.answers.values():
            box.setEnabled(not is_scenario)

    # the answer

    def poll(self) -> Poll:
        """Return the poll as it stands in the dialog.

        raises   PollError  it cannot be asked; the sentence says why
        """
        kind: PollKind = self.kind.currentData()
        found = Poll(
            id=self._id,
            question={lang: text for lang, box in self.questions.items() if (text := box.text().strip())},
            options=self._scenario_options() if kind is PollKind.SCENARIO else self._options(),
            kind=kind,
            rule=VotingRule(self.rule.currentData()),
            is_hidden=self.hidden.isChecked(),
            most=self.most.value() if kind is PollKind.MULTIPLE else 0,
            highest=self.highest.value(),
        )
        check_poll(found)
        return found

    def _scenario_options(self) -> tuple[Option, ...]:
        if not self._scenarios:
            raise PollError(words.NO_SCENARIO)
        languages = list(self.questions)
        return tuple(Option(i, dict.fromkeys(languages, name), i) for i, name in self._scenarios.items())

    def _options(self) -> tuple[Option, ...]:
        """Return an option a line; those that were there keep their ids, by their place."""
        lines = {
            language: [line.strip() for line in box.toPlainText().splitlines() if line.strip()]
            for language, box in self.answers.items()
        }
        written = {language: found for language, found in lines.items() if found}
        count = len(next(iter(written.values()), []))
        for language, found in written.items():
            if len(found) != count:
                raise PollError(words.uneven(language, len(found), count), poll=self._id)
        ids = _ids(self._was, count)
        return tuple(Option(ids[n], {lang: found[n] for lang, found in written.items()}) for n in range(count))

    def _keep(self) -> None:
        self._answer(is_at_once=False)

    def _ask(self) -> None:
        self._answer(is_at_once=True)

    def _answer(self, *, is_at_once: bool) -> None:
        try:
            poll = self.poll()
        except PollError as error:
            self.trouble.setText(" ".join(part for part in (error.sentence, error.hint) if part))
            return
        self.done_with.emit(poll, is_at_once)
        self.accept()


def _ids(was: Poll | None, count: int) -> list[str]:
    known = [o.id for o in was.options][:count] if was is not None and was.kind is not PollKind.SCENARIO else []
    free = (str(n) for n in range(1, 2 * count + 1) if str(n) not in known)
    return [*known, *(next(free) for _ in range(count - len(known)))]


def _new_id(taken: Collection[str]) -> str:
    return next(f"poll-{n}" for n in range(1, len(taken) + 2) if f"poll-{n}" not in taken)
