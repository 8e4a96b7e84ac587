"""Rules over a feed's own seconds: looked at once a second of the feed's time, live as in a recording of it.

What is known at a whole second is what came until then, so a recording raises exactly the alarms of the live run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from data.privacy import shown_frame
from data.recording import Recording
from twin.alarms import Alarm
from twin.entities import Entities
from twin.feed import FeedState, Privacy, WatchRule
from twin.watch import Watch

ALARMS_KEPT = 2000
_SET_BACK_S = 2.0
_JUST_AFTER_S = 1e-6


class Watching:
    """The rules of one feed at work. Told what came and when; looks at whole seconds only."""

    def __init__(
        self,
        feed_id: str,
        rules: tuple[WatchRule, ...],
        privacy: Privacy,
        *,
        expiry_s: float,
        alarms: Sequence[Alarm] = (),
    ) -> None:
        """Begin to watch with the first moment that is told.

        alarms   raised before: those that are on are gone on with
        """
        self.alarms: tuple[Alarm, ...] = tuple(alarms)
        self._watch = Watch(feed_id, rules, self.alarms)
        self._privacy, self._expiry_s = privacy, expiry_s if expiry_s > 0 else math.inf
        self._moment: int | None = None
        """The next whole second that is looked at."""
        self._heard_s = 0.0
        self._has_come = False
        self._due_s = -math.inf
        """Until then nothing changes unless something comes."""

    @property
    def troubles(self) -> tuple[str, ...]:
        """Return a sentence for each rule that cannot be held against what comes."""
        return (*self._watch.wrong.values(), *self._watch.unknown.values())

    def until(self, at_s: float, entities: Entities) -> None:
        """Look at every whole second before a moment; called before what comes at that moment is taken."""
        if self._moment is None or at_s < self._moment - _SET_BACK_S:
            self._heard_s = at_s if self._moment is None else min(self._heard_s, at_s)
            self._moment, self._due_s = math.floor(at_s) + 1, -math.inf
        while self._moment < at_s:
            if self._moment >= self._due_s:
                self._look(float(self._moment), entities)
                self._moment += 1
            else:
                self._moment = math.ceil(min(self._due_s, at_s))

    def took(self, at_s: float) -> None:
        """Note that messages came at a moment, and that the entities took them."""
        self._heard_s, self._has_come, self._due_s = at_s, True, -math.inf

    def _look(self, at_s: float, entities: Entities) -> None:
        frame = entities.frame(at_s, is_shown=False)
        shown, _ = shown_frame(frame, self._privacy)
        alarms = self._watch.look(shown, at_s, self._heard_s, self.alarms, has_come=self._has_come)
        self.alarms = alarms if len(alarms) <= ALARMS_KEPT else alarms[-ALARMS_KEPT:]
        leaves_s = math.inf
        if len(frame) and frame.heard_s is not None and math.isfinite(self._expiry_s):
            leaves_s = float(frame.heard_s.min()) + self._expiry_s + _JUST_AFTER_S
        self._due_s = min(self._watch.due_s(), leaves_s)


def alarms_of(
    recording: Recording, rules: tuple[WatchRule, ...], privacy: Privacy | None = None
) -> tuple[tuple[Alarm, ...], tuple[str, ...]]:
    """Return the alarms that rules raise over a recording, in their order, and what is wrong with rules.

    They are those of the live run, if that was recorded from its beginning. Each run that the recording holds
    begins without alarms, as it did live.
    """
    wish = recording.wish
    privacy = privacy or wish.privacy
    entities = Entities(wish.id, expiry_s=wish.expiry_s, is_renamed_daily=privacy.is_id_hashed)
    done: tuple[Alarm, ...] = ()
    watching: Watching | None = None
    troubles: tuple[str, ...] = ()
    for line, batch in recording.walk(entities):
        if line.state == FeedState.CONNECTING and watching is not None:  # a writer that was killed did not say its end
            done, troubles, watching = (*done, *watching.alarms), watching.troubles, None
        if watching is None:
            watching = Watching(wish.id, rules, privacy, expiry_s=wish.expiry_s)
        if not line.key:
            watching.until(line.at, entities)
        if batch is not None:
            entities.update(batch)
        if line.n:
            watching.took(line.at)
        if line.state == FeedState.ENDED:
            done, troubles, watching = (*done, *watching.alarms), watching.troubles, None
    if watching is not None:
        done, troubles = (*done, *watching.alarms), watching.troubles
    return done, troubles
