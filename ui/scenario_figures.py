"""The figures of scenarios side by side, as tables, CSV and what scripts read. No Qt."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from twin.indicators import INDICATORS, CityFacts, Figures, Indicator, figures_of
from twin.scenario import Scenario
from twin.session import Session

TODAY = "Today"
NOT_ASKED = (
    "Hours of sun lost and conflicts with plans are not in it: the analyses tell them (Plugins and analyses, with this"
    " scenario), and so does: citytwin scenario PROJECT --with-analyses"
)


@dataclass(frozen=True, slots=True)
class Column:
    """One state of the city in a comparison."""

    name: str
    figures: Figures
    more: Mapping[str, float] = field(default_factory=dict)
    """What analyses found, by Indicator.id."""
    scenario: Scenario | None = None
    """None for today."""

    def value(self, indicator_id: str) -> float | None:
        """Return a figure; None where it was not worked out."""
        found = self.figures.values.get(indicator_id, self.more.get(indicator_id))
        return None if found is None else float(found)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Today and the scenarios."""

    columns: tuple[Column, ...]
    """Today first."""
    indicators: tuple[Indicator, ...] = INDICATORS
    notes: tuple[str, ...] = ()
    """What is missing, and why, in sentences."""

    @property
    def uses(self) -> tuple[str, ...]:
        """Return the uses that any column has floor area of, in order."""
        return tuple(dict.fromkeys(use for column in self.columns for use in column.figures.floor_by_use_m2))


def city_facts(session: Session) -> CityFacts | None:
    """Return what figures are made of; None while nothing is open."""
    frame = session.frame
    if frame is None:
        return None
    composition = session.composition
    return CityFacts(session.city, composition.layers, frame, session.models, composition.rates)


def compared(session: Session, scenarios: Sequence[Scenario] | None = None) -> Comparison:
    """Return today and scenarios (all, unless told) side by side, without analyses."""
    city = city_facts(session)
    if city is None:
        return Comparison(())
    chosen = session.composition.scenarios if scenarios is None else scenarios
    today = Column(TODAY, figures_of(city, None))
    columns = (today, *(Column(s.name, figures_of(city, s), scenario=s) for s in chosen))
    notes = tuple(f"{c.name}: {note}" for c in columns for note in c.figures.notes)
    return Comparison(columns, notes=(*notes, NOT_ASKED) if chosen else notes)


def rows_of(comparison: Comparison) -> list[tuple[str, str, list[float | None], str]]:
    """Return (title, unit, a value a column, formula) line by line, floor area by use among them."""
    rows = []
    for indicator in comparison.indicators:
        values = [column.value(indicator.id) for column in comparison.columns]
        rows.append((indicator.title, indicator.unit, values, indicator.formula))
        if indicator.id == "floor_m2":
            for use in comparison.uses:
                by_use = [column.figures.floor_by_use_m2.get(use, 0.0) for column in comparison.columns]
                formula = f"The part of the floor area whose use means {use}."
                rows.append((f"Floor area: {use}", "m²", [float(v) for v in by_use], formula))
    return rows


def number_words(value: float | None, unit: str) -> str:
    """Return a figure as people read it; "–" where there is none."""
    if value is None:
        return "\u2013"
    digits = 1 if unit in ("m", "h") else 0
    return f"{value:,.{digits}f}" if abs(value) >= 0.5 * 10**-digits else "0"


def change_words(value: float | None, today: float | None, unit: str) -> str:
    """Return how much more or less than today, with its sign; "" where nothing changes."""
    if value is None or today is None:
        return ""
    text = number_words(value - today, unit)
    return "" if text == "0" else text.replace("-", "\u2212") if text.startswith("-") else f"+{text}"


def csv_of(comparison: Comparison) -> str:
    """Return the table as CSV: a line an indicator, a column a scenario, unit and formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["indicator", "unit", *(_safe(c.name) for c in comparison.columns), "formula"])
    for title, unit, values, formula in rows_of(comparison):
        writer.writerow([title, unit, *("" if v is None else round(v, 3) for v in values), formula])
    return out.getvalue()


def _safe(text: str) -> str:
    """Keep a name from being taken for a formula by a spreadsheet."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def answer_of(comparison: Comparison, session: Session) -> dict[str, Any]:
    """Return what `citytwin scenario --json` prints."""
    today = comparison.columns[0] if comparison.columns else None
    listed = [c for c in comparison.columns if c.scenario is not None]
    return {
        "scenarios": [_one(c, today) for c in listed],
        "today": {} if today is None else _values(today),
        "shown": session.composition.scenario,
        "formulas": {
            i.id: {"title": i.title, "unit": i.unit, "formula": i.formula} for i in comparison.indicators
        },
        "rates": [
            {"use": r.use, "words": r.words, "residents_per_100_m2": r.residents_per_100_m2,
             "jobs_per_100_m2": r.jobs_per_100_m2}
            for r in session.composition.rates
        ],
        "notes": list(comparison.notes),
    }  # fmt: skip


def _values(column: Column) -> dict[str, Any]:
    values = {**column.figures.values, **column.more}
    floor = {use: round(v, 3) for use, v in column.figures.floor_by_use_m2.items()}
    return {name: round(value, 3) for name, value in values.items()} | {"floor_by_use_m2": floor}


def _one(column: Column, today: Column | None) -> dict[str, Any]:
    scenario = column.scenario
    assert scenario is not None
    assert today is not None
    before = {**today.figures.values, **today.more}
    values = {**column.figures.values, **column.more}
    change = {name: round(values[name] - before.get(name, 0.0), 3) for name in values}
    uses = dict.fromkeys([*column.figures.floor_by_use_m2, *today.figures.floor_by_use_m2])
    by_use = {
        use: round(column.figures.floor_by_use_m2.get(use, 0.0) - today.figures.floor_by_use_m2.get(use, 0.0), 3)
        for use in uses
    }
    return {
        "id": scenario.id,
        "name": scenario.name,
        "note": scenario.note,
        "edits": len(scenario.edits),
        "kinds": dict(Counter(e.kind.value for e in scenario.edits)),
        "indicators": _values(column),
        "change": change | {"floor_by_use_m2": {use: v for use, v in by_use.items() if v}},
    }
