"""Arrays kept in a file: mapped as they were, and nothing that was tampered with is taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.layer_file import read_arrays, read_key, write_arrays

ARRAYS = {
    "xy": np.arange(12, dtype=np.float64).reshape(6, 2),
    "row": np.array([3, 1, 2], np.int32),
    "none": np.empty((0, 4), np.float32),
    "is": np.array([True, False]),
}


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    assert write_arrays(tmp_path / "a.layer", ARRAYS, {"form": 1})
    found = read_arrays(tmp_path / "a.layer")
    assert found is not None
    assert read_key(tmp_path / "a.layer") == {"form": 1}
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_arrays_are_mapped_and_cannot_be_changed(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.layer", ARRAYS, {})
    found = read_arrays(tmp_path / "a.layer")
    assert found is not None
    assert not found["xy"].flags.writeable


def test_objects_are_not_kept(tmp_path: Path) -> None:
    assert not write_arrays(tmp_path / "a.layer", {"words": np.array(["a", None], object)}, {})
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_cut_off_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.layer"
    write_arrays(path, ARRAYS, {})
    whole = path.read_bytes()
    path.write_bytes(whole[:-64])
    assert read_arrays(path) is None


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_file_gives_arrays_inside_it_or_nothing(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "a.layer"
    write_arrays(path, ARRAYS, {"form": 1})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 200))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    for array in (read_arrays(path) or {}).values():
        assert array.dtype.kind in "biuf"
        array.sum()
