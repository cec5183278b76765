"""A web page → its draft: the tree is parsed once, read, then stripped and pruned for the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from lxml.html import HtmlElement

from etl.clean.context import Cleaned
from etl.extract import body as bodies
from etl.extract import (
    byline,
    images,
    jsonld,
    lead,
    mending,
    pagetype,
    publication,
    reading,
    selectors,
    shape,
    site,
    title,
    topic,
)
from etl.extract.draft import Draft, cleaned, finish
from etl.extract.prune import prune
from etl.extract.rules import SourceRules
from etl.extract.signals import Signals
from etl.model import Page
from etl.normalize import language
from etl.normalize.text import from_markup, lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A page's values, and what they were decided on: enough to ask the deciding functions for all candidates."""

    page: Page
    said: Signals
    seen: shape.Shape
    draft: Draft
    cleaned: Cleaned
    pruned: Mapping[str, int]  # elements dropped from the tree, by rule
    given_title: str | None = None  # what the source's rules selected
    given_date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drafted:
    draft: Draft
    seen: shape.Shape
    pruned: Mapping[str, int]
    given_title: str | None
    given_date: str | None


def read(root: HtmlElement, markup: str, url: str, captured_at: datetime, rules: SourceRules) -> Reading:
    """The values of a parsed page. The tree is used up."""
    mending.open_shadows(root)
    held = list(root.iter())  # lxml makes an object for an element that nobody holds each time it is walked over
    said = reading.collect(root, url)
    drafted = _draft(root, said, url, captured_at, rules)
    text = cleaned(drafted.draft, rules)
    page = finish(drafted.draft, text, rules, captured_at)
    del held
    verdict = pagetype.judge(said, markup, drafted.seen, text.text, page.title, text.paywall_marker)
    page = replace(
        page,
        outcome=verdict.outcome,
        page_type=verdict.page_type,
        detail=verdict.detail,
        text_truncated=verdict.truncated,
    )
    return Reading(
        page=page,
        said=said,
        seen=drafted.seen,
        draft=drafted.draft,
        cleaned=text,
        pruned=drafted.pruned,
        given_title=drafted.given_title,
        given_date=drafted.given_date,
    )


def _draft(root: HtmlElement, said: Signals, url: str, captured_at: datetime, rules: SourceRules) -> _Drafted:
    article = said.article or {}
    site_names = (*site.names(said), *rules.site_names)
    chosen_title, titles = title.choose(said, site_names)
    own_title = selectors.value(root, rules.title)
    if own_title:
        chosen_title, titles = title.Candidate(value=own_title, evidence="rule:title"), (own_title, *titles)
    pictures, captions = images.collect(root, said)
    topics = topic.choose(said, site_names)
    signed = byline.choose(said, (*site.own_names(said), *rules.site_names, topics.section or ""))
    declared = _declared(said, rules)
    month_first = _month_first(said, declared, rules)
    own_date = selectors.value(root, rules.published)
    flags = selectors.unmatched(root, rules)
    plays = shape.has_player(root, said)
    bodies.strip(root)
    seen = shape.shape(root, said, has_player=plays)
    spoken = declared[0] if declared else None
    when = publication.choose(said, captured_at, root, month_first=month_first, language=spoken, given=own_date)
    bodies.strip_metas(root)
    bodies.apply(root, rules)
    mending.mend(root)
    pruned = prune(root, said)
    ld_body = jsonld.text(article.get("articleBody"))
    found = bodies.extract(root, ld_body=lines(from_markup(ld_body)) if ld_body else None, states=said.states)
    if found.text and (first := lead.find(root, found.text, _descriptions(said), titles)):
        found = bodies.Body(text=f"{first}\n{found.text}", evidence=found.evidence + "+lead")
    draft = Draft(
        text=found.text,
        title=chosen_title.value if chosen_title else None,
        titles=titles,
        site_names=site_names,
        description=next(iter(_descriptions(said)), None),
        authors=signed.authors,
        bylines=signed.raw,
        publication=when,
        topics=topics,
        images=pictures,
        captions=captions,
        link_lines=bodies.link_lines(root, found.text),
        declared=declared,
        month_first=month_first,
        canonical_url=said.canonical,
        amp_url=said.amp,
        is_accessible_for_free=pagetype.free_claim(said),
        flags=(*flags, *_doubts(when)),
        evidence={
            "title": chosen_title.evidence if chosen_title else None,
            "authors": signed.evidence,
            "published_at": when.published.evidence if when.published else None,
            "modified_at": when.modified_evidence,
            "section": topics.section_evidence,
            "tags": topics.tags_evidence,
            "text": found.evidence if found.text else None,
        },
    )
    return _Drafted(draft=draft, seen=seen, pruned=pruned, given_title=own_title, given_date=own_date)


def _doubts(when: publication.Publication) -> tuple[str, ...]:
    """What a reader of the values has to know of their origin."""
    told = when.published is not None and when.published.evidence.startswith(publication.TOLD_UPDATE)
    return ("published_from_update",) if told else ()


def _descriptions(said: Signals) -> list[str]:
    values = [v for v, _ in said.meta("og:description", "description", "twitter:description")]
    values += jsonld.texts((said.article or {}).get("description"))[:2]
    return list(dict.fromkeys(clean for v in values if (clean := from_markup(v))))


def _declared(said: Signals, rules: SourceRules) -> tuple[str, ...]:
    values = (
        rules.language,
        said.html_lang,
        jsonld.text((said.article or {}).get("inLanguage")),
        said.first("og:locale"),
        said.first("content-language", "language", "dc.language", "dcterms.language"),
    )
    return tuple(dict.fromkeys(tag for tag in (language.tag(v) for v in values) if tag))


def _month_first(said: Signals, declared: tuple[str, ...], rules: SourceRules) -> bool:
    """02/03/2022 is February the third in the United States; elsewhere in English mostly not."""
    if rules.month_first is not None:
        return rules.month_first
    regions = f"{said.html_lang or ''} {said.first('og:locale') or ''}".casefold().replace("_", "-")
    return "en-us" in regions or (declared[:1] == ("en",) and "en-" not in regions)
