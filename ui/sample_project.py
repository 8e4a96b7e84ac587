"""The sample city as a project: all of Lindhaven with fitting styles, its tables joined, a few views. No Qt here."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from data.project import PROJECT_FILE, write_project
from data.sample import NAME, SampleFiles, files_in
from data.sample.day import BEGIN_S, FEEDS, ZONE, write_day
from twin.errors import TwinError
from twin.flows import FlowTable
from twin.join import Reduce, TableJoin
from twin.layer import LayerState, Scheme
from twin.live import look_of
from twin.project import NamedView
from twin.session import Session
from ui.contents import Contents
from ui.flow_showing import look_of_flow
from ui.jobs import Jobs
from ui.joining import joined
from ui.loading import Loader
from ui.project_files import make_project
from ui.sample_scenarios import sample_scenarios
from ui.sample_story import HEARING, POLLS, STORY

PROJECT = "sample.citytwin"
LOOKS = {
    "buses": {"trail_s": 120.0},
    "air": {"low": 0.0, "high": 60.0, "unit": "µg/m³"},
    "gauge": {"low": 1.5, "high": 4.5, "unit": "m"},
}
"""What is chosen of how feeds look; scales hold for the whole day, so that they do not jump while it plays."""
WAYS = "ways-to-work"
DAY_SHOWN_S, DAY_SPEED = 7.5 * 3600, 60.0
"""The recorded day plays from half past seven on, a minute in a second."""
WAIT_S = 0.02
SOURCES: tuple[tuple[str, str, bool], ...] = (
    ("buildings", "buildings", True),
    ("city", "water", True),
    ("city", "land", False),
    ("city", "parks", True),
    ("city", "streets", True),
    ("city", "bridges", True),
    ("city", "rail", True),
    ("city", "tram", True),
    ("city", "tram_stops", True),
    ("city", "trees", True),
    ("city", "schools", True),
    ("city", "clinics", True),
    ("city", "districts", False),
    ("city", "blocks", False),
    ("plans", "zoning_2010", False),
    ("plans", "zoning_2030", False),
    ("plans", "concessions", False),
    ("buildings", "buildings_past", False),
    ("terrain", "", False),
)
"""(file, layer, whether it is on) of every layer."""
JOINS = {
    "buildings": ("property", "id", "building_id", Reduce.SUM),
    "blocks": ("census", "block_id", "block_id", None),
}
"""By layer: the table joined to it, the keys, and what becomes of several rows."""
STYLES: dict[str, dict[str, object]] = {
    "buildings": {"color_by": "use"},
    "districts": {"label_by": "name", "opacity": 0.35},
    "blocks": {"color_by": "population", "scheme": Scheme.QUANTILES, "opacity": 0.7},
    "zoning_2010": {"color_by": "zone", "opacity": 0.6},
    "zoning_2030": {"color_by": "zone", "opacity": 0.6},
    "tram_stops": {"label_by": "name"},
    "concessions": {"color_by": "mode", "label_by": "asset", "size_px": 12.0},
}
"""What is chosen beside the usual style; a column that a layer does not have is left out."""
CITY = ("buildings", "water", "parks", "streets", "bridges", "rail", "tram", "trees")
VIEWS = (
    NamedView("Lindhaven", 10.0785, 53.8565, 0.0, 5200.0, 332.0, 55.0, shown=CITY),
    NamedView("The centre", 10.0785, 53.8565, 20.0, 1300.0, 20.0, 62.0, shown=CITY),
    NamedView("From above", 10.0785, 53.8565, 0.0, 6500.0, 0.0, 0.0, is_parallel=True, shown=CITY),
    NamedView("People by block", 10.0785, 53.8565, 0.0, 5200.0, 332.0, 40.0, shown=("blocks", "water", "tram", "rail")),
    NamedView("Plan of 2030", 10.0785, 53.8565, 0.0, 5200.0, 332.0, 40.0, shown=("zoning_2030", "water", "streets")),
)


def write_sample_project(files: SampleFiles, *, may_replace: bool = True) -> Path:
    """Write the sample city's project beside its files.

    may_replace   whether it takes the place of one that is there by then; two windows that start for the first time
                  both make it, and the second must not take away what the first has open
    raises   TwinError  it cannot be written
    """
    folder = files.folder.absolute() / PROJECT
    beside = folder.with_name(f".{PROJECT.partition('.')[0]}-unfinished-{os.getpid()}.citytwin")
    shutil.rmtree(beside, ignore_errors=True)
    with Jobs() as jobs:
        session = Session()
        _open(files, session, jobs)
        try:
            stored = make_project(Contents(session), beside, title=NAME, is_inside_wanted=True)
            order = [layer or file for file, layer, _ in SOURCES]
            layers = tuple(sorted(stored.project.layers, key=lambda one: order.index(one.id)))
            project = replace(stored.project, layers=layers, views=VIEWS, stories=STORY, polls=POLLS, hearing=HEARING)
            clock = replace(project.view.clock.running(BEGIN_S + DAY_SHOWN_S), speed=DAY_SPEED, zone=ZONE)
            project = replace(project, view=replace(project.view, clock=clock))
            write_project(project, beside, before=stored, owned=stored.owned)
            write_day(files, beside)
            if may_replace or not (folder / PROJECT_FILE).is_file():
                shutil.rmtree(folder, ignore_errors=True)
                beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return folder


def _open(files: SampleFiles, session: Session, jobs: Jobs) -> None:
    loader = Loader(session, jobs)
    for file, layer, _ in SOURCES:
        on_error = _raise if file != "terrain" else _pass_over
        loader.open(str(getattr(files, file)), layer=layer or None, is_alone=False, on_error=on_error)
        while loader.is_busy and session.frame is None:  # the first sets the frame
            jobs.collect(WAIT_S)
    while loader.is_busy:
        jobs.collect(WAIT_S)
    for layer_id, (table, left, right, reduce) in JOINS.items():
        join = TableJoin(str(getattr(files, table)), left, right, reduce)
        joined_to = session.layers[layer_id]
        session.replace_layer(replace(joined_to, table=joined(joined_to.table, [join]).table))
        state = replace(session.composition.state(layer_id), joins=(join,))
        session.set_state(state)
    is_on = {layer or file: is_shown for file, layer, is_shown in SOURCES}
    states = tuple(_styled(s, session, is_visible=is_on.get(s.layer_id, False)) for s in session.composition.layers)
    composition = replace(session.composition, layers=states, scenarios=sample_scenarios(session), feeds=FEEDS)
    live = tuple(replace(look_of(wish), **LOOKS[wish.id]) for wish in FEEDS)  # type: ignore[arg-type]
    ways = FlowTable(
        WAYS, "Ways to work", str(files.commuters), origin=("from",), destination=("to",), value="people",
        time=("hour",), layer_id="districts", key="name",
    )  # fmt: skip
    look = replace(look_of_flow(ways), unit="an hour", most=120, is_visible=False)
    composition = replace(composition, live=(*live, look), flows=(ways,))
    session.set_composition(composition, is_undoable=False)


def _styled(state: LayerState, session: Session, *, is_visible: bool) -> LayerState:
    fields = session.layers[state.layer_id].table.fields()
    chosen = {
        name: value
        for name, value in STYLES.get(state.layer_id, {}).items()
        if name not in ("color_by", "label_by") or value in fields
    }
    return replace(state, style=replace(state.style, **chosen), is_visible=is_visible)  # type: ignore[arg-type]


def _raise(error: BaseException) -> None:
    raise error


def _pass_over(error: BaseException) -> None:
    """Do without the terrain where it cannot be drawn."""
    if not isinstance(error, TwinError):
        raise error


if __name__ == "__main__":  # python -m ui.sample_project FOLDER: where the city's files are already
    write_sample_project(files_in(Path(sys.argv[1])), may_replace=False)
