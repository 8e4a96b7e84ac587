"""What a column's name says of people, in the languages that city data comes in."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache


class NameMeaning(StrEnum):
    """What a column is named like; the words end the sentence "named like ..."."""

    NOTHING = ""
    PERSON = "people"
    EDITOR = "those who edited the data"
    CONTACT = "a way to reach people"
    PERSON_ADDRESS = "addresses of people"
    BIRTH = "birth dates"
    IDENTITY = "numbers that identify people"
    PLATE = "licence plates"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _parts(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_PERSON = _set(
    "owner owners ownername owner1 coowner ownernme ownernam ownrname landowner homeowner proprietor landlord lessee "
    "lessor tenant tenants resident residents occupant occupier occupants applicant applicants grantor grantee buyer "
    "seller purchaser vendor taxpayer mortgagor mortgagee surname surnames lastname firstname forename forenames "
    "fullname givenname middlename maidenname familyname personname contactname "
    "inspector assessor assignee petitioner complainant respondent patient student employee customer "
    "spouse heir signatory permittee licensee caretaker custodian person persons people householder "
    "eigentumer eigentuemer grundeigentumer grundeigentuemer besitzer mieter vermieter bewohner bauherr bauherrschaft "
    "vorname vornamen nachname nachnamen familienname zuname antragsteller ansprechpartner ansprechperson "
    "pachter paechter halter kaufer kaeufer verkaufer verkaeufer eigner hausverwalter "
    "proprietaire proprietaires locataire locataires prenom prenoms nomfamille patronyme occupants demandeur "
    "petitionnaire titulaire acquereur vendeur bailleur exploitant habitantnom interlocuteur usager "
    "propietario propietarios propietaria dueno duena inquilino inquilinos apellido apellidos arrendatario "
    "contribuyente solicitante titular comprador vecino poseedor "
    "proprietario proprietarios proprietaria dono morador moradores sobrenome apelido requerente locatario "
    "contribuinte usufrutuario "
    "proprietari cognome intestatario affittuario richiedente acquirente possessore "
    "eigenaar eigenaren bewoner bewoners huurder verhuurder achternaam voornaam voornamen aanvrager "
    "contactpersoon familienaam "
    "agare fastighetsagare hyresgast fornamn efternamn innehavare sokande boende kontaktperson lagfarenagare "
    "eier hjemmelshaver fornavn etternavn ejer ejere efternavn beboer lejer soker ansoger "
    "omistaja omistajat etunimi sukunimi asukas vuokralainen haltija hakija yhteyshenkilo "
    "wlasciciel wlasciciele imie nazwisko najemca lokator wnioskodawca "
    "vlastnik vlastnici jmeno prijmeni najemnik zadatel meno priezvisko majitel stavebnik "
    "tulajdonos keresztnev vezeteknev berlo lakonev proprietar proprietarul prenume chirias locatar "
    "sahibi malik maliki soyad soyadi kiraci adsoyad adisoyadi omanik eesnimi perenimi ipasnieks uzvards vards "
    "savininkas pavarde vlasnik ime prezime stanar najmoprimac lastnik priimek "
    "pemilik penghuni chusohuu hoten chunha pemohon ownername1 ownername2 ownr own1 own2 taxpayername "
    "владелец собственник правообладатель фамилия имя отчество фио арендатор жилец заявитель власник "
    "прізвище собственици собственик ιδιοκτητης επωνυμο ονοματεπωνυμο ενοικιαστης κατοικος"
)
_PERSON_PARTS = _parts(
    "所有者 所有権者 氏名 名義人 居住者 世帯主 申請者 担当者 建築主 借主 苗字 代表者 管理者名 业主 業主 产权人 "
    "產權人 权利人 姓名 联系人 聯絡人 户主 戶主 住户 申请人 房主 租户 소유자 소유주 성명 세입자 신청자 거주자 "
    "담당자 건축주 مالك المالك المستأجر الساكن בעלים דייר เจ้าของ "
    "ผู้เช่า स्वामी मालिक किरायेदार chủ_sở_hữu"
)
_NAME = _set("name names nam nme nom naam namn navn nimi nome nombre imie nazev nev ad adi nume имя")
_OF_PEOPLE = _set(
    "first last family given middle maiden full contact owner applicant tenant resident buyer seller agent person "
    "editor customer client user taxpayer holder prop proprio famille contato kontakt ansprechpartner completo "
    "apellidos voll jeune complet sender recipient emergency"
)
_EDITOR = _set(
    "editor author user users username uid userid bearbeiter sachbearbeiter benutzer erfasser utilisateur saisipar "
    "usuario utilizador utente gebruiker bruker anvandare kayttaja uzytkownik uzivatel felhasznalo kullanici "
    "пользователь редактор createdby editedby modifiedby updatedby enteredby lasteditedby lastmodifiedby creepar "
    "erfasstvon"
)
_CONTACT = _set(
    "phone phones telephone telephones tel telno telnr telefon telefono telefone telefoon telefonnummer telefonnr "
    "telefoonnummer telefonnumer telefonu telefoni telephon phonenumber phoneno phonenum mobile mobil mobilnummer "
    "mobiltelefon handy handynummer cellphone cellular fax faxno faxnummer telefax portable puhelin puhelinnumero "
    "matkapuhelin celular movil cellulare rufnummer fernsprecher whatsapp "
    "email emails mail mails emailaddress mailaddress emailadresse mailadresse courriel correo correoelectronico "
    "epost epostadresse eposta sahkoposta e_mail emailadr posta "
    "телефон телефоны почта емейл τηλεφωνο "
)
_CONTACT_PARTS = _parts(
    "電話 携帯 メール 電子メール 电话 手机 邮箱 郵箱 電郵 전화 휴대폰 핸드폰 이메일 "
    "هاتف الهاتف البريد جوال טלפון דוא โทรศัพท์ อีเมล फोन"
)
_ADDRESS = _set(
    "address addresses addr adr addrs adress adresse adresses anschrift direccion endereco indirizzo adres osoite "
    "adresa cim adrese aadress alamat adresi street zip postcode city town state location loc wohnort ort plz ville "
    "адрес адреса διευθυνση addr1 addr2 address1 address2 line1 line2"
)
_ADDRESS_PARTS = _parts("住所 所在地 地址 住址 주소 عنوان כתובת ที่อยู่ पता")
_SITE_ADDRESS = _set(
    "address addresses addr adr adress adresse adresses anschrift direccion endereco indirizzo adres osoite adresa "
    "cim adrese aadress alamat adresi адрес адреса διευθυνση fulladdress streetaddress fullstreetaddress address1 addr1"
)
_AT_HOME = _set(
    "mailing mail mailed postal owner own ownr owners home billing bill correspondence tenant resident applicant "
    "taxpayer private privat wohn wohnsitz residence domicile personal contact customer client eigentumer "
    "eigentuemer proprietaire propietario proprietario eigenaar agare eier ejer omistaja wlasciciel vlastnik titular"
)
_HOME_ADDRESS = _set(
    "mailaddr mailaddress mailadr mailingaddress mailadd mailadd1 mailadd2 owneraddress owneraddr ownaddr "
    "owneraddr1 ownaddress homeaddress privatadresse postanschrift wohnanschrift wohnadresse wohnsitz wohnort "
    "domicile residence_address ownercity ownerzip ownerstate mailcity mailzip mailstate ownadd owncity ownzip "
    "ownstate billingaddress domicilio domicilioparticular woonadres bostadsadress kotiosoite folkbokforingsadress "
    "siteowneraddr mailaddr1 mailaddr2 mailaddres"
)
_HOME_PARTS = _parts("現住所 所有者住所 通信地址 联系地址 聯絡地址 家庭住址 户籍地址")
_BIRTH = _set(
    "birthdate birthday birthdates dateofbirth dob birthyear yearofbirth geburtsdatum geburtstag geburtsjahr gebdat "
    "gebdatum datenaissance naissance nacimiento fechanacimiento nascimento datanascimento nascita datanascita "
    "geboortedatum geboortejaar fodelsedatum fodselsdato foedselsdato syntymaaika syntymapaiva dataurodzenia "
    "urodzenia datumnarozeni narozeni szuletesidatum szuletes dogumtarihi dogum sunniaeg рождения рождение"
)
_BIRTH_PARTS = _parts("生年月日 出生日期 出生年月 생년월일 تاريخ_الميلاد तिथि_जन्म วันเกิด")
_IDENTITY = _set(
    "ssn socialsecurity nationalid nationalidentity personalid citizenid taxid taxpayerid taxpayernumber nino nhs "
    "passport passportno passnummer passeport pasaporte steuernummer steuerid steueridnr svnr sozialversicherung "
    "ahv ahvnr ahvnummer ahvn13 nir numerosecu dni nif curp cpf codicefiscale codfiscale bsn burgerservicenummer "
    "personnummer personnr fodselsnummer cpr cprnr hetu henkilotunnus pesel rodnecislo adoszam tckimlik tckn "
    "aadhaar aadhar iban bankaccount accountnumber kontonummer bankverbindung creditcard cardnumber driverslicense "
    "driverlicense fuhrerscheinnummer imei imsi "
    "macaddress ipaddress ipaddr ip ipv4 ipv6 clientip remoteip snils инн снилс "
    "паспорт"
)
_IDENTITY_PARTS = _parts("マイナンバー 個人番号 身份证 身分證 주민등록 护照 パスポート")
_PLATE = _set(
    "licenseplate licenceplate licenseplates numberplate platenumber plateno plate licensenumberplate vehiclereg "
    "vrn autokennzeichen kfzkennzeichen kfz nummernschild immatriculation plaqueimmatriculation matriculavehiculo "
    "targa kenteken rekisterinumero registreringsnummer nummerplate nummerplade placavehiculo госномер vin"
)
_PLATE_PARTS = _parts("車両番号 ナンバープレート 车牌 車牌 차량번호")
_NO_PERSON = _set(
    "type types typ kind class category cat status count counts num number nr no nb anz anzahl total sum avg mean pct "
    "percent share ratio rate density flag occupied occ ship since year years date updated level area areas parking "
    "zone zones per housing units unit permit only friendly group groups age income code cd art groupe statut form "
    "forme typologie klasse desc description"
)
_EDITED = re.compile(r"(created|edited|modified|updated|entered|changed|surveyed|reviewed|approved|inspected)_?by$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=4096)
def meaning_of(field: str) -> NameMeaning:
    """Return what a column's name says of people, NOTHING for most names.

    A word that makes it a count, a class or a share ("owner_type", "residents_per_ha") takes that back.
    """
    words, whole = _tokens(field)
    found = _by_address(words, whole, field)
    if found is NameMeaning.NOTHING:
        found = next((m for m, known, parts in _MEANINGS if _says(words, whole, field, known, parts)), found)
    if found is NameMeaning.NOTHING and words & _NAME and words & (_OF_PEOPLE | _PERSON):
        found = NameMeaning.PERSON
    if found is NameMeaning.NOTHING and _EDITED.search(whole):
        found = NameMeaning.EDITOR
    is_countable = found in (NameMeaning.PERSON, NameMeaning.EDITOR) and words & _NO_PERSON
    return NameMeaning.NOTHING if is_countable and not words & _NAME else found


def is_address(field: str) -> bool:
    """Return whether a column is named like an address of any kind, such as the building's own."""
    words, whole = _tokens(field)
    return bool(words & _SITE_ADDRESS) or whole in _SITE_ADDRESS or any(part in field for part in _ADDRESS_PARTS)


