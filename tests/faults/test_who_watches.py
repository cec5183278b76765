"""The thread that finds the session blocking a migration, on a database that becomes unreachable meanwhile."""

from __future__ import annotations

from threading import Event

from etl.warehouse.engine import open_engine
from etl.warehouse.schema import waiting


def test_who_watches_a_migration_says_nothing_of_its_own_when_the_database_goes_away() -> None:
    engine = open_engine("postgresql+psycopg://news@127.0.0.1:1/news")
    seen: list[str] = []
    waiting._watch(engine, 1, Event(), seen)
    assert seen == []
