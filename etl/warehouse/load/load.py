"""Loads a batch of observations exactly once, atomically, and with the same result in any order.

One transaction: claim the batch in the ledger, COPY into staging tables, lock the URL keys, merge, recompute the articles and
revisions of those keys, write the counts into the ledger. See `statements` for the SQL and docs/design.md for the reasons.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, Table, text

from etl.errors import Permanent, Quarantine
from etl.model import Observation, Outcome
from etl.urls import article_id
from etl.warehouse.engine import faults_of
from etl.warehouse.load import changes, rows, statements
from etl.warehouse.load.culprits import without_refused
from etl.warehouse.load.ledger import counted
from etl.warehouse.load.refusals import refused_as_quarantine
from etl.warehouse.ops import erased
from etl.warehouse.schema import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """The result of loading a batch."""

    batch_key: str
    outcomes: Counter[Outcome]
    was_known: bool  # the batch had been loaded before; nothing was changed


def activate_rules(engine: Engine, rules_versions: Collection[str], *, of_no_source: str | None = None) -> None:
    """Activate these rules versions (one per source): articles then move to them, each as a whole.

    A version that was current keeps its number; the others get the next one. That of pages that no source claims
    (`of_no_source`) is current whatever the sources are, so it gets a lower one: a page that a source came to claim
    has the source's version, also where a process with the old registry has processed the page once more.
    """
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE ops.rules IN SHARE ROW EXCLUSIVE MODE"))
        current = set(connection.execute(text("SELECT rules_version FROM ops.rules WHERE is_current")).scalars())
        if current == set(rules_versions):
            return
        connection.execute(
            text("""
                UPDATE ops.rules SET is_current = false
                WHERE is_current AND rules_version <> ALL(CAST(:wanted AS text[]))
            """),
            {"wanted": list(rules_versions)},
        )
        connection.execute(
            text("""
                INSERT INTO ops.rules (rules_version, activated_no, is_current)
                SELECT added, (SELECT COALESCE(max(activated_no), 0) + 1 FROM ops.rules)
                              + CASE WHEN :of_no_source IN ('', added) THEN 0 ELSE 1 END, true
                FROM unnest(CAST(:added AS text[])) AS added ORDER BY added
                ON CONFLICT (rules_version) DO UPDATE
                SET activated_no = excluded.activated_no, activated_at = now(), is_current = true
            """),
            {"added": sorted(set(rules_versions) - current), "of_no_source": of_no_source or ""},
        )


def load_batch(
    engine: Engine, observations: Iterable[Observation], *, batch_key: str, sha256: str, rules_version: str
) -> LoadResult:
    """Load a batch exactly once and return its counted outcomes.

    A batch in the ledger is not loaded again. Raises `Permanent` when the ledger has the key with another content, and
    `Transient` when the database asks to try again. An observation whose values the database refuses is quarantined; the
    others are loaded.
    """
    batch = list(observations)
    try:
        return _load_batch(engine, batch, batch_key, sha256, rules_version)
    except Quarantine:
        return _load_batch(engine, without_refused(engine, batch, load_in), batch_key, sha256, rules_version)


def _load_batch(
    engine: Engine, observations: list[Observation], batch_key: str, sha256: str, rules_version: str
) -> LoadResult:
    with faults_of(engine, f"loading {batch_key}"), refused_as_quarantine(), engine.begin() as connection:
        claimed = _claim(connection, batch_key, sha256, rules_version)
        if claimed is not None:
            return LoadResult(batch_key=batch_key, outcomes=claimed, was_known=True)
        outcomes = load_in(connection, observations)
        connection.execute(
            text("UPDATE ops.load_batch SET outcomes = CAST(:o AS jsonb) WHERE batch_key = :key"),
            {"key": batch_key, "o": json.dumps(outcomes)},
        )
        return LoadResult(batch_key=batch_key, outcomes=outcomes, was_known=False)


def followed_up(engine: Engine, batch_key: str) -> None:
    """Record that the catch-up of a batch is done: the other captures of its keys were processed."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.load_batch SET is_followed_up = true WHERE batch_key = :key"), {"key": batch_key}
        )


def load_again(engine: Engine, observations: Sequence[Observation]) -> Counter[Outcome]:
    """Load captures that were processed again; their counted outcomes. Captures already processed with these rules are skipped.

    The ledger is not used: rows of such a load may be deleted when their articles move to other rules, and the captures have
    to be processed again later. Raises `Transient` when the database asks to try again.
    """
    try:
        return _load_again(engine, list(observations))
    except Quarantine:
        return _load_again(engine, without_refused(engine, observations, load_in))


