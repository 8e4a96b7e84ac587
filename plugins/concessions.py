"""Concessions over time: who owns, operates, charges and is paid for a piece of infrastructure, phase by phase.

source   the modes of public-private partnership as the papers on smart-city investment have them: sale, lease,
         lease-build-operate, peripheral (wraparound) construction, build-transfer-operate, build-own-operate-transfer
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

MODES = {
    "sale": "sale",
    "lease": "lease",
    "lbo": "lease-build-operate",
    "peripheral": "peripheral construction",
    "bto": "build-transfer-operate",
    "boot": "build-own-operate-transfer",
}
"""Short and long names of the modes; both are understood."""
GROUPS = ("existing", "needing expansion", "new")
FITTING = {
    "sale": ("existing",),
    "lease": ("existing",),
    "lbo": ("needing expansion",),
    "peripheral": ("needing expansion",),
    "bto": ("new",),
    "boot": ("new",),
}
BTO_YEARS = (20, 40)
EVER = date.max


@dataclass(frozen=True)
class Contract:
    """One record, as it was found."""

    asset: str
    group: str = ""
    mode: str = ""
    """"" for an asset without a contract."""
    by: str = ""
    """For lease-build-operate: "rent" or "purchase"."""
    public_body: str = ""
    partner: str = ""
    start: date | None = None
    complete: date | None = None
    term_years: float = 0.0
    is_permanent: bool = False
    fee: float = 0.0
    """Franchise fee to the public body, a year."""
    charge: float = 0.0
    """What a user is charged."""
    row: int = -1


@dataclass(frozen=True)
class Phase:
    """A time in which nothing changes hands: from the first day to the day before `end`."""

    begin: date
    end: date
    """EVER for no end."""
    name: str
    owner: str
    operator: str
    charges: str
    """Who collects what users are charged; "" while nobody does."""
    is_paid: str
    """Who gets the franchise fee; "" where there is none."""
    extension_owner: str = ""
    """Who owns the extension, where that is somebody else's."""


def mode_of(text: object) -> str:
    """Return a mode's short name, however it is written; "" if it is none."""
    plain = str(text or "").strip().casefold().replace("_", "-")
    for short, long in MODES.items():
        if plain in (short, long, long.replace("-", " ")):
            return short
    return {"wraparound": "peripheral", "wraparound addition": "peripheral", "build-own-operate": "boot"}.get(plain, "")


def years_after(day: date, years: float) -> date:
    """Return the day some years later; the 29th of February becomes the 28th where there is none.

    A part of a year is counted in days of 365.25.
    """
    whole = int(years)
    year = day.year + whole
    if year > EVER.year:
        return EVER
    try:
        later = day.replace(year=year)
    except ValueError:
        later = day.replace(year=year, day=28)
    return later + timedelta(days=round((years - whole) * 365.25))


def phases(contract: Contract) -> list[Phase]:
    """Return a contract's phases in their order, without gaps from date.min to EVER.

    A contract that lacks what its mode needs has one phase: all is with the public body.
    """
    public, partner = contract.public_body or "public body", contract.partner
    mode, start = mode_of(contract.mode), contract.start
    if not mode or start is None or not partner:
        return [Phase(date.min, EVER, "no contract", public, public, public, "")]
    complete = contract.complete or start
    before = Phase(date.min, start, "before", public, public, public, "")
    has_fee = contract.fee > 0
    paid = public if has_fee else ""
    term_end = years_after(start, contract.term_years) if contract.term_years > 0 else EVER
    after = Phase(term_end, EVER, "returned", public, public, public, "")
    listed: list[Phase]
    match mode:
        case "sale":
            listed = [before, Phase(start, EVER, "sold", partner, partner, partner, "")]
        case "lease":
            listed = [before, Phase(start, term_end, "leased", public, partner, partner, paid), after]
        case "lbo":
            listed = [before, *_built(start, complete, term_end, public, partner, paid)]
            if contract.by == "purchase":
                listed.append(Phase(term_end, EVER, "bought", partner, partner, partner, ""))
            else:
                listed.append(after)
        case "peripheral":
            listed = [before, *_built(start, complete, term_end, public, partner, paid, extension=partner)]
            listed.append(Phase(term_end, EVER, "returned", public, public, public, "", partner))
        case "bto":
            end = years_after(complete, contract.term_years) if contract.term_years > 0 else EVER
            listed = [
                Phase(date.min, start, "before", public, "", "", ""),
                Phase(start, complete, "being built", partner, "", "", ""),
                Phase(complete, end, "operated", public, partner, partner, paid),
                Phase(end, EVER, "returned", public, public, public, ""),
            ]
        case _:
            is_for_ever = contract.is_permanent or contract.term_years <= 0
            end = EVER if is_for_ever else years_after(complete, contract.term_years)
            listed = [
                Phase(date.min, start, "before", public, "", "", ""),
                Phase(start, complete, "being built", partner, "", "", ""),
                Phase(
                    complete, end, "franchise" if is_for_ever else "owned and operated", partner, partner, partner, paid
                ),
                Phase(end, EVER, "transferred", public, public, public, ""),
            ]
    return [p for p in listed if p.begin < p.end]


def _built(
    start: date, complete: date, end: date, public: str, partner: str, paid: str, *, extension: str = ""
) -> list[Phase]:
    first = min(max(complete, start), end)
    return [
        Phase(start, first, "being expanded", public, partner, partner, paid, extension),
        Phase(first, end, "expanded", public, partner, partner, paid, extension),
    ]


