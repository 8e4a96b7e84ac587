"""Zips of projects: unpacked beside themselves, or refused in a sentence with nothing written anywhere."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.project import read_project, write_project
from data.project_zip import is_project_source, pack, unpack
from twin.errors import ProjectError
from twin.project import LayerSource, NamedView, Project, ProjectLayer


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Return a zip of a small project, alone in a folder."""
    folder = tmp_path / "made" / "town.citytwin"
    for name in ("data", "cache", "autosave", "recordings"):
        (folder / name).mkdir(parents=True)
        (folder / name / "some.csv").write_text("a,b\n1,2\n" * 500, encoding="utf-8")
    (folder / "ledger.sqlite").write_bytes(b"votes")
    source = LayerSource(str(folder / "data/some.csv"), is_inside=True)
    project = Project("Town", layers=(ProjectLayer("some", "some", source),), views=(NamedView("One"),))
    write_project(project, folder)
    (tmp_path / "got").mkdir()
    pack(folder, tmp_path / "got/town.zip")
    return tmp_path / "got/town.zip"


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def refused(path: Path, match: str) -> None:
    before = {p: p.stat().st_size for p in path.parents[1].rglob("*")}
    with pytest.raises(ProjectError, match=match):
        unpack(path)
    assert {p: p.stat().st_size for p in path.parents[1].rglob("*")} == before


def with_entry(packed: Path, name: str, content: bytes = b"x", *, mode: int = 0) -> Path:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(info, content)
    return packed


def test_a_zip_is_unpacked_beside_itself(packed: Path) -> None:
    folder, is_new = unpack(packed)
    assert (folder, is_new) == (packed.with_name("town.citytwin"), True)
    project = read_project(folder).project
    assert project.layers[0].source.path == str(folder / "data/some.csv")
    assert Path(project.layers[0].source.path).read_text(encoding="utf-8").startswith("a,b")


def test_what_belongs_to_one_machine_is_not_in_the_zip(packed: Path) -> None:
    folder, _ = unpack(packed)
    assert names(folder) == ["data", "project.json", "recordings", "unpacked-from.json", "views.1.toml"]


def test_the_same_zip_is_unpacked_once(packed: Path) -> None:
    folder, _ = unpack(packed)
    assert unpack(packed) == (folder, False)


def test_another_folder_of_that_name_is_left_alone(packed: Path) -> None:
    packed.with_name("town.citytwin").mkdir()
    folder, _ = unpack(packed)
    assert folder.name == "town-2.citytwin"
    assert not list(packed.with_name("town.citytwin").iterdir())


def test_a_zip_named_like_a_project_is_one(packed: Path) -> None:
    renamed = packed.rename(packed.with_name("town.citytwin"))
    assert is_project_source(str(renamed))
    assert unpack(renamed)[0].name == "town-2.citytwin"


def test_a_zip_of_data_is_no_project(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "shapes.zip", "w") as archive:
        archive.writestr("a.geojson", "{}")
    assert not is_project_source(str(tmp_path / "shapes.zip"))


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "town.citytwin/../../evil.txt", "/evil.txt", "C:/evil.txt", "town.citytwin\\..\\..\\evil.txt",
     "town.citytwin/a:b", "//host/share/x"],
)  # fmt: skip
def test_a_path_that_climbs_out_is_refused(packed: Path, name: str) -> None:
    refused(with_entry(packed, name), "climbs out")


def test_a_symbolic_link_is_refused(packed: Path) -> None:
    refused(with_entry(packed, "town.citytwin/data/link", b"/etc/hosts", mode=stat.S_IFLNK | 0o777), "symbolic link")


def test_a_bomb_is_refused_before_it_swells(packed: Path) -> None:
    refused(with_entry(packed, "town.citytwin/data/zeros", bytes(64 * 2**20)), "swell")


def test_more_than_fits_is_refused(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.project_zip.MOST_BYTES", 1000)
    refused(packed, "would unpack to")


def test_two_files_of_one_name_are_refused(packed: Path) -> None:
    refused(with_entry(packed, "town.citytwin/DATA/SOME.csv"), "two files of one name")


def test_a_file_that_is_larger_than_it_says_is_refused(packed: Path) -> None:
    content = packed.read_bytes()
    size = (8 * 500).to_bytes(4, "little")
    packed.write_bytes(content.replace(size, (10).to_bytes(4, "little")))
    refused(packed, "larger than it says|damaged")


def test_a_zip_without_a_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "got").mkdir()
    path = tmp_path / "got/x.citytwin.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    refused(path, "instead of one")


def test_an_error_without_words_is_a_sentence_too(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> None:
        raise EOFError

    monkeypatch.setattr("data.project_zip._copied", cut)
    refused(packed, r"cut off or damaged \(EOFError\)")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_cut_or_changed_zip_is_a_sentence_or_a_whole_project(packed: Path, data: st.DataObject) -> None:
    keep = packed.with_name("whole")
    if not keep.exists():
        keep.write_bytes(packed.read_bytes())
    content = bytearray(keep.read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    packed.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        folder, _ = unpack(packed)
    except ProjectError:
        assert not list(packed.parent.glob(".unpacking*"))
    else:
        read_project(folder)
