"""Faults planted into the history of a source, each with the finding that names it; and histories in which nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from etl.model import Outcome
from etl.sources.check import Severity
from etl.sources.history import DocumentHistory, SourceDay, SourceHistory, examine
from etl.sources.source import Source

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)  # a Tuesday
TODAY = NOW.date()
FEED = "https://harbour-post.example/feed"
SOURCE = Source(
    key="harbour-post",
    name="The Harbour Post",
    homepage="https://harbour-post.example/",
    languages=("en",),
    feeds=(FEED,),
)
Rhythm = Callable[[date], int]
Change = Callable[[SourceDay], SourceDay]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def weekdays(day: date) -> int:
    """As a daily paper: less on Sundays."""
    return 12 if day.weekday() < 6 else 4


def weekly(day: date) -> int:
    return 30 if day.weekday() == 3 else 0


def monthly(day: date) -> int:
    return 40 if day.day == 1 else 0


def history(
    rhythm: Rhythm = weekdays,
    *changes: tuple[int, Change],
    days: int = 70,
    source: Source = SOURCE,
    documents: tuple[DocumentHistory, ...] = (),
    addresses: tuple[str, ...] = (),
) -> SourceHistory:
    """A history by a rhythm; each change is of the days of so many days ago and later."""
    found = []
    for n in range(days, -1, -1):
        count = rhythm(ago(n))
        day = SourceDay(
            day=ago(n),
            is_visited=True,
            articles=count,
            authors=count * 9 // 10,
            published=count,
            titles=count,
            text_chars=2400.0 if count else 0.0,
            outcomes={Outcome.ARTICLE: count, Outcome.UNCHANGED: 3},
            captures=count,
            rights={"robots_state": count},
        )
        for since, change in changes:
            day = change(day) if n <= since else day
        found.append(day)
    return SourceHistory(
        source=source,
        now=NOW,
        days=tuple(found),
        documents=documents,
        addresses=addresses,
        visited_at=max((datetime.combine(d.day, NOW.time(), tzinfo=UTC) for d in found if d.is_visited), default=None),
    )


def nothing_new(day: SourceDay) -> SourceDay:
    return replace(day, articles=0, authors=0, published=0, titles=0, text_chars=0.0, captures=0, rights={})


def times(factor: float) -> Change:
    def change(day: SourceDay) -> SourceDay:
        count = round(day.articles * factor)
        return replace(day, articles=count, authors=count, published=count, titles=count)

    return change


def without(field: str) -> Change:
    return lambda day: replace(day, **{field: 0})


def refusing(outcome: Outcome) -> Change:
    return lambda day: replace(day, outcomes={outcome: 12, Outcome.UNCHANGED: 1})


def stating(statement: str) -> Change:
    return lambda day: replace(day, rights={**day.rights, statement: day.captures})


def document(
    *, status: int | None = 404, failures: int = 30, succeeded: int | None = 5, url: str = FEED
) -> DocumentHistory:
    return DocumentHistory(
        url=url,
        status=status,
        error=None,
        failures=failures,
        checked_at=NOW,
        succeeded_at=NOW - timedelta(days=succeeded) if succeeded is not None else None,
    )


def unseen(day: SourceDay) -> SourceDay:
    return replace(nothing_new(day), is_visited=False, outcomes={})


FAULTS = {
    "a daily paper is silent for three days": (history(weekdays, (2, nothing_new)), "silent", 3),
    "a weekly misses an issue": (history(weekly, (12, nothing_new)), "silent", 19),
    "a large site is silent for a day": (history(lambda _: 200, (1, nothing_new)), "silent", 2),
    "a third of the volume": (history(weekdays, (7, times(0.3))), "low_volume", 7),
    "three times the volume": (history(weekdays, (7, times(3))), "high_volume", 7),
    "most pages are behind a challenge": (
        history(weekdays, (4, refusing(Outcome.BOT_CHALLENGE)), (13, refusing(Outcome.BOT_CHALLENGE))),
        "refused",
        13,
    ),
    "robots.txt forbids them": (history(weekdays, (13, refusing(Outcome.ROBOTS_DENIED))), "refused", 13),
    "no authors any more": (history(weekdays, (12, without("authors"))), "fewer_authors", 12),
    "no days any more": (history(weekdays, (12, without("published"))), "fewer_published", 12),
    "no titles any more": (history(weekdays, (12, without("titles"))), "fewer_titles", 12),
    "texts are teasers": (
        history(weekdays, (12, lambda day: replace(day, text_chars=300.0))),
        "shorter_texts",
        12,
    ),
    "a feed is gone": (history(documents=(document(status=410, failures=1),)), "document_gone", 5),
    "a feed is not found": (history(documents=(document(),)), "document_fails", 5),
    "a feed was never there": (history(documents=(document(succeeded=None),)), "document_fails", None),
    "no run has visited it": (history(weekdays, (6, unseen)), "unvisited", 7),
    "a reservation of rights": (history(weekdays, (13, stating("tdm: 1"))), "rights_changed", 13),
    "a reservation that is taken back": (
        history(weekdays, (70, stating("tdm: 1")), (13, lambda day: replace(day, rights={"robots_state": 9}))),
        "rights_changed",
        13,
    ),
    "include patterns of an old layout": (
        history(
            source=replace(SOURCE, include=("/news/*",)),
            addresses=tuple(f"https://harbour-post.example/2026/{n}" for n in range(150)),
        ),
        "include_unmatched",
        None,
    ),
    "an exclude pattern that keeps out nothing": (
        history(
            source=replace(SOURCE, exclude=("/adverts/*",)),
            addresses=tuple(f"https://harbour-post.example/2026/{n}" for n in range(150)),
        ),
        "pattern_unused",
        None,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_with_its_first_day(name: str) -> None:
    given, code, days = FAULTS[name]
    (found,) = examine(given)
    assert (found.code, found.since) == (code, ago(days) if days is not None else None)
    assert found.source_key == "harbour-post" and ": " in found.message  # what it is, and what to do


@pytest.mark.parametrize(
    "given",
    [
        history(),
        history(weekly),
        history(monthly),
        history(lambda _: 0),
        history(lambda day: 2 if day.day % 9 == 0 else 0),  # now and then
        history(weekdays, (0, nothing_new)),  # today is not over
        history(lambda day: weekdays(day) if day.weekday() < 5 else 0, (0, nothing_new)),  # never on weekends
        history(days=5),  # a new source
        history(weekdays, (2, nothing_new), days=10),  # too new to have a rhythm
        history(weekdays, (2, unseen)),  # the machine was off
        history(weekdays, (20, times(1.4))),
        history(weekdays, (20, times(0.7))),
        history(lambda _: 1, (12, without("authors"))),  # too few articles
        history(documents=(document(failures=2),)),
        history(documents=(document(succeeded=0),)),
        history(documents=(document(url="https://harbour-post.example/of-an-older-entry"),)),
        history(source=replace(SOURCE, enabled=False), documents=(document(),)),
        history(source=replace(SOURCE, include=("/2026/*",)), addresses=("https://harbour-post.example/2026/a",) * 150),
    ],
)
def test_nothing_is_said_of_what_is_usual_or_too_little(given: SourceHistory) -> None:
    assert examine(given) == []


def test_a_source_without_any_document_left_is_an_error_and_with_others_a_warning() -> None:
    (alone,) = examine(history(documents=(document(),)))
    two = replace(SOURCE, feeds=(FEED, "https://harbour-post.example/sport"))
    (one_of_two,) = examine(history(source=two, documents=(document(),)))
    assert (alone.severity, one_of_two.severity) == (Severity.ERROR, Severity.WARNING)


def test_a_holiday_of_a_day_is_a_warning_and_a_long_silence_an_error() -> None:
    severities = [examine(history(weekdays, (n, nothing_new)))[0].severity for n in (1, 5)]
    assert severities == [Severity.WARNING, Severity.ERROR]
