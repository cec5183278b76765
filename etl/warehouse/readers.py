"""The role that can only read: `news_reader`, with SELECT on all that the warehouse has and nothing else.

It is made where rights allow: on the embedded server with the server (`server`, as a login of its own), elsewhere by
`news-etl migrate` as a role without login, to be granted to people's logins. What it may read is given once and for
what comes later by default privileges: what an operator takes away from it stays away.
"""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

ROLE = "news_reader"
SCHEMAS = "core, ops, news"

STATE = f"""
SELECT (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user) AS can_make,
       EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') AS is_there,
       EXISTS (SELECT FROM pg_roles r JOIN pg_namespace n ON n.nspname IN ('core', 'ops', 'news')
               WHERE r.rolname = '{ROLE}' AND NOT has_schema_privilege(r.oid, n.oid, 'USAGE')) AS lacks_grants
"""
GRANTS = (
    f"GRANT USAGE ON SCHEMA {SCHEMAS} TO {ROLE}",
    f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMAS} TO {ROLE}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMAS} GRANT SELECT ON TABLES TO {ROLE}",
)
# Somebody else made it at the same moment: roles belong to all databases of a server.
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
