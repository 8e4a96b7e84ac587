"""Connections to PostgreSQL: opened with the password that can be found, and every failure one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from data.database_address import Address
from twin.errors import LayerError, SourceError

if TYPE_CHECKING:
    from psycopg import Connection

CONNECT_WAIT_S = 10
KEYRING = "citytwin"
"""The name that passwords are kept under in the system's keyring."""


@contextmanager
def connected(address: Address) -> Iterator[Connection[Any]]:
    """Open a database for reading; what goes wrong on the way is one sentence.

    raises   SourceError  it cannot be reached, asks for another password, has no such database
             LayerError   a table is not there or may not be read
    """
    try:
        import psycopg  # noqa: PLC0415  an extra
    except ImportError as error:
        raise SourceError(
            "Databases need a package that is not installed.", hint='Install it: pip install "citytwin[db]".'
        ) from error
    with closing(_connection(address, psycopg)) as connection:
        connection.read_only = True
        try:
            yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            raise LayerError(
                f'The database "{address.database}" does not let "{address.user or "this user"}" read that table.',
                hint="Ask its administrator for the right to read (GRANT SELECT).",
            ) from error
        except psycopg.OperationalError as error:
            raise SourceError(
                f'The database "{address.database}" broke off ({_first_line(error)}).',
                hint=f"Try again; {_place(address)} may have been restarted.",
                path=address.text,
            ) from error
        except psycopg.Error as error:
            raise SourceError(
                f'The database "{address.database}" cannot answer that ({_first_line(error)}).',
                hint=f"Look at the table in another program. Address: {address.text}",
                path=address.text,
            ) from error


def _connection(address: Address, psycopg: Any) -> Connection[Any]:
    wanted: dict[str, Any] = {
        "dbname": address.database, "user": address.user or None, "host": address.host or None, "port": address.port,
        "connect_timeout": CONNECT_WAIT_S, "application_name": "citytwin", **dict(address.options),
    }  # fmt: skip
    given = {key: value for key, value in wanted.items() if value is not None}
    try:
        return psycopg.connect(**given, **({"password": address.password} if address.password else {}))  # type: ignore[no-any-return]
    except psycopg.Error as error:
        kept = kept_password(address) if _lacks_password(error) else None
        if kept is None:
            raise _unreachable(address, error) from error
    try:
        return psycopg.connect(**given, password=kept)  # type: ignore[no-any-return]
    except psycopg.Error as error:
        raise _unreachable(address, error) from error


def _lacks_password(error: Exception) -> bool:
    return "no password supplied" in str(error) or "password authentication failed" in str(error)


def _place(address: Address) -> str:
    host = address.host or "this machine"
    return f"{host}:{address.port}" if address.port else host


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].removeprefix("connection failed: ").removeprefix("connection is bad: ").rstrip(".:")[:200]


def _unreachable(address: Address, error: Exception) -> SourceError:
    said, where = str(error), _place(address)
    user = f'"{address.user}"' if address.user else "this user"
    ways = "Set PGPASSWORD, write it into ~/.pgpass, or keep it in the keyring (File, Open a database)."
    if "no password supplied" in said:
        sentence, hint = f'The database "{address.database}" asks for the password of {user}.', ways
    elif "authentication failed" in said:
        sentence, hint = f'The database "{address.database}" does not take the password of {user}.', ways
    elif "does not exist" in said and "database" in said:
        sentence, hint = f'There is no database "{address.database}" on {where}.', "Check its name."
    elif "does not exist" in said and "role" in said:
        sentence, hint = f"The database server on {where} knows no user {user}.", "Name one: postgresql://USER@…"
    elif "resolve" in said or "translate host" in said or "Name or service" in said:
        sentence, hint = f'There is no machine called "{address.host}" in the network.', "Check the name."
    else:
        sentence = f"No database server answers on {where} ({_first_line(error)})."
        hint = "Check host and port, that the server runs, and that no firewall stands between."
    return SourceError(sentence, hint=f"{hint} Address: {address.text}", path=address.text)


# passwords


def _keyring_name(address: Address) -> str:
    return f"{address.user}@{address.host or 'localhost'}:{address.port or 5432}/{address.database}"


def kept_password(address: Address) -> str | None:
    """Return the password that the system's keyring has for an address; None where it has none or there is none."""
    with suppress(Exception):  # a keyring that is locked or absent is as good as none
        import keyring  # noqa: PLC0415  an extra

        return keyring.get_password(KEYRING, _keyring_name(address))
    return None


def keep_password(address: Address) -> bool:
    """Put an address's password into the system's keyring; return whether that worked."""
    with suppress(Exception):  # likewise
        import keyring  # noqa: PLC0415  an extra

        keyring.set_password(KEYRING, _keyring_name(address), address.password)
        return True
    return False
