"""When to visit which URL: decisions on values, without a database or a clock."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from etl.archives.days import day_of_address
from etl.model import FoundVia, Hint, Outcome
from etl.normalize import dates

# A failing URL is tried again after 1, 2, 4 ... hours, then given up until its feed speaks of it again.
FIRST_RETRY = timedelta(hours=1)
MAX_FAILURES = 6
# A price is not a failure that passes within hours: nobody pays it, and sites change their minds in weeks.
PAYMENT_REST = timedelta(days=7)

# Documents that name one URL. More than a few is a site that repeats itself.
MAX_HINTS = 8


# What is dated so far back, or was announced so long ago, is news: most of what a news site publishes is read within two
# days, and a run that was down for one catches up.
FRESH = timedelta(days=2)

# Documents that name what is new. Of the others, sitemaps name everything.
ANNOUNCING = frozenset({FoundVia.FEED, FoundVia.JSON_FEED, FoundVia.NEWS_SITEMAP, FoundVia.SECTION})

_MONTH_FOLDERS = re.compile(r"/(20\d\d|19\d\d)/(0?[1-9]|1[0-2])(?=/)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """From when a page is by what documents and its address say: a time that it is not younger than, or None.

    `is_certain`: by its publication, its address, or a document that names new pages; otherwise by its last change alone,
    which some sites move with every reading.
    """

    at: datetime | None
    is_certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A URL that a document of a source offered in a run. `outcome` is set where it needs no visit to be decided."""

    url: str
    url_key: bytes | None
    host: str
    hints: tuple[Hint, ...]
    outcome: Outcome | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVisit:
    """How a visit of a known URL ended."""

    at: datetime
    outcome: Outcome | None  # None: a full answer
    first_visit_at: datetime | None
    failures: int  # in a row, before this visit


def merged_hints(known: Sequence[Hint], offered: Sequence[Hint]) -> tuple[Hint, ...]:
    """What each document said last, in a fixed order."""
    latest = {(h.via, h.found_at): h for h in (*known, *offered)}
    return tuple(latest[k] for k in sorted(latest))[:MAX_HINTS]


# A document that moves this share of the last changes that it states, of so many at least, states when it was made.
MOVES_ALL = 0.9
MOVES_ALL_OF = 5


def moves_all(before_and_after: Iterable[tuple[Sequence[Hint], Sequence[Hint]]]) -> bool:
    """Whether the last changes that a document states of the URLs it had named have all moved at once: they mean nothing."""
    stated = moved = 0
    for known, offered in before_and_after:
        before = {(h.via, h.found_at): h for h in known}
        for new in offered:
            old = before.get((new.via, new.found_at))
            if old is not None and old.modified_raw and new.modified_raw:
                stated += 1
                moved += _is_moved(old, new)
    return stated >= MOVES_ALL_OF and moved >= MOVES_ALL * stated


def says_changed(known: Sequence[Hint], offered: Sequence[Hint], *, trusts_times: bool = True) -> bool:
    """Whether a document that had named the URL before now names another title or modification time.

    Times are compared as instants: another notation is no change. `trusts_times` False: titles alone count.
    """
    before = {(h.via, h.found_at): h for h in known}
    return any(
        (old := before.get((new.via, new.found_at))) is not None
        and (old.title != new.title or (trusts_times and _is_moved(old, new)))
        for new in offered
    )


def _is_moved(old: Hint, new: Hint) -> bool:
    if old.modified_raw == new.modified_raw:
        return False
    before, after = (dates.parse(h.modified_raw) if h.modified_raw else None for h in (old, new))
    if before is None or after is None or before.instant is None or after.instant is None:
        return True
    return before.instant != after.instant


def age_of(url: str, known: Sequence[Hint], *, offered_at: datetime) -> Age:
    """From when a page is: its newest stated publication, else the day or month in its address, else its announcement,
    else its last change. `offered_at` is when it was offered first; nothing is younger than the documents that name it.
    """
    published = _newest(h.published_raw for h in known)
    if published is not None:
        return Age(at=published, is_certain=True)
    day = day_of_address(url) or _month_of_address(url)
    if day is not None:
        return Age(at=datetime.combine(day, time.max, UTC), is_certain=True)
    if any(h.via in ANNOUNCING for h in known):
        return Age(at=offered_at, is_certain=True)
    return Age(at=_newest(h.modified_raw for h in known), is_certain=False)


