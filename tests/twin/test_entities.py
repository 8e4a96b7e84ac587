"""Live things as columns: the newest wins, nothing grows without end, and what was not shown is counted."""

from __future__ import annotations

import numpy as np

from twin.entities import Entities, EntityBatch, EntityFrame

NOON = 1_760_000_000.0


def batch(*rows: tuple[str, float, float], received_s: float = NOON, **values: list[float | None]) -> EntityBatch:
    """Return observations (id, time after noon, lon)."""
    ids = [r[0] for r in rows]
    time_s = np.array([NOON + r[1] for r in rows])
    lon = np.array([r[2] for r in rows], float)
    columns = {name: np.array(column, float) for name, column in values.items()}
    return EntityBatch(ids, received_s, lon, np.full(len(rows), 60.0), time_s, values=columns)


def lons(frame: EntityFrame) -> dict[str, float]:
    return dict(zip(frame.ids.tolist(), frame.lonlat[:, 0].tolist(), strict=True))


def test_the_newest_wins_whatever_the_order() -> None:
    entities = Entities()
    entities.update(batch(("bus", 2.0, 24.2), ("bus", 1.0, 24.1), ("tram", 0.0, 25.0)))
    entities.update(batch(("bus", 1.5, 24.15)))
    assert lons(entities.frame(NOON + 3)) == {"bus": 24.2, "tram": 25.0}
    assert entities.counts.late == 2  # one in its batch, one after it


def test_what_says_nothing_new_is_a_duplicate() -> None:
    entities = Entities()
    entities.update(batch(("bus", 0.0, 24.0), ("bus", 0.0, 24.0)))
    entities.update(batch(("bus", 0.0, 24.0)))
    entities.update(batch(("bus", 0.0, 24.5)))  # the same second, elsewhere
    assert entities.counts.duplicate == 2
    assert lons(entities.frame(NOON))["bus"] == 24.5


def test_what_no_frame_showed_is_counted() -> None:
    entities = Entities()
    entities.update(batch(("bus", 0.0, 1.0), ("bus", 1.0, 2.0)))
    entities.update(batch(("bus", 2.0, 3.0)))
    entities.frame(NOON)
    entities.update(batch(("bus", 3.0, 4.0)))
    assert entities.counts.coalesced == 2


def test_one_from_the_future_is_taken_as_made_when_it_came() -> None:
    entities = Entities()
    entities.update(batch(("bus", 86_400.0, 1.0)))
    entities.update(batch(("bus", 5.0, 2.0), received_s=NOON + 5))
    assert lons(entities.frame(NOON + 5)) == {"bus": 2.0}
    assert entities.counts.future == 1


def test_a_clock_that_goes_back_freezes_nothing() -> None:
    entities = Entities()
    entities.update(batch(("bus", 3600.0, 1.0), received_s=NOON + 3600))
    entities.update(batch(("bus", 0.0, 2.0), received_s=NOON))
    assert lons(entities.frame(NOON)) == {"bus": 2.0}


def test_who_leaves_disappears_and_is_forgotten() -> None:
    entities = Entities(expiry_s=60)
    entities.update(batch(("bus", 0.0, 1.0)))
    entities.update(batch(("tram", 30.0, 2.0), received_s=NOON + 30))
    assert lons(entities.frame(NOON + 61)) == {"tram": 2.0}
    entities.update(batch(("tram", 80.0, 3.0), received_s=NOON + 80))
    assert len(entities) == 1
    assert entities.counts.left == 1


def test_old_news_of_one_that_is_heard_of_stays() -> None:
    entities = Entities(expiry_s=60)
    entities.update(batch(("bus", -86_400.0, 1.0)))
    frame = entities.frame(NOON + 30)
    assert (len(frame), frame.age_s[0]) == (1, 86_430.0)


def test_values_stay_until_told_anew() -> None:
    entities = Entities()
    entities.update(batch(("station", 0.0, 1.0), pm10=[12.0], no2=[np.nan]))
    entities.update(batch(("station", 1.0, np.nan), pm10=[np.nan], no2=[30.0]))
    frame = entities.frame(NOON + 1)
    assert (frame.values["pm10"][0], frame.values["no2"][0], frame.lonlat[0, 0]) == (12.0, 30.0, 1.0)


def test_who_comes_back_after_its_time_brings_nothing_old() -> None:
    entities = Entities(expiry_s=5)
    entities.update(batch(("bus", 0.0, 1.0), pm10=[12.0]))
    entities.update(batch(("bus", 9.0, 2.0), received_s=NOON + 9, pm10=[np.nan]))
    assert np.isnan(entities.frame(NOON + 9).values["pm10"][0])


def test_the_number_of_entities_is_bounded() -> None:
    entities = Entities(most=100)
    entities.update(batch(*((f"v{i}", 0.0, 1.0) for i in range(150))))
    assert len(entities.frame(NOON)) == 100
    assert entities.counts.dropped == 50


def test_ids_are_the_same_object_while_nobody_comes_or_goes() -> None:
    entities = Entities(expiry_s=60)
    entities.update(batch(("bus", 0.0, 1.0), ("tram", 0.0, 2.0)))
    first = entities.frame(NOON)
    entities.update(batch(("bus", 1.0, 2.0), received_s=NOON + 1))
    assert entities.frame(NOON + 1).ids is first.ids
    assert entities.frame(NOON + 60.5).ids.tolist() == ["bus"]


def test_words_where_numbers_were_are_kept_as_words() -> None:
    entities = Entities()
    entities.update(batch(("a", 0.0, 1.0), ("b", 0.0, 1.0), level=[1.0, np.nan]))
    words = EntityBatch(["b"], NOON, *np.full((3, 1), NOON), values={"level": np.array(["high"], object)})
    entities.update(words)
    assert entities.frame(NOON).values["level"].tolist() == ["1", "high"]


def test_what_was_kept_is_taken_up_again() -> None:
    entities, again = Entities(), Entities()
    entities.update(batch(("bus", 0.0, 1.0), ("tram", 0.0, 2.0), pm10=[3.0, np.nan]))
    again.restore(entities.columns(), purge_at_s=entities.purge_at_s)
    for one in (entities, again):
        one.update(batch(("tram", 1.0, 3.0), ("ferry", 1.0, 4.0), pm10=[5.0, 6.0]))
    now, then = entities.frame(NOON + 1), again.frame(NOON + 1)
    assert now.ids.tolist() == then.ids.tolist() == ["bus", "tram", "ferry"]
    assert now.values["pm10"].tolist() == then.values["pm10"].tolist() == [3.0, 5.0, 6.0]
