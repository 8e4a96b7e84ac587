"""Rows go out: which, in which coordinates, to whom; written by a worker where they are many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from data.exporting import ENDINGS, Exported, export_rows
from twin.corrections import notes_of, stands_of
from twin.errors import TwinError
from twin.expression import shown_rows
from twin.layer import Layer
from twin.personal import personal_columns
from ui import table_words, words
from ui.doctor_desk import decisions_in
from ui.export_rows_dialog import ExportRowsDialog, ExportWish
from ui.export_rows_work import exported_of_arrays, write_rows
from ui.table_model import Rows

if TYPE_CHECKING:
    from ui.main_window import MainWindow
    from ui.table_desk import TableDesk

AT_ONCE = 5_000
"""So many rows are written while one waits; more by a worker."""


class RowExport(QObject):
    """Asks what is to be exported, and has it written."""

    def __init__(self, desk: TableDesk) -> None:
        """Export what a table's window shows."""
        super().__init__(desk)
        self._desk, self._window, self._session = desk, desk.window, desk.window.session
        self.ask_where: Callable[[str], str] = partial(_ask_where, desk.window)
        """Returns the path for a layer of that name; "" to give up."""

    def ask(self) -> None:
        """Ask what is to be exported, and where to."""
        layer = self._session.layers.get(self._window.layers.current_id()) or self._desk.layer
        if layer is None:
            return
        rows = self._rows_to_export(layer)
        personal = [
            (c.field, c.why)
            for c in personal_columns(layer.table, decisions_in(self._window), layer_id=layer.info.id)
            if c.is_withheld
        ]
        counts = {key: len(chosen) for key, chosen in rows.items()}
        dialog = ExportRowsDialog(self._window, counts, layer.info.crs or layer.frame.crs, personal)
        dialog.accepted.connect(partial(self._export_asked, dialog, layer, rows, [field for field, _ in personal]))
        self._desk.open_dialog(dialog)

    def _export_asked(
        self, dialog: ExportRowsDialog, layer: Layer, rows: Mapping[str, Rows], personal: list[str]
    ) -> None:
        wish = dialog.wish()
        path = self.ask_where(layer.info.name)
        if path:
            self.write(layer, rows[wish.rows], path, wish, personal)

    def _rows_to_export(self, layer: Layer) -> dict[str, Rows]:
        listed = self._desk.layer
        drawn = np.flatnonzero(shown_rows(layer, self._session.composition.state(layer.info.id).style.filter))
        rows = {"selected": self._desk.selected_rows(layer), "drawn": drawn}
        if listed is not None and listed.info.id == layer.info.id and self._desk.dock.isVisible():
            rows["table"] = self._desk.panel.model.rows
        return rows

    def write(self, layer: Layer, rows: Rows, path: str, wish: ExportWish, personal: list[str]) -> None:
        """Write rows to a file, and tell what was written."""
        without = personal if wish.is_public else []
        stands = stands_of(self._session.source(layer.info.id), self._session.composition.corrections)
        notes = notes_of(stands, without=without, has_reasons=not wish.is_public)
        how = {"crs": wish.crs or None, "without": without, "notes": notes or None}
        ask = getattr(self._window.parts.opener, "ask", None)
        if ask is not None and len(rows) > AT_ONCE:
            self._window.status.job_began(path, table_words.exporting(Path(path).name))
            found = partial(self._written_by_worker, path)
            ask(write_rows, path, layer, rows, how, on_found=found, on_error=partial(self._not_written, path))
            return
        try:
            self._written(export_rows(layer, path, rows=rows.tolist(), **how))  # type: ignore[arg-type]  # as named
        except TwinError as error:
            self._window.notices.error(error)

    def _written_by_worker(self, path: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._window.status.job_ended(path)
        self._written(exported_of_arrays(arrays))

    def _not_written(self, path: str, error: BaseException) -> None:
        self._window.status.job_ended(path)
        self._window.notices.error(error)

    def _written(self, done: Exported) -> None:
        details = [words.problem(p) for p in done.report.problems]
        if done.left_out:
            details.append(f"{table_words.EXPORT_PUBLIC_NOTE} {', '.join(done.left_out)}")
        self._window.notices.info(table_words.exported(done.rows, Path(done.path).name, done.crs), details=details)


def _ask_where(window: MainWindow, name: str) -> str:
    path, _ = QFileDialog.getSaveFileName(window, table_words.EXPORT_TITLE, f"{name}.gpkg", table_words.EXPORT_FILTER)
    return path if not path or Path(path).suffix.lower() in ENDINGS else f"{path}.gpkg"
