"""Tables without geometry, as offices write them."""

from __future__ import annotations

import codecs
import datetime as dt
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.csv_tables import read_csv, shape_of
from data.sample import sample_folder
from data.tables import TableRead, describe_tables, read_table
from twin.errors import ColumnError, LayerError, SourceError, TwinError
from twin.report import Report

RealData = Callable[[str], Path]
Cells = list[list[object]]


def text(folder: Path, content: str | bytes, encoding: str = "utf-8") -> TableRead:
    path = folder / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return read_table(path)


def columns(read: TableRead) -> dict[str, list[object]]:
    return read.table.arrow.to_pydict()


def said(read: TableRead) -> str:
    return " | ".join(read.report.sentences())


# text files


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    read = text(tmp_path, f"id{separator}v\na{separator}1\nb{separator}2\n")
    assert columns(read) == {"id": ["a", "b"], "v": [1, 2]}


JAPANESE = "番号,用途\n1,東京都江東区\n2,住宅\n"
CHINESE = "编号,用途\n1,上海市浦东新区\n2,住宅\n"
GERMAN = "nr;straße\n1;Müllerstraße\n2;Grüner Weg\n"


@pytest.mark.parametrize(
    ("content", "encoding", "mark"),
    [
        (GERMAN, "utf-8", b""),
        (GERMAN, "utf-8", codecs.BOM_UTF8),
        (GERMAN, "utf-16-le", codecs.BOM_UTF16_LE),
        (GERMAN, "utf-16-be", codecs.BOM_UTF16_BE),
        (GERMAN, "utf-16-le", b""),
        (GERMAN, "cp1252", b""),
        (JAPANESE, "utf-8", b""),
        (JAPANESE, "cp932", b""),
        (CHINESE, "gb18030", b""),
        ("id,café\n1,été\n2,années passées\n3,déjà\n", "cp1252", b""),
    ],
)
def test_the_encoding_is_proven_by_the_bytes(tmp_path: Path, content: str, encoding: str, mark: bytes) -> None:
    read = text(tmp_path, mark + content.encode(encoding))
    separator = ";" if ";" in content else ","
    rows = [line.split(separator) for line in content.splitlines()]
    assert columns(read) == {
        rows[0][0]: [int(row[0]) for row in rows[1:]],
        rows[0][1]: [row[1] for row in rows[1:]],
    }
    assert ("cp1252" in said(read)) == (encoding == "cp1252")


def test_a_key_with_leading_zeros_stays_text(tmp_path: Path) -> None:
    assert columns(text(tmp_path, "plz,n\n01067,1\n10115,2\n")) == {"plz": ["01067", "10115"], "n": [1, 2]}


def test_a_decimal_comma_is_read_as_one(tmp_path: Path) -> None:
    read = text(tmp_path, "id;v;w\na;1,5;1.234\nb;2.500,25;2.000\n")
    assert columns(read) == {"id": ["a", "b"], "v": [1.5, 2500.25], "w": [1234.0, 2000.0]}


def test_mixed_decimal_marks_are_read_each_by_its_own_and_said(tmp_path: Path) -> None:
    read = text(tmp_path, "id;v\na;1,5\nb;2.25\nc;7\nd;1.200,5\n")
    assert columns(read)["v"] == [1.5, 2.25, 7.0, 1200.5]
    assert 'numbers of "v" have a decimal comma, others a decimal point' in said(read)


def test_a_word_for_nothing_is_empty_among_numbers_only(tmp_path: Path) -> None:
    read = text(tmp_path, "id,v,t\na,1,n/a\nb,n/a,x\nc,-,-\n")
    assert columns(read) == {"id": ["a", "b", "c"], "v": [1, None, None], "t": ["n/a", "x", "-"]}
    assert '2 cells of "v" say that there is no value' in said(read)


def test_a_line_break_between_quotes_is_part_of_the_cell(tmp_path: Path) -> None:
    read = text(tmp_path, 'id,note\n"a","first\nsecond, and ""third"""\nb,x\n')
    assert columns(read) == {"id": ["a", "b"], "note": ['first\nsecond, and "third"', "x"]}


def test_titles_above_and_sums_below_are_left_out_and_said(tmp_path: Path) -> None:
    read = text(tmp_path, "Grundsteuer 2024;;\nStand: 1.1.2025;;\n\nid;art;wert\na;x;10\nb;y;20\nSumme;;30\n")
    assert columns(read) == {"id": ["a", "b"], "art": ["x", "y"], "wert": [10, 20]}
    assert "2 rows above the header" in said(read)
    assert "1 rows at the end of" in said(read)


def test_rows_of_other_lengths_are_kept_and_said(tmp_path: Path) -> None:
    read = text(tmp_path, "id,v\na,1\nb\nc,3,4\n")
    assert columns(read) == {"id": ["a", "b", "c"], "v": [1, None, 3]}
    assert "2 rows of" in said(read)


def test_a_name_that_stands_twice_in_the_header_is_told_apart(tmp_path: Path) -> None:
    assert columns(text(tmp_path, "id,v,v\na,x,y\n")) == {"id": ["a"], "v": ["x"], "v_2": ["y"]}


