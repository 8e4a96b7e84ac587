"""How a memory size is written."""

from __future__ import annotations

import pytest

from ui.memory import LEAST_BYTES, bytes_from_text, default_budget_bytes


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("2GB", 2 * 10**9),
        ("2gib", 2 * 2**30),
        ("1.5G", 1_500_000_000),
        (" 512 MB ", 512 * 10**6),
        ("800000000", 800_000_000),
        ("64MB", 64 * 10**6),  # the least
    ],
)
def test_a_size_is_read_as_people_write_it(text: str, size_bytes: int) -> None:
    assert bytes_from_text(text) == size_bytes


@pytest.mark.parametrize("text", ["", "GB", "2 apples", "-2GB", "2iB", "10MB", "63MB", "1e9"])
def test_what_is_no_size_or_too_little_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it like 2GB|less than 64MB"):
        bytes_from_text(text)


def test_without_a_word_it_is_a_part_of_the_free_memory() -> None:
    assert default_budget_bytes() >= LEAST_BYTES
