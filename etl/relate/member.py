"""The values of an article that stories use, and which articles take part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from etl.model import PageType, Precision
from etl.relate import rules
from etl.relate.tokens import tokens


class NoPartReason(StrEnum):
    """Why an article takes no part in stories."""

    PAGE_TYPE = "page_type"  # no article: a list, a digest, a stub, a wall
    SHORT = "short"  # too little text to tell one story from another


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """The values of an article's current revision that relating uses."""

    url_key: bytes  # 32 bytes
    title: str | None
    text: str
    text_digest: bytes
    site: str  # registrable domain
    published_on: date | None = None
    published_precision: Precision | None = None
    published_at: datetime | None = None
    captured_at: datetime | None = None
    page_type: PageType = PageType.ARTICLE
    agencies: tuple[str, ...] = ()


def rank(url_key: bytes) -> bytes:
    """Return what decides who the lowest members of a bucket are: the URL key itself, bytewise.

    In SQL: `ORDER BY url_key` (bytea compares bytewise). URL keys are sha256 hashes, so the order is a fair draw.
    """
    return url_key


def takes_part(member: Member) -> NoPartReason | None:
    """Return why an article takes no part in stories, or None if it does."""
    if member.page_type not in (PageType.ARTICLE, PageType.LIVE_BLOG, PageType.REVIEW):
        return NoPartReason.PAGE_TYPE
    if len(tokens(member.text)[0]) < rules.MIN_TOKENS:
        return NoPartReason.SHORT
    return None