def test_years_over_columns_are_a_header(tmp_path: Path) -> None:
    assert columns(text(tmp_path, "id,2022,2023,2024\na,1,2,3\n")) == {
        "id": ["a"],
        "2022": [1],
        "2023": [2],
        "2024": [3],
    }


def test_dates_are_times_and_impossible_ones_text(tmp_path: Path) -> None:
    read = text(tmp_path, "d,e\n2024-01-31,2024-02-30\n2024-02-01 12:30,2024-02-01\n")
    assert read.table.fields() == {"d": "time", "e": "text"}


def test_a_file_without_header_gets_numbered_columns(tmp_path: Path) -> None:
    assert list(columns(text(tmp_path, "1,2\n3,4\n"))) == ["column 1", "column 2"]


def test_what_excel_writes_first_is_no_row(tmp_path: Path) -> None:
    assert columns(text(tmp_path, "sep=|\r\nid|v\r\na|1\r\n")) == {"id": ["a"], "v": [1]}


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_a_table_or_a_sentence_comes_of_them(data: bytes) -> None:
    report = Report()
    try:
        table = read_csv(shape_of(data, report, name="x"), report, name="x")
    except TwinError:
        return
    assert len(set(table.column_names)) == table.num_columns


ROWS = st.lists(
    st.tuples(st.from_regex(r"[a-z]{1,4}", fullmatch=True), st.integers(-(10**6), 10**6)), min_size=3, max_size=20
)


@given(ROWS, st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_what_was_written_is_read(rows: list[tuple[str, int]], separator: str, encoding: str) -> None:
    lines = [separator.join(("name", "value")), *(f"{a}{separator}{b}" for a, b in rows)]
    report = Report()
    table = read_csv(shape_of("\n".join(lines).encode(encoding), report), report)
    words = [a for a, _ in rows]
    assert table.column("value").to_pylist() == [b for _, b in rows][: len(table)]
    assert len(table) == len(rows) or words[-1] in ("suma", "somme", "total", "summe", "calkem")


# workbooks: ten messes


def workbook(path: Path, cells: Cells, *, merged: tuple[str, ...] = (), sheet: str = "Tabelle1") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in cells:
        page.append(row)
    for area in merged:
        page.merge_cells(area)
    book.save(path)
    return path


PLAIN: Cells = [["id", "use", "value"], ["A1", "flat", 10], ["A2", "shop", 20.5]]
READ = {"id": ["A1", "A2"], "use": ["flat", "shop"], "value": [10.0, 20.5]}


def test_mess_1_titles_and_blank_rows_above_the_header(tmp_path: Path) -> None:
    read = read_table(workbook(tmp_path / "a.xlsx", [["Register of 2024"], ["as of 1 May"], [], *PLAIN]))
    assert columns(read) == READ
    assert "2 rows above the header" in said(read)


def test_mess_2_a_title_merged_over_all_columns(tmp_path: Path) -> None:
    read = read_table(workbook(tmp_path / "a.xlsx", [["Register", None, None], *PLAIN], merged=("A1:C1",)))
    assert columns(read) == READ


def test_mess_3_sums_and_a_note_at_the_end(tmp_path: Path) -> None:
    end: Cells = [["Total", None, 30.5], [], ["Source: tax office, own count"]]
    read = read_table(workbook(tmp_path / "a.xlsx", [*PLAIN, *end]))
    assert columns(read) == READ
    assert "hold sums" in said(read)


def test_mess_4_merged_cells_down_a_column(tmp_path: Path) -> None:
    cells: Cells = [["district", "id", "v"], ["North", "a", 1], [None, "b", 2], [None, "c", 3], ["South", "d", 4]]
    read = read_table(workbook(tmp_path / "a.xlsx", cells, merged=("A2:A4",)))
    assert columns(read)["district"] == ["North", "North", "North", "South"]
    assert "2 cells of" in said(read)


def test_mess_5_some_keys_lost_their_leading_zeros(tmp_path: Path) -> None:
    read = read_table(workbook(tmp_path / "a.xlsx", [["plz", "v"], ["01067", 1], [1069, 2], ["10115", 3], [10117, 4]]))
    assert columns(read)["plz"] == ["01067", "01069", "10115", "10117"]
    assert "lost their leading zeros; 5 digits were restored" in said(read)


def test_mess_6_all_keys_lost_their_leading_zeros(tmp_path: Path) -> None:
    read = read_table(workbook(tmp_path / "a.xlsx", [["PLZ", "v"], [1067, 1], [10115, 3], [10117, 4]]))
    assert columns(read)["PLZ"] == [1067, 10115, 10117]
    assert "may have lost a leading zero" in said(read)


def test_mess_7_numbers_as_text_with_mixed_decimal_marks(tmp_path: Path) -> None:
    read = read_table(
        workbook(tmp_path / "a.xlsx", [["id", "m2"], ["a", "1,5"], ["b", "2.25"], ["c", 3], ["d", "k.A."]])
    )
    assert columns(read)["m2"] == [1.5, 2.25, 3.0, None]
    assert "decimal comma" in said(read)


def test_mess_8_a_header_of_two_rows(tmp_path: Path) -> None:
    cells: Cells = [["id", "2023", None, "2024", None], [None, "flats", "shops", "flats", "shops"], ["a", 1, 2, 3, 4]]
    read = read_table(workbook(tmp_path / "a.xlsx", cells, merged=("A1:A2", "B1:C1", "D1:E1")))
    assert list(columns(read)) == ["id", "2023 flats", "2023 shops", "2024 flats", "2024 shops"]
    assert columns(read)["2024 shops"] == [4]


def test_mess_9_a_table_that_begins_in_the_middle_with_blank_rows_in_it(tmp_path: Path) -> None:
    cells: Cells = [[], [], *([None, None, *row] for row in PLAIN[:2]), [], [None, None, *PLAIN[2]]]
    read = read_table(workbook(tmp_path / "a.xlsx", cells))
    assert columns(read) == READ


def test_mess_10_names_twice_with_line_breaks_dates_and_a_cover_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.append(["Please read first"])
    page = book.create_sheet("Data 2024")
    page.append(["id", "floor\narea", "floor\narea", "built", None])
    page.append(["a", 1, 2, dt.date(1950, 5, 1), "?"])
    book.create_sheet("empty")
    book.save(tmp_path / "a.xlsx")
    read = read_table(tmp_path / "a.xlsx", column="id")
    assert read.name == "Data 2024"
    assert list(columns(read)) == ["id", "floor area", "floor area_2", "built", "column 5"]
    assert read.table.column("built")[0] == np.datetime64("1950-05-01")


def test_sheet_and_header_row_are_chosen(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["2023", "x", "y"], *PLAIN], sheet="Mine")
    assert columns(read_table(path, table="mine", header_row=2)) == READ
    assert [(t.name, t.rows) for t in describe_tables(path)] == [("Mine", 3)]
    with pytest.raises(LayerError, match=r'no sheet "Yours".*Mine'):
        read_table(path, table="Yours")
    with pytest.raises(SourceError, match="no row 99"):
        read_table(path, header_row=99)


