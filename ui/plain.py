"""Small widgets used again and again, each with the rank its style sheet knows and a name for screen readers."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui import words
from ui.icons import set_icon


class Slider(QSlider):
    """A level slider, drawn by ourselves: style sheets fill more of it than its groove (seen with PySide6 6.11.3)."""

    def __init__(self) -> None:
        """Start at 0."""
        super().__init__(Qt.Orientation.Horizontal)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Grow with the text."""
        height = self.fontMetrics().height()
        return QSize(8 * height, round(height * 1.25))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Grow with the text."""
        height = self.fontMetrics().height()
        return QSize(3 * height, round(height * 1.25))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw groove, filled part and knob."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        knob = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, middle = self.palette(), self.rect().center().y() + 0.5
        radius = min(self.fontMetrics().height() * 0.42, self.height() / 2 - 1)
        x = min(max(knob.center().x() + 0.5, radius + 1), self.width() - radius - 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.mid())
        painter.drawRoundedRect(QRectF(1, middle - 1.5, self.width() - 2, 3), 1.5, 1.5)
        accent = palette.highlight() if self.isEnabled() else palette.mid()
        painter.setBrush(accent)
        painter.drawRoundedRect(QRectF(1, middle - 1.5, x, 3), 1.5, 1.5)
        painter.setPen(QPen(accent.color(), 2))
        painter.setBrush(accent if self.hasFocus() else palette.base())
        painter.drawEllipse(QPointF(x, middle), radius, radius)


class ElidedLabel(QLabel):
    """A line of text that ends in an ellipsis where there is no room for all of it; its tip then has all."""

    def __init__(self, text: str, rank: str = "") -> None:
        """Show a text."""
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("rank", rank)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Have a tip only where the text is cut."""
        super().resizeEvent(event)
        is_cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(self.text() if is_cut else "")

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Leave room for a few letters."""
        return QSize(self.fontMetrics().averageCharWidth() * 3, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw as much as fits."""
        painter = QPainter(self)
        role = self.foregroundRole()
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        painter.setPen(self.palette().color(group, role))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def label(text: str = "", rank: str = "", *, wraps: bool = False) -> QLabel:
    """Return a line of text of a rank: title, head, quiet, figure, badge, warning, error."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if rank:
        made.setProperty("rank", rank)
    made.setWordWrap(wraps)
    if wraps:
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return made


def may_shrink(widget: QWidget) -> None:
    """Let a widget be as narrow as its place is, whatever it would like."""
    policy = widget.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
    widget.setSizePolicy(policy)


def set_rank(widget: QWidget, rank: str) -> None:
    """Give a widget another rank and have its style sheet read again."""
    if widget.property("rank") != rank:
        widget.setProperty("rank", rank)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def tool(icon_name: str, name: str, tip: str = "", *, is_checkable: bool = False) -> QToolButton:
    """Return a button that is an icon, with its name and tip."""
    made = QToolButton()
    set_icon(made, icon_name)
    side = round(made.fontMetrics().height() * 1.2)
    made.setIconSize(QSize(side, side))
    named(made, name, tip)
    made.setCheckable(is_checkable)
    made.setAutoRaise(True)
    return made


def button(text: str, *, rank: str = "", icon_name: str = "", tip: str = "") -> QPushButton:
    """Return a button with words on it."""
    made = QPushButton(text)
    if rank:
        made.setProperty("rank", rank)
    if icon_name:
        set_icon(made, icon_name)
    made.setAutoDefault(False)
    named(made, text.replace("&", ""), tip)
    return made


def named(widget: QWidget, name: str, tip: str = "") -> None:
    """Give a widget its name for screen readers, its tip, and a place in the keyboard's walk."""
    widget.setAccessibleName(name)
    widget.setAccessibleDescription(tip)
    widget.setToolTip(tip or name)
    if isinstance(widget, QAbstractButton):
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def make_clearable(line: QLineEdit) -> None:
    """Give a line a button that empties it, with a name."""
    line.setClearButtonEnabled(True)
    for inner in line.findChildren(QToolButton):
        named(inner, words.CLEAR)
        inner.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard has Ctrl+A, Delete


def fit_dialog(dialog: QDialog, *, chars: int, lines: int) -> None:
    """Give a dialog the size of so many letters and lines, or what the screen has room for."""
    metrics, screen = dialog.fontMetrics(), dialog.screen().availableGeometry()
    width, height = chars * metrics.averageCharWidth(), lines * metrics.height()
    dialog.resize(min(width, round(screen.width() * 0.94)), min(height, round(screen.height() * 0.88)))


def place_at_right(dialog: QDialog, window: QWidget) -> None:
    """Put a dialog at the right of its window, so that the scene can be seen beside it."""
    corner = window.mapToGlobal(window.rect().topRight())
    dialog.move(max(corner.x() - dialog.frameGeometry().width() - 8, 0), max(corner.y() + 40, 0))


def scrolled(body: QWidget) -> QScrollArea:
    """Return a body that scrolls where there is no room for it, without a frame."""
    made = QScrollArea()
    made.setProperty("rank", "bare")
    made.setWidgetResizable(True)
    made.setWidget(body)
    return made


def card() -> tuple[QFrame, QVBoxLayout]:
    """Return a raised card and the column inside it."""
    made = QFrame()
    made.setProperty("rank", "card")
    column = QVBoxLayout(made)
    column.setContentsMargins(14, 12, 14, 12)
    column.setSpacing(6)
    return made, column
