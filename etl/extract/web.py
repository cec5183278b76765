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
    lead_paragraph,
    mending,
    mojibake,
    page_features,
    page_kinds,
    page_signals,
    pagetype,
    publication,
    selectors,
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
from etl.normalize.mojibake import is_suspected_markup
from etl.normalize.text import from_markup, lines


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """A page's values, and what they were decided on: enough to call the deciding functions again for all candidates."""

    page: Page
    signals: Signals
    features: page_features.PageFeatures
    draft: Draft
    cleaned: Cleaned
    pruned: Mapping[str, int]  # elements dropped from the tree, by rule
    given_title: str | None = None  # what the source's rules selected
    given_date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drafted:
    draft: Draft
    features: page_features.PageFeatures
    pruned: Mapping[str, int]
    given_title: str | None
    given_date: str | None


def read(root: HtmlElement, markup: str, url: str, captured_at: datetime, rules: SourceRules) -> PageReading:
    """The values of a parsed page. The tree is modified."""
    mending.open_shadows(root)
    is_repaired = is_suspected_markup(markup) and mojibake.repair(root)
    held = list(root.iter())  # unless referenced, lxml creates a new object for an element each time it is visited
    signals = page_signals.collect(root, url)
    drafted = _draft(root, signals, url, captured_at, rules)
    text = cleaned(drafted.draft, rules)
    page = finish(drafted.draft, text, rules, captured_at)
    if is_repaired:
        page = replace(page, flags=(*page.flags, mojibake.REPAIRED))
    del held
    classification = pagetype.classify(signals, markup, drafted.features, text.text, page.title, text.paywall_marker)
    page = replace(
        page,
        outcome=classification.outcome,
        page_type=classification.page_type,
        detail=classification.detail,
        text_truncated=classification.truncated,
        schema_type=page_kinds.schema_type(signals),
    )
    return PageReading(
        page=page,
        signals=signals,
        features=drafted.features,
        draft=drafted.draft,
        cleaned=text,
        pruned=drafted.pruned,
        given_title=drafted.given_title,
        given_date=drafted.given_date,
    )


def _draft(root: HtmlElement, signals: Signals, url: str, captured_at: datetime, rules: SourceRules) -> _Drafted:
    article = signals.article or {}
    site_names = (*site.names(signals), *rules.site_names)
    chosen_title, titles = title.choose(signals, site_names)
    own_title = selectors.value(root, rules.title)
    if own_title:
        chosen_title, titles = title.TitleCandidate(value=own_title, evidence="rule:title"), (own_title, *titles)
    pictures, captions = images.collect(root, signals)
    topics = topic.choose(signals, site_names)
    chosen_byline = byline.choose(signals, (*site.own_names(signals), *rules.site_names, topics.section or ""))
    declared = _declared(signals, rules)
    month_first = _month_first(signals, declared, rules)
    own_date = selectors.value(root, rules.published)
    flags = selectors.unmatched(root, rules)
    has_player = page_features.has_player(root, signals)
    bodies.strip(root)
    features = page_features.measure(root, signals, has_player=has_player)
    declared_language = declared[0] if declared else None
    chosen_publication = publication.choose(
        signals, captured_at, root, month_first=month_first, language=declared_language, given=own_date
    )
    bodies.strip_metas(root)
    bodies.apply(root, rules)
    mending.mend(root)
    pruned = prune(root, signals)
    ld_body = jsonld.text(article.get("articleBody"))
    article_body = bodies.extract(root, ld_body=lines(from_markup(ld_body)) if ld_body else None, states=signals.states)
    if article_body.text and (first := lead_paragraph.find(root, article_body.text, _descriptions(signals), titles)):
        article_body = bodies.Body(text=f"{first}\n{article_body.text}", evidence=article_body.evidence + "+lead")
    draft = Draft(
        text=article_body.text,
        title=chosen_title.value if chosen_title else None,
        titles=titles,
        site_names=site_names,
        description=next(iter(_descriptions(signals)), None),
        authors=chosen_byline.authors,
        bylines=chosen_byline.raw,
        publication=chosen_publication,
        topics=topics,
        images=pictures,
        captions=captions,
        link_lines=bodies.link_lines(root, article_body.text),
        declared=declared,
        month_first=month_first,
        canonical_url=signals.canonical,
        amp_url=signals.amp,
        is_accessible_for_free=pagetype.free_claim(signals),
        flags=(*flags, *_doubts(chosen_publication)),
        evidence={
            "title": chosen_title.evidence if chosen_title else None,
            "authors": chosen_byline.evidence,
            "published_at": chosen_publication.published.evidence if chosen_publication.published else None,
            "modified_at": chosen_publication.modified_evidence,
            "section": topics.section_evidence,
            "tags": topics.tags_evidence,
            "text": article_body.evidence if article_body.text else None,
        },
    )
    return _Drafted(draft=draft, features=features, pruned=pruned, given_title=own_title, given_date=own_date)


def _doubts(chosen: publication.Publication) -> tuple[str, ...]:
    """Flags that warn about the origin of values."""
    flags = []
    if chosen.is_of_change:
        flags.append("published_from_update")
    if chosen.is_offset_doubtful:
        flags.append("published_utc_doubtful")
    return tuple(flags)


def _descriptions(signals: Signals) -> list[str]:
    values = [v for v, _ in signals.meta("og:description", "description", "twitter:description")]
    values += jsonld.texts((signals.article or {}).get("description"))[:2]
    return list(dict.fromkeys(clean for v in values if (clean := from_markup(v))))


def _declared(signals: Signals, rules: SourceRules) -> tuple[str, ...]:
    values = (
        rules.language,
        signals.html_lang,
        jsonld.text((signals.article or {}).get("inLanguage")),
        signals.first("og:locale"),
        signals.first("content-language", "language", "dc.language", "dcterms.language"),
    )
    return tuple(dict.fromkeys(tag for tag in (language.tag(v) for v in values) if tag))


def _month_first(signals: Signals, declared: tuple[str, ...], rules: SourceRules) -> bool:
    """02/03/2022 is February the third in the United States; elsewhere in English mostly not.

    The host's country comes first: systems write "en-US" all over the world.
    """
    if rules.month_first is not None:
        return rules.month_first
    if (place := site.host_country(signals.url)) is not None:
        return place in ("US", "PH")
    regions = f"{signals.html_lang or ''} {signals.first('og:locale') or ''}".casefold().replace("_", "-")
    return "en-us" in regions or (declared[:1] == ("en",) and "en-" not in regions)
