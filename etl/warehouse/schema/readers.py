"""The role that can only read: `news_reader`, with SELECT on what the warehouse has and nothing else. Tables with texts it
reads through the views of `news`, which know what the rights policy lets readers have.

It is made where rights allow: on the embedded server with the server (`server`, as a login of its own), elsewhere by
`news-etl migrate` as a role without login, to be granted to people's logins. What it may read is given once and for
what comes later by default privileges: what an operator takes away from it stays away.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from etl.embedded_postgres.server import READER_ROLE
from etl.errors import Permanent

ROLE = READER_ROLE
SCHEMAS = "core, ops, news"

STATE = f"""
SELECT (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user) AS can_make,
       EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') AS is_there,
       EXISTS (SELECT FROM pg_roles r JOIN pg_namespace n ON n.nspname IN ('core', 'ops', 'news')
               WHERE r.rolname = '{ROLE}' AND NOT has_schema_privilege(r.oid, n.oid, 'USAGE')) AS lacks_grants
"""
# What holds texts, or parts of them.
WITH_TEXTS = "core.body, core.hint, core.observation, ops.article_change, ops.candidate"
GRANTS = (
    f"GRANT USAGE ON SCHEMA {SCHEMAS} TO {ROLE}",
    f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMAS} TO {ROLE}",
    f"REVOKE SELECT ON {WITH_TEXTS} FROM {ROLE}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMAS} GRANT SELECT ON TABLES TO {ROLE}",
)
# Another process created it at the same moment: roles belong to all databases of a server.
MADE_MEANWHILE = frozenset({"42710", "23505", "XX000"})


def is_current(connection: Connection) -> bool:
    """Whether the role is there and may read, or is not there and cannot be made by us."""
    state = connection.execute(text(STATE)).one()
    return not state.lacks_grants if state.is_there else not state.can_make


def ensure(connection: Connection) -> None:
    """Make the role where rights allow, and let it read, in the caller's transaction."""
    state = connection.execute(text(STATE)).one()
    if not state.is_there:
        if not state.can_make:
            return
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"CREATE ROLE {ROLE} NOLOGIN")
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in MADE_MEANWHILE:
                raise
    if not state.is_there or state.lacks_grants:
        for statement in GRANTS:
            connection.exec_driver_sql(statement)


# What is more than reading, of whoever is logged in. Memberships count also where they are not inherited.
POWERS = """
SELECT session_user AS role,
       (SELECT rolsuper FROM pg_roles WHERE rolname = session_user)
       OR EXISTS (SELECT FROM pg_roles g WHERE (g.rolsuper OR g.rolname IN (
              'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))
              AND pg_has_role(session_user, g.oid, 'MEMBER')) AS reaches_the_machine,
       EXISTS (SELECT FROM pg_roles g WHERE g.rolname IN ('pg_write_all_data', 'pg_maintain')
               AND pg_has_role(session_user, g.oid, 'MEMBER'))
       OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname IN ('core', 'ops', 'news') AND c.relkind IN ('r', 'p', 'v', 'm')
                 AND (pg_has_role(session_user, c.relowner, 'MEMBER')
                      OR has_table_privilege(session_user, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))) AS can_write
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """What a login can do besides reading."""

    role: str
    reaches_the_machine: bool  # programs and files of the database's machine
    can_write: bool


def powers(connection: Connection) -> Powers:
    """What the login of this connection can do besides reading."""
    return Powers(**connection.execute(text(POWERS)).one()._mapping)


def make_login(engine: Engine, url: str) -> bool:
    """Make the login that `url` names, a member of the role that reads, where rights allow; whether it was made.

    One that is there already stays as it is. Raises `Permanent` for a URL without a password.
    """
    named = make_url(url)
    if not named.username or not named.password:
        raise Permanent("NEWS_ETL_READER_URL names no login with a password: postgresql://user:password@host/database")
    with engine.begin() as connection:
        state = connection.execute(text(STATE)).one()
        login = "SELECT rolcanlogin FROM pg_roles WHERE rolname = :name"
        can_login = connection.execute(text(login), {"name": named.username}).scalar()
        if can_login or not state.can_make or not state.is_there:
            return False
        if can_login is not None and named.username != ROLE:
            raise Permanent(f"the role {named.username} of NEWS_ETL_READER_URL may not log in: ALTER ROLE ... LOGIN")
        driver = connection.connection.driver_connection
        assert driver is not None
        # Not the password itself: statements stand in logs.
        secret = driver.pgconn.encrypt_password(
            str(named.password).encode(), named.username.encode(), b"scram-sha-256"
        ).decode()
        name = connection.execute(text("SELECT quote_ident(:name)"), {"name": named.username}).scalar_one()
        verb = f"ALTER ROLE {ROLE}" if named.username == ROLE else f"CREATE ROLE {name} IN ROLE {ROLE}"
        connection.exec_driver_sql(f"{verb} LOGIN PASSWORD '{secret}'".replace("%", "%%"))
    return True
