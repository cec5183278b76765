"""The result of parsing a document, for every format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from etl.model import Candidate
from etl.untrusted_text import as_line

MAX_PROBLEM_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSitemap:
    """A sitemap that an index names."""

    url: str
    modified_raw: str | None = None  # its lastmod, as written


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """URLs and further sitemaps in the order of the document, and what could not be read.

    A problem is `code` or `code: detail`, one line of sanitized text, and never means that the rest was dropped. Candidates
    may repeat, and may be of other hosts: `hosts.may_offer` decides about those.
    """

    candidates: tuple[Candidate, ...] = ()
    children: tuple[ChildSitemap, ...] = ()
    problems: tuple[str, ...] = ()
    changes_every: timedelta | None = None  # as it says itself
    next_page: str | None = None  # where earlier entries are
    hub: str | None = None  # that tells of its changes (WebSub)
    topic: str | None = None  # its own address there

    def __post_init__(self) -> None:
        object.__setattr__(self, "problems", tuple(as_line(problem, MAX_PROBLEM_CHARS) for problem in self.problems))