# other formats


def test_parquet_is_read_without_its_geometry(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "v": [1.5], "geometry": [b"\x01"]}), tmp_path / "t.parquet")
    assert columns(read_table(tmp_path / "t.parquet")) == {"id": ["a"], "v": [1.5]}


def test_a_table_of_a_database_is_found_by_its_column(tmp_path: Path) -> None:
    base = sqlite3.connect(tmp_path / "t.sqlite")
    base.execute("create table other (x integer)")
    base.execute("insert into other values (1)")
    base.execute("create table taxes (id text, v real)")
    base.execute("insert into taxes values ('007', 2.5)")
    base.commit()
    base.close()
    assert columns(read_table(tmp_path / "t.sqlite", column="id")) == {"id": ["007"], "v": [2.5]}
    assert {(t.name, t.rows) for t in describe_tables(tmp_path / "t.sqlite")} == {("other", 1), ("taxes", 1)}


def test_what_is_no_table_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\r\n\x1a\n0000")
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04nothing")
    (tmp_path / "c.csv").write_bytes(b"")
    (tmp_path / "e.json").write_text("[1, 2")
    for name, sentence in (
        ("a.csv", "PNG picture"),
        ("b.xlsx", "as a workbook"),
        ("c.csv", "empty"),
        ("e.json", "no reader recognises it"),
        ("d.csv", "no file"),
    ):
        with pytest.raises(SourceError, match=sentence):
            read_table(tmp_path / name)


def test_a_column_that_no_table_has_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("code,v\na,1\n")
    with pytest.raises(ColumnError, match=r'no column "coed" in "t.csv".*"code"'):
        read_table(tmp_path / "t.csv", column="coed")


# real ones


def test_the_tax_table_is_what_pandas_reads(real_data: RealData) -> None:
    path = real_data("cambridge_ma/TaxFY14.csv")
    read, frame = read_table(path), pd.read_csv(path, dtype={"ML": str, "UseCode": str})
    assert len(read.table) == len(frame) == 27_528
    assert list(read.table.fields()) == list(frame.columns)
    for name in ("LandArea", "TotalAppraisedParcelValue", "BldgStories"):
        assert np.allclose(read.table.column(name).astype(float), frame[name], equal_nan=True)
    assert len({v for v in read.table.column("ML") if v}) == frame["ML"].nunique() == 13_021


def test_a_dbase_file_and_an_old_workbook_are_read(real_data: RealData) -> None:
    read = read_table(real_data("zug_cea/building-properties/typology.dbf"))
    assert (len(read.table), next(iter(read.table.fields()))) == (15, "Name")
    loads = read_table(real_data("zug_cea/building-measurements/Loads.xls"))
    assert loads.table.row(0)["Qhs_sys_MWhyr"] == 238


def test_the_sample_citys_table_keeps_its_keys() -> None:
    read = read_table(sample_folder() / "property.csv")
    assert read.table.fields()["building_id"] == "text"
    assert not read.report
