"""Keys of two Arrow columns numbered together, at the speed of Arrow's hash tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from twin.keys import WHOLE, Folding, KeyCodes, numbered

_CHANGED = {Folding.TRIMMED: r"^\s|\s$", Folding.PADDED: r"^\s|\s$|^\s*[+-]?0[0-9]|^\s*\+?[0-9]+\.0*\s*$"}
_EXACT_FLOATS = 2.0**53
"""Up to here every whole number is a float of its own."""


def shared_keys(left: pa.ChunkedArray, right: pa.ChunkedArray, folding: Folding) -> KeyCodes | None:
    """Return the keys of two columns numbered together; None where Arrow cannot compare them."""
    try:
        left, right = _decoded(left), _decoded(right)
        if folding is Folding.EXACT and _is_number(left.type) and _is_number(right.type):
            return _compared(*_alike(left, right))
        if folding is Folding.PADDED and _is_text(left.type) != _is_text(right.type):
            numbers = _whole_numbers(left), _whole_numbers(right)
            if numbers[0] is not None and numbers[1] is not None:
                return _compared(*numbers)
        codes = _numbered(_words(left, folding), _words(right, folding))
        if folding is not Folding.PADDED or not (_is_text(left.type) and _is_text(right.type)):
            return codes
        is_ambiguous = any(
            pc.count_distinct(_words(c, folding)).as_py() < pc.count_distinct(_words(c, Folding.TRIMMED)).as_py()
            for c in (left, right)
        )
        return replace(codes, is_ambiguous=is_ambiguous)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):  # bytes that are no text, odd types
        return None


def is_folded(column: pa.ChunkedArray, folding: Folding) -> bool | None:
    """Return whether a text column has keys that a folding changes; None if that is not known."""
    if folding is Folding.EXACT:
        return False
    try:
        column = _decoded(column)
        if not _is_text(column.type):
            return None
        return bool(pc.any(pc.match_substring_regex(column, _CHANGED[folding])).as_py())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _compared(left: pa.ChunkedArray, right: pa.ChunkedArray) -> KeyCodes:
    if left.null_count or right.null_count:
        return _numbered(*(_no_nan(c) if pa.types.is_floating(c.type) else c for c in (left, right)))
    return numbered(left.to_numpy(), right.to_numpy())


def _numbered(left: pa.ChunkedArray, right: pa.ChunkedArray) -> KeyCodes:
    words = right.combine_chunks()
    if isinstance(words, pa.ChunkedArray):  # more than one chunk holds
        words = pa.concat_arrays(words.chunks)
    coded = words.dictionary_encode()
    found = pc.index_in(left, value_set=coded.dictionary, skip_nulls=True)
    return KeyCodes(_codes(found), _codes(coded.indices), len(coded.dictionary), left.null_count)


def _codes(numbers: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.intp]:
    filled = pc.fill_null(numbers, -1) if numbers.null_count else numbers
    return np.asarray(filled.to_numpy(), np.intp)


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    return column


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind))


def _alike(left: pa.ChunkedArray, right: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return two number columns as one type: whole numbers stay whole, however long they are."""
    if pa.types.is_integer(left.type) and pa.types.is_integer(right.type):
        return left.cast(pa.int64()), right.cast(pa.int64())
    return left.cast(pa.float64(), safe=False), right.cast(pa.float64(), safe=False)


def _whole_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return a column of whole numbers, or of text that is nothing else, as int64; None for any other."""
    if _is_text(column.type):
        is_whole = pc.all(pc.match_substring_regex(column, r"^\s*-?[0-9]{1,18}\s*$")).as_py()
        return pc.utf8_trim_whitespace(column).cast(pa.int64()) if is_whole else None
    return column.cast(pa.int64()) if pa.types.is_signed_integer(column.type) else None


def _no_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    is_nan = pc.is_nan(column)
    return pc.if_else(is_nan, None, column) if pc.any(is_nan).as_py() else column


def _words(column: pa.ChunkedArray, folding: Folding) -> pa.ChunkedArray:
    """Return keys as text, folded; null where empty."""
    if not _is_text(column.type):
        return _number_words(column) if _is_number(column.type) else column.cast(pa.string())
    if not pc.all(pc.string_is_ascii(column)).as_py():
        column = pc.utf8_normalize(column, form="NFC")
    if folding is Folding.TRIMMED:
        column = pc.utf8_trim_whitespace(column)
    elif folding is Folding.PADDED:
        column = pc.replace_substring_regex(pc.utf8_trim_whitespace(column), WHOLE, r"\1\2")
        column = pc.replace_substring_regex(column, r"^\+([0-9]+)$", r"\1")
    is_empty = pc.equal(column, "")
    return pc.if_else(is_empty, None, column) if pc.any(is_empty).as_py() else column


def _number_words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_integer(column.type):
        return column.cast(pa.string())
    column = _no_nan(column.cast(pa.float64(), safe=False))
    is_whole = pc.and_(pc.equal(column, pc.floor(column)), pc.less(pc.abs(column), _EXACT_FLOATS))
    whole = pc.if_else(is_whole, column, None).cast(pa.int64()).cast(pa.string())
    return pc.if_else(is_whole, whole, column.cast(pa.string()))