BACKLOG = 3  # this and higher first parts of `visit_order`


def visit_order(age: Age, *, is_visited: bool, due_at: datetime | None, now: datetime) -> tuple[int, float]:
    """A sort key of due URLs: fresh ones, the newest first; then revisits, the longest due first; then the backlog, the
    newest first. Fresh by its last change alone comes behind fresh by more.
    """
    if is_visited:
        return 2, due_at.timestamp() if due_at else 0.0
    if age.at is None:
        return BACKLOG + 1, 0.0
    at = min(age.at, now)
    if now - at < FRESH:
        return (0 if age.is_certain else 1), -at.timestamp()
    return BACKLOG, -at.timestamp()


def backlog_room(*, budget: int, spent: int, news: int) -> int:
    """How many URLs of the backlog a run may visit: the backlog takes half of a day's budget at most, or the first run of a
    day would leave nothing for the news of its other hours. `news` are the URLs that come before it in this run.
    """
    return max(0, budget // 2 - spent - news)


def _month_of_address(url: str) -> date | None:
    """The last day of the month in whose folder an article lies, such as /2015/03/storm."""
    found = _MONTH_FOLDERS.search(url)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    return date(year, month, monthrange(year, month)[1])


def published_at(said: Iterable[Hint]) -> datetime | None:
    """The instant at which a page was published, where a document states one."""
    stamps = (dates.parse(h.published_raw) for h in said if h.published_raw)
    return next((stamp.instant for stamp in stamps if stamp is not None and stamp.instant is not None), None)


def _newest(raw: Iterable[str | None]) -> datetime | None:
    """The newest of these dates; a day counts to its end."""
    found = []
    for stamp in (dates.parse(each) for each in raw if each):
        if stamp is None:
            continue
        if stamp.instant is not None:
            found.append(stamp.instant)
        elif stamp.day is not None:
            found.append(datetime.combine(stamp.day, time.max, UTC))
    return max(found, default=None)


def next_visit(past: PastVisit, revisit_after: Iterable[timedelta]) -> datetime | None:
    """When to visit a URL next; None: when a feed says that it changed.

    After an answer (also "not modified" and "gone"): at the next of the revisit times after the first visit. After a
    failure: with doubling pauses, `MAX_FAILURES` times; after a price as often, a week apart. What was deferred stays due.
    """
    if past.outcome is Outcome.DEFERRED:
        return past.at
    if past.outcome is Outcome.ERASED:
        return None
    if not is_answer(past.outcome):
        pause = PAYMENT_REST if past.outcome is Outcome.PAYMENT_REQUIRED else FIRST_RETRY * 2**past.failures
        return None if past.failures >= MAX_FAILURES else past.at + pause
    # A first visit after this one was under a clock that was ahead: it would put off the next ones for as long.
    first = min(past.first_visit_at or past.at, past.at)
    return next((first + pause for pause in sorted(revisit_after) if first + pause > past.at), None)


def latest_due(now: datetime, revisit_after: Iterable[timedelta]) -> datetime:
    """The latest time that `next_visit` gives after a visit by now: what is due later was put off by a wrong clock."""
    return now + longest_pause(revisit_after)


def longest_pause(revisit_after: Iterable[timedelta]) -> timedelta:
    """The longest time between a visit and the next."""
    longest_retry: timedelta = FIRST_RETRY * 2 ** (MAX_FAILURES - 1)
    return max((longest_retry, PAYMENT_REST, *revisit_after))


def is_answer(outcome: Outcome | None) -> bool:
    """Whether the server answered what it has at the URL, be it that it has nothing (any more) or does not let us keep it."""
    return outcome in (None, Outcome.UNCHANGED, Outcome.GONE, Outcome.RIGHTS_RESERVED)
