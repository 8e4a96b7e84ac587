"""Secrets of addresses leave the words of a command: everybody on a machine can list those."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from ui.hidden_words import hidden

ROOT = Path(__file__).resolve().parents[2]


def test_secrets_go_from_the_words_into_the_environment() -> None:
    words, environment = hidden(
        ["feed", "mqtt://clerk:p%40ss@host/city/#", "--feed=https://b/x?token=abc&n=1"], {"A": "1"}
    )
    assert words == ["feed", "mqtt://clerk@host/city/#", "--feed=https://b/x?n=1"]
    assert environment == {"A": "1", "CITYTWIN_SECRET_HOST": "clerk:p@ss", "CITYTWIN_SECRET_B": "token=abc"}


def test_words_without_secrets_stay_as_they_are() -> None:
    words = ["feed", "mqtt://host/city/#", "a=b", "C:\\data", "https://host/x?n=1", "--json"]
    assert hidden(words, {}) == (words, {})


def test_a_command_that_runs_shows_no_password() -> None:
    words = [sys.executable, "-m", "ui", "feed", "mqtt://clerk:geheim@127.0.0.1:1/city", "--seconds", "60"]
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.DEVNULL, env=dict(os.environ))
    try:
        end_s, said = time.monotonic() + 10, words
        while "mqtt://clerk@127.0.0.1:1/city" not in said and time.monotonic() < end_s:
            time.sleep(0.05)
            said = psutil.Process(process.pid).cmdline()
        assert "mqtt://clerk@127.0.0.1:1/city" in said
        assert not any("geheim" in word for word in said)
    finally:
        process.kill()
        process.wait()
