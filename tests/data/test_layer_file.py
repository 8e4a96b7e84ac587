"""Arrays kept in a file: mapped as they were, and nothing that was tampered with is taken."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.layer_file import is_sound, read_arrays, read_key, write_arrays
from data.vector import read

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


CUBE = [[a] for a in ([0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7])]
CORNERS = [[x, y, z] for z in (0, 8000) for x, y in ((0, 0), (9000, 0), (9000, 9000), (0, 9000))]


def test_bodies_that_point_beside_their_corners_are_not_taken(tmp_path: Path) -> None:
    house = {"type": "Building", "geometry": [{"type": "Solid", "lod": "2", "boundaries": [CUBE]}]}
    model = {"type": "CityJSON", "version": "2.0", "CityObjects": {"house": house}, "vertices": CORNERS}
    model |= {"transform": {"scale": [0.001] * 3, "translate": [85000, 445000, 0]}}
    model |= {"metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"}}
    (tmp_path / "a.city.json").write_text(json.dumps(model))
    layer = read(tmp_path / "a.city.json")
    bodies = layer.model
    assert bodies is not None
    assert is_sound(layer)
    rings, rows = bodies.body_ring_start.copy(), bodies.body_row_start.copy()
    rings[-1] += 1  # a ring goes on beyond the last corner
    rows[-1] -= 1  # a surface belongs to no row
    for name, wrong in (
        ("body_ring_start", rings),
        ("body_row_start", rows),
        ("body_semantics", bodies.body_semantics[:-1]),
        ("body_offset", bodies.body_offset * np.float32(np.nan)),
        ("body_anchor", bodies.body_anchor[:0]),
    ):
        assert not is_sound(replace(layer, model=replace(bodies, **{name: wrong})))


def test_words_that_numpy_would_evaluate_are_no_kinds_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.layer"
    write_arrays(path, ARRAYS, {})
    path.write_bytes(path.read_bytes().replace(b"<f8", b"f,,"))
    assert read_arrays(path) is None
