"""Keeps Python alive under a PySide6 that was built for a newer Python. Called before the first import of PySide6."""

from __future__ import annotations

import ctypes
import sys

MANY = 1 << 40


def protect_constants() -> None:
    """Give None, True and False more references than any session can lose.

    PySide6 6.12 takes None and True for immortal, which they are from Python 3.12 on. On 3.11 every call that returns
    nothing and every signal loses one reference, and the interpreter aborts after some minutes. pyproject.toml asks for
    PySide6 < 6.12 there; this is for those who bring it all the same. To be removed with Python 3.11.
    """
    if sys.version_info >= (3, 12):
        return
    for constant in (None, True, False):
        ctypes.c_ssize_t.from_address(id(constant)).value += MANY
