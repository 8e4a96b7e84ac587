"""Opens the dialogs of the main window and hands their answers on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QMessageBox

from twin.errors import TwinError
from twin.layer import Kind
from twin.version import VERSION
from ui import words
from ui.attribute_menu import coloured_by, restyle
from ui.icons import icon
from ui.key_sheet import KeySheet
from ui.layer_info import LayerInfoDialog
from ui.palette import Command, CommandPalette
from ui.picture_dialog import PictureDialog
from ui.preferences import Preferences, PreferencesDialog
from ui.text_dialog import TextDialog

if TYPE_CHECKING:
    from ui.main_window import MainWindow


class Dialogs:
    """Everything that opens over the window and goes away again."""

    def __init__(self, window: MainWindow) -> None:
        """Open over a window."""
        self._window = window
        self._keys = dict(window.parts.preferences.keys)

    def acts(self) -> dict[str, Callable[[], None]]:
        """Return the acts by their ids in keys.BINDINGS."""
        return {
            "palette": self.palette,
            "key_sheet": self.key_sheet,
            "preferences": self.preferences,
            "save_picture": self.save_picture,
            "notices": self.past_notices,
            "doctor": self.doctor,
            "about": self.about,
        }

    # the palette

    def commands(self) -> list[Command]:
        """Return everything the palette offers: acts, layers, columns to colour by."""
        window = self._window
        found = []
        for action in window.actions_by_id.values():
            if action.isEnabled() and action.objectName() != "palette":
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                found.append(Command(action.text().rstrip("…"), action.trigger, "", keys, action.icon()))
        for state in reversed(window.session.composition.layers):
            layer = window.session.layers.get(state.layer_id)
            if layer is None:
                continue
            name = state.name or layer.info.name
            zoom = partial(window.camera.zoom_layer, state.layer_id)
            found.append(Command(words.zoom_to(name), zoom, words.DOCKS["layers"], "", icon("zoom_to")))
            for column in ("height", *layer.table.fields()) if layer.heights is not None else layer.table.fields():
                colour = partial(restyle, window.session, state.layer_id, coloured_by(column))
                found.append(Command(words.colour_by(column), colour, name, "", icon("colour")))
        return found

    def palette(self) -> None:
        """Show the command palette; run what is chosen."""
        dialog = CommandPalette(self._window, self.commands())
        dialog.finished.connect(partial(self._palette_done, dialog))
        dialog.open()
        dialog.line.setFocus()

    def _palette_done(self, dialog: CommandPalette, _result: int) -> None:
        chosen = dialog.chosen
        dialog.deleteLater()
        if chosen is not None:
            chosen.run()

    # sheets

    def key_sheet(self) -> None:
        """Show all keys."""
        self._open(KeySheet(self._window, self._window.table))

    def layer_info(self, layer_id: str) -> None:
        """Show what is known of a layer."""
        layer = self._window.session.layers.get(layer_id)
        if layer is not None:
            state = self._window.session.composition.state(layer_id)
            self._open(LayerInfoDialog(self._window, layer, state.name or layer.info.name))

    def past_notices(self) -> None:
        """Show what was said before."""
        lines = [words.past_notice(n.text, n.hint, n.details) for n in reversed(self._window.notices.past)]
        self._open(TextDialog(self._window, words.ACTS["notices"][0], "\n\n".join(lines) or words.NOTHING_SAID))

    def doctor(self) -> None:
        """Show what this computer has and lacks."""
        from ui.examination import examine, sentences  # noqa: PLC0415  it tries things out, only when asked

        self._open(TextDialog(self._window, words.ACTS["doctor"][0], "\n".join(sentences(examine())), is_table=True))

    def about(self) -> None:
        """Show version and licence."""
        box = QMessageBox(self._window)
        box.setWindowTitle(words.ACTS["about"][0])
        box.setText(words.about(VERSION))
        box.setInformativeText(words.ABOUT_MORE)
        self._open(box)

    def _open(self, dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # preferences

    def preferences_now(self) -> Preferences:
        """Return the preferences as they are."""
        window = self._window
        return Preferences(
            theme=window.session.composition.theme,
            text_percent=window.appearance.text_percent,
            mouse=window.view.mouse.style,
            coordinates=window.status.format,
            is_motion_smooth=window.view.motion.is_smooth,
            keys=dict(self._keys),
        )

    def preferences(self) -> None:
        """Ask for preferences."""
        dialog = PreferencesDialog(self._window, self.preferences_now())
        dialog.accepted.connect(partial(self._take, dialog))
        self._open(dialog)

    def _take(self, dialog: PreferencesDialog) -> None:
        chosen = dialog.answer_preferences()
        self._keys = dict(chosen.keys)
        window = self._window
        if chosen.theme != window.session.composition.theme:
            window.session.set_composition(replace(window.session.composition, theme=chosen.theme))
        window.apply_preferences(chosen)
        window.parts.keep_preferences(chosen)

    # others

    def save_picture(self) -> None:
        """Ask how large and where to, then save."""
        window = self._window
        if not window.session.layers:
            return
        dialog = PictureDialog(
            window, window.view.size_px, window.parts.save_picture, window.session, window.view.camera
        )
        dialog.saved.connect(window.picture_saved)
        dialog.finished.connect(self._picture_done)
        window.view.pause(is_paused=True)
        dialog.failed.connect(window.notices.error)
        self._open(dialog)

    def _picture_done(self) -> None:
        self._window.view.pause(is_paused=False)

    def change_kind(self, layer_id: str, kind: Kind) -> None:
        """Read a layer again, raised or flat."""
        try:
            self._window.files.open_again(layer_id, kind)
        except TwinError as error:
            self._window.notices.error(error)
