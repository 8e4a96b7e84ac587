"""Everything known of one layer: where it came from, its CRS, its heights, and the problems met while reading."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from twin.buildings import HeightSource
from twin.layer import Layer
from ui import words
from ui.plain import card, fit_dialog, label, scrolled


def facts_of(layer: Layer) -> list[tuple[str, str]]:
    """Return what is known of a layer as (name, text)."""
    info = layer.info
    west, south, east, north = info.bounds_lonlat
    facts = [
        (words.INFO_FILE, info.path),
        (words.INFO_LAYER, info.source_layer or ""),
        (words.INFO_FORMAT, info.driver),
        (words.INFO_SHOWN, words.shown_of(info.shown, info.count, info.kind)),
        (words.INFO_CRS, words.crs_line(info.crs, info.crs_source)),
        (words.INFO_BOUNDS, f"{words.lonlat(west, south)}  –  {words.lonlat(east, north)}"),
        (words.INFO_LICENCE, info.licence or words.NOT_STATED),
        (words.INFO_CREDIT, info.attribution or words.NOT_STATED),
        (words.INFO_COLUMNS, ", ".join(layer.table.fields())),
    ]
    if layer.heights is not None:
        counts = np.bincount(layer.heights.source[np.isfinite(layer.heights.height_m)], minlength=len(HeightSource))
        facts.append((words.INFO_HEIGHTS, words.height_shares(dict(enumerate(counts.tolist())))))
        facts.append((words.INFO_HEIGHT_COLUMN, layer.heights.field or layer.heights.storeys_field or words.NO_COLUMN))
    return [(name, text) for name, text in facts if text]


class LayerInfoDialog(QDialog):
    """One page about a layer."""

    def __init__(self, parent: QWidget, layer: Layer, name: str) -> None:
        """Show a layer."""
        super().__init__(parent)
        self.setWindowTitle(name)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setSpacing(14)
        column.addWidget(label(name, "title", wraps=True))
        column.addWidget(self._problems(layer))
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(8)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for caption, text in facts_of(layer):
            value = label(text, wraps=True)
            value.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            value.setAccessibleName(f"{caption}: {text}")
            form.addRow(label(caption, "quiet"), value)
        column.addLayout(form)
        column.addStretch(1)
        scroll = scrolled(body)
        scroll.setAccessibleName(name)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(18, 18, 18, 14)
        whole.addWidget(scroll, 1)
        whole.addWidget(close)
        fit_dialog(self, chars=74, lines=30)

    def _problems(self, layer: Layer) -> QWidget:
        frame, column = card()
        if not layer.report:
            column.addWidget(label(words.NO_PROBLEMS, "quiet", wraps=True))
            return frame
        column.addWidget(label(words.PROBLEMS_HEAD, "head"))
        for problem in layer.report.problems:
            column.addWidget(label(words.problem(problem), "error" if problem.is_loss else "warning", wraps=True))
        return frame
