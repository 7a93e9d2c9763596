"""A PostgreSQL with PostGIS for the tests: one cluster a test session, one database a test."""

import json
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path

CLUSTER = "MUTU_TEST_CLUSTER"
MISSING = "no PostGIS: tests of the team's database skipped (Debian: postgresql-15-postgis-3)"
# Nothing of a test outlives it: no need to wait for the disk.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "120",
    "listen_addresses": "127.0.0.1",
}


@cache
def programs():
    """Return the folder of the server's programs, None where PostGIS is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    folders += [Path(found).resolve().parent] if found else []
    for folder in folders:
        if not (folder / "initdb").exists():
            continue
        asked = subprocess.run([folder / "pg_config", "--sharedir"], capture_output=True, text=True)
        if (Path(asked.stdout.strip()) / "extension" / "postgis.control").exists():
            return folder
    return None


def _owner():
    """Return the user under whom the server runs: it refuses to be root's."""
    return {"user": "postgres"} if os.name == "posix" and os.geteuid() == 0 else {}


def _run(program, *arguments, **options):
    command = [programs() / program, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **_owner(), **options)


def announce():
    """Name the place of this session's cluster; nothing is made before a test asks for it."""
    os.environ[CLUSTER] = str(Path(tempfile.gettempdir()) / f"mutu-pg-{os.getpid()}")


def put_away():
    """Stop the session's cluster and take its files away."""
    folder = Path(os.environ.pop(CLUSTER))
    if (folder / "data" / "postmaster.pid").exists():
        with suppress(subprocess.CalledProcessError):
            _run("pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop", cwd=folder)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(folder):
    import fcntl

    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def server():
    """Return the address of the session's server, started by the first test that asks."""
    folder = Path(os.environ[CLUSTER])
    folder.mkdir(mode=0o755, exist_ok=True)
    told = folder / "address"
    with _alone(folder):
        if not told.exists():
            told.write_text(_start(folder))
        return told.read_text()


def _start(folder):
    data = folder / "data"
    if _owner():
        shutil.chown(folder, "postgres")
    _run("initdb", "-D", data, "-U", "mutu", "-A", "trust", "-E", "UTF8", "--no-sync", cwd=folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = SETTINGS | {"port": str(port), "unix_socket_directories": str(folder)}
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    _run("pg_ctl", "-D", data, "-l", folder / "log", "-w", "start", cwd=folder)
    _watch(folder)
    address = f"postgresql+psycopg://mutu@127.0.0.1:{port}"
    _make_template(address, folder)
    return address


def _watch(folder):
    """Stop the server should the test session be killed before it can do so itself."""
    session = folder.name.rpartition("-")[2]
    stop = f"'{programs()}/pg_ctl' -D '{folder}/data' -m immediate stop; rm -rf '{folder}'"
    watching = f"(while [ -d /proc/{session} ]; do sleep 5; done; {stop}) >/dev/null 2>&1 &"
    subprocess.run(["sh", "-c", watching], check=True, start_new_session=True, cwd="/", **_owner())


def _connect(address, database="postgres"):
    import psycopg

    plain = address.replace("+psycopg", "")
    return psycopg.connect(f"{plain}/{database}", autocommit=True)


def _make_template(address, folder):
    """Make a database with an empty register, to be copied for every test."""
    from data.register import Register

    with _connect(address) as connection:
        connection.execute("CREATE DATABASE empty")
    workspace = Path(tempfile.mkdtemp(dir=folder))
    with Register.open(workspace, create=True, database=f"{address}/empty"):
        pass
    (folder / "link").write_bytes((workspace / "register.postgis").read_bytes())


class Database:
    """A database of its own for one test, with an empty register in it."""

    def __init__(self):
        address, self.name = server(), f"t{secrets.token_hex(8)}"
        self._server = address
        with _connect(address) as connection:
            connection.execute(f"CREATE DATABASE {self.name} TEMPLATE empty STRATEGY file_copy")
        self.address = f"{address}/{self.name}"

    def link(self, workspace):
        """Make a folder the workspace of the empty register."""
        workspace.mkdir(parents=True, exist_ok=True)
        link = Path(os.environ[CLUSTER]) / "link"
        (workspace / "register.postgis").write_bytes(link.read_bytes())
        return workspace

    def drop(self):
        """Take the database away."""
        with _connect(self._server) as connection:
            connection.execute(f"DROP DATABASE {self.name} WITH (FORCE)")


def alter(register, statement):
    """Change something behind the register's back; return how many rows it met."""
    if register.file.suffix == ".gpkg":
        with closing(sqlite3.connect(register.file)) as connection, connection:
            return connection.execute(statement).rowcount
    import psycopg

    address = os.environ["MUTU_DATABASE_URL"].replace("+psycopg", "")
    schema = json.loads(register.file.read_text())["schema"]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"SET search_path = {schema}, public")
        return connection.execute(statement).rowcount
