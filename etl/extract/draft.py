"""A page's values before cleaning, and their conversion to `model.Page`, the same for web pages and plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from etl.clean.context import CleanContext, Cleaned
from etl.clean.engine import clean
from etl.extract.publication import Publication
from etl.extract.rules import SourceRules
from etl.extract.topic import Topics
from etl.model import Image, Outcome, Page, PageType, Precision
from etl.normalize import authors as names
from etl.normalize import credits, dates, language, topics
from etl.normalize.dates import Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The values of a page before cleaning. `titles` are all variants; `bylines` the raw texts, for finding agencies."""

    text: str
    title: str | None = None
    titles: tuple[str, ...] = ()
    site_names: tuple[str, ...] = ()
    description: str | None = None
    authors: tuple[str, ...] = ()
    bylines: tuple[str, ...] = ()
    publication: Publication = field(default_factory=Publication)
    topics: Topics = field(default_factory=Topics)
    images: tuple[Image, ...] = ()
    captions: tuple[str, ...] = ()
    link_lines: frozenset[str] = frozenset()
    declared: tuple[str, ...] = ()  # languages
    month_first: bool | None = None  # how 02/03/2022 is meant; None: as the text's language has it
    canonical_url: str | None = None
    amp_url: str | None = None
    is_accessible_for_free: bool | None = None
    flags: tuple[str, ...] = ()
    evidence: Mapping[str, str | None] = field(default_factory=dict)


def cleaned(draft: Draft, rules: SourceRules) -> Cleaned:
    """The draft's text without boilerplate, with everything known of the page as anchors."""
    published = draft.publication.published
    return clean(
        draft.text,
        CleanContext(
            titles=draft.titles,
            site_name=next(iter(draft.site_names), None),
            authors=draft.authors,
            categories=tuple(c for c in (draft.topics.section, *draft.topics.tags) if c),
            date_texts=(published.stamp.raw,) if published else (),
            captions=draft.captions,
            credits=tuple(image.credit for image in draft.images if image.credit),
            language=draft.declared[0] if draft.declared else None,
            link_lines=draft.link_lines,
            site_lines=frozenset(rules.site_lines),
        ),
    )


def finish(draft: Draft, clean_text: Cleaned, rules: SourceRules, captured_at: datetime) -> Page:
    """The page: the draft, completed by values that cleaning found in the head line or moved out of the text."""
    evidence = dict(draft.evidence)
    title = draft.title or clean_text.head_title
    if title and not draft.title:
        evidence["title"] = "head line"
    stamp = draft.publication.published.stamp if draft.publication.published else None
    if clean_text.head_date_text and (stamp is None or evidence.get("published_at") == "htmldate"):
        # A line of the theme over the text is better evidence than a date found anywhere on the page.
        head_stamp = dates.parse(
            clean_text.head_date_text,
            month_first=_month_first(draft, rules),
            language=draft.declared[0] if draft.declared else None,
        )
        if (
            head_stamp is not None
            and dates.within(head_stamp, captured_at)
            and head_stamp.day not in draft.publication.barred
        ):
            stamp = head_stamp
            evidence["published_at"] = "head line"
    if stamp is not None and (placed := _in_zone(stamp, rules.timezone)) is not stamp:
        stamp = placed
        evidence["published_at"] = f"{evidence['published_at']}+zone of the source"
    tags = draft.topics.tags
    if not tags and clean_text.head_categories:
        tags = topics.unique(
            (t for c in clean_text.head_categories for t in topics.split(c)), not_topics=draft.site_names
        )
        evidence["tags"] = "head line"
    authors = draft.authors
    if not authors and clean_text.head_authors:
        authors = names.people(clean_text.head_authors, not_names=(*draft.site_names, *tags))
        evidence["authors"] = "head line" if authors else None
    guess = language.identify(clean_text.text or title or "", draft.declared)
    evidence["language"] = guess.evidence if guess else None
    credit = clean_text.credit_line
    agencies = credits.agencies(clean_text.text, draft.bylines, credit)
    return Page(
        outcome=Outcome.ARTICLE,
        page_type=PageType.ARTICLE,
        title=title,
        description=draft.description,
        authors=authors,
        published_at=stamp.instant if stamp and stamp.precision is not Precision.DAY else None,
        published_on=stamp.day if stamp else None,
        published_precision=stamp.precision if stamp else None,
        published_raw=stamp.raw if stamp else None,
        modified_at=draft.publication.modified_at,
        language=guess.language if guess else None,
        section=draft.topics.section,
        tags=tags,
        text=clean_text.text,
        images=draft.images,
        agencies=tuple(dict.fromkeys((*agencies, *clean_text.agencies))),
        credit_line=credit,
        rights_line=clean_text.rights_line,
        dateline=clean_text.dateline or credits.dateline(clean_text.text),
        correction_note=clean_text.correction_note,
        canonical_url=draft.canonical_url,
        amp_url=draft.amp_url,
        is_accessible_for_free=draft.is_accessible_for_free,
        flags=(*draft.flags, *clean_text.flags),
        removed=clean_text.cuts,
        evidence={name: place for name, place in evidence.items() if place},
    )


def _month_first(draft: Draft, rules: SourceRules) -> bool:
    return bool(rules.month_first if rules.month_first is not None else draft.month_first)


def _in_zone(stamp: Stamp, zone: str | None) -> Stamp:
    """A local time turned into an instant by the source's time zone: the last resort, with a precision of its own."""
    if zone is None or stamp.precision is not Precision.LOCAL or stamp.when is None:
        return stamp
    try:
        offset = stamp.when.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return stamp
    return stamp if offset is None else replace(dates.with_offset(stamp, offset), precision=Precision.ZONED)
