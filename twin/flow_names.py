"""The words by which columns of flows are known, in the languages that tables of them come in."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ORIGIN = _words(
    "from origin orig o src source start begin departure dep depart home h pickup von quelle herkunft wohnort ab de "
    "desde origen origine da van lahto \u767a \u51fa\u767a \u51fa\u767a\u5730 \u5e38\u4f4f\u5730"
)
DESTINATION = _words(
    "to destination dest d dst target end arrival arr arrive work w dropoff nach ziel arbeitsort bis vers a hasta "
    "destino destinazione naar paluu return \u7740 \u5230\u7740 \u5230\u7740\u5730 \u5f93\u696d\u5730"
)
X = _words("lon lng long longitude x east easting e laenge")
Y = _words("lat latitude y north northing n breite")
VALUE = _words(
    "value flow flows trips trip count counts total commuters people persons passengers volume n number num jobs "
    "riders rides s000 amount weight anzahl pendler personen fahrten nombre effectif viajes cantidad \u4eba\u6570"
)
TIME = _words(
    "time date datetime timestamp day month year hour departed started begin zeit datum tag monat jahr heure jour "
    "annee stunde hora fecha at when wann uhrzeit abfahrtszeit zeitpunkt zeitstempel quand horodatage "
    "\u65e5\u4ed8 \u6642\u9593 \u65e5\u6642 \u5e74"
)
NAMES = re.compile(
    r"^(name|label|title|nom|nimi|navn|namn|bezeichnung|\u540d\u79f0|.*[_ ]name|name[_ ].*)$", re.IGNORECASE
)
_SPLIT = re.compile(r"[^A-Za-z\u00c0-\uffff]+|(?<=[a-z])(?=[A-Z])")


def words_of(name: str) -> set[str]:
    """Return the words of a column's name: "h_geocode" and "startLon" have two each."""
    return {part.lower() for part in _SPLIT.split(name) if part} | {name.lower()}


def is_named(name: str, words: frozenset[str]) -> bool:
    """Return whether a column is called by one of some words."""
    return bool(words_of(name) & words)
