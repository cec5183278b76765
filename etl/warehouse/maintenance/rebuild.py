"""SQL of a rebuild: its run, and the frontier as far as it follows from captures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from etl.errors import Permanent
from etl.states import RunKind, RunState

CHUNK = 1000
RUN = "rebuild"

BEGIN = """
INSERT INTO ops.run (run_id, kind, as_of, state) VALUES (:run, :kind, :now, :running) ON CONFLICT DO NOTHING
"""
# Captures that we fetched, by the URL that was asked for: those of live segments, and what came back by `ingest` with
# what only we note. Archives of others say nothing of robots.txt.
FETCHED = """
SELECT COALESCE(c.redirects -> 0 ->> 0, c.url) COLLATE "C" AS asked, c.url, c.captured_at, c.status, c.is_revisit, c.payload_digest,
       c.warc IS NOT NULL AS has_page,
       COALESCE((SELECT jsonb_agg(to_jsonb(h) - 'capture_id' - 'hint_digest' ORDER BY h.hint_digest)
                 FROM core.hint h WHERE h.capture_id = c.capture_id), '[]') AS hints
FROM core.capture c WHERE c.warc LIKE 'raw/live/%' OR c.rights ? 'robots_state'
ORDER BY 1, c.captured_at, c.capture_id
"""
ADD = """
INSERT INTO ops.candidate (url_key, url, host, source_key, hints, offered_at, due_at, visits, first_visit_at, last_url,
                           last_captured_at, last_digest, last_outcome)
VALUES (:key, :url, :host, :source, CAST(:hints AS jsonb), :first, :due, :visits, :first, :last_url, :last_at,
        :last_digest, :outcome) ON CONFLICT DO NOTHING
"""
VALIDATORS = """
UPDATE ops.candidate SET etag = :etag, last_modified = :modified
WHERE last_url = :url AND last_captured_at = :at AND url_key = :key
"""


def begin(engine: Engine, now: datetime) -> None:
    """Record that this warehouse is being rebuilt. Raises `Permanent` where it holds anything else."""
    with engine.begin() as connection:
        state = connection.execute(text("SELECT state FROM ops.run WHERE run_id = :run"), {"run": RUN}).scalar()
        captures = connection.execute(text("SELECT count(*) FROM core.capture")).scalar_one()
        runs = connection.execute(text("SELECT count(*) FROM ops.run WHERE run_id <> :run"), {"run": RUN}).scalar_one()
        is_rebuild = state == RunState.RUNNING or (state == RunState.OK and not runs)
        if (captures or runs) and not is_rebuild:
            raise Permanent(
                f"this warehouse is not empty ({captures} captures, {runs} runs): a rebuild makes a warehouse of its "
                "own from the lake. Name an empty database with --into, and put it in the place of this one afterwards"
            )
        values = {"run": RUN, "kind": RunKind.REBUILD.value, "now": now, "running": RunState.RUNNING.value}
        connection.execute(text(BEGIN), values)


def end(engine: Engine) -> None:
    """Record that the rebuild is complete."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE ops.run SET state = :ok, ended_at = now() WHERE run_id = :run"),
            {"run": RUN, "ok": RunState.OK.value},
        )


@contextmanager
def fetched(engine: Engine) -> Iterator[Iterator[Any]]:
    """Captures that we fetched, by the URL that was asked for and in the order of time; they are read as they come."""
    with engine.connect() as connection:
        yield iter(connection.execution_options(stream_results=True, yield_per=CHUNK).execute(text(FETCHED)))


def add_candidates(engine: Engine, candidates: Sequence[Mapping[str, Any]]) -> None:
    """Add URLs to the frontier; existing ones stay as they are."""
    with engine.begin() as connection:
        connection.execute(text(ADD), candidates)


def add_validators(engine: Engine, answers: Sequence[Mapping[str, Any]]) -> None:
    """Record the validators for the next requests of the frontier's pages, from their latest captures."""
    with engine.begin() as connection:
        connection.execute(text(VALIDATORS), answers)
