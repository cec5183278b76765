"""A warehouse from the lake alone: what captures, rules and registry say, and of the frontier what captures tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Engine, text

from etl import urls
from etl.errors import Permanent, Quarantine
from etl.frontier import Visit, merged_hints, next_visit
from etl.lake import rewriting, warc
from etl.model import Capture, FoundVia, Hint, Outcome, StageReport
from etl.sources.registry import Registry
from etl.stages.maintenance import erase, retain
from etl.stages.process.ingest import Progress, ingest, register
from etl.stages.process.replay import replay
from etl.stages.resources import Resources
from etl.states import RunState, end_of_visit
from etl.warehouse.ops import frontier

# A revisit may come before its original, and that one be a revisit's too.
REPLAYS = 3
CHUNK = 1000
RUN = "rebuild"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was made: outcomes of all records, and how much of the frontier came back."""

    report: StageReport
    warcs: int
    expired: int  # captures whose raw pages are gone, as they were read last
    tombstones: int
    candidates: int


def rebuild(r: Resources, *, now: datetime, progress: Progress | None = None) -> Rebuilt:
    """Make everything that the lake knows into rows. The warehouse must be empty, or hold a rebuild and nothing else:
    one that was stopped goes on, one that had ended (whoever began it may not have lived to hear so) finds nothing new.

    Raises `Permanent` for one that holds anything else: a rebuild makes a warehouse of its own and mends none.
    """
    _begin(r.engine, now)
    buried = erase.restore_tombstones(r)
    names = list(rewriting.warcs(r.store))
    register(r, names)
    expired = retain.restore(r)
    report = ingest(r, warcs=names, progress=progress)
    for _ in range(REPLAYS):
        if not replay(r, reason=Outcome.QUARANTINED, since=None).outcomes[Outcome.ARTICLE]:
            break
    candidates = restore_frontier(r, names)
    with r.engine.begin() as connection:
        connection.execute(text("UPDATE ops.run SET state = 'ok', ended_at = now() WHERE run_id = :run"), {"run": RUN})
    return Rebuilt(report=report, warcs=len(names), expired=expired, tombstones=len(buried), candidates=candidates)


def restore_frontier(r: Resources, names: Sequence[str]) -> int:
    """Add to the frontier the URLs that we have fetched, with when they are due and what to ask with; how many."""
    count = 0
    with r.engine.connect() as reading:
        rows = reading.execution_options(stream_results=True, yield_per=CHUNK).execute(text(FETCHED))
        candidates = _candidates(rows, r.registry)
        while chunk := list(islice(candidates, CHUNK)):
            with r.engine.begin() as connection:
                connection.execute(text(ADD), chunk)
            count += len(chunk)
    for name in names:
        answers = _answers(warc.read(r.store, name), r.registry)
        while chunk := list(islice(answers, CHUNK)):
            with r.engine.begin() as connection:
                connection.execute(text(VALIDATORS), chunk)
    return count


def _begin(engine: Engine, now: datetime) -> None:
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
        connection.execute(
            text(
                "INSERT INTO ops.run (run_id, kind, as_of, state) VALUES (:run, 'rebuild', :now, 'running') ON CONFLICT DO NOTHING"
            ),
            {"run": RUN, "now": now},
        )


def _candidates(rows: Iterable[Any], registry: Registry) -> Iterator[dict[str, Any]]:
    for asked, group in groupby(rows, key=lambda row: row.asked):
        captures = list(group)
        source = registry.source_of(asked) if urls.is_web_url(asked) else None
        if source is None:
            continue
        first, last = captures[0].captured_at, captures[-1]
        outcome = _outcome(last)
        page = next((c for c in reversed(captures) if c.has_page and not c.is_revisit and 200 <= c.status < 300), None)
        hints = [_hint(hint) for capture in captures for hint in capture.hints]
        yield {
            "key": urls.url_key(asked, rules=source.key_rules),
            "url": asked,
            "host": urls.host_of(asked),
            "source": source.key,
            "hints": frontier.hints_json(merged_hints((), hints)),
            "first": first,
            "due": next_visit(
                Visit(at=last.captured_at, outcome=outcome, first_visit_at=first, failures=0), source.revisit_after
            ),
            "visits": len(captures),
            "last_url": page.url if page else None,
            "last_at": page.captured_at if page else None,
            "last_digest": page.payload_digest if page else None,
            "outcome": end_of_visit(outcome).value,
        }


def _outcome(capture: Any) -> Outcome | None:
    if capture.status in (404, 410):
        return Outcome.GONE
    return Outcome.UNCHANGED if capture.is_revisit else None


def _hint(value: dict[str, Any]) -> Hint:
    return Hint(**(value | {"via": FoundVia(value["via"])}))


def _answers(records: Iterable[Any], registry: Registry) -> Iterator[dict[str, Any]]:
    """The validators of full answers."""
    for capture in records:
        if not isinstance(capture, Capture) or capture.is_revisit or not 200 <= capture.status < 300:
            continue
        headers = {name.lower(): value for name, value in capture.headers}
        if not ("etag" in headers or "last-modified" in headers):
            continue
        asked = capture.meta.redirects[0].url if capture.meta.redirects else capture.target_uri
        source = registry.source_of(asked) if urls.is_web_url(asked) else None
        try:
            key = urls.url_key(asked, rules=source.key_rules if source else None)
        except Quarantine:
            continue
        yield {
            "key": key,
            "url": capture.target_uri,
            "at": capture.captured_at,
            "etag": headers.get("etag"),
            "modified": headers.get("last-modified"),
        }
