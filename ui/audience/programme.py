"""What a meeting is about, made from a project: its title, views, prepared polls, calls and rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import radians
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from layers.scene import Scene
from twin.hearing_plan import HearingPlan
from twin.personal import decisions_of
from twin.place import local_from_lonlat
from twin.project import NamedView
from twin.session import Camera, View
from ui.audience.city_stage import CityStage
from ui.audience.hearing import Rules
from ui.audience.meeting import Plan
from ui.audience.public import Programme
from ui.audience.stage import Sight

if TYPE_CHECKING:
    from ui.contents import Contents


def plan_of(
    contents: Contents, *, source: str, is_rehearsal: bool = False, is_moderated: bool = True, **more: Any
) -> Plan:
    """Return what a meeting on opened contents is started with.

    source   what was opened; the record of data files without a project lies in NAME.citytwin beside them
    """
    project = contents.project
    folder = contents.folder or Path(source).absolute().with_suffix(".citytwin")
    title = (project.title if project else "") or Path(source).stem
    views = tuple(Sight(_id(number), {"en": v.name}) for number, v in enumerate(project.views if project else (), 1))
    asked = project.hearing if project else HearingPlan()
    programme = Programme(
        title=title,
        views=views,
        is_rehearsal=is_rehearsal,
        languages=asked.languages,
        age_groups=asked.age_groups,
        districts=asked.districts,
        notice=asked.notice,
        calls=asked.calls,
        facilities=asked.facilities,
        opens=asked.opens,
        closes=asked.closes,
    )
    rules = Rules(
        is_moderated=is_moderated,
        held_words=asked.held_words,
        opens=asked.opens,
        closes=asked.closes,
        retention_days=asked.retention_days,
    )
    return Plan(folder, programme, rules, polls=project.polls if project else (), **more)


def stage_of(contents: Contents, scene: Scene) -> CityStage:
    """Return the city as the server sees it."""
    project = contents.project
    decisions = decisions_of(project.personal) if project else ()
    return CityStage(contents.session, scene, views=views_of(contents), personal=decisions)


def views_of(contents: Contents) -> Mapping[str, View]:
    """Return the project's named views by the ids that phones use."""
    project, frame = contents.project, contents.session.frame
    if project is None or frame is None:
        return {}
    views: dict[str, View] = {}
    for number, named in enumerate(project.views, 1):
        x, y = local_from_lonlat(frame, np.array([[named.lon_deg, named.lat_deg]]))[0].tolist()
        views[_id(number)] = _view(named, x, y, contents)
    return views


def _view(named: NamedView, x: float, y: float, contents: Contents) -> View:

    camera = Camera(
        (x, y, named.z_m),
        named.distance_m,
        radians(named.heading_deg),
        radians(named.tilt_deg),
        is_parallel=named.is_parallel,
    )
    composition = contents.session.composition
    if named.shown:
        states = tuple(replace(s, is_visible=s.layer_id in named.shown) for s in composition.layers)
        composition = replace(composition, layers=states)
    return View(camera, composition)


def _id(number: int) -> str:
    return f"view-{number}"
