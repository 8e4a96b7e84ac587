"""Search: what is found first, coordinates in the ways people type them, and speed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from twin.coordinates import parse_place
from twin.layer import Kind, Layer, LayerInfo
from twin.place import LocalFrame
from twin.report import Report
from twin.search import Match, search
from twin.table import ColumnKind

TOKYO = (139.5, 35.4, 139.9, 35.8)


@dataclass(eq=False)
class Columns:
    """A table in memory."""

    values: dict[str, npt.NDArray[np.generic]]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def fields(self) -> Mapping[str, ColumnKind]:
        return {name: "text" if rows.dtype == object else "number" for name, rows in self.values.items()}

    def column(self, name: str) -> npt.NDArray[np.generic]:
        return self.values[name]

    def row(self, number: int) -> dict[str, object]:
        return {name: rows[number] for name, rows in self.values.items()}


def layers(**columns: object) -> dict[str, Layer]:
    values = {k: v if isinstance(v, np.ndarray) else np.array(v, object) for k, v in columns.items()}
    table = Columns(values)
    info = LayerInfo(
        id="houses", name="Houses", kind=Kind.POINTS, path="", source_layer=None, driver="test", crs=None,
        crs_source="given", count=len(table), shown=len(table), bounds_lonlat=TOKYO,
    )  # fmt: skip
    return {"houses": Layer(info, LocalFrame("EPSG:6677", (-5_000.0, -40_000.0)), table, Report())}


def labels(query: str, **columns: object) -> list[str]:
    return [hit.label for hit in search(query, layers(**columns)).hits]


def test_whole_text_comes_before_start_before_word_before_inside() -> None:
    names = ["Altmarkt Nord", "Markthalle", "Markt", "Am Markt", None, "Rathaus"]
    assert labels("markt", name=names) == ["Markt", "Markthalle", "Am Markt", "Altmarkt Nord"]


def test_case_and_accents_do_not_matter() -> None:
    names = ["Église Saint-Étienne", "Łódź", "Straße", "Ｔｏｋｙｏ タワー", "Kōtō"]
    for typed, found in (("eglise", 0), ("LODZ", 1), ("strasse", 2), ("tokyo", 3), ("タワ", 3), ("koto", 4)):
        assert labels(typed, name=names) == [names[found]]


def test_names_come_before_ids_and_other_columns() -> None:
    found = search("a1", layers(note=["A1"], bldg_id=["A1"], name=["A1 Tower"])).hits
    assert [hit.reason for hit in found] == ["bldg_id, Houses"]  # one hit a row: the best
    two = search("a1", layers(note=["A1", None], bldg_id=[None, "A1"])).hits
    assert [hit.row for hit in two] == [1, 0]


def test_a_text_in_many_rows_is_one_hit_that_says_so() -> None:
    (hit,) = search("off", layers(use=["office", "home", "office"])).hits
    assert (hit.label, hit.row, hit.count, hit.match) == ("office", 0, 2, Match.START)
    assert "2 rows" in hit.reason


def test_a_number_is_found_in_id_columns_only() -> None:
    table = {"gid": np.array([10.0, 27.0, np.nan]), "height": np.array([27.0, 3.0, 4.0])}
    (hit,) = search("27", layers(**table)).hits
    assert (hit.row, hit.reason) == (1, "gid, Houses")


def test_odd_texts_do_not_shift_rows() -> None:
    names = ["first\nline", None, "", "İstanbul ﬁeld", "x\r\ny", "last"]
    assert [h.row for h in search("last", layers(name=names)).hits] == [5]
    assert [h.row for h in search("line", layers(name=names)).hits] == [0]
    assert [h.row for h in search("field", layers(name=names)).hits] == [3]


def test_neighbours_that_are_the_same_are_all_found() -> None:
    names = [f"n{i}" for i in range(6_000)]
    names[100:103] = ["Twin", "Twin", "Twin"]  # nearly every row differs, so rows are searched one by one
    assert [h.row for h in search("twin", layers(name=names)).hits] == [100, 101, 102]


def test_nothing_typed_or_nothing_there_finds_nothing() -> None:
    assert search("  ", layers(name=["a"])).hits == ()
    assert search("zzz", layers(name=["a", None])).hits == ()
    assert search("a", {}).hits == ()


@pytest.mark.parametrize(
    ("typed", "lon_deg", "lat_deg"),
    [
        ("139.79, 35.67", 139.79, 35.67),
        ("139.79,35.67", 139.79, 35.67),
        ("35.67 139.79", 139.79, 35.67),
        ("35.67 N 139.79 E", 139.79, 35.67),
        ("N35.67, E139.79", 139.79, 35.67),
        ("35°40'12\"N 139°47'24\"E", 139.79, 35.67),
        ("35° 40.2′ N, 139° 47.4′ E", 139.79, 35.67),
        ("-33.86 151.21", 151.21, -33.86),
        ("33.86 S 151.21 E", 151.21, -33.86),
        ("2,35 48,85", 2.35, 48.85),
        ("-0.1276, 51.5072", -0.1276, 51.5072),
        ("70.6 W 33.4 S", -70.6, -33.4),
    ],
)
def test_coordinates_are_read_as_people_type_them(typed: str, lon_deg: float, lat_deg: float) -> None:
    place = parse_place(typed, bounds=[TOKYO])
    assert place is not None
    assert (place.lon_deg, place.lat_deg) == pytest.approx((lon_deg, lat_deg), abs=1e-9)


def test_the_order_that_lies_in_the_city_is_meant() -> None:
    zug = (8.4, 47.1, 8.6, 47.2)
    place = parse_place("47.17, 8.51", bounds=[zug])
    assert place is not None
    assert (place.lon_deg, place.lat_deg) == (8.51, 47.17)
    elsewhere = parse_place("47.17, 8.51")
    assert elsewhere is not None
    assert elsewhere.lon_deg == 47.17


def test_large_numbers_are_metres_of_the_project() -> None:
    found = search("-5000 -40000", layers(name=["a"])).place
    assert found is not None
    # EPSG:6677 begins at 36 N, 139.8333 E: 5 km west is 0.0553 degrees, 40 km south 0.3605 degrees there
    assert (found.lon_deg, found.lat_deg) == pytest.approx((139.7783, 35.6394), abs=2e-4)


@pytest.mark.parametrize("typed", ["Main Street 12", "12", "12 14 16", "A 5, B 7", "47N 8N", "", "200 300", "1e5"])
def test_other_texts_are_no_coordinates(typed: str) -> None:
    assert parse_place(typed) is None


def test_a_million_rows_are_searched_in_time() -> None:
    count = 1_000_000
    names = np.array([f"Haus {i:07d}" for i in range(count)], object)
    city = layers(name=names)
    search("x", city)  # the first time folds the column
    for typed in ("haus 0999", "99999", "us 0500123"):
        began = time.perf_counter()
        assert search(typed, city).hits
        assert time.perf_counter() - began < 0.15  # measured: 3 to 25 ms
