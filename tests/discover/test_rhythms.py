"""When a document is asked again: by its news, by what its server says, and how it fails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import rhythm as rhythms
from etl.rhythm import (
    DAY,
    HOUR,
    WORTH_H,
    Answered,
    NamedEntry,
    PollingBounds,
    Rhythm,
    Turn,
    after_failure,
    faded,
    heard,
    is_due,
    rests,
    shared_out,
    without,
    worth_of_a_request,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
MINUTE = timedelta(minutes=1)
WORTH = 0.025  # hours: an article for a minute and a half
after_answer = partial(rhythms.after_answer, worth_h=WORTH)
next_request = partial(rhythms.next_request, worth_h=WORTH)
BOUNDS = PollingBounds(shortest=3 * MINUTE, longest=DAY)


def lived(times: Sequence[datetime], *, days: int = 14, until: datetime = NOW) -> Turn:
    """The turn of a document that was asked hourly for some days, and whose news came at these times."""
    at = until - days * DAY
    turn = after_answer(None, [], now=at, bounds=BOUNDS)
    while at < until:
        before, at = at, at + HOUR
        turn = after_answer(turn, [t for t in times if before < t <= at], now=at, bounds=BOUNDS)
    return turn


def daily(*clock: float, days: int = 14) -> list[datetime]:
    midnight = NOW.replace(hour=0) - days * DAY
    return [at for d in range(days + 1) for c in clock if (at := midnight + d * DAY + c * HOUR) <= NOW]


def pause(turn: Turn) -> timedelta:
    assert turn.due_at is not None and turn.asked_at is not None
    return turn.due_at - turn.asked_at


def test_the_more_news_a_document_brings_the_sooner_it_is_asked() -> None:
    pauses = [pause(lived(daily(*(hour * 24 / n for hour in range(n))))) for n in (0, 1, 6, 48, 240)]
    assert pauses == sorted(pauses, reverse=True)
    assert pauses[0] > 10 * HOUR and pauses[-1] < 10 * MINUTE


def test_a_morning_paper_is_asked_in_the_morning_and_left_alone_at_night() -> None:
    turn = lived(daily(*(6 + n / 30 for n in range(30))))
    assert turn.rhythm is not None
    dawn = next_request(turn.rhythm, asked_at=NOW.replace(hour=6), bounds=BOUNDS)
    night = next_request(turn.rhythm, asked_at=NOW.replace(hour=20), bounds=BOUNDS)
    assert dawn - NOW.replace(hour=6) < 10 * MINUTE
    assert night - NOW.replace(hour=20) > HOUR


def test_a_weekly_is_asked_on_its_day() -> None:
    times = [NOW.replace(hour=9) - n * DAY + m * MINUTE for n in (0, 7, 14, 21) for m in range(40)]
    turn = lived(times, days=28)
    assert turn.rhythm is not None
    tuesday = next_request(turn.rhythm, asked_at=NOW + 7 * DAY - 3 * HOUR, bounds=BOUNDS)
    friday = next_request(turn.rhythm, asked_at=NOW + 10 * DAY - 3 * HOUR, bounds=BOUNDS)
    assert tuesday - (NOW + 7 * DAY - 3 * HOUR) < (friday - (NOW + 10 * DAY - 3 * HOUR)) / 2


def test_a_burst_brings_the_next_request_forward() -> None:
    calm = lived(daily(9, 15))
    burst = after_answer(calm, [NOW + n * MINUTE for n in range(1, 9)], now=NOW + 10 * MINUTE, bounds=BOUNDS)
    assert pause(burst) < pause(calm) / 3


def test_what_a_document_lists_at_its_first_answer_tells_its_hours_at_once() -> None:
    listed = [NOW - d * DAY - 5 * HOUR + m * MINUTE for d in range(1, 8) for m in range(0, 60, 6)]
    first = after_answer(None, listed, now=NOW, bounds=BOUNDS)
    assert first.rhythm is not None
    early = next_request(first.rhythm, asked_at=NOW.replace(hour=7), bounds=BOUNDS) - NOW.replace(hour=7)
    late = next_request(first.rhythm, asked_at=NOW.replace(hour=20), bounds=BOUNDS) - NOW.replace(hour=20)
    assert early < late


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [None] * 50,
        [NOW] * 50,  # each entry has the time at which the feed was made
        [NOW + DAY] * 5,
    ],
)
def test_a_first_answer_without_usable_times_says_nothing_of_the_rhythm(listed: list[datetime | None]) -> None:
    turn = after_answer(None, listed, now=NOW, bounds=BOUNDS)
    assert turn.rhythm is not None and turn.rhythm.lately == 0 and HOUR / 2 < pause(turn) < HOUR


def test_a_document_whose_entries_are_all_old_is_known_to_be_slow_at_its_first_answer() -> None:
    for listed in ([NOW - 400 * DAY, NOW - 500 * DAY], [datetime(1, 1, 1, tzinfo=UTC)]):
        assert HOUR < pause(after_answer(None, listed, now=NOW, bounds=BOUNDS)) <= DAY


def test_no_request_comes_sooner_or_later_than_its_bounds() -> None:
    busy, silent = lived(daily(*(n / 20 for n in range(480)))), lived([])
    for bounds in (BOUNDS, PollingBounds(shortest=30 * MINUTE, longest=30 * MINUTE)):
        for turn in (busy, silent):
            assert turn.rhythm is not None
            found = next_request(turn.rhythm, asked_at=NOW, bounds=bounds) - NOW
            assert bounds.shortest <= found <= bounds.longest


def test_what_a_server_says_of_the_life_of_its_answer_is_believed_for_an_hour_at_most() -> None:
    busy = lived(daily(*(n / 10 for n in range(240))))
    for said, until in ((10 * MINUTE, 10 * MINUTE), (DAY, HOUR)):
        turn = after_answer(busy, [], now=NOW, bounds=BOUNDS, said=Answered(fresh_for=said))
        assert not is_due(turn, NOW + until - MINUTE, ahead=30 * MINUTE)
        assert is_due(turn, NOW + max(until, pause(turn)))
    narrow = PollingBounds(shortest=5 * MINUTE, longest=10 * MINUTE)  # the operator knows better
    assert is_due(after_answer(busy, [], now=NOW, bounds=narrow, said=Answered(fresh_for=DAY)), NOW + 10 * MINUTE)


def test_what_a_feed_says_of_its_changes_counts_until_its_entries_contradict_it() -> None:
    said = Answered(changes_every=6 * HOUR)
    assert pause(after_answer(lived(daily(9)), [], now=NOW, bounds=BOUNDS, said=said)) >= 6 * HOUR
    busy = lived(daily(*range(0, 24, 2)))
    assert pause(after_answer(busy, [], now=NOW, bounds=BOUNDS, said=said)) < 2 * HOUR


def test_a_failing_document_is_asked_after_as_long_as_it_has_failed_then_daily_then_weekly() -> None:
    turn, at, pauses = lived(daily(*range(24))), NOW, []
    while at < NOW + 40 * DAY:
        turn = after_failure(turn, now=at)
        pauses.append((at - NOW, pause(turn), rests(turn)))
        assert turn.due_at is not None
        at = turn.due_at
    assert [p for _, p, _ in pauses[:5]] == [15 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR]
    assert {p for since, p, _ in pauses if 2 * DAY <= since < 14 * DAY} == {DAY}
    assert {p for since, p, _ in pauses if since >= 14 * DAY} == {7 * DAY}
    assert all(is_resting == (since >= 2 * DAY) for since, _, is_resting in pauses)
    assert not rests(after_answer(turn, [], now=at, bounds=BOUNDS))


def test_a_night_without_network_of_ours_costs_two_hours_at_most() -> None:
    turn, at = lived(daily(*range(24))), NOW
    while at < NOW + 9 * HOUR:
        turn = after_failure(turn, now=at)
        assert turn.due_at is not None
        at = turn.due_at
    assert at - (NOW + 9 * HOUR) <= 2 * HOUR


def test_what_is_gone_rests_at_once_and_a_server_that_asks_to_come_back_is_heard() -> None:
    gone = after_failure(lived([]), now=NOW, is_gone=True)
    assert rests(gone) and pause(gone) == 7 * DAY
    busy = after_failure(lived([]), now=NOW, wait=3 * HOUR)
    for asks_all in (False, True):
        assert not is_due(busy, NOW + 2 * HOUR, ahead=HOUR, asks_all=asks_all)
    assert is_due(busy, NOW + 3 * HOUR)


def test_a_run_asks_again_only_what_has_failed_in_it() -> None:
    read, failed = lived([]), after_failure(lived([]), now=NOW)
    assert not is_due(read, NOW) and not is_due(read, NOW, asks_all=True)
    assert is_due(failed, NOW)
    assert is_due(None, NOW) and is_due(Turn(), NOW)
    assert is_due(read, NOW + MINUTE, asks_all=True) and not is_due(read, NOW + MINUTE)


def test_a_document_that_was_asked_under_a_clock_that_was_ahead_is_due() -> None:
    ahead = after_answer(lived([]), [None], now=NOW + 400 * DAY, bounds=BOUNDS)
    assert is_due(ahead, NOW)
    turn = after_answer(ahead, [None], now=NOW, bounds=BOUNDS)
    assert turn.rhythm is not None and turn.rhythm.at == NOW and pause(turn) <= DAY


def entry(by: Sequence[str] = (), *, since: datetime = NOW, at: datetime | None = None) -> NamedEntry:
    return NamedEntry(published_at=at or since - MINUTE, known_since=since, by=tuple(by))


def test_an_entry_that_two_documents_name_is_the_news_of_that_which_brings_more_in_whatever_order_they_are_read() -> (
    None
):
    main, section = lived(daily(*range(24))), lived(daily(9, 15))
    turns = {"main": main, "section": section}
    now = NOW + 10 * MINUTE
    assert shared_out("main", [entry(since=now)], turns)[0] == [now - MINUTE]
    assert shared_out("section", [entry(["main"], since=now)], turns) == ([], {})
    assert shared_out("main", [entry(["section"], since=now)], turns) == ([now - MINUTE], {"section": [now - MINUTE]})


def test_a_document_that_was_read_and_did_not_have_an_entry_yet_does_not_take_it_from_the_first() -> None:
    sitemap, feed = lived(daily(*range(24))), lived(daily(9, 15))
    late = entry(["feed"], since=NOW - HOUR)
    assert shared_out("sitemap", [late], {"sitemap": sitemap, "feed": feed}) == ([], {})


def test_of_two_equal_documents_one_has_all_the_news() -> None:
    same = lived(daily(9, 15))
    turns = {"a": same, "b": same}
    taken = [
        bool(shared_out(url, [entry([other], since=NOW)], {**turns, url: Turn()})[0]) for url, other in ("ab", "ba")
    ]
    assert taken == [False, False]  # the first one keeps it
    now = NOW + HOUR
    assert (
        shared_out("b", [entry(["a"], since=now)], turns)[0]
        and not shared_out("a", [entry(["b"], since=now)], turns)[0]
    )


def test_news_that_turn_out_to_be_anothers_are_forgotten() -> None:
    turn = lived(daily(9, 15))
    assert turn.rhythm is not None
    more = heard(turn.rhythm, [NOW + MINUTE], asked_at=NOW, now=NOW + HOUR)
    less, same = without(more, [NOW + MINUTE], now=NOW + HOUR), faded(turn.rhythm, NOW + HOUR)
    assert less.lately == pytest.approx(same.lately) and less.hours == pytest.approx(same.hours)
    assert min(without(more, [NOW] * 99, now=NOW + HOUR).hours) == 0


def test_all_documents_together_are_not_asked_more_often_than_each_every_hour() -> None:
    busy = lived(daily(*(n / 20 for n in range(480)))).rhythm
    silent = lived([]).rhythm
    assert worth_of_a_request([(silent, BOUNDS), (None, BOUNDS)] * 10) == WORTH_H
    for documents in ([(busy, BOUNDS)] * 10, [(busy, BOUNDS)] * 5 + [(silent, BOUNDS)] * 5):
        worth = worth_of_a_request(documents)
        requests = 0
        for rhythm, bounds in documents:
            at = NOW
            while at < NOW + DAY:
                assert rhythm is not None
                at, requests = next_request(rhythm, asked_at=at, bounds=bounds, worth_h=worth), requests + 1
        assert requests <= 1.15 * 24 * len(documents)


times = st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 20), timezones=st.just(UTC))


@given(st.lists(st.tuples(times, st.lists(st.none() | times, max_size=5)), min_size=1, max_size=8))
def test_whatever_clocks_and_entries_say_a_document_is_asked_within_its_bounds(
    answers: list[tuple[datetime, list[datetime | None]]],
) -> None:
    turn: Turn | None = None
    for now, news in answers:
        turn = after_answer(turn, news, now=now, bounds=BOUNDS)
        assert turn.rhythm is not None and BOUNDS.shortest <= pause(turn) <= BOUNDS.longest
        assert all(
            count >= 0 for count in (*turn.rhythm.hours, *turn.rhythm.days, turn.rhythm.lately, turn.rhythm.burst)
        )


@given(st.lists(times, max_size=6), st.permutations(range(6)))
def test_the_order_of_entries_decides_nothing(found: list[datetime], order: list[int]) -> None:
    rhythm = Rhythm(since=NOW - DAY, at=NOW)
    mixed = [found[n] for n in order if n < len(found)]
    one, two = (heard(rhythm, each, asked_at=NOW - DAY, now=NOW + 40 * DAY) for each in (found, mixed))
    assert one.lately == pytest.approx(two.lately) and one.hours == pytest.approx(two.hours)
