"""Secrets that a person writes into an address go from the command's words into its environment.

Everybody on a machine sees the words of each command (ps); its environment is seen by its owner alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from data.feeds.address import environment_name, split_secret
from twin.errors import FeedError


def hidden(words: Sequence[str], environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return the words without the secrets of addresses, and what is to be in the environment instead.

    An address whose secrets the environment cannot hold (several words that are secrets) stays as it is.
    """
    plain: list[str] = []
    held: dict[str, str] = {}
    for word in words:
        option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
        try:
            address, secret = split_secret(value)
        except FeedError:
            plain.append(word)
            continue
        name = environment_name(address)
        if secret.password and not secret.query:
            told = f"{secret.user}:{secret.password}"
        elif len(secret.query) == 1 and not secret.password:
            told = "=".join(secret.query[0])
        else:
            plain.append(word)
            continue
        if held.get(name, told) != told:  # two addresses of one host with different secrets
            plain.append(word)
            continue
        held[name] = told
        plain.append(f"{option}{equals}{address}")
    return plain, {**environment, **held} if held else {}


def hide_secrets() -> None:
    """Begin this command anew without secrets in its words, where there are some; else do nothing."""
    if os.name != "posix" or not any("://" in word for word in sys.orig_argv):
        return
    words, environment = hidden(sys.orig_argv[1:], os.environ)
    if environment:
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *words], environment)  # noqa: S606  itself, with its own words
