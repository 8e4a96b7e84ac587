"""What the documents say is so: links lead somewhere, keys are the table's, examples are understood."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from twin.expression import rows_where
from ui import cli
from ui.keys import BINDINGS
from ui.words import ACTS

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([PROJECT / "README.md", PROJECT / "CHANGELOG.md", *(PROJECT / "docs").rglob("*.md")])
GUIDE = (PROJECT / "docs" / "user-guide.md").read_text(encoding="utf-8")
NUMBERED = re.compile(r"(set_)?bookmark_\d")


class Rows:
    """Two buildings: an old school, and an office tower without a name."""

    columns: Mapping[str, np.ndarray] = {
        "height": np.array([9.0, 80.0]),
        "storeys": np.array([3.0, 20.0]),
        "use": np.array(["education", "office"], object),
        "name": np.array(["School of Arts", None], object),
        "year_built": np.array([1880.0, 1999.0]),
        "建物>高さ": np.array([9.0, 80.0]),
    }

    def __len__(self) -> int:
        return 2

    def fields(self) -> dict[str, str]:
        return {name: "number" if rows.dtype.kind == "f" else "text" for name, rows in self.columns.items()}

    def column(self, name: str) -> np.ndarray:
        return self.columns[name]

    def row(self, number: int) -> dict[str, object]:
        return {name: rows[number] for name, rows in self.columns.items()}


def blocks(text: str, language: str) -> list[str]:
    """Return the lines of all code blocks of one language, without their comments."""
    found = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    lines = [re.sub(r"\s+#.*", "", line).strip() for block in found for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    lost = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert not lost


def test_every_decision_is_in_the_index_under_its_own_heading() -> None:
    index = (PROJECT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (PROJECT / "docs" / "decisions").glob("*.md"):
        heading = page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        assert f"[{heading}](decisions/{page.name})" in index


PLACES = re.findall(r"`([a-z]+/[a-z_/]+\.py)`", (PROJECT / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("place", PLACES)
def test_a_file_the_readme_names_exists(place: str) -> None:
    assert (PROJECT / place).exists()


def test_the_keys_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| (`.+`) \| ([^|]+) \|$", GUIDE.partition("### Keys")[2].partition("\n## ")[0], re.MULTILINE)
    written = {(keys, title) for keys, title in rows if "bookmark" not in title}
    bound = [b for b in BINDINGS if b.keys and not NUMBERED.fullmatch(b.act)]
    assert written == {(" or ".join(f"`{k}`" for k in b.keys), ACTS[b.act][0].rstrip("…")) for b in bound}


# the tower is an office over 30 m; the school has 3 storeys, "School" in its name, and is from 1880
FOUND = [[False, True], [True, False], [False, False], [True, True]]


@pytest.mark.parametrize(("expression", "found"), list(zip(blocks(GUIDE, "text"), FOUND, strict=True)))
def test_the_guides_filters_find_what_they_say(expression: str, found: list[bool]) -> None:
    assert rows_where(expression, Rows()).tolist() == found


EXAMPLES = [
    line
    for document in DOCUMENTS
    for line in blocks(document.read_text(encoding="utf-8"), "sh")
    if line.startswith("citytwin")
]


@pytest.mark.parametrize("line", EXAMPLES)
def test_a_command_in_the_documents_is_understood(line: str) -> None:
    verb, rest = cli.split_verb(shlex.split(line)[1:])
    assert verb is not None
    cli.verb_parser(verb).parse_args(rest)
