"""The data doctor: what a page says of a layer, on small layers in which each thing is wrong once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import shapely

from data.vector import read
from twin.layer import Layer
from twin.personal import Decided, PersonalDecision
from twin.terrain import Terrain, ground_of
from ui.answer import plain
from ui.doctor_words import Severity, findings, report_lines
from ui.doctoring import layer_check, session_check, units_of

RealData = Callable[[str], Path]


def _layer(folder: Path, count: int = 60, *, crs: str = "EPSG:25832", **columns: list[object]) -> Layer:
    """Return houses of 10 by 10 m, 20 m apart, of 8 to 13 m height."""
    shapes = [shapely.box(500_000 + 20 * i, 5_300_000, 500_010 + 20 * i, 5_300_010) for i in range(count)]
    rows: dict[str, list[object]] = {"height": [8.0 + i % 6 for i in range(count)]} | columns
    shapes = columns.pop("shapes", shapes)  # type: ignore[assignment]
    rows.pop("shapes", None)
    path = folder / "houses.gpkg"
    geopandas.GeoDataFrame(rows, geometry=shapes, crs=crs).to_file(path)
    return read(path, is_alone=True)


def _outliers(layer: Layer) -> dict[str, tuple[int, ...]]:
    found = {}
    for one in layer_check(layer)["outliers"]:  # type: ignore[attr-defined]
        found[f"{one['field']}: {one['what']}"] = one["rows"]
    return found


def test_a_good_layer_has_no_outliers_no_duplicates_and_no_questions(tmp_path: Path) -> None:
    page = layer_check(_layer(tmp_path))
    assert (page["outliers"], page["open_questions"], page["repaired"], page["skipped"]) == ([], [], [], [])
    assert page["duplicates"] == {
        "geometry": {"count": 0, "rows": ()},
        "id": {"field": None, "count": 0, "rows": ()},
    }
    assert (page["crs"], page["crs_source"]) == ("EPSG:25832", "stated")
    assert page["units"] == {"coordinates": "metre", "heights": "metre"}
    json.dumps(plain(page), allow_nan=False)


def test_heights_that_cannot_be_are_named_with_their_rows(tmp_path: Path) -> None:
    heights: list[object] = [8.0 + i % 6 for i in range(60)]
    heights[7], heights[11] = 900.0, 400.0  # no building is that tall; four hundred among ten
    found = _outliers(_layer(tmp_path, height=heights))
    assert found["height: are taller than 830 m, taller than any building"] == (7,)
    assert found["height: are far taller than the others"] == (11,)
    assert found["height: are as thin as masts: is the height in metres?"] == (11,)


def test_a_house_a_hundred_kilometres_off_is_far_away(tmp_path: Path) -> None:
    shapes = [shapely.box(500_000 + 20 * i, 5_300_000, 500_010 + 20 * i, 5_300_010) for i in range(60)]
    shapes[4] = shapely.box(600_000, 5_300_000, 600_010, 5_300_010)
    found = _outliers(_layer(tmp_path, shapes=shapes))
    assert found == {"place: lie far away from the others (metres)": (4,)}


def test_the_same_house_twice_and_the_same_id_twice_are_told(tmp_path: Path) -> None:
    shapes = [shapely.box(500_000 + 20 * i, 5_300_000, 500_010 + 20 * i, 5_300_010) for i in range(60)]
    shapes[31] = shapes[30]
    ids: list[object] = [f"B{i}" for i in range(60)]
    ids[59] = "B3"
    page = layer_check(_layer(tmp_path, shapes=shapes, gml_id=ids))
    assert page["duplicates"]["geometry"]["count"] == 1  # type: ignore[index]
    assert page["duplicates"]["id"] == {"field": "gml_id", "count": 1, "rows": (59,)}  # type: ignore[index]


def test_codes_for_not_known_are_no_numbers(tmp_path: Path) -> None:
    year: list[object] = [1950 + i for i in range(60)]
    year[0] = year[1] = year[2] = -9999
    assert _outliers(_layer(tmp_path, year=year)) == {'year: hold -9999 in "year": a code for "not known"?': (0, 1, 2)}


def test_estimated_heights_are_counted(tmp_path: Path) -> None:
    heights: list[object] = [None if i % 4 == 0 else 9.0 for i in range(60)]
    page = layer_check(_layer(tmp_path, height=heights))
    assert page["heights"]["known"] == 45  # type: ignore[index]
    assert page["heights"]["estimated_share"] == 0.25  # type: ignore[index]


def test_a_personal_column_is_a_question_until_it_is_decided(tmp_path: Path) -> None:
    layer = _layer(tmp_path, owner=["Jane Doe", "Max Müller"] * 30)
    page = layer_check(layer)
    assert [q["field"] for q in page["open_questions"]] == ["owner"]  # type: ignore[attr-defined]
    assert findings(page)[0].severity is Severity.STOP
    for decided in (Decided.PERSONAL, Decided.PUBLIC):
        page = layer_check(layer, decisions=[PersonalDecision(layer.info.id, "owner", decided)])
        assert page["open_questions"] == []
        assert page["personal"][0]["decided"] == str(decided)  # type: ignore[index]


def test_buildings_off_the_ground_are_told_where_they_have_a_base_of_their_own(tmp_path: Path) -> None:
    """The ground lies at 100 m; bases at 100 m, one at 104 m (floats by 4), one at 97.5 m (sunken by 2.5)."""
    base: list[object] = [100.0] * 60
    base[5], base[9] = 104.0, 97.5
    layer = _layer(tmp_path, ground_elevation=base)
    assert layer.heights is not None
    bases = np.asarray(base, np.float32)
    layer = replace(layer, heights=replace(layer.heights, ground_m=bases))
    area = layer.area
    terrain = Terrain(np.full((9, 160), 100.0, np.float32), (area.west_m - 100, area.south_m - 30), (10.0, 10.0))
    page = layer_check(layer, ground=ground_of([terrain]))
    assert page["floating"] == {"count": 1, "rows": [5], "by_m": [4.0]}
    assert page["sunken"] == {"count": 1, "rows": [9], "by_m": [2.5]}


def test_without_terrain_nothing_is_said_of_floating(tmp_path: Path) -> None:
    page = layer_check(_layer(tmp_path))
    assert (page["floating"], page["sunken"]) == (None, None)


def test_licence_and_age_come_from_the_files_beside_and_the_newest_entry(tmp_path: Path) -> None:
    layer = _layer(tmp_path, last_edited=["2019-03-01", "2021-06-30"] * 30)
    assert layer_check(layer)["licence"] == {"name": None, "stated_in": None}
    (tmp_path / "LICENSE.txt").write_text("Creative Commons Attribution 4.0 International")
    page = layer_check(layer)
    assert page["licence"] == {"name": "CC BY 4.0", "stated_in": "LICENSE.txt"}
    assert (page["age"]["newest"], page["age"]["field"]) == ("2021-06-30", "last_edited")  # type: ignore[index]


def test_the_unit_of_the_coordinates_is_that_of_the_reference_system() -> None:
    assert units_of("EPSG:2263")["coordinates"] == "US survey foot"
    assert units_of("EPSG:4326")["coordinates"] == "degree"
    assert units_of(None)["coordinates"] == "unknown"


def test_olemps_says_what_is_empty_and_what_is_a_code(real_data: RealData) -> None:
    """BATIMENT.dbf by hand: 269 empty HAUTEUR and 15 zeros are estimated; PREC_ALTI 9999 in 269 rows."""
    page = layer_check(read(real_data("olemps_bdtopo_fr/BATIMENT.shp"), is_alone=True))
    assert page["heights"]["estimated"] == 284  # type: ignore[index]
    assert [(o["field"], o["count"]) for o in page["outliers"]] == [("PREC_ALTI", 269)]  # type: ignore[attr-defined]
    assert page["licence"]["name"] == "Licence Ouverte"  # type: ignore[index]
    assert page["personal"] == []


def test_a_report_is_readable_text(tmp_path: Path) -> None:
    from twin.session import Session  # noqa: PLC0415

    session = Session()
    session.add_layer(_layer(tmp_path, owner=["Jane Doe", "Max Müller"] * 30))
    pages = session_check(session)
    questions = pages[0]["open_questions"]
    text = "\n".join(report_lines({"layers": pages, "ready": False, "open_questions": questions}))
    assert '■ Decide: Is the column "owner" about people' in text
    assert "EPSG:25832 (stated by the file)" in text
