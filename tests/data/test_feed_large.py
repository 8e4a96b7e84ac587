"""Large messages: read in portions, all rows of a list at once, names that came before found at once."""

from __future__ import annotations

import numpy as np
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from data.feeds.decode import Decoder
from data.feeds.documents import Problems
from data.feeds.inbox import TAKEN_BYTES, Inbox, Message
from data.feeds.mqtt import _put_into
from twin.entities import MANY, Entities, EntityBatch
from twin.feed import Mapping

MAPPING = Mapping(id="id", lon="at.x", lat="at.y", time="t", values=(("v", "v"),))
ROWS = [b'{"id":"a","at":{"x":10,"y":50},"t":1760000000,"v":1}', b'{"id":"b","at":{"x":11,"y":51},"t":1760000001}']


def message(payload: bytes) -> Message:
    return Message(payload, 1_760_000_002.0, "", len(payload))


def test_a_list_says_what_its_rows_say_one_by_one() -> None:
    decoder, problems = Decoder(MAPPING), Problems()
    together = decoder.decode([message(b"[" + b",".join(ROWS) + b"]")], 1_760_000_002.0, problems)
    apart = decoder.decode([message(row) for row in ROWS], 1_760_000_002.0, problems)
    assert together.batch is not None
    assert apart.batch is not None
    assert list(together.batch.ids) == list(apart.batch.ids) == ["a", "b"]
    assert together.batch.lon.tolist() == apart.batch.lon.tolist() == [10.0, 11.0]
    assert np.array_equal(together.batch.values["v"], apart.batch.values["v"], equal_nan=True)
    assert together.arrived_s.tolist() == [1_760_000_002.0] * 2
    assert not problems.told()


@pytest.mark.parametrize("odd", [b"[]", b"[1, 2]", b'[{"id":"a","at":7}]', b'[{"id":'])
def test_an_odd_list_stops_nothing(odd: bytes) -> None:
    decoded = Decoder(MAPPING).decode([message(odd), message(ROWS[0])], 1_760_000_002.0, Problems())
    assert decoded.batch is not None
    assert "a" in decoded.batch.ids


def test_a_topic_in_another_charset_loses_no_message() -> None:
    client, inbox = Client(CallbackAPIVersion.VERSION2), Inbox(lambda: None)
    _put_into(client, inbox)
    for topic in (b"city/1", b"caf\xe9"):
        said = MQTTMessage(topic=topic)
        said.payload = b"{}"
        client._handle_on_message(said)
        client.on_message(client, None, said)  # type: ignore[misc]  # as a client without that method does
    assert [m.topic for m in inbox.take()] == ["city/1", "city/1", "", ""]


def test_large_messages_are_taken_one_by_one_and_small_ones_together() -> None:
    woken: list[int] = []
    inbox = Inbox(lambda: woken.append(1))
    for _ in range(3):
        inbox.put(b"x" * (TAKEN_BYTES + 1))
    for _ in range(5):
        inbox.put(b"y")
    assert inbox.is_behind
    sizes = [len(inbox.take()) for _ in range(4)]
    assert sizes == [1, 1, 1, 5]
    assert not inbox.is_behind
    assert len(woken) == 1 + 3  # once when the first came, and for what was left each time


def batch_of(ids: list[str], at_s: float, v: float) -> EntityBatch:
    n = len(ids)
    return EntityBatch(ids, at_s, np.full(n, 10.0), np.full(n, 50.0), np.full(n, at_s), values={"v": np.full(n, v)})


def test_the_same_many_names_again_are_the_same_rows() -> None:
    entities, ids = Entities("f", expiry_s=0.0), [f"t{i}" for i in range(MANY)]
    for step in range(3):
        entities.update(batch_of(list(ids), 1000.0 + step, float(step)))
    assert entities.made == MANY
    assert (entities.frame(1003.0).values["v"] == 2.0).all()
    entities.update(batch_of([*ids[1:], "new"], 1004.0, 9.0))
    frame = entities.frame(1004.0)
    assert entities.made == MANY + 1
    assert frame.values["v"][list(frame.ids).index("t0")] == 2.0
    assert frame.values["v"][list(frame.ids).index("new")] == 9.0


def test_names_that_left_are_not_found_where_they_stood() -> None:
    entities, ids = Entities("f", expiry_s=5.0), [f"t{i}" for i in range(MANY)]
    entities.update(batch_of(["early", *ids], 1000.0, 1.0))
    entities.update(batch_of(ids, 1003.0, 2.0))
    entities.update(batch_of(list(ids), 1014.0, 3.0))  # "early" is forgotten: all rows have moved
    entities.update(batch_of(list(ids), 1015.0, 4.0))
    frame = entities.frame(1015.0)
    assert list(frame.ids) == ids
    assert (frame.values["v"] == 4.0).all()
