"""Saving a picture: how large, what is on it, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from twin.errors import TwinError
from twin.session import Camera, Session
from ui import words
from ui.plain import label, named

LARGEST_PX = 8192
SIZES = (
    ("screen", None),
    ("full_hd", (1920, 1080)),
    ("uhd", (3840, 2160)),
    ("a4", (3508, 2480)),
    ("own", None),
)


@dataclass(frozen=True, slots=True)
class PictureWish:
    """What is to be saved."""

    path: Path
    size_px: tuple[int, int]
    has_legend: bool = True
    has_furniture: bool = True
    """North arrow, scale or camera, credits."""


SavePicture = Callable[[Session, Camera, PictureWish], Iterator[None]]
"""Draws and writes slice by slice; when the slices end, the file is there."""


class PictureDialog(QDialog):
    """Asks and saves."""

    saved = Signal(str)
    failed = Signal(object)

    def __init__(
        self, parent: QWidget, screen_px: tuple[int, int], save: SavePicture, session: Session, camera: Camera
    ) -> None:
        """Offer the screen's own size first."""
        super().__init__(parent)
        self.setWindowTitle(words.ACTS["save_picture"][0].rstrip("…"))
        self._screen_px, self._save, self._session, self._camera = screen_px, save, session, camera
        self.size_box = QComboBox()
        named(self.size_box, words.PICTURE_SIZE)
        for name, size in SIZES:
            self.size_box.addItem(words.picture_size(name, screen_px if name == "screen" else size), size)
        self.size_box.currentIndexChanged.connect(self._size_chosen)
        self.width_box, self.height_box = self._spin(words.PICTURE_WIDTH), self._spin(words.PICTURE_HEIGHT)
        self.legend_box, self.furniture_box = QCheckBox(words.PICTURE_LEGEND), QCheckBox(words.PICTURE_FURNITURE)
        for box in (self.legend_box, self.furniture_box):
            box.setChecked(True)
            named(box, box.text())
        self._form = QWidget()
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(words.SAVING)
        self._bar.hide()
        form = QFormLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(10)
        form.addRow(label(words.PICTURE_SIZE, "quiet"), self.size_box)
        form.addRow(label(words.PICTURE_WIDTH, "quiet"), self.width_box)
        form.addRow(label(words.PICTURE_HEIGHT, "quiet"), self.height_box)
        form.addRow("", self.legend_box)
        form.addRow("", self.furniture_box)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._ask_where)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(14)
        column.addWidget(self._form)
        column.addWidget(self._bar)
        column.addWidget(buttons)
        self._buttons = buttons
        self._slices: Iterator[None] = iter(())
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._slice)
        self._size_chosen()

    def _spin(self, name: str) -> QSpinBox:
        box = QSpinBox()
        box.setRange(64, LARGEST_PX)
        box.setSuffix(" px")
        named(box, name)
        return box

    def _size_chosen(self) -> None:
        size = self.size_box.currentData()
        is_own = self.size_box.currentIndex() == len(SIZES) - 1
        width, height = size or self._screen_px
        for box, value in ((self.width_box, width), (self.height_box, height)):
            box.setEnabled(is_own)
            box.setValue(value)

    def _ask_where(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.windowTitle(), words.PICTURE_NAME, words.PICTURE_FILTER)
        if path:
            self.save_to(Path(path))

    def save_to(self, path: Path) -> None:
        """Begin to draw and save; the dialog closes when the file is there."""
        wish = PictureWish(
            path if path.suffix else path.with_suffix(".png"),
            (self.width_box.value(), self.height_box.value()),
            self.legend_box.isChecked(),
            self.furniture_box.isChecked(),
        )
        self._wish = wish
        self._form.setEnabled(False)
        self._bar.show()
        self._buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(False)
        self._slices = self._save(self._session, self._camera, wish)
        self._timer.start()

    def _slice(self) -> None:
        try:
            next(self._slices)
        except StopIteration:
            self._end()
            self.saved.emit(str(self._wish.path))
            self.accept()
        except (TwinError, OSError) as error:
            self._end()
            self.failed.emit(error)
            super().reject()

    def _end(self) -> None:
        self._timer.stop()
        self._slices = iter(())

    def reject(self) -> None:
        """Stop drawing and close; no file is left behind."""
        self._end()
        super().reject()
