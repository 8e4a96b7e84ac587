"""Projects as they are kept: whole or not at all, versions, fields not known, files that climb, kills at any moment."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from math import radians
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.project import PROJECT_FILE, read_project, write_project
from data.project_schema import SCHEMA
from data.project_sources import brought_in, size_of
from data.provenance import provenance_of
from twin.errors import ProjectError, TwinError
from twin.join import Reduce, TableJoin
from twin.layer import Kind, LayerState, Scheme, Style
from twin.place import LocalFrame
from twin.project import Arrangement, Bookmark, LayerSource, NamedView, Project, ProjectLayer
from twin.session import Camera, Composition, View


def project_in(folder: Path, title: str = "Harbour") -> Project:
    """Return a project that uses every kind of value there is."""
    source = LayerSource(str(folder / "data/houses.gpkg"), "houses", "EPSG:25832", Kind.FOOTPRINTS, "h", is_inside=True)
    link = LayerSource(str(folder.parent / "far/rail.geojson"))
    join = TableJoin(str(folder / "data/tax.csv"), "id", "haus", Reduce.SUM, header_row=3)
    style = Style(color_by="tax", scheme=Scheme.QUANTILES, colors=(("a", "#ff0000"), ("ö", "#00ff00")))
    states = (LayerState("houses", style, joins=(join,)), LayerState("rail", is_visible=False, name="Gleise"))
    view = View(Camera((1.5, -2.0, 0.25), 321.0, 1.0, 0.5, is_parallel=True), Composition(states, "dark"))
    return Project(
        title=title,
        frame=LocalFrame("EPSG:25832", (571000.0, 5968000.0)),
        layers=(ProjectLayer("houses", "Häuser", source, 12), ProjectLayer("rail", "rail", link)),
        view=view,
        bookmarks=(Bookmark(3, view),),
        views=(NamedView("Öst", 9.5, 53.25), NamedView("West", shown=("rail",))),
        arrangement=Arrangement("Z2Vv", "ZG9j"),
        personal={"houses": {"owner": True, "use": False}},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a project that is not there yet, with its data."""
    folder = tmp_path / "harbour.citytwin"
    (folder / "data").mkdir(parents=True)
    (folder / "data/houses.gpkg").write_bytes(b"houses")
    (folder / "data/tax.csv").write_bytes(b"haus,tax\n1,2\n")
    return folder


def written(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / PROJECT_FILE).read_text(encoding="utf-8"))
    return found


def rewrite(folder: Path, change: Callable[[dict], None]) -> None:
    plain = written(folder)
    change(plain)
    (folder / PROJECT_FILE).write_text(json.dumps(plain), encoding="utf-8")


# saving and reading


def test_what_was_saved_is_read_again(folder: Path) -> None:
    project = project_in(folder)
    write_project(project, folder)
    assert read_project(folder).project == project


def test_a_moved_folder_finds_what_is_inside_it(folder: Path, tmp_path: Path) -> None:
    write_project(project_in(folder), folder)
    moved = tmp_path / "elsewhere" / "other.citytwin"
    moved.parent.mkdir()
    folder.rename(moved)
    project = read_project(moved).project
    assert project.layers[0].source.path == str(moved / "data/houses.gpkg")
    assert project.view.composition.layers[0].joins[0].path == str(moved / "data/tax.csv")


def test_paths_are_written_relative_with_slashes(folder: Path) -> None:
    write_project(project_in(folder), folder)
    paths = [layer["source"]["path"] for layer in written(folder)["layers"]]  # type: ignore[attr-defined]
    assert paths == ["data/houses.gpkg", "../far/rail.geojson"]


def test_a_password_in_an_address_is_not_written(folder: Path) -> None:
    source = LayerSource("postgresql://planner:secret@db.example/city")
    write_project(Project(layers=(ProjectLayer("db", "db", source),)), folder)
    assert "secret" not in (folder / PROJECT_FILE).read_text(encoding="utf-8")
    assert read_project(folder).project.layers[0].source.path == "postgresql://planner@db.example/city"


def test_views_stand_in_a_file_that_people_can_write(folder: Path) -> None:
    stored = write_project(project_in(folder), folder)
    path = folder / stored.files["views"]
    text = (
        path.read_text(encoding="utf-8")
        .replace('name = "West"', 'name = "Abend"\ntilt_deg = 70')
        .replace("tilt_deg = 55.0\nis_parallel = false\nshown = [\n", "is_parallel = false\nshown = [\n")
    )
    path.write_text(text, encoding="utf-8")
    views = read_project(folder).project.views
    assert [(v.name, v.tilt_deg) for v in views] == [("Öst", 55.0), ("Abend", 70.0)]


