"""Every sentence of the plugins' panel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PANEL = "Plugins and analyses"
FOUND = "Plugins that were found"
RUN, STOP, RESTART, DISABLE, ENABLE = "Run", "Stop", "Restart", "Disable", "Enable"
RELOAD, ALLOW, REFRESH = "Reload", "Allow…", "Look again"
RUN_TIP = "Run it with these parameters"
STOP_TIP = "Ask it to end; it is ended when it does not"
DISABLE_TIP = "Keep it from running until it is enabled again"
RELOAD_TIP = "Read its file again, without leaving the app"
REFRESH_TIP = "Look for plugins again, in all places"
ALLOW_TIP = "It lies beside a project: read it before you allow it"
RUN_AGAIN = "Run again"
RESULT, LOG, TABLE = "Result", "Log", "Table"
WHOLE_CITY, DRAWN_AREA = "The whole city", "Within a drawn area"
WHERE = "Where"
PICK = "Pick on the map"
PICK_HINTS = {
    "point": "Click the place on the map. Esc leaves it as it was.",
    "path": "Click the points of the line, then press Enter. Esc leaves it as it was.",
    "area": "Click the corners of the area, then press Enter. Esc leaves it as it was.",
}
NOT_PICKED = "not picked yet"
NONE_CHOSEN = "none"
FIRST_FITTING = "the first that fits"
AS_IT_IS = "the city as it is"
ADD_LINE, REMOVE_LINE = "Add a line", "Remove the line"
LOADING = "Looking at plugins…"
NOTHING_OPEN = "Open a city first: plugins work on what is open."
METHOD, LIMITS = "Method", "Limits"
HIDDEN = "The layer the values belong to was hidden; switch it on again in the layer panel."
CAPABILITIES = {
    "network": "open connections to the network",
    "files": "read and write files of yours, and start programs",
    "personal": "see columns that are held for personal",
    "comments": "see residents' comments that nobody has moderated yet",
}
KIND_WORDS = {
    "analysis": "analysis",
    "live": "live layer",
    "layer": "layer",
}


def kind_words(*, is_analysis: bool, is_live: bool) -> str:
    """Return what kind of plugin it is."""
    return KIND_WORDS["analysis" if is_analysis else "live" if is_live else "layer"]


def state_words(state: str, *, frames: int, age_s: float | None) -> str:
    """Return how a run stands."""
    if state == "running" and age_s is not None:
        return f"running, {frames:,} frames, the last one {age_s:.0f} s ago"
    return {
        "starting": "starting",
        "running": "running",
        "done": "done",
        "failed": "failed",
        "stopped": "stopped",
    }.get(state, "")


def failed(title: str, sentence: str, *, has_layer: bool) -> str:
    """Return what a person reads when a plugin has failed."""
    kept = " Its layer keeps its last good state." if has_layer else ""
    return f"{title}: {sentence}{kept}"


def question_allow(name: str, author: str, sha256: str, capabilities: Iterable[str]) -> str:
    """Return what is asked before a file beside a project is run for the first time."""
    wants = [f"• {CAPABILITIES.get(c, c)}" for c in capabilities] or ["• nothing beyond the city itself"]
    return "\n".join(
        [
            f"{name} lies beside or inside a project. Somebody else may have put it there.",
            "",
            f"Author (as it says): {author or 'not stated'}",
            f"SHA-256: {sha256}",
            "It says that it will:",
            *wants,
            "",
            "A plugin is a program. Allow it only if you have read it or trust whom it came from.",
            "It is asked again when a single byte of it changes.",
        ]
    )


def question_grant(name: str, capabilities: Iterable[str]) -> str:
    """Return what is asked before a plugin with capabilities is run for the first time."""
    return "\n".join([f"{name} will:", *(f"• {CAPABILITIES.get(c, c)}" for c in capabilities), "", "Let it?"])


def changed_on_disk(title: str) -> str:
    """Return what is said when a plugin's file has changed."""
    return f"The file of {title} has changed. Reload it to use it as it is now."


def kept_result(title: str) -> str:
    """Return the line of a result whose plugin is not here."""
    return f"{title} · result in this project"


def made(when: str, parameters: Mapping[str, Any]) -> str:
    """Return when a result was made, and with which parameters."""
    told = ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in parameters.items())
    return f"Made {when[:16].replace('T', ' ')}" + (f" with {told}" if told else "") + "."


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return (text if len(text) <= 60 else f"{text[:57]}…") or "–"
