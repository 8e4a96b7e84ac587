"""A plugin project to begin with: a layer that works, its test, and what is needed to install it."""

from __future__ import annotations

import keyword
import sys
from pathlib import Path

from twin.errors import SourceError, UsageError

PLUGIN = '''\
"""{title}: the buildings taller than a limit, as areas on the ground."""

from collections.abc import Iterator
from dataclasses import dataclass

from plugins.contract import Frame, Info, number


@dataclass(frozen=True)
class Parameters:
    taller_than_m: float = number(30.0, min=0.0, max=300.0, unit="m", title="Taller than")


class {cls}:
    info = Info(
        id="{name}",
        title="{title}",
        summary="Buildings taller than a limit.",
        kind="polygons",
        contract=1,
        unit="m",
        source="The open city's own buildings",
        licence="As the city's data",
        parameters=Parameters,
    )

    def frames(self, city, area, parameters, stop) -> Iterator[Frame]:
        buildings = city.buildings(area)
        yield Frame(buildings[buildings["height_m"] > parameters.taller_than_m], value="height_m")
'''

TEST = '''\
"""Run with: pytest test_{name}.py"""

from pathlib import Path

from plugins.check import check_file


def test_it_is_fit_to_draw() -> None:
    report = check_file(Path(__file__).with_name("{name}.py"))
    assert report.is_fit, report.sentences()
    assert report.measured["rows"] > 0
'''

PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.25"]
build-backend = "hatchling.build"

[project]
name = "citytwin-{dashed}"
version = "0.1.0"
description = "{title}, a plugin for citytwin"
requires-python = ">=3.11"
dependencies = []

[project.entry-points."citytwin.plugins"]
{name} = "{name}:{cls}"

[tool.hatch.build.targets.wheel]
only-include = ["{name}.py"]
"""


def begin_plugin(name: str, folder: Path) -> list[Path]:
    """Write NAME/NAME.py, NAME/test_NAME.py and NAME/pyproject.toml into a folder.

    raises   UsageError   the name cannot be a module's, or the folder is taken; nothing is written
             SourceError  the folder cannot be written
    """
    _check_name(name)
    project = folder / name
    if project.exists():
        raise UsageError(f'There is something called "{name}" here already.', hint=f"Choose another name: {project}")
    words = name.replace("_", " ")
    values = {
        "name": name,
        "title": words.capitalize(),
        "dashed": name.replace("_", "-"),
        "cls": "".join(part.capitalize() for part in name.split("_")),
    }
    texts = {f"{name}.py": PLUGIN, f"test_{name}.py": TEST, "pyproject.toml": PYPROJECT}
    try:
        project.mkdir()
        for file, text in texts.items():
            (project / file).write_text(text.format(**values), encoding="utf-8")
    except OSError as error:
        raise SourceError(
            f"The plugin could not be written ({error.strerror or error}).", hint=f"Try another folder: {folder}"
        ) from error
    return [project / file for file in texts]


def _check_name(name: str) -> None:
    proposed = "".join(c if c.isalnum() and c.isascii() else "_" for c in name.lower()).strip("_")
    proposed = proposed if proposed and not proposed[0].isdigit() else f"my_{proposed}".rstrip("_")
    if keyword.iskeyword(proposed):
        proposed += "_layer"
    if name != proposed:
        raise UsageError(
            f'"{name}" cannot be the name of a plugin: it is a Python module\'s name too.',
            hint=f"Use small letters, digits and _: {proposed}",
        )
    if (
        name in sys.stdlib_module_names
        or name in {"twin", "data", "layers", "plugins", "ui"}
        or name.startswith("test_")
    ):
        raise UsageError(f'"{name}" is the name of another Python module.', hint=f"Try {name}_layer.")