def _by_address(words: frozenset[str], whole: str, field: str) -> NameMeaning:
    """Return whether it is an address of people; "mailing address" is no e-mail, "e-mail address" no address."""
    is_electronic = "email" in whole or (words & {"e"} and words & {"mail"})
    if is_electronic:
        return NameMeaning.CONTACT
    is_home = whole in _HOME_ADDRESS or any(part in field for part in _HOME_PARTS)
    if is_home or (words & _AT_HOME and words & _ADDRESS):
        return NameMeaning.PERSON_ADDRESS
    return NameMeaning.NOTHING


def _says(words: frozenset[str], whole: str, field: str, known: frozenset[str], parts: tuple[str, ...]) -> bool:
    return bool(words & known) or whole in known or any(part in field for part in parts)


@lru_cache(maxsize=4096)
def _tokens(field: str) -> tuple[frozenset[str], str]:
    """Return a name's words, and all of them as one, small and without accents and numbers at their ends."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", field).casefold().replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = plain.replace("ø", "o").replace("ł", "l").replace("æ", "ae").replace("ı", "i").replace("đ", "d")
    found = [w for w in re.split(r"[\W_]+", plain) if w]
    bare = [w.rstrip("0123456789") or w for w in found]
    return frozenset([*found, *bare]), "".join(bare)


_MEANINGS = (
    (NameMeaning.BIRTH, _BIRTH, _BIRTH_PARTS),
    (NameMeaning.PLATE, _PLATE, _PLATE_PARTS),
    (NameMeaning.IDENTITY, _IDENTITY, _IDENTITY_PARTS),
    (NameMeaning.CONTACT, _CONTACT, _CONTACT_PARTS),
    (NameMeaning.PERSON, _PERSON, _PERSON_PARTS),
    (NameMeaning.EDITOR, _EDITOR, ()),
)
