"""The operator's console: what is on the projector and what comes next, notes, timer, and the meeting's tabs."""

from __future__ import annotations

import time

from PySide6.QtCore import QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from twin.story import in_language
from ui import hall_words as words
from ui.hall.presentation import TEXT_PERCENTS, Presentation
from ui.plain import button, label, named

COPY_MS = 700
"""How often the small copy of the projector is taken anew."""


class HallCopy(QWidget):
    """A small picture of the projector; moving over it moves the pointer."""

    pointed = Signal(object)

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.setMinimumHeight(150)
        self.setMouseTracking(True)
        self._image = QImage()
        named(self, words.COPY_NAME)

    def show_image(self, image: QImage) -> None:
        """Show what the hall sees."""
        self._image = image
        self.update()

    def _place(self) -> QRectF:
        if self._image.isNull():
            return QRectF(self.rect())
        size = self._image.deviceIndependentSize()
        scale = min(self.width() / size.width(), self.height() / size.height())
        width, height = size.width() * scale, size.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Paint the picture as large as there is room."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().window())
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._place(), self._image)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Move the pointer."""
        place, at = self._place(), event.position()
        share = QPointF((at.x() - place.x()) / max(place.width(), 1), (at.y() - place.y()) / max(place.height(), 1))
        if 0 <= share.x() <= 1 and 0 <= share.y() <= 1:
            self.pointed.emit((share.x(), share.y()))


class Console(QWidget):
    """Everything the presenter needs, in one column."""

    preview_asked = Signal(str)
    """A slide is to be looked at in the operator's own window: its id."""

    def __init__(self) -> None:
        """Wait for a presentation."""
        super().__init__()
        self.presentation: Presentation | None = None
        self.copy = HallCopy()
        self.copy.pointed.connect(self._point)
        self.now, self.next = label("", "head", wraps=True), label("", "quiet", wraps=True)
        self.notes = QPlainTextEdit()
        self.notes.setReadOnly(True)
        named(self.notes, words.NOTES)
        self.buttons = {
            "back": button(words.BACK_ACT, icon_name="back"),
            "next": button(words.NEXT_ACT, rank="primary", icon_name="forward"),
            "black": button(words.BLACK),
            "freeze": button(words.FREEZE),
            "pointer": button(words.POINTER),
        }
        for act, one in self.buttons.items():
            one.setCheckable(act in ("black", "freeze", "pointer"))
            one.clicked.connect(self._act(act))
        self.slides = QListWidget()
        self.slides.itemActivated.connect(self._show_chosen)
        named(self.slides, words.SLIDES)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._make_looks()
        self._make_timer()
        self._lay_out()
        self._copy_timer = QTimer(self)
        self._copy_timer.setInterval(COPY_MS)
        self._copy_timer.timeout.connect(self._tick)

    # putting together

    def _make_looks(self) -> None:
        self.theme, self.text, self.language = QComboBox(), QComboBox(), QComboBox()
        for value, text in (("", words.THEME_SLIDE), ("light", words.THEME_LIGHT), ("dark", words.THEME_DARK)):
            self.theme.addItem(text, value)
        for percent in TEXT_PERCENTS:
            self.text.addItem(f"{percent} %", percent)
        self.legend = QCheckBox(words.LEGEND)
        self.legend.setChecked(True)
        for box, name in (
            (self.theme, words.THEME),
            (self.text, words.TEXT_SIZE),
            (self.language, words.HALL_LANGUAGE),
        ):
            named(box, name)
            box.activated.connect(self._look)
        self.legend.toggled.connect(self._look)

    def _make_timer(self) -> None:
        self.minutes = QSpinBox()
        self.minutes.setRange(1, 240)
        self.minutes.setValue(10)
        self.minutes.setSuffix(words.MINUTES)
        named(self.minutes, words.TIMER)
        self.clock = label("", "figure")
        self.start = button(words.TIMER_START)
        self.start.clicked.connect(self._toggle_timer)
        self.is_timer_public = QCheckBox(words.TIMER_SHOW)
        self._ends_s: float | None = None

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 12)
        column.addWidget(self.copy, 2)
        column.addWidget(self.now)
        for acts in (("back", "next"), ("black", "freeze", "pointer")):
            row = QHBoxLayout()
            for act in acts:
                row.addWidget(self.buttons[act])
            column.addLayout(row)
        column.addWidget(self.next)
        preview = QPushButton(words.PREVIEW)
        named(preview, words.PREVIEW, words.PREVIEW_TIP)
        preview.clicked.connect(self._preview_next)
        self.preview = preview
        slides = QWidget()
        inside = QVBoxLayout(slides)
        inside.setContentsMargins(0, 8, 0, 0)
        inside.addWidget(self.notes, 2)
        inside.addWidget(preview)
        inside.addWidget(self.slides, 3)
        inside.addLayout(self._settings())
        self.tabs.addTab(slides, words.SLIDES)
        column.addWidget(self.tabs, 5)

    def _settings(self) -> QGridLayout:
        grid = QGridLayout()
        for number, (name, box) in enumerate(
            ((words.THEME, self.theme), (words.TEXT_SIZE, self.text), (words.HALL_LANGUAGE, self.language))
        ):
            grid.addWidget(label(name, "quiet"), number, 0)
            grid.addWidget(box, number, 1, 1, 2)
        grid.addWidget(self.legend, 3, 1)
        grid.addWidget(self.minutes, 4, 0)
        grid.addWidget(self.start, 4, 1)
        grid.addWidget(self.is_timer_public, 4, 2)
        grid.addWidget(self.clock, 5, 0, 1, 3)
        return grid

    # a presentation

    def begin(self, presentation: Presentation) -> None:
        """Take a presentation."""
        self.presentation = presentation
        self.language.clear()
        for language in presentation.sources.languages or ("en",):
            self.language.addItem(language, language)
        presentation.changed.connect(self.refresh)
        self._copy_timer.start()
        self.refresh()

    def stop(self) -> None:
        """Let it go."""
        self.presentation = None
        self._copy_timer.stop()
        self._ends_s = None
        self.copy.show_image(QImage())

    def refresh(self) -> None:
        """Show what is on the projector, and what comes next."""
        shown = self.presentation
        if shown is None:
            return
        slide, following, language = shown.slide, shown.next_slide, shown.language
        title = in_language(slide.title, language) if slide else ""
        place = shown.story.place(slide.id) + 1 if slide else 0
        self.now.setText(f"{words.NOW}: {words.slide_line(place, title) if slide else words.NOTHING_SHOWN}")
        self.next.setText(f"{words.NEXT}: {in_language(following.title, language)}" if following else words.LAST_SLIDE)
        self.preview.setEnabled(following is not None)
        if self.notes.toPlainText() != (slide.notes if slide else ""):
            self.notes.setPlainText(slide.notes if slide else "")
        for act, is_on in (("black", shown.is_black), ("freeze", shown.is_frozen), ("pointer", shown.has_pointer)):
            self.buttons[act].setChecked(is_on)
        self._fill(place)

    def _fill(self, place: int) -> None:
        shown = self.presentation
        assert shown is not None
        lines = [words.slide_line(n, in_language(s.title, shown.language)) for n, s in enumerate(shown.story.slides, 1)]
        if [self.slides.item(i).text() for i in range(self.slides.count())] != lines:
            self.slides.clear()
            self.slides.addItems(lines)
        self.slides.setCurrentRow(place - 1)

    def _act(self, act: str) -> object:
        def do() -> None:
            if self.presentation is not None:
                self.presentation.do(act)

        return do

    def _show_chosen(self) -> None:
        row = self.slides.currentRow()
        if self.presentation is not None and 0 <= row < len(self.presentation.story):
            self.presentation.show_slide(self.presentation.story.slides[row].id)

    def _preview_next(self) -> None:
        following = self.presentation.next_slide if self.presentation is not None else None
        if following is not None:
            self.preview_asked.emit(following.id)

    def _look(self) -> None:
        if self.presentation is not None:
            self.presentation.set_look(
                theme=self.theme.currentData(),
                text_percent=self.text.currentData(),
                language=self.language.currentData(),
                has_legend=self.legend.isChecked(),
            )

    def _point(self, place: object) -> None:
        if self.presentation is not None and isinstance(place, tuple):
            self.presentation.point(place)

    # time

    def _toggle_timer(self) -> None:
        self._ends_s = time.monotonic() + 60 * self.minutes.value() if self._ends_s is None else None
        self._tick()

    def _tick(self) -> None:
        shown = self.presentation
        if shown is None:
            return
        self.start.setText(words.TIMER_START if self._ends_s is None else words.TIMER_STOP)
        text = "" if self._ends_s is None else _left(self._ends_s - time.monotonic())
        self.clock.setText(text)
        shown.set_timer(text if self.is_timer_public.isChecked() else "")
        if self.isVisible() and self.copy.isVisible():
            side = round(self.copy.width() * self.devicePixelRatioF())
            self.copy.show_image(shown.window.small_picture(max(side, 1)))


def _left(seconds: float) -> str:
    """Return what is left of a time, and by how much it is over."""
    sign, rest = ("" if seconds >= 0 else "+"), abs(round(seconds))
    return f"{sign}{rest // 60}:{rest % 60:02d}"
