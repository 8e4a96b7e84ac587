"""Opening files in the background."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from layers.scene import Scene
from twin.layer import Kind, Layer
from twin.session import Camera, Session
from ui.jobs import Jobs
from ui.loading import Loader


def squares(path: Path, lon_deg: float, *, height_m: float = 12.0, count: int = 4) -> Path:
    """Write a GeoJSON of square buildings beside each other."""
    features = []
    for i in range(count):
        west, south, side = lon_deg + i * 4e-4, 52.0, 2e-4
        ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]
        properties = {"height": height_m + i, "name": f"house {i}"}
        features.append(
            {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def until_done(loader: Loader, jobs: Jobs) -> None:
    """Collect until nothing is being read."""
    deadline = time.monotonic() + 30
    while loader.is_busy and time.monotonic() < deadline:
        jobs.collect(0.05)
    assert not loader.is_busy


@pytest.fixture
def jobs() -> Jobs:
    """Two workers."""
    with Jobs(2) as pool:
        yield pool


def test_files_opened_at_once_share_the_frame_of_the_first(tmp_path: Path, jobs: Jobs) -> None:
    session, done = Session(), []
    loader = Loader(session, jobs)
    for number, lon_deg in enumerate((9.0, 9.02, 9.05)):
        loader.open(str(squares(tmp_path / f"buildings{number}.geojson", lon_deg)), on_done=done.append)
    until_done(loader, jobs)
    assert len(done) == 3
    assert len({layer.frame for layer in session.layers.values()}) == 1
    wests = sorted(layer.area.west_m for layer in session.layers.values())
    # 0.02 and 0.05 degrees of longitude at 52 degrees north: 111,320 m x cos 52 x 0.02 = 1,371 m, and 3,427 m
    assert wests[1] - wests[0] == pytest.approx(1371, rel=0.01)
    assert wests[2] - wests[0] == pytest.approx(3427, rel=0.01)


def test_a_file_that_fails_leaves_the_session_and_the_next_file_alone(tmp_path: Path, jobs: Jobs) -> None:
    session, errors, done = Session(), [], []
    loader = Loader(session, jobs)
    (tmp_path / "bad.geojson").write_text("{ nothing")
    loader.open(str(tmp_path / "bad.geojson"), on_error=errors.append)
    loader.open(str(squares(tmp_path / "good.geojson", 9.0)), on_done=done.append)
    until_done(loader, jobs)
    assert [type(e).__name__ for e in errors] == ["SourceError"]
    assert list(session.layers) == ["good"]


def test_a_layer_crosses_from_the_worker_unchanged(tmp_path: Path, jobs: Jobs) -> None:
    session, done = Session(), []
    loader = Loader(session, jobs)
    loader.open(str(squares(tmp_path / "houses.geojson", 9.0)), on_done=done.append)
    until_done(loader, jobs)
    layer: Layer = done[0]
    assert layer.table.row(2)["name"] == "house 2"
    assert layer.heights is not None
    assert layer.heights.height_m.tolist() == [12, 13, 14, 15]
    assert layer.tiles is not None
    assert sum(len(layer.tiles.fetch(t)) for t in range(len(layer.tiles.index()))) == 4


def test_a_cancelled_reading_never_answers(tmp_path: Path, jobs: Jobs) -> None:
    session, answers = Session(), []
    loader = Loader(session, jobs)
    path = str(squares(tmp_path / "houses.geojson", 9.0, count=2000))
    job = loader.open(path, on_done=answers.append, on_error=answers.append)
    loader.cancel(job)
    loader.open(str(squares(tmp_path / "more.geojson", 9.0)), on_done=answers.append)
    until_done(loader, jobs)
    assert [layer.info.name for layer in answers] == ["more"]
    assert list(session.layers) == ["more"]


def test_a_killed_worker_is_replaced_and_the_file_still_opens(tmp_path: Path, jobs: Jobs) -> None:
    session, done = Session(), []
    jobs.wait_until_ready()
    loader = Loader(session, jobs)
    loader.open(str(squares(tmp_path / "houses.geojson", 9.0, count=3000)), on_done=done.append)
    for process_id in jobs.process_ids:
        os.kill(process_id, signal.SIGKILL)
    until_done(loader, jobs)
    assert [layer.info.name for layer in done] == ["houses"]


def test_what_does_not_fit_the_memory_budget_is_refused_in_words(tmp_path: Path) -> None:
    session, errors = Session(), []
    with Jobs(1, memory_bytes=10_000) as jobs:
        loader = Loader(session, jobs)
        loader.open(str(squares(tmp_path / "houses.geojson", 9.0, count=500)), on_error=errors.append)
        until_done(loader, jobs)
    assert type(errors[0]).__name__ == "MemoryBudgetError"
    assert "--memory" in str(errors[0])


def test_the_arrays_of_a_removed_layer_are_given_back(tmp_path: Path, jobs: Jobs) -> None:
    session = Session()
    loader = Loader(session, jobs)
    scenes = [Scene(session, jobs=jobs), Scene(session, jobs=jobs)]
    loader.open(str(squares(tmp_path / "houses.geojson", 9.0)))
    until_done(loader, jobs)
    camera = Camera((*session.layers["houses"].area.centre, 0.0), 200.0)
    scenes.pop().close()  # what another scene still draws from is kept
    pictures = [picture for picture in scenes[0].refine(camera) if picture is not None]
    assert np.ptp(pictures[-1]) > 50
    assert jobs._blocks
    session.remove_layer("houses")
    deadline = time.monotonic() + 10
    while jobs.pending and time.monotonic() < deadline:
        scenes[0].collect(0.05)
    assert jobs._blocks == {}
    assert list(jobs._folder.iterdir()) == []
    scenes[0].close()


def test_a_flat_layer_keeps_no_file(tmp_path: Path, jobs: Jobs) -> None:
    session = Session()
    loader = Loader(session, jobs)
    loader.open(str(squares(tmp_path / "plots.geojson", 9.0)), kind=Kind.POLYGONS)
    until_done(loader, jobs)
    assert list(session.layers) == ["plots"]
    assert list(jobs._folder.iterdir()) == []
    assert session.layers["plots"].table.row(1)["name"] == "house 1"  # its values are there all the same


def test_a_layer_that_cannot_be_shown_is_told_and_keeps_no_file(
    tmp_path: Path, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("no style for this")

    monkeypatch.setattr("ui.loading.default_style", refuse)
    session, errors = Session(), []
    loader = Loader(session, jobs)
    loader.open(str(squares(tmp_path / "houses.geojson", 9.0)), on_error=errors.append)
    until_done(loader, jobs)
    assert [str(e) for e in errors] == ["no style for this"]
    assert list(session.layers) == []
    assert list(jobs._folder.iterdir()) == []


def test_a_look_is_had_by_a_worker_and_told_at_a_poll(tmp_path: Path, jobs: Jobs) -> None:
    session, found, errors = Session(), [], []
    loader = Loader(session, jobs)
    loader.look(str(squares(tmp_path / "houses.geojson", 9.0)), on_found=found.append, on_error=errors.append)
    loader.look(str(tmp_path / "nowhere.gpkg"), on_found=found.append, on_error=errors.append)
    deadline = time.monotonic() + 30
    while loader.is_busy and time.monotonic() < deadline:
        jobs.collect(0.05)
        loader.poll()
    assert [(d.count, d.crs) for d in found] == [(4, "EPSG:4326")]
    assert [type(e).__name__ for e in errors] == ["SourceError"]
    assert not session.layers
