"""The numbers by which a host gets a rest, each on both of its sides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from memory_stores import MemoryLeases

from etl.fetch.messages import FetchResult
from etl.fetch.politeness import HostPace, PaceRules
from etl.model import Outcome

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PACE = HostPace(delay_s=2, rules=PaceRules(), next_at=NOW)


def answered(status: int | None, *, retry_after_s: float | None = None) -> FetchResult:
    return FetchResult(
        url="http://x/",
        final_url="http://x/",
        fetched_at=NOW,
        outcome=None if status == 200 else Outcome.HTTP_ERROR,
        status=status,
        retry_after_s=retry_after_s,
    )


@pytest.mark.parametrize("status", [401, 402, 403, 451])
def test_ten_refusals_in_a_row_stop_a_host_and_nine_do_not(status: int) -> None:
    pace = PACE
    for number in range(1, 10):
        pace = pace.after(answered(status), NOW)
        assert (pace.stopped, pace.refusals) == (None, number)
    assert "10 refusals in a row" in (pace.after(answered(status), NOW).stopped or "")


def test_nine_refusals_an_answer_and_nine_more_stop_nothing() -> None:
    pace = PACE
    for status in [403] * 9 + [200] + [403] * 9:
        pace = pace.after(answered(status), NOW)
    assert pace.stopped is None


def test_three_failures_in_a_row_stop_a_host_and_two_do_not() -> None:
    pace = PACE.after(answered(500), NOW).after(answered(None), NOW)
    assert pace.stopped is None
    assert "3 failures" in (pace.after(answered(500), NOW).stopped or "")


@pytest.mark.parametrize(("seconds", "is_stopped"), [(299, False), (300, False), (300.5, True), (301, True)])
def test_a_rest_of_five_minutes_is_waited_for_and_a_longer_one_is_not(seconds: float, is_stopped: bool) -> None:
    asked = PACE.after(answered(429, retry_after_s=seconds), NOW)
    assert (asked.stopped is not None, asked.wait_s(NOW)) == (is_stopped, seconds)
    found_out = PACE.not_before(NOW + timedelta(seconds=seconds), NOW)
    assert (found_out.stopped is not None, found_out.wait_s(NOW)) == (is_stopped, seconds)


def test_an_earlier_runs_rest_never_shortens_ours() -> None:
    assert PACE.slower(60).not_before(NOW + timedelta(seconds=5), NOW).next_at == NOW + timedelta(seconds=58)


def test_an_overloaded_host_rests_half_a_minute_then_twice_as_long_at_most_a_thousand_times() -> None:
    patient = HostPace(delay_s=2, rules=PaceRules(max_failures=99, max_wait_s=1e9), next_at=NOW)
    waits = []
    for _ in range(13):
        patient = patient.after(answered(503), NOW)
        waits.append(patient.wait_s(NOW))
    assert waits == [30.0 * 2**n for n in range(11)] + [30.0 * 1024] * 2


@pytest.mark.parametrize("status", [499, 404, 400, 200])
def test_answers_below_500_are_no_failures(status: int) -> None:
    assert PACE.after(answered(status), NOW).failures == 0


def test_a_rest_that_is_asked_for_with_any_failure_is_kept_and_one_beside_an_answer_is_not() -> None:
    assert PACE.after(answered(500, retry_after_s=77), NOW).wait_s(NOW) == 77
    assert PACE.after(answered(404, retry_after_s=77), NOW).wait_s(NOW) == 2


async def _leases() -> None:
    now = NOW
    leases = MemoryLeases(lambda: now)
    first = await leases.acquire("a", 0)
    assert first is not None and first.next_allowed_at == datetime.min.replace(tzinfo=UTC)
    now += timedelta(seconds=180)  # to the second when it ends it is anybody's
    assert leases.held() == frozenset() and not await first.renew()
    second = await leases.acquire("a", 0)
    assert second is not None
    await second.release(NOW + timedelta(hours=2))
    third = await leases.acquire("a", 0)
    assert (
        third is not None and not await second.renew()
    )  # what was given back is another's, though its time is not over
    await third.release(NOW + timedelta(hours=1))  # the longer rest counts
    await third.release(NOW + timedelta(hours=9))  # and one who has no lease says nothing
    fourth = await leases.acquire("a", 0)
    assert fourth is not None and fourth.next_allowed_at == NOW + timedelta(hours=2)
    now += timedelta(seconds=179)
    assert leases.held() == {"a"} and await leases.acquire("a", 0) is None


def test_a_lease_ends_to_the_second_and_the_longest_rest_counts() -> None:
    import asyncio

    asyncio.run(_leases())