def _load_again(engine: Engine, observations: list[Observation]) -> Counter[Outcome]:
    with faults_of(engine, "loading what was read again"), refused_as_quarantine(), engine.begin() as connection:
        return load_in(connection, observations)


def load_anew(engine: Engine, observations: Sequence[Observation]) -> Counter[Outcome]:
    """Load captures that were read once more in the place of what the same rules made of them before.

    In one transaction: killed at any moment, the values of before or those of now are there. What cannot be read any more
    keeps the values that it had.
    """
    try:
        return _load_anew(engine, list(observations))
    except Quarantine:
        return _load_anew(engine, without_refused(engine, observations, load_in))


def _load_anew(engine: Engine, observations: list[Observation]) -> Counter[Outcome]:
    read = [o for o in observations if rows.is_capture(o) and o.page.outcome is not Outcome.QUARANTINED]
    with faults_of(engine, "loading what was read anew"), refused_as_quarantine(), engine.begin() as connection:
        _forget_readings(connection, read)
        return load_in(connection, observations)


def _claim(connection: Connection, batch_key: str, sha256: str, rules_version: str) -> Counter[Outcome] | None:
    """Claim a batch, waiting for a concurrent load of it; its outcomes when it is loaded already."""
    is_new = connection.execute(
        text(
            "INSERT INTO ops.load_batch (batch_key, sha256, rules_version, outcomes, is_followed_up) "
            "VALUES (:key, :sha, :rules, '{}', false) ON CONFLICT (batch_key) DO NOTHING RETURNING true"
        ),
        {"key": batch_key, "sha": sha256, "rules": rules_version},
    ).scalar()
    if is_new:
        return None
    known, outcomes = connection.execute(
        text("SELECT sha256, outcomes FROM ops.load_batch WHERE batch_key = :key"), {"key": batch_key}
    ).one()
    if known != sha256:
        raise Permanent(
            f"batch {batch_key} was loaded with content {known[:12]} and now has {sha256[:12]}: "
            "one of the two silver files is damaged; remove it and extract again"
        )
    return counted(outcomes)


def load_in(connection: Connection, observations: list[Observation], *, rules: str = "ops.rules") -> Counter[Outcome]:
    """Load observations in the caller's transaction, without the ledger; `rules` is the table of current rules versions."""
    captures = [o for o in observations if rows.is_capture(o)]
    connection.exec_driver_sql(statements.BY_INDEX)
    formerly = erased.formerly(connection, (o.target_uri for o in captures))
    captures = [o for o in captures if o.target_uri not in formerly]
    gone = _lock_keys(connection, {o.url_key for o in captures})
    captures = [o for o in captures if o.url_key not in gone]
    known = _processed_before(connection, captures)
    results = _results(observations, gone, formerly, known)

    fresh = [o for o in captures if o.capture_id not in known]
    # Of a capture that comes twice in a batch the stricter reading counts, of equal ones the first.
    fresh.reverse()
    fresh = list({o.capture_id: o for o in sorted(fresh, key=_strictness)}.values())
    loaded = [o for o in fresh if rows.is_loaded(o)]
    rejected = [o for o in fresh if not rows.is_loaded(o) and o.page.outcome is not Outcome.GONE]
    rejected += [o for o in observations if not rows.is_capture(o)]

    _merge_captures(connection, captures)
    _merge_texts(connection, (rows.body(o) for o in loaded))
    _merge(connection, tables.hint, "stage_hint", (row for o in captures for row in rows.hints(o)))
    # Also of what is known: of two archives that have a capture only one may know of the redirects that led to it.
    merge_aliases(connection, (row for o in captures for row in rows.aliases(o)))
    _merge(connection, tables.observation, "stage_observation", (rows.observation(o) for o in loaded))
    # What was quarantined is not done: it is taken again when another capture of its URL comes, or by a replay.
    done = [o for o in fresh if o.page.outcome is not Outcome.QUARANTINED]
    _merge(connection, tables.processed, "stage_processed", (rows.processed(o) for o in done))
    _carry_expired(connection)
    _stage(connection, "stage_reject", tables.reject, (rows.reject(o) for o in rejected))
    connection.exec_driver_sql(statements.MERGE_REJECT.format(columns=", ".join(_columns(tables.reject))))
    connection.exec_driver_sql(statements.RESOLVE_REJECT)

    _compute(connection, rules)
    _record_run_outcomes(connection, results)
    connection.exec_driver_sql(statements.STORIES_DUE)
    return Counter(outcome for _, outcome, _ in results)


