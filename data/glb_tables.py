"""Columns as the property tables of EXT_structural_metadata: numbers as float64, everything else as text."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NO_NUMBER = -1.7976931348623157e308
"""Stands for an empty cell among numbers: JSON has no NaN."""


@dataclass(frozen=True, slots=True)
class PropertyColumn:
    """One column as bytes."""

    values: bytes
    offsets: bytes | None = None
    """For text: where each value begins, uint32, and where the last ends."""


def property_columns(table: pa.Table) -> tuple[dict[str, Any], dict[str, PropertyColumn]]:
    """Return the schema's properties and the columns' bytes, by the same keys; a key is an identifier of letters."""
    schema: dict[str, Any] = {}
    columns: dict[str, PropertyColumn] = {}
    if not len(table):
        return schema, columns
    for name, column in zip(table.column_names, table.columns, strict=True):
        key = _key(name, schema)
        described: dict[str, Any] = {"name": name}
        whole = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        if _is_number(whole.type):
            values = whole.cast(pa.float64(), safe=False)
            numbers = np.asarray(values.fill_null(float("nan")).to_numpy(zero_copy_only=False))
            is_empty = ~np.isfinite(numbers)
            described |= {"type": "SCALAR", "componentType": "FLOAT64"}
            if is_empty.any():
                described["noData"] = NO_NUMBER
                numbers = np.where(is_empty, NO_NUMBER, numbers)
            columns[key] = PropertyColumn(numbers.tobytes())
        else:
            described |= {"type": "STRING"} | ({"noData": ""} if whole.null_count else {})
            columns[key] = _text_column(whole)
        schema[key] = described
    return schema, columns


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _text_column(values: pa.Array) -> PropertyColumn:
    text = _as_text(values).fill_null("")
    _, offsets, content = text.buffers()
    start = np.frombuffer(offsets, np.int32)[text.offset : text.offset + len(text) + 1]
    held = content.to_pybytes()[start[0] : start[-1]] if content is not None else b""
    return PropertyColumn(held or b"\0", (start - start[0]).astype(np.uint32).tobytes())


def _as_text(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_dictionary(kind):
        values, kind = values.dictionary_decode(), kind.value_type
    if pa.types.is_string(kind):
        return values
    if pa.types.is_temporal(kind) or pa.types.is_boolean(kind) or pa.types.is_large_string(kind):
        return pc.cast(values, pa.string())
    plain = [None if v is None else _word(v) for v in values.to_pylist()]
    return pa.array(plain, pa.string())


def _word(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, default=str, ensure_ascii=False)


def _key(name: str, taken: dict[str, Any]) -> str:
    """Return an identifier for a column: letters a to z, digits and _, and different from the others."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    key = re.sub(r"\W+", "_", plain).strip("_")
    if not key or key[0].isdigit():
        key = f"column_{key}".rstrip("_")
    wanted, number = key, 2
    while key in taken:
        key, number = f"{wanted}_{number}", number + 1
    return key
