"""What a column's values say of people: e-mail addresses, telephone numbers, names, where letters are sent to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from twin.given_names import GIVEN_NAMES


class ValueMeaning(StrEnum):
    """What values look like; the words end the sentence "412 of 500 values look like ..."."""

    NOTHING = ""
    EMAIL = "e-mail addresses"
    PHONE = "telephone numbers"
    NAME = "names of people"
    MAILING = "where letters to people are sent"
    IP = "network addresses of devices"
    IDENTITY = "numbers that identify people"


_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ROLES = re.compile(
    r"^(info|contact|kontakt|office|mail|hello|sales|support|service|admin|webmaster|noreply|no-reply|press|reception|"
    r"booking|reservations?|buero|secretariat|secretaria|rathaus|mairie|gemeinde|stadt|post|team|help|customer\w*)@",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"""^(?:(?:tel|t|ph|phone|mob|fax)\.?:?\s*)?(?:
    \+\d{1,3}[\s./-]?(?:\(?\d{1,5}\)?[\s./-]?){1,6}\d{2,}          # +49 30 123456
    |\(\d{2,5}\)\s?\d{2,4}[\s./-]?\d{2,5}(?:[\s./-]?\d{1,5})?      # (617) 555-0100
    |\d{3}[\s.-]\d{3}[\s.-]\d{4}                                   # 617-555-0100
    |0\d{1,4}[\s./-]\d{2,8}(?:[\s./-]?\d{2,5}){0,4}                # 030 / 123 45 67, 03-3210-9876
    |0\d(?:[\s.-]\d\d){4}                                          # 05 65 12 34 56
    )(?:\s*(?:x|ext\.?)\s*\d{1,5})?$""",
    re.VERBOSE | re.IGNORECASE,
)
_DECIMAL = re.compile(r"^[+-]?\d+\.\d+$")
_IP = re.compile(r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$")
_IBAN = re.compile(r"^[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?$")
_SSN = re.compile(r"^\d{3}-\d{2}-\d{4}$")
_LETTERS_TO = re.compile(
    r"\bP\.?\s?O\.?\s*BOX\b|\bPOST\s*OFFICE\s*BOX\b|\bc/o\b|\bPostfach\b|\bBo[iî]te postale\b|\bPostbus\b|\bPostboks\b|"
    r"\bApartado\b|\bCasella Postale\b|\bCaixa Postal\b",
    re.IGNORECASE,
)
_SURNAME_FIRST = re.compile(r"^[^\W\d_][\w'’.-]+(?:\s[\w'’.-]+)?,\s*[^\W\d_][\w'’.-]*(?:[\s&+]+[\w'’.&-]+){0,5}$")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TITLE = re.compile(
    r"^(?:mr|mrs|ms|miss|herr|frau|mme|mlle|monsieur|madame|se[nñ]ora?|sig|sig\.?ra|dhr|mevr)\b\.?\s", re.IGNORECASE
)
_PLACE_WORDS_WRITTEN = """
street st road rd avenue ave av lane ln drive dr place pl plaza square sq court ct terrace way boulevard blvd
park garden gardens field bridge hall house building tower towers school college university library church chapel
temple cathedral hospital hotel inn station centre center market museum theatre theater club stadium cemetery
bank office factory mill farm estate apartments court condominium condo lofts residence residences village hill
river lake island beach harbour harbor port airport garage parking north south east west block zone district
rue place chemin impasse allee boulevard quai route ecole eglise gare mairie hotel cite residence lotissement
strasse straße str platz weg gasse allee ufer brucke brücke kirche schule haus hof burg schloss rathaus bahnhof
calle plaza avenida paseo camino iglesia escuela puente via piazza corso viale vicolo chiesa palazzo scuola
rua praca largo travessa igreja straat laan plein gracht kerk katu tie kuja tori gatan vagen torget kirke
ulica plac aleja ulice namesti utca ter cadde sokak monument memorial statue fountain
"""
_PLACE_WORDS = frozenset(_PLACE_WORDS_WRITTEN.split())
_INSTITUTIONS_WRITTEN = """
city town county state federal government public private municipal municipality national commonwealth university
college school schools dept department authority agency council corporation corp company co inc llc ltd lp llp plc
gmbh ag kg ohg se sa sas sarl sci spa srl bv nv ab oy as aps trust foundation association church diocese parish
bank railway railroad transit utility commission board district housing institute institution society club
cooperative coop partnership partners realty properties property management holdings group other unknown none
mixed yes no true false y n na stadt gemeinde land bund kanton kirche stiftung verein staat privat offentlich
öffentlich commune ville etat état departement département region région prive privé publique commune mairie
ayuntamiento municipio estado privado publico público comune stato privato pubblico gemeente staat rijk kommun
kommune stat kaupunki kunta valtio yksityinen miasto gmina skarb mesto stat kraj dcr mwra mbta mit harvard us usa
dep dept ministry defence army navy easement
"""
_INSTITUTIONS = frozenset(_INSTITUTIONS_WRITTEN.split())
_FLAGS = frozenset("yntfjos")
_ENOUGH = 0.6
"""Such a share of the values makes a column one of telephone numbers, network addresses or identity numbers."""
_SOME_NAMES = 0.3
"""Such a share with a given name makes a column one of people: even long lists of given names miss the most."""
_FEW = 3


def meaning_of_values(words: Sequence[str]) -> tuple[ValueMeaning, int]:
    """Return what a column's filled values look like, and how many of them do.

    Places are not people: a column in which street, park or school words are frequent is not taken for names, and
    single words never are. The address of a building itself is not personal; a post-office box or "c/o" is.
    """
    emails = sum(1 for w in words if "@" in w and any(not _ROLES.match(m) for m in _EMAIL.findall(w)))
    if emails:
        return ValueMeaning.EMAIL, emails
    some = words[:: max(1, len(words) // 5_000)]
    scale = len(words) / max(len(some), 1)
    for meaning, looks, share in _TESTS:
        count = sum(map(looks, some))
        if count and count >= share * len(some):
            return meaning, round(count * scale)
    letters = sum(1 for w in some if _LETTERS_TO.search(w))
    if letters >= max(_FEW, 0.01 * len(some)) or (letters and len(some) < 10):
        return ValueMeaning.MAILING, round(letters * scale)
    names = _names(some)
    return (ValueMeaning.NAME, round(names * scale)) if names else (ValueMeaning.NOTHING, 0)


def is_only_institutions(words: Sequence[str]) -> bool:
    """Return whether most values are bodies ("City", "School Dep") or yes and no, and none of them a name."""
    distinct = list(dict.fromkeys(words))
    if len(distinct) > max(40, len(words) // 20):
        return False
    bodies = {w for w in distinct if _is_institution(w)}
    if any(_has_given_name(w) or _SURNAME_FIRST.match(w) for w in distinct if w not in bodies):
        return False
    return sum(1 for w in words if w in bodies) >= 0.8 * len(words)


def _is_institution(value: str) -> bool:
    found = [w.casefold() for w in _WORD.findall(value)]
    return not found or any(w in _INSTITUTIONS for w in found) or (len(found) == 1 and found[0] in _FLAGS)


def _has_given_name(value: str) -> bool:
    """Return whether a value of two words or more has a given name in it, and no word of a place."""
    found = [w.casefold() for w in _WORD.findall(value)]
    if len(found) < 2 or len(found) > 8 or any(w in _PLACE_WORDS or w in _INSTITUTIONS for w in found):
        return False
    return any(w in GIVEN_NAMES for w in found)


def _names(words: Sequence[str]) -> int:
    """Return how many values are names of people; 0 where the column is not one of people."""
    count = sum(1 for w in words if _TITLE.match(w) or (_has_given_name(w) and not any(c.isdigit() for c in w)))
    ordered = sum(1 for w in words if _SURNAME_FIRST.match(w))
    places = sum(1 for w in words if any(p.casefold() in _PLACE_WORDS for p in _WORD.findall(w)))
    if places > 0.2 * len(words) and places > count:
        return 0
    is_ordered = ordered >= 0.4 * len(words) and count >= max(1, 0.1 * len(words))
    return max(count, ordered) if is_ordered or count >= _SOME_NAMES * len(words) else 0


def _is_address_of_device(word: str) -> bool:
    return bool(_IP.match(word)) and max(map(int, word.split("."))) >= 64  # "2.6.3.6" is a version


def _is_phone(word: str) -> bool:
    return bool(_PHONE.match(word)) and not _DECIMAL.match(word) and 7 <= sum(c.isdigit() for c in word) <= 15


_TESTS: tuple[tuple[ValueMeaning, Callable[[str], bool], float], ...] = (
    (ValueMeaning.PHONE, _is_phone, _ENOUGH),
    (ValueMeaning.IP, _is_address_of_device, _ENOUGH),
    (ValueMeaning.IDENTITY, lambda w: bool(_IBAN.match(w) or _SSN.match(w)), _ENOUGH),
)
