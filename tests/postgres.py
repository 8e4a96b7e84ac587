"""A real PostgreSQL with PostGIS for tests: started, stopped and started again on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest


@dataclass(frozen=True)
class Server:
    """A server with an empty database "city"."""

    folder: Path
    port: int
    programs: Path
    host: str = ""
    """Where it listens beside its socket; "" nowhere."""

    def address(self, table: str = "", user: str = "postgres", database: str = "city") -> str:
        asked = f"&table={table}" if table else ""
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.port}{asked}"

    def words(self, database: str = "city") -> str:
        return f"host={self.folder} port={self.port} user=postgres dbname={database}"

    def run(self, *statements: str, database: str = "city") -> None:
        with psycopg.connect(self.words(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def call(self, *command: str) -> None:
        """Run a program of the server, which refuses to be root."""
        user = "postgres" if os.getuid() == 0 else None
        words = [str(self.programs / command[0]), *command[1:]]
        subprocess.run(words, cwd=self.folder, user=user, group=user, check=True, capture_output=True, timeout=60)

    def start(self) -> None:
        options = f"-k {self.folder} -p {self.port} -c listen_addresses={self.host} -c fsync=off"
        log = str(self.folder / "log")
        self.call("pg_ctl", "-D", str(self.folder / "store"), "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        self.call("pg_ctl", "-D", str(self.folder / "store"), "-m", "immediate", "stop")


def programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        pytest.skip("PostgreSQL is not installed")
    folder = found[-1].parent if found else Path(str(on_path)).parent
    share = list(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
    if not share and not list(folder.parent.rglob("postgis.control")):
        pytest.skip("PostGIS is not installed")
    return folder


@contextmanager
def postgres(*, host: str = "", doors: str = "") -> Iterator[Server]:
    """Run a server for as long as the with-block lasts.

    host    where it listens beside its socket
    doors   its pg_hba.conf, who may come in how; "" lets all in
    """
    where = programs()
    folder = Path(tempfile.mkdtemp(prefix="citytwin-pg-", dir="/tmp"))
    if os.getuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = Server(folder, probe.getsockname()[1], where, host)
    server.call("initdb", "-D", str(folder / "store"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
    if doors:
        (folder / "store" / "pg_hba.conf").write_text(doors)
    server.start()
    try:
        server.run("CREATE DATABASE city", database="postgres")
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
