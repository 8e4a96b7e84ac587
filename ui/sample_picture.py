"""`python -m ui.sample_picture OUT.png`: the sample city as a picture, for `make run` without a display."""

from __future__ import annotations

import sys

from data.sample import NAME, files_in, sample_folder
from ui.cli import main as citytwin

SHOWN = (
    ("buildings", "buildings"),
    ("city", "water"),
    ("city", "parks"),
    ("city", "streets"),
    ("city", "bridges"),
    ("city", "rail"),
    ("city", "tram"),
    ("city", "trees"),
)
"""(file, layer): what makes the city, the buildings first."""


def main(words: list[str]) -> int:
    """Draw what makes the city, into the file named by the only word."""
    (picture,) = words
    # the buildings are the topmost layer, and the one that `render` is told to look after
    files = files_in(sample_folder())
    layers = [f"{getattr(files, file)}:{layer}" for file, layer in reversed(SHOWN)]
    return citytwin(["render", *layers, "-o", picture, "--size", "1600x900", "--title", NAME])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
