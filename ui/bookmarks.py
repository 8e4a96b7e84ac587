"""Views kept under the numbers 1 to 9."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twin.session import Session, View
from ui import words
from ui.camera_acts import CameraActs
from ui.notices import Notices

NUMBERS = range(1, 10)


class Bookmarks:
    """Keeps cameras and goes back to them."""

    def __init__(self, session: Session, camera: CameraActs, notices: Notices) -> None:
        """Start with none."""
        self._session, self._camera, self._notices = session, camera, notices
        self.views: dict[int, View] = {}

    def acts(self) -> dict[str, Callable[[], None]]:
        """Return the acts by their ids in keys.BINDINGS."""
        go: dict[str, Callable[[], None]] = {f"bookmark_{n}": partial(self.go, n) for n in NUMBERS}
        return {**go, **{f"set_bookmark_{n}": partial(self.keep, n) for n in NUMBERS}}

    def keep(self, number: int) -> None:
        """Keep the present view."""
        self.views[number] = self._session.view
        self._notices.info(words.bookmark_kept(number))

    def go(self, number: int) -> None:
        """Fly to a kept view; the layers stay as they are."""
        view = self.views.get(number)
        if view is None:
            self._notices.info(words.bookmark_empty(number))
        else:
            self._camera.go(view.camera)
