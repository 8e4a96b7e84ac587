"""The status bar: where the cursor is, how large the picture is, memory, running jobs with Cancel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from twin.place import LocalFrame, lonlat_from_local
from ui import words
from ui.plain import label, named, tool

FORMATS: tuple[str, ...] = ("lonlat", "sexagesimal", "projected", "local")


def coordinates(frame: LocalFrame, point_local: tuple[float, float, float], style: str) -> str:
    """Return a place in one of FORMATS, with its elevation."""
    x, y, z = point_local
    lon_deg, lat_deg = lonlat_from_local(frame, np.array([[x, y]]))[0].tolist()
    texts: dict[str, Callable[[], str]] = {
        "lonlat": partial(words.lonlat, lon_deg, lat_deg),
        "sexagesimal": partial(words.lonlat_sexagesimal, lon_deg, lat_deg),
        "projected": partial(words.projected, x + frame.origin_m[0], y + frame.origin_m[1]),
        "local": partial(words.local, x, y),
    }
    return f"{texts[style]()}   {words.elevation(z)}"


class JobChip(QWidget):
    """One running job: its name, how far it is, Cancel."""

    cancelled = Signal(object)

    def __init__(self, job: object, text: str) -> None:
        """Show a job that has just begun."""
        super().__init__()
        self._job = job
        self._text = label(text, "quiet")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(text)
        self._bar.setMinimumWidth(14 * self.fontMetrics().averageCharWidth())
        cancel = tool("cancel", f"{words.CANCEL}: {text}", words.CANCEL)
        cancel.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(8)
        for widget in (self._text, self._bar, cancel):
            row.addWidget(widget)

    def set_share(self, share: float, text: str = "") -> None:
        """Show how much is done, 0 to 1; below 0 it is not known."""
        if share < 0:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(share * 1000))
        if text:
            self._text.setText(text)

    def _cancel(self) -> None:
        self.cancelled.emit(self._job)


class StatusBar(QStatusBar):
    """What the window always says."""

    cancel_asked = Signal(object)
    """A job's Cancel was pressed."""
    format_changed = Signal(str)

    def __init__(self) -> None:
        """Make an empty bar."""
        super().__init__()
        self.setSizeGripEnabled(False)
        self._format = FORMATS[0]
        self._frame: LocalFrame | None = None
        self._point: tuple[float, float, float] | None = None
        self._chips: dict[object, JobChip] = {}
        self._place = QToolButton()
        self._place.setProperty("rank", "status")
        named(
            self._place, "Coordinates", "Longitude, latitude and elevation under the cursor; click for another format"
        )
        self._place.clicked.connect(self.next_format)
        self.addWidget(self._place)
        self._jobs = QWidget()
        self._jobs_row = QHBoxLayout(self._jobs)
        self._jobs_row.setContentsMargins(0, 0, 0, 0)
        self.addWidget(self._jobs, 1)
        self._scale = self._right("Scale", "How much ground the picture shows")
        self._crs = self._right("CRS", "The project's coordinate reference system")
        self._memory = self._right("Memory", "Memory held of what citytwin may use")
        self._place.setText("–")

    def _right(self, name: str, tip: str) -> QLabel:
        made = label("", "quiet")
        made.setContentsMargins(8, 0, 8, 0)
        named(made, name, tip)
        self.addPermanentWidget(made)
        return made

    def set_frame(self, frame: LocalFrame | None) -> None:
        """Take the project's frame; None while nothing is open."""
        self._frame = frame
        crs = "" if frame is None else frame.crs
        self._crs.setText(crs if crs.startswith("EPSG") else crs.split('"')[1] if '"' in crs else crs[:24])
        self._crs.setToolTip(crs)
        self._show_place()

    def set_point(self, point_local: tuple[float, float, float] | None) -> None:
        """Show the place under the cursor; None for the sky."""
        self._point = point_local
        self._show_place()

    @property
    def format(self) -> str:
        """Return the format of now, one of FORMATS."""
        return self._format

    def set_format(self, style: str) -> None:
        """Take one of FORMATS."""
        self._format = style if style in FORMATS else FORMATS[0]
        self._show_place()

    def next_format(self) -> None:
        """Show coordinates in the next format."""
        self.set_format(FORMATS[(FORMATS.index(self._format) + 1) % len(FORMATS)])
        self.format_changed.emit(self._format)

    def _show_place(self) -> None:
        text = "–"
        if self._frame is not None and self._point is not None:
            text = coordinates(self._frame, self._point, self._format)
        self._place.setText(text)

    def set_scale(self, text: str) -> None:
        """Show the scale, in words made by words.py."""
        self._scale.setText(text)

    def set_memory(self, used_bytes: float, budget_bytes: float, details: str = "") -> None:
        """Show the memory in use; the tip tells renderer and speed."""
        self._memory.setText(words.memory(used_bytes, budget_bytes))
        self._memory.setToolTip(details)

    # jobs

    def job_began(self, job: object, text: str) -> None:
        """Show a running job."""
        chip = JobChip(job, text)
        chip.cancelled.connect(self.cancel_asked)
        self._chips[job] = chip
        self._jobs_row.addWidget(chip)

    def job_went_on(self, job: object, share: float, text: str = "") -> None:
        """Show a job's progress; unknown jobs are passed over."""
        if job in self._chips:
            self._chips[job].set_share(share, text)

    def job_ended(self, job: object) -> None:
        """Take a job away."""
        chip = self._chips.pop(job, None)
        if chip is not None:
            self._jobs_row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()

    def jobs(self) -> list[object]:
        """Return the jobs shown."""
        return list(self._chips)