def test_a_file_of_views_put_there_by_hand_is_taken_over(folder: Path) -> None:
    stored = write_project(project_in(folder), folder)
    (folder / "views.toml").write_text(
        '[[view]]\nname = "Öst"\nlon_deg = 1\n[[view]]\nname = "Süd"\n', encoding="utf-8"
    )
    found = read_project(folder)
    assert [(v.name, v.lon_deg) for v in found.project.views] == [("West", 0.0), ("Öst", 1.0), ("Süd", 0.0)]
    write_project(found.project, folder, before=found)
    assert not (folder / "views.toml").exists()
    assert read_project(folder).project.views == found.project.views
    assert stored.serial == 1


def test_what_a_person_wrote_stays_where_the_views_did_not_change(folder: Path) -> None:
    stored = write_project(project_in(folder), folder)
    path = folder / stored.files["views"]
    path.write_text("# my own words\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    again = read_project(folder)
    write_project(replace(again.project, title="New"), folder, before=again)
    assert path.read_text(encoding="utf-8").startswith("# my own words")


def test_a_save_leaves_no_file_of_the_state_before(folder: Path) -> None:
    stored = write_project(project_in(folder), folder)
    changed = replace(stored.project, views=(NamedView("Only"),))
    write_project(changed, folder, before=stored)
    assert sorted(p.name for p in folder.iterdir()) == ["data", "project.json", "views.2.toml"]


def test_files_that_nothing_names_any_more_go_with_the_save(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    _, names = brought_in(tmp_path / "a.csv", folder)
    stored = write_project(project_in(folder), folder, owned=tuple(names))
    assert (folder / "data/a.csv").exists()
    write_project(stored.project, folder, before=stored)
    assert sorted(p.name for p in (folder / "data").iterdir()) == ["houses.gpkg", "tax.csv"]


def test_a_folder_that_may_not_be_written_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = write_project(project_in(folder), folder)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("data.project.os.fsync", full)
    with pytest.raises(ProjectError, match="could not be saved"):
        write_project(replace(stored.project, title="lost"), folder, before=stored)
    monkeypatch.undo()
    assert read_project(folder).project.title == "Harbour"


# versions


def test_a_project_of_the_first_form_is_brought_up_to_date(folder: Path) -> None:
    old = {
        "format": "citytwin project",
        "schema": 0,
        "title": "Old town",
        "theme": "dark",
        "frame": {"crs": "EPSG:25832", "origin_m": [1, 2]},
        "camera": {"distance_m": 500.0, "heading_deg": 90.0, "tilt_deg": 30.0},
        "layers": [
            {"id": "houses", "path": "data/houses.gpkg", "layer": "h", "style": {"color_by": "use"}, "is_on": False},
            {"id": "rail", "name": "Rail", "path": "../rail.geojson"},
        ],
    }
    (folder / PROJECT_FILE).write_text(json.dumps(old), encoding="utf-8")
    project = read_project(folder).project
    assert project.view.camera == Camera(distance_m=500.0, heading_rad=radians(90), tilt_rad=radians(30))
    assert project.view.composition == Composition(
        (LayerState("houses", Style(color_by="use"), is_visible=False), LayerState("rail")), "dark"
    )
    assert [(one.name, one.source.is_inside) for one in project.layers] == [("houses", True), ("Rail", False)]
    assert project.layers[0].source.layer == "h"
    write_project(project, folder, before=read_project(folder))
    assert written(folder)["schema"] == SCHEMA


def test_a_newer_version_is_refused_in_a_sentence_and_left_alone(folder: Path) -> None:
    write_project(project_in(folder), folder)
    rewrite(folder, lambda plain: plain.update(schema=SCHEMA + 1, app="9.9"))
    before = (folder / PROJECT_FILE).read_bytes()
    with pytest.raises(ProjectError, match=r"newer citytwin \(9\.9\)"):
        read_project(folder)
    assert (folder / PROJECT_FILE).read_bytes() == before


def test_fields_of_a_newer_citytwin_are_kept(folder: Path) -> None:
    write_project(project_in(folder), folder)

    def add(plain: dict) -> None:
        plain["weather"] = {"wind": 3}
        plain["view"]["camera"]["roll"] = 0.5
        plain["layers"][1]["mood"] = "calm"

    rewrite(folder, add)
    stored = read_project(folder)
    write_project(replace(stored.project, title="Renamed"), folder, before=stored)
    plain = written(folder)
    assert plain["weather"] == {"wind": 3}
    assert plain["view"]["camera"]["roll"] == 0.5  # type: ignore[index]
    assert plain["layers"][1]["mood"] == "calm"  # type: ignore[index]
    assert plain["title"] == "Renamed"


# refusals


@pytest.mark.parametrize("path", ["../out.gpkg", "data/../../out.gpkg", "/etc/hosts", "C:\\x.shp", "\\\\host\\x", ".."])
def test_a_file_inside_that_climbs_out_is_refused(folder: Path, path: str) -> None:
    write_project(project_in(folder), folder)
    rewrite(folder, lambda plain: plain["layers"][0]["source"].update(path=path))
    with pytest.raises(ProjectError, match="outside its folder"):
        read_project(folder)


def test_a_link_that_leads_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    write_project(project_in(folder), folder)
    (tmp_path / "secret.gpkg").write_bytes(b"secret")
    (folder / "data/houses.gpkg").unlink()
    (folder / "data/houses.gpkg").symlink_to(tmp_path / "secret.gpkg")
    with pytest.raises(ProjectError, match="outside its folder"):
        read_project(folder)


@pytest.mark.parametrize(
    "change", [{"files": {"views": "../views.toml"}}, {"owned": ["data/../../x"]}, {"owned": ["x"]}]
)
def test_names_of_its_own_files_do_not_climb(folder: Path, change: dict[str, object]) -> None:
    write_project(project_in(folder), folder)
    rewrite(folder, lambda plain: plain.update(change))
    with pytest.raises(ProjectError, match="outside its folder"):
        read_project(folder)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "[" * 100_000, '{"schema": 1}', '{"format": "citytwin project"}']
)
def test_what_is_no_project_is_a_sentence(folder: Path, text: str) -> None:
    (folder / PROJECT_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError):
        read_project(folder)


