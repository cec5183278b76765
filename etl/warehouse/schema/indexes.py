"""Builds the indexes that `tables` declares while other sessions work: `CREATE INDEX CONCURRENTLY`, one by one.

Migrations create tables; their secondary indexes are taken from the metadata, not from migrations, so that an index is
declared once and reaches new and old warehouses alike. Missing indexes are built after the schema's transaction. An index
that was half built when its process was killed is invalid: it is dropped and built again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

from sqlalchemy import Column, Connection, Engine, Index, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

from etl.warehouse.schema.tables import metadata
from etl.warehouse.schema.waiting import BUDGET_S, patiently

# Building an index waits for transactions that were open before, but blocks no other session: it may take long.
WAIT_S = 60.0
PAUSES_S = (5.0, 5.0)
POLL_S = 0.5

# Indexes of earlier versions that no query uses any more. A changed index gets another name.
RETIRED = (
    "ops.run_url_run_id_url_key_idx",
    "core.story_node_text_digest_idx",
    "core.article_source_key_utc_day_idx",
)

VALID = """
SELECT format('%s.%s', n.nspname, c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('core', 'ops') AND i.indisvalid
"""
COLUMNS = """
SELECT format('%s.%s', table_schema, table_name), column_name FROM information_schema.columns
WHERE table_schema IN ('core', 'ops')
"""
IS_BUILT_NOW = "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = to_regclass(:name))"
# Partitions without the index of their table, with what is there of theirs already.
PARTITIONS = """
SELECT format('%I.%I', n.nspname, c.relname) AS "table", n.nspname AS schema, c.relname || :suffix AS name
FROM pg_inherits p JOIN pg_class c ON c.oid = p.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.inhparent = to_regclass(:table) AND NOT EXISTS (
    SELECT FROM pg_index i JOIN pg_inherits a ON a.inhrelid = i.indexrelid
    WHERE i.indrelid = c.oid AND a.inhparent = to_regclass(:index))
ORDER BY c.relname
"""


def missing(connection: Connection) -> list[Index]:
    """The declared indexes that are not there, or not whole, in the order of their names."""
    valid = set(connection.execute(text(VALID)).scalars())
    return sorted((i for i in _declared() if _name(i) not in valid), key=_name)


def possible(connection: Connection) -> list[Index]:
    """Of those that are missing the ones whose tables and columns are there, whatever migrations are still to come."""
    there = {(row[0], row[1]) for row in connection.execute(text(COLUMNS))}
    return [
        index
        for index in missing(connection)
        if all((f"{_table(index).schema}.{_table(index).name}", name) in there for name in _columns(index))
    ]


def _columns(index: Index) -> set[str]:
    """The columns that an index is of and those that its condition is about."""
    words = set(re.findall(r"\w+", _statement(index)))
    return {column.name for column in _table(index).columns if column.name in words}


def left_over(connection: Connection) -> list[str]:
    """Indexes of earlier versions that are still there."""
    return [n for n in RETIRED if connection.execute(text("SELECT to_regclass(:n)"), {"n": n}).scalar() is not None]


def build(engine: Engine, *, say: Callable[[str], None] = lambda line: None) -> None:
    """Build missing indexes and drop retired ones, without blocking other sessions. One process at a time.

    If it is stopped, the next call resumes. Raises `Transient` when an open transaction does not end: indexes that were
    built stay, the rest is built the next time.
    """
    beside = engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        wanted, retired = possible(connection), left_over(connection)
    for index in wanted:
        say(f"building the index {_name(index)} (reading and loading go on)")
        if _table(index).dialect_options["postgresql"]["partition_by"]:
            _build_partitioned(engine, beside, index)
        else:
            _build(beside, _name(index), _statement(index))
    # Of an expression nothing is known until its table is looked at: the planner would guess.
    for table in sorted({f"{_table(i).schema}.{_table(i).name}" for i in wanted if _has_expression(i)}):
        _patiently(beside, f"ANALYZE {table}", what=f"taking statistics of {table}", budget_s=WAIT_S)
    for name in retired:
        _patiently(
            beside, f"DROP INDEX CONCURRENTLY IF EXISTS {name}", what=f"dropping the index {name}", budget_s=WAIT_S
        )


def _build(beside: Engine, name: str, statement: str) -> None:
    concurrently = re.sub(r"^CREATE (UNIQUE )?INDEX ", r"CREATE \1INDEX CONCURRENTLY ", statement)

    def work(connection: Connection) -> None:
        # Of a client that was killed the server may still be at it.
        while connection.execute(text(IS_BUILT_NOW), {"name": name}).scalar():
            time.sleep(POLL_S)
        if name in set(connection.execute(text(VALID)).scalars()):
            return
        connection.exec_driver_sql("SET client_connection_check_interval = '1s'")
        connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        connection.exec_driver_sql(concurrently)

    patiently(beside, work, what=f"building the index {name}", budget_s=WAIT_S, pauses_s=PAUSES_S)


def _build_partitioned(engine: Engine, beside: Engine, index: Index) -> None:
    """First the index of the table alone, which new partitions follow; then that of each partition; then they are tied."""
    name, table = _name(index), f"{_table(index).schema}.{_table(index).name}"
    suffix = str(index.name).removeprefix(_table(index).name)
    alone = (
        _statement(index).replace(f" ON {table} ", f" ON ONLY {table} ", 1).replace("INDEX ", "INDEX IF NOT EXISTS ", 1)
    )
    _patiently(engine, alone, what=f"making the index {name}")
    values = {"table": table, "index": name, "suffix": suffix}
    with engine.connect() as connection:
        partitions = connection.execute(text(PARTITIONS), values).all()
    for partition in partitions:
        its = _statement(index).replace(f" ON {table} ", f" ON {partition.table} ", 1)
        of_partition = f'{partition.schema}."{partition.name}"'
        _build(beside, of_partition, its.replace(f"INDEX {index.name} ", f'INDEX "{partition.name}" ', 1))
        _patiently(engine, f"ALTER INDEX {name} ATTACH PARTITION {of_partition}", what=f"making the index {name}")


def _patiently(engine: Engine, statement: str, *, what: str, budget_s: float = BUDGET_S) -> None:
    patiently(engine, lambda c: c.exec_driver_sql(statement), what=what, budget_s=budget_s)


def _declared() -> Iterator[Index]:
    return (index for table in metadata.tables.values() for index in table.indexes)


def _has_expression(index: Index) -> bool:
    return not all(isinstance(each, Column) for each in index.expressions)


def _name(index: Index) -> str:
    return f"{_table(index).schema}.{index.name}"


def _table(index: Index) -> Table:
    assert index.table is not None
    return index.table


def _statement(index: Index) -> str:
    return str(CreateIndex(index).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
