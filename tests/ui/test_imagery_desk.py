"""A map of tiles is opened by its address; online ones are refused in words until they are turned on."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QObject

from ui.desks import DESKS
from ui.imagery_desk import ImageryDesk


class _Files:
    def __init__(self) -> None:
        self.opened: list[str] = []

    def open_path(self, path: str, *, is_alone: bool) -> None:
        assert not is_alone
        self.opened.append(path)


class _Signal:
    def connect(self, slot: object) -> None:
        self.slot = slot


class _Act:
    def __init__(self) -> None:
        self.triggered = _Signal()


class _Window(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.files, self.actions_by_id = _Files(), {"open_map": _Act()}


def test_what_is_typed_is_opened_like_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks around it do not matter; nothing typed opens nothing."""
    Image.new("RGB", (2, 2)).save(tmp_path / "x.png")
    window = _Window()
    desk = ImageryDesk(window)  # type: ignore[arg-type]
    monkeypatch.setattr("ui.imagery_desk.QInputDialog.getText", lambda *_: (f"  {tmp_path} ", True))
    desk.ask()
    desk.open("  ")
    assert window.files.opened == [str(tmp_path)]
    assert "imagery_desk" in DESKS
