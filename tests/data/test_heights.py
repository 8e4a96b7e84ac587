"""The height rule: which column, which numbers, and where each height came from."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.height_names import is_named_as_building, plain
from data.height_values import number_of
from data.heights import DEFAULT_M, STOREY_M, find_columns, raised_rows, says_buildings
from data.table import ArrowTable
from twin.buildings import HeightSource
from twin.errors import ColumnError


def table(**columns: list[object]) -> ArrowTable:
    return ArrowTable(pa.table(columns))


def named(*names: str) -> ArrowTable:
    """One column of plausible heights per name."""
    return ArrowTable(pa.table([pa.array([5.0, 9.0])] * len(names), names=list(names)))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12.13 m", 12.13),
        ("12", 12.0),
        ("3,5", 3.5),
        ("40 ft", 12.192),
        ("40'", 12.192),
        ("40'6\"", 12.3444),
        ("40 ft 6 in", 12.3444),
        ("1;6", 6.0),
        ("3-4", 4.0),
        ("3 bis 5", 5.0),
        ("~12", 12.0),
        ("ca. 8 m", 8.0),
        ("1.2 km", 1200.0),
        ("350 cm", 3.5),
        ("8 metres", 8.0),
        ("2.5", 2.5),
        ("-9999", -9999.0),
        ("1e1", 10.0),
    ],
)
def test_a_text_gives_its_number(text: str, number: float) -> None:
    assert number_of(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", " ", "unknown", "n/a", "-", ";"])
def test_a_text_without_a_number_gives_none(text: str) -> None:
    assert math.isnan(number_of(text))


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    assert isinstance(float(number_of(text)), float)


@given(st.floats(0.1, 999).map(lambda v: round(v, 2)))
def test_a_number_written_with_point_or_comma_and_unit_is_read_back(value: float) -> None:
    assert number_of(f"{value} m") == pytest.approx(value)
    assert number_of(str(value).replace(".", ",")) == pytest.approx(value)


@pytest.mark.parametrize(
    "name",
    [
        "height", "HEIGHT", "Height (m)", "measuredHeight", "bldg:measuredHeight", "HAUTEUR", "building:height",
        "hoehe", "Höhe", "Gebäudehöhe", "height_ag", "建物高さ", "計測高さ", "都市計画>建物高さ", "BLDG_HEIGHT",
        "roof_height", "heightroof",
        "altura", "korkeus", "ВЫСОТА", "measuredHe", "Gebäudehöhe [m]", "高さ(m)", "Höhe in Metern", "Hauteur / m",
    ],
)  # fmt: skip
def test_the_usual_names_of_heights_are_found(name: str) -> None:
    assert find_columns(named("id", name)).measured == name


@pytest.mark.parametrize(
    "name",
    ["roof:height", "height_bg", "maxheight", "min_height", "height_source", "weight", "Z_MAX_TOIT", "elevation"],
)
def test_other_heights_are_not_taken_for_it(name: str) -> None:
    assert find_columns(named(name)).measured is None


@pytest.mark.parametrize(
    "name",
    [
        "building:levels",
        "NB_ETAGES",
        "floors_ag",
        "storeys",
        "BldgStories",
        "num_floors",
        "階数",
        "地上階数",
        "GASTW",
        "Этажей",
        "levels",
    ],
)
def test_the_usual_names_of_storeys_are_found(name: str) -> None:
    assert find_columns(named(name)).storeys == name


def test_a_column_of_elevations_is_not_heights() -> None:
    """Heights above the sea of a hill town: the name says height, the numbers say otherwise."""
    both = table(height=[612.0, 640.5, 633.0], hoehe=[9.0, 12.0, 7.5])
    assert find_columns(both).measured == "hoehe"


def test_blanks_zeros_negatives_and_sentinels_are_no_heights() -> None:
    raised = raised_rows(table(height=[12.0, 0.0, None, -3.0, -9999.0, 9999.0, -3.4e38, float("nan")]))
    assert list(raised.heights.source[:1]) == [HeightSource.MEASURED]
    assert set(raised.heights.source[1:]) == {HeightSource.DEFAULT}
    assert raised.heights.height_m[1:] == pytest.approx(DEFAULT_M)
    assert next(p.count for p in raised.report.problems if "negative" in p.what) == 4


def test_each_building_keeps_where_its_height_came_from() -> None:
    raised = raised_rows(
        table(
            height=["20 m", None, None, None, None],
            Z_MAX_TOIT=[99.0, 130.0, None, None, None],
            Z_MIN_SOL=[1.0, 118.0, 118.0, None, None],
            levels=["4", "4", "4", None, None],
            use=["office", None, None, "industrial", None],
        )
    )
    by_hand_or_raster = (HeightSource.RASTER, HeightSource.CORRECTED)
    assert list(raised.heights.source) == [s for s in HeightSource if s not in by_hand_or_raster]
    assert raised.heights.height_m == pytest.approx([20, 12, 4 * STOREY_M, 8.0, DEFAULT_M])
    assert (raised.heights.field, raised.heights.storeys_field) == ("height", "levels")


def test_ground_below_the_sea_is_ground_and_a_sentinel_is_not() -> None:
    raised = raised_rows(table(b3_h_70p=[5.0, 5.0, -9999.0], b3_h_maaiveld=[-1.5, -999.0, -1.5]))
    assert list(raised.heights.source) == [HeightSource.ROOF_MINUS_GROUND, HeightSource.DEFAULT, HeightSource.DEFAULT]
    assert raised.heights.height_m[0] == pytest.approx(6.5)


def test_storeys_of_an_office_are_higher_than_those_of_housing() -> None:
    """3.9 m against 3.1 m a storey: CTBUH's height calculator."""
    raised = raised_rows(table(storeys=[10, 10], use=["Office", "apartments"]))
    assert raised.heights.height_m == pytest.approx([39.0, 31.0])


