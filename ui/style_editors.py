"""One editor for each kind of style field. An editor shows a value and says when a person changed it; no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ui import words
from ui.icons import swatch
from ui.plain import Slider, label, make_clearable, named, set_rank

FILTER_WAIT_MS = 250


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list of choices."""

    value: Any
    text: str
    colours: tuple[str, ...] = ()
    """A preview, low to high."""
    note: str = ""


class Editor(QWidget):
    """What all editors share: a value in, a changed value out."""

    changed = Signal(object)
    """A settled change: one step of history."""
    moved = Signal(object)
    """A change on the way, while a slider is dragged."""

    def set_value(self, value: Any) -> None:
        """Show a value without saying that it changed."""
        raise NotImplementedError

    def _row(self, *widgets: QWidget) -> QHBoxLayout:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for number, widget in enumerate(widgets):
            row.addWidget(widget, 1 if number == 0 else 0)
        self.setFocusProxy(widgets[0])
        return row


class _Box(QComboBox):
    opening = Signal()

    def showPopup(self) -> None:  # noqa: N802  Qt's name
        self.opening.emit()
        super().showPopup()


class ChoiceEditor(Editor):
    """A list of choices; a long one can be searched by typing."""

    opening = Signal()
    """The list is about to be looked at."""

    def __init__(self, name: str, tip: str = "", *, is_searched: bool = False) -> None:
        """Start without choices."""
        super().__init__()
        self.box = _Box()
        self.box.opening.connect(self.opening)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(8)
        named(self.box, name, tip)
        if is_searched:
            self.box.setEditable(True)
            self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            completer = self.box.completer() or QCompleter(self.box.model(), self.box)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
            line = self.box.lineEdit()
            assert line is not None
            named(line, name, tip)
            line.editingFinished.connect(self._typed)
        self._choices: tuple[Choice, ...] = ()
        self.box.activated.connect(self._activated)
        self._row(self.box)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Offer other choices; the chosen one stays chosen if it is still there."""
        if tuple(choices) == self._choices:
            return
        values, place = self.values(), self.box.currentIndex()
        self._choices = tuple(choices)
        self.box.blockSignals(True)
        self.box.clear()
        height = self.fontMetrics().height()
        self.box.setIconSize(QSize(height * 4 if any(len(c.colours) > 1 for c in choices) else height, height))
        for choice in choices:
            self.box.addItem(_ramp_icon(choice.colours, height) if choice.colours else QIcon(), choice.text)
            if choice.note:
                self.box.setItemData(self.box.count() - 1, choice.note, Qt.ItemDataRole.ToolTipRole)
        if 0 <= place < len(values) and values[place] in self.values():
            self.box.setCurrentIndex(self.values().index(values[place]))
        self.box.blockSignals(False)

    def values(self) -> list[Any]:
        """Return the values offered."""
        return [choice.value for choice in self._choices]

    def set_value(self, value: Any) -> None:
        """Show a value; one that is not offered is shown as it is."""
        values = self.values()
        if value not in values:
            self.set_choices((*self._choices, Choice(value, words.value(value))))
            values = self.values()
        if self.box.currentIndex() != values.index(value) or not self.box.hasFocus():
            self.box.setCurrentIndex(values.index(value))

    def _activated(self, place: int) -> None:
        self.changed.emit(self._choices[place].value)

    def _typed(self) -> None:
        texts = [choice.text.casefold() for choice in self._choices]
        typed = self.box.currentText().strip().casefold()
        place = texts.index(typed) if typed in texts else self.box.currentIndex()
        if self.box.currentIndex() != place:
            self.box.setCurrentIndex(place)
            self._activated(place)
        elif place >= 0:
            self.box.setEditText(self._choices[place].text)


class OpacityEditor(Editor):
    """A slider from 0 to 100 %."""

    def __init__(self, name: str, tip: str = "") -> None:
        """Start at 100 %."""
        super().__init__()
        self.slider = Slider()
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        named(self.slider, name, tip)
        self._text = label("100 %", "quiet")
        self._text.setMinimumWidth(self.fontMetrics().horizontalAdvance("100 %"))
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self._released)
        self._row(self.slider, self._text)

    def set_value(self, value: float) -> None:
        """Show an opacity, 0 to 1."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(value * 100))
        self.slider.blockSignals(False)
        self._text.setText(f"{round(value * 100)} %")

    def _moved(self, percent: int) -> None:
        self._text.setText(f"{percent} %")
        if self.slider.isSliderDown():
            self.moved.emit(percent / 100)
        else:
            self.changed.emit(percent / 100)

    def _released(self) -> None:
        self.changed.emit(self.slider.value() / 100)


