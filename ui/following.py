"""Looking at a source on a thread of its own: what it finds waits in a queue until the window takes it. No Qt here."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from queue import SimpleQueue

from data.looks import Seen, SourceLook

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What a look brought that the last one did not."""

    layer_id: str
    seen: Seen | None = None
    error: Exception | None = None
    """Why nothing can be seen just now."""


class Follower:
    """Looks at one layer's source until it is told to stop."""

    def __init__(self, layer_id: str, look: SourceLook, queue: SimpleQueue[Told]) -> None:
        """Begin at once."""
        self.layer_id, self._look, self._queue = layer_id, look, queue
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"follow {layer_id}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        mark, trouble = "", ""
        try:
            while not self._stop.is_set():
                try:
                    seen = self._look.look()
                except Exception as error:  # noqa: BLE001  the outer wall of a thread: it is told, and looked again
                    if str(error) != trouble:
                        self._queue.put(Told(self.layer_id, error=error))
                    mark, trouble = "", str(error)
                else:
                    if seen is not None and seen.mark != mark:
                        mark, trouble = seen.mark, ""
                        self._queue.put(Told(self.layer_id, seen))
                self._look.wait(self._stop)
        finally:
            self._look.close()

    def stop(self) -> None:
        """Ask it to end; it does so within a look."""
        self._stop.set()

    def join(self, wait_s: float) -> None:
        """Wait for it to end."""
        self._thread.join(wait_s)