def test_a_name_in_feet_or_centimetres_is_turned_into_metres() -> None:
    assert raised_rows(table(height_ft=[100.0])).heights.height_m == pytest.approx(30.48)
    assert raised_rows(table(hgt_mediancm=[950.0])).heights.height_m == pytest.approx(9.5)


def test_a_base_lifts_a_building_and_never_above_its_top() -> None:
    raised = raised_rows(table(height=[20.0, 20.0, 20.0, 20.0], min_height=["5 m", None, "30", "-2"]))
    assert raised.base_m == pytest.approx([5, 0, 0, 0])
    assert next(p.examples for p in raised.report.problems if "own top" in p.what) == (2,)
    raised = raised_rows(ArrowTable(pa.table({"building:levels": ["5"], "building:min_level": ["2"]})))
    assert raised.base_m == pytest.approx(2 * STOREY_M)


def test_the_column_asked_for_wins() -> None:
    both = table(height=[5.0, 6.0], dak=[7.0, 8.0])
    assert raised_rows(both, height_field="dak").heights.height_m == pytest.approx([7, 8])


def test_a_column_that_cannot_be_heights_is_refused() -> None:
    with pytest.raises(ColumnError, match='"name" has no number'):
        raised_rows(table(name=["a", "b"]), height_field="name")
    with pytest.raises(ColumnError, match=r'no column "heigt".*Did you mean "height"'):
        raised_rows(table(height=[1.0]), height_field="heigt")


def test_every_height_is_above_its_base_and_finite() -> None:
    random = np.random.default_rng(7)
    values = random.choice([0, -1, 5, 12, 1e9, np.nan, 3], 500)
    raised = raised_rows(table(height=list(values), min_height=list(random.permutation(values)), levels=list(values)))
    assert np.isfinite(raised.heights.height_m).all()
    assert (raised.heights.height_m > raised.base_m).all()


@pytest.mark.parametrize(
    "name", ["buildings", "BATIMENT", "koto_bldg", "Gebäude", "gebaeude_2020", "建物", "footprints"]
)
def test_a_layer_named_after_buildings_is_raised(name: str) -> None:
    assert is_named_as_building(name)
    assert says_buildings(table(a=[1]), (name,))


@pytest.mark.parametrize("name", ["parcels", "COMMUNE", "zoning", "expand", "CONSTRUCTION_LIGNE", "zone"])
def test_a_layer_of_something_else_lies_flat(name: str) -> None:
    assert not says_buildings(table(a=[1]), (name,))


def test_a_layer_with_heights_or_storeys_or_a_building_column_is_raised() -> None:
    assert says_buildings(named("hoehe"), ("x",))
    assert says_buildings(named("levels"), ("x",))
    assert says_buildings(table(building=["yes"]), ("x",))
    assert not says_buildings(table(height=[None, 0.0]), ("x",))


def test_names_are_compared_without_accents_signs_and_case() -> None:
    assert plain("Höhe über_Grund (m)") == "hoheubergrundm"
    assert plain("ビルの高さ") == "ビルの高さ"
