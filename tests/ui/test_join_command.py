"""`--join` on the command line: what is meant, what is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas
import openpyxl
import pandas as pd
import pytest
import shapely
from PIL import Image

from data.sample import sample_folder
from data.table import ArrowTable
from twin.join import Reduce, TableJoin
from ui.cli import main
from ui.joining import _wish, settled

RealData = Callable[[str], Path]


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def city(tmp_path: Path) -> Path:
    boxes = [shapely.box(4.9 + i / 1000, 52.3, 4.9005 + i / 1000, 52.3005) for i in range(3)]
    frame = geopandas.GeoDataFrame({"id": [7, 12, 13], "addr:street": ["a", "b", "c"]}, geometry=boxes, crs=4326)
    frame.to_file(tmp_path / "city.gpkg", layer="houses")
    (tmp_path / "taxes.csv").write_text("code;tax;use\n007;1,5;flat\n012;2;shop\n012;3;shop\n099;4;flat\n")
    return tmp_path / "city.gpkg"


def test_info_prints_how_the_join_went(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "info", str(city), "--join", f"{city.parent / 'taxes.csv'}:id=code:sum")
    assert found["join"] == {"rows": 4, "matched": 2, "orphans_left": 1, "orphans_right": 1}
    assert found["fields"] == ["id", "addr:street", "code", "tax", "use", "rows"]
    assert any("leading zeros were looked away from" in p["what"] for p in found["problems"])  # type: ignore[attr-defined]


def test_several_joins_are_a_list(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (city.parent / "colors.csv").write_text("use,color\nflat,red\nshop,blue\n")
    words = ["--join", f"{city.parent / 'taxes.csv'}:id=code", "--join", f"{city.parent / 'colors.csv'}:use=use"]
    found = answer(capsys, "info", str(city), *words)
    assert [j["matched"] for j in found["join"]] == [2, 2]  # type: ignore[attr-defined]
    assert main(["info", str(city), *words]) == 0
    assert "taxes.csv: 2 of 3 rows matched by id = code" in capsys.readouterr().out


def test_a_picture_is_coloured_and_filtered_by_a_joined_column(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = city.parent / "out.png"
    words = ["render", str(city), "-o", str(out), "--join", f"{city.parent / 'taxes.csv'}:id=code:sum"]
    words += ["--color-by", "tax", "--filter", "tax > 4", "--label-by", "use", "--size", "320x200"]
    assert answer(capsys, *words)["join"] == {"rows": 4, "matched": 2, "orphans_left": 1, "orphans_right": 1}
    with Image.open(out) as picture:
        assert picture.size == (320, 200)
    assert main([*words[:-6], "--color-by", "taks", "--size", "320x200"]) == 1
    assert 'no column "taks"' in capsys.readouterr().err


def test_a_sheet_stands_between_file_and_columns(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.append(["code", "tax"])
    first.append([7, 1])
    second = book.create_sheet("2024")
    second.append(["code", "tax"])
    second.append([12, 1])
    second.append([13, 1])
    book.save(city.parent / "taxes.xlsx")
    path = city.parent / "taxes.xlsx"
    assert answer(capsys, "info", str(city), "--join", f"{path}:id=code")["join"]["matched"] == 1  # type: ignore[index]
    assert answer(capsys, "info", str(city), "--join", f"{path}:2024:id=code")["join"]["matched"] == 2  # type: ignore[index]


def test_an_existing_path_wins_over_the_split_and_columns_may_have_colons(city: Path) -> None:
    odd = city.parent / "a:b=c.csv"
    odd.write_text("x\n")
    table = ArrowTable(geopandas.read_file(city).drop(columns="geometry").pipe(_arrow))
    assert settled(_wish(f"{odd}:addr:street=st:name:mean"), table) == TableJoin(
        str(odd), "addr:street", "st:name", Reduce.MEAN
    )
    assert settled(_wish("none.csv:id=sum"), table) == TableJoin("none.csv", "id", "sum", None)


def _arrow(frame: pd.DataFrame) -> object:
    import pyarrow as pa  # noqa: PLC0415

    return pa.Table.from_pandas(frame)


def test_what_is_wrong_is_one_sentence(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taxes = str(city.parent / "taxes.csv")
    for words, status, sentence in (
        ("none.csv:id=code", 1, 'There is no file "none.csv"'),
        (f"{taxes}:ident=code", 1, 'The layer has no column "ident"'),
        (f"{taxes}:id=kode", 1, 'There is no column "kode" in "taxes.csv". Did you mean "code"?'),
        (f"{taxes}:id=code:average", 2, '"average" is no way'),
        (taxes, 2, "is no join; write it as TABLE:LEFT=RIGHT[:REDUCE]"),
        (f"{taxes}:id=", 2, "names no two columns"),
    ):
        assert main(["info", str(city), "--join", words]) == status
        out, err = capsys.readouterr()
        assert sentence in err
        assert out == ""
        assert "Traceback" not in err


# real data, counted with pandas


def test_the_parcels_of_cambridge_get_their_taxes(real_data: RealData, capsys: pytest.CaptureFixture[str]) -> None:
    parcels = real_data("cambridge_ma/ASSESSING_ParcelsFY2014.topojson")
    taxes = real_data("cambridge_ma/TaxFY14.csv")
    found = answer(capsys, "info", str(parcels), "--join", f"{taxes}:ML=ML:sum")
    shapes = json.loads(parcels.read_text(encoding="utf-8"))["objects"].values()
    left = pd.Series([g["properties"].get("ML") for shape in shapes for g in shape["geometries"]])
    right = pd.read_csv(taxes, dtype=str)["ML"]
    # one parcel and one row of the table have no key; pandas takes these two for each other (12,983 and 50), we do not
    assert (left.isin(right).sum(), (~right.isin(left)).sum()) == (12_983, 50)
    matched = int(left.dropna().isin(right.dropna()).sum())
    assert matched == 12_982
    assert found["join"] == {
        "rows": 27_528,
        "matched": matched,
        "orphans_left": 13_116 - matched,
        "orphans_right": int((~right.isin(left.dropna())).sum()),
    }
    assert found["join"]["orphans_right"] == 51  # type: ignore[index]


def test_the_houses_of_zug_get_their_typology(real_data: RealData, capsys: pytest.CaptureFixture[str]) -> None:
    zone = real_data("zug_cea/building-geometry/zone.shp")
    typology = real_data("zug_cea/building-properties/typology.dbf")
    found = answer(capsys, "info", str(zone), "--join", f"{typology}:Name=Name")
    assert found["join"] == {"rows": 15, "matched": 15, "orphans_left": 0, "orphans_right": 0}
    assert "1ST_USE" in found["fields"]  # type: ignore[operator]


def test_the_sample_citys_buildings_get_their_properties(capsys: pytest.CaptureFixture[str]) -> None:
    folder = sample_folder()
    left = geopandas.read_file(folder / "buildings.gpkg", layer="buildings", ignore_geometry=True)
    right = pd.read_csv(folder / "property.csv", dtype=str)
    key = next(c for c in left.columns if left[c].astype(str).isin(right["building_id"]).mean() > 0.5)
    found = answer(
        capsys, "info", str(folder / "buildings.gpkg"), "--join", f"{folder / 'property.csv'}:{key}=building_id:sum"
    )
    matched = int(left[key].isin(right["building_id"]).sum())
    assert found["join"] == {
        "rows": len(right),
        "matched": matched,
        "orphans_left": len(left) - matched,
        "orphans_right": int((~right["building_id"].isin(left[key])).sum()),
    }
