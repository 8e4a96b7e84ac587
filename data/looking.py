"""Which look suits which source: a file, a table of a database, an address."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from data.database import is_database
from data.looks import FILE_LOOK_S, FileLook, SourceLook
from data.web_layers import is_web


def is_followable(path: str) -> bool:
    """Return whether a layer's source can change: a file, a table of a database, an address."""
    return bool(path) and (is_web(path) or is_database(Path(path)) or "://" not in path)


def look_at(path: str, layer: str | None, beside: Sequence[str] = (), *, every_s: float = 0.0) -> SourceLook:
    """Return what looks at a layer's source.

    path      a file, the address of a database, or an http(s) address
    layer     the table, where that is not part of the address
    beside    files of tables that are joined to it
    every_s   how often; 0 is as often as is good for it
    """
    if is_web(path):
        from data.web_look import WebLook  # noqa: PLC0415  for addresses only

        return WebLook(path, every_s=every_s)
    if is_database(Path(path)):
        from data.database_look import DatabaseLook  # noqa: PLC0415  an extra

        return DatabaseLook(path, layer, every_s=every_s)
    files = [one for one in beside if "://" not in one]
    return FileLook(os.fspath(path), files, every_s=every_s or FILE_LOOK_S)
