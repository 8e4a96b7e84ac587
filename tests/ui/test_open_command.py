"""`citytwin open` as a whole: the real scene, the real workers, and a clean end."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from ui.app import Wishes, run
from ui.cli import main
from ui.commands.open import has_display
from ui.main_window import MainWindow
from ui.picture_dialog import PictureDialog


def only_window() -> MainWindow:
    (window,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible())
    return window


class Visit:
    """Looks at the window every now and then; closes it when everything was seen, or after a while."""

    def __init__(self, picture: Path) -> None:
        self.picture = picture
        self.seen: dict[str, object] = {}
        self._beats = 0
        self._timer = QTimer()
        self._timer.setInterval(50)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        window = only_window()
        self._beats += 1
        is_refined = window.view.is_settled
        if window.session.layers and is_refined and window.parts.scene.stats.buildings and "layers" not in self.seen:
            self.seen |= {"layers": list(window.session.layers), "buildings": window.parts.scene.stats.buildings}
            image = window.view.image()
            assert image is not None
            self.seen["colours"] = len(
                {image.pixel(x, y) for x in range(0, image.width(), 9) for y in range(0, image.height(), 9)}
            )
            window.dialogs.save_picture()
            (dialog,) = window.findChildren(PictureDialog)
            dialog.save_to(self.picture)
        if self.picture.exists() or self._beats > 600:
            self.seen["notices"] = [n.text for n in window.notices.past]
            self._timer.stop()
            window.close()


@pytest.mark.usefixtures("qapp")
def test_a_file_is_opened_drawn_saved_and_left(small_city: Path, tmp_path: Path) -> None:
    visit = Visit(tmp_path / "city.png")
    assert run(Wishes((str(small_city),))) == 0
    assert len(visit.seen["layers"]) == 1  # type: ignore[arg-type]
    assert visit.seen["buildings"] == 4
    assert int(str(visit.seen["colours"])) > 10  # roofs, walls and ground; an empty picture has one or two
    assert QImage(str(visit.picture)).width() > 300
    assert sorted(p.name for p in small_city.parent.iterdir() if p.suffix == ".geojson") == [small_city.name]


def test_without_a_display_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert not has_display()
    assert main(["open", "city.gpkg"]) == 1
    assert "citytwin render" in capsys.readouterr().err
