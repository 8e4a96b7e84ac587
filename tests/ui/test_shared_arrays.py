"""Arrays in mapped files: what comes out is what went in, and nothing is left where it does not belong."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twin.errors import MemoryBudgetError
from ui import shared_arrays
from ui.jobs import Jobs
from ui.shared_arrays import make_folder, map_block, write_block

KINDS = st.sampled_from([np.float64, np.float32, np.int32, np.uint8, np.uint16, np.bool_])


@given(
    arrays=st.dictionaries(
        st.text(min_size=1, max_size=5),
        KINDS.flatmap(lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5))),
        max_size=4,
    )
)
@settings(max_examples=40)
def test_what_comes_out_is_what_went_in(
    tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, np.ndarray]
) -> None:
    block = write_block(tmp_path_factory.getbasetemp(), arrays)
    mapped = map_block(block, is_last_reader=True)
    assert list(mapped) == list(arrays)
    for name, array in arrays.items():
        assert (mapped[name].dtype, mapped[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(mapped[name], array)


def test_arrays_that_are_not_in_a_row_are_written_as_they_read(tmp_path: Path) -> None:
    grid = np.arange(24).reshape(4, 6)
    mapped = map_block(write_block(tmp_path, {"turned": grid.T[::-2]}), is_last_reader=True)
    assert mapped["turned"].tolist() == grid.T[::-2].tolist()


def test_every_array_begins_where_fast_loops_like_it(tmp_path: Path) -> None:
    mapped = map_block(write_block(tmp_path, {"a": np.zeros(3, np.uint8), "b": np.zeros(5)}), is_last_reader=True)
    assert mapped["b"].ctypes.data % 64 == 0


def test_the_last_reader_takes_the_file_away_and_keeps_the_arrays(tmp_path: Path) -> None:
    block = write_block(tmp_path, {"numbers": np.arange(100_000)})
    first = map_block(block, is_last_reader=False)
    last = map_block(block, is_last_reader=True)
    assert list(tmp_path.iterdir()) == []
    first["numbers"][5] = -1  # both see the same memory
    assert last["numbers"][5] == -1
    assert last["numbers"][-1] == 99_999


def test_a_full_memory_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_arrays, "_reserve", is_full)
    with pytest.raises(MemoryBudgetError, match="no room for 8 MB"):
        write_block(tmp_path, {"numbers": np.zeros(2**20)})
    assert list(tmp_path.iterdir()) == []


def test_a_full_memory_disk_in_a_worker_reaches_the_owner() -> None:
    with Jobs(1) as jobs:
        jobs.submit("x", fill_the_disk, "")
        finished = []
        while jobs.pending:
            finished += jobs.collect(0.05)
    assert isinstance(finished[0].failure, MemoryBudgetError)
    assert "free space" in finished[0].failure.hint


def is_full(_descriptor: int, _size: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fill_the_disk(_shared: object) -> dict[str, np.ndarray]:
    shared_arrays._reserve = is_full  # in the worker's process, which ends with the test
    return {"numbers": np.zeros(9)}


def test_folders_of_the_dead_are_swept_and_those_of_the_living_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shared_arrays, "_RAM", tmp_path / "none")
    monkeypatch.setattr(shared_arrays.tempfile, "gettempdir", lambda: str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(20)
    dead, living, other = (
        tmp_path / name for name in (f"citytwin-{ended.pid}-ab", f"citytwin-{os.getpid()}-cd", "citytwin-notes")
    )
    for folder in (dead, living, other):
        folder.mkdir()
        (folder / "block").touch()
    made = make_folder()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([living.name, other.name, made.name])
    assert made.stat().st_mode & 0o077 == 0  # nobody else reads what is shared


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files as Linux does")
def test_many_mapped_blocks_fit_the_number_of_open_files() -> None:
    program = """
import resource
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
import numpy as np
from ui.shared_arrays import allow_open_files, make_folder, map_block, write_block
allow_open_files()
folder = make_folder()
held = [map_block(write_block(folder, {"n": np.full(9, n)}), is_last_reader=True) for n in range(300)]
print(sum(int(h["n"][0]) for h in held))
folder.rmdir()
"""
    project = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == str(299 * 300 // 2), done.stderr
