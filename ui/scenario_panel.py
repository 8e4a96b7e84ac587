"""The panel of scenarios: which is shown, the tools, its edits and the values of the marked one, comparing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from twin.scenario import Edit, Scenario
from twin.session import Composition, Session
from ui import scenario_words as words
from ui.plain import button, label, named
from ui.scenario_form import EditForm

ID = Qt.ItemDataRole.UserRole
COLUMNS = 3


class ScenarioPanel(QWidget):
    """Follows a session's scenarios; says what people ask for."""

    shown_asked = Signal(str)
    """The id of the scenario to show; "" for today."""
    act_asked = Signal(str)
    """new, duplicate, rename, delete, swipe, split, figures, remove_edits."""
    tool_asked = Signal(str)
    """A tool of words.TOOLS; "" puts it down."""
    edits_marked = Signal(object)
    """Ids of the marked edits."""
    turn_asked = Signal(float)
    scale_asked = Signal(float)
    copies_asked = Signal(int, float, float)
    """How many, metres apart, compass direction."""
    compared_changed = Signal(str)

    def __init__(self, session: Session) -> None:
        """Follow a session."""
        super().__init__()
        self._session, self._is_filling = session, False
        self.tools: dict[str, QToolButton] = {}
        self.buttons: dict[str, QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 4, 14, 12)
        column.setSpacing(6)
        column.addWidget(label(words.SHOWN, "quiet"))
        self.shown = QComboBox()
        named(self.shown, words.SHOWN, words.SHOWN_TIP)
        self.shown.activated.connect(self._shown_chosen)
        column.addWidget(self.shown)
        column.addLayout(self._acts((("new", words.NEW), ("duplicate", words.DUPLICATE), ("rename", words.RENAME),
                                     ("delete", words.DELETE)), 2))  # fmt: skip
        column.addWidget(label(words.TOOLS_HEAD, "head"))
        column.addLayout(self._make_tools())
        column.addWidget(label(words.EDITS, "head"))
        column.addWidget(self._make_list(), 1)
        self.hint = label(words.NOTHING, "quiet", wraps=True)
        column.addWidget(self.hint)
        self.form = EditForm()
        column.addWidget(self.form)
        column.addWidget(self._make_changes())
        column.addWidget(label(words.COMPARE_HEAD, "head"))
        self.other = QComboBox()
        named(self.other, words.COMPARE_HEAD, words.COMPARE_TIP)
        self.other.activated.connect(self._other_chosen)
        column.addWidget(self.other)
        column.addLayout(self._acts((("swipe", words.SWIPE), ("split", words.SPLIT), ("figures", words.FIGURES)), 2))
        for act, tip in (("swipe", words.SWIPE_TIP), ("split", words.SPLIT_TIP), ("figures", words.FIGURES_TIP)):
            self.buttons[act].setToolTip(tip)
            self.buttons[act].setCheckable(act != "figures")
        column.addWidget(label(words.HOLD, "quiet", wraps=True))
        session.composition_changed.connect(self._composition_changed)
        self.fill()

    # putting together

    def _acts(self, acts: Sequence[tuple[str, str]], columns: int) -> QGridLayout:
        grid = QGridLayout()
        for number, (act, text) in enumerate(acts):
            made = button(text)
            made.clicked.connect(partial(self._asked, act))
            self.buttons[act] = made
            grid.addWidget(made, number // columns, number % columns)
        return grid

    def _asked(self, act: str, _is_on: bool = False) -> None:  # noqa: FBT001, FBT002  Qt's clicked
        self.act_asked.emit(act)

    def _make_tools(self) -> QGridLayout:
        grid = QGridLayout()
        for number, (name, (text, tip)) in enumerate(words.TOOLS.items()):
            made = QToolButton()
            made.setText(text)
            made.setCheckable(True)
            named(made, text, tip)
            made.setSizePolicy(made.sizePolicy().Policy.Expanding, made.sizePolicy().Policy.Fixed)
            made.clicked.connect(partial(self._tool_clicked, name))
            self.tools[name] = made
            grid.addWidget(made, number // COLUMNS, number % COLUMNS)
        return grid

    def _make_list(self) -> QListWidget:
        self.rows = QListWidget()
        named(self.rows, words.EDITS, words.EDITS_TIP)
        self.rows.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.rows.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.rows.setMinimumHeight(5 * self.rows.fontMetrics().lineSpacing())
        self.rows.itemSelectionChanged.connect(self._marked)
        remove: Callable[[], None] = partial(self._asked, "remove_edits")
        QShortcut(
            QKeySequence(QKeySequence.StandardKey.Delete), self.rows, remove, context=Qt.ShortcutContext.WidgetShortcut
        )
        return self.rows

    def _make_changes(self) -> QWidget:
        self.changes = QWidget()
        grid = QGridLayout(self.changes)
        grid.setContentsMargins(0, 0, 0, 0)
        self.turn = _spin(-360, 360, 90, 1, "°", words.TURN)
        self.scale = _spin(1, 10_000, 100, 1, " %", words.SCALE)
        for row, (spin, text, tip, slot) in enumerate(
            (
                (self.turn, words.TURN, words.TURN_TIP, self._turn),
                (self.scale, words.SCALE, words.SCALE_TIP, self._scale),
            )
        ):
            made = button(text, tip=tip)
            made.clicked.connect(slot)
            grid.addWidget(made, row, 0)
            grid.addWidget(spin, row, 1)
        self.copies = QSpinBox()
        self.copies.setRange(1, 200)
        named(self.copies, words.COPIES, words.COPIES_TIP)
        self.apart = _spin(0.1, 10_000, 30, 1, " m", words.APART)
        self.towards = _spin(0, 360, 90, 1, "°", words.TOWARDS)
        made = button(words.COPIES, tip=words.COPIES_TIP)
        made.clicked.connect(self._copy)
        grid.addWidget(made, 2, 0)
        grid.addWidget(self.copies, 2, 1)
        for row, (spin, text) in enumerate(((self.apart, words.APART), (self.towards, words.TOWARDS)), 3):
            grid.addWidget(label(text, "quiet"), row, 0)
            grid.addWidget(spin, row, 1)
        for widget in (self.turn, self.scale, self.copies, self.apart, self.towards):
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        grid.setColumnStretch(1, 1)
        return self.changes

    def _turn(self) -> None:
        self.turn_asked.emit(self.turn.value())

    def _scale(self) -> None:
        self.scale_asked.emit(self.scale.value() / 100)

    def _copy(self) -> None:
        self.copies_asked.emit(self.copies.value(), self.apart.value(), self.towards.value())

    # following

    def _composition_changed(self, old: Composition, new: Composition) -> None:
        if (old.scenarios, old.scenario) != (new.scenarios, new.scenario):
            self.fill()

    def scenario(self) -> Scenario | None:
        """Return the scenario shown."""
        composition = self._session.composition
        return next((s for s in composition.scenarios if s.id == composition.scenario), None)

    def fill(self) -> None:
        """Show what the session says."""
        composition, scenario = self._session.composition, self.scenario()
        self._is_filling = True
        _choose_from(self.shown, composition.scenarios, composition.scenario)
        _choose_from(self.other, composition.scenarios, str(self.other.currentData() or ""))
        marked = self.marked_ids()
        self.rows.clear()
        for edit in scenario.edits if scenario is not None else ():
            item = QListWidgetItem(words.edit_text(edit))
            item.setData(ID, edit.id)
            self.rows.addItem(item)
            item.setSelected(edit.id in marked)
        self._is_filling = False
        for act in ("duplicate", "rename", "delete"):
            self.buttons[act].setEnabled(scenario is not None)
        for act in ("swipe", "split", "figures"):
            self.buttons[act].setEnabled(bool(composition.scenarios))
        self._show_marked()

    def marked_ids(self) -> tuple[str, ...]:
        """Return the ids of the marked edits."""
        return tuple(str(item.data(ID)) for item in self.rows.selectedItems())

    def marked(self) -> tuple[Edit, ...]:
        """Return the marked edits."""
        scenario, ids = self.scenario(), set(self.marked_ids())
        return tuple(e for e in scenario.edits if e.id in ids) if scenario is not None else ()

    def mark(self, edit_ids: Sequence[str]) -> None:
        """Mark edits, and only these."""
        for number in range(self.rows.count()):
            item = self.rows.item(number)
            item.setSelected(item.data(ID) in edit_ids)
            if item.data(ID) in edit_ids:
                self.rows.scrollToItem(item)

    def _marked(self) -> None:
        if not self._is_filling:
            self._show_marked()

    def _show_marked(self) -> None:
        marked = self.marked()
        self.form.show_edit(marked[0] if len(marked) == 1 else None)
        self.changes.setVisible(bool(marked))
        self.hint.setVisible(not marked)
        self.hint.setText(words.NOTHING if self.scenario() is None else words.MOVE_HINT)
        self.edits_marked.emit(tuple(e.id for e in marked))

    def _shown_chosen(self, _place: int) -> None:
        self.shown_asked.emit(str(self.shown.currentData() or ""))

    def _other_chosen(self, _place: int) -> None:
        self.compared_changed.emit(self.other_id())

    def other_id(self) -> str:
        """Return the id of the scenario to compare with; "" for today."""
        return str(self.other.currentData() or "")

    def _tool_clicked(self, name: str, is_on: bool) -> None:  # noqa: FBT001  Qt's signal
        self.tool_asked.emit(name if is_on else "")

    def show_tool(self, name: str) -> None:
        """Show which tool is in hand."""
        for one, made in self.tools.items():
            made.setChecked(one == name)


def _choose_from(box: QComboBox, scenarios: Sequence[Scenario], chosen: str) -> None:
    box.clear()
    for name, scenario_id in ((words.TODAY, ""), *((s.name, s.id) for s in scenarios)):
        box.addItem(name, scenario_id)
    box.setCurrentIndex(max(box.findData(chosen), 0))


def _spin(least: float, most: float, value: float, digits: int, unit: str, name: str) -> QDoubleSpinBox:
    spin = QDoubleSpinBox()
    spin.setRange(least, most)
    spin.setDecimals(digits)
    spin.setSuffix(unit)
    spin.setValue(value)
    named(spin, name)
    return spin
