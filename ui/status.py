"""The status bar: where the cursor is, how large the picture is, memory, running jobs with Cancel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QStatusBar, QToolButton, QWidget

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
    """What is going on: the name of the first job, how many more there are, how far they are together, Cancel."""

    cancel_asked = Signal()

    def __init__(self) -> None:
        """Show nothing."""
        super().__init__()
        self._text = label("", "quiet")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(14 * self.fontMetrics().averageCharWidth())
        self.cancel = tool("cancel", words.CANCEL)
        self.cancel.clicked.connect(self.cancel_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 4, 0)
        row.setSpacing(8)
        row.addWidget(self._bar)
        row.addWidget(self.cancel)
        row.addWidget(self._text, 1)
        self.hide()

    def show_progress(self, text: str, share: float) -> None:
        """Show what goes on, and how far it is (below 0 is not known); "" hides the chip."""
        self.setVisible(bool(text))
        self._bar.setRange(0, 1000 if share > 0 else 0)
        if share > 0:
            self._bar.setValue(round(1000 * share))
        self._text.setText(text)
        self._bar.setAccessibleName(text)
        named(self.cancel, f"{words.CANCEL}: {text}")


class StatusBar(QStatusBar):
    """What the window always says."""

    cancel_asked = Signal(object)
    """A job's Cancel was pressed."""
    format_changed = Signal(str)
    progress = Signal(str, float)
    """What goes on in words, and how far it is together, 0 to 1 (below 0 it is not known); "" when nothing does."""

    def __init__(self) -> None:
        """Make an empty bar."""
        super().__init__()
        self.setSizeGripEnabled(False)
        self._format = FORMATS[0]
        self._frame: LocalFrame | None = None
        self._point: tuple[float, float, float] | None = None
        self._datum_m = 0.0
        self._job_texts: dict[object, tuple[str, float]] = {}
        self._place = QToolButton()
        self._place.setProperty("rank", "status")
        named(
            self._place, "Coordinates", "Longitude, latitude and elevation under the cursor; click for another format"
        )
        self._place.clicked.connect(self.next_format)
        self.left_count = 2
        """What stands on the left: permanent texts come behind it."""
        self.addWidget(self._place)
        self._chip = JobChip()
        self._chip.cancel_asked.connect(self.cancel_all)
        self.progress.connect(self._chip.show_progress)
        self.addWidget(self._chip, 1)
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

    def set_datum(self, datum_m: float) -> None:
        """Take the elevation of z = 0: the lowest of the terrain."""
        self._datum_m = datum_m
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
            x, y, z = self._point
            text = coordinates(self._frame, (x, y, z + self._datum_m), self._format)
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
        self._job_texts[job] = (text, -1.0)
        self._tell_progress()

    def job_went_on(self, job: object, share: float) -> None:
        """Show a job's progress, 0 to 1; unknown jobs are passed over."""
        if job in self._job_texts:
            self._job_texts[job] = (self._job_texts[job][0], share)
            self._tell_progress()

    def job_ended(self, job: object) -> None:
        """Take a job away."""
        self._job_texts.pop(job, None)
        self._tell_progress()

    def _tell_progress(self) -> None:
        jobs = list(self._job_texts.values())
        if not jobs:
            self.progress.emit("", 0.0)
            return
        shares = [max(share, 0.0) for _, share in jobs]
        together = sum(shares) / len(shares) if any(shares) else -1.0
        self.progress.emit(words.and_more(jobs[0][0], len(jobs) - 1), together)

    def jobs(self) -> list[object]:
        """Return the jobs shown."""
        return list(self._job_texts)

    def cancel_all(self) -> None:
        """Ask for an end of all jobs."""
        for job in reversed(self.jobs()):  # what came last goes first: it may wait for the others
            self.cancel_asked.emit(job)
