"""The helper device: one tablet that serves many people in turn, each with a slip of their own."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ui.audience.asking import MEETING, Refusal, word
from ui.audience.limits import Buckets


def helper_of(request: web.Request, values: dict[str, Any]) -> bool:
    """Return whether something is sent by a helper for somebody else; such a thing names that person's slip.

    raises   Refusal  the slip is none that was handed out
    """
    if values.get("is_assisted") is not True:
        return False
    meeting = request.app[MEETING]
    buckets: Buckets = meeting.buckets
    if not meeting.credentials.is_slip(word(values, "slip")):
        wait_s = buckets.take("wrong_code", request.remote or "?")
        raise Refusal(429 if wait_s else 403, "A helper sends each person's own slip.", wait_s=wait_s)
    return True
