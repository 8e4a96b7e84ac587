"""Settings: read leniently, saved whole, folders where the user wants them."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from data.settings import (
    RECENT_KEPT,
    SETTINGS_FILE,
    Settings,
    cache_folder,
    config_folder,
    load_settings,
    save_settings,
    with_recent,
    without_recent,
)
from twin.errors import SourceError


def test_folders_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYTWIN_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("CITYTWIN_CACHE_DIR", str(tmp_path / "cache"))
    assert config_folder() == tmp_path / "config"
    assert cache_folder() == tmp_path / "cache"


def test_without_the_environment_the_system_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYTWIN_CONFIG_DIR")
    monkeypatch.delenv("CITYTWIN_CACHE_DIR")
    assert config_folder().name.startswith("citytwin")
    assert "citytwin" in cache_folder().parts


def test_no_file_means_the_usual_settings_and_nothing_to_report(tmp_path: Path) -> None:
    settings, report = load_settings(tmp_path)
    assert settings == Settings()
    assert not report


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    settings = Settings(
        theme="dark", text_scale=1.5, memory_mb=2048, recent=("/data/Koto 江東.gpkg", 'C:\\maps\\"a".shp')
    )
    path = save_settings(settings, tmp_path / "new" / "folder")
    assert load_settings(path.parent) == (settings, load_settings(path.parent)[1])
    assert not load_settings(path.parent)[1]


def test_one_wrong_value_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text('theme = "pink"\nmouse = "cad"\ntext_scale = 40\nmemory_mb = true\n')
    settings, report = load_settings(tmp_path)
    assert settings == Settings(mouse="cad")
    assert [p.what.split('"')[1] for p in report.problems] == ["theme", "text_scale", "memory_mb"]
    assert "light, dark, system" in report.problems[0].what


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe\x00t", b"[[[", b"\x00" * 100])
def test_a_broken_file_gives_the_usual_settings_and_is_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SETTINGS_FILE).write_bytes(content)
    settings, report = load_settings(tmp_path)
    assert settings == Settings()
    assert len(report.problems) == 1
    assert report.problems[0].what.endswith(str(tmp_path / SETTINGS_FILE))


def test_a_folder_in_the_files_place_is_reported(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).mkdir()
    assert load_settings(tmp_path)[0] == Settings()
    assert load_settings(tmp_path)[1]


def test_keys_of_another_version_are_kept(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text('theme = "dark"\nnew_thing = 7\n[table]\na = 1\n')
    settings, report = load_settings(tmp_path)
    assert not report
    save_settings(replace(settings, theme="light"), tmp_path)
    saved = tomllib.loads((tmp_path / SETTINGS_FILE).read_text())
    assert (saved["theme"], saved["new_thing"], saved["table"]) == ("light", 7, {"a": 1})


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_bytes(b'\xef\xbb\xbftheme = "dark"\n')
    assert load_settings(tmp_path)[0].theme == "dark"


def test_a_failed_save_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(Settings(theme="dark"), tmp_path)

    def fail(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device", str(path), None, str(target))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(SourceError, match="No space left"):
        save_settings(Settings(theme="light"), tmp_path)
    assert load_settings(tmp_path)[0].theme == "dark"
    assert [p.name for p in tmp_path.iterdir()] == [SETTINGS_FILE]


def test_the_last_opened_file_heads_the_recent_ones_once() -> None:
    settings = Settings()
    for name in ("a.gpkg", "b.gpkg", "a.gpkg"):
        settings = with_recent(settings, Path(name))
    assert settings.recent == ("a.gpkg", "b.gpkg")
    assert without_recent(settings, "a.gpkg").recent == ("b.gpkg",)
    assert without_recent(settings).recent == ()


def test_only_so_many_recent_files_are_kept() -> None:
    settings = Settings()
    for number in range(RECENT_KEPT + 5):
        settings = with_recent(settings, f"{number}.gpkg")
    assert len(settings.recent) == RECENT_KEPT
    assert settings.recent[0] == f"{RECENT_KEPT + 4}.gpkg"
