"""Deletes what grows with every run and is only read while it is fresh: requests, and the URLs that a run has seen.

A run keeps its row, summary and sources for ever. Articles, captures and the frontier are never touched.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, text

from etl.warehouse.schema.waiting import patiently

PARTITION = re.compile(r"fetch_log_(\d{4})_(\d{2})")
PARTITIONS = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'ops.fetch_log'::regclass ORDER BY c.relname
"""
# Runs that are over, of which nothing is still to be loaded.
OLD_RUNS = """
SELECT r.run_id FROM ops.run r
WHERE r.ended_at < :before AND r.state <> 'running' AND r.pruned_at IS NULL
  AND NOT EXISTS (SELECT FROM ops.segment s WHERE s.run_id = r.run_id AND s.loaded_at IS NULL)
ORDER BY r.ended_at, r.run_id
"""
# Of a page that was never visited the last offer to a live run stays: it says that the page is not of a fill alone
# (`runs.LEAVE_FRONTIER`).
OLD_URLS = """
FROM ops.run_url u JOIN ops.run r USING (run_id)
WHERE u.run_id = :run AND NOT (
    r.kind <> 'fill'
    AND EXISTS (SELECT FROM ops.candidate c WHERE c.url_key = u.url_key AND c.first_visit_at IS NULL)
    AND NOT EXISTS (
        SELECT FROM ops.run_url o JOIN ops.run n ON n.run_id = o.run_id
        WHERE o.url_key = u.url_key AND n.kind <> 'fill' AND (n.ended_at, n.run_id) > (r.ended_at, r.run_id)))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneResult:
    """What was deleted, or with a dry run would be: months and rows of requests, runs and their URLs."""

    months: int = 0
    requests: int = 0
    runs: int = 0
    urls: int = 0

    def as_json(self) -> dict[str, Any]:
        """For XCom and `--json`."""
        return asdict(self)


def prune(engine: Engine, *, before: date, dry_run: bool = False) -> PruneResult:
    """Delete the requests, and the URLs of runs that ended, before a day (in UTC).

    Of requests only whole months go, each as a partition, which waits for no reader for long. Runs go one by one, each in
    its own transaction: it can be stopped at any moment, and the next call goes on. Raises `Transient` where a session
    holds a month for too long.
    """
    months = requests = 0
    with engine.connect() as connection:
        names = [name for name in connection.execute(text(PARTITIONS)).scalars() if _is_over(name, before)]
    for name in names:
        requests += patiently(engine, partial(_drop, name=name, dry_run=dry_run), what=f"dropping ops.{name}")
        months += 1
    with engine.begin() as connection:
        requests += _requests_of_no_month(connection, before, dry_run=dry_run)
    with engine.connect() as connection:
        runs = connection.execute(text(OLD_RUNS), {"before": before}).scalars().all()
    urls = 0
    for run_id in runs:
        with engine.begin() as connection:
            urls += _prune_run(connection, run_id, dry_run=dry_run)
    return PruneResult(months=months, requests=requests, runs=len(runs), urls=urls)


def _is_over(partition: str, before: date) -> bool:
    found = PARTITION.fullmatch(partition)
    return found is not None and (int(found[1]), int(found[2])) < (before.year, before.month)


def _drop(connection: Connection, *, name: str, dry_run: bool) -> int:
    rows = int(connection.execute(text(f"SELECT count(*) FROM ops.{name}")).scalar_one())
    if not dry_run:
        connection.execute(text(f"DROP TABLE ops.{name}"))
    return rows


def _requests_of_no_month(connection: Connection, before: date, *, dry_run: bool) -> int:
    """Rows of the default partition, from before there was one for each month."""
    where = "FROM ops.fetch_log_default WHERE fetched_at < :before"
    return _deleted(connection, where, {"before": before.replace(day=1)}, dry_run=dry_run)


def _prune_run(connection: Connection, run_id: str, *, dry_run: bool) -> int:
    values = {"run": run_id}
    if dry_run:
        return int(connection.execute(text(f"SELECT count(*) {OLD_URLS}"), values).scalar_one())
    deleted = connection.execute(
        text(f"DELETE FROM ops.run_url d USING (SELECT u.source_key, u.url_digest {OLD_URLS}) o "
             "WHERE d.run_id = :run AND d.source_key = o.source_key AND d.url_digest = o.url_digest"), values
    ).rowcount  # fmt: skip
    connection.execute(text("UPDATE ops.run SET pruned_at = now() WHERE run_id = :run"), values)
    return deleted


def _deleted(connection: Connection, where: str, values: dict[str, Any], *, dry_run: bool) -> int:
    if dry_run:
        return int(connection.execute(text(f"SELECT count(*) {where}"), values).scalar_one())
    return connection.execute(text(f"DELETE {where}"), values).rowcount
