"""What the user of this machine has allowed: files by their bytes, capabilities by plugin, and what is switched off."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data.settings import config_folder
from twin.errors import SourceError

FILE = "plugins.json"


@dataclass
class Trust:
    """The file plugins.json of the config folder."""

    allowed: dict[str, dict[str, str]] = field(default_factory=dict)
    """By SHA-256: the name the file had, and when it was allowed."""
    granted: dict[str, list[str]] = field(default_factory=dict)
    """Capabilities by plugin (see key_of): what was shown and agreed to before its first use."""
    disabled: list[str] = field(default_factory=list)
    """Plugins by id that are not to run."""

    def is_allowed(self, sha256: str) -> bool:
        """Return whether a file of these bytes may be run."""
        return sha256.lower() in self.allowed

    def allow(self, sha256: str, name: str) -> None:
        """Allow a file of these bytes, on this machine."""
        self.allowed[sha256.lower()] = {"name": name, "when": datetime.now(UTC).isoformat(timespec="seconds")}

    def has_granted(self, key: str, capabilities: Iterable[str]) -> bool:
        """Return whether all of these were agreed to."""
        return set(capabilities) <= set(self.granted.get(key, ()))

    def grant(self, key: str, capabilities: Iterable[str]) -> None:
        """Note that these were shown and agreed to."""
        self.granted[key] = sorted(set(self.granted.get(key, ())) | set(capabilities))

    def set_enabled(self, plugin_id: str, *, is_enabled: bool) -> None:
        """Let a plugin run, or not."""
        others = [p for p in self.disabled if p != plugin_id]
        self.disabled = others if is_enabled else sorted([*others, plugin_id])


def load_trust(folder: Path | None = None) -> Trust:
    """Read what was allowed; a file that cannot be read allows nothing."""
    try:
        kept = json.loads(((folder or config_folder()) / FILE).read_text(encoding="utf-8"))
        return Trust(
            {str(k).lower(): dict(v) for k, v in kept.get("allowed", {}).items()},
            {str(k): [str(c) for c in v] for k, v in kept.get("granted", {}).items()},
            [str(p) for p in kept.get("disabled", [])],
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return Trust()


def save_trust(trust: Trust, folder: Path | None = None) -> None:
    """Write what is allowed, whole or not at all.

    raises   SourceError  the folder cannot be written; the old file is as it was
    """
    path = (folder or config_folder()) / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, beside = tempfile.mkstemp(prefix=f".{FILE}.", dir=path.parent)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            json.dump(asdict(trust), file, indent=2)
        Path(beside).replace(path)
    except OSError as error:
        with contextlib.suppress(OSError, NameError):
            Path(beside).unlink(missing_ok=True)
        raise SourceError(
            f"What you allowed could not be kept ({error.strerror or error}).",
            hint=f"Make the folder writable, or name another one in CITYTWIN_CONFIG_DIR: {path.parent}",
        ) from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def key_of(plugin_id: str, reference: dict[str, Any]) -> str:
    """Return what a grant is kept under: another file or module asks again."""
    return f"{plugin_id} {reference.get('sha256') or reference.get('module')}"
