"""Databases that are made for a test or measure and dropped after it."""

from __future__ import annotations

from typing import Any

import psycopg

# Of our own role: `DROP DATABASE ... WITH (FORCE)` wants to end autovacuum's workers as well, which a role that is no
# superuser may not (PostgreSQL 18). The plain form asks them to go, and waits five seconds for the rest.
END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"


def drop_database(connection: psycopg.Connection[Any], name: str) -> None:
    """Drop a database if it is there, with the sessions of this role in it. The connection is in autocommit."""
    connection.execute(END_SESSIONS, [name])
    connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
