"""The panel of the sun: which light, date, time, zone and place, and where the sun then stands."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtCore import QDate, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDateEdit,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from data.zones import zone_names
from twin.clock import Clock
from twin.sun_shown import SunShown, at_wall_time, zone_called
from twin.sun_words import date_words, day_words, down_words, place_words
from ui import sun_words as words
from ui.plain import Slider, button, label, named
from ui.sun_curve import SunCurve, shadow_times

MINUTES = 24 * 60
STEP_MIN = 5


class SunPanel(QWidget):
    """Shows a sun and says what people want of it; it changes nothing itself."""

    fixed_asked = Signal()
    follow_asked = Signal()
    own_asked = Signal()
    moment_asked = Signal(float)
    """Seconds since 1970, UTC."""
    zone_asked = Signal(str)
    place_asked = Signal(object)
    """(longitude, latitude), or None for the middle of the city."""
    play_asked = Signal()
    failed = Signal(str)

    def __init__(self) -> None:
        """Lay out the hands."""
        super().__init__()
        self._sun: SunShown | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 4, 14, 12)
        column.setSpacing(8)
        self.light = QComboBox()
        for name, tip in (
            (words.FIXED, words.FIXED_TIP), (words.FOLLOW, words.FOLLOW_TIP), (words.OWN, words.OWN_TIP),
        ):  # fmt: skip
            self.light.addItem(name)
            self.light.setItemData(self.light.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        named(self.light, words.LIGHT, words.LIGHT_TIP)
        self.light.activated.connect(self._light_chosen)
        column.addWidget(self.light)
        self.when = label("", "head", wraps=True)
        self.where, self.rises, self.note = (label("", "quiet", wraps=True) for _ in range(3))
        for line in (self.when, self.where, self.rises, self.note):
            column.addWidget(line)
        self.curve = SunCurve()
        self.curve.chosen.connect(self._curve_chosen)
        column.addWidget(self.curve)
        self.slider = Slider()
        self.slider.setRange(0, MINUTES - 1)
        self.slider.setSingleStep(STEP_MIN)
        self.slider.setPageStep(60)
        named(self.slider, words.TIME, words.TIME_TIP)
        self.slider.valueChanged.connect(self._slid)
        column.addWidget(self.slider)
        column.addLayout(self._presets())
        self.play = button(words.PLAY, tip=words.PLAY_TIP)
        self.play.clicked.connect(self.play_asked)
        column.addWidget(self.play)
        column.addLayout(self._form())
        column.addStretch(1)

    def _light_chosen(self, place: int) -> None:
        (self.fixed_asked, self.follow_asked, self.own_asked)[place].emit()

    def _presets(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        for place, (name, month, day) in enumerate(words.DAYS):
            self._add_preset(grid, 0, place, name, {"month": month, "day": day})
        for place, hour in enumerate(words.HOURS):
            self._add_preset(grid, 1, place, words.hour(hour), {"hour": hour, "minute": 0})
        return grid

    def _add_preset(self, grid: QGridLayout, row: int, place: int, name: str, parts: dict[str, int]) -> None:
        preset = QPushButton(name)
        preset.setProperty("rank", "small")
        named(preset, name)
        preset.setMinimumWidth(preset.fontMetrics().horizontalAdvance(name) + 10)
        preset.clicked.connect(partial(self._preset, parts))
        grid.addWidget(preset, row, place)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.date = QDateEdit()
        self.date.setCalendarPopup(True)
        self.date.setDisplayFormat("d MMM yyyy")
        self.date.setDateRange(QDate(1900, 1, 1), QDate(2100, 12, 31))
        self.date.setKeyboardTracking(False)
        named(self.date, words.DATE, words.DATE_TIP)
        self.date.dateChanged.connect(self._date_chosen)
        self.zone = QComboBox()
        self.zone.setEditable(True)
        self.zone.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.zone.addItems(zone_names())
        self.zone.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.zone.setMinimumContentsLength(14)
        for widget in (self.date, self.zone):
            widget.setSizePolicy(QSizePolicy.Policy.Expanding, widget.sizePolicy().verticalPolicy())
        completer = self.zone.completer()
        if completer is not None:
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        named(self.zone, words.ZONE, words.ZONE_TIP)
        self.zone.textActivated.connect(self._zone_chosen)
        line = self.zone.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._zone_written)
        self.place = QLineEdit()
        named(self.place, words.PLACE, words.PLACE_TIP)
        self.place.editingFinished.connect(self._place_written)
        middle = button(words.MIDDLE)
        middle.clicked.connect(partial(self.place_asked.emit, None))
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        form.addRow(words.DATE, self.date)
        form.addRow(words.ZONE, self.zone)
        form.addRow(words.PLACE, row)
        form.addRow("", middle)
        return form

    # what is shown

    def show_sun(self, sun: SunShown | None, clock: Clock) -> None:
        """Show a sun (of the clock's moment, under the fixed light) and which light there is."""
        self._sun = sun
        at = 0 if not clock.has_sun else 2 if clock.sun_s is not None else 1
        self.light.setCurrentIndex(at)
        self.curve.show_sun(sun)
        for widget in (self.light, self.slider, self.play, self.date, self.zone, self.place):
            widget.setEnabled(sun is not None)
        if sun is None:
            self.when.setText(words.NOTHING_OPEN)
            for line in (self.where, self.rises, self.note):
                line.clear()
            return
        moment = sun.moment
        with QSignalBlocker(self.slider), QSignalBlocker(self.date), QSignalBlocker(self.zone):
            if not self.slider.isSliderDown():
                self.slider.setValue(moment.hour * 60 + moment.minute)
            self.date.setDate(QDate(moment.year, moment.month, moment.day))
            if not self._is_written(self.zone.lineEdit()):
                self.zone.setCurrentText(sun.zone)
        if not self._is_written(self.place):
            self.place.setText(f"{sun.site.lon_deg:.5f}, {sun.site.lat_deg:.5f}")
            self.place.setModified(False)
        self._tell(sun, moment, is_fixed=at == 0)

    @staticmethod
    def _is_written(line: QLineEdit | None) -> bool:
        return line is not None and line.hasFocus() and line.isModified()

    def _tell(self, sun: SunShown, moment: datetime, *, is_fixed: bool) -> None:
        self.when.setText(f"{date_words(moment)} {moment:%Z}")
        self.where.setText(place_words(sun)[:1].upper() + place_words(sun)[1:])
        told = day_words(sun.day(), sun.zone)
        self.rises.setText(told[:1].upper() + told[1:])
        if is_fixed:
            self.note.setText(words.IS_FIXED)
        elif sun.altitude_deg > 0:
            self.note.setText(words.length(shadow_times(sun.altitude_deg), (sun.azimuth_deg + 180.0) % 360.0))
        else:
            self.note.setText(down_words(sun))

    def show_playing(self, *, is_playing: bool) -> None:
        """Show whether the day is running."""
        self.play.setText(words.STOP if is_playing else words.PLAY)

    # hands

    def _put(self, **parts: int) -> None:
        if self._sun is not None:
            self.moment_asked.emit(at_wall_time(self._sun.at_s, self._sun.zone, **parts))

    def _preset(self, parts: dict[str, int], _is_on: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's signal
        self._put(**parts)

    def _slid(self, minute: int) -> None:
        self._put(hour=minute // 60, minute=minute % 60)

    def _curve_chosen(self, at_s: float) -> None:
        self.moment_asked.emit(at_s)

    def _date_chosen(self, date: QDate) -> None:
        self._put(year=date.year(), month=date.month(), day=date.day())

    def _zone_written(self) -> None:
        line = self.zone.lineEdit()
        if line is not None and line.isModified():
            line.setModified(False)
            self._zone_chosen(line.text())

    def _zone_chosen(self, name: str) -> None:
        name = name.strip()
        if name not in zone_names() and getattr(zone_called(name), "key", "") != name:
            self.failed.emit(words.NOT_A_ZONE)
            name = self._sun.zone if self._sun is not None else "UTC"
            self.zone.setCurrentText(name)
            return
        self.zone_asked.emit(name)

    def _place_written(self) -> None:
        if not self.place.isModified():
            return
        self.place.setModified(False)
        text = self.place.text().strip()
        try:
            numbers = [float(part) for part in text.replace(";", ",").split(",")] if text else []
        except ValueError:
            numbers = [1e9]
        if not numbers:
            self.place_asked.emit(None)
        elif len(numbers) == 2 and abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90:
            self.place_asked.emit((numbers[0], numbers[1]))
        else:
            self.failed.emit(words.NOT_A_PLACE)