def _merge_captures(connection: Connection, captures: list[Observation]) -> None:
    """Merge captures; duplicates within a batch are merged like those of two batches."""
    columns = ", ".join(_columns(tables.capture))
    left = captures
    while left:
        first = {o.capture_id: o for o in reversed(left)}
        _stage(connection, "stage_capture", tables.capture, (rows.capture(o) for o in first.values()))
        connection.exec_driver_sql(statements.MERGE_CAPTURE.format(columns=columns))
        connection.exec_driver_sql("DROP TABLE stage_capture")
        left = [o for o in left if o is not first[o.capture_id]]


def _merge_texts(connection: Connection, values: Iterable[rows.Row]) -> None:
    """Merge texts and lock those of the batch until its end, so that a deletion of unused texts skips them.

    For texts that are being deleted at this moment it waits, and inserts them again.
    """
    _stage(connection, "stage_body", tables.body, values)
    wanted: int = connection.exec_driver_sql("SELECT count(*) FROM stage_body").scalar_one()
    held = -1
    while held < wanted:
        _merge_staged(connection, tables.body, "stage_body")
        held = connection.exec_driver_sql(statements.HOLD_TEXTS).scalar_one()


def _carry_expired(connection: Connection) -> None:
    columns = _columns(tables.observation)
    values = ", ".join(statements.CARRIED_VALUES.get(column, f"o.{column}") for column in columns)
    connection.exec_driver_sql(statements.CARRY_OBSERVATION.format(columns=", ".join(columns), values=values))
    connection.exec_driver_sql(statements.CARRY_PROCESSED)


def merge_aliases(connection: Connection, aliases: Iterable[rows.Row]) -> None:
    """Add these aliases to those that are there, in the caller's transaction."""
    _merge(connection, tables.alias, "stage_alias", aliases)


def recompute(connection: Connection, keys: set[bytes]) -> None:
    """Recompute the articles of these keys in the caller's transaction after captures were deleted; keys without captures are deleted."""
    connection.exec_driver_sql(statements.BY_INDEX)
    _lock_keys(connection, keys)
    _compute(connection, "ops.rules")
    connection.exec_driver_sql(statements.STORIES_DUE)
    connection.exec_driver_sql(statements.DELETE_UNUSED_KEYS)


def _compute(connection: Connection, rules: str) -> None:
    for statement in (
        statements.CHOOSE_VERSION.format(rules=rules),
        "ANALYZE chosen",
        changes.LOG_CHANGES,
        statements.PRUNE_OBSERVATION,
        statements.PRUNE_PROCESSED,
        statements.DELETE_REVISION,
        statements.INSERT_REVISION,
        statements.UPSERT_ARTICLE,
        statements.DELETE_ARTICLE,
    ):
        connection.exec_driver_sql(statement)


def _lock_keys(connection: Connection, keys: set[bytes]) -> set[bytes]:
    """Take the row locks of URL keys, in key order; returns those that were erased."""
    connection.exec_driver_sql("CREATE TEMP TABLE stage_key (url_key bytea, article_id uuid) ON COMMIT DROP")
    _copy(connection, "stage_key", ["url_key", "article_id"], ((k, article_id(k)) for k in sorted(keys)))
    connection.exec_driver_sql("ANALYZE stage_key")
    gone = {bytes(row[0]) for row in connection.exec_driver_sql(statements.ERASED_KEYS)}
    if gone:
        connection.exec_driver_sql("DELETE FROM stage_key k USING core.tombstone t WHERE k.url_key = t.url_key")
    connection.exec_driver_sql(statements.LOCK_KEYS)
    connection.exec_driver_sql(statements.LOCK_KEYS_HELD)
    # An erasure locks the same rows: read what was erased while we waited for them.
    late = {bytes(row[0]) for row in connection.exec_driver_sql(statements.ERASED_KEYS)}
    if late:
        connection.exec_driver_sql(statements.DELETE_ERASED_KEYS)
        connection.exec_driver_sql("DELETE FROM stage_key k USING core.tombstone t WHERE k.url_key = t.url_key")
    return gone | late


