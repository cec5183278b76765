"""What runs leave behind is deleted when it is old, and nothing that a later run decides by."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text

from etl.frontier import Offer
from etl.model import FoundVia, Hint
from etl.states import RunKind
from etl.urls import host_of, url_key
from etl.warehouse.maintenance.pruning import prune
from etl.warehouse.ops import frontier, hosts, runs, segments
from etl.warehouse.ops.hosts import LoggedFetch

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIMIT = date(2026, 6, 10)


def offered(engine: Engine, run_id: str, *urls: str, ended: datetime, kind: RunKind = RunKind.LIVE) -> None:
    """A run that was offered these URLs, reached none of them, and ended then."""
    runs.start(engine, run_id=run_id, kind=kind, batches={"0": ["s"]}, window=None, as_of=ended)
    hint = Hint(source_key="s", via=FoundVia.FEED, found_at="https://news.example/rss", title="T")
    offers = [Offer(url=url, url_key=url_key(url), host=host_of(url), hints=(hint,)) for url in urls]
    with engine.begin() as connection:
        frontier.offer(connection, run_id=run_id, source_key="s", offers=offers, now=ended)
    runs.summarize(engine, run_id=run_id, is_given_up=True)
    with engine.begin() as connection:
        connection.execute(text("UPDATE ops.run SET ended_at = :at WHERE run_id = :run"), {"at": ended, "run": run_id})


def visited(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE ops.candidate SET first_visit_at = now()"))


def left(engine: Engine, query: str = "SELECT run_id, url FROM ops.run_url ORDER BY 1, 2") -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


URL = "https://news.example/a"
OLD, NEWER, FRESH = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC), NOW


def test_urls_of_old_runs_go_and_their_summaries_stay(emptied: Engine) -> None:
    offered(emptied, "old", URL, ended=OLD)
    offered(emptied, "fresh", URL, ended=FRESH)
    visited(emptied)
    before = left(emptied, "SELECT run_id, state, summary FROM ops.run ORDER BY 1")
    assert prune(emptied, before=LIMIT, dry_run=True).urls == 1
    assert left(emptied) == [("fresh", URL), ("old", URL)]
    done = prune(emptied, before=LIMIT)
    assert (done.runs, done.urls) == (1, 1)
    assert left(emptied) == [("fresh", URL)]
    assert left(emptied, "SELECT run_id, state, summary FROM ops.run ORDER BY 1") == before
    assert prune(emptied, before=LIMIT).runs == 0


def test_a_run_with_open_work_is_not_pruned(emptied: Engine) -> None:
    offered(emptied, "old", URL, ended=OLD)
    visited(emptied)
    with emptied.begin() as connection:
        segments.add(connection, "w", records=1, size=1, run_id="old")
    assert prune(emptied, before=LIMIT).runs == 0
    segments.loaded(emptied, "w")
    assert prune(emptied, before=LIMIT).runs == 1


def test_the_summary_of_a_pruned_run_stays_when_a_file_of_it_is_loaded_again(emptied: Engine) -> None:
    offered(emptied, "old", URL, ended=OLD)
    visited(emptied)
    prune(emptied, before=LIMIT)
    before = left(emptied, "SELECT summary FROM ops.run")
    runs.sum_up_again(emptied, {"old"})
    assert left(emptied, "SELECT summary FROM ops.run") == before != [({},)]


@pytest.mark.parametrize("kind", [RunKind.LIVE, RunKind.FILL])
def test_a_page_that_a_live_run_offered_stays_due_when_a_later_fill_does_not_reach_it(
    emptied: Engine, kind: RunKind
) -> None:
    offered(emptied, "first", URL, ended=OLD, kind=kind)
    offered(emptied, "second", URL, ended=NEWER, kind=kind)
    prune(emptied, before=LIMIT)
    assert left(emptied) == ([("second", URL)] if kind is RunKind.LIVE else [])
    with emptied.begin() as connection:
        connection.execute(text("UPDATE ops.candidate SET due_at = :at"), {"at": NOW})
    offered(emptied, "fill", URL, ended=NOW, kind=RunKind.FILL)
    assert left(emptied, "SELECT due_at IS NOT NULL FROM ops.candidate") == [(kind is RunKind.LIVE,)]


def requested(engine: Engine, *months: int) -> None:
    with engine.begin() as connection:
        for month in months:
            at = datetime(2026, month, 5, tzinfo=UTC)
            fetch = LoggedFetch(
                fetched_at=at, host="h", url=URL, kind="page", status=200, outcome=None, bytes=1, error=None
            )
            hosts.log(connection, "r", [fetch])


def test_months_of_requests_go_as_a_whole(emptied: Engine) -> None:
    requested(emptied, 4, 5, 6)
    done = prune(emptied, before=LIMIT)
    assert (done.months, done.requests) == (2, 2)
    assert left(emptied, "SELECT fetched_at::date FROM ops.fetch_log") == [(date(2026, 6, 5),)]
    requested(emptied, 5)  # a month that went is made again
    assert len(left(emptied, "SELECT 1 FROM ops.fetch_log")) == 2
