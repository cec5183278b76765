"""Rebuilds a warehouse from the lake alone: all rows, and of the frontier what can be derived from captures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from etl import urls
from etl.errors import Quarantine
from etl.frontier import PastVisit, merged_hints, next_visit
from etl.hints import hint_of
from etl.lake import rewriting, warc
from etl.model import GONE_STATUSES, Capture, Outcome, StageReport
from etl.sources.registry import Registry
from etl.stages.maintenance import erase, retain
from etl.stages.process.ingest import Progress, ingest, register
from etl.stages.process.replay import replay
from etl.stages.resources import Resources
from etl.states import end_of_visit
from etl.warehouse.maintenance import rebuild as sql
from etl.warehouse.ops import frontier

# A revisit may be read before its original, which may be a revisit as well.
REPLAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """What was rebuilt: the outcomes of all records, and the number of URLs in the frontier."""

    report: StageReport
    warcs: int
    expired: int  # captures whose raw pages have expired, loaded from their kept values
    tombstones: int
    candidates: int


def rebuild(r: Resources, *, now: datetime, progress: Progress | None = None) -> RebuildReport:
    """Load everything in the lake. The warehouse has to be empty, or to hold nothing but a rebuild.

    A rebuild that was stopped resumes. One that is complete finds nothing new, for instance after its process was killed
    just before it could report the end. Raises `Permanent` for any other warehouse: a rebuild does not repair one.
    """
    sql.begin(r.engine, now)
    buried = erase.restore_tombstones(r)
    names = list(rewriting.warcs(r.store))
    register(r, names)
    expired = retain.restore(r)
    report = ingest(r, warcs=names, progress=progress)
    for _ in range(REPLAYS):
        if not replay(r, reason=Outcome.QUARANTINED, since=None).outcomes[Outcome.ARTICLE]:
            break
    candidates = restore_frontier(r, names)
    sql.end(r.engine)
    return RebuildReport(
        report=report, warcs=len(names), expired=expired, tombstones=len(buried), candidates=candidates
    )


def restore_frontier(r: Resources, names: Sequence[str]) -> int:
    """Add the URLs that we have fetched to the frontier, with their due times and validators; how many."""
    count = 0
    with sql.fetched(r.engine) as rows:
        candidates = _candidates(rows, r.registry)
        while chunk := list(islice(candidates, sql.CHUNK)):
            sql.add_candidates(r.engine, chunk)
            count += len(chunk)
    for name in names:
        answers = _answers(warc.read(r.store, name), r.registry)
        while chunk := list(islice(answers, sql.CHUNK)):
            sql.add_validators(r.engine, chunk)
    return count


def _candidates(rows: Iterable[Any], registry: Registry) -> Iterator[dict[str, Any]]:
    for asked, group in groupby(rows, key=lambda row: row.asked):
        captures = list(group)
        source = registry.source_of(asked)
        if source is None:
            continue
        first, last = captures[0].captured_at, captures[-1]
        outcome = _outcome(last)
        page = next((c for c in reversed(captures) if c.has_page and not c.is_revisit and 200 <= c.status < 300), None)
        hints = [hint_of(hint) for capture in captures for hint in capture.hints]
        yield {
            "key": registry.key_of(asked),
            "url": asked,
            "host": urls.host_of(asked),
            "source": source.key,
            "hints": frontier.hints_json(merged_hints((), hints)),
            "first": first,
            "due": next_visit(
                PastVisit(at=last.captured_at, outcome=outcome, first_visit_at=first, failures=0), source.revisit_after
            ),
            "visits": len(captures),
            "last_url": page.url if page else None,
            "last_at": page.captured_at if page else None,
            "last_digest": page.payload_digest if page else None,
            "outcome": end_of_visit(outcome).value,
        }


def _outcome(capture: Any) -> Outcome | None:
    if capture.status in GONE_STATUSES:
        return Outcome.GONE
    return Outcome.UNCHANGED if capture.is_revisit else None


def _answers(records: Iterable[Any], registry: Registry) -> Iterator[dict[str, Any]]:
    """The validators (ETag, Last-Modified) of full answers."""
    for capture in records:
        if not isinstance(capture, Capture) or capture.is_revisit or not 200 <= capture.status < 300:
            continue
        headers = {name.lower(): value for name, value in capture.headers}
        if not ("etag" in headers or "last-modified" in headers):
            continue
        asked = capture.meta.redirects[0].url if capture.meta.redirects else capture.target_uri
        try:
            key = registry.key_of(asked)
        except Quarantine:
            continue
        yield {
            "key": key,
            "url": capture.target_uri,
            "at": capture.captured_at,
            "etag": headers.get("etag"),
            "modified": headers.get("last-modified"),
        }
