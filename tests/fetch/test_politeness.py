from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fetch_servers import run
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_stores import MemoryLeases

from etl.fetch.messages import FetchResult
from etl.fetch.politeness import HostPace, PaceRules
from etl.model import Outcome

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RULES = PaceRules(max_failures=3, max_refusals=4, backoff_s=30, max_wait_s=300)
PACE = HostPace(delay_s=2, rules=RULES, next_at=NOW)


def answered(
    status: int | None, outcome: Outcome | None = Outcome.HTTP_ERROR, retry_after_s: float | None = None
) -> FetchResult:
    return FetchResult(
        url="http://x/",
        final_url="http://x/",
        fetched_at=NOW,
        outcome=outcome,
        status=status,
        retry_after_s=retry_after_s,
    )


OK = answered(200, None)
TIMEOUT = answered(None, Outcome.TIMEOUT)


def waits(pace: HostPace, *results: FetchResult) -> list[float]:
    found = []
    for result in results:
        pace = pace.after(result, NOW)
        found.append(pace.wait_s(NOW))
    return found


def test_the_delay_runs_from_the_end_of_an_answer() -> None:
    pace = PACE.after(OK, NOW + timedelta(seconds=7))
    assert pace.wait_s(NOW + timedelta(seconds=7)) == 2
    assert pace.wait_s(NOW + timedelta(seconds=8.5)) == 0.5
    assert pace.wait_s(NOW + timedelta(seconds=60)) == 0


def test_a_delay_is_only_ever_made_longer() -> None:
    assert PACE.slower(10).after(OK, NOW).wait_s(NOW) == 10
    assert PACE.slower(0.1) == PACE
    assert PACE.after(OK, NOW).slower(10).wait_s(NOW) == 10


def test_an_overloaded_host_rests_twice_as_long_each_time() -> None:
    assert waits(PACE, answered(429), answered(503)) == [30, 60]


def test_the_longer_of_the_hosts_rest_and_the_delay_counts() -> None:
    assert waits(PACE, answered(429, retry_after_s=100)) == [100]
    assert waits(PACE, answered(503, retry_after_s=1)) == [2]
    assert waits(PACE, answered(500, retry_after_s=50)) == [50]


def test_a_host_that_named_a_rest_and_is_overloaded_again_after_it_gets_ours() -> None:
    assert waits(PACE, answered(503, retry_after_s=5), answered(503, retry_after_s=5)) == [5, 60]


def test_other_failures_slow_down_by_the_delay() -> None:
    assert waits(PACE, TIMEOUT, answered(500)) == [2, 4]


def test_three_failures_in_a_row_stop_the_host() -> None:
    for failure in (TIMEOUT, answered(None), answered(500), answered(429), answered(200, Outcome.TIMEOUT)):
        pace = PACE.after(failure, NOW).after(TIMEOUT, NOW)
        assert pace.stopped is None
        assert pace.after(OK, NOW).after(failure, NOW).stopped is None
        assert "3 failures" in (pace.after(failure, NOW).stopped or "")


def test_an_error_of_one_page_is_no_failure_of_its_host() -> None:
    pace = PACE
    for status, outcome in ((404, Outcome.GONE), (200, Outcome.HTTP_ERROR), (200, Outcome.TOO_LARGE), (302, None)) * 3:
        pace = pace.after(answered(status, outcome), NOW)
    assert pace.stopped is None and pace.failures == 0


def test_many_refusals_in_a_row_stop_the_host() -> None:
    pace = PACE
    for status in (401, 403, 402):
        pace = pace.after(answered(status), NOW)
    assert pace.stopped is None and pace.after(OK, NOW).refusals == 0
    assert "4 refusals" in (pace.after(answered(451), NOW).stopped or "")


def test_a_rest_that_is_too_long_for_this_run_stops_the_host_and_is_kept() -> None:
    pace = PACE.after(answered(429, retry_after_s=3600), NOW)
    assert "3600 s" in (pace.stopped or "") and pace.next_at == NOW + timedelta(hours=1)
    assert PACE.not_before(NOW + timedelta(hours=1), NOW).stopped
    assert PACE.not_before(NOW + timedelta(seconds=200), NOW).stopped is None


def test_a_rest_of_a_year_is_a_day() -> None:
    assert PACE.after(answered(429, retry_after_s=3e7), NOW).next_at == NOW + timedelta(days=1)


def test_what_was_never_sent_changes_nothing() -> None:
    assert PACE.after(answered(None, Outcome.REFUSED_ADDRESS), NOW) == PACE


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([200, 302, 404, 403, 429, 500, 503, None]),
            st.none() | st.floats(0, 1e9),
            st.floats(0, 100),
        ),
        max_size=20,
    )
)
def test_no_answer_lets_the_next_request_start_before_the_delay(
    answers: list[tuple[int | None, float | None, float]],
) -> None:
    pace, now = PACE, NOW
    for status, retry, took in answers:
        now += timedelta(seconds=took)
        pace = pace.after(answered(status, retry_after_s=retry), now)
        assert pace.next_at >= now + timedelta(seconds=pace.delay_s)
        assert pace.next_at <= now + timedelta(days=1)
        assert pace.failures <= len(answers)


def test_a_lease_has_one_holder_until_it_is_given_back_or_not_renewed() -> None:
    async def go() -> None:
        now = NOW
        leases = MemoryLeases(lambda: now, ttl_s=100)
        first = await leases.acquire("a", 1)
        assert first is not None and await leases.acquire("a", 1) is None
        assert await leases.acquire("b", 1) is not None and leases.held() == {"a", "b"}
        now += timedelta(seconds=90)
        assert await first.renew()
        now += timedelta(seconds=90)
        assert await leases.acquire("a", 1) is None
        now += timedelta(seconds=11)
        second = await leases.acquire("a", 1)
        assert second is not None and not await first.renew()
        await first.release(NOW + timedelta(days=9))
        assert await leases.acquire("a", 1) is None and await second.renew()
        await second.release(now + timedelta(seconds=5))
        third = await leases.acquire("a", 1)
        assert third is not None and third.next_allowed_at == now + timedelta(seconds=5)

    run(go())
