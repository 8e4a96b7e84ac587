"""The encoding a shapefile's attributes are really in: many are UTF-8 and do not say so."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

PEEKED_BYTES = 4_000_000
LANGUAGE_BYTE = 29
"""Where a .dbf may name its code page; 0 says nothing."""
MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
HIGH = re.compile(rb"[\x80-\xff]")


def encoding_of(shapefile: Path) -> str | None:
    """Return "UTF-8" where the .dbf is that without saying so; None leaves it to what the files state."""
    if any(shapefile.with_suffix(s).exists() for s in (".cpg", ".CPG")):
        return None
    path = next((p for s in (".dbf", ".DBF") if (p := shapefile.with_suffix(s)).exists()), None)
    if path is None:
        return None
    with path.open("rb") as file:
        head = file.read(PEEKED_BYTES)
    if len(head) <= LANGUAGE_BYTE or head[LANGUAGE_BYTE] not in (0, 0x57):  # 0x57 "ANSI" is written for anything
        return None
    return "UTF-8" if is_utf8(head[32:]) else None


def is_utf8(data: bytes) -> bool:
    """Return whether the bytes beyond ASCII are UTF-8, but for characters cut off at the end of a field."""
    high = len(HIGH.findall(data))
    whole = sum(len(m) for m in MULTIBYTE.findall(data))
    return high > 0 and whole >= 0.9 * high


def unscrambled(table: pa.Table) -> pa.Table:
    """Return a table of UTF-8 that was read as Latin-1 as it was meant; bytes of a cut character are dropped."""
    columns = [
        _unscrambled(column) if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, schema=None, names=[meant(n) for n in table.column_names])


def meant(text: str) -> str:
    """Return one text that was read as Latin-1 as the UTF-8 it is."""
    try:
        return text.encode("latin-1").decode("utf-8", errors="ignore")
    except UnicodeEncodeError:
        return text


def _unscrambled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    words = column.combine_chunks().dictionary_encode()
    texts = pa.array([None if w is None else meant(w) for w in words.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(words.indices, texts).cast(pa.string())])
