"""The pool of processes: order, errors, the death of workers, and nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
import pytest

from layers.workers import Finished
from twin.errors import MemoryBudgetError, SourceError
from ui.jobs import Jobs

Arrays = dict[str, npt.NDArray[Any]]
Shared = Mapping[str, npt.NDArray[Any]]

# what workers do: found by name in their processes


def double(shared: Shared, more: int = 0) -> Arrays:
    return {"twice": shared["numbers"] * 2 + more}


def note_order(_shared: Shared, path: str, name: str) -> Arrays:
    with Path(path).open("a") as file:
        file.write(name)
    return {}


def wait_for_file(_shared: Shared, path: str) -> Arrays:
    deadline = time.monotonic() + 20
    while not Path(path).exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    return {}


def refuse(_shared: Shared) -> Arrays:
    raise SourceError("The file is a poem.", hint="Open a map.", path="poem.txt")


def stumble(_shared: Shared) -> Arrays:
    raise ZeroDivisionError("a plain mistake")


def die(_shared: Shared) -> Arrays:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def die_once(_shared: Shared, path: str) -> Arrays:
    if not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"alive": np.ones(1)}


def mebibytes(_shared: Shared, count: int) -> Arrays:
    return {"much": np.zeros(count * 2**20, np.uint8)}


@pytest.fixture(scope="module")
def pool() -> Iterator[Jobs]:
    """Two workers for the tests that leave them as they were."""
    with Jobs(2) as jobs:
        jobs.wait_until_ready()
        yield jobs


def everything(jobs: Jobs, *, within_s: float = 20.0) -> dict[object, Finished]:
    """Collect until nothing is pending."""
    finished: dict[object, Finished] = {}
    deadline = time.monotonic() + within_s
    while jobs.pending and time.monotonic() < deadline:
        finished |= {f.key: f for f in jobs.collect(0.05)}
    assert not jobs.pending
    return finished


def test_work_is_done_on_shared_arrays(pool: Jobs) -> None:
    name = pool.share("some", {"numbers": np.arange(5)})
    pool.submit("a", double, name)
    pool.submit("b", double, name, 1)
    finished = everything(pool)
    pool.unshare(name)
    arrays = finished["a"].arrays, finished["b"].arrays
    assert arrays[0] is not None
    assert arrays[1] is not None
    assert arrays[0]["twice"].tolist() == [0, 2, 4, 6, 8]
    assert arrays[1]["twice"].tolist() == [1, 3, 5, 7, 9]


def test_the_most_urgent_comes_first(tmp_path: Path) -> None:
    order = tmp_path / "order"
    with Jobs(1) as jobs:
        # The worker has two pieces at hand; what waits behind them is sorted.
        for number in range(2):
            jobs.submit(f"gate {number}", wait_for_file, "", str(tmp_path / "open"))
        for name, priority in (("c", 1.0), ("a", 5.0), ("b", 3.0), ("d", 0.5)):
            jobs.submit(name, note_order, "", str(order), name, priority=priority)
        jobs.submit("d", note_order, "", str(order), "d", priority=4.0)  # asked for again, more urgently
        (tmp_path / "open").touch()
        everything(jobs)
    assert order.read_text() == "adbc"


def test_work_asked_for_twice_is_done_once(tmp_path: Path) -> None:
    order = tmp_path / "order"
    with Jobs(1) as jobs:
        jobs.submit("gate", wait_for_file, "", str(tmp_path / "open"))
        for _ in range(3):
            jobs.submit("x", note_order, "", str(order), "x")
        (tmp_path / "open").touch()
        assert set(everything(jobs)) == {"gate", "x"}
    assert order.read_text() == "x"


def test_what_waits_can_be_cancelled(tmp_path: Path) -> None:
    with Jobs(1) as jobs:
        for name in "ab":
            jobs.submit(name, wait_for_file, "", str(tmp_path / "open"))
        for name in "cd":
            jobs.submit(name, double, "")
        jobs.cancel_waiting(lambda key: key != "c")
        (tmp_path / "open").touch()
        assert sorted(map(str, everything(jobs))) == ["a", "b", "d"]


def test_an_error_for_people_arrives_as_it_was(pool: Jobs) -> None:
    pool.submit("x", refuse, "")
    finished = everything(pool)["x"]
    assert finished.arrays is None
    assert isinstance(finished.failure, SourceError)
    assert (finished.failure.sentence, finished.failure.hint) == ("The file is a poem.", "Open a map.")
    assert finished.failure.values == {"path": "poem.txt"}


def test_a_mistake_is_told_and_the_worker_lives_on(pool: Jobs) -> None:
    before = pool.process_ids
    pool.submit("x", stumble, "")
    finished = everything(pool)["x"]
    assert finished.failure is None
    assert finished.reason.splitlines()[-1] == "ZeroDivisionError: a plain mistake"
    assert pool.process_ids == before


def test_a_killed_worker_is_replaced_and_its_work_done_again(tmp_path: Path) -> None:
    with Jobs(1) as jobs:
        before = jobs.process_ids
        jobs.submit("x", die_once, "", str(tmp_path / "died"))
        arrays = everything(jobs)["x"].arrays
        assert arrays is not None
        assert jobs.process_ids != before
        assert not psutil.pid_exists(before[0])


def test_work_that_kills_its_worker_fails_after_the_second_time(tmp_path: Path) -> None:
    with Jobs(2) as jobs:
        jobs.submit("x", die, "")
        jobs.submit("y", wait_for_file, "", str(tmp_path / "open"))
        (tmp_path / "open").touch()
        finished = everything(jobs)
    assert "ended unexpectedly" in finished["x"].reason
    assert finished["y"].arrays is not None


def test_all_workers_killed_at_once_between_two_turns_lose_nothing() -> None:
    with Jobs(2) as jobs:
        jobs.wait_until_ready()
        name = jobs.share("some", {"numbers": np.arange(3)})
        for process_id in jobs.process_ids:
            os.kill(process_id, signal.SIGKILL)
        for number in range(8):
            jobs.submit(number, double, name, number)
        finished = everything(jobs)
    assert sorted(map(str, finished)) == [str(number) for number in range(8)]
    assert all(f.arrays is not None for f in finished.values())


def test_a_pool_whose_workers_never_start_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.jobs._serve", stumble_at_start)
    with Jobs(1) as jobs:
        assert not jobs.wait_until_ready(5.0)
        jobs.submit("x", double, "")
        assert "ended unexpectedly" in everything(jobs)["x"].reason


def stumble_at_start(*_: object) -> None:
    raise SystemExit(3)


def test_arrays_stay_whole_after_their_file_and_their_pool_are_gone() -> None:
    with Jobs(1) as jobs:
        name = jobs.share("some", {"numbers": np.arange(200_000)})
        mapped = jobs.share_mapped("more", {"numbers": np.arange(9)})
        jobs.submit("x", double, name)
        arrays = everything(jobs)["x"].arrays
        jobs.unshare(name)
        jobs.unshare("more")
    assert arrays is not None
    assert arrays["twice"][-1] == 399_998
    arrays["twice"][0] = 7  # it can be written too
    assert mapped["numbers"].sum() == 36


def test_closing_leaves_no_process_and_no_folder() -> None:
    jobs = Jobs(2)
    folder, process_ids = jobs._folder, jobs.process_ids
    jobs.share("some", {"numbers": np.arange(9)})
    jobs.submit("x", wait_for_file, "", "/nowhere/at/all")  # still at it
    assert folder.is_dir()
    begin = time.monotonic()
    jobs.close()
    jobs.close()  # once more does nothing
    assert time.monotonic() - begin < 5
    assert not folder.exists()
    assert not [p for p in process_ids if psutil.pid_exists(p)]


def test_workers_end_when_their_owner_is_gone(tmp_path: Path) -> None:
    told = tmp_path / "told"
    owner = multiprocessing.get_context("spawn").Process(target=own_and_die, args=(str(told),))
    owner.start()
    owner.join(30)
    assert owner.exitcode == -signal.SIGKILL
    owner.close()
    process_ids = [int(word) for word in told.read_text().split()]
    deadline = time.monotonic() + 10
    while any(_is_running(p) for p in process_ids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [p for p in process_ids if _is_running(p)]
    # and the next pool sweeps up what the killed one has left
    with Jobs(1) as jobs:
        assert not list(jobs._folder.parent.glob(f"citytwin-{owner_id(told)}-*"))


def owner_id(told: Path) -> str:
    return told.with_suffix(".owner").read_text()


def own_and_die(told: str) -> None:
    jobs = Jobs(2)
    jobs.wait_until_ready()
    Path(told).with_suffix(".owner").write_text(str(os.getpid()))
    Path(told).write_text(" ".join(map(str, jobs.process_ids)))
    os.kill(os.getpid(), signal.SIGKILL)


def _is_running(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_more_than_the_budget_is_refused_in_words() -> None:
    with Jobs(1, memory_bytes=2**20) as jobs:
        jobs.submit("x", mebibytes, "", 3)
        jobs.submit("y", mebibytes, "", 1)
        finished = everything(jobs)
    assert isinstance(finished["x"].failure, MemoryBudgetError)
    assert "--memory" in finished["x"].failure.hint
    assert finished["y"].arrays is not None


def test_three_pools_at_once_do_not_meet() -> None:
    with Jobs(1) as one, Jobs(1) as two, Jobs(1) as three:
        for number, jobs in enumerate((one, two, three)):
            jobs.share("same name", {"numbers": np.full(3, number)})
            jobs.submit("same key", double, "same name")
        for number, jobs in enumerate((one, two, three)):
            arrays = everything(jobs)["same key"].arrays
            assert arrays is not None
            assert arrays["twice"].tolist() == [2 * number] * 3
        two.close()
        one.submit("again", double, "same name")
        assert everything(one)["again"].arrays is not None


def test_shared_arrays_live_as_long_as_someone_holds_them(pool: Jobs) -> None:
    name = pool.share("held", {"numbers": np.arange(3)})
    file = Path(pool._blocks[name].path)
    assert pool.hold(name)
    pool.unshare(name)
    assert file.exists()
    pool.unshare(name)
    assert not file.exists()
    assert not pool.hold(name)


def test_arrays_shared_anew_under_a_name_replace_the_old_ones(pool: Jobs) -> None:
    for number in (1, 2):
        name = pool.share("renewed", {"numbers": np.full(2, number)})
        for key in range(4):  # every worker has mapped it
            pool.submit(key, double, name)
        twice = [f.arrays["twice"].tolist() for f in everything(pool).values() if f.arrays is not None]
        assert twice == [[2 * number] * 2] * 4
    pool.unshare(name)


def test_what_is_kept_can_be_worked_on(pool: Jobs) -> None:
    name = pool.share("some", {"numbers": np.arange(3)})
    pool.submit("x", double, name, keep_as="kept")
    everything(pool)
    pool.submit("y", sum_up, "kept")
    arrays = everything(pool)["y"].arrays
    assert arrays is not None
    assert arrays["sum"] == 6
    pool.unshare("kept")
    pool.unshare(name)


def sum_up(shared: Shared) -> Arrays:
    return {"sum": shared["twice"].sum()}


def test_work_on_arrays_that_are_let_go_is_dropped(tmp_path: Path) -> None:
    with Jobs(1) as jobs:
        name = jobs.share("some", {"numbers": np.arange(3)})
        for key in "ab":
            jobs.submit(key, wait_for_file, "", str(tmp_path / "open"))
        jobs.submit("x", double, name)
        jobs.unshare(name)
        (tmp_path / "open").touch()
        assert sorted(map(str, everything(jobs))) == ["a", "b"]
        jobs.submit("y", double, name)  # nothing of that name: it is dropped, not waited for
        assert everything(jobs) == {}


def test_receivers_are_asked_until_one_takes_it(pool: Jobs) -> None:
    asked: list[tuple[str, object]] = []

    def receiver(name: str, wanted: object) -> Callable[[Finished], bool]:
        def receive(finished: Finished) -> bool:
            asked.append((name, finished.key))
            return finished.key == wanted

        return receive

    own = [receiver("first", "x"), receiver("second", "y")]
    pool.receivers.extend(own)
    for key in "xyz":
        pool.submit(key, double, "", 0)
        assert set(everything(pool)) == ({"z"} if key == "z" else set())
    for each in own:
        pool.receivers.remove(each)
    assert asked == [("first", "x"), ("first", "y"), ("second", "y"), ("first", "z"), ("second", "z")]
