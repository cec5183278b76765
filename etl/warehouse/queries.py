"""Ad-hoc queries, and the tables of `news-etl status`."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, cast

import psycopg
from sqlalchemy import Engine, text

from etl import faults
from etl.errors import Permanent, Transient
from etl.warehouse.ops import runs
from etl.warehouse.query_values import keep_unknown_as_text
from etl.warehouse.schema import readers

QUERY_S = 600.0
LOCK_MS = 10_000

Rows = tuple[Sequence[str], Sequence[Sequence[Any]]]

STATUS = {
    "Warehouse": """
        SELECT (SELECT count(*) FROM core.capture) AS captures, (SELECT count(*) FROM core.article) AS articles,
               (SELECT count(*) FROM core.revision) AS revisions,
               (SELECT count(*) FROM core.article WHERE gone_at IS NOT NULL) AS gone,
               (SELECT count(*) FROM ops.reject) AS rejects,
               (SELECT max(activated_at) FROM ops.rules) AS rules_changed_at,
               (SELECT count(*) FROM core.article WHERE rules_version NOT IN
                   (SELECT rules_version FROM ops.rules WHERE is_current)) AS under_older_rules
    """,
    "Stories": """
        SELECT (SELECT count(*) FROM core.story) AS stories, (SELECT count(*) FROM core.story_member) AS articles,
               (SELECT count(*) FROM core.story WHERE flags <> '{}') AS flagged,
               (SELECT count(*) FROM ops.story_due) + (SELECT count(*) FROM ops.story_change) AS open_articles
    """,
    "Open work": """
        SELECT count(*) AS files, COALESCE(sum(records), 0) AS captures, min(announced_at) AS oldest,
               count(problem) AS with_problem, min(problem) AS problem
        FROM ops.segment WHERE loaded_at IS NULL AND published_at IS NOT NULL
    """,
    "Last runs": """
        SELECT run_id, kind, state, as_of, ended_at - started_at AS took, summary -> 'candidates' AS candidates,
               summary -> 'outcomes' AS outcomes
        FROM ops.run ORDER BY started_at DESC LIMIT 5
    """,
    "Sources": """
        SELECT s.source_key, s.is_enabled, n.articles, n.last_article_seen_at, r.state AS last_run, r.error
        FROM core.source s
        LEFT JOIN (SELECT source_key, count(*) AS articles, max(first_seen_at) AS last_article_seen_at
                   FROM core.article GROUP BY source_key) n USING (source_key)
        LEFT JOIN LATERAL (SELECT rs.state, rs.error FROM ops.run_source rs JOIN ops.run USING (run_id)
                           WHERE rs.source_key = s.source_key ORDER BY run.started_at DESC LIMIT 1) r ON true
        WHERE s.is_enabled OR n.articles > 0
        ORDER BY s.source_key
    """,
    # Also those that are read in part: `failures` is 0, and `error` says what of them is lost.
    "Documents that fail": """
        SELECT url, source_key, status, error, failures, failing_since, succeeded_at,
               CASE WHEN failures > 0 THEN due_at END AS asked_again_at
        FROM ops.document WHERE failures > 0 OR error IS NOT NULL ORDER BY failures DESC, url LIMIT 20
    """,
    "Prices asked in the last 30 days": """
        SELECT host, price, count(*) AS answers, max(fetched_at) AS last, min(url) AS example FROM ops.fetch_log
        WHERE outcome = 'payment_required' AND fetched_at > now() - interval '30 days'
        GROUP BY host, price ORDER BY answers DESC, host, price LIMIT 20
    """,
    "Documents that have moved": """
        SELECT url, source_key, moved_to FROM ops.document WHERE moved_to IS NOT NULL ORDER BY url LIMIT 20
    """,
    "Hubs": """
        SELECT url, hub, ends_at AS subscribed_until, pushes, pushed_at, error FROM ops.websub
        ORDER BY error IS NULL, url LIMIT 20
    """,
    "Rejects": """
        SELECT reason, count(*) AS rejects, max(loaded_at) AS last, min(url) AS example FROM ops.reject
        GROUP BY reason ORDER BY rejects DESC
    """,
}


FOR_READING = "`news-etl query` reads only; pages are removed with `news-etl erase`"


def rows(
    engine: Engine, sql: str, *, limit: int = 0, limit_s: float = QUERY_S
) -> tuple[Sequence[str], Sequence[Sequence[Any]], bool]:
    """The columns and rows of one query, and whether `limit` cut them off.

    - It is one statement, sent by the extended protocol, which takes no second one.
    - It is described first, and not run at all if it returns no rows (so no SET, DO, COMMIT, LOCK).
    - It runs in a read-only transaction that is rolled back, and is cancelled after `limit_s` seconds.
    - What functions may still do depends on the login: see `readers`.

    Raises `Permanent` with the database's message when the query is wrong or would write.
    """
    with engine.connect() as connection:
        driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        driver.read_only = True
        try:
            # From here on the transaction has read, so it can no longer be changed to read-write.
            driver.execute("SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)",
                           [str(int(limit_s * 1000)), str(LOCK_MS)])  # fmt: skip
            columns = _described(driver, sql)
            cursor = driver.cursor()
            keep_unknown_as_text(cursor)
            with cursor, closing(cast("Generator[Any]", cursor.stream(sql))) as stream:
                found = list(islice(stream, limit + 1 if limit else None))
        except psycopg.Error as error:
            if isinstance(faults.as_ours(error), Transient) and not isinstance(error, psycopg.errors.QueryCanceled):
                raise  # no fault of the query's
            if error.sqlstate is None:
                raise
            raise Permanent(_said(error, limit_s)) from error
        finally:
            if not driver.closed:
                driver.rollback()
                driver.read_only = None
    is_cut = bool(limit) and len(found) > limit
    return columns, [tuple(row) for row in (found[:limit] if limit else found)], is_cut


def check_reader(engine: Engine, *, is_named: bool) -> str | None:
    """A warning about the login of an engine for queries; None when it can only read.

    `is_named`: it is that of NEWS_ETL_READER_URL. Raises `Permanent` if that can do more than read, and for any login that
    can reach programs and files of the database's machine, which a read-only transaction does not prevent.
    """
    with engine.connect() as connection:
        found = readers.powers(connection)
    if found.reaches_the_machine or (is_named and found.can_write):
        what = "programs or files of the database's machine" if found.reaches_the_machine else "rows of the warehouse"
        raise Permanent(
            f"the role {found.role} could change {what} in a query: set NEWS_ETL_READER_URL to "
            f"postgresql://{readers.ROLE}:<a new password>@<host>/<database>, and news-etl migrate makes that login where "
            "it may; see README, Settings"
        )
    if found.can_write:
        return (
            f"asked as {found.role}, which may write, in a read-only transaction. NEWS_ETL_READER_URL names a login that "
            "can only read"
        )
    return None


def _described(driver: psycopg.Connection[Any], sql: str) -> tuple[str, ...]:
    """The columns of a statement, which is not run."""
    for result in (driver.pgconn.prepare(b"", _encoded(driver, sql)), driver.pgconn.describe_prepared(b"")):
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result, encoding=driver.info.encoding)
    if not result.nfields:
        if result.status == psycopg.pq.ExecStatus.COMMAND_OK and not _words(sql):
            raise Permanent('the query is empty: give one, such as "SELECT title, url FROM news.article LIMIT 5"')
        raise Permanent(f"the statement gives no rows, and was not run: {FOR_READING}")
    if result.nparams:
        raise Permanent("the query is wrong: it has parameters ($1), for which there are no values")
    return tuple((result.fname(n) or b"").decode(driver.info.encoding) for n in range(result.nfields))


def _words(sql: str) -> str:
    """What a statement holds beside comments, blanks and semicolons."""
    return re.sub(r"--[^\n]*|/\*.*?(?:\*/|\Z)|[\s;]+", "", sql, flags=re.DOTALL)


def _encoded(driver: psycopg.Connection[Any], sql: str) -> bytes:
    if "\x00" in sql:
        raise Permanent("the query is wrong: it holds a NUL")
    try:
        return sql.encode(driver.info.encoding)
    except UnicodeEncodeError as error:
        raise Permanent(f"the query is wrong: it holds what is no character: {error.reason}") from error


def _said(error: psycopg.Error, limit_s: float) -> str:
    if isinstance(error, psycopg.errors.QueryCanceled):
        return f"the query took longer than {limit_s:g} s and was ended: ask for less, or give it more (--timeout)"
    if "multiple commands" in str(error):
        return "the query is wrong: one statement at a time"
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return f"the query would write ({error.diag.message_primary}): {FOR_READING}"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return f"the query would do what the reading role may not ({error.diag.message_primary}): {FOR_READING}"
    kind = "is wrong" if isinstance(error, psycopg.ProgrammingError) else "failed"
    return f"the query {kind}: {error}"


def status(engine: Engine) -> dict[str, Rows]:
    """The tables of the warehouse's state, by name. A killed run is shown as such until the next one has summarized it."""
    report: dict[str, Rows] = {}
    killed = set(runs.given_up(engine))
    with engine.connect() as connection:
        for name, query in STATUS.items():
            result = connection.execute(text(query))
            report[name] = (tuple(result.keys()), [tuple(row) for row in result])
    columns, found = report["Last runs"]
    told = [(*row, KILLED if row[0] in killed else None) for row in found]
    report["Last runs"] = ((*columns, "remark"), told)
    return report


KILLED = "its process is gone (killed, or the machine stopped): the next run loads what it had fetched, and sums it up"