def _processed_before(connection: Connection, captures: list[Observation]) -> set[bytes]:
    """The captures that an earlier batch has brought under the rules that they come with now: each under its own.

    One of which that batch knew less, since its archive had no metadata with it, is forgotten here and comes anew: what
    its publisher refused counts, whichever archive was loaded first.
    """
    found = connection.execute(
        text("""
            SELECT p.capture_id, p.may_store, p.may_show, p.may_export, p.may_train
            FROM unnest(CAST(:ids AS bytea[]), CAST(:rules AS text[])) AS c (capture_id, rules_version)
            JOIN ops.processed p USING (capture_id, rules_version)
        """),
        {"ids": [o.capture_id for o in captures], "rules": [o.rules_version for o in captures]},
    )
    known = {bytes(row[0]): rows.strictness(*row[1:]) for row in found}
    stricter = [o for o in captures if o.capture_id in known and _strictness(o) > known[o.capture_id]]
    stricter = [o for o in stricter if o.page.outcome is not Outcome.QUARANTINED]
    if stricter:
        _forget_readings(connection, stricter)
    return known.keys() - {o.capture_id for o in stricter}


def _strictness(o: Observation) -> tuple[int, ...]:
    return rows.strictness(o.page.may_store, o.page.may_show, o.page.may_export, o.page.may_train)


def _forget_readings(connection: Connection, observations: Sequence[Observation]) -> None:
    """Delete what the same rules made of these captures before."""
    values = {"ids": [o.capture_id for o in observations], "rules": [o.rules_version for o in observations]}
    for statement in statements.FORGET_READINGS:
        connection.execute(text(statement), values)


def _results(
    observations: list[Observation], gone: set[bytes], formerly: frozenset[str], known: set[bytes]
) -> list[tuple[bytes, Outcome, str | None]]:
    """One outcome for each observation of the batch: (capture id, outcome, detail)."""
    results, seen = [], set()
    for o in observations:
        outcome = o.page.outcome
        if o.url_key in gone or o.target_uri in formerly:
            outcome = Outcome.ERASED
        elif o.capture_id in seen:
            outcome = Outcome.DUPLICATE_CANDIDATE
        elif o.capture_id in known:
            outcome = Outcome.KNOWN
        elif o.is_revisit and outcome is Outcome.ARTICLE:
            outcome = Outcome.UNCHANGED
        seen.add(o.capture_id)
        results.append((o.capture_id, outcome, o.page.detail))
    return results


def _record_run_outcomes(connection: Connection, results: list[tuple[bytes, Outcome, str | None]]) -> None:
    connection.exec_driver_sql(
        "CREATE TEMP TABLE stage_result (capture_id bytea, outcome text, detail text) ON COMMIT DROP"
    )
    first = {capture: (outcome, detail) for capture, outcome, detail in reversed(results)}
    _copy(
        connection,
        "stage_result",
        ["capture_id", "outcome", "detail"],
        ((capture, outcome.value, detail or None) for capture, (outcome, detail) in first.items()),
    )
    connection.exec_driver_sql("ANALYZE stage_result (capture_id)")
    connection.exec_driver_sql(statements.RUN_OUTCOMES)


def _columns(table: Table) -> list[str]:
    """The columns that a load fills: all but those the database fills by itself."""
    return [column.name for column in table.columns if column.server_default is None]


def _stage(connection: Connection, name: str, table: Table, values: Iterable[rows.Row]) -> None:
    """COPY rows into a temporary twin of a table, the first of rows with equal keys only."""
    columns = _columns(table)
    key = [column.name for column in table.primary_key]
    names = ", ".join(columns)
    connection.exec_driver_sql(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
    if "text" in columns:
        # Compressing what is read once is most of COPY's cost.
        connection.exec_driver_sql(f"ALTER TABLE {name} ALTER COLUMN text SET STORAGE EXTERNAL")
    unique: dict[tuple[Any, ...], rows.Row] = {}
    for row in values:
        unique.setdefault(tuple(row[k] for k in key), row)
    _copy(connection, name, columns, (tuple(row[c] for c in columns) for row in unique.values()))
    # Without statistics a stage is thought to be so large that whole tables are read to meet it.
    connection.exec_driver_sql(f"ANALYZE {name} ({', '.join(key)})")


def _merge(connection: Connection, table: Table, stage: str, values: Iterable[rows.Row]) -> None:
    """Stage rows and insert those whose key the table lacks, in key order."""
    _stage(connection, stage, table, values)
    _merge_staged(connection, table, stage)


def _merge_staged(connection: Connection, table: Table, stage: str) -> None:
    connection.exec_driver_sql(
        statements.MERGE_NEW.format(
            table=table,
            stage=stage,
            columns=", ".join(_columns(table)),
            key=", ".join(c.name for c in table.primary_key),
        )
    )


def _copy(connection: Connection, name: str, columns: Sequence[str], values: Iterable[tuple[Any, ...]]) -> None:
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)
