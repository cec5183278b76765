"""The frontier: what is offered becomes due, known or a duplicate; visits decide when to come back."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from etl.fetch.politeness import Streak
from etl.frontier import MAX_FAILURES, Offer, PastVisit, merged_hints, next_visit, says_changed
from etl.model import FoundVia, Hint, Outcome
from etl.states import RunKind
from etl.urls import host_of, url_key
from etl.warehouse.engine import open_engine
from etl.warehouse.ops import frontier, hosts, runs, visits
from etl.warehouse.ops.visits import VisitResult

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REVISITS = (HOUR, DAY, 7 * DAY)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def hint(found_at: str = "https://news.example/rss", title: str = "T", modified: str | None = None) -> Hint:
    return Hint(source_key="s", via=FoundVia.FEED, found_at=found_at, title=title, modified_raw=modified)


def offer(url: str, *hints: Hint) -> Offer:
    return Offer(url=url, url_key=url_key(url), host=host_of(url), hints=hints or (hint(),))


def run(engine: Engine, run_id: str, *offers: Offer, now: datetime = NOW, source: str = "s") -> list[frontier.DueUrl]:
    runs.start(engine, run_id=run_id, kind=RunKind.LIVE, batches={"0": [source]}, window=None, as_of=now)
    with engine.begin() as connection:
        frontier.offer(connection, run_id=run_id, source_key=source, offers=offers, now=now)
    frontier.add_revisits(engine, run_id=run_id, sources=[source], now=now)
    return frontier.due(engine, run_id=run_id, host="news.example", now=now)


def visit(
    engine: Engine, run_id: str, due: frontier.DueUrl, outcome: Outcome | None = None, at: datetime = NOW
) -> None:
    with engine.begin() as connection:
        visits.record(
            connection,
            run_id=run_id,
            visits=[VisitResult(due=due, at=at, outcome=outcome, capture_id=None if outcome else b"c" * 32)],
            revisit_after={"s": REVISITS},
        )


def outcomes(engine: Engine, run_id: str) -> dict[str, str | None]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT url, outcome FROM ops.run_url WHERE run_id = :r"), {"r": run_id})
        return {r.url: r.outcome for r in found}


def test_a_new_url_is_due_and_once_visited_it_is_known(engine):
    (due,) = run(engine, "1", offer("https://news.example/a"))
    visit(engine, "1", due)
    assert run(engine, "2", offer("https://news.example/a"), now=NOW + HOUR / 2) == []
    assert outcomes(engine, "2") == {"https://news.example/a": "known"}


def test_a_known_url_is_due_again_after_an_hour_even_if_no_feed_names_it(engine):
    (due,) = run(engine, "1", offer("https://news.example/a"))
    visit(engine, "1", due)
    assert [d.url for d in run(engine, "2", now=NOW + HOUR)] == ["https://news.example/a"]


def test_a_known_url_is_due_when_its_feed_says_that_it_changed(engine):
    (due,) = run(engine, "1", offer("https://news.example/a"))
    visit(engine, "1", due)
    assert len(run(engine, "2", offer("https://news.example/a", hint(title="Corrected")), now=NOW + HOUR / 2)) == 1


def test_a_second_document_that_names_a_known_url_does_not_make_it_due(engine):
    (due,) = run(engine, "1", offer("https://news.example/a"))
    visit(engine, "1", due)
    other = hint(found_at="https://news.example/sitemap.xml", title="Another wording")
    assert run(engine, "2", offer("https://news.example/a", other), now=NOW + HOUR / 2) == []


def test_spellings_of_one_url_are_one_visit_and_duplicates(engine):
    found = run(
        engine,
        "1",
        offer("https://news.example/a"),
        offer("https://news.example/a?utm_source=x"),
        offer("http://news.example/a"),
    )
    assert len(found) == 1
    assert sorted(map(str, outcomes(engine, "1").values())) == ["None", "duplicate_candidate", "duplicate_candidate"]


def test_two_sources_that_offer_one_url_count_it_once(engine):
    run(engine, "1", offer("https://news.example/a"))
    with engine.begin() as connection:
        frontier.offer(connection, run_id="1", source_key="t", offers=[offer("https://news.example/a")], now=NOW)
        found = connection.execute(text("SELECT source_key, outcome FROM ops.run_url ORDER BY 1")).all()
    assert [tuple(f) for f in found] == [("s", None), ("t", "duplicate_candidate")]


def test_offering_again_in_the_same_run_changes_nothing(engine):
    offers = [
        offer("https://news.example/a"),
        offer("https://news.example/a?fbclid=1"),
        offer("https://news.example/b"),
    ]
    run(engine, "1", *offers)
    before = outcomes(engine, "1")
    run(engine, "1", *reversed(offers))
    assert outcomes(engine, "1") == before


def test_what_another_run_visited_in_the_meantime_becomes_known(engine):
    (due,) = run(engine, "1", offer("https://news.example/a"))
    run(engine, "2", offer("https://news.example/a"))
    visit(engine, "1", due)
    assert frontier.due(engine, run_id="2", host="news.example", now=NOW) == []
    assert outcomes(engine, "2") == {"https://news.example/a": "known"}


def test_what_was_deferred_stays_due_and_comes_before_revisits(engine):
    seen, old = run(engine, "1", offer("https://news.example/1"), offer("https://news.example/2"))
    visit(engine, "1", seen)
    visit(engine, "1", old, Outcome.DEFERRED)
    later = run(engine, "2", offer("https://news.example/3"), now=NOW + HOUR)
    assert [d.url for d in later] == ["https://news.example/3", old.url, seen.url]
    assert outcomes(engine, "1")[old.url] == "deferred"


def of_a_sitemap(url: str, *, modified: str | None = None, published: str | None = None) -> Offer:
    said = Hint(
        source_key="s", via=FoundVia.SITEMAP, found_at="https://news.example/map", published_raw=published,
        modified_raw=modified,
    )  # fmt: skip
    return offer(url, said)


def test_news_comes_before_revisits_and_these_before_the_backlog_from_its_newest(engine):
    (seen,) = run(engine, "1", offer("https://news.example/seen"))
    visit(engine, "1", seen)
    offers = [
        of_a_sitemap("https://news.example/undated"),
        of_a_sitemap("https://news.example/2026/11/02/earlier"),
        of_a_sitemap("https://news.example/2026/11/20/later"),
        of_a_sitemap("https://news.example/moved", modified="2026-11-24T12:30:00Z"),
        of_a_sitemap("https://news.example/2026/11/24/addressed"),
        of_a_sitemap("https://news.example/stated", published="2026-11-24T11:00:00Z", modified="2020-01-01"),
        offer("https://news.example/announced"),
    ]
    found = [d.url.rpartition("/")[2] for d in run(engine, "2", *offers, now=NOW + HOUR)]
    assert sorted(found[:3]) == ["addressed", "announced", "stated"]
    assert found[3:] == ["moved", "seen", "later", "earlier", "undated"]


def test_another_notation_of_the_same_instant_is_no_change(engine):
    was = hint(modified="2026-11-24T09:30:00+09:00")
    for now in ("2026-11-24T00:30:00Z", "Tue, 24 Nov 2026 00:30:00 GMT", "2026-11-23T16:30:00-08:00"):
        assert not says_changed([was], [hint(modified=now)])
    for now in ("2026-11-24T00:31:00Z", "2026-11-24", None, "yesterday"):
        assert says_changed([was], [hint(modified=now)])


def test_a_document_that_moves_all_its_times_at_once_makes_nothing_due(engine):
    urls = [f"https://news.example/{n}" for n in range(12)]
    for due in run(engine, "1", *(offer(u, hint(modified="2026-11-24T12:00:00Z")) for u in urls)):
        visit(engine, "1", due)
    moved = [offer(u, hint(modified="2026-11-24T12:30:00Z")) for u in urls]
    assert run(engine, "2", *moved, now=NOW + HOUR / 2) == []
    corrected = [offer(urls[0], hint(title="Corrected", modified="2026-11-24T12:40:00Z"))]
    again = [*corrected, *(offer(u, hint(modified="2026-11-24T12:40:00Z")) for u in urls[1:])]
    assert [d.url for d in run(engine, "3", *again, now=NOW + HOUR * 2 / 3)] == [urls[0]]


def test_a_document_that_moves_some_of_its_times_is_believed(engine):
    urls = [f"https://news.example/{n}" for n in range(12)]
    for due in run(engine, "1", *(offer(u, hint(modified="2026-11-24T12:00:00Z")) for u in urls)):
        visit(engine, "1", due)
    some = [offer(u, hint(modified=f"2026-11-24T12:{30 * (n < 4):02}:00Z")) for n, u in enumerate(urls)]
    assert {d.url for d in run(engine, "2", *some, now=NOW + HOUR / 2)} == set(urls[:4])


OLDEST = NOW - 30 * DAY


def offered(
    engine: Engine, run_id: str, *offers: Offer, now: datetime = NOW, oldest: datetime | None = OLDEST
) -> set[str]:
    runs.start(engine, run_id=run_id, kind=RunKind.LIVE, batches={"0": ["s"]}, window=None, as_of=now)
    with engine.begin() as connection:
        frontier.offer(connection, run_id=run_id, source_key="s", offers=offers, now=now, oldest=oldest)
    frontier.add_revisits(engine, run_id=run_id, sources=["s"], now=now)
    limits = {"s": oldest} if oldest else {}
    due = frontier.due(engine, run_id=run_id, host="news.example", now=now, oldest=limits)
    return {d.url.rpartition("/")[2] for d in due}


def test_what_is_older_than_the_limit_is_too_old_and_for_fills(engine):
    old = [
        of_a_sitemap("https://news.example/2015/03/04/a"),
        of_a_sitemap("https://news.example/2015/03/b"),
        of_a_sitemap("https://news.example/c", modified="2026-10-01"),
        of_a_sitemap("https://news.example/d", published="2026-10-20T10:00:00+02:00", modified="2026-11-24"),
        offer("https://news.example/2016/1/e"),
    ]
    young = [
        of_a_sitemap("https://news.example/2026/10/f"),
        of_a_sitemap("https://news.example/g"),
        of_a_sitemap("https://news.example/2015-in-pictures"),
        offer("https://news.example/h"),
    ]
    assert offered(engine, "1", *old, *young) == {"f", "g", "2015-in-pictures", "h"}
    counted = {url.rpartition("/")[2]: outcome for url, outcome in outcomes(engine, "1").items()}
    assert {name for name, outcome in counted.items() if outcome == "too_old"} == {"a", "b", "c", "d", "e"}
    assert offered(engine, "2", *old, now=NOW + HOUR) == {"f", "g", "2015-in-pictures", "h"}
    assert {"a", "b", "c", "d", "e"} <= offered(engine, "3", *old, now=NOW + 2 * HOUR, oldest=None)  # a fill


def test_what_becomes_too_old_while_it_waits_is_left_to_fills(engine):
    one = of_a_sitemap("https://news.example/2026/11/01/a")
    assert offered(engine, "1", one, oldest=None) == {"a"}
    assert offered(engine, "2", now=NOW + 60 * DAY, oldest=NOW) == set()
    assert outcomes(engine, "2") == {"https://news.example/2026/11/01/a": "too_old"}
    assert offered(engine, "3", now=NOW + 61 * DAY, oldest=NOW) == set() and outcomes(engine, "3") == {}
    assert offered(engine, "4", one, now=NOW + 62 * DAY, oldest=None) == {"a"}


def test_what_was_visited_is_visited_again_however_old_it_is(engine):
    one = of_a_sitemap("https://news.example/2015/03/04/a")
    (due,) = run(engine, "1", one)
    visit(engine, "1", due)
    assert offered(engine, "2", one, now=NOW + 2 * HOUR) == {"a"}


def test_a_page_that_another_document_calls_new_is_not_too_old(engine):
    url = "https://news.example/a"
    assert offered(engine, "1", of_a_sitemap(url, modified="2020-01-01")) == set()
    with engine.begin() as connection:
        again = Hint(source_key="s", via=FoundVia.FEED, found_at="https://news.example/rss", published_raw="2026-11-24")
        frontier.offer(connection, run_id="1", source_key="s", offers=[offer(url, again)], now=NOW, oldest=OLDEST)
    due = frontier.due(engine, run_id="1", host="news.example", now=NOW, oldest={"s": OLDEST})
    assert [d.url for d in due] == [url]


def test_a_failing_url_is_tried_again_with_longer_pauses_and_then_left(engine):
    (due,) = run(engine, "0", offer("https://news.example/a"))
    visit(engine, "0", due, Outcome.TIMEOUT)
    assert run(engine, "1", now=NOW + HOUR / 2) == []
    assert len(run(engine, "2", now=NOW + HOUR)) == 1


def test_a_url_without_an_address_is_counted_with_its_reason(engine):
    bad = Offer(url="ht!tp://\x00", url_key=None, host="", hints=(), outcome=Outcome.QUARANTINED, detail="bad_url")
    assert run(engine, "1", bad) == []
    assert list(outcomes(engine, "1").values()) == ["quarantined"]


def test_revisits_follow_the_first_visit():
    seen = [NOW]
    while (
        at := next_visit(PastVisit(at=seen[-1], outcome=None, first_visit_at=NOW, failures=0), REVISITS)
    ) is not None:
        seen.append(at)
    assert [at - NOW for at in seen] == [0 * HOUR, HOUR, DAY, 7 * DAY]


def test_failures_back_off_and_end():
    pauses = [
        next_visit(PastVisit(at=NOW, outcome=Outcome.HTTP_ERROR, first_visit_at=None, failures=n), REVISITS)
        for n in range(MAX_FAILURES + 1)
    ]
    assert [(p - NOW) / HOUR if p else None for p in pauses] == [1, 2, 4, 8, 16, 32, None]


hints = st.builds(
    hint,
    found_at=st.sampled_from(["https://news.example/rss", "https://news.example/atom"]),
    title=st.sampled_from(["", "標題", "عنوان"]),
    modified=st.sampled_from([None, "1", "2"]),
)


@given(st.lists(hints, max_size=4), st.lists(hints, max_size=4))
def test_hints_that_were_merged_say_nothing_new(known, offered):
    merged = merged_hints(known, offered)
    assert not says_changed(merged, merged)
    assert merged_hints(merged, merged) == merged


def test_only_one_holds_a_host_and_the_next_waits_its_turn(engine):
    assert hosts.acquire(engine, "news.example", "a") is not None
    assert hosts.acquire(engine, "news.example", "b") is None
    assert hosts.renew(engine, "news.example", "a") and not hosts.renew(engine, "news.example", "b")
    hosts.release(engine, "news.example", "a", timedelta(seconds=30))
    taken = hosts.acquire(engine, "news.example", "b")
    assert taken is not None and timedelta(seconds=20) < taken.rest <= timedelta(seconds=30) and not taken.is_inherited
    assert not hosts.renew(engine, "news.example", "a")


def test_a_lease_of_a_dead_holder_runs_out(engine):
    hosts.acquire(engine, "news.example", "a")
    with engine.begin() as connection:
        connection.execute(text("UPDATE ops.host_lease SET expires_at = now() - interval '1 second'"))
    assert hosts.acquire(engine, "news.example", "b") is not None


def test_requests_are_logged_by_month_and_counted_by_day(engine):
    def fetch(at: datetime) -> hosts.LoggedFetch:
        return hosts.LoggedFetch(
            fetched_at=at, host="h", url="u", kind="page", status=200, outcome=None, bytes=1, error=None
        )

    with engine.begin() as connection:
        hosts.log(connection, "run", [fetch(NOW), fetch(NOW), fetch(NOW + 31 * DAY)])
    assert hosts.spent(engine, "h", NOW.date()) == 2
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM ops.fetch_log_2026_12")).scalar() == 1


@pytest.mark.parametrize("run_id", ["fill/2026", "news_fill__1", "past_days__1", "cli/1", "補填/1"])
def test_whose_budget_requests_are_of_goes_by_what_the_run_is_for_and_not_by_its_name(engine, run_id):
    fetch = hosts.LoggedFetch(
        fetched_at=NOW, host="h", url="u", kind="page", status=200, outcome=None, bytes=1, error=None
    )
    counted = []
    for kind in RunKind:
        runs.start(engine, run_id=f"{run_id}{kind}", kind=kind, batches={}, window=None, as_of=NOW)
        with engine.begin() as connection:
            hosts.log(connection, f"{run_id}{kind}", [fetch])
            counted.append(
                connection.execute(text("SELECT COALESCE(sum(requests), 0) FROM ops.fill_host_day")).scalar_one()
            )
    assert counted == [0, 1, 1] and hosts.spent(engine, "h", NOW.date()) == 3


def test_one_visit_that_the_database_refuses_leaves_those_beside_it(engine, caplog):
    with engine.begin() as connection:  # as a limit of a type or an index would
        connection.execute(text("ALTER TABLE ops.candidate ADD CHECK (etag NOT LIKE 'refused%')"))
    found = run(engine, "1", *(offer(f"https://news.example/{n}") for n in range(5)))
    ended = [
        VisitResult(due=d, at=NOW, outcome=None, etag="refused" if n == 2 else "W/1", capture_id=bytes([n]) * 32)
        for n, d in enumerate(found)
    ]
    ended[4] = VisitResult(due=found[4], at=NOW, outcome=Outcome.HTTP_ERROR, detail="503")
    with engine.begin() as connection:
        visits.record(connection, run_id="1", visits=ended, revisit_after={"s": REVISITS})
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT c.url, etag, last_outcome, capture_id, detail FROM ops.candidate c JOIN ops.run_url USING (url_key)"
            )
        )
        by_url = {r.url: r for r in rows}
    assert [by_url[d.url].etag for d in found] == ["W/1", "W/1", None, "W/1", None]
    assert [by_url[d.url].last_outcome for d in found] == ["captured"] * 2 + ["quarantined", "captured", "http_error"]
    refused = by_url[found[2].url]
    assert bytes(refused.capture_id) == bytes([2]) * 32  # it lies in the lake, and is loaded
    assert refused.detail.startswith("CheckViolation: ")
    assert found[2].url in caplog.text and "Traceback" in caplog.text


def test_what_the_database_refuses_to_everybody_is_no_visit_s_matter(engine):
    (due,) = run(engine, "1", offer("https://news.example/a"))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE ops.candidate RENAME TO elsewhere"))
    with pytest.raises(ProgrammingError):
        visit(engine, "1", due)


def test_what_a_host_answered_in_a_row_goes_with_its_lease(engine):
    assert hosts.streak(engine, "row.example") == Streak()
    hosts.acquire(engine, "row.example", "a")
    hosts.release(engine, "row.example", "a", timedelta(), Streak(failures=2, refusals=7))
    hosts.acquire(engine, "row.example", "b")
    assert hosts.streak(engine, "row.example") == Streak(failures=2, refusals=7)
    hosts.release(engine, "row.example", "a", timedelta(), Streak())  # who holds nothing says nothing
    assert hosts.streak(engine, "row.example") == Streak(failures=2, refusals=7)


def test_the_lease_of_a_killed_process_of_this_machine_is_taken_at_once_and_of_another_machine_when_its_time_is_over(
    engine,
):
    code = "from etl import processes; print(processes.name_of_this('x'))"
    dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    machine, rest = dead.split("/", 1)
    for host, holder in (("here.example", dead), ("there.example", f"{machine}-2/{rest}")):
        assert hosts.acquire(engine, host, holder) is not None
    taken = hosts.acquire(engine, "here.example", "next")
    assert taken is not None and taken.is_inherited  # nobody knows when it asked last: the host's pace begins now
    assert hosts.acquire(engine, "there.example", "next") is None
    assert not hosts.renew(engine, "here.example", dead) and hosts.renew(engine, "here.example", "next")
    hosts.release(engine, "here.example", dead, timedelta(hours=20))  # not its own any more
    again = hosts.acquire(engine, "here.example", "next")
    assert again is not None and again.rest < timedelta(hours=1)


def test_of_two_that_take_a_dead_ones_lease_at_once_one_gets_it(engine):
    code = "from etl import processes; print(processes.name_of_this('x'))"
    dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    for n in range(10):
        hosts.acquire(engine, f"h{n}.example", dead)
        with ThreadPoolExecutor(4) as threads:
            takes = list(threads.map(lambda name, host=f"h{n}.example": hosts.acquire(engine, host, name), "abcd"))
        assert sum(taken is not None for taken in takes) == 1
