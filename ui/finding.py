"""What the search box offers: twin.search's findings as lines to choose from."""

from __future__ import annotations

import numpy as np

from twin.place import local_from_lonlat
from twin.search import search
from twin.session import Session
from ui import words
from ui.search_box import Result


def find(session: Session, text: str) -> list[Result]:
    """Return what fits a text in the open layers; typed coordinates come first."""
    found = search(text, session.layers)
    results = []
    if found.place is not None and session.frame is not None:
        lonlat = np.array([[found.place.lon_deg, found.place.lat_deg]])
        x, y = local_from_lonlat(session.frame, lonlat)[0].tolist()
        results.append(Result(found.place.label, words.A_PLACE, point_local=(x, y, 0.0)))
    results += [Result(hit.label, hit.reason, hit.layer_id, hit.row) for hit in found.hits]
    return results
