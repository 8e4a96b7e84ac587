"""Our own analyses come through the same door as anybody's."""

from __future__ import annotations

import time

import numpy as np
import pytest

from plugins.loading import described, loaded
from plugins.parameters import fields_of, plain_value, typed_parameters
from plugins.run import Host, LaidCity, State, Task

OURS = ["shadow", "sun", "sight", "viewshed", "towers", "sky", "water"]


@pytest.mark.parametrize("name", OURS)
def test_an_analysis_says_how_it_is_computed_and_what_it_cannot_tell(name: str) -> None:
    told = described(loaded({"module": f"plugins.builtin.{name}"}))
    assert told["info"]["is_analysis"]
    assert all(told["info"][word] for word in ("summary", "source", "note", "limits", "unit"))
    assert "at" in told["ways"]
    assert all(f["title"] for f in told["parameters"])


@pytest.mark.parametrize("name", OURS)
def test_parameters_left_as_they_are_can_be_given_to_it(name: str) -> None:
    plugin = loaded({"module": f"plugins.builtin.{name}"})
    plain = {f["name"]: f["default"] for f in fields_of(plugin.info.parameters)}
    assert typed_parameters(plugin.info.parameters, plain) == plugin.info.parameters()


def test_a_moment_may_be_left_empty_in_a_form() -> None:
    asked = next(f for f in fields_of(loaded({"module": "plugins.builtin.sun"}).info.parameters) if f["name"] == "when")
    assert plain_value(asked, "") is None
    assert plain_value(asked, "2026-06-21T12:00[Asia/Tokyo]") == "2026-06-21T12:00+09:00[Asia/Tokyo]"


def test_hours_of_sun_come_from_processes_of_their_own(host: Host, laid: LaidCity) -> None:
    given = {"when": "2026-03-21T12:00[Europe/Berlin]", "minutes": 30, "most_m": 500}
    running = host.start(Task({"module": "plugins.builtin.sun"}, city=laid, parameters=given, processes=2))
    received, end_s = None, time.monotonic() + 30
    while not running.is_over and time.monotonic() < end_s:
        host.poll()
        received = running.take() or received
        time.sleep(0.003)
    received = running.take() or received
    assert running.state is State.DONE, f"{running.sentence} {running.hint}"
    assert received is not None
    surface, facts = received.surface(), received.header["facts"]
    assert surface is not None
    # houses of 10 m by 10 m every 40 m, 1 m to 100 m tall: no value under them
    assert np.isnan(surface.values).sum() >= 100 * 20
    assert facts["sun_up_h"] == pytest.approx(12.5, abs=0.5)
    assert facts["mean_h"] < 10
    assert [c["title"] for c in received.header["charts"]] == ["Hours of sun", "The sun's altitude"]
