"""What kind of page it is, and with that the outcome."""

from __future__ import annotations

from dataclasses import dataclass

from etl.extract import jsonld
from etl.extract.signals import Signals
from etl.model import Outcome, PageType


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Type, outcome, and what was seen where it is no article."""

    page_type: PageType
    outcome: Outcome
    detail: str | None = None


def judge(signals: Signals, text: str) -> Verdict:
    """The verdict on a page."""
    if jsonld.LIVE_BLOG in jsonld.types(signals.article or {}):
        return Verdict(page_type=PageType.LIVE_BLOG, outcome=Outcome.ARTICLE)
    if not text:
        return Verdict(page_type=PageType.EMPTY, outcome=Outcome.EMPTY_TEXT, detail="no text was found")
    return Verdict(page_type=PageType.ARTICLE, outcome=Outcome.ARTICLE)