@pytest.mark.parametrize("number", ["1e999", "NaN", "Infinity", '"far"'])
def test_a_camera_without_a_distance_is_a_sentence(folder: Path, number: str) -> None:
    write_project(project_in(folder), folder)
    text = (folder / PROJECT_FILE).read_text(encoding="utf-8").replace("321.0", number)
    (folder / PROJECT_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError):
        read_project(folder)


def test_a_wrong_line_in_a_hand_written_file_names_the_file(folder: Path) -> None:
    stored = write_project(project_in(folder), folder)
    (folder / stored.files["views"]).write_text("[[view]\nname=3", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"views\.1\.toml"):
        read_project(folder)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_cut_or_changed_gives_a_project_or_a_sentence(folder: Path, data: st.DataObject) -> None:
    if not (folder / "whole.json").exists():
        write_project(project_in(folder), folder)
        (folder / "whole.json").write_bytes((folder / PROJECT_FILE).read_bytes())
    content = bytearray((folder / "whole.json").read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    (folder / PROJECT_FILE).write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(TwinError):
        read_project(folder)


# files


def test_a_data_set_is_brought_in_with_all_its_parts(folder: Path, tmp_path: Path) -> None:
    for end in (".shp", ".shx", ".dbf", ".prj"):
        (tmp_path / f"plots{end}").write_bytes(b"12345")
    (tmp_path / "plots2.dbf").write_bytes(b"other")
    path, names = brought_in(tmp_path / "plots.shp", folder)
    assert path == folder / "data/plots.shp"
    assert sorted(names) == ["data/plots.dbf", "data/plots.prj", "data/plots.shp", "data/plots.shx"]
    assert size_of(path) == 20


def test_another_file_of_the_same_name_gets_a_name_of_its_own(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "houses.gpkg").write_bytes(b"others")
    path, names = brought_in(tmp_path / "houses.gpkg", folder)
    assert names == ["data/houses-2.gpkg"]
    assert (folder / "data/houses.gpkg").read_bytes() == b"houses"
    assert path.read_bytes() == b"others"


# kills

SAVING = """
import sys, itertools
from dataclasses import replace
from pathlib import Path
from data.project import read_project, write_project
from twin.project import NamedView
folder = Path(sys.argv[1])
stored = read_project(folder)
print("ready", flush=True)
for number in itertools.count(int(stored.project.title)):
    views = tuple(NamedView(f"{number}-{i}") for i in range(200))
    project = replace(stored.project, title=str(number), views=views)
    stored = write_project(project, folder, before=stored)
    print(number, flush=True)
"""


def test_after_a_kill_at_any_moment_one_whole_state_is_there(folder: Path) -> None:
    write_project(replace(project_in(folder), title="0", views=tuple(NamedView(f"0-{i}") for i in range(200))), folder)
    chance = random.Random(8)  # noqa: S311  moments, no secrets
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", SAVING, str(folder)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.08))
        process.send_signal(signal.SIGKILL)
        said = process.stdout.read().split()
        process.stdout.close()
        process.wait()
        project = read_project(folder).project
        last = int(said[-1]) if said and said[-1].isdigit() else 0
        assert int(project.title) >= last
        assert {view.name.split("-")[0] for view in project.views} == {project.title}
    write_project(project, folder, before=read_project(folder))
    assert len(list(folder.glob("views.*.toml"))) == 1
    assert not list(folder.glob(".project*"))


def test_what_states_the_licence_of_a_file_goes_with_it(tmp_path: Path) -> None:
    for name, licence in (("north", "Open Database License (ODbL)"), ("south", "CC0")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.geojson").write_text("{}")
        (tmp_path / name / "LICENSE").write_text(licence)
    places = [brought_in(tmp_path / n / f"{n}.geojson", tmp_path / "t.citytwin")[0] for n in ("north", "south")]
    assert [provenance_of(str(place)).licence for place in places] == ["ODbL", "CC0"]
