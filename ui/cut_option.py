"""The option --cut of the commands that draw."""

from __future__ import annotations

import argparse


def add_cut_option(parser: argparse.ArgumentParser) -> None:
    """Declare --cut; its text is read by twin.cut.cut_from_text."""
    parser.add_argument(
        "--cut",
        type=_cut,
        default="",
        metavar="WHERE",
        help="cut the city: plane:lon,lat,heading (what lies ahead is kept) or box:west,south,east,north[,bottom,top]",
    )


def _cut(text: str) -> str:
    if not text:
        return ""
    from twin.cut import cut_from_text  # noqa: PLC0415  PROJ is loaded only where something is cut
    from twin.errors import UsageError  # noqa: PLC0415

    try:
        cut_from_text(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from error
    return text
