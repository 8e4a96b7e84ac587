"""Which rows go out, in which coordinates, and whether they go to the public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ui import table_words, words
from ui.plain import fit_dialog, label, named


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is to be exported, apart from the file's name."""

    rows: str
    """A key of table_words.EXPORT_ROWS."""
    crs: str
    """ "" keeps the layer's own."""
    is_public: bool


class ExportRowsDialog(QDialog):
    """Asks before rows are written."""

    def __init__(
        self, parent: QWidget, counts: Mapping[str, int], crs: str, personal: Sequence[tuple[str, str]]
    ) -> None:
        """Offer what there is.

        counts     rows by key of table_words.EXPORT_ROWS; none is not offered
        crs        the layer's own
        personal   columns that are left out for the public, each with the reason
        """
        super().__init__(parent)
        self.setWindowTitle(table_words.EXPORT_TITLE)
        self.rows, self.crs = QComboBox(), QLineEdit()
        for key, text in table_words.EXPORT_ROWS.items():
            if counts.get(key):
                self.rows.addItem(f"{text} ({words.count(counts[key], 'rows')})", key)
        named(self.rows, table_words.SHOWN_ROWS_NAME)
        self.crs.setPlaceholderText(crs)
        named(self.crs, table_words.EXPORT_CRS, table_words.EXPORT_CRS_TIP)
        self.public = QCheckBox(table_words.EXPORT_PUBLIC)
        self.public.setChecked(True)
        named(self.public, table_words.EXPORT_PUBLIC)
        left = "\n".join(f"{field}: {why}" for field, why in personal)
        note = f"{table_words.EXPORT_PUBLIC_NOTE}\n{left}" if left else table_words.EXPORT_NONE_PERSONAL
        form = QFormLayout()
        form.addRow(table_words.SHOWN_ROWS_NAME, self.rows)
        form.addRow(table_words.EXPORT_CRS, self.crs)
        keys = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        keys.button(QDialogButtonBox.StandardButton.Ok).setText(table_words.EXPORT_FILE)
        keys.accepted.connect(self.accept)
        keys.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(10)
        column.addLayout(form)
        column.addWidget(label(table_words.EXPORT_CRS_TIP, "quiet", wraps=True))
        column.addWidget(self.public)
        column.addWidget(label(note, "quiet", wraps=True))
        column.addStretch(1)
        column.addWidget(keys)
        fit_dialog(self, chars=80, lines=17)

    def wish(self) -> ExportWish:
        """Return what was chosen."""
        return ExportWish(str(self.rows.currentData()), self.crs.text().strip(), self.public.isChecked())
