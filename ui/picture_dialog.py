"""Saving a picture: how large, what is on it, and where it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
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


SavePicture = Callable[[Session, Camera, PictureWish], None]


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
        form = QFormLayout()
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
        column.addLayout(form)
        column.addWidget(buttons)
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
        """Save the picture and close."""
        wish = PictureWish(
            path if path.suffix else path.with_suffix(".png"),
            (self.width_box.value(), self.height_box.value()),
            self.legend_box.isChecked(),
            self.furniture_box.isChecked(),
        )
        try:
            self._save(self._session, self._camera, wish)
        except (TwinError, OSError) as error:
            self.failed.emit(error)
            self.reject()
            return
        self.saved.emit(str(wish.path))
        self.accept()
