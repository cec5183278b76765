"""How visits of the frontier's URLs ended. Decisions are in `etl.frontier`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from etl.frontier import PastVisit, is_answer, next_visit
from etl.model import Outcome
from etl.states import end_of_visit
from etl.warehouse.load.refusals import write_each
from etl.warehouse.ops import frontier
from etl.warehouse.ops.frontier import DueUrl


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitResult:
    """The end of a visit: a capture, or an outcome."""

    due: DueUrl
    at: datetime
    outcome: Outcome | None  # None: a full answer, decided when it is loaded
    detail: str | None = None
    capture_id: bytes | None = None
    target_uri: str | None = None
    payload_digest: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    is_for_good: bool = False  # another visit would end as this one did
    led_to: DueUrl | None = None  # of a relay, the page that is visited in its place from now on


def record(
    connection: Connection,
    *,
    run_id: str,
    visits: Iterable[VisitResult],
    revisit_after: Mapping[str, Sequence[timedelta]],
) -> None:
    """Record how visits ended, in the transaction that records their segment: three statements for all of them.

    Of a URL that was visited more than once, the visits count in the order given. A visit whose values the database
    refuses is QUARANTINED, without what the answer said of itself; its capture, if it has one, is loaded as any other.
    """

    def write(some: Sequence[VisitResult]) -> None:
        for each in _one_a_key(some):
            _write(connection, run_id, each, revisit_after)

    def refused(v: VisitResult, why: str) -> None:
        write([VisitResult(due=v.due, at=v.at, outcome=Outcome.QUARANTINED, detail=why, capture_id=v.capture_id)])

    ordered = sorted(visits, key=lambda v: v.due.url_key)
    write_each(connection, ordered, write, refused=refused, name=lambda v: v.due.url)
    # Behind the rows of what was visited, as an offer takes them: known ones before new ones.
    if led := [replace(v, due=v.led_to, led_to=None) for v in ordered if v.led_to is not None]:
        frontier.add_led(connection, [v.due for v in led])
        write_each(
            connection, sorted(led, key=lambda v: v.due.url_key), write, refused=refused, name=lambda v: v.due.url
        )


def _one_a_key(visits: Sequence[VisitResult]) -> list[list[VisitResult]]:
    """The visits in parts of which none has a URL twice: an UPDATE takes one row for each that it changes."""
    parts: list[dict[bytes, VisitResult]] = []
    for v in visits:
        part = next((p for p in parts if v.due.url_key not in p), None)
        if part is None:
            parts.append(part := {})
        part[v.due.url_key] = v
    return [list(part.values()) for part in parts]


def _write(
    connection: Connection, run_id: str, visits: Sequence[VisitResult], revisit_after: Mapping[str, Sequence[timedelta]]
) -> None:
    keys = [v.due.url_key for v in visits]
    connection.execute(
        text("SELECT 1 FROM ops.candidate WHERE url_key = ANY(CAST(:keys AS bytea[])) ORDER BY url_key FOR UPDATE"),
        {"keys": keys},
    )
    connection.execute(
        text("""
            UPDATE ops.candidate c SET
                due_at = CASE WHEN v.is_deferred THEN c.due_at ELSE v.due_at END,
                visits = c.visits + CASE WHEN v.is_deferred THEN 0 ELSE 1 END,
                failures = CASE WHEN v.is_answer THEN 0 WHEN v.is_deferred THEN c.failures ELSE c.failures + 1 END,
                first_visit_at = CASE WHEN v.is_answer THEN COALESCE(c.first_visit_at, v.at) ELSE c.first_visit_at END,
                etag = CASE WHEN v.is_page THEN v.etag ELSE c.etag END,
                last_modified = CASE WHEN v.is_page THEN v.last_modified ELSE c.last_modified END,
                last_url = CASE WHEN v.is_page OR v.outcome = 'duplicate_candidate' THEN v.url ELSE c.last_url END,
                last_captured_at = CASE WHEN v.is_page THEN v.at ELSE c.last_captured_at END,
                last_digest = CASE WHEN v.is_page THEN v.digest ELSE c.last_digest END,
                last_outcome = v.outcome
            FROM unnest(
                CAST(:keys AS bytea[]), CAST(:due_at AS timestamptz[]), CAST(:at AS timestamptz[]),
                CAST(:is_deferred AS boolean[]), CAST(:is_answer AS boolean[]), CAST(:is_page AS boolean[]),
                CAST(:etags AS text[]), CAST(:last_modified AS text[]), CAST(:urls AS text[]),
                CAST(:digests AS text[]), CAST(:outcomes AS text[])
            ) AS v (key, due_at, at, is_deferred, is_answer, is_page, etag, last_modified, url, digest, outcome)
            WHERE c.url_key = v.key
        """),
        {
            "keys": keys,
            "due_at": [_due_at(v, revisit_after) for v in visits],
            "at": [v.at for v in visits],
            "is_deferred": [v.outcome is Outcome.DEFERRED for v in visits],
            "is_answer": [is_answer(v.outcome) for v in visits],
            # A "not modified" changes nothing, and after "gone" there are no validators.
            "is_page": [v.outcome is None for v in visits],
            "etags": [v.etag for v in visits],
            "last_modified": [v.last_modified for v in visits],
            "urls": [v.target_uri for v in visits],
            "digests": [v.payload_digest for v in visits],
            "outcomes": [end_of_visit(v.outcome).value for v in visits],
        },
    )
    connection.execute(
        text("""
            UPDATE ops.run_url u SET capture_id = v.capture, outcome = v.outcome, detail = v.detail
            FROM unnest(CAST(:keys AS bytea[]), CAST(:captures AS bytea[]), CAST(:outcomes AS text[]),
                        CAST(:details AS text[])) AS v (key, capture, outcome, detail)
            WHERE u.run_id = :run AND u.url_key = v.key AND u.outcome IS NULL AND u.capture_id IS NULL
        """),
        {
            "run": run_id,
            "keys": keys,
            "captures": [v.capture_id for v in visits],
            # A capture is counted when it is loaded.
            "outcomes": [None if v.capture_id or v.outcome is None else v.outcome.value for v in visits],
            "details": [v.detail or None for v in visits],
        },
    )


def _due_at(v: VisitResult, revisit_after: Mapping[str, Sequence[timedelta]]) -> datetime | None:
    if v.led_to is not None or v.is_for_good:
        return None
    visit = PastVisit(at=v.at, outcome=v.outcome, first_visit_at=v.due.first_visit_at, failures=v.due.failures)
    return next_visit(visit, revisit_after.get(v.due.source_key, ()))
