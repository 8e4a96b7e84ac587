"""Which CRS the numbers are in, and which frame the first layer sets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyproj import CRS, Transformer

from data.crs import Numbers, crs_text, frame_for, horizontal, into_frame, lonlat_bounds, settle, utm
from data.table import ArrowTable
from twin.errors import CrsError
from twin.place import LocalFrame
from twin.report import Report

NO_COLUMNS = ArrowTable(pa.table({}))


def numbers(*points: tuple[float, float], size: float | None = None) -> Numbers:
    return Numbers(np.array(points, float), size)


def test_a_stated_crs_that_fits_is_taken() -> None:
    report = Report()
    settled = settle("EPSG:28992", None, numbers((120000, 480000), size=10), NO_COLUMNS, report)
    assert (settled.crs, settled.source) == ("EPSG:28992", "stated")
    assert not report


def test_a_compound_crs_gives_its_horizontal_part() -> None:
    assert horizontal("EPSG:7415") == "EPSG:28992"
    assert horizontal("EPSG:4979") == "EPSG:4326"
    assert horizontal("OGC:CRS84") == "EPSG:4326"


def test_a_crs_without_a_code_is_kept_as_wkt() -> None:
    own = CRS.from_proj4("+proj=tmerc +lat_0=47 +lon_0=8.5 +k=1 +x_0=1000 +y_0=2000 +ellps=GRS80 +units=m")
    text = horizontal(own.to_wkt())
    assert text is not None
    assert not text.startswith("EPSG")
    assert crs_text(CRS.from_user_input(text)) == text


def test_a_drawing_boards_own_system_is_no_place_on_earth() -> None:
    assert horizontal('LOCAL_CS["board",UNIT["metre",1]]') is None


def test_nonsense_is_refused_with_the_way_to_say_it() -> None:
    with pytest.raises(CrsError, match=r'"EPSG:x" is no coordinate.*--crs EPSG:25832'):
        settle(None, "EPSG:x", numbers((5, 52)), NO_COLUMNS, Report())


def test_a_given_crs_wins_over_the_stated_one() -> None:
    settled = settle("EPSG:4326", "EPSG:28992", numbers((120000, 480000)), NO_COLUMNS, Report())
    assert (settled.crs, settled.source) == ("EPSG:28992", "given")


def test_degrees_given_for_metres_are_refused() -> None:
    with pytest.raises(CrsError, match="EPSG:4326 is in degrees, but the numbers of the file are not"):
        settle(None, "EPSG:4326", numbers((120000, 480000)), NO_COLUMNS, Report())


def test_latitude_first_is_recognised() -> None:
    """Tokyo as (35.7, 139.8): no latitude is 139.8, but exchanged the two fit."""
    with pytest.raises(CrsError, match="x and y look exchanged"):
        settle("EPSG:4326", None, numbers((35.7, 139.8), (35.6, 139.7)), NO_COLUMNS, Report())


def test_a_column_that_names_the_crs_settles_a_contradiction() -> None:
    """SWEREF 99 12 00 metres in a GeoJSON, which is lon/lat by its standard, with a column that says EPSG:3007."""
    table, report = ArrowTable(pa.table({"crs": ["EPSG:3007"]})), Report()
    settled = settle("EPSG:4326", None, numbers((147837.673, 6398728.296)), table, report)
    assert (settled.crs, settled.source) == ("EPSG:3007", "guessed")
    assert "EPSG:3007" in report.problems[0].what


def test_a_column_that_names_a_crs_of_elsewhere_is_not_believed() -> None:
    table = ArrowTable(pa.table({"crs": ["EPSG:28992"]}))
    with pytest.raises(CrsError):
        settle(None, None, numbers((147837.673, 6398728.296)), table, Report())


def test_small_numbers_of_large_features_are_not_taken_for_degrees() -> None:
    """A drawing around its own origin: houses 10 wide are metres, not degrees."""
    with pytest.raises(CrsError, match="--crs"):
        settle(None, None, numbers((3, 4), (40, 50), size=10.0), NO_COLUMNS, Report())


def test_the_frame_is_the_layers_own_crs_where_that_is_metric_and_true() -> None:
    assert frame_for("EPSG:28992", (120000.4, 480000.6)) == LocalFrame("EPSG:28992", (120000.0, 480001.0))
    assert frame_for("EPSG:32732", (463112.0, 15224900.0)).crs == "EPSG:32732"


@pytest.mark.parametrize(
    ("crs", "centre", "expected"),
    [
        ("EPSG:4326", (139.77, 35.65), "EPSG:32654"),
        ("EPSG:4326", (-71.1, 42.37), "EPSG:32619"),
        ("EPSG:4326", (151.2, -33.9), "EPSG:32756"),
        ("EPSG:3857", (545000.0, 6860000.0), "EPSG:32631"),
        ("EPSG:3857", (0.0, 0.0), "EPSG:32631"),
        ("EPSG:2263", (980000.0, 200000.0), "EPSG:32618"),
        ("EPSG:3395", (545000.0, 6820000.0), "EPSG:32631"),
        ("EPSG:2053", (0.0, 2900000.0), "EPSG:32735"),
    ],
)
def test_degrees_feet_and_stretched_projections_give_their_utm_zone(
    crs: str, centre: tuple[float, float], expected: str
) -> None:
    assert frame_for(crs, centre).crs == expected


def test_utm_zones_at_the_edges() -> None:
    """Zones are 6 degrees from 180 W; UTM ends at 84 N and 80 S."""
    assert [utm(-180, 0), utm(180, 0), utm(179.9, -1)] == ["EPSG:32601", "EPSG:32601", "EPSG:32760"]
    assert [utm(0, 85), utm(0, -85)] == ["EPSG:32661", "EPSG:32761"]
    with pytest.raises(CrsError):
        utm(float("inf"), 0)


def test_moving_into_the_frame_is_pyprojs_transformation_less_the_origin() -> None:
    frame = LocalFrame("EPSG:32654", (389171.0, 3948189.0))
    lonlat = np.array([[139.77, 35.65], [139.78, 35.66]])
    east, north = Transformer.from_crs(4326, 32654, always_xy=True).transform(*lonlat.T)
    moved = into_frame(lonlat.copy(), "EPSG:4326", frame)
    assert moved == pytest.approx(np.column_stack([east - 389171, north - 3948189]), abs=1e-9)


def test_bounds_follow_curved_edges() -> None:
    """A square of 400 km in Lambert-93: its northern edge bulges beyond its corners."""
    west, south, east, north = lonlat_bounds((500000, 6400000, 900000, 6800000), "EPSG:2154")
    corners = Transformer.from_crs(2154, 4326, always_xy=True).transform([500000, 900000], [6800000, 6800000])[1]
    assert north > max(corners)
    assert west < east
    assert south < north
