"""The environment in which any `airflow` command works on this machine, and what must be there before the first."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import psycopg

from etl import paths
from etl.airflow_checks import pools
from etl.embedded_postgres import server
from etl.errors import Permanent
from etl.files import read, replacing, write_private
from etl.settings import Settings

HOST = "127.0.0.1"
PORT = 8080
USER = "admin"
PREPARE_S = 300.0
# Each slot is a process of about 150 MB; fetching waits for the network more than it computes.
PARALLELISM = 6
SECRETS = ("fernet_key", "jwt_secret", "api_secret_key")


def folder(settings: Settings) -> Path:
    """AIRFLOW_HOME of the local Airflow, readable by its owner only: its configuration and logs hold secrets."""
    home = settings.home / "airflow"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def env(settings: Settings, *, port: int | None = None, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What an `airflow` command needs in its environment; starts the embedded server, whose database it names.

    `port` is that of the UI; None takes the one of last time. Settings of `base` that are not named here stay.
    """
    home = folder(settings)
    database = server.ensure(settings.postgres_dir, database="airflow").partition("://")[2]
    address = f"http://{HOST}:{port or int(read(home / 'port') or PORT)}"
    keys = _secrets(home)
    loopback = ",".join(filter(None, [base.get("NO_PROXY") or base.get("no_proxy"), HOST, "localhost"]))
    return {
        **{name: value for name, value in base.items() if name not in ("AIRFLOW_CONFIG", "no_proxy")},
        **_settings(settings),
        "NO_PROXY": loopback,  # tasks talk to the API server; a proxy would be asked for it
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(paths.data("dags")),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet_key"],
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{database}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://{database}",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": address.rpartition(":")[2],
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": keys["api_secret_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt_secret"],
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(home / "bundles"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
    }


def prepare(settings: Settings, *, port: int | None = None) -> dict[str, str]:
    """`env`, with Airflow's tables and our pools in place. Pools that are there keep their size.

    Takes about 10 s the first time and nothing later. Raises Permanent with what `airflow` said.
    """
    environment = env(settings, port=port)
    found = _found(server.url(settings.postgres_dir, database="airflow"))
    version = _airflow_version()
    home = folder(settings)
    if found is None or read(home / "migrated") != version:
        run(environment, ["db", "migrate"])
        write_private(home / "migrated", version)
    wanted = pools()
    missing = {name: pool for name, pool in wanted.items() if name not in (found or ())}
    if missing:
        listed = home / "pools.json"
        with replacing(listed) as written:
            written.write_text(json.dumps(missing), encoding="utf-8")
        run(environment, ["pools", "import", str(listed)])
    return environment


def is_prepared(settings: Settings) -> bool:
    """Whether an Airflow was ever prepared in this home."""
    return (settings.home / "airflow" / "migrated").exists()


def execute(settings: Settings, arguments: list[str]) -> NoReturn:
    """Become Airflow's own command, in the environment of the local Airflow: nothing of it goes to `~/airflow`."""
    environment = prepare(settings)
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *arguments], environment)


def password(settings: Settings) -> str:
    """The password of the UI's user."""
    return str(json.loads((folder(settings) / "passwords.json").read_text(encoding="utf-8"))[USER])


def run(environment: Mapping[str, str], arguments: list[str]) -> str:
    """The output of an `airflow` command. Raises Permanent with the end of what it said when it fails."""
    command = [sys.executable, "-m", "airflow", *arguments]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd="/", timeout=PREPARE_S)
    except subprocess.TimeoutExpired as error:
        raise Permanent(f"airflow {' '.join(arguments)} did not end within {PREPARE_S:.0f} s") from error
    if done.returncode != 0:
        raise Permanent(f"airflow {' '.join(arguments)} failed:\n{(done.stdout + done.stderr)[-3000:].strip()}")
    return done.stdout


def _settings(settings: Settings) -> dict[str, str]:
    named = {
        "NEWS_ETL_HOME": str(settings.home),
        "NEWS_ETL_WAREHOUSE_URL": settings.warehouse_url,  # None: tasks find the embedded server through NEWS_ETL_HOME
        "NEWS_ETL_LAKE_URL": settings.lake_url,
        "NEWS_ETL_SOURCES": str(settings.sources),
        "NEWS_ETL_RIGHTS": str(settings.rights) if settings.rights else None,
        "NEWS_ETL_CONTACT": settings.contact,
        "NEWS_ETL_S3_ENDPOINT_URL": settings.s3_endpoint_url,
    }
    return {name: value or "" for name, value in named.items()}


def _secrets(home: Path) -> dict[str, str]:
    """The keys that all services share, made once: services with different keys are a common Airflow misconfiguration."""
    kept: dict[str, str] = json.loads(read(home / "secrets.json") or "{}")
    if not all(kept.get(name) for name in SECRETS):
        kept = {name: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for name in SECRETS}
        write_private(home / "secrets.json", json.dumps(kept))
    if read(home / "passwords.json") is None:
        write_private(home / "passwords.json", json.dumps({USER: secrets.token_urlsafe(12)}))
    return kept


def _found(url: str) -> set[str] | None:
    """The names of the pools in Airflow's database; None when it has no tables yet."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT to_regclass('public.slot_pool') IS NOT NULL").fetchone()
        if not row or not row[0]:
            return None
        return {name for (name,) in connection.execute("SELECT pool FROM slot_pool")}


def _airflow_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("apache-airflow-core")
    except PackageNotFoundError as error:
        raise Permanent("Airflow is not installed: pip install 'news-etl[local]'") from error
