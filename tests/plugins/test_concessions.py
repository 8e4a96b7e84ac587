"""Concessions: each mode's timetable worked by hand from its record, and what contradicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from data.sample.concessions import make_concessions
from plugins.concessions import (
    EVER,
    Contract,
    contract_of,
    contradictions,
    fee_in,
    mode_of,
    phase_on,
    phases,
    transfers,
    years_after,
)

P, X = "City", "Partner"
BASE = Contract(
    "Works", "existing", "lease", "", P, X, date(2020, 3, 1), date(2022, 3, 1), 10, is_permanent=False, fee=1000.0
)


def timetable(contract: Contract) -> list[tuple[str, str, str, str, str, str]]:
    """From which day: owner, operator, who charges, who is paid, owner of the extension."""
    return [
        (
            "" if p.begin == date.min else p.begin.isoformat(),
            p.owner,
            p.operator,
            p.charges,
            p.is_paid,
            p.extension_owner,
        )
        for p in phases(contract)
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"mode": "sale", "term_years": 0, "fee": 0},
            [("", P, P, P, "", ""), ("2020-03-01", X, X, X, "", "")],
        ),
        (
            {"mode": "lease"},
            [("", P, P, P, "", ""), ("2020-03-01", P, X, X, P, ""), ("2030-03-01", P, P, P, "", "")],
        ),
        (
            {"mode": "lease-build-operate", "by": "rent"},
            [
                ("", P, P, P, "", ""),
                ("2020-03-01", P, X, X, P, ""),
                ("2022-03-01", P, X, X, P, ""),
                ("2030-03-01", P, P, P, "", ""),
            ],
        ),
        (
            {"mode": "lbo", "by": "purchase"},
            [
                ("", P, P, P, "", ""),
                ("2020-03-01", P, X, X, P, ""),
                ("2022-03-01", P, X, X, P, ""),
                ("2030-03-01", X, X, X, "", ""),
            ],
        ),
        (
            {"mode": "peripheral construction"},
            [
                ("", P, P, P, "", ""),
                ("2020-03-01", P, X, X, P, X),
                ("2022-03-01", P, X, X, P, X),
                ("2030-03-01", P, P, P, "", X),
            ],
        ),
        (
            {"mode": "build-transfer-operate", "term_years": 25},
            [
                ("", P, "", "", "", ""),
                ("2020-03-01", X, "", "", "", ""),
                ("2022-03-01", P, X, X, P, ""),
                ("2047-03-01", P, P, P, "", ""),
            ],
        ),
        (
            {"mode": "boot", "term_years": 30},
            [
                ("", P, "", "", "", ""),
                ("2020-03-01", X, "", "", "", ""),
                ("2022-03-01", X, X, X, P, ""),
                ("2052-03-01", P, P, P, "", ""),
            ],
        ),
        (
            {"mode": "build-own-operate-transfer", "term_years": 0, "is_permanent": True},
            [("", P, "", "", "", ""), ("2020-03-01", X, "", "", "", ""), ("2022-03-01", X, X, X, P, "")],
        ),
    ],
)
def test_each_mode_has_its_timetable(changes: dict[str, object], expected: list[tuple[str, ...]]) -> None:
    assert timetable(replace(BASE, **changes)) == expected  # type: ignore[arg-type]


def test_phases_follow_each_other_without_gaps() -> None:
    for mode in ("sale", "lease", "lbo", "peripheral", "bto", "boot"):
        listed = phases(replace(BASE, mode=mode, term_years=25))
        assert listed[0].begin == date.min
        assert listed[-1].end == EVER
        assert [p.end for p in listed[:-1]] == [p.begin for p in listed[1:]]


def test_the_day_of_a_change_belongs_to_what_follows() -> None:
    assert phase_on(BASE, date(2030, 2, 28)).operator == X
    assert phase_on(BASE, date(2030, 3, 1)).operator == P


def test_a_leap_day_ends_on_the_day_before_where_there_is_none() -> None:
    assert years_after(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert years_after(date(2020, 1, 1), 99_999) == EVER


def test_fees_are_owed_for_the_days_of_the_year_that_count() -> None:
    # 1 March to 31 December 2020 are 306 of 366 days; 2021 is whole; January and February 2030 are 59 of 365
    assert fee_in(BASE, 2019) == 0
    assert fee_in(BASE, 2020) == pytest.approx(1000 * 306 / 366)
    assert fee_in(BASE, 2021) == 1000
    assert fee_in(BASE, 2030) == pytest.approx(1000 * 59 / 365)


def test_transfers_say_what_changes_hands() -> None:
    (found,) = transfers(BASE, date(2025, 1, 1), date(2035, 1, 1))
    assert (found.day, found.asset) == (date(2030, 3, 1), "Works")
    assert "operator: Partner → City" in found.what
    assert "owner" not in found.what


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": "barter"}, "no mode"),
        ({"partner": ""}, "no partner"),
        ({"start": None}, "no first day"),
        ({"term_years": 0}, "needs a term"),
        ({"complete": date(2019, 1, 1)}, "complete before"),
        ({"mode": "bto", "group": "new", "term_years": 12}, "20 to 40"),
        ({"mode": "boot", "group": "new", "term_years": 0}, "neither a term"),
        ({"mode": "boot", "group": "new", "is_permanent": True}, "permanent and has a term"),
        ({"mode": "sale"}, "neither a term nor"),
        ({"mode": "lbo", "group": "needing expansion"}, "rent nor purchase"),
        ({"mode": "bto", "term_years": 25}, "is for infrastructure that is new"),
        ({"fee": -1.0}, "negative"),
        ({"group": "old"}, "no group"),
    ],
)
def test_what_contradicts_is_said(changes: dict[str, object], words: str) -> None:
    found = contradictions([replace(BASE, **changes)])  # type: ignore[arg-type]
    assert any(words in sentence for _, _, sentence in found), found


def test_two_operators_at_once_contradict_and_one_after_the_other_do_not() -> None:
    later = replace(BASE, partner="Other", start=date(2030, 3, 1), complete=None, row=1)
    assert contradictions([BASE, later]) == []
    found = contradictions([BASE, replace(later, start=date(2029, 1, 1))])
    assert [row for row, _, _ in found] == [-1, 1]
    assert "Partner and Other both operate" in found[0][2]


def test_the_sample_citys_contracts_are_one_of_each_mode_and_right() -> None:
    _, columns = make_concessions()
    contracts = [contract_of({n: v[row] for n, v in columns.items()}, row) for row in range(len(columns["asset"]))]
    assert sorted(mode_of(c.mode) for c in contracts) == [
        "",
        "",
        "boot",
        "boot",
        "bto",
        "lbo",
        "lbo",
        "lease",
        "peripheral",
        "sale",
    ]
    assert contradictions(contracts) == []
    on = {c.asset: phase_on(c, date(2030, 1, 1)) for c in contracts}
    # worked by hand: the tram is complete in March 2028, so it is operated; the station's extension is Nordhalle's
    assert (on["East tram line"].owner, on["East tram line"].operator) == ("City of Lindhaven", "Tramway Partners")
    assert on["Main station"].extension_owner == "Nordhalle Retail"
    assert (on["Heat from waste"].owner, on["Heat from waste"].end) == ("Thermolind", EVER)
    assert (on["Second river bridge"].owner, on["Second river bridge"].end) == ("Lindebridge", date(2062, 1, 1))
    # fees of 2030: quay, waterworks, fibre, station, tram, bridge, heat; the gasworks are sold
    assert sum(fee_in(c, 2030) for c in contracts) == pytest.approx(480e3 + 350e3 + 120e3 + 210e3 + 90e3 + 60e3 + 75e3)
