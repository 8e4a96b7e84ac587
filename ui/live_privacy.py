"""Privacy at the door, by hand: what is done with a feed's names and places before anything is shown or stored."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QFormLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from twin.feed import Privacy
from ui import live_words as words
from ui.plain import label, named


class PrivacyForm(QWidget):
    """What is held back. Nothing is, until somebody says so."""

    changed = Signal()

    def __init__(self) -> None:
        """Hold nothing back."""
        super().__init__()
        self.hashed = QCheckBox(words.HASH)
        self.grid, self.least, self.keep = QDoubleSpinBox(), QSpinBox(), QDoubleSpinBox()
        self.dropped = QLineEdit()
        self.dropped.setPlaceholderText("VP.oday, properties.note")
        for box, most, suffix in ((self.grid, 10_000, " m"), (self.least, 1000, ""), (self.keep, 3650, " days")):
            box.setRange(0, most)
            box.setSuffix(suffix)
            box.setKeyboardTracking(False)
            box.setSpecialValueText(words.OFF)
            box.valueChanged.connect(self._changed)
        self.grid.setDecimals(0)
        self.keep.setDecimals(1)
        self.hashed.toggled.connect(self._changed)
        self.dropped.editingFinished.connect(self._changed)
        form = QFormLayout()
        form.addRow("", self.hashed)
        rows: tuple[tuple[str, QWidget], ...] = (
            (words.GRID, self.grid),
            (words.MINIMUM, self.least),
            (words.KEEP, self.keep),
            (words.DROPPED, self.dropped),
        )
        for text, widget in rows:
            named(widget, text, words.PRIVACY_TIPS[text])
            form.addRow(text, widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label(words.PRIVACY_LINE, "quiet", wraps=True))
        column.addLayout(form)
        column.addStretch(1)

    def privacy(self) -> Privacy:
        """Return what is chosen."""
        return Privacy(
            is_id_hashed=self.hashed.isChecked(),
            grid_m=self.grid.value(),
            minimum_count=self.least.value(),
            keep_days=self.keep.value(),
            dropped_fields=tuple(part.strip() for part in self.dropped.text().split(",") if part.strip()),
        )

    def _changed(self, _what: object = None) -> None:
        self.changed.emit()
