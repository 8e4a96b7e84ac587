"""Addresses with the passwords that a person typed, for this process only: layers know them without."""

from __future__ import annotations

from data.database_address import is_address, without_password
from data.web_layers import address_for_work, is_web
from twin.errors import SourceError

_WHOLE: dict[str, str] = {}


def remember(source: str) -> None:
    """Keep an address as it was given, to ask it again."""
    if is_address(source):
        plain = without_password(source)
        if plain != source:
            _WHOLE[plain] = source
    elif is_web(source):
        try:
            without_password(source)
        except SourceError:  # said when it is opened
            return


def whole(source: str) -> str:
    """Return an address as a worker can ask it; what is none stays as it is."""
    return address_for_work(source) if is_web(source) else _WHOLE.get(source, source)