class CheckEditor(Editor):
    """Yes or no."""

    def __init__(self, name: str, tip: str = "") -> None:
        """Start at no."""
        super().__init__()
        self.box = QCheckBox(name)
        named(self.box, name, tip)
        self.box.clicked.connect(self.changed.emit)
        self._row(self.box)

    def set_value(self, value: bool) -> None:  # noqa: FBT001  the value itself
        """Show yes or no."""
        self.box.setChecked(value)


class _Whole(QSpinBox):
    def __init__(self, least: float, most: float) -> None:
        super().__init__()
        self.setRange(round(least), round(most))

    def show_number(self, value: float) -> None:
        self.setValue(round(value))


class _Decimal(QDoubleSpinBox):
    def __init__(self, least: float, most: float) -> None:
        super().__init__()
        self.setRange(least, most)
        self.setDecimals(1)

    def show_number(self, value: float) -> None:
        self.setValue(value)


class NumberEditor(Editor):
    """A number with its steps."""

    def __init__(self, name: str, tip: str, *, is_whole: bool, least: float, most: float) -> None:
        """Start at the least."""
        super().__init__()
        self.box = _Whole(least, most) if is_whole else _Decimal(least, most)
        self.box.setKeyboardTracking(False)
        named(self.box, name, tip)
        self.box.valueChanged.connect(self.changed.emit)
        self._row(self.box)

    def set_value(self, value: float) -> None:
        """Show a number."""
        self.box.blockSignals(True)
        self.box.show_number(value)
        self.box.blockSignals(False)


class TextEditor(Editor):
    """A line of text."""

    def __init__(self, name: str, tip: str = "", *, placeholder: str = "") -> None:
        """Start empty."""
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText(placeholder)
        named(self.line, name, tip)
        self._value = ""
        self.line.editingFinished.connect(self._finished)
        self._row(self.line)

    def set_value(self, value: str) -> None:
        """Show a text."""
        self._value = value
        if self.line.text() != value and not self.line.isModified():
            self.line.setText(value)

    def _finished(self) -> None:
        self.line.setModified(False)
        if self.line.text() != self._value:
            self._value = self.line.text()
            self.changed.emit(self._value)


class FilterEditor(Editor):
    """An expression, checked while it is typed; the sentence below says what is wrong or how many rows remain."""

    asked = Signal(str)
    """An expression to be checked; the panel answers with say()."""

    def __init__(self, name: str, tip: str = "") -> None:
        """Start with everything shown."""
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText('height > 30 and use == "office"')
        make_clearable(self.line)
        named(self.line, name, tip)
        self.answer = label(words.FILTER_EMPTY, "quiet", wraps=True)
        self.answer.setAccessibleName(name)
        self._is_right = True
        self._value = ""
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(FILTER_WAIT_MS)
        self._wait.timeout.connect(self._ask)
        self.line.textEdited.connect(self._wait.start)
        self.line.editingFinished.connect(self._finished)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.line)
        column.addWidget(self.answer)
        self.setFocusProxy(self.line)

    def set_value(self, value: str) -> None:
        """Show an expression and have it checked."""
        self._value = value
        if not self.line.hasFocus() or value != self.line.text():
            self.line.setText(value)
        self._ask()

    def _ask(self) -> None:
        self.asked.emit(self.line.text().strip())

    def say(self, sentence: str, *, is_error: bool) -> None:
        """Show what became of the expression."""
        self._is_right = not is_error
        self.answer.setText(sentence)
        set_rank(self.answer, "error" if is_error else "quiet")
        self.line.setProperty("state", "error" if is_error else "")
        self.line.style().unpolish(self.line)
        self.line.style().polish(self.line)

    def _finished(self) -> None:
        self._wait.stop()
        text = self.line.text().strip()
        self._ask()
        if self._is_right and text != self._value:
            self._value = text
            self.changed.emit(text)


class PlainEditor(Editor):
    """Shows a value of a kind that nobody made an editor for yet."""

    def __init__(self, name: str, tip: str = "") -> None:
        """Start empty."""
        super().__init__()
        self.text: QLabel = label("", "quiet", wraps=True)
        named(self.text, name, tip)
        self._row(self.text)

    def set_value(self, value: Any) -> None:
        """Show the value as text."""
        self.text.setText(words.value(value))


def _ramp_icon(colours: tuple[str, ...], height_px: int) -> QIcon:
    if len(colours) == 1:
        return QIcon(swatch(colours, height_px))
    wide = swatch(colours, height_px * 4)
    picture = QPixmap(wide.copy(0, 0, height_px * 4, height_px))
    return QIcon(picture)
