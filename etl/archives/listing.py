"""Listings of archives for past days, and walks: generators that obtain them without doing I/O themselves.

A walk yields a request, receives the result, and returns a `Listing`; its driver decides about pace, leases and budgets. So
a walk is pure and can be tested without a server.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import date

from etl.archives.days import Span, day_of_address, day_of_words
from etl.fetch.messages import FetchRequest, FetchResult
from etl.model import Candidate, FoundVia, Hint
from etl.states import ListingState


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedUrl:
    """A URL that an archive lists for a published day. The hint says where; its `via` which kind of archive."""

    day: date
    url: str
    hint: Hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The URLs that an archive lists for the requested days, each URL once per day.

    `problems` are documents that could not be read, as `address: why`. `is_whole` is False where something was left
    out: for a problem, or for a limit. `is_there` is False where the site has no such archive at all.
    """

    named: tuple[ListedUrl, ...] = ()
    requests: int = 0
    problems: tuple[str, ...] = ()
    is_whole: bool = True
    is_there: bool = True

    @property
    def state(self) -> ListingState:
        """How the archive was read."""
        if not self.is_there:
            return ListingState.ABSENT
        if self.is_whole:
            return ListingState.LISTED
        return ListingState.PARTIAL if self.named else ListingState.FAILED


Walk = Generator[FetchRequest, FetchResult, Listing]


def day_of(candidate: Candidate, document: Span | None = None) -> date | None:
    """The published day (UTC) of a listed URL; None when it is unknown.

    Taken from, in this order: the publication time in the document, the day in the address, the day of a document that is
    about one day, and the time of the last change, which is the day of publication for most articles.
    """
    hint = candidate.hint
    day = day_of_words(hint.published_raw) or day_of_address(candidate.url)
    if day is None and document is not None and document.first == document.last:
        day = document.first
    return day or day_of_words(hint.modified_raw)


def named(candidate: Candidate, day: date, via: FoundVia) -> ListedUrl:
    """The candidate as one of an archive."""
    return ListedUrl(day=day, url=candidate.url, hint=replace(candidate.hint, via=via))


def why_not(result: FetchResult) -> str | None:
    """Why a document cannot be read; None if it is there."""
    return None if result.is_full else f"{result.url}: {result.outcome} {result.error or ''}".strip()