def phase_on(contract: Contract, day: date) -> Phase:
    """Return the phase of a day."""
    return next((p for p in phases(contract) if p.begin <= day < p.end), phases(contract)[-1])


def fee_in(contract: Contract, year: int) -> float:
    """Return the fees due in a calendar year: the yearly fee by the share of its days in which it is owed."""
    first, last = date(year, 1, 1), date(year + 1, 1, 1)
    days = 0
    for phase in phases(contract):
        if phase.is_paid:
            days += max((min(phase.end, last) - max(phase.begin, first)).days, 0)
    return contract.fee * days / (last - first).days


@dataclass(frozen=True)
class Transfer:
    """A day on which something changes hands."""

    day: date
    asset: str
    what: str
    row: int


def transfers(contract: Contract, begin: date, end: date) -> list[Transfer]:
    """Return what changes hands from one day to another (not including the last)."""
    found = []
    listed = phases(contract)
    for before, now in pairwise(listed):
        if begin <= now.begin < end:
            changes = [
                f"{what}: {old or 'nobody'} → {new or 'nobody'}"
                for what, old, new in (
                    ("owner", before.owner, now.owner),
                    ("operator", before.operator, now.operator),
                    ("charges", before.charges, now.charges),
                    ("fee to", before.is_paid, now.is_paid),
                    ("extension", before.extension_owner, now.extension_owner),
                )
                if old != new
            ]
            found.append(Transfer(now.begin, contract.asset, "; ".join(changes) or now.name, contract.row))
    return found


def contradictions(contracts: Sequence[Contract]) -> list[tuple[int, str, str]]:
    """Return (row, asset, sentence) for each record that contradicts itself, its mode, or another record."""
    found = [(c.row, c.asset, sentence) for c in contracts for sentence in _of_one(c)]
    by_asset: dict[str, list[Contract]] = {}
    for contract in contracts:
        if mode_of(contract.mode) and contract.start is not None:
            by_asset.setdefault(contract.asset, []).append(contract)
    for asset, held in by_asset.items():
        for place, one in enumerate(held):
            for other in held[place + 1 :]:
                if other.partner != one.partner and _overlap(one, other):
                    sentence = f"{one.partner} and {other.partner} both operate it at the same time."
                    found += [(one.row, asset, sentence), (other.row, asset, sentence)]
    return found


def _overlap(one: Contract, other: Contract) -> bool:
    return any(
        a.operator == one.partner and b.operator == other.partner and max(a.begin, b.begin) < min(a.end, b.end)
        for a in phases(one)
        for b in phases(other)
    )


def _of_one(contract: Contract) -> list[str]:
    if not str(contract.mode or "").strip():
        return []
    mode = mode_of(contract.mode)
    if not mode:
        return [f'"{contract.mode}" is no mode known here.']
    long, term = MODES[mode], contract.term_years
    needs_term = mode in ("lease", "lbo", "peripheral", "bto")
    checks: list[tuple[bool, str]] = [
        (not contract.partner, "There is no partner."),
        (contract.start is None, "There is no first day."),
        (contract.fee < 0, "The fee is negative."),
        (term < 0, "The term is negative."),
        (
            contract.start is not None and contract.complete is not None and contract.complete < contract.start,
            "It is complete before it begins.",
        ),
        (needs_term and term == 0, f"A {long} needs a term."),
        (contract.is_permanent and term > 0, "It is permanent and has a term."),
        (contract.is_permanent and mode not in ("boot", "sale"), f"A {long} cannot be permanent."),
        (
            mode == "boot" and term == 0 and not contract.is_permanent,
            "It has neither a term nor a permanent franchise.",
        ),
        (
            mode == "bto" and term > 0 and not BTO_YEARS[0] <= term <= BTO_YEARS[1],
            f"Its {term:g} years of operation are not 20 to 40.",
        ),
        (mode == "sale" and (term > 0 or contract.fee > 0), "What is sold has neither a term nor a yearly fee."),
        (mode in ("bto", "boot") and contract.complete is None, "There is no day of completion."),
        (mode == "lbo" and contract.by not in ("rent", "purchase"), "It says neither rent nor purchase."),
        (
            bool(contract.group) and contract.group in GROUPS and contract.group not in FITTING[mode],
            f"A {long} is for infrastructure that is {' or '.join(FITTING[mode])}, and this one is {contract.group}.",
        ),
        (bool(contract.group) and contract.group not in GROUPS, f'"{contract.group}" is no group known here.'),
    ]
    return [sentence for is_wrong, sentence in checks if is_wrong]


def contract_of(values: Mapping[str, Any], row: int) -> Contract:
    """Return a record from a row's values by the usual names of columns; what is missing is empty."""

    def word(*names: str) -> str:
        value = next((values[n] for n in names if values.get(n) is not None), "")
        return "" if value is None or value != value else str(value).strip()  # noqa: PLR0124  NaN

    return Contract(
        asset=word("asset", "name") or f"row {row}",
        group=word("group").casefold(),
        mode=word("mode"),
        by=word("by").casefold(),
        public_body=word("public_body", "owner"),
        partner=word("partner", "company"),
        start=_day(word("start", "begins")),
        complete=_day(word("complete", "completed")),
        term_years=_number(word("term_years", "term")),
        is_permanent=word("is_permanent", "permanent").casefold() in ("1", "true", "yes", "1.0"),
        fee=_number(word("fee", "franchise_fee")),
        charge=_number(word("charge", "user_charge")),
        row=row,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
