"""One feed at work: what came is read, passed through the door, kept as columns, recorded, and made into frames."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.feeds.decode import Decoded, Decoder
from data.feeds.documents import Problems, UnreadableError, document_of
from data.feeds.ends import Places
from data.feeds.inbox import MOST_MESSAGE_BYTES, Inbox, Message
from data.feeds.latency import Latency
from data.feeds.mapping import Proposal, merged, propose
from data.feeds.mqtt import topic_of
from data.feeds.said import said_by_protocol
from data.privacy import Door, shown_frame
from data.recorder import Recorder
from data.watching import Watching
from twin.alarms import Alarm
from twin.entities import Entities, EntityBatch, EntityFrame
from twin.errors import FeedError
from twin.feed import FeedProblem, FeedState, FeedStatus, FeedWish, Mapping, Picture, WatchRule

FRAME_S = 0.05
"""Frames of one feed are at least this far apart."""
BEHIND_FRAME_S = 0.4
"""The same while large messages wait to be read: reading them goes first."""
IDLE_FRAME_S = 1.0
"""A frame is made this often though nothing came: those that left disappear."""
SAMPLE_MESSAGES, SAMPLE_S, SAMPLE_BYTES = 20, 0.25, 200_000
"""A mapping is proposed from so many messages, or from those that came in this time, or from so much."""
LOOKS = (10, 50, 200)
"""What messages mean is looked at again when there are so many."""
RATE_S = 5.0
MOST_SEEN = 1_000_000
ALARMS_TOLD = 200
"""Alarms that are told with how a feed stands: the last ones."""
SPOILT = frozenset({"too_large", "cut_off", "a_web_page", "not_protobuf", "half_json"})
"""Troubles of a source that were a message each."""
_STEP_BACK_S = 1.0


class FeedRun:
    """One feed. Its source writes to `inbox` and `tell` on its own thread; all else happens where `step` is called."""

    def __init__(
        self,
        wish: FeedWish,
        wake: Callable[[], None],
        *,
        clock: Callable[[], float] = time.time,
        crs: str = "",
        alarms: Sequence[Alarm] = (),
        places: Places | None = None,
    ) -> None:
        """Start without messages.

        wake    called on any thread when there is something to do
        clock   UTC epoch
        crs     the CRS of x and y where the messages do not state one: the project's
        alarms  raised before by its rules: those that are on are gone on with
        places  where the ends of flows are that messages name by ids
        """
        self.wish = wish
        self.inbox = Inbox(wake, clock)
        self.entities = Entities(wish.id, expiry_s=wish.expiry_s, is_renamed_daily=wish.privacy.is_id_hashed)
        self._watching: Watching | None = None
        self.watch(wish.rules, alarms)
        self.recorder: Recorder | None = None
        self._recorded: Recorder | None = None
        """The recorder of a run that was closed."""
        self.proposal: Proposal | None = None
        """What was proposed, where the wish does not say all."""
        self.mapping: Mapping | None = None
        """What is used; None until it is known."""
        self._wake, self._clock, self._crs, self._places = wake, clock, crs, places
        self._door = Door(wish.privacy)
        self._problems = Problems()
        self._decoder: Decoder | None = None
        self._sample: list[Message] = []
        self._told: deque[tuple[FeedState, str]] = deque(maxlen=100)
        self._looks: list[int] = []
        """After so many messages it is looked again what they mean."""
        self._looked_at: list[Message] = []
        self._said: Mapping | None = None
        self._state, self._reason = FeedState.CONNECTING, ""
        self._note = ""
        self._latency = Latency()
        self._recent: deque[tuple[float, int]] = deque()
        self._seen: set[int] = set()
        self._messages = self._malformed = self._bytes = self._reconnects = self._held_back = 0
        self._subscribed_s = self._last_message_s = self._newest_s = self._framed_s = self._now_s = 0.0
        self._is_changed = False
        self.frame: EntityFrame | None = None
        """The last one made."""

    # on the source's thread

    def tell(self, state: FeedState, reason: str) -> None:
        """Take how it stands with the source."""
        self._told.append((state, reason))
        self._wake()

    def take_mapping(self, mapping: Mapping) -> None:
        """Take what the protocol says that its messages mean."""
        self._said = mapping

    # where it is stepped

    def record(self, path: Path | None) -> None:
        """Record from now on, or no longer.

        raises   FeedError  the file cannot be written
        """
        if self.recorder is not None:
            self.recorder.close()
        self.recorder = Recorder(path, self.wish) if path is not None else None
        if self.recorder is not None and self._subscribed_s:
            self.recorder.mark(self.entities, FeedState.CONNECTING, self._now_s)

    def watch(self, rules: tuple[WatchRule, ...], alarms: Sequence[Alarm] = ()) -> None:
        """Watch for these rules from now on."""
        known = [a for a in alarms if a.feed_id == self.wish.id]
        wish = self.wish
        self._watching = (
            Watching(wish.id, rules, wish.privacy, expiry_s=wish.expiry_s, alarms=known) if rules or known else None
        )

    def close(self) -> None:
        """End the recording, once the rules were held against all that came."""
        now_s = self.now()
        if self._subscribed_s and self._watching is not None:
            self._watching.until(now_s, self.entities)
        self._recorded = self.recorder
        if self._subscribed_s and self.recorder is not None:
            self.recorder.mark(self.entities, FeedState.ENDED, now_s)
        self.record(None)

    def now(self) -> float:
        """Return the feed's time: the clock's, but never a little backwards; a clock that was set back is followed."""
        now_s = self._clock()
        if self._now_s - _STEP_BACK_S < now_s <= self._now_s:
            now_s = self._now_s + 1e-4
        elif now_s < self._now_s:
            self._problems.add("clock_set_back", f"by {self._now_s - now_s:.1f} s")
            self._framed_s = 0.0
            if self.recorder is not None:  # until when it was listened before
                self.recorder.tell(self._state, self._reason, self._now_s)
        self._now_s = round(now_s, 4)
        return self._now_s

    def step(self) -> EntityFrame | None:
        """Read what came and return a frame, if there is a new one to be shown."""
        now_s = self.now()
        self._hear(now_s)
        if self._watching is not None and self._subscribed_s:
            self._watching.until(now_s, self.entities)
        messages = self.inbox.take()
        if messages or self._sample:
            self._read(messages, now_s)
        if self.recorder is not None:
            self.recorder.tick(now_s)
        busy_s = BEHIND_FRAME_S if self.inbox.is_behind else FRAME_S
        is_due = now_s - self._framed_s >= (busy_s if self._is_changed else IDLE_FRAME_S)
        if not is_due or (self.frame is None and not len(self.entities)):
            return None
        self._framed_s, self._is_changed = now_s, False
        self.frame, self._held_back = shown_frame(self.entities.frame(now_s), self.wish.privacy)
        self._latency.shown(self._clock())
        return self.frame

    def _hear(self, now_s: float) -> None:
        while self._told:
            state, reason = self._told.popleft()
            if state is FeedState.LIVE and not self._subscribed_s:
                self._subscribed_s = now_s
                if self.recorder is not None:
                    self.recorder.mark(self.entities, FeedState.CONNECTING, now_s)
            if state is FeedState.RECONNECTING and self._state is not state:
                self._reconnects += self._subscribed_s > 0
            if self.recorder is not None and (state, reason) != (self._state, self._reason):
                self.recorder.tell(state, reason, now_s)
            self._state, self._reason = state, reason
        while self.inbox.troubles:
            kind, example = self.inbox.troubles.popleft()
            self._problems.add(kind, example)
            if kind in SPOILT:
                self._messages += 1
                self._malformed += 1

    def _read(self, messages: list[Message], now_s: float) -> None:
        if messages:
            self._last_message_s = now_s
            count = sum(m.stands_for for m in messages)
            self._messages += count
            self._bytes += sum(m.size for m in messages)
            self._recent.append((now_s, count))
        if self._said is not None and self._said != getattr(self.proposal, "mapping", None):
            self._take_proposal(said_by_protocol(self._said))
            self._use(merged(self.wish.mapping, self._said))
            self._said = None
        if self._decoder is None and not _is_all_batches(messages):
            self._sample += messages
            messages = self._learn(now_s)
        if messages:
            self._take(messages, now_s)
            if self._looks:
                self._look_again(messages)

    def _take(self, messages: Sequence[Message], now_s: float) -> None:
        decoded = self._decoded(messages, now_s)
        batch = self._door.passed(decoded.batch) if decoded.batch is not None else None
        self._malformed += decoded.malformed
        if self.recorder is not None:
            size = sum(m.size for m in messages)
            self.recorder.add(
                batch,
                self.entities,
                now_s,
                messages=sum(m.stands_for for m in messages),
                size=size,
                malformed=decoded.malformed,
            )
        if self._watching is not None:
            self._watching.took(now_s)
        if batch is not None:
            made = self.entities.made
            self.entities.update(batch)
            has_new = self.entities.made != made or len(self.entities) >= self.entities.most
            if not _is_all_batches(messages):
                self._latency.arrived(batch.time_s, decoded.arrived_s, now_s)
            times = batch.time_s[batch.time_s <= now_s]
            self._newest_s = max(self._newest_s, float(times.max(initial=0.0)))
            if has_new and len(self._seen) < MOST_SEEN:
                self._seen.update(map(hash, batch.ids))
            self._is_changed = True

    def _decoded(self, messages: Sequence[Message], now_s: float) -> Decoded:
        if _is_all_batches(messages):
            return _joined([m.payload for m in messages if isinstance(m.payload, EntityBatch)], now_s)
        assert self._decoder is not None
        try:
            return self._decoder.decode(messages, now_s, self._problems)
        except FeedError as error:
            self._note = str(error)
            return Decoded(None, len(messages))
        except Exception:  # noqa: BLE001  an outer wall: a message that nobody thought of takes no other with it
            return self._decoded_apart(messages, now_s)

    def _decoded_apart(self, messages: Sequence[Message], now_s: float) -> Decoded:
        """Read messages in halves until those that cannot be read stand alone; these are counted."""
        from data.feeds.joining import joined_batches  # noqa: PLC0415  where it is needed

        if len(messages) == 1:
            self._problems.add("not_understood", messages[0].payload)
            return Decoded(None, 1)
        half = len(messages) // 2
        parts = [self._decoded(some, now_s) for some in (messages[:half], messages[half:])]
        batches = [p.batch for p in parts if p.batch is not None]
        return Decoded(
            joined_batches(batches, now_s) if batches else None,
            sum(p.malformed for p in parts),
            np.concatenate([p.arrived_s for p in parts]),
        )

    # what messages mean

    def _use(self, mapping: Mapping) -> None:
        if mapping != self.mapping:
            self.mapping = mapping
            dropped = self.wish.privacy.dropped_fields
            self._decoder = Decoder(mapping, crs=self._crs, dropped=dropped, places=self._places)

    def _learn(self, now_s: float) -> list[Message]:
        """Return the messages of the sample once it is known what they mean; until then, none."""
        stated, sample = self.wish.mapping, self._sample
        if stated.id and stated.time and ((stated.lon and stated.lat) or (stated.x and stated.y)):
            self._use(stated)
        elif sample:
            is_enough = len(sample) >= SAMPLE_MESSAGES or sum(m.size for m in sample) > SAMPLE_BYTES
            if not is_enough and now_s - sample[0].received_s < SAMPLE_S:
                return []
            self._sample = []
            self._looks, self._looked_at = [n for n in LOOKS if n > len(sample)], sample
            if not self._propose(stated, sample):
                for message in sample:
                    self._problems.add(_kind_of_unreadable(message, self._problems), message.payload)
                self._malformed += len(sample)
                return []
        self._sample = []
        return sample

    def _look_again(self, messages: Sequence[Message]) -> None:
        """Look once more at what messages mean, when more of them are known: the first may all be of one kind."""
        room = SAMPLE_BYTES - sum(m.size for m in self._looked_at)
        if self._said is not None or not self._looked_at or room <= 0:
            self._looks, self._looked_at = [], []
            return
        self._looked_at = self._looked_at + list(messages[: self._looks[-1] - len(self._looked_at)])
        if len(self._looked_at) >= self._looks[0]:
            self._looks = [n for n in self._looks if n > len(self._looked_at)]
            sample, self._looked_at = self._looked_at, self._looked_at if self._looks else []
            self._propose(self.wish.mapping, sample)

    def _take_proposal(self, proposal: Proposal) -> None:
        """Take what messages seem to mean; where nothing was stated, the picture that suits them, too."""
        self.proposal = proposal
        if self.wish.mapping == Mapping():
            changed = replace(self.wish, picture=proposal.picture)
            if self.recorder is not None and changed != self.wish:
                self.recorder.take_wish(changed)
            self.wish = changed

    def _propose(self, stated: Mapping, sample: Sequence[Message]) -> bool:
        """Settle what messages mean; False if nothing in them looks like a name or a place."""
        documents, topics = [], []
        for message in sample[:200]:
            try:
                payload = message.payload
                document = document_of(payload, Problems()) if isinstance(payload, bytes) else payload
            except UnreadableError:
                continue
            documents.append(document if isinstance(document, dict | list) else {"value": document})
            topics.append(message.topic)
        topics = topics if any(topics) else []
        asked = _topics_asked(self.wish.url)
        try:
            self._take_proposal(propose(documents, topics=topics, rows=stated.rows, asked=asked, crs=self._crs))
        except Exception:  # noqa: BLE001  an outer wall: what nobody thought of is counted, and the next ones are tried
            return False
        assert self.proposal is not None
        mapping = merged(stated, self.proposal.mapping)
        if stated.from_id and stated.to_id:
            mapping = replace(mapping, id=stated.id)  # else each pair is one, and no end of it tells them apart
            self.proposal = replace(self.proposal, picture=Picture.FLOWS)
        if not (mapping.id or mapping.lon or mapping.x or mapping.from_id):
            self._note = "No field of the messages looks like a name or a place: say which is what with --map."
            return False
        needs_crs = mapping.x and not (mapping.crs or self._crs)
        self._note = (
            "Places are in a projected system that the messages do not name: add crs=EPSG:…" if needs_crs else ""
        )
        self._use(mapping)
        return True

    # how it stands

    def status(self) -> FeedStatus:
        """Return how it stands now."""
        now_s = self._now_s or self._clock()
        while self._recent and now_s - self._recent[0][0] > RATE_S:
            self._recent.popleft()
        span_s = min(RATE_S, max(now_s - (self._subscribed_s or now_s), 1.0))
        state, reason = self._shown_state(now_s)
        recorder = self.recorder or self._recorded
        p50_ms, p99_ms = self._latency.percentiles_ms()
        counts = self.entities.counts
        return FeedStatus(
            self.wish.id,
            state,
            reason,
            messages=self._messages,
            malformed=self._malformed,
            bytes=self._bytes,
            entities=len(self._seen),
            rate_per_s=sum(n for _, n in self._recent) / span_s,
            last_message_s=self._last_message_s,
            newest_s=self._newest_s,
            subscribed_s=self._subscribed_s,
            reconnects=self._reconnects,
            dropped=self.inbox.dropped + counts.dropped,
            latency_p50_ms=p50_ms,
            latency_p99_ms=p99_ms,
            counts=counts,
            problems=self._told_problems(),
            recording=str(recorder.path) if recorder is not None else "",
            recording_trouble=recorder.trouble if recorder is not None else "",
            recorded_bytes=recorder.written if recorder is not None else 0,
            held_back=self._held_back,
            mapping=self.mapping,
            alarms=self._watching.alarms[-ALARMS_TOLD:] if self._watching is not None else (),
            rule_troubles=self._watching.troubles if self._watching is not None else (),
            observed_s=now_s,
        )

    def _told_problems(self) -> tuple[FeedProblem, ...]:
        told = self._problems.told()
        if self.wish.privacy.is_any:  # an example could tell what the policy holds back
            told = tuple(FeedProblem(p.kind, p.count, "") for p in told)
        return told

    def _shown_state(self, now_s: float) -> tuple[FeedState, str]:
        if self._state is not FeedState.LIVE:
            return self._state, self._reason
        quiet_s = now_s - max(self._last_message_s, self._subscribed_s)
        if quiet_s > max(self.wish.stale_s, 2 * self.wish.interval_s):
            return FeedState.SILENT, f"Nothing came for {_span(quiet_s)}."
        if self._newest_s and now_s - self._newest_s > self.wish.stale_s and self._last_message_s:
            age = f"The newest data is {_span(now_s - self._newest_s)} old."
            return FeedState.STALE, self._note or self._reason or age
        return FeedState.LIVE, self._note or self._reason


def _topics_asked(url: str) -> str:
    """Return the filter of topics that an address names, "" where there are none; Kafka's keys are a level."""
    return topic_of(url) if url.startswith("mqtt") else "+/+" if url.startswith("kafka") else ""


def _kind_of_unreadable(message: Message, problems: Problems) -> str:
    """Return what is wrong with a message that told nothing about what messages mean."""
    if message.size > MOST_MESSAGE_BYTES:
        return "too_large"
    try:
        if isinstance(message.payload, bytes):
            document_of(message.payload, problems)
    except UnreadableError as error:
        return str(error)
    return "not_understood"


def _is_all_batches(messages: Sequence[Message]) -> bool:
    return bool(messages) and all(isinstance(m.payload, EntityBatch) for m in messages)


def _joined(batches: list[EntityBatch], now_s: float) -> Decoded:
    """Return batches of a recording as one that arrives now."""
    from data.feeds.joining import joined_batches  # noqa: PLC0415  for recordings alone

    batch = joined_batches(batches, now_s)
    return Decoded(batch, 0, np.full(len(batch), now_s))


def _span(seconds: float) -> str:
    """Return a time in the largest unit that fits."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
