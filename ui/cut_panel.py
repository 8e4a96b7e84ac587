"""The panel of the cut: where it is, in numbers."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QFormLayout, QVBoxLayout, QWidget

from twin.cut import HIGHEST_M, LOWEST_M, Cut, CutKind, moved_to, place_local
from twin.session import Composition, Session
from ui import cut_words as words
from ui.plain import button, named

FARTHEST_M = 1e8


class CutPanel(QWidget):
    """Shows and takes the numbers of a session's cut."""

    face_asked = Signal()
    remove_asked = Signal()

    def __init__(self, session: Session) -> None:
        """Follow a session."""
        super().__init__()
        self._session, self._is_filling = session, False
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 4, 14, 12)
        self.on_box = QCheckBox(words.IS_ON)
        named(self.on_box, words.IS_ON)
        self.on_box.toggled.connect(self._taken)
        column.addWidget(self.on_box)
        self._form = QFormLayout()
        self.boxes: dict[str, QDoubleSpinBox] = {}
        for name, low, high, unit, tip in (
            (words.EAST, -FARTHEST_M, FARTHEST_M, " m", words.POINT_TIP),
            (words.NORTH, -FARTHEST_M, FARTHEST_M, " m", words.POINT_TIP),
            (words.HEADING, 0.0, 360.0, "\u00b0", words.HEADING_TIP),
            (words.WIDTH, 1.0, FARTHEST_M, " m", ""),
            (words.DEPTH, 1.0, FARTHEST_M, " m", ""),
            (words.BOTTOM, LOWEST_M, HIGHEST_M, " m", ""),
            (words.TOP, LOWEST_M, HIGHEST_M, " m", ""),
        ):
            self._add(name, low, high, unit, tip)
        column.addLayout(self._form)
        self.face, self.remove = button(words.FACE), button(words.REMOVE)
        self.face.clicked.connect(self._face_clicked)
        self.remove.clicked.connect(self._remove_clicked)
        column.addWidget(self.face)
        column.addWidget(self.remove)
        column.addStretch(1)
        session.composition_changed.connect(self._changed)
        session.layers_changed.connect(self._refill)
        self.fill()

    def _add(self, name: str, low: float, high: float, unit: str, tip: str) -> None:
        box = QDoubleSpinBox()
        box.setRange(low, high)
        box.setDecimals(1)
        box.setSuffix(unit)
        box.setKeyboardTracking(False)
        box.setGroupSeparatorShown(True)
        if name == words.HEADING:
            box.setWrapping(True)
        named(box, name, tip)
        box.valueChanged.connect(self._taken)
        self._form.addRow(name, box)
        self.boxes[name] = box

    def _face_clicked(self) -> None:
        self.face_asked.emit()

    def _remove_clicked(self) -> None:
        self.remove_asked.emit()

    def _changed(self, old: Composition, new: Composition) -> None:
        if old.cut != new.cut:
            self.fill()

    def _refill(self, _old: object, _new: object) -> None:
        self.fill()

    def fill(self) -> None:
        """Show the cut's numbers."""
        cut, frame = self._session.composition.cut, self._session.frame
        is_there = cut is not None and frame is not None
        for widget in (self.on_box, self.face, self.remove, *self.boxes.values()):
            widget.setEnabled(is_there)
        if cut is None or frame is None:
            return
        self._is_filling = True
        x, y = place_local(cut, frame)
        east, north = x + frame.origin_m[0], y + frame.origin_m[1]
        numbers = (east, north, cut.heading_deg, cut.width_m, cut.depth_m, cut.bottom_m, cut.top_m)
        for box, number in zip(self.boxes.values(), numbers, strict=True):
            box.setValue(number)
        self.on_box.setChecked(cut.is_on)
        for name in (words.WIDTH, words.DEPTH, words.BOTTOM, words.TOP):
            self._form.setRowVisible(self.boxes[name], cut.kind is CutKind.BOX)
        self._is_filling = False

    def _taken(self, _value: object) -> None:
        cut, frame = self._session.composition.cut, self._session.frame
        if self._is_filling or cut is None or frame is None:
            return
        number = {name: box.value() for name, box in self.boxes.items()}
        x, y = place_local(cut, frame)
        east, north = number[words.EAST] - frame.origin_m[0], number[words.NORTH] - frame.origin_m[1]
        is_moved = abs(east - x) > 0.06 or abs(north - y) > 0.06
        new = moved_to(cut, frame, east, north) if is_moved else cut
        new = replace(
            new, heading_deg=number[words.HEADING] % 360, width_m=number[words.WIDTH], depth_m=number[words.DEPTH],
            bottom_m=min(number[words.BOTTOM], number[words.TOP] - 0.1), top_m=number[words.TOP],
            is_on=self.on_box.isChecked(),
        )  # fmt: skip
        self._put(new)

    def _put(self, cut: Cut) -> None:
        self._session.set_composition(replace(self._session.composition, cut=cut))
