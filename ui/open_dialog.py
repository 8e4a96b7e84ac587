"""Questions before a file is opened: which of its layers, raised or flat, and where it lies if it does not say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyproj import CRS
from pyproj.exceptions import CRSError
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from twin.layer import Kind
from ui import words
from ui.plain import label, named, set_rank

COMMON_CRS = ("EPSG:4326", "EPSG:3857", "EPSG:25832", "EPSG:25833", "EPSG:2154", "EPSG:2056", "EPSG:27700", "EPSG:6677")


@dataclass(frozen=True, slots=True)
class Offer:
    """One layer inside a file."""

    name: str
    text: str
    """What is said of it: count and geometry."""
    is_suggested: bool = False
    """Whether it is chosen unless a person says otherwise."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person chose."""

    layers: tuple[str, ...] = ()
    kind: Kind | None = None
    crs: str | None = None


class OpenDialog(QDialog):
    """Only the questions that the file leaves open."""

    def __init__(
        self,
        parent: QWidget,
        file_name: str,
        *,
        offers: Sequence[Offer] = (),
        question: str = "",
        guessed_crs: str = "",
        asks_crs: bool = False,
        asks_kind: bool = False,
    ) -> None:
        """Ask which layers (if there are several), how to draw them, and the CRS (if asked)."""
        super().__init__(parent)
        self.setWindowTitle(words.open_title(file_name))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 18, 20, 16)
        self._column.setSpacing(10)
        self.layers: QListWidget | None = None
        self.kind: QComboBox | None = None
        self.crs: QLineEdit | None = None
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        if len(offers) > 1:
            self._ask_layers(question or words.which_layers(file_name, len(offers)), offers)
        if asks_crs:
            self._ask_crs(file_name, guessed_crs)
        if asks_kind:
            self._ask_kind()
        self._column.addWidget(self._buttons)
        self.setMinimumWidth(56 * self.fontMetrics().averageCharWidth())

    def _ask_layers(self, question: str, offers: Sequence[Offer]) -> None:
        self._column.addWidget(label(question, "head", wraps=True))
        self.layers = QListWidget()
        named(self.layers, words.LAYERS_IN_FILE)
        for offer in offers:
            item = QListWidgetItem(f"{offer.name}    {offer.text}")
            item.setData(Qt.ItemDataRole.UserRole, offer.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if offer.is_suggested else Qt.CheckState.Unchecked)
            self.layers.addItem(item)
        self.layers.itemDoubleClicked.connect(self._only)
        self.layers.itemChanged.connect(self._check)
        self._column.addWidget(self.layers, 1)

    def _ask_crs(self, file_name: str, guessed: str) -> None:
        self._column.addWidget(label(words.crs_question(file_name), "head", wraps=True))
        self._column.addWidget(label(words.crs_guess(guessed), "quiet", wraps=True))
        self.crs = QLineEdit(guessed)
        self.crs.setPlaceholderText("EPSG:25832")
        named(self.crs, words.CRS_NAME, words.CRS_TIP)
        self._crs_answer = label("", "quiet", wraps=True)
        self.crs.textChanged.connect(self._check)
        self._column.addWidget(self.crs)
        self._column.addWidget(self._crs_answer)
        self._check()

    def _ask_kind(self) -> None:
        self._column.addWidget(label(words.DRAW_AS, "head"))
        self.kind = QComboBox()
        named(self.kind, words.DRAW_AS)
        for kind, text in (
            (None, words.KIND_AUTOMATIC),
            (Kind.FOOTPRINTS, words.RAISE),
            (Kind.POLYGONS, words.LAY_FLAT),
        ):
            self.kind.addItem(text, kind)
        self._column.addWidget(self.kind)

    def _only(self, chosen: QListWidgetItem) -> None:
        assert self.layers is not None
        for number in range(self.layers.count()):
            item = self.layers.item(number)
            item.setCheckState(Qt.CheckState.Checked if item is chosen else Qt.CheckState.Unchecked)
        self.accept()

    def _check(self) -> None:
        is_ready = self.layers is None or bool(self.answer().layers)
        if self.crs is not None:
            name = crs_name(self.crs.text())
            self._crs_answer.setText(name or words.CRS_UNKNOWN)
            set_rank(self._crs_answer, "quiet" if name else "error")
            is_ready = is_ready and bool(name)
        self._buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(is_ready)

    def answer(self) -> Answer:
        """Return what was chosen."""
        names: tuple[str, ...] = ()
        if self.layers is not None:
            items = [self.layers.item(n) for n in range(self.layers.count())]
            names = tuple(
                str(i.data(Qt.ItemDataRole.UserRole)) for i in items if i.checkState() is Qt.CheckState.Checked
            )
        kind = self.kind.currentData() if self.kind is not None else None
        crs = self.crs.text().strip() if self.crs is not None else None
        return Answer(names, Kind(kind) if kind else None, crs or None)


def crs_name(text: str) -> str:
    """Return the name of a CRS as it is typed; "" if there is none of that name."""
    wanted = text.strip()
    if not wanted:
        return ""
    try:
        return str(CRS.from_user_input(f"EPSG:{wanted}" if wanted.isdigit() else wanted).name)
    except CRSError:
        return ""
