"""When to visit which URL: decisions on values, without a database or a clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from etl.model import Hint, Outcome

# A failing URL is tried again after 1, 2, 4 ... hours, then given up until its feed speaks of it again.
FIRST_RETRY = timedelta(hours=1)
MAX_FAILURES = 6

# Documents that name one URL. More than a few is a site that repeats itself.
MAX_HINTS = 8


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


def says_changed(known: Sequence[Hint], offered: Sequence[Hint]) -> bool:
    """Whether a document that had named the URL before now names another title or modification time."""
    before = {(h.via, h.found_at): h for h in known}
    return any(
        (old := before.get((new.via, new.found_at))) is not None
        and (old.title, old.modified_raw) != (new.title, new.modified_raw)
        for new in offered
    )


def next_visit(past: PastVisit, revisit_after: Iterable[timedelta]) -> datetime | None:
    """When to visit a URL next; None: when a feed says that it changed.

    After an answer (also "not modified" and "gone"): at the next of the revisit times after the first visit. After a
    failure: with doubling pauses, `MAX_FAILURES` times. What was deferred stays due.
    """
    if past.outcome is Outcome.DEFERRED:
        return past.at
    if past.outcome is Outcome.ERASED:
        return None
    if not is_answer(past.outcome):
        return None if past.failures >= MAX_FAILURES else past.at + FIRST_RETRY * 2**past.failures
    # A first visit after this one was under a clock that was ahead: it would put off the next ones for as long.
    first = min(past.first_visit_at or past.at, past.at)
    return next((first + pause for pause in sorted(revisit_after) if first + pause > past.at), None)


def latest_due(now: datetime, revisit_after: Iterable[timedelta]) -> datetime:
    """The latest time that `next_visit` gives after a visit by now: what is due later was put off by a wrong clock."""
    return now + longest_pause(revisit_after)


def longest_pause(revisit_after: Iterable[timedelta]) -> timedelta:
    """The longest time between a visit and the next."""
    longest_retry: timedelta = FIRST_RETRY * 2 ** (MAX_FAILURES - 1)
    return max((longest_retry, *revisit_after))


def is_answer(outcome: Outcome | None) -> bool:
    """Whether the server answered what it has at the URL, be it that it has nothing (any more)."""
    return outcome in (None, Outcome.UNCHANGED, Outcome.GONE)
