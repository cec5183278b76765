"""Offers and visits are recorded in a few statements, with the same rows as one by one, in whatever batches they come."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text

from etl.frontier import Offer
from etl.model import FoundVia, Hint, Outcome
from etl.states import RunKind
from etl.urls import host_of, url_key
from etl.warehouse.ops import frontier, runs, visits
from etl.warehouse.ops.visits import VisitResult

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SLUGS = ("a", "b", "حدث", "新闻", "é")
SPELLINGS = ("", "?utm_source=x", "?fbclid=1")
ENDS = (None, *Outcome)
WORDS = (None, "T", "Corrected", "خبر عاجل", "nul\x00 and \ud800")


def _url(slug: str, spelling: str) -> str:
    return f"https://news.example/{slug}{spelling}"


def _offer(slug: str, spelling: str, title: str | None, found_at: int, outcome: Outcome | None) -> Offer:
    url = _url(slug, spelling)
    hint = Hint(source_key="s", via=FoundVia.FEED, found_at=f"https://news.example/{found_at}", title=title)
    return Offer(url=url, url_key=url_key(url), host=host_of(url), hints=(hint,), outcome=outcome, detail=title)


# Of one key either all spellings are for the source to take or none: it is the URL that says so.
OFFERS = st.fixed_dictionaries(
    {
        slug: st.tuples(
            st.lists(
                st.tuples(st.sampled_from(SPELLINGS), st.sampled_from(WORDS), st.integers(0, 2)),
                max_size=3,
                unique_by=lambda o: o[0],
            ),
            st.sampled_from([None, None, None, Outcome.FOREIGN_HOST]),
        )
        for slug in SLUGS
    }
)
VISITS = st.lists(
    st.tuples(st.sampled_from(SLUGS), st.sampled_from(ENDS), st.integers(0, 30), st.sampled_from(WORDS), st.booleans()),
    max_size=12,
)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        found = [
            connection.execute(text(f"SELECT * FROM ops.{table} ORDER BY {order}")).all()
            for table, order in (("candidate", "url_key"), ("run_url", "run_id, source_key, url_digest"))
        ]
        connection.execute(text("TRUNCATE ops.run CASCADE"))
        connection.execute(text("TRUNCATE ops.candidate, core.tombstone"))
        connection.commit()
    return found


def _start(engine: Engine, *run_ids: str) -> None:
    for run_id in run_ids:
        runs.start(engine, run_id=run_id, kind=RunKind.LIVE, batches={"0": ["s"]}, window=None, as_of=NOW)


def _in_batches(items: Sequence[Any], rng: random.Random) -> Iterator[list[Any]]:
    rest = list(items)
    while rest:
        size = rng.randint(1, len(rest))
        yield rest[:size]
        rest = rest[size:]


def _visit_of(due: frontier.DueUrl, end: tuple[str, Outcome | None, int, str | None, bool]) -> VisitResult:
    _, outcome, hours, words, has_capture = end
    return VisitResult(
        due=due,
        at=NOW + hours * HOUR,
        outcome=outcome,
        detail=words,
        capture_id=bytes([hours]) * 32 if has_capture else None,
        target_uri=due.url,
        payload_digest=words,
        etag=words,
        last_modified=words,
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(first=OFFERS, second=OFFERS, ends=VISITS, erased=st.sets(st.sampled_from(SLUGS), max_size=2), seed=st.integers())
def test_offers_and_visits_leave_the_same_rows_one_by_one_and_in_any_batches(
    emptied: Engine, first: Any, second: Any, ends: Any, erased: set[str], seed: int
):
    def play(rng: random.Random | None) -> list[Any]:
        _start(emptied, "1", "2")
        with emptied.begin() as connection:
            for slug in erased:
                connection.execute(
                    text("INSERT INTO core.tombstone (url_key, reason, erased_at) VALUES (:k, 'asked', :now)"),
                    {"k": url_key(_url(slug, "")), "now": NOW},
                )
        for number, offers in enumerate((first, second)):
            now = NOW + number * DAY
            by_key = [[_offer(slug, *each, outcome) for each in some] for slug, (some, outcome) in offers.items()]
            if rng is None:
                batches = [[group] for group in by_key]
            else:
                rng.shuffle(by_key)
                batches = list(_in_batches(by_key, rng))
            for batch in batches:
                with emptied.begin() as connection:
                    together = [o for group in batch for o in group]
                    frontier.offer(connection, run_id=str(number + 1), source_key="s", offers=together, now=now)
            if number == 0:
                due = {d.url_key: d for d in frontier.due(emptied, run_id="1", host="news.example", now=now)}
                found = [(due[key], end) for end in ends if (key := url_key(_url(end[0], ""))) in due]
                ended = [_visit_of(d, end) for d, end in found]
                for some in _in_batches(ended, rng) if rng else ([each] for each in ended):
                    with emptied.begin() as connection:
                        visits.record(connection, run_id="1", visits=some, revisit_after={"s": (HOUR, DAY)})
        frontier.add_revisits(emptied, run_id="2", sources=["s"], now=NOW + 2 * DAY)
        return _rows(emptied)

    assert play(None) == play(random.Random(seed)) == play(random.Random(seed + 1))


@pytest.mark.parametrize("count", [1, 40, 1000])
def test_offers_and_visits_take_a_handful_of_statements_however_many_they_are(emptied: Engine, count: int):
    offers = [_offer(str(n), "", "T", 0, None) for n in range(count)]
    changed = [_offer(str(n), "", "Corrected", 0, None) for n in range(count)]
    for number, some in enumerate((offers, changed)):
        _start(emptied, str(number))
        with statements(emptied) as sent, emptied.begin() as connection:
            frontier.offer(connection, run_id=str(number), source_key="s", offers=some, now=NOW + number * HOUR / 2)
        assert len(sent) <= 6
        due = frontier.due(emptied, run_id=str(number), host="news.example", now=NOW + number * HOUR / 2)
        assert len(due) == count
        ended = [VisitResult(due=d, at=NOW, outcome=None, capture_id=d.url_key) for d in due]
        with statements(emptied) as sent, emptied.begin() as connection:
            visits.record(connection, run_id=str(number), visits=ended, revisit_after={"s": (HOUR,)})
        assert len([s for s in sent if "SAVEPOINT" not in s]) <= 3
        with statements(emptied) as sent:
            frontier.add_revisits(emptied, run_id=str(number), sources=["s"], now=NOW + DAY)
        assert len(sent) <= 2
