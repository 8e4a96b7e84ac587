"""What a slide shows in an open city. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from twin.project import NamedView
from twin.session import Session, View
from twin.story import Slide, composed
from ui.project_views import view_called, view_of


def view_of_slide(slide: Slide, views: Sequence[NamedView], session: Session, *, now: View) -> View:
    """Return what a slide shows in an open city; what it leaves open stays as it is now.

    raises   LayerError  it names a view that is not there
    """
    if isinstance(slide.view, View):
        looks = composed(session.composition, slide.view.composition)
        return View(slide.view.camera, looks, slide.view.clock)
    if slide.view:
        view = view_of(view_called(slide.view, views), session)
        return replace(view, clock=now.clock)
    return now
