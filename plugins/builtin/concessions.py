"""Who owns, operates, charges and is paid for infrastructure on any date, and what changes hands next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from plugins.concessions import (
    EVER,
    GROUPS,
    MODES,
    Contract,
    Phase,
    Transfer,
    contract_of,
    contradictions,
    fee_in,
    mode_of,
    phase_on,
    phases,
    transfers,
    years_after,
)
from plugins.contract import (
    Chart,
    City,
    Frame,
    Info,
    Layer,
    PluginError,
    Progress,
    Reading,
    Stop,
    Table,
    choice,
    layer,
    number,
    parameter,
)

SHOWN = {
    "operator": "who operates",
    "owner": "who owns",
    "charges": "who charges users",
    "is_paid": "who is paid",
    "phase": "the phase",
    "group": "the group",
}


@dataclass(frozen=True)
class Parameters:
    """What is asked for."""

    assets: Layer = layer("concessions", title="Infrastructure and its contracts")  # noqa: RUF009  declares a field
    day: str = parameter("2030-01-01", title="On the day", help="Written 2030-01-01")
    show: str = choice(
        "operator",
        SHOWN,
        title="Colour by",
    )
    years: int = number(30, min=1, max=100, unit="years", title="Transfers of the next")


class Concessions:
    """Reads contracts, works out their phases, and tells what holds on a day."""

    info = Info(
        id="concessions",
        title="Assets and concessions",
        summary="Who owns, operates, charges and is paid on a date; coming transfers, fees, contradictions.",
        kind="points",
        contract=1,
        source="Modes of partnership: sale, lease, LBO, peripheral construction, BTO, BOOT",
        licence="As the city's data",
        author="citytwin",
        style={"size_px": 14, "label_by": "asset"},
        parameters=Parameters,
        is_analysis=True,
        note="Each contract becomes phases by its mode; a phase says who owns, operates, charges users and gets the "
        "franchise fee. Fees of a year are the yearly fee by the share of its days in which it is owed. A term runs "
        "from the start, for BTO and BOOT from completion.",
        limits="It knows what the records say and nothing of clauses beyond them: indexation, options and early ends "
        "are not in it.",
    )

    def frames(self, city: City, area: Any, parameters: Parameters, stop: Stop) -> Iterator[Frame | Progress]:
        """Yield the state of a day."""
        if stop.is_set():
            return
        features = city.layer(parameters.assets, area)
        day = _day(parameters.day)
        yield Progress(0.3, "reading the contracts")
        contracts = [contract_of(values, int(row)) for row, values in features.drop(columns="geometry").iterrows()]
        if not any(mode_of(c.mode) for c in contracts):
            raise PluginError(
                f'No row of "{parameters.assets}" has a contract.',
                f"It needs a column mode with {', '.join(MODES)}, and start, complete, term_years, partner, fee.",
            )
        now = [phase_on(c, day) for c in contracts]
        shown = features[["geometry"]].copy()
        for name, values in _columns(contracts, now).items():
            shown[name] = values
        wrong = contradictions(contracts)
        coming = sorted(
            (t for c in contracts for t in transfers(c, day, years_after(day, parameters.years))), key=lambda t: t.day
        )
        yield Frame(
            features=shown,
            kind=_kind(features),
            value=parameters.show,
            facts=_facts(contracts, now, coming, wrong, day),
            table=_table(coming, wrong, str(parameters.assets)),
            charts=_charts(contracts, day, parameters.years),
            note=f"As of {day.isoformat()}.",
        )

    def at(self, city: City, parameters: Parameters, places: Any) -> Sequence[Reading]:
        """Return who operates what is nearest to each place, and the timetable it follows from."""
        features = city.layer(parameters.assets)
        day = _day(parameters.day)
        readings = []
        for place in places.geometry:
            away = features.geometry.distance(place)
            if away.empty:
                readings.append(Reading(None))
                continue
            row = away.idxmin()
            contract = contract_of(features.drop(columns="geometry").loc[row], int(row))
            phase = phase_on(contract, day)
            reasons = {
                "asset": contract.asset, "mode": MODES.get(mode_of(contract.mode), ""), "away_m": float(away.min()),
                "phase": phase.name, "owner": phase.owner, "charges": phase.charges, "is_paid": phase.is_paid,
                "timetable": [_line(p) for p in phases(contract)],
                "contradictions": [s for _, _, s in contradictions([contract])],
            }  # fmt: skip
            readings.append(Reading(getattr(phase, parameters.show, phase.operator), "", reasons))
        return readings


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PluginError(f'"{text}" is no day.', "Write it like 2030-01-01.") from error


def _kind(features: Any) -> str:
    types = set(features.geom_type)
    if types <= {"Point", "MultiPoint"}:
        return "points"
    return "lines" if types <= {"LineString", "MultiLineString"} else "polygons"


def _columns(contracts: Sequence[Contract], now: Sequence[Phase]) -> dict[str, list[Any]]:
    return {
        "asset": [c.asset for c in contracts],
        "group": [c.group for c in contracts],
        "mode": [MODES.get(mode_of(c.mode), "") for c in contracts],
        "phase": [p.name for p in now],
        "owner": [p.owner for p in now],
        "extension_owner": [p.extension_owner for p in now],
        "operator": [p.operator or "nobody yet" for p in now],
        "charges": [p.charges or "nobody" for p in now],
        "is_paid": [p.is_paid or "nobody" for p in now],
        "fee": [c.fee if p.is_paid else 0.0 for c, p in zip(contracts, now, strict=True)],
        "charge": [c.charge if p.charges else 0.0 for c, p in zip(contracts, now, strict=True)],
        "until": ["" if p.end == EVER else p.end.isoformat() for p in now],
    }


def _line(phase: Phase) -> dict[str, str]:
    return {
        "from": "" if phase.begin == date.min else phase.begin.isoformat(),
        "to": "" if phase.end == EVER else phase.end.isoformat(),
        "phase": phase.name,
        "owner": phase.owner,
        "operator": phase.operator,
        "charges": phase.charges,
        "is_paid": phase.is_paid,
        "extension_owner": phase.extension_owner,
    }


def _state(contract: Contract, phase: Phase) -> dict[str, Any]:
    mode, fee = MODES.get(mode_of(contract.mode), ""), contract.fee if phase.is_paid else 0.0
    return {"asset": contract.asset, "group": contract.group, "mode": mode, "fee": fee} | _line(phase)


def _facts(
    contracts: Sequence[Contract],
    now: Sequence[Phase],
    coming: Sequence[Transfer],
    wrong: Sequence[tuple[int, str, str]],
    day: date,
) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "assets": [_state(c, p) for c, p in zip(contracts, now, strict=True)],
        "groups": {group: sum(c.group == group for c in contracts) for group in GROUPS},
        "transfers": [{"day": t.day.isoformat(), "asset": t.asset, "what": t.what} for t in coming],
        "fees": {str(day.year + n): round(sum(fee_in(c, day.year + n) for c in contracts), 2) for n in range(10)},
        "contradictions": [{"asset": asset, "row": row, "what": sentence} for row, asset, sentence in wrong],
    }  # fmt: skip


def _table(coming: Sequence[Transfer], wrong: Sequence[tuple[int, str, str]], layer_id: str) -> Table:
    days = [*(t.day.isoformat() for t in coming), *("contradiction" for _ in wrong)]
    rows = [*(t.row for t in coming), *(row for row, _, _ in wrong)]
    return Table(
        {
            "when": days,
            "asset": [*(t.asset for t in coming), *(asset for _, asset, _ in wrong)],
            "what": [*(t.what for t in coming), *(sentence for _, _, sentence in wrong)],
            "layer": [layer_id] * len(rows),
            "row": rows,
        },
        title="Coming transfers, and records that contradict",
    )


def _charts(contracts: Sequence[Contract], day: date, years: int) -> tuple[Chart, ...]:
    span = list(range(day.year, day.year + min(years, 60)))
    by_mode = {
        long: [sum(fee_in(c, year) for c in contracts if mode_of(c.mode) == short) for year in span]
        for short, long in MODES.items()
    }
    paid = {name: fees for name, fees in by_mode.items() if any(fees)}
    return (Chart("line", span, paid, title="Fees to the public body, a year", x_title="year"),) if paid else ()
