"""The panel of the story: the slides in their order, the words of the chosen one, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from twin.story import Gap, Slide, Story, in_language
from ui import hall_words as words
from ui.plain import button, label, named, tool

KNOWN_LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français", "zh": "中文"}
WRITTEN_MS = 400
"""After so long without a key what was written is kept."""


class StoryPanel(QWidget):
    """Shows a story and asks for changes; it changes nothing itself."""

    record_asked = Signal()
    view_asked = Signal(str)
    look_asked = Signal(str)
    moved = Signal(str, int)
    removal_asked = Signal(str)
    edited = Signal(str, str, str, str)
    """(slide, part, language, text)."""
    picture_chosen = Signal(str, str)
    proposal_asked = Signal(str)
    languages_changed = Signal(object)
    withheld_changed = Signal(object)
    present_asked = Signal()

    def __init__(self) -> None:
        """Start without slides."""
        super().__init__()
        self.story = Story()
        self.chosen = ""
        self.slides = QListWidget()
        self.slides.setMinimumHeight(120)
        named(self.slides, words.SLIDES)
        self.slides.currentRowChanged.connect(self._chosen_row)
        self.slides.itemActivated.connect(self._look)
        self.record = button(words.RECORD, rank="primary", tip=words.RECORD_TIP)
        self.record.clicked.connect(self.record_asked)
        self.present = button(words.PRESENT, tip=words.PRESENT_TIP)
        self.present.clicked.connect(self.present_asked)
        self.language = QComboBox()
        self.title, self.notes = QLineEdit(), QPlainTextEdit()
        self.text, self.description = QPlainTextEdit(), QPlainTextEdit()
        self.gaps = label("", "quiet", wraps=True)
        self._is_filling = False
        self._unsaved: dict[str, tuple[str, str, str, str]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WRITTEN_MS)
        self._timer.timeout.connect(self.keep_written)
        self._lay_out()

    # putting together

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 12)
        column.addWidget(self.record)
        column.addWidget(self.slides, 2)
        column.addLayout(self._slide_buttons())
        column.addLayout(self._form())
        column.addWidget(self.gaps)
        column.addWidget(self._languages())
        self.layers = QGroupBox(words.WITHHELD)
        self.layers.setToolTip(words.WITHHELD_TIP)
        QVBoxLayout(self.layers)
        column.addWidget(self.layers)
        column.addWidget(self.present)

    def _slide_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.look, self.take = (
            button(words.SHOW_VIEW, tip=words.SHOW_VIEW_TIP),
            button(words.RECORD_AGAIN, tip=words.RECORD_AGAIN_TIP),
        )
        self.up, self.down = tool("back", words.UP), tool("forward", words.DOWN)
        self.remove = tool("remove", words.REMOVE)
        self.look.clicked.connect(self._look)
        self.take.clicked.connect(self._take)
        self.up.clicked.connect(self._earlier)
        self.down.clicked.connect(self._later)
        self.remove.clicked.connect(self._remove)
        for one in (self.look, self.take, self.up, self.down, self.remove):
            row.addWidget(one)
        return row

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self.language.activated.connect(self._language_chosen)
        self.title.textEdited.connect(self._wrote_title)
        for part, box in (("text", self.text), ("description", self.description), ("notes", self.notes)):
            box.setMinimumHeight(54)
            box.setTabChangesFocus(True)
            box.textChanged.connect(getattr(self, f"_wrote_{part}"))
        self.picture = button(words.CHOOSE_PICTURE)
        self.picture.clicked.connect(self._ask_for_picture)
        self.no_picture = button(words.NO_PICTURE)
        self.no_picture.clicked.connect(self._drop_picture)
        pictures = QHBoxLayout()
        pictures.addWidget(self.picture, 1)
        pictures.addWidget(self.no_picture)
        self.propose = button(words.PROPOSE, tip=words.PROPOSE_TIP)
        self.propose.clicked.connect(self._propose)
        rows: list[tuple[str, QWidget]] = [
            (words.LANGUAGE, self.language), (words.TITLE, self.title), (words.TEXT, self.text),
            (words.DESCRIPTION, self.description),
        ]  # fmt: skip
        for name, widget in rows:
            named(widget, name)
            form.addRow(name, widget)
        named(self.notes, words.NOTES)
        form.addRow(self.propose)
        form.addRow(words.PICTURE, pictures)
        form.addRow(words.NOTES, self.notes)
        return form

    def _languages(self) -> QGroupBox:
        box = QGroupBox(words.LANGUAGES)
        row = QGridLayout(box)
        self.languages = {code: QCheckBox(name) for code, name in KNOWN_LANGUAGES.items()}
        for number, one in enumerate(self.languages.values()):
            one.clicked.connect(self._languages_clicked)
            row.addWidget(one, number // 3, number % 3)
        return box

    # showing

    def show_story(self, story: Story, languages: Sequence[str], missing: Sequence[Gap]) -> None:
        """Show a story, and which words are missing."""
        self.story = story
        with QSignalBlocker(self.language):
            kept = self.language.currentData()
            self.language.clear()
            for code in languages:
                self.language.addItem(KNOWN_LANGUAGES.get(code, code), code)
            self.language.setCurrentIndex(max(self.language.findData(kept), 0))
        for code, box in self.languages.items():
            box.setChecked(code in languages)
        lines = [words.slide_line(n, in_language(s.title, languages[0])) for n, s in enumerate(story.slides, 1)]
        with QSignalBlocker(self.slides):
            self.slides.clear()
            self.slides.addItems(lines)
            self.slides.setCurrentRow(next((i for i, s in enumerate(story.slides) if s.id == self.chosen), -1))
        said = [words.gap_line(g.number, g.part, KNOWN_LANGUAGES.get(g.language, g.language)) for g in missing]
        head = words.gaps_said(len(said)) if len(story) else words.NO_STORY
        self.gaps.setText("\n".join([head, *said[:6], *(["…"] if len(said) > 6 else [])]))
        self._show_slide()

    def show_layers(self, layers: Mapping[str, str], withheld: Sequence[str]) -> None:
        """Show which layers may go to the hall."""
        layout = self.layers.layout()
        assert layout is not None
        boxes = {str(box.property("layer_id")): box for box in self.layers.findChildren(QCheckBox)}
        for layer_id, box in boxes.items():
            if layer_id not in layers:
                layout.removeWidget(box)
                box.deleteLater()
        for layer_id, name in layers.items():
            box = boxes.get(layer_id) or QCheckBox()
            if layer_id not in boxes:
                box.setProperty("layer_id", layer_id)
                box.clicked.connect(self._layers_clicked)
                layout.addWidget(box)
            box.setText(name)
            box.setChecked(layer_id not in withheld)

    def slide(self) -> Slide | None:
        """Return the chosen slide."""
        return next((slide for slide in self.story.slides if slide.id == self.chosen), None)

    def _show_slide(self) -> None:
        slide, language = self.slide(), self.language.currentData() or "en"
        self._is_filling = True
        for box, said in (
            (self.title, slide.title if slide else {}), (self.text, slide.text if slide else {}),
            (self.description, slide.description if slide else {}),
        ):  # fmt: skip
            _write(box, said.get(language, ""))
        _write(self.notes, slide.notes if slide else "")
        self.picture.setText(slide.picture.path.rsplit("/", 1)[-1] if slide and slide.picture else words.CHOOSE_PICTURE)
        self.no_picture.setEnabled(bool(slide and slide.picture))
        edits = (self.title, self.text, self.description, self.notes, self.look, self.take, self.up, self.down)
        for widget in (*edits, self.remove, self.propose, self.picture):
            widget.setEnabled(slide is not None)
        self._is_filling = False

    def focus_title(self) -> None:
        """Let the title of the chosen slide be written."""
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)
        self.title.selectAll()

    # hands

    def _chosen_row(self, row: int) -> None:
        self.keep_written()
        self.chosen = self.story.slides[row].id if 0 <= row < len(self.story) else ""
        self._show_slide()

    def _language_chosen(self, _index: int) -> None:
        self.keep_written()
        self._show_slide()

    def _wrote(self, part: str, text: str) -> None:
        if not self._is_filling and self.chosen:
            self._unsaved[part] = (self.chosen, part, self.language.currentData() or "en", text)
            self._timer.start()

    def _wrote_title(self, text: str) -> None:
        self._wrote("title", text)

    def _wrote_text(self) -> None:
        self._wrote("text", self.text.toPlainText())

    def _wrote_description(self) -> None:
        self._wrote("description", self.description.toPlainText())

    def _wrote_notes(self) -> None:
        self._wrote("notes", self.notes.toPlainText())

    def keep_written(self) -> None:
        """Keep what was written so far."""
        self._timer.stop()
        unsaved, self._unsaved = self._unsaved, {}
        for one in unsaved.values():
            if any(slide.id == one[0] for slide in self.story.slides):
                self.edited.emit(*one)

    def _look(self, _item: QListWidgetItem | bool | None = None) -> None:  # noqa: FBT001  two signals
        if self.chosen:
            self.look_asked.emit(self.chosen)

    def _take(self) -> None:
        self.view_asked.emit(self.chosen)

    def _earlier(self) -> None:
        self.moved.emit(self.chosen, self.story.place(self.chosen) - 1)

    def _later(self) -> None:
        self.moved.emit(self.chosen, self.story.place(self.chosen) + 1)

    def _remove(self) -> None:
        self.removal_asked.emit(self.chosen)

    def _propose(self) -> None:
        self.keep_written()
        self.proposal_asked.emit(self.chosen)

    def _ask_for_picture(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, words.CHOOSE_PICTURE, "", words.PICTURE_FILTER)
        if path:
            self.picture_chosen.emit(self.chosen, path)

    def _drop_picture(self) -> None:
        self.picture_chosen.emit(self.chosen, "")

    def _languages_clicked(self) -> None:
        self.keep_written()
        self.languages_changed.emit(tuple(code for code, box in self.languages.items() if box.isChecked()))

    def _layers_clicked(self) -> None:
        boxes = self.layers.findChildren(QCheckBox)
        self.withheld_changed.emit(tuple(str(b.property("layer_id")) for b in boxes if not b.isChecked()))


def _write(box: QLineEdit | QPlainTextEdit, text: str) -> None:
    """Put a text into a box, unless it stands there: the cursor stays where it is."""
    if isinstance(box, QLineEdit):
        if box.text() != text:
            box.setText(text)
    elif box.toPlainText() != text:
        box.setPlainText(text)
