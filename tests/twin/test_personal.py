"""Which columns look as if they were about people, and what is left for the public."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import pytest

from data.table import ArrowTable
from twin.personal import (
    Decided,
    PersonalDecision,
    decided_anew,
    decisions_of,
    kept_decisions,
    personal_columns,
    public_fields,
)

RealData = Callable[[str], Path]


def _flagged(columns: dict[str, list[object]]) -> dict[str, str]:
    return {c.field: c.why for c in personal_columns(ArrowTable(pa.table(columns)))}


@pytest.mark.parametrize(
    "field",
    [
        "OWNER_NAME",
        "OwnerName",
        "owner1",
        "Eigentümer",
        "propriétaire",
        "NOM_PROP",
        "Propietario",
        "eigenaar",
        "Ägare",
        "właściciel",
        "владелец",
        "所有者",
        "업주_소유자",
        "first_name",
        "Nachname",
        "contact name",
        "created_by",
        "lastEditedUser",
        "MAIL_ADDR",
        "Owner mailing address",
        "Adresse du propriétaire",
        "e-mail",
        "phone_number",
        "Geburtsdatum",
        "date_of_birth",
        "tax_id",
        "licence_plate",
    ],
)
def test_a_column_named_like_people_is_flagged(field: str) -> None:
    assert field in _flagged({field: ["Quux Zorp 17", "Blarg Fnord 18", "Wibble Wobble 19"]})


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("owner_type", ["a", "b", "c"]),
        ("owner_occupied", ["Y", "N", "Y"]),
        ("Owner", ["City", "Private", "School Dep"]),
        ("residents", [4, 5, 6]),
        ("Einwohner", [4, 5, 6]),
        ("tenants", ["4", "5", "6"]),
        ("mobile_coverage", ["4G", "5G", "4G"]),
        ("street", ["John Street", "Rue Jean Jaurès", "Martin Luther King Blvd"]),
        ("name", ["Haggerty School", "Charles Square", "Vellucci Park"]),
        ("location", ["219 MONSIGNOR OBRIEN HWY", "12 Main St", "5 Richdale Ave"]),
        ("address", ["12 Main St", "13 Main St", "14 Main St"]),
        ("parcel", ["127-123", "98-64", "189-8"]),
        ("lat", ["+42.3696193", "+42.3683872", "+42.3636907"]),
        ("version", ["2.6.3.6", "2.6.3.7", "2.6.3.8"]),
        ("updated", ["2020-01-01 12:00:00", "2021-01-01", "2022-01-01"]),
        ("web", ["info@hotel.example.org", "office@shop.example.org", "https://example.org"]),
        ("phone", [None, None, None]),
    ],
)
def test_what_is_no_person_is_left_alone(field: str, values: list[object]) -> None:
    assert _flagged({field: values}) == {}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["SMITH, JOHN & MARY", "GARCIA, ANA", "OKONKWO, DAVID"], "names of people"),
        (["Hans Müller", "Erika Mustermann", "Xaver Huber"], "names of people"),
        (["(617) 555-0100", "617-555-0101", "+1 617 555 0199"], "telephone numbers"),
        (["05 65 12 34 56", "05.65.12.34.57", "+33 5 65 12 34 58"], "telephone numbers"),
        (["roof leaks", "ask jane.doe@example.org", "-"], "e-mail addresses"),
        (["PO BOX 12, Boston", "P.O. Box 9", "c/o Bank"], "where letters to people are sent"),
        (["192.168.1.10", "84.23.11.9", "10.0.0.200"], "network addresses of devices"),
        (["CH93 0076 2011 6238 5295 7", "DE89 3704 0044 0532 0130 00"], "numbers that identify people"),
    ],
)
def test_values_give_people_away_whatever_the_column_is_called(values: list[object], why: str) -> None:
    assert _flagged({"col_7": values})["col_7"].endswith(why)


def test_an_address_is_personal_beside_the_names_of_people() -> None:
    columns = {"address": ["1 Elm St", "2 Elm St"], "owner": ["Jane Doe", "Max Muster"]}
    assert set(_flagged(columns)) == {"address", "owner"}


def test_a_hotline_for_all_rows_is_nobodys_own_telephone() -> None:
    assert _flagged({"contact_phone": ["+81 50 3821 8282"] * 40}) == {}


def test_an_undecided_column_stays_at_home_and_a_decision_lets_it_go() -> None:
    table = ArrowTable(pa.table({"owner": ["Jane Doe", "Max Muster"], "use": ["shop", "flat"]}))
    assert public_fields(table) == ("use",)
    said = (PersonalDecision("lots", "owner", Decided.PUBLIC), PersonalDecision("lots", "use", Decided.PERSONAL))
    assert public_fields(table, said, layer_id="lots") == ("owner",)
    assert public_fields(table, said, layer_id="other") == ("use",)


def test_a_decision_can_be_taken_back_and_is_kept_as_plain_values() -> None:
    said = decided_anew((), "lots", "owner", Decided.PUBLIC)
    said = decided_anew(said, "lots", "use", Decided.PERSONAL)
    assert kept_decisions(said) == {"lots": {"owner": False, "use": True}}
    assert decisions_of(kept_decisions(said)) == said
    assert decided_anew(said, "lots", "owner", Decided.UNDECIDED) == said[1:]


def test_a_million_rows_are_looked_at_by_samples() -> None:
    rows = np.arange(300_000)
    table = ArrowTable(pa.table({"n": rows, "who": [f"Jane Doe {'junior' if i % 2 else ''}" for i in range(300_000)]}))
    assert [c.field for c in personal_columns(table)] == ["who"]


def test_real_cities_have_few_columns_about_people(real_data: RealData) -> None:
    """Read by eye: of Cambridge's layers the editors' names are people's, of the parcels their initials."""
    found: dict[str, set[str]] = {}
    for path in sorted(real_data("cambridge_ma").glob("*.geojson")):
        table = ArrowTable(pa.Table.from_pandas(pyogrio.read_dataframe(path, read_geometry=False)))
        for column in personal_columns(table):
            found.setdefault(path.stem, set()).add(column.field)
    editors = {"created_user", "last_edited_user"}
    assert found == {"CDD_SolarInstallations": editors, "CDD_ZoningDistricts": editors}
