"""A plugin's code becomes a plugin: loaded in its own process, and held against the contract."""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
import types
from pathlib import Path
from typing import Any

from plugins.contract import CONTRACT, Capability, Info, Kind, PluginError
from plugins.encoding import plain
from plugins.parameters import fields_of

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
WAYS = ("frames", "tile", "combine", "at", "tiling", "parts", "part", "whole")


def loaded(reference: dict[str, Any]) -> Any:
    """Return an instance of the plugin class that a reference names.

    reference   "path" with "sha256" (only a file of just these bytes is run) and "imports_beside", or "module" with
                "attribute"
    raises      PluginError  it cannot be imported, or does not follow the contract; the sentence says why
    """
    module = _from_file(reference) if reference.get("path") else _from_module(str(reference["module"]))
    cls = _plugin_class(module, str(reference.get("attribute") or ""))
    check_info(cls)
    return cls()


def _from_module(name: str) -> types.ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise PluginError(f"It cannot be imported: {type(error).__name__}: {error}.", f"Module {name}.") from error


def _from_file(reference: dict[str, Any]) -> types.ModuleType:
    path = Path(reference["path"])
    try:
        code = path.read_bytes()
    except OSError as error:
        raise PluginError(f"Its file cannot be read ({error.strerror}).", str(path)) from error
    if hashlib.sha256(code).hexdigest() != reference["sha256"]:
        raise PluginError("Its file has changed since it was looked at.", "Look at it again, and allow it again.")
    if reference.get("imports_beside"):
        sys.path.insert(0, str(path.parent))
    module = types.ModuleType("citytwin_plugin_" + re.sub(r"\W", "_", path.stem))
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    try:
        exec(compile(code, str(path), "exec"), module.__dict__)  # noqa: S102  what plugins are for, in a process apart
    except SyntaxError as error:
        raise PluginError(f"It is no valid Python: {error.msg}, line {error.lineno}.") from error
    except Exception as error:
        raise PluginError(f"It cannot be imported: {type(error).__name__}: {error}.", _line(error, path)) from error
    return module


def _line(error: BaseException, path: Path) -> str:
    at = error.__traceback__
    lines = []
    while at is not None:
        if at.tb_frame.f_code.co_filename == str(path):
            lines.append(at.tb_lineno)
        at = at.tb_next
    return f"Line {lines[-1]} of {path.name}." if lines else ""


def _plugin_class(module: types.ModuleType, attribute: str) -> type:
    if attribute:
        found = getattr(module, attribute, None)
        if not isinstance(found, type):
            raise PluginError(f'It has no class "{attribute}".', f"Module {module.__name__}.")
        return found
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__]
    plugins = [cls for cls in own if "info" in vars(cls)]
    if len(plugins) == 1:
        return plugins[0]
    if not plugins:
        raise PluginError("It has no class with an info.", "Give the plugin's class: info = Info(...).")
    names = ", ".join(cls.__name__ for cls in plugins)
    raise PluginError(f"It has several classes with an info ({names}).", "Keep one plugin in a file.")


def check_info(cls: type) -> None:
    """Hold a plugin class against the contract.

    raises   PluginError  something is missing or not known
    """
    info = getattr(cls, "info", None)
    if not isinstance(info, Info):
        raise PluginError(f"The info of {cls.__name__} is a {type(info).__name__}.", "Write info = Info(...).")
    if not isinstance(info.contract, int):
        raise PluginError(f"The contract of {cls.__name__} is {info.contract!r}.", f"Write contract={CONTRACT}.")
    if info.contract != CONTRACT:
        older = info.contract < CONTRACT
        raise PluginError(
            f"It was written for contract version {info.contract}; this citytwin has version {CONTRACT}.",
            "Ask its author for a newer one." if older else "Use a newer citytwin.",
        )
    if not _ID.fullmatch(str(info.id)):
        raise PluginError(f'Its id "{info.id}" cannot be used.', "Use lower-case letters, digits, _ and -.")
    unknown = [str(c) for c in info.capabilities if str(c) not in set(Capability)]
    if unknown:
        raise PluginError(
            f"It asks for {', '.join(unknown)}, which is no capability.", f"There are: {', '.join(Capability)}."
        )
    if str(info.kind) not in set(Kind):
        raise PluginError(f'There is no kind "{info.kind}".', f"The kinds are: {', '.join(Kind)}.")
    has = ways_of(cls)
    if not any(way <= set(has) for way in ({"frames"}, {"tile", "combine"}, {"parts", "part", "whole"})):
        raise PluginError(
            f"{cls.__name__} has neither frames nor tile and combine.", "Give it one of these ways, or parts."
        )


def ways_of(cls: type) -> list[str]:
    """Return which of the contract's methods a plugin has."""
    return [name for name in WAYS if callable(getattr(cls, name, None))]


def described(plugin: Any) -> dict[str, Any]:
    """Return what a plugin is as plain values: its info, its parameters and its ways."""
    info: Info = plugin.info
    facts = {k: v for k, v in vars(info).items() if k != "parameters"}
    facts["capabilities"] = [str(c) for c in info.capabilities]
    facts["kind"] = str(info.kind)
    return {"info": plain(facts), "parameters": fields_of(info.parameters), "ways": ways_of(type(plugin))}
