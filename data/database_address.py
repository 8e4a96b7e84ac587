"""Addresses of PostgreSQL databases, and how they are shown and kept: never with a password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from data.web_layers import is_web, plain_address
from twin.errors import SourceError

SCHEMES = ("postgresql://", "postgres://")
FORM = "postgresql://USER@HOST/DATABASE?table=SCHEMA.TABLE"
_SECRET = ("password", "sslpassword", "passfile")
_PORTS = 65_536


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is, and which of its tables is meant."""

    database: str
    user: str = ""
    host: str = ""
    """A name, a number, or the folder of a unix socket; "" is this machine."""
    port: int | None = None
    table: str | None = None
    """"table" or "schema.table"."""
    password: str = field(default="", repr=False)
    """Only as it was written in the address; PGPASSWORD, .pgpass and the keyring are asked otherwise."""
    options: tuple[tuple[str, str], ...] = ()
    """What else libpq understands: sslmode and others."""

    @property
    def text(self) -> str:
        """Return the address as it is shown and kept, without any password."""
        return self._with("")

    @property
    def text_with_password(self) -> str:
        """Return the address for another process; never shown, never written to a file."""
        return self._with(self.password)

    def _with(self, password: str) -> str:
        user = quote(self.user, safe="") + (f":{quote(password, safe='')}" if password else "")
        is_folder = self.host.startswith("/")
        place = (f"{user}@" if user else "") + ("" if is_folder else self.host)
        place += f":{self.port}" if self.port and not is_folder else ""
        query = [("host", self.host)] * is_folder + [("port", str(self.port))] * bool(is_folder and self.port)
        query += [*self.options, *([("table", self.table)] if self.table else [])]
        asked = "?" + urlencode(query, safe="/.") if query else ""
        return f"postgresql://{place}/{quote(self.database, safe='')}{asked}"


def is_address(text: str) -> bool:
    """Return whether a source is the address of a database and no file."""
    return text.lower().startswith(SCHEMES)


def without_password(source: str) -> str:
    """Return a source as it may be shown and kept; what is no address stays as it is."""
    if is_web(source):
        return plain_address(source)
    if not is_address(source):
        return source
    try:
        return address_of(source).text
    except SourceError:  # nothing of what cannot be read is shown
        return re.sub(r"://[^/@]*@", "://…@", source.split("?", maxsplit=1)[0])


def address_of(text: str) -> Address:
    """Return what an address says.

    text     postgresql://[USER[:PASSWORD]@][HOST][:PORT]/DATABASE[?table=[SCHEMA.]TABLE&…], or …/DATABASE:TABLE
    raises   SourceError  it is no such address; the sentence does not repeat it, for it may hold a password
    """
    if not is_address(text):
        raise _wrong("it does not begin with postgresql://")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _wrong("its port is no number") from error
    query = {key: value for key, value in parse_qsl(parts.query) if value}
    database, _, table = parts.path.strip("/").partition(":")
    if not database or "/" in database:
        raise _wrong("it names no database")
    stated = query.pop("port", "")
    if stated and not (stated.isdigit() and int(stated) < _PORTS):
        raise _wrong("its port is no number")
    password = unquote(parts.password or "") or query.pop("password", "")
    wanted = query.pop("table", None) or unquote(table) or None
    return Address(
        database=unquote(database),
        user=unquote(parts.username or "") or query.pop("user", ""),
        host=query.pop("host", "") or unquote(parts.hostname or ""),
        port=int(stated) if stated else port,
        table=wanted,
        password=password,
        options=tuple((key, value) for key, value in query.items() if key not in _SECRET),
    )


def _wrong(why: str) -> SourceError:
    return SourceError(f"The address of the database cannot be used: {why}.", hint=f"Write it as {FORM}.")
