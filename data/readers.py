"""Which module reads which file: one table. A new file format is a module like data/geoparquet.py and a row here.

Its suffix belongs into VECTOR of data/sources.py too, so that it is found in folders and zips.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from data import citygml, cityjson, database, geoparquet, model_layers, ogr, osm
from data.content import Facts, Stream
from data.sources import Source


class FactsReader(Protocol):
    """A cheap look at a file."""

    def __call__(self, source: Source, layer: str | None, *, is_quick: bool = False) -> Facts:
        """Return what is known without reading the rows.

        is_quick   whether the count may be left out (-1) where the whole file would have to be read for it
        raises     SourceError, LayerError  it cannot be read, or has no such layer
        """
        ...


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads one format, or many."""

    name: str
    recognises: Callable[[Path], bool]
    """Asked of the file, by its first bytes or its suffix; the first row that says yes reads."""
    facts: FactsReader
    stream: Callable[[Source, Facts], AbstractContextManager[Stream]]
    """The rows as Arrow batches, geometry as well-known binary or nested GeoArrow lists."""


def _arrow_facts(source: Source, layer: str | None, *, is_quick: bool = False) -> Facts:
    del is_quick  # Parquet and Arrow files know their count
    return geoparquet.facts(source, layer)


def _anything(_path: Path) -> bool:
    return True


READERS: tuple[Reader, ...] = (
    Reader("PostGIS", database.is_database, database.facts, database.stream),
    Reader("GeoParquet and Arrow", geoparquet.is_arrow, _arrow_facts, geoparquet.stream),
    Reader("CityJSON", cityjson.is_cityjson, model_layers.cityjson_facts, model_layers.stream),
    Reader("CityGML", citygml.is_citygml, model_layers.citygml_facts, model_layers.stream),
    Reader("OpenStreetMap", osm.is_osm, osm.facts, osm.stream),
    Reader("whatever GDAL reads", _anything, ogr.facts, ogr.stream),
)


def reader_for(source: Source) -> Reader:
    """Return the reader for a file; the last one takes what no other recognises, and says so if it cannot."""
    return next(reader for reader in READERS if reader.recognises(Path(source.path)))
