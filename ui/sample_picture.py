"""`python -m ui.sample_picture OUT.png`: the sample city as a picture, for `make run` without a display."""

from __future__ import annotations

import sys

from data.sample import NAME, sample_folder
from ui.cli import main as citytwin
from ui.sample_opening import sources_in


def main(words: list[str]) -> int:
    """Draw the layers that the window would show, into the file named by the only word."""
    (picture,) = words
    # the buildings are the topmost layer, and the one that `render` is told to look after
    layers = [f"{path}:{layer}" for path, layer in reversed(sources_in(sample_folder()))]
    return citytwin(["render", *layers, "-o", picture, "--size", "1600x900", "--title", NAME])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
